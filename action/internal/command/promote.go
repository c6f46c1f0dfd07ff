package command

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"strconv"
	"strings"

	"github.com/wizzense/deployment-rings/action/internal/candidate"
	"github.com/wizzense/deployment-rings/action/internal/cli"
	"github.com/wizzense/deployment-rings/action/internal/gather"
	"github.com/wizzense/deployment-rings/action/internal/ledger"
	"github.com/wizzense/deployment-rings/action/internal/perform"
	"github.com/wizzense/deployment-rings/action/internal/view"
	"github.com/wizzense/deployment-rings/ringpolicy"
	"github.com/wizzense/deployment-rings/tagging"
)

// runPromote decides as gate does, and on promote moves the tags of the ring to the image and records it.
func runPromote(ctx context.Context, r *cli.Run) (*cli.Result, error) {
	c, fails := clients(r), failOn(r)
	state := ringpolicy.Outcome(r.OneOf("state", string(ringpolicy.OutcomeInProgress), string(ringpolicy.OutcomeSuccess), string(ringpolicy.OutcomeFailure)))
	policy := readPolicy(ctx, r)
	to := needHistory(r, c, policy)
	f := facts(ctx, r, c, policy)
	reading, stop := context.WithCancel(ctx)
	defer stop()
	asked := ask(r)
	asked.Found = func(f gather.Facts) { lookAhead(reading, r, c, f) }
	others, err := candidate.Choose(ctx, &r.Log, c, asked, &f)
	needImage(r, f)
	if err != nil || r.Problems != nil {
		return nil, cmp.Or(r.Problems, err)
	}
	gather.Promoted(ctx, &r.Log, c, &f)
	if r.Problems != nil {
		return nil, r.Problems
	}
	run := performer(r, c, to)
	promotion, err := run.Promotion(f, releaseVersion(r, f), state)
	r.Add(err)
	if r.Problems != nil {
		return nil, r.Problems
	}

	d, err := candidate.Decide(ctx, c, ask(r), &f)
	if err != nil {
		return nil, err
	}
	result, err := decisionResult(r, f, d, others, fails)
	if err != nil {
		return nil, fmt.Errorf("%w: nothing was done", err)
	}

	done := view.Promoted{Wanted: tagging.Names(promotion.Tags.All()), DryRun: r.Bool("dry-run")}
	if d.Verdict == ringpolicy.Noop && state == ringpolicy.OutcomeSuccess && !done.DryRun {
		if err := r.Ready(ctx, promotedResult(result, f, d, others, done, nil)); err != nil {
			return nil, err
		}
		// what a run left that was cut short after it recorded the success
		done.Moved, err = run.Follow(ctx, f, ledger.Entry{At: clock(r), Ring: d.To, Digest: d.Digest, Outcome: state})
	}
	if d.Verdict != ringpolicy.Promote {
		return promotedResult(result, f, d, others, done, err), err
	}
	expected := done
	expected.Moved = done.Wanted
	if err := r.Ready(ctx, promotedResult(result, f, d, others, expected, nil)); err != nil {
		return nil, err
	}
	done.Moved, done.ID, err = run.Promote(ctx, promotion, d.ID)
	return promotedResult(result, f, d, others, done, err), err
}

// lookAhead begins to read what moving the tags takes, while the labels of the image are read: its manifest under every name, and
// where the tags point that evidence and ledger already name.
func lookAhead(ctx context.Context, r *cli.Run, c *gather.Clients, f gather.Facts) {
	ring, _ := f.Policy.Ring(f.File.Subject.To)
	revision, number := f.Expected()
	promotion := tagging.Promotion{RingTag: ring.Tag, Number: number}
	if revision != "" {
		promotion.Release = tagging.Release{Version: r.Text("version"), Revision: revision}
	}
	set, _ := promotion.Tags() // what is wrong with them shows when the labels are known
	for _, name := range f.Names() {
		c.Registry.Ahead(ctx, name, append(tagging.Names(set.All()), f.File.Subject.Digest)...)
	}
}

// releaseVersion returns the version of a release, which goes with the last ring.
func releaseVersion(r *cli.Run, f gather.Facts) string {
	version := r.Text("version")
	if last, _ := f.Policy.Last(); version != "" && last.Name != f.Evidence.Subject.To {
		r.Addf("version: goes with a promotion into the last ring, %s, and not into %s", last.Name, f.Evidence.Subject.To)
	}
	return version
}

// performer carries out what is decided.
func performer(r *cli.Run, c *gather.Clients, to ledger.Ledger) perform.Run {
	return perform.Run{Log: &r.Log, Clients: c, Ledger: to, Entry: newEntry(r), Versions: listedVersions(r), DryRun: r.Bool("dry-run")}
}

// promotedResult is the decision and what came of it, also when acting failed.
func promotedResult(decision *cli.Result, f gather.Facts, d ringpolicy.Decision, others candidate.Others, done view.Promoted, acting error) *cli.Result {
	result := *decision
	result.Outputs = maps.Clone(decision.Outputs)
	result.Outputs["applied"] = strconv.FormatBool(done.Applied() && acting == nil)
	result.Outputs["moved-tags"], result.Outputs["deployment-id"] = strings.Join(done.Moved, "\n"), done.ID
	result.Text += done.Text(d, acting)
	result.Summary = view.DecisionMarkdown(f.Policy, f.Evidence, d, sources(f), done.Markdown(d, acting)+others.Markdown(f.Policy.Timezone()))
	result.Done = done.Deed(d)
	return &result
}
