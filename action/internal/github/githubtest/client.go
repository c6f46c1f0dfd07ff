package githubtest

import (
	"context"
	"testing"
	"time"

	"github.com/wizzense/deployment-rings/action/internal/github"
)

// Client returns one with a token of a repository that most tests have. Unless the options say how, it does not wait between tries.
func Client(t testing.TB, o github.Options, token string) *github.Client {
	t.Helper()
	o.Repository, o.Token = "wizzense/aitherzero", token
	if o.Sleep == nil {
		o.Sleep = func(context.Context, time.Duration) error { return nil }
	}
	c, err := github.New(o)
	if err != nil {
		t.Fatal(err)
	}
	return c
}
