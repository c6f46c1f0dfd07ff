package ledger_test

import (
	"strings"
	"testing"
	"time"

	"github.com/wizzense/deployment-rings/action/internal/ledger"
	"github.com/wizzense/deployment-rings/ringpolicy"
)

// TestOf has a line for each way in which entries and those who ask name images.
func TestOf(t *testing.T) {
	for _, test := range []struct {
		entries string // digest and names of each: "a:app b:app,mirror c"
		asked   string
		want    string // digests
	}{
		{"", "app", ""},
		{"a:app b:worker", "app", "a"},
		{"a:app b:worker", "worker", "b"},
		{"a:app b:worker", "", "a b"},
		{"a:app b:worker", "other", ""},
		{"a:app b:worker", "app worker", "a b"},
		{"a b:worker", "app", "a"}, // as everything was before entries had names
		{"a b:worker", "worker", "a b"},
		{"a a:app", "worker", "a"}, // what was recorded without a name stays of every image
		{"a:app a", "worker", ""},  // and after one with a name it is of that
		{"a:app a", "app", "a a"},  //
		{"a:app,mirror a:app", "mirror", "a a"},
		{"a:app a:mirror", "mirror", "a"}, // nobody says that these are one image
		{"a:app a:app,mirror a:mirror", "app", "a a a"},
	} {
		var entries []ledger.Entry
		for i, text := range strings.Fields(test.entries) {
			id, names, named := strings.Cut(text, ":")
			e := ledger.Entry{At: begin.Add(time.Duration(i) * time.Minute), Ring: "ring-0", Digest: digest(id), Outcome: ringpolicy.OutcomeSuccess}
			if named {
				e.Images = strings.Split(names, ",")
			}
			entries = append([]ledger.Entry{e}, entries...) // in any order
		}
		var got []string
		about, _ := reading(entries).Of(strings.Fields(test.asked)).Ring("ring-0")
		for _, e := range about {
			got = append(got, e.Digest[len("sha256:"):len("sha256:")+1])
		}
		if strings.Join(got, " ") != test.want {
			t.Errorf("Of(%q, %q) = %q, want %q", test.entries, test.asked, got, test.want)
		}
	}
}

func TestImages(t *testing.T) {
	for told, want := range map[string]string{
		"":                                "",
		"-":                               "", // without names
		"worker app - app":                "app; worker",
		"app,mirror app mirror":           "app,mirror",
		"app mirror app,mirror":           "app,mirror", // that the two are one is told at last
		"mirror mirror,app worker":        "mirror,app; worker",
		"app,x worker,y x,y worker other": "app,x,worker,y; other",
	} {
		var entries []ledger.Entry
		for i, names := range strings.Fields(told) {
			e := ledger.Entry{At: begin.Add(time.Duration(i) * time.Minute)}
			if names != "-" {
				e.Images = strings.Split(names, ",")
			}
			entries = append(entries, e)
		}
		var got []string
		for _, names := range reading(entries).Images() {
			got = append(got, strings.Join(names, ","))
		}
		if all := strings.Join(got, "; "); all != want {
			t.Errorf("Images(%q) = %q, want %q", told, all, want)
		}
	}
}

// TestSelected has names, and the images that they select among those of a ledger.
func TestSelected(t *testing.T) {
	var read ledger.Reading
	named := func(names ...string) ledger.Entry { return ledger.Entry{Images: names} }
	read.Add("r0", named("b", "b2"), named(), named("a"))
	read.Add("r1", named("b2", "b3"))
	for _, c := range []struct{ names, want string }{
		{"", "a|b b2 b3"},
		{"a", "a"},
		{"b3", "b b2 b3"},
		{"b3 a b", "a|b b2 b3"},
		{"x", "x"},
		{"x a x", "a|x"},
	} {
		var got []string
		for _, names := range read.Selected(strings.Fields(c.names)) {
			got = append(got, strings.Join(names, " "))
		}
		if strings.Join(got, "|") != c.want {
			t.Errorf("Selected(%q) = %q, want %q", c.names, strings.Join(got, "|"), c.want)
		}
	}
}
