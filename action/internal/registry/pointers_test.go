package registry_test

import (
	"fmt"
	"net"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/wizzense/deployment-rings/action/internal/registry"
)

func TestPointers(t *testing.T) {
	w := newWorld(t)
	one, other := w.store.image(t, "ring-0-latest", "one"), w.store.index(t, "ring-1-latest")
	got, err := w.Pointers(t.Context(), app, "ring-0-latest", "ring-1-latest", "ring-2-latest")
	want := map[string]string{"ring-0-latest": one.Digest, "ring-1-latest": other.Digest, "ring-2-latest": ""}
	if diff := cmp.Diff(want, got); diff != "" || err != nil {
		t.Errorf("Pointers: %v (-want +got):\n%s", err, diff)
	}
	for _, line := range w.wire.log {
		if !strings.HasPrefix(line, "HEAD ") {
			t.Errorf("it asks for %s, want heads alone", line)
		}
	}
}

// An unknown repository has no tags, and an empty one is the same.
func TestPointersOfNothing(t *testing.T) {
	w := newWorld(t)
	got, err := w.Pointers(t.Context(), "127.0.0.1/nobody/nothing", "ring-0-latest")
	if err != nil || got["ring-0-latest"] != "" || len(got) != 1 {
		t.Errorf("Pointers = %v, %v, want no tag", got, err)
	}
}

// However many tags the repository has, it takes a request for each tag that is asked for, and lists none.
func TestPointersAmongManyTags(t *testing.T) {
	w := newWorld(t)
	image := w.store.image(t, "ring-0-latest", "one")
	manifest := w.store.get(t, "manifests/ring-0-latest")
	for i := range 10_000 {
		if r := w.store.do("PUT", fmt.Sprintf("manifests/pr-%d-latest", i), image.MediaType, []byte(manifest)); r.Code != http.StatusCreated {
			t.Fatal(r.Code)
		}
	}
	tags := []string{"dev-latest", "staging-latest", "ring-0-latest", "ring-1-latest", "ring-2-latest", "production-latest"}
	if _, err := w.Pointers(t.Context(), app, tags...); err != nil || w.wire.requests() != len(tags) || w.wire.rounds() != 1 {
		t.Errorf("%d requests in %d rounds, %v, want %d in one:\n%v", w.wire.requests(), w.wire.rounds(), err, len(tags), w.wire.log)
	}
}

// A registry that leaves the digest out of its heads is asked for the manifest.
func TestPointersWithoutTheHeader(t *testing.T) {
	w := newWorld(t)
	image := w.store.image(t, "ring-0-latest", "one")
	w.wire.fault = func(_ int, _ *http.Request, send func() *http.Response) (*http.Response, error) {
		resp := send()
		resp.Header.Del("Docker-Content-Digest")
		return resp, nil
	}
	got, err := w.Pointers(t.Context(), app, "ring-0-latest", "ring-1-latest")
	if err != nil || got["ring-0-latest"] != image.Digest || got["ring-1-latest"] != "" {
		t.Errorf("Pointers = %v, %v, want %s", got, err, image.Digest)
	}
}

// A registry that fails is an error, also where it fails for one tag alone: a part is not the whole.
func TestPointersFail(t *testing.T) {
	for name, c := range map[string]struct {
		fault func(req *http.Request) (*http.Response, error)
		says  string
	}{
		"refused": {func(req *http.Request) (*http.Response, error) { return answer(req, 403, nil, ""), nil }, "does not allow this"},
		"busy":    {func(req *http.Request) (*http.Response, error) { return answer(req, 503, nil, ""), nil }, "tried 4 times"},
		"closed":  {func(*http.Request) (*http.Response, error) { return nil, errReset }, "connection was lost"},
	} {
		w := newWorld(t)
		w.store.image(t, "ring-0-latest", "one")
		w.wire.fault = func(_ int, req *http.Request, send func() *http.Response) (*http.Response, error) {
			if strings.HasSuffix(req.URL.Path, "ring-1-latest") {
				return c.fault(req)
			}
			return send(), nil
		}
		got, err := w.Pointers(t.Context(), app, "ring-0-latest", "ring-1-latest")
		if got != nil || err == nil || !strings.Contains(err.Error(), c.says) || !slices.Contains(strings.Fields(err.Error()), "read") {
			t.Errorf("%s: Pointers = %v, %v, want an error with %q", name, got, err, c.says)
		}
	}
}

// A registry that there is not is told at once: another try finds it no better.
func TestNoSuchHost(t *testing.T) {
	slept := &naps{}
	none := &net.DNSError{Err: "no such host", Name: "registry.example", IsNotFound: true}
	c := registry.New(registry.Options{Transport: failing{none}, Keychain: anonymous{}, Sleep: slept.sleep})
	_, err := c.Pointers(t.Context(), "registry.example/acme/app", "ring-0-latest")
	if err == nil || !strings.Contains(err.Error(), "no such host") || len(slept.all) > 0 {
		t.Errorf("Pointers: %v after %d waits, want no such host at once", err, len(slept.all))
	}
}

type failing struct{ err error }

func (f failing) RoundTrip(*http.Request) (*http.Response, error) { return nil, f.err }
