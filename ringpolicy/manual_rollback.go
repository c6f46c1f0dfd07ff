package ringpolicy

import (
	"errors"
	"fmt"
	"slices"
	"time"
)

// A ManualRollback is the answer to a person who wants a ring to go back. Its zero value goes nowhere.
type ManualRollback struct {
	Verdict    Verdict // Rollback or Hold
	ReasonCode Code
	Summary    string // one line for people
	Ring       string
	From       string // digest that leaves the ring; "" when it is not known
	To         string // digest that the ring goes back to; "" when there is none

	Reason      string      // the last part of Summary, without a full stop
	ReasonTimes []time.Time // in Reason, where they are RFC 3339, in this order
}

// Why returns the last part of Summary with times as write gives them.
func (r ManualRollback) Why(write func(time.Time) string) string {
	return withTimes(r.Reason, r.ReasonTimes, write) + "."
}

// RollbackByHand answers a person who wants the ring e.Subject.To to go back to an image, or to the last known good one
// when digest is empty. It needs no proven trigger and looks at the history and the quarantine of the ring alone. It does
// not go back while a deployment is in progress. Without a digest it goes back neither from what the ring went back to
// before, nor to an image that is not known to be good. A digest must have been in service in the ring with success; it may
// be quarantined, since a person chose that image.
//
// A rollback that was cut short after the bad image was taken out continues.
//
// The error says that the evidence lacks Now or names a ring that the policy does not have, or that the digest was never
// in service in the ring; the answer is then the zero one.
func (p *Policy) RollbackByHand(e Evidence, digest string) (ManualRollback, error) {
	if err := p.fitsRing(e); err != nil {
		return ManualRollback{}, err
	}
	f := &facts{policy: p, evidence: e, target: p.index(e.Subject.To)}
	f.ancestors = p.before[f.target]
	f.timelines = make([]timeline, len(p.rings))
	f.timelines[f.target] = newTimeline(e.Rings[e.Subject.To].History)
	return f.byHand(e.Now, digest)
}

// fitsRing reports what is missing to look at a ring.
func (p *Policy) fitsRing(e Evidence) error {
	if e.Now.IsZero() {
		return errors.New("evidence has no moment, expected now")
	}
	return p.knows("ring", e.Subject.To)
}

func (f *facts) byHand(now time.Time, digest string) (ManualRollback, error) {
	history, ring := f.timelines[f.target], f.evidence.Subject.To
	var bad stay
	if n := len(history.stays); n > 0 {
		bad = history.stays[n-1]
	}
	if digest != "" && history.collected && !slices.ContainsFunc(history.stays, func(s stay) bool { return s.digest == digest }) {
		return ManualRollback{}, fmt.Errorf("digest: %s was never in service in %s with success, so the ring cannot go back to it", clip(digest), ring)
	}
	target := digest
	if digest == "" {
		target = f.lastKnownGood(bad)
	}
	found := f.mayGoBack(now, bad, digest, target)
	r := ManualRollback{Verdict: Hold, ReasonCode: found.code, Ring: ring, From: bad.digest}
	if found.status == Met {
		r.Verdict, r.ReasonCode, r.To = Rollback, CodeRollbackTriggered, target
	}
	r.Reason, r.ReasonTimes = capital(plain(found.observed)), found.times
	r.Summary = fmt.Sprintf("%s: %s. %s.", ring, r.Verdict, r.Reason)
	return r, nil
}

// mayGoBack returns the first reason why the ring may not go back to target; digest is the image that a person chose.
func (f *facts) mayGoBack(now time.Time, bad stay, digest, target string) finding {
	history, ring := f.timelines[f.target], f.evidence.Subject.To
	if !history.collected {
		return notCollected("history of " + ring)
	}
	if r, ok := history.inFlight("", now); ok {
		return pending(CodeNotSettled, "a deployment of %s is in progress since %s", short(r.Digest), r.From)
	}
	switch {
	case bad.digest == "":
		return unmet(CodeNoRollbackTarget, "the ring never ran anything")
	case digest == bad.digest:
		return unmet(CodeAlreadyThere, "the ring runs %s already", short(digest))
	case digest != "": // a person chose that image
	case bad.rollback && bad.healthy:
		return unmet(CodeRollbackLoopGuard, "the ring runs %s, which it went back to; the cause is probably elsewhere", short(bad.digest))
	case f.evidence.Quarantine == nil:
		return notCollected("quarantine")
	case target == "":
		return unmet(CodeNoRollbackTarget, "no earlier image of the ring is known to be good")
	}
	return met(fmt.Sprintf("from %s to %s", short(bad.digest), short(target)))
}
