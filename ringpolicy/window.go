package ringpolicy

import (
	"slices"
	"time"
)

// Windows say when an image may enter a ring: in any of Allow, or always when there is none, and never in any of Deny.
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
	Reason   string
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
