package ringpolicy

import (
	"errors"
	"net/url"
	"strings"
	"unicode"

	"github.com/wizzense/deployment-rings/ringpolicy/internal/strict"
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

// isPrintable reports whether text is printable ASCII only, which most is.
func isPrintable(s string) bool {
	for _, c := range []byte(s) {
		if c < ' ' || c > '~' {
			return false
		}
	}
	return true
}

// isUnsafe reports whether a character is a control, ends a line, or is invisible, such as those that turn the direction of writing.
func isUnsafe(c rune) bool {
	return unicode.In(c, unicode.Cc, unicode.Cf, unicode.Zl, unicode.Zp)
}

// maxWebAddress is the length of an address that browsers and GitHub still take everywhere.
const maxWebAddress = 2000

// checkWebAddress says what keeps a text from being a link that people may follow: it leads to a server of the web, shows
// where it leads, and carries no password.
func checkWebAddress(s string) error {
	if len(s) > maxWebAddress {
		return errors.New("is an address of more than 2000 characters")
	}
	for _, c := range []byte(s) {
		if c <= ' ' || c > '~' {
			return errors.New("is an address with a space, a control character or one outside ASCII that is not percent-encoded")
		}
	}
	u, err := url.Parse(s)
	switch {
	case err != nil:
		return errors.New("is no address")
	case u.Scheme != "http" && u.Scheme != "https":
		return errors.New("is no absolute http or https address")
	case u.Hostname() == "":
		return errors.New("is an address without a host")
	case u.User != nil:
		return errors.New("is an address with a user in it")
	}
	return nil
}

// url reads the address of a page that a summary may link to.
func (r *evidenceReader) url(to *string) func(*strict.Node) {
	return func(n *strict.Node) {
		text := r.Text(n)
		if text == "" {
			return
		}
		if err := checkWebAddress(text); err != nil {
			r.Fail(n, "%v, expected one such as https://example.com/page", err) // without the address, which may hold a password
			return
		}
		*to = text
	}
}

// webAddresses returns the URLs that are safe to link to, at most ten.
func webAddresses(urls []string) []string {
	var all []string
	for _, s := range urls {
		if s != "" && checkWebAddress(s) == nil {
			all = append(all, s)
		}
	}
	return firstFew(all)
}
