package command

import (
	"fmt"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

const events = "../examples/events/"

// tagCommit is what GITHUB_SHA says on the runs whose payload has no commit.
const tagCommit = "9c8d7e6f00112233445566778899aabbccddeeff"

// TestPlanEvents runs the program on every sample event as GitHub does, and holds everything that it writes
// to a golden file.
func TestPlanEvents(t *testing.T) {
	paths, err := filepath.Glob(events + "*.json")
	if err != nil || len(paths) < 15 {
		t.Fatalf("%d sample events, %v", len(paths), err)
	}
	for _, path := range paths {
		name := strings.TrimSuffix(filepath.Base(path), ".json")
		t.Run(name, func(t *testing.T) {
			r := inAction(t, path, serve(t, gitHub()))
			golden(t, "testdata/events/"+name+".want", r.transcript(t))
		})
	}
}

var fileDigest = regexp.MustCompile(`(/(?:docker-bake|compose))-[0-9a-f]{12}(\.json|\.yml)`)

// transcript is everything that a run wrote, with the folder of the test and the digests of files taken out.
// What is in a Compose file is for ringpolicy to test.
func (r ran) transcript(t *testing.T) string {
	t.Helper()
	var b strings.Builder
	fmt.Fprintf(&b, "exit code %d\n", r.code)
	section := func(title, text string) {
		if text != "" {
			fmt.Fprintf(&b, "\n--- %s\n%s\n", title, strings.TrimRight(text, "\n"))
		}
	}
	section("standard output", r.stdout)
	section("standard error", r.stderr)
	section("summary", r.summary)
	for _, name := range r.order {
		fmt.Fprintf(&b, "\n--- output %s\n%s\n", name, r.outputs[name])
	}
	section("bake file", read(t, r.outputs["bake-file"]))
	if path := r.outputs["compose-file"]; path != "" && !strings.Contains(read(t, path), r.outputs["container-name"]) {
		t.Errorf("compose file %s does not name the container:\n%s", path, read(t, path))
	}
	if r.temp == "" {
		return b.String()
	}
	text := strings.ReplaceAll(b.String(), r.temp, "$RUNNER_TEMP")
	return fileDigest.ReplaceAllString(text, "$1-DIGEST$2")
}

// TestPlanByHand holds what a person reads to golden files.
func TestPlanByHand(t *testing.T) {
	for _, c := range []struct {
		name string
		args []string
	}{
		{"pull-request", []string{"plan", "--event", events + "pull_request.json", "--iteration", "42"}},
		{"json", []string{"plan", "--event", events + "pull_request.json", "--format", "json"}},
		{"skip", []string{"plan", "--event", events + "pull_request_fork.json", "--iteration", "42"}},
		{"held", []string{"plan", "--release-tag", "v1.4.3", "--revision", tagCommit, "--known-versions", "1.5.0\nv1.4.2",
			"--image", "ghcr.io/Wizzense/AitherZero\ndocker.io/wizzense/aitherzero"}},
		{"unlisted", []string{"plan", "--branch", "feature/x", "--revision", tagCommit, "--image", "owner/app", "--iteration=7"}},
		{"nothing", []string{"plan"}},
		{"problems", []string{"plan", "--ring", "ring-0", "--bransh", "x", "--branch", "a", "--branch", "b", "stray", "-x", "--title", "a\x00b",
			"--allow-forks=maybe", "--pr-number", "08", "--release-tag", "v1", "--revision", "abc", "--timestamp", "noon", "--image", "app:1\na b",
			"--ring-from", "hed", "--iteration", "registry", "--known-versions", "1.0\n2.0.0", "--labels", "x\ny=1\n=z", "--annotations", "q",
			"--annotation-levels", "top", "--format", "xml", "--event", "missing.json", "--policy", "missing.yml", "--url"}},
		{"unknown", []string{"paln"}},
		{"help-plan", []string{"plan", "-h"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			golden(t, "testdata/hand/"+c.name+".want", byHand(t, nil, c.args...).transcript(t))
		})
	}
}
