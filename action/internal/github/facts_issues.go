package github

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
	"github.com/wizzense/deployment-rings/internal/text"
	"github.com/wizzense/deployment-rings/ringpolicy"
)

// LockLabel is the label of issues that keep every image out of a ring.
const LockLabel = "deployment-lock"

// An issue is one, or a pull request: https://docs.github.com/rest/issues/issues.
type issue struct {
	Number      int       `json:"number"`
	Node        string    `json:"node_id"`
	Body        string    `json:"body"`
	User        *user     `json:"user"`
	Association string    `json:"author_association"`
	CreatedAt   time.Time `json:"created_at"`
	ClosedAt    time.Time `json:"closed_at"`
	PullRequest *struct{} `json:"pull_request"`
	Page        string    `json:"html_url"`
}

func (i issue) Lacks() string { return cmp.Or(IfEmpty("the number of an issue", i.Number == 0)) }

// A user is an account. A nil one was deleted.
type user struct {
	Login string `json:"login"`
	Type  string `json:"type"`
}

func (u *user) login() string {
	if u == nil {
		return ""
	}
	return u.Login
}

func (u *user) isBot() bool { return u != nil && u.Type != "User" }

// openIssues are those with a label. Pull requests are not issues.
func (g *gathering) openIssues(ctx context.Context, label string) ([]issue, error) {
	op := Operation{Doing: fmt.Sprintf("read the open issues with the label %.80q", label), Needs: "issues: read"}
	if strings.Contains(label, ",") {
		return nil, g.Explain(op, errors.New("GitHub takes a comma for the end of a label"))
	}
	all, err := List[issue](ctx, g.Client, op, g.Path("issues")+"?state=open&labels="+url.QueryEscape(label))
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
	if err := joined(errs...); err != nil {
		g.lack(err, "incidents")
		return
	}
	incidents := []ringpolicy.Incident{}
	for i, s := range severities {
		for _, x := range found[i] {
			incidents = append(incidents, ringpolicy.Incident{ID: fmt.Sprintf("#%d", x.Number), Severity: s, OpenedAt: x.CreatedAt, ClosedAt: x.ClosedAt, URL: x.Page})
		}
	}
	from := text.Plural(len(incidents), "open issue") + " with a severity as label"
	g.found("incidents", from, func(f *Facts) { f.Incidents = incidents })
}

func (i issue) post() post {
	return post{
		place: fmt.Sprintf("issue #%d", i.Number), page: i.Page, node: i.Node, user: i.User, bot: i.User.isBot(),
		association: i.Association, created: i.CreatedAt, updated: i.CreatedAt, body: i.Body,
	}
}

// issueLocks reads the locks in the bodies of open issues that have the label, by all that they ever said. When an issue
// was edited is not told with it, so the history of all is read.
func (g *gathering) issueLocks(ctx context.Context) ([]ringpolicy.Lock, error) {
	all, err := g.openIssues(ctx, LockLabel)
	if err != nil {
		return nil, err
	}
	var posts []post
	for _, i := range all {
		posts = append(posts, i.post())
	}
	op := Operation{Doing: fmt.Sprintf("read what %s with the label %s said before", text.Plural(len(posts), "open issue"), LockLabel), Needs: "issues: read"}
	edits, err := g.editsOf(ctx, op, "Issue", posts)
	if err != nil {
		return nil, err
	}
	locks := []ringpolicy.Lock{}
	for _, p := range posts {
		some, unknown := g.locksIn(p, edits[p.node])
		locks, err = append(locks, some...), joined(err, unknown)
	}
	return locks, err
}

// locksIn are the locks of an issue. One by a person who may speak locks something: while nobody can read what, the
// locks are not known.
func (g *gathering) locksIn(p post, edits []edit) (locks []ringpolicy.Lock, err error) {
	wordings, err := p.wordings(edits)
	if err != nil {
		return nil, err
	}
	ends := func(by string) string {
		return fmt.Sprintf("It keeps every image out until %s edits it so that a line says %s, or it is closed", by, comment.Lock.Form())
	}
	opened := false
	for _, s := range g.hear(p, wordings) {
		switch {
		case s.Verb != comment.Lock:
			g.remarkOn(p, wordings, s.line, fmt.Sprintf("/%s does not count in an issue", s.Verb))
		case s.err != nil:
			err = joined(err, fmt.Errorf("%s: %s. %s", p.place, misread(s.line, s.err), ends(s.by)))
		default:
			opened = opened || sameLogin(s.by, p.user.login())
			locks = append(locks, s.lock())
		}
	}
	switch why := p.silent(); {
	case why != "" && locks == nil && err == nil:
		g.remark(fmt.Sprintf("%s has the label %s, and locks nothing: its author %s may not", p.place, LockLabel, named(p.user)))
	case why == "" && !opened && err == nil:
		err = fmt.Errorf("%s has the label %s, and no line that locks a ring. %s", p.place, LockLabel, ends(p.user.login()+", who opened it,"))
	}
	return locks, err
}

func named(u *user) string {
	if u == nil {
		return "(a deleted account)"
	}
	return u.Login
}

func misread(line string, err error) string {
	return fmt.Sprintf("%.120q is not understood: %v", line, err)
}
