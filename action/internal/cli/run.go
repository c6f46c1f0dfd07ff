package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strconv"

	"github.com/wizzense/deployment-rings/action/internal/fault"
	"github.com/wizzense/deployment-rings/action/internal/input"
	"github.com/wizzense/deployment-rings/action/internal/note"
	"github.com/wizzense/deployment-rings/action/internal/report"
)

// A Run is one command with its world, its inputs, and the problems found so far.
type Run struct {
	World
	fault.Log
	input.Values
	app     App
	command string
}

func (r *Run) json() bool { return r.Text("format") == "json" }

// OneOf returns the value of an input with few values, the first of which is the default.
func (r *Run) OneOf(name string, allowed ...string) string {
	got := r.Text(name)
	if got == "" {
		return allowed[0]
	}
	if !slices.Contains(allowed, got) {
		r.Addf("%s: %.40q is unknown%s", name, got, input.Suggest(got, allowed))
		return allowed[0]
	}
	return got
}

// Positive returns the number of an input, 0 when it was not given.
func (r *Run) Positive(name string) int {
	text := r.Text(name)
	if text == "" {
		return 0
	}
	n, err := strconv.Atoi(text)
	if err != nil || n < 1 || strconv.Itoa(n) != text {
		r.Addf("%s: %.40q is not a number such as 123", name, text)
	}
	return n
}

// An Output is a value that later steps read.
type Output struct {
	Name     string
	Kind     report.Type
	Commands []string
	Help     string
}

// A Result is what a command hands out.
type Result struct {
	Outputs map[string]string // all but json, by name; those that are left out are empty
	Object  string            // the output json; "": the outputs as one object
	Bulky   bool              // the object may be too large for an output; json-file has it anyway
	Text    string            // for people, by hand
	Summary string            // Markdown
	Notes   []note.Annotation // that stand in the text as well, and so are shown in a workflow only
	Done    string            // what was written, for those who get no result; "": nothing
	Verdict string            // why the run fails although it is done; "": it does not
}

// filled gives the outputs of the command their values, in the order of the table.
func (r *Run) filled(values map[string]string) []report.Output {
	var all []report.Output
	for _, o := range r.app.Outputs {
		if o.Name != "json" && slices.Contains(o.Commands, r.command) {
			all = append(all, report.Output{Name: o.Name, Type: o.Kind, Value: values[o.Name]})
		}
	}
	return all
}

// values returns all outputs, the object among them unless it is too large, and the object.
func (r *Run) values(from Result) (outputs []report.Output, object string, err error) {
	outputs, object = r.filled(from.Outputs), from.Object
	if object == "" && len(outputs) > 0 {
		if object, err = report.JSON(outputs); err != nil {
			return nil, "", err
		}
	}
	if len(outputs) == 0 {
		return nil, object, nil
	}
	value := object
	if from.Bulky && !report.Fits(object) {
		value = ""
	}
	return append(outputs, report.Output{Name: "json", Value: value}), object, nil
}

// publish hands out the result: as outputs, annotations and a job summary in a workflow, and on standard output as text for
// people or as JSON.
func (r *Run) publish(from Result) error {
	outputs, object, err := r.values(from)
	if err != nil {
		return fault.Failed(err)
	}
	if r.InWorkflow() {
		r.Note(from.Notes...)
	}
	if r.Getenv("GITHUB_OUTPUT") != "" && len(outputs) > 0 {
		if from.Bulky && !report.Fits(object) {
			r.Warn("the output json is empty, since it would be larger than GitHub takes: read the file that json-file names")
		}
		if err := report.CheckOutputs(outputs); err != nil {
			return err // such values come from inputs or the event
		}
		if err := report.WriteOutputs(r.Getenv, r.Random, outputs); err != nil {
			return fault.Failed(err)
		}
	}
	r.annotate(r.Notes)
	if path := r.Getenv("GITHUB_STEP_SUMMARY"); path != "" {
		if err := report.WriteSummary(path, from.Summary); err != nil {
			return fault.Failed(err)
		}
	}
	text := from.Text
	if r.json() {
		if text, err = report.Indent(object); err != nil {
			return fault.Failed(err)
		}
	}
	_, err = io.WriteString(r.Stdout, text)
	return fault.Failed(err)
}

// Ready finds out before a command acts whether its result, as far as it is known, can be handed out. The error says that
// nothing was done, also when the run is to end.
func (r *Run) Ready(ctx context.Context, expected *Result) error {
	if err := fault.Interrupted(ctx); err != nil {
		return err
	}
	outputs, _, err := r.values(*expected)
	problems := []error{err}
	if r.Getenv("GITHUB_OUTPUT") != "" {
		problems = append(problems, report.CheckOutputs(outputs))
	}
	for _, name := range []string{"GITHUB_OUTPUT", "GITHUB_STEP_SUMMARY"} {
		if path := r.Getenv(name); path != "" {
			problems = append(problems, report.TryAppend(name, path))
		}
	}
	if dir := r.Folder(); dir != "" {
		problems = append(problems, report.TryFolder("RUNNER_TEMP", dir))
	}
	var all error
	for _, problem := range fault.Flatten(errors.Join(problems...)) {
		all = errors.Join(all, fmt.Errorf("%w: nothing was done", problem))
	}
	return fault.Failed(all)
}

// afterAct adds to the error of a result that could not be handed out what was done all the same; "": nothing.
func afterAct(err error, done string) error {
	if err == nil || done == "" {
		return err
	}
	return fault.Failed(fmt.Errorf("the result could not be handed out: %w. This was done: %s. The same command again does no harm, and does what is left", err, done))
}

// Folder returns the directory for files of later steps; "" outside a workflow, where nothing is left behind. In a workflow
// GitHub names a folder that it empties after the job.
func (r *Run) Folder() string {
	dir := r.Getenv("RUNNER_TEMP")
	if dir == "" && r.Getenv("GITHUB_OUTPUT") != "" {
		dir = os.TempDir()
	}
	if dir == "" {
		return ""
	}
	return filepath.Join(dir, "deployment-rings-files")
}

// WriteFile leaves a file for later steps, in a workflow, and returns its path.
func (r *Run) WriteFile(name, extension string, content []byte) (string, error) {
	dir := r.Folder()
	if dir == "" {
		return "", nil
	}
	return report.WriteFile(dir, name, extension, content)
}
