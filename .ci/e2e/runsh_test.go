package e2e_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// runScript runs action/run.sh as action.yml does, from another folder, with the variables added to what a job has.
func runScript(t *testing.T, env ...string) (string, error) {
	t.Helper()
	script, err := filepath.Abs(root + "/action/run.sh")
	if err != nil {
		t.Fatal(err)
	}
	temp := filepath.Join(t.TempDir(), "with a space")
	if err := os.Mkdir(temp, 0o700); err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command("bash", script)
	cmd.Dir = temp
	cmd.Env = append([]string{
		"PATH=" + os.Getenv("PATH"), "RUNNER_TEMP=" + temp, "INPUT_FORMAT=json",
		"GOCACHE=" + goenv(t, "GOCACHE"), "GOMODCACHE=" + goenv(t, "GOMODCACHE"),
		"GITHUB_EVENT_NAME=pull_request", "GITHUB_EVENT_PATH=" + filepath.Join(temp, "event.json"),
	}, env...)
	write(t, filepath.Join(temp, "event.json"), pullRequest().payload)
	out, err := cmd.CombinedOutput()
	return string(out), err
}

// A job may build something of its own: for another system, with its own flags, workspace and C compiler.
func TestRunScriptInAJobThatBuildsGo(t *testing.T) {
	t.Parallel()
	out, err := runScript(t, "GOFLAGS=-mod=vendor -tags=none", "GOOS=windows", "GOARCH=arm64", "GOWORK=/nowhere/go.work",
		"GO111MODULE=off", "CGO_ENABLED=1", "CC=/nowhere/cc", "GOEXPERIMENT=nosuch")
	if err != nil || !strings.Contains(out, "pr-123-ring-0-v") {
		t.Errorf("run.sh: %v\n%s", err, out)
	}
}

// A runner without Go is told what is missing, as an annotation.
func TestRunScriptWithoutGo(t *testing.T) {
	t.Parallel()
	bin := t.TempDir()
	for _, program := range []string{"bash", "dirname", "mktemp"} {
		path, err := exec.LookPath(program)
		if err != nil {
			t.Fatal(err)
		}
		if err := os.Symlink(path, filepath.Join(bin, program)); err != nil {
			t.Fatal(err)
		}
	}
	out, err := runScript(t, "PATH="+bin)
	if exit, ok := err.(*exec.ExitError); !ok || exit.ExitCode() != 1 {
		t.Errorf("run.sh without Go: %v, want exit status 1", err)
	}
	if !strings.HasPrefix(out, "::error title=deployment-rings::There is no Go on this runner") {
		t.Errorf("run.sh without Go said %q", out)
	}
}
