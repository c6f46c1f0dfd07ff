package e2e_test

import (
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
)

// mine are the variables by which a job, or who can set variables in it, makes Go or Git run a program or build something else.
var mine = []string{
	"GOCACHEPROG", "GOAUTH", "GOFLAGS", "GOENV", "GOWORK", "GOROOT", "GOTOOLDIR", "GOPATH", "GOEXPERIMENT", "GOTOOLCHAIN", "GO111MODULE",
	"GOOS", "GOARCH", "GOAMD64", "GOARM64", "GOFIPS140", "GODEBUG", "GOCOVERDIR", "GOTMPDIR", "GOINSECURE", "GOPRIVATE", "GONOPROXY", "GONOSUMDB",
	"GONOSUMCHECK", "GOSUMDB", "GOVCS", "GO_EXTLINK_ENABLED", "CGO_ENABLED", "CGO_CFLAGS", "CGO_LDFLAGS", "CC", "CXX", "FC", "AR", "PKG_CONFIG",
	"GIT_SSH", "GIT_SSH_COMMAND", "GIT_ASKPASS", "SSH_ASKPASS", "GIT_EXEC_PATH", "GIT_PROXY_COMMAND", "GIT_EXTERNAL_DIFF", "GIT_CONFIG_GLOBAL",
	"GIT_CONFIG_SYSTEM", "GIT_CONFIG_COUNT", "GIT_CONFIG_PARAMETERS", "GIT_ALLOW_PROTOCOL", "GIT_HTTP_USER_AGENT", "NETRC", "XDG_CONFIG_HOME",
	"GITHUB_TOKEN", "INPUT_GITHUB-TOKEN",
}

// A build of the fall-back gets these variables and no other one of the job.
func TestStartBuildsWithItsOwnEnvironment(t *testing.T) {
	t.Parallel()
	m := newMachine(t, "", "http://127.0.0.1:9")
	path := readLink(t, filepath.Join(m.bin, "env"))
	put(t, filepath.Join(m.bin, "go"), "#!/bin/bash\n"+path+" | /usr/bin/sort > \"${0%/*}/../env.$1\"\n"+strings.TrimPrefix(goStub, "#!/bin/bash\n"))
	for _, name := range mine {
		m.env[name] = "/evil"
	}
	m.env["GOPROXY"], m.env["GOCACHE"], m.env["GOMODCACHE"] = "file:///mirror", m.temp+"/build", m.temp+"/modules"
	m.env["HTTPS_PROXY"], m.env["no_proxy"], m.env["SSL_CERT_FILE"] = "http://proxy", "local", "/ca.pem"
	m.check(t, 0, "built with -s -w, GOFLAGS /evil\n") // the program has the job's
	got := readText(t, filepath.Join(m.dir, "env.build"))
	_, folder, _ := strings.Cut(got, "GOPATH=")
	folder, _, _ = strings.Cut(folder, "/go\n")
	want := strings.Join([]string{
		"CGO_ENABLED=0", "GIT_CONFIG_GLOBAL=/dev/null", "GO111MODULE=on", "GOAUTH=off", "GOCACHE=" + m.env["GOCACHE"], "GOENV=off", "GOFLAGS=-mod=readonly",
		"GOMODCACHE=" + m.env["GOMODCACHE"], "GOPATH=" + folder + "/go", "GOPROXY=file:///mirror,off", "GOTOOLCHAIN=auto", "GOWORK=off", "HOME=" + m.dir,
		"HTTPS_PROXY=http://proxy", "PATH=" + m.bin, "SSL_CERT_FILE=/ca.pem", "TMPDIR=" + m.env["TMPDIR"], "no_proxy=local",
	}, "\n") + "\n"
	// What bash adds for the program that stands for Go.
	for _, line := range []string{"PWD=" + m.dir + "\n", "SHLVL=0\n", "SHLVL=1\n", "_=" + path + "\n"} {
		got = strings.Replace(got, line, "", 1)
	}
	if got != want {
		t.Errorf("Go builds with\n%s\nwant\n%s", got, want)
	}
	if asked := readText(t, filepath.Join(m.dir, "env.env")); !strings.Contains(asked, "GOTOOLCHAIN=local\n") || strings.Contains(asked, "GOCACHEPROG") || strings.Contains(asked, "GOROOT") {
		t.Errorf("Go is asked for its settings with\n%s", asked)
	}
}

// Files in the workspace may be anybody's: no cache and no home is taken from there, by whatever way they lead there.
func TestStartBuildsWithoutTheWorkspace(t *testing.T) {
	t.Parallel()
	for name, folder := range map[string]func(m *machine) string{
		"below it":      func(m *machine) string { return m.dir + "/workspace/evil" },
		"itself":        func(m *machine) string { return m.dir + "/workspace" },
		"with dots":     func(m *machine) string { return m.dir + "/temp/../workspace/evil" },
		"by a link":     func(m *machine) string { return m.dir + "/link/evil" },
		"a relative":    func(*machine) string { return "workspace/evil" },
		"not there yet": func(m *machine) string { return m.dir + "/workspace/new" },
		"off":           func(*machine) string { return "off" },
	} {
		m := newMachine(t, "", "http://127.0.0.1:9")
		put(t, filepath.Join(m.bin, "go"), "#!/bin/bash\nprintf '%s|' \"$GOCACHE\" \"$GOMODCACHE\" \"$GOFLAGS\" \"${HOME:-none}\" > \"${0%/*}/../env.$1\"\n"+strings.TrimPrefix(goStub, "#!/bin/bash\n"))
		put(t, filepath.Join(m.dir, "workspace/evil/file"), "")
		if err := os.Symlink(filepath.Join(m.dir, "workspace"), filepath.Join(m.dir, "link")); err != nil {
			t.Fatal(err)
		}
		where := folder(m)
		m.env["GITHUB_WORKSPACE"] = filepath.Join(m.dir, "workspace")
		m.env["GOCACHE"], m.env["GOMODCACHE"], m.env["HOME"] = where, where, where
		m.check(t, 0, "built with -s -w, GOFLAGS \n")
		got := readText(t, filepath.Join(m.dir, "env.build"))
		if !like(got, m.temp+"/deployment-rings.…/cache|"+m.temp+"/deployment-rings.…/modules|-mod=readonly -modcacherw|none|") {
			t.Errorf("%s: Go builds with %s", name, got)
		}
	}
}

// Each way in makes a plain build of Go run another program; the fall-back build has none of them.
func TestStartBuildsWithNoProgramOfTheJob(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	evil, seen := filepath.Join(dir, "evil"), filepath.Join(dir, "seen")
	put(t, evil, fmt.Sprintf("#!/bin/sh\necho was run >> %q\nexit 1\n", seen))
	put(t, filepath.Join(dir, "settings"), "GOFLAGS=-toolexec="+evil+"\n")
	put(t, filepath.Join(dir, "home/.config/go/env"), "GOCACHEPROG="+evil+"\n")
	linkTo(t, evil, filepath.Join(dir, "go1.99.0"))
	goroot := goenv(t, "GOROOT")
	for _, name := range []string{"src", "pkg/include", "go.env", "VERSION"} {
		linkTo(t, filepath.Join(goroot, name), filepath.Join(dir, "root", name))
	}
	linkTo(t, evil, filepath.Join(dir, "root/pkg/tool", runtime.GOOS+"_"+runtime.GOARCH, "compile"))
	all := map[string]string{"GITHUB_WORKSPACE": dir}
	for name, env := range map[string]map[string]string{
		"a program for the cache": {"GOCACHEPROG": evil},
		"flags":                   {"GOFLAGS": "-toolexec=" + evil},
		"Go's file":               {"GOENV": filepath.Join(dir, "settings")},
		"Go's file in a home":     {"HOME": filepath.Join(dir, "home")},
		"another Go":              {"GOROOT": filepath.Join(dir, "root")},
		"another toolchain":       {"GOTOOLCHAIN": "go1.99.0", "PATH": dir + ":" + os.Getenv("PATH")},
	} {
		cmd := exec.Command("go", "build", "./internal/text")
		cmd.Dir = root
		cmd.Env = environ(map[string]string{"PATH": os.Getenv("PATH"), "HOME": dir, "GOCACHE": filepath.Join(dir, "cache")}, env)
		out, _ := cmd.CombinedOutput()
		if _, err := os.Stat(seen); err != nil {
			t.Errorf("%s: with %v Go runs no other program, so this is no way in: %s", name, env, out)
		}
		os.Remove(seen)
		maps.Copy(all, env)
	}
	if out, err := runScript(t, root, environ(all, nil)...); err != nil || !strings.Contains(out, "pr-123-ring-0-v") {
		t.Errorf("run.sh with %v: %v\n%s", all, err, out)
	}
	if text, err := os.ReadFile(seen); err == nil {
		t.Errorf("run.sh with %v ran the program of the job: %s", all, text)
	}
}

// environ is an environment, in which the second counts before the first.
func environ(first, second map[string]string) []string {
	all := maps.Clone(first)
	maps.Copy(all, second)
	var lines []string
	for _, name := range slices.Sorted(maps.Keys(all)) {
		lines = append(lines, name+"="+all[name])
	}
	return lines
}

func linkTo(t *testing.T, target, name string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(target, name); err != nil {
		t.Fatal(err)
	}
}
