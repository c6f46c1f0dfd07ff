package command

import (
	"context"

	"github.com/wizzense/deployment-rings/action/internal/act"
	"github.com/wizzense/deployment-rings/action/internal/cli"
	"github.com/wizzense/deployment-rings/action/internal/fault"
	"github.com/wizzense/deployment-rings/action/internal/gather"
	"github.com/wizzense/deployment-rings/action/internal/view"
	"github.com/wizzense/deployment-rings/ringpolicy"
)

// runRollback moves the tag of a ring back to the last known good image, or to one that is named, and quarantines the bad one.
func runRollback(ctx context.Context, r *cli.Run) (*cli.Result, error) {
	c, fails := clients(r), failOn(r)
	policy := readPolicy(ctx, r)
	to := needHistory(r, c, policy)
	f := facts(ctx, r, c, policy)
	needImage(r, f)
	if r.Problems != nil {
		return nil, r.Problems
	}
	gather.Late(&r.Log, f)
	target := rollbackTarget(ctx, r, c, f)
	if r.Problems != nil {
		return nil, r.Problems
	}

	d, err := manualRollback(ctx, c, &f, target)
	if err != nil {
		return nil, err
	}

	done := view.Reversal{Policy: f.Policy, Evidence: f.Evidence, Decision: d, DryRun: r.Bool("dry-run")}
	verdict := fails.word(d.Verdict.String(), d.Summary)
	if d.Verdict != ringpolicy.Rollback {
		return rollbackResult(done, verdict), nil
	}
	reversal := performer(r, c, to).Reversal(f, d, r.Text("reason"), "")
	expected := done
	expected.Moved = append([]string{reversal.Tag}, reversal.Release...)
	if err := r.Ready(ctx, rollbackResult(expected, verdict)); err != nil {
		return nil, err
	}
	done.Moved, done.Left, done.IDs, done.Err = act.RollBack(ctx, c.Registry, to, reversal)
	return rollbackResult(done, verdict), done.Err
}

// manualRollback decides. A target that the registry no longer has does not count, and the next one is looked at.
func manualRollback(ctx context.Context, c *gather.Clients, f *gather.Facts, target string) (ringpolicy.ManualRollback, error) {
	decide := func() (ringpolicy.ManualRollback, error) { return f.Policy.RollbackByHand(f.Evidence, target) }
	return gather.WithGone(ctx, c, f, func() (ringpolicy.ManualRollback, error) { return fault.Compute(ctx, decide) },
		func(d ringpolicy.ManualRollback) (ring, digest string) { return d.Ring, d.To })
}

// rollbackTarget is the image that is named to go back to; the evidence is about another one.
func rollbackTarget(ctx context.Context, r *cli.Run, c *gather.Clients, f gather.Facts) string {
	digest, tag := r.Text("digest"), r.Text("tag")
	switch {
	case tag == "":
		return digest
	case digest != "":
		r.Addf("tag and digest are both given: one of them names the image to go back to")
		return digest
	}
	found, err := gather.Resolve(ctx, c, f.Evidence.Subject.Image, tag)
	r.Add(err)
	return found
}

func rollbackResult(done view.Reversal, verdict string) *cli.Result {
	return &cli.Result{Outputs: done.Outputs(), Text: done.Text(), Summary: done.Markdown(), Notes: done.Notes(), Done: done.Deed(), Verdict: verdict}
}
