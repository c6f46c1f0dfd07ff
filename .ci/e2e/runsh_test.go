package e2e_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// runScript runs action/run.sh of a checkout as action.yml does, from another folder, with the real Go and the variables
// added to what a job has.
func runScript(t *testing.T, checkout string, env ...string) (string, error) {
	t.Helper()
	temp := filepath.Join(t.TempDir(), "with a space")
	if err := os.Mkdir(temp, 0o700); err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command("bash", absolute(t, checkout+"/action/run.sh"))
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

// A job may build something of its own: for another system, with its own flags, workspace, toolchain and C compiler, as it says
// in the environment or in Go's own file.
func TestRunScriptInAJobThatBuildsGo(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "env")
	put(t, file, "GOOS=windows\nGOARCH=arm64\nGOFLAGS=-mod=vendor\nGOWORK=/nowhere/go.work\n")
	for _, env := range [][]string{
		{"GOFLAGS=-mod=vendor -tags=none", "GOOS=windows", "GOARCH=arm64", "GOWORK=/nowhere/go.work", "GO111MODULE=off",
			"GOAMD64=v9", "GOARM64=v1", "GOTOOLCHAIN=go1.99.0", "CGO_ENABLED=1", "CC=/nowhere/cc", "GOEXPERIMENT=nosuch"},
		{"GOENV=" + file},
	} {
		if out, err := runScript(t, root, env...); err != nil || !strings.Contains(out, "pr-123-ring-0-v") {
			t.Errorf("run.sh with %q: %v\n%s", env, err, out)
		}
	}
}

// A module cache that is empty and no network: Go says which module it lacks, and the step what a build needs.
func TestRunScriptWithoutModules(t *testing.T) {
	t.Parallel()
	out, err := runScript(t, root, "GOMODCACHE="+t.TempDir(), "GOPROXY=off")
	if exit, ok := err.(*exec.ExitError); !ok || exit.ExitCode() != 1 {
		t.Errorf("run.sh without modules: %v, want exit status 1", err)
	}
	if !like(out, "…module lookup disabled by GOPROXY=off…"+annotation("error", "The program could not be built with the Go on this runner; the lines above say why. …")) {
		t.Errorf("run.sh without modules said\n%s", out)
	}
}

// A release that had to be built says which release it is, as the one that was published does, whatever git thinks of its folder.
func TestRunScriptBuildsTheVersionOfARelease(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	checkout(t, dir, tag+" "+source+"\n", actionFiles...)
	put(t, filepath.Join(dir, ".git", "HEAD"), "nothing that git understands")
	out, err := runScript(t, dir, "INPUT_COMMAND=version")
	if err != nil || !strings.Contains(out, `"version": "`+tag+`"`) || !strings.Contains(out, `"commit": "`+source+`"`) {
		t.Errorf("run.sh: %v\n%s", err, out)
	}
}
