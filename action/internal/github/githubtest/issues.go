package githubtest

import (
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
)

func (g *GitHub) issueHandlers() handlers {
	return handlers{
		"GET /issues":                    (*call).issues,
		"GET /issues/comments":           (*call).newestComments,
		"GET /issues/{number}/comments":  (*call).comments,
		"POST /issues/{number}/comments": (*call).comment,
	}
}

// issues are newest first, and pull requests are among them. Without a state only open ones are told; of several
// labels an issue has to have all, without regard to case.
func (c *call) issues() {
	q := c.r.URL.Query()
	state, labels := q.Get("state"), q.Get("labels")
	found := which(c.allIssues(), func(i Issue) bool {
		return (state == "all" || i.State == or(state, "open")) && (labels == "" || i.has(strings.Split(labels, ",")))
	})
	pageOf(c, each(found, Issue.shown), bare)
}

func or(s, otherwise string) string {
	if s == "" {
		return otherwise
	}
	return s
}

func (i Issue) has(labels []string) bool {
	return !slices.ContainsFunc(labels, func(want string) bool {
		return !slices.ContainsFunc(i.Labels, func(l Label) bool { return strings.EqualFold(l.Name, want) })
	})
}

func (c *call) allIssues() []Issue {
	all := slices.Clone(c.state.Issues)
	for _, p := range c.state.Pulls {
		all = append(all, Issue{
			Number: p.Number, State: p.State, Title: p.Title, Body: p.Body, User: p.User, Labels: p.Labels,
			CreatedAt: p.CreatedAt, ClosedAt: p.ClosedAt, PullRequest: &Link{"/pulls/" + strconv.Itoa(p.Number)},
		})
	}
	slices.SortStableFunc(all, func(a, b Issue) int { return b.Number - a.Number })
	return all
}

// shown are issue and comment as the REST API tells them.
func (i Issue) shown() Issue {
	i.NodeID, i.Edits = i.node(), nil
	return i
}

func (x Comment) shown() Comment {
	x.NodeID, x.Edits = x.node(), nil
	return x
}

func (i Issue) node() string { return or(i.NodeID, fmt.Sprintf("I_%d", i.Number)) }

func (x Comment) node() string { return or(x.NodeID, fmt.Sprintf("IC_%d", x.ID)) }

func each[T any](all []T, show func(T) T) []T {
	for i := range all {
		all[i] = show(all[i])
	}
	return all
}

func (c *call) hasIssue() bool {
	if !slices.ContainsFunc(c.allIssues(), func(i Issue) bool { return int64(i.Number) == c.number("number") }) {
		c.missing()
		return false
	}
	return true
}

// comments are in the order in which they came.
func (c *call) comments() {
	if c.hasIssue() {
		found := which(c.state.Comments, func(x Comment) bool { return int64(x.Issue) == c.number("number") })
		pageOf(c, each(found, Comment.shown), bare)
	}
}

// comment adds one, of the owner of the repository.
func (c *call) comment() {
	var sent struct{ Body string }
	if !c.hasIssue() || !c.read(&sent) {
		return
	}
	owner, _, _ := strings.Cut(c.state.Repository, "/")
	added := Comment{
		Issue: int(c.number("number")), ID: int64(len(c.state.Comments) + 1), User: Person(owner), Body: sent.Body,
		AuthorAssociation: "OWNER", CreatedAt: c.clock(), UpdatedAt: c.clock(),
	}
	c.state.Comments = append(c.state.Comments, added)
	c.write(http.StatusCreated, added.shown())
}
