package command

import (
	"errors"
	"fmt"
	"net/http"
	"os"
	"strings"
	"testing"
)

// A cut spoils a run of a chain from its n-th write on.
type cut struct {
	name string
	hits func(r *http.Request) bool // requests that fail from then on
	dies bool                       // the run is killed: nothing is written to a ledger file from then on either
	full bool                       // the ledger file cannot be written
}

var cuts = []cut{
	{"killed", func(*http.Request) bool { return true }, true, false},
	{"the registry goes away", func(r *http.Request) bool { return r.URL.Host != "api.github.com" }, false, false},
	{"the ledger refuses to write", func(r *http.Request) bool { return r.URL.Host == "api.github.com" && writes(r) }, false, true},
}

func writes(r *http.Request) bool {
	return r.Method != http.MethodGet && r.Method != http.MethodHead && !strings.HasSuffix(r.URL.Path, "/graphql")
}

// doCut does what words say in a run that is spoilt from its n-th write on, and reports whether it had so many.
func (c *chain) doCut(words string, by cut, n int) (hit bool) {
	c.t.Helper()
	saved, seen := "", 0
	over := c.transport.(*inProcess)
	over.before = func(r *http.Request) error {
		if writes(r) {
			seen++
		}
		if seen == n && !hit {
			hit, saved = true, read(c.t, c.ledger)
			if by.full && c.hub == nil {
				if err := errors.Join(os.Remove(c.ledger), os.Mkdir(c.ledger, 0o755)); err != nil {
					c.t.Error(err)
				}
			}
		}
		if seen >= n && by.hits(r) {
			return errors.New("connection refused")
		}
		return nil
	}
	c.do(words)
	over.before = nil
	if hit && c.hub == nil && (by.full || by.dies) {
		c.restore(saved)
	}
	return hit
}

// restore puts a ledger file back to what it was.
func (c *chain) restore(saved string) {
	c.t.Helper()
	if err := errors.Join(os.RemoveAll(c.ledger), os.WriteFile(c.ledger, []byte(saved), 0o644)); err != nil {
		c.t.Fatal(err)
	}
}

// TestChainsCutShort has a line for each command that writes more than one thing. It is spoilt in each way at each of its writes;
// the same command again, soon or the day after, does what is left; once more, it does nothing.
func TestChainsCutShort(t *testing.T) {
	two := []string{"promote old success", "promote good success"}
	for _, tt := range []struct {
		name    string
		begin   []string
		command string
		want    string
	}{
		{"record failure", append(two, "promote new"), "record failure new", "good, tag good, latest good, failed new"},
		{"record failure without digest", append(two, "promote new"), "record failure", "good, tag good, latest good, failed new"},
		{"record success", append(two, "promote new"), "record success new", "new, tag new, latest new"},
		{"record success after a false failure", append(two, "promote new", "record failure"), "record success new", "new, tag new, latest new"},
		{"promote", two, "promote new success", "new, tag new, latest new"},
		{"rollback of a failed deployment", append(two, "promote new", "record failure"), "rollback", "good, tag good, latest good, out new"},
		{"rollback", append(two, "promote new success"), "rollback", "good, tag good, latest good, out new"},
		{"rollback to one that is named", append(two, "promote new success"), "rollback old", "old, tag old, latest old, out new"},
		{"rollback to what runs", append(two, "promote new", "record failure"), "rollback good", "good, tag good, latest good, out new"},
	} {
		for _, inGitHub := range []bool{false, true} {
			t.Run(fmt.Sprintf("%s, in GitHub %t", tt.name, inGitHub), func(t *testing.T) {
				t.Parallel()
				c := newChain(t, inGitHub)
				for _, step := range tt.begin {
					c.must(step)
				}
				begun := c.moment()
				after := func(c *chain, how, wait string) {
					t.Helper()
					c.do(wait)
					c.must(tt.command)
					if got := c.state(); got != tt.want {
						t.Errorf("%s: %s; the same after %s: everyone stands at\n%s, want\n%s\n%s", tt.command, how, wait, got, tt.want, c.named(c.last.stdout))
					}
					c.must(tt.command)
					if got := c.state(); got != tt.want {
						t.Errorf("%s: %s; the same after %s and once more: everyone stands at\n%s, want\n%s\n%s", tt.command, how, wait, got, tt.want, c.named(c.last.stdout))
					}
				}
				waits := []string{"wait 1m", "wait 30h"}
				for _, by := range cuts {
					for n := 1; ; n++ {
						c := begun.chain(t)
						if !c.doCut(tt.command, by, n) {
							break
						}
						after(c, fmt.Sprintf("%s at write %d", by.name, n), waits[n%2])
					}
				}
				for drop := 1; !inGitHub; drop++ { // killed after the last request
					c := begun.chain(t)
					lines := strings.Count(read(t, c.ledger), "\n")
					c.must(tt.command)
					whole := strings.SplitAfter(strings.TrimSuffix(read(t, c.ledger), "\n"), "\n")
					if len(whole)-drop < lines {
						break
					}
					c.restore(strings.Join(whole[:len(whole)-drop], ""))
					after(c, fmt.Sprintf("killed before the last %d records", drop), waits[drop%2])
				}
			})
		}
	}
}
