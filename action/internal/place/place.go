// Package place finds the place of a problem in the files that people gave: policy, evidence, ledger, event.
package place

import (
	"errors"
	"fmt"
	"strings"

	"github.com/wizzense/deployment-rings/action/internal/event"
	"github.com/wizzense/deployment-rings/action/internal/fault"
	"github.com/wizzense/deployment-rings/action/internal/ledger/jsonl"
	"github.com/wizzense/deployment-rings/action/internal/note"
	"github.com/wizzense/deployment-rings/ringpolicy"
)

// InFile is a problem of a file that was read as a whole.
type InFile struct {
	Path string
	Err  error
}

func (e InFile) Error() string { return e.Path + ": " + e.Err.Error() }

// Unwrap returns the problem without the file.
func (e InFile) Unwrap() error { return e.Err }

// Annotate makes one annotation of each problem, at its place in a file where it has one.
func Annotate(err error) []note.Annotation {
	var found []note.Annotation
	for _, e := range fault.Flatten(err) {
		found = append(found, annotation(e))
	}
	return found
}

func annotation(err error) note.Annotation {
	a := note.Annotation{Level: note.Error, Message: err.Error()}
	var problem *ringpolicy.Problem
	var file InFile
	var line *jsonl.LineError
	var syntax *event.SyntaxError
	switch {
	case errors.As(err, &problem):
		a.File, a.Line, a.Column = problem.File, problem.Line, problem.Column
		a.Message = strings.TrimPrefix(err.Error(), fmt.Sprintf("%s:%d:%d: ", problem.File, problem.Line, problem.Column))
	case errors.As(err, &line):
		a.File, a.Line, a.Column, a.Message = line.File, line.Line, 1, line.Err.Error()
	case errors.As(err, &file):
		a.File, a.Message = file.Path, file.Err.Error()
		if errors.As(err, &syntax) {
			a.Line, a.Column, a.Message = syntax.Line, syntax.Column, syntax.Err.Error()
		}
	}
	return a
}
