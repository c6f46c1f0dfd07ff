package command

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"strconv"
	"strings"

	"github.com/wizzense/deployment-rings/action/internal/act"
	"github.com/wizzense/deployment-rings/action/internal/candidate"
	"github.com/wizzense/deployment-rings/action/internal/cli"
	"github.com/wizzense/deployment-rings/action/internal/gather"
	"github.com/wizzense/deployment-rings/action/internal/ledger"
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
	others, err := candidate.Choose(ctx, &r.Log, c, ask(r), &f)
	needImage(r, f)
	if err != nil || r.Problems != nil {
		return nil, cmp.Or(r.Problems, err)
	}
	gather.Promoted(ctx, &r.Log, c, &f)
	tags := promotedTags(ctx, r, c, f)
	if r.Problems != nil {
		return nil, r.Problems
	}

	d, err := candidate.Decide(ctx, f)
	if err != nil {
		return nil, err
	}
	result, err := decisionResult(r, f, d, others, fails)
	if err != nil {
		return nil, fmt.Errorf("%w: nothing was done", err)
	}

	done := view.Promoted{Wanted: tagging.Names(tags.All()), DryRun: r.Bool("dry-run")}
	if d.Verdict != ringpolicy.Promote {
		return promotedResult(result, f, d, others, done, nil), nil
	}
	expected := done
	expected.Moved = done.Wanted
	if err := r.Ready(ctx, promotedResult(result, f, d, others, expected, nil)); err != nil {
		return nil, err
	}
	done.Moved, done.ID, err = act.Promote(ctx, c.Registry, to, act.Promotion{
		Images: f.Names(), Tags: tags, Entry: promotedEntry(r, f, d), State: state, DryRun: done.DryRun,
	})
	return promotedResult(result, f, d, others, done, err), err
}

// promotedTags are the tags that move to the image, and for a release in the last ring those that are new.
func promotedTags(ctx context.Context, r *cli.Run, c *gather.Clients, f gather.Facts) tagging.Set {
	subject := f.Evidence.Subject
	ring, _ := f.Policy.Ring(subject.To)
	promotion := tagging.Promotion{RingTag: ring.Tag, Number: subject.PullRequest}
	if version := r.Text("version"); version != "" {
		if last, _ := f.Policy.Last(); last.Name != ring.Name {
			r.Addf("version: goes with a promotion into the last ring, %s, and not into %s", last.Name, ring.Name)
		}
		promotion.Release = tagging.Release{Version: version, Revision: subject.Revision, Known: listedVersions(r)}
		if fromRegistry(r, "known-versions") {
			promotion.Release.Known = gather.PushedVersions(ctx, &r.Log, c, f.Images)
		}
	}
	set, err := promotion.Tags()
	r.Add(err)
	return set
}

// promotedEntry says that the image is on its way in.
func promotedEntry(r *cli.Run, f gather.Facts, d ringpolicy.Decision) ledger.Entry {
	subject := f.Evidence.Subject
	return ledger.Entry{
		At: clock(r), Ring: subject.To, Outcome: ringpolicy.OutcomeInProgress, Digest: d.Digest, Images: f.Names(), Revision: subject.Revision,
		PullRequest: subject.PullRequest, Version: strings.TrimPrefix(r.Text("version"), "v"), DecisionID: d.ID, URL: runURL(r),
	}
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
