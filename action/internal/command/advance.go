package command

import (
	"cmp"
	"context"
	"errors"
	"maps"
	"reflect"
	"slices"

	"github.com/wizzense/deployment-rings/action/internal/advance"
	"github.com/wizzense/deployment-rings/action/internal/cli"
	"github.com/wizzense/deployment-rings/action/internal/fault"
	"github.com/wizzense/deployment-rings/action/internal/gather"
	"github.com/wizzense/deployment-rings/action/internal/tally"
)

// runAdvance takes every image through every ring: first the rings go back that have to, then the images move on that may.
func runAdvance(ctx context.Context, r *cli.Run) (*cli.Result, error) {
	c := clients(r)
	policy := readPolicy(ctx, r)
	to := needHistory(r, c, policy)
	f := gather.Facts{Policy: policy, File: evidenceFile(ctx, r, c)}
	if !reflect.ValueOf(f.File.Subject).IsZero() {
		r.Addf("evidence: it has a subject, but the facts of advance count for every image and ring: leave subject out")
	}
	for _, ring := range slices.Sorted(maps.Keys(f.File.Rings)) {
		if policy == nil {
			break
		}
		if _, ok := policy.Ring(ring); !ok {
			r.Addf("evidence: rings: the policy has no ring %.80q", ring)
		}
	}
	f.File.Now = moment(r, f.File.Now)
	f.Images = gather.AgreeImage(&r.Log, ask(r), &f.File.Subject.Image)
	job := advance.Job{Run: performer(r, c, to), Ask: ask(r), Facts: f}
	if r.Problems == nil && job.Ask.Ring != "" {
		gather.KnowsRing(&r.Log, policy, job.Ask.Ring)
	}
	if r.Problems != nil {
		return nil, r.Problems
	}
	job.Ready = func(ctx context.Context, done tally.Tally) error {
		result, err := advanceResult(c, done, "")
		return cmp.Or(err, r.Ready(ctx, result))
	}

	done, err := job.Do(ctx)
	if len(done.Rows) == 0 {
		return nil, err
	}
	file, failed := writeTally(r, c, done)
	result, invalid := advanceResult(c, done, file)
	return result, errors.Join(err, failed, invalid)
}

// writeTally leaves the JSON of what was done in a file for later steps.
func writeTally(r *cli.Run, c *gather.Clients, done tally.Tally) (string, error) {
	result, err := advanceResult(c, done, "")
	if err != nil {
		return "", err
	}
	file, err := r.WriteFile("advance", ".json", []byte(result.Object))
	return file, fault.Failed(err)
}

// advanceResult is what was done, for later steps and for people.
func advanceResult(c *gather.Clients, done tally.Tally, file string) (*cli.Result, error) {
	done.Spent = c.Spent()
	object, err := done.JSON()
	outputs, invalid := done.Outputs(file)
	return &cli.Result{
		Outputs: outputs, Object: object, Bulky: true,
		Text: done.Text(), Summary: done.Markdown(), Notes: done.Notes(), Done: done.Done(),
	}, fault.Failed(errors.Join(err, invalid))
}
