package e2e_test

import (
	"bufio"
	"io"
	"log"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/google/go-containerregistry/pkg/name"
	"github.com/google/go-containerregistry/pkg/registry"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/mutate"
	"github.com/google/go-containerregistry/pkg/v1/random"
	"github.com/google/go-containerregistry/pkg/v1/remote"
)

// Rings are what the example workflows act on: a registry in memory, a GitHub on loopback, and a command that deploys.
type rings struct {
	t        *testing.T
	image    string
	api      string // root of the API
	program  string
	deployed string // file with a line for each deployment
}

func newRings(t *testing.T) *rings {
	t.Helper()
	server := httptest.NewServer(registry.New(registry.Logger(log.New(io.Discard, "", 0))))
	t.Cleanup(server.Close)
	dir := t.TempDir()
	r := &rings{t: t, image: strings.TrimPrefix(server.URL, "http://") + "/wizzense/aitherzero", deployed: filepath.Join(dir, "deployed")}
	r.program = r.build(dir, "./action")
	r.api = r.serve(r.build(dir, "./action/internal/github/githubtest/fakegithub"))
	return r
}

func (r *rings) build(dir, pkg string) string {
	r.t.Helper()
	program := filepath.Join(dir, filepath.Base(pkg))
	cmd := exec.Command("go", "build", "-o", program, pkg)
	cmd.Dir = root
	if out, err := cmd.CombinedOutput(); err != nil {
		r.t.Fatalf("go build %s: %v\n%s", pkg, err, out)
	}
	return program
}

// serve starts the GitHub and returns the root of its API.
func (r *rings) serve(program string) string {
	r.t.Helper()
	cmd := exec.Command(program, "-state", "testdata/rings/github.json", "-token", "fake-token-of-the-job")
	cmd.Stderr = os.Stderr
	out, err := cmd.StdoutPipe()
	if err != nil {
		r.t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		r.t.Fatal(err)
	}
	r.t.Cleanup(func() { cmd.Process.Kill(); cmd.Wait() })
	address, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		r.t.Fatal(err)
	}
	return strings.TrimSpace(address)
}

func (r *rings) push(revision string, tags ...string) string {
	r.t.Helper()
	base, err := random.Image(64, 1)
	if err != nil {
		r.t.Fatal(err)
	}
	image, err := mutate.Config(base, v1.Config{Labels: map[string]string{
		"org.opencontainers.image.revision": revision, "com.aitherzero.pr.number": "123",
	}})
	if err != nil {
		r.t.Fatal(err)
	}
	for _, tag := range tags {
		ref, err := name.ParseReference(r.image + ":" + tag)
		if err != nil {
			r.t.Fatal(err)
		}
		if err := remote.Write(ref, image); err != nil {
			r.t.Fatal(err)
		}
	}
	digest, err := image.Digest()
	if err != nil {
		r.t.Fatal(err)
	}
	return digest.String()
}

func (r *rings) digest(tag string) string {
	r.t.Helper()
	ref, err := name.ParseReference(r.image + ":" + tag)
	if err != nil {
		r.t.Fatal(err)
	}
	found, err := remote.Head(ref)
	if err != nil {
		return err.Error()
	}
	return found.Digest.String()
}

// record says what a job of a merge says: the image is in service.
func (r *rings) record(ring, digest string) {
	r.t.Helper()
	cmd := exec.Command(r.program, "record", "--ring", ring, "--state", "success", "--digest", digest, "--image", r.image, "--policy", "testdata/rings/policy.yml")
	cmd.Env = append(os.Environ(), "GITHUB_API_URL="+r.api, "GITHUB_TOKEN=fake-token-of-the-job", "GITHUB_REPOSITORY=wizzense/AitherZero")
	if out, err := cmd.CombinedOutput(); err != nil {
		r.t.Fatalf("record: %v\n%s", err, out)
	}
}

// withoutQueue is a copy of a workflow for act, which does not know concurrency.queue.
func withoutQueue(t *testing.T, file string) string {
	t.Helper()
	src, err := os.ReadFile(filepath.Join(root, file))
	if err != nil {
		t.Fatal(err)
	}
	known := regexp.MustCompile(`(?m)^ +queue: max.*\n`).ReplaceAll(src, nil)
	if len(known) == len(src) {
		t.Errorf("%s: runs that wait push each other out: a concurrency group has no queue", file)
	}
	target := filepath.Join(t.TempDir(), filepath.Base(file))
	if err := os.WriteFile(target, known, 0o644); err != nil {
		t.Fatal(err)
	}
	return target
}

// workflow runs one of the example workflows, and returns its log.
func (r *rings) workflow(file string, inputs map[string]any) (log string, ok bool) {
	r.t.Helper()
	ev := event{"workflow_dispatch", map[string]any{
		"inputs": inputs, "ref": "refs/heads/main",
		"repository": map[string]any{"full_name": "wizzense/AitherZero", "name": "AitherZero", "owner": map[string]any{"login": "wizzense"}},
	}, map[string]string{"GITHUB_API_URL": r.api, "DEPLOYED": r.deployed, "STUBS": r.t.TempDir()}}
	args := append(replacedIn(r.t, file), "-W", withoutQueue(r.t, file),
		"--var", "RING_IMAGE="+r.image, "--var", "RING_POLICY=.ci/e2e/testdata/rings/policy.yml",
		"--var", `DEPLOY_COMMAND=echo "$RING $IMAGE" >> "$DEPLOYED"`)
	for key, value := range inputs {
		args = append(args, "--input", key+"="+value.(string))
	}
	out, err := act(r.t, r.t.TempDir(), ev, args...).Output()
	return read(r.t, out).log, err == nil
}

// TestRings takes an image from a merge to production and back, with the example workflows and nothing but what GitHub
// and the registry know.
func TestRings(t *testing.T) {
	r := newRings(t)
	old := r.push("c0ffee0000000000000000000000000000000000", "ring-1-latest")
	r.record("ring-1", old)
	image := r.push("a1b2c3d437f72ccb80a373b08a177a4570281827", "ring-0-latest", "pr-123-a1b2c3d4")
	r.record("ring-0", image)
	time.Sleep(2 * time.Second) // GitHub's times are whole seconds

	for _, into := range []struct{ ring, version string }{{"ring-1", ""}, {"ring-2", ""}, {"production", "1.5.0"}} {
		log, ok := r.workflow("examples/workflows/promote-rings.yml", map[string]any{"ring": into.ring, "version": into.version})
		if got := r.digest(into.ring + "-latest"); !ok || got != image {
			t.Fatalf("promotion into %s (ok: %v): the ring's tag is %s, want %s\n%s", into.ring, ok, got, image, log)
		}
		if strings.Contains(log, "fake-token") {
			t.Errorf("the token is in the log of %s", into.ring)
		}
		time.Sleep(2 * time.Second)
	}
	if got := r.digest("1.5.0"); got != image || r.digest("latest") != image {
		t.Errorf("1.5.0 is %s, want %s", got, image)
	}
	deployed, err := os.ReadFile(r.deployed)
	if err != nil {
		t.Fatal(err)
	}
	want := "ring-1 " + r.image + "@" + image + "\nring-2 " + r.image + "@" + image + "\nproduction " + r.image + "@" + image + "\n"
	if string(deployed) != want {
		t.Errorf("deployed:\n%swant:\n%s", deployed, want)
	}

	again, ok := r.workflow("examples/workflows/promote-rings.yml", map[string]any{"ring": "ring-1"})
	if !ok || !strings.Contains(again, "ring-1: noop") {
		t.Errorf("a second promotion (ok: %v) is no noop:\n%s", ok, again)
	}

	log, ok := r.workflow("examples/workflows/rollback.yml", map[string]any{"ring": "ring-1", "reason": "crashes"})
	if got := r.digest("ring-1-latest"); !ok || got != old {
		t.Fatalf("rollback (ok: %v): ring-1-latest is %s, want %s\n%s", ok, got, old, log)
	}
	refused, ok := r.workflow("examples/workflows/promote-rings.yml", map[string]any{"ring": "ring-1"})
	if got := r.digest("ring-1-latest"); !ok || got != old || !strings.Contains(refused, "uarantined in ring-1: crashes") {
		t.Errorf("after the rollback ring-1-latest is %s (ok: %v), want %s, since the image is quarantined\n%s", got, ok, old, refused)
	}
}
