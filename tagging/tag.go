package tagging

import (
	"errors"
	"fmt"
)

const maxLength = 128

// Tag is a legal OCI tag, or the zero Tag, which names nothing. Tags can be compared with ==.
type Tag struct{ name string }

// Parse reads a tag. It accepts every tag that the OCI distribution specification allows, whether or not this package renders
// it: see [Tag.Parts]. It does not trim. The error says what is wrong: the tag is empty, has more than 128 characters, begins
// with a dot or a dash, or contains a character that is not allowed.
func Parse(s string) (Tag, error) {
	if err := check(s); err != nil {
		return Tag{}, fmt.Errorf("invalid tag %.*q: %w", maxLength, s, err)
	}
	return Tag{s}, nil
}

// String returns the tag as a registry knows it, "" for the zero Tag.
func (t Tag) String() string { return t.name }

// check holds s to the grammar of the OCI distribution specification, "Pulling manifests".
func check(s string) error {
	if s == "" {
		return errors.New("it is empty")
	}
	if len(s) > maxLength {
		return fmt.Errorf("it is %d characters long, at most %d are allowed", len(s), maxLength)
	}
	if s[0] == '.' || s[0] == '-' {
		return fmt.Errorf("it starts with %q, expected a letter, a digit or _", s[0])
	}
	for _, r := range s {
		if r > 0x7f || !tagByte(byte(r)) {
			return fmt.Errorf("it contains %q, expected only letters, digits, '.', '_' and '-'", r)
		}
	}
	return nil
}

func tagByte(c byte) bool { return slugByte(c) || 'A' <= c && c <= 'Z' }
