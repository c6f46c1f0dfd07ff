package github_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/wizzense/deployment-rings/action/internal/github"
	"github.com/wizzense/deployment-rings/action/internal/github/githubtest"
)

const token = "ghs_secretsecretsecret"

var sha, at = githubtest.SHA, githubtest.At

// state is a repository with the commits a ← b ← c, of which c is the head of pull request #12, and 119 open issues besides.
func state() githubtest.State {
	repo := &githubtest.Repository{FullName: "wizzense/aitherzero"}
	commit := func(letter string, parents ...githubtest.Parent) githubtest.Commit {
		return githubtest.Commit{SHA: sha(letter), Parents: parents}
	}
	s := githubtest.State{
		Repository: "wizzense/aitherzero",
		Commits:    []githubtest.Commit{commit("a"), commit("b", githubtest.Parent{SHA: sha("a")}), commit("c", githubtest.Parent{SHA: sha("b")})},
		Pulls: []githubtest.Pull{{
			Number: 12, State: "open", User: githubtest.Person("octocat"), SHAs: []string{sha("c")},
			Head: githubtest.Branch{Ref: "feature", SHA: sha("c"), Repo: repo},
			Base: githubtest.Branch{Ref: "main", SHA: sha("b"), Repo: repo},
		}},
	}
	for i := range 119 {
		s.Issues = append(s.Issues, githubtest.Issue{Number: 100 + i, State: "open", User: githubtest.Person("mona")})
	}
	return s
}

func client(t *testing.T, o github.Options) *github.Client {
	t.Helper()
	return githubtest.Client(t, o, token)
}

var reading = github.Operation{Doing: "read it", Needs: "contents: read"}

// A comparison is an object that has a status.
type comparison struct{ Status string }

func (c comparison) Lacks() string {
	return github.IfEmpty("the status of a comparison", c.Status == "")
}

// compare reads one object.
func compare(ctx context.Context, c *github.Client) (comparison, error) {
	return github.Get[comparison](ctx, c, reading, c.Path("compare", sha("b")+"..."+sha("c")))
}

type issue struct {
	Number int
	Body   string
}

func (i issue) Key() any { return i.Number }

func (i issue) Lacks() string { return github.IfEmpty("the number of an issue", i.Number == 0) }

// issues reads a list.
func issues(ctx context.Context, c *github.Client) ([]issue, error) {
	return github.List[issue](ctx, c, reading, c.Path("issues")+"?state=open")
}

// served serves requests without a network, each after some time: in a bubble with a clock of its own.
type served struct {
	http.Handler
	latency time.Duration
}

func (s served) RoundTrip(r *http.Request) (*http.Response, error) {
	if err := pause(r.Context(), s.latency); err != nil {
		return nil, err
	}
	recorder := httptest.NewRecorder()
	var wait sync.WaitGroup
	wait.Go(func() { s.ServeHTTP(recorder, r) })
	wait.Wait()
	if r.Context().Err() != nil {
		return nil, r.Context().Err()
	}
	return recorder.Result(), nil
}

func pause(ctx context.Context, d time.Duration) error {
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-time.After(d):
		return nil
	}
}

func sorted(names []string) string {
	slices.Sort(names)
	return strings.Join(names, ", ")
}
