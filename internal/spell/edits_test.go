package spell_test

import (
	"testing"

	"github.com/wizzense/deployment-rings/internal/spell"
)

func TestEdits(t *testing.T) {
	for _, tt := range []struct {
		a, b string
		want int
	}{
		{"", "", 0}, {"", "abc", 3}, {"abc", "", 3}, {"branchs", "branches", 1}, {"kitten", "sitting", 3},
		{"ring", "ring", 0}, {"ab", "ba", 2}, {"flaw", "lawn", 2},
	} {
		if got := spell.Edits(tt.a, tt.b); got != tt.want {
			t.Errorf("Edits(%q, %q) = %d, want %d", tt.a, tt.b, got, tt.want)
		}
	}
}
