package checks_test

import (
	"context"
	"fmt"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/wizzense/deployment-rings/action/internal/github"
	"github.com/wizzense/deployment-rings/action/internal/github/facts/checks"
	"github.com/wizzense/deployment-rings/action/internal/github/githubtest"
	"github.com/wizzense/deployment-rings/ringpolicy"
)

var sha, at, job, run = githubtest.SHA, githubtest.At, githubtest.Job, githubtest.WorkflowRun

// state is a repository with the commits b and c, and two workflow runs of c.
func state() githubtest.State {
	return githubtest.State{
		Repository: "wizzense/aitherzero",
		Commits:    []githubtest.Commit{{SHA: sha("b")}, {SHA: sha("c")}},
		Runs:       []githubtest.Run{run(7, 1, "10:00:00", "10:00:00"), run(8, 1, "11:00:00", "11:00:00")},
	}
}

// ask reads the checks of commit c, of which those of workflow run 99 are our own, and fails where they cannot be had.
func ask(t *testing.T, s githubtest.State) []ringpolicy.Check {
	t.Helper()
	all, err := askAny(t, githubtest.New(s))
	if err != nil {
		t.Fatal(err)
	}
	return all
}

func askAny(t *testing.T, hub *githubtest.GitHub) ([]ringpolicy.Check, error) {
	t.Helper()
	server := httptest.NewServer(hub)
	t.Cleanup(server.Close)
	c, err := github.New(github.Options{
		Root: server.URL, Repository: "wizzense/aitherzero", Token: "ghs_secret",
		Sleep: func(context.Context, time.Duration) error { return nil },
	})
	if err != nil {
		t.Fatal(err)
	}
	all, _, err := checks.Of(t.Context(), c, sha("c"), 99)
	return all, err
}

// of is the check with a name.
func of(all []ringpolicy.Check, name string) ringpolicy.Check {
	for _, c := range all {
		if c.Name == name {
			return c
		}
	}
	return ringpolicy.Check{}
}

// judge is what a policy that asks for the check "unit" makes of some checks.
func judge(t *testing.T, checks []ringpolicy.Check) string {
	t.Helper()
	policy, err := ringpolicy.Parse("rings.yml", []byte(`
version: 1
rings:
  - {name: ring-0}
  - name: ring-1
    entry: [{id: unit-tests, title: Unit tests, checks: {names: [unit]}}]
`))
	if err != nil {
		t.Fatal(err)
	}
	d, err := policy.Decide(ringpolicy.Evidence{Now: at("20:00:00"), Checks: checks, Subject: ringpolicy.Subject{Digest: "sha256:" + strings.Repeat("a", 64), Revision: sha("c"), To: "ring-1"}})
	for _, c := range d.Criteria {
		if c.ID == "unit-tests" {
			return fmt.Sprintf("%v %v", c.Status, c.Code)
		}
	}
	t.Fatalf("the decision does not judge the checks: %v", err)
	return ""
}

// TestNewestRunOfACheck: GitHub gives a job of a re-run a higher id, whichever of the workflow runs is run again, so that
// ids and starts have to be looked at together.
func TestNewestRunOfACheck(t *testing.T) {
	for name, c := range map[string]struct {
		jobs []githubtest.CheckRun
		runs []githubtest.Run
		want string
	}{
		"one run":                {[]githubtest.CheckRun{job(1, "unit", 7, "10:00:00", "success")}, nil, "met ok"},
		"attempts, failed first": {[]githubtest.CheckRun{job(1, "unit", 7, "10:00:00", "failure"), job(2, "unit", 7, "11:00:00", "success")}, []githubtest.Run{run(7, 2, "10:00:00", "11:00:00")}, "met ok"},
		"attempts, failed last":  {[]githubtest.CheckRun{job(1, "unit", 7, "10:00:00", "success"), job(2, "unit", 7, "11:00:00", "failure")}, []githubtest.Run{run(7, 2, "10:00:00", "11:00:00")}, "unmet check_failed"},
		"a queued attempt hides behind a green one": {[]githubtest.CheckRun{job(1, "unit", 7, "10:00:00", "success"), job(2, "unit", 7, "11:00:00", "")}, []githubtest.Run{run(7, 2, "10:00:00", "11:00:00")}, "pending check_pending"},
		"twins that agree":                          {[]githubtest.CheckRun{job(1, "unit", 7, "10:00:00", "success"), job(2, "unit", 8, "10:00:00", "success")}, nil, "met ok"},
		"two workflow runs": {
			[]githubtest.CheckRun{job(1, "unit", 7, "10:00:00", "failure"), job(2, "unit", 8, "11:00:00", "success")},
			[]githubtest.Run{run(7, 1, "10:00:00", "10:00:00"), run(8, 1, "11:00:00", "11:00:00")}, "met ok"},
		"the older one was run again": {
			[]githubtest.CheckRun{job(1, "unit", 7, "10:00:00", "success"), job(2, "unit", 8, "11:00:00", "success"), job(3, "unit", 7, "12:00:00", "failure")},
			[]githubtest.Run{run(7, 2, "10:00:00", "12:00:00"), run(8, 1, "11:00:00", "11:00:00")}, "unmet check_failed"},
		"an older run made its job later": { // by the start 2 is the newest, by the id 3
			[]githubtest.CheckRun{job(2, "unit", 8, "11:00:00", "failure"), job(3, "unit", 7, "11:30:00", "success")},
			[]githubtest.Run{run(7, 1, "10:00:00", "10:00:00"), run(8, 1, "11:00:00", "11:00:00")}, "unknown check_order_ambiguous"},
		"a green job that was not run again": { // the second attempt of 7 ran other jobs
			[]githubtest.CheckRun{job(1, "unit", 7, "10:00:00", "success"), job(2, "unit", 8, "11:00:00", "failure"), job(3, "other", 7, "12:00:00", "success")},
			[]githubtest.Run{run(7, 2, "10:00:00", "12:00:00"), run(8, 1, "11:00:00", "11:00:00")}, "unmet check_failed"},
	} {
		t.Run(name, func(t *testing.T) {
			s := state()
			s.CheckRuns = c.jobs
			if c.runs != nil {
				s.Runs = c.runs
			}
			all := ask(t, s)
			if got := judge(t, all); got != c.want {
				t.Errorf("got %s, want %s: %+v", got, c.want, all)
			}
		})
	}
}

// TestWorkflows: a check of GitHub Actions has the path of its workflow file, that of another app has none.
func TestWorkflows(t *testing.T) {
	for path, want := range map[string]string{
		".github/workflows/ci.yml":                        ".github/workflows/ci.yml",
		".github/workflows/ci.yaml@refs/heads/main":       ".github/workflows/ci.yaml",
		"acme/shared/.github/workflows/ci.yml@v1@2":       "acme/shared/.github/workflows/ci.yml",
		".github/workflows/a@b.yml":                       ".github/workflows/a@b.yml",
		".github/workflows/a@b.yml@refs/heads/main":       ".github/workflows/a@b.yml",
		"dynamic/pages/pages-build-deployment":            "dynamic/pages/pages-build-deployment",
		"dynamic/pages/pages-build-deployment@refs/x":     "dynamic/pages/pages-build-deployment",
		".github/workflows/ci.yml@copy.yml":               "", // a file of this name passes for ci.yml
		".github/workflows/ci.yml@copy.yaml@refs/heads/x": "",
	} {
		s := state()
		scan := job(2, "scan", 7, "10:00:00", "success") // an app may put its checks in no suite of Actions, but the id could be the same
		scan.App = &githubtest.App{Slug: "scanner"}
		s.CheckRuns, s.Runs = []githubtest.CheckRun{job(1, "unit", 7, "10:00:00", "success"), scan}, []githubtest.Run{run(7, 1, "10:00:00", "10:00:00")}
		s.Runs[0].Path = path
		all, err := askAny(t, githubtest.New(s))
		switch {
		case want == "":
			if all != nil || err == nil {
				t.Errorf("path %q: checks %+v, error %v, want no checks", path, all, err)
			}
		case err != nil || of(all, "unit").Workflow != want || of(all, "scan").Workflow != "":
			t.Errorf("path %q: checks %+v, error %v, want the workflow %q for unit alone", path, all, err, want)
		}
	}
}

// TestWorkflowsNeeded: where the workflow of a check of GitHub Actions cannot be had, the checks are not collected. A
// check whose workflow is open could be hidden by another.
func TestWorkflowsNeeded(t *testing.T) {
	for name, c := range map[string]struct {
		change func(*githubtest.State)
		fault  githubtest.Fault
		says   string
	}{
		"403": {nil, githubtest.Fault{Status: 403, Text: "Resource not accessible by integration"}, `give the job "permissions: actions: read"`},
		"404": {nil, githubtest.Fault{Status: 404}, `give the job "permissions: actions: read"`},
		"500": {nil, githubtest.Fault{Status: 500}, "GitHub has trouble"},
		"a run that is gone": {func(s *githubtest.State) {
			s.CheckRuns[0] = job(1, "unit", 7, "10:00:00", "failure")
			s.CheckRuns = append(s.CheckRuns, job(2, "unit", 6, "11:00:00", "success")) // would be the newest of them
			s.Runs = s.Runs[1:]
		}, githubtest.Fault{Route: "none"}, `GitHub lists no workflow run for check run 1, "unit", which did not succeed`},
		"a run that is gone, of a job that was skipped": {func(s *githubtest.State) {
			s.CheckRuns[0], s.Runs = job(1, "unit", 7, "10:00:00", "skipped"), s.Runs[1:]
		}, githubtest.Fault{Route: "none"}, `GitHub lists no workflow run for check run 1, "unit"`},
		"a run without a path": {func(s *githubtest.State) { s.Runs[0].Path = "" }, githubtest.Fault{Route: "none"}, "lacks the path of a workflow run"},
	} {
		s := state()
		s.CheckRuns = []githubtest.CheckRun{job(1, "unit", 7, "10:00:00", "success")}
		if c.change != nil {
			c.change(&s)
		}
		hub := githubtest.New(s)
		if c.fault.Route == "" {
			c.fault.Route = "GET /actions/runs"
		}
		hub.Break(c.fault)
		all, err := askAny(t, hub)
		if all != nil || err == nil || !strings.Contains(err.Error(), c.says) {
			t.Errorf("%s: checks = %v, error %v, want none and %q", name, all, err, c.says)
		}
	}
}

// TestWorkflowOpen: a check that succeeded counts without its workflow, beside those of the workflows that are known.
func TestWorkflowOpen(t *testing.T) {
	s := state()
	s.CheckRuns = []githubtest.CheckRun{job(1, "unit", 6, "10:00:00", "success"), job(2, "unit", 7, "10:00:00", "failure")}
	checks := ask(t, s)
	if len(checks) != 2 || checks[1].Workflow != "" || checks[1].State != ringpolicy.CheckSuccess || checks[0].Workflow != ".github/workflows/ci.yml" {
		t.Errorf("checks %+v, want the success without a workflow, and the failure of ci.yml", checks)
	}
}

// TestSecondWorkflow: a second workflow with a job of the same name, which passes after the first one failed, is another
// check.
func TestSecondWorkflow(t *testing.T) {
	s := state()
	s.CheckRuns = []githubtest.CheckRun{job(1, "unit", 7, "10:00:00", "failure"), job(2, "unit", 8, "11:00:00", "success")}
	s.Runs[1].Path = ".github/workflows/spoof.yml"
	got := map[string]ringpolicy.CheckState{}
	for _, c := range ask(t, s) {
		got[c.Workflow] = c.State
	}
	want := map[string]ringpolicy.CheckState{".github/workflows/ci.yml": ringpolicy.CheckFailure, ".github/workflows/spoof.yml": ringpolicy.CheckSuccess}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("the state of unit by workflow (-want +got):\n%s", diff)
	}
}

// TestNoWorkflowsAsked: a commit without a check of GitHub Actions, or with none but our own, takes no request more.
func TestNoWorkflowsAsked(t *testing.T) {
	scan := job(1, "scan", 7, "10:00:00", "success")
	scan.App = &githubtest.App{Slug: "scanner"}
	s := state()
	s.CheckRuns = []githubtest.CheckRun{scan, job(2, "gate", 99, "10:00:00", "")}
	hub := githubtest.New(s)
	isOfRuns := func(r githubtest.Request) bool { return strings.HasSuffix(r.Path, "/actions/runs") }
	if _, err := askAny(t, hub); err != nil || slices.ContainsFunc(hub.Requests(), isOfRuns) {
		t.Errorf("error %v, want no request for workflow runs: %v", err, hub.Requests())
	}
}

func TestChecksAndStatuses(t *testing.T) {
	s := state()
	other := job(5, "scan", 0, "10:00:00", "neutral")
	other.App, other.DetailsURL = &githubtest.App{ID: 1, Slug: "scanner"}, "https://scanner.example/actions/runs/99/job/1"
	unknown := job(6, "odd", 0, "10:00:00", "action_required")
	unknown.App = nil
	s.CheckRuns = []githubtest.CheckRun{
		job(1, "unit", 7, "10:00:00", "success"),
		job(2, "gate", 99, "10:00:00", ""), // our own run
		job(3, "lint", 999, "10:00:00", "timed_out"),
		other, unknown,
	}
	s.Runs = append(s.Runs, run(999, 1, "09:59:00", "09:59:00"))
	s.Statuses = []githubtest.Status{
		{SHA: sha("c"), ID: 8, State: "pending", Context: "ci/build", Creator: githubtest.Bot("ci[bot]"), CreatedAt: at("10:00:00")},
		{SHA: sha("c"), ID: 9, State: "error", Context: "ci/build", CreatedAt: at("10:05:00")},
		{SHA: sha("b"), ID: 10, State: "success", Context: "ci/build", CreatedAt: at("10:06:00")},
	}
	done := at("10:01:00")
	check := func(id int64, app, name string, state ringpolicy.CheckState) ringpolicy.Check {
		return ringpolicy.Check{ID: id, App: app, Name: name, State: state, Revision: sha("c"), CompletedAt: done}
	}
	ofActions := func(c ringpolicy.Check, started time.Time) ringpolicy.Check {
		c.Workflow, c.RunStartedAt, c.Attempt = ".github/workflows/ci.yml", started, 1
		return c
	}
	want := []ringpolicy.Check{
		check(6, "unknown", "odd", ringpolicy.CheckFailure), // somebody has to act
		check(5, "scanner", "scan", ringpolicy.CheckNeutral),
		ofActions(check(3, "github-actions", "lint", ringpolicy.CheckTimedOut), at("09:59:00")),
		ofActions(check(1, "github-actions", "unit", ringpolicy.CheckSuccess), at("10:00:00")),
		{ID: 9, Name: "ci/build", State: ringpolicy.CheckFailure, Revision: sha("c"), RunStartedAt: at("10:05:00")},
		{ID: 8, Name: "ci/build", State: ringpolicy.CheckPending, Revision: sha("c"), RunStartedAt: at("10:00:00"), Creator: "ci[bot]"},
	}
	if diff := cmp.Diff(want, ask(t, s)); diff != "" {
		t.Errorf("checks (-want +got):\n%s", diff)
	}
}

func TestCheckStates(t *testing.T) {
	for conclusion, want := range map[string]ringpolicy.CheckState{
		"success": ringpolicy.CheckSuccess, "failure": ringpolicy.CheckFailure, "neutral": ringpolicy.CheckNeutral, "skipped": ringpolicy.CheckSkipped,
		"cancelled": ringpolicy.CheckCancelled, "timed_out": ringpolicy.CheckTimedOut, "": ringpolicy.CheckPending,
		"stale": ringpolicy.CheckFailure, "startup_failure": ringpolicy.CheckFailure, "something new": ringpolicy.CheckFailure,
	} {
		s := state()
		s.CheckRuns = []githubtest.CheckRun{job(1, "unit", 7, "10:00:00", conclusion)}
		if got := ask(t, s)[0].State; got != want {
			t.Errorf("a check run with the conclusion %q is %s, want %s", conclusion, got, want)
		}
	}
}

// TestStartsOfAttempts: GitHub tells when the newest attempt was started, and the first is as old as the run.
func TestStartsOfAttempts(t *testing.T) {
	late := job(4, "late", 7, "15:00:00", "")
	late.StartedAt = nil
	unknown := job(5, "odd", 7, "15:00:00", "success")
	unknown.StartedAt = nil
	for name, c := range map[string]struct {
		job     githubtest.CheckRun
		attempt int // of the run
		want    ringpolicy.Check
	}{
		"the only attempt":       {job(1, "a", 7, "10:05:00", "success"), 1, ringpolicy.Check{Attempt: 1, RunStartedAt: at("14:00:00")}},
		"the newest of three":    {job(1, "a", 7, "14:00:00", "success"), 3, ringpolicy.Check{Attempt: 3, RunStartedAt: at("14:00:00")}},
		"one of the two before":  {job(1, "a", 7, "13:59:59", "success"), 3, ringpolicy.Check{}},
		"the first of two":       {job(1, "a", 7, "10:05:00", "success"), 2, ringpolicy.Check{Attempt: 1, RunStartedAt: at("10:00:00")}},
		"one that has not begun": {late, 2, ringpolicy.Check{Attempt: 2, RunStartedAt: at("14:00:00")}},
		"one that never began":   {unknown, 2, ringpolicy.Check{}},
	} {
		s := state()
		s.CheckRuns = []githubtest.CheckRun{c.job, job(8, "unit", 7, "14:00:00", "failure"), job(9, "unit", 8, "14:00:00", "success")}
		s.Runs = []githubtest.Run{run(7, c.attempt, "10:00:00", "14:00:00"), run(8, 1, "13:00:00", "13:00:00")}
		checks := ask(t, s)
		if got := checks[len(checks)-1]; got.Attempt != c.want.Attempt || !got.RunStartedAt.Equal(c.want.RunStartedAt) {
			t.Errorf("%s: attempt %d from %v, want %d from %v", name, got.Attempt, got.RunStartedAt, c.want.Attempt, c.want.RunStartedAt)
		}
		if other := checks[0]; other.ID != 9 || !other.RunStartedAt.Equal(at("13:00:00")) {
			t.Errorf("%s: the check of another run is %+v, want it from 13:00", name, other)
		}
	}
}
