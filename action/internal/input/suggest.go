package input

import (
	"fmt"
	"strings"

	"github.com/wizzense/deployment-rings/internal/spell"
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
		if d := spell.Edits(clip(strings.ToLower(got)), word); d < least && d < len(word)-1 {
			best, least = word, d
		}
	}
	return best
}
