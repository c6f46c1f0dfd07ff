package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"time"

	"github.com/wizzense/deployment-rings/action/internal/input"
	"github.com/wizzense/deployment-rings/action/internal/note"
	"github.com/wizzense/deployment-rings/action/internal/report"
)

// Exit codes of the program.
const (
	exitDone    = 0 // a hold, or nothing to do, is done too
	exitFailed  = 1 // GitHub, a registry, the ledger or a file could not be used
	exitUsage   = 2 // wrong use, or an invalid or missing input, event, policy or evidence file
	exitVerdict = 3 // done, and the verdict is one that fails the run
)

// A program is one run with its world: tests run whole commands with a world of their own.
type program struct {
	args      []string
	getenv    func(string) string
	variables []string // names of all environment variables
	now       func() time.Time
	ctx       context.Context                            // ends when the run is asked to stop
	transport http.RoundTripper                          // to registries; nil: the usual one
	atOnce    int                                        // requests to one server at a time; 0: as many as it takes well
	sleep     func(context.Context, time.Duration) error // between tries; nil: real time
	random    io.Reader                                  // bytes that nobody can know, for the delimiters of outputs
	stdout    io.Writer
	stderr    io.Writer
}

// A failure is an error that is not the user's: its exit code is 1, that of any other error 2.
type failure struct{ error }

func (f failure) Unwrap() error { return f.error }

// A verdict is the result of a command that has done its work and reported it, and that fails the run.
type verdict struct{ error }

func (v verdict) Unwrap() error { return v.error }

func failed(err error) error {
	if err == nil {
		return nil
	}
	return failure{err}
}

// run does what the arguments and the environment ask for and returns the exit code.
func (p program) run() int {
	if slices.Equal(p.args, []string{"--version"}) { // the input version wants a value
		p.args = []string{"version"}
	}
	flags := input.ParseFlags(inputs, p.args)
	env := input.Env{Get: p.getenv, Names: p.variables}
	name := input.Command(inputs, flags, env, "plan")
	if text, ok := help(flags, name); ok {
		return p.print(text)
	}
	values, problems := input.Read(inputs, name, flags, env)
	s := &session{program: p, values: values, problems: problems}
	cmd, err := findCommand(name)
	if err != nil {
		return p.fail(err, s.json())
	}
	s.oneOf("format", "text", "json")
	err = cmd.run(s)
	switch {
	case err == nil:
		return exitDone
	case errors.As(err, new(verdict)):
		p.annotate(annotations(err), s.json())
		return exitVerdict
	}
	return p.fail(err, s.json())
}

func (p program) print(text string) int {
	if _, err := io.WriteString(p.stdout, text); err != nil {
		return p.fail(failed(err), false)
	}
	return exitDone
}

// fail tells all problems and returns the exit code that they call for.
func (p program) fail(err error, json bool) int {
	found := annotations(err)
	p.annotate(found, json)
	if path := p.getenv("GITHUB_STEP_SUMMARY"); path != "" {
		if err := report.WriteSummary(path, problemSummary(found, exitCode(err))); err != nil {
			fmt.Fprintln(p.stderr, "deployment-rings:", err)
		}
	}
	return exitCode(err)
}

// exitCode is exitFailed only when nothing among the problems is the user's to mend, or when the run was interrupted, so
// that it did not find all of them.
func exitCode(err error) int {
	if isInterruption(err) {
		return exitFailed
	}
	for _, e := range flatten(err) {
		if !errors.As(e, new(failure)) {
			return exitUsage
		}
	}
	return exitFailed
}

// inWorkflow reports whether GitHub, or something that acts for it, reads the streams of this run.
func (p program) inWorkflow() bool {
	return p.getenv("GITHUB_ACTIONS") == "true" || p.getenv("GITHUB_OUTPUT") != ""
}

// annotate tells people of problems and notes: as annotations in a workflow, else on standard error.
// GitHub finds annotations on both streams, so standard output stays free for JSON.
func (p program) annotate(found []note.Annotation, json bool) {
	if p.inWorkflow() {
		w := p.stdout
		if json {
			w = p.stderr
		}
		if err := note.Write(w, found); err != nil {
			fmt.Fprintln(p.stderr, "deployment-rings:", err)
		}
		return
	}
	for _, a := range found {
		fmt.Fprintln(p.stderr, "deployment-rings:", a)
	}
}
