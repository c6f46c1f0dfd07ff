package facts_test

import (
	"slices"
	"testing"

	"github.com/wizzense/deployment-rings/action/internal/github/githubtest"
	"github.com/wizzense/deployment-rings/ringpolicy"
)

func TestCheckStates(t *testing.T) {
	for conclusion, want := range map[string]ringpolicy.CheckState{
		"success": ringpolicy.CheckSuccess, "failure": ringpolicy.CheckFailure, "neutral": ringpolicy.CheckNeutral, "skipped": ringpolicy.CheckSkipped,
		"cancelled": ringpolicy.CheckCancelled, "timed_out": ringpolicy.CheckTimedOut, "": ringpolicy.CheckPending,
		"stale": ringpolicy.CheckFailure, "startup_failure": ringpolicy.CheckFailure, "something new": ringpolicy.CheckFailure,
	} {
		s := pullState()
		s.CheckRuns = []githubtest.CheckRun{job(1, "unit", 7, "10:00:00", conclusion)}
		if got := ask(t, s, question()).Checks[0].State; got != want {
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
		s := pullState()
		s.CheckRuns = []githubtest.CheckRun{c.job, job(8, "unit", 7, "14:00:00", "failure"), job(9, "unit", 8, "14:00:00", "success")}
		s.Runs = []githubtest.Run{run(7, c.attempt, "10:00:00", "14:00:00"), run(8, 1, "13:00:00", "13:00:00")}
		checks := ask(t, s, question()).Checks
		if got := checks[len(checks)-1]; got.Attempt != c.want.Attempt || !got.RunStartedAt.Equal(c.want.RunStartedAt) {
			t.Errorf("%s: attempt %d from %v, want %d from %v", name, got.Attempt, got.RunStartedAt, c.want.Attempt, c.want.RunStartedAt)
		}
		if other := checks[0]; other.ID != 9 || !other.RunStartedAt.Equal(at("13:00:00")) {
			t.Errorf("%s: the check of another run is %+v, want it from 13:00", name, other)
		}
	}
}

// TestFaultsOfALookup: the requests of an image that names no pull request.
func TestFaultsOfALookup(t *testing.T) {
	spoken := []string{"approvals", "author", "contributors", "locks", "overrides", "releases", "sign_offs"}
	for route, c := range map[string]struct {
		revision string
		missing  []string
	}{
		"GET /commits/{sha}/pulls": {sha("c"), spoken},
		"GET /commits/{sha}":       {sha("b"), []string{"author", "contributors"}}, // it is of no pull request
	} {
		hub, q := githubtest.New(fullState()), without(question())
		q.PullRequest, q.Revision = 0, c.revision
		hub.Break(githubtest.Fault{Route: route, Status: 403, Text: "Resource not accessible by integration"})
		found, missing := askAny(t, hub, q)
		if !slices.Equal(of(missing), c.missing) {
			t.Errorf("%s: missing %v, want %v", route, missing, c.missing)
		}
		if there := found.Approvals != nil; there == slices.Contains(c.missing, "approvals") {
			t.Errorf("%s: approvals %v", route, found.Approvals)
		}
	}
	s, q := pullState(), without(question())
	s.Commits[1].Author, q.Revision, q.PullRequest = nil, sha("b"), 0
	if found, missing := askAny(t, githubtest.New(s), q); found.Author != "" || !slices.Equal(of(missing), []string{"author"}) {
		t.Errorf("a commit of nobody: author %q, missing %v", found.Author, missing)
	}
}

func TestSeverityWithComma(t *testing.T) {
	q := question()
	q.Severities = []string{"critical, really"}
	found, missing := askAny(t, githubtest.New(pullState()), q)
	if found.Incidents != nil || !slices.Equal(of(missing), []string{"incidents"}) {
		t.Errorf("incidents %v, missing %v", found.Incidents, missing)
	}
}
