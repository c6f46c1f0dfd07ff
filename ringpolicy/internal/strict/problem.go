package strict

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
)

// A Problem is one thing that is wrong with a file, and where.
type Problem struct {
	File         string
	Line, Column int    // from 1
	Path         string // "rings[1].soak.min"; "" for the file as a whole
	Message      string // what is wrong, what was expected
}

// Error returns "file:line:col: path: message".
func (p *Problem) Error() string {
	if p.Path == "" {
		return fmt.Sprintf("%s:%d:%d: %s", p.File, p.Line, p.Column, p.Message)
	}
	return fmt.Sprintf("%s:%d:%d: %s: %s", p.File, p.Line, p.Column, p.Path, p.Message)
}

// Sorted orders problems by their place in the file.
func Sorted(ps []*Problem) []*Problem {
	ps = slices.Clone(ps)
	slices.SortStableFunc(ps, func(a, b *Problem) int {
		return cmp.Or(cmp.Compare(a.Line, b.Line), cmp.Compare(a.Column, b.Column), strings.Compare(a.Message, b.Message))
	})
	return ps
}
