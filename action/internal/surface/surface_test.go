package surface_test

import (
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/wizzense/deployment-rings/action/internal/cli"
	"github.com/wizzense/deployment-rings/action/internal/surface"
)

// users are the commands that use an input.
func users(t *testing.T, name string) []string {
	t.Helper()
	in, ok := surface.Inputs.Find(name)
	if !ok {
		t.Fatalf("there is no input %s", name)
	}
	return slices.Sorted(slices.Values(in.Commands))
}

// setters are the commands that set one of some outputs, each once.
func setters(names ...string) []string {
	var all []string
	for _, o := range surface.Outputs {
		if slices.Contains(names, o.Name) {
			all = append(all, o.Commands...)
		}
	}
	slices.Sort(all)
	return slices.Compact(all)
}

// TestWhoTakesWhat holds what the tables promise together: who decides can fail, who writes can try it first.
func TestWhoTakesWhat(t *testing.T) {
	for _, c := range []struct {
		input, because string
		want           []string
	}{
		{"fail-on", "the commands that decide", setters("decision")},
		{"dry-run", "the commands that write", setters("applied", "deployment-id", "deployments")},
		{"evidence", "the commands that decide, and status", slices.Sorted(slices.Values(append(setters("decision", "deployments"), "status")))},
		{"evidence-kinds", "the commands with an evidence file", users(t, "evidence")},
		{"allow-forks", "the commands that read what is built", []string{"plan", "verify"}},
		{"known-versions", "the commands with the tags of a release", []string{"advance", "plan", "promote", "record", "verify"}},
		{"state", "the commands that record how it ended", setters("deployment-id")},
		{"tests", "the command that runs tests", []string{"test"}},
	} {
		if got := users(t, c.input); !slices.Equal(got, c.want) {
			t.Errorf("%s is an input of %q, want %s, %q", c.input, got, c.because, c.want)
		}
	}
	for _, name := range []string{"command", "policy", "format"} {
		if got := users(t, name); got != nil {
			t.Errorf("%s is an input of %q, want of all commands", name, got)
		}
	}
}

// TestNames: each name is there once, and can be a flag, a variable, and a key of JSON.
func TestNames(t *testing.T) {
	form := regexp.MustCompile(`^[a-z]+(-[a-z]+)*$`)
	variables, outputs := map[string]string{}, map[string]bool{}
	for _, in := range surface.Inputs {
		for _, v := range in.Variables() {
			if other := variables[v]; other != "" {
				t.Errorf("%s and %s are both read from %s", other, in.Name, v)
			}
			variables[v] = in.Name
		}
		if !form.MatchString(in.Name) || !strings.HasSuffix(in.Help, ".") {
			t.Errorf("input %q with the help %q, want a name of a-z and dashes, and sentences", in.Name, in.Help)
		}
	}
	for _, o := range surface.Outputs {
		if outputs[o.Name] || !form.MatchString(o.Name) || o.Help == "" || len(o.Commands) == 0 {
			t.Errorf("output %+v, want a name of its own of a-z and dashes, help, and commands", o)
		}
		outputs[o.Name] = true
	}
	isFile := func(o cli.Output) bool { return o.Name == "json-file" }
	if i := slices.IndexFunc(surface.Outputs, isFile); i != len(surface.Outputs)-1 || surface.Outputs[i-1].Name != "json" {
		t.Errorf("json and json-file are not the last outputs, which contain all before them")
	}
}

// TestTag: what no registry can have as a tag is refused before anything is sent.
func TestTag(t *testing.T) {
	in, ok := surface.Inputs.Find("tag")
	if !ok || in.Check == nil {
		t.Fatal("the input tag is not checked")
	}
	for tag, want := range map[string]bool{
		"latest": true, "1.5.0": true, strings.Repeat("a", 128): true, "_x": true,
		strings.Repeat("a", 129): false, ".hidden": false, "-x": false, "a b": false, "a/b": false, "a@sha256:b": false, "a:b": false, "é": false, "": false,
	} {
		if err := in.Check(tag); (err == nil) != want {
			t.Errorf("the tag %.20q is checked: %v, want that it may be one: %v", tag, err, want)
		}
	}
}
