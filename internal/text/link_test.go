package text_test

import (
	"html"
	"regexp"
	"strings"
	"testing"

	"github.com/wizzense/deployment-rings/internal/text"
)

func TestLink(t *testing.T) {
	for _, tt := range []struct{ address, want string }{
		{"https://github.com/o/r/issues/7#issuecomment-1", `<a href="https&#58;//github.com/o/r/issues/7&#35;issuecomment-1">view</a>`},
		{"http://x.example/?a=1&b=2", `<a href="http&#58;//x.example/&#63;a&#61;1&#38;b&#61;2">view</a>`},
		{`https://x.example/"><script>|`, `<a href="https&#58;//x.example/&#34;&#62;&#60;script&#62;&#124;">view</a>`},
		{"https://x.example/\n\u00e4", `<a href="https&#58;//x.example/%0A%C3%A4">view</a>`},
		{"javascript:alert(1)", "view"},
		{"data:text/html,x", "view"},
		{" https://x.example", "view"},
		{"", "view"},
		{"https://" + strings.Repeat("x", 2000), "view"},
	} {
		if got := text.Link("view", tt.address); got != tt.want {
			t.Errorf("Link(%q) = %s, want %s", tt.address, got, tt.want)
		}
	}
	if got := text.Link("<b>|@mona", "https://x.example"); !strings.Contains(got, ">&#60;b&#62;&#124;&#64;") {
		t.Errorf("the text of a link is %s", got)
	}
}

// FuzzLink: a link is one element that leads to the web and nothing else, or none.
func FuzzLink(f *testing.F) {
	for _, s := range []string{"https://x", `https://"`, "http://x>\n|", "javascript:x", "https://\xff", "https://&quot;"} {
		f.Add(s, s)
	}
	form := regexp.MustCompile(`^<a href="(https?&#58;//[^"<>|\s` + "`" + `]*)">[^<>|\n]*</a>$`)
	f.Fuzz(func(t *testing.T, words, address string) {
		got := text.Link(words, address)
		if got == text.Plain(words) {
			return
		}
		m := form.FindStringSubmatch(got)
		if m == nil {
			t.Fatalf("Link(%q, %q) = %q", words, address, got)
		}
		if to := html.UnescapeString(m[1]); !strings.HasPrefix(address, to[:strings.IndexByte(to, '/')]) {
			t.Errorf("Link(%q) leads to %q", address, to)
		}
	})
}
