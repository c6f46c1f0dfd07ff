package ringpolicy_test

import (
	"encoding/json"
	"maps"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/wizzense/deployment-rings/ringpolicy"
)

// world makes a policy and evidence of fuzz bytes.
func world(t *testing.T, bytes []byte) (*ringpolicy.Policy, ringpolicy.Evidence) {
	t.Helper()
	d := &dice{bytes}
	p := d.policy(t)
	return p, d.evidence(p)
}

func decide(t *testing.T, p *ringpolicy.Policy, e ringpolicy.Evidence) ringpolicy.Decision {
	t.Helper()
	d, err := p.Decide(e)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func decideAt(t *testing.T, p *ringpolicy.Policy, e ringpolicy.Evidence, now time.Time) ringpolicy.Decision {
	t.Helper()
	e.Now = now
	return decide(t, p, e)
}

func seeds(f *testing.F) {
	f.Add([]byte{})
	random := rand.New(rand.NewPCG(3, 4))
	for range 300 {
		bytes := make([]byte, 40+random.IntN(200))
		for i := range bytes {
			bytes[i] = byte(random.Uint32())
			if random.IntN(3) > 0 {
				bytes[i] = 0 // what lets an image pass
			}
		}
		f.Add(bytes)
	}
}

// FuzzDecideVerdict: the verdict, the criteria and the rest of a decision agree with each other and with the history.
func FuzzDecideVerdict(f *testing.F) {
	seeds(f)
	f.Fuzz(func(t *testing.T, bytes []byte) {
		p, e := world(t, bytes)
		d := decide(t, p, e)
		blocking := slices.ContainsFunc(d.Criteria, func(r ringpolicy.Result) bool {
			return !r.Advisory && r.Status != ringpolicy.Met && r.Status != ringpolicy.Waived
		})
		if d.Verdict == ringpolicy.Promote && blocking || d.Verdict == ringpolicy.Hold && !blocking {
			t.Errorf("%s: a criterion blocks = %v", d, blocking)
		}
		if (d.HoldKind == ringpolicy.HoldNone) != (d.Verdict != ringpolicy.Hold) {
			t.Errorf("%s: hold kind %v", d, d.HoldKind)
		}
		if d.Rollback.Needed != (len(d.Rollback.Triggers) > 0) || d.Verdict == ringpolicy.Rollback && !d.Rollback.Needed {
			t.Errorf("%s: rollback %+v", d, d.Rollback)
		}
		if d.Verdict == ringpolicy.Noop && !isLast(e, e.Subject.Digest) {
			t.Errorf("%s: the ring's history is %+v", d, e.Rings[e.Subject.To].History)
		}
		if target := d.Rollback.Target; d.Verdict == ringpolicy.Rollback && target == "" || target != "" && !wasGood(e, p, target) {
			t.Errorf("%s: target %q of history %+v, quarantine %+v", d, target, e.Rings[e.Subject.To].History, e.Quarantine)
		}
		if d.Verdict == ringpolicy.Promote && !wasUpstream(e, p) {
			t.Errorf("%s: the image was in no ring before %s", d, e.Subject.To)
		}
		if d.Verdict != ringpolicy.Hold && !d.NextEligibleAt.IsZero() || d.Verdict != ringpolicy.Promote && !d.ValidUntil.IsZero() {
			t.Errorf("%s: next %v, until %v", d, d.NextEligibleAt, d.ValidUntil)
		}
	})
}

// isLast reports whether no other image came into service after this one.
func isLast(e ringpolicy.Evidence, digest string) bool {
	var last, other time.Time
	for _, r := range e.Rings[e.Subject.To].History {
		switch {
		case r.Outcome != ringpolicy.OutcomeSuccess && r.Outcome != ringpolicy.OutcomeRolledBack:
		case r.Digest == digest && r.From.After(last):
			last = r.From
		case r.Digest != digest && r.From.After(other):
			other = r.From
		}
	}
	return !last.IsZero() && last.Unix() >= other.Unix()
}

func wasGood(e ringpolicy.Evidence, p *ringpolicy.Policy, digest string) bool {
	if slices.ContainsFunc(e.Quarantine, func(q ringpolicy.Quarantine) bool { return q.Digest == digest && q.Ring == e.Subject.To }) {
		return false
	}
	return e.Quarantine != nil && wasIn(e, e.Subject.To, digest)
}

func wasIn(e ringpolicy.Evidence, ring, digest string) bool {
	return slices.ContainsFunc(e.Rings[ring].History, func(r ringpolicy.Record) bool { return r.Digest == digest && r.Outcome == ringpolicy.OutcomeSuccess })
}

func wasUpstream(e ringpolicy.Evidence, p *ringpolicy.Policy) bool {
	ring, _ := p.Ring(e.Subject.To)
	there := func(up string) bool { return wasIn(e, up, e.Subject.Digest) }
	if ring.Require == ringpolicy.RequireAny {
		return slices.ContainsFunc(ring.After, there)
	}
	return !slices.ContainsFunc(ring.After, func(up string) bool { return !there(up) })
}

// FuzzDecideOrder: neither the order of any list nor the zone of any time shows.
func FuzzDecideOrder(f *testing.F) {
	seeds(f)
	f.Fuzz(func(t *testing.T, bytes []byte) {
		p, e := world(t, bytes)
		want := encoded(t, decide(t, p, e))
		random := rand.New(rand.NewPCG(uint64(len(bytes)), 1))
		for range 3 {
			if got := encoded(t, decide(t, p, shuffled(random, e))); got != want {
				t.Fatalf("in another order\n%s\ninstead of\n%s", got, want)
			}
		}
	})
}

func encoded(t *testing.T, d ringpolicy.Decision) string {
	t.Helper()
	b, err := json.Marshal(d)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

func shuffled(random *rand.Rand, e ringpolicy.Evidence) ringpolicy.Evidence {
	e.Now = e.Now.In(time.FixedZone("elsewhere", 3600*random.IntN(12)))
	e.Subject.Contributors = shuffle(random, e.Subject.Contributors)
	e.Rings = maps.Clone(e.Rings)
	for name, r := range e.Rings {
		r.History, r.Signals = shuffle(random, r.History), shuffle(random, r.Signals)
		for i := range r.History {
			r.History[i].From = r.History[i].From.In(time.FixedZone("elsewhere", -7200))
		}
		e.Rings[name] = r
	}
	e.Checks, e.Metrics, e.Incidents = shuffle(random, e.Checks), shuffle(random, e.Metrics), shuffle(random, e.Incidents)
	e.Approvals, e.SignOffs, e.Overrides = shuffle(random, e.Approvals), shuffle(random, e.SignOffs), shuffle(random, e.Overrides)
	e.Locks, e.Quarantine, e.People = shuffle(random, e.Locks), shuffle(random, e.Quarantine), shuffle(random, e.People)
	return e
}

func shuffle[T any](random *rand.Rand, all []T) []T {
	all = slices.Clone(all)
	random.Shuffle(len(all), func(i, j int) { all[i], all[j] = all[j], all[i] })
	return all
}

// FuzzDecideTime: a decision at next_eligible_at, and one at valid_until, finds what the first one said of these moments.
func FuzzDecideTime(f *testing.F) {
	seeds(f)
	f.Fuzz(func(t *testing.T, bytes []byte) {
		p, e := world(t, bytes)
		d := decide(t, p, e)
		if at := d.NextEligibleAt; !at.IsZero() && !d.Conditional {
			if then := decideAt(t, p, e, at); then.Verdict != ringpolicy.Promote {
				t.Errorf("%s\nbut then: %s", d, then)
			}
			ring, _ := p.Ring(d.To)
			if before := decideAt(t, p, e, at.Add(-time.Second)); before.Verdict == ringpolicy.Promote && ring.Require != ringpolicy.RequireAny { // another way may be free earlier
				t.Errorf("%s\nbut a second before: %s", d, before)
			}
		}
		if d.Verdict != ringpolicy.Promote {
			return
		}
		end := d.ValidUntil
		if end.IsZero() {
			end = e.Now.Add(1000 * time.Hour)
		} else if then := decideAt(t, p, e, end); then.Verdict == ringpolicy.Promote {
			t.Errorf("%s\nbut then: %s", d, then)
		}
		for at := e.Now; at.Before(end); at = at.Add(end.Sub(at)/2 + 1) {
			if then := decideAt(t, p, e, at); then.Verdict != ringpolicy.Promote {
				t.Fatalf("%s\nbut at %s: %s", d, at, then)
			}
		}
	})
}

// FuzzDecideMissing: what was not collected never promotes and never rolls back.
func FuzzDecideMissing(f *testing.F) {
	seeds(f)
	f.Fuzz(func(t *testing.T, bytes []byte) {
		p, e := world(t, bytes)
		d := decide(t, p, e)
		for what, less := range withoutOneKind(e) {
			then := decide(t, p, less)
			if then.Verdict == ringpolicy.Promote && d.Verdict != ringpolicy.Promote && !lostRollback(d, what) && !contradicts(then, what) {
				t.Errorf("%s\nwithout %s: %s", d, what, then)
			}
			if then.Verdict == ringpolicy.Rollback && d.Verdict != ringpolicy.Rollback {
				t.Errorf("%s\nwithout %s: %s", d, what, then)
			}
		}
	})
}

// lostRollback reports whether an image was held because a ring should go back, and the signals of that ring are missing now:
// absent signals prove nothing. Signals of what the target ring runs prove nothing about another image.
func lostRollback(d ringpolicy.Decision, what string) bool {
	return d.Rollback.Needed && what == "signals of "+d.To || slices.ContainsFunc(d.Criteria, func(r ringpolicy.Result) bool {
		return r.ID == "rollback" && what == "signals of "+r.Ring
	})
}

// contradicts reports whether evidence compares the image with what a ring runs that runs nothing.
func contradicts(then ringpolicy.Decision, what string) bool {
	r, _ := criterion(then, "ancestry")
	return what == "ancestry" && r.Observed == "the ring runs nothing"
}

func withoutOneKind(e ringpolicy.Evidence) map[string]ringpolicy.Evidence {
	all := map[string]ringpolicy.Evidence{}
	without := func(what string, drop func(*ringpolicy.Evidence)) {
		less := e
		less.Rings = maps.Clone(e.Rings)
		drop(&less)
		all[what] = less
	}
	without("checks", func(e *ringpolicy.Evidence) { e.Checks = nil })
	without("metrics", func(e *ringpolicy.Evidence) { e.Metrics = nil })
	without("incidents", func(e *ringpolicy.Evidence) { e.Incidents = nil })
	without("approvals", func(e *ringpolicy.Evidence) { e.Approvals = nil })
	without("sign-offs", func(e *ringpolicy.Evidence) { e.SignOffs = nil })
	without("locks", func(e *ringpolicy.Evidence) { e.Locks = nil })
	without("quarantine", func(e *ringpolicy.Evidence) { e.Quarantine = nil })
	without("people", func(e *ringpolicy.Evidence) { e.People = nil })
	without("ancestry", func(e *ringpolicy.Evidence) { e.Ancestry = "" })
	without("revision", func(e *ringpolicy.Evidence) { e.Subject.Revision = "" })
	without("author", func(e *ringpolicy.Evidence) { e.Subject.Author = "" })
	without("contributors", func(e *ringpolicy.Evidence) { e.Subject.Contributors = nil })
	without("rings", func(e *ringpolicy.Evidence) { e.Rings = nil })
	for name, r := range e.Rings {
		without("history of "+name, func(e *ringpolicy.Evidence) { e.Rings[name] = ringpolicy.RingFacts{Signals: r.Signals} })
		without("signals of "+name, func(e *ringpolicy.Evidence) { e.Rings[name] = ringpolicy.RingFacts{History: r.History} })
	}
	return all
}

// FuzzDecideWorse: one more bad fact never lets an image in.
func FuzzDecideWorse(f *testing.F) {
	seeds(f)
	f.Fuzz(func(t *testing.T, bytes []byte) {
		p, e := world(t, bytes)
		d := decide(t, p, e)
		for what, worse := range withBadFact(e) {
			if then := decide(t, p, worse); then.Verdict == ringpolicy.Promote && d.Verdict != ringpolicy.Promote {
				t.Errorf("%s\nwith %s: %s", d, what, then)
			}
		}
	})
}

func withBadFact(e ringpolicy.Evidence) map[string]ringpolicy.Evidence {
	s, all := e.Subject, map[string]ringpolicy.Evidence{}
	with := func(what string, add func(*ringpolicy.Evidence)) {
		worse := e
		worse.Rings = maps.Clone(e.Rings)
		add(&worse)
		all[what] = worse
	}
	with("a lock", func(e *ringpolicy.Evidence) { e.Locks = append(slices.Clone(e.Locks), ringpolicy.Lock{Ring: s.To}) })
	with("a quarantine", func(e *ringpolicy.Evidence) {
		e.Quarantine = append(slices.Clone(e.Quarantine), ringpolicy.Quarantine{Ring: s.To, Digest: s.Digest})
	})
	with("a failed check", func(e *ringpolicy.Evidence) {
		bad := ringpolicy.Check{Name: "unit", App: "ci", State: ringpolicy.CheckFailure, Revision: s.Revision, ID: 99, RunStartedAt: e.Now}
		e.Checks = append(slices.Clone(e.Checks), bad)
	})
	with("a rejection", func(e *ringpolicy.Evidence) {
		bad := ringpolicy.Approval{By: "rex", Role: "manual", State: ringpolicy.ApprovalRejected, At: e.Now, Digest: s.Digest}
		e.Approvals = append(slices.Clone(e.Approvals), bad)
	})
	with("a refusal", func(e *ringpolicy.Evidence) {
		e.SignOffs = append(slices.Clone(e.SignOffs), ringpolicy.SignOff{ID: "s0", By: "rex", State: ringpolicy.SignOffRefused, At: e.Now, Digest: s.Digest})
	})
	with("an incident", func(e *ringpolicy.Evidence) {
		e.Incidents = append(slices.Clone(e.Incidents), ringpolicy.Incident{ID: "#9", Severity: "P0"})
	})
	with("a violated metric", func(e *ringpolicy.Evidence) {
		bad := ringpolicy.Metric{Name: "errors", Value: "99", Baseline: "1", Samples: 9, From: e.Now, To: e.Now.Add(99 * time.Hour)}
		e.Metrics = append(slices.Clone(e.Metrics), bad)
	})
	with("a veto", func(e *ringpolicy.Evidence) {
		bad := ringpolicy.Override{Criterion: "lineage", Ring: s.To, Digest: s.Digest, Verdict: ringpolicy.OverrideFail, By: "rex", Reason: "no", Expires: e.Now.Add(time.Hour)}
		e.Overrides = append(slices.Clone(e.Overrides), bad)
	})
	for name, r := range e.Rings {
		with("a failing signal in "+name, func(e *ringpolicy.Evidence) {
			bad := ringpolicy.Signal{Kind: ringpolicy.SignalCriticalError, State: ringpolicy.SignalFailing, At: e.Now, Digest: s.Digest}
			e.Rings[name] = ringpolicy.RingFacts{History: r.History, Signals: append(slices.Clone(r.Signals), bad)}
		})
		with("a failure in "+name, func(e *ringpolicy.Evidence) {
			bad := ringpolicy.Record{ID: "99", Digest: s.Digest, Outcome: ringpolicy.OutcomeFailure, From: e.Now.Add(99 * time.Hour)}
			e.Rings[name] = ringpolicy.RingFacts{History: append(slices.Clone(r.History), bad), Signals: r.Signals}
		})
	}
	return all
}

// FuzzDecideProvenBad: an image that is proven bad in a ring goes no further, unless a person waived a criterion of that ring.
func FuzzDecideProvenBad(f *testing.F) {
	seeds(f)
	f.Fuzz(func(t *testing.T, bytes []byte) {
		p, e := world(t, bytes)
		if to, _ := p.Ring(e.Subject.To); to.Require == ringpolicy.RequireAny {
			return
		}
		for _, name := range ringsBefore(p, e.Subject.To) {
			if !wasIn(e, name, e.Subject.Digest) {
				continue
			}
			worse := e
			worse.Rings = maps.Clone(e.Rings)
			worse.Rings[name] = ringpolicy.RingFacts{History: e.Rings[name].History, Signals: append(slices.Clone(e.Rings[name].Signals), allFailing(p, name, e)...)}
			d := decide(t, p, worse)
			waived := slices.ContainsFunc(d.Criteria, func(r ringpolicy.Result) bool { return r.Ring == name && r.Status == ringpolicy.Waived })
			if d.Verdict == ringpolicy.Promote && !waived {
				t.Errorf("%s\nalthough it is proven bad in %s", d, name)
			}
		}
	})
}

// ringsBefore are the rings upstream of a ring.
func ringsBefore(p *ringpolicy.Policy, ring string) []string {
	r, _ := p.Ring(ring)
	before := slices.Clone(r.After)
	for i := 0; i < len(before); i++ {
		up, _ := p.Ring(before[i])
		for _, name := range up.After {
			if !slices.Contains(before, name) {
				before = append(before, name)
			}
		}
	}
	return before
}

// allFailing are signals that prove each trigger of a ring for the image.
func allFailing(p *ringpolicy.Policy, ring string, e ringpolicy.Evidence) []ringpolicy.Signal {
	r, _ := p.Ring(ring)
	var all []ringpolicy.Signal
	for _, kind := range r.Rollback.Triggers {
		for range max(2, r.Rollback.Consecutive) { // a criterion of these tests lets one pass
			all = append(all, ringpolicy.Signal{Kind: kind, State: ringpolicy.SignalFailing, At: e.Now.Add(99 * time.Hour), Digest: e.Subject.Digest})
		}
	}
	return all
}

// FuzzDecideWalk: whatever the decisions, acting on them never brings an image into a ring before it was upstream of it.
func FuzzDecideWalk(f *testing.F) {
	seeds(f)
	f.Fuzz(func(t *testing.T, bytes []byte) {
		d := &dice{bytes}
		p := d.policy(t)
		e := d.evidence(p)
		for name, r := range e.Rings {
			e.Rings[name] = ringpolicy.RingFacts{History: []ringpolicy.Record{}, Signals: r.Signals}
		}
		rings := p.Rings()
		e.Rings[rings[0].Name] = ringpolicy.RingFacts{History: []ringpolicy.Record{succeeded(e.Now, e.Subject.Digest, false)}, Signals: e.Rings[rings[0].Name].Signals}
		for range 12 {
			e.Now = e.Now.Add(time.Duration(d.roll(5)) * 30 * time.Minute)
			e.Subject.To = pick(d, rings[1:]...).Name
			act(t, p, e, decide(t, p, e))
		}
	})
}

func succeeded(at time.Time, digest string, rollback bool) ringpolicy.Record {
	return ringpolicy.Record{ID: at.String(), Digest: digest, Outcome: ringpolicy.OutcomeSuccess, From: at, Rollback: rollback}
}

func act(t *testing.T, p *ringpolicy.Policy, e ringpolicy.Evidence, d ringpolicy.Decision) {
	t.Helper()
	facts := e.Rings[d.To]
	switch d.Verdict {
	case ringpolicy.Promote:
		if !wasUpstream(e, p) {
			t.Fatalf("%s: never upstream of %s: %+v", d, d.To, e.Rings)
		}
		facts.History = append(facts.History, succeeded(e.Now, d.Digest, false))
	case ringpolicy.Rollback:
		facts.History = append(facts.History, succeeded(e.Now, d.Rollback.Target, true))
	}
	e.Rings[d.To] = facts
}
