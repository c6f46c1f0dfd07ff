package main

import (
	"errors"
	"fmt"
	"strings"

	"github.com/wizzense/deployment-rings/action/internal/event"
	"github.com/wizzense/deployment-rings/action/internal/ledger"
	"github.com/wizzense/deployment-rings/action/internal/note"
	"github.com/wizzense/deployment-rings/internal/markdown"
	"github.com/wizzense/deployment-rings/ringpolicy"
)

// flatten takes joined errors apart, however deep. No error gives none.
func flatten(err error) []error {
	if err == nil {
		return nil
	}
	if many, ok := err.(interface{ Unwrap() []error }); ok {
		var all []error
		for _, e := range many.Unwrap() {
			all = append(all, flatten(e)...)
		}
		return all
	}
	if f, ok := err.(failure); ok {
		var all []error
		for _, e := range flatten(f.error) {
			all = append(all, failure{e})
		}
		return all
	}
	return []error{err}
}

// inFile is a problem of a file that was read as a whole.
type inFile struct {
	path string
	error
}

func (e inFile) Error() string { return e.path + ": " + e.error.Error() }
func (e inFile) Unwrap() error { return e.error }

// annotations makes one annotation of each problem, at its place in a file where it has one.
func annotations(err error) []note.Annotation {
	var found []note.Annotation
	for _, e := range flatten(err) {
		found = append(found, annotation(e))
	}
	return found
}

func annotation(err error) note.Annotation {
	a := note.Annotation{Level: note.Error, Message: err.Error()}
	var problem *ringpolicy.Problem
	var file inFile
	var line *ledger.LineError
	var syntax *event.SyntaxError
	switch {
	case errors.As(err, &problem):
		a.File, a.Line, a.Column = problem.File, problem.Line, problem.Column
		a.Message = strings.TrimPrefix(err.Error(), fmt.Sprintf("%s:%d:%d: ", problem.File, problem.Line, problem.Column))
	case errors.As(err, &line):
		a.File, a.Line, a.Column, a.Message = line.File, line.Line, 1, line.Err.Error()
	case errors.As(err, &file):
		a.File, a.Message = file.path, file.error.Error()
		if errors.As(err, &syntax) {
			a.Line, a.Column, a.Message = syntax.Line, syntax.Column, syntax.Err.Error()
		}
	}
	return a
}

// problemSummary is the job summary of a run that failed. GitHub shows ten annotations of a step, the
// summary has all.
func problemSummary(found []note.Annotation, code int) string {
	var b strings.Builder
	headline := "nothing was done"
	if code == exitFailed { // perhaps in the middle
		headline = "the run failed"
	}
	fmt.Fprintf(&b, "### Deployment rings: %s\n\n", headline)
	for _, a := range found {
		fmt.Fprintf(&b, "- %s\n", markdown.Code(strings.TrimPrefix(a.String(), "error: ")))
	}
	return b.String() + "\n"
}
