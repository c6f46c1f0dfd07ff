package main

import (
	"fmt"
	"slices"

	"github.com/wizzense/deployment-rings/action/internal/input"
)

// A command is one thing the program does.
type command struct {
	name  string
	short string // one line of help
	run   func(*session) error
}

// commands lists all commands, in the order of help. It is a function, since commands print help, which
// lists commands.
func commands() []command {
	return []command{
		{name: "plan", short: "from the event: ring, whether to deploy, tags, labels, container settings", run: runPlan},
		{name: "gate", short: "may this image move on into a ring? a decision with all reasons", run: runGate},
		{name: "promote", short: "gate, and then move the tags of the ring to the image and record it", run: runPromote},
		{name: "record", short: "record that an image is, or failed to get, into service in a ring", run: runRecord},
		{name: "rollback", short: "go back to the last known good image of a ring", run: runRollback},
		{name: "status", short: "what runs in every ring, since when, and what holds it", run: runStatus},
		{name: "verify", short: "do the expected tags exist, on one image, with the right labels?", run: runVerify},
		{name: "lint", short: "check a policy file", run: runLint},
		{name: "test", short: "run policy test files", run: runTest},
		{name: "version", short: "which program this is, and the digest of the policy that it decides by", run: runVersion},
	}
}

func findCommand(name string) (command, error) {
	all := commands()
	i := slices.IndexFunc(all, func(c command) bool { return c.name == name })
	if i < 0 {
		return command{}, fmt.Errorf("unknown command %.40q%s", name, input.Suggest(name, commandNames(all)))
	}
	return all[i], nil
}

func commandNames(cs []command) []string {
	names := make([]string, len(cs))
	for i, c := range cs {
		names[i] = c.name
	}
	return names
}
