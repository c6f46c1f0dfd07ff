package dashboard

import (
	"fmt"
	"html"
	"strconv"
	"strings"
	"time"

	"github.com/wizzense/deployment-rings/action/internal/status"
	"github.com/wizzense/deployment-rings/internal/markdown"
	"github.com/wizzense/deployment-rings/ringpolicy"
)

// markup is HTML. Text of others becomes markup in text alone, which the type of add's arguments sees to: package
// html/template would do the same, but makes the whole program a fifth larger.
type markup string

// text is a text, or the one behind a pointer, with every character showing and none that means something to HTML.
func text[T ~string | *string](v T) markup {
	s := ""
	switch v := any(v).(type) {
	case *string:
		s = *v
	default:
		s = fmt.Sprint(v)
	}
	return markup(html.EscapeString(markdown.Visible(s)))
}

func number[T int | int64](n T) markup { return markup(strconv.FormatInt(int64(n), 10)) }

// digest is the part of a digest that people compare.
func digest(s string) markup { return "<code>" + text(shortDigest(s)) + "</code>" }

// A writer writes the page.
type writer struct {
	b    strings.Builder
	now  time.Time
	zone *time.Location
}

// add writes markup, with arguments in the place of %s.
func (w *writer) add(format markup, args ...markup) {
	values := make([]any, len(args))
	for i, a := range args {
		values[i] = a
	}
	fmt.Fprintf(&w.b, string(format), values...)
}

// when adds markup where something holds.
func (w *writer) when(holds bool, format markup, args ...markup) {
	if holds {
		w.add(format, args...)
	}
}

func (w *writer) report(r status.Report) {
	w.add(`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="%s">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="referrer" content="no-referrer">
<title>%s – Deployment rings</title>
<link rel="icon" href="data:,">
<style>%s</style>
</head>
<body>
<header>
<h1>Deployment rings</h1>
<p class="headline">%s</p>
<p class="soft"><span id="as-of" data-time="%s">As of %s</span>. Times are UTC. <a href="status.json">The same as JSON</a>.</p>
<p class="old" id="old" role="status" hidden></p>
</header>
<main>
`, text(securityPolicy()), text(r.Headline), markup(style), text(r.Headline), text(r.Now.UTC().Format(time.RFC3339)), w.time(r.Now))
	for i, image := range r.Images {
		w.image(i, image, len(r.Images) > 1)
	}
	w.add(`</main>
<footer>Policy %s. Made by deployment-rings.</footer>
<script>%s</script>
</body>
</html>
`, digest(r.PolicyDigest), markup(script))
}

func (w *writer) image(i int, image status.Image, several bool) {
	name := text("Rings")
	if image.Image != "" {
		name = text(image.Image)
	}
	w.add("<section aria-labelledby=\"i%s\">\n<h2 id=\"i%s\">%s</h2>\n", number(i), number(i), name)
	w.when(several, "<p class=\"soft\">%s</p>\n", text(image.Headline))
	w.add("<ol class=\"rings\" role=\"list\">\n")
	for _, ring := range image.Rings {
		w.ring(ring)
	}
	w.add("</ol>\n</section>\n")
}

func (w *writer) ring(r status.Ring) {
	w.add("<li class=\"ring-item\"><article class=\"ring %s\">\n<h3>%s</h3>\n<p class=\"soft\">%s", text(r.State), text(r.Title), text(r.Name))
	for i, up := range r.After {
		w.add([]markup{", from %s", ", %s"}[min(i, 1)], text(up))
	}
	w.add("</p>\n<p><span class=\"chip\"><span aria-hidden=\"true\">%s </span>%s</span></p>\n", text(symbols[r.State]), text(r.State))
	w.runs(r.Runs)
	w.soak(r)
	w.when(alarms(r.State), "<p class=\"why reason\">%s</p>\n", text(r.Reason))
	if a := r.Arriving; a != nil {
		w.add("<p class=\"why\">On its way in: %s, since %s</p>\n", digest(a.Digest), utc(a.At))
	}
	for _, m := range r.Moves {
		w.move(m)
	}
	w.behind(r.Behind)
	w.rollback(r.Rollback)
	w.quarantined(r.Quarantined)
	w.advice(r)
	w.stays(r.Stays)
	w.add("</article></li>\n")
}

func (w *writer) runs(d *status.Deployment) {
	if d == nil {
		w.add("<p class=\"runs\">Nothing in service</p>\n")
		return
	}
	if d.Version != nil {
		w.add("<p class=\"runs\">%s</p>\n<p class=\"soft\">%s<br>", text(d.Version), digest(d.Digest))
	} else {
		w.add("<p class=\"runs\">%s</p>\n<p class=\"soft\">", digest(d.Digest))
	}
	if d.PullRequest != nil {
		w.add("PR %s", number(*d.PullRequest))
		w.when(d.Revision != nil, ", ")
	}
	if d.Revision != nil {
		w.add("commit <code>%s</code>", text((*d.Revision)[:min(8, len(*d.Revision))]))
	}
	w.when(d.PullRequest != nil || d.Revision != nil, "<br>")
	w.add("since %s", utc(d.Since))
	w.when(d.Rollback, ", by rollback")
	w.add("</p>\n")
}

func (w *writer) soak(r status.Ring) {
	s := r.Soak
	if s == nil {
		return
	}
	class := markup("soak")
	if s.Complete {
		class += " complete"
	}
	w.add(`<svg class="%s" role="img" aria-label="Soak: %s percent"><rect class="track" width="100%%" height="100%%"/><rect class="done" width="%s%%" height="100%%"/></svg>`+"\n",
		class, number(percent(s)), number(percent(s)))
	w.add("<p class=\"soft\">Soak %s of %s", text(s.Done), text(s.Needed))
	if s.CompleteAt != nil {
		w.add(", done %s", w.time(*s.CompleteAt))
	}
	w.when(s.Complete, ", complete")
	if s.Complete && r.State != status.Settled && s.OverdueAt != nil {
		w.add("; overdue from %s", w.time(*s.OverdueAt))
	}
	w.add("</p>\n")
}

func (w *writer) move(m status.Move) {
	w.add("<h4>Into %s</h4>\n", text(m.To))
	switch {
	case m.There:
		w.add("<p>It runs there already.</p>\n")
	case m.Decision == "promote":
		w.add("<p>May move on now.</p>\n")
	default:
		w.held(m)
	}
}

func (w *writer) held(m status.Move) {
	if m.Decision == "rollback" {
		w.add("<p>%s has to go back first.", text(m.To))
	} else {
		w.add("<p>Held: %s", words(m.ReasonCode))
		if m.HoldKind != nil {
			w.add(" (%s)", text(m.HoldKind))
		}
		w.add(".")
	}
	if m.NextEligibleAt != nil {
		w.add(" Not before %s.", w.time(*m.NextEligibleAt))
	}
	w.add("</p>\n")
	if len(m.Blocking) == 0 {
		return
	}
	holds := markup("criteria hold")
	if len(m.Blocking) == 1 {
		holds = "criterion holds"
	}
	w.add("<details><summary>%s %s it</summary>\n<ul class=\"list\" role=\"list\">\n", number(len(m.Blocking)), holds)
	for _, c := range m.Blocking {
		w.criterion(c)
	}
	w.add("</ul></details>\n")
}

func (w *writer) criterion(c ringpolicy.Result) {
	w.add("<li><span aria-hidden=\"true\">%s</span> <b>%s</b> (%s): %s. %s", text(marks[c.Status]), text(c.Title), text(c.Ring), text(c.Status.String()), text(c.Observed))
	w.when(c.Required != "", "; required: %s", text(c.Required))
	if !c.EligibleAt.IsZero() {
		w.add("; until %s", w.time(c.EligibleAt))
	}
	w.add("</li>\n")
}

func (w *writer) behind(all []status.Waiting) {
	if len(all) == 0 {
		return
	}
	w.add("<h4>Waiting to come in</h4>\n<ul class=\"list\" role=\"list\">\n")
	for _, b := range all {
		w.add("<li>%s from %s: %s", digest(b.Digest), text(b.Ring), words(b.Decision))
		w.when(b.Decision == "hold", ", %s", words(b.ReasonCode))
		if b.MayMoveAt != nil {
			w.add(", not before %s", w.time(*b.MayMoveAt))
		}
		w.add("</li>\n")
	}
	w.add("</ul>\n")
}

func (w *writer) rollback(r *status.Rollback) {
	if r == nil {
		return
	}
	w.add("<h4>Last rollback</h4>\n<p>%s", utc(r.At))
	if r.From != nil {
		w.add(", from %s", digest(*r.From))
	}
	if r.To != nil {
		w.add(" to %s", digest(*r.To))
	}
	if r.Reason != nil {
		w.add(": %s", text(r.Reason))
	}
	w.add("</p>\n")
}

func (w *writer) quarantined(all []status.Quarantine) {
	if len(all) == 0 {
		return
	}
	w.add("<h4>Quarantined</h4>\n<ul class=\"list\" role=\"list\">\n")
	for _, q := range all {
		w.add("<li>%s since %s: %s</li>\n", digest(q.Digest), utc(q.At), text(q.Reason))
	}
	w.add("</ul>\n")
}

func (w *writer) advice(r status.Ring) {
	if len(r.Advice) == 0 {
		return
	}
	w.add("<details")
	w.when(alarms(r.State) && r.State != status.Unknown, " open")
	w.add("><summary>What to do</summary>\n<ul class=\"list\" role=\"list\">\n")
	for _, a := range r.Advice {
		w.add("<li>%s", text(a.Text))
		for _, c := range a.Commands {
			w.add("<pre><code>%s</code></pre>", text(c))
		}
		w.add("</li>\n")
	}
	w.add("</ul></details>\n")
}

func (w *writer) stays(all []status.Stay) {
	if len(all) == 0 {
		return
	}
	w.add("<details><summary>History</summary>\n<ol class=\"stays\">\n")
	for _, s := range all {
		w.stay(s)
	}
	w.add("</ol></details>\n")
}

func (w *writer) stay(s status.Stay) {
	class, end := markup(""), markup("now")
	switch {
	case s.RolledBack:
		class = "back"
	case s.To == nil:
		class = "now"
	}
	if s.To != nil {
		end = utc(*s.To)
	}
	w.add("<li class=\"%s\">", class)
	if s.Version != nil {
		w.add("%s ", text(s.Version))
	}
	w.add("%s", digest(s.Digest))
	w.when(s.RolledBack, ", rolled back")
	w.when(s.Rollback, ", came by rollback")
	w.add("<br><span class=\"soft\">%s – %s, %s</span></li>\n", utc(s.From), end, text(lasted(s, w.now)))
}

// words is a code in words.
func words(code string) markup { return text(strings.ReplaceAll(code, "_", " ")) }

// utc is a time in UTC that stays on one line.
func utc(t time.Time) markup { return timeElement(t, "") }

func timeElement(t time.Time, unit markup) markup {
	t = t.UTC()
	return "<time datetime=\"" + text(t.Format(time.RFC3339)) + "\">" + text(t.Format("2006-01-02 15:04")) + unit + "</time>"
}

// time is a time in UTC, and in the zone of the policy where that is another.
func (w *writer) time(t time.Time) markup {
	in := timeElement(t, " UTC")
	if w.zone.String() == "UTC" {
		return in
	}
	return in + text(t.In(w.zone).Format(" (2006-01-02 15:04 ")+w.zone.String()+")")
}
