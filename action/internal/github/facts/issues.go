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

	"github.com/wizzense/deployment-rings/action/internal/comment"
	"github.com/wizzense/deployment-rings/action/internal/github"
	"github.com/wizzense/deployment-rings/action/internal/github/facts/posts"
	"github.com/wizzense/deployment-rings/internal/text"
	"github.com/wizzense/deployment-rings/ringpolicy"
)

// LockLabel is the label of issues that keep every image out of a ring.
const LockLabel = "deployment-lock"

// An issue is one, or a pull request: https://docs.github.com/rest/issues/issues.
type issue struct {
	Number      int          `json:"number"`
	Node        string       `json:"node_id"`
	Body        string       `json:"body"`
	User        *github.User `json:"user"`
	Association string       `json:"author_association"`
	CreatedAt   time.Time    `json:"created_at"`
	ClosedAt    time.Time    `json:"closed_at"`
	PullRequest *struct{}    `json:"pull_request"`
	Page        string       `json:"html_url"`
}

// Key returns the number of the issue.
func (i issue) Key() any { return i.Number }

func (i issue) Lacks() string { return cmp.Or(github.IfEmpty("the number of an issue", i.Number == 0)) }

// openIssues reads the open issues with a label, without pull requests.
func (g *gathering) openIssues(ctx context.Context, label string) ([]issue, error) {
	op := github.Operation{Doing: fmt.Sprintf("read the open issues with the label %.80q", label), Needs: "issues: read"}
	if strings.Contains(label, ",") {
		return nil, g.Explain(op, errors.New("GitHub takes a comma for the end of a label"))
	}
	all, err := github.List[issue](ctx, g.Client, op, g.Path("issues")+"?state=open&labels="+url.QueryEscape(label))
	return slices.DeleteFunc(all, func(i issue) bool { return i.PullRequest != nil }), err
}

// gatherIncidents reads the open issues that have a severity as label. The API has no "one of these labels", so each
// severity is a list of its own.
func (g *gathering) gatherIncidents(ctx context.Context) {
	severities := slices.Clone(g.question.Severities)
	slices.Sort(severities)
	severities = slices.Compact(severities)
	found, errs := make([][]issue, len(severities)), make([]error, len(severities))
	var all []func()
	for i, s := range severities {
		all = append(all, func() { found[i], errs[i] = g.openIssues(ctx, s) })
	}
	inParallel(all...)
	if err := github.Joined(errs...); err != nil {
		g.missed(err, KindIncidents)
		return
	}
	incidents := []ringpolicy.Incident{}
	for i, s := range severities {
		for _, x := range found[i] {
			incidents = append(incidents, ringpolicy.Incident{ID: fmt.Sprintf("#%d", x.Number), Severity: s, OpenedAt: x.CreatedAt, ClosedAt: x.ClosedAt, URL: x.Page})
		}
	}
	from := text.Plural(len(incidents), "open issue") + " with a severity as label"
	g.found(KindIncidents, from, func(f *Facts) { f.Incidents = incidents })
}

func (i issue) post() posts.Post {
	return posts.Post{
		Place: fmt.Sprintf("issue #%d", i.Number), Page: i.Page, Node: i.Node, User: i.User, Bot: i.User.IsBot(),
		Association: i.Association, Created: i.CreatedAt, Updated: i.CreatedAt, Body: i.Body,
	}
}

// issueLocks reads the locks in the bodies of open issues that have the label, by all that they ever said. An issue does
// not say when it was edited, so the history of all is read.
func (g *gathering) issueLocks(ctx context.Context) ([]ringpolicy.Lock, error) {
	all, err := g.openIssues(ctx, LockLabel)
	if err != nil {
		return nil, err
	}
	var labelled []posts.Post
	for _, i := range all {
		labelled = append(labelled, i.post())
	}
	op := github.Operation{Doing: fmt.Sprintf("read what %s with the label %s said before", text.Plural(len(labelled), "open issue"), LockLabel), Needs: "issues: read"}
	edits, err := posts.EditsOf(ctx, g.Client, op, "Issue", labelled)
	if err != nil {
		return nil, err
	}
	locks := []ringpolicy.Lock{}
	for _, p := range labelled {
		some, unknown := g.locksIn(p, edits[p.Node])
		locks, err = append(locks, some...), github.Joined(err, unknown)
	}
	return locks, err
}

// locksIn returns the locks of an issue. An issue by a person who may speak locks something: while that cannot be read, the
// locks are not known.
func (g *gathering) locksIn(p posts.Post, edits []posts.Edit) (locks []ringpolicy.Lock, err error) {
	said, remarks, err := p.Hear(edits, g.question.Rings)
	g.remark(remarks...)
	if err != nil {
		return nil, err
	}
	ends := func(by string) string {
		return fmt.Sprintf("It keeps every image out until %s edits it so that a line says %s, or it is closed", by, comment.Lock.Form())
	}
	opened := false
	for _, s := range said {
		switch {
		case s.Verb != comment.Lock && s.Now:
			g.remark(fmt.Sprintf("%s: /%s does not count in an issue", p.Place, s.Verb))
		case s.Verb != comment.Lock:
		case s.Err != nil:
			err = github.Joined(err, fmt.Errorf("%s: %s. %s", p.Place, posts.Misread(s.Line, s.Err), ends(s.By)))
		default:
			opened = opened || github.SameAccount(s.By, p.User.Account())
			locks = append(locks, lockOf(s))
		}
	}
	switch why := p.WhyIgnored(); {
	case why != "" && locks == nil && err == nil:
		g.remark(fmt.Sprintf("%s has the label %s, and locks nothing: its author %s may not", p.Place, LockLabel, p.User.String()))
	case why == "" && !opened && err == nil:
		err = fmt.Errorf("%s has the label %s, and no line that locks a ring. %s", p.Place, LockLabel, ends(p.User.Account()+", who opened it,"))
	}
	return locks, err
}
