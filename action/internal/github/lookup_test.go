package github_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/wizzense/deployment-rings/action/internal/event"
	"github.com/wizzense/deployment-rings/action/internal/github"
	"github.com/wizzense/deployment-rings/action/internal/github/githubtest"
)

// TestPull has a line for each kind of pull request.
func TestPull(t *testing.T) {
	open := event.Found{Branch: "feature", BaseBranch: "main", Revision: sha("c"), Open: true}
	with := func(change func(*event.Found)) event.Found {
		f := open
		change(&f)
		return f
	}
	for _, c := range []struct {
		name   string
		change func(*githubtest.Pull)
		want   event.Found
		err    string
	}{
		{"open", func(*githubtest.Pull) {}, open, ""},
		{"draft", func(p *githubtest.Pull) { p.Draft = true }, with(func(f *event.Found) { f.Draft = true }), ""},
		{"closed", func(p *githubtest.Pull) { p.State = "closed" }, with(func(f *event.Found) { f.Open = false }), ""},
		{"of a deleted account", func(p *githubtest.Pull) { p.User = nil }, open, ""},
		{"from a fork", func(p *githubtest.Pull) { p.Head.Repo = &githubtest.Repository{FullName: "mallory/aitherzero"} }, with(func(f *event.Found) { f.Fork = true }), ""},
		{"from a fork that is gone", func(p *githubtest.Pull) { p.Head.Repo = nil }, with(func(f *event.Found) { f.Fork = true }), ""},
		{"in other letters", func(p *githubtest.Pull) { p.Head.Repo = &githubtest.Repository{FullName: "Wizzense/AitherZero"} }, open, ""},
		{"without a commit", func(p *githubtest.Pull) { p.Head.SHA = "main" }, event.Found{}, "cannot look up pull request #12: the answer is not about it"},
		{"another one", func(p *githubtest.Pull) { p.Number = 13 }, event.Found{}, "cannot look up pull request #12: there is no such thing"},
	} {
		s := state()
		c.change(&s.Pulls[0])
		server := httptest.NewServer(githubtest.New(s))
		t.Cleanup(server.Close)
		got, err := client(t, github.Options{Root: server.URL}).Pull(t.Context(), 12)
		if diff := cmp.Diff(c.want, got); diff != "" || (err == nil) != (c.err == "") || err != nil && !strings.Contains(err.Error(), c.err) {
			t.Errorf("%s: error %v, want %q (-want +got):\n%s", c.name, err, c.err, diff)
		}
	}
}

// TestTagCommit has a line for each kind of tag.
func TestTagCommit(t *testing.T) {
	s := state()
	object := func(kind, letter string) githubtest.Object { return githubtest.Object{Type: kind, SHA: sha(letter)} }
	s.Tags = []githubtest.Tag{
		{Name: "v1.0.0", At: object("commit", "a")},
		{Name: "v1.1.0", SHA: sha("d"), At: object("commit", "b")},
		{Name: "v1.2.0", SHA: sha("e"), At: object("tag", "d")},
		{Name: "v1.3.0", SHA: sha("f"), At: object("tag", "f")},
		{Name: "v1.4.0", At: object("blob", "a")},
		{Name: "v1.5.0+b/7", At: object("commit", "c")},
	}
	server := httptest.NewServer(githubtest.New(s))
	t.Cleanup(server.Close)
	c := client(t, github.Options{Root: server.URL})
	for tag, want := range map[string]string{
		"v1.0.0":     sha("a"),
		"v1.1.0":     sha("b"),
		"v1.2.0":     sha("b"),
		"v1.3.0":     `cannot look up the commit of tag "v1.3.0": it is a tag of a tag, more than 5 of them`,
		"v1.4.0":     `cannot look up the commit of tag "v1.4.0": it points to a "blob" and not to a commit`,
		"v1.5.0+b/7": sha("c"),
		"v1":         `cannot look up the commit of tag "v1": there is no such thing`,
	} {
		got, err := c.TagCommit(t.Context(), tag)
		if err != nil {
			got = err.Error()
		}
		if !strings.HasPrefix(got, want) {
			t.Errorf("TagCommit(%q) = %s, want %s", tag, got, want)
		}
	}
}

// TestPullElsewhere takes nothing from an answer about another pull request.
func TestPullElsewhere(t *testing.T) {
	hub := githubtest.New(state())
	other := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		r.URL.Path = strings.Replace(r.URL.Path, "/pulls/13", "/pulls/12", 1)
		hub.ServeHTTP(w, r)
	})
	got, err := client(t, github.Options{Transport: served{other, 0}}).Pull(t.Context(), 13)
	if err == nil || got != (event.Found{}) {
		t.Errorf("Pull(13) = %+v, %v, want an error", got, err)
	}
}

// TestTagCommitElsewhere takes no commit from an answer that has none.
func TestTagCommitElsewhere(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Write([]byte(`[{"ref":"refs/tags/v1.0.0-rc.1"}]`))
	}))
	t.Cleanup(server.Close)
	if got, err := client(t, github.Options{Root: server.URL}).TagCommit(t.Context(), "v1.0.0"); err == nil || got != "" {
		t.Errorf("TagCommit = %q, %v, want an error", got, err)
	}
}

// TestRunIsOver has workflow runs, and whether they are over and how they ended.
func TestRunIsOver(t *testing.T) {
	failure := "failure"
	s := state()
	s.Runs = []githubtest.Run{{ID: 1, Status: "in_progress"}, {ID: 2, Status: "queued"}, {ID: 3}, {ID: 4, Conclusion: &failure}, {ID: 5, Status: "waiting"}}
	for _, c := range []struct {
		id         int64
		fault      githubtest.Fault
		over       bool
		conclusion string
		err        string
	}{
		{1, githubtest.Fault{Route: "none"}, false, "", ""},
		{2, githubtest.Fault{Route: "none"}, false, "", ""},
		{3, githubtest.Fault{Route: "none"}, true, "", ""},
		{4, githubtest.Fault{Route: "none"}, true, "failure", ""},
		{5, githubtest.Fault{Route: "none"}, false, "", ""}, // for a person who lets an environment be deployed to
		{6, githubtest.Fault{Route: "none"}, true, "", ""},  // it was deleted
		{4, githubtest.Fault{Status: 403, Text: "Resource not accessible by integration"}, false, "", "actions: read"},
		{4, githubtest.Fault{Status: 502}, false, "", "cannot look up workflow run 4"},
		{4, githubtest.Fault{Drop: true}, false, "", "cannot look up workflow run 4"},
	} {
		hub := githubtest.New(s)
		hub.Break(c.fault)
		server := httptest.NewServer(hub)
		t.Cleanup(server.Close)
		over, conclusion, err := client(t, github.Options{Root: server.URL}).RunIsOver(t.Context(), c.id)
		if over != c.over || conclusion != c.conclusion || (err == nil) != (c.err == "") || err != nil && !strings.Contains(err.Error(), c.err) {
			t.Errorf("RunIsOver(%d) with %+v = %t, %q, %v, want %t, %q, %q", c.id, c.fault, over, conclusion, err, c.over, c.conclusion, c.err)
		}
	}
	for _, answer := range []string{`{}`, `{"id": 5, "status": "completed"}`, `{"id": 4}`, `[]`, `{"id": 4, "status": 7}`} {
		server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.Write([]byte(answer)) }))
		t.Cleanup(server.Close)
		if over, _, err := client(t, github.Options{Root: server.URL}).RunIsOver(t.Context(), 4); over || err == nil {
			t.Errorf("RunIsOver with the answer %s = %t, %v, want an error", answer, over, err)
		}
	}
}
