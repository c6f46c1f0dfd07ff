package cli

import (
	"fmt"
	"strings"

	"github.com/wizzense/deployment-rings/action/internal/input"
)

const exitCodes = `
Exit codes: 0 done, 1 failed, 2 wrong use or an invalid file,
3 a verdict that fails the run.
`

// help is the text that the arguments ask for, if they do.
func (a App) help(f input.Flags, command string) (string, bool) {
	switch {
	case command == "help" && f.Topic != "":
		return a.topic(f.Topic), true
	case command == "help", f.Help && f.Command == "":
		return a.overview(), true
	case f.Help:
		return a.topic(command), true
	}
	return "", false
}

func (a App) overview() string {
	var b strings.Builder
	b.WriteString(a.Usage)
	for _, c := range a.Commands {
		b.WriteString(fmt.Sprintf("    %-10s ", c.Name) + strings.TrimLeft(wrap(c.Short, strings.Repeat(" ", 15), 80), " "))
	}
	return b.String() + exitCodes
}

func (a App) topic(name string) string {
	for _, c := range a.Commands {
		if c.Name == name {
			return a.helpOf(c)
		}
	}
	return a.overview()
}

func (a App) helpOf(c Command) string {
	var b strings.Builder
	fmt.Fprintf(&b, "deployment-rings %s [--input value …]\n\n%s\n\nInputs:\n", c.Name, c.Short)
	for _, in := range a.Inputs {
		if in.UsedBy(c.Name) && in.Name != "command" { // by hand that is the first argument
			fmt.Fprintf(&b, "\n  --%s%s\n", in.Name, placeholder(in))
			b.WriteString(wrap(in.Help+defaultText(in), "      ", 80))
		}
	}
	return b.String() + exitCodes
}

func placeholder(in input.Input) string {
	if in.Kind == input.Boolean {
		return "[=true|false]"
	}
	return " " + in.Value
}

func defaultText(in input.Input) string {
	if in.Default == "" {
		return ""
	}
	return " Default: " + in.Default + "."
}

// wrap breaks text into indented lines of at most width characters.
func wrap(text, indent string, width int) string {
	var b strings.Builder
	line := indent
	for word := range strings.FieldsSeq(text) {
		if len(line)+len(word) > width {
			b.WriteString(strings.TrimRight(line, " ") + "\n")
			line = indent
		}
		line += word + " "
	}
	return b.String() + strings.TrimRight(line, " ") + "\n"
}
