package tagging

import "fmt"

const commitLength = 8

// ShortCommit returns the first 8 digits of a revision, which is a full commit hash:
// 40 (SHA-1) or 64 (SHA-256) hexadecimal digits in lower case. Anything else is an error. The deployment rings guide names
// commits by 8 digits: pr-123-a1b2c3d4, sha-9c8d7e6f.
func ShortCommit(revision string) (string, error) {
	if !isHex(revision, 40) && !isHex(revision, 64) {
		return "", fmt.Errorf("revision: %.80q is not a full commit hash of 40 or 64 lower-case hexadecimal digits", revision)
	}
	return revision[:commitLength], nil
}

func isHex(s string, length int) bool {
	for i := range len(s) {
		if c := s[i]; (c < '0' || c > '9') && (c < 'a' || c > 'f') {
			return false
		}
	}
	return len(s) == length
}
