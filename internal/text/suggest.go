package text

import (
	"fmt"
	"strings"
)

// Suggest ends a message about an unknown word: with the nearest of the known ones, one that contains it or is in it, or all of them.
func Suggest(got string, known []string) string {
	got = Clip(got, MaxWord)
	near := Nearest(got, known)
	for _, k := range known {
		if near == "" && contain(strings.ToLower(got), strings.ToLower(k)) {
			near = k
		}
	}
	switch {
	case near != "":
		return fmt.Sprintf(", did you mean %q?", near)
	case len(known) == 0:
		return ""
	case len(known) == 1:
		return fmt.Sprintf(", expected %q", known[0])
	}
	return ", expected one of " + strings.Join(known, ", ")
}

// Nearest returns the known word that the fewest edits turn got into, without regard to case; "" where these are more than two, or
// more than half of the word.
func Nearest(got string, known []string) string {
	best, least := "", 3
	for _, k := range known {
		if d := edits(strings.ToLower(Clip(got, MaxWord)), strings.ToLower(k)); d < least && 2*d <= len(k) {
			best, least = k, d
		}
	}
	return best
}

// contain reports whether one of two words contains the other, and that is no accident.
func contain(a, b string) bool {
	return min(len(a), len(b)) >= 3 && (strings.Contains(a, b) || strings.Contains(b, a))
}

// edits counts the insertions, deletions and replacements of bytes that turn a into b (Levenshtein distance).
func edits(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			cost := diagonal
			if a[i] != b[j] {
				cost = 1 + min(diagonal, row[j], row[j+1])
			}
			diagonal, row[j+1] = row[j+1], cost
		}
	}
	return row[len(b)]
}
