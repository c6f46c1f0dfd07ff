package ringpolicy_test

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/wizzense/deployment-rings/ringpolicy"
)

var (
	emptyIsNil = cmpopts.EquateEmpty()
	byNumber   = cmp.Comparer(func(a, b ringpolicy.Decimal) bool { return a.String() == b.String() })
)

func parse(t testing.TB, src string) *ringpolicy.Policy {
	t.Helper()
	p, err := ringpolicy.Parse("rings.yml", []byte(src))
	if err != nil {
		t.Fatalf("Parse(%s):\n%v", src, err)
	}
	return p
}

func decimal(t testing.TB, s string) ringpolicy.Decimal {
	t.Helper()
	d, err := ringpolicy.ParseDecimal(s)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// secondRing is a policy of two rings, the second with the given keys.
func secondRing(keys string) string {
	return "version: 1\nrings:\n- {name: a, soak: {min: 1h}}\n- {name: b, " + keys + "}\n"
}

// withRule is a policy whose second ring has one criterion of the given kind.
func withRule(rule string) string { return secondRing("entry: [{id: x, " + rule + "}]") }

var allSignals = []ringpolicy.SignalKind{ringpolicy.SignalCriticalError, ringpolicy.SignalHealthCheck, ringpolicy.SignalContainerCrash, ringpolicy.SignalTestFailure}

func TestParseDefaults(t *testing.T) {
	p := parse(t, "version: 1\nrings: [{name: a, soak: {min: 1h}}, {name: b}]\n")
	rollback := ringpolicy.RollbackPolicy{Mode: ringpolicy.ModeImmediate, Triggers: allSignals, Consecutive: 1}
	health := ringpolicy.Health{Interval: 30 * time.Second}
	want := []ringpolicy.Ring{
		{
			Name: "a", Title: "a", Tag: "a", Environment: "a", Deploy: ringpolicy.DeployContinuous, Require: ringpolicy.RequireAll, Attempts: 1,
			Soak: ringpolicy.Soak{Min: time.Hour, OnOverdue: ringpolicy.OverdueWarn}, Rollback: rollback, Health: health,
		},
		{
			Name: "b", Title: "b", Tag: "b", Environment: "b", Deploy: ringpolicy.DeployAfterPromotion, Require: ringpolicy.RequireAll, Attempts: 1,
			After: []string{"a"}, Rollback: rollback, Health: health,
		},
	}
	if diff := cmp.Diff(want, p.Rings(), emptyIsNil); diff != "" {
		t.Errorf("Rings() (-want +got):\n%s", diff)
	}
	if _, ok := p.Default(); ok {
		t.Error("Default() = a ring, want none")
	}
	if p.Timezone() != time.UTC {
		t.Errorf("Timezone() = %v, want UTC", p.Timezone())
	}
	if got := p.LabelPrefix("aitherzero"); got != "com.aitherzero" {
		t.Errorf("LabelPrefix(aitherzero) = %q, want com.aitherzero", got)
	}
}

func TestParseEveryKey(t *testing.T) {
	p := parse(t, `
version: 1
default_ring: dev
timezone: Europe/Vienna
labels: {prefix: org.example-corp.app}
container: {port: 9090, pr_ports: {base: 20000, size: 500}}
rings:
  - name: dev
    soak: {min: 30m}
  - name: qa
    soak: {min: 30m}
  - name: ring-0
    title: "Ring 0: Canary"
    purpose: Initial validation
    risk: highest
    branches: [ring-0, "ring-0[!0-9A-Za-z]*"]
    tag: Canary_0
    environment: canary
    deploy: on_merge
    after: [qa, dev]
    require: any
    attempts: 3
    soak: {min: 1d12h, max: 3d, on_overdue: expire}
    entry: [{id: unit, title: Unit tests, checks: {names: ["*unit*"]}}]
    success: [{id: briefed, advisory: true, waivable: false, sign_off: {}}]
    windows:
      deny:
        - {days: [fri], from: "16:00", to: "24:00", reason: weekend}
        - {days: [sat, sun]}
        - {dates: [2026-12-24, "2027-01-02"]}
        - {from: "22:00", to: "00:00"}
      allow: [{from: "08:30"}]
    rollback: {mode: planned, triggers: [test_failure, health_check], consecutive: 3, cooldown: 30m}
    health: {interval: 10s, timeout: 1500ms, retries: 3, start_period: 5s}
    host_port: 8080
`)
	got, _ := p.Ring("ring-0")
	want := ringpolicy.Ring{
		Name: "ring-0", Title: "Ring 0: Canary", Purpose: "Initial validation", Risk: "highest",
		Branches: []string{"ring-0", "ring-0[!0-9A-Za-z]*"}, Tag: "Canary_0", Environment: "canary",
		Deploy: ringpolicy.DeployOnMerge, After: []string{"qa", "dev"}, Require: ringpolicy.RequireAny, Attempts: 3,
		Soak: ringpolicy.Soak{Min: 36 * time.Hour, Max: 72 * time.Hour, OnOverdue: ringpolicy.OverdueExpire},
		Entry: []ringpolicy.Criterion{{ID: "unit", Title: "Unit tests", Waivable: true,
			Rule: ringpolicy.ChecksRule{Names: []string{"*unit*"}, Accept: []ringpolicy.CheckState{ringpolicy.CheckSuccess}}}},
		Success: []ringpolicy.Criterion{{ID: "briefed", Title: "briefed", Advisory: true, Rule: ringpolicy.SignOffRule{}}},
		Windows: ringpolicy.Windows{
			Deny: []ringpolicy.Window{
				{Days: []time.Weekday{time.Friday}, From: 16 * 60, To: 24 * 60, Reason: "weekend"},
				{Days: []time.Weekday{time.Saturday, time.Sunday}, To: 24 * 60},
				{To: 24 * 60, First: ringpolicy.Date{Year: 2026, Month: 12, Day: 24}, Last: ringpolicy.Date{Year: 2027, Month: 1, Day: 2}},
				{From: 22 * 60, To: 24 * 60}, // 00:00 ends the day, too
			},
			Allow: []ringpolicy.Window{{From: 8*60 + 30, To: 24 * 60}},
		},
		Rollback: ringpolicy.RollbackPolicy{Mode: ringpolicy.ModePlanned, Consecutive: 3, Cooldown: 30 * time.Minute,
			Triggers: []ringpolicy.SignalKind{ringpolicy.SignalTestFailure, ringpolicy.SignalHealthCheck}},
		Health:   ringpolicy.Health{Interval: 10 * time.Second, Timeout: 1500 * time.Millisecond, Retries: 3, StartPeriod: 5 * time.Second},
		HostPort: 8080,
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("ring-0 (-want +got):\n%s", diff)
	}
	if got, _ := p.Default(); got.Name != "dev" {
		t.Errorf("Default() = %q, want dev", got.Name)
	}
	if got := p.Timezone().String(); got != "Europe/Vienna" {
		t.Errorf("Timezone() = %s, want Europe/Vienna", got)
	}
	if got := p.LabelPrefix("app"); got != "org.example-corp.app" {
		t.Errorf("LabelPrefix(app) = %q", got)
	}
	if port, err := p.PullRequestPort(501); err != nil || port != 20001 || p.ContainerPort() != 9090 {
		t.Errorf("ports of pull request 501: %d:%d, %v, want 20001:9090", port, p.ContainerPort(), err)
	}
}

// What a file leaves out of rollback, soak and health keeps its default, key by key.
func TestParsePartial(t *testing.T) {
	rollback := ringpolicy.RollbackPolicy{Mode: ringpolicy.ModeImmediate, Triggers: allSignals, Consecutive: 1}
	health := ringpolicy.Health{Interval: 30 * time.Second}
	warn := ringpolicy.Soak{OnOverdue: ringpolicy.OverdueWarn}
	tests := []struct {
		keys     string
		soak     ringpolicy.Soak
		rollback ringpolicy.RollbackPolicy
		health   ringpolicy.Health
	}{
		{"rollback: {}, soak: {}, health: {}", warn, rollback, health},
		{"rollback: {mode: emergency}", ringpolicy.Soak{}, with(rollback, func(b *ringpolicy.RollbackPolicy) { b.Mode = ringpolicy.ModeEmergency }), health},
		{"rollback: {mode: fast_track}", ringpolicy.Soak{}, with(rollback, func(b *ringpolicy.RollbackPolicy) { b.Mode = ringpolicy.ModeFastTrack }), health},
		{"rollback: {consecutive: 2}", ringpolicy.Soak{}, with(rollback, func(b *ringpolicy.RollbackPolicy) { b.Consecutive = 2 }), health},
		{"rollback: {cooldown: 0s}", ringpolicy.Soak{}, rollback, health},
		{"rollback: {cooldown: 1h}", ringpolicy.Soak{}, with(rollback, func(b *ringpolicy.RollbackPolicy) { b.Cooldown = time.Hour }), health},
		{"rollback: {triggers: []}", ringpolicy.Soak{}, with(rollback, func(b *ringpolicy.RollbackPolicy) { b.Triggers = nil }), health}, // never by itself
		{"soak: {min: 1h}", with(warn, func(s *ringpolicy.Soak) { s.Min = time.Hour }), rollback, health},
		{"soak: {max: 2h}", with(warn, func(s *ringpolicy.Soak) { s.Max = 2 * time.Hour }), rollback, health},
		{"soak: {on_overdue: expire}", ringpolicy.Soak{OnOverdue: ringpolicy.OverdueExpire}, rollback, health},
		{"health: {timeout: 3s}", ringpolicy.Soak{}, rollback, with(health, func(h *ringpolicy.Health) { h.Timeout = 3 * time.Second })},
		{"health: {retries: 2}", ringpolicy.Soak{}, rollback, with(health, func(h *ringpolicy.Health) { h.Retries = 2 })},
		{"health: {interval: 0s}", ringpolicy.Soak{}, rollback, ringpolicy.Health{}}, // the image's own
	}
	for _, tt := range tests {
		got, _ := parse(t, secondRing(tt.keys)).Ring("b")
		want := got
		want.Soak, want.Rollback, want.Health = tt.soak, tt.rollback, tt.health
		if diff := cmp.Diff(want, got, emptyIsNil); diff != "" {
			t.Errorf("{%s} (-want +got):\n%s", tt.keys, diff)
		}
	}
}

func with[T any](v T, change func(*T)) T {
	change(&v)
	return v
}

func TestParseRules(t *testing.T) {
	success := []ringpolicy.CheckState{ringpolicy.CheckSuccess}
	tests := []struct {
		rule string
		want ringpolicy.Rule
	}{
		{`checks: {names: [a, "b*"]}`, ringpolicy.ChecksRule{Names: []string{"a", "b*"}, Accept: success}},
		{`checks: {names: [a], accept: [success, failure, skipped, neutral, cancelled, timed_out], app: github-actions}`,
			ringpolicy.ChecksRule{Names: []string{"a"}, App: "github-actions", Accept: []ringpolicy.CheckState{
				ringpolicy.CheckSuccess, ringpolicy.CheckFailure, ringpolicy.CheckSkipped, ringpolicy.CheckNeutral, ringpolicy.CheckCancelled, ringpolicy.CheckTimedOut}}},
		{`checks: {names: ["=build [linux/amd64]"], workflow: .github/workflows/ci.yml}`,
			ringpolicy.ChecksRule{Names: []string{"=build [linux/amd64]"}, Accept: success, Workflow: ".github/workflows/ci.yml"}},
		{`metric: {name: m, below: 1}`, ringpolicy.MetricRule{Name: "m", Op: ringpolicy.OpBelow, Bound: decimal(t, "1")}},
		{`metric: {name: m, at_most: -0.5}`, ringpolicy.MetricRule{Name: "m", Op: ringpolicy.OpAtMost, Bound: decimal(t, "-0.5")}},
		{`metric: {name: m, above: "1e3"}`, ringpolicy.MetricRule{Name: "m", Op: ringpolicy.OpAbove, Bound: decimal(t, "1e3")}},
		{`metric: {name: m, at_least: 99.9, unit: percent, min_samples: 100, max_age: 2h}`, ringpolicy.MetricRule{
			Name: "m", Op: ringpolicy.OpAtLeast, Bound: decimal(t, "99.9"), Unit: "percent", MinSamples: 100, MaxAge: 2 * time.Hour}},
		{`metric: {name: m, within: 10%, better: lower}`, ringpolicy.MetricRule{Name: "m", Op: ringpolicy.OpWithin, Bound: decimal(t, "10"), Better: ringpolicy.BetterLower}},
		{`metric: {name: m, within: 2.5 %, better: higher}`, ringpolicy.MetricRule{Name: "m", Op: ringpolicy.OpWithin, Bound: decimal(t, "2.5"), Better: ringpolicy.BetterHigher}},
		{`incidents: {severities: [critical, P0]}`, ringpolicy.IncidentsRule{Severities: []string{"critical", "P0"}}},
		{`incidents: {severities: [P1], at_most: 3}`, ringpolicy.IncidentsRule{Severities: []string{"P1"}, AtMost: 3}},
		{`approval: {role: manual}`, ringpolicy.ApprovalRule{Role: "manual", AtLeast: 1}},
		{`approval: {role: board, at_least: 2, allow_author: true}`, ringpolicy.ApprovalRule{Role: "board", AtLeast: 2, AllowAuthor: true}},
		{`signals: {kinds: [container_crash]}`, ringpolicy.SignalsRule{Kinds: []ringpolicy.SignalKind{ringpolicy.SignalContainerCrash}}},
		{`signals: {kinds: [critical_error, test_failure], within: 24h, at_most: 1}`, ringpolicy.SignalsRule{
			Kinds: []ringpolicy.SignalKind{ringpolicy.SignalCriticalError, ringpolicy.SignalTestFailure}, Within: 24 * time.Hour, AtMost: 1}},
		{`sign_off: {}`, ringpolicy.SignOffRule{}},
		{`sign_off: {role: Ops}`, ringpolicy.SignOffRule{Role: "Ops"}},
	}
	for _, tt := range tests {
		ring, _ := parse(t, withRule(tt.rule)).Ring("b")
		_, approval := tt.want.(ringpolicy.ApprovalRule)
		want := []ringpolicy.Criterion{{ID: "x", Title: "x", Waivable: !approval, Rule: tt.want}}
		if diff := cmp.Diff(want, ring.Entry, byNumber); diff != "" {
			t.Errorf("{%s} (-want +got):\n%s", tt.rule, diff)
		}
		if kind, _, _ := strings.Cut(tt.rule, ":"); ring.Entry[0].Rule.Kind() != kind {
			t.Errorf("{%s}.Kind() = %q", tt.rule, ring.Entry[0].Rule.Kind())
		}
	}
}

// JSON is read like YAML.
func TestParseJSON(t *testing.T) {
	got := parse(t, `{"version": 1, "rings": [{"name": "a", "soak": {"min": "1h"}}, {"name": "b", "host_port": 80}]}`)
	want := parse(t, "version: 1\nrings: [{name: a, soak: {min: 1h}}, {name: b, host_port: 80}]")
	if diff := cmp.Diff(want.Rings(), got.Rings()); diff != "" {
		t.Errorf("JSON against YAML (-YAML +JSON):\n%s", diff)
	}
	if got.Digest() != want.Digest() {
		t.Error("JSON and YAML of one policy have different digests")
	}
}

// How a file is written does not matter: byte order mark, line ends, document markers, comments, anchors.
func TestParseSpellings(t *testing.T) {
	want := parse(t, "version: 1\nrings:\n- name: a\n  soak: {min: 1h}\n- name: b\n  soak: {min: 1h}\n").Digest()
	for _, src := range []string{
		"\ufeffversion: 1\nrings: [{name: a, soak: {min: 1h}}, {name: b, soak: {min: 1h}}]",
		"version: 1\r\nrings:\r\n- name: a\r\n  soak: {min: 1h}\r\n- name: b\r\n  soak: {min: 1h}\r\n",
		"---\nversion: 1\nrings: # two\n- {name: a, soak: &s {min: 1h}}\n- {name: b, soak: *s}\n...\n",
		"\"version\": 1\n'rings': [{name: \"\\x61\", soak: {min: !!str 60m}}, {name: 'b', soak: {min: \"1h\"}}]",
	} {
		if got := parse(t, src).Digest(); got != want {
			t.Errorf("Digest of %q = %s, want %s", src, got, want)
		}
	}
}

func TestPolicyOrder(t *testing.T) {
	p := ringpolicy.Builtin()
	var names, next []string
	for _, r := range p.Rings() {
		names = append(names, r.Name)
		for _, n := range p.Next(r.Name) {
			next = append(next, r.Name+" "+n.Name)
		}
	}
	if diff := cmp.Diff([]string{"dev", "staging", "ring-0", "ring-1", "ring-2", "production"}, names); diff != "" {
		t.Errorf("rings (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]string{"dev staging", "staging ring-0", "ring-0 ring-1", "ring-1 ring-2", "ring-2 production"}, next); diff != "" {
		t.Errorf("Next (-want +got):\n%s", diff)
	}
	if last, ok := p.Last(); !ok || last.Name != "production" {
		t.Errorf("Last() = %q, %v, want production", last.Name, ok)
	}
	if _, ok := p.Ring("Ring-0"); ok {
		t.Error("Ring(Ring-0) = a ring, want none: case counts")
	}
	fan := parse(t, "version: 1\nrings: [{name: a, soak: {min: 1h}}, {name: b}, {name: c, after: [a]}, {name: d, after: []}]")
	var after []string
	for _, r := range fan.Next("a") {
		after = append(after, r.Name)
	}
	if diff := cmp.Diff([]string{"b", "c"}, after); diff != "" {
		t.Errorf("Next(a) of a fan-out (-want +got):\n%s", diff)
	}
}

// The numbers of the guide.
func TestBuiltin(t *testing.T) {
	const h, d = time.Hour, 24 * time.Hour
	tests := []struct {
		ring           string
		deploy         ringpolicy.Deploy
		min, max       time.Duration
		mode           ringpolicy.Mode
		port           int
		entry, success string
	}{
		{"dev", ringpolicy.DeployContinuous, 0, 0, ringpolicy.ModeImmediate, 0, "", ""},
		{"staging", ringpolicy.DeployContinuous, 0, 0, ringpolicy.ModeImmediate, 0, "unit-tests integration-tests no-critical-issues", "staging-validation"},
		{"ring-0", ringpolicy.DeployOnMerge, 24 * h, 48 * h, ringpolicy.ModeImmediate, 8080, "performance-benchmarks manual-approval", "container-starts module-loads smoke-tests no-critical-errors"},
		{"ring-1", ringpolicy.DeployAfterPromotion, 3 * d, 5 * d, ringpolicy.ModeFastTrack, 8081, "no-critical-incidents monitoring-green automated-tests", "performance error-rate no-p0-incidents"},
		{"ring-2", ringpolicy.DeployAfterPromotion, 5 * d, 7 * d, ringpolicy.ModePlanned, 8082, "user-feedback performance-acceptable no-regressions", "load-tests regression-tests monitoring-green"},
		{"production", ringpolicy.DeployAfterPromotion, 0, 0, ringpolicy.ModeEmergency, 0, "load-testing quality-gates change-review-board rollback-plan on-call-briefed", ""},
	}
	for _, tt := range tests {
		r, _ := ringpolicy.Builtin().Ring(tt.ring)
		if r.Deploy != tt.deploy || r.Soak.Min != tt.min || r.Soak.Max != tt.max || r.Rollback.Mode != tt.mode || r.HostPort != tt.port {
			t.Errorf("ring %s = %+v, want %+v", tt.ring, r, tt)
		}
		if got := ids(r.Entry); got != tt.entry {
			t.Errorf("entry of %s = %s, want %s", tt.ring, got, tt.entry)
		}
		if got := ids(r.Success); got != tt.success {
			t.Errorf("success of %s = %s, want %s", tt.ring, got, tt.success)
		}
		if r.Rollback.Cooldown != 30*time.Minute || r.Rollback.Consecutive != 1 || len(r.Rollback.Triggers) != 4 || r.Health.Interval != 30*time.Second {
			t.Errorf("ring %s: rollback %+v, health %+v", tt.ring, r.Rollback, r.Health)
		}
	}
}

func ids(criteria []ringpolicy.Criterion) string {
	var all []string
	for _, c := range criteria {
		all = append(all, c.ID)
	}
	return strings.Join(all, " ")
}

func TestBuiltinSource(t *testing.T) {
	src := ringpolicy.BuiltinSource()
	if got := parse(t, string(src)).Digest(); got != ringpolicy.Builtin().Digest() {
		t.Errorf("digest of BuiltinSource = %s, want that of Builtin", got)
	}
	src[0] = '!'
	if ringpolicy.BuiltinSource()[0] == '!' {
		t.Error("BuiltinSource is shared with its caller")
	}
}

func TestDigest(t *testing.T) {
	const base = `title: B, branches: [m, n], entry: [{id: x, checks: {names: [a, b], accept: [success, skipped]}}, {id: y, metric: {name: m, below: 1}}],
		success: [{id: z, signals: {kinds: [health_check, test_failure]}}, {id: i, incidents: {severities: [P0, P1]}}],
		rollback: {triggers: [health_check, test_failure]}, windows: {deny: [{days: [sat, sun]}, {from: "22:00", to: "24:00"}]}`
	digest := func(keys string) string { return parse(t, secondRing(keys)).Digest() }
	want := digest(base)
	if again := digest(base); again != want || !strings.HasPrefix(want, "sha256:") || len(want) != 7+64 {
		t.Fatalf("Digest() = %q, then %q", want, again)
	}
	change := func(old, new string) string {
		if !strings.Contains(base, old) {
			t.Fatalf("the policy has no %q", old)
		}
		return strings.Replace(base, old, new, 1)
	}
	same := [][2]string{
		{"[m, n]", "[n, m]"}, {"[a, b]", "[b, a]"}, {"[success, skipped]", "[skipped, success]"}, {"below: 1", "below: 1.0"}, {"below: 1", "below: 10e-1"},
		{"[health_check, test_failure]}}", "[test_failure, health_check]}}"}, {"[P0, P1]", "[P1, P0]"}, {"triggers: [health_check, test_failure]", "triggers: [test_failure, health_check]"},
		{`{days: [sat, sun]}, {from: "22:00", to: "24:00"}`, `{from: "22:00", to: "00:00"}, {days: [sun, sat]}`},
		{"title: B", "title: B, tag: b, environment: b, deploy: after_promotion, after: [a], require: all, health: {interval: 30000ms}"},
		{"{id: x,", "{id: x, title: x, waivable: true, advisory: false,"}, {"test_failure]}, windows", "test_failure], mode: immediate, consecutive: 1, cooldown: 0s}, windows"},
	}
	for _, c := range same {
		if digest(change(c[0], c[1])) != want {
			t.Errorf("%s instead of %s changes the digest, want the same", c[1], c[0])
		}
	}
	seen := map[string]string{want: "nothing"}
	for _, c := range [][2]string{
		{"title: B", "title: C"}, {"[m, n]", "[m]"}, {"[m, n]", "[m, N]"}, {"[a, b]", "[a]"}, {"[success, skipped]", "[success]"}, {"below: 1", "at_most: 1"},
		{"below: 1", "below: 1.01"}, {"[health_check, test_failure]}}", "[health_check]}}"}, {"[P0, P1]", "[P0]"}, {"[P0, P1]", "[P0, P1], at_most: 1"},
		{"{id: x,", "{id: x, advisory: true,"}, {"{id: x,", "{id: x, waivable: false,"}, {"{id: z, signals", "{id: z, advisory: true, signals"},
		{"days: [sat, sun]", "days: [sat]"}, {`from: "22:00"`, `from: "21:00"`}, {"deny:", "allow:"}, {"triggers: [health_check, test_failure]", "triggers: []"},
		{"triggers: [health_check, test_failure]", "mode: planned"}, {"title: B", "title: B, host_port: 1"}, {"title: B", "title: B, soak: {min: 1s}"},
		{"title: B", "title: B, soak: {max: 1s}"}, {"title: B", "title: B, tag: t"}, {"title: B", "title: B, environment: e"},
		{"{id: x,", "{id: o, sign_off: {}}, {id: x,"}, {"{id: x,", "{id: o, sign_off: {role: r}}, {id: x,"}, {"title: B", "title: B, deploy: continuous"},
		{"title: B", "title: B, require: any"}, {"title: B", "title: B, after: []"}, {"title: B", "title: B, health: {retries: 1}"},
		// the first criterion in the list is the headline among equals
		{`{id: x, checks: {names: [a, b], accept: [success, skipped]}}, {id: y, metric: {name: m, below: 1}}`, `{id: y, metric: {name: m, below: 1}}, {id: x, checks: {names: [a, b], accept: [success, skipped]}}`},
	} {
		d := digest(change(c[0], c[1]))
		if other, ok := seen[d]; ok {
			t.Errorf("%s instead of %s gives the digest of %s, want another", c[1], c[0], other)
		}
		seen[d] = c[1]
	}
	for _, top := range []string{"default_ring: a", "timezone: Europe/Vienna", "labels: {prefix: com.x}", "container: {port: 80}", "container: {pr_ports: {base: 9000}}",
		"people: {roles: {r: {}}}", "people: {roles: {q: {}}}",
		"people: {roles: {r: {users: [a]}}}", "people: {roles: {r: {users: [b]}}}", "people: {roles: {r: {teams: [o/a]}}}", "people: {roles: {r: {permission: write}}}", "people: {roles: {r: {permission: admin}}}"} {
		d := parse(t, secondRing(base)+top+"\n").Digest()
		if other, ok := seen[d]; ok {
			t.Errorf("%s gives the digest of %s, want another", top, other)
		}
		seen[d] = top
	}
	for _, top := range []string{"people: {}", "people: {roles: {}}"} {
		if parse(t, secondRing(base)+top+"\n").Digest() != want {
			t.Errorf("%s changes the digest, want the same", top)
		}
	}
	for _, two := range [][2]string{
		{"people: {roles: {r: {users: [mona, cleo], teams: [o/a, o/b]}}}", "people: {roles: {R: {users: [Cleo, MONA], teams: [O/B, o/A]}}}"},
		{"people: {roles: {a: {}, b: {}}}", "people: {roles: {b: {}, a: {}}}"},
	} {
		if a, b := parse(t, secondRing(base)+two[0]+"\n").Digest(), parse(t, secondRing(base)+two[1]+"\n").Digest(); a != b {
			t.Errorf("%s and %s have two digests, want one", two[0], two[1])
		}
	}
}

// Whatever a caller does with what it got, the policy stays as it is.
func TestResultsAreNotShared(t *testing.T) {
	p := parse(t, secondRing(`branches: [m, "n*"], after: [a], entry: [{id: x, checks: {names: [a, b], accept: [success]}}, {id: y, incidents: {severities: [P0]}}],
		success: [{id: z, signals: {kinds: [health_check]}}], rollback: {triggers: [health_check]}, windows: {deny: [{days: [sat, sun]}], allow: [{days: [mon]}]}`))
	want := p.Rings()
	spoil := func(r ringpolicy.Ring) {
		r.Branches[0], r.After[0], r.Rollback.Triggers[0] = "spoilt", "spoilt", "spoilt"
		r.Windows.Deny[0].Days[0], r.Windows.Allow[0].Days[0] = time.Friday, time.Friday
		r.Windows.Deny[0].Reason = "spoilt"
		checks := r.Entry[0].Rule.(ringpolicy.ChecksRule)
		checks.Names[0], checks.Accept[0] = "spoilt", "spoilt"
		r.Entry[1].Rule.(ringpolicy.IncidentsRule).Severities[0] = "spoilt"
		r.Success[0].Rule.(ringpolicy.SignalsRule).Kinds[0] = "spoilt"
		r.Entry[0].ID, r.Success[0].ID = "spoilt", "spoilt"
	}
	spoil(p.Rings()[1])
	b, _ := p.Ring("b")
	spoil(b)
	last, _ := p.Last()
	spoil(last)
	spoil(p.Next("a")[0])
	m, err := p.Match("m")
	if err != nil {
		t.Fatal(err)
	}
	spoil(m.Ring)
	m, err = p.Match("nn")
	if err != nil {
		t.Fatal(err)
	}
	spoil(m.Ring)
	if diff := cmp.Diff(want, p.Rings(), emptyIsNil); diff != "" {
		t.Errorf("Rings() after callers changed theirs (-want +got):\n%s", diff)
	}
}

func TestZeroPolicy(t *testing.T) {
	var p ringpolicy.Policy
	if m, err := p.Match("main"); err == nil || err.Error() != "the policy has no rings" {
		t.Errorf("Match(main) = %+v, %v, want an error", m, err)
	}
	if got := p.Rings(); len(got) != 0 {
		t.Errorf("Rings() = %v, want none", got)
	}
	_, isDefault := p.Default()
	_, isLast := p.Last()
	_, isRing := p.Ring("")
	if isDefault || isLast || isRing || len(p.Next("")) != 0 {
		t.Error("the zero Policy has a ring, want none")
	}
	if p.Timezone() != time.UTC || p.LabelPrefix("app") != "com.app" || p.Digest() != "" {
		t.Errorf("Timezone() = %v, LabelPrefix(app) = %q, Digest() = %q", p.Timezone(), p.LabelPrefix("app"), p.Digest())
	}
	if port, err := p.PullRequestPort(7); err != nil || port != 8007 || p.ContainerPort() != 8080 {
		t.Errorf("ports of pull request 7: %d:%d, %v, want 8007:8080", port, p.ContainerPort(), err)
	}
}

func TestParseDecimal(t *testing.T) {
	for _, s := range []string{"0", "1", "-1", "+1", "007", "1.", ".5", "-0.5", "1e3", "1E-3", "1.5e+10", "1e400", "1e-400", strings.Repeat("9", 100)} {
		if d, err := ringpolicy.ParseDecimal(s); err != nil || d.String() != s {
			t.Errorf("ParseDecimal(%q) = %v, %v", s, d, err)
		}
	}
	for _, s := range []string{"", ".", "+", "-", "e3", "1e", "1e401", "1e-401", "1e99999", "NaN", "Inf", "-Inf", "0x10", "1_000", "1,5", " 1", "1 ", "1/2", "1e1.5", "--1", "१", strings.Repeat("9", 101)} {
		if d, err := ringpolicy.ParseDecimal(s); err == nil {
			t.Errorf("ParseDecimal(%q) = %v, want an error", s, d)
		}
	}
	if got := (ringpolicy.Decimal{}).String(); got != "0" {
		t.Errorf("zero Decimal = %q, want 0", got)
	}
}
