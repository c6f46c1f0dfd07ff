package facts

import (
	"context"
	"errors"
	"fmt"

	"github.com/wizzense/deployment-rings/action/internal/github"
	"github.com/wizzense/deployment-rings/internal/text"
	"github.com/wizzense/deployment-rings/ringpolicy"
)

// gatherAncestry compares the commit of the image with what the ring runs.
func (g *gathering) gatherAncestry(ctx context.Context) {
	base, head := g.question.Running, g.question.Revision
	switch {
	case base == "":
		return
	case head == "":
		g.missed(errNoRevision, KindAncestry)
		return
	}
	from := "comparison of " + text.ShortCommit(head) + " with " + text.ShortCommit(base)
	status, err := g.compare(ctx, base, head)
	if err == nil && status == ringpolicy.AncestryDiverged {
		status, from, err = g.compareMerged(ctx, from)
	}
	g.note(KindAncestry, from, err, func(f *Facts) { f.Ancestry = status })
}

// compareMerged looks again at commits that diverged, since a squash or a rebase leaves the head of a pull request outside of
// the history. What the ring runs counts as the commit that its pull request was merged as: an image that has that
// commit follows it. An image whose own pull request was merged before is older. The commit that it was merged as
// has what other pull requests brought, which the image may lack, so that commit does not count for the image.
func (g *gathering) compareMerged(ctx context.Context, from string) (ringpolicy.Ancestry, string, error) {
	base := g.question.Running
	running, err := g.mergedWith(ctx, base, g.question.RunningPullRequest)
	switch {
	case running == nil:
		return ringpolicy.AncestryDiverged, from, err
	case !github.IsCommit(running.MergeCommit):
		op := github.Operation{Doing: fmt.Sprintf("find the commit that pull request #%d was merged as", running.Number), Needs: "pull-requests: read"}
		return "", "", g.Explain(op, errors.New("the answer lacks it"))
	}
	if t, err := g.subject(); err == nil && t != nil && t.isBefore(*running, base) {
		return ringpolicy.AncestryBehind, fmt.Sprintf("pull request #%d, merged before #%d, which the ring runs", t.Number, running.Number), nil
	}
	if running.MergeCommit == base {
		return ringpolicy.AncestryDiverged, from, nil
	}
	status, err := g.compare(ctx, running.MergeCommit, g.question.Revision)
	return status, fmt.Sprintf("comparison of %s with %s, as which pull request #%d was merged", text.ShortCommit(g.question.Revision), text.ShortCommit(running.MergeCommit), running.Number), err
}

// isBefore reports whether a pull request came into a branch before another one, of which the ring runs a commit, or as that commit.
func (p change) isBefore(other change, runs string) bool {
	return p.mergedAs(runs) || !p.MergedAt.IsZero() && p.MergedAt.Before(other.MergedAt) && p.Base.Ref == other.Base.Ref
}

// mergedWith returns the pull request with which a commit came into its branch; nil if it is none that was merged, or if that is not
// certain. As in the label of an image, the number is a claim, and counts only when the commit is of that pull request.
func (g *gathering) mergedWith(ctx context.Context, revision string, number int) (*change, error) {
	var found change
	var err error
	switch t, _ := g.subject(); {
	case number == 0:
		return g.lookUpMerged(ctx, revision)
	case t != nil && t.Number == number && t.changeErr == nil:
		found = t.change
	default:
		found, err = g.pull(ctx, number)
	}
	if err != nil || found.MergedAt.IsZero() {
		return nil, err
	}
	t := &thread{change: found}
	if owns, err := t.owns(ctx, g, revision); !owns {
		return nil, err
	}
	return &found, nil
}

// lookUpMerged finds the pull request with which a commit came into its branch by the commit.
func (g *gathering) lookUpMerged(ctx context.Context, revision string) (*change, error) {
	all, _, err := g.pullsOf(ctx, revision)
	if err != nil {
		return nil, err
	}
	merged := prefer(all, func(p change) bool { return !p.MergedAt.IsZero() })
	best := prefer(merged,
		func(p change) bool { return p.mergedAs(revision) },
		func(p change) bool { return p.Head.SHA == revision })
	if len(best) != 1 || best[0].MergedAt.IsZero() {
		return nil, nil
	}
	return &best[0], nil
}

func (g *gathering) compare(ctx context.Context, base, head string) (ringpolicy.Ancestry, error) {
	if base == head {
		return ringpolicy.AncestryIdentical, nil
	}
	op := github.Operation{Doing: "compare commit " + text.ShortCommit(head) + " with " + text.ShortCommit(base), Needs: "contents: read"}
	got, err := github.Get[struct {
		Status ringpolicy.Ancestry `json:"status"`
	}](ctx, g.Client, op, g.Path("compare", base+"..."+head)+"?per_page=1")
	if err != nil {
		return "", err
	}
	switch got.Status {
	case ringpolicy.AncestryAhead, ringpolicy.AncestryIdentical, ringpolicy.AncestryBehind, ringpolicy.AncestryDiverged:
		return got.Status, nil
	}
	return "", g.Explain(op, errors.New("the answer is none of ahead, identical, behind and diverged"))
}
