package registry_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/wizzense/deployment-rings/action/internal/registry"
)

// tagNames makes n tags.
func tagNames(prefix string, n int) []string {
	var names []string
	for i := range n {
		names = append(names, fmt.Sprintf("%s-%d-latest", prefix, i))
	}
	return names
}

// Everything that hangs on a digest is the same before and after, byte for byte.
func TestMoveChangesNoByte(t *testing.T) {
	for _, test := range []struct {
		name string
		push func(*world) descriptor
	}{
		{"an image", func(w *world) descriptor { return w.store.image(t, "source", "one") }},
		{"an index with a signature", func(w *world) descriptor { return w.store.index(t, "source") }},
	} {
		t.Run(test.name, func(t *testing.T) {
			w := newWorld(t)
			source := test.push(w)
			paths := []string{"manifests/source", "manifests/" + source.Digest, "referrers/" + source.Digest}
			var before []string
			for _, path := range paths {
				before = append(before, w.store.get(t, path))
			}

			r, err := w.Move(t.Context(), registry.Move{Image: app, Digest: source.Digest, Fixed: []string{"1.5.0"}, Moving: []string{"latest"}})
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff([]string{"1.5.0", "latest"}, r.Moved()); diff != "" {
				t.Errorf("Moved() (-want +got):\n%s", diff)
			}
			for i, path := range paths {
				if got := w.store.get(t, path); got != before[i] {
					t.Errorf("%s changed:\n%s\nwas:\n%s", path, got, before[i])
				}
			}
			for _, tag := range []string{"1.5.0", "latest"} {
				rec := w.store.do("GET", "manifests/"+tag, "", nil)
				if rec.Body.String() != before[0] || rec.Header().Get("Content-Type") != source.MediaType {
					t.Errorf("%s is %s %s, want the bytes of the source", tag, rec.Header().Get("Content-Type"), rec.Body)
				}
			}
		})
	}
}

func TestMoveNeedsFewRounds(t *testing.T) {
	for _, test := range []struct{ fixed, moving, rounds, requests int }{
		{0, 1, 3, 1 + 1 + 1 + 1},
		{0, 4, 3, 1 + 4 + 4 + 4},
		{0, 40, 3, 1 + 40 + 40 + 40},
		{1, 0, 3, 1 + 1 + 1 + 1},
		{2, 2, 5, 1 + 4 + 2 + 4 + 2 + 4},
		{20, 20, 5, 1 + 40 + 20 + 40 + 20 + 40},
	} {
		t.Run(fmt.Sprintf("%d fixed, %d moving", test.fixed, test.moving), func(t *testing.T) {
			w := newWorld(t)
			source := w.store.image(t, "source", "one")
			m := registry.Move{Image: app, Digest: source.Digest, Fixed: tagNames("v", test.fixed), Moving: tagNames("m", test.moving)}
			if _, err := w.Move(t.Context(), m); err != nil {
				t.Fatal(err)
			}
			if w.wire.rounds() != test.rounds || w.wire.requests() != test.requests {
				t.Errorf("%d rounds, %d requests, want %d and %d:\n%s", w.wire.rounds(), w.wire.requests(), test.rounds, test.requests, strings.Join(w.wire.log, "\n"))
			}

			w.wire.forget()
			r, err := w.Move(t.Context(), m)
			if err != nil || w.wire.puts() != 0 || w.wire.rounds() != 1 || r.Moved() != nil || r.Pending() != nil {
				t.Errorf("again: %v, %d writes, %d rounds, moved %v, pending %v; want none, and one round", err, w.wire.puts(), w.wire.rounds(), r.Moved(), r.Pending())
			}
		})
	}
}

// Fixed tags are written before moving ones, whatever the order in which they are taken up.
func TestMoveWritesFixedTagsFirst(t *testing.T) {
	w := newWorld(t)
	source := w.store.image(t, "source", "one")
	if _, err := w.Move(t.Context(), registry.Move{Image: app, Digest: source.Digest, Fixed: tagNames("v", 9), Moving: tagNames("m", 9)}); err != nil {
		t.Fatal(err)
	}
	moving := false
	for _, line := range w.wire.log {
		moving = moving || strings.HasPrefix(line, "PUT m-")
		if moving && strings.HasPrefix(line, "PUT v-") {
			t.Fatalf("a fixed tag after a moving one:\n%s", strings.Join(w.wire.log, "\n"))
		}
	}
}

func TestMoveTellsWhatTagsPointedTo(t *testing.T) {
	w := newWorld(t)
	old, source := w.store.image(t, "latest", "old"), w.store.image(t, "source", "one")
	r, err := w.Move(t.Context(), registry.Move{Image: app, Digest: source.Digest, Fixed: []string{"source"}, Moving: []string{"latest", "new", "latest"}})
	if err != nil {
		t.Fatal(err)
	}
	want := registry.Result{Digest: source.Digest, Tags: []registry.MovedTag{
		{Tag: "source", Fixed: true, Before: source.Digest, After: source.Digest, Confirmed: true},
		{Tag: "latest", Before: old.Digest, After: source.Digest, Confirmed: true},
		{Tag: "new", Before: "", After: source.Digest, Confirmed: true},
	}}
	if diff := cmp.Diff(want, r); diff != "" {
		t.Errorf("Move (-want +got):\n%s", diff)
	}
}

func TestMoveRefuses(t *testing.T) {
	w := newWorld(t)
	old, source := w.store.image(t, "1.5.0", "old"), w.store.image(t, "source", "one")
	w.store.image(t, "sha-12345678", "old")
	for _, test := range []struct {
		name string
		move registry.Move
		want string
	}{
		{"fixed tags that point elsewhere",
			registry.Move{Image: app, Digest: source.Digest, Fixed: []string{"1.5.0", "sha-12345678", "free"}, Moving: []string{"latest"}},
			app + ":1.5.0 points to " + old.Digest + ", not to " + source.Digest + ": a fixed tag is never moved; give this image another version or iteration\n" +
				app + ":sha-12345678 points to " + old.Digest + ", not to " + source.Digest + ": a fixed tag is never moved; give this image another version or iteration"},
		{"a digest that is not there",
			registry.Move{Image: app, Digest: digestOf(nil), Moving: []string{"latest"}},
			app + "@" + digestOf(nil) + " is not there: push or copy the image to this repository before its tags can move"},
		{"everything at once",
			registry.Move{Image: "A B", Digest: "sha256:1", Fixed: []string{"x", "a b"}, Moving: []string{"x"}},
			"image: repository can only contain the characters `abcdefghijklmnopqrstuvwxyz0123456789_-./`: A B\n" +
				`digest: "sha256:1" is not sha256: and 64 hexadecimal digits in lower case` + "\n" +
				`tag: "a b" is not a tag` + "\n" + `tag: "x" is both fixed and moving`},
		{"nothing to do", registry.Move{Image: app, Digest: source.Digest}, "tags: there are none to move"},
	} {
		t.Run(test.name, func(t *testing.T) {
			w.wire.forget()
			r, err := w.Move(t.Context(), test.move)
			if err == nil || err.Error() != test.want {
				t.Errorf("Move = %v\nwant %s", err, test.want)
			}
			if w.wire.puts() != 0 || r.Tags != nil {
				t.Errorf("%d writes, result %v, want nothing written and no result", w.wire.puts(), r)
			}
		})
	}
	if got := w.store.tag("1.5.0"); got != old.Digest {
		t.Errorf("1.5.0 = %s, want %s", got, old.Digest)
	}
}

func TestMoveDryRunWritesNothing(t *testing.T) {
	w := newWorld(t)
	old, source := w.store.image(t, "latest", "old"), w.store.image(t, "source", "one")
	r, err := w.Move(t.Context(), registry.Move{Image: app, Digest: source.Digest, Fixed: []string{"source"}, Moving: []string{"latest"}, DryRun: true})
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"latest"}, r.Pending()); diff != "" || w.wire.puts() != 0 || w.store.tag("latest") != old.Digest {
		t.Errorf("pending %v, %d writes, latest %s; want latest to be pending and nothing written", r.Pending(), w.wire.puts(), w.store.tag("latest"))
	}
}

func TestResolve(t *testing.T) {
	w := newWorld(t)
	source := w.store.index(t, "source")
	for _, test := range []struct {
		ref, digest string
		found       bool
		err         string
	}{
		{app + ":source", source.Digest, true, ""},
		{app + "@" + source.Digest, source.Digest, true, ""},
		{app + ":missing", "", false, ""},
		{"127.0.0.1/owner/unknown:latest", "", false, ""},
		{app, "", false, `"127.0.0.1/owner/app" has neither tag nor digest`},
		{app + ":a b", "", false, "could not parse reference: 127.0.0.1/owner/app:a b"},
	} {
		digest, found, err := w.Resolve(t.Context(), test.ref)
		if text := fmt.Sprint(err); digest != test.digest || found != test.found || (err == nil) != (test.err == "") || err != nil && text != test.err {
			t.Errorf("Resolve(%s) = %s, %v, %v, want %s, %v, %s", test.ref, digest, found, err, test.digest, test.found, test.err)
		}
	}
}

func TestLabels(t *testing.T) {
	w := newWorld(t)
	image, index := w.store.image(t, "image", "one"), w.store.index(t, "index")
	empty := w.store.putBlob(t, "{}")
	empty.MediaType = "application/vnd.oci.empty.v1+json"
	artifact := w.store.put(t, "artifact", manifest{MediaType: imageType, Config: &empty, Layers: []descriptor{empty}})
	other, arm := w.store.image(t, "", "other"), w.store.image(t, "", "arm64")
	other.Platform = map[string]string{"os": "unknown", "architecture": "unknown"}
	arm.Platform = map[string]string{"os": "linux", "architecture": "arm64", "variant": "v8"}
	unmarked := w.store.put(t, "unmarked", manifest{MediaType: indexType, Manifests: []descriptor{other, arm}})
	platform := func(name, label string) registry.Platform {
		return registry.Platform{Name: name, Labels: map[string]string{"name": label}, Annotations: map[string]string{"of": label}}
	}
	for tag, want := range map[string]registry.Labels{
		"unmarked": {Digest: unmarked.Digest, Platforms: []registry.Platform{platform("linux/arm64/v8", "arm64")}},
		"image":    {Digest: image.Digest, Platforms: []registry.Platform{platform("", "one")}},
		"artifact": {Digest: artifact.Digest, Platforms: []registry.Platform{{}}},
		// The attestation comes first in the index, and is passed over.
		"index": {Digest: index.Digest, Platforms: []registry.Platform{platform("linux/amd64", "amd64"), platform("linux/arm64", "arm64")},
			IndexAnnotations: map[string]string{"of": "index"}},
	} {
		got, found, err := w.Labels(t.Context(), app+":"+tag)
		if diff := cmp.Diff(want, got); err != nil || !found || diff != "" {
			t.Errorf("Labels(%s): %v, %v (-want +got):\n%s", tag, found, err, diff)
		}
	}
	if _, found, err := w.Labels(t.Context(), app+":missing"); found || err != nil {
		t.Errorf("Labels of a missing tag = %v, %v, want false, nil", found, err)
	}
}

func TestLabelsOfBrokenImages(t *testing.T) {
	w := newWorld(t)
	child := w.store.image(t, "", "one")
	child.Platform = map[string]string{"os": "linux", "architecture": "amd64"}
	w.store.put(t, "index", manifest{MediaType: indexType, Manifests: []descriptor{child}})
	w.store.put(t, "empty", manifest{MediaType: indexType})
	if rec := w.store.do("DELETE", "manifests/"+child.Digest, "", nil); rec.Code != http.StatusAccepted {
		t.Fatal(rec.Code)
	}
	for tag, want := range map[string]string{
		"index": "a part of the index",
		"empty": "has no image with a platform",
	} {
		if _, found, err := w.Labels(t.Context(), app+":"+tag); found || err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("Labels(%s) = %v, %v, want an error with %q", tag, found, err, want)
		}
	}
}
