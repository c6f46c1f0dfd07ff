package policytest

import (
	"path/filepath"

	"github.com/wizzense/deployment-rings/internal/regular"
	"github.com/wizzense/deployment-rings/ringpolicy"
	"github.com/wizzense/deployment-rings/ringpolicy/internal/strict"
)

const maxSize = 4 << 20

// RunFile runs a policy test file, and returns a result for each test in the order of the file. The error says that the file, or
// the policy that it names, cannot be read or is not well formed, as [ringpolicy.Problems] where these have places; then no
// test was run.
func RunFile(file string) ([]Result, error) {
	f, err := open(file)
	if err != nil {
		return nil, err
	}
	results := make([]Result, 0, len(f.tests))
	for _, t := range f.tests {
		results = append(results, Result{file, t.at.Line, t.name, t.run(f.policy)})
	}
	return results, nil
}

type testFile struct {
	policy *ringpolicy.Policy
	tests  []test
}

// A test is a question to the policy and the answer that is expected.
type test struct {
	at       *strict.Node
	name     string
	isBranch bool
	branch   string
	evidence ringpolicy.Evidence
	expect   *strict.Node
}

func open(file string) (*testFile, error) {
	src, err := regular.ReadFile(file, maxSize)
	if err != nil {
		return nil, err
	}
	root, err := strict.Parse(file, src, maxSize)
	if err != nil {
		return nil, problems(err.(*strict.Problem))
	}
	r := reader{Reader: strict.NewReader(file), file: file}
	f := r.testFile(root)
	if found := strict.Sorted(append(r.Problems(), r.ofEvidence...)); len(found) > 0 {
		return nil, problems(found...)
	}
	if f.policy == nil {
		return nil, r.policyErr
	}
	return f, nil
}

func problems(found ...*strict.Problem) ringpolicy.Problems {
	var ps ringpolicy.Problems
	for _, p := range found {
		ps = append(ps, (*ringpolicy.Problem)(p))
	}
	return ps
}

type reader struct {
	*strict.Reader
	file       string
	policyErr  error             // of the policy that the file names
	ofEvidence []*strict.Problem // found by the reader of evidence
}

func (r *reader) testFile(n *strict.Node) *testFile {
	f := &testFile{policy: ringpolicy.Builtin()}
	r.Object(n,
		strict.Field{Name: "policy", Read: func(n *strict.Node) { f.policy = r.policy(n) }},
		strict.Field{Name: "base", Read: r.isMap},
		strict.Field{Name: "tests", Required: true, Read: func(tests *strict.Node) {
			r.Each(tests, func(t *strict.Node) { f.tests = append(f.tests, r.test(t, n.Get("base"))) })
			if tests.Kind == strict.List && len(tests.Items) == 0 {
				r.Fail(tests, "is an empty list, expected at least one test")
			}
		}},
	)
	return f
}

// policy reads the policy that a test file names, beside it.
func (r *reader) policy(n *strict.Node) *ringpolicy.Policy {
	name := r.Text(n)
	if name == "" {
		return nil
	}
	if !filepath.IsAbs(name) {
		name = filepath.Join(filepath.Dir(r.file), name)
	}
	src, err := regular.ReadFile(name, ringpolicy.MaxPolicySize)
	if err != nil {
		r.Fail(n, "%v", err)
		return nil
	}
	p, err := ringpolicy.Parse(name, src)
	r.policyErr = err
	return p
}

func (r *reader) isMap(n *strict.Node) {
	if n.Kind != strict.Map {
		r.Fail(n, "is %s, expected a map", n.Kind)
	}
}

func (r *reader) test(n, base *strict.Node) test {
	t := test{at: n}
	var given *strict.Node
	r.Object(n,
		strict.Field{Name: "name", Required: true, Read: func(n *strict.Node) { t.name = r.Text(n) }},
		strict.Field{Name: "given", Read: func(n *strict.Node) { given = n; r.isMap(n) }},
		strict.Field{Name: "branch", Read: func(n *strict.Node) { t.isBranch = true; t.branch = r.Text(n) }},
		strict.Field{Name: "expect", Required: true, Read: func(n *strict.Node) { t.expect = n; r.isMap(n) }},
	)
	switch {
	case t.isBranch && given != nil:
		r.Fail(given, `stands beside "branch", expected one of the two`)
	case t.isBranch:
		r.known(t.expect, branchKeys)
	default:
		r.known(t.expect, decisionKeys)
		t.evidence = r.evidence(strict.Merge(base, given), n)
	}
	return t
}

func (r *reader) evidence(n, test *strict.Node) (e ringpolicy.Evidence) {
	if n == nil || r.Failed() {
		if n == nil {
			r.Fail(test, `has neither "given" nor "branch", and the file has no "base"`)
		}
		return e
	}
	e, err := ringpolicy.EvidenceOf(r.file, n)
	if ps, ok := err.(ringpolicy.Problems); ok {
		for _, p := range ps {
			r.ofEvidence = append(r.ofEvidence, (*strict.Problem)(p))
		}
	}
	return e
}

// known reports keys of expect that no answer has, since they would never be compared.
func (r *reader) known(expect *strict.Node, keys []string) {
	if expect == nil || expect.Kind != strict.Map {
		return
	}
	var fields []strict.Field
	for _, k := range keys {
		fields = append(fields, strict.Field{Name: k, Read: func(*strict.Node) {}})
	}
	r.Object(expect, fields...)
	if len(expect.Fields) == 0 {
		r.Fail(expect, "expects nothing, so that the test cannot fail")
	}
}
