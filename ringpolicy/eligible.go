package ringpolicy

import (
	"slices"
	"time"
)

// nextEligible is the earliest time at which everything that waits for time is over and the ring's windows are open.
// It is conditional when more than time holds, or when time alone does not promote then. Over another of several upstream
// rings an image may come in earlier.
func (f *facts) nextEligible(o outcome) (at time.Time, conditional bool) {
	at, conditional = o.waits()
	for range len(o.results) + 1 {
		if at.IsZero() {
			return time.Time{}, false
		}
		o = f.at(at)
		if slices.ContainsFunc(o.results, func(r judged) bool { return r.Blocks() && r.Code == CodeNoOpeningWithinHorizon }) {
			return time.Time{}, false
		}
		next, _ := o.waits()
		if next.IsZero() {
			break
		}
		at = next
	}
	return at, conditional || o.verdict != Promote
}

// waits is when everything that waits for time will be over, and whether something waits for more.
func (o outcome) waits() (until time.Time, forMore bool) {
	for _, r := range o.results {
		switch {
		case !r.Blocks():
		case r.EligibleAt.IsZero():
			forMore = true
		default:
			until = later(until, r.EligibleAt)
		}
	}
	return until, forMore
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
