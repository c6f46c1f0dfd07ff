package main

import (
	"archive/zip"
	"bytes"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"golang.org/x/mod/module"
	modzip "golang.org/x/mod/zip"
)

const path = "github.com/wizzense/deployment-rings"

// TestProject releases the project as it is in the working tree, from the first build to the programs that
// people fetch.
func TestProject(t *testing.T) {
	isolate(t)
	folder := t.TempDir()
	source, elsewhere := filepath.Join(folder, "clone"), filepath.Join(folder, "a longer path, without git")
	project(t, source)
	write(t, filepath.Join(source, "CHANGELOG.md"), "# Changelog\n\n## 1.4.0\n\n- all of it\n")
	g := published(t, source)
	project(t, elsewhere)
	commit := do(t, g, "rev-parse", "HEAD")

	a, b := filepath.Join(folder, "a"), filepath.Join(folder, "b")
	must[string](t)(run(source, []string{"build", "v1.4.0", a}))
	if err := build(elsewhere, "v1.4.0", commit, b); err != nil {
		t.Fatal(err)
	}
	if err := compare(a, b); err != nil {
		t.Fatal(err)
	}
	must[string](t)(run(source, []string{"tag", "v1.4.0", a, b}))
	must[string](t)(run(source, []string{"move", "v1.4.0"}))

	t.Run("program", func(t *testing.T) {
		own := platform{runtime.GOOS, runtime.GOARCH}
		v := version(t, exec.Command(filepath.Join(a, own.program()), "version", "--format", "json"))
		if v.Version != "v1.4.0" || v.Commit != commit || v.Go != toolchain || v.Platform != own.os+"/"+own.arch {
			t.Errorf("the program says that it is %+v", v)
		}
		try(t, func(args ...string) *exec.Cmd { return exec.Command(filepath.Join(a, own.program()), args...) })
	})
	t.Run("list", func(t *testing.T) { checkList(t, a) })
	t.Run("verify", func(t *testing.T) { checkVerify(t, g, commit) })
	t.Run("start", func(t *testing.T) { checkStart(t, g, a) })
	t.Run("from the tag", func(t *testing.T) { consume(t, fromTag(t, do(t, g, "remote", "get-url", "origin"))) })
	t.Run("from a proxy", func(t *testing.T) { consume(t, fromProxy(t, source)) })
}

// checkList holds release.txt to what sha256sum and gzip say.
func checkList(t *testing.T, folder string) {
	t.Helper()
	sums := exec.Command("sh", "-c", "tail -n +2 release.txt | sha256sum --check --strict && "+
		"for f in *.gz; do gzip -dc $f | cmp - ${f%.gz} || exit 1; done && test $(wc -l < release.txt) = 13 && tail -n +2 release.txt | LC_ALL=C sort -c -k 2")
	sums.Dir = folder
	if out, err := sums.CombinedOutput(); err != nil {
		t.Errorf("%v\n%s", err, out)
	}
}

// checkVerify builds the release again; what is forged is seen.
func checkVerify(t *testing.T, g git, commit string) {
	t.Helper()
	other := git{filepath.Join(t.TempDir(), "other")}
	do(t, g, "clone", "--quiet", do(t, g, "remote", "get-url", "origin"), other.dir)
	if text := must[string](t)(run(other.dir, []string{"verify", "v1.4.0"})); !strings.Contains(text, commit) {
		t.Errorf("verify = %s", text)
	}
	list := do(t, other, "show", "v1.4.0:"+releaseFile)
	release := func(source, old, new string) string {
		forged := filepath.Join(t.TempDir(), "release.txt")
		write(t, forged, strings.Replace(list, old, new, 1)+"\n")
		return must[string](t)(releaseCommit(other, "v1.4.0", source, forged))
	}
	do(t, other, "checkout", "--quiet", "--detach")
	do(t, other, "commit", "--quiet", "--allow-empty", "--message", "not on main")
	aside := do(t, other, "rev-parse", "HEAD")
	for _, c := range []struct{ name, tagged, want string }{
		{"another hash", release(commit, "  deployment-rings_linux_amd64\n", "0  deployment-rings_linux_amd64\n"), "building " + commit + " again gives"},
		{"a tag on the source", commit, releaseFile},
		{"a source that is not on main", release(aside, commit, aside), aside + " is not on main of origin"},
		{"a source that is no commit", release(commit, commit, "HEAD"), `is about "v1.4.0 HEAD"`},
		{"another version", release(commit, "v1.4.0", "v1.4.1"), `is about "v1.4.1 `},
	} {
		do(t, other, "tag", "--force", "v1.4.0", c.tagged)
		if _, err := run(other.dir, []string{"verify", "v1.4.0"}); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("verify of %s = %v, want %q in it", c.name, err, c.want)
		}
	}
}

// checkStart runs the Action at the tag, with the program in the tool cache of the runner: the script that starts it
// reads the list as it is written here.
func checkStart(t *testing.T, g git, build string) {
	t.Helper()
	do(t, g, "fetch", "--quiet", "--tags", "origin")
	tree, cache := filepath.Join(t.TempDir(), "action"), t.TempDir()
	if err := g.checkout("v1.4.0", tree); err != nil {
		t.Fatal(err)
	}
	program := platform{runtime.GOOS, runtime.GOARCH}.program()
	data := string(must[[]byte](t)(os.ReadFile(filepath.Join(build, program))))
	place := fmt.Sprintf("1.4.0-%x", sha256.Sum256([]byte(data)))[:len("1.4.0-")+12]
	cached := filepath.Join(cache, "deployment-rings", place, runtime.GOARCH, "deployment-rings")
	write(t, cached, data)
	if err := os.Chmod(cached, 0o755); err != nil {
		t.Fatal(err)
	}
	start := exec.Command("bash", filepath.Join(tree, "action", "run.sh"))
	start.Dir = t.TempDir()
	start.Env = []string{"PATH=" + os.Getenv("PATH"), "HOME=" + start.Dir, "RUNNER_TOOL_CACHE=" + cache, "INPUT_COMMAND=version", "INPUT_FORMAT=json",
		"GOPROXY=off", "GOFLAGS=-mod=mod", "GOTOOLCHAIN=none"} // with which nothing could be built instead
	if v := version(t, start); v.Version != "v1.4.0" {
		t.Errorf("the Action says that it is %+v", v)
	}
}

// TestReadmeInstall runs the commands of the README's installation as they are printed, with a commit for COMMIT: no
// release is needed for them.
func TestReadmeInstall(t *testing.T) {
	isolate(t)
	source := filepath.Join(t.TempDir(), "clone")
	project(t, source)
	g := published(t, source)
	commit := do(t, g, "rev-parse", "HEAD")
	env := fromTag(t, do(t, g, "remote", "get-url", "origin"))
	user := t.TempDir()
	write(t, filepath.Join(user, "go.mod"), "module example.com/user\n\ngo 1.25.0\n")

	_, section, _ := strings.Cut(string(must[[]byte](t)(os.ReadFile("../../README.md"))), "\n## Install\n")
	section, _, _ = strings.Cut(section, "\n## ")
	want := []string{ // how the commands begin, and what they print
		"git ls-remote ", commit + "\tHEAD",
		"go get ", "added " + path + " v0.0.0-",
		"go run ", "deployment-rings v0.0.0-20260301090000-" + commit[:12],
		"go install ", "",
	}
	for line := range strings.Lines(section) {
		if !strings.HasPrefix(line, "git ") && !strings.HasPrefix(line, "go ") {
			continue
		}
		if len(want) == 0 || !strings.HasPrefix(line, want[0]) {
			t.Fatalf("the README runs %q, want %q", line, want)
		}
		cmd := exec.Command("sh", "-c", strings.ReplaceAll(line, "COMMIT", commit))
		cmd.Dir, cmd.Env = user, env
		if out, err := cmd.CombinedOutput(); err != nil || !strings.Contains(string(out), want[1]) {
			t.Errorf("%s: %v, want %q in\n%s", line, err, want[1], out)
		}
		want = want[2:]
	}
	if len(want) > 0 {
		t.Errorf("the README does not run %q", want[0])
	}
}

// caller is the environment of a user who has the Go command, an empty module cache, and what GOMODCACHE has of
// the dependencies. With -trimpath it does not matter in which folder they are, so that each is compiled once.
func caller(t *testing.T, proxies string, more ...string) []string {
	t.Helper()
	kept := strings.TrimSpace(string(must[[]byte](t)(exec.Command("go", "env", "GOMODCACHE").Output())))
	usual := strings.TrimSpace(string(must[[]byte](t)(exec.Command("go", "env", "GOPROXY").Output())))
	home := t.TempDir()
	env := append(os.Environ(), "GOENV=off", "GOWORK=off", "GOSUMDB=off", "GOFLAGS=-modcacherw -trimpath", "GOBIN="+filepath.Join(home, "bin"),
		"GOMODCACHE="+filepath.Join(home, "mod"), "GOPROXY="+proxies+"file://"+filepath.ToSlash(kept)+"/cache/download,"+usual)
	return append(env, more...)
}

// fromTag fetches from the repository itself.
func fromTag(t *testing.T, origin string) []string {
	return caller(t, "", "GONOPROXY="+path, "GOVCS=*:git", "GIT_CONFIG_COUNT=1",
		"GIT_CONFIG_KEY_0=url."+origin+".insteadOf", "GIT_CONFIG_VALUE_0=https://"+path)
}

// fromProxy fetches the zip that a module proxy makes of the repository.
func fromProxy(t *testing.T, source string) []string {
	t.Helper()
	v := module.Version{Path: path, Version: "v1.4.0"}
	folder := filepath.Join(t.TempDir(), filepath.FromSlash(v.Path), "@v")
	var packed bytes.Buffer
	if err := modzip.CreateFromVCS(&packed, v, source, "HEAD", ""); err != nil {
		t.Fatal(err)
	}
	checkZip(t, packed.Bytes())
	write(t, filepath.Join(folder, "v1.4.0.zip"), packed.String())
	write(t, filepath.Join(folder, "v1.4.0.info"), `{"Version": "v1.4.0", "Time": "2026-03-01T09:00:00Z"}`)
	write(t, filepath.Join(folder, "v1.4.0.mod"), string(must[[]byte](t)(os.ReadFile(filepath.Join(source, "go.mod")))))
	write(t, filepath.Join(folder, "list"), "v1.4.0\n")
	root := strings.TrimSuffix(filepath.ToSlash(folder), "/"+path+"/@v")
	return caller(t, "file://"+root+",")
}

// What a module may weigh, in bytes, and its heaviest file.
const (
	mostPacked = 2_500_000
	mostInFile = 300_000
)

func checkZip(t *testing.T, packed []byte) {
	t.Helper()
	archive := must[*zip.Reader](t)(zip.NewReader(bytes.NewReader(packed), int64(len(packed))))
	total := uint64(0)
	for _, f := range archive.File {
		total += f.UncompressedSize64
		name := strings.TrimPrefix(f.Name, path+"@v1.4.0/")
		if f.UncompressedSize64 > mostInFile {
			t.Errorf("the module has %s, of %d bytes", name, f.UncompressedSize64)
		}
		if strings.HasSuffix(name, "go.mod") && name != "go.mod" {
			t.Errorf("the module has another: %s", name)
		}
	}
	t.Logf("module: %d files, %d bytes, %d packed", len(archive.File), total, len(packed))
	if len(packed) > mostPacked {
		t.Errorf("the module has %d bytes packed, more than %d", len(packed), mostPacked)
	}
}

// consume uses the module as people do: go run and go install in an empty folder, go get in a module.
func consume(t *testing.T, env []string) {
	t.Helper()
	goes := func(folder string, args ...string) *exec.Cmd {
		cmd := exec.Command("go", args...)
		cmd.Dir, cmd.Env = folder, env
		return cmd
	}
	ok := func(cmd *exec.Cmd) string {
		t.Helper()
		out, err := cmd.CombinedOutput()
		if err != nil {
			t.Fatalf("%q: %v\n%s", cmd.Args, err, out)
		}
		return string(out)
	}

	empty := t.TempDir()
	const program = path + "/action@v1.4.0"
	if v := version(t, goes(empty, "run", program, "version", "--format", "json")); v.Version != "v1.4.0" {
		t.Errorf("go run %s says that it is %+v", program, v)
	}
	try(t, func(args ...string) *exec.Cmd { return goes(empty, append([]string{"run", program}, args...)...) })
	ok(goes(empty, "install", program))

	user := t.TempDir()
	write(t, filepath.Join(user, "go.mod"), "module example.com/user\n\ngo 1.25.0\n")
	write(t, filepath.Join(user, "main.go"), `package main

import (
	"fmt"

	"`+path+`/labels"
	"`+path+`/ringpolicy"
	"`+path+`/tagging"
)

func main() {
	match, err := ringpolicy.Builtin().Match("ring-0/hotfix")
	fmt.Println(match.Ring.Name, err, tagging.Slug("a/b"), labels.LevelManifest)
}
`)
	ok(goes(user, "get", path+"@v1.4.0"))
	if out := ok(goes(user, "run", "-mod=mod", ".")); !strings.HasPrefix(out, "ring-0 <nil> a-b ") {
		t.Errorf("a program with the library prints %q", out)
	}
}

// try uses the program: releases have another HTTP and another way of calling than what tests are built with.
func try(t *testing.T, program func(...string) *exec.Cmd) {
	t.Helper()
	for want, args := range map[string][]string{
		"ghcr.io/o/app:pr-7-ring-0-v1": {"plan", "--pr-number", "7", "--branch", "ring-0", "--revision", strings.Repeat("a", 40), "--image", "ghcr.io/o/app"},
		"0 errors":                     {"lint"},
	} {
		if out, err := program(args...).CombinedOutput(); err != nil || !strings.Contains(string(out), want) {
			t.Errorf("%q: %v\n%s", args, err, out)
		}
	}
}

type identity struct{ Version, Commit, Go, Platform string }

func version(t *testing.T, cmd *exec.Cmd) (v identity) {
	t.Helper()
	var complaint bytes.Buffer
	cmd.Stderr = &complaint
	out, err := cmd.Output()
	if err == nil {
		err = json.Unmarshal(out, &v)
	}
	if err != nil {
		t.Fatalf("%q: %v\n%s%s", cmd.Args, err, out, &complaint)
	}
	return v
}
