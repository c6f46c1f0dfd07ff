package ringpolicy

import (
	"slices"
	"time"
)

// Among returns the same decision, of a hold with the headline (HoldKind, ReasonCode, Summary) of those criteria alone that count.
// It is for a caller who collected some facts only: what was not asked for says nothing of the image. Where no criterion that
// holds the image counts, the decision is as it was. The criteria, and its id, stay what they are.
func (d Decision) Among(counts func(Result) bool) Decision {
	if d.Verdict != Hold || d.ReasonAmong(counts) == "" {
		return d
	}
	return d.headedBy(counts)
}

// Unsettled returns the hold that is left of a decision to act, since something goes on in the target ring that its evidence does
// not have: pending, [CodeNotSettled]. why says what. Its id stays that of the policy and the evidence.
func (d Decision) Unsettled(why string) Decision {
	d.Criteria = slices.Clone(d.Criteria)
	for i := range d.Criteria {
		if r := &d.Criteria[i]; r.isSettled(d.To) {
			r.Status, r.Code, r.Observed, r.ObservedTimes = Pending, CodeNotSettled, plain(why), nil
		}
	}
	d.Verdict, d.ValidUntil, d.NextEligibleAt, d.Conditional = Hold, time.Time{}, time.Time{}, false
	return d.headedBy(func(r Result) bool { return r.isSettled(d.To) })
}

// isSettled reports whether a result is that of the criterion of all deployments into a ring, which is always listed.
func (r Result) isSettled(ring string) bool { return r.Kind == "settled" && r.Ring == ring }

// headedBy returns a hold with the headline of the criteria that count.
func (d Decision) headedBy(counts func(Result) bool) Decision {
	d.Criteria = slices.Clone(d.Criteria)
	for i := range d.Criteria {
		d.Criteria[i].Aside = !counts(d.Criteria[i])
	}
	worst := worstOf(d.Criteria)
	d.HoldKind, d.ReasonCode = worst.holdKind(), worst.Code
	d.Summary = summarize(d)
	return d
}
