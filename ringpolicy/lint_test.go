package ringpolicy_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/wizzense/deployment-rings/ringpolicy"
)

func TestLint(t *testing.T) {
	files, err := filepath.Glob("testdata/lint/*.yml")
	if err != nil || len(files) == 0 {
		t.Fatalf("no files to lint: %v", err)
	}
	for _, file := range files {
		t.Run(filepath.Base(file), func(t *testing.T) {
			src, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			findings, err := ringpolicy.Lint(filepath.Base(file), src)
			if err != nil {
				t.Fatal(err)
			}
			var got strings.Builder
			for _, f := range findings {
				fmt.Fprintf(&got, "%s: %v\n", f.Severity, f.Problem.Error())
			}
			golden(t, strings.TrimSuffix(file, ".yml")+".want", got.String())
		})
	}
}

func TestShortestWay(t *testing.T) {
	fanIn := `
version: 1
rings:
  - {name: a, soak: {min: 1h}}
  - {name: b, after: [a], soak: {min: 2h}}
  - {name: c, after: [a], soak: {min: 5h}}
  - {name: d, after: [b, c], require: %s}
`
	for _, tt := range []struct {
		policy string
		want   time.Duration
	}{
		{string(ringpolicy.BuiltinSource()), 9 * 24 * time.Hour},
		{fmt.Sprintf(fanIn, "all"), 6 * time.Hour},
		{fmt.Sprintf(fanIn, "any"), 3 * time.Hour},
		{`{"version": 1, "rings": [{"name": "a", "soak": {"min": "1h"}}]}`, 0},
	} {
		p, err := ringpolicy.Parse("rings.yml", []byte(tt.policy))
		if err != nil {
			t.Fatal(err)
		}
		if got := p.ShortestWay(); got != tt.want {
			t.Errorf("ShortestWay = %v, want %v for %.60s", got, tt.want, tt.policy)
		}
	}
}

// The built-in policy cannot know who is on a change review board. Nothing else is wrong with it.
func TestLintOfBuiltin(t *testing.T) {
	findings, err := ringpolicy.Lint(ringpolicy.BuiltinName, ringpolicy.BuiltinSource())
	if err != nil || len(findings) != 1 || findings[0].Severity != ringpolicy.SeverityWarning || findings[0].Path != "rings[5].entry[2].approval.role" {
		t.Errorf("Lint of the built-in policy = %v, %v, want one warning, of the role change-review-board", findings, err)
	}
}

// A hundred rings, each of which comes after all before it, have more ways than can be walked one by one.
func TestLintOfManyWays(t *testing.T) {
	var src strings.Builder
	src.WriteString("version: 1\nrings:\n  - {name: r0, branches: [main], soak: {min: 1h}}\n")
	for i, after := 1, "r0"; i < 100; i++ {
		fmt.Fprintf(&src, "  - {name: r%d, after: [%s], soak: {min: 1h}}\n", i, after)
		after += fmt.Sprintf(", r%d", i)
	}
	findings, err := ringpolicy.Lint("many.yml", []byte(src.String()))
	if err != nil || len(findings) != 1 {
		t.Fatalf("Lint = %v, %v, want one warning", findings, err)
	}
	p, err := ringpolicy.Parse("many.yml", []byte(src.String()))
	if err != nil {
		t.Fatal(err)
	}
	if got := p.ShortestWay(); got != 99*time.Hour {
		t.Errorf("ShortestWay = %v, want 99h", got)
	}
}
