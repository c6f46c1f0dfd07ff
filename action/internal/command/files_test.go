//go:build unix

package command

import (
	"net"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/wizzense/deployment-rings/action/internal/cli"
)

// TestFilesThatAreNotRegular has a line for each file that a command reads. None of them may be a pipe, a device, a folder
// or a socket; a link to a regular file is fine.
func TestFilesThatAreNotRegular(t *testing.T) {
	dir := t.TempDir()
	pipe, socket := filepath.Join(dir, "pipe"), filepath.Join(dir, "socket")
	if err := syscall.Mkfifo(pipe, 0o600); err != nil {
		t.Fatal(err)
	}
	l, err := net.Listen("unix", socket)
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	policy, evidence := write(t, "rings.yml", read(t, "../examples/policies/small-team.yml")), write(t, "evidence.yml", "schema: 1\nlocks: []\n")
	testOf := func(policy string) string {
		return write(t, "rings_test.yml", "policy: "+policy+"\ntests: [{name: t, branch: main, expect: {ring: production}}]\n")
	}
	event := read(t, events+"pull_request.json")
	for what, c := range map[string]struct {
		file string // a regular one with which the command gets further
		run  func(path string) ran
	}{
		"policy":         {policy, func(path string) ran { return byHand(t, nil, "gate", "--policy", path, "--evidence", evidence) }},
		"policy of lint": {policy, func(path string) ran { return byHand(t, nil, "lint", "--policy", path) }},
		"evidence":       {evidence, func(path string) ran { return byHand(t, nil, "gate", "--evidence", path) }},
		"event":          {write(t, "event.json", event), func(path string) ran { return byHand(t, nil, "plan", "--event", path, "--iteration", "1") }},
		"event of the run": {write(t, "event.json", event), func(path string) ran {
			return inAction(t, path, map[string]string{"GITHUB_EVENT_NAME": "pull_request"})
		}},
		"tests":           {testOf(policy), func(path string) ran { return byHand(t, nil, "test", "--tests", path) }},
		"policy of tests": {policy, func(path string) ran { return byHand(t, nil, "test", "--tests", testOf(path)) }},
	} {
		for path, kind := range map[string]string{
			pipe: "is a pipe", link(t, pipe): "is a pipe", socket: "is a socket", dir: "is a directory", "/dev/null": "is a device", "/dev/zero": "is a device",
		} {
			r := inTime(t, func() ran { return c.run(path) })
			if log := r.stdout + r.stderr; r.code != cli.ExitUsage || !strings.Contains(log, kind) || !strings.Contains(log, path) {
				t.Errorf("%s: %s = %d, want 2, the path, and that it %s\n%s", what, path, r.code, kind, log)
			}
		}
		for _, path := range []string{c.file, link(t, c.file)} {
			if r := inTime(t, func() ran { return c.run(path) }); strings.Contains(r.stdout+r.stderr, "regular file") {
				t.Errorf("%s: the regular file %s is refused with %d\n%s%s", what, path, r.code, r.stdout, r.stderr)
			}
		}
	}
}

func inTime(t *testing.T, run func() ran) ran {
	t.Helper()
	done := make(chan ran, 1)
	go func() { done <- run() }()
	select {
	case r := <-done:
		return r
	case <-time.After(20 * time.Second):
		t.Fatal("the command blocks")
		return ran{}
	}
}
