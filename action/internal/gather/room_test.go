package gather_test

import (
	"context"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/wizzense/deployment-rings/action/internal/fault"
	"github.com/wizzense/deployment-rings/action/internal/gather"
	"github.com/wizzense/deployment-rings/action/internal/github"
	"github.com/wizzense/deployment-rings/action/internal/github/githubtest"
	"github.com/wizzense/deployment-rings/action/internal/registry"
)

// TestRoom has what a token has left, and about how many of some questions GitHub is asked. 50 requests are left to others.
func TestRoom(t *testing.T) {
	for _, c := range []struct{ requests, points, questions, want int }{
		{0, 0, 300, 300}, // no limit
		{1001, 0, 300, 300},
		{951, 0, 300, 300}, // 3 for each together
		{950, 0, 300, 74},  // and 12 for each alone
		{75, 0, 10, 2},
		{62, 0, 10, 0},
		{63, 0, 10, 1},
		{50, 0, 1, 0},
		{1, 0, 1, 0},
		{0, 51, 10, 10},
		{0, 50, 10, 0},
	} {
		s := githubtest.State{Repository: "acme/app", Limits: githubtest.Limits{Requests: c.requests, Points: c.points}, Pulls: []githubtest.Pull{{Number: 1}}}
		server := httptest.NewServer(githubtest.New(s))
		t.Cleanup(server.Close)
		clients := gather.NewClients(registry.Options{}, github.Options{Token: "t", Repository: "acme/app", Root: server.URL, Sleep: func(context.Context, time.Duration) error { return nil }})
		if got := clients.Room(c.questions); got != c.questions {
			t.Errorf("before anything was asked Room(%d) = %d", c.questions, got)
		}
		var log fault.Log
		client := clients.GitHub(&log)
		client.Pull(t.Context(), 1)
		github.QueryParts(t.Context(), client, github.Operation{}, `query { repository(owner: "acme", name: "app") { id } rateLimit { cost remaining resetAt } }`, nil)
		if got := clients.Room(c.questions); got != c.want {
			t.Errorf("with %d requests and %d points, of which one was used: Room(%d) = %d, want %d", c.requests, c.points, c.questions, got, c.want)
		}
	}
}
