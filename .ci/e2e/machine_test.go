package e2e_test

import (
	"bytes"
	"errors"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// needed are the programs that the start of the Action may use, apart from Go and from what only download asks for.
var needed = []string{"bash", "chmod", "gzip", "mkdir", "mktemp", "mv", "openssl", "rm", "awk", "printenv", "curl", "env"}

// A machine is a runner with a checkout of the Action and nothing on its PATH but what the start needs, and a Go that
// says what it was asked to build.
type machine struct {
	dir, checkout, cache, temp, bin string
	env                             map[string]string // empty: not set
}

// goStub builds a program that says how it was built.
const goStub = `#!/bin/bash
case "$1 $2" in
"env GOPROXY") printf '%s\n' "${GOPROXY:-default}" "${GOCACHE:-}" "${GOMODCACHE:-}" ;;
"build -C")
	[[ ! -e $0.fails ]] || { echo "action/main.go:1: no"; exit 1; }
	while [[ $# -gt 1 ]]; do
		[[ $1 != -o ]] || file=$2
		[[ $1 != -ldflags ]] || flags=$2
		shift
	done
	printf '#!/bin/bash\necho "built with %s, GOFLAGS ${GOFLAGS:-}"\n' "$flags" > "$file"
	/bin/chmod +x "$file"
	;;
esac
`

// downloaded is what stands for the program of the release.
const downloaded = "#!/bin/bash\necho \"downloaded, $# arguments\"\n"

// On every machine without a real program: what the fall-back build says.
const builtAsRelease = "built with -s -w -X main.version=" + tag + " -X main.commit=" + source + ", GOFLAGS \n"

func newMachine(t *testing.T, releaseFile, server string) *machine {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "with a space")
	m := &machine{
		dir: dir, checkout: filepath.Join(dir, "checkout"), cache: filepath.Join(dir, "tool cache"),
		temp: filepath.Join(dir, "temp"), bin: filepath.Join(dir, "bin"),
	}
	m.env = map[string]string{
		"PATH": m.bin, "RUNNER_TOOL_CACHE": m.cache, "RUNNER_TEMP": m.temp, "RUNNER_OS": "Linux", "RUNNER_ARCH": "X64",
		"GITHUB_SERVER_URL": server, "GITHUB_API_URL": server + "/api/v3", "HOME": m.dir, "TMPDIR": filepath.Join(dir, "tmp"),
		"BASH_COMPAT": "3.2", // as far as a newer bash can be like the one of macOS
	}
	for _, folder := range []string{m.temp, m.bin, m.env["TMPDIR"]} {
		if err := os.MkdirAll(folder, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	for _, name := range needed {
		m.link(t, name)
	}
	put(t, filepath.Join(m.bin, "go"), goStub)
	checkout(t, m.checkout, releaseFile, "action/run.sh", "action/download.sh", "action/asset.awk")
	return m
}

func (m *machine) link(t *testing.T, name string) {
	t.Helper()
	path, err := exec.LookPath(name)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(path, filepath.Join(m.bin, name)); err != nil {
		t.Fatal(err)
	}
}

func (m *machine) without(t *testing.T, names ...string) {
	t.Helper()
	for _, name := range names {
		if err := os.Remove(filepath.Join(m.bin, name)); err != nil {
			t.Fatal(err)
		}
	}
}

// cached is where the program of the release is kept.
func (m *machine) cached(p program) string {
	return filepath.Join(m.cache, "deployment-rings", "1.4.0-"+sum(p.plain)[:12], "amd64", "deployment-rings")
}

// start runs the Action's script and gives its exit code and all that it printed, with {dir} for the machine's folder.
func (m *machine) start(t *testing.T) (int, string) {
	t.Helper()
	cmd := exec.Command("bash", filepath.Join(m.checkout, "action/run.sh"))
	cmd.Dir = m.dir
	for _, k := range slices.Sorted(maps.Keys(m.env)) {
		if m.env[k] != "" {
			cmd.Env = append(cmd.Env, k+"="+m.env[k])
		}
	}
	out, err := cmd.CombinedOutput()
	if exit := new(exec.ExitError); err != nil && !errors.As(err, &exit) {
		t.Fatal(err)
	}
	return cmd.ProcessState.ExitCode(), strings.ReplaceAll(string(out), m.dir, "{dir}")
}

// check starts the Action and compares what it says; … in want stands for anything.
func (m *machine) check(t *testing.T, exit int, want string) {
	t.Helper()
	code, out := m.start(t)
	if code != exit || !like(out, want) {
		t.Errorf("run.sh: exit code %d, want %d; it said\n%s\nwant\n%s", code, exit, out, want)
	}
	m.checkClean(t)
}

// checkClean holds that nothing half done is left behind.
func (m *machine) checkClean(t *testing.T) {
	t.Helper()
	left, err := filepath.Glob(filepath.Join(m.dir, "*", "deployment-rings", "*", "*", "new.*"))
	if err != nil || len(left) > 0 {
		t.Errorf("left behind: %v %v", left, err)
	}
}

// like reports whether text is want, where … stands for anything.
func like(text, want string) bool {
	parts := strings.Split(want, "…")
	rest, found := strings.CutPrefix(text, parts[0])
	for i, part := range parts[1:] {
		if i == len(parts)-2 {
			return found && strings.HasSuffix(rest, part)
		}
		var here bool
		_, rest, here = strings.Cut(rest, part)
		found = found && here
	}
	return found && rest == ""
}

func annotation(kind, text string) string {
	return "::" + kind + " title=deployment-rings::" + text + "\n"
}

// builtFor is what a machine says that had to build a release itself.
func builtFor(why string) string {
	return annotation("warning", "The program of "+tag+" could not be downloaded: "+why+". It is built from source instead, which takes longer.") +
		builtAsRelease
}

func equalFile(t *testing.T, name string, want []byte) {
	t.Helper()
	got, err := os.ReadFile(name)
	if err != nil || !bytes.Equal(got, want) {
		t.Errorf("%s: %v, %d bytes, want the %d of the program", name, err, len(got), len(want))
	}
}
