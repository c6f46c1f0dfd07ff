// Package e2e runs the Action as a runner does, in workflows under act, and hands what it gives to the
// programs that it is for: a shell, a Compose parser, the parser of docker buildx bake.
package e2e_test

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"testing"
)

// A job is what is left of a job after act ran it.
type job struct {
	exit        int
	outputs     map[string]string // of the step under test, as a later step saw them
	written     map[string]string // by the program itself, before action.yml passed them on
	summary     string
	annotations []entry
	log         string
}

// An entry is a line of act's log: a workflow command that the runner obeyed, or text.
type entry struct {
	Command string   `json:"command"`
	Name    string   `json:"name"`
	Arg     string   `json:"arg"`
	Content string   `json:"content"`
	Msg     string   `json:"msg"`
	StepID  []string `json:"stepID"`
}

// An event is what starts a workflow.
type event struct {
	name    string
	payload map[string]any
	env     map[string]string
}

// root is the top of the checkout, which is also the Action.
const root = "../.."

// run runs a workflow of testdata, whose step "plan" is the Action and whose last step writes what it sees.
func run(t *testing.T, workflow string, ev event) job {
	t.Helper()
	return runIn(t, root, workflow, ev)
}

// runIn does that in another checkout, with more arguments for act.
func runIn(t *testing.T, checkout, workflow string, ev event, args ...string) job {
	t.Helper()
	dir := t.TempDir()
	seen := filepath.Join(dir, "seen.json")
	file := absolute(t, filepath.Join("testdata", workflow))
	cmd := act(t, dir, ev, append([]string{"-W", file, "--env", "SEEN=" + seen}, args...)...)
	cmd.Dir = checkout
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	err := cmd.Run()
	if exit := new(exec.ExitError); err != nil && !errors.As(err, &exit) {
		t.Fatal(err)
	}
	j := read(t, stdout.Bytes())
	j.exit = cmd.ProcessState.ExitCode()
	j.log += stderr.String()
	if src, err := os.ReadFile(seen); err == nil {
		decode(t, src, &j.outputs)
	}
	return j
}

// act is the command that runs workflows on this machine, offline, with the event.
func act(t testing.TB, dir string, ev event, args ...string) *exec.Cmd {
	t.Helper()
	file := filepath.Join(dir, "event.json")
	write(t, file, ev.payload)
	args = append([]string{
		ev.name, "--json", "-e", file,
		"-P", "ubuntu-latest=-self-hosted", "--container-daemon-socket", "-", "--no-cache-server",
		"--action-cache-path", filepath.Join(dir, "cache"), "-s", "GITHUB_TOKEN=fake-token-of-the-job",
		"--env", "GOCACHE=" + goenv(t, "GOCACHE"), "--env", "GOMODCACHE=" + goenv(t, "GOMODCACHE"),
	}, args...)
	env := map[string]string{
		"GITHUB_REPOSITORY": "wizzense/AitherZero", "GITHUB_RUN_NUMBER": "42", "GITHUB_API_URL": "http://127.0.0.1:9",
	}
	maps.Copy(env, ev.env)
	for _, k := range slices.Sorted(maps.Keys(env)) {
		args = append(args, "--env", k+"="+env[k])
	}
	cmd := exec.Command(absolute(t, "../bin/act"), args...)
	cmd.Dir = root
	cmd.Env = append(os.Environ(), "ACT_DISABLE_VERSION_CHECK=1")
	return cmd
}

// read gathers what the step under test did from act's log.
func read(t *testing.T, log []byte) job {
	t.Helper()
	j := job{written: map[string]string{}}
	lines := bufio.NewScanner(bytes.NewReader(log))
	lines.Buffer(nil, 64<<20)
	for lines.Scan() {
		var e entry
		decode(t, lines.Bytes(), &e)
		j.log += e.Msg + "\n"
		inner := slices.Equal(e.StepID, []string{"plan", "run"})
		switch {
		case e.Command == "summary":
			j.summary += e.Content
		case e.Command == "set-output" && inner:
			j.written[e.Name] = e.Arg
		case e.Command != "" && e.Command != "set-output" && inner:
			j.annotations = append(j.annotations, e)
		}
	}
	if err := lines.Err(); err != nil {
		t.Fatal(err)
	}
	return j
}

func decode(t *testing.T, src []byte, into any) {
	t.Helper()
	if err := json.Unmarshal(src, into); err != nil {
		t.Fatalf("%v in %.200q", err, src)
	}
}

func write(t testing.TB, file string, value any) {
	t.Helper()
	src, err := json.Marshal(value)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file, src, 0o600); err != nil {
		t.Fatal(err)
	}
}

func goenv(t testing.TB, name string) string {
	t.Helper()
	out, err := exec.Command("go", "env", name).Output()
	if err != nil {
		t.Fatal(err)
	}
	return string(bytes.TrimSpace(out))
}
