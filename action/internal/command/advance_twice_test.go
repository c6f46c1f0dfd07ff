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

// TestAdvanceLooksAgain: what a person does to a ring after an advance read the ledger, and before it acts, keeps that from acting there
// and nowhere else.
func TestAdvanceLooksAgain(t *testing.T) {
	begin := []string{"promote old success in early", "promote good success in early", "promote old success", "promote good success"}
	for _, tt := range []struct {
		name  string
		begin []string
		does  string // a person, meanwhile
		want  string // what the advance hands on
		says  string
		stand string
	}{
		{"nothing", begin, "wait 0s", "early next", "", "canary next; early good, tag next, arriving next; everyone good"},
		{"another image comes in", begin, "promote new success in early", "", "success of NEW", "canary next; early new; everyone good"},
		{"another image is on its way in", begin, "promote new in early", "", "in_progress of NEW", "canary next; early good, tag new, arriving new; everyone good"},
		{"a signal", begin, "signal failing good in early", "", "health_check failing of GOOD", "canary next; early good; everyone good"},
		{"elsewhere", begin, "record success new", "early next", "", "canary next; early good, tag next, arriving next; everyone new, tag good"},
		{"nothing, and it goes back", append(begin, "signal failing good"), "wait 0s", "everyone back to old, early next", "", "canary next; early good, tag next, arriving next; everyone old, out good"},
		{"a repaired image comes in, and it does not go back", append(begin, "signal failing good"), "record success next", "early next", "success of NEXT", "canary next; early good, tag next, arriving next; everyone next, tag good"},
		{"the signal passes, and it does not go back", append(begin, "signal failing good"), "signal passing good", "early next", "health_check passing of GOOD", "canary next; early good, tag next, arriving next; everyone good"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			c := newTour(t, false)
			for _, words := range tt.begin {
				c.must(words)
			}
			over := c.transport.(*inProcess)
			var once sync.Once
			over.before = func(*http.Request) error { // the ledger is a file: the first request is to the registry, once it was read
				once.Do(func() {
					before := over.before
					over.before = nil
					other := *c
					other.must(tt.does)
					over.before = before
				})
				return nil
			}
			r := c.advance()
			over.before = nil
			says := strings.NewReplacer("NEW", c.images["new"], "GOOD", c.images["good"], "NEXT", c.images["next"]).Replace(tt.says)
			if r.code != cli.ExitDone || r.words != tt.want || !strings.Contains(r.outputs["json"], says) || strings.Contains(r.outputs["json"], `"hold_kind":"pending","reason_code":"not_settled"`) != (says != "") {
				t.Errorf("advance = %d hands on %q, want %q and a word on %q\n%s", r.code, r.words, tt.want, tt.says, c.named(r.stdout))
			}
			if got := c.stands(); got != tt.stand {
				t.Errorf("the rings stand at\n%s, want\n%s", got, tt.stand)
			}
		})
	}
}
