package facts_test

import (
	stdcmp "cmp"
	"errors"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/wizzense/deployment-rings/action/internal/github"
	"github.com/wizzense/deployment-rings/action/internal/github/facts"
	"github.com/wizzense/deployment-rings/action/internal/github/githubtest"
	"github.com/wizzense/deployment-rings/ringpolicy"
)

const token = "ghs_secretsecretsecret"

const digest = "sha256:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"

var rings = []string{"dev", "ring-0", "ring-1", "production"}

var sha, at, job, run = githubtest.SHA, githubtest.At, githubtest.Job, githubtest.WorkflowRun

func ptr[T any](v T) *T { return &v }

// pullState is a repository with the commits a ← b ← c, of which the ring runs b, and c is the head of pull
// request #12 by octocat, pushed at 10:00.
func pullState() githubtest.State {
	repo := &githubtest.Repository{FullName: "wizzense/aitherzero"}
	commit := func(letter string, parents ...githubtest.Parent) githubtest.Commit {
		return githubtest.Commit{SHA: sha(letter), Author: githubtest.Person("octocat"), Committer: githubtest.Person("web-flow"), Parents: parents}
	}
	return githubtest.State{
		Repository: "wizzense/aitherzero",
		Commits:    []githubtest.Commit{commit("a"), commit("b", githubtest.Parent{SHA: sha("a")}), commit("c", githubtest.Parent{SHA: sha("b")})},
		Pulls: []githubtest.Pull{{
			Number: 12, State: "open", User: githubtest.Person("octocat"), CreatedAt: at("10:00:00"), SHAs: []string{sha("c")},
			Head:   githubtest.Branch{Ref: "feature", SHA: sha("c"), Repo: repo},
			Base:   githubtest.Branch{Ref: "main", SHA: sha("b"), Repo: repo},
			Labels: []githubtest.Label{{Name: "critical"}, {Name: facts.LockLabel}},
		}},
		Runs: []githubtest.Run{run(7, 1, "10:00:00", "10:00:00"), run(8, 1, "11:00:00", "11:00:00")},
		Activities: []githubtest.Activity{
			{ID: 1, Ref: "refs/heads/main", After: sha("b"), Timestamp: at("09:00:00"), ActivityType: "push", Actor: githubtest.Person("octocat")},
			{ID: 2, Ref: "refs/heads/feature", After: sha("c"), Timestamp: at("10:00:00"), ActivityType: "branch_creation", Actor: githubtest.Person("octocat")},
		},
	}
}

// comment adds one of a person who may speak for the repository.
func comment(s *githubtest.State, by, clock, body string) *githubtest.Comment {
	s.Comments = append(s.Comments, githubtest.Comment{
		Issue: 12, ID: int64(len(s.Comments) + 1), User: githubtest.Person(by), Body: body,
		AuthorAssociation: "MEMBER", CreatedAt: at(clock), UpdatedAt: at(clock),
	})
	return &s.Comments[len(s.Comments)-1]
}

// question asks whether the image of pull request #12 may come into ring-1.
func question() facts.Question {
	return facts.Question{
		Ring: "ring-1", Rings: rings, Digest: digest, Revision: sha("c"), PullRequest: 12, Running: sha("b"),
		Checks: true, Reviews: true, Approvals: true, SignOffs: true, People: true, Severities: []string{"critical"}, RunID: 99,
	}
}

// ask asks a GitHub on loopback, and fails where facts are missing.
func ask(t *testing.T, s githubtest.State, q facts.Question) facts.Facts {
	t.Helper()
	found, missing := askAny(t, githubtest.New(s), q)
	for _, m := range missing {
		t.Errorf("missing %v", m)
	}
	return found
}

func askAny(t *testing.T, hub *githubtest.GitHub, q facts.Question) (facts.Facts, []facts.Missing) {
	t.Helper()
	twin := hub.Twin()
	server := httptest.NewServer(hub)
	t.Cleanup(server.Close)
	found, missing := facts.Gather(t.Context(), client(t, github.Options{Root: server.URL + hub.Prefix}), q)
	if twin != nil {
		compareAhead(t, twin, q, found, missing)
	}
	return found, missing
}

// compareAhead asks the same with [facts.Ahead], which makes no difference.
func compareAhead(t *testing.T, hub *githubtest.GitHub, q facts.Question, found facts.Facts, missing []facts.Missing) {
	t.Helper()
	server := httptest.NewServer(hub)
	t.Cleanup(server.Close)
	c := client(t, github.Options{Root: server.URL + hub.Prefix}).Remembering()
	facts.Ahead(t.Context(), c, q)
	ahead, lacks := facts.Gather(t.Context(), c, q)
	if diff := cmp.Diff(inOrder(found), inOrder(ahead)); diff != "" {
		t.Errorf("what was asked ahead is told otherwise (-alone +ahead):\n%s", diff)
	}
	if diff := cmp.Diff(texts(missing), texts(lacks)); diff != "" {
		t.Errorf("what is missing where it was asked ahead (-alone +ahead):\n%s", diff)
	}
}

// inOrder has the checks in the order of their numbers: GitHub promises none.
func inOrder(f facts.Facts) facts.Facts {
	if f.Checks != nil {
		f.Checks = append([]ringpolicy.Check{}, f.Checks...)
	}
	slices.SortStableFunc(f.Checks, func(a, b ringpolicy.Check) int { return stdcmp.Compare(a.ID, b.ID) })
	return f
}

func client(t *testing.T, o github.Options) *github.Client {
	t.Helper()
	return githubtest.Client(t, o, token)
}

// memory serves requests without a network, each after some time: in a bubble with a clock of its own.
type memory struct {
	http.Handler
	latency time.Duration
}

func (m memory) RoundTrip(r *http.Request) (*http.Response, error) {
	time.Sleep(m.latency)
	recorder := httptest.NewRecorder()
	var wait sync.WaitGroup
	wait.Go(func() { m.ServeHTTP(recorder, r) })
	wait.Wait()
	if r.Context().Err() != nil {
		return nil, r.Context().Err()
	}
	return recorder.Result(), nil
}

// of are the facts that are missing, without why.
func of(missing []facts.Missing) []string {
	var kinds []string
	for _, m := range missing {
		kinds = append(kinds, m.Kind.String())
	}
	return kinds
}

func wantRemark(t *testing.T, f facts.Facts, parts ...string) {
	t.Helper()
	for _, part := range parts {
		if !slices.ContainsFunc(f.Remarks, func(r string) bool { return strings.Contains(r, part) }) {
			t.Errorf("no remark says %q:\n%s", part, strings.Join(f.Remarks, "\n"))
		}
	}
}

func failureOf(t *testing.T, m facts.Missing) *github.Failure {
	t.Helper()
	f := new(github.Failure)
	if !errors.As(m.Err, &f) {
		t.Fatalf("%v is no Failure", m)
	}
	return f
}
