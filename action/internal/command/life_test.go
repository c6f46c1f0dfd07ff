package command

import (
	"fmt"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/google/go-containerregistry/pkg/name"
	ggcr "github.com/google/go-containerregistry/pkg/registry"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/empty"
	"github.com/google/go-containerregistry/pkg/v1/mutate"
	"github.com/google/go-containerregistry/pkg/v1/remote"
	"github.com/google/go-containerregistry/pkg/v1/static"
	"github.com/google/go-containerregistry/pkg/v1/types"

	"github.com/wizzense/deployment-rings/action/internal/cli"
)

// A world is a registry and a ledger in which images live.
type world struct {
	t        *testing.T
	registry string       // host and port
	handler  http.Handler // of the registry
	image    string
	ledger   string
	evidence string // file with the facts that come from elsewhere

	transport http.RoundTripper // of the runs; nil: the usual one
}

func newWorld(t *testing.T) *world {
	t.Helper()
	handler := newRegistry()
	server := httptest.NewServer(handler)
	t.Cleanup(server.Close)
	host := strings.TrimPrefix(server.URL, "http://")
	return &world{t: t, registry: host, handler: handler, image: host + "/wizzense/aitherzero", ledger: filepath.Join(t.TempDir(), "ledger.jsonl")}
}

// newRegistry returns one without manifests. All of them share their blobs, which are known by their content.
func newRegistry() http.Handler {
	return ggcr.New(ggcr.Logger(log.New(io.Discard, "", 0)), ggcr.WithBlobHandler(blobs))
}

var blobs = ggcr.NewInMemoryBlobHandler()

// inside is the way of the test itself into the registry: without a network, which takes longer than all the rest.
func (w *world) inside() remote.Option {
	return remote.WithTransport(&inProcess{registry: w.handler})
}

// push builds an image with labels and pushes it under tags.
func (w *world) push(labels map[string]string, tags ...string) string {
	w.t.Helper()
	image := w.imageWith(labels)
	for _, tag := range tags {
		ref, err := name.ParseReference(w.image + ":" + tag)
		if err != nil {
			w.t.Fatal(err)
		}
		if err := remote.Write(ref, image, w.inside()); err != nil {
			w.t.Fatal(err)
		}
	}
	digest, err := image.Digest()
	if err != nil {
		w.t.Fatal(err)
	}
	return digest.String()
}

// imageWith returns an image with labels and a digest of its own. It has one layer, which is not packed: that would take
// longer than all the rest.
func (w *world) imageWith(labels map[string]string) v1.Image {
	w.t.Helper()
	layer := static.NewLayer(fmt.Append(nil, "image ", built.Add(1)), types.DockerLayer)
	image, err := mutate.AppendLayers(empty.Image, layer)
	if err == nil {
		image, err = mutate.Config(image, v1.Config{Labels: labels})
	}
	if err != nil {
		w.t.Fatal(err)
	}
	return image
}

// built counts the images of all tests.
var built atomic.Int64

// digest is what a tag points to, "" when there is no such tag.
func (w *world) digest(tag string) string {
	w.t.Helper()
	ref, err := name.ParseReference(w.image + ":" + tag)
	if err != nil {
		w.t.Fatal(err)
	}
	found, err := remote.Head(ref, w.inside())
	if err != nil {
		return ""
	}
	return found.Digest.String()
}

// run runs a command as the Action does.
func (w *world) run(command string, inputs ...string) ran {
	w.t.Helper()
	env := map[string]string{"INPUT_COMMAND": command, "INPUT_IMAGE": w.image, "INPUT_LEDGER": "file:" + w.ledger, "INPUT_EVIDENCE": w.evidence}
	for i := 0; i < len(inputs); i += 2 {
		env["INPUT_"+strings.ToUpper(inputs[i])] = inputs[i+1]
	}
	return inActionOver(w.t, w.transport, "", env)
}

const headCommit = "a1b2c3d437f72ccb80a373b08a177a4570281827"

// labelsOf are those that plan gives an image of pull request 123.
func labelsOf(revision string) map[string]string {
	return map[string]string{
		"org.opencontainers.image.revision": revision,
		"com.aitherzero.pr.number":          "123",
		"com.aitherzero.deployment.ring":    "ring-0",
	}
}

// facts is an evidence file with what the ledger and the registry do not know.
func (w *world) facts(revision string) {
	w.evidence = write(w.t, "evidence.yml", strings.ReplaceAll(`schema: 1
subject: {author: octocat, contributors: []}
checks:
  - {name: unit-tests, app: github-actions, state: success, revision: COMMIT, id: 1}
  - {name: integration-tests, app: github-actions, state: success, revision: COMMIT, id: 2}
  - {name: module-load, app: github-actions, state: success, revision: COMMIT, id: 3}
  - {name: smoke, app: github-actions, state: success, revision: COMMIT, id: 4}
  - {name: regression, app: github-actions, state: success, revision: COMMIT, id: 5}
  - {name: load-test, app: github-actions, state: success, revision: COMMIT, id: 6}
  - {name: quality, app: github-actions, state: success, revision: COMMIT, id: 7}
metrics:
  - {name: firing-alerts, value: 0, from: 2026-04-01T00:00:00Z, to: 2026-04-01T01:00:00Z}
  - {name: latency-p95, value: 1, baseline: 1, from: 2026-04-01T00:00:00Z, to: 2026-04-01T01:00:00Z}
  - {name: error-rate, value: 0.1, unit: percent, from: 2026-04-01T00:00:00Z, to: 2026-04-01T01:00:00Z}
incidents: []
approvals: [{by: mona, role: change-review-board, state: approved, at: 2026-03-01T00:00:00Z, revision: COMMIT}]
sign_offs: []
locks: []
ancestry: ahead
`, "COMMIT", revision))
}

// TestLife lets an image live: recorded in ring 0, held, promoted, deployed, found bad, and rolled back.
func TestLife(t *testing.T) {
	w := newWorld(t)
	w.facts(headCommit)
	old := w.push(labelsOf("0000000037f72ccb80a373b08a177a4570281827"), "ring-0-latest", "ring-1-latest")
	w.ok("record", "ring", "ring-1", "state", "success", "now", "2026-02-01T00:00:00Z")
	next := w.push(labelsOf(headCommit), "ring-0-latest", "pr-123-a1b2c3d4")
	w.ok("record", "ring", "ring-0", "state", "in_progress", "now", "2026-03-01T00:00:00Z")
	w.ok("record", "ring", "ring-0", "state", "success", "now", "2026-03-01T00:10:00Z")

	held := w.ok("promote", "ring", "ring-1", "now", "2026-03-02T00:09:59Z")
	w.outputs(held, "decision", "hold", "reason-code", "soak_running", "next-eligible-at", "2026-03-02T00:10:00Z", "applied", "false", "digest", next)
	if got := w.digest("ring-1-latest"); got != old {
		t.Fatalf("a hold moved ring-1-latest to %s", got)
	}

	dry := w.ok("promote", "ring", "ring-1", "now", "2026-03-02T00:10:00Z", "dry-run", "true")
	w.outputs(dry, "decision", "promote", "applied", "false", "moved-tags", "", "deployment-id", "")
	if got := w.digest("ring-1-latest"); got != old {
		t.Fatalf("a dry run moved ring-1-latest to %s", got)
	}

	promoted := w.ok("promote", "ring", "ring-1", "now", "2026-03-02T00:10:00Z")
	w.outputs(promoted, "decision", "promote", "applied", "true", "moved-tags", "ring-1-latest\nring-1-pr-123-latest")
	if got := w.digest("ring-1-latest"); got != next || w.digest("ring-1-pr-123-latest") != next {
		t.Fatalf("after the promotion ring-1-latest is %s, want %s", got, next)
	}

	again := w.ok("promote", "ring", "ring-1", "now", "2026-03-02T00:11:00Z") // as after a killed job
	w.outputs(again, "decision", "promote", "applied", "true", "moved-tags", "")

	w.ok("record", "ring", "ring-1", "state", "success", "now", "2026-03-02T00:20:00Z")
	noop := w.ok("promote", "ring", "ring-1", "now", "2026-03-02T00:21:00Z")
	w.outputs(noop, "decision", "noop", "reason-code", "already_there", "applied", "false")

	w.ok("record", "ring", "ring-1", "signal", "health_check", "state", "failing", "now", "2026-03-02T01:00:00Z")
	recommended := w.ok("gate", "ring", "ring-1", "now", "2026-03-02T01:01:00Z")
	w.outputs(recommended, "decision", "hold", "reason-code", "rollback_recommended") // fast track, and not approved

	back := w.ok("rollback", "ring", "ring-1", "now", "2026-03-02T01:02:00Z", "reason", "health check fails")
	w.outputs(back, "decision", "rollback", "from-digest", next, "to-digest", old, "applied", "true", "moved-tags", "ring-1-latest")
	if got := w.digest("ring-1-latest"); got != old {
		t.Fatalf("after the rollback ring-1-latest is %s, want %s", got, old)
	}

	refused := w.ok("promote", "ring", "ring-1", "now", "2026-03-03T00:00:00Z")
	w.outputs(refused, "decision", "hold", "hold-kind", "blocked", "reason-code", "quarantined", "applied", "false")

	twice := w.ok("rollback", "ring", "ring-1", "now", "2026-03-03T00:00:00Z")
	w.outputs(twice, "decision", "hold", "reason-code", "rollback_loop_guard", "applied", "false")
	if !strings.HasPrefix(back.summary, "### ⏪ ") || !strings.HasPrefix(twice.summary, "### ✋ ") {
		t.Errorf("summaries of a rollback and of a hold:\n%s\n%s", back.summary, twice.summary)
	}

	chosen := w.ok("rollback", "ring", "ring-1", "digest", next, "now", "2026-03-03T00:01:00Z", "reason", "the probe was wrong")
	w.outputs(chosen, "decision", "rollback", "from-digest", old, "to-digest", next, "applied", "true", "moved-tags", "ring-1-latest")
	if got := w.digest("ring-1-latest"); got != next {
		t.Fatalf("after a person chose it ring-1-latest is %s, want %s", got, next)
	}
}

// TestProvenBad records what a smoke job saw in ring 0, which has nothing to go back to: the image stays there until the
// same job sees it pass.
func TestProvenBad(t *testing.T) {
	w := newWorld(t)
	w.facts(headCommit)
	bad := w.push(labelsOf(headCommit), "ring-0-latest", "pr-123-a1b2c3d4")
	w.ok("record", "ring", "ring-0", "state", "success", "now", "2026-03-01T00:00:00Z")
	w.ok("record", "ring", "ring-0", "signal", "test_failure", "state", "failing", "now", "2026-03-01T01:00:00Z")

	own := w.ok("gate", "ring", "ring-0", "digest", bad, "now", "2026-03-01T01:01:00Z")
	w.outputs(own, "decision", "hold", "hold-kind", "blocked", "reason-code", "no_rollback_target")
	held := w.ok("promote", "ring", "ring-1", "now", "2026-03-02T00:00:00Z")
	w.outputs(held, "decision", "hold", "hold-kind", "failed", "reason-code", "signal_failing", "applied", "false", "digest", bad)
	if !strings.Contains(held.summary, "Test failure failing in ring-0") {
		t.Errorf("the summary does not say what is proven:\n%s", held.summary)
	}

	w.ok("record", "ring", "ring-0", "signal", "test_failure", "state", "passing", "now", "2026-03-02T00:01:00Z")
	promoted := w.ok("promote", "ring", "ring-1", "now", "2026-03-02T00:02:00Z")
	w.outputs(promoted, "decision", "promote", "applied", "true", "digest", bad)
}

// TestRelease promotes into the last ring with a version: the release gets its tags, and a second image never takes them.
func TestRelease(t *testing.T) {
	w := newWorld(t)
	policy := write(t, "rings.yml", "version: 1\nlabels: {prefix: com.aitherzero}\nrings:\n  - {name: canary, branches: [main], soak: {min: 1h}}\n  - {name: everyone}\n")
	w.evidence = write(t, "evidence.yml", "schema: 1\nlocks: []\nancestry: ahead\n")
	first := w.push(labelsOf(headCommit), "canary-latest")
	w.ok("record", "policy", policy, "ring", "canary", "state", "success", "now", "2026-03-01T00:00:00Z")
	r := w.ok("promote", "policy", policy, "ring", "everyone", "version", "v1.5.0", "known-versions", "registry", "state", "success", "now", "2026-03-01T01:00:00Z")
	w.outputs(r, "decision", "promote", "applied", "true", "moved-tags", "1.5.0\nsha-a1b2c3d4\neveryone-latest\neveryone-pr-123-latest\nlatest\nstable")
	if record := read(t, w.ledger); strings.Count(record, `"version":"1.5.0"`) != 2 {
		t.Errorf("the ledger does not call the release 1.5.0 in both records:\n%s", record)
	}

	second := w.push(labelsOf("b1b2c3d437f72ccb80a373b08a177a4570281827"), "canary-latest")
	w.ok("record", "policy", policy, "ring", "canary", "state", "success", "now", "2026-03-02T00:00:00Z")
	again := w.run("promote", "policy", policy, "ring", "everyone", "version", "1.5.0", "now", "2026-03-02T01:00:00Z")
	if again.code != cli.ExitFailed || !strings.Contains(again.stdout, "1.5.0") {
		t.Errorf("promote of another image to 1.5.0 = %d, want 1 with the tag\n%s", again.code, again.stdout)
	}
	w.outputs(again, "applied", "false", "moved-tags", "", "deployment-id", "")
	for _, tag := range []string{"1.5.0", "latest", "stable", "everyone-latest"} {
		if got := w.digest(tag); got != first {
			t.Errorf("%s points to %s, want %s as before", tag, got, first)
		}
	}

	older := w.ok("promote", "policy", policy, "ring", "everyone", "version", "1.4.9", "known-versions", "registry", "now", "2026-03-02T01:00:00Z")
	w.outputs(older, "decision", "promote", "moved-tags", "1.4.9\nsha-b1b2c3d4\neveryone-latest\neveryone-pr-123-latest")
	if got := w.digest("latest"); got != first {
		t.Errorf("a lower version moved latest to %s, second is %s", got, second)
	}
}

// ok runs a command that must not fail.
func (w *world) ok(command string, inputs ...string) ran {
	w.t.Helper()
	r := w.run(command, inputs...)
	if r.code != cli.ExitDone {
		w.t.Fatalf("%s %q = %d\n%s%s", command, inputs, r.code, r.stdout, r.stderr)
	}
	return r
}

func (w *world) outputs(r ran, want ...string) {
	w.t.Helper()
	for i := 0; i < len(want); i += 2 {
		if got := r.outputs[want[i]]; got != want[i+1] {
			w.t.Errorf("output %s = %q, want %q\n%s", want[i], got, want[i+1], r.stdout)
		}
	}
}

// A person may name the image to go back to, by digest or by tag, but only one that the ring ran.
func TestRollbackTo(t *testing.T) {
	for _, name := range []string{"digest", "tag"} {
		w, old, next := ready(t)
		older := w.push(labelsOf("1111111137f72ccb80a373b08a177a4570281827"), "older")
		w.ok("record", "ring", "ring-1", "digest", older, "state", "success", "now", "2026-01-01T00:00:00Z")
		to := map[string]string{"digest": older, "tag": "older"}[name]
		r := w.ok("rollback", "ring", "ring-1", name, to, "now", "2026-03-02T00:00:00Z", "dry-run", "true")
		w.outputs(r, "decision", "rollback", "from-digest", old, "to-digest", older, "applied", "false")
		if got := w.digest("ring-1-latest"); got != old {
			t.Errorf("a dry run moved ring-1-latest to %s", got)
		}
		w.outputs(w.ok("rollback", "ring", "ring-1", name, to, "now", "2026-03-02T00:00:00Z"), "applied", "true", "moved-tags", "ring-1-latest")
		if got := w.digest("ring-1-latest"); got != older {
			t.Errorf("ring-1-latest is %s, want %s", got, older)
		}
		never := w.run("rollback", "ring", "ring-1", "digest", next, "now", "2026-03-02T00:00:00Z")
		if never.code != cli.ExitUsage || !strings.Contains(never.stdout, "was never in service in ring-1") {
			t.Errorf("rollback to an image that was never there = %d\n%s", never.code, never.stdout)
		}
	}
}
