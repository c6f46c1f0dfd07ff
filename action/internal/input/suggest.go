package input

import (
	"fmt"
	"strings"
)

// quote shows a value in a message, cut when it is long.
func quote(s string) string { return fmt.Sprintf("%q", clip(s)) }

func clip(s string) string {
	const most = 80
	if len(s) <= most {
		return s
	}
	return strings.ToValidUTF8(s[:most], "") + "…"
}

// Suggest ends a message about an unknown word: the nearest of the known ones, or all of them.
func Suggest(got string, known []string) string {
	if near := nearest(got, known); near != "" {
		return ", did you mean " + near + "?"
	}
	return ", expected one of " + strings.Join(known, ", ")
}

func suggestFlag(got string, table Table) string {
	if near := nearest(got, table.Names(all)); near != "" {
		return ", did you mean --" + near + "?"
	}
	return "; --help lists the flags of a command"
}

// nearest is the known word that fewest edits away from got, at most two and fewer than it has letters.
func nearest(got string, known []string) string {
	best, least := "", 3
	for _, word := range known {
		if d := edits(clip(strings.ToLower(got)), word); d < least && d < len(word)-1 {
			best, least = word, d
		}
	}
	return best
}

// edits counts the bytes to insert, delete or replace to turn a into b.
func edits(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		above := row[0]
		row[0] = i + 1
		for j := range len(b) {
			cost := above
			if a[i] != b[j] {
				cost = 1 + min(above, row[j], row[j+1])
			}
			above, row[j+1] = row[j+1], cost
		}
	}
	return row[len(b)]
}
