package command

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/wizzense/deployment-rings/action/internal/act"
	"github.com/wizzense/deployment-rings/action/internal/candidate"
	"github.com/wizzense/deployment-rings/action/internal/cli"
	"github.com/wizzense/deployment-rings/action/internal/gather"
	"github.com/wizzense/deployment-rings/action/internal/ledger"
	"github.com/wizzense/deployment-rings/action/internal/once"
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
	tags := promotedTags(r, f)
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

	done := view.Promoted{Wanted: tagging.Names(tags.All()), DryRun: r.Bool("dry-run")}
	if d.Verdict == ringpolicy.Noop && state == ringpolicy.OutcomeSuccess && !done.DryRun {
		if err := r.Ready(ctx, promotedResult(result, f, d, others, done, nil)); err != nil {
			return nil, err
		}
		// what a run left that was cut short after it recorded the success
		done.Moved, err = followTags(ctx, r, c, to, f, ledger.Entry{At: clock(r), Ring: d.To, Digest: d.Digest, Outcome: state})
	}
	if d.Verdict != ringpolicy.Promote {
		return promotedResult(result, f, d, others, done, err), err
	}
	expected := done
	expected.Moved = done.Wanted
	if err := r.Ready(ctx, promotedResult(result, f, d, others, expected, nil)); err != nil {
		return nil, err
	}
	entry := promotedEntry(r, f, d)
	done.Moved, done.ID, err = act.Promote(ctx, c.Registry, to, act.Promotion{
		Images: f.Names(), Tags: tags, Entry: entry, State: state, DryRun: done.DryRun,
	})
	if entry.Outcome = state; err == nil && !done.DryRun {
		var followed []string
		followed, err = followTags(ctx, r, c, to, f, entry)
		if state == ringpolicy.OutcomeFailure { // they went back
			done.Moved = slices.DeleteFunc(done.Moved, func(tag string) bool { return slices.Contains(followed, tag) })
		} else {
			done.Moved = once.Each(append(done.Moved, followed...))
		}
	}
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

// promotedTags returns the tags that move to the image, and for a release in the last ring those that are new.
func promotedTags(r *cli.Run, f gather.Facts) tagging.Set {
	subject := f.Evidence.Subject
	ring, _ := f.Policy.Ring(subject.To)
	promotion := tagging.Promotion{RingTag: ring.Tag, Number: subject.PullRequest}
	if version := r.Text("version"); version != "" {
		if last, _ := f.Policy.Last(); last.Name != ring.Name {
			r.Addf("version: goes with a promotion into the last ring, %s, and not into %s", last.Name, ring.Name)
		}
		promotion.Release = tagging.Release{Version: version, Revision: subject.Revision, Known: listedVersions(r)}
	}
	set, err := promotion.Tags()
	r.Add(err)
	return set
}

// promotedEntry says that the image is on its way in.
func promotedEntry(r *cli.Run, f gather.Facts, d ringpolicy.Decision) ledger.Entry {
	subject, e := f.Evidence.Subject, newEntry(r)
	e.Ring, e.Outcome, e.Digest, e.Images, e.DecisionID = subject.To, ringpolicy.OutcomeInProgress, d.Digest, f.Names(), d.ID
	e.Revision, e.PullRequest, e.Version = subject.Revision, subject.PullRequest, strings.TrimPrefix(r.Text("version"), "v")
	return e
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
