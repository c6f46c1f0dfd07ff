package registry_test

import (
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/wizzense/deployment-rings/action/internal/registry"
)

// of gives a part of an index a platform; "" takes it away.
func (d descriptor) of(platform string) descriptor {
	d.Platform, d.Annotations = nil, nil
	if os, arch, ok := strings.Cut(platform, "/"); ok {
		d.Platform = map[string]string{"os": os, "architecture": arch}
	}
	return d
}

// as says that a part is of another kind than it is.
func (d descriptor) as(mediaType string, annotations map[string]string) descriptor {
	d.MediaType, d.Annotations = mediaType, annotations
	return d
}

// indexOf pushes an index of some parts.
func (s *store) indexOf(t *testing.T, tag string, parts ...descriptor) descriptor {
	t.Helper()
	return s.put(t, tag, manifest{MediaType: indexType, Manifests: parts})
}

// platforms are the labels of an image by platform, as "linux/amd64 one".
func platforms(l registry.Labels) []string {
	var all []string
	for _, p := range l.Platforms {
		all = append(all, p.Name+" "+p.Labels["name"])
	}
	return all
}

// TestLabelsOfEveryPlatform has a line for each way to hide an image in an index.
func TestLabelsOfEveryPlatform(t *testing.T) {
	w := newWorld(t)
	s := w.store
	amd, arm, other := s.image(t, "", "amd").of("linux/amd64"), s.image(t, "", "arm").of("linux/arm64"), s.image(t, "", "other")
	attestation := map[string]string{"vnd.docker.reference.type": "attestation-manifest"}
	empty := s.putBlob(t, "{}")
	empty.MediaType = "application/vnd.oci.empty.v1+json"
	signature := s.put(t, "", manifest{MediaType: imageType, Config: &empty, Layers: []descriptor{empty}})
	unknownConfig := s.putBlob(t, `{"architecture":"unknown","os":"unknown"}`)
	unknownConfig.MediaType = configType
	statement := s.put(t, "", manifest{MediaType: imageType, Config: &unknownConfig})
	below := s.indexOf(t, "", other.of("linux/s390x"), arm)
	deep := s.indexOf(t, "", s.indexOf(t, "", other.of("linux/riscv64")))
	for name, tt := range map[string]struct {
		parts    []descriptor
		want     []string
		requests int // beside the handshake
	}{
		"one":                             {[]descriptor{amd}, []string{"linux/amd64 amd"}, 3},
		"two":                             {[]descriptor{amd, arm}, []string{"linux/amd64 amd", "linux/arm64 arm"}, 5},
		"the other way round":             {[]descriptor{arm, amd}, []string{"linux/arm64 arm", "linux/amd64 amd"}, 5},
		"an attestation":                  {[]descriptor{amd, other.of("unknown/unknown").as(imageType, attestation)}, []string{"linux/amd64 amd"}, 3},
		"an attestation without its sign": {[]descriptor{other.of("unknown/unknown"), amd}, []string{"linux/amd64 amd"}, 3},
		"an image with the sign of an attestation": {[]descriptor{amd, arm.as(imageType, attestation)}, []string{"linux/amd64 amd", "linux/arm64 arm"}, 5},
		"half unknown": {[]descriptor{amd, other.of("unknown/amd64")}, []string{"linux/amd64 amd", "unknown/amd64 other"}, 5},
		"no platform, which the image says itself": {[]descriptor{arm, other.of("")}, []string{"linux/arm64 arm", "linux/amd64 other"}, 5},
		"a signature without a platform":           {[]descriptor{amd, signature}, []string{"linux/amd64 amd"}, 3 + 1},
		"a signature that claims a platform":       {[]descriptor{amd, signature.of("linux/arm64")}, []string{"linux/amd64 amd", "linux/arm64 "}, 3 + 1},
		"a statement without a platform":           {[]descriptor{amd, statement}, []string{"linux/amd64 amd"}, 5},
		"an image that is called something else":   {[]descriptor{amd, arm.as("application/x.other", nil)}, []string{"linux/amd64 amd", "linux/arm64 arm"}, 5},
		"an index":                                 {[]descriptor{amd, below}, []string{"linux/amd64 amd", "linux/s390x other", "linux/arm64 arm"}, 3 + 1 + 4},
		"an index that claims a platform":          {[]descriptor{below.of("linux/amd64"), amd}, []string{"linux/s390x other", "linux/arm64 arm", "linux/amd64 amd"}, 3 + 1 + 4},
		"an index that is called an image":         {[]descriptor{amd, below.as(imageType, nil)}, []string{"linux/amd64 amd", "linux/s390x other", "linux/arm64 arm"}, 3 + 1 + 4},
		"an index in an index":                     {[]descriptor{deep}, []string{"linux/riscv64 other"}, 1 + 2 + 2},
	} {
		s.indexOf(t, "tag", tt.parts...)
		w.wire.forget()
		got, found, err := registry.New(w.client).Labels(t.Context(), app+":tag") // one that has read nothing yet
		if err != nil || !found || !slices.Equal(platforms(got), tt.want) {
			t.Errorf("%s: Labels = %q, %v, %v, want %q", name, platforms(got), found, err, tt.want)
		}
		if got := w.wire.requests(); got != tt.requests {
			t.Errorf("%s: %d requests, want %d: %q", name, got, tt.requests, w.wire.log)
		}
	}
}

// TestLabelsOfTooMuch: what is not read is not agreed with in silence.
func TestLabelsOfTooMuch(t *testing.T) {
	w := newWorld(t)
	s := w.store
	var many []descriptor
	for i := range 33 {
		many = append(many, s.image(t, "", "one").of("linux/v"+strconv.Itoa(i)))
	}
	s.indexOf(t, "most", many[:32]...)
	s.indexOf(t, "many", many...)
	s.indexOf(t, "together", s.indexOf(t, "", many[:20]...), s.indexOf(t, "", many[20:]...))
	deepest := s.indexOf(t, "deepest", s.indexOf(t, "", s.indexOf(t, "", many[0])))
	s.indexOf(t, "deeper", deepest)
	for tag, want := range map[string]string{
		"most":     "",
		"deepest":  "",
		"many":     "has too many platforms, expected at most 32 in all",
		"together": "has too many platforms, expected at most 32 in all",
		"deeper":   "is too deep in other indexes, expected at most 3",
	} {
		_, found, err := w.Labels(t.Context(), app+":"+tag)
		if found != (want == "") || want == "" && err != nil || want != "" && (err == nil || !strings.Contains(err.Error(), want)) {
			t.Errorf("Labels(%s) = %v, %v, want an error with %q", tag, found, err, want)
		}
	}
}

// TestLabelsOfAPlatformThatIsLost: every request for a part of an index is needed.
func TestLabelsOfAPlatformThatIsLost(t *testing.T) {
	for lost := 1; ; lost++ {
		w := newWorld(t)
		w.store.index(t, "index")
		w.wire.fault = func(n int, req *http.Request, send func() *http.Response) (*http.Response, error) {
			if n == lost {
				return answer(req, http.StatusForbidden, nil, ""), nil
			}
			return send(), nil
		}
		got, found, err := w.Labels(t.Context(), app+":index")
		if w.wire.requests() < lost {
			if lost != 6 {
				t.Errorf("an index of two platforms takes %d requests, want 5", lost-1)
			}
			break
		}
		if found || err == nil || fmt.Sprint(got.Platforms) != "[]" {
			t.Errorf("Labels without the answer to request %d = %v, %v, %v, want an error", lost, got, found, err)
		}
	}
}
