// Package input reads what a run was given: flags by hand, and in a workflow the INPUT_ variables that
// GitHub derives from the step's `with:` block.
//
// An input x-y is the flag --x-y and the variable INPUT_X-Y, or INPUT_X_Y where a shell cannot carry the
// dash. The flag wins. Values are trimmed, and an empty value counts as not given. Everything that is
// wrong with what was given is reported at once.
package input

import (
	"slices"
	"strings"
)

// A Kind says how the text of an input is read.
type Kind int

// The kinds of inputs.
const (
	Text    Kind = iota // one line
	Boolean             // true or false, in the spellings of YAML 1.2; a flag may stand alone
	Lines               // one value a line
)

// An Input describes one input. Flags, variables, help, documentation and tests all come from it.
type Input struct {
	Name     string
	Kind     Kind
	Value    string   // what stands for the value in help: "FILE", "NAME"
	Default  string   // what counts when it is not given, in words
	Commands []string // the commands that use it; nil: all
	Help     string   // one paragraph

	Check func(string) error // says what is wrong with a value; nil: nothing more than its kind
}

// UsedBy reports whether a command uses the input.
func (in Input) UsedBy(command string) bool {
	return in.Commands == nil || slices.Contains(in.Commands, command)
}

// Variables are the names under which a workflow gives the input, the one that counts first.
func (in Input) Variables() []string {
	dashed := "INPUT_" + strings.ToUpper(in.Name)
	if plain := strings.ReplaceAll(dashed, "-", "_"); plain != dashed {
		return []string{dashed, plain}
	}
	return []string{dashed}
}

// A Table lists all inputs, in the order of help and documentation.
type Table []Input

// Find gives the input with a name.
func (t Table) Find(name string) (Input, bool) {
	i := slices.IndexFunc(t, func(in Input) bool { return in.Name == name })
	if i < 0 {
		return Input{}, false
	}
	return t[i], true
}

// Names lists the names of the inputs that keep accepts.
func (t Table) Names(keep func(Input) bool) []string {
	var names []string
	for _, in := range t {
		if keep(in) {
			names = append(names, in.Name)
		}
	}
	return names
}

// Values are the inputs of a run, checked and trimmed. The zero value has none.
type Values map[string]string

// Text is the value of an input, or "" when it was not given.
func (v Values) Text(name string) string { return v[name] }

// Given reports whether an input was given.
func (v Values) Given(name string) bool { return v[name] != "" }

// Bool is the value of a boolean input; one that was not given is false.
func (v Values) Bool(name string) bool { return strings.EqualFold(v[name], "true") }

// Lines are the lines of an input, trimmed, without empty ones.
func (v Values) Lines(name string) []string {
	var lines []string
	for line := range strings.Lines(v[name]) {
		if line = strings.TrimSpace(line); line != "" {
			lines = append(lines, line)
		}
	}
	return lines
}
