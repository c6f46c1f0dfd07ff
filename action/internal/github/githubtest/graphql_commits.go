package githubtest

import (
	"slices"
	"strconv"
	"strings"
	"time"
)

// values resolves fields that have a value each: nil, a text, a number, a time, or what has fields of its own.
func values(of string, all map[string]any) resolver {
	return func(f field) (any, error) {
		v, ok := all[f.name]
		if !ok {
			return unknownField(f, of)
		}
		if list, ok := v.([]resolver); ok {
			return page(f, list)
		}
		return v, nil
	}
}

// orNull keeps what is not there from being an interface that is not nil.
func orNull[T any](p *T, show func(T) any) any {
	if p == nil {
		return nil
	}
	return show(*p)
}

func timeOrNull(t *time.Time) any { return orNull(t, func(t time.Time) any { return t }) }

// actor is an account as GraphQL tells it: without the end of the login of a bot.
func (u *User) actor() any {
	return orNull(u, func(u User) any {
		return values("Actor", map[string]any{"__typename": u.Type, "login": strings.TrimSuffix(u.Login, "[bot]")})
	})
}

// gitActor is who made a commit. The account is one of a person, never of a bot.
func gitActor(s Signature, u *User) resolver {
	var person any
	if u != nil && u.Type == "User" {
		person = values("User", map[string]any{"login": u.Login})
	}
	return values("GitActor", map[string]any{"email": s.Email, "user": person})
}

// commitField gives what GraphQL tells of a commit besides its authors and deployments.
func (c *call) commitField(x Commit, f field) (any, error) {
	switch f.name {
	case "message":
		return x.Git.Message, nil
	case "author":
		return gitActor(x.Git.Author, x.Author), nil
	case "committer":
		return gitActor(x.Git.Committer, x.Committer), nil
	case "parents":
		return page(f, c.parents(x))
	case "history":
		return page(f, c.history(x))
	case "checkSuites":
		return page(f, c.suites(x.SHA))
	case "associatedPullRequests":
		return page(f, c.pullResolvers(x.SHA))
	case "status":
		if slices.ContainsFunc(c.state.Statuses, func(s Status) bool { return s.SHA == x.SHA }) {
			return values("Status", map[string]any{"id": "SC_" + x.SHA}), nil
		}
		return nil, nil
	}
	return unknownField(f, "Commit")
}

func (c *call) parents(x Commit) (all []resolver) {
	for _, p := range x.Parents {
		all = append(all, values("Commit", map[string]any{"oid": p.SHA}))
	}
	return all
}

// history is a commit and all before it, in the order in which the state has them backwards.
func (c *call) history(x Commit) (all []resolver) {
	before := c.ancestors(x.SHA)
	all = append(all, c.commitObject(x))
	for _, y := range slices.Backward(c.state.Commits) {
		if before[y.SHA] && y.SHA != x.SHA {
			all = append(all, c.commitObject(y))
		}
	}
	return all
}

// suites are the check suites of a commit: those of its check runs, and those of workflow runs that have no job yet.
func (c *call) suites(sha string) (all []resolver) {
	type key struct {
		id  int64
		app string
	}
	slug := func(r CheckRun) string {
		if r.App == nil {
			return ""
		}
		return r.App.Slug
	}
	runs := map[key][]CheckRun{}
	var order []key
	for _, r := range newestFirst(c.state.CheckRuns, func(r CheckRun) bool { return r.HeadSHA == sha }) {
		k := key{r.CheckSuite.ID, slug(r)}
		if runs[k] == nil {
			order = append(order, k)
		}
		runs[k] = append(runs[k], r)
	}
	shown := func(r CheckRun) resolver {
		return values("CheckRun", map[string]any{
			"databaseId": r.ID, "name": r.Name, "status": strings.ToUpper(r.Status), "startedAt": timeOrNull(r.StartedAt), "completedAt": timeOrNull(r.CompletedAt),
			"conclusion": orNull(r.Conclusion, func(s string) any { return strings.ToUpper(s) }), "detailsUrl": r.DetailsURL, "permalink": r.HTMLURL,
		})
	}
	for _, r := range c.state.Runs {
		if r.HeadSHA == sha && !slices.ContainsFunc(order, func(k key) bool { return k.id == r.CheckSuiteID }) {
			order = append(order, key{r.CheckSuiteID, "github-actions"})
		}
	}
	for _, k := range order {
		var app, run any
		if k.app != "" {
			app = values("App", map[string]any{"slug": k.app})
		}
		if slices.ContainsFunc(c.state.Runs, func(r Run) bool { return r.HeadSHA == sha && r.CheckSuiteID == k.id }) {
			run = values("WorkflowRun", map[string]any{"id": "WFR_" + strconv.FormatInt(k.id, 10)})
		}
		of := values("CheckSuite", map[string]any{"databaseId": k.id, "app": app, "workflowRun": run})
		all = append(all, func(f field) (any, error) {
			if f.name != "checkRuns" {
				return of(f)
			}
			found := runs[k]
			if filter, _ := f.arguments["filterBy"].(map[string]any); filter["checkType"] != "ALL" {
				found = latest(slices.Clone(found))
			}
			var some []resolver
			for _, r := range found {
				some = append(some, shown(r))
			}
			return page(f, some)
		})
	}
	return all
}

// pullResolvers are the pull requests of a commit.
func (c *call) pullResolvers(sha string) (all []resolver) {
	for _, p := range c.pullsWith(sha) {
		all = append(all, c.pullObject(p))
	}
	return all
}

func (r *Repository) named(also map[string]any) any {
	return orNull(r, func(r Repository) any {
		all := map[string]any{"nameWithOwner": r.FullName}
		for name, value := range also {
			all[name] = value
		}
		return values("Repository", all)
	})
}

func (c *call) pullObject(p Pull) resolver {
	p = c.based(p)
	state := strings.ToUpper(p.State)
	if p.MergedAt != nil {
		state = "MERGED"
	}
	var merge any
	if p.MergedAt != nil && p.MergeCommitSHA != nil {
		merge = values("Commit", map[string]any{"oid": *p.MergeCommitSHA})
	}
	var commits, reviews, comments []resolver
	for _, sha := range p.SHAs {
		x, _ := c.find(sha)
		commits = append(commits, values("PullRequestCommit", map[string]any{"commit": c.commitObject(x)}))
	}
	for _, r := range c.state.Reviews {
		if r.Pull == p.Number {
			reviews = append(reviews, r.object())
		}
	}
	for _, x := range c.state.Comments {
		if x.Issue == p.Number {
			comments = append(comments, x.object())
		}
	}
	return values("PullRequest", map[string]any{
		"number": p.Number, "state": state, "isDraft": p.Draft, "closedAt": timeOrNull(p.ClosedAt), "mergedAt": timeOrNull(p.MergedAt),
		"headRefName": p.Head.Ref, "headRefOid": p.Head.SHA, "headRepository": p.Head.Repo.named(nil), "baseRefName": p.Base.Ref,
		"baseRepository": p.Base.Repo.named(map[string]any{"defaultBranchRef": values("Ref", map[string]any{"name": p.Base.Repo.DefaultBranch})}),
		"mergeCommit":    merge, "author": p.User.actor(), "commits": commits, "reviews": reviews, "comments": comments,
	})
}

// object is a review. Its commit is null where that is gone.
func (r Review) object() resolver {
	return values("PullRequestReview", map[string]any{
		"fullDatabaseId": strconv.FormatInt(r.ID, 10), "state": r.State, "submittedAt": timeOrNull(r.SubmittedAt), "authorAssociation": r.AuthorAssociation, "url": r.HTMLURL,
		"commit": orNull(r.CommitID, func(sha string) any { return values("Commit", map[string]any{"oid": sha}) }), "author": r.User.actor(),
	})
}

// object is a comment. Whether an app wrote it for a person is not told.
func (x Comment) object() resolver {
	return values("IssueComment", map[string]any{
		"fullDatabaseId": strconv.FormatInt(x.ID, 10), "id": x.node(), "body": x.Body, "createdAt": x.CreatedAt, "updatedAt": x.UpdatedAt,
		"authorAssociation": x.AuthorAssociation, "url": x.HTMLURL, "author": x.User.actor(),
	})
}

// newestComments are all comments of the repository, the newest first.
func (c *call) newestComments() {
	pageOf(c, each(newestFirst(c.state.Comments, func(Comment) bool { return true }), Comment.shown), bare)
}
