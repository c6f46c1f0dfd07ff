// Package cli runs commands: it reads flags and INPUT_ variables, hands out results as outputs, annotations, a job summary and
// text, and knows the exit codes. It knows no ring: what the commands are about is theirs.
package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"runtime/debug"
	"slices"
	"strings"
	"time"

	"github.com/wizzense/deployment-rings/action/internal/fault"
	"github.com/wizzense/deployment-rings/action/internal/input"
	"github.com/wizzense/deployment-rings/action/internal/note"
	"github.com/wizzense/deployment-rings/action/internal/report"
	"github.com/wizzense/deployment-rings/internal/text"
)

// Exit codes of the program.
const (
	ExitDone    = 0 // a hold, or nothing to do, is done too
	ExitFailed  = 1 // GitHub, a registry, the ledger or a file could not be used
	ExitUsage   = 2 // wrong use, or an invalid or missing input, event, policy or evidence file
	ExitVerdict = 3 // done, and the verdict is one that fails the run
)

// A World is all that a run depends on besides files and servers: tests run whole commands with a world of their own.
type World struct {
	Args      []string
	Getenv    func(string) string
	Variables []string // names of all environment variables
	Now       func() time.Time
	Transport http.RoundTripper                          // to servers; nil: the usual one
	AtOnce    int                                        // requests to one server at a time; 0: as many as it takes well
	Sleep     func(context.Context, time.Duration) error // between tries; nil: real time
	Random    io.Reader                                  // unpredictable bytes, for the delimiters of outputs
	Stdout    io.Writer
	Stderr    io.Writer
	Version   string // of a release; "" in other builds
	Commit    string // that a release is built from
}

// An App is a program of several commands.
type App struct {
	Usage    string // begins the help
	Commands []Command
	Default  string // the command of a run that names none
	Inputs   input.Table
	Outputs  []Output
	Annotate func(error) []note.Annotation // one of each problem, at its place in a file where it has one
}

// A Command is one thing the program does. It returns its result, also when acting failed midway; nil when nothing came of it.
type Command struct {
	Name  string
	Short string // one line of help
	Run   func(context.Context, *Run) (*Result, error)
}

// Main does what the arguments and the environment ask for and returns the exit code. The run ends early when ctx does.
func Main(ctx context.Context, w World, app App) int {
	if slices.Equal(w.Args, []string{"--version"}) { // the input version wants a value
		w.Args = []string{"version"}
	}
	flags := input.ParseFlags(app.Inputs, w.Args)
	env := input.Env{Get: w.Getenv, Names: w.Variables}
	name := input.Command(app.Inputs, flags, env, app.Default)
	r := &Run{World: w, app: app}
	if text, ok := app.help(flags, name); ok {
		return r.print(text)
	}
	r.Values, r.Problems = input.Read(app.Inputs, name, flags, env)
	cmd, err := app.command(name)
	if err != nil {
		return r.fail(err)
	}
	r.command = cmd.Name
	r.OneOf("format", "text", "json")
	result, err := cmd.Run(ctx, r)
	if result == nil {
		return r.fail(err)
	}
	if err = errors.Join(err, afterAct(r.publish(*result), result.Done)); err != nil {
		return r.fail(err)
	}
	if result.Verdict != "" {
		r.annotate([]note.Annotation{{Level: note.Error, Message: result.Verdict}})
		return ExitVerdict
	}
	return ExitDone
}

func (a App) command(name string) (Command, error) {
	i := slices.IndexFunc(a.Commands, func(c Command) bool { return c.Name == name })
	if i < 0 {
		return Command{}, fmt.Errorf("unknown command %.40q%s", name, input.Suggest(name, a.Names()))
	}
	return a.Commands[i], nil
}

// Names returns the names of the commands.
func (a App) Names() []string {
	names := make([]string, len(a.Commands))
	for i, c := range a.Commands {
		names[i] = c.Name
	}
	return names
}

func (r *Run) print(text string) int {
	if _, err := io.WriteString(r.Stdout, text); err != nil {
		return r.fail(fault.Failed(err))
	}
	return ExitDone
}

// fail reports all problems and returns the exit code that they call for.
func (r *Run) fail(err error) int {
	found := r.app.Annotate(err)
	r.annotate(found)
	code := ExitCode(err)
	if path := r.Getenv("GITHUB_STEP_SUMMARY"); path != "" {
		if err := report.WriteSummary(path, problemSummary(found, code)); err != nil {
			fmt.Fprintln(r.Stderr, "deployment-rings:", err)
		}
	}
	return code
}

// ExitCode is ExitFailed only when nothing among the problems is the user's to mend, or when the run was interrupted, so
// that it did not find all of them.
func ExitCode(err error) int {
	if fault.IsInterruption(err) {
		return ExitFailed
	}
	for _, e := range fault.Flatten(err) {
		if !fault.IsFailure(e) {
			return ExitUsage
		}
	}
	return ExitFailed
}

// InWorkflow reports whether GitHub, or something that acts for it, reads the streams of this run.
func (r *Run) InWorkflow() bool {
	return r.Getenv("GITHUB_ACTIONS") == "true" || r.Getenv("GITHUB_OUTPUT") != ""
}

// annotate shows problems and notes: as annotations in a workflow, else on standard error. GitHub finds annotations on both
// streams, so standard output stays free for JSON.
func (r *Run) annotate(found []note.Annotation) {
	if r.InWorkflow() {
		w := r.Stdout
		if r.json() {
			w = r.Stderr
		}
		if err := note.Write(w, found); err != nil {
			fmt.Fprintln(r.Stderr, "deployment-rings:", err)
		}
		return
	}
	for _, a := range found {
		fmt.Fprintln(r.Stderr, "deployment-rings:", a)
	}
}

// problemSummary is the job summary of a run that failed. GitHub shows ten annotations of a step, the summary has all.
func problemSummary(found []note.Annotation, code int) string {
	var b strings.Builder
	headline := "nothing was done"
	if code == ExitFailed { // perhaps in the middle
		headline = "the run failed"
	}
	fmt.Fprintf(&b, "### Deployment rings: %s\n\n", headline)
	for _, a := range found {
		fmt.Fprintf(&b, "- %s\n", text.Code(strings.TrimPrefix(a.String(), "error: ")))
	}
	return b.String() + "\n"
}

// maxMemory is the size at which the garbage collector begins to work harder, so that what hosts may send never costs more than
// 200 MB. An honest run stays far below it.
const maxMemory = 150 << 20

// LimitMemory limits the memory of the process, unless GOMEMLIMIT does.
func LimitMemory(getenv func(string) string) {
	if getenv("GOMEMLIMIT") == "" {
		debug.SetMemoryLimit(maxMemory)
	}
}
