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
	From       string // digest that is taken back; "" when there is none, or it is not known
	To         string // digest that the ring goes back to; "" when there is none
	InService  bool   // the ring runs To, and goes on: its tag alone goes back
	Warnings   []Warning

	Reason      string      // the last part of Summary, without a full stop
	ReasonTimes []time.Time // in Reason, where they are RFC 3339, in this order
}

// Why returns the last part of Summary with times as write gives them.
func (r ManualRollback) Why(write func(time.Time) string) string {
	return withTimes(r.Reason, r.ReasonTimes, write) + "."
}

// RollbackByHand answers a person who wants the ring e.Subject.To to go back to an image, or to the last known good one
// when digest is empty. It needs no proven trigger. It does not go back while another image is on its way in.
//
// Without a digest, a failed deployment that is open (see [RingFacts.Failed]) is taken back: the ring goes on with what it runs,
// unless signals prove that this is bad; the same again leaves it so. Else the ring goes neither back from what it went back to
// before, nor to an image that is not known to be good. A digest must have been in service in the ring with success; it may be quarantined, since a person
// chose that image. The digest of what the ring runs puts the ring's tag back on it. No ring goes back to an image that the
// registry no longer has.
//
// A rollback that was cut short continues: what it recorded itself does not keep it from that.
//
// The error says that the evidence lacks Now or names a ring that the policy does not have, or that the digest was never
// in service in the ring; the answer is then the zero one.
func (p *Policy) RollbackByHand(e Evidence, digest string) (ManualRollback, error) {
	if err := p.fitsRing(e); err != nil {
		return ManualRollback{}, err
	}
	f := &facts{policy: p, evidence: e, target: p.index(e.Subject.To)}
	f.ancestors = p.before[f.target]
	f.timelines, f.signals = make([]timeline, len(p.rings)), make([][]Signal, len(p.rings))
	f.lookAt(f.target)
	history := f.timelines[f.target]
	if digest != "" && history.collected && !history.wasIn(digest) {
		return ManualRollback{}, fmt.Errorf("digest: %s was never in service in %s with success, so the ring cannot go back to it", clip(digest), e.Subject.To)
	}
	r, found := f.byHand(e.Now, digest)
	r.Verdict, r.Ring, r.ReasonCode = Rollback, e.Subject.To, found.code
	if found.status != Met {
		r.Verdict, r.To, r.InService, r.Warnings = Hold, "", false, nil
	}
	r.Reason, r.ReasonTimes = capital(plain(found.observed)), found.times
	r.Summary = fmt.Sprintf("%s: %s. %s.", r.Ring, r.Verdict, r.Reason)
	return r, nil
}

// fitsRing reports what is missing to look at a ring.
func (p *Policy) fitsRing(e Evidence) error {
	if e.Now.IsZero() {
		return errors.New("evidence has no moment, expected now")
	}
	return p.knows("ring", e.Subject.To)
}

// byHand returns where the ring goes back to, and whether it may.
func (f *facts) byHand(now time.Time, digest string) (ManualRollback, finding) {
	history, ring := f.timelines[f.target], f.evidence.Subject.To
	if !history.collected {
		return ManualRollback{}, notCollected("history of " + ring)
	}
	running, runs := history.running(now)
	failed, open := history.failed(now)
	if begun, ok := history.goingBack(); ok && digest == "" && history.wasIn(begun.Digest) {
		digest = begun.Digest // the rollback that began and did not end
	}
	switch {
	case digest == "" && runs && !open && history.tookBack(running.digest, now) && !f.provenBadNow(running, runs):
		r, answer := f.putBack(now, running, "", CodeAlreadyThere)
		if answer.status == Met {
			answer = found(Met, CodeAlreadyThere, "the failed deployment was taken back already, and the ring runs %s; to go back from that, name a digest", []any{short(running.digest)})
		}
		return r, answer
	case runs && digest == running.digest:
		return f.putBack(now, running, failed.Digest, CodeAlreadyThere)
	case digest == "" && open && !history.cutShort() && !f.provenBadNow(running, runs):
		if !runs {
			return ManualRollback{From: failed.Digest}, unmet(CodeNoRollbackTarget, "the deployment of %s failed, and the ring runs nothing that it could go back to", short(failed.Digest))
		}
		return f.putBack(now, running, failed.Digest, CodeRollbackTriggered)
	}
	return f.replace(now, digest)
}

// putBack puts the tag of the ring back on what it runs.
func (f *facts) putBack(now time.Time, running stay, failed string, code Code) (ManualRollback, finding) {
	r := ManualRollback{From: failed, To: running.digest, InService: true}
	if found, ok := f.settling(running.digest, now); ok {
		return r, found
	}
	if f.isGone(running.digest) {
		return r, unmet(CodeNoRollbackTarget, "the ring runs %s, which the registry no longer has; name an earlier image with digest", running.digest)
	}
	if failed == "" {
		return r, found(Met, code, "the ring runs %s; its tag points to it again", []any{short(running.digest)})
	}
	return r, found(Met, code, "the deployment of %s failed; the ring goes on with %s", []any{short(failed), short(running.digest)})
}

// replace goes back from what the ring runs, or ran last, to an earlier image.
func (f *facts) replace(now time.Time, digest string) (ManualRollback, finding) {
	var bad stay
	if stays := f.timelines[f.target].stays; len(stays) > 0 {
		bad = stays[len(stays)-1]
	}
	r := ManualRollback{From: bad.digest, To: digest}
	var gone []string
	if digest == "" {
		r.To, gone = f.lastKnownGood(bad.digest)
		r.Warnings = goneWarnings(r.To, gone)
	}
	if found, ok := f.settling(r.To, now); ok {
		return r, found
	}
	switch {
	case bad.digest == "":
		return r, unmet(CodeNoRollbackTarget, "the ring never ran anything")
	case digest != "" && f.isGone(digest):
		return r, unmet(CodeNoRollbackTarget, "the registry no longer has %s; name another image that the ring ran", digest)
	case digest != "": // a person chose that image
	case bad.rollback && bad.healthy:
		return r, unmet(CodeRollbackLoopGuard, "the ring runs %s, which it went back to; the cause is probably elsewhere", short(bad.digest))
	case f.evidence.Quarantine == nil:
		return r, notCollected("quarantine")
	case r.To == "":
		return r, unmet(CodeNoRollbackTarget, "%s", noTarget(gone))
	}
	return r, found(Met, CodeRollbackTriggered, "from %s to %s", []any{short(bad.digest), short(r.To)})
}

// settling finds another image than the target on its way in. A rollback that began is no such image: this one continues it.
func (f *facts) settling(target string, now time.Time) (finding, bool) {
	for _, r := range f.timelines[f.target].begun {
		if r.Digest != target && !r.Rollback && now.Sub(r.From) < inProgressFor {
			return pending(CodeNotSettled, "a deployment of %s is in progress since %s", short(r.Digest), r.From), true
		}
	}
	return finding{}, false
}

// provenBadNow reports whether signals prove that what the ring runs is bad.
func (f *facts) provenBadNow(running stay, runs bool) bool {
	rules := f.policy.rings[f.target].Rollback
	bad, _ := provenBad(f.signals[f.target], rules.Triggers, rules.Consecutive, running.digest, running.from)
	return runs && len(bad) > 0
}

// cutShort reports whether the ring's last image was taken out and none came back.
func (t timeline) cutShort() bool { return len(t.stays) > 0 && !t.stays[len(t.stays)-1].healthy }

// wasIn reports whether the ring ever ran an image.
func (t timeline) wasIn(digest string) bool {
	return slices.ContainsFunc(t.stays, func(s stay) bool { return s.digest == digest })
}
