package command

import (
	"bytes"
	"encoding/json"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/wizzense/deployment-rings/action/internal/github/githubtest"
)

// gateWorld is a GitHub, a registry and a policy in which an image of pull request 123 may move into ring-1.
type gateWorld struct {
	*world
	hub *githubtest.GitHub
	env map[string]string
}

func newGateWorld(t *testing.T) *gateWorld {
	t.Helper()
	w := newEmptyGateWorld(t)
	old := w.push(labelsOf("c0ffee0000000000000000000000000000000000"), "old")
	next := w.push(labelsOf(headCommit), "ring-0-latest")
	w.at(time.Now().Add(-48*time.Hour), "record", "RING", "ring-1", "STATE", "success", "DIGEST", old)
	w.at(time.Now().Add(-24*time.Hour), "record", "RING", "ring-0", "STATE", "success", "DIGEST", next)
	return w
}

// newEmptyGateWorld has no image, and a ledger without records.
func newEmptyGateWorld(t *testing.T) *gateWorld {
	t.Helper()
	w := &gateWorld{world: newWorld(t), hub: newHub(t)}
	w.env = serve(t, w.hub)
	w.env["INPUT_IMAGE"], w.env["INPUT_POLICY"] = w.image, "../.ci/e2e/testdata/rings/policy.yml"
	return w
}

// newHub returns a GitHub with pull request 123 and all that lets its image in.
func newHub(t *testing.T) *githubtest.GitHub {
	t.Helper()
	var state githubtest.State
	if err := json.Unmarshal([]byte(read(t, "../.ci/e2e/testdata/rings/github.json")), &state); err != nil {
		t.Fatal(err)
	}
	hub := githubtest.New(state)
	hub.Token = secretToken
	return hub
}

// at runs a command while GitHub's clock stands at a time.
func (w *gateWorld) at(now time.Time, command string, inputs ...string) ran {
	w.t.Helper()
	w.hub.Change(func(*githubtest.State) { w.hub.Now = func() time.Time { return now } })
	env := maps.Clone(w.env)
	env["INPUT_COMMAND"], env["INPUT_NOW"] = command, now.UTC().Format(time.RFC3339)
	for i := 0; i < len(inputs); i += 2 {
		env["INPUT_"+inputs[i]] = inputs[i+1]
	}
	r := inAction(w.t, "", env)
	for _, text := range []string{r.stdout, r.stderr, r.summary, r.outputs["json"]} {
		if strings.Contains(text, secretToken) {
			w.t.Errorf("%s shows the token:\n%s", command, text)
		}
	}
	return r
}

// A gate with a ring and nothing else is a complete step.
func TestGateByItself(t *testing.T) {
	w := newGateWorld(t)
	before := len(w.hub.Requests())
	r := w.at(time.Now(), "gate", "RING", "ring-1")
	w.outputs(r, "decision", "promote", "reason-code", "ok")
	if n := len(w.hub.Requests()) - before; n > 15 {
		t.Errorf("a gate takes %d requests, want at most 15:\n%v", n, w.hub.Requests()[before:])
	}
	for _, want := range []string{"Where the facts came from", "checks: 1 check run", "incidents"} {
		if !strings.Contains(r.summary, want) {
			t.Errorf("the summary lacks %q:\n%s", want, r.summary)
		}
	}
}

// What GitHub does not answer is unknown: the gate holds, and says what is missing and why. It never promotes.
func TestGateWithoutOneFact(t *testing.T) {
	for _, c := range []struct{ route, says string }{
		{"GET /commits/{sha}/check-runs", "checks: read"},
		{"GET /issues", "issues: read"},
	} {
		for name, fault := range map[string]githubtest.Fault{
			"401": {Status: 401}, "403": {Status: 403, Text: "Resource not accessible by integration"}, "404": {Status: 404},
			"rate limit": {Status: 403, Header: map[string]string{"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": "99999999999"}},
			"429":        {Status: 429}, "500": {Status: 500}, "dropped": {Drop: true}, "cut": {Cut: true},
		} {
			w := newGateWorld(t)
			fault.Route = c.route
			w.hub.Break(fault)
			r := w.at(time.Now(), "gate", "RING", "ring-1")
			w.outputs(r, "decision", "hold", "hold-kind", "unknown", "reason-code", "evidence_missing")
			if !strings.Contains(r.stdout, "::warning::not collected: ") {
				t.Errorf("%s of %s: nothing says what was not collected:\n%s", name, c.route, r.stdout)
			}
			if name == "403" && !strings.Contains(r.stdout, c.says) {
				t.Errorf("403 of %s: the permission %q is not named:\n%s", c.route, c.says, r.stdout)
			}
		}
	}
}

// One cause is reported once, with all that it leaves unknown: GitHub shows ten warnings of a step.
func TestGateReportsACauseOnce(t *testing.T) {
	w := newGateWorld(t)
	w.hub.Break(githubtest.Fault{Route: "GET /issues/{number}/comments", Status: 403, Text: "Resource not accessible by integration"})
	for command, inputs := range map[string][]string{"gate": {"RING", "ring-1"}, "status": nil} {
		r := w.at(time.Now(), command, inputs...)
		want := "::warning::not collected: approvals, locks, overrides, releases, sign_offs: cannot read the comments of pull request #123: "
		if n := strings.Count(r.stdout, "::warning::"); n != 1 || !strings.Contains(r.stdout, want) {
			t.Errorf("%s gives %d warnings, want one with %q:\n%s", command, n, want, r.stdout)
		}
	}
}

// Facts of an evidence file count in place of gathered ones of their kind, and the summary says so.
func TestEvidenceReplacesWhatGitHubSays(t *testing.T) {
	w := newGateWorld(t)
	evidence := write(t, "evidence.yml", "schema: 1\nincidents: [{id: \"#1\", severity: critical}]\n")
	r := w.at(time.Now(), "gate", "RING", "ring-1", "EVIDENCE", evidence)
	w.outputs(r, "decision", "hold", "reason-code", "incident_open")
	if !strings.Contains(r.summary, "incidents: the evidence file") {
		t.Errorf("the summary does not say that the file counts:\n%s", r.summary)
	}
}

// What the evidence has is not asked for.
func TestEvidenceSavesRequests(t *testing.T) {
	w := newGateWorld(t)
	evidence := write(t, "evidence.yml", "schema: 1\nincidents: []\nchecks: []\napprovals: []\nsubject: {author: octocat, contributors: []}\n")
	before := len(w.hub.Requests())
	w.at(time.Now(), "gate", "RING", "ring-1", "EVIDENCE", evidence)
	for _, r := range w.hub.Requests()[before:] {
		for _, part := range []string{"/check-runs", "/statuses", "/reviews", "/pulls/123/commits", "labels=critical"} {
			if strings.Contains(r.String(), part) {
				t.Errorf("GitHub is asked for %s, which the evidence has", r)
			}
		}
	}
}

// Approvals of GitHub count where the evidence says who wrote the change: they are held against its commit all the same.
func TestEvidenceWithAuthors(t *testing.T) {
	w := newGateWorld(t)
	evidence := write(t, "evidence.yml", "schema: 1\nsubject: {author: octocat, contributors: []}\n")
	for _, inputs := range [][]string{nil, {"EVIDENCE", evidence}} {
		r := w.at(time.Now(), "gate", append([]string{"RING", "production", "TAG", "ring-0-latest"}, inputs...)...)
		if unmet := strings.Fields(r.outputs["unmet"]); slices.Contains(unmet, "board") || !slices.Contains(unmet, "lineage") {
			t.Errorf("gate with %q: unmet %q, want board met and lineage not", inputs, unmet)
		}
	}
}

// A gate holds for what was said, however it was edited, and no person lets a change of their own in.
func TestGateHearsWhatWasSaid(t *testing.T) {
	now := time.Now().UTC().Truncate(time.Second)
	at := func(before time.Duration) time.Time { return now.Add(-before) }
	say := func(s *githubtest.State, by string, before time.Duration, body string) *githubtest.Comment {
		s.Comments = append(s.Comments, githubtest.Comment{Issue: 123, ID: int64(100 + len(s.Comments)), User: githubtest.Person(by), Body: body,
			AuthorAssociation: "MEMBER", CreatedAt: at(before), UpdatedAt: at(before)})
		return &s.Comments[len(s.Comments)-1]
	}
	edited := func(x *githubtest.Comment, by, body string) {
		x.Edits = []githubtest.Edit{{At: x.CreatedAt, By: x.User.Login, Body: x.Body}, {At: at(time.Minute), By: by, Body: body}}
		x.Body, x.UpdatedAt = body, at(time.Minute)
	}
	for name, c := range map[string]struct {
		say    func(*githubtest.State)
		reason string
		says   string // in the log
	}{
		"nothing more": {func(*githubtest.State) {}, "ok", ""},
		"a lock edited away": {func(s *githubtest.State) {
			edited(say(s, "mona", time.Hour, "/lock ring-1 a leak"), "mona", "never mind")
		}, "locked", ""},
		"a lock edited in": {func(s *githubtest.State) { edited(say(s, "mona", time.Hour, "Hm."), "hubot", "/lock ring-1 a leak") }, "locked", ""},
		"a lock of an unknown ring": {func(s *githubtest.State) { say(s, "mona", time.Hour, "/lock rign-1 a leak") }, "evidence_missing",
			`::warning::not collected: locks: comment 103 by mona: "/lock rign-1 a leak" is not understood`},
		"that is mended": {func(s *githubtest.State) {
			edited(say(s, "mona", time.Hour, "/lock rign-1 a leak"), "mona", "/lock ring-1 a leak")
		}, "locked", ""},
		"that is ended": {func(s *githubtest.State) {
			say(s, "mona", time.Hour, "/lock rign-1 a leak")
			say(s, "mona", time.Minute, "/unlock ring-1")
		}, "ok", ""},
		"an own unlock": {func(s *githubtest.State) {
			say(s, "mona", time.Hour, "/lock ring-1 a leak")
			say(s, "octocat", time.Minute, "/unlock ring-1")
		}, "locked", "octocat is the author of the change"},
		"another unlocks": {func(s *githubtest.State) {
			say(s, "mona", time.Hour, "/lock ring-1 a leak")
			say(s, "hubot", time.Minute, "/unlock ring-1")
		}, "ok", ""},
		"an issue that locks nothing": {func(s *githubtest.State) {
			s.Issues = append(s.Issues, githubtest.Issue{Number: 7, State: "open", User: githubtest.Person("mona"), AuthorAssociation: "OWNER", Labels: []githubtest.Label{{Name: "deployment-lock"}}, Body: "stop", CreatedAt: at(time.Hour)})
		}, "evidence_missing", "issue #7 has the label deployment-lock, and no line that locks a ring"},
		"a pull request into a branch that no ring lists": {func(s *githubtest.State) {
			s.Pulls[0].Base.Ref = "feature"
			say(s, "mona", time.Hour, "/lock ring-1 a leak")
			say(s, "hubot", time.Minute, "/unlock ring-1")
		}, "locked", `the base branch "feature" of pull request #123 is neither the default branch nor one that a ring lists`},
		"into one that a ring lists": {func(s *githubtest.State) {
			s.Pulls[0].Base.Ref = "dev-staging"
			say(s, "mona", time.Hour, "/lock ring-1 a leak")
			say(s, "hubot", time.Minute, "/unlock ring-1")
		}, "ok", ""},
	} {
		t.Run(name, func(t *testing.T) {
			w := newGateWorld(t)
			w.hub.Change(c.say)
			r := w.at(now, "gate", "RING", "ring-1")
			w.outputs(r, "reason-code", c.reason)
			if !strings.Contains(r.stdout, c.says) {
				t.Errorf("nothing says %q:\n%s", c.says, r.stdout)
			}
		})
	}
}

// The history of the ledger is read, and that of a comment is not.
func TestGateWithoutHistoryOfEdits(t *testing.T) {
	now := time.Now().UTC().Truncate(time.Second)
	for _, answer := range []string{`{"data": {"nodes": [null]}}`, `{"data": {"nodes": []}}`, `{"errors": [{"message": "no"}]}`, `<html>`} {
		w := newGateWorld(t)
		w.hub.Change(func(s *githubtest.State) {
			s.Comments = append(s.Comments, githubtest.Comment{Issue: 123, ID: 99, User: githubtest.Person("mona"), Body: "Hm.", AuthorAssociation: "MEMBER",
				CreatedAt: now.Add(-time.Hour), UpdatedAt: now.Add(-time.Minute)})
		})
		server := httptest.NewServer(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
			body, _ := io.ReadAll(r.Body)
			if strings.Contains(string(body), "userContentEdits") {
				io.WriteString(rw, answer)
				return
			}
			r.Body = io.NopCloser(bytes.NewReader(body))
			w.hub.ServeHTTP(rw, r)
		}))
		defer server.Close()
		w.env["GITHUB_API_URL"] = server.URL
		r := w.at(now, "gate", "RING", "ring-1")
		w.outputs(r, "decision", "hold", "hold-kind", "unknown", "reason-code", "evidence_missing")
		if want := "::warning::not collected: approvals, locks: cannot read what 1 edited comment of pull request #123 said before"; !strings.Contains(r.stdout, want) {
			t.Errorf("%s: nothing says %q:\n%s", answer, want, r.stdout)
		}
	}
}
