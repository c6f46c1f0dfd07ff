package view

import (
	"fmt"
	"strings"

	"github.com/wizzense/deployment-rings/action/internal/note"
	"github.com/wizzense/deployment-rings/internal/text"
	"github.com/wizzense/deployment-rings/ringpolicy"
)

// Linted has the findings of lint about a policy.
type Linted struct {
	Schema   int             `json:"schema"`
	Policy   string          `json:"policy"` // file
	Digest   string          `json:"policy_digest"`
	Rings    []string        `json:"rings"`
	Shortest string          `json:"shortest"` // time from the first ring to the last
	Findings []LintedFinding `json:"findings"`
	Errors   int             `json:"errors"`
	Warnings int             `json:"warnings"`
}

// A LintedFinding is one thing that lint found.
type LintedFinding struct {
	Severity ringpolicy.Severity `json:"severity"`
	Line     int                 `json:"line"`
	Column   int                 `json:"column"`
	Path     string              `json:"path"`
	Message  string              `json:"message"`
}

// Text is the report for a terminal.
func (l Linted) Text() string {
	var b strings.Builder
	for _, a := range l.Annotations() {
		fmt.Fprintf(&b, "%s\n", a)
	}
	fmt.Fprintf(&b, "%s: %s, %s to %s takes at least %s\n%s\n", text.Visible(l.Policy), text.Plural(len(l.Rings), "ring"),
		l.Rings[0], l.Rings[len(l.Rings)-1], l.Shortest, l.count())
	return b.String()
}

// Markdown is the report as a job summary.
func (l Linted) Markdown() string {
	var b strings.Builder
	fmt.Fprintf(&b, "### Policy %s: %s\n\n", text.Code(l.Policy), l.count())
	fmt.Fprintf(&b, "From %s to %s an image takes at least %s.\n\n", text.Code(l.Rings[0]), text.Code(l.Rings[len(l.Rings)-1]), l.Shortest)
	for _, f := range l.Findings {
		fmt.Fprintf(&b, "- %s, line %d, %s: %s\n", f.Severity, f.Line, text.Code(f.Path), text.Plain(f.Message))
	}
	return b.String()
}

// Annotations has one for each finding, at its place.
func (l Linted) Annotations() []note.Annotation {
	levels := map[ringpolicy.Severity]note.Level{ringpolicy.SeverityError: note.Error, ringpolicy.SeverityWarning: note.Warning}
	var all []note.Annotation
	for _, f := range l.Findings {
		all = append(all, note.Annotation{Level: levels[f.Severity], File: l.Policy, Line: f.Line, Column: f.Column, Message: f.Path + ": " + f.Message})
	}
	return all
}

func (l Linted) count() string {
	return text.Plural(l.Errors, "error") + ", " + text.Plural(l.Warnings, "warning")
}

// NewLinted returns the report of a policy and its findings.
func NewLinted(name string, policy *ringpolicy.Policy, findings []ringpolicy.LintFinding) Linted {
	l := Linted{Schema: 1, Policy: name, Digest: policy.Digest(), Rings: names(policy.Rings()), Findings: []LintedFinding{}}
	l.Shortest = ringpolicy.FormatDuration(policy.ShortestWay())
	for _, f := range findings {
		l.Findings = append(l.Findings, LintedFinding{f.Severity, f.Line, f.Column, f.Path, f.Message})
		if f.Severity == ringpolicy.SeverityError {
			l.Errors++
		} else {
			l.Warnings++
		}
	}
	return l
}

// Defect says why the policy cannot work; "" if nothing proves that.
func (l Linted) Defect() string {
	if l.Errors == 0 {
		return ""
	}
	return fmt.Sprintf("%s cannot work as it is written: %s", l.Policy, text.Plural(l.Errors, "error"))
}
