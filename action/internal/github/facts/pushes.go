package facts

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/wizzense/deployment-rings/action/internal/github"
	"github.com/wizzense/deployment-rings/internal/text"
)

// A push is one to the branch of a pull request: https://docs.github.com/rest/repos/repos#list-repository-activities.
type push struct {
	ID     int64        `json:"id"`
	Before string       `json:"before"`
	After  string       `json:"after"`
	At     time.Time    `json:"timestamp"`
	Kind   string       `json:"activity_type"`
	Actor  *github.User `json:"actor"`
}

// Key returns the number of the push.
func (x push) Key() any { return x.ID }

func (x push) Lacks() string {
	return cmp.Or(github.IfEmpty("the commit of a push", x.After == ""), github.IfEmpty("the time of a push", x.At.IsZero()))
}

// heads has the commits that were the head of a pull request, and when. GitHub itself notes when a push came; the dates of
// commits are what their authors say, and so do not count.
type heads struct {
	change
	pushes []push // oldest first; none: not known
}

// headsOf reads the pushes to the branch of a pull request. Those to a fork cannot be had.
func (g *gathering) headsOf(ctx context.Context, p change) (heads, error) {
	if p.isFork() {
		g.remark(fmt.Sprintf("pull request #%d comes from another repository, so when its commits were pushed is not known, and comments on it cover none: use reviews", p.Number))
		return heads{}, nil
	}
	pushes, err := g.pushesTo(ctx, p)
	h := heads{p, p.heads(pushes)}
	if n := len(h.pushes); err == nil && (n == 0 || h.pushes[n-1].After != p.Head.SHA) {
		g.remark(fmt.Sprintf("GitHub does not tell when commit %s was pushed, so comments on pull request #%d cover none: use reviews", text.ShortCommit(p.Head.SHA), p.Number))
		h.pushes = nil
	}
	return h, err
}

// pushesTo reads the pushes to the branch of a pull request, oldest first, and remembers them: a gathering has one pull
// request in the end. Those to a public fork can be read by everyone.
func (g *gathering) pushesTo(ctx context.Context, p change) ([]push, error) {
	g.pushes.Do(func() { g.pushes.all, g.pushes.err = g.readPushes(ctx, p) })
	return g.pushes.all, g.pushes.err
}

func (g *gathering) readPushes(ctx context.Context, p change) ([]push, error) {
	op := github.Operation{Doing: fmt.Sprintf("read who pushed to the branch of pull request #%d, and when", p.Number), Needs: "contents: read"}
	if p.Head.Repo == nil || !github.IsRepository(p.Head.Repo.FullName) {
		return nil, g.Explain(op, errors.New("the repository that it comes from is gone: give contributors in an evidence file"))
	}
	all, err := github.List[push](ctx, g.Client, op, "/repos/"+p.Head.Repo.FullName+"/activity?ref="+url.QueryEscape("refs/heads/"+p.Head.Ref))
	slices.Reverse(all)
	slices.SortStableFunc(all, func(a, b push) int { return a.At.Compare(b.At) })
	return all, err
}

// heads returns the pushes that changed the head of the pull request.
func (p change) heads(pushes []push) []push {
	return slices.DeleteFunc(slices.Clone(pushes), p.isNoHead)
}

// isNoHead reports whether a push left the head of the pull request as it was: the branch was deleted, or used again
// after the pull request was closed.
func (p change) isNoHead(x push) bool {
	return x.Kind == "branch_deletion" || !p.ClosedAt.IsZero() && x.At.After(p.ClosedAt)
}

// at returns the commit that something said at a time is about; "" if that is not certain, as with a push in the same
// second. After a merge it is the merge commit, if the image is of that.
func (h heads) at(t time.Time, revision string) string {
	if h.mergedAs(revision) && t.After(h.MergedAt) {
		return revision
	}
	head := ""
	for _, x := range h.pushes {
		switch {
		case x.At.Unix() == t.Unix():
			return ""
		case x.At.Before(t):
			head = x.After
		}
	}
	return head
}

// named returns the commit that something said at a time names; "" if that is not certain. The first digits of a commit are
// soon found again, so they name one that was the head by then, if there is no other.
func (h heads) named(commit string, t time.Time, revision string) string {
	if len(commit) == len(revision) {
		return commit
	}
	all, found := h.pushes, ""
	if h.mergedAs(revision) {
		all = append(slices.Clip(all), push{After: revision, At: h.MergedAt})
	}
	for _, x := range all {
		switch {
		case x.At.Unix() > t.Unix() || !strings.HasPrefix(x.After, commit):
		case found != "" && found != x.After:
			return ""
		default:
			found = x.After
		}
	}
	return found
}
