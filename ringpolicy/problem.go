package ringpolicy

import (
	"strings"

	"github.com/wizzense/deployment-rings/ringpolicy/internal/strict"
)

// A Problem is one thing that is wrong with a file, and where.
type Problem struct {
	File         string // as it was given to the reader
	Line, Column int    // from 1
	Path         string // the key, such as "rings[1].soak.min"; "" for the file as a whole
	Message      string // what is wrong, and what was expected
}

// Error returns "file:line:col: path: what is wrong, what was expected".
func (p *Problem) Error() string { return (*strict.Problem)(p).Error() }

// Problems are all problems of a file, in its order. It is the error of [Parse] and [ParseEvidence].
type Problems []*Problem

// Error returns all problems, one a line.
func (ps Problems) Error() string {
	lines := make([]string, len(ps))
	for i, p := range ps {
		lines[i] = p.Error()
	}
	return strings.Join(lines, "\n")
}

// Unwrap returns each [*Problem], for [errors.As].
func (ps Problems) Unwrap() []error {
	errs := make([]error, len(ps))
	for i, p := range ps {
		errs[i] = p
	}
	return errs
}

// asError makes one error of what a reader found: nil when it found nothing.
func asError(found []*strict.Problem) error {
	if len(found) == 0 {
		return nil
	}
	ps := make(Problems, len(found))
	for i, p := range found {
		ps[i] = (*Problem)(p)
	}
	return ps
}
