package command

import (
	"errors"
	"net/http"
	"strings"
	"testing"

	"github.com/wizzense/deployment-rings/action/internal/cli"
)

// fanIn has a ring that comes after two others.
const fanIn = "version: 1\nrings: [{name: a, branches: [a]}, {name: b, branches: [b], after: []}, {name: c, after: [a, b], entry: [{id: unit, checks: {names: [unit]}}]}]\n"

// TestContradictions: inputs that contradict each other, or the world, are refused. None of them wins, and nothing moves.
func TestContradictions(t *testing.T) {
	w, old, next := ready(t)
	policy := write(t, "rings.yml", fanIn)
	w.push(labelsOf(headCommit), "a-latest")
	w.push(labelsOf(headCommit), "b-latest")
	history := read(t, w.ledger)
	for _, c := range []struct {
		command string
		inputs  []string
		says    string
	}{
		{"gate", []string{"ring", "ring-1", "tag", "ring-1-latest", "digest", next}, "tag: ring-1-latest is " + old + ", but digest is " + next},
		{"promote", []string{"ring", "ring-1", "tag", "ring-1-latest", "digest", next}, "give one of them"},
		{"gate", []string{"ring", "c", "policy", policy}, "digest: the rings before c run different images (a-latest is "},
		{"promote", []string{"ring", "c", "policy", policy}, "name one"},
		{"promote", []string{"ring", "ring-1", "version", "1.5.0"}, "version: goes with a promotion into the last ring, production, and not into ring-1"},
		{"record", []string{"ring", "ring-1", "state", "success", "tag", "ring-1-latest", "digest", old}, "tag and digest are both given: one of them names the image"},
		{"rollback", []string{"ring", "ring-1", "tag", "ring-1-latest", "digest", old}, "tag and digest are both given: one of them names the image to go back to"},
	} {
		evidence := w.evidence
		if c.command == "record" {
			w.evidence = ""
		}
		r := w.run(c.command, append(c.inputs, "now", "2026-03-02T00:00:00Z")...)
		w.evidence = evidence
		if r.code != cli.ExitUsage || !strings.Contains(r.stdout, c.says) {
			t.Errorf("%s %q = %d, want 2 and %q\n%s", c.command, c.inputs, r.code, c.says, r.stdout)
		}
	}
	if got := w.digest("ring-1-latest"); got != old || read(t, w.ledger) != history {
		t.Errorf("a refusal moved ring-1-latest to %s, or recorded\n%s", got, read(t, w.ledger))
	}
}

// TestSignalsOfTheFileCount in place of those of the ledger, also when the file has none.
func TestSignalsOfTheFileCount(t *testing.T) {
	w, _, _ := ready(t)
	w.ok("record", "ring", "ring-0", "signal", "test_failure", "state", "failing", "now", "2026-03-01T01:00:00Z")
	gate := func() ran { return w.ok("gate", "ring", "ring-1", "now", "2026-03-02T00:00:00Z") }
	w.outputs(gate(), "decision", "hold", "reason-code", "signal_failing")
	w.evidence = write(t, "evidence.yml", read(t, w.evidence)+"rings: {ring-0: {signals: []}}\n")
	w.outputs(gate(), "decision", "promote")
}

// TestTagsThatAreNone: what is no tag is wrong use of every command, and nothing is sent anywhere.
func TestTagsThatAreNone(t *testing.T) {
	for _, tag := range []string{"a b", "latest@sha256:" + strings.Repeat("a", 64), "../manifests/x", "x?y", "-x", ".x", strings.Repeat("a", 129), "é"} {
		for _, command := range []string{"gate", "promote", "record", "rollback"} {
			env := map[string]string{"GITHUB_TOKEN": secretToken, "GITHUB_REPOSITORY": "acme/app"}
			args := []string{command, "--ring", "ring-1", "--image", "ghcr.io/acme/app", "--tag", tag}
			if command == "record" {
				args = append(args, "--state", "success")
			}
			r := over(t, nobody{t}, env, args...)
			if r.code != cli.ExitUsage || !strings.Contains(r.stderr, "--tag: invalid tag ") {
				t.Errorf("%q = %d, want 2 and an invalid tag\n%s", args, r.code, r.stderr)
			}
		}
	}
}

// A nobody is a network on which nothing may be sent.
type nobody struct{ t *testing.T }

func (n nobody) RoundTrip(r *http.Request) (*http.Response, error) {
	n.t.Errorf("%s %s is sent", r.Method, r.URL)
	return nil, errors.New("nothing may be sent")
}
