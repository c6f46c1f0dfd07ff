package main

import (
	"fmt"
	"strings"

	"github.com/wizzense/deployment-rings/action/internal/input"
)

const usage = `deployment-rings decides which deployment ring a build belongs to, whether it
deploys, the tags, labels and container settings that go with it, and whether an
image may move on into the next ring.

    deployment-rings COMMAND [--input value …]

    deployment-rings plan --event payload.json
    deployment-rings plan --pr-number 123 --branch ring-0 --revision COMMIT
    deployment-rings gate --evidence evidence.yml
    deployment-rings COMMAND --help

Commands:
`

const exitCodes = `
Exit codes: 0 done, 1 failed, 2 wrong use or an invalid file,
3 a verdict that fails the run.
`

// help is the text that the arguments ask for, if they do.
func help(f input.Flags, command string) (string, bool) {
	switch {
	case command == "help" && f.Topic != "":
		return topic(f.Topic), true
	case command == "help", f.Help && f.Command == "":
		return overview(), true
	case f.Help:
		return topic(command), true
	}
	return "", false
}

func overview() string {
	var b strings.Builder
	b.WriteString(usage)
	for _, c := range commands() {
		b.WriteString(fmt.Sprintf("    %-10s ", c.name) + strings.TrimLeft(wrap(c.short, strings.Repeat(" ", 15), 80), " "))
	}
	return b.String() + exitCodes
}

func topic(name string) string {
	for _, c := range commands() {
		if c.name == name {
			return c.help()
		}
	}
	return overview()
}

func (c command) help() string {
	var b strings.Builder
	fmt.Fprintf(&b, "deployment-rings %s [--input value …]\n\n%s\n\nInputs:\n", c.name, c.short)
	for _, in := range inputs {
		if in.UsedBy(c.name) && in.Name != "command" { // by hand that is the first argument
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
