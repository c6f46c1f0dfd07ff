package input

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/wizzense/deployment-rings/internal/text"
)

// Env is the environment of a run.
type Env struct {
	Get   func(string) string
	Names []string // the names of all variables, to find misspelt inputs
}

// Input is the value of a variable of an input, trimmed.
func (e Env) input(in Input) (value, variable string) {
	for _, variable := range in.Variables() {
		if value := strings.TrimSpace(e.Get(variable)); value != "" {
			return value, variable
		}
	}
	return "", ""
}

// Command is the command of a run: the first argument, or the input "command", or fallback.
func Command(table Table, f Flags, env Env, fallback string) string {
	in, _ := table.Find("command")
	variable, _ := env.input(in)
	for _, name := range []string{f.Command, strings.TrimSpace(f.values["command"]), variable} {
		if name != "" {
			return name
		}
	}
	return fallback
}

// Read gives the values of the inputs that a command uses. The error, when there is one, joins every
// problem: flags that are unknown, repeated, without a value or of no use to the command, values that are
// no text or not of their kind, and variables that look like a misspelt input. A variable of an input that
// the command does not use is ignored, so that one `with:` block may serve several steps.
func Read(table Table, command string, f Flags, env Env) (Values, error) {
	r := reader{values: Values{}, problems: slices.Clone(f.problems)}
	for _, in := range table {
		r.read(in, command, f, env)
	}
	r.misspelt(table, env)
	return r.values, errors.Join(r.problems...)
}

type reader struct {
	values   Values
	problems []error
}

func (r *reader) read(in Input, command string, f Flags, env Env) {
	flag, given := f.values[in.Name]
	if !in.UsedBy(command) {
		if given {
			r.problem("--%s is of no use to %s; it belongs to %s", in.Name, command, strings.Join(in.Commands, ", "))
		}
		return
	}
	value, where := strings.TrimSpace(flag), "--"+in.Name
	if value == "" {
		value, where = env.input(in)
	}
	err := check(in.Kind, value)
	if err == nil && value != "" && in.Check != nil {
		err = in.Check(value)
	}
	if err != nil {
		r.problem("%s: %w", where, err)
		return
	}
	if value != "" {
		r.values[in.Name] = value
	}
}

// misspelt finds INPUT_ variables that are nearly the name of an input. Others are left alone: a job may
// have variables of that form for reasons of its own.
func (r *reader) misspelt(table Table, env Env) {
	known := table.Names(all)
	for _, variable := range slices.Sorted(slices.Values(env.Names)) {
		name, ok := strings.CutPrefix(variable, "INPUT_")
		if !ok || env.Get(variable) == "" {
			continue
		}
		name = strings.ToLower(strings.ReplaceAll(name, "_", "-"))
		if near := text.Nearest(name, known); near != "" && near != name {
			r.problem("%s: unknown input %s, did you mean %q?", text.Quote(variable), text.Quote(name), near)
		}
	}
}

func (r *reader) problem(format string, args ...any) {
	r.problems = append(r.problems, fmt.Errorf(format, args...))
}

// check refuses what is no text at all, and what does not fit the kind.
func check(kind Kind, value string) error {
	switch {
	case !utf8.ValidString(value):
		return errors.New("is not valid UTF-8")
	case kind == Boolean && value != "" && !isBool(value):
		return fmt.Errorf("%s is not a boolean, expected true or false", text.Quote(value))
	case kind == Lines:
		return checkLines(value)
	}
	return checkControls(value)
}

func checkLines(value string) error {
	for line := range strings.Lines(value) {
		if err := checkControls(strings.TrimSpace(line)); err != nil {
			return err
		}
	}
	return nil
}

func checkControls(value string) error {
	for _, c := range value {
		if unicode.IsControl(c) {
			return fmt.Errorf("%s contains the control character %U", text.Quote(value), c)
		}
	}
	return nil
}

// isBool knows the spellings of the YAML 1.2 core schema, which are those of actions.
func isBool(s string) bool {
	return slices.Contains([]string{"true", "True", "TRUE", "false", "False", "FALSE"}, s)
}
