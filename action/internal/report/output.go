// Package report carries results out of the program: outputs of a step, workflow annotations, the job
// summary, text for people, JSON, and files.
//
// Whatever a branch name, a label or a file contains stays a value: it never becomes another output, a
// workflow command, Markdown or HTML.
package report

import (
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"unicode/utf16"
	"unicode/utf8"

	"github.com/sethvargo/go-githubactions"
)

// GitHub's limits for outputs, which it counts in UTF-16.
const (
	mebibyte   = 1 << 20
	maxOutput  = 1 * mebibyte
	maxOutputs = 50 * mebibyte
)

// An Output is one value that later steps read.
type Output struct {
	Name  string
	Type  Type
	Value string
}

// WriteOutputs writes the outputs of a step, all at once. They are checked before, with [CheckOutputs]. Each value ends
// with a delimiter of its own that is made of random bytes: it cannot be known beforehand, so no value can end early and go on as
// another output.
func WriteOutputs(getenv func(string) string, random io.Reader, outputs []Output) (err error) {
	if err := CheckOutputs(outputs); err != nil {
		return err
	}
	message, err := fileCommand(random, outputs)
	if err != nil {
		return err
	}
	defer func() { // go-githubactions reports a failed write with a panic
		if r := recover(); r != nil {
			err = fmt.Errorf("GITHUB_OUTPUT cannot be written: %v", r)
		}
	}()
	githubactions.New(githubactions.WithGetenv(getenv)).IssueFileCommand(&githubactions.Command{Name: "output", Message: message})
	return nil
}

// fileCommand spells outputs as the runner reads them, less the last line break.
func fileCommand(random io.Reader, outputs []Output) (string, error) {
	const end = githubactions.EOF
	var lines []string
	for _, o := range outputs {
		var secret [16]byte
		if _, err := io.ReadFull(random, secret[:]); err != nil {
			return "", fmt.Errorf("there are no random bytes for the delimiters of the outputs: %w", err)
		}
		delimiter := "ghadelimiter_" + hex.EncodeToString(secret[:])
		if strings.Contains(o.Name+o.Value, delimiter) { // then the bytes are not random
			return "", fmt.Errorf("output %s contains its delimiter, %s", o.Name, delimiter)
		}
		lines = append(lines, o.Name+"<<"+delimiter, o.Value, delimiter)
	}
	return strings.Join(lines, end), nil
}

// Fits reports whether GitHub takes a value of that length.
func Fits(value string) bool { return utf16Size(value) <= maxOutput }

// CheckOutputs refuses values that no later step could be given, and those that are longer than GitHub takes.
func CheckOutputs(outputs []Output) error {
	var problems []error
	total := 0
	for _, o := range outputs {
		size := utf16Size(o.Value)
		total += size
		if strings.ContainsRune(o.Value, 0) || !utf8.ValidString(o.Value) {
			problems = append(problems, fmt.Errorf("output %s contains a NUL character or is not valid UTF-8: find the input, label or file that brings it in", o.Name))
		}
		if size > maxOutput {
			problems = append(problems, fmt.Errorf("output %s has %d bytes in UTF-16, GitHub takes %d: shorten the inputs or the repository data it is made of", o.Name, size, maxOutput))
		}
	}
	if total > maxOutputs {
		problems = append(problems, fmt.Errorf("the outputs have %d bytes in UTF-16 together, GitHub takes %d", total, maxOutputs))
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

// TryAppend finds out whether a file, known by the name of its variable, can be opened for appending, and writes nothing.
func TryAppend(name, path string) error {
	f, err := os.OpenFile(path, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o644)
	if err != nil {
		return fmt.Errorf("%s cannot be written: %w", name, err)
	}
	return f.Close()
}
