package cli_test

import (
	"bytes"
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/wizzense/deployment-rings/action/internal/cli"
	"github.com/wizzense/deployment-rings/action/internal/fault"
	"github.com/wizzense/deployment-rings/action/internal/input"
	"github.com/wizzense/deployment-rings/action/internal/note"
)

// TestExitCodes has what a command returns, and what the run comes to: its exit code, and what it prints.
func TestExitCodes(t *testing.T) {
	mine, theirs := errors.New("mine"), fault.Failed(errors.New("theirs"))
	for _, c := range []struct {
		name   string
		result *cli.Result
		err    error
		code   int
		stdout string
		stderr string
	}{
		{"done", &cli.Result{Text: "text\n"}, nil, cli.ExitDone, "text\n", ""},
		{"a verdict", &cli.Result{Text: "text\n", Verdict: "no good"}, nil, cli.ExitVerdict, "text\n", "deployment-rings: error: no good\n"},
		{"wrong use", nil, mine, cli.ExitUsage, "", "deployment-rings: error: mine\n"},
		{"a failure", nil, theirs, cli.ExitFailed, "", "deployment-rings: error: theirs\n"},
		{"both", nil, errors.Join(theirs, mine), cli.ExitUsage, "", "deployment-rings: error: theirs\ndeployment-rings: error: mine\n"},
		{"an interruption, whatever else is wrong", nil, errors.Join(mine, fault.Failed(fault.Interruption(errors.New("stop")))), cli.ExitFailed, "", "deployment-rings: error: mine\ndeployment-rings: error: stop\n"},
		{"acting failed midway", &cli.Result{Text: "text\n", Verdict: "no good"}, theirs, cli.ExitFailed, "text\n", "deployment-rings: error: theirs\n"},
	} {
		var stdout, stderr bytes.Buffer
		code := cli.Main(t.Context(), world(nil, &stdout, &stderr), app(c.result, c.err))
		if code != c.code || stdout.String() != c.stdout || stderr.String() != c.stderr {
			t.Errorf("%s: Main = %d, %q, %q, want %d, %q, %q", c.name, code, &stdout, &stderr, c.code, c.stdout, c.stderr)
		}
	}
}

// TestWhereAnnotationsGo: by hand problems are on standard error, in a workflow they are annotations, which leave standard output to
// JSON.
func TestWhereAnnotationsGo(t *testing.T) {
	for _, c := range []struct {
		variable, format string
		stdout, stderr   string
	}{
		{"", "text", "", "deployment-rings: error: mine\n"},
		{"", "json", "", "deployment-rings: error: mine\n"},
		{"GITHUB_ACTIONS", "text", "::error::mine\n", ""},
		{"GITHUB_ACTIONS", "json", "", "::error::mine\n"},
		{"GITHUB_OUTPUT", "json", "", "::error::mine\n"},
	} {
		var stdout, stderr bytes.Buffer
		w := world(map[string]string{c.variable: "true"}, &stdout, &stderr)
		w.Args = append(w.Args, "--format", c.format)
		code := cli.Main(t.Context(), w, app(nil, errors.New("mine")))
		if code != cli.ExitUsage || stdout.String() != c.stdout || stderr.String() != c.stderr {
			t.Errorf("Main(%q) with %s=true = %d, %q, %q, want 2, %q, %q", w.Args, c.variable, code, &stdout, &stderr, c.stdout, c.stderr)
		}
	}
}

// TestResultThatCannotBeHandedOut: the error says what was done all the same.
func TestResultThatCannotBeHandedOut(t *testing.T) {
	for done, want := range map[string]string{"a, b": "This was done: a, b.", "": "cannot be written"} {
		var stdout, stderr bytes.Buffer
		env := map[string]string{"GITHUB_STEP_SUMMARY": t.TempDir()} // a folder
		code := cli.Main(t.Context(), world(env, &stdout, &stderr), app(&cli.Result{Text: "text\n", Done: done}, nil))
		if code != cli.ExitFailed || !strings.Contains(stderr.String(), want) || strings.Contains(stderr.String(), "This was done") != (done != "") {
			t.Errorf("Main of a result that did %q = %d, want 1 and %q\n%s", done, code, want, &stderr)
		}
	}
}

// TestOutputsOfACommand: all of its outputs are set, also those without a value, in the order of the table, and json.
func TestOutputsOfACommand(t *testing.T) {
	path := filepath.Join(t.TempDir(), "output")
	var stdout, stderr bytes.Buffer
	code := cli.Main(t.Context(), world(map[string]string{"GITHUB_OUTPUT": path}, &stdout, &stderr), app(&cli.Result{Outputs: map[string]string{"b": "1", "other": "2"}}, nil))
	text, err := os.ReadFile(path)
	if err != nil || code != cli.ExitDone {
		t.Fatalf("Main = %d, %v\n%s", code, err, &stderr)
	}
	var names []string
	for line := range strings.Lines(string(text)) {
		if name, _, ok := strings.Cut(line, "<<"); ok {
			names = append(names, name)
		}
	}
	if got := strings.Join(names, " "); got != "a b json" || !strings.Contains(string(text), `{"a":null,"b":"1"}`) {
		t.Errorf("outputs = %s, want a b json\n%s", got, text)
	}
}

func world(env map[string]string, stdout, stderr *bytes.Buffer) cli.World {
	return cli.World{Args: []string{"do"}, Getenv: func(name string) string { return env[name] }, Random: strings.NewReader(strings.Repeat("x", 99)), Stdout: stdout, Stderr: stderr}
}

func app(result *cli.Result, err error) cli.App {
	return cli.App{
		Commands: []cli.Command{{Name: "do", Run: func(context.Context, *cli.Run) (*cli.Result, error) { return result, err }}},
		Inputs:   input.Table{{Name: "command"}, {Name: "format"}},
		Outputs:  []cli.Output{{Name: "a", Commands: []string{"do"}}, {Name: "b", Commands: []string{"do"}}, {Name: "other", Commands: []string{"else"}}},
		Annotate: func(err error) (found []note.Annotation) {
			for _, e := range fault.Flatten(err) {
				found = append(found, note.Annotation{Level: note.Error, Message: e.Error()})
			}
			return found
		},
	}
}
