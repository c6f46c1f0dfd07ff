// Package examples_test holds the examples to what they say.
package examples_test

import (
	"os"
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
			t.Errorf("Lint(%s): %s: %v", file, f.Severity, f.Problem.Error())
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

func read(t *testing.T, file string) []byte {
	t.Helper()
	src, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	return src
}
