package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"github.com/wizzense/deployment-rings/action/internal/github"
	"github.com/wizzense/deployment-rings/action/internal/input"
	"github.com/wizzense/deployment-rings/action/internal/note"
	"github.com/wizzense/deployment-rings/action/internal/registry"
	"github.com/wizzense/deployment-rings/action/internal/report"
	"github.com/wizzense/deployment-rings/ringpolicy"
)

// A session is a run of one command: its inputs, and the problems found so far.
type session struct {
	program
	values   input.Values
	problems error
	notes    []note.Annotation
	client   *registry.Client // nil until it is used
	hub      *github.Client   // the same
	hubMade  bool
	loaded   bool // the policy was read
	rings    *ringpolicy.Policy
}

// add notes a problem, if there is one. All that an interruption leaves undone is one problem.
func (s *session) add(err error) {
	if isInterruption(err) && isInterruption(s.problems) {
		return
	}
	s.problems = errors.Join(s.problems, err)
}

func (s *session) addf(format string, args ...any) {
	s.add(fmt.Errorf(format, args...))
}

// addFor notes each problem that the value of an input has.
func (s *session) addFor(name string, err error) {
	for _, problem := range flatten(err) {
		s.addf("%s: %w", name, problem)
	}
}

func (s *session) json() bool { return s.values.Text("format") == "json" }

// oneOf is the value of an input with few values, the first of which is the default.
func (s *session) oneOf(name string, allowed ...string) string {
	got := s.values.Text(name)
	if got == "" {
		return allowed[0]
	}
	for _, a := range allowed {
		if got == a {
			return a
		}
	}
	s.addf("%s: %.40q is unknown%s", name, got, input.Suggest(got, allowed))
	return allowed[0]
}

// A result is what a command hands out.
type result struct {
	outputs []report.Output // all but json
	object  string          // the output json; "": the outputs as one object
	text    string          // for people, by hand
	summary string          // Markdown
	bulky   bool            // the object may be too large for an output; json-file has it anyway
	notes   []note.Annotation
}

// publish hands out the result: as outputs, annotations and a job summary in a workflow, and on standard
// output as text for people or as JSON.
func (s *session) publish(r result) error {
	object, err := r.json()
	if err != nil {
		return failed(err)
	}
	if s.getenv("GITHUB_OUTPUT") != "" && len(r.outputs) > 0 {
		if r.bulky && !report.Fits(object) {
			r.notes = append(r.notes, note.Annotation{Level: note.Warning, Message: "the output json is empty, since it would be larger than GitHub takes: read the file that json-file names"})
		}
		if err := s.write(r.withJSON(object)); err != nil {
			return err
		}
	}
	s.annotate(r.notes, s.json())
	if path := s.getenv("GITHUB_STEP_SUMMARY"); path != "" {
		if err := report.WriteSummary(path, r.summary); err != nil {
			return failed(err)
		}
	}
	return s.show(r.text, object)
}

// withJSON returns all outputs, the object among them unless it is too large.
func (r result) withJSON(object string) []report.Output {
	if r.bulky && !report.Fits(object) {
		object = ""
	}
	return append(r.outputs[:len(r.outputs):len(r.outputs)], report.Output{Name: "json", Value: object})
}

// ready finds out before a command acts whether its result, as far as it is known, can be handed out. The error says that
// nothing was done, also when the run is to end.
func (s *session) ready(expected result) error {
	if err := interrupted(s.ctx); err != nil {
		return err
	}
	object, err := expected.json()
	problems := []error{err}
	if s.getenv("GITHUB_OUTPUT") != "" {
		problems = append(problems, report.CheckOutputs(expected.withJSON(object)))
	}
	for _, name := range []string{"GITHUB_OUTPUT", "GITHUB_STEP_SUMMARY"} {
		if path := s.getenv(name); path != "" {
			problems = append(problems, report.TryAppend(name, path))
		}
	}
	if dir := s.folder(); dir != "" {
		problems = append(problems, report.TryFolder("RUNNER_TEMP", dir))
	}
	var all error
	for _, problem := range flatten(errors.Join(problems...)) {
		all = errors.Join(all, fmt.Errorf("%w: nothing was done", problem))
	}
	return failed(all)
}

// afterAct adds to the error of a result that could not be handed out what was done all the same; "": nothing.
func afterAct(err error, done string) error {
	if err == nil || done == "" {
		return err
	}
	return failed(fmt.Errorf("the result could not be handed out: %w. This was done: %s. The same command again does no harm, and does what is left", err, done))
}

func (r result) json() (string, error) {
	if r.object != "" {
		return r.object, nil
	}
	return report.JSON(r.outputs)
}

// inRun are the notes that stand in the text for people as well, and so are told in a workflow only.
func (s *session) inRun(notes []note.Annotation) []note.Annotation {
	if s.inWorkflow() {
		return notes
	}
	return nil
}

// write sets the outputs. Values that cannot be outputs come from inputs or the event; the rest is a failure.
func (s *session) write(outputs []report.Output) error {
	if err := report.CheckOutputs(outputs); err != nil {
		return err
	}
	return failed(report.WriteOutputs(s.getenv, s.random, outputs))
}

func (s *session) show(text, object string) error {
	if s.json() {
		indented, err := report.Indent(object)
		if err != nil {
			return failed(err)
		}
		text = indented
	}
	_, err := io.WriteString(s.stdout, text)
	return failed(err)
}

// folder is where files for later steps go; "" by hand, where nothing is left lying about. In a workflow
// GitHub names a folder that it empties after the job.
func (s *session) folder() string {
	dir := s.getenv("RUNNER_TEMP")
	if dir == "" && s.getenv("GITHUB_OUTPUT") != "" {
		dir = os.TempDir()
	}
	if dir == "" {
		return ""
	}
	return filepath.Join(dir, "deployment-rings-files")
}
