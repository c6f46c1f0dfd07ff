package command

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
)

const head = "a1b2c3d4e5f60718293a4b5c6d7e8f9001122334"

// payload makes the JSON of an event about wizzense/AitherZero.
func payload(t *testing.T, members map[string]any) string {
	t.Helper()
	members["repository"] = map[string]any{"full_name": "wizzense/AitherZero", "default_branch": "main"}
	b, err := json.Marshal(members)
	if err != nil {
		t.Fatal(err)
	}
	return write(t, "event.json", string(b))
}

// pullRequest is the payload of a pull request; change may alter it.
func pullRequest(t *testing.T, action, head, base string, change func(pr map[string]any)) string {
	t.Helper()
	own := map[string]any{"full_name": "wizzense/AitherZero"}
	pr := map[string]any{
		"number": 5, "state": "open", "draft": false, "merged": false,
		"head": map[string]any{"ref": head, "sha": "a1b2c3d4e5f60718293a4b5c6d7e8f9001122334", "repo": own},
		"base": map[string]any{"ref": base, "sha": tagCommit, "repo": own},
	}
	if change != nil {
		change(pr)
	}
	return payload(t, map[string]any{"action": action, "number": 5, "pull_request": pr})
}

func merged(pr map[string]any) { pr["merged"] = true }
func closed(pr map[string]any) { pr["state"] = "closed" }
func draft(pr map[string]any)  { pr["draft"] = true }
func fork(pr map[string]any) {
	pr["head"].(map[string]any)["repo"] = map[string]any{"full_name": "mallory/AitherZero"}
}
func gone(pr map[string]any)       { pr["head"].(map[string]any)["repo"] = nil }
func mergedFork(pr map[string]any) { merged(pr); fork(pr) }

// pushable are the outputs that are empty when nothing deploys.
var pushable = strings.Fields(`tags tag-names fixed-tags moving-tags tag-rules primary-tag image-tag labels
	annotations bake-file docker-run compose-file`)

// TestPlanRules has a line or more for each row of the events that a plan knows.
func TestPlanRules(t *testing.T) {
	pr := func(action, head, base string, change func(map[string]any)) string {
		return pullRequest(t, action, head, base, change)
	}
	push := func(ref string) string {
		return payload(t, map[string]any{"ref": ref, "before": tagCommit, "after": head, "head_commit": map[string]any{"id": head}})
	}
	dispatch := func(ref string, inputs map[string]any) string {
		return payload(t, map[string]any{"ref": ref, "inputs": inputs})
	}
	marked := func(action, tag string, prerelease bool) string {
		return payload(t, map[string]any{"action": action, "release": map[string]any{"tag_name": tag, "prerelease": prerelease, "draft": false}})
	}
	release := func(action, tag string) string { return marked(action, tag, false) }
	prerelease := func(action string) string { return marked(action, "v1.5.0", true) }
	for _, c := range []struct {
		name, event, payload string
		with                 map[string]string
		code                 int
		deploy, ring, tags   string // tags: names with spaces between
	}{
		{"opened", "pull_request", pr("opened", "ring-0", "main", nil), nil, 0, "true", "ring-0",
			"pr-5-ring-0-v42 pr-5-ring-0-latest ring-0-pr-5-latest pr-5-latest pr-5-a1b2c3d4"},
		{"pull_request_target", "pull_request_target", pr("labeled", "ring-1/x", "main", nil), nil, 0, "true", "ring-1",
			"pr-5-ring-1-x-v42 pr-5-ring-1-x-latest ring-1-pr-5-latest pr-5-latest pr-5-a1b2c3d4"},
		{"ring from base", "pull_request", pr("opened", "x", "ring-1", nil), map[string]string{"INPUT_RING-FROM": "base"}, 0, "true", "ring-1",
			"pr-5-x-v42 pr-5-x-latest ring-1-pr-5-latest pr-5-latest pr-5-a1b2c3d4"},
		{"draft", "pull_request", pr("opened", "ring-0", "main", draft), nil, 0, "false", "ring-0", ""},
		{"fork", "pull_request", pr("opened", "main", "main", fork), nil, 0, "false", "dev", ""},
		{"fork that is gone", "pull_request", pr("opened", "main", "main", gone), nil, 0, "false", "dev", ""},
		{"fork allowed: neither its branch nor its base counts", "pull_request", pr("opened", "main", "ring-2", fork),
			map[string]string{"INPUT_ALLOW-FORKS": "true", "INPUT_RING-FROM": "base"}, 0, "true", "dev",
			"pr-5-main-v42 pr-5-main-latest dev-pr-5-latest pr-5-latest pr-5-a1b2c3d4"},
		{"fork stays a fork under overrides", "pull_request", pr("opened", "x", "main", fork),
			map[string]string{"INPUT_BRANCH": "main", "INPUT_PR-NUMBER": "6"}, 0, "false", "dev", ""},
		{"draft of an allowed fork", "pull_request", pr("opened", "x", "main", func(pr map[string]any) { draft(pr); fork(pr) }),
			map[string]string{"INPUT_ALLOW-FORKS": "true"}, 0, "false", "dev", ""},

		{"merged into ring 0", "pull_request", pr("closed", "main", "ring-0", merged), nil, 0, "true", "ring-0", "pr-5-a1b2c3d4 ring-0-latest ring-0-pr-5-latest"},
		{"merged into a continuous ring", "pull_request", pr("closed", "x", "dev", merged), nil, 0, "false", "dev", ""},
		{"merged into a promoted ring", "pull_request", pr("closed", "x", "main", merged), nil, 0, "false", "production", ""},
		{"merged into no ring", "pull_request", pr("closed", "ring-0", "feature/x", merged), nil, 0, "false", "dev", ""},
		{"merged fork, allowed", "pull_request", pr("closed", "ring-0", "ring-0", mergedFork), map[string]string{"INPUT_ALLOW-FORKS": "true"}, 0, "false", "dev", ""},
		{"closed", "pull_request", pr("closed", "ring-0", "ring-0", nil), nil, 0, "false", "ring-0", ""},
		{"closed, then labeled", "pull_request", pr("labeled", "ring-0", "main", closed), nil, 0, "false", "ring-0", ""},
		{"closed, then edited", "pull_request_target", pr("edited", "ring-0", "main", closed), nil, 0, "false", "ring-0", ""},
		{"merged, then labeled", "pull_request", pr("labeled", "dev", "ring-0", merged), nil, 0, "false", "dev", ""},
		{"labeled", "pull_request", pr("labeled", "dev", "main", nil), nil, 0, "true", "dev",
			"pr-5-dev-v42 pr-5-dev-latest dev-pr-5-latest pr-5-latest pr-5-a1b2c3d4"},

		{"push", "push", push("refs/heads/dev-staging"), nil, 0, "true", "staging",
			"branch-dev-staging-v42 branch-dev-staging-latest staging-latest sha-a1b2c3d4"},
		{"push to a ring that takes merges", "push", push("refs/heads/ring-0"), nil, 0, "false", "ring-0", ""},
		{"push to a ring that takes promotions", "push", push("refs/heads/main"), nil, 0, "false", "production", ""},
		{"push to no ring", "push", push("refs/heads/feature/x"), nil, 0, "false", "dev", ""},
		{"deleted tag", "push", payload(t, map[string]any{"ref": "refs/tags/v1.5.0", "before": head, "after": strings.Repeat("0", 40), "deleted": true}), nil, 0, "false", "production", ""},
		{"deleted", "push", payload(t, map[string]any{"ref": "refs/heads/dev", "before": head, "after": strings.Repeat("0", 40), "deleted": true}), nil, 0, "false", "dev", ""},

		{"tag", "push", push("refs/tags/v1.5.0"), nil, 0, "true", "production", "1.5.0 latest stable sha-a1b2c3d4"},
		{"tag of a pre-release", "push", push("refs/tags/v1.5.0-rc.1+b.7"), nil, 0, "true", "production", "1.5.0-rc.1_b.7 sha-a1b2c3d4"},
		{"tag that is no version", "push", push("refs/tags/nightly"), nil, 0, "false", "production", ""},
		{"published", "release", release("published", "v1.5.0"), nil, 0, "true", "production", "1.5.0 latest stable sha-9c8d7e6f"},
		{"published, higher known", "release", release("published", "v1.5.0"), map[string]string{"INPUT_KNOWN-VERSIONS": "v1.4.0\n1.6.0"}, 0, "true", "production", "1.5.0 sha-9c8d7e6f"},
		{"published, higher pre-release known", "release", release("published", "v1.5.0"), map[string]string{"INPUT_KNOWN-VERSIONS": "1.6.0-rc.1"}, 0, "true", "production", "1.5.0 latest stable sha-9c8d7e6f"},
		{"published, marked as a pre-release", "release", prerelease("published"), nil, 0, "true", "production", "1.5.0 sha-9c8d7e6f"},
		{"the mark is taken away", "release", release("released", "v1.5.0"), nil, 0, "true", "production", "1.5.0 latest stable sha-9c8d7e6f"},
		{"released, no version", "release", release("released", "nightly"), nil, 0, "false", "production", ""},
		{"released, and yet marked", "release", prerelease("released"), nil, 0, "false", "production", ""},
		{"prereleased", "release", prerelease("prereleased"), nil, 0, "false", "production", ""},
		{"created", "release", release("created", "v1.5.0"), nil, 0, "false", "production", ""},
		{"edited", "release", release("edited", "v1.5.0"), nil, 0, "false", "production", ""},
		{"deleted release", "release", release("deleted", "v1.5.0"), nil, 0, "false", "production", ""},
		{"hotfix with four numbers", "push", push("refs/tags/v1.4.0.1"), nil, 0, "false", "production", ""},
		{"published, no version", "release", release("published", "nightly"), nil, 0, "false", "production", ""},

		{"dispatch of a branch", "workflow_dispatch", dispatch("refs/heads/dev", nil), nil, 0, "true", "dev",
			"branch-dev-v42 branch-dev-latest dev-latest sha-9c8d7e6f"},
		{"dispatch of a branch that no ring lists", "workflow_dispatch", dispatch("refs/heads/feature/x", nil), nil, 0, "true", "dev",
			"branch-feature-x-v42 branch-feature-x-latest sha-9c8d7e6f"},
		{"dispatch of a promoted ring", "workflow_dispatch", dispatch("refs/heads/main", nil), nil, 0, "false", "production", ""},
		{"dispatch of a tag", "workflow_dispatch", dispatch("refs/tags/v2.0.0", nil), nil, 0, "true", "production", "2.0.0 latest stable sha-9c8d7e6f"},
		{"dispatch for both", "workflow_dispatch", dispatch("refs/heads/dev", map[string]any{"pr_number": "5", "release_tag": "v1.0.0"}), nil, 2, "", "", ""},
		{"dispatch for a bad number", "workflow_dispatch", dispatch("refs/heads/dev", map[string]any{"pr_number": "05"}), nil, 2, "", "", ""},
		{"dispatch for a hotfix with four numbers", "workflow_dispatch", dispatch("refs/heads/dev", map[string]any{"release_tag": "v1.4.0.1"}), nil, 2, "", "", ""},
		{"dispatch for a bad tag", "workflow_dispatch", dispatch("refs/heads/dev", map[string]any{"release_tag": "nightly"}), nil, 2, "", "", ""},
		{"dispatch for a pull request, no token to look it up", "workflow_dispatch", dispatch("refs/heads/dev", map[string]any{"pr_number": "5"}), nil, 1, "", "", ""},
		{"dispatch for a release, no token to look it up", "workflow_dispatch", dispatch("refs/heads/dev", map[string]any{"release_tag": "v1.0.0"}), nil, 1, "", "", ""},

		{"schedule", "schedule", payload(t, map[string]any{"schedule": "0 0 * * *"}), nil, 0, "false", "", ""},
		{"workflow_run", "workflow_run", payload(t, map[string]any{"action": "completed", "workflow_run": map[string]any{"head_branch": "dev", "head_sha": head}}), nil, 0, "false", "dev", ""},
		{"an event that is unknown", "star", payload(t, map[string]any{}), nil, 0, "false", "", ""},
		{"payload of another event", "pull_request", push("refs/heads/dev"), nil, 2, "", "", ""},

		{"override of a branch", "pull_request", pr("opened", "x", "main", nil), map[string]string{"INPUT_BRANCH": "dev-staging"}, 0, "true", "staging",
			"pr-5-dev-staging-v42 pr-5-dev-staging-latest staging-pr-5-latest pr-5-latest pr-5-a1b2c3d4"},
		{"override of number and commit", "pull_request", pr("opened", "dev", "main", nil), map[string]string{"INPUT_PR-NUMBER": "6", "INPUT_REVISION": tagCommit}, 0, "true", "dev",
			"pr-6-dev-v42 pr-6-dev-latest dev-pr-6-latest pr-6-latest pr-6-9c8d7e6f"},
		{"override of the base of a merge", "pull_request", pr("closed", "x", "dev", merged), map[string]string{"INPUT_BASE-BRANCH": "ring-0"}, 0, "true", "ring-0",
			"pr-5-a1b2c3d4 ring-0-latest ring-0-pr-5-latest"},
		{"override leaves the skip", "pull_request", pr("opened", "x", "main", draft), map[string]string{"INPUT_BRANCH": "ring-0"}, 0, "false", "ring-0", ""},
		{"no event: pull request", "", "", map[string]string{"INPUT_PR-NUMBER": "7", "INPUT_BRANCH": "dev", "INPUT_REVISION": head}, 0, "true", "dev",
			"pr-7-dev-v42 pr-7-dev-latest dev-pr-7-latest pr-7-latest pr-7-a1b2c3d4"},
		{"no event: branch of a ring that takes promotions", "", "", map[string]string{"INPUT_BRANCH": "ring-1", "INPUT_REVISION": head}, 0, "true", "ring-1",
			"branch-ring-1-v42 branch-ring-1-latest ring-1-latest sha-a1b2c3d4"},
		{"no event: release", "", "", map[string]string{"INPUT_RELEASE-TAG": "2.0.0", "INPUT_REVISION": head}, 0, "true", "production", "2.0.0 latest stable sha-a1b2c3d4"},
		{"no event, no commit", "", "", map[string]string{"INPUT_BRANCH": "dev"}, 2, "", "", ""},
		{"nothing at all", "", "", nil, 2, "", "", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			env := map[string]string{"GITHUB_EVENT_NAME": c.event, "GITHUB_SHA": tagCommit}
			for k, v := range c.with {
				env[k] = v
			}
			r := inAction(t, c.payload, env)
			got := fmt.Sprintf("exit %d, should-deploy %q, ring %q, tags %q", r.code, r.outputs["should-deploy"], r.outputs["ring"], strings.Fields(r.outputs["tag-names"]))
			want := fmt.Sprintf("exit %d, should-deploy %q, ring %q, tags %q", c.code, c.deploy, c.ring, strings.Fields(c.tags))
			if got != want {
				t.Errorf("got  %s\nwant %s\n%s%s", got, want, r.stdout, r.stderr)
			}
			if c.code == 0 {
				checkSkip(t, r)
			} else if len(r.outputs) > 0 {
				t.Errorf("exit code %d, and yet outputs: %v", r.code, r.order)
			}
		})
	}
}

// checkSkip: a reason in one line and nothing to push, or no reason and all of it.
func checkSkip(t *testing.T, r ran) {
	t.Helper()
	deploys := r.outputs["should-deploy"] == "true"
	if reason := r.outputs["skip-reason"]; (reason == "") != deploys || strings.Contains(reason, "\n") {
		t.Errorf("should-deploy = %v, skip-reason = %q", deploys, reason)
	}
	for _, name := range pushable {
		if name == "moving-tags" && deploys {
			continue // a pre-release has none
		}
		if (r.outputs[name] != "") != deploys {
			t.Errorf("should-deploy = %v, output %s = %q", deploys, name, r.outputs[name])
		}
	}
}

// TestPlanPolicy: a policy of one's own, and its mistakes at their places.
func TestPlanPolicy(t *testing.T) {
	policy := write(t, "rings.yml", `version: 1
labels: {prefix: org.example}
container: {port: 9000, pr_ports: {base: 8000, size: 10}}
rings:
  - {name: beta, branches: [b], host_port: 8003}
  - {name: prod-eu, tag: eu, after: [beta], entry: [{id: ok, sign_off: {}}], branches: [main], host_port: 8013}
  - {name: prod-us, tag: us, after: [beta], entry: [{id: ok, sign_off: {}}]}
`)
	event := pullRequest(t, "opened", "b", "main", func(pr map[string]any) { pr["number"] = 13 })
	r := inAction(t, event, map[string]string{"INPUT_POLICY": policy, "GITHUB_EVENT_NAME": "pull_request"})
	for name, want := range map[string]string{
		"ring": "beta", "next-ring": "prod-eu\nprod-us", "host-port": "8023", "container-port": "9000", "container-name": "aitherzero-pr-13",
	} {
		if r.outputs[name] != want {
			t.Errorf("%s = %q, want %q", name, r.outputs[name], want)
		}
	}
	if want := "org.example.deployment.ring=beta\n"; !strings.HasPrefix(r.outputs["labels"]+"\n", "org.example.branch.name=b\n") || !strings.Contains(r.outputs["labels"], want) {
		t.Errorf("labels = %s", r.outputs["labels"])
	}

	r = inAction(t, pullRequest(t, "opened", "x", "main", nil), map[string]string{"INPUT_POLICY": policy, "GITHUB_EVENT_NAME": "pull_request"})
	if r.code != 2 || !strings.Contains(r.stdout, "no ring lists branch") {
		t.Errorf("a branch of no ring, without default_ring: exit %d, %s", r.code, r.stdout)
	}

	broken := write(t, "rings.yml", "version: 1\nrings:\n  - {name: a, branchs: [x]}\n  - {name: b}\n")
	r = inAction(t, event, map[string]string{"INPUT_POLICY": broken, "INPUT_PR-NUMBER": "0"})
	for _, want := range []string{"::error col=15,file=" + broken + ",line=3::", "branchs", ",line=4::", "::error::pr-number: "} {
		if r.code != 2 || !strings.Contains(r.stdout, want) {
			t.Errorf("broken policy: exit %d, want %s in\n%s", r.code, want, r.stdout)
		}
	}
	broken = write(t, "event.json", "{\"ref\":\n  oops}")
	r = inAction(t, broken, map[string]string{"GITHUB_EVENT_NAME": "push"})
	if want := "::error col=3,file=" + broken + ",line=2::"; r.code != 2 || !strings.Contains(r.stdout, want) {
		t.Errorf("broken payload: exit %d, want %s in\n%s", r.code, want, r.stdout)
	}
}
