package e2e_test

import (
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"syscall"
	"testing"
)

// What a job sets for programs of its own changes nothing.
func TestStartInTheEnvironmentOfAJob(t *testing.T) {
	t.Parallel()
	for _, env := range []map[string]string{
		{"GZIP": "-v"}, {"GZIP": "-k"}, {"POSIXLY_CORRECT": "1"}, {"BASHOPTS": "nocasematch:failglob:extglob"}, {"SHELLOPTS": "noclobber:posix"},
		{"CDPATH": "/", "IFS": "0123456789/.:"}, {"LC_ALL": "C.UTF-8", "LANGUAGE": "de"}, {"CURL_HOME": "/nowhere"},
		{"OPENSSL_CONF": "/nowhere", "OPENSSL_MODULES": "/nowhere"}, {"TMPDIR": "/nowhere"}, {"AWKPATH": "/nowhere", "POSIX_ME_HARDER": "1"},
		{"program": "/bin/false", "room": "/", "token": "x", "why": "x", "tag": "x", "missing": "", "asset_sum": "x", "program_sum": "x"},
	} {
		p := publish(t)
		for name, value := range env {
			p.env[name] = value
		}
		if code, out := p.start(t); code != 0 || out != ranDownloaded {
			t.Errorf("%v: exit code %d, %s", env, code, out)
		}
	}
}

// Nobody but the owner may change what is kept, however loosely the machine makes files.
func TestStartKeepsTheProgramForItsOwner(t *testing.T) {
	t.Parallel()
	p := publish(t)
	p.env["BASH_ENV"] = filepath.Join(p.dir, "env")
	put(t, p.env["BASH_ENV"], "umask 0\n")
	p.check(t, 0, ranDownloaded)
	info, err := os.Stat(p.cached(p.program))
	if err != nil || info.Mode() != 0o755 {
		t.Errorf("the program has %v, %v, want 0755", info.Mode(), err)
	}
}

// What is in the place of the program and is no file is said at once: it is neither read, nor run, nor replaced.
func TestStartRefusesWhatIsNoFile(t *testing.T) {
	t.Parallel()
	for name, place := range map[string]func(string) error{
		"folder": func(path string) error { return os.Mkdir(path, 0o755) },
		"pipe":   func(path string) error { return syscall.Mkfifo(path, 0o644) },
		"device": func(path string) error { return os.Symlink("/dev/zero", path) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := publish(t)
			path := p.cached(p.program)
			if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
				t.Fatal(err)
			}
			if err := place(path); err != nil {
				t.Fatal(err)
			}
			p.check(t, 1, annotation("error", "{dir}/tool cache/…/deployment-rings is no file, and so not the program of "+tag+". Delete it, and look who can write there."))
		})
	}
}

// A link to nothing is nothing.
func TestStartReplacesALinkToNothing(t *testing.T) {
	t.Parallel()
	p := publish(t)
	path := p.cached(p.program)
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(filepath.Join(p.dir, "nothing"), path); err != nil {
		t.Fatal(err)
	}
	p.check(t, 0, ranDownloaded)
	equalFile(t, path, p.program.plain)
	if info, err := os.Lstat(path); err != nil || !info.Mode().IsRegular() {
		t.Errorf("%v %v, want the program in place of the link", info, err)
	}
}

// The bash of Windows makes paths of its own kind out of what looks like a path in the environment of a program, unless
// it is told which variables to leave alone.
func TestStartLeavesInputsAloneOnWindows(t *testing.T) {
	t.Parallel()
	script := programOf(t, []byte("#!/bin/bash\nprintf '%s' \"$MSYS2_ENV_CONV_EXCL\"\n"))
	m := newMachine(t, releaseFile(script, "linux_amd64"), "http://127.0.0.1:9")
	put(t, m.cached(script), string(script.plain))
	m.check(t, 0, "INPUT_;GITHUB_")
}

// A run that is cancelled leaves nothing half done behind.
func TestStartThatIsCancelled(t *testing.T) {
	t.Parallel()
	for _, signal := range []string{"INT", "TERM"} {
		p := publish(t)
		p.without(t, "curl")
		put(t, filepath.Join(p.bin, "curl"), "#!/bin/bash\nread -r _ _ _ script _ < /proc/$PPID/stat\nkill -"+signal+" \"$script\"\n")
		if code, out := p.start(t); code == 0 || out != "" {
			t.Errorf("%s: exit code %d, %s", signal, code, out)
		}
		p.checkClean(t)
	}
}

// A host may be out of order for a moment, and send on four times, to names that are no end of a line for curl.
func TestStartGoesWhereTheHostSendsIt(t *testing.T) {
	t.Parallel()
	p := publish(t)
	send := func(code int, to string) http.HandlerFunc {
		return func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Location", to)
			w.WriteHeader(code)
		}
	}
	answers := []http.HandlerFunc{status(503), send(307, "/a")}
	p.host.answers[home+asset] = func(w http.ResponseWriter, r *http.Request) {
		answers[0](w, r)
		answers = answers[1:]
	}
	p.host.answers["/a"] = send(308, "/b")
	p.host.answers["/b"] = send(303, `/c"\n`)
	p.host.answers[`/c"\n`] = send(301, "/d")
	p.host.answers["/d"] = file(p.program.gz)
	p.env["GITHUB_SERVER_URL"] += "/"
	p.check(t, 0, ranDownloaded)
	if want := []string{home + asset, home + asset, "/a", "/b", `/c"\n`, "/d"}; !slices.Equal(p.host.asked, want) {
		t.Errorf("asked for %q, want %q", p.host.asked, want)
	}
}

// What curl says is one line, as Windows ends lines too, and no request waits for ever.
func TestStartSaysWhatCurlSays(t *testing.T) {
	t.Parallel()
	p := publish(t)
	p.without(t, "curl")
	put(t, filepath.Join(p.bin, "curl"), "#!/bin/bash\n[[ \"$*\" == *' --connect-timeout 10 --max-time 40 '* ]] && printf 'curl: (7) no\\r\\nmore' >&2\nexit 7\n")
	p.check(t, 0, builtFor(p.host.URL+home+asset+": curl: (7) no"))
}
