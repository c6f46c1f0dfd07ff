package facts

import (
	"cmp"
	"context"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/wizzense/deployment-rings/action/internal/github"
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
	accounts, err := g.coAuthors(ctx, commits)
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
		for _, address := range coAuthorsIn(c.Git.Message) {
			add(c, "co-author", cmp.Or(loginIn(address), accounts[c.SHA][strings.ToLower(address)]), address)
		}
		for _, login := range accounts[c.SHA] {
			all = append(all, login) // what GitHub takes for a co-author and coAuthorsIn does not
		}
	}
	return slices.DeleteFunc(all, func(login string) bool { return login == "" }), nil
}

var (
	coAuthorLine = regexp.MustCompile(`(?im)^[^\S\n]*co-authored-by[^\S\n]*:(.*)$`)
	inBrackets   = regexp.MustCompile(`<([^<>]*)>`)
)

// coAuthorsIn returns the addresses of the co-authors that a message names: "Co-authored-by: NAME <ADDRESS>" on any line.
func coAuthorsIn(message string) []string {
	var all []string
	for _, line := range coAuthorLine.FindAllStringSubmatch(strings.ReplaceAll(message, "\r", "\n"), -1) {
		addresses := inBrackets.FindAllStringSubmatch(line[1], -1)
		if addresses == nil {
			addresses = [][]string{{"", line[1]}}
		}
		for _, address := range addresses {
			all = append(all, strings.TrimSpace(address[1]))
		}
	}
	return all
}

var noReply = regexp.MustCompile(`(?i)^(?:[0-9]+\+)?([a-z0-9-]+(?:\[bot\])?)@users\.noreply\.github\.com$`)

// loginIn returns the account that an address of GitHub itself names, "octocat" in 583231+octocat@users.noreply.github.com;
// "" where it is another address.
func loginIn(address string) string {
	if found := noReply.FindStringSubmatch(address); found != nil {
		return found[1]
	}
	return ""
}

const authorsField = `
    %[1]s: object(oid: $%[1]s) { ... on Commit { oid authors(first: 100) { pageInfo { hasNextPage endCursor } nodes { email user { login } } } } }`

// coAuthors finds the accounts of the authors of commits by commit and by address, in small letters; "" where an address
// has no account. It asks in one request for the commits that have a co-author whose address does not name the account,
// and for no others.
func (g *gathering) coAuthors(ctx context.Context, commits []commit) (map[string]map[string]string, error) {
	owner, name, _ := strings.Cut(g.Repository(), "/")
	variables := map[string]any{"owner": owner, "name": name}
	var declared, fields strings.Builder
	asked := map[string]string{} // the commit by the name of its field
	for i, c := range commits {
		if slices.ContainsFunc(coAuthorsIn(c.Git.Message), func(address string) bool { return loginIn(address) == "" }) {
			alias := fmt.Sprintf("c%d", i)
			asked[alias], variables[alias] = c.SHA, c.SHA
			fmt.Fprintf(&declared, ", $%s: GitObjectID!", alias)
			fmt.Fprintf(&fields, authorsField, alias)
		}
	}
	if len(asked) == 0 {
		return nil, nil
	}
	op := github.Operation{Doing: fmt.Sprintf("read the co-authors of %s", text.Plural(len(asked), "commit")), Needs: "contents: read"}
	asking := fmt.Sprintf("query($owner: String!, $name: String!%s) {\n  repository(owner: $owner, name: $name) {%s\n  }\n}", &declared, &fields)
	found, err := github.Query[struct{ Repository map[string]*authored }](ctx, g.Client, op, asking, variables)
	if err != nil {
		return nil, err
	}
	all := map[string]map[string]string{}
	for alias, sha := range asked {
		if all[sha], err = found.Repository[alias].accounts(sha); err != nil {
			return nil, g.Explain(op, err)
		}
	}
	return all, nil
}

// authored is a commit in GraphQL with its authors, co-authors among them.
type authored struct {
	OID     string
	Authors *github.Connection[struct {
		Email string
		User  *github.User
	}]
}

func (x *authored) accounts(sha string) (map[string]string, error) {
	switch {
	case x == nil || x.OID != sha || x.Authors == nil || len(x.Authors.Nodes) == 0:
		return nil, fmt.Errorf("GitHub tells no authors of commit %s", text.ShortCommit(sha))
	case *x.Authors.PageInfo.HasNextPage:
		return nil, fmt.Errorf("commit %s has more than 100 co-authors: give contributors in an evidence file", text.ShortCommit(sha))
	}
	all := map[string]string{}
	for _, a := range x.Authors.Nodes {
		all[strings.ToLower(a.Email)] = a.User.Account()
	}
	return all, nil
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
