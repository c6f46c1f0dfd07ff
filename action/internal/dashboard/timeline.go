package dashboard

import (
	"slices"
	"strconv"
	"time"

	"github.com/wizzense/deployment-rings/action/internal/status"
)

const day = 24 * time.Hour

// spans are how far a timeline may reach back.
var spans = []time.Duration{3 * day, 7 * day, 14 * day, 30 * day, 60 * day, 90 * day}

// tones are the colours that tell images apart; an image has the same one in every ring.
const tones = 6

// A scale is an axis from its beginning at 0 to now at 100.
type scale struct{ from, now time.Time }

// newScale reaches back as far as it takes to show three quarters of all arrivals, so that one ring that stands still for
// months does not squeeze the others into a corner. What began earlier comes in from the left; the list has its dates.
func newScale(rings []status.Ring, now time.Time) scale {
	var ages []time.Duration
	for _, r := range rings {
		for _, at := range arrivals(r) {
			ages = append(ages, now.Sub(at))
		}
	}
	if len(ages) == 0 {
		return scale{now.Add(-spans[0]), now}
	}
	slices.Sort(ages)
	most, oldest := ages[(3*len(ages)-1)/4], ages[len(ages)-1]
	span := spans[len(spans)-1]
	if i := slices.IndexFunc(spans, func(s time.Duration) bool { return s >= most }); i >= 0 {
		span = spans[i]
	}
	return scale{now.Add(-max(spans[0], min(span, oldest))), now}
}

// arrivals are when something came into a ring, or tried to.
func arrivals(r status.Ring) []time.Time {
	var all []time.Time
	for _, s := range r.Stays {
		all = append(all, s.From)
	}
	for _, a := range []*status.Arrival{r.Arriving, r.Failed} {
		if a != nil {
			all = append(all, a.At)
		}
	}
	return all
}

// at is the place of a time on the axis; what lies outside is at its ends.
func (s scale) at(t time.Time) float64 {
	part := float64(t.Sub(s.from)) / float64(s.now.Sub(s.from))
	return 100 * min(1, max(0, part))
}

// ticks are midnights in a zone, the newest first, so many days apart that their dates have room on a telephone.
func (s scale) ticks(zone *time.Location) []time.Time {
	const most = 5
	days := int(s.now.Sub(s.from)/day) + 1
	step := 1
	for _, step = range []int{1, 2, 3, 7, 14, 28} {
		if days <= most*step {
			break
		}
	}
	year, month, date := s.now.In(zone).Date()
	var all []time.Time
	for ; ; date -= step {
		t := time.Date(year, month, date, 0, 0, 0, 0, zone)
		if t.Before(s.from) {
			return all
		}
		all = append(all, t)
	}
}

// timeline shows the last stays of every ring to one scale, and tells the same as a list.
func (w *writer) timeline(image status.Image) {
	if !slices.ContainsFunc(image.Rings, hasHistory) {
		return
	}
	s := newScale(image.Rings, w.now)
	w.add("<h3 class=\"part\">History</h3>\n<figure>\n<figcaption>What every ring ran from %s to now, newest at the right. One colour is one image, in every ring.%s</figcaption>\n", utc(s.from), legend(image.Rings))
	w.add("<div class=\"time\" role=\"img\" aria-label=\"Timeline. The list below tells the same.\">\n")
	w.axis(s)
	tone := toneOf(image.Rings)
	for _, r := range image.Rings {
		w.add("<div class=\"name\">%s</div><div class=\"last\">%s</div><div class=\"track\">", text(r.Title), running(r))
		for _, t := range s.ticks(w.zone) {
			w.add("<i style=\"left:%s%%\"></i>", percentage(s.at(t)))
		}
		w.blocks(s, r, tone)
		w.add("</div>\n")
	}
	w.add("</div>\n")
	w.lists(image.Rings)
	w.add("</figure>\n")
}

func hasHistory(r status.Ring) bool { return len(arrivals(r)) > 0 }

// legend explains the signs that the picture has.
func legend(rings []status.Ring) markup {
	var signs markup
	if slices.ContainsFunc(rings, func(r status.Ring) bool {
		return slices.ContainsFunc(r.Stays, func(s status.Stay) bool { return s.RolledBack })
	}) {
		signs += " <b>↩</b> striped: rolled back."
	}
	if slices.ContainsFunc(rings, func(r status.Ring) bool { return r.Arriving != nil }) {
		signs += " <b>▸</b> dashed: on its way in."
	}
	if slices.ContainsFunc(rings, func(r status.Ring) bool { return r.Failed != nil }) {
		signs += " <b>✖</b> a deployment failed."
	}
	return signs
}

// axis has the dates, but none where "now" stands. That takes more of the axis on a telephone.
func (w *writer) axis(s scale) {
	const last, lastOnTelephone = 80, 65
	w.add("<div class=\"name\"></div><div class=\"last\"></div><div class=\"axis\">")
	for _, t := range s.ticks(w.zone) {
		x, class := s.at(t), markup("")
		if x > lastOnTelephone {
			class = ` class="late"`
		}
		w.when(x <= last, "<span%s style=\"left:%s%%\">%s</span>", class, percentage(x), text(t.Format("Jan 2")))
	}
	w.add("<b>now</b></div>\n")
}

// blocks are the stays of a ring from left to right, what is on its way in, and what failed.
func (w *writer) blocks(s scale, r status.Ring, tone map[string]int) {
	for _, stay := range slices.Backward(r.Stays) {
		w.block(s, stay, tone[stay.Digest])
	}
	w.mark(s, r.Failed, "failed", "✖")
	w.mark(s, r.Arriving, "arriving", "▸")
}

// mark is a deployment that did not become a stay, or not yet.
func (w *writer) mark(s scale, a *status.Arrival, class, sign markup) {
	if a == nil || a.At.Before(s.from) {
		return
	}
	w.add("<span class=\"mark %s\" style=\"right:%s%%\">%s</span>", class, percentage(100-s.at(a.At)), sign)
}

// block is a stay. One that is too short to be seen grows towards the middle.
func (w *writer) block(s scale, stay status.Stay, tone int) {
	class, sign, end := "stay t"+number(tone), markup(""), s.now
	if stay.To != nil {
		end = *stay.To
	}
	if end.Before(s.from) {
		return
	}
	if stay.RolledBack {
		class, sign = class+" back", "<b>↩</b>"
	}
	if stay.From.Before(s.from) {
		class += " cut"
	}
	side, at := markup("left"), s.at(stay.From)
	if at > 50 {
		side, at = "right", 100-s.at(end)
	}
	w.add("<span class=\"%s\" style=\"%s:%s%%;width:%s%%\">%s<span>%s</span></span>",
		class, side, percentage(at), percentage(s.at(end)-s.at(stay.From)), sign, nameOf(stay.Version, stay.Digest))
}

// percentage is exact to the pixel on any screen.
func percentage(x float64) markup { return markup(strconv.FormatFloat(x, 'f', 2, 64)) }

// running is what a ring runs, in the words of its last block.
func running(r status.Ring) markup {
	if r.Runs == nil {
		return "–"
	}
	return nameOf(r.Runs.Version, r.Runs.Digest)
}

// toneOf numbers the images in the order in which they first came into any ring.
func toneOf(rings []status.Ring) map[string]int {
	var all []status.Stay
	for _, r := range rings {
		all = append(all, r.Stays...)
	}
	slices.SortStableFunc(all, func(x, y status.Stay) int { return x.From.Compare(y.From) })
	tone := map[string]int{}
	for _, s := range all {
		if _, known := tone[s.Digest]; !known {
			tone[s.Digest] = len(tone) % tones
		}
	}
	return tone
}

// lists are the stays with their dates.
func (w *writer) lists(rings []status.Ring) {
	w.add("<details><summary>The same as a list</summary>\n<div class=\"lists\">\n")
	for _, r := range rings {
		if hasHistory(r) {
			w.list(r)
		}
	}
	w.add("</div></details>\n")
}

func (w *writer) list(r status.Ring) {
	w.add("<div><h4>%s</h4>\n<ol class=\"stays\">\n", text(r.Title))
	if a := r.Arriving; a != nil {
		w.add("<li>%s, on its way in<br><span class=\"soft\">since %s</span></li>\n", digest(a.Digest), utc(a.At))
	}
	if f := r.Failed; f != nil {
		w.add("<li class=\"back\">%s, failed to come in<br><span class=\"soft\">%s</span></li>\n", digest(f.Digest), utc(f.At))
	}
	for _, s := range r.Stays {
		w.stay(s)
	}
	w.add("</ol></div>\n")
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
