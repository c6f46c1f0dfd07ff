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

// TestProblemSummary: the job summary has all problems, none of which becomes Markdown, and says whether anything can have been done.
func TestProblemSummary(t *testing.T) {
	for _, c := range []struct {
		err  error
		want string
	}{
		{errors.New("mine"), "### Deployment rings: nothing was done\n\n- <code>mine</code>\n\n"},
		{errors.Join(errors.New("**a**"), errors.New("b`c")), "### Deployment rings: nothing was done\n\n- <code>&#42;&#42;a&#42;&#42;</code>\n- <code>b&#96;c</code>\n\n"},
		{fault.Failed(errors.New("theirs")), "### Deployment rings: the run failed\n\n- <code>theirs</code>\n\n"},
	} {
		path := filepath.Join(t.TempDir(), "summary")
		var stdout, stderr bytes.Buffer
		cli.Main(t.Context(), world(map[string]string{"GITHUB_STEP_SUMMARY": path}, &stdout, &stderr), app(nil, c.err))
		if got, err := os.ReadFile(path); string(got) != c.want {
			t.Errorf("the summary of %q = %q, %v, want %q", c.err, got, err, c.want)
		}
	}
}

// TestReady: what keeps a result from being handed out is found before a command acts.
func TestReady(t *testing.T) {
	for _, c := range []struct {
		name   string
		env    func(folder string) map[string]string
		result cli.Result
		code   int
		says   string
	}{
		{"by hand", func(string) map[string]string { return nil }, cli.Result{}, cli.ExitDone, ""},
		{"in a workflow", func(folder string) map[string]string {
			return map[string]string{"GITHUB_OUTPUT": folder + "/output", "GITHUB_STEP_SUMMARY": folder + "/summary", "RUNNER_TEMP": folder}
		}, cli.Result{}, cli.ExitDone, ""},
		{"outputs that cannot be written", func(folder string) map[string]string {
			return map[string]string{"GITHUB_OUTPUT": folder, "RUNNER_TEMP": folder}
		}, cli.Result{}, cli.ExitFailed, "GITHUB_OUTPUT"},
		{"a summary that cannot be written", func(folder string) map[string]string {
			return map[string]string{"GITHUB_STEP_SUMMARY": folder}
		}, cli.Result{}, cli.ExitFailed, "GITHUB_STEP_SUMMARY"},
		{"no room for files", func(folder string) map[string]string {
			return map[string]string{"RUNNER_TEMP": "/dev/null/temp"}
		}, cli.Result{}, cli.ExitFailed, "RUNNER_TEMP"},
		{"a value that is too large", func(folder string) map[string]string {
			return map[string]string{"GITHUB_OUTPUT": folder + "/output", "RUNNER_TEMP": folder}
		}, cli.Result{Outputs: map[string]string{"a": strings.Repeat("x", 2<<20)}}, cli.ExitFailed, "a"},
	} {
		acted := false
		a := app(nil, nil)
		a.Commands[0].Run = func(ctx context.Context, r *cli.Run) (*cli.Result, error) {
			if err := r.Ready(ctx, &c.result); err != nil {
				return nil, err
			}
			acted = true
			return &c.result, nil
		}
		var stdout, stderr bytes.Buffer
		code := cli.Main(t.Context(), world(c.env(t.TempDir()), &stdout, &stderr), a)
		said := stdout.String() + stderr.String()
		if code != c.code || acted != (c.code == cli.ExitDone) || !strings.Contains(said, c.says) || strings.Contains(said, ": nothing was done") != (c.says != "") {
			t.Errorf("%s: Main = %d, acted: %t, want %d and %q, and that nothing was done\n%s", c.name, code, acted, c.code, c.says, said)
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

// TestBulkyResults: an object that is too large for an output is left out there, and the reader is told where it is.
func TestBulkyResults(t *testing.T) {
	const large = 1 << 20
	for _, c := range []struct {
		size  int
		bulky bool
		code  int
		json  bool // the output has the object
	}{
		{10, false, cli.ExitDone, true}, {10, true, cli.ExitDone, true}, {large, true, cli.ExitDone, false}, {large, false, cli.ExitUsage, false},
	} {
		path := filepath.Join(t.TempDir(), "output")
		var stdout, stderr bytes.Buffer
		object := `"` + strings.Repeat("x", c.size) + `"`
		code := cli.Main(t.Context(), world(map[string]string{"GITHUB_OUTPUT": path}, &stdout, &stderr), app(&cli.Result{Object: object, Bulky: c.bulky}, nil))
		text, err := os.ReadFile(path)
		if err != nil && c.code == cli.ExitDone {
			t.Fatal(err)
		}
		warned := strings.Contains(stdout.String(), "read the file that json-file names")
		if code != c.code || strings.Contains(string(text), object) != c.json || warned != (c.bulky && c.size == large) {
			t.Errorf("Main of %d bytes, bulky: %v = %d, the output has them: %v, a warning: %v, want %d, %v", c.size, c.bulky, code, strings.Contains(string(text), object), warned, c.code, c.json)
		}
	}
}

// TestInputs has how a command reads an input that is a number or one of few words.
func TestInputs(t *testing.T) {
	for value, want := range map[string]string{
		"": "", "1": "", "123": "", "0": `"0" is not a number`, "-1": `"-1" is not a number`, "007": `"007" is not a number`, "+7": `"+7" is not a number`, "1.0": `"1.0" is not a number`, "x": `"x" is not a number`,
	} {
		a := app(nil, nil)
		a.Inputs = append(a.Inputs, input.Input{Name: "number"})
		a.Commands[0].Run = func(_ context.Context, r *cli.Run) (*cli.Result, error) {
			r.Positive("number")
			return &cli.Result{}, r.Problems
		}
		var stdout, stderr bytes.Buffer
		w := world(nil, &stdout, &stderr)
		w.Args = append(w.Args, "--number="+value)
		if code := cli.Main(t.Context(), w, a); (code == cli.ExitDone) != (want == "") || !strings.Contains(stderr.String(), want) {
			t.Errorf("a number %q: %d, %q, want %q", value, code, &stderr, want)
		}
	}
	for format, want := range map[string]string{"": "", "json": "", "text": "", "jsno": `format: "jsno" is unknown, did you mean json?`} {
		var stdout, stderr bytes.Buffer
		w := world(nil, &stdout, &stderr)
		w.Args = append(w.Args, "--format="+format)
		a := app(nil, nil)
		a.Commands[0].Run = func(_ context.Context, r *cli.Run) (*cli.Result, error) { return &cli.Result{Object: "{}"}, r.Problems }
		if code := cli.Main(t.Context(), w, a); (code == cli.ExitDone) != (want == "") || !strings.Contains(stderr.String(), want) {
			t.Errorf("the format %q: %d, %q, want %q", format, code, &stderr, want)
		}
	}
}

// TestHelp has the ways to ask for help, and of what it is.
func TestHelp(t *testing.T) {
	for args, want := range map[string]string{
		"help": "usage", "--help": "usage", "help do": "deployment-rings do ", "do --help": "deployment-rings do ", "help nothing": "usage",
	} {
		a := app(nil, errors.New("it was run"))
		a.Usage = "usage"
		a.Default = "do"
		var stdout, stderr bytes.Buffer
		w := world(nil, &stdout, &stderr)
		w.Args = strings.Fields(args)
		if code := cli.Main(t.Context(), w, a); code != cli.ExitDone || !strings.HasPrefix(stdout.String(), want) || !strings.Contains(stdout.String(), "Exit codes: 0 done, 1 failed, 2 ") {
			t.Errorf("Main(%q) = %d, want help that begins with %q:\n%s%s", args, code, want, &stdout, &stderr)
		}
	}
}
