package text_test

import (
	"strings"
	"testing"

	"github.com/wizzense/deployment-rings/internal/text"
)

func TestShort(t *testing.T) {
	for _, tt := range []struct{ call, got, want string }{
		{`Clip("abc", 3)`, text.Clip("abc", 3), "abc"},
		{`Clip("abcd", 3)`, text.Clip("abcd", 3), "abc…"},
		{`Clip("aää", 2)`, text.Clip("aää", 2), "a…"}, // no half of a character
		{`ClipRunes("äöü", 3)`, text.ClipRunes("äöü", 3), "äöü"},
		{`ClipRunes("äöüß", 3)`, text.ClipRunes("äöüß", 3), "äö…"},
		{`Quote("a\n")`, text.Quote("a\n"), `"a\n"`},
		{`Quote of 81`, text.Quote(strings.Repeat("a", 81)), `"` + strings.Repeat("a", 80) + `…"`},
		{`OneLine("a\r\n\tb c", 9)`, text.OneLine("a\r\n\tb c", 9), "a b c"},
		{`OneLine("a\nbcd", 4)`, text.OneLine("a\nbcd", 4), "a bc…"},
		{`Plural(0, "error")`, text.Plural(0, "error"), "0 errors"},
		{`Plural(1, "status")`, text.Plural(1, "status"), "1 status"},
		{`Plural(2, "status")`, text.Plural(2, "status"), "2 statuses"},
		{`ShortCommit`, text.ShortCommit("0123456789"), "01234567"},
		{`ShortCommit of a short one`, text.ShortCommit("0123"), "0123"},
		{`ShortDigest`, text.ShortDigest("sha256:0123456789abcdef"), "sha256:0123456789ab"},
		{`ShortDigest of a short one`, text.ShortDigest("x"), "x"},
	} {
		if tt.got != tt.want {
			t.Errorf("%s = %q, want %q", tt.call, tt.got, tt.want)
		}
	}
}
