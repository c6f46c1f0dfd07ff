package build_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-containerregistry/pkg/authn"
	"github.com/google/go-containerregistry/pkg/name"
	ggcr "github.com/google/go-containerregistry/pkg/registry"
	"github.com/google/go-containerregistry/pkg/v1/empty"
	"github.com/google/go-containerregistry/pkg/v1/remote"

	"github.com/wizzense/deployment-rings/action/internal/build"
	"github.com/wizzense/deployment-rings/action/internal/event"
	"github.com/wizzense/deployment-rings/action/internal/fault"
	"github.com/wizzense/deployment-rings/action/internal/gather"
	"github.com/wizzense/deployment-rings/action/internal/github"
	"github.com/wizzense/deployment-rings/action/internal/github/githubtest"
	"github.com/wizzense/deployment-rings/action/internal/image"
	"github.com/wizzense/deployment-rings/action/internal/plan"
	"github.com/wizzense/deployment-rings/action/internal/registry"
	"github.com/wizzense/deployment-rings/labels"
	"github.com/wizzense/deployment-rings/ringpolicy"
)

const token = "ghs_secret"

var commit = strings.Repeat("ab", 20)

// request is what a plan of an event asks for.
func request(t *testing.T, e *event.Event, names ...string) plan.Request {
	t.Helper()
	images, err := image.Parse(names)
	if err != nil {
		t.Fatal(err)
	}
	return plan.Request{Policy: ringpolicy.Builtin(), Event: e, Images: images, Iteration: 1, Time: time.Date(2026, 3, 10, 12, 0, 0, 0, time.UTC), ServerURL: "https://github.com",
		Repository: event.Repository{FullName: "owner/app", Name: "app"}, Levels: []labels.Level{labels.LevelManifest}}
}

// TestAskRegistry: the iteration is above those of all names of the image, and the versions that are known are those of all. After a
// problem nothing is asked for.
func TestAskRegistry(t *testing.T) {
	server := httptest.NewServer(ggcr.New(ggcr.Logger(log.New(io.Discard, "", 0))))
	t.Cleanup(server.Close)
	first := strings.TrimPrefix(server.URL, "http://") + "/owner/app"
	second := first + "/second"
	for tag, in := range map[string]string{"pr-5-dev-v1": first, "pr-5-dev-v3": first, "pr-5-dev-v2": second, "pr-6-dev-v9": first, "1.4.0": first, "v1.6.0": second} {
		ref, err := name.NewTag(in + ":" + tag)
		if err == nil {
			err = remote.Write(ref, empty.Image)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	clients := gather.NewClients(registry.Options{Keychain: authn.NewMultiKeychain()}, github.Options{})
	pull := &event.Event{Name: "pull_request", Kind: event.PullRequest, Number: 5, Branch: "dev", Revision: commit}
	release := &event.Event{Name: "release", Kind: event.Release, Tag: "v1.5.0", Revision: commit}
	for _, c := range []struct {
		name                string
		event               *event.Event
		images              []string
		versions, iteration bool
		earlier             error
		wantIteration       int
		wantKnown           []string
	}{
		{"one name", pull, []string{first}, true, true, nil, 4, nil},
		{"the higher one first", pull, []string{first, second}, true, true, nil, 4, nil},
		{"the lower one first", pull, []string{second, first}, true, true, nil, 4, nil},
		{"none is asked for", pull, []string{first}, true, false, nil, 1, nil},
		{"the versions of both", release, []string{first, second}, true, true, nil, 1, []string{"1.4.0", "1.6.0"}},
		{"no versions are asked for", release, []string{first}, false, true, nil, 1, nil},
		{"after a problem", pull, []string{first}, true, true, errors.New("another"), 1, nil},
	} {
		var l fault.Log
		l.Add(c.earlier)
		r := request(t, c.event, c.images...)
		build.AskRegistry(t.Context(), &l, clients, nil, &r, c.versions, c.iteration)
		if r.Iteration != c.wantIteration || !slices.Equal(r.Known, c.wantKnown) || (l.Problems != nil) != (c.earlier != nil) {
			t.Errorf("%s: AskRegistry finds the iteration %d and the versions %q, %v, want %d and %q", c.name, r.Iteration, r.Known, l.Problems, c.wantIteration, c.wantKnown)
		}
	}
}

// TestMakePlan: a run that is to end has no plan.
func TestMakePlan(t *testing.T) {
	r := request(t, &event.Event{Name: "push", Kind: event.Branch, Branch: "dev", Revision: commit}, "ghcr.io/owner/app")
	if p, err := build.MakePlan(t.Context(), r); err != nil || p.Skip != "" || p.Enters != "dev" {
		t.Errorf("MakePlan of a push to dev = %+v, %v, want one for dev", p, err)
	}
	ctx, stop := context.WithCancelCause(t.Context())
	stop(fault.Interruption(errors.New("stop")))
	if _, err := build.MakePlan(ctx, r); !fault.IsInterruption(err) {
		t.Errorf("MakePlan of a run that is to end: %v, want an interruption", err)
	}
}

// TestEvent has which event a payload is of: the one that is named, else the one that it looks like, else that of the run.
func TestEvent(t *testing.T) {
	const samples = "../../../examples/events/"
	written := func(text string) string {
		path := filepath.Join(t.TempDir(), "event.json")
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	anything := written(`{"repository": {"full_name": "owner/app", "name": "app"}, "ref": "refs/heads/dev"}`)
	for _, c := range []struct {
		path, name, running string
		want                string // name of the event
		says                string // else the problem
	}{
		{samples + "pull_request.json", "", "", "pull_request", ""},
		{samples + "pull_request.json", "", "push", "pull_request", ""}, // the file may be of another event than the run is
		{samples + "pull_request.json", "pull_request", "push", "pull_request", ""},
		{samples + "pull_request.json", "push", "", "", "pull_request.json: "},
		{anything, "schedule", "", "schedule", ""},
		{anything, "", "schedule", "schedule", ""},
		{anything, "", "", "", anything},
		{written("{"), "push", "", "", "event.json: event push: 1:1: "},
		{"none.json", "push", "", "", "event: "},
		{written(`{"repository": {"full_name": "owner/app", "name": "app"}, "ref": "refs/heads/main", "inputs": {"release_tag": "1.x"}}`), "workflow_dispatch", "", "", "event workflow_dispatch: inputs.release_tag: "},
	} {
		var l fault.Log
		got := build.Event(t.Context(), &l, c.path, c.name, c.running, event.Env{SHA: commit, Ref: "refs/heads/dev", Repository: "owner/app"})
		if c.says != "" {
			if l.Problems == nil || !strings.Contains(fmt.Sprint(l.Problems), c.says) {
				t.Errorf("Event(%s, %q, %q) = %+v, %v, want a problem: %s", c.path, c.name, c.running, got, l.Problems, c.says)
			}
			continue
		}
		if got == nil || got.Name != c.want || l.Problems != nil {
			t.Errorf("Event(%s, %q, %q) = %+v, %v, want %s", c.path, c.name, c.running, got, l.Problems, c.want)
		}
	}
}

// TestLookUp: what an event leaves open is asked for; without a token, or without an answer, the run fails.
func TestLookUp(t *testing.T) {
	own := &githubtest.Repository{FullName: "owner/app"}
	hub := githubtest.New(githubtest.State{
		Repository: "owner/app",
		Commits:    []githubtest.Commit{{SHA: commit}},
		Pulls:      []githubtest.Pull{{Number: 5, State: "open", Head: githubtest.Branch{Ref: "dev", SHA: commit, Repo: own}, Base: githubtest.Branch{Ref: "main", SHA: commit, Repo: own}}},
		TagState:   githubtest.TagState{Tags: []githubtest.Tag{{Name: "v1.5.0", At: githubtest.Object{Type: "commit", SHA: commit}}}},
	})
	hub.Token = token
	server := httptest.NewServer(hub)
	t.Cleanup(server.Close)
	for _, c := range []struct {
		name    string
		event   event.Event
		token   string
		earlier error
		want    string // revision
		says    string
	}{
		{"a pull request", event.Event{Name: "issue_comment", Kind: event.PullRequest, Number: 5, Lookup: true}, token, nil, commit, ""},
		{"a release", event.Event{Name: "workflow_dispatch", Kind: event.Release, Tag: "v1.5.0", Lookup: true}, token, nil, commit, ""},
		{"nothing is open", event.Event{Name: "push", Kind: event.Branch}, token, nil, "", ""},
		{"a pull request that is not there", event.Event{Name: "issue_comment", Kind: event.PullRequest, Number: 6, Lookup: true}, token, nil, "", "pull request #6"},
		{"a release that is not there", event.Event{Name: "workflow_dispatch", Kind: event.Release, Tag: "v1.6.0", Lookup: true}, token, nil, "", "v1.6.0"},
		{"a pull request without a token", event.Event{Name: "issue_comment", Kind: event.PullRequest, Number: 5, Lookup: true}, "", nil, "", `event issue_comment: pull request #5 has to be looked up: give github-token a token with "pull-requests: read"`},
		{"a release without a token", event.Event{Name: "workflow_dispatch", Kind: event.Release, Tag: "v1.5.0", Lookup: true}, "", nil, "", `the commit of release "v1.5.0" has to be looked up: give github-token a token with "contents: read"`},
		{"after a problem", event.Event{Name: "issue_comment", Kind: event.PullRequest, Number: 5, Lookup: true}, token, errors.New("another"), "", "another"},
	} {
		var l fault.Log
		l.Add(c.earlier)
		e := c.event
		e.Repository.FullName = "owner/app"
		clients := gather.NewClients(registry.Options{}, github.Options{Root: server.URL, Token: c.token, Sleep: func(context.Context, time.Duration) error { return nil }})
		build.LookUp(t.Context(), &l, clients, &e)
		if e.Revision != c.want || (l.Problems != nil) != (c.says != "") || !strings.Contains(fmt.Sprint(l.Problems), c.says) {
			t.Errorf("%s: LookUp finds the commit %q, %v, want %q, %s", c.name, e.Revision, l.Problems, c.want, c.says)
		}
	}
}
