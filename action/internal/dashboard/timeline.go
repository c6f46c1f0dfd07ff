package dashboard

import (
	"slices"
	"time"

	"github.com/wizzense/deployment-rings/action/internal/status"
)

const day = 24 * time.Hour

// spans lists how far a timeline may reach back.
var spans = []time.Duration{3 * day, 7 * day, 14 * day, 30 * day, 60 * day, 90 * day}

// shades is the number of colours that distinguish images. An image has the same one in every ring.
const shades = 6

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

// arrivals returns when something came into a ring, or failed to.
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

// A timeline shows the last stays of every ring on one axis, and the same as lists.
type timeline struct {
	From                         time.Time
	RolledBack, Arriving, Failed bool // the signs that the picture has
	Ticks                        []float64
	Dates                        []date
	Tracks                       []track
	Lists                        []status.Ring // those with a history
}

// A date stands on the axis. One that is late has no room beside "now" on a telephone.
type date struct {
	X    float64
	Date string
	Late bool
}

// A track is a ring from left to right: its stays, what is on its way in, and what failed.
type track struct {
	Ring   status.Ring
	Blocks []block
	Marks  []mark
}

// A block is a stay. One that is too short to be seen grows towards the middle.
type block struct {
	status.Stay
	Colour   int
	Cut      bool   // it began before the axis
	Side     string // from which X counts
	X, Width float64
}

// A mark is a deployment that did not become a stay, or not yet. X counts from the right.
type mark struct {
	Class, Sign string
	X           float64
}

// newTimeline returns nil when nothing ever came into any ring.
func newTimeline(rings []status.Ring, now time.Time, zone *time.Location) *timeline {
	s := newScale(rings, now)
	t := &timeline{From: s.from}
	for _, at := range s.ticks(zone) {
		t.Ticks = append(t.Ticks, s.at(at))
	}
	t.Dates = s.dates(zone)
	colours := coloursOf(rings)
	for _, r := range rings {
		t.RolledBack = t.RolledBack || slices.ContainsFunc(r.Stays, func(s status.Stay) bool { return s.RolledBack })
		t.Arriving, t.Failed = t.Arriving || r.Arriving != nil, t.Failed || r.Failed != nil
		t.Tracks = append(t.Tracks, track{r, s.blocks(r.Stays, colours), append(s.mark(r.Failed, "failed", "✖"), s.mark(r.Arriving, "arriving", "▸")...)})
		if len(arrivals(r)) > 0 {
			t.Lists = append(t.Lists, r)
		}
	}
	if t.Lists == nil {
		return nil
	}
	return t
}

// dates returns the days of the ticks, without those that would stand where "now" does. That takes more of the axis on a
// telephone.
func (s scale) dates(zone *time.Location) []date {
	const last, lastOnTelephone = 80, 65
	var all []date
	for _, t := range s.ticks(zone) {
		if x := s.at(t); x <= last {
			all = append(all, date{x, t.Format("Jan 2"), x > lastOnTelephone})
		}
	}
	return all
}

func (s scale) blocks(stays []status.Stay, colours map[string]int) []block {
	var all []block
	for _, stay := range slices.Backward(stays) {
		end := s.now
		if stay.To != nil {
			end = *stay.To
		}
		if end.Before(s.from) {
			continue
		}
		b := block{Stay: stay, Colour: colours[stay.Digest], Cut: stay.From.Before(s.from), Side: "left", X: s.at(stay.From), Width: s.at(end) - s.at(stay.From)}
		if b.X > 50 {
			b.Side, b.X = "right", 100-s.at(end)
		}
		all = append(all, b)
	}
	return all
}

func (s scale) mark(a *status.Arrival, class, sign string) []mark {
	if a == nil || a.At.Before(s.from) {
		return nil
	}
	return []mark{{class, sign, 100 - s.at(a.At)}}
}

// coloursOf numbers the images in the order in which they first came into any ring.
func coloursOf(rings []status.Ring) map[string]int {
	var all []status.Stay
	for _, r := range rings {
		all = append(all, r.Stays...)
	}
	slices.SortStableFunc(all, func(x, y status.Stay) int { return x.From.Compare(y.From) })
	colours := map[string]int{}
	for _, s := range all {
		if _, known := colours[s.Digest]; !known {
			colours[s.Digest] = len(colours) % shades
		}
	}
	return colours
}
