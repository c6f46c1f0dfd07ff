package github_test

import (
	"context"
	"net/http"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/wizzense/deployment-rings/action/internal/github"
	"github.com/wizzense/deployment-rings/action/internal/github/githubtest"
)

// TestRemembering: twenty at once and one later share the requests of one, and each gets what it would have alone, also the
// refusals. None can change what another gets.
func TestRemembering(t *testing.T) {
	for name, c := range map[string]struct {
		fault    githubtest.Fault
		requests int
		says     string
	}{
		"all is told":    {githubtest.Fault{Route: "none"}, 3, ""},
		"it is refused":  {githubtest.Fault{Status: 403, Text: "Resource not accessible by integration"}, 1, "Resource not accessible"},
		"GitHub is down": {githubtest.Fault{Status: 502}, 3, "tried 3 times"},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				hub := githubtest.New(state())
				hub.Break(c.fault)
				gh := client(t, github.Options{Root: "http://127.0.0.1", Transport: served{hub, time.Second}}).Remembering()
				ask := func() {
					all, err := issues(t.Context(), gh)
					if c.says == "" && (err != nil || len(all) != 120 || all[0].Number == 0) || c.says != "" && (err == nil || !strings.Contains(err.Error(), c.says)) {
						t.Errorf("List = %d issues, %v, want 120 or %q", len(all), err, c.says)
					}
					clear(all)
				}
				var wg sync.WaitGroup
				for range 20 {
					wg.Go(ask)
				}
				wg.Wait()
				ask()
				if n := len(hub.Requests()); n != c.requests {
					t.Errorf("%d requests, want %d", n, c.requests)
				}
			})
		})
	}
}

// TestRememberingTypes: one path that is read as two types is asked twice, and each gets its own.
func TestRememberingTypes(t *testing.T) {
	gh := client(t, github.Options{Transport: served{githubtest.New(state()), 0}}).Remembering()
	if _, err := compare(t.Context(), gh); err != nil {
		t.Fatal(err)
	}
	got, err := github.Get[struct{ Status *string }](t.Context(), gh, reading, gh.Path("compare", sha("b")+"..."+sha("c")))
	if err != nil || got.Status == nil || *got.Status != "ahead" {
		t.Errorf("Get = %v, %v, want ahead", got, err)
	}
}

// Who waits for the answer to another's question waits no longer than its own time.
func TestRememberingWaitsNoLonger(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		began := time.Now()
		gh := client(t, github.Options{Transport: served{githubtest.New(state()), 5 * time.Second}}).Remembering()
		var wg sync.WaitGroup
		wg.Go(func() { compare(t.Context(), gh) })
		synctest.Wait() // the first has asked
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		if _, err := compare(ctx, gh); err == nil || time.Since(began) != time.Second {
			t.Errorf("the second waits for %v, and its error is %v, want 1s and one", time.Since(began), err)
		}
		wg.Wait()
	})
}

// Only a client that was asked to remembers.
func TestNotRemembering(t *testing.T) {
	hub := githubtest.New(state())
	gh := client(t, github.Options{Transport: served{hub, 0}})
	gh.Remembering()
	compare(t.Context(), gh)
	compare(t.Context(), gh)
	if n := len(hub.Requests()); n != 2 {
		t.Errorf("%d requests, want 2", n)
	}
}

// TestRememberingTheLimit: once the limit is used up for long, nothing more is sent.
func TestRememberingTheLimit(t *testing.T) {
	hub := githubtest.New(state())
	hub.Break(githubtest.Fault{Status: http.StatusForbidden, Header: map[string]string{"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": "99999999999"}})
	gh := client(t, github.Options{Transport: served{hub, 0}}).Remembering()
	_, first := compare(t.Context(), gh)
	_, second := issues(t.Context(), gh)
	if n := len(hub.Requests()); n != 1 {
		t.Errorf("%d requests, want none after the limit was used up", n-1)
	}
	for _, err := range []error{first, second} {
		if err == nil || !strings.Contains(err.Error(), "the rate limit is used up until") {
			t.Errorf("error %v, want the limit as the reason", err)
		}
	}
}
