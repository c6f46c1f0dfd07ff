package command

import (
	"maps"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/wizzense/deployment-rings/action/internal/cli"
	"github.com/wizzense/deployment-rings/action/internal/github/githubtest"
)

const secretToken = "ghs_verysecret"

// gitHub is a repository with pull requests and tags, as the sample events are about.
func gitHub() *githubtest.GitHub {
	own, other := &githubtest.Repository{FullName: "wizzense/AitherZero"}, &githubtest.Repository{FullName: "mallory/AitherZero"}
	pull := func(number int, state string, branch string, from *githubtest.Repository) githubtest.Pull {
		return githubtest.Pull{
			Number: number, State: state,
			Head: githubtest.Branch{Ref: branch, SHA: headCommit, Repo: from}, Base: githubtest.Branch{Ref: "ring-1", SHA: tagCommit, Repo: own},
		}
	}
	g := githubtest.New(githubtest.State{
		Repository: "wizzense/AitherZero",
		Commits:    []githubtest.Commit{{SHA: headCommit}, {SHA: tagCommit}},
		Pulls: []githubtest.Pull{
			pull(123, "open", "ring-0", own), pull(124, "closed", "ring-0", own), pull(125, "open", "ring-0", other),
			pull(126, "open", "ring-0", nil), pull(127, "open", "ring-0", own), pull(128, "closed", "ring-0", other),
			pull(129, "open", "ring-0\n::error::x", own),
		},
		Issues: []githubtest.Issue{{Number: 130, State: "open"}},
	})
	g.Token = secretToken
	g.Change(func(s *githubtest.State) {
		s.Pulls[4].Draft = true
		s.Tags = []githubtest.Tag{
			{Name: "v1.5.0", SHA: strings.Repeat("e", 40), At: githubtest.Object{Type: "tag", SHA: strings.Repeat("f", 40)}},
			{SHA: strings.Repeat("f", 40), At: githubtest.Object{Type: "commit", SHA: headCommit}},
			{Name: "v1.6.0", At: githubtest.Object{Type: "commit", SHA: tagCommit}},
			{Name: "v1.7.0", At: githubtest.Object{Type: "tree", SHA: tagCommit}},
		}
	})
	return g
}

// serve makes a GitHub reachable; the variables say where it is, and let a run in.
func serve(t *testing.T, g *githubtest.GitHub) map[string]string {
	t.Helper()
	server := httptest.NewServer(g)
	t.Cleanup(server.Close)
	return map[string]string{"GITHUB_API_URL": server.URL + g.Prefix, "GITHUB_TOKEN": secretToken, "GITHUB_SHA": tagCommit}
}

// TestLookups has a line for each answer of GitHub to what a comment or a person asks for.
func TestLookups(t *testing.T) {
	comment := func(number string) string {
		return write(t, "event.json", strings.ReplaceAll(read(t, events+"issue_comment.json"), `"number": 123`, `"number": `+number))
	}
	dispatch := func(number string) string {
		return write(t, "event.json", strings.ReplaceAll(read(t, events+"workflow_dispatch.json"), `"pr_number": "123"`, `"pr_number": "`+number+`"`))
	}
	release := func(tag string) string {
		return write(t, "event.json", strings.ReplaceAll(read(t, events+"workflow_dispatch_release.json"), `"v1.5.0"`, `"`+tag+`"`))
	}
	pull, tag := "GET /pulls/{number}", "GET /git/ref/tags/{tag}"
	for _, c := range []struct {
		name, event, payload string
		fault                githubtest.Fault
		with                 map[string]string
		code                 int
		deploy, ring, commit string
		says                 string // in what a run prints
		requests             int
	}{
		{name: "comment", event: "issue_comment", payload: comment("123"), deploy: "true", ring: "ring-0", commit: headCommit, requests: 1},
		{name: "comment on a closed one", event: "issue_comment", payload: comment("124"), deploy: "false", ring: "ring-0", commit: headCommit, says: "#124 is not open", requests: 1},
		{name: "comment on a fork", event: "issue_comment", payload: comment("125"), deploy: "false", ring: "dev", commit: headCommit, says: "comes from a fork", requests: 1},
		{name: "comment on a fork, allowed", event: "issue_comment", payload: comment("125"), with: map[string]string{"INPUT_ALLOW-FORKS": "true"},
			deploy: "false", ring: "dev", commit: headCommit, says: "comes from a fork", requests: 1},
		{name: "comment on a fork that is gone", event: "issue_comment", payload: comment("126"), deploy: "false", ring: "dev", commit: headCommit, says: "comes from a fork", requests: 1},
		{name: "comment on a draft", event: "issue_comment", payload: comment("127"), deploy: "true", ring: "ring-0", commit: headCommit, requests: 1},
		{name: "comment on a closed fork", event: "issue_comment", payload: comment("128"), deploy: "false", ring: "dev", commit: headCommit, says: "#128 is not open", requests: 1},
		{name: "comment, branch with a command", event: "issue_comment", payload: comment("129"), code: 2, says: "control character", requests: 1},
		{name: "comment, another branch given", event: "issue_comment", payload: comment("123"), with: map[string]string{"INPUT_BRANCH": "ring-1"},
			deploy: "true", ring: "ring-1", commit: headCommit, requests: 1},
		{name: "comment, unknown number", event: "issue_comment", payload: comment("999"), code: 1, says: "look up pull request #999: there is no such thing", requests: 1},
		{name: "comment, an issue by its number", event: "issue_comment", payload: comment("130"), code: 1, says: "pull-requests: read", requests: 1},
		{name: "comment, no token", event: "issue_comment", payload: comment("123"), with: map[string]string{"GITHUB_TOKEN": ""}, code: 1, says: "pull-requests: read"},
		{name: "comment, bad token", event: "issue_comment", payload: comment("123"), with: map[string]string{"INPUT_GITHUB-TOKEN": "ghs_old"}, code: 1, says: "does not accept the token", requests: 1},
		{name: "comment, no permission", event: "issue_comment", payload: comment("123"), fault: githubtest.Fault{Route: pull, Status: 403, Text: "Resource not accessible by integration"},
			code: 1, says: "pull-requests: read", requests: 1},
		{name: "comment, GitHub has trouble", event: "issue_comment", payload: comment("123"), fault: githubtest.Fault{Route: pull, Status: 502}, code: 1, says: "GitHub has trouble", requests: 3},
		{name: "comment, trouble once", event: "issue_comment", payload: comment("123"), fault: githubtest.Fault{Route: pull, Status: 502, Times: 1}, deploy: "true", ring: "ring-0", commit: headCommit, requests: 2},
		{name: "comment, the answer breaks off", event: "issue_comment", payload: comment("123"), fault: githubtest.Fault{Route: pull, Cut: true}, code: 1, says: "breaks off", requests: 3},
		{name: "comment that is wrong in itself sends no request", event: "issue_comment", payload: comment("123"), with: map[string]string{"INPUT_RING-FROM": "hed"}, code: 2, says: "ring-from"},
		{name: "bad root", event: "issue_comment", payload: comment("123"), with: map[string]string{"GITHUB_API_URL": "api"}, code: 2, says: "GITHUB_API_URL"},

		{name: "dispatch", event: "workflow_dispatch", payload: dispatch("123"), deploy: "true", ring: "ring-0", commit: headCommit, requests: 1},
		{name: "dispatch of a draft", event: "workflow_dispatch", payload: dispatch("127"), deploy: "true", ring: "ring-0", commit: headCommit, requests: 1},
		{name: "dispatch of a closed one", event: "workflow_dispatch", payload: dispatch("124"), deploy: "false", ring: "ring-0", commit: headCommit, says: "#124 is not open", requests: 1},
		{name: "dispatch of a fork", event: "workflow_dispatch", payload: dispatch("125"), deploy: "false", ring: "dev", commit: headCommit, says: "comes from a fork", requests: 1},
		{name: "dispatch, unknown number", event: "workflow_dispatch", payload: dispatch("999"), code: 1, says: "#999", requests: 1},
		{name: "dispatch of a release, annotated twice", event: "workflow_dispatch", payload: release("v1.5.0"), deploy: "true", ring: "production", commit: headCommit, requests: 3},
		{name: "dispatch of a release", event: "workflow_dispatch", payload: release("v1.6.0"), deploy: "true", ring: "production", commit: tagCommit, requests: 1},
		{name: "dispatch of a release of no commit", event: "workflow_dispatch", payload: release("v1.7.0"), code: 1, says: "not to a commit", requests: 1},
		{name: "dispatch of a release that is not there", event: "workflow_dispatch", payload: release("v9.9.9"), code: 1, says: "v9.9.9", requests: 1},
		{name: "dispatch of a release, no token", event: "workflow_dispatch", payload: release("v1.5.0"), with: map[string]string{"GITHUB_TOKEN": ""}, code: 1, says: "contents: read"},
		{name: "dispatch of a release, no permission", event: "workflow_dispatch", payload: release("v1.5.0"), fault: githubtest.Fault{Route: tag, Status: 403, Text: "Resource not accessible by integration"},
			code: 1, says: "contents: read", requests: 1},
		{name: "dispatch of a branch sends no request", event: "workflow_dispatch", payload: events + "workflow_dispatch_branch.json", deploy: "false", ring: "ring-0", commit: tagCommit, says: "takes merged pull requests"},
	} {
		t.Run(c.name, func(t *testing.T) {
			g := gitHub()
			if c.fault.Route != "" {
				g.Break(c.fault)
			}
			env := serve(t, g)
			env["GITHUB_EVENT_NAME"] = c.event
			maps.Copy(env, c.with)
			r := inAction(t, c.payload, env)
			if r.code != c.code || r.outputs["should-deploy"] != c.deploy || r.outputs["ring"] != c.ring || r.outputs["revision"] != c.commit {
				t.Errorf("exit %d, should-deploy %q, ring %q, revision %q, want %d, %q, %q, %q", r.code, r.outputs["should-deploy"], r.outputs["ring"], r.outputs["revision"],
					c.code, c.deploy, c.ring, c.commit)
			}
			if !strings.Contains(r.stdout, c.says) {
				t.Errorf("it says nothing of %q", c.says)
			}
			if got := len(g.Requests()); got != c.requests {
				t.Errorf("%d requests, want %d: %v", got, c.requests, g.Requests())
			}
			r.hides(t, secretToken)
			if t.Failed() {
				t.Log(r.stdout)
			}
		})
	}
}

// hides checks that a run shows no secret.
func (r ran) hides(t *testing.T, secret string) {
	t.Helper()
	for name, text := range r.outputs {
		if strings.Contains(text, secret) {
			t.Errorf("output %s holds the token", name)
		}
	}
	if strings.Contains(r.stdout+r.stderr+r.summary, secret) {
		t.Errorf("the token is shown:\n%s%s%s", r.stdout, r.stderr, r.summary)
	}
}

// TestLookupOnEnterpriseServer asks the server of the run, also by hand, where only its address is known.
func TestLookupOnEnterpriseServer(t *testing.T) {
	g := gitHub()
	g.Prefix = "/api/v3"
	env := serve(t, g)
	env["GITHUB_EVENT_NAME"] = "issue_comment"
	for _, without := range []string{"", "GITHUB_API_URL"} {
		env["GITHUB_SERVER_URL"] = strings.TrimSuffix(env["GITHUB_API_URL"], g.Prefix)
		with := maps.Clone(env)
		delete(with, without)
		r := inAction(t, events+"issue_comment.json", with)
		if r.code != cli.ExitDone || r.outputs["revision"] != headCommit || !strings.Contains(r.outputs["labels"], "source="+env["GITHUB_SERVER_URL"]+"/wizzense/AitherZero") {
			t.Errorf("without %q: exit %d, revision %q, labels\n%s\n%s", without, r.code, r.outputs["revision"], r.outputs["labels"], r.stdout)
		}
	}
}
