package ringpolicy

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"
)

// rollbackID is the id of two criteria: that of the target ring, and that of each ring before it.
const rollbackID = "rollback"

// rollbackRule is listed when a trigger is proven for what the ring runs, but the ring may not go back now.
type rollbackRule struct{ found finding }

func (rollbackRule) Kind() string { return rollbackID }

func (rollbackRule) required(string) string { return "none needed, or possible now" }

func (r rollbackRule) judge(*scope, *Criterion) finding { return r.found }

// rollback fills in the plan of the target ring. When a trigger is proven, held says why the ring may not go back now; nil: it
// may. The warnings name the images to which it would go back if the registry still had them.
func (f *facts) rollback(now time.Time, plan *RollbackPlan) (held *item, proven bool, warnings []Warning) {
	rules := f.policy.rings[f.target].Rollback
	history := f.timelines[f.target]
	plan.Mode = rules.Mode
	running, runs := history.running(now)
	if !runs {
		return nil, false, nil
	}
	plan.Running = running.digest
	plan.Triggers, _ = provenBad(f.signals[f.target], rules.Triggers, rules.Consecutive, running.digest, running.from)
	if len(plan.Triggers) == 0 {
		return nil, false, nil
	}
	plan.Needed = true
	target, gone := f.lastKnownGood(running.digest)
	plan.Target = target
	found := f.heldBack(rules, *plan, gone, running, now)
	warnings = goneWarnings(target, gone)
	if found.status == Met {
		return nil, true, warnings
	}
	rule := rollbackRule{found}
	i := f.policy.item(Criterion{ID: rule.Kind(), Title: "No rollback needed", Waivable: true, Rule: rule}, f.target, f.target, nil)
	return &i, true, warnings
}

// provenBad are the kinds whose newest signals of an image since a moment are failing, enough of them in a row, and the pages
// of these signals.
func provenBad(signals []Signal, kinds []SignalKind, consecutive int, digest string, since time.Time) (bad []SignalKind, pages []string) {
	for _, kind := range kinds {
		row := failingInARow(signals, kind, digest, since)
		if len(row) < consecutive {
			continue
		}
		bad = append(bad, kind)
		for _, s := range row {
			pages = append(pages, s.URL)
		}
	}
	slices.Sort(bad)
	return bad, pages
}

// failingInARow are the failing signals of a kind after the last passing one. At the same time, the passing one is the last.
func failingInARow(signals []Signal, kind SignalKind, digest string, since time.Time) []Signal {
	var passed time.Time
	ours := func(s Signal) bool { return s.Kind == kind && s.Digest == digest && !s.At.Before(since) }
	for _, s := range signals {
		if s.State == SignalPassing && ours(s) {
			passed = later(passed, s.At)
		}
	}
	var row []Signal
	for _, s := range signals {
		if s.State == SignalFailing && ours(s) && s.At.After(passed) {
			row = append(row, s)
		}
	}
	return row
}

// lastKnownGood returns the newest earlier image of the ring whose newest deployment there ended well, that is not quarantined,
// and that the registry still has; and those that it would be if the registry had them.
func (f *facts) lastKnownGood(running string) (target string, gone []string) {
	if f.evidence.Quarantine == nil {
		return "", nil // it may be any of them
	}
	history, bad := f.timelines[f.target], map[string]bool{running: true}
	for _, q := range f.evidence.Quarantine {
		if f.keepsOut(q) {
			bad[q.Digest] = true
		}
	}
	newest := history.outcomes()
	for _, s := range slices.Backward(history.stays) {
		switch {
		case newest[s.digest] != OutcomeSuccess || bad[s.digest]:
		case f.isGone(s.digest):
			gone, bad[s.digest] = append(gone, s.digest), true
		default:
			return s.digest, gone
		}
	}
	return "", gone
}

// isGone reports whether the registry no longer has an image that the target ring ran.
func (f *facts) isGone(digest string) bool {
	return slices.Contains(f.evidence.Rings[f.evidence.Subject.To].Gone, digest)
}

// goneWarnings name the images that were passed over for a target.
func goneWarnings(target string, gone []string) []Warning {
	var all []Warning
	for _, digest := range gone {
		if target != "" {
			all = append(all, Warning{CodeTargetGone, plain(fmt.Sprintf("the registry no longer has %s, so the ring goes back further, to %s", digest, target))})
		}
	}
	return all
}

// noTarget says that there is no image to go back to.
func noTarget(gone []string) string {
	if len(gone) == 0 {
		return "no earlier image of the ring is known to be good"
	}
	return "no earlier image of the ring that is known to be good is left: the registry no longer has " + strings.Join(gone, ", ")
}

// heldBack returns the first reason why the ring may not go back now; its status is Met when it may.
func (f *facts) heldBack(rules RollbackPolicy, plan RollbackPlan, gone []string, running stay, now time.Time) finding {
	why := failing(plan.Triggers)
	history := f.timelines[f.target]
	if r, ok := history.inFlight("", now); ok {
		return pending(CodeNotSettled, "%s, but a deployment is in progress since %s", why, r.From).
			restsOn(r.ID).linked(r.URL).changing(r.From.Add(inProgressFor))
	}
	switch {
	case running.rollback:
		return unmet(CodeRollbackLoopGuard, "%s, but the ring runs what it went back to; the cause is probably elsewhere", why).restsOn(running.id).linked(running.url)
	case f.evidence.Quarantine == nil:
		return unknown(CodeEvidenceMissing, "%s, but the quarantine was not collected, so no earlier image is known to be good", why).lacks("the quarantine")
	case plan.Target == "":
		return unmet(CodeNoRollbackTarget, "%s, but %s", why, noTarget(gone))
	case rules.Mode == ModeEmergency && !slices.Contains(plan.Triggers, SignalCriticalError) && !slices.Contains(plan.Triggers, SignalContainerCrash):
		return unmet(CodeRollbackRecommended, "%s; a person decides, since the ring goes back by itself for critical errors and crashes only", why)
	}
	if rules.Mode == ModeFastTrack {
		if waits := f.waitsForApproval(why, running); waits.status != Met {
			return waits
		}
	}
	if last, ok := history.lastRollback(); ok && now.Sub(last) < rules.Cooldown {
		over := last.Add(rules.Cooldown)
		return waiting(CodeRollbackCooldown, over, "%s, but the last rollback was at %s", why, last).changing(over)
	}
	if rules.Mode == ModePlanned {
		return f.scheduled(why, now)
	}
	return met(why)
}

// scheduled waits for the ring's windows.
func (f *facts) scheduled(why string, now time.Time) finding {
	if open := f.policy.openAt(f.target, now); open {
		return met(why)
	}
	opening, ok := f.policy.nextOpening(f.target, now)
	if !ok {
		return unmet(CodeNoOpeningWithinHorizon, "%s, but the ring's windows do not open within 366 days", why)
	}
	return waiting(CodeRollbackScheduled, opening, "%s; planned for %s", why, opening).changing(opening)
}

// waitsForApproval asks whether a person approved going back since the deployment.
func (f *facts) waitsForApproval(why string, running stay) finding {
	const name = "rollback"
	role := f.policy.role(name)
	newest, ignored := newestByPerson(f.evidence.Approvals, func(x Approval) (statement, bool) {
		said := statement{by: x.By, at: x.At, state: string(x.State), url: x.URL}
		said.claim, said.whyNobody = f.claim(role, x.By)
		if x.Bot {
			said.whyNobody = "it is of a bot"
		}
		return said, strings.EqualFold(x.Role, name) && x.By != "" && x.State != ApprovalCommented &&
			!x.At.Before(running.from) && (x.Digest == "" || x.Digest == running.digest)
	})
	approved, doubtful := newest.with(string(ApprovalApproved)).known()
	found := met(why)
	switch {
	case len(approved) > 0:
	case len(doubtful) > 0:
		found = unknown(CodePersonUnknown, "%s; approved by %s, and %s", why, doubtful.names(), doubtful.doubt(name)).quotes(doubtful)
	default:
		found = pending(CodeRollbackRecommended, "%s; waits for an approval of the role rollback", why)
	}
	return found.ignores(ignored, "in the role "+name)
}

func compareLocks(a, b Lock) int {
	return cmp.Or(compareEnds(b.Expires, a.Expires), cmp.Compare(a.By, b.By), cmp.Compare(a.Reason, b.Reason), cmp.Compare(b.URL, a.URL))
}

// compareEnds compares two times of which the zero one is never, the latest of all.
func compareEnds(a, b time.Time) int {
	if a.IsZero() || b.IsZero() {
		return cmp.Compare(boolToInt(a.IsZero()), boolToInt(b.IsZero()))
	}
	return a.Compare(b)
}

func compareQuarantines(a, b Quarantine) int {
	return cmp.Or(cmp.Compare(a.Ring, b.Ring), a.At.Compare(b.At), cmp.Compare(a.Reason, b.Reason), cmp.Compare(b.URL, a.URL))
}
