package tagging_test

import (
	"regexp"
	"strings"
	"testing"

	"github.com/wizzense/deployment-rings/tagging"
)

func TestSlug(t *testing.T) {
	tests := []struct{ branch, want string }{
		{"ring-0", "ring-0"},
		{"Feature/Foo", "feature-foo"},
		{"feature//foo--bar", "feature-foo-bar"},
		{"-/leading/and/trailing/-", "leading-and-trailing"},
		{"user_1/v1.2", "user_1-v1.2"},
		{"._.", "._."},           // dots and underscores stay, at the ends too
		{"naïve/ÄB", "na-ve-b"},  // ASCII alone is lowered and kept
		{"\u212aelvin", "elvin"}, // the Kelvin sign is no k
		{"a\xff\xfeb", "a-b"},
		{"a\r\n::set-output name=x::y", "a-set-output-name-x-y"},
		{"$(rm -rf ~)`x`", "rm-rf-x"},
		{"x-pr-7-latest", "x-pr-7-latest"},
		{"", "ref-e3b0c442"},
		{"---", "ref-" + hash("---")},
		{"日本語", "ref-" + hash("日本語")},
	}
	for _, test := range tests {
		if got := tagging.Slug(test.branch); got != test.want {
			t.Errorf("Slug(%q) = %q, want %q", test.branch, got, test.want)
		}
	}
}

func TestSlugOfAMegabyte(t *testing.T) {
	branch := strings.Repeat("Ab/\xff", 1<<18)
	if got, want := tagging.Slug(branch), strings.Repeat("-ab", 1<<18)[1:]; got != want {
		t.Errorf("Slug of %d bytes: %d bytes, want %d, of ab-ab-…", len(branch), len(got), len(want))
	}
}

// slugByRegexp says what a slug is in other words.
func slugByRegexp(branch string) string {
	lower := regexp.MustCompile(`[A-Z]`).ReplaceAllStringFunc(branch, strings.ToLower)
	slug := regexp.MustCompile(`[^a-z0-9._]+`).ReplaceAllString(lower, "-")
	if slug = strings.Trim(slug, "-"); slug == "" {
		return "ref-" + hash(branch)
	}
	return slug
}

func FuzzSlug(f *testing.F) {
	for _, branch := range []string{"", "ring-0", "Feature//Foo-", "-ä-", "K\xff.", "a--\x00b"} {
		f.Add(branch)
	}
	f.Fuzz(func(t *testing.T, branch string) {
		got := tagging.Slug(branch)
		if want := slugByRegexp(branch); got != want {
			t.Errorf("Slug(%q) = %q, want %q", branch, got, want)
		}
		if again := tagging.Slug(got); again != got {
			t.Errorf("Slug(%q) = %q, want the slug itself", got, again)
		}
	})
}
