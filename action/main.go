// Deployment-rings decides for every event which deployment ring a build belongs to, whether it deploys, and
// the tags, labels and container settings that go with it. It runs as a GitHub Action and by hand; see
// docs/action.md, or --help.
//
// Every command gathers facts, decides in one pure step, and then acts. This package reads inputs, joins the
// pure packages and reports.
package main

import (
	"context"
	"crypto/rand"
	"os"
	"runtime/debug"
	"strings"
	"time"

	"github.com/wizzense/deployment-rings/action/internal/outbound"
)

// maxMemory is where the garbage collector begins to work harder, so that what hosts may send at most never costs more than
// 200 MB. An honest run stays far below it.
const maxMemory = 150 << 20

func limitMemory() {
	if os.Getenv("GOMEMLIMIT") == "" {
		debug.SetMemoryLimit(maxMemory)
	}
}

func main() {
	limitMemory()
	p := program{
		ctx:       interruptible(context.Background()),
		args:      os.Args[1:],
		getenv:    os.Getenv,
		variables: variables(os.Environ()),
		now:       time.Now,
		transport: outbound.Transport(),
		random:    rand.Reader,
		stdout:    os.Stdout,
		stderr:    os.Stderr,
	}
	os.Exit(p.run())
}

// variables are the names in an environment.
func variables(environ []string) []string {
	names := make([]string, 0, len(environ))
	for _, entry := range environ {
		name, _, _ := strings.Cut(entry, "=")
		names = append(names, name)
	}
	return names
}
