package command

import (
	"encoding/json"
	"fmt"
	"maps"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/wizzense/deployment-rings/action/internal/cli"
	"github.com/wizzense/deployment-rings/action/internal/github/githubtest"
)

// runAt runs a command with the ledger of a GitHub whose clock stands at a time.
func (w *world) runAt(at string, g *githubtest.GitHub, env map[string]string, command string, inputs ...string) ran {
	w.t.Helper()
	now, err := time.Parse(time.RFC3339, at)
	if err != nil {
		w.t.Fatal(err)
	}
	g.Change(func(*githubtest.State) { g.Now = func() time.Time { return now } })
	all := map[string]string{"INPUT_COMMAND": command, "INPUT_IMAGE": w.image, "INPUT_EVIDENCE": w.evidence, "INPUT_NOW": at, "GITHUB_RUN_ID": "7"}
	maps.Copy(all, env)
	for i := 0; i < len(inputs); i += 2 {
		all["INPUT_"+strings.ToUpper(inputs[i])] = inputs[i+1]
	}
	r := inActionOver(w.t, w.transport, "", all)
	r.hides(w.t, secretToken)
	return r
}

// okAt is runAt of a command that must not fail.
func (w *world) okAt(at string, g *githubtest.GitHub, env map[string]string, command string, inputs ...string) ran {
	w.t.Helper()
	r := w.runAt(at, g, env, command, inputs...)
	if r.code != cli.ExitDone {
		w.t.Fatalf("%s %q = %d\n%s%s", command, inputs, r.code, r.stdout, r.stderr)
	}
	return r
}

// deploymentsOf returns what a GitHub shows of its deployments: environment, commit, and the statuses in order.
func deploymentsOf(t *testing.T, g *githubtest.GitHub) (all []string) {
	t.Helper()
	for _, d := range g.Deployments() {
		var image struct{ Ring, Digest string }
		if err := json.Unmarshal(d.Payload, &image); err != nil {
			t.Fatal(err)
		}
		line := fmt.Sprintf("%s %s@%.8s:", d.Environment, image.Ring, d.SHA)
		for _, s := range d.Statuses {
			line += " " + s.State
			if s.Description != "" {
				line += " (" + s.Description + ")"
			}
		}
		all = append(all, line)
	}
	return all
}

// TestLifeOnGitHub lets an image live as TestLife does, with the deployments of the repository as the ledger.
func TestLifeOnGitHub(t *testing.T) {
	w, g := newWorld(t), gitHub()
	env := serve(t, g)
	w.facts(headCommit)
	old := w.push(labelsOf(tagCommit), "ring-0-latest", "ring-1-latest")
	do := func(at, command string, inputs ...string) ran {
		t.Helper()
		return w.okAt(at, g, env, command, inputs...)
	}
	do("2026-02-01T00:00:00Z", "record", "ring", "ring-1", "state", "success")
	next := w.push(labelsOf(headCommit), "ring-0-latest", "pr-123-a1b2c3d4")
	do("2026-03-01T00:00:00Z", "record", "ring", "ring-0", "state", "in_progress")
	do("2026-03-01T00:10:00Z", "record", "ring", "ring-0", "state", "success")

	held := do("2026-03-02T00:09:59Z", "promote", "ring", "ring-1")
	w.outputs(held, "decision", "hold", "reason-code", "soak_running", "next-eligible-at", "2026-03-02T00:10:00Z", "deployment-id", "")
	g.RunJob("ring-1", headCommit) // what GitHub does for a job with that environment is no deployment of ours

	promoted := do("2026-03-02T00:10:00Z", "promote", "ring", "ring-1")
	ours := g.Deployments()[3]
	w.outputs(promoted, "decision", "promote", "applied", "true", "moved-tags", "ring-1-latest\nring-1-pr-123-latest", "deployment-id", fmt.Sprint(ours.ID))
	if !strings.Contains(string(ours.Payload), promoted.outputs["decision-id"]) {
		t.Errorf("payload %s, want decision %s", ours.Payload, promoted.outputs["decision-id"])
	}

	recorded := do("2026-03-02T00:20:00Z", "record", "ring", "ring-1", "state", "success")
	w.outputs(recorded, "deployment-id", fmt.Sprint(ours.ID))
	w.outputs(do("2026-03-02T00:21:00Z", "promote", "ring", "ring-1"), "decision", "noop", "reason-code", "already_there")

	do("2026-03-02T01:00:00Z", "record", "ring", "ring-1", "signal", "health_check", "state", "failing")
	w.outputs(do("2026-03-02T01:01:00Z", "gate", "ring", "ring-1"), "decision", "hold", "reason-code", "rollback_recommended")

	back := do("2026-03-02T01:02:00Z", "rollback", "ring", "ring-1", "reason", "health check fails")
	w.outputs(back, "decision", "rollback", "from-digest", next, "to-digest", old, "applied", "true")
	w.outputs(do("2026-03-03T00:00:00Z", "promote", "ring", "ring-1"), "decision", "hold", "reason-code", "quarantined")

	want := []string{
		"ring-1 ring-1@9c8d7e6f: success inactive",
		"ring-0 ring-0@a1b2c3d4: in_progress success",
		"ring-1 ring-1@a1b2c3d4: in_progress success failure (signal health_check)",
		"ring-1 ring-1@a1b2c3d4: inactive (rolled_back: health check fails)", // not behind the signal
		"ring-1 ring-1@9c8d7e6f: success (success: health check fails)",
	}
	if diff := cmp.Diff(want, deploymentsOf(t, dropJobs(g))); diff != "" {
		t.Errorf("deployments (-want +got):\n%s", diff)
	}
	if url := ours.Statuses[0].LogURL; url != "https://github.com/wizzense/AitherZero/actions/runs/7" {
		t.Errorf("log_url is %q", url)
	}
}

// dropJobs is a GitHub without the deployments of jobs.
func dropJobs(g *githubtest.GitHub) *githubtest.GitHub {
	var s githubtest.State
	for _, d := range g.Deployments() {
		if string(d.Payload) != `""` {
			s.Deployments = append(s.Deployments, d)
		}
	}
	return githubtest.New(s)
}

// TestRequestsOfTheLedger counts what the ledger costs.
func TestRequestsOfTheLedger(t *testing.T) {
	w, g := newWorld(t), gitHub()
	env := serve(t, g)
	w.facts(headCommit)
	w.push(labelsOf(headCommit), "ring-0-latest")
	w.push(labelsOf(tagCommit), "ring-1-latest")
	for _, c := range []struct {
		at, command string
		inputs      []string
		want        int
	}{
		{"2026-03-01T00:00:00Z", "record", []string{"ring", "ring-0", "state", "in_progress"}, 3},                              // looks for an open one, makes one and says so
		{"2026-03-01T00:10:00Z", "record", []string{"ring", "ring-0", "state", "success"}, 3},                                  // looks for it, and says so
		{"2026-03-01T00:20:00Z", "record", []string{"ring", "ring-1", "state", "success"}, 3},                                  // there is none yet
		{"2026-03-01T00:30:00Z", "record", []string{"ring", "ring-1", "signal", "health_check", "state", "passing"}, 3},        // what runs, and says so
		{"2026-03-01T00:40:00Z", "record", []string{"ring", "ring-1", "state", "failure", "dry-run", "true", "digest", ""}, 2}, // looks for an open one
		{"2026-03-02T00:50:00Z", "rollback", []string{"ring", "ring-1"}, 6 + 1},                                                // reads all rings, and there is nowhere to go
		{"2026-03-02T00:51:00Z", "promote", []string{"ring", "staging", "tag", "ring-0-latest", "dry-run", "true"}, 6 + 1},     // the same; facts are not counted
		{"2026-03-02T01:00:00Z", "promote", []string{"ring", "ring-1"}, 6 + 1 + 2},                                             // reads all rings, and begins a deployment
		{"2026-03-02T01:01:00Z", "promote", []string{"ring", "ring-1", "state", "success"}, 6 + 1 + 3},                         // and ends it
	} {
		before := len(ledgerRequests(g))
		w.okAt(c.at, g, env, c.command, c.inputs...)
		if got := ledgerRequests(g)[before:]; len(got) != c.want {
			t.Errorf("%s %q asks for %d things, want %d: %v", c.command, c.inputs, len(got), c.want, got)
		}
	}
}

// ledgerRequests are those that are about deployments.
func ledgerRequests(g *githubtest.GitHub) (all []githubtest.Request) {
	for _, r := range g.Requests() {
		if strings.Contains(r.Path, "/deployments") || strings.HasSuffix(r.Path, "/graphql") {
			all = append(all, r)
		}
	}
	return all
}

// TestFaultsOfTheLedgerOfGitHub has a line for each way in which the deployments cannot be used: a decision holds, and
// nothing is moved that could not be recorded.
func TestFaultsOfTheLedgerOfGitHub(t *testing.T) {
	create, say, query := "POST /deployments", "POST /deployments/{id}/statuses", "POST /graphql"
	forbidden := "Resource not accessible by integration"
	for _, c := range []struct {
		name    string
		fault   githubtest.Fault
		with    map[string]string
		command []string
		code    int
		reason  string // reason-code
		says    string
	}{
		{"promote may not write", githubtest.Fault{Route: create, Status: 403, Text: forbidden}, nil, []string{"promote", "ring", "ring-1"}, cli.ExitFailed, "ok", "deployments: write"},
		{"promote writes half", githubtest.Fault{Route: say, Status: 502}, nil, []string{"promote", "ring", "ring-1"}, cli.ExitFailed, "ok", "counts as in progress"},
		{"promote cannot read", githubtest.Fault{Route: query, Status: 502}, nil, []string{"promote", "ring", "ring-1"}, cli.ExitDone, "evidence_missing", "GitHub has trouble"},
		{"promote may not read", githubtest.Fault{Status: 403, Text: forbidden}, nil, []string{"promote", "ring", "ring-1"}, cli.ExitDone, "evidence_missing", "deployments: read"},
		{"gate is limited", githubtest.Fault{Status: 429, Header: map[string]string{"Retry-After": "3600"}}, nil, []string{"gate", "ring", "ring-1"}, cli.ExitDone, "evidence_missing", "rate limit"},
		{"record may not write", githubtest.Fault{Route: create, Status: 403, Text: forbidden}, nil, []string{"record", "ring", "ring-1", "state", "in_progress"}, cli.ExitFailed, "", "deployments: write"},
		{"record cannot read", githubtest.Fault{Route: "GET /deployments", Drop: true}, nil, []string{"record", "ring", "ring-1", "state", "failure"}, cli.ExitFailed, "", "read the deployments"},
		{"rollback cannot read", githubtest.Fault{Route: query, Status: 500}, nil, []string{"rollback", "ring", "ring-0"}, cli.ExitDone, "evidence_missing", "GitHub has trouble"},
		{"record without a token", githubtest.Fault{Route: "none"}, map[string]string{"GITHUB_TOKEN": ""}, []string{"record", "ring", "ring-1", "state", "success"}, cli.ExitUsage, "", "deployments: write"},
		{"github is named, without a token", githubtest.Fault{Route: "none"}, map[string]string{"GITHUB_TOKEN": "", "INPUT_LEDGER": "github"}, []string{"gate", "ring", "ring-1"}, cli.ExitUsage, "", "deployments: read"},
		{"github is named, without a repository", githubtest.Fault{Route: "none"}, map[string]string{"GITHUB_REPOSITORY": "", "INPUT_LEDGER": "github"}, []string{"record", "ring", "ring-1", "state", "success"}, cli.ExitUsage, "", "GITHUB_REPOSITORY"},
		{"neither a file nor github", githubtest.Fault{Route: "none"}, map[string]string{"INPUT_LEDGER": "gitlab"}, []string{"record", "ring", "ring-1", "state", "success"}, cli.ExitUsage, "", "gitlab"},
	} {
		t.Run(c.name, func(t *testing.T) {
			w, g := newWorld(t), gitHub()
			env := serve(t, g)
			w.facts(headCommit)
			old := w.push(labelsOf(tagCommit), "ring-1-latest")
			w.push(labelsOf(headCommit), "ring-0-latest")
			w.okAt("2026-03-01T00:00:00Z", g, env, "record", "ring", "ring-0", "state", "success")
			before := len(g.Deployments())
			g.Break(c.fault)
			maps.Copy(env, c.with)
			r := w.runAt("2026-03-03T00:00:00Z", g, env, c.command[0], c.command[1:]...)
			if r.code != c.code || r.outputs["reason-code"] != c.reason || !strings.Contains(r.stdout, c.says) {
				t.Errorf("exit %d, reason %q, want %d, %q and a word on %q\n%s", r.code, r.outputs["reason-code"], c.code, c.reason, c.says, r.stdout)
			}
			if now := w.digest("ring-1-latest"); now != old {
				t.Errorf("ring-1-latest moved to %s", now)
			}
			if made := len(g.Deployments()) - before; made > 0 && c.fault.Route != say {
				t.Errorf("%d deployments were made", made)
			}
		})
	}
}
