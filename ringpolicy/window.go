package ringpolicy

import (
	"slices"
	"sort"
	"time"
)

// Windows say when an image may enter a ring: in any of Allow, or always when Allow is empty, and never in any of Deny.
type Windows struct {
	Allow, Deny []Window
}

// A Window is a set of times, local to the policy's time zone. The parts that it gives must hold together;
// the zero Window is every time.
type Window struct {
	Days     []time.Weekday // none: every day
	From, To TimeOfDay      // from From until before To; both zero: the whole day
	First    Date           // with Last a closed range of days; zero: all days
	Last     Date
	Reason   string // for people
}

// TimeOfDay is minutes since midnight, at most 24 hours. A window whose To is not after its From ends on the next day.
type TimeOfDay int

// A Date is a day of the calendar.
type Date struct {
	Year  int
	Month time.Month
	Day   int
}

func (w Windows) clone() Windows {
	return Windows{cloneWindows(w.Allow), cloneWindows(w.Deny)}
}

func cloneWindows(ws []Window) []Window {
	ws = slices.Clone(ws)
	for i := range ws {
		ws[i].Days = slices.Clone(ws[i].Days)
	}
	return ws
}

const endOfDay TimeOfDay = 24 * 60

func (d Date) before(other Date) bool { return d.midnight().Before(other.midnight()) }

func (d Date) midnight() time.Time { return time.Date(d.Year, d.Month, d.Day, 0, 0, 0, 0, time.UTC) }

// horizon is how far ahead an opening is looked for.
const horizon = 366 * day

// closedAt reports whether no image may enter at a local time, and the freeze that is the cause, if one is.
//
// Only the reading of the local clock counts, so that no hour that a clock skips or repeats needs a rule of its own.
func (w Windows) closedAt(local time.Time) (closed bool, freeze *Window) {
	for i := range w.Deny {
		if w.Deny[i].contains(local) {
			return true, &w.Deny[i]
		}
	}
	allowed := len(w.Allow) == 0 || slices.ContainsFunc(w.Allow, func(a Window) bool { return a.contains(local) })
	return !allowed, nil
}

func (w Window) contains(local time.Time) bool {
	at := TimeOfDay(60*local.Hour() + local.Minute())
	if w.From < w.To {
		return w.From <= at && at < w.To && w.begins(local, 0)
	}
	// over midnight: the window belongs to the day that it starts on
	return at >= w.From && w.begins(local, 0) || at < w.To && w.begins(local, -1)
}

// begins reports whether the window starts on the day of a local time, or some days from it.
func (w Window) begins(local time.Time, days int) bool {
	year, month, dayOfMonth := local.Date()
	on := time.Date(year, month, dayOfMonth+days, 0, 0, 0, 0, time.UTC)
	if len(w.Days) > 0 && !slices.Contains(w.Days, on.Weekday()) {
		return false
	}
	return w.First == Date{} || !on.Before(w.First.midnight()) && !on.After(w.Last.midnight())
}

func (p *Policy) openAt(ring int, at time.Time) bool {
	closed, _ := p.rings[ring].Windows.closedAt(at.In(p.Timezone()))
	return !closed
}

// nextOpening is the first moment from at on when the windows of a ring are open; false: none within 366 days.
func (p *Policy) nextOpening(ring int, at time.Time) (time.Time, bool) {
	return p.nextTime(ring, at, true)
}

// nextClosing is the first moment from at on when they are closed.
func (p *Policy) nextClosing(ring int, at time.Time) (time.Time, bool) {
	return p.nextTime(ring, at, false)
}

// nextTime walks from day to day and looks at every moment at which the windows of a ring can open or close: where the
// local clock shows one of their times, and where it is moved. The days are counted, so that the walk ends whatever a
// time zone does.
func (p *Policy) nextTime(ring int, at time.Time, open bool) (time.Time, bool) {
	clock := p.rings[ring].Windows.boundaries()
	for n := range int(horizon / day) {
		from := at.Add(time.Duration(n) * day).In(p.Timezone())
		until := from.Add(day)
		moved := clockMoved(from, until)
		if t, ok := p.nextInPiece(ring, from, moved, clock, open); ok {
			return t.UTC(), true
		}
		if t, ok := p.nextInPiece(ring, moved, until, clock, open); ok {
			return t.UTC(), true
		}
	}
	return time.Time{}, false
}

// nextInPiece looks from a moment on and before until, between which the local clock runs evenly.
func (p *Policy) nextInPiece(ring int, from, until time.Time, clock []TimeOfDay, open bool) (time.Time, bool) {
	if from.Before(until) && p.openAt(ring, from) == open {
		return from, true
	}
	midnight := from.Add(-sinceMidnight(from))
	for ; midnight.Before(until); midnight = midnight.Add(day) {
		for _, minutes := range clock {
			t := midnight.Add(time.Duration(minutes) * time.Minute)
			if t.After(from) && t.Before(until) && p.openAt(ring, t) == open {
				return t, true
			}
		}
	}
	return time.Time{}, false
}

// clockMoved returns the moment after from at which the local clock is moved, or until when it is not moved before.
// The two are a day apart, within which no clock is moved twice. It compares offsets and does not ask
// [time.Time.ZoneBounds], whose end lies before its argument on the last day of a leap year.
func clockMoved(from, until time.Time) time.Time {
	_, before := from.Zone()
	if _, after := until.Zone(); after == before {
		return until
	}
	second := func(n int) time.Time { return time.Unix(from.Unix()+int64(n), 0).In(from.Location()) }
	n := sort.Search(int(day/time.Second), func(n int) bool {
		_, offset := second(n).Zone()
		return offset != before
	})
	return earlier(second(n), until)
}

// boundaries are the times of day at which a window can begin or end, in order. A day itself is one.
func (w Windows) boundaries() []TimeOfDay {
	clock := []TimeOfDay{0}
	for _, x := range slices.Concat(w.Allow, w.Deny) {
		clock = append(clock, x.From, x.To)
	}
	slices.Sort(clock)
	return slices.Compact(clock)
}

func sinceMidnight(local time.Time) time.Duration {
	hour, minute, second := local.Clock()
	return time.Duration(hour)*time.Hour + time.Duration(minute)*time.Minute + time.Duration(second)*time.Second + time.Duration(local.Nanosecond())
}
