package text_test

import (
	"html"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/wizzense/deployment-rings/internal/text"
)

func TestVisible(t *testing.T) {
	for in, want := range map[string]string{
		"":                      "",
		"ring-0/héllo 世界 *a*":   "ring-0/héllo 世界 *a*",
		"a\nb\r\tc\x00\x1b[31m": `a\u{a}b\u{d}\u{9}c\u{0}\u{1b}[31m`,
		"a\u202eb\u2066c\u200b": `a\u{202e}b\u{2066}c\u{200b}`,
		"a\u2028b\u2029\u00a0c": `a\u{2028}b\u{2029}\u{a0}c`,
		"a\ufe0fb\U000e0041c":   `a\u{fe0f}b\u{e0041}c`,
		"a\xffb\xc3":            `a\xffb\xc3`,
		"\ufffd":                "\ufffd", // the character itself is valid
		"##[error]x ###[":       `##\[error]x ###\[`,
	} {
		if got := text.Visible(in); got != want {
			t.Errorf("Visible(%q) = %q, want %q", in, got, want)
		}
	}
}

func TestLongValuesAreCut(t *testing.T) {
	for _, f := range []func(string) string{text.Visible, text.Code, text.Plain} {
		got := f(strings.Repeat("ä", 1<<19))
		if len(got) > 10_000 || !strings.Contains(got, "1046576 bytes more") {
			t.Errorf("1 MB gives %d bytes: …%s", len(got), got[max(0, len(got)-60):])
		}
	}
	if in := strings.Repeat("a", 1000); text.Visible(in) != in {
		t.Error("1000 characters are cut, want them whole")
	}
}

func TestCode(t *testing.T) {
	for in, want := range map[string]string{
		"":                     "",
		"ring-0":               "<code>ring-0</code>",
		"1.5.0":                "<code>1.5.0</code>",
		"`a` | b\n<b>":         "<code>&#96;a&#96; &#124; b&#92;u&#123;a&#125;&#60;b&#62;</code>",
		"@octocat":             "<code>&#64;octocat</code>",
		"- a":                  "<code>&#45; a</code>",
		"1. www.x.org https:/": "<code>1. www&#46;x.org https&#58;/</code>",
		"WWW.x Www.y .z":       "<code>WWW&#46;x Www&#46;y .z</code>", // a link begins in any case
		".z":                   "<code>&#46;z</code>",
	} {
		if got := text.Code(in); got != want {
			t.Errorf("Code(%q) = %q, want %q", in, got, want)
		}
	}
}

func TestPlain(t *testing.T) {
	for in, want := range map[string]string{
		"Ring 0: Canary": "Ring 0&#58; Canary",
		"by @octocat":    "by &#64;&#8203;octocat", // nobody gets a notification
		"**a**_b_~c~":    "&#42;&#42;a&#42;&#42;&#95;b&#95;&#126;c&#126;",
	} {
		if got := text.Plain(in); got != want {
			t.Errorf("Plain(%q) = %q, want %q", in, got, want)
		}
	}
}

// FuzzCode: a browser shows exactly what Visible says, and no byte of the value means anything before that.
func FuzzCode(f *testing.F) {
	for _, s := range []string{"", "a", "<img src=x>", "&lt;", "`|\n@#1", "\xff\u202e", "##[x", "www.x", "&#60;", strings.Repeat("é", 2000)} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		shown := strings.TrimSuffix(strings.TrimPrefix(text.Code(s), "<code>"), "</code>")
		if got, want := html.UnescapeString(shown), text.Visible(s); got != want {
			t.Errorf("Code(%q) shows %q, want %q", s, got, want)
		}
		if strings.ContainsAny(shown, "<>`*_|@[]\\~:\n\r\"'!") || !utf8.ValidString(shown) {
			t.Errorf("Code(%q) = %q", s, shown)
		}
	})
}
