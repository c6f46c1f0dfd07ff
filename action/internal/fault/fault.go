// Package fault sorts what goes wrong in a run: a failure is not the user's to mend, an interruption ended the run early, and
// every other error is wrong use. A [Log] collects problems, so that one run reports all of them.
package fault

import (
	"errors"
	"fmt"

	"github.com/wizzense/deployment-rings/action/internal/note"
)

// A failure is an error that is not the user's.
type failure struct{ error }

func (f failure) Unwrap() error { return f.error }

// Failed returns err as a failure: GitHub, a registry, the ledger or a file could not be used.
func Failed(err error) error {
	if err == nil {
		return nil
	}
	return failure{err}
}

// IsFailure reports whether there is a failure in err.
func IsFailure(err error) bool { return errors.As(err, new(failure)) }

// Flatten takes joined errors apart, however deep. No error gives none.
func Flatten(err error) []error {
	if err == nil {
		return nil
	}
	if many, ok := err.(interface{ Unwrap() []error }); ok {
		var all []error
		for _, e := range many.Unwrap() {
			all = append(all, Flatten(e)...)
		}
		return all
	}
	if f, ok := err.(failure); ok {
		var all []error
		for _, e := range Flatten(f.error) {
			all = append(all, failure{e})
		}
		return all
	}
	return []error{err}
}

// A Log collects the problems and the notes of a run.
type Log struct {
	Problems error // nil: none so far
	Notes    []note.Annotation
}

// Add notes a problem, if there is one. All that an interruption leaves undone is one problem.
func (l *Log) Add(err error) {
	if IsInterruption(err) && IsInterruption(l.Problems) {
		return
	}
	l.Problems = errors.Join(l.Problems, err)
}

// Addf notes a problem.
func (l *Log) Addf(format string, args ...any) { l.Add(fmt.Errorf(format, args...)) }

// AddFor notes each problem that the value of an input has.
func (l *Log) AddFor(name string, err error) {
	for _, problem := range Flatten(err) {
		l.Addf("%s: %w", name, problem)
	}
}

// Note keeps notes for the reader of the run.
func (l *Log) Note(notes ...note.Annotation) { l.Notes = append(l.Notes, notes...) }

// Warn notes what is odd and does no harm.
func (l *Log) Warn(text string) { l.Note(note.Annotation{Level: note.Warning, Message: text}) }
