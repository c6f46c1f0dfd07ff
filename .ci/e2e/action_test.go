package e2e_test

import (
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"go.yaml.in/yaml/v3"
)

// An action is what action.yml says.
type action struct {
	Inputs  map[string]struct{ Description string }
	Outputs map[string]struct{ Description, Value string }
	Runs    struct {
		Steps []struct {
			ID, Run, Uses string
			Env           map[string]string
		}
	}
}

func readAction(t *testing.T) action {
	t.Helper()
	src, err := os.ReadFile(root + "/action.yml")
	if err != nil {
		t.Fatal(err)
	}
	var a action
	if err := yaml.Unmarshal(src, &a); err != nil {
		t.Fatal(err)
	}
	return a
}

// act lets inputs and outputs through that action.yml forgets to pass on; runners do not.
func TestActionFilePassesEverythingOn(t *testing.T) {
	t.Parallel()
	a := readAction(t)
	if len(a.Runs.Steps) != 1 || a.Runs.Steps[0].Uses != "" {
		t.Fatalf("%d steps, want one that runs a script", len(a.Runs.Steps))
	}
	step := a.Runs.Steps[0]
	if strings.Contains(step.Run, "${{") {
		t.Errorf("an expression is pasted into the script %q", step.Run)
	}
	env := map[string]string{}
	for name := range a.Inputs {
		env["INPUT_"+strings.ToUpper(name)] = "${{ inputs." + name + " }}"
	}
	if diff := cmp.Diff(env, step.Env); diff != "" {
		t.Errorf("env of the step (-inputs +got)\n%s", diff)
	}
	for name, o := range a.Outputs {
		if want := "${{ steps." + step.ID + ".outputs." + name + " }}"; o.Value != want {
			t.Errorf("output %s is %q, want %q", name, o.Value, want)
		}
	}
}
