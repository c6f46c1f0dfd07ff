package labels

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Clean makes untrusted text fit for a label: invalid UTF-8 becomes U+FFFD, each control character (Unicode category Cc)
// a space, and white space and U+FEFF at both ends go.
func Clean(s string) string {
	s = strings.ToValidUTF8(s, string(utf8.RuneError))
	return trim(strings.Map(controlToSpace, s))
}

// trim drops white space at both ends, and U+FEFF, which is white space to JavaScript: the programs that read lines of labels
// drop it too.
func trim(s string) string {
	return strings.TrimFunc(s, func(r rune) bool { return unicode.IsSpace(r) || r == '\ufeff' })
}

func controlToSpace(r rune) rune {
	if unicode.IsControl(r) {
		return ' '
	}
	return r
}

func checkText(s string) error {
	if i := strings.IndexFunc(s, unicode.IsControl); i >= 0 {
		r, _ := utf8.DecodeRuneInString(s[i:])
		return fmt.Errorf("contains the control character %U at byte %d", r, i+1)
	}
	if !utf8.ValidString(s) {
		return fmt.Errorf("is not valid UTF-8: %.80q", s)
	}
	return nil
}
