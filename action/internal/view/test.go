package view

import (
	"fmt"
	"strings"

	"github.com/wizzense/deployment-rings/action/internal/note"
	"github.com/wizzense/deployment-rings/internal/text"
	"github.com/wizzense/deployment-rings/ringpolicy/policytest"
)

// Tested has the results of policy test files.
type Tested struct {
	Schema int          `json:"schema"`
	Passed int          `json:"passed"`
	Failed int          `json:"failed"`
	Tests  []TestedCase `json:"tests"`

	results []policytest.Result
}

// A TestedCase is the result of one test.
type TestedCase struct {
	File        string                  `json:"file"`
	Line        int                     `json:"line"`
	Name        string                  `json:"name"`
	Passed      bool                    `json:"passed"`
	Differences []policytest.Difference `json:"differences"`
}

// NewTested returns the report of results.
func NewTested(results []policytest.Result) Tested {
	t := Tested{Schema: 1, Tests: []TestedCase{}, results: results}
	for _, r := range results {
		t.Tests = append(t.Tests, TestedCase{r.File, r.Line, r.Name, r.Passed(), append([]policytest.Difference{}, r.Differences...)})
		if r.Passed() {
			t.Passed++
		} else {
			t.Failed++
		}
	}
	return t
}

// Count says how many tests passed and failed.
func (t Tested) Count() string { return fmt.Sprintf("%d passed, %d failed", t.Passed, t.Failed) }

// Text is the report for a terminal.
func (t Tested) Text() string {
	var b strings.Builder
	for _, r := range t.results {
		for line := range strings.Lines(r.String()) {
			b.WriteString(text.Visible(strings.TrimSuffix(line, "\n")) + "\n")
		}
	}
	return b.String() + t.Count() + "\n"
}

// Markdown is the report as a job summary.
func (t Tested) Markdown() string {
	var b strings.Builder
	fmt.Fprintf(&b, "### Policy tests: %s\n\n", t.Count())
	for _, r := range t.results {
		for _, d := range r.Differences {
			fmt.Fprintf(&b, "- %s (%s, line %d): %s is %s, expected %s\n", text.Plain(r.Name), text.Code(r.File), r.Line,
				text.Code(d.Path), text.Code(d.Got), text.Code(d.Want))
		}
	}
	return b.String()
}

// Annotations has one for each test that failed.
func (t Tested) Annotations() []note.Annotation {
	var all []note.Annotation
	for _, r := range t.results {
		if r.Passed() {
			continue
		}
		var parts []string
		for _, d := range r.Differences {
			parts = append(parts, fmt.Sprintf("%s: want %s, got %s", d.Path, d.Want, d.Got))
		}
		all = append(all, note.Annotation{Level: note.Error, File: r.File, Line: r.Line, Column: 1,
			Message: "test " + r.Name + ": " + strings.Join(parts, "; ")})
	}
	return all
}
