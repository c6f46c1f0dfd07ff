package strict

import (
	"fmt"
	"strings"

	"github.com/wizzense/deployment-rings/internal/spell"
)

// Suggest ends a message about an unknown word: the nearest of the known ones, or all of them.
func Suggest(got string, known []string) string {
	got = strings.ToLower(Clip(got))
	best, distance := "", 4
	for _, k := range known {
		if d := unlikeness(got, strings.ToLower(k)); d < distance {
			best, distance = k, d
		}
	}
	switch {
	case best != "":
		return fmt.Sprintf(", did you mean %q?", best)
	case len(known) == 0:
		return ""
	case len(known) == 1:
		return fmt.Sprintf(", expected %q", known[0])
	}
	return ", expected one of " + strings.Join(known, ", ")
}

// unlikeness tells how far two words are apart: by up to two edits, or 3 when one holds the other; 4 is too far.
func unlikeness(a, b string) int {
	d := spell.Edits(a, b)
	switch {
	case d <= 2 && 2*d <= len(b):
		return d
	case min(len(a), len(b)) >= 3 && (strings.Contains(a, b) || strings.Contains(b, a)):
		return 3
	}
	return 4
}
