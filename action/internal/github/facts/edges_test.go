package facts_test

import (
	"slices"
	"testing"

	"github.com/wizzense/deployment-rings/action/internal/github/githubtest"
)

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
