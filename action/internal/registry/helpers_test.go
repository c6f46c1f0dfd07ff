package registry_test

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-containerregistry/pkg/authn"
	ggcr "github.com/google/go-containerregistry/pkg/registry"

	"github.com/wizzense/deployment-rings/action/internal/registry"
)

// anonymous knows no credentials, whatever the machine has.
type anonymous struct{}

func (anonymous) Resolve(authn.Resource) (authn.Authenticator, error) { return authn.Anonymous, nil }

// A world is a registry in memory, seen through a wire that tests can break.
type world struct {
	*registry.Client
	store  *store
	wire   *wire
	slept  *naps
	client registry.Options
}

const app = "127.0.0.1/owner/app"

func newWorld(t *testing.T) *world {
	t.Helper()
	s := &store{Handler: ggcr.New(ggcr.Logger(log.New(io.Discard, "", 0)), ggcr.WithReferrersSupport(true))}
	w := &world{store: s, wire: &wire{handler: s}, slept: &naps{}}
	w.client = registry.Options{Transport: w.wire, Keychain: anonymous{}, Sleep: w.slept.sleep}
	w.Client = registry.New(w.client)
	return w
}

// A store is a registry in memory, asked without a wire.
type store struct{ http.Handler }

func (s *store) do(method, path, contentType string, body []byte) *httptest.ResponseRecorder {
	req := httptest.NewRequest(method, "/v2/owner/app/"+path, strings.NewReader(string(body)))
	req.Header.Set("Content-Type", contentType)
	rec := httptest.NewRecorder()
	s.ServeHTTP(rec, req)
	return rec
}

// tag is the digest that a tag points to, "" for none.
func (s *store) tag(name string) string {
	rec := s.do("GET", "manifests/"+name, "", nil)
	if rec.Code != http.StatusOK {
		return ""
	}
	return digestOf(rec.Body.Bytes())
}

func (s *store) get(t *testing.T, path string) string {
	t.Helper()
	rec := s.do("GET", path, "", nil)
	if rec.Code != http.StatusOK {
		t.Fatalf("GET %s = %d", path, rec.Code)
	}
	return rec.Body.String()
}

func (s *store) putBlob(t *testing.T, content string) descriptor {
	t.Helper()
	d := digestOf([]byte(content))
	if rec := s.do("POST", "blobs/uploads/?digest="+d, "application/octet-stream", []byte(content)); rec.Code != http.StatusCreated {
		t.Fatalf("pushing a blob = %d %s", rec.Code, rec.Body)
	}
	return descriptor{Digest: d, Size: len(content)}
}

// put pushes a manifest under a tag, or under its digest, and returns its digest.
func (s *store) put(t *testing.T, tag string, m manifest) descriptor {
	t.Helper()
	m.SchemaVersion = 2
	b, err := json.MarshalIndent(m, "", "   ") // not the bytes that any library would write
	if err != nil {
		t.Fatal(err)
	}
	d := descriptor{MediaType: m.MediaType, Digest: digestOf(b), Size: len(b)}
	if tag == "" {
		tag = d.Digest
	}
	if rec := s.do("PUT", "manifests/"+tag, m.MediaType, b); rec.Code != http.StatusCreated {
		t.Fatalf("pushing a manifest = %d %s", rec.Code, rec.Body)
	}
	return d
}

const (
	imageType  = "application/vnd.oci.image.manifest.v1+json"
	indexType  = "application/vnd.oci.image.index.v1+json"
	configType = "application/vnd.oci.image.config.v1+json"
)

type descriptor struct {
	MediaType   string            `json:"mediaType,omitempty"`
	Digest      string            `json:"digest"`
	Size        int               `json:"size"`
	Platform    map[string]string `json:"platform,omitempty"`
	Annotations map[string]string `json:"annotations,omitempty"`
}

type manifest struct {
	SchemaVersion int               `json:"schemaVersion"`
	MediaType     string            `json:"mediaType"`
	ArtifactType  string            `json:"artifactType,omitempty"`
	Config        *descriptor       `json:"config,omitempty"`
	Layers        []descriptor      `json:"layers,omitempty"`
	Manifests     []descriptor      `json:"manifests,omitempty"`
	Subject       *descriptor       `json:"subject,omitempty"`
	Annotations   map[string]string `json:"annotations,omitempty"`
}

// image pushes an image with a label under a tag.
func (s *store) image(t *testing.T, tag, label string) descriptor {
	t.Helper()
	config := s.putBlob(t, `{"architecture":"amd64","os":"linux","config":{"Labels":{"name":"`+label+`"}}}`)
	config.MediaType = configType
	layer := s.putBlob(t, "layer of "+label)
	layer.MediaType = "application/vnd.oci.image.layer.v1.tar+gzip"
	return s.put(t, tag, manifest{MediaType: imageType, Config: &config, Layers: []descriptor{layer}, Annotations: map[string]string{"of": label}})
}

// index pushes an index as buildx does, the attestation first, and a signature that refers to it.
func (s *store) index(t *testing.T, tag string) descriptor {
	t.Helper()
	attestation, amd, arm := s.image(t, "", "attestation"), s.image(t, "", "amd64"), s.image(t, "", "arm64")
	attestation.Platform = map[string]string{"os": "unknown", "architecture": "unknown"}
	attestation.Annotations = map[string]string{"vnd.docker.reference.type": "attestation-manifest"}
	amd.Platform = map[string]string{"os": "linux", "architecture": "amd64"}
	arm.Platform = map[string]string{"os": "linux", "architecture": "arm64"}
	index := s.put(t, tag, manifest{MediaType: indexType, Manifests: []descriptor{attestation, amd, arm}, Annotations: map[string]string{"of": "index"}})
	empty := s.putBlob(t, "{}")
	empty.MediaType = "application/vnd.oci.empty.v1+json"
	s.put(t, "", manifest{MediaType: imageType, ArtifactType: "application/x.signature", Config: &empty, Layers: []descriptor{empty}, Subject: &index})
	return index
}

func digestOf(b []byte) string {
	sum := sha256.Sum256(b)
	return "sha256:" + hex.EncodeToString(sum[:])
}

// A wire carries requests to a handler without a network. It speaks plain HTTP to this machine and TLS to the
// rest, and fails where a test says so.
type wire struct {
	handler http.Handler
	// fault may answer instead of the handler; send asks the handler. n counts requests beside handshakes.
	fault func(n int, req *http.Request, send func() *http.Response) (*http.Response, error)

	mu   sync.Mutex
	log  []string // "PUT latest"
	seen []*http.Request
}

func (w *wire) RoundTrip(req *http.Request) (*http.Response, error) {
	if err := req.Context().Err(); err != nil {
		return nil, err
	}
	local := strings.HasPrefix(req.URL.Host, "127.0.0.1")
	if local && req.URL.Scheme == "https" {
		return nil, http.ErrSchemeMismatch
	}
	n, fault := w.note(req)
	send := func() *http.Response {
		rec := httptest.NewRecorder()
		in := req.Clone(req.Context())
		in.RequestURI, in.Host = req.URL.RequestURI(), req.URL.Host
		if in.Body == nil {
			in.Body = http.NoBody
		}
		w.handler.ServeHTTP(rec, in)
		resp := rec.Result()
		resp.Request = req
		return resp
	}
	if fault == nil || n == 0 {
		return send(), nil
	}
	return fault(n, req, send)
}

// A fault may answer a request in place of the handler.
type fault func(n int, req *http.Request, send func() *http.Response) (*http.Response, error)

// note counts a request, handshakes as 0.
func (w *wire) note(req *http.Request) (int, fault) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.seen = append(w.seen, req)
	if req.URL.Path == "/v2/" || req.URL.Path == "/token" {
		return 0, nil
	}
	name := req.URL.Path[strings.LastIndexByte(req.URL.Path, '/')+1:]
	w.log = append(w.log, req.Method+" "+name)
	return len(w.log), w.fault
}

func (w *wire) requests() int {
	w.mu.Lock()
	defer w.mu.Unlock()
	return len(w.log)
}

// wait waits until some requests were sent.
func (w *wire) wait(t *testing.T, requests int) {
	t.Helper()
	for range 5000 {
		if w.requests() >= requests {
			return
		}
		time.Sleep(time.Millisecond)
	}
	t.Fatalf("%d requests are sent, want %d", w.requests(), requests)
}

// rounds is how often reading turned into writing, or back, and one for the beginning.
func (w *wire) rounds() int {
	rounds, last := 0, ""
	for _, line := range w.log {
		if method := line[:3]; method != last {
			rounds, last = rounds+1, method
		}
	}
	return rounds
}

func (w *wire) puts() int {
	n := 0
	for _, line := range w.log {
		if strings.HasPrefix(line, "PUT") {
			n++
		}
	}
	return n
}

func (w *wire) forget() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.log, w.seen, w.fault = nil, nil, nil
}

var errReset = errors.New("connection reset by peer")

func answer(req *http.Request, status int, header map[string]string, body string) *http.Response {
	resp := &http.Response{StatusCode: status, Header: http.Header{}, Request: req, Body: io.NopCloser(strings.NewReader(body))}
	for k, v := range header {
		resp.Header.Set(k, v)
	}
	return resp
}

// naps are waits that take no time.
type naps struct {
	mu  sync.Mutex
	all []time.Duration
}

func (n *naps) sleep(ctx context.Context, d time.Duration) error {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.all = append(n.all, d)
	return ctx.Err()
}
