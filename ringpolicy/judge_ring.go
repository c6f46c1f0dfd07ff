package ringpolicy

import (
	"fmt"
	"slices"
)

// The criteria that every decision has by itself, about the target ring.
type (
	lockRule       struct{}
	quarantineRule struct{}
	settledRule    struct{}
	attemptsRule   struct{ allowed int }
	ancestryRule   struct{}
	windowRule     struct{}
)

func (lockRule) Kind() string       { return "lock" }
func (quarantineRule) Kind() string { return "quarantine" }
func (settledRule) Kind() string    { return "settled" }
func (attemptsRule) Kind() string   { return "attempts" }
func (ancestryRule) Kind() string   { return "ancestry" }
func (windowRule) Kind() string     { return "window" }

func (lockRule) required(string) string       { return "no lock" }
func (quarantineRule) required(string) string { return "not quarantined" }
func (settledRule) required(string) string    { return "no other deployment in progress" }
func (r attemptsRule) required(string) string {
	return fmt.Sprintf("fewer than %d in a row failed, or a person says retry", r.allowed)
}
func (ancestryRule) required(string) string { return "ahead of what the ring runs, or identical" }
func (windowRule) required(string) string   { return "an open window" }

func (lockRule) judge(s *scope, _ *Criterion) finding {
	if s.evidence.Locks == nil {
		return notCollected("locks")
	}
	locks := s.locks()
	if len(locks) == 0 {
		return met("not locked")
	}
	found := unmet(CodeLocked, "%s", because(by("locked", locks[0].By), locks[0].Reason))
	found.eligible = locks[0].Expires
	return found.linked(locks[0].URL)
}

// locks are those of the target ring that hold now: the longest first.
func (s *scope) locks() []Lock {
	var active []Lock
	for _, l := range s.evidence.Locks {
		if l.Ring == s.evidence.Subject.To && (l.Expires.IsZero() || l.Expires.After(s.now)) {
			active = append(active, l)
		}
	}
	slices.SortStableFunc(active, compareLocks)
	return active
}

func (quarantineRule) judge(s *scope, _ *Criterion) finding {
	if s.evidence.Quarantine == nil {
		return notCollected("quarantine")
	}
	for _, q := range s.quarantines(s.evidence.Subject.Digest) {
		return unmet(CodeQuarantined, "%s", because("quarantined in "+q.Ring, q.Reason)).linked(q.URL)
	}
	return met("not quarantined")
}

// quarantines are those of a digest in the target ring or in a ring upstream of it, in a fixed order.
func (f *facts) quarantines(digest string) []Quarantine {
	var all []Quarantine
	for _, q := range f.evidence.Quarantine {
		if q.Digest == digest && f.keepsOut(q) {
			all = append(all, q)
		}
	}
	slices.SortStableFunc(all, compareQuarantines)
	return all
}

// keepsOut reports whether a quarantine is of the target ring or of a ring upstream of it.
func (f *facts) keepsOut(q Quarantine) bool {
	ring := f.policy.index(q.Ring)
	return ring == f.target || slices.Contains(f.ancestors, ring)
}

func (settledRule) judge(s *scope, _ *Criterion) finding {
	history := s.timelines[s.target]
	if !history.collected {
		return notCollected("history of " + s.evidence.Subject.To)
	}
	if r, ok := history.inFlight(s.evidence.Subject.Digest, s.now); ok {
		return pending(CodeNotSettled, "deployment of %s in progress since %s", short(r.Digest), r.From).restsOn(r.ID).linked(r.URL).changing(r.From.Add(inProgressFor))
	}
	return met("no other deployment in progress")
}

// judge counts the failed deployments of the image in the target ring, back to the newest that ended otherwise. It is listed
// when the newest failed.
func (r attemptsRule) judge(s *scope, _ *Criterion) finding {
	failures := s.timelines[s.target].failures(s.evidence.Subject.Digest, s.now)
	if len(failures) == 0 {
		return finding{unlisted: true}
	}
	last := failures[0]
	what := "the deployment here failed at %s"
	if len(failures) > 1 {
		what = fmt.Sprintf("%d deployments here failed in a row, the last at %%s", len(failures))
	}
	status, code := Met, CodeOK
	switch {
	case len(failures) < r.allowed:
	case s.evidence.Subject.Retry:
		status, code, what = Waived, CodeWaived, what+"; a person said retry"
	default:
		status, code = Unmet, CodeFailedHere
	}
	f := found(status, code, what, []any{last.From}).restsOn(last.ID).linked(last.URL)
	f.since = last.From
	return f
}

func (ancestryRule) judge(s *scope, _ *Criterion) finding {
	history := s.timelines[s.target]
	running, runs := history.running(s.now)
	switch s.evidence.Ancestry {
	case AncestryAhead, AncestryIdentical:
		return met(string(s.evidence.Ancestry)).restsOn(running.id).linked(running.url)
	case AncestryBehind:
		return unmet(CodeDowngrade, "behind what the ring runs").restsOn(running.id).linked(running.url)
	case AncestryDiverged:
		return unmet(CodeHistoryDiverged, "diverged from what the ring runs").restsOn(running.id).linked(running.url)
	}
	if history.collected && !runs {
		return met("the ring runs nothing")
	}
	return notCollected("ancestry")
}

func (windowRule) judge(s *scope, _ *Criterion) finding {
	ring := &s.policy.rings[s.target]
	closed, freeze := ring.Windows.closedAt(s.now.In(s.policy.Timezone()))
	if !closed {
		found := met("open")
		found.changes, _ = s.policy.nextClosing(s.target, s.now)
		return found
	}
	code, why := CodeWindowClosed, "outside the allowed windows"
	if freeze != nil {
		code, why = CodeFreezeActive, because("freeze", freeze.Reason)
	}
	opening, ok := s.policy.nextOpening(s.target, s.now)
	if !ok {
		return unmet(CodeNoOpeningWithinHorizon, "%s, no opening within 366 days", why)
	}
	return waiting(code, opening, "%s, opens %s", why, opening)
}
