package facts

import (
	"context"

	"github.com/wizzense/deployment-rings/action/internal/github"
	"github.com/wizzense/deployment-rings/action/internal/github/facts/ahead"
)

// Ahead asks in few requests for what several questions need, and lets a client that remembers know it, so that [Gather] finds it
// there. It fails in nothing: what it does not find, or not in full, Gather asks for.
func Ahead(ctx context.Context, c *github.Client, questions ...Question) {
	ctx, cancel := c.Bound(ctx)
	defer cancel()
	w := ahead.NewWant()
	for _, q := range questions {
		q.addTo(w)
	}
	ahead.Fetch(ctx, c, w)
}

// addTo adds what the question needs.
func (q Question) addTo(w *ahead.Want) {
	parts := ahead.Parts(0)
	if q.Checks {
		parts |= ahead.Checks
	}
	ofPull := ahead.Comments
	if q.Reviews {
		ofPull |= ahead.Reviews
	}
	if q.People && q.Contributors == nil {
		ofPull |= ahead.Commits
	}
	if q.PullRequest == 0 {
		parts |= ahead.PullRequests
	}
	if q.PullRequest == 0 && q.People {
		parts |= ahead.People
	}
	w.Pull(q.PullRequest, ofPull)
	w.Commit(q.Revision, parts, ofPull)
	w.Pair(ahead.Pair{Base: q.Running, Head: q.Revision}, q.RunningPullRequest)
}
