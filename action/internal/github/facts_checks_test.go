package github_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/wizzense/deployment-rings/action/internal/github"
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
	return githubtest.Run{ID: id, HeadSHA: sha("c"), CheckSuiteID: id, RunAttempt: attempt, CreatedAt: at(created), RunStartedAt: at(started)}
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
		asks bool // for the starts of the workflow runs
	}{
		"one run":                {[]githubtest.CheckRun{job(1, "unit", 7, "10:00:00", "success")}, nil, "met ok", false},
		"attempts, failed first": {[]githubtest.CheckRun{job(1, "unit", 7, "10:00:00", "failure"), job(2, "unit", 7, "11:00:00", "success")}, nil, "met ok", false},
		"attempts, failed last":  {[]githubtest.CheckRun{job(1, "unit", 7, "10:00:00", "success"), job(2, "unit", 7, "11:00:00", "failure")}, nil, "unmet check_failed", false},
		"a queued attempt hides behind a green one": {[]githubtest.CheckRun{job(1, "unit", 7, "10:00:00", "success"), job(2, "unit", 7, "11:00:00", "")}, nil, "pending check_pending", false},
		"twins that agree":                          {[]githubtest.CheckRun{job(1, "unit", 7, "10:00:00", "success"), job(2, "unit", 8, "10:00:00", "success")}, nil, "met ok", false},
		"two workflow runs": {
			[]githubtest.CheckRun{job(1, "unit", 7, "10:00:00", "failure"), job(2, "unit", 8, "11:00:00", "success")},
			[]githubtest.Run{run(7, 1, "10:00:00", "10:00:00"), run(8, 1, "11:00:00", "11:00:00")}, "met ok", true},
		"the older one was run again": {
			[]githubtest.CheckRun{job(1, "unit", 7, "10:00:00", "success"), job(2, "unit", 8, "11:00:00", "success"), job(3, "unit", 7, "12:00:00", "failure")},
			[]githubtest.Run{run(7, 2, "10:00:00", "12:00:00"), run(8, 1, "11:00:00", "11:00:00")}, "unmet check_failed", true},
		"an older run made its job later": { // by the start 2 is the newest, by the id 3
			[]githubtest.CheckRun{job(2, "unit", 8, "11:00:00", "failure"), job(3, "unit", 7, "11:30:00", "success")},
			[]githubtest.Run{run(7, 1, "10:00:00", "10:00:00"), run(8, 1, "11:00:00", "11:00:00")}, "unknown check_order_ambiguous", true},
		"a green job that was not run again": { // the second attempt of 7 ran other jobs
			[]githubtest.CheckRun{job(1, "unit", 7, "10:00:00", "success"), job(2, "unit", 8, "11:00:00", "failure"), job(3, "other", 7, "12:00:00", "success")},
			[]githubtest.Run{run(7, 2, "10:00:00", "12:00:00"), run(8, 1, "11:00:00", "11:00:00")}, "unmet check_failed", true},
	} {
		t.Run(name, func(t *testing.T) {
			s := pullState()
			s.CheckRuns, s.Runs = c.jobs, c.runs
			hub := githubtest.New(s)
			facts, missing := askAny(t, hub, question())
			if missing != nil {
				t.Fatal(missing)
			}
			if got := judge(t, facts.Checks); got != c.want {
				t.Errorf("got %s, want %s: %+v", got, c.want, facts.Checks)
			}
			asked := slices.ContainsFunc(hub.Requests(), func(r githubtest.Request) bool { return strings.HasSuffix(r.Path, "/actions/runs") })
			if asked != c.asks {
				t.Errorf("asked for workflow runs: %v, want %v", asked, c.asks)
			}
		})
	}
}

// TestStartsNeeded: where the order of two runs decides and cannot be had, the checks are not collected.
func TestStartsNeeded(t *testing.T) {
	s := pullState()
	s.CheckRuns = []githubtest.CheckRun{job(1, "unit", 7, "10:00:00", "failure"), job(2, "unit", 8, "11:00:00", "success")}
	hub := githubtest.New(s)
	hub.Break(githubtest.Fault{Route: "GET /actions/runs", Status: 403, Text: "Resource not accessible by integration"})
	facts, missing := askAny(t, hub, question())
	if facts.Checks != nil || !slices.Equal(of(missing), []string{"checks"}) {
		t.Fatalf("checks = %v, missing %v", facts.Checks, missing)
	}
	if got := missing[0].String(); !strings.Contains(got, `"permissions: actions: read"`) {
		t.Errorf("%s does not name the permission", got)
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
	s.Statuses = []githubtest.Status{
		{SHA: sha("c"), ID: 8, State: "pending", Context: "ci/build", CreatedAt: at("10:00:00")},
		{SHA: sha("c"), ID: 9, State: "error", Context: "ci/build", CreatedAt: at("10:05:00")},
		{SHA: sha("b"), ID: 10, State: "success", Context: "ci/build", CreatedAt: at("10:06:00")},
	}
	facts := ask(t, s, question())
	done := at("10:01:00")
	check := func(id int64, app, name string, state ringpolicy.CheckState) ringpolicy.Check {
		return ringpolicy.Check{ID: id, App: app, Name: name, State: state, Revision: sha("c"), CompletedAt: done}
	}
	want := []ringpolicy.Check{
		check(6, "unknown", "odd", ringpolicy.CheckFailure), // somebody has to act
		check(5, "scanner", "scan", ringpolicy.CheckNeutral),
		check(3, "github-actions", "lint", ringpolicy.CheckTimedOut),
		check(1, "github-actions", "unit", ringpolicy.CheckSuccess),
		{ID: 9, Name: "ci/build", State: ringpolicy.CheckFailure, Revision: sha("c"), RunStartedAt: at("10:05:00")},
		{ID: 8, Name: "ci/build", State: ringpolicy.CheckPending, Revision: sha("c"), RunStartedAt: at("10:00:00")},
	}
	if diff := cmp.Diff(want, facts.Checks); diff != "" {
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
	facts, missing := askAny(t, hub, question())
	if missing != nil || len(facts.Checks) != 250 || len(facts.Approvals) != 1 || facts.Approvals[0].Revision != sha("c") {
		t.Errorf("%d checks, approvals %+v, missing %v", len(facts.Checks), facts.Approvals, missing)
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
		sha("b"): ringpolicy.Ahead,
		sha("c"): ringpolicy.Identical,
		sha("d"): ringpolicy.Diverged,
	} {
		q := question()
		q.Running = running
		if got := ask(t, s, q).Ancestry; got != want {
			t.Errorf("c, where %.1s runs: %q, want %q", running, got, want)
		}
	}
	q := question()
	q.Revision, q.Running, q.PullRequest = sha("a"), sha("c"), 0
	if got := ask(t, s, q).Ancestry; got != ringpolicy.Behind {
		t.Errorf("a, where c runs: %q, want behind", got)
	}
	q.Running = sha("f")
	facts, missing := askAny(t, githubtest.New(s), q)
	if facts.Ancestry != "" || !slices.Equal(of(missing), []string{"ancestry"}) {
		t.Errorf("an unknown commit: %q, missing %v", facts.Ancestry, missing)
	}
}

// TestNoRevision: without the commit nothing is known of what belongs to it, but incidents are.
func TestNoRevision(t *testing.T) {
	q := question()
	q.Revision = ""
	facts, missing := askAny(t, githubtest.New(pullState()), q)
	want := []string{"ancestry", "approvals", "author", "checks", "contributors", "locks", "overrides", "releases", "sign_offs"}
	if !slices.Equal(of(missing), want) {
		t.Errorf("missing %v, want %v", of(missing), want)
	}
	if facts.Incidents == nil || facts.Checks != nil || facts.Approvals != nil || facts.Locks != nil {
		t.Errorf("%+v", facts)
	}
}

func TestOptions(t *testing.T) {
	for _, o := range []github.Options{
		{Repository: ""}, {Repository: "aitherzero"}, {Repository: "a/b/c"}, {Repository: "a/b?x"},
		{Repository: "a/b", Root: "api.github.com"}, {Repository: "a/b", Root: "ftp://x"}, {Repository: "a/b", Root: "https://user:" + token + "@x"},
	} {
		if _, err := github.New(o); err == nil || strings.Contains(err.Error(), token) {
			t.Errorf("New(%+v) = %v", o, err)
		}
	}
}
