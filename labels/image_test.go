package labels_test

import (
	"fmt"
	"math"
	"regexp"
	"strings"
	"testing"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"github.com/wizzense/deployment-rings/labels"
)

// full is an image with every label, and fullMap its labels.
var full = labels.Image{
	Title:         "AitherZero",
	Description:   "Rings & <things>, \u202eright to left",
	Version:       "1.5.0+build.7",
	Source:        "https://github.com/wizzense/AitherZero",
	URL:           "https://github.com/wizzense/AitherZero",
	Documentation: "https://example.com/docs",
	Vendor:        "Aitherium",
	Authors:       "Maya",
	Licenses:      "MIT",
	Revision:      "9c8d7e6f0a1b2c3d4e5f60718293a4b5c6d7e8f9",
	RefName:       "1.5.0_build.7",
	Created:       built,
	Ring:          "ring-0",
	Branch:        "Feature/Ünï$(x)",
	PullRequest:   123,
	Iteration:     42,
	Timestamp:     built,
}

var fullMap = map[string]string{
	"org.opencontainers.image.title":         "AitherZero",
	"org.opencontainers.image.description":   "Rings & <things>, \u202eright to left",
	"org.opencontainers.image.version":       "1.5.0+build.7",
	"org.opencontainers.image.source":        "https://github.com/wizzense/AitherZero",
	"org.opencontainers.image.url":           "https://github.com/wizzense/AitherZero",
	"org.opencontainers.image.documentation": "https://example.com/docs",
	"org.opencontainers.image.vendor":        "Aitherium",
	"org.opencontainers.image.authors":       "Maya",
	"org.opencontainers.image.licenses":      "MIT",
	"org.opencontainers.image.revision":      "9c8d7e6f0a1b2c3d4e5f60718293a4b5c6d7e8f9",
	"org.opencontainers.image.ref.name":      "1.5.0_build.7",
	"org.opencontainers.image.created":       "2025-01-11T15:45:30Z",
	"com.aitherzero.deployment.ring":         "ring-0",
	"com.aitherzero.branch.name":             "Feature/Ünï$(x)",
	"com.aitherzero.pr.number":               "123",
	"com.aitherzero.build.iteration":         "42",
	"com.aitherzero.build.timestamp":         "20250111-154530",
}

func TestMap(t *testing.T) {
	berlin := time.FixedZone("CET", 3600)
	tests := []struct {
		name   string
		image  labels.Image
		prefix string
		want   map[string]string
	}{
		{"all", full, "com.aitherzero", fullMap},
		{"nothing", labels.Image{}, "", map[string]string{}},
		{"a prefix alone", labels.Image{}, "com.x", map[string]string{}},
		{"no assertion", labels.Image{Licenses: "NOASSERTION"}, "", map[string]string{}},
		{"a zone and a fraction", labels.Image{
			Created:   time.Date(2025, 1, 1, 0, 30, 0, 999999999, berlin),
			Timestamp: time.Date(2025, 1, 1, 0, 30, 0, 999999999, berlin),
		}, "x", map[string]string{
			"org.opencontainers.image.created": "2024-12-31T23:30:00Z",
			"x.build.timestamp":                "20241231-233000",
		}},
		{"a prefix as of the image my_app", labels.Image{Ring: "dev"}, "com.my_app-2", map[string]string{"com.my_app-2.deployment.ring": "dev"}},
	}
	for _, test := range tests {
		got, err := test.image.Map(test.prefix)
		if diff := cmp.Diff(test.want, got); diff != "" || err != nil {
			t.Errorf("%s: Map error %v (-want +got):\n%s", test.name, err, diff)
		}
	}
}

func TestMapErrors(t *testing.T) {
	tests := []struct {
		image  labels.Image
		prefix string
		want   string
	}{
		{labels.Image{Title: "a\nb", Description: "\xff", Branch: "x\x00", PullRequest: -1, Iteration: -2}, "com.x", lines(
			`label "org.opencontainers.image.title": contains the control character U+000A at byte 2`,
			`label "org.opencontainers.image.description": is not valid UTF-8: "\xff"`,
			`label "com.x.branch.name": contains the control character U+0000 at byte 2`,
			`label "com.x.pr.number": -1 is negative`,
			`label "com.x.build.iteration": -2 is negative`,
		)},
		{labels.Image{Vendor: "a\u0085"}, "", `label "org.opencontainers.image.vendor": contains the control character U+0085 at byte 2`},
		{labels.Image{Ring: "dev", PullRequest: 1}, "", lines(
			`label "deployment.ring": needs a prefix such as com.example.app`,
			`label "pr.number": needs a prefix such as com.example.app`,
		)},
		{labels.Image{}, "com..x", `prefix: "com..x" is not a prefix of keys such as com.example.app`},
		{labels.Image{Iteration: -1}, "x.\n", lines(
			`prefix: "x.\n" is not a prefix of keys such as com.example.app`,
			`label "x.\n.build.iteration": -1 is negative`,
		)},
		{labels.Image{Created: time.Date(10000, 1, 1, 0, 0, 0, 0, time.UTC)}, "", `label "org.opencontainers.image.created": the year 10000 does not have four digits`},
		{labels.Image{Created: time.Date(0, 1, 1, 0, 0, 0, 0, time.FixedZone("", 3600))}, "", `label "org.opencontainers.image.created": the year -1 does not have four digits`},
	}
	for _, test := range tests {
		m, err := test.image.Map(test.prefix)
		if diff := cmp.Diff(test.want, fmt.Sprint(err)); diff != "" || m != nil {
			t.Errorf("%+v.Map(%q) = %v, error (-want +got):\n%s", test.image, test.prefix, m, diff)
		}
	}
}

func TestParse(t *testing.T) {
	tests := []struct {
		name   string
		labels map[string]string
		prefix string
		want   labels.Image
	}{
		{"all", fullMap, "com.aitherzero", full},
		{"nothing", nil, "com.x", labels.Image{}},
		{"the base image's ring labels are not ours", fullMap, "com.aither", without(full)},
		{"no prefix", fullMap, "", without(full)},
		{"empty labels, an unknown one, no assertion", map[string]string{
			"com.x.pr.number": "", "com.x.pr.title": "\x00", "org.opencontainers.image.created": "", "org.opencontainers.image.licenses": "NOASSERTION",
		}, "com.x", labels.Image{}},
		{"a zone and a fraction", map[string]string{"org.opencontainers.image.created": "2025-01-11T16:45:30.999+01:00"}, "", labels.Image{Created: built}},
		{"keys without a prefix", map[string]string{"pr.number": "1", ".pr.number": "1"}, "", labels.Image{}},
	}
	for _, test := range tests {
		got, err := labels.Parse(test.labels, test.prefix)
		if got != test.want || err != nil {
			t.Errorf("%s: Parse error %v (-want +got):\n%s", test.name, err, cmp.Diff(test.want, got))
		}
	}
}

func without(i labels.Image) labels.Image {
	i.Ring, i.Branch, i.PullRequest, i.Iteration, i.Timestamp = "", "", 0, 0, time.Time{}
	return i
}

func TestParseErrors(t *testing.T) {
	const notCreated = ` is not an RFC 3339 time such as 2025-01-11T15:45:30Z`
	const notTimestamp = ` is not a time such as 20250111-154530`
	const notNumber = ` is not a positive number without leading zeros`
	tests := []struct{ key, value, want string }{
		{"org.opencontainers.image.title", "a\x1b[0m", `contains the control character U+001B at byte 2`},
		{"org.opencontainers.image.title", "a\xff", `is not valid UTF-8: "a\xff"`},
		{"org.opencontainers.image.created", "yesterday", `"yesterday"` + notCreated},
		{"org.opencontainers.image.created", "2025-01-11 15:45:30", `"2025-01-11 15:45:30"` + notCreated},
		{"org.opencontainers.image.created", "0000-01-01T00:00:00+01:00", `"0000-01-01T00:00:00+01:00"` + notCreated},
		{"org.opencontainers.image.created", "9999-12-31T23:59:59-01:00", `"9999-12-31T23:59:59-01:00"` + notCreated},
		{"com.x.pr.number", "0", `"0"` + notNumber},
		{"com.x.pr.number", "012", `"012"` + notNumber},
		{"com.x.pr.number", "+12", `"+12"` + notNumber},
		{"com.x.pr.number", "-12", `"-12"` + notNumber},
		{"com.x.pr.number", "99999999999999999999", `"99999999999999999999"` + notNumber},
		{"com.x.build.iteration", "v42", `"v42"` + notNumber},
		{"com.x.build.timestamp", "20250111154530", `"20250111154530"` + notTimestamp},
		{"com.x.build.timestamp", "20250111-154530.5", `"20250111-154530.5"` + notTimestamp},
		{"com.x.build.timestamp", "20250230-154530", `"20250230-154530"` + notTimestamp},
	}
	for _, test := range tests {
		got, err := labels.Parse(map[string]string{test.key: test.value, "com.x.deployment.ring": "dev"}, "com.x")
		if want := fmt.Sprintf("label %q: %s", test.key, test.want); err == nil || err.Error() != want {
			t.Errorf("Parse(%s=%q) error %v, want %s", test.key, test.value, err, want)
		}
		if want := (labels.Image{Ring: "dev"}); got != want {
			t.Errorf("Parse(%s=%q) = %+v, want what is right: %+v", test.key, test.value, got, want)
		}
	}
}

func TestParseTellsAllProblems(t *testing.T) {
	_, err := labels.Parse(map[string]string{"org.opencontainers.image.created": "x", "com.x.build.iteration": "x"}, "com.x")
	want := lines(
		`label "org.opencontainers.image.created": "x" is not an RFC 3339 time such as 2025-01-11T15:45:30Z`,
		`label "com.x.build.iteration": "x" is not a positive number without leading zeros`,
	)
	if diff := cmp.Diff(want, fmt.Sprint(err)); diff != "" {
		t.Errorf("Parse error (-want +got):\n%s", diff)
	}
	if _, err := labels.Parse(nil, "a b"); err == nil || err.Error() != `prefix: "a b" is not a prefix of keys such as com.example.app` {
		t.Errorf(`Parse with the prefix "a b": %v`, err)
	}
}

func TestClean(t *testing.T) {
	tests := []struct{ text, want string }{
		{"plain, Ünï", "plain, Ünï"},
		{"two\nlines", "two lines"},
		{"two\r\nlines", "two  lines"},
		{"\x00\t a\x7fb\u0085c \n", "a b c"},
		{"a\xff\xfeb", "a\ufffdb"},
		{"\n\t", ""},
		{"\u202e", "\u202e"}, // a format character is no control character
	}
	for _, test := range tests {
		if got := labels.Clean(test.text); got != test.want {
			t.Errorf("Clean(%q) = %q, want %q", test.text, got, test.want)
		}
	}
}

// clean reports whether another implementation takes a text as the value of a label.
func clean(s string) bool {
	return utf8.ValidString(s) && !regexp.MustCompile(`\p{Cc}`).MatchString(s)
}

func FuzzClean(f *testing.F) {
	f.Add("a\nb\xff\u0085 ")
	f.Fuzz(func(t *testing.T, s string) {
		got := labels.Clean(s)
		if !clean(got) || got != strings.TrimSpace(got) || labels.Clean(got) != got || clean(s) && got != strings.TrimSpace(s) {
			t.Errorf("Clean(%q) = %q", s, got)
		}
	})
}

// bare is a text as its label has it, without white space at its ends.
func bare(s string) string {
	return strings.TrimFunc(s, func(r rune) bool { return unicode.IsSpace(r) || r == '\ufeff' })
}

// FuzzMap renders an image and reads it back.
func FuzzMap(f *testing.F) {
	f.Add("title", "NOASSERTION", "1.5.0", "ring-0", "Feature/x", "com.x", 123, 42, built.Unix(), int64(5))
	f.Add(" title\ufeff", " NOASSERTION", "\u00a0", "ring-0", " ", "com.x", 1, 2, built.Unix(), int64(5))
	f.Add("a\nb", "\xff", "", "", "", "", -1, 0, int64(math.MaxInt64), int64(math.MinInt64))
	f.Add("", "", "", "", "", ".", 0, 0, int64(-62135596800), int64(253402300799)) // the zero time, and the last second that has four digits
	f.Fuzz(func(t *testing.T, title, licenses, version, ring, branch, prefix string, pr, iteration int, created, timestamp int64) {
		image := labels.Image{
			Title: title, Licenses: licenses, Version: version, Created: time.Unix(created, 1).UTC(),
			Ring: ring, Branch: branch, PullRequest: pr, Iteration: iteration, Timestamp: time.Unix(timestamp, 0).UTC(),
		}
		m, err := image.Map(prefix)
		if err != nil {
			if m != nil {
				t.Errorf("Map() = %v and %v", m, err)
			}
			return
		}
		for key, value := range m {
			if value == "" || !clean(value) || !clean(key) || !strings.HasPrefix(key, "org.opencontainers.image.") && !strings.HasPrefix(key, prefix+".") {
				t.Errorf("Map() has %q=%q", key, value)
			}
		}
		image.Created = image.Created.Truncate(time.Second)
		for _, text := range []*string{&image.Title, &image.Licenses, &image.Version, &image.Ring, &image.Branch} {
			*text = bare(*text)
		}
		if image.Licenses == "NOASSERTION" {
			image.Licenses = ""
		}
		got, err := labels.Parse(m, prefix)
		if got != image || err != nil {
			t.Errorf("read back, error %v (-want +got):\n%s", err, cmp.Diff(image, got))
		}
	})
}

// FuzzParse reads hostile labels: what is accepted can be rendered, and reads the same again.
func FuzzParse(f *testing.F) {
	f.Add("title", "2025-01-11T16:45:30.5+01:00", "123", "20250111-154530", "ring-0", "com.x")
	f.Add("a\n", "0000-01-01T00:00:00+00:01", "0123", "00000000-000000", "", "")
	f.Add("\xff", "0001-01-01T00:00:00Z", "9223372036854775808", "00010101-000000", "\u0085", "com.x.")
	f.Fuzz(func(t *testing.T, title, created, number, timestamp, ring, prefix string) {
		given := map[string]string{
			"org.opencontainers.image.title":   title,
			"org.opencontainers.image.created": created,
			prefix + ".pr.number":              number,
			prefix + ".build.timestamp":        timestamp,
			prefix + ".deployment.ring":        ring,
		}
		image, err := labels.Parse(given, prefix)
		if err != nil {
			for line := range strings.SplitSeq(err.Error(), "\n") {
				if !strings.HasPrefix(line, `label "`) && !strings.HasPrefix(line, "prefix: ") || !clean(line) {
					t.Errorf("the error %q names no key", line)
				}
			}
			return
		}
		m, err := image.Map(prefix)
		if err != nil {
			t.Fatalf("Parse accepts %q, Map does not: %v", given, err)
		}
		image.Title, image.Ring = bare(image.Title), bare(image.Ring)
		if again, err := labels.Parse(m, prefix); again != image || err != nil {
			t.Errorf("read again, error %v (-want +got):\n%s", err, cmp.Diff(image, again))
		}
		for key, value := range m {
			if !strings.HasSuffix(key, ".created") && bare(given[key]) != value {
				t.Errorf("%s=%q is written %q", key, given[key], value)
			}
		}
	})
}

func BenchmarkMap(b *testing.B) {
	for b.Loop() {
		if _, err := full.Map("com.aitherzero"); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkParse(b *testing.B) {
	for b.Loop() {
		if _, err := labels.Parse(fullMap, "com.aitherzero"); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkAnnotations(b *testing.B) {
	levels := []labels.Level{labels.LevelManifest}
	for b.Loop() {
		labels.Annotations(fullMap, levels)
	}
}

func lines(s ...string) string { return strings.Join(s, "\n") }
