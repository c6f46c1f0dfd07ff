package e2e_test

import (
	"encoding/json"
	"maps"
	"os/exec"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func lines(s ...string) string { return strings.Join(s, "\n") }

const image = "ghcr.io/wizzense/aitherzero"

func TestPlanAsALaterStepSeesIt(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name  string
		event event
		want  map[string]string // a part of the outputs
	}{
		{"pull request", pullRequest(), map[string]string{
			"should-deploy": "true", "skip-reason": "", "is-release": "false", "pr-number": "123", "branch": "ring-0",
			"branch-slug": "ring-0", "revision": headCommit, "commit-short": "a1b2c3d4", "ring": "ring-0",
			"deployment-ring": "ring-0", "enters-ring": "", "ring-matched": "exact", "build-iteration": "42", "image-name": "wizzense/aitherzero",
			"tags": lines(image+":pr-123-ring-0-v42", image+":pr-123-ring-0-latest", image+":ring-0-pr-123-latest",
				image+":pr-123-latest", image+":pr-123-a1b2c3d4"),
			"fixed-tags":     lines("pr-123-ring-0-v42", "pr-123-a1b2c3d4"),
			"moving-tags":    lines("pr-123-ring-0-latest", "ring-0-pr-123-latest", "pr-123-latest"),
			"primary-tag":    "pr-123-ring-0-v42",
			"image-tag":      image + ":pr-123-ring-0-v42",
			"container-name": "aitherzero-pr-123", "host-port": "8123", "container-port": "8080",
			"local-url":   "http://localhost:8123",
			"package-url": "https://github.com/wizzense/AitherZero/pkgs/container/aitherzero",
		}},
		{"push of a ring's branch", push("refs/heads/dev-staging", headCommit), map[string]string{
			"should-deploy": "true", "is-release": "false", "pr-number": "", "branch": "dev-staging", "ring": "staging", "enters-ring": "staging",
			"tag-names":      lines("branch-dev-staging-v42", "branch-dev-staging-latest", "staging-latest", "sha-a1b2c3d4"),
			"container-name": "aitherzero-staging", "host-port": "", "local-url": "",
		}},
		{"push of a branch that no ring lists", push("refs/heads/feature/x", headCommit), map[string]string{
			"should-deploy": "false", "tags": "", "docker-run": "", "compose-file": "", "labels": "",
		}},
		{"release tag", push("refs/tags/v1.5.0", tagCommit), map[string]string{
			"should-deploy": "true", "is-release": "true", "release-tag": "v1.5.0", "version": "1.5.0", "ring": "production",
			"ring-matched": "release", "tag-names": lines("1.5.0", "latest", "stable", "sha-9c8d7e6f"), "primary-tag": "1.5.0",
		}},
		{"release event", release("v1.5.0-rc.1"), map[string]string{
			"should-deploy": "true", "is-release": "true", "version": "1.5.0-rc.1",
			"tag-names": lines("1.5.0-rc.1", "sha-"+head(t)[:8]), "moving-tags": "",
		}},
		{"draft", pullRequest().with("pull_request.draft", true), map[string]string{
			"should-deploy": "false", "pr-number": "123", "ring": "ring-0", "tags": "", "primary-tag": "", "docker-run": "",
		}},
		{"fork", pullRequest().with("pull_request.head.repo.full_name", "mallory/AitherZero").with("pull_request.head.ref", "main"),
			map[string]string{"should-deploy": "false", "ring": "dev", "ring-matched": "default", "tags": "", "bake-file": ""}},
		{"merged", pullRequest().with("action", "closed").with("pull_request.state", "closed").
			with("pull_request.merged", true).with("pull_request.base.ref", "ring-0").with("pull_request.head.ref", "dev"),
			map[string]string{
				"should-deploy": "true", "ring": "ring-0", "enters-ring": "ring-0", "source-tag": "pr-123-a1b2c3d4", "primary-tag": "pr-123-a1b2c3d4",
				"tag-names": lines("pr-123-a1b2c3d4", "ring-0-latest", "ring-0-pr-123-latest"), "fixed-tags": "pr-123-a1b2c3d4",
			}},
		{"closed", pullRequest().with("action", "closed").with("pull_request.state", "closed"), map[string]string{
			"should-deploy": "false", "tags": "", "source-tag": "",
		}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			j := run(t, "plan.yml", tt.event)
			if j.exit != 0 {
				t.Fatalf("act = %d, want 0\n%s", j.exit, j.log)
			}
			if diff := cmp.Diff(tt.want, part(j.outputs, tt.want)); diff != "" {
				t.Errorf("outputs (-want +got)\n%s", diff)
			}
			checkWhole(t, j)
		})
	}
}

// checkWhole holds what is true of every plan: each output is written, skip-reason says why nothing is to
// do, json says the same as the outputs, and there is a summary.
func checkWhole(t *testing.T, j job) {
	t.Helper()
	if diff := cmp.Diff(planOutputs(t), slices.Sorted(maps.Keys(j.written))); diff != "" {
		t.Errorf("outputs that the program wrote (-action.yml +got)\n%s", diff)
	}
	if deploys := j.outputs["should-deploy"] == "true"; deploys != (j.outputs["skip-reason"] == "") {
		t.Errorf("should-deploy = %q with skip-reason %q", j.outputs["should-deploy"], j.outputs["skip-reason"])
	}
	var all map[string]any
	if err := json.Unmarshal([]byte(j.outputs["json"]), &all); err != nil {
		t.Errorf("output json: %v", err)
	}
	if branch, _ := all["branch"].(string); branch != j.outputs["branch"] {
		t.Errorf("output json says branch %q, the output %q", branch, j.outputs["branch"])
	}
	if all["should-deploy"] != (j.outputs["should-deploy"] == "true") {
		t.Errorf("output json says should-deploy %v, the output %s", all["should-deploy"], j.outputs["should-deploy"])
	}
	if j.summary == "" {
		t.Error("no job summary")
	}
}

// head is the commit of the checkout, which act makes GITHUB_SHA whatever the event says.
func head(t *testing.T) string {
	t.Helper()
	out, err := exec.Command("git", "-C", root, "rev-parse", "HEAD").Output()
	if err != nil {
		t.Fatal(err)
	}
	return strings.TrimSpace(string(out))
}

func part(of, keys map[string]string) map[string]string {
	got := map[string]string{}
	for k := range keys {
		got[k] = of[k]
	}
	return got
}

// planOutputs are the outputs that action.yml promises for plan.
func planOutputs(t *testing.T) []string {
	t.Helper()
	var names []string
	for name, o := range readAction(t).Outputs {
		commands, _, _ := strings.Cut(o.Description, ":")
		if slices.Contains(strings.Split(commands, ", "), "plan") {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names
}

func TestInputsArriveByteForByte(t *testing.T) {
	t.Parallel()
	checkInputs(t, run(t, "inputs.yml", pullRequest()))
}

// checkInputs holds that every input of inputs.yml arrived as it is written there.
func checkInputs(t *testing.T, j job) {
	t.Helper()
	if j.exit != 0 {
		t.Fatalf("act = %d, want 0\n%s", j.exit, j.log)
	}
	for _, want := range []string{
		"first=two  spaces, \"quotes\", 'single' and $HOME",
		"second=a=b",
		`org.opencontainers.image.title=$(touch pwned) ` + "`touch pwned`" + ` "quoted" 'single' \ %0A ünïcode`,
		"org.opencontainers.image.created=2026-03-01T08:00:00Z",
	} {
		if !slices.Contains(strings.Split(j.outputs["labels"], "\n"), want) {
			t.Errorf("labels lack the line %q, got\n%s", want, j.outputs["labels"])
		}
	}
	if strings.Contains(j.outputs["labels"], "licenses") {
		t.Error("labels have the licence that the input removes")
	}
	if want := "manifest:note=::set-output name=ring::evil"; !slices.Contains(strings.Split(j.outputs["annotations"], "\n"), want) {
		t.Errorf("annotations lack the line %q, got\n%s", want, j.outputs["annotations"])
	}
	if got := strings.Count(j.outputs["tags"], "registry.example:5000/mirror/aitherzero:"); got != 5 {
		t.Errorf("%d tags of the second image, want 5", got)
	}
	if j.outputs["ring"] != "ring-0" || j.outputs["build-iteration"] != "7" {
		t.Errorf("ring = %q, build-iteration = %q", j.outputs["ring"], j.outputs["build-iteration"])
	}
	checkWhole(t, j)
}

func TestEveryWrongInputIsTold(t *testing.T) {
	t.Parallel()
	j := run(t, "wrong.yml", pullRequest())
	checkRefused(t, j)
	var told string
	for _, a := range j.annotations {
		if a.Command == "error" {
			told += a.Arg + "\n"
		}
	}
	for _, name := range []string{"iteration", "ring-from", "revision"} {
		if !strings.Contains(told, name) {
			t.Errorf("no error annotation names the input %s, got\n%s", name, told)
		}
	}
}

// checkRefused holds that the step ended with exit code 2 and wrote no output.
func checkRefused(t *testing.T, j job) {
	t.Helper()
	if j.exit == 0 || !strings.Contains(j.log, "exit status 2\n") {
		t.Errorf("act = %d, want a step that ends with exit status 2\n%s", j.exit, j.log)
	}
	if len(j.written) != 0 {
		t.Errorf("outputs of a failed step: %v", j.written)
	}
}
