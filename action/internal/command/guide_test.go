package command

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// The literal examples of the deployment rings guide: section "Docker Image Tagging Strategy", "Container
// Labels & Metadata" and "Container Deployment".

const repository = "ghcr.io/wizzense/aitherzero:"

func TestGuideTags(t *testing.T) {
	for _, c := range []struct {
		title, event, run string
		want              []string
	}{
		{"Ring 0 PR #123", "pull_request.json", "42", []string{
			"pr-123-ring-0-v42", "pr-123-ring-0-latest", "ring-0-pr-123-latest", "pr-123-latest", "pr-123-a1b2c3d4"}},
		{"Dev-Staging PR #456", "pull_request_dev-staging.json", "15", []string{
			"pr-456-dev-staging-v15", "pr-456-dev-staging-latest", "staging-pr-456-latest", "pr-456-latest", "pr-456-5e6f7a8b"}},
		{"Production Release v1.5.0", "release.json", "1", []string{"1.5.0", "latest", "stable", "sha-9c8d7e6f"}},
	} {
		r := inAction(t, events+c.event, map[string]string{"GITHUB_RUN_NUMBER": c.run, "GITHUB_SHA": tagCommit})
		var want []string
		for _, tag := range c.want {
			want = append(want, repository+tag)
		}
		if diff := cmp.Diff(want, strings.Split(r.outputs["tags"], "\n")); diff != "" {
			t.Errorf("%s: tags (-want +got):\n%s", c.title, diff)
		}
	}
}

func TestGuideLabels(t *testing.T) {
	r := inAction(t, events+"pull_request.json", map[string]string{"INPUT_TIMESTAMP": "2025-01-11T15:45:30Z"})
	for _, want := range []string{
		"org.opencontainers.image.title=AitherZero",
		"org.opencontainers.image.source=https://github.com/wizzense/AitherZero",
		"com.aitherzero.deployment.ring=ring-0",
		"com.aitherzero.branch.name=ring-0",
		"com.aitherzero.pr.number=123",
		"com.aitherzero.build.iteration=42",
		"com.aitherzero.build.timestamp=20250111-154530",
	} {
		if !strings.Contains("\n"+r.outputs["labels"]+"\n", "\n"+want+"\n") {
			t.Errorf("labels lack %s:\n%s", want, r.outputs["labels"])
		}
	}
	r = inAction(t, events+"release.json", map[string]string{"GITHUB_SHA": tagCommit})
	if want := "org.opencontainers.image.version=1.5.0"; !strings.Contains(r.outputs["labels"], want) {
		t.Errorf("labels of the release lack %s:\n%s", want, r.outputs["labels"])
	}
}

func TestGuideContainers(t *testing.T) {
	for _, c := range []struct {
		event string
		want  map[string]string
		words []string // of docker-run, without the health check
	}{
		{"pull_request.json", map[string]string{"container-name": "aitherzero-pr-123", "host-port": "8123", "container-port": "8080", "local-url": "http://localhost:8123"},
			[]string{"-d", "--name aitherzero-pr-123", "-p 8123:8080", "-e DEPLOYMENT_RING=ring-0", "-e PR_NUMBER=123", repository + "ring-0-pr-123-latest"}},
		{"pull_request_merged.json", map[string]string{"container-name": "aitherzero-ring0", "host-port": "8080"},
			[]string{"-d", "--name aitherzero-ring0", "-p 8080:8080", "-e DEPLOYMENT_RING=ring-0", repository + "ring-0-latest"}},
	} {
		r := inAction(t, events+c.event, nil)
		for name, want := range c.want {
			if r.outputs[name] != want {
				t.Errorf("%s: %s = %q, want %q", c.event, name, r.outputs[name], want)
			}
		}
		for _, words := range c.words {
			if !strings.Contains(r.outputs["docker-run"]+" ", " "+words+" ") {
				t.Errorf("%s: docker-run = %s, want %s in it", c.event, r.outputs["docker-run"], words)
			}
		}
	}
}

// TestGuideBranches: section "Ring Definitions" and "Development Branches".
func TestGuideBranches(t *testing.T) {
	for branch, want := range map[string][2]string{
		"ring-0":              {"ring-0", "ring-1"},
		"ring-0-integrations": {"ring-0", "ring-1"},
		"ring-1":              {"ring-1", "ring-2"},
		"ring-1-integrations": {"ring-1", "ring-2"},
		"ring-2":              {"ring-2", "production"},
		"main":                {"production", ""},
		"dev-staging":         {"staging", "ring-0"},
		"dev":                 {"dev", "staging"},
		"develop":             {"dev", "staging"},
		"feature/x":           {"dev", "staging"},
	} {
		r := inAction(t, events+"pull_request.json", map[string]string{"INPUT_BRANCH": branch})
		got := [2]string{r.outputs["ring"], r.outputs["next-ring"]}
		if got != want {
			t.Errorf("branch %s: ring and next ring = %q, want %q", branch, got, want)
		}
		if r.outputs["deployment-ring"] != r.outputs["ring"] {
			t.Errorf("branch %s: deployment-ring = %s, ring = %s", branch, r.outputs["deployment-ring"], r.outputs["ring"])
		}
	}
}
