package command

import (
	"strconv"
	"strings"
	"testing"

	"github.com/wizzense/deployment-rings/action/internal/cli"
)

// built pushes what plan asks for, as a build step does.
func (w *world) built(inputs ...string) (ran, string) {
	w.t.Helper()
	w.ledger, w.evidence = "", ""
	plan := w.run("plan", inputs...)
	if plan.code != cli.ExitDone {
		w.t.Fatalf("plan = %d: %s", plan.code, plan.stdout)
	}
	labels := map[string]string{}
	for line := range strings.Lines(plan.outputs["labels"]) {
		key, value, _ := strings.Cut(strings.TrimSuffix(line, "\n"), "=")
		labels[key] = value
	}
	return plan, w.push(labels, strings.Split(plan.outputs["tag-names"], "\n")...)
}

var buildInputs = []string{"pr-number", "123", "branch", "ring-0", "revision", headCommit, "iteration", "42"}

func TestVerify(t *testing.T) {
	w := newWorld(t)
	_, digest := w.built(buildInputs...)
	later := append([]string{"timestamp", "2027-01-01T00:00:00Z"}, buildInputs...) // created and build.timestamp do not count
	r := w.ok("verify", later...)
	w.outputs(r, "verified", "true", "missing-tags", "", "mismatched-tags", "", "digest", digest)
}

func TestVerifyFinds(t *testing.T) {
	for _, tt := range []struct {
		name       string
		spoil      func(w *world)
		inputs     []string
		missing    string
		mismatched string
		says       string
	}{
		{"nothing was built", nil, []string{"pr-number", "9", "branch", "ring-0", "revision", headCommit, "iteration", "1"},
			"pr-9-ring-0-v1\npr-9-ring-0-latest\nring-0-pr-9-latest\npr-9-latest\npr-9-a1b2c3d4", "", "Did the build and push step"},
		{"one tag is missing", nil, append([]string{}, "pr-number", "123", "branch", "ring-0", "revision", strings.Replace(headCommit, "a1", "b1", 1), "iteration", "42"),
			"pr-123-b1b2c3d4", "", "org.opencontainers.image.revision"},
		{"a newer build moved a tag", func(w *world) { w.push(nil, "pr-123-latest") }, buildInputs, "", "pr-123-latest", "A newer build"},
		{"another title", nil, append([]string{"title", "Other"}, buildInputs...), "", "", "org.opencontainers.image.title"},
	} {
		w := newWorld(t)
		w.built(buildInputs...)
		if tt.spoil != nil {
			tt.spoil(w)
		}
		r := w.run("verify", tt.inputs...)
		if r.code != cli.ExitVerdict || !strings.Contains(r.stdout, tt.says) || !strings.Contains(r.summary, "Not as expected") {
			t.Errorf("%s: verify = %d, want %d and %q\n%s", tt.name, r.code, cli.ExitVerdict, tt.says, r.stdout)
		}
		w.outputs(r, "verified", "false", "missing-tags", tt.missing, "mismatched-tags", tt.mismatched)
	}
}

func TestVerifyNothing(t *testing.T) {
	r := inAction(t, "../examples/events/pull_request_draft.json", map[string]string{"INPUT_COMMAND": "verify"})
	if r.code != cli.ExitDone || r.outputs["verified"] != "true" || !strings.Contains(r.stdout, "Nothing to verify") {
		t.Errorf("verify of a draft = %d, %q", r.code, r.stdout)
	}
}

// With iteration: registry each build gets a number of its own, and fixed tags never move.
func TestIterationFromRegistry(t *testing.T) {
	w := newWorld(t)
	inputs := []string{"pr-number", "123", "branch", "feature/x", "revision", headCommit, "iteration", "registry"}
	for want := 1; want <= 11; want++ { // beyond nine the order of tags is not that of numbers
		plan, _ := w.built(inputs...)
		w.outputs(plan, "build-iteration", strconv.Itoa(want), "primary-tag", "pr-123-feature-x-v"+strconv.Itoa(want))
	}
	other, _ := w.built("pr-number", "12", "branch", "feature/x", "revision", headCommit, "iteration", "registry")
	w.outputs(other, "build-iteration", "1")
}
