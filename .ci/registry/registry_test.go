package registry_test

import (
	"encoding/base64"
	"fmt"
	"io"
	"net/http"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-containerregistry/pkg/authn"
	"github.com/google/go-containerregistry/pkg/name"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/empty"
	"github.com/google/go-containerregistry/pkg/v1/mutate"
	"github.com/google/go-containerregistry/pkg/v1/random"
	"github.com/google/go-containerregistry/pkg/v1/remote"
	"github.com/google/go-containerregistry/pkg/v1/remote/transport"
	"github.com/google/go-containerregistry/pkg/v1/types"

	"github.com/wizzense/deployment-rings/action/internal/registry"
	"github.com/wizzense/deployment-rings/tagging"
)

// must is for values that only a broken test does not have.
func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

// labelled is an image with a label.
func labelled(platform string) v1.Image {
	os, arch, _ := strings.Cut(platform, "/")
	img := must(random.Image(512, 2))
	file := must(img.ConfigFile()).DeepCopy()
	file.OS, file.Architecture, file.Config.Labels = os, arch, map[string]string{"platform": platform}
	return mutate.MediaType(mutate.ConfigMediaType(must(mutate.ConfigFile(img, file)), types.OCIConfigJSON), types.OCIManifestSchema1)
}

// index is one as buildx pushes it, the attestation first.
func index() v1.ImageIndex {
	add := func(os, arch string, annotations map[string]string) mutate.IndexAddendum {
		return mutate.IndexAddendum{Add: labelled(os + "/" + arch), Descriptor: v1.Descriptor{Platform: &v1.Platform{OS: os, Architecture: arch}, Annotations: annotations}}
	}
	return mutate.AppendManifests(empty.Index,
		add("unknown", "unknown", map[string]string{"vnd.docker.reference.type": "attestation-manifest"}),
		add("linux", "amd64", nil), add("linux", "arm64", nil))
}

// push pushes an image or index with ggcr's own client, and what refers to it.
func push(t *testing.T, ref string, what remote.Taggable, refer bool) string {
	t.Helper()
	tag := must(name.NewTag(ref))
	if err := remote.Push(tag, what, login); err != nil {
		t.Fatal(err)
	}
	d := must(remote.Get(tag, login))
	if refer {
		signature := mutate.Subject(labelled("linux/amd64"), d.Descriptor).(v1.Image)
		if err := remote.Write(tag.Digest(must(signature.Digest()).String()), signature, login); err != nil {
			t.Fatal(err)
		}
	}
	return d.Digest.String()
}

var login = remote.WithAuth(&authn.Basic{Username: user, Password: password})

// read is the body of a GET, with its status.
func read(t *testing.T, host, path string) string {
	t.Helper()
	req := must(http.NewRequest("GET", "http://"+host+"/v2/"+app+"/"+path, nil))
	req.Header.Set("Accept", imageType+","+indexType)
	repo := must(name.NewRepository(host + "/" + app))
	rt := must(transport.NewWithContext(t.Context(), repo.Registry, &authn.Basic{Username: user, Password: password}, http.DefaultTransport, []string{repo.Scope(transport.PullScope)}))
	resp := must(rt.RoundTrip(req))
	defer resp.Body.Close()
	return fmt.Sprint(resp.StatusCode, " ", resp.Header.Get("Content-Type"), "\n", string(must(io.ReadAll(resp.Body))))
}

// dockerConfig is a Docker configuration with the credentials for a host.
func dockerConfig(t *testing.T, host, password string) {
	t.Helper()
	dir := t.TempDir()
	auth := base64.StdEncoding.EncodeToString([]byte(user + ":" + password))
	write(t, filepath.Join(dir, "config.json"), fmt.Appendf(nil, `{"auths":{%q:{"auth":%q}}}`, host, auth))
	t.Setenv("DOCKER_CONFIG", dir)
}

// each runs a test against each registry, open and guarded.
func each(t *testing.T, test func(t *testing.T, s server, host string)) {
	for _, s := range servers {
		for _, guarded := range []bool{false, true} {
			t.Run(fmt.Sprintf("%s, guarded %v", s.name, guarded), func(t *testing.T) {
				host := s.run(t, t.TempDir(), guarded)
				dockerConfig(t, host, password)
				test(t, s, host)
			})
		}
	}
}

// Everything that hangs on a digest is the same before and after, byte for byte, and nothing refers elsewhere.
func TestMoveChangesNoByte(t *testing.T) {
	each(t, func(t *testing.T, s server, host string) {
		for _, what := range []remote.Taggable{labelled("linux/amd64"), index()} {
			image := host + "/" + app
			old := push(t, image+":latest", labelled("linux/amd64"), false)
			digest := push(t, image+":source", what, true)
			fixed := "v" + digest[7:15]
			fallback := strings.ReplaceAll(digest, ":", "-")
			paths := []string{"manifests/source", "manifests/" + digest, "referrers/" + digest, "manifests/" + fallback}
			var before []string
			for _, path := range paths {
				before = append(before, read(t, host, path))
			}
			if got := strings.HasPrefix(before[2], "200"); got != s.referrers {
				t.Fatalf("referrers: %s", before[2])
			}
			if got := strings.HasPrefix(before[3], "200"); got == s.referrers {
				t.Fatalf("the tag of referrers: %s", before[3])
			}

			r, err := registry.New(registry.Options{}).Move(t.Context(), registry.Move{Image: image, Digest: digest, Fixed: []string{fixed}, Moving: []string{"latest"}})
			if err != nil {
				t.Fatal(err)
			}
			want := []registry.MovedTag{
				{Tag: fixed, Fixed: true, After: digest, Confirmed: true},
				{Tag: "latest", Before: old, After: digest, Confirmed: true},
			}
			if diff := cmp.Diff(want, r.Tags); diff != "" {
				t.Errorf("Move (-want +got):\n%s", diff)
			}
			for i, path := range paths {
				if diff := cmp.Diff(before[i], read(t, host, path)); diff != "" {
					t.Errorf("%s changed (-before +after):\n%s", path, diff)
				}
			}
			for _, tag := range []string{fixed, "latest"} {
				if diff := cmp.Diff(before[0], read(t, host, "manifests/"+tag)); diff != "" {
					t.Errorf("%s (-source +got):\n%s", tag, diff)
				}
			}
		}
	})
}

func TestMoveNeedsFewRounds(t *testing.T) {
	each(t, func(t *testing.T, s server, host string) {
		image := host + "/" + app
		for i, k := range []int{1, 4, 40} {
			digest := push(t, image+":source", labelled("linux/amd64"), false)
			var fixed, moving []string
			for n := range k {
				moving = append(moving, fmt.Sprintf("ring-%d-latest", n))
				fixed = append(fixed, fmt.Sprintf("1.%d.%d", i, n))
			}
			for _, m := range []registry.Move{{Image: image, Digest: digest, Moving: moving}, {Image: image, Digest: digest, Fixed: fixed, Moving: []string{"latest"}}} {
				c := &counter{}
				if _, err := registry.New(registry.Options{Transport: c}).Move(t.Context(), m); err != nil {
					t.Fatal(err)
				}
				t.Logf("%d tags, fixed ones %v: %d rounds, %d requests", k, m.Fixed != nil, c.rounds, c.requests)
				if most := map[bool]int{false: 5, true: 7}[m.Fixed != nil]; c.rounds > most {
					t.Errorf("want at most %d rounds", most)
				}
			}
		}
	})
}

func TestFixedTagsStay(t *testing.T) {
	each(t, func(t *testing.T, s server, host string) {
		image := host + "/" + app
		old := push(t, image+":1.5.0", labelled("linux/amd64"), false)
		digest := push(t, image+":source", labelled("linux/amd64"), false)
		_, err := registry.New(registry.Options{}).Move(t.Context(), registry.Move{Image: image, Digest: digest, Fixed: []string{"1.5.0"}, Moving: []string{"latest"}})
		if err == nil || !strings.Contains(err.Error(), "1.5.0 points to "+old) {
			t.Errorf("Move = %v, want an error about 1.5.0", err)
		}
		for tag, want := range map[string]string{"1.5.0": old, "latest": ""} {
			if got, _, err := registry.New(registry.Options{}).Resolve(t.Context(), image+":"+tag); got != want || err != nil {
				t.Errorf("%s = %s, %v, want %q", tag, got, err, want)
			}
		}
	})
}

func TestLabels(t *testing.T) {
	each(t, func(t *testing.T, s server, host string) {
		image := host + "/" + app
		push(t, image+":image", labelled("linux/s390x"), false)
		push(t, image+":index", index(), false)
		c := registry.New(registry.Options{})
		for tag, want := range map[string]registry.Labels{
			"image": {Platforms: []registry.Platform{{Labels: map[string]string{"platform": "linux/s390x"}}}},
			"index": {Platforms: []registry.Platform{
				{Name: "linux/amd64", Labels: map[string]string{"platform": "linux/amd64"}},
				{Name: "linux/arm64", Labels: map[string]string{"platform": "linux/arm64"}},
			}},
		} {
			got, found, err := c.Labels(t.Context(), image+":"+tag)
			want.Digest = got.Digest
			if diff := cmp.Diff(want, got); !found || err != nil || diff != "" {
				t.Errorf("Labels(%s) = %v, %v (-want +got):\n%s", tag, found, err, diff)
			}
		}
	})
}

// What is not there is not an error, whichever way a registry says so.
func TestUnknownRepository(t *testing.T) {
	each(t, func(t *testing.T, s server, host string) {
		c := registry.New(registry.Options{})
		image := host + "/owner/unknown"
		if _, found, err := c.Resolve(t.Context(), image+":latest"); found || err != nil {
			t.Errorf("Resolve = %v, %v", found, err)
		}
		if versions, err := c.Versions(t.Context(), image); versions != nil || err != nil {
			t.Errorf("Versions = %v, %v", versions, err)
		}
		if last, err := c.LastIteration(t.Context(), image, pullRequest); last != 0 || err != nil {
			t.Errorf("LastIteration = %d, %v", last, err)
		}
	})
}

func TestWrongPassword(t *testing.T) {
	for _, s := range servers {
		t.Run(s.name, func(t *testing.T) {
			host := s.run(t, t.TempDir(), true)
			for password, want := range map[string]string{"wrong": s.wrong, "": s.none} {
				dockerConfig(t, map[bool]string{true: "other.example", false: host}[password == ""], password)
				_, err := registry.New(registry.Options{}).Move(t.Context(), registry.Move{Image: host + "/" + app, Digest: digestOf(nil), Moving: []string{"latest"}})
				if err == nil || !strings.Contains(err.Error(), want) || !strings.Contains(err.Error(), "docker login "+host) {
					t.Errorf("with %q: %v, want %q", password, err, want)
				}
			}
		})
	}
}

// olareg answers 429 when it is asked too often. Forty tags move all the same.
func TestRateLimit(t *testing.T) {
	host := servers[0].run(t, t.TempDir(), false, "--rate-limit", "60")
	image := host + "/" + app
	digest := push(t, image+":source", labelled("linux/amd64"), false)
	var moving []string
	for n := range 40 {
		moving = append(moving, fmt.Sprintf("ring-%d-latest", n))
	}
	slept, wire, begun := &naps{}, &counter{}, time.Now()
	c := registry.New(registry.Options{Transport: wire, Sleep: slept.sleep})
	r, err := c.Move(t.Context(), registry.Move{Image: image, Digest: digest, Moving: moving})
	if err != nil || len(r.Moved()) != 40 {
		t.Errorf("Move: %v, %d moved, want 40", err, len(r.Moved()))
	}
	// A machine that is slow enough is never asked too often.
	if fast := time.Since(begun) < time.Duration(wire.requests/61)*time.Second; fast && len(slept.all) == 0 {
		t.Errorf("%d requests without a retry", wire.requests)
	}
	for _, d := range slept.all {
		if d != time.Second {
			t.Errorf("waited %v, want the second that Retry-After asks for", d)
		}
	}
	t.Logf("%d requests, %d retries", wire.requests, len(slept.all))
}

func pullRequest(n int) (tagging.Set, error) {
	return tagging.PullRequest{Number: 77, Branch: "ring-0/fix", Iteration: n, RingTag: "ring-0", Revision: strings.Repeat("a", 40)}.Tags()
}

// stock is 10,000 tags, with 12 iterations of pull request 77 and four versions among them, one with a v.
func stock() []string {
	tags := []string{"1.0.0", "1.2.0", "10.0.0-rc.1", "v1.5.0", "buildcache", "latest"}
	for i := 1; i <= 12; i++ {
		tags = append(tags, fmt.Sprintf("pr-77-ring-0-fix-v%d", i))
	}
	for i := 0; len(tags) < 10_000; i++ {
		tags = append(tags, fmt.Sprintf("pr-%d-main-v%d", i%500, i), fmt.Sprintf("pr-%d-%08x", i%500, i))
	}
	return tags
}

func TestTenThousandTags(t *testing.T) {
	manifest := []byte(`{"schemaVersion":2,"mediaType":"` + imageType + `","config":{"mediaType":"application/vnd.oci.empty.v1+json","digest":"` + digestOf([]byte("{}")) + `","size":2},"layers":[]}`)
	for _, s := range servers {
		t.Run(s.name, func(t *testing.T) {
			dir := t.TempDir()
			tags := stock()
			s.stock(t, dir, manifest, tags)
			image := s.run(t, dir, false) + "/" + app

			c := &counter{}
			last, err := registry.New(registry.Options{Transport: c}).LastIteration(t.Context(), image, pullRequest)
			if last != 12 || err != nil {
				t.Errorf("LastIteration = %d, %v, want 12", last, err)
			}
			t.Logf("LastIteration: %d requests", c.requests)
			if c.requests > 3 {
				t.Error("want at most 3 requests")
			}

			c = &counter{}
			versions, err := registry.New(registry.Options{Transport: c}).Versions(t.Context(), image)
			if diff := cmp.Diff([]string{"1.0.0", "1.2.0", "1.5.0", "10.0.0-rc.1"}, versions); err != nil || diff != "" {
				t.Errorf("Versions: %v (-want +got):\n%s", err, diff)
			}
			t.Logf("Versions: %d requests", c.requests)
			if c.requests > 3 {
				t.Error("want at most 3 requests")
			}
		})
	}
}
