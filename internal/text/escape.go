// Package text makes untrusted text fit for Markdown, logs, messages and pages, and writes the times, numbers and guesses that people
// read there.
package text

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Visible makes a value fit for one line of a log: control characters, bidi and other format characters,
// line separators and invalid UTF-8 are spelt out as \u{…} or \x…, long values are cut, and the marker ##[
// that the runner takes for a command anywhere in a line is broken up.
func Visible(s string) string {
	var b strings.Builder
	each(s, func(c rune, raw string) {
		switch {
		case c == utf8.RuneError && len(raw) == 1:
			fmt.Fprintf(&b, `\x%02x`, raw[0])
		case hidden(c):
			fmt.Fprintf(&b, `\u{%x}`, c)
		default:
			b.WriteRune(c)
		}
	})
	return strings.ReplaceAll(b.String(), "##[", `##\[`)
}

// each calls f for every character of s, as far as s is shown, and says at the end how much is missing.
func each(s string, f func(c rune, raw string)) {
	for i := range maxShown {
		if s == "" {
			return
		}
		c, size := utf8.DecodeRuneInString(s)
		f(c, s[:size])
		s = s[size:]
		if i == maxShown-1 && s != "" {
			for _, c := range fmt.Sprintf("… (%d bytes more)", len(s)) {
				f(c, string(c))
			}
		}
	}
}

// hidden reports whether a character does not show, or changes how its neighbours show.
func hidden(c rune) bool {
	return !unicode.IsPrint(c) && c != ' ' || unicode.Is(unicode.Cf, c) || unicode.Is(unicode.Variation_Selector, c)
}

// Code gives a value as code in Markdown. Mentions and references do not work in code, and no character
// of the value has a meaning in Markdown, in a table or in HTML.
func Code(s string) string {
	if s == "" {
		return ""
	}
	return "<code>" + entities(s) + "</code>"
}

// Plain gives a value as running text in Markdown, without any meaning of its own.
func Plain(s string) string {
	return strings.ReplaceAll(entities(s), "&#64;", "&#64;&#8203;") // "@", so that the text mentions no account
}

// entities spells everything but letters, digits and the most harmless signs as a character reference,
// which Markdown never takes for structure (CommonMark, "Entity and numeric character references").
func entities(s string) string {
	var b strings.Builder
	last := rune(0)
	for _, c := range Visible(s) {
		if c < utf8.RuneSelf && !harmless(c, last) {
			fmt.Fprintf(&b, "&#%d;", c)
		} else {
			b.WriteRune(c)
		}
		last = c
	}
	return b.String()
}

// harmless signs cannot begin or end anything, as long as they are not first in the text: a list or a
// number at the start of a line, a link at "www.".
func harmless(c, last rune) bool {
	switch {
	case c >= '0' && c <= '9', c >= 'a' && c <= 'z', c >= 'A' && c <= 'Z', c == ' ':
		return true
	case c == '.':
		return last != 0 && last != 'w' && last != 'W'
	case c == '-', c == '/', c == ',':
		return last != 0
	}
	return false
}
