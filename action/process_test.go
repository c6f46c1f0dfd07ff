//go:build unix

package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

// TestMain lets the tests start themselves as the program, a process of its own that gets real signals.
func TestMain(m *testing.M) {
	switch os.Getenv("DEPLOYMENT_RINGS_TEST") {
	case "main":
		main()
	case "never ends": // as a server that answers nothing to a record that must be written
		ctx := interruptible(context.Background())
		say("ready")
		<-ctx.Done()
		say(context.Cause(ctx).Error())
		time.Sleep(time.Minute)
	}
	os.Exit(m.Run())
}

func say(text string) {
	if err := os.WriteFile(os.Getenv("SAY"), []byte(text), 0o600); err != nil {
		panic(err)
	}
}

// A process is the program while it runs.
type process struct {
	*exec.Cmd
	stdout, stderr *bytes.Buffer
	ended          chan error
}

func start(t *testing.T, as string, env []string, args ...string) *process {
	t.Helper()
	p := &process{Cmd: exec.Command(os.Args[0], args...), stdout: new(bytes.Buffer), stderr: new(bytes.Buffer), ended: make(chan error, 1)}
	p.Env = append([]string{"DEPLOYMENT_RINGS_TEST=" + as}, env...)
	p.Stdout, p.Stderr = p.stdout, p.stderr
	if err := p.Start(); err != nil {
		t.Fatal(err)
	}
	go func() { p.ended <- p.Wait() }()
	t.Cleanup(func() { p.Process.Kill() })
	return p
}

// end waits for the process and returns its exit code, -1 if a signal ended it.
func (p *process) end(t *testing.T, within time.Duration) int {
	t.Helper()
	select {
	case err := <-p.ended:
		if exit := new(exec.ExitError); err != nil && !errors.As(err, &exit) {
			t.Fatal(err)
		}
		return p.ProcessState.ExitCode()
	case <-time.After(within):
		t.Fatalf("%q still runs after %v", p.Args[1:], within)
		return 0
	}
}

// slowTests is a policy test file that takes a minute to read.
func slowTests(t *testing.T) string {
	var b strings.Builder
	commit := strings.Repeat("a", 40)
	fmt.Fprintf(&b, `{"base": {"schema": 1, "now": "2026-03-03T05:30:00Z", "subject": {"digest": "sha256:%s", "revision": "%s", "to": "ring-1"}, "checks": [`, strings.Repeat("a", 64), commit)
	for i := range 2000 {
		fmt.Fprintf(&b, `{"name": "c%d", "state": "success", "revision": "%s", "id": %d},`, i, commit, i+1)
	}
	text := strings.TrimSuffix(b.String(), ",") + `]}, "tests": [`
	one := `{"name": "t", "given": {"ancestry": "ahead"}, "expect": {"decision": "hold"}},`
	return write(t, "slow_test.json", strings.TrimSuffix(text+strings.Repeat(one, 4000), ",")+"]}")
}

// TestSignalEndsWhatComputes: the first signal is enough, whichever it is.
func TestSignalEndsWhatComputes(t *testing.T) {
	tests := slowTests(t)
	for _, s := range []syscall.Signal{syscall.SIGTERM, syscall.SIGINT} {
		p := start(t, "main", nil, "test", "--tests", tests)
		select {
		case <-p.ended:
			t.Fatalf("the tests took no time, with exit code %d\n%s", p.ProcessState.ExitCode(), p.stderr)
		case <-time.After(500 * time.Millisecond):
		}
		p.Process.Signal(s)
		if code := p.end(t, 10*time.Second); code != exitFailed || !strings.Contains(p.stderr.String(), fmt.Sprintf("interrupted by the signal %q", s)) {
			t.Errorf("after %v the program ends with %d, want 1 and the signal\n%s", s, code, p.stderr)
		}
	}
}

// TestSignalEndsWaiting for a server that never answers.
func TestSignalEndsWaiting(t *testing.T) {
	asked := make(chan bool, 1)
	server := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		select {
		case asked <- true:
		default:
		}
		<-r.Context().Done()
	}))
	defer server.Close()
	p := start(t, "main", []string{"GITHUB_API_URL=" + server.URL, "GITHUB_TOKEN=" + secretToken}, "plan", "--event", events+"issue_comment.json", "--iteration", "1")
	<-asked
	p.Process.Signal(syscall.SIGTERM)
	if code := p.end(t, 10*time.Second); code != exitFailed || !strings.Contains(p.stderr.String(), `interrupted by the signal "terminated"`) {
		t.Errorf("the program ends with %d, want 1 and the signal\n%s", code, p.stderr)
	}
}

// TestSecondSignalEndsTheProcess, whatever it still does.
func TestSecondSignalEndsTheProcess(t *testing.T) {
	said := write(t, "said", "")
	p := start(t, "never ends", []string{"SAY=" + said})
	until := func(text string) {
		t.Helper()
		for end := time.Now().Add(10 * time.Second); !strings.Contains(read(t, said), text); time.Sleep(10 * time.Millisecond) {
			if time.Now().After(end) {
				t.Fatalf("the process does not say %q", text)
			}
		}
	}
	until("ready")
	p.Process.Signal(syscall.SIGTERM)
	until("interrupted")
	p.Process.Signal(syscall.SIGTERM)
	p.end(t, 10*time.Second)
	if status := p.ProcessState.Sys().(syscall.WaitStatus); !status.Signaled() || status.Signal() != syscall.SIGTERM {
		t.Errorf("after a second signal the process ended with %v, want that it was killed", p.ProcessState)
	}
}

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
			if log := r.stdout + r.stderr; r.code != exitUsage || !strings.Contains(log, kind) || !strings.Contains(log, path) {
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
