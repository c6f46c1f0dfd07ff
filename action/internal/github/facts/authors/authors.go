// Package authors finds out who the co-authors of commits are: the addresses that a message names, and the accounts that they
// belong to.
package authors

import (
	"context"
	"encoding/json"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/wizzense/deployment-rings/action/internal/github"
	"github.com/wizzense/deployment-rings/internal/text"
)

var (
	coAuthorLine = regexp.MustCompile(`(?im)^[^\S\n]*co-authored-by[^\S\n]*:(.*)$`)
	inBrackets   = regexp.MustCompile(`<([^<>]*)>`)
)

// In returns the addresses of the co-authors that a message names: "Co-authored-by: NAME <ADDRESS>" on any line.
func In(message string) []string {
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

// LoginIn returns the account that an address of GitHub itself names, "octocat" in 583231+octocat@users.noreply.github.com;
// "" where it is another address.
func LoginIn(address string) string {
	if found := noReply.FindStringSubmatch(address); found != nil {
		return found[1]
	}
	return ""
}

// A Commit is one with its message.
type Commit struct{ SHA, Message string }

// Accounts are those of the authors of commits, by commit and by address in small letters; "" where an address has none.
type Accounts map[string]map[string]string

// unknown returns the commits that have a co-author whose address does not name the account.
func unknown(commits []Commit) []string {
	var all []string
	for _, c := range commits {
		if slices.ContainsFunc(In(c.Message), func(address string) bool { return LoginIn(address) == "" }) {
			all = append(all, c.SHA)
		}
	}
	return all
}

func question(commits []string) string { return "authors of " + strings.Join(commits, " ") }

// Of finds the accounts of the authors of commits. It asks in one request for the commits that have a co-author whose address does
// not name the account, and for no others.
func Of(ctx context.Context, c *github.Client, commits []Commit) (Accounts, error) {
	asked := unknown(commits)
	if len(asked) == 0 {
		return nil, nil
	}
	op := operation(asked)
	found, err := c.Once(ctx, op, question(asked), func() (any, error) {
		all, failed, err := ask(ctx, c, op, asked)
		if err != nil {
			return nil, err
		}
		return all, c.Explain(op, failed)
	})
	if err != nil {
		return nil, err
	}
	return found.(Accounts), nil
}

// atOnce limits the commits of a query that asks for those of several lists: GitHub has to answer in time.
const atOnce = 50

// Ahead finds the accounts for several lists of commits in as few requests as it can, and lets the client remember them. What it
// does not find is asked for by [Of].
func Ahead(ctx context.Context, c *github.Client, lists [][]Commit) {
	var every []string
	for _, commits := range lists {
		every = append(every, unknown(commits)...)
	}
	slices.Sort(every)
	known := Accounts{}
	for some := range slices.Chunk(slices.Compact(every), atOnce) {
		found, _, _ := ask(ctx, c, operation(some), some) // what is not there is asked again
		for sha, accounts := range found {
			known[sha] = accounts
		}
	}
	for _, commits := range lists {
		own := Accounts{}
		asked := unknown(commits)
		for _, sha := range asked {
			if accounts, ok := known[sha]; ok {
				own[sha] = accounts
			}
		}
		if len(asked) > 0 && len(own) == len(asked) {
			c.Remember(question(asked), own)
		}
	}
}

func operation(commits []string) github.Operation {
	return github.Operation{Doing: fmt.Sprintf("read the co-authors of %s", text.Plural(len(commits), "commit")), Needs: "contents: read"}
}

const field = `
    %[1]s: object(oid: $%[1]s) { ... on Commit { oid authors(first: 100) { pageInfo { hasNextPage endCursor } nodes { email user { login } } } } }`

// ask reads the authors of commits. The first error is that of one of them, the second that of all.
func ask(ctx context.Context, c *github.Client, op github.Operation, commits []string) (all Accounts, failed, err error) {
	owner, name, _ := strings.Cut(c.Repository(), "/")
	variables := map[string]any{"owner": owner, "name": name}
	var declared, fields strings.Builder
	for i, sha := range commits {
		alias := fmt.Sprintf("c%d", i)
		variables[alias] = sha
		fmt.Fprintf(&declared, ", $%s: GitObjectID!", alias)
		fmt.Fprintf(&fields, field, alias)
	}
	asking := fmt.Sprintf("query($owner: String!, $name: String!%s) {\n  repository(owner: $owner, name: $name) {%s\n  }\n}", &declared, &fields)
	reply, err := github.QueryParts(ctx, c, op, asking, variables)
	var answer struct{ Repository map[string]json.RawMessage }
	if err == nil {
		err = json.Unmarshal(reply.Data, &answer)
	}
	if err != nil {
		return nil, nil, err
	}
	all = Accounts{}
	for i, sha := range commits {
		alias := fmt.Sprintf("c%d", i)
		accounts, err := accountsIn(answer.Repository[alias], sha)
		if why := reply.Failed("repository", alias); why != nil {
			err = why
		}
		if err != nil {
			failed = err
			continue
		}
		all[sha] = accounts
	}
	return all, failed, nil
}

// accountsIn reads a commit in GraphQL with its authors, co-authors among them.
func accountsIn(answer json.RawMessage, sha string) (map[string]string, error) {
	var x *struct {
		OID     string
		Authors *github.Connection[struct {
			Email string
			User  *github.User
		}]
	}
	if len(answer) > 0 {
		if err := json.Unmarshal(answer, &x); err != nil {
			return nil, err
		}
	}
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
