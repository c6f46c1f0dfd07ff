package command

import (
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/wizzense/deployment-rings/action/internal/cli"
	"github.com/wizzense/deployment-rings/action/internal/fault"
)

var errStop = fault.Interruption(errors.New(`the run was interrupted by the signal "terminated"`))

// TestInterruptedAtAnyRequest interrupts commands before each of their requests. A run that was interrupted says so with
// exit code 1, whatever else it could say; it decides nothing by facts that it no longer waited for; and the same command
// again does what is left.
func TestInterruptedAtAnyRequest(t *testing.T) {
	verify := deed{"verify", buildInputs, func(t *testing.T) (*world, string, string) {
		w := newWorld(t)
		w.built(buildInputs...)
		return w, "", ""
	}}
	gate := deed{"gate", []string{"ring", "ring-1", "now", "2026-03-02T00:00:00Z"}, func(t *testing.T) (*world, string, string) {
		w, old, _ := ready(t)
		return w, old, old
	}}
	status := deed{"status", []string{"now", "2026-03-02T00:00:00Z"}, gate.world}
	for _, a := range append([]deed{verify, gate, status}, acts...) {
		t.Run(a.name, func(t *testing.T) {
			t.Parallel()
			for at := int64(0); ; at++ { // 0: before the first
				w, after, before := a.world(t)
				ctx, cancel := context.WithCancelCause(t.Context())
				f := &drop{at: at, hook: func() { cancel(errStop) }}
				if at == 0 {
					cancel(errStop)
				}
				w.transport = f
				code, log := w.interruptedRun(ctx, a.name, a.inputs...)
				hit := ctx.Err() != nil
				cancel(nil)
				if said := strings.Contains(log, `interrupted by the signal "terminated"`); hit && (code != cli.ExitFailed || !said) {
					t.Errorf("%s, interrupted at request %d = %d, want 1 and that it was interrupted\n%s", a.name, at, code, log)
				}
				got := w.digest("ring-1-latest")
				if got != after && got != before {
					t.Errorf("%s, interrupted at request %d, left ring-1-latest on %s", a.name, at, got)
				}
				w.transport = nil
				if a.name != "rollback" || got == before { // what is done is not done again
					w.ok(a.name, a.inputs...)
				}
				if got := w.digest("ring-1-latest"); got != after {
					t.Errorf("%s again, after request %d, left ring-1-latest on %s, want %s", a.name, at, got, after)
				}
				if !hit {
					if at == 1 {
						t.Errorf("%s sent no request", a.name)
					}
					break
				}
			}
		})
	}
}

// An ending cancels when the answer to a request was read.
type ending struct {
	at     int64
	seen   atomic.Int64
	cancel func()
}

func (e *ending) RoundTrip(r *http.Request) (*http.Response, error) {
	resp, err := http.DefaultTransport.RoundTrip(r)
	if err == nil && e.seen.Add(1) == e.at {
		resp.Body = endingBody{resp.Body, e.cancel}
	}
	return resp, err
}

type endingBody struct {
	io.ReadCloser
	cancel func()
}

func (b endingBody) Close() error {
	b.cancel()
	return b.ReadCloser.Close()
}

// TestInterruptedAfterTheTagsMoved: what happened to the tags is recorded all the same, and reported.
func TestInterruptedAfterTheTagsMoved(t *testing.T) {
	for _, a := range acts {
		if a.name == "record" {
			continue // moves no tags
		}
		rehearsal, _, _ := a.world(t)
		counted := &ending{}
		rehearsal.transport = counted
		rehearsal.ok(a.name, a.inputs...)

		w, after, _ := a.world(t)
		before := read(t, w.ledger)
		ctx, cancel := context.WithCancelCause(t.Context())
		w.transport = &ending{at: counted.seen.Load(), cancel: func() { cancel(errStop) }}
		code, log := w.interruptedRun(ctx, a.name, a.inputs...)
		if ctx.Err() == nil {
			t.Fatalf("%s was not interrupted", a.name)
		}
		cancel(nil)
		records, successes := 2, 1
		if a.name == "advance" { // the job that deploys records the success
			records, successes = 1, 0
		}
		written := strings.TrimPrefix(read(t, w.ledger), before)
		if code != cli.ExitDone || w.digest("ring-1-latest") != after || strings.Count(written, "\n") != records || strings.Count(written, `"success"`) != successes {
			t.Errorf("%s, interrupted after its last request = %d, want 0, %d records, and %d of a success\n%s%s", a.name, code, records, successes, log, written)
		}
	}
}

func (w *world) interruptedRun(ctx context.Context, command string, inputs ...string) (int, string) {
	w.t.Helper()
	env := map[string]string{"GITHUB_REPOSITORY": "wizzense/AitherZero", "GITHUB_RUN_NUMBER": "42"}
	args := []string{command, "--image", w.image}
	if command != "verify" {
		args = append(args, "--ledger", "file:"+w.ledger)
		if command != "record" {
			args = append(args, "--evidence", w.evidence)
		}
	}
	for i := 0; i < len(inputs); i += 2 {
		args = append(args, "--"+inputs[i], inputs[i+1])
	}
	p := programOver(w.t, w.transport, env, args...)
	p.ctx = ctx
	code := p.run()
	return code, fmt.Sprint(p.Stdout, p.Stderr)
}

// TestInterruptedBeforeItBegan: no command goes on, and what else is wrong does not change the exit code.
func TestInterruptedBeforeItBegan(t *testing.T) {
	policy, evidence := write(t, "rings.yml", "version: 2"), write(t, "evidence.json", "{}")
	ctx, cancel := context.WithCancelCause(t.Context())
	cancel(errStop)
	for _, args := range [][]string{
		{"plan", "--event", events + "pull_request.json", "--iteration", "x"},
		{"verify", "--event", events + "pull_request.json", "--policy", policy},
		{"gate", "--evidence", evidence, "--policy", policy},
		{"promote", "--evidence", evidence, "--policy", policy, "--ledger", "file:none"},
		{"rollback", "--evidence", evidence, "--policy", policy, "--ledger", "file:none"},
		{"record", "--policy", policy, "--ledger", "file:none", "--ring", "ring-1", "--state", "success"},
		{"status", "--evidence", evidence, "--policy", policy},
		{"lint", "--policy", policy},
		{"lint"},
		{"test", "--tests", policy},
	} {
		p := programOver(t, nil, nil, args...)
		p.ctx = ctx
		code := p.run()
		if log := fmt.Sprint(p.Stderr); code != cli.ExitFailed || strings.Count(log, "was interrupted by the signal") != 1 || fmt.Sprint(p.Stdout) != "" {
			t.Errorf("%q = %d, want 1, no result, and once that it was interrupted\n%s%s", args, code, p.Stdout, log)
		}
	}
}

// TestInterruptedOnGitHub interrupts commands before each of their requests to GitHub and the registry. Facts that were not
// waited for would be unknown, and hold: that is no answer of a run that was interrupted.
func TestInterruptedOnGitHub(t *testing.T) {
	w := newGateWorld(t)
	for _, command := range []string{"gate", "rollback", "status"} {
		for at := int64(1); ; at++ {
			env := maps.Clone(w.env)
			env["INPUT_COMMAND"], env["INPUT_DRY-RUN"], env["GITHUB_ACTIONS"], env["GITHUB_REPOSITORY"] = command, "true", "true", "wizzense/AitherZero"
			if command != "status" {
				env["INPUT_RING"] = "ring-1"
			}
			ctx, cancel := context.WithCancelCause(t.Context())
			p := programOver(t, &drop{at: at, hook: func() { cancel(errStop) }}, env)
			p.ctx = ctx
			code := p.run()
			hit := ctx.Err() != nil
			cancel(nil)
			if log := fmt.Sprint(p.Stdout, p.Stderr); hit && (code != cli.ExitFailed || !strings.Contains(log, `interrupted by the signal "terminated"`)) || !hit && code != cli.ExitDone {
				t.Errorf("%s, interrupted at request %d (%v) = %d, want 1 and that it was interrupted, else 0\n%s", command, at, hit, code, log)
			}
			if !hit {
				if at == 1 {
					t.Errorf("%s sent no request", command)
				}
				break
			}
		}
	}
}
