package command

import (
	"cmp"
	"context"

	"github.com/wizzense/deployment-rings/action/internal/act"
	"github.com/wizzense/deployment-rings/action/internal/cli"
	"github.com/wizzense/deployment-rings/action/internal/fault"
	"github.com/wizzense/deployment-rings/action/internal/gather"
	"github.com/wizzense/deployment-rings/action/internal/ledger"
	"github.com/wizzense/deployment-rings/action/internal/view"
	"github.com/wizzense/deployment-rings/ringpolicy"
	"github.com/wizzense/deployment-rings/tagging"
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

	d, err := fault.Compute(ctx, func() (ringpolicy.ManualRollback, error) {
		return f.Policy.RollbackByHand(f.Evidence, target)
	})
	if err != nil {
		return nil, err
	}

	done := view.Reversal{Policy: f.Policy, Evidence: f.Evidence, Decision: d, DryRun: r.Bool("dry-run")}
	verdict := fails.word(d.Verdict.String(), d.Summary)
	if d.Verdict != ringpolicy.Rollback {
		return rollbackResult(done, verdict), nil
	}
	ring, _ := f.Policy.Ring(d.Ring)
	expected := done
	expected.Moved = []string{tagging.LatestOf(ring.Tag)}
	if err := r.Ready(ctx, rollbackResult(expected, verdict)); err != nil {
		return nil, err
	}
	entry := ledger.Entry{At: clock(r), Ring: d.Ring, Images: f.Names(), Reason: cmp.Or(r.Text("reason"), "rolled back by hand"), URL: runURL(r)}
	done.Moved, done.IDs, done.Err = act.RollBack(ctx, c.Registry, to, act.Reversal{
		Images: f.Names(), Digest: d.To, Tag: tagging.LatestOf(ring.Tag), DryRun: done.DryRun,
		Entries: act.Reversed(entry, d, f.Evidence.Rings[d.Ring].History),
	})
	return rollbackResult(done, verdict), done.Err
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
	return &cli.Result{Outputs: done.Outputs(), Text: done.Text(), Summary: done.Markdown(), Done: done.Deed(), Verdict: verdict}
}
