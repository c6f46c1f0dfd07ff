package ringpolicy

import (
	"strings"
	"unicode"
)

// plain makes untrusted text fit for one line: no control characters, no marks that turn the direction of writing, not long.
func plain(s string) string {
	const most = 300
	if len(s) > most {
		s = strings.ToValidUTF8(s[:most], "") + "…"
	}
	if isPrintable(s) || strings.IndexFunc(s, isUnsafe) < 0 {
		return s
	}
	return strings.Map(func(c rune) rune {
		if isUnsafe(c) {
			return unicode.ReplacementChar
		}
		return c
	}, s)
}

// isPrintable tells text of printable ASCII only, which most is.
func isPrintable(s string) bool {
	for _, c := range []byte(s) {
		if c < ' ' || c > '~' {
			return false
		}
	}
	return true
}

// isUnsafe tells controls, line ends, and invisible format characters, such as those that turn the direction of writing.
func isUnsafe(c rune) bool {
	return unicode.In(c, unicode.Cc, unicode.Cf, unicode.Zl, unicode.Zp)
}
