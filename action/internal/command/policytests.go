package command

import (
	"context"
	"encoding/json"
	"path/filepath"

	"github.com/wizzense/deployment-rings/action/internal/cli"
	"github.com/wizzense/deployment-rings/action/internal/fault"
	"github.com/wizzense/deployment-rings/action/internal/once"
	"github.com/wizzense/deployment-rings/action/internal/view"
	"github.com/wizzense/deployment-rings/ringpolicy/policytest"
)

// runTest runs policy test files.
func runTest(ctx context.Context, r *cli.Run) (*cli.Result, error) {
	results := runTestFiles(ctx, r, testFiles(r))
	if r.Problems != nil {
		return nil, r.Problems
	}

	t := view.NewTested(results)
	object, err := json.Marshal(t)
	if err != nil {
		return nil, fault.Failed(err)
	}
	result := &cli.Result{Object: string(object), Text: t.Text(), Summary: t.Markdown(), Notes: t.Annotations()}
	if t.Failed > 0 {
		result.Verdict = t.Count()
	}
	return result, nil
}

// testFiles are the files that the input tests names, each once. A pattern that names none is a mistake.
func testFiles(r *cli.Run) []string {
	patterns := r.Lines("tests")
	if len(patterns) == 0 {
		r.Addf("tests: no policy test file is named, give paths or patterns such as policies/*_test.yml, one a line")
	}
	var files []string
	for _, p := range patterns {
		found, err := filepath.Glob(p)
		if err != nil {
			r.Addf("tests: %.200q: %w", p, err)
		} else if len(found) == 0 {
			r.Addf("tests: no file is named %.200q", p)
		}
		files = append(files, found...)
	}
	return once.Each(files)
}

func runTestFiles(ctx context.Context, r *cli.Run, files []string) []policytest.Result {
	var all []policytest.Result
	for _, file := range files {
		results, err := fault.Compute(ctx, func() ([]policytest.Result, error) { return policytest.RunFile(file) })
		r.Add(err)
		all = append(all, results...)
	}
	return all
}
