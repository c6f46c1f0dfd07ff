package ringpolicy

import (
	"slices"
	"time"
)

// A standing is how near a group of criteria is to being met.
type standing struct {
	kind     HoldKind
	eligible time.Time // when what time alone ends is over; zero: nothing to wait for
}

func groupStanding(results []judged, group int) standing {
	s := standing{kind: HoldNone}
	for _, r := range results {
		if r.Blocks() && slices.Contains(r.groups, group) {
			s.kind = min(s.kind, r.holdKind())
			s.eligible = later(s.eligible, r.EligibleAt)
		}
	}
	return s
}

func (s standing) nearer(other standing) bool {
	if s.kind != other.kind {
		return s.kind > other.kind
	}
	return s.eligible.Before(other.eligible) // the zero time, none to wait for, comes before any
}

func later(a, b time.Time) time.Time {
	if b.After(a) {
		return b
	}
	return a
}

// earlier is the earlier of two times, of which the zero one is never.
func earlier(a, b time.Time) time.Time {
	if a.IsZero() || !b.IsZero() && b.Before(a) {
		return b
	}
	return a
}
