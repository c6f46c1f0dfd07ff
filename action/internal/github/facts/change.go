package facts

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/wizzense/deployment-rings/action/internal/github"
	"github.com/wizzense/deployment-rings/action/internal/github/facts/posts"
	"github.com/wizzense/deployment-rings/internal/text"
)

// A change is a pull request: https://docs.github.com/rest/pulls/pulls.
type change struct {
	Number int          `json:"number"`
	User   *github.User `json:"user"`
	Head   struct {
		Ref  string `json:"ref"`
		SHA  string `json:"sha"`
		Repo *struct {
			FullName string `json:"full_name"`
		} `json:"repo"`
	} `json:"head"`
	Base struct {
		Ref  string `json:"ref"`
		Repo *struct {
			FullName      string `json:"full_name"`
			DefaultBranch string `json:"default_branch"`
		} `json:"repo"`
	} `json:"base"`
	MergeCommit string    `json:"merge_commit_sha"` // while it is open, that of a merge for tests
	MergedAt    time.Time `json:"merged_at"`
	ClosedAt    time.Time `json:"closed_at"`
}

// Key returns the number, which no other pull request has.
func (p change) Key() any { return p.Number }

func (p change) Lacks() string {
	return cmp.Or(github.IfEmpty("the number of a pull request", p.Number == 0), github.IfEmpty("the commit of a pull request", p.Head.SHA == ""))
}

// mergedAs reports whether the pull request came into its base as a commit.
func (p change) mergedAs(revision string) bool {
	return !p.MergedAt.IsZero() && p.MergeCommit == revision
}

// isFork reports whether the pull request comes from another repository than it goes into, or from one that is gone. Both ends have the
// name that the repository has now. The run may know it by an older one.
func (p change) isFork() bool {
	return p.Head.Repo == nil || p.Base.Repo == nil || !strings.EqualFold(p.Head.Repo.FullName, p.Base.Repo.FullName)
}

// A commit is one with the accounts that its e-mail addresses belong to; nil where they belong to none.
type commit struct {
	SHA       string       `json:"sha"`
	Author    *github.User `json:"author"`
	Committer *github.User `json:"committer"`
	Git       struct {
		Message   string    `json:"message"`
		Author    signature `json:"author"`
		Committer signature `json:"committer"`
	} `json:"commit"`
}

// A signature is what a commit says of who made it.
type signature struct {
	Email string `json:"email"`
}

// Key returns the hash of the commit.
func (c commit) Key() any { return c.SHA }

func (c commit) Lacks() string { return cmp.Or(github.IfEmpty("the hash of a commit", c.SHA == "")) }

// A thread is what GitHub knows of a pull request, and what could not be had of it.
type thread struct {
	change
	commits  []commit // nil: not read
	reviews  []review
	comments []issueComment
	edits    map[string][]posts.Edit // of the comments that were edited, by their node

	changeErr, commitsErr, reviewsErr, commentsErr, editsErr error
}

// read reads what is asked for, except the pull request itself.
func (t *thread) read(ctx context.Context, g *gathering) {
	steps := []func(){func() { t.readComments(ctx, g) }}
	if g.question.Reviews {
		steps = append(steps, func() { t.reviews, t.reviewsErr = partOf[review](ctx, g, t, "pulls", "reviews") })
	}
	if g.question.People && g.question.Contributors == nil {
		steps = append(steps, func() { t.readCommits(ctx, g) })
	}
	inParallel(steps...)
}

// readCommits reads the commits, unless they were read.
func (t *thread) readCommits(ctx context.Context, g *gathering) {
	if t.commits == nil && t.commitsErr == nil {
		t.commits, t.commitsErr = partOf[commit](ctx, g, t, "pulls", "commits")
	}
}

// readComments reads the comments, and what those that were edited said before.
func (t *thread) readComments(ctx context.Context, g *gathering) {
	t.comments, t.commentsErr = partOf[issueComment](ctx, g, t, "issues", "comments")
	var edited []posts.Post
	for _, x := range t.comments {
		if p := x.post(); p.Edited() {
			edited = append(edited, p)
		}
	}
	op := github.Operation{Doing: fmt.Sprintf("read what %s of pull request #%d said before", text.Plural(len(edited), "edited comment"), t.Number), Needs: "pull-requests: read"}
	t.edits, t.editsErr = posts.EditsOf(ctx, g.Client, op, "IssueComment", edited)
}

// partOf reads a list of a pull request, which GitHub keeps with the pull requests or with the issues.
func partOf[T github.Item](ctx context.Context, g *gathering, t *thread, with, part string) ([]T, error) {
	op := github.Operation{Doing: fmt.Sprintf("read the %s of pull request #%d", part, t.Number), Needs: "pull-requests: read"}
	return github.List[T](ctx, g.Client, op, g.Path(with, strconv.Itoa(t.Number), part))
}

// threadOf finds the pull request that the image is of, and reads it; nil when the image is of none.
//
// The number in the label of an image is a claim, by which it could borrow the approvals of another change. It counts
// when the commit of the image is the head, the merge commit or a commit of that pull request.
func (g *gathering) threadOf(ctx context.Context) (*thread, error) {
	if g.question.Revision == "" {
		return nil, errNoRevision
	}
	if g.question.PullRequest != 0 {
		t := g.claimed(ctx)
		owns, err := t.owns(ctx, g, g.question.Revision)
		if owns || err != nil {
			return t, err
		}
		g.remark(fmt.Sprintf("the image says that it is of pull request #%d, but its commit %s is none of it", t.Number, text.ShortCommit(g.question.Revision)))
	}
	return g.lookedUp(ctx)
}

// claimed reads the pull request that the image names, and all about it, at once.
func (g *gathering) claimed(ctx context.Context) *thread {
	number := g.question.PullRequest
	t := &thread{change: change{Number: number}}
	var found change
	inParallel(
		func() { found, t.changeErr = g.pull(ctx, number) },
		func() { t.read(ctx, g) },
	)
	t.change = found
	t.Number = number
	return t
}

// pull reads one pull request.
func (g *gathering) pull(ctx context.Context, number int) (change, error) {
	op := github.Operation{Doing: fmt.Sprintf("read pull request #%d", number), Needs: "pull-requests: read"}
	found, err := github.Get[change](ctx, g.Client, op, g.Path("pulls", strconv.Itoa(number)))
	if err == nil && found.Number != number {
		err = g.Explain(op, errors.New("the answer is about something else"))
	}
	return found, err
}

// owns reports whether a commit is of the pull request.
func (t *thread) owns(ctx context.Context, g *gathering, revision string) (bool, error) {
	switch {
	case t.changeErr != nil:
		return false, t.changeErr
	case t.Head.SHA == revision || t.mergedAs(revision):
		return true, nil
	}
	t.readCommits(ctx, g)
	return slices.ContainsFunc(t.commits, func(c commit) bool { return c.SHA == revision }), t.commitsErr
}

// lookedUp finds the pull request by the commit: the one that was merged as it, else the one whose head it is, else
// the one that has it. One of a fork does not compete with those of the repository, since anybody can open it. Where that
// leaves several, what was said about the image is not known.
func (g *gathering) lookedUp(ctx context.Context) (*thread, error) {
	revision := g.question.Revision
	all, op, err := g.pullsOf(ctx, revision)
	if err != nil {
		return nil, err
	}
	ours := prefer(all, func(p change) bool { return !p.isFork() })
	best := prefer(ours,
		func(p change) bool { return p.mergedAs(revision) },
		func(p change) bool { return p.Head.SHA == revision })
	switch len(best) {
	case 0:
		return nil, nil
	case 1:
		t := &thread{change: best[0]}
		t.read(ctx, g)
		return t, nil
	}
	return nil, g.Explain(op, fmt.Errorf("it is of several (%s): let the image have the label pr.number, or give the facts in an evidence file", numbers(best)))
}

// pullsOf reads the pull requests that have a commit, or were merged as it.
func (g *gathering) pullsOf(ctx context.Context, revision string) ([]change, github.Operation, error) {
	op := github.Operation{Doing: "find the pull request of commit " + text.ShortCommit(revision), Needs: "pull-requests: read"}
	all, err := github.List[change](ctx, g.Client, op, g.Path("commits", revision, "pulls"))
	return all, op, err
}

// prefer returns the pull requests that fit the first description that any of them fits; all if none fits any.
func prefer(all []change, fits ...func(change) bool) []change {
	for _, fit := range fits {
		if some := slices.DeleteFunc(slices.Clone(all), func(p change) bool { return !fit(p) }); len(some) > 0 {
			return some
		}
	}
	return all
}

func numbers(all []change) string {
	var names []string
	for _, p := range all {
		names = append(names, "#"+strconv.Itoa(p.Number))
	}
	return strings.Join(names, ", ")
}

// author returns who opened the pull request. The account ghost stands for deleted accounts.
func (p change) author() string { return cmp.Or(p.User.Account(), "ghost") }
