package gather_test

import (
	"io"
	"log"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-containerregistry/pkg/authn"
	"github.com/google/go-containerregistry/pkg/name"
	ggcr "github.com/google/go-containerregistry/pkg/registry"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/empty"
	"github.com/google/go-containerregistry/pkg/v1/mutate"
	"github.com/google/go-containerregistry/pkg/v1/remote"

	"github.com/wizzense/deployment-rings/action/internal/fault"
	"github.com/wizzense/deployment-rings/action/internal/gather"
	"github.com/wizzense/deployment-rings/action/internal/github"
	"github.com/wizzense/deployment-rings/action/internal/registry"
	"github.com/wizzense/deployment-rings/labels"
	"github.com/wizzense/deployment-rings/ringpolicy"
)

// A store is a registry in memory with one image name.
type store struct {
	image   string
	clients *gather.Clients
}

func newStore(t *testing.T) store {
	t.Helper()
	server := httptest.NewServer(ggcr.New(ggcr.Logger(log.New(io.Discard, "", 0))))
	t.Cleanup(server.Close)
	clients := gather.NewClients(registry.Options{Keychain: authn.NewMultiKeychain()}, github.Options{})
	return store{strings.TrimPrefix(server.URL, "http://") + "/owner/app", clients}
}

// push pushes an image with a platform for each of some labels, and returns its digest.
func (s store) push(t *testing.T, tag string, platforms ...map[string]string) string {
	t.Helper()
	var parts []mutate.IndexAddendum
	for i, l := range platforms {
		image, err := mutate.Config(empty.Image, v1.Config{Labels: l})
		if err != nil {
			t.Fatal(err)
		}
		parts = append(parts, mutate.IndexAddendum{Add: image, Descriptor: v1.Descriptor{Platform: &v1.Platform{OS: "linux", Architecture: []string{"amd64", "arm64"}[i]}}})
	}
	index := mutate.AppendManifests(empty.Index, parts...)
	ref, err := name.NewTag(s.image + ":" + tag)
	if err != nil {
		t.Fatal(err)
	}
	if err := remote.WriteIndex(ref, index); err != nil {
		t.Fatal(err)
	}
	digest, err := index.Digest()
	if err != nil {
		t.Fatal(err)
	}
	return digest.String()
}

func parsed(t *testing.T, text string) *ringpolicy.Policy {
	t.Helper()
	p, err := ringpolicy.Parse("rings.yml", []byte(text))
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func texts(l fault.Log) (problems string, notes []string) {
	if l.Problems != nil {
		problems = l.Problems.Error()
	}
	for _, n := range l.Notes {
		notes = append(notes, n.String())
	}
	return problems, notes
}

// TestReadLabels has what the platforms of an image say, and what is known of the image by that: what they do not agree on is not.
func TestReadLabels(t *testing.T) {
	s := newStore(t)
	f := gather.Facts{Policy: ringpolicy.Builtin(), File: ringpolicy.Evidence{Subject: ringpolicy.Subject{Image: s.image}}}
	one, two := strings.Repeat("1", 40), strings.Repeat("2", 40)
	of := func(revision string, number int) map[string]string {
		m, err := labels.Image{Revision: revision, PullRequest: number}.Map(f.Policy.LabelPrefix("app"))
		if err != nil {
			t.Fatal(err)
		}
		return m
	}
	const differ = "warning: the platforms of the image do not agree on its "
	for _, c := range []struct {
		name      string
		platforms []map[string]string
		revision  string
		number    int
		notes     []string
	}{
		{"one platform", []map[string]string{of(one, 7)}, one, 7, nil},
		{"two that agree", []map[string]string{of(one, 7), of(one, 7)}, one, 7, nil},
		{"two commits", []map[string]string{of(one, 7), of(two, 7)}, "", 7, []string{differ + "revision, so it is not known: " + one + " (linux/amd64), " + two + " (linux/arm64)"}},
		{"one without a commit", []map[string]string{of("", 7), of(two, 7)}, "", 7, []string{differ + "revision, so it is not known: " + two + " (linux/arm64), none (linux/amd64)"}},
		{"two pull requests", []map[string]string{of(one, 7), of(one, 8)}, one, 0, []string{differ + "pull request, so it is not known: #7 (linux/amd64), #8 (linux/arm64)"}},
		{"one without a pull request", []map[string]string{of(one, 7), of(one, 0)}, one, 0, []string{differ + "pull request, so it is not known: #7 (linux/amd64), none (linux/arm64)"}},
		{"no labels", []map[string]string{nil, nil}, "", 0, nil},
	} {
		var l fault.Log
		got, err := gather.ReadLabels(t.Context(), &l, s.clients, f, s.push(t, "latest", c.platforms...))
		problems, notes := texts(l)
		if err != nil || problems != "" || got.Revision != c.revision || got.PullRequest != c.number || !slices.Equal(notes, c.notes) {
			t.Errorf("%s: ReadLabels = %q, #%d, %v, with the notes %q, want %q, #%d and %q", c.name, got.Revision, got.PullRequest, err, notes, c.revision, c.number, c.notes)
		}
	}
	var l fault.Log
	if _, err := gather.ReadLabels(t.Context(), &l, s.clients, f, "sha256:"+strings.Repeat("0", 64)); err == nil || !fault.IsFailure(err) {
		t.Errorf("ReadLabels of no image: %v, want a failure", err)
	}
}

// TestCandidate has what an image is named by, and which image it is. Where two facts differ none is guessed.
func TestCandidate(t *testing.T) {
	s := newStore(t)
	one := s.push(t, "a-latest", map[string]string{"org.opencontainers.image.revision": strings.Repeat("1", 40)})
	two := s.push(t, "other-latest", map[string]string{"org.opencontainers.image.revision": strings.Repeat("2", 40)})
	s.push(t, "same-latest", map[string]string{"org.opencontainers.image.revision": strings.Repeat("1", 40)})
	into := func(after string) *ringpolicy.Policy {
		return parsed(t, "version: 1\nrings: [{name: a, soak: {min: 1h}}, {name: same, after: [a], soak: {min: 1h}}, {name: other, after: [a], soak: {min: 1h}}, {name: missing, after: [a], soak: {min: 1h}}, {name: to, after: ["+after+"]}]\n")
	}
	for _, c := range []struct {
		name, to, after string
		ask             gather.Ask
		file            string // the digest in the evidence
		want, problem   string
	}{
		{"by digest", "to", "a", gather.Ask{Digest: two}, "", two, ""},
		{"by tag", "to", "a", gather.Ask{Tag: "other-latest"}, "", two, ""},
		{"by the evidence", "to", "a", gather.Ask{}, two, two, ""},
		{"as the ring before runs it", "to", "a", gather.Ask{}, "", one, ""},
		{"as both rings before run it", "to", "a, same", gather.Ask{}, "", one, ""},
		{"the rings before differ", "to", "a, other", gather.Ask{}, "", "", "digest: the rings before to run different images (a-latest is " + one + ", other-latest is " + two + "): name one"},
		{"one of three differs", "to", "a, same, other", gather.Ask{}, "", "", "run different images"},
		{"a ring before runs none", "to", "a, missing", gather.Ask{}, "", "", "there is no tag missing-latest of " + s.image},
		{"no ring is before", "a", "a", gather.Ask{}, "", "", "digest: ring a comes after no ring, so give the digest or the tag of the image"},
		{"tag and digest agree", "to", "a", gather.Ask{Digest: one, Tag: "a-latest"}, "", one, ""},
		{"tag and digest differ", "to", "a", gather.Ask{Digest: one, Tag: "other-latest"}, "", "", "tag: other-latest is " + two + ", but digest is " + one + ": give one of them"},
		{"digest and evidence differ", "to", "a", gather.Ask{Digest: one}, two, "", `digest: "` + one + `" is given, but the evidence is about "` + two[:71]},
		{"no such tag", "to", "a", gather.Ask{Tag: "none"}, "", "", "there is no tag none of " + s.image},
	} {
		var l fault.Log
		f := gather.Facts{Policy: into(c.after), File: ringpolicy.Evidence{Subject: ringpolicy.Subject{To: c.to, Image: s.image, Digest: c.file}}}
		gather.Candidate(t.Context(), &l, s.clients, c.ask, &f)
		problems, _ := texts(l)
		if c.problem == "" && (problems != "" || f.Evidence.Subject.Digest != c.want) || c.problem != "" && !strings.Contains(problems, c.problem) {
			t.Errorf("%s: Candidate finds %s, with the problems %s, want %s, %s", c.name, f.Evidence.Subject.Digest, problems, c.want, c.problem)
		}
	}
}

// TestAgreeImage has the names in the input and in the evidence, and those that count.
func TestAgreeImage(t *testing.T) {
	for _, c := range []struct {
		name       string
		given      []string
		evidence   string
		repository string
		want       []string
		about      string // the image that the evidence is about afterwards
		problem    string
	}{
		{"the repository", nil, "", "Owner/App", []string{"ghcr.io/owner/app"}, "ghcr.io/owner/app", ""},
		{"the input", []string{"ghcr.io/o/app", "docker.io/o/app"}, "", "Owner/App", []string{"ghcr.io/o/app", "docker.io/o/app"}, "ghcr.io/o/app", ""},
		{"the evidence", nil, "ghcr.io/o/app", "Owner/App", []string{"ghcr.io/o/app"}, "ghcr.io/o/app", ""},
		{"both", []string{"docker.io/o/app", "ghcr.io/o/app"}, "ghcr.io/o/app", "", []string{"docker.io/o/app", "ghcr.io/o/app"}, "ghcr.io/o/app", ""},
		{"they differ", []string{"ghcr.io/o/other"}, "ghcr.io/o/app", "", []string{"ghcr.io/o/other"}, "ghcr.io/o/app", `image: ghcr.io/o/other is given, but the evidence is about "ghcr.io/o/app"`},
		{"none", nil, "", "", nil, "", ""},
		{"no name", []string{"ghcr.io/o/app:latest"}, "", "", nil, "", "image: "},
	} {
		var l fault.Log
		about := c.evidence
		var got []string
		for _, n := range gather.AgreeImage(&l, gather.Ask{Images: c.given, Repository: c.repository}, &about) {
			got = append(got, n.String())
		}
		problems, _ := texts(l)
		if !slices.Equal(got, c.want) || about != c.about || !strings.HasPrefix(problems, c.problem) || (problems == "") != (c.problem == "") {
			t.Errorf("%s: AgreeImage = %q about %q, with the problems %q, want %q about %q and %q", c.name, got, about, problems, c.want, c.about, c.problem)
		}
	}
}
