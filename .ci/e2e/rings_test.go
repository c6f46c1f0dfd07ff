package e2e_test

import (
	"bufio"
	"bytes"
	"errors"
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

func (r *rings) push(commit string, tags ...string) string {
	r.t.Helper()
	base, err := random.Image(64, 1)
	if err != nil {
		r.t.Fatal(err)
	}
	image, err := mutate.Config(base, v1.Config{Labels: map[string]string{
		"org.opencontainers.image.revision": commit, "com.aitherzero.pr.number": "123",
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

// workflow runs one of the example workflows by hand, and returns its log.
func (r *rings) workflow(file string, inputs map[string]any) (log string, ok bool) {
	r.t.Helper()
	var args []string
	for key, value := range inputs {
		args = append(args, "--input", key+"="+value.(string))
	}
	ev := event{"workflow_dispatch", map[string]any{"inputs": inputs, "ref": "refs/heads/main", "repository": repository()}, map[string]string{}}
	return r.run(ev, file, withoutQueue(r.t, file), args...)
}

// run runs a copy of a workflow for an event.
func (r *rings) run(ev event, file, copied string, args ...string) (log string, ok bool) {
	r.t.Helper()
	ev.env["GITHUB_API_URL"], ev.env["DEPLOYED"], ev.env["STUBS"] = r.api, r.deployed, r.t.TempDir()
	args = append(args, replacedIn(r.t, file)...)
	cmd := act(r.t, r.t.TempDir(), ev, append(args, "-W", copied,
		"--var", "RING_IMAGE="+r.image, "--var", "RING_POLICY="+absolute(r.t, "testdata/rings/policy.yml"), // act lays no checkout of a named ref down
		"--var", `DEPLOY_COMMAND=[[ ! -e "$DEPLOYED.$RING" ]]; echo "$RING $IMAGE" >> "$DEPLOYED"`)...)
	cmd.Env = append(cmd.Env, "PATH="+absolute(r.t, "testdata/stubs/registry")+":"+os.Getenv("PATH"))
	out, err := cmd.Output()
	log = read(r.t, out).log
	if failed := new(exec.ExitError); errors.As(err, &failed) {
		log += string(failed.Stderr) // what act says of the workflow itself
	}
	return log, err == nil
}

// merge runs the workflow of pull requests for a merge into the branch of ring-0, as far as the ring.
func (r *rings) merge() (log string, ok bool) {
	r.t.Helper()
	copied := withoutQueue(r.t, workflow)
	src, err := os.ReadFile(copied)
	if err != nil {
		r.t.Fatal(err)
	}
	host, _, _ := strings.Cut(r.image, "/")
	src = bytes.Replace(src, []byte("CONTAINER_REGISTRY: ghcr.io"), []byte("CONTAINER_REGISTRY: "+host), 1)
	if err := os.WriteFile(copied, src, 0o600); err != nil {
		r.t.Fatal(err)
	}
	return r.run(closed(true).with("pull_request.head.sha", revision), workflow, copied, "--job", "deploy-ring")
}

// pause waits for another second: GitHub's times are whole ones, and the soaks of the policy are one.
func pause() { time.Sleep(2 * time.Second) }

// deployments returns the lines that the command wrote which deploys: the rings and the images.
func (r *rings) deployments() string {
	r.t.Helper()
	lines, err := os.ReadFile(r.deployed)
	if err != nil {
		r.t.Fatal(err)
	}
	return string(lines)
}

// Two commits of testdata/rings/github.json, the second of pull request 123.
const base, revision = "c0ffee0000000000000000000000000000000000", "a1b2c3d437f72ccb80a373b08a177a4570281827"

const (
	promoteRings = "examples/workflows/promote-rings.yml"
	promoteOne   = "examples/workflows/promote-one.yml"
	rollbackRing = "examples/workflows/rollback.yml"
)

// TestRings takes an image from a merge to production and back, with the example workflows and nothing but what GitHub
// and the registry know.
func TestRings(t *testing.T) {
	t.Parallel()
	r := newRings(t)
	old := r.push(base, "ring-1-latest")
	r.record("ring-1", old)
	image := r.push(revision, "pr-123-a1b2c3d4")
	pause()
	if log, ok := r.merge(); !ok || r.digest("ring-0-latest") != image {
		t.Fatalf("the merge (ok: %v): ring-0-latest is %s, want %s\n%s", ok, r.digest("ring-0-latest"), image, log)
	}
	for _, ring := range []string{"ring-1", "ring-2", "production"} {
		pause()
		log, ok := r.workflow(promoteRings, nil)
		if got := r.digest(ring + "-latest"); !ok || got != image {
			t.Fatalf("advance into %s (ok: %v): the ring's tag is %s, want %s\n%s", ring, ok, got, image, log)
		}
		if strings.Contains(log, "fake-token") {
			t.Errorf("the token is in the log of %s", ring)
		}
	}
	want := ""
	for _, ring := range []string{"ring-0", "ring-1", "ring-2", "production"} {
		want += ring + " " + r.image + "@" + image + "\n"
	}
	if got := r.deployments(); got != want {
		t.Errorf("deployed:\n%swant:\n%s", got, want)
	}
	pause()
	if log, ok := r.workflow(promoteRings, nil); !ok || r.deployments() != want || strings.Contains(log, "Deploy to") {
		t.Errorf("with nothing to do (ok: %v) a job deploys:\n%s", ok, log)
	}

	log, ok := r.workflow(rollbackRing, map[string]any{"ring": "ring-1", "reason": "crashes"})
	if got := r.digest("ring-1-latest"); !ok || got != old {
		t.Fatalf("rollback (ok: %v): ring-1-latest is %s, want %s\n%s", ok, got, old, log)
	}
	pause()
	refused, ok := r.workflow(promoteRings, map[string]any{"ring": "ring-1"})
	if got := r.digest("ring-1-latest"); !ok || got != old || !strings.Contains(refused, "uarantined in ring-1: crashes") {
		t.Errorf("after the rollback ring-1-latest is %s (ok: %v), want %s, since the image is quarantined\n%s", got, ok, old, refused)
	}
}

// TestRelease gives the last ring an image with a version, by hand.
func TestRelease(t *testing.T) {
	t.Parallel()
	r := newRings(t)
	image := r.push(revision, "ring-2-latest")
	r.record("ring-2", image)
	pause()
	log, ok := r.workflow(promoteOne, map[string]any{"ring": "production", "version": "1.5.0"})
	for _, tag := range []string{"production-latest", "1.5.0", "latest"} {
		if got := r.digest(tag); !ok || got != image {
			t.Errorf("release (ok: %v): %s is %s, want %s\n%s", ok, tag, got, image, log)
		}
	}
	if got, want := r.deployments(), "production "+r.image+"@"+image+"\n"; got != want {
		t.Errorf("deployed:\n%swant:\n%s", got, want)
	}
}

// TestFailedDeploymentStopsNobody: of two rings that take an image, the deployment of one fails, and the other is deployed and
// recorded. The ring whose deployment failed goes back to what it runs by tag.
func TestFailedDeploymentStopsNobody(t *testing.T) {
	t.Parallel()
	r := newRings(t)
	old := r.push(base, "ring-1-latest")
	image := r.push(revision, "ring-0-latest", "ring-2-latest")
	r.record("ring-1", old)
	pause()
	r.record("ring-0", image)
	r.record("ring-2", image)
	if err := os.WriteFile(r.deployed+".ring-1", nil, 0o600); err != nil {
		t.Fatal(err)
	}
	pause()
	log, ok := r.workflow(promoteRings, nil)
	if got, want := r.deployments(), "production "+r.image+"@"+image+"\n"; ok || got != want {
		t.Errorf("ok: %v, deployed:\n%swant:\n%s%s", ok, got, want, log)
	}
	if got := r.digest("ring-1-latest"); got != old {
		t.Errorf("ring-1-latest is %s after its deployment failed, want %s", got, old)
	}
	if got := r.digest("production-latest"); got != image {
		t.Errorf("production-latest is %s, want %s", got, image)
	}
}
