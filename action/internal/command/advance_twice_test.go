package command

import (
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"

	"github.com/wizzense/deployment-rings/action/internal/cli"
	"github.com/wizzense/deployment-rings/action/internal/github/githubtest"
)

// TestAdvanceTwiceAtOnce lets one advance wait at each of its requests while another one runs from beginning to end, without a
// concurrency group. At most one of them moves a ring: the other finds that the ring changed, or that the run which deploys goes on.
// One moment stays open, between the last look at a ring and the record: there both hand the same image on, which moves its tags once.
func TestAdvanceTwiceAtOnce(t *testing.T) {
	const maxOpen = 10 // of the ring that goes back, which is looked at twice, and of the one that takes an image
	for _, inGitHub := range []bool{false, true} {
		t.Run(fmt.Sprintf("in GitHub %t", inGitHub), func(t *testing.T) {
			t.Parallel()
			n := 1
			open := 0
			for hit := true; hit; n++ {
				c := newTour(t, inGitHub)
				for _, words := range []string{"promote old success in early", "promote good success in early", "promote old success", "promote good success", "signal failing good"} {
					c.must(words)
				}
				if inGitHub {
					c.hub.Change(func(s *githubtest.State) {
						s.Runs = append(s.Runs, githubtest.Run{ID: 7, Status: "in_progress"}, githubtest.Run{ID: 8, Status: "in_progress"})
					})
				}
				var second tour
				var mu sync.Mutex
				seen, at := 0, ""
				over := c.transport.(*inProcess)
				over.before = func(r *http.Request) error {
					mu.Lock()
					defer mu.Unlock()
					if seen++; seen != n {
						return nil
					}
					at = r.Method + " " + r.URL.Path
					before := over.before
					over.before = nil
					other := *c
					other.env = map[string]string{}
					for k, v := range c.env {
						other.env[k] = v
					}
					other.env["GITHUB_RUN_ID"] = "8"
					second = other.advanceNow()
					over.before = before
					return nil
				}
				c.env["GITHUB_RUN_ID"] = "7"
				first := c.advance()
				over.before = nil
				if hit = at != ""; !hit {
					break
				}
				if first.code != cli.ExitDone || second.code != cli.ExitDone {
					t.Errorf("at request %d, %s: one advance = %d, the other %d\n%s%s", n, at, first.code, second.code, first.stdout, second.stdout)
				}
				for _, what := range []string{"early next", "everyone back to old"} {
					switch count := strings.Count(first.words+", "+second.words, what); {
					case count == 2 && (strings.Contains(at, "/deployments") || strings.HasSuffix(at, "/graphql")):
						open++
					case count != 1:
						t.Errorf("at request %d, %s: %q is done %d times, want once: one advance does %q, the other %q", n, at, what, count, first.words, second.words)
					}
				}
				if got, want := c.stands(), "canary next; early good, tag next, arriving next; everyone old, out good"; got != want {
					t.Errorf("at request %d, %s: the rings stand at\n%s, want\n%s", n, at, got, want)
				}
			}
			if open > maxOpen || inGitHub && n < 20 {
				t.Errorf("%d of %d requests are open moments, want at most %d", open, n-1, maxOpen)
			}
		})
	}
}
