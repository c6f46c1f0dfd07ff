package github_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/wizzense/deployment-rings/action/internal/github"
	"github.com/wizzense/deployment-rings/action/internal/github/githubtest"
)

// renamed is state of a repository that was renamed. A client knows it by its old name.
func renamed() githubtest.State {
	s := state()
	s.OldNames, s.Repository = []string{s.Repository}, "acme/tower"
	s.Pulls[0].Head.Repo, s.Pulls[0].Base.Repo = &githubtest.Repository{FullName: s.Repository}, &githubtest.Repository{FullName: s.Repository}
	s.Tags = []githubtest.Tag{{Name: "v1.0.0", At: githubtest.Object{Type: "commit", SHA: sha("a")}}}
	return s
}

// TestRenamed: a repository that has another name now is found by its old one, with the token, for all that is asked and written.
func TestRenamed(t *testing.T) {
	for _, prefix := range []string{"", "/api/v3"} {
		hub := githubtest.New(renamed())
		hub.Prefix, hub.Token = prefix, token
		server := httptest.NewServer(hub)
		t.Cleanup(server.Close)
		gh := client(t, github.Options{Root: server.URL + prefix})
		if got, err := compare(t.Context(), gh); err != nil || got.Status != "ahead" {
			t.Errorf("%s: Get = %v, %v, want ahead", prefix, got, err)
		}
		if all, err := issues(t.Context(), gh); err != nil || len(all) != 120 {
			t.Errorf("%s: List = %d issues, %v, want 120", prefix, len(all), err)
		}
		if found, err := gh.Pull(t.Context(), 12); err != nil || found.Fork || found.Branch != "feature" {
			t.Errorf("%s: Pull(12) = %+v, %v, want no fork", prefix, found, err)
		}
		if commit, err := gh.TagCommit(t.Context(), "v1.0.0"); err != nil || commit != sha("a") {
			t.Errorf("%s: TagCommit = %s, %v, want aaa…", prefix, commit, err)
		}
		made, err := github.Send[struct{ ID int64 }](t.Context(), gh, reading, http.MethodPost, gh.Path("deployments"), map[string]any{"ref": sha("c"), "environment": "dev", "required_contexts": []string{}})
		if err != nil || made.ID == 0 || len(hub.Deployments()) != 1 {
			t.Errorf("%s: Send = %+v, %v, and there are %d deployments, want one", prefix, made, err, len(hub.Deployments()))
		}
		found, err := github.Query[struct {
			Repository *struct{ Object *struct{ OID string } }
		}](t.Context(), gh, reading,
			`query { repository(owner: "wizzense", name: "aitherzero") { object(oid: "`+sha("c")+`") { oid } } }`, nil)
		if err != nil || found.Repository.Object.OID != sha("c") {
			t.Errorf("%s: Query = %+v, %v, want commit ccc…", prefix, found, err)
		}
	}
}

// TestRedirects: a redirect leads to another place of the same API and nowhere else, and what writes is never made a request that reads.
func TestRedirects(t *testing.T) {
	for name, c := range map[string]struct {
		method, to string // to: below the server
		status     int
		says       string
	}{
		"reads, 301":            {http.MethodGet, "/api/v3/repositories/7/x", 301, ""},
		"reads, 302":            {http.MethodGet, "/api/v3/repositories/7/x", 302, ""},
		"reads, 307":            {http.MethodGet, "/api/v3/repositories/7/x", 307, ""},
		"writes, 307":           {http.MethodPost, "/api/v3/repositories/7/x", 307, ""},
		"writes, 308":           {http.MethodPost, "/api/v3/repositories/7/x", 308, ""},
		"writes, 301":           {http.MethodPost, "/api/v3/repositories/7/x", 301, "if the repository has another name now, give that name (GITHUB_REPOSITORY)"},
		"writes, 302":           {http.MethodPost, "/api/v3/repositories/7/x", 302, "if the repository has another name now, give that name (GITHUB_REPOSITORY)"},
		"to sign in":            {http.MethodGet, "/login", 302, "outside of the API"},
		"to another API":        {http.MethodGet, "/api/v33/repositories/7", 301, "outside of the API"},
		"out of the API":        {http.MethodGet, "/api/v3/../../login", 301, "outside of the API"},
		"out of the API, coded": {http.MethodGet, "/api/v3/%2e%2e/login", 301, "outside of the API"},
	} {
		var seen []string
		server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			seen = append(seen, r.Method+" "+r.URL.Path)
			if strings.HasPrefix(r.URL.Path, "/api/v3/repos/") {
				w.Header().Set("Location", c.to)
				w.WriteHeader(c.status)
				return
			}
			if r.Header.Get("Authorization") != "Bearer "+token {
				t.Errorf("%s: %s came without the token", name, r.URL)
			}
			fmt.Fprint(w, `{"status": "ahead"}`)
		}))
		t.Cleanup(server.Close)
		gh := client(t, github.Options{Root: server.URL + "/api/v3"})
		var got comparison
		var err error
		if c.method == http.MethodPost {
			got, err = github.Send[comparison](t.Context(), gh, reading, c.method, gh.Path("x"), map[string]string{})
		} else {
			got, err = github.Get[comparison](t.Context(), gh, reading, gh.Path("x"))
		}
		last := seen[len(seen)-1]
		switch {
		case c.says == "" && (err != nil || got.Status != "ahead" || last != c.method+" /api/v3/repositories/7/x"):
			t.Errorf("%s: got %v, %v by %q, want ahead", name, got, err, seen)
		case c.says != "" && (err == nil || !strings.Contains(err.Error(), c.says) || !strings.HasSuffix(last, "/repos/wizzense/aitherzero/x")):
			t.Errorf("%s: got %v, %v by %q, want %q", name, got, err, seen, c.says)
		}
	}
}

// TestLinkBelowRoot: the next page of a list is one of the same API.
func TestLinkBelowRoot(t *testing.T) {
	for _, next := range []string{"/login", "/api/v3/../login", "/api/v33/x"} {
		var server *httptest.Server
		server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Link", fmt.Sprintf(`<%s%s>; rel="next"`, server.URL, next))
			fmt.Fprint(w, `[{"number": 1}]`)
		}))
		t.Cleanup(server.Close)
		all, err := issues(t.Context(), client(t, github.Options{Root: server.URL + "/api/v3"}))
		if all != nil || err == nil || !strings.Contains(err.Error(), "the next page is not at") {
			t.Errorf("the next page is %s: List = %v, %v, want an error", next, all, err)
		}
	}
}
