// Package report carries results out of the program: outputs of a step, workflow annotations, the job
// summary, text for people, JSON, and files.
//
// Whatever a branch name, a label or a file holds stays a value: it never becomes another output, a
// workflow command, Markdown or HTML.
package report

import (
	"errors"
	"fmt"
	"os"
	"strings"
	"unicode/utf16"

	"github.com/sethvargo/go-githubactions"
)

// delimiter ends a value in the output file. go-githubactions always writes this one, so a value that
// holds it could end early and go on as another output.
const delimiter = "_GitHubActionsFileCommandDelimeter_"

// GitHub's limits for outputs, which it counts in UTF-16.
const (
	mebibyte    = 1 << 20
	mostOutput  = 1 * mebibyte
	mostOutputs = 50 * mebibyte
)

// An Output is one value that later steps read.
type Output struct {
	Name  string
	Type  Type
	Value string
}

// WriteOutputs writes the outputs of a step. All are checked before the first is written, with [CheckOutputs].
func WriteOutputs(getenv func(string) string, outputs []Output) error {
	if err := CheckOutputs(outputs); err != nil {
		return err
	}
	if err := writable(getenv("GITHUB_OUTPUT")); err != nil {
		return err
	}
	return setOutputs(githubactions.New(githubactions.WithGetenv(getenv)), outputs)
}

// setOutputs turns the panic with which go-githubactions reports a failed write into an error.
func setOutputs(action *githubactions.Action, outputs []Output) (err error) {
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("writing outputs: %v", r)
		}
	}()
	for _, o := range outputs {
		action.SetOutput(o.Name, o.Value)
	}
	return nil
}

// Fits tells whether GitHub takes a value of that length.
func Fits(value string) bool { return utf16Size(value) <= mostOutput }

// CheckOutputs refuses values that could end early in the output file, and go on as another output, and those
// that are longer than GitHub takes.
func CheckOutputs(outputs []Output) error {
	var problems []error
	total := 0
	for _, o := range outputs {
		size := utf16Size(o.Value)
		total += size
		if strings.Contains(o.Value, delimiter) || strings.Contains(o.Name, delimiter) {
			problems = append(problems, fmt.Errorf("output %s holds the delimiter of the output file, %s: nothing was written", o.Name, delimiter))
		}
		if size > mostOutput {
			problems = append(problems, fmt.Errorf("output %s has %d bytes in UTF-16, GitHub takes %d: shorten the inputs or the repository data it is made of", o.Name, size, mostOutput))
		}
	}
	if total > mostOutputs {
		problems = append(problems, fmt.Errorf("the outputs have %d bytes in UTF-16 together, GitHub takes %d", total, mostOutputs))
	}
	return errors.Join(problems...)
}

// utf16Size is the size by which GitHub judges an output.
func utf16Size(s string) int {
	n := 0
	for _, c := range s {
		n += 2 * max(1, utf16.RuneLen(c))
	}
	return n
}

// writable finds out before anything is written whether the file takes outputs at all.
func writable(path string) error {
	f, err := os.OpenFile(path, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o644)
	if err != nil {
		return fmt.Errorf("GITHUB_OUTPUT cannot be written: %w", err)
	}
	return f.Close()
}
