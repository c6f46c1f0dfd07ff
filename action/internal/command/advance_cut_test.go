package command

import (
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/wizzense/deployment-rings/action/internal/cli"
	"github.com/wizzense/deployment-rings/action/internal/github/githubtest"
)

// advanceCut advances in a run that is killed at its n-th request: neither that nor any later one is answered, and a ledger file
// stays as it is then. It reports whether there were so many.
func (c *chain) advanceCut(n int) (hit bool) {
	c.t.Helper()
	var mu sync.Mutex
	seen, saved := 0, ""
	over := c.transport.(*inProcess)
	over.before = func(*http.Request) error {
		mu.Lock()
		defer mu.Unlock()
		if seen++; seen == n && c.hub == nil {
			saved = read(c.t, c.ledger)
		}
		if seen >= n {
			return errors.New("connection refused")
		}
		return nil
	}
	c.advance()
	over.before = nil
	if hit = seen >= n; hit && c.hub == nil {
		c.restore(saved)
	}
	return hit
}

// deployAll records what the jobs do that deploy.
func (c *chain) deployAll(r tour) {
	c.t.Helper()
	for _, d := range r.deployments {
		c.must("record success " + c.named(d.Digest) + " in " + d.Ring)
	}
}

// TestAdvanceCutShort kills an advance at each of its requests. One ring has to go back, and another one takes an image. The next runs
// hand on to the jobs that deploy what the killed one did not, each once, and everything ends as it would have.
func TestAdvanceCutShort(t *testing.T) {
	const want = "canary next; early next; everyone next, out good"
	begin := func(inGitHub bool) *chain {
		c := newTour(t, inGitHub)
		for _, words := range []string{"promote old success in early", "promote good success in early", "promote old success", "promote good success", "signal failing good"} {
			c.must(words)
		}
		return c
	}
	for _, inGitHub := range []bool{false, true} {
		t.Run(fmt.Sprintf("in GitHub %t", inGitHub), func(t *testing.T) {
			t.Parallel()
			n := 1
			for ; ; n++ {
				c := begin(inGitHub)
				if inGitHub {
					c.env["GITHUB_RUN_ID"], c.env["GITHUB_RUN_ATTEMPT"] = "7", "1"
				}
				if !c.advanceCut(n) {
					break
				}
				if inGitHub {
					cancelled := "cancelled"
					c.hub.Change(func(s *githubtest.State) { s.Runs = append(s.Runs, githubtest.Run{ID: 7, Conclusion: &cancelled}) })
				}
				var handed []string
				for run := range 4 {
					if inGitHub {
						c.env["GITHUB_RUN_ID"] = fmt.Sprint(8 + run)
					}
					r := c.advance()
					if r.code != cli.ExitDone {
						t.Fatalf("killed at request %d; then advance = %d\n%s", n, r.code, c.named(r.stdout))
					}
					if r.words != "" {
						handed = append(handed, strings.Split(r.words, ", ")...)
					}
					c.deployAll(r)
				}
				slices.Sort(handed)
				all := []string{"early next", "everyone back to old", "everyone next"}
				if !inGitHub && !slices.Contains(handed, "everyone back to old") { // by hand nobody is handed anything
					handed = slices.Insert(handed, 1, "everyone back to old")
				}
				if !slices.Equal(handed, all) {
					t.Errorf("killed at request %d; the next runs hand on %q, want %q", n, handed, all)
				}
				if got := c.stands(); got != want {
					t.Errorf("killed at request %d; then the rings stand at\n%s, want\n%s", n, got, want)
				}
				if back := strings.Count(c.history(), "rolled_back"); back != 1 {
					t.Errorf("killed at request %d; %d rollbacks are recorded, want one:\n%s", n, back, c.history())
				}
			}
			if n < 15 {
				t.Errorf("an advance has %d requests, which are too few: is it one that acts?", n)
			}
		})
	}
}

// history is what the ledger says.
func (c *chain) history() string {
	c.t.Helper()
	if c.hub == nil {
		return c.named(read(c.t, c.ledger))
	}
	return strings.Join(deploymentsOf(c.t, c.hub), "\n")
}
