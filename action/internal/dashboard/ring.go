package dashboard

import (
	"slices"

	"github.com/wizzense/deployment-rings/action/internal/status"
)

// rings are the cards of an image, from left to right.
func (w *writer) rings(i int, image status.Image) {
	w.add("<ol class=\"rings\" role=\"list\" style=\"--n:%s\">\n", number(len(image.Rings)))
	for j, ring := range image.Rings {
		follows := j > 0 && slices.Equal(ring.After, []string{image.Rings[j-1].Name})
		w.ring(place{i, j}, ring, follows)
	}
	w.add("</ol>\n")
}

// ring is a card of four parts, which stand in line with those of the cards beside it.
func (w *writer) ring(p place, r status.Ring, follows bool) {
	w.add("<li class=\"ring %s", text(r.State))
	w.when(follows, " follows")
	w.add("\" id=\"%s\">\n<div><h3>%s</h3>\n<p class=\"soft\">%s", p.id("r"), text(r.Title), text(r.Name))
	for i, up := range r.After {
		w.add([]markup{", from %s", ", %s"}[min(i, 1)], text(up))
	}
	w.add("</p>\n<p>%s</p></div>\n<div>", chip(r.State))
	w.runs(r.Runs)
	w.add("</div>\n<div>")
	w.soak(r)
	w.add("</div>\n<div>")
	w.when(r.State == status.Stuck || r.State == status.Unhealthy || r.State == status.Unknown, "<p class=\"sentence reason\">%s</p>\n", prose(r.Reason))
	if a := r.Arriving; a != nil {
		w.add("<p>On its way in: %s, since %s</p>\n", digest(a.Digest), utc(a.At))
	}
	w.tag(p, r)
	for _, m := range r.Moves {
		w.move(p, m)
	}
	w.behind(r.Behind)
	w.rollback(r.Rollback)
	w.quarantined(r.Quarantined)
	w.add("</div></li>\n")
}

// nameOf is an image as people call it.
func nameOf(version *string, digest string) markup {
	if version != nil {
		return text(version)
	}
	return text(status.Hex(digest, 8))
}

func (w *writer) runs(d *status.Deployment) {
	if d == nil {
		w.add("<p class=\"runs none\">Nothing in service</p>\n")
		return
	}
	w.add("<p class=\"runs\">%s</p>\n<p class=\"soft\">", nameOf(d.Version, d.Digest))
	w.when(d.Version != nil, "%s<br>", digest(d.Digest))
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
	w.add(`<svg class="%s" role="img" aria-label="Soak: %s percent"><rect class="rail" width="100%%" height="100%%"/><rect class="done" width="%s%%" height="100%%"/></svg>`+"\n",
		class, number(percent(s)), number(percent(s)))
	w.add("<p class=\"soft\">Soak %s", text(s.Done))
	w.when(s.NeededSecs > 0, " of %s", text(s.Needed))
	if s.CompleteAt != nil {
		w.add(", done %s", w.time(*s.CompleteAt))
	}
	w.when(s.Complete && s.NeededSecs > 0, ", complete")
	if _, open := r.Worst(); open && s.Complete && s.OverdueAt != nil {
		w.add("; overdue from %s", w.time(*s.OverdueAt))
	}
	w.add("</p>\n")
}

// tag is that of the registry, where it says something else than the ledger.
func (w *writer) tag(p place, r status.Ring) {
	t := r.Tag
	if t == nil || t.Digest == nil || t.Matches != nil && *t.Matches {
		return
	}
	w.add("<p>Tag %s points to %s", text(t.Name), digest(*t.Digest))
	if t.Matches == nil {
		w.add(", of which nothing is recorded")
	}
	if slices.ContainsFunc(r.Advice, status.Advice.OfTag) {
		w.add(": <a href=\"#%s\">what to do</a>", p.id("h"))
	}
	w.add("</p>\n")
}

// move is where the image may go next, in a line.
func (w *writer) move(p place, m status.Move) {
	w.add("<h4>Into %s</h4>\n<p>", text(m.To))
	switch {
	case m.There:
		w.add("It runs there already.")
	case m.OnItsWay():
		w.add("It is on its way in.")
	case m.Decision == "promote":
		w.add("May move on now.")
	default:
		w.held(m)
		w.when(len(m.Blocking) > 0, " <a href=\"#%s\">%s</a>", p.id("h"), plural(len(m.Blocking), "criterion holds it", "criteria hold it"))
	}
	w.add("</p>\n")
}

// held says why an image may not move on, and until when.
func (w *writer) held(m status.Move) {
	if m.Decision == "rollback" {
		w.add("%s has to go back first.", text(m.To))
	} else {
		w.add("Held: %s", words(m.ReasonCode))
		if m.HoldKind != nil {
			w.add(" (%s)", text(m.HoldKind))
		}
		w.add(".")
	}
	if m.NextEligibleAt != nil {
		w.add(" Not before %s.", w.time(*m.NextEligibleAt))
	}
}

func plural(n int, one, more markup) markup {
	if n == 1 {
		return "1 " + one
	}
	return number(n) + " " + more
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

// mostQuarantined of a ring are listed, the newest.
const mostQuarantined = 10

func (w *writer) quarantined(all []status.Quarantine) {
	if len(all) == 0 {
		return
	}
	w.add("<h4>Quarantined</h4>\n<ul class=\"list\" role=\"list\">\n")
	for _, q := range all[:min(mostQuarantined, len(all))] {
		w.add("<li>%s since %s: %s</li>\n", digest(q.Digest), utc(q.At), text(q.Reason))
	}
	w.when(len(all) > mostQuarantined, "<li>and %s more: <a href=\"status.json\">status.json</a></li>\n", number(len(all)-mostQuarantined))
	w.add("</ul>\n")
}
