package facts_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/wizzense/deployment-rings/action/internal/github/githubtest"
	"github.com/wizzense/deployment-rings/ringpolicy"
)

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
	for suffix, want := range map[string]int{"/check-runs": 5, "/comments": 5, "/activity": 3} { // what a cursor leads to does not shift
		n := 0
		for _, r := range hub.Requests() {
			if strings.HasSuffix(r.Path, suffix) {
				n++
			}
		}
		if n != want {
			t.Errorf("%d requests for the 3 pages of %s, want %d", n, suffix, want)
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
