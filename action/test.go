package main

import (
	"encoding/json"
	"errors"
	"path/filepath"

	"github.com/wizzense/deployment-rings/action/internal/once"
	"github.com/wizzense/deployment-rings/action/internal/view"
	"github.com/wizzense/deployment-rings/ringpolicy/policytest"
)

// runTest runs policy test files.
func runTest(s *session) error {
	files := s.testFiles()
	results := s.runTestFiles(files)
	if s.problems != nil {
		return s.problems
	}

	t := view.NewTested(results)
	object, err := json.Marshal(t)
	if err != nil {
		return failed(err)
	}
	if err := s.publish(result{object: string(object), text: t.Text(), summary: t.Markdown(), notes: s.inRun(t.Annotations())}); err != nil {
		return err
	}
	if t.Failed > 0 {
		return verdict{errors.New(t.Count())}
	}
	return nil
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
	return once.Each(files)
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
