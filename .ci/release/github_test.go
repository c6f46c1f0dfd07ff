package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// fakeGH stands for GitHub's program: it keeps "ID DRAFT TAG" lines in a file, and notes what it was asked for.
const fakeGH = `#!/bin/bash
printf '%q ' "$@" >> "$GH_STATE/asked"; echo >> "$GH_STATE/asked"
[[ $GH_FAILS != "$1" ]] || { echo "HTTP 502" >&2; exit 1; }
id=${2##*/}
case "$*" in
"api repos/{owner}/{repo}/releases?per_page=100 --paginate --jq "*) cat "$GH_STATE/releases" ;;
"api repos/{owner}/{repo}/releases/$id --method DELETE") sed -i "/^$id true/d" "$GH_STATE/releases" ;;
"api repos/{owner}/{repo}/releases/$id --method PATCH --field draft=false "*) sed -i "s/^$id true/$id false/" "$GH_STATE/releases" ;;
"release create "*) echo "99 true $3" >> "$GH_STATE/releases" ;;
*) exit 2 ;;
esac
`

// onGitHub gives a clone a GitHub that has some releases, and returns what it has and what it was asked for since.
func onGitHub(t *testing.T, known ...string) func() (has, asked string) {
	t.Helper()
	state := t.TempDir()
	write(t, filepath.Join(state, "releases"), strings.Join(append(known, ""), "\n"))
	write(t, filepath.Join(state, "bin", "gh"), fakeGH)
	if err := os.Chmod(filepath.Join(state, "bin", "gh"), 0o755); err != nil {
		t.Fatal(err)
	}
	t.Setenv("GH_STATE", state)
	t.Setenv("PATH", filepath.Join(state, "bin")+":"+os.Getenv("PATH"))
	return func() (string, string) {
		has := must[[]byte](t)(os.ReadFile(filepath.Join(state, "releases")))
		asked := must[[]byte](t)(os.ReadFile(filepath.Join(state, "asked")))
		return strings.TrimSpace(string(has)), string(asked)
	}
}

func packaged(t *testing.T) string {
	t.Helper()
	folder := t.TempDir()
	write(t, filepath.Join(folder, "checksums.txt"), "x")
	write(t, filepath.Join(folder, "deployment-rings_v1.4.0_linux_amd64.tar.gz"), "x")
	return folder
}

// TestDraft: whatever an attempt left behind, there is one draft afterwards, with everything that this attempt built.
func TestDraft(t *testing.T) {
	const other = "7 false v1.3.0\n8 true v1.4.1"
	for _, c := range []struct {
		name, version string
		known         []string
		want          string
	}{
		{"first attempt", "v1.4.0", nil, "99 true v1.4.0"},
		{"an attempt got so far", "v1.4.0", []string{"1 true v1.4.0"}, "99 true v1.4.0"},
		{"two did", "v1.4.0", []string{"1 true v1.4.0", "2 true v1.4.0"}, "99 true v1.4.0"},
		{"one published", "v1.4.0", []string{"1 false v1.4.0"}, "1 false v1.4.0"},
		{"pre-release", "v1.5.0-rc.1", nil, "99 true v1.5.0-rc.1"},
	} {
		t.Run(c.name, func(t *testing.T) {
			g := small(t)
			github := onGitHub(t, append(c.known, strings.Split(other, "\n")...)...)
			build, packages := built(t, g, c.version, "x"), packaged(t)
			must[string](t)(run(g.dir, []string{"draft", c.version, build, packages}))
			has, asked := github()
			if lines := strings.Split(has, "\n"); !(strings.Contains(has, other) && strings.Contains(has, c.want) && len(lines) == 3) {
				t.Errorf("GitHub has\n%s\nwant %s besides\n%s", has, c.want, other)
			}
			if !strings.HasPrefix(c.want, "99 ") {
				return
			}
			text := must[string](t)(notes(g, c.version))
			for want, there := range map[string]bool{
				"--draft --target " + do(t, g, "rev-parse", "HEAD") + " --title " + c.version + " --notes ": true,
				text[strings.LastIndex(text, " ")+1:]:                                                       true,
				"--prerelease":                                                                              strings.Contains(c.version, "-"),
				build + "/deployment-rings_darwin_amd64.gz":                                                 true,
				build + "/deployment-rings_windows_arm64.exe.gz":                                            true,
				build + "/deployment-rings_windows_arm64.exe ":                                              false,
				packages + "/checksums.txt":                                                                 true,
				packages + "/deployment-rings_v1.4.0_linux_amd64.tar":                                       true,
			} {
				if strings.Contains(asked, want) != there {
					t.Errorf("GitHub was asked\n%s\nwant %q in it: %v", asked, want, there)
				}
			}
		})
	}
}

func TestDraftRefuses(t *testing.T) {
	for _, c := range []struct {
		name, version string
		change        func(*testing.T, git, string)
		want          string
	}{
		{"bad version", "v1.4", nil, "not a version"},
		{"GitHub fails", "v1.4.0", func(t *testing.T, _ git, _ string) { t.Setenv("GH_FAILS", "api") }, "gh api repos/{owner}/{repo}/releases"},
		{"upload fails", "v1.4.0", func(t *testing.T, _ git, _ string) { t.Setenv("GH_FAILS", "release") }, "gh release create: exit status 1: HTTP 502"},
		{"nothing packed", "v1.4.0", func(t *testing.T, _ git, packages string) {
			os.RemoveAll(packages)
			os.Mkdir(packages, 0o777)
		}, "is empty"},
		{"no packages", "v1.4.0", func(t *testing.T, _ git, packages string) { os.RemoveAll(packages) }, "no such file"},
		{"not on main", "v1.4.0", func(t *testing.T, g git, _ string) {
			do(t, g, "commit", "--quiet", "--allow-empty", "--message", "more")
		}, "not on main"},
	} {
		t.Run(c.name, func(t *testing.T) {
			g := small(t)
			github, packages := onGitHub(t, "1 false v1.3.0"), packaged(t)
			write(t, filepath.Join(os.Getenv("GH_STATE"), "asked"), "")
			if c.change != nil {
				c.change(t, g, packages)
			}
			_, err := run(g.dir, []string{"draft", c.version, built(t, g, c.version, "x"), packages})
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("draft = %v, want %q in it", err, c.want)
			}
			if has, _ := github(); has != "1 false v1.3.0" {
				t.Errorf("GitHub has\n%s", has)
			}
		})
	}
}

// TestPublish: a draft becomes public when its tag is there, and the latest when no higher one is there.
func TestPublish(t *testing.T) {
	for _, c := range []struct {
		name, version string
		tags, known   []string
		want, latest  string // part of the error; else latest
	}{
		{name: "the highest", version: "v1.4.0", tags: []string{"v1.3.0", "v1.4.0", "v1.5.0-rc.1", "v1"}, known: []string{"1 true v1.4.0"}, latest: "true"},
		{name: "not the highest", version: "v1.4.0", tags: []string{"v1.4.0", "v1.10.0"}, known: []string{"1 true v1.4.0"}, latest: "false"},
		{name: "of an older major version", version: "v0.9.0", tags: []string{"v0.9.0", "v1.4.0"}, known: []string{"1 true v0.9.0"}, latest: "false"},
		{name: "pre-release", version: "v1.5.0-rc.1", tags: []string{"v1.5.0-rc.1"}, known: []string{"1 true v1.5.0-rc.1"}, latest: "false"},
		{name: "again", version: "v1.4.0", tags: []string{"v1.4.0"}, known: []string{"1 false v1.4.0"}, latest: "true"},
		{name: "no tag", version: "v1.4.0", tags: []string{"v1.3.0"}, known: []string{"1 true v1.4.0"}, want: "it needs one of each"},
		{name: "no draft", version: "v1.4.0", tags: []string{"v1.4.0"}, known: []string{"1 true v1.4.1"}, want: "v1.4.0 has 0 releases"},
		{name: "two drafts", version: "v1.4.0", tags: []string{"v1.4.0"}, known: []string{"1 true v1.4.0", "2 true v1.4.0"}, want: "v1.4.0 has 2 releases"},
	} {
		t.Run(c.name, func(t *testing.T) {
			g := small(t)
			for _, tag := range c.tags {
				do(t, g, "push", "--quiet", "origin", "HEAD:refs/tags/"+tag)
			}
			github := onGitHub(t, c.known...)
			_, err := run(g.dir, []string{"publish", c.version})
			has, asked := github()
			if c.want != "" {
				if err == nil || !strings.Contains(err.Error(), c.want) || has != strings.Join(c.known, "\n") {
					t.Errorf("publish = %v, want %q in it; GitHub has\n%s", err, c.want, has)
				}
				return
			}
			if err != nil || has != "1 false "+c.version || !strings.Contains(asked, "--raw-field make_latest="+c.latest) {
				t.Errorf("publish = %v; GitHub has\n%s\nand was asked\n%s", err, has, asked)
			}
		})
	}
}
