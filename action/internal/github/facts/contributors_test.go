package facts_test

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/wizzense/deployment-rings/action/internal/github"
	"github.com/wizzense/deployment-rings/action/internal/github/facts"
	"github.com/wizzense/deployment-rings/action/internal/github/githubtest"
)

// activity is something that happened to the branch of the pull request.
func activity(clock, kind, before, after, actor string) githubtest.Activity {
	a := githubtest.Activity{Ref: "refs/heads/feature", Before: sha(before), After: sha(after), Timestamp: at(clock), ActivityType: kind, Actor: githubtest.Person(actor)}
	if actor == "" {
		a.Actor = nil
	}
	return a
}

// TestContributors: all who wrote, committed or pushed a commit of the pull request, which octocat opened, wrote and pushed.
func TestContributors(t *testing.T) {
	message := func(text string) func(*githubtest.State) {
		return func(s *githubtest.State) {
			s.Commits[2].Git = githubtest.Git{Message: text, Author: githubtest.Signature{Email: "octocat@example.org"}}
			s.Accounts = map[string]string{"mona@example.org": "mona", "lisa@example.org": "lisa"}
		}
	}
	pushed := func(all ...githubtest.Activity) func(*githubtest.State) {
		return func(s *githubtest.State) { s.Activities = all }
	}
	both := func(all ...func(*githubtest.State)) func(*githubtest.State) {
		return func(s *githubtest.State) {
			for _, change := range all {
				change(s)
			}
		}
	}
	of := func(letters ...string) func(*githubtest.State) { // the commits of the pull request
		return func(s *githubtest.State) {
			s.Pulls[0].SHAs = nil
			for _, l := range letters {
				s.Pulls[0].SHAs = append(s.Pulls[0].SHAs, sha(l))
			}
			s.Commits = append(s.Commits, githubtest.Commit{SHA: sha("d"), Author: githubtest.Person("octocat"), Committer: githubtest.Person("web-flow")})
			s.Pulls[0].Head.SHA = sha(letters[len(letters)-1])
		}
	}
	for name, c := range map[string]struct {
		change  func(*githubtest.State)
		want    string // besides octocat; "-": not collected
		remark  string
		queries int
	}{
		"the author alone, who committed on the page": {nil, "", "", 0},
		"a committer": {func(s *githubtest.State) { s.Commits[2].Committer = githubtest.Person("mona") }, "mona", "", 0},
		"an address of no account": {func(s *githubtest.State) {
			s.Commits[2].Author, s.Commits[2].Git.Author.Email = nil, "x\u202e@example.org"
		}, "", `the author of commit cccccccc is not among the contributors, because the address "x\u202e@example.org" belongs to no account`, 0},
		"a committer of no account": {func(s *githubtest.State) {
			s.Commits[2].Committer, s.Commits[2].Git.Committer.Email = nil, "m@example.org"
		}, "", "the committer of commit cccccccc is not among the contributors", 0},

		"a co-author":                         {message("Go faster\n\nCo-authored-by: Mona <mona@example.org>"), "mona", "", 1},
		"in other letters":                    {message("Go faster\n\nCO-AUTHORED-BY:Mona <MONA@example.org>"), "", "co-author of commit cccccccc", 1}, // the fake is stricter than we are
		"two of them":                         {message("Go faster\n\nCo-authored-by: Mona <mona@example.org>\r\nCo-authored-by: Lisa <Lisa@Example.org>"), "lisa,mona", "", 1},
		"one that GitHub does not see":        {message("Co-authored-by: Mona <mona@example.org>\n\nGo faster"), "", `the address "mona@example.org" belongs to no account`, 1},
		"one of no account":                   {message("Go faster\n\nCo-authored-by: X <x@example.org>"), "", `the co-author of commit cccccccc is not among the contributors, because the address "x@example.org" belongs to no account`, 1},
		"one with an address of GitHub's":     {message("Go faster\n\nCo-authored-by: Mona <583231+mona@users.noreply.github.com>"), "mona", "", 0},
		"one with an old address of GitHub's": {message("Go faster\n\n  co-authored-by : Mona <Mona@users.noreply.github.com>"), "Mona", "", 0},
		"a bot":                               {message("Go faster\n\nCo-authored-by: b <49699333+dependabot[bot]@users.noreply.github.com>"), "dependabot[bot]", "", 0},
		"one in the middle of the text":       {message("Go faster\nCo-authored-by: Mona <mona@users.noreply.github.com>\nand further\n\nbye"), "mona", "", 0},
		"one without brackets":                {message("Go faster\n\nCo-authored-by: mona@users.noreply.github.com"), "mona", "", 0},
		"an address that only looks like one": {message("Go faster\n\nCo-authored-by: Mona <mona@users.noreply.github.com.example.org>"), "", "co-author of commit cccccccc", 1},
		"one who is spoken of":                {message("This is not Co-authored-by: Mona <mona@example.org>"), "", "", 0},
		"one with a line in the address":      {message("Go faster\n\nCo-authored-by: <::error::\u2028x>"), "", `"::error::\u2028x"`, 1},

		"whoever pushed":                     {pushed(activity("10:00:00", "branch_creation", "0", "c", "mona")), "mona", "", 0},
		"whoever pushed before":              {both(of("c", "d"), pushed(activity("10:00:00", "branch_creation", "0", "c", "mona"), activity("11:00:00", "push", "c", "d", "lisa"))), "lisa,mona", "", 0},
		"whoever pushed what is there again": {both(of("c", "d"), pushed(activity("10:00:00", "branch_creation", "0", "d", "mona"), activity("11:00:00", "force_push", "d", "e", "lisa"), activity("12:00:00", "force_push", "e", "d", "octocat"))), "lisa,mona", "", 0},
		"whoever merged into it":             {both(of("c", "d"), pushed(activity("10:00:00", "branch_creation", "0", "c", "octocat"), activity("11:00:00", "pr_merge", "c", "d", "mona"))), "mona", "", 0},
		"whoever pushed what is in the base": {pushed(activity("08:00:00", "branch_creation", "0", "a", "mona"), activity("09:00:00", "push", "a", "b", "lisa"), activity("10:00:00", "push", "b", "c", "octocat")), "", "", 0},
		"that, and a push is not told":       {pushed(activity("08:00:00", "branch_creation", "0", "a", "mona"), activity("10:00:00", "push", "b", "c", "octocat")), "mona", "", 0},
		"that, and a force-push":             {pushed(activity("09:00:00", "push", "a", "b", "lisa"), activity("10:00:00", "force_push", "b", "c", "octocat")), "lisa", "", 0},
		"an earlier branch of the name":      {pushed(activity("08:00:00", "branch_creation", "0", "a", "mona"), activity("09:00:00", "branch_deletion", "a", "0", "mona"), activity("10:00:00", "branch_creation", "0", "c", "octocat")), "", "", 0},
		"the branch was restored":            {pushed(activity("08:00:00", "branch_creation", "0", "c", "mona"), activity("09:00:00", "branch_deletion", "c", "0", "mona"), activity("10:00:00", "branch_creation", "0", "c", "octocat")), "mona", "", 0},
		"an account that is gone":            {pushed(activity("10:00:00", "branch_creation", "0", "c", "")), "", "whoever pushed commit cccccccc is not among the contributors, because the account is gone", 0},
		"no push is told":                    {pushed(), "-", "", 0},
		"the last push is not told":          {pushed(activity("09:00:00", "branch_creation", "0", "b", "octocat")), "-", "", 0},
		"the first push is not told":         {both(of("c", "d"), pushed(activity("11:00:00", "push", "c", "d", "octocat"))), "-", "", 0},
		"a push after it was closed": {both(pushed(activity("10:00:00", "branch_creation", "0", "c", "octocat"), activity("14:00:00", "push", "c", "d", "mona")), func(s *githubtest.State) {
			s.Pulls[0].State, s.Pulls[0].ClosedAt = "closed", ptr(at("13:00:00"))
		}), "", "", 0},
		"a fork": {func(s *githubtest.State) {
			s.Pulls[0].Head.Repo = &githubtest.Repository{FullName: "octocat/aitherzero"}
			s.Forks = map[string][]githubtest.Activity{"octocat/aitherzero": {activity("10:00:00", "branch_creation", "0", "c", "mona")}}
		}, "mona", "", 0},
		"a fork that is not told of": {func(s *githubtest.State) {
			s.Pulls[0].Head.Repo = &githubtest.Repository{FullName: "octocat/aitherzero"}
		}, "-", "", 0},
		"a fork that is gone": {func(s *githubtest.State) { s.Pulls[0].Head.Repo = nil }, "-", "", 0},
		"no commits":          {func(s *githubtest.State) { s.Pulls[0].SHAs = nil }, "-", "", 0},
	} {
		t.Run(name, func(t *testing.T) {
			s := pullState()
			if c.change != nil {
				c.change(&s)
			}
			q := without(question())
			q.Revision = s.Pulls[0].Head.SHA
			hub := githubtest.New(s)
			found, missing := askAny(t, hub, q)
			if c.want == "-" {
				if found.Contributors != nil || len(missing) != 1 || missing[0].Kind.String() != "contributors" {
					t.Fatalf("contributors %q, missing %v, want them not collected", found.Contributors, missing)
				}
				return
			}
			want := slices.DeleteFunc(strings.Split(c.want, ","), func(s string) bool { return s == "" })
			if s.Commits[2].Author != nil || len(s.Activities) > 0 && s.Activities[len(s.Activities)-1].Actor != nil {
				want = append(want, "octocat")
			}
			slices.Sort(want)
			if diff := cmp.Diff(want, found.Contributors); diff != "" || missing != nil {
				t.Errorf("missing %v, contributors (-want +got):\n%s", missing, diff)
			}
			if c.remark != "" {
				wantRemark(t, found, c.remark)
			} else if len(found.Remarks) > 0 && !strings.Contains(found.Remarks[0], "another repository") {
				t.Errorf("remarks %q, want none", found.Remarks)
			}
			if n := len(slices.DeleteFunc(hub.Requests(), func(r githubtest.Request) bool { return r.Path != "/graphql" })); n != c.queries {
				t.Errorf("%d queries, want %d", n, c.queries)
			}
		})
	}
}

// TestCoAuthorsNeeded: where a commit has a co-author whom only GitHub knows, and GitHub does not tell, contributors are
// not collected. Where it has none, nobody is asked.
func TestCoAuthorsNeeded(t *testing.T) {
	commit := func(authors string) string {
		return fmt.Sprintf(`{"data":{"repository":{"c0":{"oid":%q,"authors":%s}}}}`, sha("c"), authors)
	}
	const one = `{"pageInfo":{"hasNextPage":false},"nodes":[{"email":"mona@example.org","user":{"login":"mona"}}]}`
	for name, c := range map[string]struct {
		status int
		body   string
		says   string // "": all is well
	}{
		"all is well":              {200, commit(one), ""},
		"403":                      {403, `{"message":"Resource not accessible by integration"}`, `"permissions: contents: read"`},
		"404":                      {404, `{}`, "there is no such thing"},
		"500":                      {500, ``, "GitHub has trouble"},
		"no JSON":                  {200, `<html>`, "cannot be read"},
		"null":                     {200, `null`, "nothing that can be read"},
		"an empty object":          {200, `{}`, "nothing that can be read"},
		"a list":                   {200, `[]`, "cannot be read"},
		"no data":                  {200, `{"data":null}`, "nothing that can be read"},
		"no repository":            {200, `{"data":{"repository":null}}`, "no authors of commit cccccccc"},
		"no commit":                {200, `{"data":{"repository":{"c0":null}}}`, "no authors of commit cccccccc"},
		"another commit":           {200, strings.ReplaceAll(commit(one), sha("c"), sha("d")), "no authors of commit cccccccc"},
		"no authors":               {200, commit(`null`), "no authors of commit cccccccc"},
		"no nodes":                 {200, commit(`{"pageInfo":{"hasNextPage":false}}`), "a list has no nodes"},
		"an empty list":            {200, commit(`{"pageInfo":{"hasNextPage":false},"nodes":[]}`), "no authors of commit cccccccc"},
		"more of them":             {200, commit(strings.Replace(one, `false`, `true,"endCursor":"x"`, 1)), "more than 100 co-authors"},
		"an empty page before one": {200, commit(`{"pageInfo":{"hasNextPage":true,"endCursor":"x"},"nodes":[]}`), "a page is empty"},
		"an error beside data":     {200, strings.TrimSuffix(commit(one), "}") + `,"errors":[{"message":"timeout"}]}`, "GraphQL says: timeout"},
	} {
		for _, trailer := range []bool{true, false} {
			s := pullState()
			if trailer {
				s.Commits[2].Git.Message = "Go faster\n\nCo-authored-by: Mona <mona@example.org>"
			}
			hub := githubtest.New(s)
			server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				if r.URL.Path != "/graphql" {
					hub.ServeHTTP(w, r)
					return
				}
				if !trailer {
					t.Errorf("%s: GraphQL is asked for nothing", name)
				}
				w.WriteHeader(c.status)
				io.WriteString(w, c.body)
			}))
			defer server.Close()
			found, missing := facts.Gather(t.Context(), client(t, github.Options{Root: server.URL}), question())
			if trailer && c.says != "" {
				if found.Contributors != nil || !slices.Equal(of(missing), []string{"contributors"}) || !strings.Contains(missing[0].String(), c.says) {
					t.Errorf("%s: contributors %q, missing %v, want that %q", name, found.Contributors, missing, c.says)
				}
			} else if want := map[bool][]string{true: {"mona", "octocat"}, false: {"octocat"}}[trailer]; missing != nil || !slices.Equal(found.Contributors, want) {
				t.Errorf("%s: contributors %q, missing %v, want %q", name, found.Contributors, missing, want)
			}
		}
	}
}

// TestManyCoAuthors: all commits of a pull request take one request.
func TestManyCoAuthors(t *testing.T) {
	s := pullState()
	s.Accounts = map[string]string{}
	for i := range 200 {
		hash := fmt.Sprintf("%040x", i+1)
		address := fmt.Sprintf("p%d@example.org", i)
		s.Accounts[address] = fmt.Sprintf("p%d", i)
		s.Commits = append(s.Commits, githubtest.Commit{SHA: hash, Author: githubtest.Person("octocat"), Committer: githubtest.Person("octocat"), Git: githubtest.Git{Message: "x\n\nCo-authored-by: P <" + address + ">"}})
		s.Pulls[0].SHAs = append(s.Pulls[0].SHAs, hash)
	}
	hub := githubtest.New(s)
	found, missing := askAny(t, hub, question())
	queries := slices.DeleteFunc(hub.Requests(), func(r githubtest.Request) bool { return r.Path != "/graphql" })
	if missing != nil || len(found.Contributors) != 201 || len(queries) != 1 {
		t.Errorf("%d contributors in %d queries, missing %v, want 201 in one", len(found.Contributors), len(queries), missing)
	}
}

// TestWithoutPullRequest: a commit that was pushed has authors, a committer and co-authors. Who pushed it is not known.
func TestWithoutPullRequest(t *testing.T) {
	s, q := pullState(), without(question())
	s.Commits[1].Committer = githubtest.Person("hubot")
	s.Commits[1].Git.Message, s.Accounts = "x\n\nCo-authored-by: Mona <mona@example.org>", map[string]string{"mona@example.org": "mona"}
	q.Revision, q.PullRequest = sha("b"), 0
	found := ask(t, s, q)
	if want := []string{"hubot", "mona", "octocat"}; !slices.Equal(found.Contributors, want) || found.Author != "octocat" {
		t.Errorf("author %q, contributors %q, want octocat and %q", found.Author, found.Contributors, want)
	}
	wantRemark(t, found, "commit bbbbbbbb came without a pull request, so whoever pushed it is not known")
}
