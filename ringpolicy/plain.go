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
	if strings.IndexFunc(s, isUnsafe) < 0 {
		return s
	}
	return strings.Map(func(c rune) rune {
		if isUnsafe(c) {
			return unicode.ReplacementChar
		}
		return c
	}, s)
}

// isUnsafe tells controls, line ends, and invisible format characters, such as those that turn the direction of writing.
func isUnsafe(c rune) bool {
	return unicode.In(c, unicode.Cc, unicode.Cf, unicode.Zl, unicode.Zp)
}
