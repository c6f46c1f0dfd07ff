package input_test

import (
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/wizzense/deployment-rings/action/internal/input"
)

var table = input.Table{
	{Name: "command"},
	{Name: "branch", Commands: []string{"plan"}},
	{Name: "base-branch", Commands: []string{"plan"}},
	{Name: "dry-run", Kind: input.Boolean, Commands: []string{"plan", "promote"}},
	{Name: "labels", Kind: input.Lines, Commands: []string{"plan"}},
	{Name: "ring", Commands: []string{"promote"}},
}

func given(command string, env map[string]string, args ...string) (string, input.Values, error) {
	e := input.Env{Get: func(name string) string { return env[name] }, Names: slices.Collect(maps.Keys(env))}
	f := input.ParseFlags(table, args)
	name := input.Command(table, f, e, command)
	values, err := input.Read(table, name, f, e)
	return name, values, err
}

func TestRead(t *testing.T) {
	env := func(pairs ...string) map[string]string {
		m := map[string]string{}
		for i := 0; i < len(pairs); i += 2 {
			m[pairs[i]] = pairs[i+1]
		}
		return m
	}
	for _, c := range []struct {
		env  map[string]string
		args string // with spaces between
		want input.Values
	}{
		{nil, "", input.Values{}},
		{nil, "plan --branch a --base-branch=b=c", input.Values{"branch": "a", "base-branch": "b=c"}},
		{nil, "--branch=--a --dry-run", input.Values{"branch": "--a", "dry-run": "true"}},
		{nil, "--dry-run --branch a", input.Values{"dry-run": "true", "branch": "a"}},
		{nil, "--dry-run false --branch -a", input.Values{"dry-run": "false", "branch": "-a"}},
		{nil, "--dry-run=TRUE", input.Values{"dry-run": "TRUE"}},
		{nil, "--branch= --dry-run=", input.Values{}}, // empty counts as not given
		{env("INPUT_BRANCH", " a \n", "INPUT_BASE-BRANCH", "b"), "", input.Values{"branch": "a", "base-branch": "b"}},
		{env("INPUT_BASE_BRANCH", "b"), "", input.Values{"base-branch": "b"}},
		{env("INPUT_BASE-BRANCH", "a", "INPUT_BASE_BRANCH", "b"), "", input.Values{"base-branch": "a"}},
		{env("INPUT_BASE-BRANCH", " ", "INPUT_BASE_BRANCH", "b"), "", input.Values{"base-branch": "b"}},
		{env("INPUT_BRANCH", "a"), "--branch b", input.Values{"branch": "b"}}, // the flag wins
		{env("INPUT_BRANCH", "a"), "--branch=", input.Values{"branch": "a"}},
		{env("INPUT_RING", "r", "INPUT_FOO", "x", "PATH", "y"), "", input.Values{}}, // of another command, and of none
		{env("INPUT_BRANHC", "", "INPUT_BASE_BRNACH", ""), "", input.Values{}},      // a runner sets each input of action.yml, also those that are not given
		{env("INPUT_LABELS", "a=1\n\n b=2\r\n"), "", input.Values{"labels": "a=1\n\n b=2"}},
		{env("INPUT_COMMAND", "promote", "INPUT_RING", "r"), "", input.Values{"command": "promote", "ring": "r"}},
	} {
		_, got, err := given("plan", c.env, strings.Fields(c.args)...)
		if diff := cmp.Diff(c.want, got); diff != "" || err != nil {
			t.Errorf("%v %s: %v (-want +got):\n%s", c.env, c.args, err, diff)
		}
	}
}

func TestReadReportsAll(t *testing.T) {
	_, _, err := given("plan", map[string]string{"INPUT_BRANHC": "x", "INPUT_LABELS": "a=\x07", "INPUT_BASE_BRANCH": "\xff"},
		"plan", "--ring", "r", "--brnch", "x", "y", "--dry-run", "--dry-run", "--branch", "a\nb", "--dry-run=no", "-b", "--foo", "--base-branch")
	want := []string{
		"unknown flag --brnch, did you mean --branch?",
		`unexpected argument "y"; the command comes first, values belong to flags: --name value`,
		"--dry-run is given more than once", "--dry-run is given more than once",
		`unknown flag "-b"; flags are written --name value`,
		"unknown flag --foo; --help lists the flags of a command",
		"--base-branch needs a value (one that begins with -- is written --base-branch=--…)",
		`--branch: "a\nb" contains the control character U+000A`,
		"INPUT_BASE_BRANCH: is not valid UTF-8",
		`--dry-run: "no" is not a boolean, expected true or false`,
		`INPUT_LABELS: "a=\a" contains the control character U+0007`,
		"--ring is of no use to plan; it belongs to promote",
		`"INPUT_BRANHC": unknown input "branhc", did you mean "branch"?`,
	}
	if err == nil {
		t.Fatal("no error")
	}
	if diff := cmp.Diff(want, strings.Split(err.Error(), "\n")); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestCommand(t *testing.T) {
	for _, c := range []struct{ variable, args, want string }{
		{"", "", "plan"}, {"gate", "", "gate"}, {"gate", "lint --branch x", "lint"}, {"gate", "--command test", "test"}, {"", "test --command x", "test"},
	} {
		if got, _, _ := given("plan", map[string]string{"INPUT_COMMAND": c.variable}, strings.Fields(c.args)...); got != c.want {
			t.Errorf("INPUT_COMMAND=%s %s: command %s, want %s", c.variable, c.args, got, c.want)
		}
	}
}

func TestValues(t *testing.T) {
	v := input.Values{"a": "True", "b": "x\n\n  y \r\n"}
	if !v.Bool("a") || v.Bool("c") || !v.Given("a") || v.Given("c") || v.Text("c") != "" {
		t.Errorf("values of %v", v)
	}
	if diff := cmp.Diff([]string{"x", "y"}, v.Lines("b")); diff != "" {
		t.Errorf("Lines (-want +got):\n%s", diff)
	}
}

// TestLongValues: a message never carries a long value whole.
func TestLongValues(t *testing.T) {
	long := strings.Repeat("é", 1<<19)
	_, _, err := given("plan", map[string]string{"INPUT_BRANCH": long + "\x00", "INPUT_DRY-RUN": long}, "plan", "--"+long, long)
	if err == nil || len(err.Error()) > 1000 {
		t.Errorf("a message of %d bytes, want a short one", len(err.Error()))
	}
}
