package input

import (
	"strings"

	"github.com/wizzense/deployment-rings/internal/text"
)

// Suggest ends a message about an unknown word of a command line: the nearest of the known ones, or all of them.
func Suggest(got string, known []string) string {
	if near := text.Nearest(got, known); near != "" {
		return ", did you mean " + near + "?"
	}
	return ", expected one of " + strings.Join(known, ", ")
}

func suggestFlag(got string, table Table) string {
	if near := text.Nearest(got, table.Names(all)); near != "" {
		return ", did you mean --" + near + "?"
	}
	return "; --help lists the flags of a command"
}
