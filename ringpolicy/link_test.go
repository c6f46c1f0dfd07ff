package ringpolicy_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/wizzense/deployment-rings/ringpolicy"
)

// withURLs gives facts pages, some the same, some none, and some that are no web address.
func withURLs(random *rand.Rand, e ringpolicy.Evidence) ringpolicy.Evidence {
	e = shuffled(random, e)
	url := func() string {
		return []string{"", "https://x.example/1", "https://x.example/2", "javascript:alert(1)"}[random.IntN(4)]
	}
	for _, r := range e.Rings {
		annotate(r.History, func(x *ringpolicy.Record) { x.URL = url() })
		annotate(r.Signals, func(x *ringpolicy.Signal) { x.URL = url() })
	}
	annotate(e.Checks, func(x *ringpolicy.Check) { x.URL = url() })
	annotate(e.Metrics, func(x *ringpolicy.Metric) { x.URL = url() })
	annotate(e.Incidents, func(x *ringpolicy.Incident) { x.URL = url() })
	annotate(e.Approvals, func(x *ringpolicy.Approval) { x.URL = url() })
	annotate(e.SignOffs, func(x *ringpolicy.SignOff) { x.URL = url() })
	annotate(e.Overrides, func(x *ringpolicy.Override) { x.URL = url() })
	annotate(e.Locks, func(x *ringpolicy.Lock) { x.URL = url() })
	annotate(e.Quarantine, func(x *ringpolicy.Quarantine) { x.URL = url() })
	return e
}

func annotate[T any](all []T, change func(*T)) {
	for i := range all {
		change(&all[i])
	}
}

// FuzzDecideLinks: pages of facts change nothing but the links of criteria, which are the same in any order of the
// facts, and lead nowhere but to the web.
func FuzzDecideLinks(f *testing.F) {
	seeds(f)
	f.Fuzz(func(t *testing.T, bytes []byte) {
		p, e := world(t, bytes)
		random := rand.New(rand.NewPCG(uint64(len(bytes)), 2))
		linked := withURLs(random, e)
		want, got := decide(t, p, e), decide(t, p, linked)
		if again := encoded(t, decide(t, p, shuffled(random, linked))); again != encoded(t, got) {
			t.Fatalf("in another order\n%s\ninstead of\n%s", again, encoded(t, got))
		}
		for _, r := range got.Criteria {
			if !slices.IsSorted(r.Links) || len(r.Links) > 10 || slices.ContainsFunc(r.Links, func(s string) bool { return !strings.HasPrefix(s, "https://x.example/") }) {
				t.Errorf("links of %s: %q", r.ID, r.Links)
			}
		}
		options := []cmp.Option{cmpopts.IgnoreFields(ringpolicy.Result{}, "Links"), cmpopts.IgnoreUnexported(ringpolicy.Result{}, ringpolicy.Decision{})}
		if diff := cmp.Diff(want, got, options...); diff != "" {
			t.Errorf("with links (-without +with):\n%s", diff)
		}
		if linked.Digest() != e.Digest() {
			t.Errorf("with links the digest is %s, without %s", linked.Digest(), e.Digest())
		}
	})
}

// A criterion rests on any number of facts, of which ten are shown; what is no web address is left out.
func TestLinksAreFewAndSafe(t *testing.T) {
	e := evidenceOf(t, readTable(t, "testdata/decide/base.yml").Base)
	for i := range 1000 {
		e.Incidents = append(e.Incidents, ringpolicy.Incident{ID: fmt.Sprint("#", i), Severity: "P0", URL: fmt.Sprintf("https://x.example/%04d", i)})
	}
	for _, url := range []string{"javascript:alert(1)", "https://a@b.example/", "https://x.example/ ", "https://x.example/\n", "/x", "http://" + strings.Repeat("x", 2000), "https://a.example/" + strings.Repeat("x", 2000)} {
		e.Incidents = append(e.Incidents, ringpolicy.Incident{ID: "x", Severity: "P0", URL: url})
	}
	d := decide(t, parsePolicy(t, "version: 1\nrings: [{name: a, soak: {min: 1h}}, {name: b, entry: [{id: calm, incidents: {severities: [P0]}}]}]"), e)
	calm, _ := criterion(d, "calm")
	if len(calm.Links) != 10 || calm.Links[0] != "https://x.example/0000" || calm.Links[9] != "https://x.example/0009" {
		t.Errorf("links = %q, want the first ten", calm.Links)
	}
}

// Of facts that are the same but for their page, the same one counts in any order, and rather one that has a page.
func TestLinkOfEqualFacts(t *testing.T) {
	p := parsePolicy(t, "version: 1\nrings: [{name: a, soak: {min: 1h}}, {name: b, entry: [{id: unit, checks: {names: [unit]}}]}]")
	e := evidenceOf(t, readTable(t, "testdata/decide/base.yml").Base)
	bare := ringpolicy.Check{Name: "unit", State: ringpolicy.CheckSuccess, Revision: e.Subject.Revision, ID: 1}
	one, two := bare, bare
	one.URL, two.URL = "https://x.example/1", "https://x.example/2"
	for _, checks := range [][]ringpolicy.Check{{bare, one, two}, {two, one, bare}, {one, bare, two}} {
		e.Checks = checks
		if unit, _ := criterion(decide(t, p, e), "unit"); !slices.Equal(unit.Links, []string{two.URL}) {
			t.Errorf("links = %q, want %q", unit.Links, two.URL)
		}
	}
}
