package github_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/wizzense/deployment-rings/action/internal/github"
	"github.com/wizzense/deployment-rings/action/internal/github/githubtest"
)

// TestForetold: who asks for what was foretold gets it without a request, also when the rate limit is used up. What is not whole is asked
// for, and so is what was foretold to a client that does not remember.
func TestForetold(t *testing.T) {
	const ofIssues, ofCompare = "/repos/wizzense/aitherzero/issues?state=open", "/repos/wizzense/aitherzero/compare/"
	pair := sha("b") + "..." + sha("c")
	number := func(n int) map[string]any { return map[string]any{"number": n} }
	for name, c := range map[string]struct {
		foretell map[string]any
		forgets  bool
		got      string
		requests int
	}{
		"nothing":              {nil, false, "120 ahead", 4},
		"both":                 {map[string]any{ofIssues: []any{number(1), number(2)}, ofCompare + pair: map[string]any{"status": "behind"}}, false, "2 behind", 0},
		"an empty list":        {map[string]any{ofIssues: []any{}}, false, "0 ahead", 1},
		"no list":              {map[string]any{ofIssues: nil}, false, "120 ahead", 4},
		"an item is not one":   {map[string]any{ofIssues: []any{number(1), number(0)}}, false, "120 ahead", 4},
		"another type":         {map[string]any{ofIssues: number(1), ofCompare + pair: []any{}}, false, "120 ahead", 4},
		"an object lacks":      {map[string]any{ofCompare + pair: map[string]any{}}, false, "120 ahead", 4},
		"what is no JSON":      {map[string]any{ofIssues: func() {}}, false, "120 ahead", 4},
		"another path":         {map[string]any{ofIssues + "&labels=x": []any{}}, false, "120 ahead", 4},
		"it does not remember": {map[string]any{ofIssues: []any{}}, true, "120 ahead", 8},
	} {
		hub := githubtest.New(state())
		server := httptest.NewServer(hub)
		gh := client(t, github.Options{Root: server.URL})
		if !c.forgets {
			gh = gh.Remembering()
		}
		for path, answer := range c.foretell {
			gh.Foretell(path, answer)
		}
		for range 2 {
			all, err := issues(t.Context(), gh)
			one, errOne := compare(t.Context(), gh)
			if got := fmt.Sprint(len(all), " ", one.Status); err != nil || errOne != nil || got != c.got {
				t.Errorf("%s: %s, %v, %v, want %s", name, got, err, errOne, c.got)
			}
		}
		if n := len(hub.Requests()); n != c.requests {
			t.Errorf("%s: %d requests, want %d", name, n, c.requests)
		}
		server.Close()
	}
}

// TestForetoldWithoutRequests: a rate limit that is used up takes nothing away that is known already.
func TestForetoldWithoutRequests(t *testing.T) {
	s := state()
	s.Limits.Requests = 1
	server := httptest.NewServer(githubtest.New(s))
	defer server.Close()
	gh := client(t, github.Options{Root: server.URL}).Remembering()
	gh.Foretell("/repos/wizzense/aitherzero/issues?state=open", []any{})
	if _, err := compare(t.Context(), gh); err != nil {
		t.Fatal(err)
	}
	if _, err := github.Get[comparison](t.Context(), gh, reading, gh.Path("compare", sha("a")+"..."+sha("b"))); err == nil {
		t.Error("a second request is served, want the limit used up")
	}
	if all, err := issues(t.Context(), gh); err != nil || len(all) != 0 {
		t.Errorf("what was foretold = %d issues, %v, want none, and no error", len(all), err)
	}
}

// TestRemember: the first answer to a question stays.
func TestRemember(t *testing.T) {
	gh := client(t, github.Options{Transport: served{githubtest.New(state()), 0}})
	ask := func(c *github.Client) any {
		got, err := c.Once(t.Context(), reading, "question", func() (any, error) { return "asked", nil })
		if err != nil {
			t.Fatal(err)
		}
		return got
	}
	gh.Remember("question", "known")
	if got := ask(gh); got != "asked" {
		t.Errorf("a client that does not remember says %v", got)
	}
	gh = gh.Remembering()
	gh.Remember("question", "known")
	gh.Remember("question", "known better")
	if got := ask(gh); got != "known" {
		t.Errorf("Once = %v, want what was known first", got)
	}
}

// TestSome: pages are read one after the other until there is enough, and an error of one is an error.
func TestSome(t *testing.T) {
	for name, c := range map[string]struct {
		enough int
		fault  githubtest.Fault
		read   []int
		whole  bool
		fails  bool
	}{
		"all":             {1000, githubtest.Fault{Route: "none"}, []int{100, 20}, true, false},
		"a page":          {1, githubtest.Fault{Route: "none"}, []int{100}, false, false},
		"just all":        {120, githubtest.Fault{Route: "none"}, []int{100, 20}, true, false},
		"the first fails": {1000, githubtest.Fault{Status: 404}, nil, false, true},
		"a page fails":    {1000, githubtest.Fault{Query: "page=2", Status: 404}, []int{100}, false, true},
	} {
		hub := githubtest.New(state())
		hub.Break(c.fault)
		server := httptest.NewServer(hub)
		var read []int
		wants := func(page []issue) bool {
			read = append(read, len(page))
			n := 0
			for _, m := range read {
				n += m
			}
			return n < c.enough
		}
		whole, err := github.Some(context.Background(), client(t, github.Options{Root: server.URL}), reading, "/repos/wizzense/aitherzero/issues?state=open", func(page []issue) []issue { return page }, wants)
		if !slices.Equal(read, c.read) || whole != c.whole || (err != nil) != c.fails || err != nil && !errors.As(err, new(*github.Failure)) {
			t.Errorf("%s: Some = %v, %v after pages of %s", name, whole, err, cmp.Diff(c.read, read))
		}
		server.Close()
	}
}

// TestForget: answers that are no longer kept leave room for others, and those that are kept do not.
func TestForget(t *testing.T) {
	large := `{"data": {"text": "` + strings.Repeat("x", 12<<20) + `"}}`
	for forgets, want := range map[bool]bool{true: true, false: false} {
		gh := client(t, github.Options{Transport: served{http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { io.WriteString(w, large) }), 0}})
		var failed error
		for range 6 { // of which 48 MB have room for three
			reply, err := github.QueryParts(t.Context(), gh, reading, "query {}", nil)
			if failed = err; err != nil {
				break
			}
			if forgets {
				gh.Forget(reply)
			}
		}
		if got := failed == nil; got != want {
			t.Errorf("six large answers, forgotten: %v, are read: %v (%v), want %v", forgets, got, failed, want)
		}
	}
}
