package facts_test

import (
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/wizzense/deployment-rings/action/internal/github"
	"github.com/wizzense/deployment-rings/action/internal/github/facts"
	"github.com/wizzense/deployment-rings/action/internal/github/githubtest"
	"github.com/wizzense/deployment-rings/ringpolicy"
)

// askMany asks the same of one client many times at once, and once more afterwards.
func askMany(t *testing.T, c *github.Client, q facts.Question) (all []facts.Facts, missing [][]facts.Missing) {
	t.Helper()
	const many = 20
	all, missing = make([]facts.Facts, many+1), make([][]facts.Missing, many+1)
	var wg sync.WaitGroup
	for i := range many {
		wg.Go(func() { all[i], missing[i] = facts.Gather(t.Context(), c, q) })
	}
	wg.Wait()
	all[many], missing[many] = facts.Gather(t.Context(), c, q)
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
				alone, lacks := facts.Gather(t.Context(), client(t, github.Options{Transport: memory{once, time.Second}}), question())
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

func texts(all []facts.Missing) (texts []string) {
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

// TestUnneeded: what nobody needs is not asked for, and is not missing either.
func TestUnneeded(t *testing.T) {
	for _, c := range []struct {
		leave    func(*facts.Question)
		requests int
		without  []string // facts
	}{
		{func(q *facts.Question) {}, 12, nil},
		{func(q *facts.Question) { q.Checks = false }, 9, []string{"checks"}},
		{func(q *facts.Question) { q.Reviews = false }, 11, nil},
		{func(q *facts.Question) { q.Approvals, q.People = false, false }, 12, nil}, // there is an override, and it may be of a contributor
		{func(q *facts.Question) { q.Severities = nil }, 11, nil},
		{func(q *facts.Question) { q.Approvals, q.Revision = false, sha("d") }, 11, nil}, // a commit of it that is not its head
	} {
		s := fullState()
		s.Pulls[0].SHAs = append(s.Pulls[0].SHAs, sha("d"))
		s.Commits = append(s.Commits, githubtest.Commit{SHA: sha("d"), Author: githubtest.Person("octocat"), Committer: githubtest.Person("octocat"), Parents: []githubtest.Parent{{SHA: sha("b")}}})
		hub, q := githubtest.New(s), question()
		c.leave(&q)
		found, missing := facts.Gather(t.Context(), client(t, github.Options{Transport: memory{hub, 0}}), q)
		if len(missing) > 0 {
			t.Errorf("missing %v, want nothing that nobody asked for", missing)
		}
		if !slices.ContainsFunc(found.Approvals, func(a ringpolicy.Approval) bool { return a.Role == "change-review-board" }) {
			t.Errorf("approvals %v, want those in comments whatever is asked for", found.Approvals)
		}
		for fact, there := range collected(found) {
			if there == slices.Contains(c.without, fact) {
				t.Errorf("%s are collected: %v", fact, there)
			}
		}
		if n := len(hub.Requests()); n != c.requests {
			t.Errorf("%d requests, want %d: %v", n, c.requests, hub.Requests())
		}
	}
}
