package policytest_test

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/wizzense/deployment-rings/ringpolicy/policytest"
)

const (
	rings = "version: 1\nrings: [{name: a, soak: {min: 24h}, branches: [main]}, {name: b}]\n"
	base  = `policy: rings.yml
base:
  schema: 1
  now: 2026-03-10T12:00:00Z
  subject: {digest: "sha256:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", revision: aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa, author: ann, contributors: [], to: b}
  rings:
    a: {history: [{id: "1", digest: "sha256:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", outcome: success, from: 2026-03-09T16:00:00Z}], signals: []}
    b: {history: [], signals: []}
  locks: []
  quarantine: []
`
)

// files writes the policy and a test file, and returns the path of that.
func files(t *testing.T, tests string) string {
	t.Helper()
	dir := t.TempDir()
	for name, text := range map[string]string{"rings.yml": rings, "rings_test.yml": tests} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return filepath.Join(dir, "rings_test.yml")
}

// TestExpect has what a test is given and expects, and where the answer differs: the path, what was wanted and what came.
func TestExpect(t *testing.T) {
	for _, c := range []struct {
		test string
		want []string
	}{
		{`expect: {decision: hold, hold_kind: waiting, schema: 1}`, nil},
		{`expect: {decision: promote, hold_kind: waiting}`, []string{"decision: promote / hold"}},
		{`expect: {conditional: false, valid_until: null}`, nil},
		{`expect: {conditional: true, valid_until: 2026-03-10T12:00:00Z, next_eligible_at: null}`, []string{"conditional: true / false", "valid_until: 2026-03-10T12:00:00Z / null", "next_eligible_at: null / 2026-03-10T16:00:00Z"}},
		{`expect: {next_eligible_at: 2026-03-10T17:00:00+01:00}`, nil}, // the same moment
		{`expect: {schema: 1, conditional: False}`, nil},
		{`expect: {rollback: {needed: false}}`, nil}, // of a map what is named
		{`expect: {rollback: {neded: false}}`, []string{"rollback.neded: false / no such key, expected one of mode, needed, running, target, triggers"}},
		{`expect: {rollback: none}`, []string{`rollback: none / {"mode":"immediate","needed":false,"running":null,"target":null,"triggers":[]}`}},
		{`expect: {decision: {a: 1}}`, []string{"decision: a map / hold"}},
		{`expect: {subject: {from: [a]}}`, nil},
		{`expect: {subject: {from: [b]}}`, []string{"subject.from[0]: b / a"}},
		{`expect: {subject: {from: []}}`, []string{`subject.from: a list of 0 / ["a"]`}}, // of a list all
		{`expect: {subject: {from: [a, b]}}`, []string{`subject.from: a list of 2 / ["a"]`}},
		{`expect: {warnings: []}`, nil},
		{`expect: {decision: [hold]}`, []string{"decision: a list of 1 / hold"}},
		{`expect: {criteria: {soak: waiting, a/lineage: met, lock: {status: met, observed: not locked}}}`, nil},
		{`expect: {criteria: {soak: met}}`, []string{"criteria.soak: met / waiting (soak_running): 20h, required: 24h"}},
		{`expect: {criteria: {lock: {observed: locked}}}`, []string{"criteria.lock.observed: locked / not locked"}},
		{`expect: {criteria: {soka: met}}`, []string{"criteria.soka: met / no such criterion; there are b/lock, b/quarantine, b/settled, b/ancestry, a/lineage, a/soak"}},
		{`expect: {error: no}`, []string{"error: no / an answer"}},
		{"given: {subject: {to: c}}\n    expect: {error: the policy has no ring}", nil},
		{"given: {subject: {to: c}}\n    expect: {error: no moment}", []string{`error: a message with no moment / subject.to: the policy has no ring "c", expected one of a, b`}},
		{"given: {subject: {to: c}}\n    expect: {decision: hold}", []string{`error: an answer / subject.to: the policy has no ring "c", expected one of a, b`}},
		{"given: {rings: {a: null}}\n    expect: {decision: hold, hold_kind: unknown}", nil}, // null takes away what the base has
		{"given: {now: 2026-03-10T16:00:00Z}\n    expect: {decision: promote, criteria: {soak: met}}", nil},
		{"branch: main\n    expect: {ring: a, matched: exact}", nil},
		{"branch: main\n    expect: {ring: b}", []string{"ring: b / a"}},
		{"branch: other\n    expect: {error: no ring}", nil},
	} {
		results, err := policytest.RunFile(files(t, base+"tests:\n  - name: t\n    "+c.test+"\n"))
		if err != nil || len(results) != 1 {
			t.Errorf("RunFile of %q = %d results, %v, want 1", c.test, len(results), err)
			continue
		}
		var got []string
		for _, d := range results[0].Differences {
			got = append(got, d.Path+": "+d.Want+" / "+d.Got)
		}
		if !slices.Equal(got, c.want) || results[0].Passed() != (c.want == nil) || results[0].Line != 12 {
			t.Errorf("%q on line %d (-want +got):\n%s", c.test, results[0].Line, cmp.Diff(c.want, got))
		}
	}
}

// TestRunFileRefuses: a test that cannot fail, or that says less than its writer thinks, is a mistake.
func TestRunFileRefuses(t *testing.T) {
	for tests, want := range map[string]string{
		"":                                 ":1:1: the file is empty",
		"tests: []":                        ":1:8: tests: is an empty list, expected at least one test",
		"policy: rings.yml":                `:1:1: key "tests" is missing`,
		"tests: [{name: t, branch: main}]": `:1:9: tests[0]: key "expect" is missing`,
		"tests: [{name: t, branch: main, expect: {}}]":                                ":1:41: tests[0].expect: expects nothing, so that the test cannot fail",
		"tests: [{name: t, branch: main, given: {schema: 1}, expect: {ring: a}}]":     `:1:40: tests[0].given: stands beside "branch", expected one of the two`,
		"tests: [{name: t, branch: main, expect: {decision: hold}}]":                  `:1:42: tests[0].expect: unknown key "decision", expected one of ring, matched, tag, environment, deploy, error`,
		"tests: [{name: t, expect: {decision: hold}}]":                                `:1:9: tests[0]: has neither "given" nor "branch", and the file has no "base"`,
		"tests: [{name: t, given: {schema: 1, nwo: 1}, expect: {decision: hold}}]":    `:1:38: tests[0].given: unknown key "nwo", expected one of schema, now,`,
		"policy: none.yml\ntests: [{name: t, branch: main, expect: {ring: a}}]":       "there is no file",
		"policy: rings_test.yml\ntests: [{name: t, branch: main, expect: {ring: a}}]": `rings_test.yml:1:1: unknown key "policy"`,
		base + "tests: [{name: t, expect: {desicion: hold}}]":                         `unknown key "desicion", did you mean "decision"?`,
	} {
		results, err := policytest.RunFile(files(t, tests))
		if err == nil || !strings.Contains(err.Error(), want) || results != nil {
			t.Errorf("RunFile of %q = %v, %v, want an error with %s", tests, results, err, want)
		}
	}
	if _, err := policytest.RunFile("no such file"); err == nil {
		t.Error("RunFile of no file: no error")
	}
}

// TestString: a result that passed is one line, and one that failed has a place to go to.
func TestString(t *testing.T) {
	for want, r := range map[string]policytest.Result{
		"PASS t": {File: "f", Line: 3, Name: "t"},
		"FAIL t (f:3)\n    a\n      want 1\n      got  2": {File: "f", Line: 3, Name: "t", Differences: []policytest.Difference{{Path: "a", Want: "1", Got: "2"}}},
	} {
		if r.String() != want {
			t.Errorf("String of %+v = %q, want %q", r, r.String(), want)
		}
	}
}
