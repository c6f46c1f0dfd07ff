package command

import (
	"fmt"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
	"go.yaml.in/yaml/v4"

	"github.com/wizzense/deployment-rings/action/internal/input"
	"github.com/wizzense/deployment-rings/action/internal/report"
	"github.com/wizzense/deployment-rings/action/internal/surface"
)

// actionFile is what action.yml says, as far as it has to agree with the program.
type actionFile struct {
	Inputs  map[string]struct{ Description, Default string }
	Outputs map[string]struct{ Description, Value string }
	Runs    struct {
		Using string
		Steps []struct {
			ID, Shell, Run, Uses string
			Env                  map[string]string
		}
	}
}

func readActionFile(t *testing.T) actionFile {
	t.Helper()
	src, err := os.ReadFile("../action.yml")
	if err != nil {
		t.Fatal(err)
	}
	var a actionFile
	if err := yaml.Unmarshal(src, &a); err != nil {
		t.Fatal(err)
	}
	return a
}

// TestActionFileInputs: the inputs are the program's, each reaches it under a name that it reads, and none
// has a default that would count as given.
func TestActionFileInputs(t *testing.T) {
	a := readActionFile(t)
	if diff := cmp.Diff(sorted(surface.Inputs.Names(func(input.Input) bool { return true })), keys(a.Inputs)); diff != "" {
		t.Errorf("inputs of action.yml (-program +action.yml):\n%s", diff)
	}
	step := a.Runs.Steps[0]
	for _, in := range surface.Inputs {
		if d := a.Inputs[in.Name].Default; d != "" && in.Name != "github-token" {
			t.Errorf("action.yml: input %s has the default %q, want none: the program knows it", in.Name, d)
		}
		var values []string
		for _, variable := range in.Variables() {
			if v, ok := step.Env[variable]; ok {
				values = append(values, v)
			}
		}
		if want := []string{"${{ inputs." + in.Name + " }}"}; !slices.Equal(values, want) {
			t.Errorf("action.yml: env of the step gives the input %s as %q, want %q in one of %q", in.Name, values, want, in.Variables())
		}
	}
	for variable := range step.Env {
		if name := strings.TrimPrefix(variable, "INPUT_"); !slices.ContainsFunc(surface.Inputs, func(in input.Input) bool { return slices.Contains(in.Variables(), variable) }) {
			t.Errorf("action.yml: env of the step has %s, and there is no input %s", variable, strings.ToLower(name))
		}
	}
	if strings.Contains(step.Run, "${{") {
		t.Errorf("action.yml: an expression is part of a script: %q", step.Run)
	}
}

// TestActionFileOutputs: the outputs are the program's, and each is passed on.
func TestActionFileOutputs(t *testing.T) {
	a := readActionFile(t)
	var names []string
	for _, o := range surface.Outputs {
		names = append(names, o.Name)
	}
	if diff := cmp.Diff(sorted(names), keys(a.Outputs)); diff != "" {
		t.Errorf("outputs of action.yml (-program +action.yml):\n%s", diff)
	}
	for name, o := range a.Outputs {
		if want := "${{ steps." + a.Runs.Steps[0].ID + ".outputs." + name + " }}"; o.Value != want {
			t.Errorf("action.yml: output %s is %q, want %q", name, o.Value, want)
		}
	}
}

// TestActionFileCommands: a description begins with the commands that read the input or set the output.
func TestActionFileCommands(t *testing.T) {
	a := readActionFile(t)
	for _, in := range surface.Inputs {
		checkNames(t, "input "+in.Name, a.Inputs[in.Name].Description, in.Commands)
	}
	for _, o := range surface.Outputs {
		checkNames(t, "output "+o.Name, a.Outputs[o.Name].Description, o.Commands)
	}
}

// TestCommandsAreListed: action.yml names every command, and the README the rights of each.
func TestCommandsAreListed(t *testing.T) {
	readme, err := os.ReadFile("../README.md")
	if err != nil {
		t.Fatal(err)
	}
	_, rights, _ := strings.Cut(string(readme), "| command | permissions of the job's token |\n")
	rights, _, _ = strings.Cut(rights, "\n\n")
	described := readActionFile(t).Inputs["command"].Description
	for _, c := range commands {
		name := "`" + c.Name + "`"
		if !strings.Contains(described, name) {
			t.Errorf("action.yml: the input command does not name %s", name)
		}
		if !strings.Contains(rights, name) {
			t.Errorf("README.md has no rights of %s", name)
		}
	}
}

var named = regexp.MustCompile(`^((?:[a-z]+, )*[a-z]+): `)

// checkNames compares the list of commands that a description begins with, where it is one.
func checkNames(t *testing.T, what, description string, commands []string) {
	t.Helper()
	m := named.FindStringSubmatch(description)
	if m == nil {
		return
	}
	for _, name := range strings.Split(m[1], ", ") {
		if !slices.Contains(commands, name) {
			t.Errorf("action.yml says that %s is for %s, the program says %q", what, name, commands)
		}
	}
}

// TestTables: names are unique and well-formed, everything is explained, and commands exist.
func TestTables(t *testing.T) {
	form := regexp.MustCompile(`^[a-z]+(-[a-z]+)*$`)
	known := App().Names()
	seen := map[string]bool{}
	entry := func(what, name, help string, uses []string) {
		if !form.MatchString(name) || seen[what+name] || help == "" {
			t.Errorf("%s %q: twice, not well-formed or without help", what, name)
		}
		seen[what+name] = true
		for _, c := range uses {
			if !slices.Contains(known, c) {
				t.Errorf("%s %s is for the command %s, which there is not", what, name, c)
			}
		}
	}
	for _, in := range surface.Inputs {
		entry("input", in.Name, in.Help, in.Commands)
	}
	for _, o := range surface.Outputs {
		entry("output", o.Name, o.Help, o.Commands)
	}
	for _, c := range commands {
		entry("command", c.Name, c.Short, nil)
	}
}

// TestOutputsOfPlan: what plan fills in is in the table, and everything in the table is filled in somewhere.
func TestOutputsOfPlan(t *testing.T) {
	filledIn := map[string]bool{"json": true}
	for _, event := range []string{"pull_request.json", "pull_request_merged.json", "release.json", "pull_request_draft.json"} {
		r := inAction(t, events+event, map[string]string{"GITHUB_SHA": tagCommit, "INPUT_KNOWN-VERSIONS": "9.0.0"})
		for name, value := range r.outputs {
			filledIn[name] = filledIn[name] || value != ""
		}
	}
	for _, o := range outputsFor("plan") {
		if !filledIn[o.Name] {
			t.Errorf("plan fills in the output %s on no event", o.Name)
		}
	}
}

func TestHelp(t *testing.T) {
	r := byHand(t, nil, "--help")
	for _, c := range commands {
		if r.code != 0 || !strings.Contains(r.stdout, "    "+c.Name+" ") {
			t.Errorf("--help, exit code %d, lacks the command %s", r.code, c.Name)
		}
		byFlag, byTopic := byHand(t, nil, c.Name, "--help").stdout, byHand(t, nil, "help", c.Name).stdout
		if byFlag != byTopic || !strings.Contains(byFlag, c.Short) {
			t.Errorf("help %s:\n%s\n%s --help:\n%s", c.Name, byTopic, c.Name, byFlag)
		}
		for _, in := range surface.Inputs {
			if strings.Contains(byFlag, "\n  --"+in.Name+map[bool]string{true: "[=true|false]", false: " " + in.Value}[in.Kind == input.Boolean]+"\n") != (in.UsedBy(c.Name) && in.Name != "command") {
				t.Errorf("help %s and the input %s disagree", c.Name, in.Name)
			}
		}
	}
	if r := byHand(t, nil, "version"); r.code != 0 || !strings.HasPrefix(r.stdout, "deployment-rings ") {
		t.Errorf("version: exit code %d, %q", r.code, r.stdout)
	}
	for line := range strings.Lines(r.stdout + byHand(t, nil, "plan", "-h").stdout) {
		if n := utf8.RuneCountInString(strings.TrimSuffix(line, "\n")); n > 80 {
			t.Errorf("a line of help with %d characters: %s", n, line)
		}
	}
}

// TestReferencePage holds docs/action.md to the tables that it is generated from.
func TestReferencePage(t *testing.T) {
	golden(t, "../docs/action.md", referencePage())
}

func referencePage() string {
	var b strings.Builder
	b.WriteString(`# The Action and the program

<!-- Generated from the code: go test ./action/internal/command -run TestReferencePage -update -->

One program runs as the Action (input ` + "`command`" + `) and by hand (` + "`deployment-rings COMMAND [--input value …]`" + `).

* Every input is also a flag: ` + "`--name value`" + ` or ` + "`--name=value`" + `; a boolean may stand alone. A flag wins over the input.
* Empty counts as not given; values are trimmed. What has several values takes one a line.
* The Action ignores an input that the command does not use; by hand it is an error. All problems of a run are reported together.
* In a workflow results are outputs, annotations and a job summary. By hand they go to standard output, as text or, with
  ` + "`--format json`" + `, as one JSON value; logs go to standard error. Files for later steps are written when ` + "`RUNNER_TEMP`" + ` is set.

## Commands

| command | does |
|---|---|
`)
	for _, c := range commands {
		fmt.Fprintf(&b, "| `%s` | %s |\n", c.Name, c.Short)
	}
	b.WriteString(`
| exit code | means |
|---|---|
| 0 | done; a hold, or nothing to deploy, is a result and no failure |
| 1 | the command failed: GitHub, a registry, the ledger or a file |
| 2 | wrong use, or an invalid or missing input, event, policy or evidence file |
| 3 | a verdict that ` + "`fail-on`" + ` names, a failed ` + "`verify`" + ` or ` + "`test`" + `, a ` + "`lint`" + ` that found an error (warnings alone: 0) |

## Inputs

| input | commands | default | meaning |
|---|---|---|---|
`)
	for _, in := range surface.Inputs {
		fmt.Fprintf(&b, "| `%s` | %s | %s | %s |\n", in.Name, commandList(in.Commands), cell(in.Default), cell(in.Help))
	}
	b.WriteString("\n## Outputs\n\nA command always sets all of its outputs, empty where there is nothing. In `json` they are typed as the table says;\n" +
		"what is unknown is null there.\n\n| output | commands | type | value |\n|---|---|---|---|\n")
	for _, o := range surface.Outputs {
		fmt.Fprintf(&b, "| `%s` | %s | %s | %s |\n", o.Name, commandList(o.Commands), typeNames[o.Kind], cell(o.Help))
	}
	return b.String()
}

var typeNames = map[report.Type]string{report.Text: "text", report.Boolean: "boolean", report.Number: "number", report.List: "list", report.Quoted: "list", report.Object: "object"}

func commandList(names []string) string {
	if names == nil {
		return "all"
	}
	return strings.Join(names, ", ")
}

// cell keeps what Markdown would take for a tag or the end of a cell.
func cell(text string) string {
	return strings.NewReplacer("|", `\|`, "<", "&lt;", ">", "&gt;", "*", `\*`, "_", `\_`).Replace(text)
}

func keys[V any](m map[string]V) []string {
	var names []string
	for name := range m {
		names = append(names, name)
	}
	return sorted(names)
}

func sorted(names []string) []string { return slices.Sorted(slices.Values(names)) }
