package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

func must[T any](t *testing.T) func(T, error) T {
	return func(v T, err error) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
}

func do(t *testing.T, g git, args ...string) string {
	t.Helper()
	return must[string](t)(g.run(args...))
}

func write(t *testing.T, path, text string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o777); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o666); err != nil {
		t.Fatal(err)
	}
}

// isolate keeps what the machine says about git and Go out of the tests.
func isolate(t *testing.T) {
	t.Helper()
	for name, value := range map[string]string{
		"GIT_CONFIG_GLOBAL": os.DevNull, "GIT_CONFIG_NOSYSTEM": "1",
		// The checkout may belong to another user than the one who runs this.
		"GIT_CONFIG_COUNT": "1", "GIT_CONFIG_KEY_0": "safe.directory", "GIT_CONFIG_VALUE_0": "*",
		"GIT_AUTHOR_NAME": "Mona", "GIT_AUTHOR_EMAIL": "mona@example.com", "GIT_COMMITTER_NAME": "Mona", "GIT_COMMITTER_EMAIL": "mona@example.com",
		"GIT_AUTHOR_DATE": "2026-03-01T10:00:00+01:00", "GIT_COMMITTER_DATE": "2026-03-01T10:00:00+01:00",
	} {
		t.Setenv(name, value)
	}
}

// published makes a clone out of the files in a folder: one commit on main, which a bare origin has too.
func published(t *testing.T, folder string) git {
	t.Helper()
	g, origin := git{folder}, filepath.Join(t.TempDir(), "origin.git")
	do(t, g, "init", "--quiet", "--initial-branch=main")
	do(t, g, "init", "--quiet", "--bare", "--initial-branch=main", origin)
	do(t, g, "remote", "add", "origin", origin)
	do(t, g, "add", "--all")
	do(t, g, "commit", "--quiet", "--message", "source")
	do(t, g, "push", "--quiet", "origin", "main")
	return g
}

// small is a clone with nothing but a changelog.
func small(t *testing.T) git {
	t.Helper()
	isolate(t)
	folder := t.TempDir()
	write(t, filepath.Join(folder, "CHANGELOG.md"), "# Changelog\n\n## Unreleased\n\n- later\n\n"+
		"## 1.5.0-rc.1\n\n- tried\n\n## 1.4.1\n\n- mended\n\n## v1.4.0 - 2026-03-01\n\n### Added\n\n- new\n\n## 1.3.0\n\n## 1.10.0\n\n- ten\n\n## 0.9.0\n\n- old\n")
	write(t, filepath.Join(folder, "action", "main.go"), "package main\n")
	return published(t, folder)
}

// built is a folder that looks like a build of HEAD, with text in place of programs.
func built(t *testing.T, g git, version, text string) string {
	t.Helper()
	folder := t.TempDir()
	for _, name := range files() {
		write(t, filepath.Join(folder, name), name+" "+text)
	}
	list := must[string](t)(manifest(version, do(t, g, "rev-parse", "HEAD"), folder))
	write(t, filepath.Join(folder, "release.txt"), list)
	return folder
}

// project copies the files of the working tree around this folder, without its history.
func project(t *testing.T, folder string) {
	t.Helper()
	root := do(t, git{"."}, "rev-parse", "--show-toplevel")
	names := do(t, git{root}, "ls-files", "-z", "--cached", "--others", "--exclude-standard")
	cmd := exec.Command("tar", "--create", "--file=-", "--directory", root, "--null", "--files-from=-")
	cmd.Stdin = strings.NewReader(present(root, names))
	pack := must[[]byte](t)(cmd.Output())
	if err := os.MkdirAll(folder, 0o777); err != nil {
		t.Fatal(err)
	}
	cmd = exec.Command("tar", "--extract", "--file=-", "--directory", folder)
	cmd.Stdin = strings.NewReader(string(pack))
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
}

// present leaves out files that are deleted and not yet committed.
func present(root, names string) string {
	var all strings.Builder
	for name := range strings.SplitSeq(names, "\x00") {
		if _, err := os.Lstat(filepath.Join(root, name)); err == nil && name != "" {
			all.WriteString(name + "\x00")
		}
	}
	return all.String()
}
