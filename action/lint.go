package main

import (
	"encoding/json"
	"fmt"
	"strings"

	"github.com/wizzense/deployment-rings/action/internal/report"
	"github.com/wizzense/deployment-rings/internal/markdown"
	"github.com/wizzense/deployment-rings/internal/regular"
	"github.com/wizzense/deployment-rings/ringpolicy"
)

// runLint tells what can be proven wrong about a policy file, and how fast an image can pass it.
func runLint(s *session) error {
	name, src := s.policySource()
	if s.problems != nil {
		return s.problems
	}

	found, err := compute(s.ctx, func() (linted, error) { return lint(name, src) })
	if err != nil {
		return err
	}

	object, err := json.Marshal(found)
	if err != nil {
		return failed(err)
	}
	err = s.publish(result{object: string(object), text: found.text(), summary: found.markdown(), notes: s.inRun(found.annotations())})
	if err != nil {
		return err
	}
	return found.verdict()
}

// policySource is the policy file, unread.
func (s *session) policySource() (name string, src []byte) {
	name = s.values.Text("policy")
	if name == "" {
		return ringpolicy.BuiltinName, ringpolicy.BuiltinSource()
	}
	src, err := compute(s.ctx, func() ([]byte, error) { return regular.ReadFile(name, ringpolicy.MaxPolicySize) })
	if err != nil {
		s.addf("policy: %w", err)
	}
	return name, src
}

// linted is what lint says of a policy.
type linted struct {
	Schema   int             `json:"schema"`
	Policy   string          `json:"policy"` // file
	Digest   string          `json:"policy_digest"`
	Rings    []string        `json:"rings"`
	Shortest string          `json:"shortest"` // time from the first ring to the last
	Findings []lintedFinding `json:"findings"`
	Errors   int             `json:"errors"`
	Warnings int             `json:"warnings"`
}

type lintedFinding struct {
	Severity ringpolicy.Severity `json:"severity"`
	Line     int                 `json:"line"`
	Column   int                 `json:"column"`
	Path     string              `json:"path"`
	Message  string              `json:"message"`
}

func lint(name string, src []byte) (linted, error) {
	findings, err := ringpolicy.Lint(name, src)
	if err != nil {
		return linted{}, err
	}
	policy, err := ringpolicy.Parse(name, src)
	if err != nil {
		return linted{}, err
	}
	l := linted{Schema: 1, Policy: name, Digest: policy.Digest(), Rings: ringNames(policy.Rings()), Findings: []lintedFinding{}}
	l.Shortest = ringpolicy.FormatDuration(policy.ShortestWay())
	for _, f := range findings {
		l.Findings = append(l.Findings, lintedFinding{f.Severity, f.Line, f.Column, f.Path, f.Message})
		if f.Severity == ringpolicy.SeverityError {
			l.Errors++
		} else {
			l.Warnings++
		}
	}
	return l, nil
}

func (l linted) text() string {
	var b strings.Builder
	for _, a := range l.annotations() {
		fmt.Fprintf(&b, "%s\n", a)
	}
	fmt.Fprintf(&b, "%s: %s, %s to %s takes at least %s\n%s\n", report.Visible(l.Policy), plural(len(l.Rings), "ring"),
		l.Rings[0], l.Rings[len(l.Rings)-1], l.Shortest, l.count())
	return b.String()
}

func (l linted) markdown() string {
	var b strings.Builder
	fmt.Fprintf(&b, "### Policy %s: %s\n\n", markdown.Code(l.Policy), l.count())
	fmt.Fprintf(&b, "From %s to %s an image takes at least %s.\n\n", markdown.Code(l.Rings[0]), markdown.Code(l.Rings[len(l.Rings)-1]), l.Shortest)
	for _, f := range l.Findings {
		fmt.Fprintf(&b, "- %s, line %d, %s: %s\n", f.Severity, f.Line, markdown.Code(f.Path), markdown.Plain(f.Message))
	}
	return b.String()
}

func (l linted) annotations() []report.Annotation {
	levels := map[ringpolicy.Severity]report.Level{ringpolicy.SeverityError: report.Error, ringpolicy.SeverityWarning: report.Warning}
	var all []report.Annotation
	for _, f := range l.Findings {
		all = append(all, report.Annotation{Level: levels[f.Severity], File: l.Policy, Line: f.Line, Column: f.Column, Message: f.Path + ": " + f.Message})
	}
	return all
}

func (l linted) verdict() error {
	if l.Errors == 0 {
		return nil
	}
	return verdict{fmt.Errorf("%s cannot work as it is written: %s", l.Policy, plural(l.Errors, "error"))}
}

func (l linted) count() string {
	return plural(l.Errors, "error") + ", " + plural(l.Warnings, "warning")
}

func plural(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return fmt.Sprintf("%d %ss", n, noun)
}
