// Deployment-rings decides for every event which deployment ring a build belongs to, whether it deploys, and
// the tags, labels and container settings that go with it. It runs as a GitHub Action and by hand; see
// docs/action.md, or --help.
//
// This package wires the real world. What the program does is in action/internal/command.
package main

import (
	"context"
	"crypto/rand"
	"fmt"
	"os"
	"os/signal"
	"strings"
	"syscall"
	"time"

	"github.com/wizzense/deployment-rings/action/internal/cli"
	"github.com/wizzense/deployment-rings/action/internal/fault"
	"github.com/wizzense/deployment-rings/action/internal/outbound"
	"github.com/wizzense/deployment-rings/action/program"
)

// What a release is built with (-ldflags -X). Empty in other builds, of which the Go command knows something.
var (
	version string // the tag, such as v1.4.0
	commit  string // what it was built from
)

func main() {
	cli.LimitMemory(os.Getenv)
	os.Exit(program.Main(interruptible(context.Background()), program.World{
		Args:      os.Args[1:],
		Getenv:    os.Getenv,
		Variables: variables(os.Environ()),
		Now:       time.Now,
		Transport: outbound.Transport(),
		Random:    rand.Reader,
		Stdout:    os.Stdout,
		Stderr:    os.Stderr,
		Version:   version,
		Commit:    commit,
	}))
}

// variables returns the names in an environment.
func variables(environ []string) []string {
	names := make([]string, 0, len(environ))
	for _, entry := range environ {
		name, _, _ := strings.Cut(entry, "=")
		names = append(names, name)
	}
	return names
}

// interruptible returns a context that the first signal to stop ends, with an interruption as its cause. What waits for a
// server ends with it, what computes is left, and a record that must be written still is. A second signal ends the process.
func interruptible(parent context.Context) context.Context {
	ctx, cancel := context.WithCancelCause(parent)
	signals := make(chan os.Signal, 1)
	signal.Notify(signals, os.Interrupt, syscall.SIGTERM)
	go func() {
		first := <-signals
		signal.Stop(signals)
		cancel(fault.Interruption(fmt.Errorf("the run was interrupted by the signal %q", first)))
	}()
	return ctx
}
