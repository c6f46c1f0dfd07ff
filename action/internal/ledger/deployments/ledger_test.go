package deployments_test

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/wizzense/deployment-rings/action/internal/github"
	"github.com/wizzense/deployment-rings/action/internal/github/githubtest"
	"github.com/wizzense/deployment-rings/action/internal/ledger"
	"github.com/wizzense/deployment-rings/action/internal/ledger/deployments"
	"github.com/wizzense/deployment-rings/action/internal/ledger/ledgertest"
)

const token = "ghs_secretsecretsecret"

const runCommit = "9c8d7e6f00112233445566778899aabbccddeeff"

var sha, at = githubtest.SHA, githubtest.At

var noon = time.Date(2026, 3, 3, 12, 0, 0, 0, time.UTC)

// repository is one with the commits 000…, 111…, up to 777…, and that of the run.
func repository() githubtest.State {
	s := githubtest.State{Repository: "wizzense/AitherZero"}
	for _, digit := range []string{"0", "1", "2", "3", "4", "5", "6", "7"} {
		s.Commits = append(s.Commits, githubtest.Commit{SHA: sha(digit)})
	}
	s.Commits = append(s.Commits, githubtest.Commit{SHA: runCommit})
	return s
}

// ledgerOf returns the ledger in a GitHub.
func ledgerOf(t *testing.T, fake *githubtest.GitHub) *deployments.Ledger {
	t.Helper()
	return ledgerAt(t, fake, fake.Token, fake.Prefix)
}

func ledgerAt(t *testing.T, handler http.Handler, token, prefix string) *deployments.Ledger {
	t.Helper()
	server := httptest.NewServer(handler)
	t.Cleanup(server.Close)
	client, err := github.New(github.Options{
		Token: token, Root: server.URL + prefix, Repository: "wizzense/AitherZero",
		Sleep: func(ctx context.Context, _ time.Duration) error { return ctx.Err() },
	})
	if err != nil {
		t.Fatal(err)
	}
	return &deployments.Ledger{
		Client: client, Commit: runCommit,
		Environments: map[string]string{"staging": "staging", "ring-0": "canary", "ring-1": "ring-1", "production": "production"},
	}
}

// TestLedger holds the ledger to what every ledger does, on each kind of server.
func TestLedger(t *testing.T) {
	for name, server := range map[string]struct {
		prefix string
		change func(*githubtest.State)
	}{
		"github.com":         {"", func(*githubtest.State) {}},
		"Enterprise Server":  {"/api/v3", func(*githubtest.State) {}},
		"payloads as texts":  {"", func(s *githubtest.State) { s.TextPayload = true }},
		"without GraphQL":    {"", func(s *githubtest.State) { s.NoGraphQL = true }},
		"numbers of 32 bits": {"", func(s *githubtest.State) { s.LastID = 3_000_000_000 }},
	} {
		t.Run(name, func(t *testing.T) {
			ledgertest.Run(t, func(t *testing.T) ledger.Ledger {
				state := repository()
				server.change(&state)
				fake := githubtest.New(state)
				fake.Prefix, fake.Token = server.prefix, "ghs_secret"
				return ledgerOf(t, fake)
			})
		})
	}
}

// TestDamagedDeployments: what cannot be read of one ring leaves that ring unread, and the others as they are.
func TestDamagedDeployments(t *testing.T) {
	for _, without := range []bool{false, true} {
		hubs := map[ledger.Ledger]*githubtest.GitHub{}
		var lock sync.Mutex
		change := func(by func(*githubtest.GitHub)) func(*testing.T, ledger.Ledger) {
			return func(_ *testing.T, l ledger.Ledger) {
				lock.Lock()
				defer lock.Unlock()
				by(hubs[l])
			}
		}
		breaks := func(f githubtest.Fault) func(*testing.T, ledger.Ledger) {
			return change(func(g *githubtest.GitHub) { g.Break(f) })
		}
		malformed := change(func(g *githubtest.GitHub) {
			g.Change(func(s *githubtest.State) {
				s.Deployments[0].Payload = []byte(strings.Replace(string(s.Deployments[0].Payload), "sha256:", "sha265:", 1))
			})
		})
		damages := []ledgertest.Damage{
			{Name: "one malformed record", Do: malformed, Unread: []string{"ring-0"}},
			{Name: "absent", Do: breaks(githubtest.Fault{Status: 404}), Unread: []string{"ring-0", "ring-1"}},
			{Name: "forbidden", Do: breaks(githubtest.Fault{Status: 403, Text: "Resource not accessible by integration"}), Unread: []string{"ring-0", "ring-1"}},
		}
		if without {
			for _, status := range []int{403, 404, 410, 422, 500} {
				damages = append(damages, ledgertest.Damage{Name: fmt.Sprint("one ring unreadable: ", status), Do: breaks(githubtest.Fault{Route: "GET /deployments", Query: "environment=canary", Status: status}), Unread: []string{"ring-0"}})
			}
		}
		t.Run(fmt.Sprintf("without GraphQL %t", without), func(t *testing.T) {
			ledgertest.RunDamaged(t, func(t *testing.T) ledger.Ledger {
				state := repository()
				state.NoGraphQL = without
				fake := githubtest.New(state)
				l := ledgerOf(t, fake)
				lock.Lock()
				defer lock.Unlock()
				hubs[l] = fake
				return l
			}, damages...)
		})
	}
}
