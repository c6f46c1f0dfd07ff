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
	"net/http"
	"os"
	"strings"
	"time"
)

func main() {
	p := program{
		ctx:       interruptible(context.Background()),
		args:      os.Args[1:],
		getenv:    os.Getenv,
		variables: variables(os.Environ()),
		now:       time.Now,
		transport: transport(),
		random:    rand.Reader,
		stdout:    os.Stdout,
		stderr:    os.Stderr,
	}
	os.Exit(p.run())
}

// transport keeps as many connections to a host as a round of requests needs, for the next round: releases do
// without HTTP/2, which would put all of them on one.
func transport() *http.Transport {
	t := http.DefaultTransport.(*http.Transport).Clone()
	t.MaxIdleConnsPerHost = 16
	return t
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
