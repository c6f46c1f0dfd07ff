package dashboard

import (
	"html"
	"slices"
	"strings"

	"github.com/wizzense/deployment-rings/action/internal/status"
	"github.com/wizzense/deployment-rings/ringpolicy"
)

// holds are the criteria behind each hold, and what to do about it.
func (w *writer) holds(i int, image status.Image) {
	if !slices.ContainsFunc(image.Rings, explained) {
		return
	}
	w.add("<h3 class=\"part\">What holds, and what to do</h3>\n")
	for j, ring := range image.Rings {
		if explained(ring) {
			w.hold(place{i, j}, ring)
		}
	}
}

// explained tells whether there is more to say of a ring than its card has room for.
func explained(r status.Ring) bool {
	return len(r.Advice) > 0 || slices.ContainsFunc(r.Moves, func(m status.Move) bool { return len(m.Blocking) > 0 })
}

// hold unfolds. It is open where somebody is needed.
func (w *writer) hold(p place, r status.Ring) {
	w.add("<details class=\"hold %s\"", text(r.State))
	w.when(needed(r) || p == w.first, " open")
	w.add("><summary>%s %s</summary>\n<div id=\"%s\">\n", chip(r.State), text(r.Title), p.id("h"))
	for _, m := range r.Moves {
		w.criteria(m)
	}
	w.advice(r)
	w.add("</div></details>\n")
}

// criteria is a table of those that keep an image out of a ring.
func (w *writer) criteria(m status.Move) {
	if len(m.Blocking) == 0 {
		return
	}
	w.add("<table>\n<caption>Into %s. ", w.title(m.To))
	w.held(m)
	w.add("</caption>\n<thead><tr><th scope=\"col\">Criterion</th><th scope=\"col\">Observed</th><th scope=\"col\">Required</th></tr></thead>\n<tbody>\n")
	for _, c := range m.ByUrgency() {
		w.criterion(c)
	}
	w.add("</tbody>\n</table>\n")
}

func (w *writer) criterion(c ringpolicy.Result) {
	w.add("<tr><th scope=\"row\"><span aria-hidden=\"true\">%s</span> %s<br><span class=\"soft\">%s, %s</span></th><td>%s",
		text(marks[c.Status]), criterionTitle(c), text(c.Status.String()), text(c.Ring), seen(c))
	if !c.EligibleAt.IsZero() {
		w.add("<br>until %s", w.time(c.EligibleAt))
	}
	w.links(c.Links)
	w.add("</td><td>%s</td></tr>\n", text(c.Required))
}

// links lead to the pages of the facts. Their addresses are their names, as they tell where they lead.
func (w *writer) links(all []string) {
	for _, l := range all {
		_, name, web := strings.Cut(l, "://")
		if web && (strings.HasPrefix(l, "https:") || strings.HasPrefix(l, "http:")) {
			w.add("<br><a href=\"%s\" rel=\"noreferrer\">%s</a>", markup(html.EscapeString(l)), text(clipped(name, 80)))
		}
	}
}

func criterionTitle(c ringpolicy.Result) markup {
	if c.Title == "" {
		return text(c.ID)
	}
	return text(c.Title)
}

// seen is what was observed, or else why there is nothing.
func seen(c ringpolicy.Result) markup {
	if c.Observed == "" {
		return words(string(c.Code))
	}
	return prose(c.Observed)
}

// todo is an advice without the way that it is about, where there is but one.
func todo(r status.Ring, a status.Advice) markup {
	way, ok := strings.CutPrefix(a.Text, r.Name+" → ")
	if !ok {
		return prose(a.Text)
	}
	if len(r.Moves) == 1 {
		return prose(strings.TrimPrefix(way, r.Moves[0].To+": "))
	}
	return prose("Into " + way)
}

func (w *writer) advice(r status.Ring) {
	if len(r.Advice) == 0 {
		return
	}
	w.add("<h4>What to do</h4>\n<ul class=\"advice\" role=\"list\">\n")
	for _, a := range r.Advice {
		w.add("<li><span class=\"sentence\">%s</span>", todo(r, a))
		for _, c := range a.Commands {
			w.add("<pre><code>%s</code></pre>", text(c))
		}
		w.add("</li>\n")
	}
	w.add("</ul>\n")
}
