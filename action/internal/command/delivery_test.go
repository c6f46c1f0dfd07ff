package command

import (
	"bytes"
	"context"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/wizzense/deployment-rings/action/internal/cli"
)

// A deed is a command that writes, and a world in which it may.
type deed struct {
	name   string
	inputs []string
	world  func(t *testing.T) (w *world, good, bad string) // good: what ring-1-latest is on afterwards; bad: before
}

var acts = []deed{
	{"promote", []string{"ring", "ring-1", "now", "2026-03-02T00:00:00Z", "state", "success"}, func(t *testing.T) (*world, string, string) {
		w, old, next := ready(t)
		return w, next, old
	}},
	{"record", []string{"ring", "ring-1", "state", "success", "now", "2026-03-02T00:00:00Z"}, func(t *testing.T) (*world, string, string) {
		w, old, _ := ready(t)
		return w, old, old
	}},
	{"advance", []string{"ring", "ring-1", "now", "2026-03-02T00:00:00Z"}, func(t *testing.T) (*world, string, string) {
		w, old, next := ready(t)
		w.evidence = write(t, "evidence.yml", regexp.MustCompile(`(?m)^subject: .*\n`).ReplaceAllString(read(t, w.evidence), ""))
		return w, next, old
	}},
	{"rollback", []string{"ring", "ring-1", "now", "2026-03-02T01:00:00Z"}, func(t *testing.T) (*world, string, string) {
		w, old, next := ready(t)
		w.ok("promote", "ring", "ring-1", "now", "2026-03-02T00:00:00Z", "state", "success")
		return w, old, next
	}},
}

// acting runs a command in a workflow whose files a test may spoil.
func (w *world) acting(env map[string]string, command string, inputs ...string) (code int, log string) {
	w.t.Helper()
	dir := w.t.TempDir()
	all := map[string]string{
		"GITHUB_ACTIONS": "true", "GITHUB_OUTPUT": filepath.Join(dir, "output"), "GITHUB_STEP_SUMMARY": filepath.Join(dir, "summary"), "RUNNER_TEMP": filepath.Join(dir, "temp"),
		"GITHUB_REPOSITORY": "wizzense/AitherZero", "INPUT_COMMAND": command, "INPUT_IMAGE": w.image, "INPUT_LEDGER": "file:" + w.ledger, "INPUT_EVIDENCE": w.evidence,
	}
	if command == "record" {
		delete(all, "INPUT_EVIDENCE")
	}
	for i := 0; i < len(inputs); i += 2 {
		all["INPUT_"+strings.ToUpper(inputs[i])] = inputs[i+1]
	}
	maps.Copy(all, env)
	r := over(w.t, w.transport, all)
	return r.code, r.stdout + r.stderr
}

// TestNothingIsDoneWithoutOutputs: a command that could not hand out its result does not act.
func TestNothingIsDoneWithoutOutputs(t *testing.T) {
	folder, file := t.TempDir(), write(t, "file", "")
	for _, a := range acts {
		for name, spoilt := range map[string]map[string]string{
			"GITHUB_OUTPUT":             {"GITHUB_OUTPUT": folder},
			"GITHUB_STEP_SUMMARY":       {"GITHUB_STEP_SUMMARY": folder},
			"RUNNER_TEMP":               {"RUNNER_TEMP": file},
			"RUNNER_TEMP, a link to it": {"RUNNER_TEMP": link(t, file)},
		} {
			w, _, before := a.world(t)
			history := read(t, w.ledger)
			code, log := w.acting(spoilt, a.name, a.inputs...)
			if code != cli.ExitFailed || !strings.Contains(log, "::error::") || !strings.Contains(log, "nothing was done") {
				t.Errorf("%s without %s = %d, want 1 and that nothing was done\n%s", a.name, name, code, log)
			}
			if got := w.digest("ring-1-latest"); got != before {
				t.Errorf("%s without %s moved ring-1-latest to %s", a.name, name, got)
			}
			if got := read(t, w.ledger); got != history {
				t.Errorf("%s without %s recorded\n%s", a.name, name, strings.TrimPrefix(got, history))
			}
		}
	}
}

func link(t *testing.T, to string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "link")
	if err := os.Symlink(to, path); err != nil {
		t.Fatal(err)
	}
	return path
}

// TestDiskIsFullAfterwards: where the result cannot be handed out, the error says what was done all the same, and the same
// command again does no harm.
func TestDiskIsFullAfterwards(t *testing.T) {
	if _, err := os.Stat("/dev/full"); err != nil {
		t.Logf("no /dev/full here: %v", err)
		return
	}
	for _, a := range acts {
		for _, full := range []string{"GITHUB_OUTPUT", "GITHUB_STEP_SUMMARY"} {
			w, good, before := a.world(t)
			history := read(t, w.ledger)
			code, log := w.acting(map[string]string{full: "/dev/full"}, a.name, a.inputs...)
			if code != cli.ExitFailed {
				t.Errorf("%s with a full %s = %d, want 1\n%s", a.name, full, code, log)
			}
			w.says(log, a, full, history, good != before)
			if got := w.digest("ring-1-latest"); got != good {
				t.Errorf("%s with a full %s left ring-1-latest on %s, want %s", a.name, full, got, good)
			}
			w.ok(a.name, a.inputs...)
			if got := w.digest("ring-1-latest"); got != good {
				t.Errorf("%s again put ring-1-latest on %s, want %s", a.name, got, good)
			}
		}
	}
}

// says holds the one error of a run to what it did: the digest, the records and the tags.
func (w *world) says(log string, a deed, full, history string, moved bool) {
	w.t.Helper()
	_, message, _ := strings.Cut(log, "::error::the result could not be handed out: "+full+" cannot be written")
	message, _, _ = strings.Cut(message, "\n")
	digest := w.digest("ring-1-latest")
	want := []string{digest, "The same command again does no harm"}
	if moved {
		want = append(want, "ring-1-latest")
	}
	for line := range strings.Lines(strings.TrimPrefix(read(w.t, w.ledger), history)) {
		if a.name == "promote" && !strings.Contains(line, "in_progress") {
			continue // the id of a promotion is that of its first record
		}
		_, id, _ := strings.Cut(line, `"id":"`)
		id, _, _ = strings.Cut(id, `"`)
		want = append(want, id)
	}
	if len(want) < 3 {
		w.t.Errorf("%s recorded nothing", a.name)
	}
	for _, word := range want {
		if !strings.Contains(message, word) {
			w.t.Errorf("%s with a full %s does not say %q:\n%s", a.name, full, word, log)
		}
	}
}

// broken is a stream that takes nothing.
type broken struct{}

func (broken) Write([]byte) (int, error) { return 0, os.ErrClosed }

// TestStandardOutputIsGoneAfterwards: by hand the result goes to standard output, and what was done goes to standard error
// if that cannot be written.
func TestStandardOutputIsGoneAfterwards(t *testing.T) {
	for _, a := range acts {
		w, good, before := a.world(t)
		history := read(t, w.ledger)
		args := []string{a.name, "--image", w.image, "--ledger", "file:" + w.ledger}
		if a.name != "record" {
			args = append(args, "--evidence", w.evidence)
		}
		for i := 0; i < len(a.inputs); i += 2 {
			args = append(args, "--"+a.inputs[i], a.inputs[i+1])
		}
		p := programOver(t, w.transport, nil, args...)
		stderr := p.Stderr.(*bytes.Buffer)
		p.Stdout = broken{}
		if code := p.run(); code != cli.ExitFailed || !strings.Contains(stderr.String(), "This was done: ") || !strings.Contains(stderr.String(), good) {
			t.Errorf("%s without standard output = %d, want 1 and what was done\n%s", a.name, code, stderr)
		}
		if good != before && w.digest("ring-1-latest") != good || read(t, w.ledger) == history {
			t.Errorf("%s without standard output did nothing", a.name)
		}
	}
}

// TestOutputsAreCheckedBeforeActing: what would be no output stops a promotion before it begins.
func TestOutputsAreCheckedBeforeActing(t *testing.T) {
	w, old, _ := ready(t)
	history := read(t, w.ledger)
	p := programOver(t, nil, map[string]string{"GITHUB_OUTPUT": filepath.Join(t.TempDir(), "output")}, "record")
	app, log := App(), p.Stdout.(*bytes.Buffer)
	app.Commands = []cli.Command{{Name: "record", Run: func(ctx context.Context, r *cli.Run) (*cli.Result, error) {
		return nil, r.Ready(ctx, &cli.Result{Outputs: map[string]string{"deployment-id": "a\x00b"}})
	}}}
	code := cli.Main(t.Context(), p.World, app)
	if code != cli.ExitFailed || !strings.Contains(log.String(), "output deployment-id contains a NUL character") || !strings.Contains(log.String(), "nothing was done") {
		t.Errorf("Ready with a NUL = %d, want a failure that names the output\n%s", code, log)
	}
	if w.digest("ring-1-latest") != old || read(t, w.ledger) != history {
		t.Error("something was done")
	}
}
