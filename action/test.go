package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"

	"github.com/wizzense/deployment-rings/action/internal/report"
	"github.com/wizzense/deployment-rings/internal/markdown"
	"github.com/wizzense/deployment-rings/ringpolicy/policytest"
)

// runTest runs policy test files.
func runTest(s *session) error {
	files := s.testFiles()
	results := s.runTestFiles(files)
	if s.problems != nil {
		return s.problems
	}

	t := newTested(results)
	object, err := json.Marshal(t)
	if err != nil {
		return failed(err)
	}
	if err := s.publish(result{object: string(object), text: t.text(), summary: t.markdown(), notes: s.inRun(t.annotations())}); err != nil {
		return err
	}
	return t.verdict()
}

// testFiles are the files that the input tests names, each once. A pattern that names none is a mistake.
func (s *session) testFiles() []string {
	patterns := s.values.Lines("tests")
	if len(patterns) == 0 {
		s.addf("tests: no policy test file is named, give paths or patterns such as policies/*_test.yml, one a line")
	}
	var files []string
	for _, p := range patterns {
		found, err := filepath.Glob(p)
		if err != nil {
			s.addf("tests: %.200q: %w", p, err)
		} else if len(found) == 0 {
			s.addf("tests: no file is named %.200q", p)
		}
		files = append(files, found...)
	}
	return unique(files)
}

func (s *session) runTestFiles(files []string) []policytest.Result {
	var all []policytest.Result
	for _, file := range files {
		results, err := compute(s.ctx, func() ([]policytest.Result, error) { return policytest.RunFile(file) })
		s.add(err)
		all = append(all, results...)
	}
	return all
}

// unique keeps the first of each value.
func unique(all []string) []string {
	var kept []string
	for _, v := range all {
		if !slices.Contains(kept, v) {
			kept = append(kept, v)
		}
	}
	return kept
}

// tested is what the tests of some files say.
type tested struct {
	Schema int          `json:"schema"`
	Passed int          `json:"passed"`
	Failed int          `json:"failed"`
	Tests  []testedCase `json:"tests"`

	results []policytest.Result
}

type testedCase struct {
	File        string                  `json:"file"`
	Line        int                     `json:"line"`
	Name        string                  `json:"name"`
	Passed      bool                    `json:"passed"`
	Differences []policytest.Difference `json:"differences"`
}

func newTested(results []policytest.Result) tested {
	t := tested{Schema: 1, Tests: []testedCase{}, results: results}
	for _, r := range results {
		t.Tests = append(t.Tests, testedCase{r.File, r.Line, r.Name, r.Passed(), append([]policytest.Difference{}, r.Differences...)})
		if r.Passed() {
			t.Passed++
		} else {
			t.Failed++
		}
	}
	return t
}

func (t tested) count() string { return fmt.Sprintf("%d passed, %d failed", t.Passed, t.Failed) }

func (t tested) text() string {
	var b strings.Builder
	for _, r := range t.results {
		for line := range strings.Lines(r.String()) {
			b.WriteString(report.Visible(strings.TrimSuffix(line, "\n")) + "\n")
		}
	}
	return b.String() + t.count() + "\n"
}

func (t tested) markdown() string {
	var b strings.Builder
	fmt.Fprintf(&b, "### Policy tests: %s\n\n", t.count())
	for _, r := range t.results {
		for _, d := range r.Differences {
			fmt.Fprintf(&b, "- %s (%s, line %d): %s is %s, expected %s\n", markdown.Plain(r.Name), markdown.Code(r.File), r.Line,
				markdown.Code(d.Path), markdown.Code(d.Got), markdown.Code(d.Want))
		}
	}
	return b.String()
}

func (t tested) annotations() []report.Annotation {
	var all []report.Annotation
	for _, r := range t.results {
		if r.Passed() {
			continue
		}
		var parts []string
		for _, d := range r.Differences {
			parts = append(parts, fmt.Sprintf("%s: want %s, got %s", d.Path, d.Want, d.Got))
		}
		all = append(all, report.Annotation{Level: report.Error, File: r.File, Line: r.Line, Column: 1,
			Message: "test " + r.Name + ": " + strings.Join(parts, "; ")})
	}
	return all
}

func (t tested) verdict() error {
	if t.Failed == 0 {
		return nil
	}
	return verdict{errors.New(t.count())}
}
