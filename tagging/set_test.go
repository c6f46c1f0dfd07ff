package tagging_test

import (
	"crypto/sha256"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/wizzense/deployment-rings/tagging"
)

type subject interface {
	Tags() (tagging.Set, error)
}

// revision is a full commit hash that begins with short.
func revision(short string) string { return short + strings.Repeat("0", 40-len(short)) }

func TestTags(t *testing.T) {
	tests := []struct {
		name               string
		subject            subject
		all, fixed, moving string
		held               string
	}{
		{
			"the guide's pull request of ring 0",
			tagging.PullRequest{Number: 123, Branch: "ring-0", Iteration: 42, RingTag: "ring-0", Revision: revision("a1b2c3d4")},
			"pr-123-ring-0-v42 pr-123-ring-0-latest ring-0-pr-123-latest pr-123-latest pr-123-a1b2c3d4",
			"pr-123-ring-0-v42 pr-123-a1b2c3d4",
			"pr-123-ring-0-latest ring-0-pr-123-latest pr-123-latest",
			"",
		},
		{
			"the guide's pull request of dev-staging",
			tagging.PullRequest{Number: 456, Branch: "dev-staging", Iteration: 15, RingTag: "staging", Revision: revision("5e6f7a8b")},
			"pr-456-dev-staging-v15 pr-456-dev-staging-latest staging-pr-456-latest pr-456-latest pr-456-5e6f7a8b",
			"pr-456-dev-staging-v15 pr-456-5e6f7a8b",
			"pr-456-dev-staging-latest staging-pr-456-latest pr-456-latest",
			"",
		},
		{
			"the guide's release",
			tagging.Release{Version: "v1.5.0", Revision: revision("9c8d7e6f")},
			"1.5.0 latest stable sha-9c8d7e6f",
			"1.5.0 sha-9c8d7e6f",
			"latest stable",
			"",
		},
		{
			"a merge",
			tagging.Merge{Number: 123, RingTag: "ring-0", Revision: revision("a1b2c3d4")},
			"pr-123-a1b2c3d4 ring-0-latest ring-0-pr-123-latest",
			"pr-123-a1b2c3d4",
			"ring-0-latest ring-0-pr-123-latest",
			"",
		},
		{
			"a push",
			tagging.Branch{Name: "ring-0/hotfix", Iteration: 7, RingTag: "ring-0", Revision: revision("a1b2c3d4")},
			"branch-ring-0-hotfix-v7 branch-ring-0-hotfix-latest ring-0-latest sha-a1b2c3d4",
			"branch-ring-0-hotfix-v7 sha-a1b2c3d4",
			"branch-ring-0-hotfix-latest ring-0-latest",
			"",
		},
		{
			"a branch of no ring",
			tagging.Branch{Name: "Feature/Foo", Iteration: 1, Revision: revision("a1b2c3d4")},
			"branch-feature-foo-v1 branch-feature-foo-latest sha-a1b2c3d4",
			"branch-feature-foo-v1 sha-a1b2c3d4",
			"branch-feature-foo-latest",
			"",
		},
		{
			"a SHA-256 revision",
			tagging.Branch{Name: "x", Iteration: 1, Revision: "a1b2c3d4" + strings.Repeat("0", 56)},
			"branch-x-v1 branch-x-latest sha-a1b2c3d4",
			"branch-x-v1 sha-a1b2c3d4",
			"branch-x-latest",
			"",
		},
		{
			"a pre-release by its version",
			tagging.Release{Version: "2.0.0-rc.1", Revision: revision("9c8d7e6f")},
			"2.0.0-rc.1 sha-9c8d7e6f",
			"2.0.0-rc.1 sha-9c8d7e6f",
			"",
			"",
		},
		{
			"a pre-release by its mark; what it does not get is not held",
			tagging.Release{Version: "2.0.0", Revision: revision("9c8d7e6f"), Prerelease: true, Known: []string{"3.0.0"}},
			"2.0.0 sha-9c8d7e6f",
			"2.0.0 sha-9c8d7e6f",
			"",
			"",
		},
		{
			"build metadata; a version that ends like a moving tag is fixed",
			tagging.Release{Version: "v1.2.3-x-latest+Build.7", Revision: revision("9c8d7e6f")},
			"1.2.3-x-latest_Build.7 sha-9c8d7e6f",
			"1.2.3-x-latest_Build.7 sha-9c8d7e6f",
			"",
			"",
		},
		{
			"a higher stable version, compared as numbers",
			tagging.Release{Version: "1.9.1", Revision: revision("9c8d7e6f"), Known: []string{"v1.10.0", "1.9.0"}},
			"1.9.1 sha-9c8d7e6f",
			"1.9.1 sha-9c8d7e6f",
			"",
			"latest stable",
		},
		{
			"equal, lower, pre-release: none holds",
			tagging.Release{Version: "1.5.0", Revision: revision("9c8d7e6f"), Known: []string{"1.5.0", "v1.5.0+later", "1.4.9", "2.0.0-rc.1"}},
			"1.5.0 latest stable sha-9c8d7e6f",
			"1.5.0 sha-9c8d7e6f",
			"latest stable",
			"",
		},
		{
			"a promotion of a pull request's image",
			tagging.Promotion{RingTag: "ring-1", Number: 123},
			"ring-1-latest ring-1-pr-123-latest",
			"",
			"ring-1-latest ring-1-pr-123-latest",
			"",
		},
		{
			"a promotion of another image",
			tagging.Promotion{RingTag: "ring-1"},
			"ring-1-latest",
			"",
			"ring-1-latest",
			"",
		},
		{
			"a promotion that releases",
			tagging.Promotion{RingTag: "production", Number: 123, Runs: true, Release: tagging.Release{Version: "v1.5.0", Revision: revision("9c8d7e6f")}},
			"production-latest production-pr-123-latest 1.5.0 sha-9c8d7e6f latest stable",
			"1.5.0 sha-9c8d7e6f",
			"production-latest production-pr-123-latest latest stable",
			"",
		},
		{
			"a promotion of a release that the ring does not run yet",
			tagging.Promotion{RingTag: "production", Release: tagging.Release{Version: "v1.5.0", Revision: revision("9c8d7e6f")}},
			"production-latest 1.5.0 sha-9c8d7e6f",
			"1.5.0 sha-9c8d7e6f",
			"production-latest",
			"",
		},
		{
			"a promotion that releases an old version",
			tagging.Promotion{RingTag: "production", Runs: true, Release: tagging.Release{Version: "1.5.0", Revision: revision("9c8d7e6f"), Known: []string{"1.5.1"}}},
			"production-latest 1.5.0 sha-9c8d7e6f",
			"1.5.0 sha-9c8d7e6f",
			"production-latest",
			"latest stable",
		},
		{
			"slugs that look like other tags",
			tagging.PullRequest{Number: 5, Branch: "deadbeef", Iteration: 1, RingTag: "x", Revision: revision("cafecafe")},
			"pr-5-deadbeef-v1 pr-5-deadbeef-latest x-pr-5-latest pr-5-latest pr-5-cafecafe",
			"pr-5-deadbeef-v1 pr-5-cafecafe",
			"pr-5-deadbeef-latest x-pr-5-latest pr-5-latest",
			"",
		},
	}
	for _, test := range tests {
		set, err := test.subject.Tags()
		if err != nil {
			t.Errorf("%s: %v", test.name, err)
			continue
		}
		got := []string{join(set.All()), join(set.Fixed()), join(set.Moving()), join(set.Held())}
		want := []string{test.all, test.fixed, test.moving, test.held}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s: all, fixed, moving, held (-want +got):\n%s", test.name, diff)
		}
		if first, _, _ := strings.Cut(test.all, " "); set.Primary().String() != first {
			t.Errorf("%s: Primary() = %s, want %s", test.name, set.Primary(), first)
		}
	}
}

func TestTagsErrors(t *testing.T) {
	const commit = `revision: "" is not a full commit hash of 40 or 64 lower-case hexadecimal digits`
	good := revision("a1b2c3d4")
	tests := []struct {
		subject subject
		want    string
	}{
		{tagging.PullRequest{}, lines(
			"number: 0 is not a positive number",
			"branch: it is empty, expected the name of a branch",
			"iteration: 0 is not a positive number",
			`ring: "" cannot be the tag of a ring: it is empty`,
			commit,
		)},
		{tagging.Merge{Number: -1}, lines(
			"number: -1 is not a positive number",
			`ring: "" cannot be the tag of a ring: it is empty`,
			commit,
		)},
		{tagging.Branch{RingTag: "sha-1"}, lines(
			"branch: it is empty, expected the name of a branch",
			"iteration: 0 is not a positive number",
			`ring: "sha-1" cannot be the tag of a ring: it begins with "sha-"`,
			commit,
		)},
		{tagging.Release{Known: []string{"1.0.0", "junk", "1.0"}}, lines(
			`version: "" is not a SemVer version, expected three numbers without leading zeros as in 1.5.0 or v2.0.0-rc.1`,
			`known version: "junk" is not a SemVer version, expected three numbers without leading zeros as in 1.5.0 or v2.0.0-rc.1`,
			`known version: "1.0" is not a SemVer version, expected three numbers without leading zeros as in 1.5.0 or v2.0.0-rc.1`,
			commit,
		)},
		{tagging.Promotion{Number: -7, Release: tagging.Release{Version: "1"}}, lines(
			`ring: "" cannot be the tag of a ring: it is empty`,
			"number: -7 is negative",
			`version: "1" is not a SemVer version, expected three numbers without leading zeros as in 1.5.0 or v2.0.0-rc.1`,
			commit,
		)},
		{tagging.Merge{Number: 1, RingTag: "x", Revision: strings.ToUpper(good)},
			`revision: "A1B2C3D400000000000000000000000000000000" is not a full commit hash of 40 or 64 lower-case hexadecimal digits`},
		{tagging.Merge{Number: 1, RingTag: "x", Revision: good[1:]},
			`revision: "1b2c3d400000000000000000000000000000000" is not a full commit hash of 40 or 64 lower-case hexadecimal digits`},
		{tagging.Merge{Number: 123, RingTag: strings.Repeat("x", 115), Revision: good},
			fmt.Sprintf("invalid tag \"%s-pr-123-lates\": it is 129 characters long, at most 128 are allowed", strings.Repeat("x", 115))},
		{tagging.Promotion{Number: 123, RingTag: strings.Repeat("x", 115), Release: tagging.Release{Version: "1.0.0", Revision: good}},
			fmt.Sprintf("invalid tag \"%s-pr-123-lates\": it is 129 characters long, at most 128 are allowed", strings.Repeat("x", 115))},
		{tagging.Release{Version: "1.0.0-" + strings.Repeat("x", 123), Revision: good},
			fmt.Sprintf("invalid tag \"1.0.0-%s\": it is 129 characters long, at most 128 are allowed", strings.Repeat("x", 122))},
		{tagging.Release{Version: "1.18446744073709551616.0", Revision: good},
			`version: a number in "1.18446744073709551616.0" is too large, the largest is 18446744073709551615`},
	}
	for _, test := range tests {
		set, err := test.subject.Tags()
		if diff := cmp.Diff(test.want, fmt.Sprint(err)); diff != "" {
			t.Errorf("%+v.Tags() error (-want +got):\n%s", test.subject, diff)
		}
		if len(set.All())+len(set.Held()) > 0 || set.Primary() != (tagging.Tag{}) {
			t.Errorf("%+v.Tags() = %v and an error, want no tags", test.subject, set)
		}
	}
}

func TestLongSlugsAreCut(t *testing.T) {
	x := strings.Repeat("x", 200)
	tests := []struct{ branch, build, latest string }{
		{x[:120], "pr-1-" + x[:120] + "-v1", "pr-1-" + x[:107] + "-HASH-latest"}, // the first fits exactly
		{x[:121], "pr-1-" + x[:111] + "-HASH-v1", "pr-1-" + x[:107] + "-HASH-latest"},
		{x[:111] + "/y/and/more/", "pr-1-" + x[:111] + "-HASH-v1", "pr-1-" + x[:107] + "-HASH-latest"},
		{x[:110] + "/yy/and/more", "pr-1-" + x[:110] + "--HASH-v1", "pr-1-" + x[:107] + "-HASH-latest"}, // cut behind a dash, still 128 long
	}
	for _, test := range tests {
		set, err := tagging.PullRequest{Number: 1, Branch: test.branch, Iteration: 1, RingTag: "dev", Revision: revision("a1b2c3d4")}.Tags()
		if err != nil {
			t.Errorf("branch %s: %v", test.branch, err)
			continue
		}
		want := test.build + " " + test.latest + " dev-pr-1-latest pr-1-latest pr-1-a1b2c3d4"
		want = strings.ReplaceAll(want, "HASH", hash(test.branch))
		if diff := cmp.Diff(want, join(set.All())); diff != "" {
			t.Errorf("branch %s (-want +got):\n%s", test.branch, diff)
		}
	}
}

func TestResultsAreNotShared(t *testing.T) {
	known := []string{"3.0.0", "1.0.0"}
	set, err := tagging.Release{Version: "2.0.0", Revision: revision("9c8d7e6f"), Known: known}.Tags()
	if err != nil {
		t.Fatal(err)
	}
	for _, list := range [][]tagging.Tag{set.All(), set.Fixed(), set.Held()} {
		clear(list)
	}
	if got := join(set.All()) + "|" + join(set.Fixed()) + "|" + join(set.Held()); got != "2.0.0 sha-9c8d7e6f|2.0.0 sha-9c8d7e6f|latest stable" {
		t.Errorf("after its lists were changed the set is %s", got)
	}
	if !slices.Equal(known, []string{"3.0.0", "1.0.0"}) {
		t.Errorf("Tags changed the known versions to %q", known)
	}
}

// hash is the mark of a cut slug, and of an empty one.
func hash(branch string) string { return fmt.Sprintf("%.4x", sha256.Sum256([]byte(branch))) }

func join(tags []tagging.Tag) string {
	names := make([]string, len(tags))
	for i, tag := range tags {
		names[i] = tag.String()
	}
	return strings.Join(names, " ")
}

func lines(s ...string) string { return strings.Join(s, "\n") }
