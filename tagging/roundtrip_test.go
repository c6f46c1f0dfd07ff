package tagging_test

import (
	"math"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/wizzense/deployment-rings/tagging"
)

// FuzzTags gives any values to the subjects that have a branch or a ring: they give an error
// exactly when a value is not allowed, and else tags that read back as these values.
func FuzzTags(f *testing.F) {
	long := strings.Repeat("Feature/", 20)
	for _, branch := range []string{
		"", "ring-0", "x-pr-7-latest", "latest", "v3", "deadbeef", "日本語", "a\xff\x00b", long, long[:110], long[:115] + "--x", strings.Repeat("x", 1<<20),
	} {
		f.Add(123, branch, 42, "ring-0")
	}
	for _, ring := range []string{"", "pr", "branch", "x-pr-7", "1.2.3-a.", "latest", strings.Repeat("x", 110), strings.Repeat("x", 116)} {
		f.Add(123, "main", 42, ring)
	}
	f.Add(math.MaxInt, long, math.MaxInt, "x")
	f.Add(0, "main", -1, "x")
	f.Fuzz(func(t *testing.T, number int, branch string, iteration int, ring string) {
		pr := map[tagging.Kind]tagging.Parts{
			tagging.KindPullRequestBuild:  {Number: number, Slug: branch, Iteration: iteration},
			tagging.KindPullRequestBranch: {Number: number, Slug: branch},
			tagging.KindPullRequestRing:   {Number: number, RingTag: ring},
			tagging.KindPullRequestLatest: {Number: number},
			tagging.KindPullRequestCommit: {Number: number, Commit: "a1b2c3d4"},
			tagging.KindBranchBuild:       {Slug: branch, Iteration: iteration},
			tagging.KindBranchLatest:      {Slug: branch},
			tagging.KindRingLatest:        {RingTag: ring},
			tagging.KindCommit:            {Commit: "a1b2c3d4"},
		}
		ringOK := tagging.CheckRing(ring) == nil
		room := len(ring+"-pr--latest")+digits(number) <= 128
		sha := revision("a1b2c3d4")

		check(t, tagging.PullRequest{Number: number, Branch: branch, Iteration: iteration, RingTag: ring, Revision: sha}, branch, pr,
			number > 0 && branch != "" && iteration > 0 && ringOK && room)
		check(t, tagging.Merge{Number: number, RingTag: ring, Revision: sha}, branch, pr, number > 0 && ringOK && room)
		check(t, tagging.Branch{Name: branch, Iteration: iteration, RingTag: ring, Revision: sha}, branch, pr,
			branch != "" && iteration > 0 && (ringOK || ring == ""))
		check(t, tagging.Promotion{RingTag: ring, Number: number}, branch, pr, number >= 0 && ringOK && (room || number == 0))
	})
}

func check(t *testing.T, s subject, branch string, want map[tagging.Kind]tagging.Parts, ok bool) {
	t.Helper()
	set, err := s.Tags()
	if (err == nil) != ok {
		t.Fatalf("%.500v.Tags() error %v, want none: %t", s, err, ok)
	}
	checkSet(t, set)
	for _, tag := range set.All() {
		got := tag.Parts()
		values := want[got.Kind]
		values.Kind = got.Kind
		if values.Slug != "" {
			values.Slug = slugIn(tag, got.Slug, branch)
		}
		if diff := cmp.Diff(values, got); diff != "" {
			t.Errorf("%s reads as (-want +got):\n%s", tag, diff)
		}
	}
}

// slugIn is the slug that a tag of the branch must have: whole where there is room for it.
func slugIn(tag tagging.Tag, got, branch string) string {
	slug := slugByRegexp(branch)
	if len(tag.String())-len(got)+len(slug) <= 128 {
		return slug
	}
	return slug[:128-len(tag.String())+len(got)-9] + "-" + hash(branch)
}

func digits(n int) int {
	count := 1
	for ; n >= 10; n /= 10 {
		count++
	}
	return count
}

func BenchmarkTags(b *testing.B) {
	sha := revision("a1b2c3d4")
	for _, test := range []struct {
		name    string
		subject subject
	}{
		{"PullRequest", tagging.PullRequest{Number: 123, Branch: "ring-0-integrations", Iteration: 42, RingTag: "ring-0", Revision: sha}},
		{"Cut", tagging.PullRequest{Number: 123, Branch: strings.Repeat("Feature/", 20), Iteration: 42, RingTag: "ring-0", Revision: sha}},
		{"Branch", tagging.Branch{Name: "ring-0-integrations", Iteration: 42, RingTag: "ring-0", Revision: sha}},
		{"Release", tagging.Release{Version: "v1.5.0", Revision: sha, Known: []string{"1.4.0", "v1.4.1"}}},
	} {
		b.Run(test.name, func(b *testing.B) {
			for b.Loop() {
				if _, err := test.subject.Tags(); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

func BenchmarkParts(b *testing.B) {
	tag, err := tagging.Parse("ring-0-pr-123-latest")
	if err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		tag.Parts()
	}
}
