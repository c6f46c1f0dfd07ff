package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestCheck(t *testing.T) {
	for _, c := range []struct {
		name, version string
		change        func(t *testing.T, g git)
		want          []string // parts of the error; nil: none
	}{
		{name: "as it should be", version: "v1.4.0"},
		{name: "pre-release", version: "v1.5.0-rc.1"},
		{name: "major version 0", version: "v0.9.0"},
		{name: "no version", version: "", want: []string{"not a version"}},
		{name: "without v", version: "1.4.0", want: []string{"not a version"}},
		{name: "two numbers", version: "v1.4", want: []string{"not a version"}},
		{name: "leading zero", version: "v1.04.0", want: []string{"not a version"}},
		{name: "build metadata", version: "v1.4.0+linux", want: []string{"not a version"}},
		{name: "an option", version: "--mirror", want: []string{"not a version"}},
		{name: "a path", version: "v1.4.0/../x", want: []string{"not a version"}},
		{name: "major version 2", version: "v2.0.0", want: []string{"has to end in /v2"}},
		{name: "not in the changelog", version: "v1.4.2", want: []string{`nothing under a heading "## 1.4.2"`}},
		{name: "empty in the changelog", version: "v1.3.0", want: []string{`nothing under a heading "## 1.3.0"`}},
		{name: "released", version: "v1.4.0", change: func(t *testing.T, g git) {
			do(t, g, "push", "--quiet", "origin", "HEAD:refs/tags/v1.4.0")
		}, want: []string{"v1.4.0 is released already"}},
		{name: "branch of that name", version: "v1.4.0", change: func(t *testing.T, g git) {
			do(t, g, "push", "--quiet", "origin", "HEAD:refs/heads/v1.4.0")
		}},
		{name: "changed file", version: "v1.4.0", change: func(t *testing.T, g git) {
			write(t, filepath.Join(g.dir, "action", "main.go"), "package other\n")
		}, want: []string{"not committed", "action/main.go"}},
		{name: "new file", version: "v1.4.0", change: func(t *testing.T, g git) {
			write(t, filepath.Join(g.dir, "new.go"), "package other\n")
		}, want: []string{"not committed", "new.go"}},
		{name: "not on main", version: "v1.4.0", change: func(t *testing.T, g git) {
			do(t, g, "commit", "--quiet", "--allow-empty", "--message", "more")
		}, want: []string{"HEAD is not on main of origin"}},
		{name: "main went on", version: "v1.4.0", change: func(t *testing.T, g git) {
			do(t, g, "commit", "--quiet", "--allow-empty", "--message", "more")
			do(t, g, "push", "--quiet", "origin", "main")
			do(t, g, "checkout", "--quiet", "HEAD~")
		}},
		{name: "main has other workflows", version: "v1.4.0", change: func(t *testing.T, g git) {
			write(t, filepath.Join(g.dir, ".github", "workflows", "new.yml"), "on: push\n")
			do(t, g, "add", "--all")
			do(t, g, "commit", "--quiet", "--message", "more")
			do(t, g, "push", "--quiet", "origin", "main")
			do(t, g, "checkout", "--quiet", "HEAD~")
		}, want: []string{"main of origin has other workflows than HEAD", ".github/workflows/new.yml"}},
		{name: "new files that git was told not to show", version: "v1.4.0", change: func(t *testing.T, g git) {
			do(t, g, "config", "status.showUntrackedFiles", "no")
			write(t, filepath.Join(g.dir, "new.go"), "package other\n")
		}, want: []string{"not committed", "new.go"}},
		{name: "release commit on main", version: "v1.4.0", change: func(t *testing.T, g git) {
			write(t, filepath.Join(g.dir, releaseFile), "v1.3.0\n")
			do(t, g, "add", "--all")
			do(t, g, "commit", "--quiet", "--message", "more")
			do(t, g, "push", "--quiet", "origin", "main")
		}, want: []string{"HEAD has action/release.txt"}},
		{name: "no origin", version: "v1.4.0", change: func(t *testing.T, g git) {
			do(t, g, "remote", "set-url", "origin", filepath.Join(g.dir, "nowhere"))
		}, want: []string{"ls-remote", "fetch"}},
		{name: "all at once", version: "v9.0.0-rc.01", want: []string{"not a version"}},
		{name: "several", version: "v1.4.2", change: func(t *testing.T, g git) {
			do(t, g, "push", "--quiet", "origin", "HEAD:refs/tags/v1.4.2")
			do(t, g, "commit", "--quiet", "--allow-empty", "--message", "more")
			write(t, filepath.Join(g.dir, "new.go"), "package other\n")
		}, want: []string{"released already", "not on main", "not committed", "CHANGELOG.md"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			g := small(t)
			if c.change != nil {
				c.change(t, g)
			}
			_, err := run(g.dir, []string{"check", c.version})
			if (err == nil) != (c.want == nil) {
				t.Fatalf("check %s = %v, want %q", c.version, err, c.want)
			}
			for _, part := range c.want {
				if !strings.Contains(err.Error(), part) {
					t.Errorf("check %s = %v, want %q in it", c.version, err, part)
				}
			}
		})
	}
}

func TestNotes(t *testing.T) {
	g := small(t)
	for version, want := range map[string]string{"v1.4.0": "### Added\n\n- new", "v1.5.0-rc.1": "- tried", "v1.10.0": "- ten"} {
		if got, err := run(g.dir, []string{"notes", version}); got != want || err != nil {
			t.Errorf("notes %s = %q, %v, want %q", version, got, err, want)
		}
	}
}

// TestTag makes a release commit: a child of the source with one file more, on no branch.
func TestTag(t *testing.T) {
	g := small(t)
	a, b := built(t, g, "v1.4.0", "x"), built(t, g, "v1.4.0", "x")
	source, status := do(t, g, "rev-parse", "HEAD"), do(t, g, "status", "--porcelain")
	must[string](t)(run(g.dir, []string{"tag", "v1.4.0", a, b}))

	do(t, g, "fetch", "--quiet", "--tags", "origin")
	if got := do(t, g, "rev-parse", "v1.4.0^@"); got != source {
		t.Errorf("the parents of the release are %s, want %s", got, source)
	}
	if got := do(t, g, "diff", "--name-status", source, "v1.4.0"); got != "A\t"+releaseFile {
		t.Errorf("the release changes %q, want one file more", got)
	}
	list := string(must[[]byte](t)(os.ReadFile(filepath.Join(a, "release.txt"))))
	if got := do(t, g, "show", "v1.4.0:"+releaseFile); got+"\n" != list || !strings.HasPrefix(list, "v1.4.0 "+source+"\n") {
		t.Errorf("the release has the list\n%s, want\n%s", got, list)
	}
	if got := do(t, g, "ls-remote", "origin", "refs/heads/*"); got != source+"\trefs/heads/main" {
		t.Errorf("branches of origin: %s", got)
	}
	if got := do(t, g, "status", "--porcelain"); got != status {
		t.Errorf("the clone is changed: %s", got)
	}

	// Another clone, at another time, makes the very same commit, and so has nothing to do.
	other := git{t.TempDir()}
	do(t, g, "clone", "--quiet", do(t, g, "remote", "get-url", "origin"), other.dir)
	t.Setenv("GIT_COMMITTER_DATE", "2027-01-01T00:00:00Z")
	do(t, other, "config", "i18n.commitEncoding", "ISO-8859-1")
	if got := must[string](t)(run(other.dir, []string{"tag", "v1.4.0", a, b})); !strings.Contains(got, "v1.4.0 is there") {
		t.Errorf("the same again: %s", got)
	}
}

// TestTagRefuses: nothing is pushed when anything is wrong.
func TestTagRefuses(t *testing.T) {
	replace := func(name, text string) func(*testing.T, git, string, string) {
		return func(t *testing.T, _ git, _, b string) { write(t, filepath.Join(b, name), text) }
	}
	for _, c := range []struct {
		name, version string
		change        func(t *testing.T, g git, a, b string)
		want          string
	}{
		{"a program differs", "v1.4.0", replace("deployment-rings_linux_arm64", "other"), "deployment-rings_linux_arm64: two builds of the same source differ"},
		{"a download differs", "v1.4.0", replace("deployment-rings_windows_amd64.exe.gz", "other"), "differ"},
		{"the list differs", "v1.4.0", replace("release.txt", "other"), "release.txt: two builds"},
		{"a file is missing", "v1.4.0", func(t *testing.T, _ git, a, _ string) { os.Remove(filepath.Join(a, "deployment-rings_darwin_amd64")) }, "no such file"},
		{"both are changed alike", "v1.4.0", func(t *testing.T, _ git, a, b string) {
			write(t, filepath.Join(a, "deployment-rings_darwin_amd64"), "other")
			write(t, filepath.Join(b, "deployment-rings_darwin_amd64"), "other")
		}, "is not a build of v1.4.0 from"},
		{"of another version", "v1.4.1", nil, "is not a build of v1.4.1 from"},
		{"of another commit", "v1.4.0", func(t *testing.T, g git, _, _ string) {
			do(t, g, "commit", "--quiet", "--allow-empty", "--message", "more")
			do(t, g, "push", "--quiet", "origin", "main")
		}, "is not a build of v1.4.0 from"},
		{"not on main", "v1.4.0", func(t *testing.T, g git, _, _ string) {
			do(t, g, "commit", "--quiet", "--allow-empty", "--message", "more")
		}, "not on main"},
		{"dirty tree", "v1.4.0", func(t *testing.T, g git, _, _ string) {
			write(t, filepath.Join(g.dir, "CHANGELOG.md"), "## 1.4.0\n\n- other\n")
		}, "not committed"},
		{"bad version", "v1.4", nil, "not a version"},
		{"another commit has the tag", "v1.4.0", func(t *testing.T, g git, _, _ string) {
			do(t, g, "push", "--quiet", "origin", "HEAD:refs/tags/v1.4.0")
		}, "git push"},
	} {
		t.Run(c.name, func(t *testing.T) {
			g := small(t)
			a, b := built(t, g, "v1.4.0", "x"), built(t, g, "v1.4.0", "x")
			if c.change != nil {
				c.change(t, g, a, b)
			}
			before := do(t, g, "ls-remote", "origin")
			if _, err := run(g.dir, []string{"tag", c.version, a, b}); err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("tag = %v, want %q in it", err, c.want)
			}
			if after := do(t, g, "ls-remote", "origin"); after != before {
				t.Errorf("origin was\n%s\nand is\n%s", before, after)
			}
		})
	}
	t.Run("one build for two", func(t *testing.T) {
		g := small(t)
		a := built(t, g, "v1.4.0", "x")
		if _, err := run(g.dir, []string{"tag", "v1.4.0", a, a}); err == nil || !strings.Contains(err.Error(), "compared with itself") {
			t.Errorf("tag with one build = %v", err)
		}
	})
}

// TestMove: the major version goes forward only, and never to a pre-release.
func TestMove(t *testing.T) {
	g := small(t)
	release := func(version string) string {
		a, b := built(t, g, version, version), built(t, g, version, version)
		must[string](t)(run(g.dir, []string{"tag", version, a, b}))
		return do(t, g, "ls-remote", "origin", "refs/tags/"+version)[:40]
	}
	at := func(tag string) string {
		if line := do(t, g, "ls-remote", "origin", "refs/tags/"+tag); line != "" {
			return line[:40]
		}
		return ""
	}
	moved := func(version, says string) {
		t.Helper()
		if got := must[string](t)(run(g.dir, []string{"move", version})); !strings.Contains(got, says) {
			t.Errorf("move %s = %q, want %q in it", version, got, says)
		}
	}

	if _, err := run(g.dir, []string{"move", "v1.4.0"}); err == nil || !strings.Contains(err.Error(), "v1.4.0 is not released") {
		t.Errorf("move to what is not there = %v", err)
	}
	first := release("v1.4.0")
	moved("v1.4.0", "v1 is v1.4.0")
	if at("v1") != first {
		t.Errorf("v1 is %s, want %s", at("v1"), first)
	}

	release("v1.5.0-rc.1")
	moved("v1.5.0-rc.1", "v1 stays where it is: v1.5.0-rc.1 is a pre-release")
	moved("v1.4.0", "v1 is v1.4.0") // again, with a pre-release that is higher
	if at("v1") != first {
		t.Errorf("v1 is %s, want %s", at("v1"), first)
	}

	ten := release("v1.10.0") // higher than v1.4.1, though not by its letters
	moved("v1.10.0", "v1 is v1.10.0")
	release("v1.4.1")
	moved("v1.4.1", "v1 stays where it is: v1.10.0 is higher than v1.4.1")
	if at("v1") != ten {
		t.Errorf("v1 is %s, want %s", at("v1"), ten)
	}

	old := release("v0.9.0")
	moved("v0.9.0", "v0 is v0.9.0")
	if at("v1") != ten || at("v0") != old {
		t.Errorf("v0 is %s, v1 is %s, want %s, %s", at("v0"), at("v1"), old, ten)
	}
}

func TestCompare(t *testing.T) {
	g := small(t)
	a, b := built(t, g, "v1.4.0", "x"), built(t, g, "v1.4.0", "x")
	if text, err := run(g.dir, []string{"compare", a, b}); err != nil || !strings.Contains(text, "are the same") {
		t.Errorf("compare = %q, %v", text, err)
	}
	write(t, filepath.Join(b, "deployment-rings_linux_amd64"), "other")
	os.Remove(filepath.Join(b, "deployment-rings_linux_arm64"))
	_, err := run(g.dir, []string{"compare", a, b})
	for _, want := range []string{"deployment-rings_linux_amd64: two builds", "deployment-rings_linux_arm64: no such file"} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("compare = %v, want %q in it", err, want)
		}
	}
}

func TestUsage(t *testing.T) {
	for _, args := range [][]string{nil, {"tag", "v1.4.0"}, {"announce", "v1.4.0"}, {"check"}} {
		if _, err := run(".", args); err == nil || !strings.Contains(err.Error(), "go run -C .ci/release") {
			t.Errorf("run %q = %v, want the usage", args, err)
		}
	}
}

// TestWorkflow holds the workflow to the toolchain of releases, which would be fetched again otherwise.
func TestWorkflow(t *testing.T) {
	src := string(must[[]byte](t)(os.ReadFile("../../.github/workflows/release.yml")))
	if got, want := strings.Count(src, `go-version: "`+strings.TrimPrefix(toolchain, "go")+`"`), strings.Count(src, "go-version: "); got != want || got == 0 {
		t.Errorf("release.yml sets up %s %d times, and Go %d times", toolchain, got, want)
	}
}

func TestSizes(t *testing.T) {
	folder := built(t, small(t), "v1.4.0", "x")
	if err := checkSizes(folder); err != nil {
		t.Error(err)
	}
	write(t, filepath.Join(folder, "deployment-rings_linux_amd64"), strings.Repeat("x", mostStripped+1))
	write(t, filepath.Join(folder, "deployment-rings_linux_arm64.gz"), strings.Repeat("x", mostCompressed+7))
	err := checkSizes(folder)
	for _, want := range []string{"deployment-rings_linux_amd64 has 16000001 bytes, 1 more", "deployment-rings_linux_arm64.gz has 6000007 bytes, 7 more"} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("checkSizes = %v, want %q in it", err, want)
		}
	}
}
