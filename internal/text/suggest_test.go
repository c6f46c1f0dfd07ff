package text_test

import (
	"strings"
	"testing"

	"github.com/wizzense/deployment-rings/internal/text"
)

func TestSuggest(t *testing.T) {
	for _, tt := range []struct{ got, known, want string }{
		{"branchs", "branches name", `, did you mean "branches"?`},
		{"Ring-1", "ring-0 ring-1", `, did you mean "ring-1"?`},
		{"rign-1", "ring-0 ring-1", `, did you mean "ring-1"?`}, // two edits
		{"rings", "ring", `, did you mean "ring"?`},
		{"x", "id", `, expected "id"`},
		{"ix", "id", `, did you mean "id"?`}, // half of the word is the bound
		{"abc", "id", `, expected "id"`},
		{"flow", "flawless", `, expected "flawless"`},
		{"image_digest", "digest to", `, did you mean "digest"?`}, // contains it
		{"dig", "digest to", `, did you mean "digest"?`},
		{"to-be", "to by", ", expected one of to, by"}, // short words are in many
		{"", "a b", ", expected one of a, b"},
		{"a", "", ""},
		{strings.Repeat("x", 1<<20), "a b", ", expected one of a, b"},
	} {
		if got := text.Suggest(tt.got, strings.Fields(tt.known)); got != tt.want {
			t.Errorf("Suggest(%.20q, %s) = %q, want %q", tt.got, tt.known, got, tt.want)
		}
	}
}

func TestNearest(t *testing.T) {
	for _, tt := range []struct{ got, known, want string }{
		{"kitten", "sitting", ""}, // three edits
		{"flaw", "lawn claw", "claw"},
		{"my-ring", "ring", ""}, // contains it
		{"now", "now new", "now"},
		{"ab", "ba", ""},
	} {
		if got := text.Nearest(tt.got, strings.Fields(tt.known)); got != tt.want {
			t.Errorf("Nearest(%q, %s) = %q, want %q", tt.got, tt.known, got, tt.want)
		}
	}
}
