// Package policytest runs policy test files. A test gives evidence or a branch, and compares the decision or the ring of a policy
// with what the file expects, so that a policy can be reviewed and changed like code.
//
// A test file is YAML or JSON:
//
//	policy: rings.yml            # beside the test file; leave out for the built-in policy
//	base: {…}                    # evidence that every test starts from
//	tests:
//	  - name: soak boundary is inclusive
//	    given: {…}               # laid over base: maps key by key, lists whole, null removes
//	    expect: {decision: promote, reason_code: ok, criteria: {soak: met}}
//	  - name: branch of a hotfix
//	    branch: ring-0/hotfix
//	    expect: {ring: ring-0}
//
// A decision is compared as its JSON: expect names any part of it. Under criteria a key is the id of a criterion, or
// "ring/id" where several rings have that id, and its value a status or the fields of the criterion. For a branch,
// expect has ring, matched (exact, pattern, default), tag, environment and deploy. In both, error expects an error instead of
// an answer, and its text is a part of the message.
//
// A file is read as strictly as a policy, and has at most 4 MiB; it and its policy must be regular files, or links to such.
//
// From go test:
//
//	func TestRings(t *testing.T) { policytest.Run(t, "rings_test.yml") }
package policytest

import (
	"fmt"
	"strings"
)

// A Result says how one test of a file ended.
type Result struct {
	File        string       // as it was given to RunFile
	Line        int          // where the test begins, from 1
	Name        string       // of the test
	Differences []Difference // none: it passed
}

// A Difference is a part of the answer that is not as expected.
type Difference struct {
	Path      string // in the decision, such as "criteria.soak"
	Want, Got string // for people
}

// Passed reports whether the answer was as expected.
func (r Result) Passed() bool { return len(r.Differences) == 0 }

// String returns "PASS" or "FAIL" with the name, and a line for each difference.
func (r Result) String() string {
	if r.Passed() {
		return "PASS " + r.Name
	}
	var b strings.Builder
	fmt.Fprintf(&b, "FAIL %s (%s:%d)", r.Name, r.File, r.Line)
	for _, d := range r.Differences {
		fmt.Fprintf(&b, "\n    %s\n      want %s\n      got  %s", d.Path, d.Want, d.Got)
	}
	return b.String()
}

// testingT has the methods of *testing.T that Run needs, so that programs that import this package do not carry package testing.
type testingT[T any] interface {
	Helper()
	Errorf(format string, args ...any)
	Fatalf(format string, args ...any)
	Run(name string, f func(T)) bool
}

// Run runs a policy test file as subtests of t, which is a *testing.T. A file that cannot be read ends the test with t.Fatalf, and
// each difference is an error of its subtest.
func Run[T testingT[T]](t T, file string) {
	t.Helper()
	results, err := RunFile(file)
	if err != nil {
		t.Fatalf("%v", err)
	}
	for _, r := range results {
		t.Run(r.Name, func(t T) {
			t.Helper()
			if !r.Passed() {
				t.Errorf("%v", r)
			}
		})
	}
}
