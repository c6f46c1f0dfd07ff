package text

import (
	"fmt"
	"strings"
)

// Link renders a link, or the plain text if the address is not http or https. It may stand in a table.
func Link(text, address string) string {
	web := strings.HasPrefix(address, "https://") || strings.HasPrefix(address, "http://")
	if !web || len(address) > maxAddress {
		return Plain(text)
	}
	return `<a href="` + reference(address) + `">` + Plain(text) + "</a>"
}

// reference spells an address so that it neither ends its attribute nor means anything to Markdown. What no address may
// hold is percent-encoded, as browsers do.
func reference(address string) string {
	var b strings.Builder
	last := rune(0)
	for _, c := range []byte(address) {
		switch {
		case c <= ' ' || c > '~':
			fmt.Fprintf(&b, "%%%02X", c)
		case harmless(rune(c), last):
			b.WriteByte(c)
		default:
			fmt.Fprintf(&b, "&#%d;", c)
		}
		last = rune(c)
	}
	return b.String()
}
