package program_test

import (
	"bytes"
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/wizzense/deployment-rings/action/internal/fault"
	"github.com/wizzense/deployment-rings/action/program"
)

// TestMainInAWorld has runs of the whole program in a world of the test's own, which may be over before they begin.
func TestMainInAWorld(t *testing.T) {
	const policy = "../../ringpolicy/testdata/every-key.yml"
	for _, c := range []struct {
		name     string
		args     []string
		over     bool
		code     int
		out, err string // parts of what it prints
	}{
		{"version", []string{"version"}, false, 0, "v9.8.7", ""},
		{"help", []string{"--help"}, false, 0, "promote", ""},
		{"lint", []string{"lint", "--policy", policy}, false, 0, "", ""},
		{"wrong use", []string{"lnit"}, false, 2, "", `unknown command "lnit", did you mean lint?`},
		{"over", []string{"lint", "--policy", policy}, true, 1, "", "the run is over"},
	} {
		ctx, cancel := context.WithCancelCause(t.Context())
		if c.over {
			cancel(fault.Interruption(errors.New("the run is over")))
		}
		var out, err bytes.Buffer
		code := program.Main(ctx, program.World{
			Args: c.args, Getenv: func(string) string { return "" }, Now: func() time.Time { return time.Unix(0, 0) }, Random: strings.NewReader(""),
			Stdout: &out, Stderr: &err, Version: "v9.8.7",
		})
		cancel(nil)
		if code != c.code || !strings.Contains(out.String(), c.out) || !strings.Contains(err.String(), c.err) {
			t.Errorf("%s: Main(%q) = %d, want %d, %q on standard output and %q on standard error:\n%s\n%s", c.name, c.args, code, c.code, c.out, c.err, &out, &err)
		}
	}
}
