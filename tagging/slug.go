package tagging

import (
	"crypto/sha256"
	"encoding/hex"
	"strings"
)

const hashLength = 8

// Slug is a branch name made fit for a tag: ASCII letters in lower case, every run of
// bytes outside a-z 0-9 . _ and -, and every run of dashes, one dash, and no dash at
// either end. Nothing left gives "ref-" and 8 hexadecimal digits of the SHA-256 of the name.
// A slug is as long as the branch needs; only tags cut it.
func Slug(branch string) string {
	slug := make([]byte, 0, len(branch))
	for i := range len(branch) {
		c := lower(branch[i])
		if c != '-' && slugByte(c) {
			slug = append(slug, c)
		} else if n := len(slug); n > 0 && slug[n-1] != '-' {
			slug = append(slug, '-')
		}
	}
	if s := strings.TrimSuffix(string(slug), "-"); s != "" {
		return s
	}
	return "ref-" + hash(branch)
}

// fit joins prefix, slug and suffix, and cuts the slug where that is too long. The head may
// end in a dash of its own, so that the tag keeps its exact length.
func fit(prefix, slug, suffix, branch string) string {
	room := maxLength - len(prefix) - len(suffix)
	if len(slug) > room {
		slug = slug[:room-1-hashLength] + "-" + hash(branch)
	}
	return prefix + slug + suffix
}

// isSlug reports whether Slug could have made s, or, in a tag of full length, fit.
func isSlug(s string, full bool) bool {
	if head := len(s) - 1 - hashLength; full && head > 0 && s[head] == '-' && isHex(s[head+1:], hashLength) {
		s = strings.TrimSuffix(s[:head], "-")
	}
	for i := range len(s) {
		if !slugByte(s[i]) {
			return false
		}
	}
	return s != "" && s[0] != '-' && s[len(s)-1] != '-' && !strings.Contains(s, "--")
}

func hash(branch string) string {
	sum := sha256.Sum256([]byte(branch))
	return hex.EncodeToString(sum[:hashLength/2])
}

func lower(c byte) byte {
	if 'A' <= c && c <= 'Z' {
		return c + 'a' - 'A'
	}
	return c
}

func slugByte(c byte) bool {
	return 'a' <= c && c <= 'z' || '0' <= c && c <= '9' || c == '.' || c == '_' || c == '-'
}
