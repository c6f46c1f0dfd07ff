package ringpolicy_test

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/wizzense/deployment-rings/ringpolicy"
)

// Each message of the reader, word for word. What policy.schema.json cannot see has its own folder, meaning.
func TestParseErrors(t *testing.T) {
	var files []string
	for _, pattern := range []string{"*.yml", "*.json", "meaning/*.yml", "meaning/*.json"} {
		found, err := filepath.Glob("testdata/err/" + pattern)
		if err != nil {
			t.Fatal(err)
		}
		files = append(files, found...)
	}
	if len(files) == 0 {
		t.Fatal("no files")
	}
	for _, file := range files {
		t.Run(filepath.Base(file), func(t *testing.T) {
			src, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			_, err = ringpolicy.Parse(filepath.Base(file), src)
			if err == nil {
				t.Fatal("Parse gives a policy, want an error")
			}
			golden(t, strings.TrimSuffix(file, filepath.Ext(file))+".want", err.Error()+"\n")
		})
	}
}

// An error is all problems, each with its fields, and each found by errors.As.
func TestProblems(t *testing.T) {
	_, err := ringpolicy.Parse("rings.yml", []byte("version: 1\nrings:\n- name: a\n  soak: {min: soon}\n  branchs: [x]\n"))
	ps, ok := err.(ringpolicy.Problems)
	if !ok || len(ps) != 2 || len(ps.Unwrap()) != 2 {
		t.Fatalf("error = %#v, want Problems, 2 of them", err)
	}
	want := ringpolicy.Problem{File: "rings.yml", Line: 4, Column: 15, Path: "rings[0].soak.min", Message: `"soon" is not a duration such as 90m, 24h, 3d or 1d12h`}
	if *ps[0] != want {
		t.Errorf("first problem = %+v, want %+v", *ps[0], want)
	}
	var p *ringpolicy.Problem
	if !errors.As(err, &p) || *p != want {
		t.Errorf("errors.As gives %v, want the first problem", p)
	}
}

// Files that are made to be expensive are refused with few steps. The time is only logged: machines differ.
func TestParseHostile(t *testing.T) {
	const size = ringpolicy.MaxPolicySize
	fill := func(before, unit, after string) string {
		return before + strings.Repeat(unit, (size-len(before)-len(after))/len(unit)) + after
	}
	tests := []struct{ name, src, want string }{
		{"10 MB", strings.Repeat("a: 1\n", 2<<20), "f.yml:1:1: the file has 10485760 bytes, expected at most 1048576 in a YAML file"},
		{"10 MB of JSON", "{" + strings.Repeat(" ", 10<<20), "f.yml:1:1: the file has 10485761 bytes, expected at most 1048576 in a file"},
		{"[", fill("", "[", ""), "f.yml:1:65: nested deeper than 64 levels"},
		{"a: [", fill("a: ", "[", ""), "f.yml:1:10004: invalid YAML: exceeded max depth of 10000"},
		{"{a: ", fill("a: ", "{a: ", ""), "f.yml:1:40004: invalid YAML: exceeded max depth of 10000"},
		{"? ", fill("", "? ", ""), "f.yml:1:20001: invalid YAML: exceeded max depth of 10000"},
		{"- ", fill("", "- ", ""), "f.yml:1:20001: invalid YAML: exceeded max depth of 10000"},
		{"-\n", fill("", "-\n", ""), "f.yml:1:1: the file is a list, expected a map"},
		{"comments", fill("", "# c\n", ""), "f.yml:1:1: the file is empty"},
		{"key", fill("", "k", ": 1"), `f.yml:1:1: key "rings" is missing`},
		{"quoted key", fill("'", "k", "': 1"), `f.yml:1:1: key "rings" is missing`},
		{"JSON key", fill(`{"`, "k", `":1}`), `f.yml:1:1: key "rings" is missing`},
		{"text", fill("version: ", "1", ""), "f.yml:1:1: key \"rings\" is missing\nf.yml:1:10: version: is text"},
		{"one key", fill("", "a:\n", ""), `f.yml:2:1: key "a" is given twice, first on line 1`},
		{"rings", fill("version: 1\nrings:\n", "- {name: a}\n", ""), "f.yml:3:1: rings: has 87379 rings, expected from 1 to 100"},
		{"after", fill("version: 1\nrings: [{name: a, soak: {min: 1h}}, {name: b, after: [", "zz,", "z]}]"), `f.yml:2:58: rings[1].after[1]: "zz" is listed twice`},
		{"branches", fill("version: 1\nrings: [{name: a, branches: [", "zz,", "z]}]"), `f.yml:2:33: rings[0].branches[1]: "zz" is listed twice`},
		{"JSON list", fill(`{"version":[`, "1,", "1]}"), `f.yml:1:1: key "rings" is missing`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, err := ringpolicy.Parse("f.yml", []byte(tt.src))
			if err == nil || !strings.HasPrefix(err.Error(), tt.want) {
				t.Errorf("error = %.300v, want %s…", err, tt.want)
			}
		})
	}
}
