package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestAPI breaks and extends the library after a release of it.
func TestAPI(t *testing.T) {
	replace := func(file, old, new string) func(*testing.T, string) {
		return func(t *testing.T, folder string) {
			path := filepath.Join(folder, file)
			src := string(must[[]byte](t)(os.ReadFile(path)))
			if !strings.Contains(src, old) {
				t.Fatalf("%s lacks %q", file, old)
			}
			write(t, path, strings.Replace(src, old, new, 1))
		}
	}
	for _, c := range []struct {
		name   string
		tags   []string
		change func(*testing.T, string)
		want   string
		breaks bool
	}{
		{"no release yet", nil, nil, "no tag of a release", false},
		{"a pre-release is none", []string{"v1.0.0-rc.1", "v1", "v1.0"}, replace("lib/lib.go", "func F(", "func f("), "no tag of a release", false},
		{"nothing new", []string{"v1.0.0"}, nil, "The API is that of v1.0.0.", false},
		{"the highest counts", []string{"v1.9.0", "v1.10.0", "v1.11.0-rc.1"}, nil, "The API is that of v1.10.0.", false},
		{"more", []string{"v1.0.0"}, replace("lib/lib.go", "func F(", "func G() {}\n\nfunc F("), "G: added", false},
		{"a name is gone", []string{"v1.0.0"}, replace("lib/lib.go", "func F(", "func f("), "F: removed", true},
		{"another result", []string{"v1.0.0"}, replace("lib/lib.go", "int) int", "int) int64"), "F: changed from func(int) int to func(int) int64", true},
		{"a package is gone", []string{"v1.0.0"}, func(t *testing.T, folder string) { os.RemoveAll(filepath.Join(folder, "lib")) }, "lib: removed", true},
		{"before v1 anything goes", []string{"v0.9.0"}, replace("lib/lib.go", "func F(", "func f("), "F: removed", false},
		{"internal", []string{"v1.0.0"}, replace("internal/own/own.go", "func F(", "func f("), "The API is that of v1.0.0.", false},
		{"program", []string{"v1.0.0"}, replace("cmd/main.go", "func F(", "func f("), "The API is that of v1.0.0.", false},
		{"does not compile", []string{"v1.0.0"}, replace("lib/lib.go", "return 0", `return ""`), "lib.go", true},
	} {
		t.Run(c.name, func(t *testing.T) {
			isolate(t)
			folder := t.TempDir()
			write(t, filepath.Join(folder, "go.mod"), "module example.com/m\n\ngo 1.25.0\n")
			write(t, filepath.Join(folder, "lib", "lib.go"), "package lib\n\nfunc F(n int) int { return 0 }\n")
			write(t, filepath.Join(folder, "keep", "keep.go"), "package keep\n\nfunc F() {}\n")
			write(t, filepath.Join(folder, "internal", "own", "own.go"), "package own\n\nfunc F() {}\n")
			write(t, filepath.Join(folder, "cmd", "main.go"), "package main\n\nfunc F() {}\n\nfunc main() {}\n")
			g := published(t, folder)
			for _, tag := range c.tags {
				do(t, g, "tag", tag)
			}
			if c.change != nil {
				c.change(t, folder)
			}
			text, err := run(folder, []string{"api"})
			if (err != nil) != c.breaks {
				t.Fatalf("api = %q, %v, want an error: %v", text, err, c.breaks)
			}
			if err != nil {
				text = err.Error()
			}
			if !strings.Contains(text, c.want) {
				t.Errorf("api says %q, want %q in it", text, c.want)
			}
		})
	}
}
