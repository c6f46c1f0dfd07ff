package text

import (
	"fmt"
	"strconv"
	"strings"
	"unicode"
)

// Limits on what people see of one value. Outputs are never cut.
const (
	MaxWord    = 80   // bytes of a word in a message
	MaxNote    = 400  // bytes of what another program says
	maxShown   = 1000 // characters of what Visible, Code and Plain show
	maxAddress = 2000 // bytes of an address that is linked to
)

// Clip cuts a text to max bytes and an ellipsis.
func Clip(s string, max int) string {
	if len(s) <= max {
		return s
	}
	return strings.ToValidUTF8(s[:max], "") + "…"
}

// ClipRunes cuts a text to max characters, the ellipsis included.
func ClipRunes(s string, max int) string {
	if runes := []rune(s); len(runes) > max {
		return string(runes[:max-1]) + "…"
	}
	return s
}

// Quote quotes a word for a message.
func Quote(s string) string { return fmt.Sprintf("%q", Clip(s, MaxWord)) }

// OneLine makes what another program says fit for one line of a message of max bytes.
func OneLine(s string, max int) string {
	return Clip(strings.Join(strings.FieldsFunc(s, unicode.IsControl), " "), max)
}

// Plural returns a number of things: "1 error", "2 statuses".
func Plural(n int, noun string) string {
	switch {
	case n == 1:
		return "1 " + noun
	case strings.HasSuffix(noun, "s"):
		noun += "e"
	}
	return strconv.Itoa(n) + " " + noun + "s"
}

// ShortCommit returns the part of a commit that people compare.
func ShortCommit(sha string) string { return sha[:min(len(sha), 8)] }

// ShortDigest returns the part of a digest that people compare.
func ShortDigest(digest string) string { return digest[:min(len(digest), len("sha256:")+12)] }
