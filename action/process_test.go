//go:build unix

package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
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
	case "main, and says when it computes":
		go sayWhenIn("policytest.RunFile")
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

// sayWhenIn says ready once a function is running.
func sayWhenIn(function string) {
	stacks := make([]byte, 1<<20)
	for !bytes.Contains(stacks[:runtime.Stack(stacks, true)], []byte(function)) {
		time.Sleep(10 * time.Millisecond)
	}
	say("ready")
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

// until waits for the process to say something.
func (p *process) until(t *testing.T, path, text string) {
	t.Helper()
	for end := time.Now().Add(time.Minute); !contains(path, text); time.Sleep(10 * time.Millisecond) {
		select {
		case err := <-p.ended:
			t.Fatalf("%q ended (%v) before it said %q\n%s", p.Args[1:], err, text, p.stderr)
		default:
		}
		if time.Now().After(end) {
			t.Fatalf("%q does not say %q", p.Args[1:], text)
		}
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
		path := write(t, "said", "")
		p := start(t, "main, and says when it computes", []string{"SAY=" + path}, "test", "--tests", tests)
		p.until(t, path, "ready")
		p.Process.Signal(s)
		if code := p.end(t, 10*time.Second); code != 1 || !strings.Contains(p.stderr.String(), fmt.Sprintf("interrupted by the signal %q", s)) {
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
	p := start(t, "main", []string{"GITHUB_API_URL=" + server.URL, "GITHUB_TOKEN=ghp_x"}, "plan", "--event", "../examples/events/issue_comment.json", "--iteration", "1")
	<-asked
	p.Process.Signal(syscall.SIGTERM)
	if code := p.end(t, 10*time.Second); code != 1 || !strings.Contains(p.stderr.String(), `interrupted by the signal "terminated"`) {
		t.Errorf("the program ends with %d, want 1 and the signal\n%s", code, p.stderr)
	}
}

// TestSecondSignalEndsTheProcess, whatever it still does.
func TestSecondSignalEndsTheProcess(t *testing.T) {
	path := write(t, "said", "")
	p := start(t, "never ends", []string{"SAY=" + path})
	p.until(t, path, "ready")
	p.Process.Signal(syscall.SIGTERM)
	p.until(t, path, "interrupted")
	p.Process.Signal(syscall.SIGTERM)
	p.end(t, 10*time.Second)
	if status := p.ProcessState.Sys().(syscall.WaitStatus); !status.Signaled() || status.Signal() != syscall.SIGTERM {
		t.Errorf("after a second signal the process ended with %v, want that it was killed", p.ProcessState)
	}
}

func write(t *testing.T, name, content string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func contains(path, text string) bool {
	b, err := os.ReadFile(path)
	return err == nil && strings.Contains(string(b), text)
}
