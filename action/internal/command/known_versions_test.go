package command

import (
	"fmt"
	"net/http"
	"path"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/wizzense/deployment-rings/action/internal/cli"
	"github.com/wizzense/deployment-rings/action/internal/ledger"
	"github.com/wizzense/deployment-rings/action/internal/ledger/jsonl"
	"github.com/wizzense/deployment-rings/ringpolicy"
)

const (
	movesLatest = "moving latest stable, held "
	holdsLatest = "moving , held latest stable"
)

// latest says what a plan does with the tags latest and stable.
func latest(r ran) string {
	list := func(name string) string { return strings.ReplaceAll(r.outputs[name], "\n", " ") }
	return "moving " + list("moving-tags") + ", held " + list("held-tags")
}

// TestKnownVersions has what is pushed or listed, and what a release of 1.5.0 does then.
func TestKnownVersions(t *testing.T) {
	for _, tt := range []struct {
		pushed []string
		known  string
		want   string
	}{
		{nil, "registry", movesLatest},
		{[]string{"1.4.9", "v1.4.8", "2.0.0-rc.1", "v2.0.0-rc.1"}, "registry", movesLatest},
		{[]string{"1.5.0", "v1.5.0", "1.5.0_b.7"}, "registry", movesLatest},
		{[]string{"2.0.0"}, "registry", holdsLatest},
		{[]string{"v2.0.0"}, "registry", holdsLatest},
		{[]string{"v2.0.0_b.7"}, "registry", holdsLatest},
		{[]string{"9.9", "V8.0.0", "vv8.0.0", "latest-9.9.9", "9.0.0.1", "v9.0.0.1", "v9"}, "registry", movesLatest}, // no versions
		{nil, "2.0.0", holdsLatest},
		{nil, "v1.4.0\nv2.0.0", holdsLatest},
		{nil, "1.4.0", movesLatest},
		{nil, "2.0.0-rc.1", movesLatest},
	} {
		w := newWorld(t)
		if len(tt.pushed) > 0 {
			w.push(nil, tt.pushed...)
		}
		r := w.ok("plan", "release-tag", "v1.5.0", "revision", headCommit, "known-versions", tt.known)
		if got := latest(r); got != tt.want {
			t.Errorf("plan 1.5.0 beside %q with known-versions %q: %s, want %s", tt.pushed, tt.known, got, tt.want)
		}
	}
}

// What is no version is ignored among tags, and an error in a list, which a person wrote.
func TestKnownVersionsThatAreNone(t *testing.T) {
	for junk, want := range map[string]string{
		"1.4":             `"1.4" is not a SemVer version`,
		"nightly":         `"nightly" is not a SemVer version`,
		"1.4.0.1":         `"1.4.0.1" has four numbers, and SemVer has three: give a hotfix the next patch number, as in 1.4.1`,
		"1.0.0\nregistry": `"registry" is not a SemVer version`,
	} {
		r := newWorld(t).run("plan", "release-tag", "v1.5.0", "revision", headCommit, "known-versions", junk)
		if r.code != cli.ExitUsage || !strings.Contains(r.stdout, "known-versions: version: "+want) {
			t.Errorf("plan with known-versions %q = %d, want %d and %s\n%s", junk, r.code, cli.ExitUsage, want, r.stdout)
		}
	}
}

// heads counts the requests for single tags.
type heads struct{ n atomic.Int32 }

func (h *heads) RoundTrip(r *http.Request) (*http.Response, error) {
	if r.Method == http.MethodHead && path.Base(path.Dir(r.URL.Path)) == "manifests" {
		h.n.Add(1)
	}
	return http.DefaultTransport.RoundTrip(r)
}

// TestQuarantinedVersions: a version that was taken back in the last ring holds no lower version back. Each version above is
// asked for under both spellings, and only where there is a quarantine.
func TestQuarantinedVersions(t *testing.T) {
	back, success := ringpolicy.OutcomeRolledBack, ringpolicy.OutcomeSuccess
	type record struct {
		ring, tag string
		outcome   ringpolicy.Outcome
		change    func(*ledger.Entry)
	}
	in := func(tag string, outcome ringpolicy.Outcome) record { return record{"production", tag, outcome, nil} }
	for name, tt := range map[string]struct {
		pushed  string // images with spaces between, each with its tags
		records []record
		want    string
		heads   int
		out     string // versions that do not count
	}{
		"nothing recorded":                    {"1.6.0", nil, holdsLatest, 0, ""},
		"nothing taken back":                  {"1.6.0", []record{in("1.6.0", success)}, holdsLatest, 0, ""},
		"taken back":                          {"1.6.0", []record{in("1.6.0", success), in("1.6.0", back)}, movesLatest, 2, "1.6.0"},
		"taken back, with a v":                {"v1.6.0", []record{in("v1.6.0", back)}, movesLatest, 2, "1.6.0"},
		"taken back, with build metadata":     {"1.6.0_b", []record{in("1.6.0_b", back)}, movesLatest, 2, "1.6.0+b"},
		"one of two tags taken back":          {"1.6.0 v1.6.0", []record{in("1.6.0", back)}, holdsLatest, 2, ""},
		"both tags on what was taken back":    {"1.6.0,v1.6.0", []record{in("1.6.0", back)}, movesLatest, 2, "1.6.0"},
		"another one above":                   {"1.6.0 1.7.0", []record{in("1.7.0", back)}, holdsLatest, 4, "1.7.0"},
		"both above":                          {"1.6.0 1.7.0", []record{in("1.7.0", back), in("1.6.0", back)}, movesLatest, 4, "1.7.0, 1.6.0"},
		"one below":                           {"1.4.0", []record{in("1.4.0", back)}, movesLatest, 0, ""},
		"another image of that version":       {"1.6.0 old", []record{in("old", back)}, holdsLatest, 2, ""},
		"in another ring":                     {"1.6.0", []record{{"ring-2", "1.6.0", back, nil}}, holdsLatest, 0, ""},
		"gone back to by a person":            {"1.6.0", []record{in("1.6.0", back), {"production", "1.6.0", success, func(e *ledger.Entry) { e.Rollback = true }}}, holdsLatest, 0, ""},
		"of another image":                    {"1.6.0", []record{{"production", "1.6.0", back, func(e *ledger.Entry) { e.Images = []string{"ghcr.io/acme/other"} }}}, holdsLatest, 0, ""},
		"more above than are looked at":       {"2.0.0,2.0.1,2.0.2,2.0.3,2.0.4,2.0.5,2.0.6,2.0.7,2.0.8,2.0.9,2.0.10", []record{in("2.0.0", back)}, holdsLatest, 20, "2.0.10, 2.0.9, 2.0.8, 2.0.7, 2.0.6, 2.0.5, 2.0.4, 2.0.3, 2.0.2, 2.0.1"},
		"as many above as are looked at":      {"2.0.1,2.0.2,2.0.3,2.0.4,2.0.5,2.0.6,2.0.7,2.0.8,2.0.9,2.0.10", []record{in("2.0.1", back)}, movesLatest, 20, "2.0.10, 2.0.9, 2.0.8, 2.0.7, 2.0.6, 2.0.5, 2.0.4, 2.0.3, 2.0.2, 2.0.1"},
		"a pre-release above is not asked of": {"1.6.0 2.0.0-rc.1", []record{in("1.6.0", back)}, movesLatest, 2, "1.6.0"},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			for _, tags := range strings.Fields(tt.pushed) {
				w.push(nil, strings.Split(tags, ",")...)
			}
			file := jsonl.File{Path: w.ledger}
			for i, r := range tt.records {
				e := ledger.Entry{At: time.Unix(1_700_000_000+int64(i)*3600, 0), Ring: r.ring, Outcome: r.outcome, Digest: w.digest(r.tag), Images: []string{w.image}}
				if r.change != nil {
					r.change(&e)
				}
				if _, err := file.Append(t.Context(), e); err != nil {
					t.Fatal(err)
				}
			}
			count := &heads{}
			w.transport = count
			r := w.ok("plan", "release-tag", "v1.5.0", "revision", headCommit, "known-versions", "registry")
			if got := latest(r); got != tt.want || int(count.n.Load()) != tt.heads {
				t.Errorf("plan 1.5.0: %s after %d requests for tags, want %s and %d\n%s", got, count.n.Load(), tt.want, tt.heads, r.stdout)
			}
			_, said, _ := strings.Cut(r.stdout, "::notice::quarantined in the last ring, and so no reason to hold a lower version back: ")
			if said, _, _ = strings.Cut(said, "\n"); said != tt.out {
				t.Errorf("plan 1.5.0 says that %q are in quarantine, want %q", said, tt.out)
			}
		})
	}
}

// forgetful is a registry that lists tags and no longer has them.
type forgetful struct{}

func (forgetful) RoundTrip(r *http.Request) (*http.Response, error) {
	if path.Base(path.Dir(r.URL.Path)) == "manifests" {
		return &http.Response{StatusCode: http.StatusNotFound, Body: http.NoBody, Request: r}, nil
	}
	return http.DefaultTransport.RoundTrip(r)
}

// A version whose image is not to be found was not taken back, as far as is known.
func TestVersionThatIsGone(t *testing.T) {
	w := newWorld(t)
	e := ledger.Entry{At: time.Unix(1e9, 0), Ring: "production", Outcome: ringpolicy.OutcomeRolledBack, Digest: w.push(nil, "1.6.0")}
	if _, err := (jsonl.File{Path: w.ledger}).Append(t.Context(), e); err != nil {
		t.Fatal(err)
	}
	w.transport = forgetful{}
	if got := latest(w.ok("plan", "release-tag", "v1.5.0", "revision", headCommit, "known-versions", "registry")); got != holdsLatest {
		t.Errorf("plan 1.5.0 below a version that is listed and gone: %s, want %s", got, holdsLatest)
	}
}

// A pre-release moves no tag, so nothing is asked for it.
func TestPrereleaseAsksForNoVersions(t *testing.T) {
	w := newWorld(t)
	w.image = "127.0.0.1:1/owner/app"
	r := w.ok("plan", "release-tag", "v1.5.0-rc.1", "revision", headCommit, "known-versions", "registry")
	w.outputs(r, "tag-names", "1.5.0-rc.1\nsha-a1b2c3d4")
}

// A list is what a person knows, and no ledger is asked then. Nor is one needed where nothing is higher.
func TestKnownVersionsWithoutALedger(t *testing.T) {
	w := newWorld(t)
	taken := w.push(nil, "1.6.0")
	for known, want := range map[string]string{"1.6.0": holdsLatest, "registry": holdsLatest} {
		w.ledger = "missing/ledger.jsonl"
		if got := latest(w.ok("plan", "release-tag", "v1.5.0", "revision", headCommit, "known-versions", known)); got != want {
			t.Errorf("known-versions %s, and no ledger: %s, want %s", known, got, want)
		}
	}
	w.ledger = t.TempDir() + "/ledger.jsonl"
	if _, err := (jsonl.File{Path: w.ledger}).Append(t.Context(), ledger.Entry{At: time.Unix(1e9, 0), Ring: "production", Outcome: ringpolicy.OutcomeRolledBack, Digest: taken}); err != nil {
		t.Fatal(err)
	}
	if got := latest(w.ok("plan", "release-tag", "v1.5.0", "revision", headCommit, "known-versions", "1.6.0")); got != holdsLatest {
		t.Errorf("a list that has what was taken back: %s, want %s", got, holdsLatest)
	}
	r := w.run("plan", "release-tag", "v1.5.0", "revision", headCommit, "known-versions", "registry", "ledger", "elsewhere")
	if r.code != cli.ExitUsage || !strings.Contains(r.stdout, `ledger: "elsewhere" is neither github nor file:PATH`) {
		t.Errorf("plan with a ledger that is none = %d\n%s", r.code, r.stdout)
	}
}

// A promotion into the last ring goes by the same rule: by the ledger, and by an evidence file in place of it.
func TestPromoteBelowAQuarantinedVersion(t *testing.T) {
	policy := write(t, "rings.yml", "version: 1\nlabels: {prefix: com.aitherzero}\nrings:\n  - {name: canary, branches: [main], soak: {min: 1h}}\n  - {name: everyone}\n")
	for _, tt := range []struct {
		back, file string // rings in which 1.6.0 is quarantined, by the ledger and by the evidence file; "none": in no ring
		moves      bool
	}{
		{"everyone", "", true},
		{"canary", "", false},
		{"", "everyone", true},
		{"", "canary", false},
		{"everyone", "none", false},
	} {
		w := newWorld(t)
		taken, next := w.push(nil, "1.6.0"), w.push(labelsOf(headCommit), "canary-latest")
		facts := "schema: 1\nlocks: []\nancestry: ahead\n"
		switch tt.file {
		case "":
		case "none":
			facts += "quarantine: []\n"
		default:
			facts += fmt.Sprintf("quarantine: [{ring: %s, digest: '%s', reason: bad, at: 2026-02-01T00:00:00Z}]\n", tt.file, taken)
		}
		w.evidence = write(t, "evidence.yml", facts)
		for i, e := range []ledger.Entry{{Ring: tt.back, Digest: taken, Outcome: ringpolicy.OutcomeRolledBack}, {Ring: "canary", Digest: next, Outcome: ringpolicy.OutcomeSuccess}} {
			e.At, e.Images = time.Date(2026, 2, 1, i, 0, 0, 0, time.UTC), []string{w.image}
			if e.Ring == "" {
				continue
			}
			if _, err := (jsonl.File{Path: w.ledger}).Append(t.Context(), e); err != nil {
				t.Fatal(err)
			}
		}
		r := w.ok("promote", "policy", policy, "ring", "everyone", "version", "1.5.0", "known-versions", "registry", "state", "success", "now", "2026-03-01T00:00:00Z")
		w.outputs(r, "decision", "promote")
		if got := w.digest("latest"); (got == next) != tt.moves {
			t.Errorf("1.6.0 in quarantine in %q, by the file in %q: latest is on %q; want it to move to %s: %t", tt.back, tt.file, got, next, tt.moves)
		}
	}
}

// With the ledger of GitHub a quarantine ends by a release in a comment, and what is not known may have ended.
func TestReleasedVersion(t *testing.T) {
	for _, tt := range []struct {
		name     string
		released bool
		refuse   string // part of the paths that GitHub does not serve
		want     string
	}{
		{"in quarantine", false, "", movesLatest},
		{"released", true, "", holdsLatest},
		{"comments are not to be had", false, "/issues/", holdsLatest},
		{"the ledger is not to be had", false, "/", holdsLatest},
	} {
		t.Run(tt.name, func(t *testing.T) {
			refuse := ""
			w := newDoorsWorld(t, false, func(hub http.Handler) http.Handler {
				return http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
					if refuse != "" && strings.Contains(r.URL.Path, refuse) {
						http.Error(rw, `{"message":"Resource not accessible by integration"}`, http.StatusForbidden)
						return
					}
					hub.ServeHTTP(rw, r)
				})
			})
			w.retag(w.next, "1.6.0")
			w.append("production", w.next, ringpolicy.OutcomeSuccess, 9)
			w.append("production", w.next, ringpolicy.OutcomeRolledBack, 8)
			if tt.released {
				w.release(7)
			}
			refuse = tt.refuse
			r := w.at(time.Now(), "plan", "RELEASE-TAG", "v1.5.0", "REVISION", headCommit, "KNOWN-VERSIONS", "registry")
			if got := latest(r); r.code != cli.ExitDone || got != tt.want {
				t.Errorf("plan 1.5.0 = %d, %s, want %s\n%s", r.code, got, tt.want, r.stdout)
			}
		})
	}
}
