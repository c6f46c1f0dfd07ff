// Package registry_test runs the registry client against real registries on this machine: olareg, which has pages
// and referrers, and Debian's docker-registry, which has neither.
package registry_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"
)

const (
	user     = "octocat"
	password = "open sesame"
	app      = "owner/app"
)

// A server is a registry that can be started.
type server struct {
	name      string
	referrers bool
	// start runs it on a port, with its files in a folder, and asks for credentials when it is guarded.
	start func(t *testing.T, port, dir string, guarded bool, args ...string) *exec.Cmd
	// stock lays tags of a manifest into its folder, as pushing them would.
	stock func(t *testing.T, dir string, manifest []byte, tags []string)
	// wrong and none are what a message says of a wrong password, and of no credentials.
	wrong, none string
}

var servers = []server{
	{
		name: "olareg", referrers: true, start: startOlareg, stock: stockOlareg,
		wrong: "does not allow this with the credentials of the Docker configuration (403",
		none:  "does not accept a request without credentials (401",
	},
	{
		name: "docker-registry", referrers: false, start: startDockerRegistry, stock: stockDockerRegistry,
		wrong: "does not accept the credentials of the Docker configuration (401",
		none:  "does not accept a request without credentials (401",
	},
}

func startOlareg(t *testing.T, port, dir string, guarded bool, args ...string) *exec.Cmd {
	args = append([]string{"serve", "--addr", "127.0.0.1", "--port", port, "--dir", dir}, args...)
	if guarded { // by a token service, as ghcr.io is
		args = append(args, "--auth-token-opaque", olaregUsers(t), "--external-url", "http://127.0.0.1:"+port)
	}
	return exec.Command(tool(t, "olareg"), args...)
}

// olaregUsers lets in who is in the file of docker-registry.
func olaregUsers(t *testing.T) string {
	t.Helper()
	line, err := os.ReadFile("testdata/htpasswd")
	if err != nil {
		t.Fatal(err)
	}
	name, hash, _ := strings.Cut(strings.TrimSpace(string(line)), ":")
	file := filepath.Join(t.TempDir(), "users.yml")
	write(t, file, fmt.Appendf(nil, "users: {%s: {cred: %q}}\nacls: [{repo: '*', members: [%[1]s], access: ['*']}, {repo: '', members: [%[1]s], access: [read]}]\n", name, hash))
	return file
}

func startDockerRegistry(t *testing.T, port, dir string, guarded bool, _ ...string) *exec.Cmd {
	config := fmt.Sprintf("version: 0.1\nlog: {level: error}\nstorage: {filesystem: {rootdirectory: %q}}\nhttp: {addr: '127.0.0.1:%s'}\n", dir, port)
	if guarded {
		file, err := filepath.Abs("testdata/htpasswd")
		if err != nil {
			t.Fatal(err)
		}
		config += fmt.Sprintf("auth: {htpasswd: {realm: test, path: %q}}\n", file)
	}
	file := filepath.Join(t.TempDir(), "config.yml")
	write(t, file, []byte(config))
	return exec.Command(tool(t, "docker-registry"), "serve", file)
}

// tool is a program of .ci/bin, else one that is installed. Without it the test fails.
func tool(t *testing.T, name string) string {
	t.Helper()
	if path, err := filepath.Abs(filepath.Join("../bin", name)); err == nil {
		if _, err := os.Stat(path); err == nil {
			return path
		}
	}
	path, err := exec.LookPath(name)
	if err != nil {
		t.Fatalf("%v: .ci/run installs it", err)
	}
	return path
}

// run starts a server and waits until it answers. It is the host of the server.
func (s server) run(t *testing.T, dir string, guarded bool, args ...string) string {
	t.Helper()
	host := freeHost(t)
	cmd := s.start(t, strings.TrimPrefix(host, "127.0.0.1:"), dir, guarded, args...)
	var output bytes.Buffer
	cmd.Stdout, cmd.Stderr = &output, &output
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	gone := make(chan error, 1)
	go func() { gone <- cmd.Wait() }()
	t.Cleanup(func() { cmd.Process.Kill(); <-gone })
	for {
		resp, err := http.Get("http://" + host + "/v2/")
		if err == nil {
			resp.Body.Close()
			return host
		}
		select {
		case err := <-gone:
			gone <- err
			t.Fatalf("%s ended: %v\n%s", s.name, err, &output)
		case <-time.After(20 * time.Millisecond):
		}
	}
}

// freeHost is a port of this machine that nobody listened on a moment ago.
func freeHost(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().String()
}

func stockOlareg(t *testing.T, dir string, manifest []byte, tags []string) {
	type descriptor struct {
		MediaType   string            `json:"mediaType"`
		Digest      string            `json:"digest"`
		Size        int               `json:"size"`
		Annotations map[string]string `json:"annotations"`
	}
	var list []descriptor
	for _, tag := range tags {
		list = append(list, descriptor{imageType, digestOf(manifest), len(manifest), map[string]string{"org.opencontainers.image.ref.name": tag}})
	}
	index, err := json.Marshal(map[string]any{"schemaVersion": 2, "mediaType": indexType, "manifests": list})
	if err != nil {
		t.Fatal(err)
	}
	write(t, filepath.Join(dir, app, "index.json"), index)
	write(t, filepath.Join(dir, app, "oci-layout"), []byte(`{"imageLayoutVersion":"1.0.0"}`))
	write(t, filepath.Join(dir, app, "blobs/sha256", strings.TrimPrefix(digestOf(manifest), "sha256:")), manifest)
}

func stockDockerRegistry(t *testing.T, dir string, manifest []byte, tags []string) {
	digest := digestOf(manifest)
	hash := strings.TrimPrefix(digest, "sha256:")
	root := filepath.Join(dir, "docker/registry/v2")
	write(t, filepath.Join(root, "blobs/sha256", hash[:2], hash, "data"), manifest)
	manifests := filepath.Join(root, "repositories", app, "_manifests")
	write(t, filepath.Join(manifests, "revisions/sha256", hash, "link"), []byte(digest))
	for _, tag := range tags {
		write(t, filepath.Join(manifests, "tags", tag, "current/link"), []byte(digest))
	}
}

func write(t *testing.T, path string, content []byte) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, content, 0o644); err != nil {
		t.Fatal(err)
	}
}

func digestOf(b []byte) string {
	sum := sha256.Sum256(b)
	return "sha256:" + hex.EncodeToString(sum[:])
}

const (
	imageType = "application/vnd.oci.image.manifest.v1+json"
	indexType = "application/vnd.oci.image.index.v1+json"
)

// A counter counts requests beside handshakes, and rounds of them: how often reading turned into writing, or back.
type counter struct {
	mu               sync.Mutex
	requests, rounds int
	last             string
}

func (c *counter) RoundTrip(req *http.Request) (*http.Response, error) {
	if req.URL.Path != "/v2/" && req.URL.Path != "/token" {
		c.note(req.Method)
	}
	return http.DefaultTransport.RoundTrip(req)
}

func (c *counter) note(method string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.requests++
	if method != c.last {
		c.rounds, c.last = c.rounds+1, method
	}
}

// naps wait as long as they are asked to, and count.
type naps struct {
	mu  sync.Mutex
	all []time.Duration
}

func (n *naps) sleep(ctx context.Context, d time.Duration) error {
	n.mu.Lock()
	n.all = append(n.all, d)
	n.mu.Unlock()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-time.After(d):
		return nil
	}
}
