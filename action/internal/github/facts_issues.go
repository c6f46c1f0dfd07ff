package github

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/wizzense/deployment-rings/action/internal/event"
	"github.com/wizzense/deployment-rings/ringpolicy"
)

// LockLabel is the label of issues that keep every image out of a ring.
const LockLabel = "deployment-lock"

// An issue is one, or a pull request: https://docs.github.com/rest/issues/issues.
type issue struct {
	Number      int       `json:"number"`
	Body        string    `json:"body"`
	User        *user     `json:"user"`
	Association string    `json:"author_association"`
	CreatedAt   time.Time `json:"created_at"`
	ClosedAt    time.Time `json:"closed_at"`
	PullRequest *struct{} `json:"pull_request"`
	Page        string    `json:"html_url"`
}

func (i issue) lacks() string { return firstEmpty(field{"the number of an issue", i.Number == 0}) }

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
	a := aim{fmt.Sprintf("read the open issues with the label %.80q", label), "issues: read"}
	if strings.Contains(label, ",") {
		return nil, g.explain(a, errors.New("GitHub takes a comma for the end of a label"))
	}
	all, err := list[issue](ctx, g.Client, a, g.path("issues")+"?state=open&labels="+url.QueryEscape(label))
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
	from := count(len(incidents), "open issue") + " with a severity as label"
	g.found("incidents", from, func(f *Facts) { f.Incidents = incidents })
}

// issueLocks reads the locks in the bodies of open issues that have the label and whose author may lock.
func (g *gathering) issueLocks(ctx context.Context) ([]ringpolicy.Lock, error) {
	all, err := g.openIssues(ctx, LockLabel)
	if err != nil {
		return nil, err
	}
	locks := []ringpolicy.Lock{}
	for _, i := range all {
		locks = append(locks, g.locksIn(i)...)
	}
	return locks, nil
}

func (g *gathering) locksIn(i issue) []ringpolicy.Lock {
	place := fmt.Sprintf("issue #%d", i.Number)
	if !trusted(i.Association) {
		g.remark(fmt.Sprintf("%s has the label %s, and locks nothing: its author %s may not", place, LockLabel, named(i.User)))
		return nil
	}
	var locks []ringpolicy.Lock
	for _, line := range event.Commands(i.Body) {
		switch c, ours, err := ParseCommand(line, g.question.Rings); {
		case err != nil:
			g.remark(place + ": " + misread(line, err))
		case !ours:
		case c.Verb != Lock:
			g.remark(fmt.Sprintf("%s: /%s does not count in an issue", place, c.Verb))
		default:
			locks = append(locks, ringpolicy.Lock{Ring: c.Ring, By: i.User.login(), Reason: c.Reason, Expires: c.Until, URL: i.Page})
		}
	}
	if locks == nil {
		g.remark(fmt.Sprintf("%s has the label %s, and no line that locks a ring", place, LockLabel))
	}
	return locks
}

// trusted tells whether someone with this association to the repository may speak for it.
func trusted(association string) bool {
	return slices.Contains([]string{"OWNER", "MEMBER", "COLLABORATOR"}, association)
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
