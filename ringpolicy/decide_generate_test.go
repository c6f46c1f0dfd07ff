package ringpolicy_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/wizzense/deployment-rings/ringpolicy"
)

// dice turn the bytes of a fuzz test into choices. When they are used up every choice is 0, which is the one
// that lets an image pass.
type dice struct{ bytes []byte }

func (d *dice) roll(sides int) int {
	if len(d.bytes) == 0 {
		return 0
	}
	n := int(d.bytes[0]) % sides
	d.bytes = d.bytes[1:]
	return n
}

// rarely is true once in so many times.
func (d *dice) rarely(times int) bool { return d.roll(times) == times-1 }

func pick[T any](d *dice, from ...T) T { return from[d.roll(len(from))] }

func several[T any](d *dice, most int, make func() T) []T {
	all := []T{}
	for range d.roll(most + 1) {
		all = append(all, make())
	}
	return all
}

// Few names, so that facts meet.
var (
	fuzzNow     = time.Date(2026, 3, 7, 12, 0, 0, 0, time.UTC) // the day before clocks are moved in New York
	fuzzDigests = []string{"sha256:" + strings.Repeat("a", 64), "sha256:" + strings.Repeat("b", 64), "sha256:" + strings.Repeat("c", 64)}
	fuzzCommits = []string{strings.Repeat("a", 40), strings.Repeat("b", 40), ""}
)

// policy writes a policy that is valid.
func (d *dice) policy(t *testing.T) *ringpolicy.Policy {
	t.Helper()
	var b strings.Builder
	fmt.Fprintf(&b, "version: 1\ntimezone: %s\n%srings:\n", pick(d, "UTC", "America/New_York", "Africa/Cairo"), pick(d, "",
		"people: {roles: {manual: {users: [mona], teams: [o/t]}}}\n",
		"people: {roles: {Manual: {teams: [o/t, o/u], permission: maintain}, rollback: {permission: write}}}\n",
		"people: {roles: {manual: {users: [mona, cleo], permission: admin}, rollback: {users: [cleo]}}}\n"))
	rings := 2 + d.roll(3)
	for i := range rings {
		fmt.Fprintf(&b, "- {name: r%d", i)
		if i > 1 && d.rarely(3) {
			fmt.Fprintf(&b, ", after: [r%d, r%d], require: %s", i-1, i-2, pick(d, "any", "all"))
		}
		if i < rings-1 {
			fmt.Fprintf(&b, ", soak: {min: %s%s}", pick(d, "0s", "30m", "1h", "2h", "1h30m"), pick(d, "", ", max: 3h", ", max: 2h, on_overdue: expire", ", max: 150m, on_overdue: expire"))
			fmt.Fprintf(&b, ", success: [%s]", d.criteria("s", 3))
		}
		fmt.Fprintf(&b, ", entry: [{id: e, incidents: {severities: [P0]}}%s]", strings.TrimSuffix(", "+d.criteria("e", 2), ", "))
		if d.rarely(3) {
			fmt.Fprintf(&b, ", windows: {allow: [%s], deny: [%s]}", d.windows(), d.windows())
		}
		fmt.Fprintf(&b, ", rollback: {mode: %s, consecutive: %d, cooldown: %s, triggers: [%s]}}\n",
			pick(d, "immediate", "fast_track", "planned", "emergency"), 1+d.roll(2), pick(d, "0s", "1h", "90m"),
			pick(d, "critical_error, health_check", "health_check", "container_crash, test_failure"))
	}
	return parsePolicy(t, b.String())
}

func (d *dice) criteria(prefix string, most int) string {
	var all []string
	for n := range d.roll(most + 1) {
		rule := pick(d,
			"incidents: {severities: [P1], at_most: 1}",
			"checks: {names: [unit*]}",
			"checks: {names: [lint, unit*], app: ci, accept: [success, skipped]}",
			"checks: {names: [=Unit], workflow: w/ci.yml}",
			"metric: {name: errors, below: 1, max_age: 1h, min_samples: 2}",
			"metric: {name: errors, within: 10%, better: lower}",
			"signals: {kinds: [health_check, critical_error]}",
			"signals: {kinds: [test_failure], within: 90m, at_most: 1}",
			"approval: {role: manual}",
			"approval: {role: manual, at_least: 2, allow_author: true}",
			"sign_off: {}",
			"sign_off: {role: manual}")
		all = append(all, fmt.Sprintf("{id: %s%d, %s%s}", prefix, n, pick(d, "", "", "advisory: true, ", "waivable: false, ", "waivable: true, "), rule))
	}
	return strings.Join(all, ", ")
}

func (d *dice) windows() string {
	return strings.Join(several(d, 2, func() string {
		return "{reason: x" + pick(d, "", `, from: "09:30", to: "14:00"`, `, from: "22:00", to: "02:30"`, `, from: "02:15", to: "02:45"`) +
			pick(d, "", ", days: [sat]", ", days: [sun, mon]", ", dates: [2026-03-08, 2026-03-09]") + "}"
	}), ", ")
}

func (d *dice) time() time.Time {
	return fuzzNow.Add(time.Duration(-d.roll(10)) * 30 * time.Minute).Add(pick(d, 0, 0, 0, time.Second, -time.Second, 500*time.Millisecond, 4*time.Minute, 3*time.Hour))
}

func (d *dice) later() time.Time {
	return pick(d, time.Time{}, fuzzNow.Add(time.Hour), fuzzNow.Add(time.Second), fuzzNow, fuzzNow.Add(-time.Hour), fuzzNow.Add(24*time.Hour))
}

func (d *dice) digest() string { return pick(d, fuzzDigests...) }
func (d *dice) commit() string { return pick(d, fuzzCommits...) }
func (d *dice) person() string { return pick(d, "mona", "cleo", "Mona", "ann", "cora") }

// evidence makes facts about an image that wants into a ring of a policy.
func (d *dice) evidence(p *ringpolicy.Policy) ringpolicy.Evidence {
	rings := p.Rings()
	to := len(rings) - 1
	if d.rarely(4) {
		to = d.roll(len(rings))
	}
	e := ringpolicy.Evidence{
		Now: fuzzNow,
		Subject: ringpolicy.Subject{
			Digest: fuzzDigests[0], Revision: pick(d, fuzzCommits[0], fuzzCommits[0], fuzzCommits[0], ""),
			Author: pick(d, "ann", "ann", "ann", ""), Contributors: pick(d, []string{}, []string{"cora"}, []string{"cora", "Ann"}, nil), To: rings[to].Name, Retry: d.rarely(4),
		},
		Rings:     map[string]ringpolicy.RingFacts{},
		Checks:    d.checks(),
		Metrics:   several(d, 4, d.metric),
		Incidents: several(d, 2, d.incident),
		Approvals: several(d, 4, d.approval),
		SignOffs:  several(d, 3, d.signOff),
		Locks: several(d, 2, func() ringpolicy.Lock {
			return ringpolicy.Lock{Ring: pick(d, rings...).Name, By: d.person(), Reason: "x", Expires: d.later()}
		}),
		Quarantine: several(d, 2, func() ringpolicy.Quarantine {
			return ringpolicy.Quarantine{Ring: pick(d, rings...).Name, Digest: d.digest(), Reason: pick(d, "x", ""), At: d.time()}
		}),
		Overrides: several(d, 3, func() ringpolicy.Override { return d.override(rings) }),
		Ancestry:  pick(d, ringpolicy.AncestryAhead, ringpolicy.AncestryAhead, ringpolicy.AncestryIdentical, "", ringpolicy.AncestryBehind, ringpolicy.AncestryDiverged),
	}
	for i, r := range rings {
		e.Rings[r.Name] = d.ring(i < to)
	}
	if !d.rarely(6) {
		e.People = []ringpolicy.Person{{Login: "mona", Permission: ringpolicy.PermissionAdmin, Teams: []string{"o/t"}}}
		e.People = append(e.People, several(d, 4, d.somebody)...)
	}
	return e
}

func (d *dice) somebody() ringpolicy.Person {
	return ringpolicy.Person{
		Login: d.person(), Permission: pick(d, ringpolicy.PermissionAdmin, ringpolicy.PermissionMaintain, ringpolicy.PermissionRead, ""),
		Teams: pick(d, []string{"o/t"}, []string{"O/U", "o/x"}, []string{}, nil),
	}
}

func (d *dice) ring(upstream bool) ringpolicy.RingFacts {
	f := ringpolicy.RingFacts{History: several(d, 5, d.record), Signals: several(d, 4, d.signal)}
	if d.rarely(5) {
		f.Gone = []string{d.digest()}
	}
	if upstream && !d.rarely(4) { // an image that has been there
		f.History = append(f.History, ringpolicy.Record{ID: "7", Digest: fuzzDigests[0], Revision: fuzzCommits[0], Outcome: ringpolicy.OutcomeSuccess, From: fuzzNow.Add(-2 * time.Hour)})
	}
	return f
}

func (d *dice) record() ringpolicy.Record {
	from := d.time()
	r := ringpolicy.Record{
		ID: pick(d, "7", "8", "10", "x9", "1a"), Digest: d.digest(), Revision: d.commit(),
		Outcome: pick(d, ringpolicy.OutcomeSuccess, ringpolicy.OutcomeSuccess, ringpolicy.OutcomeFailure, ringpolicy.OutcomeInProgress, ringpolicy.OutcomeRolledBack),
		From:    from, To: pick(d, time.Time{}, time.Time{}, from.Add(time.Duration(d.roll(8))*20*time.Minute)), Rollback: d.rarely(5),
	}
	r.NotDeployed = r.Outcome == ringpolicy.OutcomeFailure && d.rarely(4)
	return r
}

func (d *dice) signal() ringpolicy.Signal {
	return ringpolicy.Signal{
		Kind:  pick(d, ringpolicy.SignalHealthCheck, ringpolicy.SignalCriticalError, ringpolicy.SignalTestFailure, ringpolicy.SignalContainerCrash),
		State: pick(d, ringpolicy.SignalPassing, ringpolicy.SignalFailing), At: d.time(), Digest: pick(d, "", d.digest(), d.digest()),
	}
}

func (d *dice) checks() []ringpolicy.Check {
	good := ringpolicy.Check{Name: "Unit", App: "ci", State: ringpolicy.CheckSuccess, Revision: fuzzCommits[0], ID: 1}
	lint := good
	lint.Name = "lint"
	good.Workflow = pick(d, "", "w/ci.yml")
	return append(several(d, 5, func() ringpolicy.Check {
		return ringpolicy.Check{
			Name: pick(d, "Unit", "lint", "unit-2"), App: pick(d, "ci", "CI", "other"), Revision: pick(d, fuzzCommits[:2]...),
			State:        pick(d, ringpolicy.CheckSuccess, ringpolicy.CheckFailure, ringpolicy.CheckPending, ringpolicy.CheckSkipped),
			RunStartedAt: pick(d, time.Time{}, d.time()), ID: int64(d.roll(4)), Attempt: d.roll(3),
			Workflow: pick(d, "", "w/ci.yml", "w/ci.yml@v1", "w/new.yml"), Creator: pick(d, "", "", "", "ci-bot"),
		}
	}), good, lint)
}

func (d *dice) metric() ringpolicy.Metric {
	to := d.time()
	return ringpolicy.Metric{
		Name: "errors", Value: pick(d, "0.5", "1", "1.00", "0.55", "0.551", "x"), Baseline: pick(d, "0.5", "", "0", "y"), Unit: pick(d, "", "percent"),
		Samples: int64(3 - d.roll(4)), From: to.Add(-time.Duration(d.roll(3)) * time.Hour), To: to, Digest: pick(d, "", d.digest()),
	}
}

func (d *dice) incident() ringpolicy.Incident {
	return ringpolicy.Incident{ID: pick(d, "#1", "#2"), Severity: pick(d, "P1", "p0"), OpenedAt: fuzzNow.Add(-9 * time.Hour), ClosedAt: d.later()}
}

func (d *dice) approval() ringpolicy.Approval {
	return ringpolicy.Approval{
		By: d.person(), Role: pick(d, "manual", "Manual", "rollback"), At: d.time(), Revision: d.commit(), Digest: pick(d, "", "", d.digest()), Bot: d.rarely(5),
		State: pick(d, ringpolicy.ApprovalApproved, ringpolicy.ApprovalApproved, ringpolicy.ApprovalRejected, ringpolicy.ApprovalCommented, ringpolicy.ApprovalDismissed),
	}
}

func (d *dice) signOff() ringpolicy.SignOff {
	return ringpolicy.SignOff{ID: pick(d, "s0", "s1", "e0", "e1"), By: d.person(), State: pick(d, ringpolicy.SignOffGiven, ringpolicy.SignOffGiven, ringpolicy.SignOffRefused), At: d.time(), Digest: d.digest()}
}

func (d *dice) override(rings []ringpolicy.Ring) ringpolicy.Override {
	return ringpolicy.Override{
		Criterion: pick(d, "soak", "s0", "s1", "e0", "e", "window", "settled", "ancestry", "rollback", "lock", "lineage"),
		Ring:      pick(d, rings...).Name, Digest: pick(d, fuzzDigests[0], fuzzDigests[0], fuzzDigests[1]),
		Verdict: pick(d, ringpolicy.OverridePass, ringpolicy.OverridePass, ringpolicy.OverrideFail), By: pick(d, "mona", "cleo", "", "ann", "Cora"), Reason: "because",
		At: fuzzNow.Add(-9 * time.Hour), Expires: d.later(),
	}
}
