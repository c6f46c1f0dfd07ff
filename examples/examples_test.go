// Package examples_test holds the examples to what they say.
package examples_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/wizzense/deployment-rings/ringpolicy"
	"github.com/wizzense/deployment-rings/ringpolicy/policytest"
)

func TestPolicies(t *testing.T) {
	tests, err := filepath.Glob("policies/*_test.yml")
	if err != nil || len(tests) == 0 {
		t.Fatalf("no policy tests: %v", err)
	}
	for _, file := range tests {
		policytest.Run(t, file)
	}
}

// freeRoles are the roles of the last ring that everybody who is heard holds: an example knows no logins.
var freeRoles = map[string]string{
	"policies/guide.yml":      "rings[5].entry[2].approval.role",
	"policies/small-team.yml": "rings[1].entry[1].approval.role",
}

func TestPoliciesAreClean(t *testing.T) {
	files, err := filepath.Glob("policies/*.yml")
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range files {
		if strings.HasSuffix(file, "_test.yml") {
			continue
		}
		findings, err := ringpolicy.Lint(file, read(t, file))
		if err != nil {
			t.Errorf("Lint(%s): %v", file, err)
		}
		for _, f := range findings {
			if f.Severity != ringpolicy.SeverityWarning || f.Path != freeRoles[file] {
				t.Errorf("Lint(%s): %s: %v", file, f.Severity, f.Problem.Error())
			}
		}
		if _, err := os.Stat(strings.TrimSuffix(file, ".yml") + "_test.yml"); err != nil {
			t.Errorf("%s has no tests beside it: %v", file, err)
		}
	}
}

func TestGuidePolicyIsTheBuiltInOne(t *testing.T) {
	p, err := ringpolicy.Parse("guide.yml", read(t, "policies/guide.yml"))
	if err != nil {
		t.Fatal(err)
	}
	if got, want := p.Digest(), ringpolicy.Builtin().Digest(); got != want {
		t.Errorf("digest of guide.yml = %s, the built-in policy has %s", got, want)
	}
}

// TestQuickstart runs the story and looks for its turns.
func TestQuickstart(t *testing.T) {
	out, err := exec.Command("go", "run", "./quickstart").CombinedOutput()
	if err != nil {
		t.Fatalf("go run ./quickstart: %v\n%s", err, out)
	}
	quotes(t, block(t, string(read(t, "../README.md")), "  day 1, 08:59"), string(out))
	story := string(out)
	for _, turn := range []string{
		"pr-123-ring-0-v1",
		"ring-0 → ring-1: hold. Soak 23h59m of 24h; eligible 2026-03-03T09:00:00Z.",
		"ring-0 → ring-1: promote.",
		"ring-1 → ring-2: promote.",
		"ring-2 → production: promote.",
		"1.5.0, sha-a1b2c3d4, production-latest",
		"ring-0: rollback to sha256:",
		"is quarantined in ring-0 until it is released",
		"ring-0 → ring-1: hold. Quarantined in ring-0: crashes at start",
	} {
		_, rest, found := strings.Cut(story, turn)
		if !found {
			t.Fatalf("the story lacks %q, or tells it too early:\n%s", turn, out)
		}
		story = rest
	}
}

func read(t *testing.T, file string) []byte {
	t.Helper()
	src, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	return src
}
