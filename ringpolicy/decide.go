package ringpolicy

import (
	"cmp"
	"errors"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"time"

	"github.com/wizzense/deployment-rings/ringpolicy/internal/strict"
)

// Decide says for one target ring whether an image may enter, or whether the ring must go back, and to which image.
//
// It is a pure function: the same policy and evidence give the same decision, byte for byte, whatever the order of
// the evidence. In order of precedence the answer is rollback, noop, hold, promote. What was not collected is
// unknown, and unknown never promotes and never rolls back. The error lists every reason why the evidence does not fit
// the policy: it has no Now, its digest is not "sha256:" and 64 hex digits, or it names a ring that the policy does not have.
// The decision is then the zero one.
func (p *Policy) Decide(e Evidence) (Decision, error) {
	f, err := p.facts(e)
	if err != nil {
		return Decision{}, err
	}
	o := f.at(e.Now)
	d := f.decision(o)
	switch o.verdict {
	case Hold:
		d.NextEligibleAt, d.Conditional = f.nextEligible(o)
	case Promote:
		d.ValidUntil = f.validUntil(o)
	}
	d.Summary = summarize(d)
	return d, nil
}

var (
	errNoDecision = errors.New("no decision was made")
	digestSyntax  = regexp.MustCompile(`^sha256:[0-9a-f]{64}$`)
)

// facts is the evidence, made ready to be looked at from any moment.
type facts struct {
	policy    *Policy
	evidence  Evidence
	target    int
	ancestors []int // of the target
	items     []item
	timelines []timeline // by ring; only of those that count
	signals   [][]Signal // by ring, each with the image that it is of; only of the same rings
	checks    []checkGroup
	overrides overrides
	people    map[string]Person // by login, without regard to case
}

func (p *Policy) facts(e Evidence) (*facts, error) {
	if err := p.fits(e); err != nil {
		return nil, err
	}
	f := &facts{policy: p, evidence: e, target: p.index(e.Subject.To)}
	f.ancestors, f.items = p.before[f.target], p.asked[f.target]
	f.timelines = make([]timeline, len(p.rings))
	f.signals = make([][]Signal, len(p.rings))
	for _, ring := range append([]int{f.target}, f.ancestors...) {
		f.lookAt(ring)
	}
	f.checks = groupChecks(e.Checks, e.Subject.Revision)
	f.overrides = sortOverrides(e.Overrides, e.Subject)
	f.people = byLogin(e.People)
	return f, nil
}

// lookAt orders the history of a ring, and finds out of which image each of its signals is.
func (f *facts) lookAt(ring int) {
	known := f.evidence.Rings[f.policy.rings[ring].Name]
	f.timelines[ring] = newTimeline(known.History)
	f.signals[ring] = f.timelines[ring].attributed(known.Signals, f.evidence.Subject.Digest)
}

// fits reports evidence that no decision can be made of.
func (p *Policy) fits(e Evidence) error {
	var errs []error
	if e.Now.IsZero() {
		errs = append(errs, errors.New("evidence has no moment, expected now"))
	}
	if !digestSyntax.MatchString(e.Subject.Digest) {
		errs = append(errs, fmt.Errorf("subject.digest: %q is not sha256: and 64 hex digits", clip(e.Subject.Digest)))
	}
	errs = append(errs, p.knows("subject.to", e.Subject.To))
	for _, name := range slices.Sorted(maps.Keys(e.Rings)) {
		errs = append(errs, p.knows("rings", name))
	}
	for _, l := range e.Locks {
		errs = append(errs, p.knows("locks", l.Ring))
	}
	for _, q := range e.Quarantine {
		errs = append(errs, p.knows("quarantine", q.Ring))
	}
	return errors.Join(errs...)
}

func (p *Policy) knows(where, ring string) error {
	if p.index(ring) >= 0 {
		return nil
	}
	var names []string
	for _, r := range p.rings {
		names = append(names, r.Name)
	}
	return fmt.Errorf("%s: the policy has no ring %q%s", where, clip(ring), strict.Suggest(ring, names))
}

// A scope contains everything that a criterion is judged by.
type scope struct {
	*facts
	now  time.Time
	ring int // whose deployment and signals count; -1: none
}

// An outcome contains the answers of all criteria at a moment.
type outcome struct {
	now      time.Time
	verdict  Verdict
	results  []judged
	warnings []Warning
	plan     RollbackPlan
}

// at judges every criterion at a moment.
func (f *facts) at(now time.Time) outcome {
	o := outcome{now: now}
	held, proven, gone := f.rollback(now, &o.plan)
	o.warnings = append(o.warnings, gone...)
	o.results = make([]judged, 0, 1+len(f.items))
	s := scope{facts: f, now: now}
	if held != nil {
		s.list(held, &o)
	}
	for i := range f.items {
		s.list(&f.items[i], &o)
	}
	o.warnings = append(o.warnings, f.overrideWarnings(o)...)
	if f.policy.rings[f.target].Require == RequireAny {
		f.chooseUpstream(o.results)
	}
	slices.SortStableFunc(o.warnings, func(a, b Warning) int { return cmp.Or(cmp.Compare(a.Code, b.Code), cmp.Compare(a.Text, b.Text)) })
	o.warnings = slices.Compact(o.warnings)
	o.verdict = f.verdict(o, proven, held != nil)
	return o
}

func (f *facts) verdict(o outcome, proven, held bool) Verdict {
	running, runs := f.timelines[f.target].running(o.now)
	_, inFlight := f.timelines[f.target].inFlight(f.evidence.Subject.Digest, o.now)
	shouldGoBack := held && o.results[0].Blocks() // unless the criterion that says so is waived
	switch {
	case proven && !held:
		return Rollback
	case !shouldGoBack && !inFlight && runs && running.digest == f.evidence.Subject.Digest:
		return Noop
	case slices.ContainsFunc(o.results, func(r judged) bool { return r.Blocks() }):
		return Hold
	}
	return Promote
}

// A judged criterion is its result, and what only the decision needs to know.
type judged struct {
	Result
	changes  time.Time // when time alone may end it
	since    time.Time // an override must come after this moment to pass it
	groups   []int     // upstream rings that ask for it; none: the target ring itself
	waivable bool      // an override may pass it
}

// Blocks reports whether the criterion keeps the image out: it decides, and is neither met nor waived.
func (r Result) Blocks() bool { return !r.Advisory && r.Status.blocks() }

func (r Result) holdKind() HoldKind { return holdKind(r.Status, r.Code) }

// worstOf returns the worst criterion that decides, the first in the list among equals.
func worstOf(criteria []Result) Result {
	var worst Result
	kind := HoldNone
	for _, r := range criteria {
		if r.Blocks() && !r.Aside && r.holdKind() < kind {
			worst, kind = r, r.holdKind()
		}
	}
	return worst
}

// list adds how one criterion stands, overrides included, where it is asked now.
func (s *scope) list(i *item, o *outcome) {
	s.ring = i.facts
	found := i.Rule.judge(s, &i.Criterion)
	if found.unlisted {
		return
	}
	o.warnings = append(o.warnings, found.warnings...)
	r := judged{Result{
		ID: i.ID, Ring: s.policy.rings[i.ring].Name, Kind: i.Rule.Kind(), Title: i.Title, Advisory: i.Advisory,
		Status: found.status, Code: found.code, Observed: plain(found.observed), ObservedTimes: found.times, Missing: found.missing, Required: i.required,
		EligibleAt: found.eligible, Evidence: firstFew(found.evidence), Links: found.links,
	}, found.changes, found.since, i.groups, i.Waivable}
	s.overrides.apply(&r, s.evidence.Subject.To, s.now)
	o.results = append(o.results, r)
}

// decision returns the outcome as others see it.
func (f *facts) decision(o outcome) Decision {
	criteria := make([]Result, len(o.results))
	for i, r := range o.results {
		criteria[i] = r.Result
		criteria[i].Links = webAddresses(r.Links)
	}
	worst := worstOf(criteria)
	d := Decision{
		Verdict: o.verdict, HoldKind: HoldNone, ReasonCode: reason(o.verdict, worst, criteria), From: f.upstreamNames(), To: f.evidence.Subject.To,
		Digest: f.evidence.Subject.Digest, Revision: f.evidence.Subject.Revision, Now: o.now,
		Criteria: criteria, Warnings: o.warnings, Rollback: o.plan,
		PolicyDigest: f.policy.digest, EvidenceDigest: f.evidence.Digest(),
	}
	if o.verdict == Hold {
		d.HoldKind = worst.holdKind()
	}
	d.ID = decisionID(d.PolicyDigest, d.EvidenceDigest)
	return d
}

func reason(v Verdict, worst Result, criteria []Result) Code {
	switch v {
	case Rollback:
		return CodeRollbackTriggered
	case Noop:
		return CodeAlreadyThere
	case Hold:
		return worst.Code
	}
	if slices.ContainsFunc(criteria, func(r Result) bool { return r.Status == Waived && !r.Advisory }) {
		return CodeWaived
	}
	return CodeOK
}

func (f *facts) upstreamNames() []string {
	var names []string
	for _, u := range f.policy.upstream[f.target] {
		names = append(names, f.policy.rings[u].Name)
	}
	return names
}

// firstFew sorts the ids of facts and keeps as many as a person may want to look up.
func firstFew(ids []string) []string {
	const few = 10
	slices.Sort(ids)
	ids = slices.Compact(ids)
	if len(ids) > few {
		ids = slices.Clone(ids[:few])
	}
	for i := range ids {
		ids[i] = plain(ids[i])
	}
	return ids
}

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

// waits returns when all time-based holds end, and whether some hold needs more than time.
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
