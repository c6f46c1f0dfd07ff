package registry_test

import (
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/wizzense/deployment-rings/action/internal/registry"
)

// What was asked for ahead is not asked for again, once: the next question of a tag goes to the registry.
func TestAhead(t *testing.T) {
	w := newWorld(t)
	one := w.store.image(t, "latest", "one")
	w.Ahead(t.Context(), app, "latest", "latest", "missing")
	w.Ahead(t.Context(), "A B", "latest")                     // is nobody's name
	w.Ahead(t.Context(), "127.0.0.1/owner/other", one.Digest) // has it not
	w.wire.wait(t, 3)
	for _, c := range []struct {
		ref, digest string
		requests    int // so far
	}{
		{app + ":latest", one.Digest, 3},
		{app + "@" + one.Digest, one.Digest, 3},
		{app + ":missing", "", 3},
		{"127.0.0.1/owner/other@" + one.Digest, "", 3},
		{app + ":latest", one.Digest, 4},
		{app + ":missing", "", 5},
		{app + "@" + one.Digest, one.Digest, 5},
	} {
		digest, found, err := w.Resolve(t.Context(), c.ref)
		if digest != c.digest || found != (c.digest != "") || err != nil {
			t.Errorf("Resolve(%s) = %s, %v, %v, want %q", c.ref, digest, found, err, c.digest)
		}
		if n := w.wire.requests(); n != c.requests {
			t.Errorf("%s: %d requests so far, want %d: %q", c.ref, n, c.requests, w.wire.log)
		}
	}
	if l, found, err := w.Labels(t.Context(), app+":latest"); !found || err != nil || l.Digest != one.Digest {
		t.Errorf("Labels = %v, %v, %v", l, found, err)
	}
	w.Ahead(t.Context(), app, "latest")
	if l, found, err := w.Labels(t.Context(), app+":latest"); !found || err != nil || len(l.Platforms) != 1 {
		t.Errorf("Labels of a tag that was asked for ahead = %v, %v, %v", l, found, err)
	}
}

// What fails ahead fails where it is needed, and is asked again after that.
func TestAheadFails(t *testing.T) {
	w := newWorld(t)
	one := w.store.image(t, "latest", "one")
	w.wire.fault = func(n int, req *http.Request, send func() *http.Response) (*http.Response, error) {
		if n == 1 {
			return answer(req, http.StatusForbidden, nil, ""), nil
		}
		return send(), nil
	}
	w.Ahead(t.Context(), app, "latest")
	if _, found, err := w.Resolve(t.Context(), app+":latest"); found || err == nil || !strings.Contains(err.Error(), "403") {
		t.Errorf("Resolve = %v, %v, want the failure", found, err)
	}
	if digest, _, err := w.Resolve(t.Context(), app+":latest"); digest != one.Digest || err != nil {
		t.Errorf("Resolve again = %s, %v, want %s", digest, err, one.Digest)
	}
}

// A move of tags that were asked for ahead looks at no others where all else is known; fixed tags are always looked at.
func TestMoveAhead(t *testing.T) {
	for name, c := range map[string]struct {
		ahead, fixed []string
		want         []string // of the look, beside what is asked for ahead
	}{
		"nothing ahead":           {nil, nil, []string{"GET DIGEST", "GET latest", "GET other"}},
		"all but one moving tag":  {[]string{"DIGEST", "latest"}, nil, nil},
		"no manifest":             {[]string{"latest"}, nil, []string{"GET DIGEST", "GET other"}},
		"a fixed tag is not seen": {[]string{"DIGEST", "latest"}, []string{"1.0.0"}, []string{"GET 1.0.0", "GET other"}},
		"a fixed tag is seen":     {[]string{"DIGEST", "latest", "1.0.0"}, []string{"1.0.0"}, nil},
	} {
		w := newWorld(t)
		old, source := w.store.image(t, "latest", "old"), w.store.image(t, "source", "one")
		in := func(all []string) []string {
			var some []string
			for _, text := range all {
				some = append(some, strings.Replace(text, "DIGEST", source.Digest, 1))
			}
			slices.Sort(some)
			return some
		}
		m := registry.Move{Image: app, Digest: source.Digest, Fixed: c.fixed, Moving: []string{"latest", "other"}, DryRun: true}
		for i, identifier := range in(c.ahead) {
			w.Ahead(t.Context(), app, identifier)
			w.wire.wait(t, i+1)
		}
		w.wire.forget()
		seen, err := w.Move(t.Context(), m)
		if err != nil {
			t.Fatal(err)
		}
		got := slices.Clone(w.wire.log)
		slices.Sort(got)
		if diff := cmp.Diff(in(c.want), got); diff != "" {
			t.Errorf("%s: the look asks for (-want +got):\n%s", name, diff)
		}
		w.wire.forget()
		m.DryRun, m.Seen = false, &seen
		r, err := w.Move(t.Context(), m)
		if err != nil || !strings.HasPrefix(w.wire.log[0], "PUT ") || r.Pending() != nil || w.store.tag("other") != source.Digest {
			t.Errorf("%s: Move = %v, pending %q, asks for %q, want to begin with writing", name, err, r.Pending(), w.wire.log)
		}
		if i := slices.IndexFunc(r.Tags, func(t registry.MovedTag) bool { return t.Tag == "latest" }); r.Tags[i].Before != old.Digest {
			t.Errorf("%s: latest pointed to %s before, want %s", name, r.Tags[i].Before, old.Digest)
		}
	}
}

// A fixed tag that points elsewhere is an error before anything is written, also where it was seen ahead.
func TestMoveAheadKeepsFixedTags(t *testing.T) {
	w := newWorld(t)
	w.store.image(t, "1.0.0", "old")
	source := w.store.image(t, "source", "one")
	w.Ahead(t.Context(), app, source.Digest, "1.0.0", "latest")
	m := registry.Move{Image: app, Digest: source.Digest, Fixed: []string{"1.0.0"}, Moving: []string{"latest"}, DryRun: true}
	if _, err := w.Move(t.Context(), m); err == nil || !strings.Contains(err.Error(), "a fixed tag is never moved") || w.wire.puts() != 0 {
		t.Errorf("Move = %v after %d writes, want an error about the fixed tag", err, w.wire.puts())
	}
}

// What a client keeps is bounded: what does not find room is asked for again.
func TestMemoryIsBounded(t *testing.T) {
	w := newWorld(t)
	var digests []string
	for i := range 3 {
		large := w.store.put(t, "", manifest{MediaType: indexType, Annotations: map[string]string{"of": strings.Repeat(string(rune('a'+i)), 3<<20)}})
		digests = append(digests, large.Digest)
	}
	for range 2 {
		for _, digest := range digests {
			if _, found, err := w.Resolve(t.Context(), app+"@"+digest); !found || err != nil {
				t.Fatalf("Resolve = %v, %v", found, err)
			}
		}
	}
	if n := w.wire.requests(); n != 4 {
		t.Errorf("%d requests for three manifests of 3 MB, twice, want 4: two are kept", n)
	}
}
