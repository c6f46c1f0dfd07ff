package facts

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/wizzense/deployment-rings/action/internal/github"
	"github.com/wizzense/deployment-rings/action/internal/github/facts/authors"
	"github.com/wizzense/deployment-rings/internal/text"
)

// webFlow is the account by which GitHub itself commits what people do on its pages. It is not a person.
const webFlow = "web-flow"

// webFlowAddress is its e-mail address, which stands for no person either.
const webFlowAddress = "noreply@github.com"

// maxCommits is how many commits of a pull request GitHub lists.
const maxCommits = 250

// contributors returns all who wrote, committed or pushed a commit of the pull request.
func (g *gathering) contributors(ctx context.Context, t *thread) ([]string, error) {
	switch {
	case t.commitsErr != nil:
		return nil, t.commitsErr
	case len(t.commits) == 0:
		return nil, fmt.Errorf("GitHub lists no commit of pull request #%d: give contributors in an evidence file", t.Number)
	case len(t.commits) >= maxCommits:
		return nil, fmt.Errorf("pull request #%d has %d commits or more, and GitHub lists no more of them: give contributors in an evidence file", t.Number, maxCommits)
	}
	var writers, pushers []string
	var writersErr, pushersErr error
	inParallel(
		func() { writers, writersErr = g.writers(ctx, t.commits) },
		func() { pushers, pushersErr = g.pushers(ctx, t) },
	)
	return people(slices.Concat(writers, pushers)), github.Joined(writersErr, pushersErr)
}

// people returns the accounts of persons, each once.
func people(logins []string) []string {
	all := slices.DeleteFunc(append([]string{}, logins...), func(login string) bool { return login == webFlow })
	slices.Sort(all)
	return slices.Compact(all)
}

// writers returns the authors, the committers and the co-authors of commits.
func (g *gathering) writers(ctx context.Context, commits []commit) ([]string, error) {
	accounts, err := authors.Of(ctx, g.Client, messagesOf(commits))
	if err != nil {
		return nil, err
	}
	var all []string
	remarked := map[string]bool{}
	add := func(c commit, kind, login, address string) {
		address = strings.ToLower(address)
		switch {
		case login != "":
			all = append(all, login)
		case address != webFlowAddress && !remarked[address]:
			remarked[address] = true
			g.remark(fmt.Sprintf("the %s of commit %s is not among the contributors, because the address %.120q belongs to no account", kind, text.ShortCommit(c.SHA), address))
		}
	}
	for _, c := range commits {
		add(c, "author", c.Author.Account(), c.Git.Author.Email)
		add(c, "committer", c.Committer.Account(), c.Git.Committer.Email)
		for _, address := range authors.In(c.Git.Message) {
			add(c, "co-author", cmp.Or(authors.LoginIn(address), accounts[c.SHA][strings.ToLower(address)]), address)
		}
		for _, login := range accounts[c.SHA] {
			all = append(all, login) // what GitHub takes for a co-author and authors.In does not
		}
	}
	return slices.DeleteFunc(all, func(login string) bool { return login == "" }), nil
}

func messagesOf(commits []commit) []authors.Commit {
	var all []authors.Commit
	for _, c := range commits {
		all = append(all, authors.Commit{SHA: c.SHA, Message: c.Git.Message})
	}
	return all
}

// pushers returns the accounts that pushed the commits of a pull request to its branch.
func (g *gathering) pushers(ctx context.Context, t *thread) ([]string, error) {
	pushes, err := g.pushesTo(ctx, t.change)
	if err != nil {
		return nil, err
	}
	own := map[string]bool{t.Head.SHA: true}
	for _, c := range t.commits {
		own[c.SHA] = true
	}
	pushes = bringing(own, t.heads(pushes))
	n := len(pushes)
	if n == 0 || pushes[n-1].After != t.Head.SHA || own[pushes[0].Before] {
		return nil, fmt.Errorf("GitHub does not tell who pushed all commits of pull request #%d: give contributors in an evidence file", t.Number)
	}
	isGone := func(x push) bool { return x.Actor.Account() == "" }
	if i := slices.IndexFunc(pushes, isGone); i >= 0 {
		g.remark(fmt.Sprintf("whoever pushed commit %s is not among the contributors, because the account is gone", text.ShortCommit(pushes[i].After)))
	}
	var all []string
	for _, x := range slices.DeleteFunc(slices.Clone(pushes), isGone) {
		all = append(all, x.Actor.Login)
	}
	return all, nil
}

// bringing returns the pushes to a branch that may have brought its own commits, oldest first. It goes back to a push whose
// commit is not one of them while every later push added to that: all before it is in the base as well. An earlier
// branch of the same name counts if it had one of the commits.
func bringing(own map[string]bool, pushes []push) []push {
	for i, x := range slices.Backward(pushes) {
		switch {
		case !own[x.After]:
			return pushes[i+1:]
		case x.Kind == "branch_creation" && !slices.ContainsFunc(pushes[:i], func(x push) bool { return own[x.After] }):
			return pushes[i:]
		case x.Kind != "push" && x.Kind != "pr_merge" && x.Kind != "merge_queue_merge":
			return pushes // of what was there before a force-push, something may have come back
		case i > 0 && pushes[i-1].After != x.Before:
			return pushes // a push is missing
		}
	}
	return pushes
}
