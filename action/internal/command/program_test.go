package command

import (
	"bytes"
	"context"
	"flag"
	"fmt"
	"maps"
	"net/http"
	"os"
	"path/filepath"
	"runtime/debug"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/wizzense/deployment-rings/action/internal/cli"
)

var update = flag.Bool("update", false, "rewrite golden files and docs/action.md")

// A ran is what a run of the whole program left behind.
type ran struct {
	code    int
	stdout  string
	stderr  string
	outputs map[string]string // nil by hand
	order   []string          // names of the outputs as they were written
	summary string
	temp    string // RUNNER_TEMP
}

// testClock stands at a time that has to be rounded and brought to UTC: 2025-01-11T15:45:30Z.
func testClock() time.Time {
	return time.Date(2025, 1, 11, 16, 45, 30, 123, time.FixedZone("", 3600))
}

// byHand runs the program as a person does.
func byHand(t *testing.T, env map[string]string, args ...string) ran {
	t.Helper()
	return over(t, nil, env, args...)
}

// over runs the program with a way to registries of its own; nil is the usual one.
func over(t *testing.T, transport http.RoundTripper, env map[string]string, args ...string) ran {
	t.Helper()
	p := programOver(t, transport, env, args...)
	code := p.run()
	return ran{code: code, stdout: p.Stdout.(*bytes.Buffer).String(), stderr: p.Stderr.(*bytes.Buffer).String()}
}

// A program is a run that is still to come.
type program struct {
	ctx context.Context
	cli.World
}

func (p program) run() int { return cli.Main(p.ctx, p.World, App()) }

// programOver is a run that is still to come, with a way to servers of its own.
func programOver(t *testing.T, transport http.RoundTripper, env map[string]string, args ...string) program {
	t.Helper()
	return program{context.Background(), cli.World{
		Args:      args,
		Getenv:    func(name string) string { return env[name] },
		Variables: slices.Collect(maps.Keys(env)),
		Now: func() time.Time {
			return time.Date(2025, 1, 11, 15, 45, 30, 123, time.FixedZone("", 3600)).Add(time.Hour)
		},
		Transport: transport,
		Random:    new(counted),
		Sleep:     func(ctx context.Context, _ time.Duration) error { return ctx.Err() },
		Stdout:    new(bytes.Buffer),
		Stderr:    new(bytes.Buffer),
	}}
}

// counted gives bytes that are not Random: 0, 1, 2, …
type counted struct{ next byte }

func (c *counted) Read(p []byte) (int, error) {
	for i := range p {
		p[i] = c.next
		c.next++
	}
	return len(p), nil
}

// inAction runs the program as GitHub does, with the payload of an event unless event is empty.
func inAction(t *testing.T, event string, env map[string]string) ran {
	t.Helper()
	return inActionOver(t, nil, event, env)
}

// inActionOver is inAction with a way to registries of its own.
func inActionOver(t *testing.T, transport http.RoundTripper, event string, env map[string]string) ran {
	t.Helper()
	dir := folder(t)
	run := fmt.Sprint(runs.Add(1))
	all := map[string]string{
		"GITHUB_ACTIONS":      "true",
		"GITHUB_OUTPUT":       filepath.Join(dir, "output-"+run),
		"GITHUB_STEP_SUMMARY": filepath.Join(dir, "summary-"+run),
		"GITHUB_RUN_NUMBER":   "42",
		"GITHUB_REPOSITORY":   "wizzense/AitherZero",
		"GITHUB_SERVER_URL":   "https://github.com",
		"RUNNER_TEMP":         filepath.Join(dir, "temp"),
		"GITHUB_EVENT_PATH":   event,
	}
	maps.Copy(all, env)
	r := over(t, transport, all)
	r.outputs, r.order = readOutputs(t, all["GITHUB_OUTPUT"])
	r.summary = read(t, all["GITHUB_STEP_SUMMARY"])
	r.temp = all["RUNNER_TEMP"]
	return r
}

// folder returns a folder that all runs of a test share: making and removing one takes longer than many a run.
func folder(t *testing.T) string {
	t.Helper()
	dir, known := folders.Load(t)
	if !known {
		dir = t.TempDir()
		folders.Store(t, dir)
		t.Cleanup(func() { folders.Delete(t) })
	}
	return dir.(string)
}

var (
	folders sync.Map     // by test
	runs    atomic.Int64 // of all tests, so that each has files of its own
)

// readOutputs reads the file of outputs as the runner does: NAME<<DELIMITER, lines, DELIMITER.
func readOutputs(t *testing.T, path string) (map[string]string, []string) {
	t.Helper()
	values, names := map[string]string{}, []string{}
	lines := strings.Split(strings.TrimSuffix(read(t, path), "\n"), "\n")
	for i := 0; i < len(lines) && lines[i] != ""; i++ {
		name, delimiter, ok := strings.Cut(lines[i], "<<")
		if !ok {
			t.Fatalf("line %d of the outputs is %q, want NAME<<DELIMITER", i+1, lines[i])
		}
		end := slices.Index(lines[i+1:], delimiter)
		if end < 0 {
			t.Fatalf("output %s has no end", name)
		}
		if _, again := values[name]; again {
			t.Errorf("output %s is written twice", name)
		}
		values[name] = strings.Join(lines[i+1:i+1+end], "\n")
		names = append(names, name)
		i += 1 + end
	}
	return values, names
}

// read returns the content of a file, "" when it does not exist.
func read(t *testing.T, path string) string {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil && !os.IsNotExist(err) {
		t.Fatal(err)
	}
	return string(b)
}

// write makes a file in a folder of the test and returns its path.
func write(t *testing.T, name, content string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// golden compares got with a file, or rewrites the file.
func golden(t *testing.T, path, got string) {
	t.Helper()
	if *update {
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if diff := cmp.Diff(read(t, path), got); diff != "" {
		t.Errorf("%s differs, -update rewrites it (-want +got):\n%s", path, diff)
	}
}

// TestMain lets the tests run in the folder of the Action, from which the paths of samples and golden files lead.
// The processes of a fuzz test begin there. Most of the memory is that of many short runs: to collect it less often saves
// a fifth of the time. The runs make and remove thousands of small files, which takes a disk a quarter of the time: they
// are kept in memory where there is a folder for that.
func TestMain(m *testing.M) {
	debug.SetGCPercent(400)
	if _, err := os.Stat("program_test.go"); err == nil {
		if err := os.Chdir("../.."); err != nil {
			panic(err)
		}
	}
	dir, err := os.MkdirTemp("/dev/shm", "deployment-rings-")
	if err == nil {
		os.Setenv("TMPDIR", dir)
	}
	code := m.Run()
	os.RemoveAll(dir)
	os.Exit(code)
}
