package ringpolicy

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/wizzense/deployment-rings/ringpolicy/internal/strict"
)

// Severity says how bad a finding of [Lint] is.
type Severity string

// Both severities.
const (
	SeverityError   Severity = "error"   // the policy cannot work as it is written
	SeverityWarning Severity = "warning" // it works, perhaps not as it is meant
)

// A LintFinding is something that can be proven of a policy file, with its place.
type LintFinding struct {
	Severity Severity
	Problem
}

// Lint looks for what can be proven wrong about a policy beyond its syntax: rings that nothing can reach or leave,
// branches of two rings, ways to the last ring that no approval guards, a soak that ends before it begins, windows that
// never open, triggers that nothing acts on, criteria that contradict each other, checks that any app may report, roles in the
// last ring that are everybody's.
//
// The findings are in the order of the file. The error is that of [Parse].
func Lint(file string, src []byte) ([]LintFinding, error) {
	p, err := Parse(file, src)
	if err != nil {
		return nil, err
	}
	root, err := strict.Parse(file, src, MaxPolicySize)
	if err != nil {
		return nil, err
	}
	l := linter{Policy: p, file: file, root: root, reported: map[[2]*strict.Node]bool{}}
	l.reach()
	l.ties()
	l.guards()
	l.freeRoles()
	for i := range p.rings {
		l.soak(i)
		l.windows(i)
		l.triggers(i)
		l.contradictions(i)
		l.checksOfAnyApp(i)
	}
	slices.SortStableFunc(l.findings, func(a, b LintFinding) int {
		return cmp.Or(cmp.Compare(a.Line, b.Line), cmp.Compare(a.Column, b.Column))
	})
	return l.findings, nil
}

type linter struct {
	*Policy
	file     string
	root     *strict.Node
	findings []LintFinding
	reported map[[2]*strict.Node]bool // contradictions
}

func (l *linter) add(severity Severity, at *strict.Node, format string, args ...any) {
	l.findings = append(l.findings, LintFinding{severity, Problem{l.file, at.Line, at.Col, at.Path(), fmt.Sprintf(format, args...)}})
}

// node is the place of a ring, or of a key below it: the nearest that is in the file.
func (l *linter) node(ring int, keys ...string) *strict.Node {
	n := l.root.Get("rings").Items[ring]
	for _, k := range keys {
		below := n.Get(k)
		if below == nil {
			return n
		}
		n = below
	}
	return n
}

// criterionNode is the place of a criterion that the file gives.
func (l *linter) criterionNode(i item) *strict.Node {
	for _, list := range []string{"entry", "success"} {
		for _, n := range l.node(i.ring).Get(list).Elements() {
			if n.Get("id").Text == i.ID {
				return n
			}
		}
	}
	return l.node(i.ring)
}
