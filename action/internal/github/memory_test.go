package github_test

import (
	"context"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/wizzense/deployment-rings/action/internal/github"
	"github.com/wizzense/deployment-rings/action/internal/github/githubtest"
	"github.com/wizzense/deployment-rings/ringpolicy"
)

// askMany asks the same of one client many times at once, and once more afterwards.
func askMany(t *testing.T, c *github.Client, q github.Question) (all []github.Facts, missing [][]github.Missing) {
	t.Helper()
	const many = 20
	all, missing = make([]github.Facts, many+1), make([][]github.Missing, many+1)
	var wg sync.WaitGroup
	for i := range many {
		wg.Go(func() { all[i], missing[i] = c.Facts(t.Context(), q) })
	}
	wg.Wait()
	all[many], missing[many] = c.Facts(t.Context(), q)
	return all, missing
}

// TestRemembering: twenty at once and one later share the requests of one, and each gets what it would have alone.
func TestRemembering(t *testing.T) {
	for name, fault := range map[string]githubtest.Fault{
		"all is told":       {Route: "none"},
		"one is refused":    {Route: "GET /issues", Status: 403, Text: "Resource not accessible by integration"},
		"one is in trouble": {Route: "GET /commits/{sha}/check-runs", Status: 502},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				once, many := githubtest.New(fullState()), githubtest.New(fullState())
				once.Break(fault)
				many.Break(fault)
				alone, lacks := client(t, github.Options{Transport: memory{once, time.Second}}).Facts(t.Context(), question())
				all, missing := askMany(t, client(t, github.Options{Transport: memory{many, time.Second}}).Remembering(), question())
				for i := range all {
					if diff := cmp.Diff(alone, all[i]); diff != "" || cmp.Diff(texts(lacks), texts(missing[i])) != "" {
						t.Fatalf("number %d is told otherwise (-alone +shared):\n%s%s", i, diff, cmp.Diff(texts(lacks), texts(missing[i])))
					}
				}
				if diff := cmp.Diff(sorted(once.Requests()), sorted(many.Requests())); diff != "" {
					t.Errorf("requests (-alone +shared):\n%s", diff)
				}
			})
		})
	}
}

func texts(all []github.Missing) (texts []string) {
	for _, m := range all {
		texts = append(texts, m.String())
	}
	return texts
}

func sorted(all []githubtest.Request) (texts []string) {
	for _, r := range all {
		texts = append(texts, r.String())
	}
	slices.Sort(texts)
	return texts
}

// Who waits for the answer to another's question waits no longer than its own time.
func TestRememberingWaitsNoLonger(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		began := time.Now()
		c := client(t, github.Options{Transport: memory{githubtest.New(fullState()), time.Minute}}).Remembering()
		var wg sync.WaitGroup
		wg.Go(func() { c.Facts(t.Context(), question()) })
		synctest.Wait() // the first has asked
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		_, missing := c.Facts(ctx, question())
		if took := time.Since(began); took != time.Second || len(missing) == 0 {
			t.Errorf("the second waits for %v and lacks %d facts, want 1s and some", took, len(missing))
		}
		wg.Wait()
	})
}

// Only a client that was asked to remembers.
func TestNotRemembering(t *testing.T) {
	hub := githubtest.New(fullState())
	c := client(t, github.Options{Transport: memory{hub, 0}})
	c.Remembering()
	c.Facts(t.Context(), question())
	n := len(hub.Requests())
	c.Facts(t.Context(), question())
	if again := len(hub.Requests()) - n; again != n {
		t.Errorf("the second time takes %d requests, the first %d", again, n)
	}
}

// TestRememberingTheLimit: once the limit is used up for long, nothing more is sent.
func TestRememberingTheLimit(t *testing.T) {
	hub := githubtest.New(fullState())
	hub.Break(githubtest.Fault{Status: http.StatusForbidden, Header: map[string]string{"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": "99999999999"}})
	c := client(t, github.Options{Transport: memory{hub, 0}}).Remembering()
	c.Facts(t.Context(), question())
	n := len(hub.Requests())
	q := question()
	q.Revision, q.PullRequest = sha("b"), 13
	_, missing := c.Facts(t.Context(), q)
	if more := len(hub.Requests()) - n; more != 0 || len(missing) == 0 {
		t.Errorf("%d requests after the limit was used up, %v missing, want none sent", more, missing)
	}
	for _, m := range missing {
		if !strings.Contains(m.String(), "the rate limit is used up until") {
			t.Errorf("missing %v, want the limit as the reason", m)
		}
	}
}

// TestUnneeded: what nobody needs is not asked for, and is not missing either.
func TestUnneeded(t *testing.T) {
	for _, c := range []struct {
		leave    func(*github.Question)
		requests int
		without  []string // facts
	}{
		{func(q *github.Question) {}, 12, nil},
		{func(q *github.Question) { q.Checks = false }, 9, []string{"checks"}},
		{func(q *github.Question) { q.Reviews = false }, 11, nil},
		{func(q *github.Question) { q.Approvals, q.People = false, false }, 12, nil}, // there is an override, and it may be of a contributor
		{func(q *github.Question) { q.Severities = nil }, 11, nil},
		{func(q *github.Question) { q.Approvals, q.Revision = false, sha("d") }, 11, nil}, // a commit of it that is not its head
	} {
		s := fullState()
		s.Pulls[0].SHAs = append(s.Pulls[0].SHAs, sha("d"))
		s.Commits = append(s.Commits, githubtest.Commit{SHA: sha("d"), Author: githubtest.Person("octocat"), Committer: githubtest.Person("octocat"), Parents: []githubtest.Parent{{SHA: sha("b")}}})
		hub, q := githubtest.New(s), question()
		c.leave(&q)
		facts, missing := client(t, github.Options{Transport: memory{hub, 0}}).Facts(t.Context(), q)
		if len(missing) > 0 {
			t.Errorf("missing %v, want nothing that nobody asked for", missing)
		}
		if !slices.ContainsFunc(facts.Approvals, func(a ringpolicy.Approval) bool { return a.Role == "change-review-board" }) {
			t.Errorf("approvals %v, want those in comments whatever is asked for", facts.Approvals)
		}
		for fact, there := range collected(facts) {
			if there == slices.Contains(c.without, fact) {
				t.Errorf("%s are collected: %v", fact, there)
			}
		}
		if n := len(hub.Requests()); n != c.requests {
			t.Errorf("%d requests, want %d: %v", n, c.requests, hub.Requests())
		}
	}
}
