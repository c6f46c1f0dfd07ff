package ringpolicy_test

import (
	"encoding"
	"encoding/json"
	"fmt"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/wizzense/deployment-rings/ringpolicy"
)

// cmp.Diff works on every exported type. It panics on a type with an unexported field and no method Equal.
func TestExportedTypesCompare(t *testing.T) {
	policy := parsePolicy(t, read(t, "testdata/every-key.yml"))
	match, err := policy.Match("main")
	if err != nil {
		t.Fatal(err)
	}
	decision := decided(t, "production")
	byHand, err := ringpolicy.Builtin().RollbackByHand(fullEvidence("production"), "")
	if err != nil {
		t.Fatal(err)
	}
	_, problems := ringpolicy.Parse("rings.yml", []byte("version: 2"))
	findings, err := ringpolicy.Lint("rings.yml", []byte("version: 1\nrings: [{name: a, success: [{id: x, checks: {names: [a]}}]}, {name: b}]"))
	if err != nil || len(findings) == 0 {
		t.Fatalf("Lint = %v, %v, want findings", findings, err)
	}
	e := fullEvidence("production")
	for _, v := range []any{policy, policy.Rings(), match, decision, byHand, problems, findings, e, e.Rings["ring-2"].Stays(), ringpolicy.Decimal{}} {
		if diff := cmp.Diff(v, v); diff != "" {
			t.Errorf("%T differs from itself (-want +got):\n%s", v, diff)
		}
	}
	for _, v := range []any{ringpolicy.Evidence{}, ringpolicy.Decision{}, ringpolicy.Ring{}, &ringpolicy.Policy{}, decimal(t, "1.5"), ringpolicy.Problems{}} {
		if !cmp.Equal(v, v) {
			t.Errorf("%T differs from itself", v)
		}
	}
	if cmp.Equal(policy, ringpolicy.Builtin()) || cmp.Equal(policy, (*ringpolicy.Policy)(nil)) || !cmp.Equal(decimal(t, "1"), decimal(t, "1.0")) || cmp.Equal(decimal(t, "1"), decimal(t, "1.01")) {
		t.Error("Equal of policies or decimals is wrong")
	}
}

func decided(t *testing.T, ring string) ringpolicy.Decision {
	t.Helper()
	d, err := ringpolicy.Builtin().Decide(fullEvidence(ring))
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// checkDecisionJSON reads a decision back.
func checkDecisionJSON(t *testing.T, d ringpolicy.Decision) {
	t.Helper()
	encoded, err := json.Marshal(d)
	if err != nil {
		t.Fatal(err)
	}
	got, err := ringpolicy.ParseDecision(encoded)
	if err != nil {
		t.Fatalf("ParseDecision: %v\n%s", err, encoded)
	}
	if diff := cmp.Diff(d, got, cmpopts.IgnoreFields(ringpolicy.Result{}, "ObservedTimes", "Missing")); diff != "" {
		t.Errorf("ParseDecision (-want +got):\n%s", diff)
	}
}

func TestParseDecisionErrors(t *testing.T) {
	good, err := json.Marshal(decided(t, "production"))
	if err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct{ old, now, want string }{
		{`"schema":1`, `"schema":2`, "decision: schema 2 is not known, expected 1"},
		{`"schema":1`, `"x":1`, "decision: schema 0 is not known, expected 1"},
		{`"decision":"promote"`, `"decision":"promotes"`, `decision: unknown value "promotes", did you mean "promote"?`},
		{`"decision":"promote"`, `"decision":"undecided"`, "decision: no decision was made"},
		{`"decision":"promote"`, `"x":1`, "decision: no decision was made"},
		{`"decision":"promote"`, `"decision":"hold"`, "decision: hold_kind belongs to the decision hold, and to no other"},
		{`"hold_kind":null`, `"hold_kind":"failed"`, "decision: hold_kind belongs to the decision hold, and to no other"},
		{`"status":"met"`, `"status":"meet"`, `decision: unknown value "meet", did you mean "met"?`},
	} {
		src := strings.Replace(string(good), tt.old, tt.now, 1)
		if d, err := ringpolicy.ParseDecision([]byte(src)); fmt.Sprint(err) != tt.want || !cmp.Equal(d, ringpolicy.Decision{}) {
			t.Errorf("ParseDecision with %s = %v, error %v, want the zero decision and %s", tt.now, d, err, tt.want)
		}
	}
	for _, src := range []string{"", "null", "{}", "[]", string(good) + "{}"} {
		if d, err := ringpolicy.ParseDecision([]byte(src)); err == nil || d.Verdict != ringpolicy.Undecided {
			t.Errorf("ParseDecision(%.20q) = %v, %v, want an error", src, d, err)
		}
	}
}

func TestNamesReadBack(t *testing.T) {
	for v := ringpolicy.Undecided; v <= ringpolicy.Promote; v++ {
		readBack(t, v, new(ringpolicy.Verdict))
	}
	for s := ringpolicy.Unmet; s <= ringpolicy.Met; s++ {
		readBack(t, s, new(ringpolicy.Status))
	}
	for h := ringpolicy.HoldBlocked; h <= ringpolicy.HoldNone; h++ {
		readBack(t, h, new(ringpolicy.HoldKind))
	}
	for _, v := range []encoding.TextUnmarshaler{new(ringpolicy.Verdict), new(ringpolicy.Status), new(ringpolicy.HoldKind)} {
		if err := v.UnmarshalText([]byte("invalid(9)")); err == nil {
			t.Errorf("%T reads an unknown name", v)
		}
	}
}

func readBack[T interface {
	comparable
	encoding.TextMarshaler
}](t *testing.T, v T, into interface{ encoding.TextUnmarshaler }) {
	t.Helper()
	text, err := v.MarshalText()
	if err != nil {
		t.Fatal(err)
	}
	if err := into.UnmarshalText(text); err != nil {
		t.Errorf("%T: UnmarshalText(%s): %v", v, text, err)
	}
	if got := *any(into).(*T); got != v {
		t.Errorf("%T %s reads back as %v", v, text, got)
	}
}

// A list that was not collected is still none, and an empty one is still empty.
func TestEvidenceJSON(t *testing.T) {
	var all []ringpolicy.Evidence
	files, err := filepath.Glob("../action/testdata/gate/*.yml")
	if err != nil || len(files) == 0 {
		t.Fatal(files, err)
	}
	for _, file := range files {
		if e, err := ringpolicy.ParseEvidence(file, []byte(read(t, file))); err == nil {
			all = append(all, e)
		}
	}
	e, err := ringpolicy.ParseEvidence("all", allFacts())
	if err != nil {
		t.Fatal(err)
	}
	all = append(all, e, fullEvidence("production"), ringpolicy.Evidence{}, ringpolicy.Evidence{
		Now: time.Date(2026, 3, 2, 10, 0, 0, 5, time.FixedZone("", 3600)), Rings: map[string]ringpolicy.RingFacts{},
		Checks: []ringpolicy.Check{}, Metrics: []ringpolicy.Metric{}, Incidents: []ringpolicy.Incident{}, Approvals: []ringpolicy.Approval{},
		SignOffs: []ringpolicy.SignOff{}, Overrides: []ringpolicy.Override{}, Locks: []ringpolicy.Lock{}, Quarantine: []ringpolicy.Quarantine{},
		People: []ringpolicy.Person{},
	}, ringpolicy.Evidence{People: []ringpolicy.Person{{Login: "mona"}, {Login: "Mona", Permission: ringpolicy.PermissionRead, Teams: []string{}}, {Login: "cleo", Teams: []string{"o/t"}}}},
		ringpolicy.Evidence{Subject: ringpolicy.Subject{Contributors: []string{}}, Rings: map[string]ringpolicy.RingFacts{
			"a": {History: []ringpolicy.Record{}}, "b": {Signals: []ringpolicy.Signal{}}, "c": {}}})
	for i, e := range all {
		encoded, err := json.Marshal(e)
		if err != nil {
			t.Fatal(err)
		}
		got, err := ringpolicy.ParseEvidence("f", encoded)
		if diff := cmp.Diff(e, got); diff != "" || err != nil || got.Digest() != e.Digest() {
			t.Errorf("evidence %d: ParseEvidence(json.Marshal(e)): %v (-want +got):\n%s\n%s", i, err, diff, encoded)
		}
		var again ringpolicy.Evidence
		if err := json.Unmarshal(encoded, &again); err != nil || !cmp.Equal(e, again) {
			t.Errorf("evidence %d: json.Unmarshal: %v (-want +got):\n%s", i, err, cmp.Diff(e, again))
		}
	}
}

// The strict reader judges what encoding/json reads.
func TestEvidenceUnmarshalIsStrict(t *testing.T) {
	for _, src := range []string{`{"schema":1,"cheks":[]}`, `{"checks":[]}`, `{"schema":1,"checks":[{"name":"x"}]}`, `{"schema":1,"schema":1}`} {
		e := ringpolicy.Evidence{Ancestry: ringpolicy.AncestryAhead}
		if err := json.Unmarshal([]byte(src), &e); err == nil || e.Ancestry != ringpolicy.AncestryAhead {
			t.Errorf("json.Unmarshal(%s) = %v, want an error and evidence as it was", src, err)
		}
	}
}
