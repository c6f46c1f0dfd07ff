package tagging_test

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-containerregistry/pkg/name"

	"github.com/wizzense/deployment-rings/tagging"
)

func TestParts(t *testing.T) {
	x := strings.Repeat("x", 128)
	tests := []struct {
		tag  string
		want tagging.Parts
	}{
		{"pr-12-ring-0-v3", tagging.Parts{Kind: tagging.KindPullRequestBuild, Number: 12, Slug: "ring-0", Iteration: 3}},
		{"pr-12-ring-0-latest", tagging.Parts{Kind: tagging.KindPullRequestBranch, Number: 12, Slug: "ring-0"}},
		{"ring-0-pr-12-latest", tagging.Parts{Kind: tagging.KindPullRequestRing, Number: 12, RingTag: "ring-0"}},
		{"pr-12-latest", tagging.Parts{Kind: tagging.KindPullRequestLatest, Number: 12}},
		{"pr-123-latest", tagging.Parts{Kind: tagging.KindPullRequestLatest, Number: 123}},
		{"pr-12-a1b2c3d4", tagging.Parts{Kind: tagging.KindPullRequestCommit, Number: 12, Commit: "a1b2c3d4"}},
		{"branch-main-v3", tagging.Parts{Kind: tagging.KindBranchBuild, Slug: "main", Iteration: 3}},
		{"branch-main-latest", tagging.Parts{Kind: tagging.KindBranchLatest, Slug: "main"}},
		{"Ring_0.x-latest", tagging.Parts{Kind: tagging.KindRingLatest, RingTag: "Ring_0.x"}},
		{"sha-a1b2c3d4", tagging.Parts{Kind: tagging.KindCommit, Commit: "a1b2c3d4"}},
		{"1.2.3-rc.1_b.7", tagging.Parts{Kind: tagging.KindReleaseVersion, Version: "1.2.3-rc.1+b.7"}},
		{"latest", tagging.Parts{Kind: tagging.KindLatest}},
		{"stable", tagging.Parts{Kind: tagging.KindStable}},

		// Slugs that look like something else.
		{"pr-1-latest-latest", tagging.Parts{Kind: tagging.KindPullRequestBranch, Number: 1, Slug: "latest"}},
		{"pr-1-x-pr-7-latest", tagging.Parts{Kind: tagging.KindPullRequestBranch, Number: 1, Slug: "x-pr-7"}},
		{"pr-1-x-pr-7-latest-v2", tagging.Parts{Kind: tagging.KindPullRequestBuild, Number: 1, Slug: "x-pr-7-latest", Iteration: 2}},
		{"pr-1-2-v3-v4", tagging.Parts{Kind: tagging.KindPullRequestBuild, Number: 1, Slug: "2-v3", Iteration: 4}},
		{"pr-5-deadbeef-latest", tagging.Parts{Kind: tagging.KindPullRequestBranch, Number: 5, Slug: "deadbeef"}},
		{"branch-pr-7-latest", tagging.Parts{Kind: tagging.KindBranchLatest, Slug: "pr-7"}},
		{"branch-1.2.3-v4", tagging.Parts{Kind: tagging.KindBranchBuild, Slug: "1.2.3", Iteration: 4}},

		// Versions that look like something else, and rings like a prefix.
		{"1.2.3-latest", tagging.Parts{Kind: tagging.KindReleaseVersion, Version: "1.2.3-latest"}},
		{"1.2.3-pr-7-latest", tagging.Parts{Kind: tagging.KindReleaseVersion, Version: "1.2.3-pr-7-latest"}},
		{"pr-pr-7-latest", tagging.Parts{Kind: tagging.KindPullRequestRing, Number: 7, RingTag: "pr"}},
		{"sha-latest", tagging.Parts{Kind: tagging.KindRingLatest, RingTag: "sha"}},

		// A dash before the mark of a cut slug, in a tag of full length and in no other.
		{"branch-" + x[:100] + "--0123abcd-latest", tagging.Parts{}},
		{"branch-" + x[:104] + "--0123abcd-latest", tagging.Parts{Kind: tagging.KindBranchLatest, Slug: x[:104] + "--0123abcd"}},
		{"branch-" + x[:103] + "---0123abcd-latest", tagging.Parts{}},
		{"branch-" + x[:104] + "--0123abcg-latest", tagging.Parts{}},

		// None of ours.
		{"pr-012-latest", tagging.Parts{}},
		{"pr-0-latest", tagging.Parts{}},
		{"pr-12", tagging.Parts{}},
		{"pr-12-", tagging.Parts{}},
		{"pr-12-v3", tagging.Parts{}},
		{"pr-12-x-v0", tagging.Parts{}},
		{"pr-12-x-v03", tagging.Parts{}},
		{"pr-12-x-3", tagging.Parts{}},
		{"pr-12-x-", tagging.Parts{}},
		{"pr-12--v3", tagging.Parts{}},
		{"pr-12-A1B2C3D4", tagging.Parts{}},
		{"pr-12-a1b2c3d", tagging.Parts{}},
		{"pr-12-X-latest", tagging.Parts{}},
		{"pr-12-a--b-latest", tagging.Parts{}},
		{"pr-12--a-latest", tagging.Parts{}},
		{"pr-99999999999999999999-latest", tagging.Parts{}},
		{"branch-x-v" + strings.Repeat("9", 118), tagging.Parts{}}, // of full length, with a slug too short to be cut
		{"branch-latest", tagging.Parts{}},
		{"branch-v3", tagging.Parts{}},
		{"latest-latest", tagging.Parts{}},
		{"x-pr-7-pr-8-latest", tagging.Parts{}},
		{"x-pr-1-latest-latest", tagging.Parts{Kind: tagging.KindRingLatest, RingTag: "x-pr-1-latest"}},
		{"sha-a1b2c3d", tagging.Parts{}},
		{"v1.2.3", tagging.Parts{}},
		{"1.2", tagging.Parts{}},
		{"1.2.3_a_b", tagging.Parts{}},
		{"99999999999999999999.0.0", tagging.Parts{}},
		{"buildcache", tagging.Parts{}},
		{x, tagging.Parts{}},
	}
	for _, test := range tests {
		tag, err := tagging.Parse(test.tag)
		if err != nil {
			t.Errorf("Parse(%q): %v", test.tag, err)
			continue
		}
		if got := tag.Parts(); got != test.want {
			t.Errorf("Parts of %s = %+v, want %+v", test.tag, got, test.want)
		}
	}
}

func TestParseErrors(t *testing.T) {
	tests := []struct{ tag, want string }{
		{"", `invalid tag "": it is empty`},
		{".hidden", `invalid tag ".hidden": it starts with '.', expected a letter, a digit or _`},
		{"-x", `invalid tag "-x": it starts with '-', expected a letter, a digit or _`},
		{"a b", `invalid tag "a b": it contains ' ', expected only letters, digits, '.', '_' and '-'`},
		{"a\n", `invalid tag "a\n": it contains '\n', expected only letters, digits, '.', '_' and '-'`},
		{"ä", `invalid tag "ä": it contains 'ä', expected only letters, digits, '.', '_' and '-'`},
		{"š", `invalid tag "š": it contains 'š', expected only letters, digits, '.', '_' and '-'`}, // U+0161 ends in the byte of an a
		{"a\xff", `invalid tag "a\xff": it contains '�', expected only letters, digits, '.', '_' and '-'`},
		{strings.Repeat("x", 129), `invalid tag "` + strings.Repeat("x", 128) + `": it is 129 characters long, at most 128 are allowed`},
	}
	for _, test := range tests {
		if tag, err := tagging.Parse(test.tag); err == nil || err.Error() != test.want {
			t.Errorf("Parse(%q) = %s, %v, want %s", test.tag, tag, err, test.want)
		}
	}
}

func TestCheckRing(t *testing.T) {
	for _, ring := range []string{
		"dev", "ring-0", "production", "Ring_0.x", "_", "pr", "sha", "x-pr-7-y", "x-pr-0", "1.2", "01.2.3", "0", "latest-x",
		strings.Repeat("x", 116),
	} {
		if err := tagging.CheckRing(ring); err != nil {
			t.Errorf("CheckRing(%q) = %v, want nil", ring, err)
		}
	}
	tests := []struct{ ring, want string }{
		{"", "it is empty"},
		{"ring 0", `it contains ' ', expected only letters, digits, '.', '_' and '-'`},
		{"latest", "it is a tag of releases"},
		{"stable", "it is a tag of releases"},
		{"pr-x", `it begins with "pr-"`},
		{"branch-x", `it begins with "branch-"`},
		{"sha-x", `it begins with "sha-"`},
		{"1.2.3", "it is a version"},
		{"v1.2.3-rc.1", "it is a version"},
		{"1.2.3_b", "1.2.3_b-latest would read as VERSION"},
		{"1.2.3-a.", "1.2.3-a.-latest would read as VERSION"}, // no version, but made one by what follows
		{"x-pr-7", "it ends with -pr-7, as the tags of its pull requests do"},
		{"branch", "branch-pr-1-latest would read as branch-SLUG-latest"},
		{strings.Repeat("x", 117), "it is longer than 116 characters"},
	}
	for _, test := range tests {
		want := fmt.Sprintf("ring: %.80q cannot be the tag of a ring: %s", test.ring, test.want)
		if err := tagging.CheckRing(test.ring); err == nil || err.Error() != want {
			t.Errorf("CheckRing(%q) = %v, want %s", test.ring, err, want)
		}
	}
}

// strict reports whether another implementation takes a tag. It does not know that OCI tags
// begin with neither a dot nor a dash.
func strict(tag string) bool {
	_, err := name.NewTag("ghcr.io/wizzense/aitherzero:"+tag, name.StrictValidation)
	return err == nil && !strings.ContainsAny(tag, ":/@") && !regexp.MustCompile(`^[.-]`).MatchString(tag)
}

// rendered puts the parts into the form that the kind spells.
func rendered(p tagging.Parts) string {
	return strings.NewReplacer(
		"RING", p.RingTag, "SLUG", p.Slug, "COMMIT", p.Commit, "VERSION", strings.ReplaceAll(p.Version, "+", "_"),
		"ITER", strconv.Itoa(p.Iteration), "N", strconv.Itoa(p.Number),
	).Replace(string(p.Kind))
}

func FuzzParse(f *testing.F) {
	for _, tag := range []string{
		"latest", "stable", "pr-12-ring-0-v3", "pr-12-x-latest", "x-pr-12-latest", "pr-12-latest", "pr-12-a1b2c3d4", "branch-x-v3",
		"branch-x-latest", "x-latest", "sha-a1b2c3d4", "1.2.3-rc.1_b", ".x", "-x", "a:b", "a/b", "ä", "\xff", "pr-012-latest", "",
		"branch-" + strings.Repeat("x", 104) + "--0123abcd-latest", strings.Repeat("x", 129),
	} {
		f.Add(tag)
	}
	f.Fuzz(func(t *testing.T, s string) {
		tag, err := tagging.Parse(s)
		if (err == nil) != strict(s) {
			t.Fatalf("Parse(%q) error %v, strict validation accepts it: %t", s, err, strict(s))
		}
		p := tag.Parts()
		if err != nil && (tag != tagging.Tag{} || p != tagging.Parts{}) {
			t.Errorf("Parse(%q) = %v and an error", s, tag)
		}
		if p.Kind != tagging.KindOther && rendered(p) != s {
			t.Errorf("%q reads as %+v, which is written %q", s, p, rendered(p))
		}
	})
}

// checkSet holds a set to what is true of every set.
func checkSet(t *testing.T, set tagging.Set) {
	t.Helper()
	seen := map[tagging.Tag]bool{}
	for _, tag := range set.All() {
		again, err := tagging.Parse(tag.String())
		if err != nil || again != tag || !strict(tag.String()) || tag.Parts().Kind == tagging.KindOther || seen[tag] {
			t.Errorf("%s: Parse = %s, %v; strict: %t; parts %+v; duplicate: %t", tag, again, err, strict(tag.String()), tag.Parts(), seen[tag])
		}
		seen[tag] = true
	}
	if len(set.Fixed())+len(set.Moving()) != len(seen) {
		t.Errorf("fixed %s and moving %s of %s", set.Fixed(), set.Moving(), set.All())
	}
}
