package labels_test

import (
	"fmt"
	"maps"
	"regexp"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"github.com/wizzense/deployment-rings/labels"
)

func TestLines(t *testing.T) {
	got := labels.Lines(map[string]string{"b": "1", "a.b": "2", "a-b": "3", "B": "x=y", "ä": ""})
	if diff := cmp.Diff([]string{"B=x=y", "a-b=3", "a.b=2", "b=1", "ä="}, got); diff != "" {
		t.Errorf("Lines (-want +got):\n%s", diff)
	}
}

func TestParseLines(t *testing.T) {
	tests := []struct {
		text string
		want map[string]string
	}{
		{"", map[string]string{}},
		{"a=1\nb=2", map[string]string{"a": "1", "b": "2"}},
		{"\r\n  a = 1 \r\n\r\n\tb\t=\t2\n", map[string]string{"a": "1", "b": "2"}},
		{"a=1\na=2", map[string]string{"a": "2"}},
		{"a=1\na=", map[string]string{"a": ""}},
		{"a==b=", map[string]string{"a": "=b="}},
		{`#a="x" # no comment`, map[string]string{"#a": `"x" # no comment`}},
	}
	for _, test := range tests {
		got, err := labels.ParseLines(test.text)
		if diff := cmp.Diff(test.want, got); diff != "" || err != nil {
			t.Errorf("ParseLines(%q) error %v (-want +got):\n%s", test.text, err, diff)
		}
	}
}

func TestParseLinesErrors(t *testing.T) {
	got, err := labels.ParseLines("a=1\n\nword\n = x\na b=c\nd=\x00\ne=\xff")
	want := lines(
		`line 3: "word" has no =, expected key=value`,
		`line 4: "= x" has no key, expected key=value`,
		`line 5: the key "a b" contains white space`,
		`line 6: contains the control character U+0000 at byte 3`,
		`line 7: is not valid UTF-8: "e=\xff"`,
	)
	if diff := cmp.Diff(want, fmt.Sprint(err)); diff != "" || got != nil {
		t.Errorf("ParseLines = %v, error (-want +got):\n%s", got, diff)
	}
}

func TestOverlay(t *testing.T) {
	generated := map[string]string{"a": "1", "b": "2", "c": "3"}
	extra := map[string]string{"b": "two", "c": "", "d": "", "e": "5"}
	got := labels.Overlay(generated, extra)
	if diff := cmp.Diff(map[string]string{"a": "1", "b": "two", "e": "5"}, got); diff != "" {
		t.Errorf("Overlay (-want +got):\n%s", diff)
	}
	clear(got)
	if len(generated) != 3 || generated["b"] != "2" || len(extra) != 4 {
		t.Errorf("Overlay changed its arguments to %v and %v", generated, extra)
	}
	if got := labels.Overlay(nil, nil); got == nil {
		t.Error("Overlay(nil, nil) = nil, want a map that can be written to")
	}
}

func TestParseLevels(t *testing.T) {
	const expected = "expected manifest, index, manifest-descriptor or index-descriptor"
	tests := []struct {
		list  string
		want  []labels.Level
		error string
	}{
		{"manifest", []labels.Level{labels.LevelManifest}, "<nil>"},
		{" index , manifest,index,", []labels.Level{labels.LevelIndex, labels.LevelManifest}, "<nil>"},
		{"manifest-descriptor,index-descriptor", []labels.Level{labels.LevelManifestDescriptor, labels.LevelIndexDescriptor}, "<nil>"},
		{"", nil, "no level, " + expected},
		{" , ", nil, "no level, " + expected},
		{"manifests,index,Index", nil, lines(`unknown level "manifests", `+expected, `unknown level "Index", `+expected)},
	}
	for _, test := range tests {
		got, err := labels.ParseLevels(test.list)
		if diff := cmp.Diff(test.want, got) + cmp.Diff(test.error, fmt.Sprint(err)); diff != "" {
			t.Errorf("ParseLevels(%q) (-want +got):\n%s", test.list, diff)
		}
	}
}

func TestAnnotations(t *testing.T) {
	m := map[string]string{"b": "2", "a": "1=x"}
	got := labels.Annotations(m, []labels.Level{labels.LevelManifest, labels.LevelIndexDescriptor})
	want := []string{"manifest:a=1=x", "manifest:b=2", "index-descriptor:a=1=x", "index-descriptor:b=2"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("Annotations (-want +got):\n%s", diff)
	}
}

// A line in the words of a regular expression: key, value. White space is that of Unicode.
var (
	space    = `[\t\n\v\f\r\x{85}\p{Z}]*`
	goodLine = regexp.MustCompile(`^` + space + `([^=\p{Cc}\p{Z}]+)` + space + `=` + space + `([^\p{Cc}]*?)` + space + `$`)
	noLine   = regexp.MustCompile(`^` + space + `$`)
)

func FuzzParseLines(f *testing.F) {
	f.Add("a=1\n b = 2 \r\n=x\nc d=e\nf=\ng\u0085=\u00a0h\u3000")
	f.Add("a\x00=1\na=\xff\nf\t=\t\v1\ng=\n=\nx=a\tb")
	f.Fuzz(func(t *testing.T, text string) {
		want := map[string]string{}
		var bad []string
		for i, line := range strings.Split(text, "\n") {
			if m := goodLine.FindStringSubmatch(line); m != nil && utf8.ValidString(line) {
				want[m[1]] = m[2]
			} else if !noLine.MatchString(line) {
				bad = append(bad, fmt.Sprintf("line %d", i+1))
			}
		}
		got, err := labels.ParseLines(text)
		if len(bad) > 0 {
			if diff := cmp.Diff(bad, reported(err)); diff != "" {
				t.Errorf("ParseLines(%q) error (-want +got):\n%s", text, diff)
			}
			return
		}
		if !maps.Equal(got, want) || err != nil {
			t.Errorf("ParseLines(%q) = %q, %v, want %q", text, got, err, want)
		}
		if again, err := labels.ParseLines(strings.Join(labels.Lines(got), "\n")); !maps.Equal(again, got) || err != nil {
			t.Errorf("the lines of %q read as %q, %v", got, again, err)
		}
	})
}

// reported returns the lines that the error names.
func reported(err error) []string {
	var names []string
	for line := range strings.SplitSeq(fmt.Sprint(err), "\n") {
		name, _, _ := strings.Cut(line, ":")
		names = append(names, name)
	}
	return names
}
