package dashboard

import (
	"slices"

	"github.com/wizzense/deployment-rings/action/internal/status"
	"github.com/wizzense/deployment-rings/ringpolicy"
)

// mostReasons are told at the top; the table has all.
const mostReasons = 3

// mostOthers are the links to more rings that need somebody.
const mostOthers = 12

// verdict says in one look which ring needs somebody, why, and until when.
func (w *writer) verdict(r status.Report) {
	i, j, ok := r.First()
	if !ok {
		w.add("<h1>There are no rings</h1>\n")
		return
	}
	w.first = place{i, j}
	ring := r.Images[i].Rings[j]
	w.add("<section class=\"verdict %s\" aria-label=\"In short\">\n<p>%s", text(ring.State), chip(ring.State))
	w.when(len(r.Images) > 1 && r.Images[i].Image != "", " <a href=\"#i%s\">%s</a>", number(i), text(r.Images[i].Image))
	w.add("</p>\n<h1>%s</h1>\n", w.headline(ring))
	w.answers(ring)
	w.when(ring.TagElsewhere(), "<p>Its tag points to another image than it runs: <a href=\"#%s\">what to do</a></p>\n", w.first.id("h"))
	w.others(r)
	w.add("</section>\n")
}

// headline is the state of the ring that needs somebody most as a sentence.
func (w *writer) headline(r status.Ring) markup {
	title := text(r.Title)
	switch r.State {
	case status.Empty:
		return "Nothing is deployed yet"
	case status.Settled:
		return "Every ring is healthy and no image waits"
	case status.Ready:
		if next, _ := r.Worst(); next.OnItsWay() {
			return "The image of " + title + " is on its way into " + w.title(next.To)
		}
		return "The image of " + title + " may move on now"
	case status.Soaking:
		return "All is well, and " + title + " waits for time alone"
	case status.Unknown:
		return "Nothing is known of " + title
	}
	return title + " is " + text(r.State)
}

// answers are those to the questions that a reader comes with.
func (w *writer) answers(r status.Ring) {
	move, open := r.Worst()
	if !open && !r.State.NeedsSomebody() {
		w.when(r.State == status.Empty, "<p>A ring shows what it runs once its first deployment is recorded.</p>\n")
		return
	}
	w.add("<dl>\n")
	w.which(r, move, open)
	w.why(r, move)
	w.until(r, move)
	if advice := slices.DeleteFunc(slices.Clone(r.Advice), status.Advice.OfTag); len(advice) > 0 {
		w.add("<div><dt>What to do</dt><dd><span class=\"sentence\">%s</span></dd></div>\n", prose(advice[0].Do))
	}
	w.add("</dl>\n<p><a href=\"#%s\">All about %s</a></p>\n", w.first.id(about(r)), text(r.Title))
}

// which is the image that the verdict is about: of a ring that is stuck the one that did not come in.
func (w *writer) which(r status.Ring, m status.Move, open bool) {
	switch {
	case r.State == status.Stuck && r.Arriving != nil && r.Arriving.Stuck:
		w.add("<div><dt>Which image</dt><dd>%s", digest(r.Arriving.Digest))
	case r.State == status.Stuck && r.Failed != nil:
		w.add("<div><dt>Which image</dt><dd>%s", digest(r.Failed.Digest))
	case r.Runs == nil:
		return
	default:
		w.add("<div><dt>Which image</dt><dd><b>%s</b>", nameOf(r.Runs.Version, r.Runs.Digest))
		w.when(r.Runs.Version != nil, " <span class=\"soft\">%s</span>", digest(r.Runs.Digest))
		w.when(open, "<br>next ring: %s", w.title(m.To))
	}
	if r.State == status.Stuck && r.Runs != nil {
		w.add("<br>the ring runs %s", nameOf(r.Runs.Version, r.Runs.Digest))
	}
	w.add("</dd></div>\n")
}

// about is where the rest is told: the criteria and the advice, or the ring.
func about(r status.Ring) markup {
	if explained(r) {
		return "h"
	}
	return "r"
}

// why are the criteria that hold the image, or why the ring is what it is.
func (w *writer) why(r status.Ring, m status.Move) {
	w.add("<div><dt>Why</dt><dd>")
	defer w.add("</dd></div>\n")
	if r.State == status.Ready {
		w.add("%s met", plural(m.Total, "criterion, and it is", "criteria, and all are"))
		return
	}
	if !movesHold(r.State) || len(m.Blocking) == 0 {
		w.add("<span class=\"sentence\">%s</span>", prose(r.Reason))
		return
	}
	w.add("<ul role=\"list\">")
	for _, c := range m.ByUrgency()[:min(mostReasons, len(m.Blocking))] {
		w.add("<li><span aria-hidden=\"true\">%s</span> <b>%s</b>: %s", text(marks[c.Status]), criterionTitle(c), seen(c))
		w.when(c.Status == ringpolicy.Waiting && c.Required != "", "; required: %s", text(c.Required))
		w.add("</li>")
	}
	w.when(len(m.Blocking) > mostReasons, "<li>and %s more</li>", number(len(m.Blocking)-mostReasons))
	w.add("</ul>")
}

// movesHold tells the states that come from what a next ring asks.
func movesHold(s status.State) bool {
	return s == status.Overdue || s == status.Held || s == status.Soaking
}

// until says what ends it, time or somebody.
func (w *writer) until(r status.Ring, m status.Move) {
	somebody := r.State.NeedsSomebody()
	if m.NextEligibleAt == nil && !somebody {
		return
	}
	w.add("<div><dt>Until when</dt><dd><b>")
	switch at := m.NextEligibleAt; {
	case at == nil || !movesHold(r.State):
		w.add("Until somebody acts</b>")
	case somebody:
		w.add("Until somebody acts</b>, and not before %s", w.time(*at))
	default:
		w.add("%s</b>", w.time(*at))
	}
	if r.Overdue && r.Soak != nil {
		w.add("<br>overdue since %s", w.time(*r.Soak.OverdueAt))
	}
	w.add("</dd></div>\n")
}

// needed tells whether somebody has to look at a ring: it does not go on by itself, or its tag contradicts the ledger.
func needed(r status.Ring) bool { return r.State.NeedsSomebody() || r.TagElsewhere() }

// others are links to the rings that need somebody too.
func (w *writer) others(r status.Report) {
	var links []markup
	for i, image := range r.Images {
		for j, ring := range image.Rings {
			if p := (place{i, j}); p != w.first && needed(ring) {
				links = append(links, w.other(r, p))
			}
		}
	}
	if len(links) == 0 {
		return
	}
	w.add("<h2 class=\"label\">Needs somebody too</h2>\n<ul class=\"others\" role=\"list\">\n")
	for _, link := range links[:min(mostOthers, len(links))] {
		w.add("<li>%s</li>\n", link)
	}
	w.when(len(links) > mostOthers, "<li>and %s more</li>\n", number(len(links)-mostOthers))
	w.add("</ul>\n")
}

func (w *writer) other(r status.Report, p place) markup {
	image := r.Images[p.image]
	ring := image.Rings[p.ring]
	link := chip(ring.State) + " <a href=\"#" + p.id(about(ring)) + "\">" + text(ring.Title) + "</a>"
	if ring.TagElsewhere() {
		link += " (its tag points to another image)"
	}
	if len(r.Images) > 1 {
		link += " <span class=\"soft\">" + text(image.Image) + "</span>"
	}
	return link
}
