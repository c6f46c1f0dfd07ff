package ringpolicy

import (
	"slices"
	"time"
)

// nextEligible is the earliest time at which everything that waits for time is over and the ring's windows are open.
// It is conditional when that alone is not enough.
func (f *facts) nextEligible(o outcome) (at time.Time, conditional bool) {
	for _, r := range o.results {
		switch {
		case !r.holds():
		case r.EligibleAt.IsZero():
			conditional = true
		default:
			at = later(at, r.EligibleAt)
		}
	}
	if at.IsZero() {
		return time.Time{}, false
	}
	if f.windowCounts(o) {
		open, ok := f.policy.nextOpening(f.target, at)
		if !ok {
			return time.Time{}, false
		}
		at = open
	}
	return at, conditional || f.at(at).verdict != Promote || f.at(at.Add(-time.Second)).verdict == Promote
}

// windowCounts tells whether the windows of the ring decide: no override passes them.
func (f *facts) windowCounts(o outcome) bool {
	return slices.ContainsFunc(o.results, func(r Result) bool { return r.Kind == windowRule{}.Kind() && r.Status != Waived })
}

// validUntil is the earliest time at which time alone ends a promotion.
func (f *facts) validUntil(o outcome) time.Time {
	for o.verdict == Promote {
		next := time.Time{}
		for _, r := range o.results {
			if r.changes.After(o.now) {
				next = earlier(next, r.changes)
			}
		}
		if next.IsZero() {
			return time.Time{}
		}
		o = f.at(next)
	}
	return o.now
}
