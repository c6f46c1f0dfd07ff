package github

import (
	"context"
	"fmt"
	"net/url"
	"slices"
	"time"

	"github.com/wizzense/deployment-rings/internal/order"
)

// A push is one to the branch of a pull request: https://docs.github.com/rest/repos/repos#list-repository-activities.
type push struct {
	After string    `json:"after"`
	At    time.Time `json:"timestamp"`
	Kind  string    `json:"activity_type"`
}

// heads are what the head of a pull request was at any time. GitHub itself notes when a push came; the dates of
// commits are what their authors say, and so do not count.
type heads struct {
	change
	pushes []push // oldest first; none: not known
}

// headsOf reads the pushes to the branch of a pull request. Those to a fork cannot be had.
func (g *gathering) headsOf(ctx context.Context, p change) (heads, error) {
	if p.isFork(g.repository) {
		g.remark(fmt.Sprintf("pull request #%d comes from another repository, so when its commits were pushed is not known, and comments on it cover none: use reviews", p.Number))
		return heads{}, nil
	}
	a := aim{fmt.Sprintf("read when the branch of pull request #%d was pushed", p.Number), "contents: read"}
	pushes, err := list[push](ctx, g.Client, a, g.path("activity")+"?ref="+url.QueryEscape("refs/heads/"+p.Head.Ref))
	slices.Reverse(pushes)
	order.Sort(pushes, func(a, b push) int { return a.At.Compare(b.At) })
	h := heads{p, slices.DeleteFunc(pushes, p.isNoHead)}
	if n := len(h.pushes); err == nil && (n == 0 || h.pushes[n-1].After != p.Head.SHA) {
		g.remark(fmt.Sprintf("GitHub does not tell when commit %s was pushed, so comments on pull request #%d cover none: use reviews", brief(p.Head.SHA), p.Number))
		h.pushes = nil
	}
	return h, err
}

// isNoHead tells whether a push left the head of the pull request as it was: the branch was deleted, or used again
// after the pull request was closed.
func (p change) isNoHead(x push) bool {
	return x.Kind == "branch_deletion" || !p.ClosedAt.IsZero() && x.At.After(p.ClosedAt)
}

// at is the commit that something said at a time is about; "" when that is in doubt, as with a push in the same
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
