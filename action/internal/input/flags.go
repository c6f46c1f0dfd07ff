package input

import (
	"fmt"
	"strings"

	"github.com/wizzense/deployment-rings/internal/text"
)

// Flags is a command line, taken apart.
type Flags struct {
	Command  string // the first argument, when it is not a flag
	Topic    string // the argument after "help"
	Help     bool   // --help or -h
	values   map[string]string
	problems []error
}

// ParseFlags takes a command line apart: [COMMAND] [--name value | --name=value | --boolean]…
func ParseFlags(table Table, args []string) Flags {
	f := Flags{values: map[string]string{}}
	if len(args) > 0 && !strings.HasPrefix(args[0], "-") {
		f.Command, args = args[0], args[1:]
	}
	if f.Command == "help" && len(args) > 0 && !strings.HasPrefix(args[0], "-") {
		f.Topic, args = args[0], args[1:]
	}
	for len(args) > 0 {
		args = f.take(table, args)
	}
	return f
}

// take reads one argument, with the value that belongs to it, and returns the rest.
func (f *Flags) take(table Table, args []string) []string {
	arg, rest := args[0], args[1:]
	name, isFlag := strings.CutPrefix(arg, "--")
	switch {
	case arg == "--help", arg == "-h":
		f.Help = true
	case isFlag && name != "":
		return f.flag(table, name, rest)
	case strings.HasPrefix(arg, "-"):
		f.problem("unknown flag %s; flags are written --name value", text.Quote(arg))
	default:
		f.problem("unexpected argument %s; the command comes first, values belong to flags: --name value", text.Quote(arg))
	}
	return rest
}

func (f *Flags) flag(table Table, arg string, rest []string) []string {
	name, value, assigned := strings.Cut(arg, "=")
	in, known := table.Find(name)
	if !known {
		f.problem("unknown flag --%s%s", text.Clip(name, text.MaxWord), suggestFlag(name, table))
	}
	if !assigned {
		value, rest = f.follow(in, known, rest)
	}
	if _, again := f.values[name]; again {
		f.problem("--%s is given more than once", name)
	}
	if known {
		f.values[name] = value
	}
	return rest
}

// follow takes the value of a flag from the arguments after it. A boolean takes only what reads as one;
// an unknown flag takes along what looks like its value, so that one slip is reported once.
func (f *Flags) follow(in Input, known bool, rest []string) (string, []string) {
	hasValue := len(rest) > 0 && !strings.HasPrefix(rest[0], "--")
	switch {
	case known && in.Kind == Boolean:
		if len(rest) > 0 && isBool(rest[0]) {
			return rest[0], rest[1:]
		}
		return "true", rest
	case hasValue:
		return rest[0], rest[1:]
	case known:
		f.problem("--%s needs a value (one that begins with -- is written --%s=--…)", in.Name, in.Name)
	}
	return "", rest
}

func (f *Flags) problem(format string, args ...any) {
	f.problems = append(f.problems, fmt.Errorf(format, args...))
}

func all(Input) bool { return true }
