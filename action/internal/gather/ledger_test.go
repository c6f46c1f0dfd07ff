package gather_test

import (
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-containerregistry/pkg/authn"

	"github.com/wizzense/deployment-rings/action/internal/fault"
	"github.com/wizzense/deployment-rings/action/internal/gather"
	"github.com/wizzense/deployment-rings/action/internal/github"
	"github.com/wizzense/deployment-rings/action/internal/image"
	"github.com/wizzense/deployment-rings/action/internal/ledger"
	"github.com/wizzense/deployment-rings/action/internal/ledger/jsonl"
	"github.com/wizzense/deployment-rings/action/internal/registry"
	"github.com/wizzense/deployment-rings/action/internal/versions"
	"github.com/wizzense/deployment-rings/labels"
	"github.com/wizzense/deployment-rings/ringpolicy"
)

var now = time.Date(2026, 3, 10, 12, 0, 0, 0, time.UTC)

// recordedIn is a ledger file with some entries, an hour apart, the last one an hour ago.
func recordedIn(t *testing.T, entries ...ledger.Entry) jsonl.File {
	t.Helper()
	file := jsonl.File{Path: filepath.Join(t.TempDir(), "ledger.jsonl")}
	for i, e := range entries {
		e.At = now.Add(-time.Duration(len(entries)-i) * time.Hour)
		if _, err := file.Append(t.Context(), e); err != nil {
			t.Fatal(err)
		}
	}
	return file
}

func imagesNamed(t *testing.T, names ...string) []image.Name {
	t.Helper()
	all, err := image.Parse(names)
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// TestKnowsRing: a ring that the policy does not have, or that nobody names, is a problem, and an earlier one keeps the answer back.
func TestKnowsRing(t *testing.T) {
	policy := parsed(t, "version: 1\nrings: [{name: a, branches: [main], soak: {min: 1m}}, {name: b}]\n")
	for _, c := range []struct {
		ring    string
		earlier error
		want    bool
		says    string
	}{
		{"b", nil, true, "<nil>"},
		{"b", errors.New("another problem"), false, "another problem"},
		{"", nil, false, "ring: neither the input nor the evidence names the target ring"},
		{"c", nil, false, `ring: the policy has no ring "c", its rings are a, b`},
	} {
		var l fault.Log
		l.Add(c.earlier)
		got := gather.KnowsRing(&l, policy, c.ring)
		if says := fmt.Sprint(l.Problems); got != c.want || says != c.says {
			t.Errorf("KnowsRing(%q) after %v = %t, %s, want %t, %s", c.ring, c.earlier, got, says, c.want, c.says)
		}
	}
}

// TestKnowsGitHub: it takes a token and a repository.
func TestKnowsGitHub(t *testing.T) {
	for _, c := range []struct {
		token, repository string
		want              bool
	}{{"", "", false}, {"t", "", false}, {"", "o/r", false}, {"t", "o/r", true}} {
		clients := gather.NewClients(registry.Options{}, github.Options{Token: c.token, Repository: c.repository})
		var l fault.Log
		if got, client := clients.KnowsGitHub(), clients.GitHub(&l); got != c.want || (client != nil) != c.want || l.Problems != nil {
			t.Errorf("with the token %q and the repository %q KnowsGitHub = %v, a client: %v, %v, want %v", c.token, c.repository, got, client != nil, l.Problems, c.want)
		}
	}
}

// TestOpen has what is recorded in a ring, what its tag points to, and which image an outcome without a digest is of. A success is
// of no image that the tag has left.
func TestOpen(t *testing.T) {
	s := newStore(t)
	tagged := s.push(t, "dev-latest", map[string]string{"a": "1"})
	other := s.push(t, "other", map[string]string{"a": "2"})
	entry := func(digest string, outcome ringpolicy.Outcome) ledger.Entry {
		return ledger.Entry{Ring: "dev", Digest: digest, Outcome: outcome, Images: []string{s.image}}
	}
	began, ended := ringpolicy.OutcomeInProgress, ringpolicy.OutcomeFailure
	for _, c := range []struct {
		name          string
		recorded      []ledger.Entry
		outcome       ringpolicy.Outcome
		want, problem string
	}{
		{"nothing is recorded", nil, ringpolicy.OutcomeSuccess, tagged, ""},
		{"the open one is tagged", []ledger.Entry{entry(tagged, began)}, ringpolicy.OutcomeSuccess, tagged, ""},
		{"the tag has moved on", []ledger.Entry{entry(other, began)}, ringpolicy.OutcomeSuccess, "", "but the ring's tag points to " + tagged + ", another image"},
		{"a failure of the one that is open", []ledger.Entry{entry(other, began)}, ringpolicy.OutcomeFailure, other, ""},
		{"none is open any more", []ledger.Entry{entry(other, began), entry(other, ended)}, ringpolicy.OutcomeSuccess, tagged, ""},
		{"of another image name", []ledger.Entry{{Ring: "dev", Digest: other, Outcome: began, Images: []string{"ghcr.io/o/other"}}}, ringpolicy.OutcomeFailure, tagged, ""},
	} {
		f := gather.Facts{Policy: ringpolicy.Builtin(), Images: imagesNamed(t, s.image), File: ringpolicy.Evidence{Subject: ringpolicy.Subject{To: "dev", Image: s.image}}}
		var l fault.Log
		if err := gather.Recorded(t.Context(), &l, s.clients, recordedIn(t, c.recorded...), &f, ledger.Entry{Ring: "dev", At: now}); err != nil {
			t.Fatal(err)
		}
		got, err := gather.Open(t.Context(), s.clients, f.Ledger, f, ledger.Entry{Ring: "dev", At: now, Outcome: c.outcome})
		if got != c.want || (err == nil) != (c.problem == "") || err != nil && !strings.Contains(err.Error(), c.problem) {
			t.Errorf("%s: Open = %q, %v, want %q and the error %q", c.name, got, err, c.want, c.problem)
		}
	}
}

// TestConcerned has what is recorded in a ring, what it runs by that, and which image a signal without a digest is of.
func TestConcerned(t *testing.T) {
	one, two := "sha256:"+strings.Repeat("1", 64), "sha256:"+strings.Repeat("2", 64)
	entry := func(digest string, outcome ringpolicy.Outcome) ledger.Entry {
		return ledger.Entry{Ring: "dev", Digest: digest, Outcome: outcome, Images: []string{"ghcr.io/o/app"}}
	}
	success, back := ringpolicy.OutcomeSuccess, ringpolicy.OutcomeRolledBack
	for _, c := range []struct {
		recorded   []ledger.Entry
		runs, want string
	}{
		{nil, "", ""},
		{[]ledger.Entry{entry(one, success)}, one, one},
		{[]ledger.Entry{entry(one, success), entry(two, success)}, two, two},
		{[]ledger.Entry{entry(one, success), entry(two, ringpolicy.OutcomeInProgress)}, one, one},
		{[]ledger.Entry{entry(one, success), entry(two, ringpolicy.OutcomeFailure)}, one, two},
		{[]ledger.Entry{entry(two, ringpolicy.OutcomeFailure)}, "", two},
		{[]ledger.Entry{entry(one, success), entry(two, ringpolicy.OutcomeFailure), entry(two, back)}, one, one},
		{[]ledger.Entry{entry(one, success), entry(one, back)}, "", ""},
		{[]ledger.Entry{{Ring: "staging", Digest: one, Outcome: success, Images: []string{"ghcr.io/o/app"}}}, "", ""},
	} {
		var l fault.Log
		f := gather.Facts{Policy: ringpolicy.Builtin(), Images: imagesNamed(t, "ghcr.io/o/app")}
		if err := gather.Recorded(t.Context(), &l, gather.NewClients(registry.Options{}, github.Options{}), recordedIn(t, c.recorded...), &f, ledger.Entry{Ring: "dev", At: now}); err != nil {
			t.Fatal(err)
		}
		if got, _ := f.Ledger.Current("dev"); got.Digest != c.runs {
			t.Errorf("after %d entries Current = %q, want %q", len(c.recorded), got.Digest, c.runs)
		}
		got, err := gather.Concerned(f.Ledger, "dev", now.Add(time.Hour))
		if got != c.want || (err == nil) != (c.want != "") {
			t.Errorf("after %d entries Concerned = %q, %v, want %q", len(c.recorded), got, err, c.want)
		}
	}
}

// TestPromoted: the commit of the ledger does not count where the platforms of the image do not agree on theirs.
func TestPromoted(t *testing.T) {
	s := newStore(t)
	one, two, recorded := strings.Repeat("1", 40), strings.Repeat("2", 40), strings.Repeat("3", 40)
	of := func(revision string) map[string]string {
		m, err := labels.Image{Revision: revision}.Map("")
		if err != nil {
			t.Fatal(err)
		}
		return m
	}
	for _, c := range []struct {
		name             string
		platforms        []map[string]string
		written, evident string // commits of the ledger and of the evidence
		want             string
	}{
		{"the labels say it", []map[string]string{of(one)}, "", "", one},
		{"the ledger comes first", []map[string]string{of(one)}, recorded, "", recorded},
		{"the platforms do not agree", []map[string]string{of(one), of(two)}, recorded, "", ""},
		{"the evidence counts all the same", []map[string]string{of(one), of(two)}, recorded, two, two},
		{"nothing says it", []map[string]string{nil}, "", "", ""},
	} {
		var l fault.Log
		digest := s.push(t, "latest", c.platforms...)
		f := gather.Facts{Policy: ringpolicy.Builtin(), Images: imagesNamed(t, s.image), File: ringpolicy.Evidence{Subject: ringpolicy.Subject{To: "staging", Image: s.image, Digest: digest, Revision: c.evident}}}
		f.Ledger.Add("dev", ledger.Entry{ID: "1", At: now, Ring: "dev", Digest: digest, Revision: c.written, Outcome: ringpolicy.OutcomeSuccess})
		gather.Candidate(t.Context(), &l, s.clients, gather.Ask{}, &f)
		gather.Promoted(t.Context(), &l, s.clients, &f)
		if got := f.Evidence.Subject.Revision; got != c.want || l.Problems != nil {
			t.Errorf("%s: the commit is %q, %v, want %q", c.name, got, l.Problems, c.want)
		}
	}
}

// TestKnownVersions has which images are quarantined in the last ring, and the versions that count: all but those above the release
// of which every tag points to a quarantined image.
func TestKnownVersions(t *testing.T) {
	s := newStore(t)
	digests := map[string]string{}
	for _, tag := range []string{"1.4.0", "1.6.0", "2.0.0-rc.1", "2.0.0"} {
		digests[tag] = s.push(t, tag, map[string]string{"a": tag})
	}
	last, _ := ringpolicy.Builtin().Last()
	out := func(tags ...string) []ringpolicy.Quarantine {
		all := []ringpolicy.Quarantine{}
		for _, tag := range tags {
			all = append(all, ringpolicy.Quarantine{Ring: last.Name, Digest: digests[tag], At: now})
		}
		return all
	}
	elsewhere := out("2.0.0")
	elsewhere[0].Ring = "dev"
	for _, c := range []struct {
		name       string
		quarantine []ringpolicy.Quarantine
		want       []string
		note       string
	}{
		{"none", out(), []string{"1.4.0", "1.6.0", "2.0.0", "2.0.0-rc.1"}, ""},
		{"the highest", out("2.0.0"), []string{"1.4.0", "1.6.0", "2.0.0-rc.1"}, "quarantined in the last ring, and so no reason to hold a lower version back: 2.0.0"},
		{"all above", out("2.0.0", "1.6.0"), []string{"1.4.0", "2.0.0-rc.1"}, "quarantined in the last ring, and so no reason to hold a lower version back: 2.0.0, 1.6.0"},
		{"one below, which holds nothing back", out("1.4.0"), []string{"1.4.0", "1.6.0", "2.0.0", "2.0.0-rc.1"}, ""},
		{"a pre-release, which holds nothing back", out("2.0.0-rc.1"), []string{"1.4.0", "1.6.0", "2.0.0", "2.0.0-rc.1"}, ""},
		{"in another ring", elsewhere, []string{"1.4.0", "1.6.0", "2.0.0", "2.0.0-rc.1"}, ""},
	} {
		var l fault.Log
		images := imagesNamed(t, s.image)
		f := gather.Facts{Policy: ringpolicy.Builtin(), Images: images, File: ringpolicy.Evidence{Quarantine: c.quarantine}}
		got := versions.Known(t.Context(), &l, s.clients, nil, f, "1.5.0", versions.Start(t.Context(), s.clients, images))
		_, notes := texts(l)
		if !slices.Equal(got, c.want) || l.Problems != nil || (c.note == "") != (notes == nil) || notes != nil && !strings.HasSuffix(notes[0], c.note) {
			t.Errorf("%s: KnownVersions = %q, %v, %q, want %q and %q", c.name, got, l.Problems, notes, c.want, c.note)
		}
	}
}

// TestStatus: what an evidence file says of the rings is of its image alone, and the ledger has each image's own records.
func TestStatus(t *testing.T) {
	one, two := "sha256:"+strings.Repeat("1", 64), "sha256:"+strings.Repeat("2", 64)
	from := recordedIn(t, ledger.Entry{Ring: "dev", Digest: one, Outcome: ringpolicy.OutcomeSuccess, Images: []string{"ghcr.io/o/app"}},
		ledger.Entry{Ring: "dev", Digest: two, Outcome: ringpolicy.OutcomeSuccess, Images: []string{"ghcr.io/o/other"}})
	file := ringpolicy.Evidence{Now: now, Rings: map[string]ringpolicy.RingFacts{"dev": {History: []ringpolicy.Record{}}}}
	for _, c := range []struct {
		name   string
		images []string // in the input
		of     string   // the image that the file is about
		file   ringpolicy.Evidence
		want   map[string][]string // by image: digests that the ring dev ran
	}{
		{"the images of the ledger", nil, "", ringpolicy.Evidence{Now: now}, map[string][]string{"ghcr.io/o/app": {one}, "ghcr.io/o/other": {two}}},
		{"the file is about one", []string{"ghcr.io/o/app", "ghcr.io/o/other"}, "ghcr.io/o/app", file, map[string][]string{"ghcr.io/o/app": nil, "ghcr.io/o/other": {two}}},
	} {
		var l fault.Log
		f := gather.Facts{Policy: ringpolicy.Builtin(), File: c.file, Images: imagesNamed(t, c.images...)}
		got := map[string][]string{}
		for _, row := range gather.Status(t.Context(), &l, gather.NewClients(registry.Options{}, github.Options{}), from, gather.Ask{}, f, c.of) {
			var ran []string
			for _, r := range row.Evidence.Rings["dev"].History {
				ran = append(ran, r.Digest)
			}
			got[row.Evidence.Subject.Image] = ran
		}
		if diff := cmp.Diff(c.want, got); diff != "" || l.Problems != nil {
			t.Errorf("%s: %v, the images and what they ran in dev (-want +got):\n%s", c.name, l.Problems, diff)
		}
	}
}

// TestReleasedVersions: whether a version that was taken back is released again GitHub knows. Where it does not answer the version
// counts, so that no lower one takes its place.
func TestReleasedVersions(t *testing.T) {
	s := newStore(t)
	digest := s.push(t, "2.0.0", map[string]string{"a": "2.0.0"})
	last, _ := ringpolicy.Builtin().Last()
	entry := func(outcome ringpolicy.Outcome) ledger.Entry {
		return ledger.Entry{Ring: last.Name, Digest: digest, Revision: strings.Repeat("ab", 20), Outcome: outcome, Images: []string{s.image}}
	}
	from := recordedIn(t, entry(ringpolicy.OutcomeSuccess), entry(ringpolicy.OutcomeRolledBack))
	refuses := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusForbidden) }))
	t.Cleanup(refuses.Close)
	for _, c := range []struct {
		name string
		from ledger.Ledger
		to   github.Options
		want []string
	}{
		{"no ledger", nil, github.Options{}, []string{"2.0.0"}},
		{"no GitHub to ask", from, github.Options{}, nil},
		{"GitHub does not say", from, github.Options{Token: "t", Repository: "o/r", Root: refuses.URL}, []string{"2.0.0"}},
	} {
		var l fault.Log
		clients := gather.NewClients(registry.Options{Keychain: authn.NewMultiKeychain()}, c.to)
		images := imagesNamed(t, s.image)
		f := gather.Facts{Policy: ringpolicy.Builtin(), Images: images}
		got := versions.Known(t.Context(), &l, clients, c.from, f, "1.5.0", versions.Start(t.Context(), clients, images))
		if !slices.Equal(got, c.want) || l.Problems != nil {
			t.Errorf("%s: KnownVersions = %q, %v, want %q", c.name, got, l.Problems, c.want)
		}
	}
}
