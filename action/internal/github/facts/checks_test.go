package facts_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/wizzense/deployment-rings/action/internal/github/githubtest"
	"github.com/wizzense/deployment-rings/ringpolicy"
)

var actions = &githubtest.App{ID: 15368, Slug: "github-actions"}

// job is a check run of a workflow run, which is its check suite too.
func job(id int64, name string, run int64, started, conclusion string) githubtest.CheckRun {
	c := githubtest.CheckRun{
		ID: id, Name: name, HeadSHA: sha("c"), Status: "completed", App: actions, StartedAt: ptr(at(started)),
		CheckSuite: githubtest.Suite{ID: run}, DetailsURL: fmt.Sprintf("https://github.com/wizzense/aitherzero/actions/runs/%d/job/%d", run, id),
	}
	if conclusion == "" {
		c.Status = "queued"
		return c
	}
	c.Conclusion, c.CompletedAt = ptr(conclusion), ptr(at(started).Add(time.Minute))
	return c
}

func run(id int64, attempt int, created, started string) githubtest.Run {
	return githubtest.Run{ID: id, HeadSHA: sha("c"), Path: ".github/workflows/ci.yml", CheckSuiteID: id, RunAttempt: attempt, CreatedAt: at(created), RunStartedAt: at(started)}
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
	d := policy.Decide(ringpolicy.Evidence{Now: at("20:00:00"), Checks: checks, Subject: ringpolicy.Subject{Digest: digest, Revision: sha("c"), To: "ring-1"}})
	for _, c := range d.Criteria {
		if c.ID == "unit-tests" {
			return fmt.Sprintf("%v %v", c.Status, c.Code)
		}
	}
	t.Fatalf("the decision does not judge the checks: %v", d.Err())
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
			s := pullState()
			s.CheckRuns = c.jobs
			if c.runs != nil {
				s.Runs = c.runs
			}
			hub := githubtest.New(s)
			found, missing := askAny(t, hub, question())
			if missing != nil {
				t.Fatal(missing)
			}
			if got := judge(t, found.Checks); got != c.want {
				t.Errorf("got %s, want %s: %+v", got, c.want, found.Checks)
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
		s := pullState()
		scan := job(2, "scan", 7, "10:00:00", "success") // an app may put its checks in no suite of Actions, but the id could be the same
		scan.App = &githubtest.App{Slug: "scanner"}
		s.CheckRuns, s.Runs = []githubtest.CheckRun{job(1, "unit", 7, "10:00:00", "success"), scan}, []githubtest.Run{run(7, 1, "10:00:00", "10:00:00")}
		s.Runs[0].Path = path
		found, missing := askAny(t, githubtest.New(s), question())
		switch {
		case want == "":
			if found.Checks != nil || !slices.Equal(of(missing), []string{"checks"}) {
				t.Errorf("path %q: checks %+v, missing %v, want no checks", path, found.Checks, missing)
			}
		case missing != nil || found.Checks[1].Workflow != want || found.Checks[0].Workflow != "":
			t.Errorf("path %q: checks %+v, missing %v, want the workflow %q for unit alone", path, found.Checks, missing, want)
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
		s := pullState()
		s.CheckRuns = []githubtest.CheckRun{job(1, "unit", 7, "10:00:00", "success")}
		if c.change != nil {
			c.change(&s)
		}
		hub := githubtest.New(s)
		if c.fault.Route == "" {
			c.fault.Route = "GET /actions/runs"
		}
		hub.Break(c.fault)
		found, missing := askAny(t, hub, question())
		if found.Checks != nil || !slices.Equal(of(missing), []string{"checks"}) {
			t.Errorf("%s: checks = %v, missing %v", name, found.Checks, missing)
		} else if got := missing[0].String(); !strings.Contains(got, c.says) {
			t.Errorf("%s: %s\ndoes not say %q", name, got, c.says)
		}
	}
}

// TestWorkflowOpen: a check that succeeded counts without its workflow, beside those of the workflows that are known.
func TestWorkflowOpen(t *testing.T) {
	s := pullState()
	s.CheckRuns = []githubtest.CheckRun{job(1, "unit", 6, "10:00:00", "success"), job(2, "unit", 7, "10:00:00", "failure")}
	checks := ask(t, s, question()).Checks
	if len(checks) != 2 || checks[1].Workflow != "" || checks[1].State != ringpolicy.CheckSuccess || checks[0].Workflow != ".github/workflows/ci.yml" {
		t.Errorf("checks %+v, want the success without a workflow, and the failure of ci.yml", checks)
	}
}

// TestSecondWorkflow: a second workflow with a job of the same name, which passes after the first one failed, is another
// check.
func TestSecondWorkflow(t *testing.T) {
	s := pullState()
	s.CheckRuns = []githubtest.CheckRun{job(1, "unit", 7, "10:00:00", "failure"), job(2, "unit", 8, "11:00:00", "success")}
	s.Runs[1].Path = ".github/workflows/spoof.yml"
	got := map[string]ringpolicy.CheckState{}
	for _, c := range ask(t, s, question()).Checks {
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
	s := pullState()
	s.CheckRuns = []githubtest.CheckRun{scan, job(2, "gate", 99, "10:00:00", "")}
	hub := githubtest.New(s)
	if _, missing := askAny(t, hub, question()); missing != nil || perRoute(hub, "GET /actions/runs") != 0 {
		t.Errorf("missing %v, want no request for workflow runs: %v", missing, hub.Requests())
	}
}

func TestChecksAndStatuses(t *testing.T) {
	s := pullState()
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
	found := ask(t, s, question())
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
	if diff := cmp.Diff(want, found.Checks); diff != "" {
		t.Errorf("checks (-want +got):\n%s", diff)
	}
}

// TestPages: every list is read to its end.
func TestPages(t *testing.T) {
	s := pullState()
	for i := range int64(250) {
		s.CheckRuns = append(s.CheckRuns, job(i+1, fmt.Sprint("job ", i), 7, "10:00:00", "success"))
		s.Activities = append(s.Activities, githubtest.Activity{Ref: "refs/heads/feature", After: sha("c"), Timestamp: at("10:00:00"), ActivityType: "push"})
		comment(&s, "mona", "12:00:00", "nice")
	}
	comment(&s, "mona", "12:00:01", "/approve")
	hub := githubtest.New(s)
	found, missing := askAny(t, hub, question())
	if missing != nil || len(found.Checks) != 250 || len(found.Approvals) != 1 || found.Approvals[0].Revision != sha("c") {
		t.Errorf("%d checks, approvals %+v, missing %v", len(found.Checks), found.Approvals, missing)
	}
	for _, suffix := range []string{"/check-runs", "/comments", "/activity"} {
		n := 0
		for _, r := range hub.Requests() {
			if strings.HasSuffix(r.Path, suffix) {
				n++
			}
		}
		if n != 3 {
			t.Errorf("%d requests for %s, want 3 pages", n, suffix)
		}
	}
}

func TestAncestry(t *testing.T) {
	s := pullState()
	s.Commits = append(s.Commits, githubtest.Commit{SHA: sha("d"), Author: githubtest.Person("x"), Committer: githubtest.Person("x"), Parents: []githubtest.Parent{{SHA: sha("a")}}})
	for running, want := range map[string]ringpolicy.Ancestry{
		"":       "", // the ring runs nothing: nobody is asked
		sha("b"): ringpolicy.AncestryAhead,
		sha("c"): ringpolicy.AncestryIdentical,
		sha("d"): ringpolicy.AncestryDiverged,
	} {
		q := question()
		q.Running = running
		if got := ask(t, s, q).Ancestry; got != want {
			t.Errorf("c, where %.1s runs: %q, want %q", running, got, want)
		}
	}
	q := question()
	q.Revision, q.Running, q.PullRequest = sha("a"), sha("c"), 0
	if got := ask(t, s, q).Ancestry; got != ringpolicy.AncestryBehind {
		t.Errorf("a, where c runs: %q, want behind", got)
	}
	q.Running = sha("f")
	found, missing := askAny(t, githubtest.New(s), q)
	if found.Ancestry != "" || !slices.Equal(of(missing), []string{"ancestry"}) {
		t.Errorf("an unknown commit: %q, missing %v", found.Ancestry, missing)
	}
}

// TestNoRevision: without the commit nothing is known of what belongs to it, but incidents are.
func TestNoRevision(t *testing.T) {
	q := question()
	q.Revision = ""
	found, missing := askAny(t, githubtest.New(pullState()), q)
	want := []string{"ancestry", "approvals", "author", "checks", "contributors", "locks", "overrides", "releases", "sign_offs"}
	if !slices.Equal(of(missing), want) {
		t.Errorf("missing %v, want %v", of(missing), want)
	}
	if found.Incidents == nil || found.Checks != nil || found.Approvals != nil || found.Locks != nil {
		t.Errorf("%+v", found)
	}
}
