package e2e_test

import (
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// A published is a machine with a release and the host that has it.
type published struct {
	*machine
	program program
	host    *host
}

const asset = "deployment-rings_linux_amd64.gz"

// publish makes a release for linux/amd64 with the small program, and a machine that uses it.
func publish(t *testing.T) published {
	t.Helper()
	p := programOf(t, []byte(downloaded))
	h := newHost(t, map[string]http.HandlerFunc{home + asset: file(p.gz)})
	return published{newMachine(t, releaseFile(p, "linux_amd64"), h.URL), p, h}
}

const ranDownloaded = "downloaded, 0 arguments\n"

func TestStartDownloadsOnce(t *testing.T) {
	t.Parallel()
	p := publish(t)
	p.check(t, 0, ranDownloaded)
	equalFile(t, p.cached(p.program), p.program.plain)
	p.host.Close()
	p.check(t, 0, ranDownloaded)
	if want := []string{home + asset}; !slices.Equal(p.host.asked, want) {
		t.Errorf("asked for %q, want %q", p.host.asked, want)
	}
}

// The cached start takes one program besides bash.
func TestStartFromTheCacheNeedsLittle(t *testing.T) {
	t.Parallel()
	p := publish(t)
	put(t, p.cached(p.program), string(p.program.plain))
	for _, name := range append(slices.Clone(needed), "go") {
		if name != "bash" && name != "openssl" {
			p.without(t, name)
		}
	}
	p.check(t, 0, ranDownloaded)
}

func TestStartWithWhatSystemsHave(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name   string
		change func(*testing.T, published)
		exit   int
		want   string
	}{
		{"no openssl", func(t *testing.T, p published) {
			p.without(t, "openssl")
			p.link(t, "shasum")
			p.link(t, "perl")
		}, 0, ranDownloaded},
		{"broken openssl", func(t *testing.T, p published) {
			p.without(t, "openssl")
			put(t, filepath.Join(p.bin, "openssl"), "#!/bin/bash\necho none; echo broken >&2; exit 1\n")
			put(t, filepath.Join(p.bin, "sha256sum"), "#!/bin/bash\nexec /usr/bin/openssl dgst -sha256 -r\n")
		}, 0, ranDownloaded},
		{"no sha256", func(t *testing.T, p published) { p.without(t, "openssl") }, 1, "…shasum: command not found\n" + annotation("error",
			"The sha256 of {dir}/tool cache/…/answer cannot be computed by openssl, sha256sum or shasum; the line above says why.")},
		{"no Go", func(t *testing.T, p published) { p.without(t, "go") }, 0, ranDownloaded},
		{"no curl", func(t *testing.T, p published) { p.without(t, "curl") }, 0, builtFor("there is no curl on this runner")},
		{"no gzip", func(t *testing.T, p published) { p.without(t, "gzip") }, 0,
			"…gzip: command not found\n" + builtFor("it could not be unpacked; the line above says why")},
		{"no runner", func(t *testing.T, p published) {
			p.link(t, "uname")
			p.env["RUNNER_OS"], p.env["RUNNER_ARCH"], p.env["RUNNER_TOOL_CACHE"], p.env["RUNNER_TEMP"] = "", "", "", ""
		}, 0, ranDownloaded},
		{"no tool cache", func(t *testing.T, p published) { p.env["RUNNER_TOOL_CACHE"] = "" }, 0, ranDownloaded},
		{"no place at all", func(t *testing.T, p published) {
			put(t, filepath.Join(p.dir, "file"), "")
			p.env["RUNNER_TOOL_CACHE"], p.env["RUNNER_TEMP"], p.env["TMPDIR"] = "", p.dir+"/file/temp", p.dir+"/file/tmp"
		}, 1, "mktemp: …" + annotation("error", "The program of "+tag+" could not be downloaded: no folder of this runner can be written. "+
			"There is no folder to build the program in; the line above says why.")},
		{".curlrc", func(t *testing.T, p published) {
			put(t, filepath.Join(p.dir, ".curlrc"), "proxy = http://127.0.0.1:9\n")
		}, 0, ranDownloaded},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			p := publish(t)
			tt.change(t, p)
			p.check(t, tt.exit, tt.want)
		})
	}
}

// The temporary folder of a job takes the place of a tool cache that cannot be written, for all of its steps.
func TestStartWithAToolCacheThatCannotBeWritten(t *testing.T) {
	t.Parallel()
	p := publish(t)
	put(t, filepath.Join(p.dir, "file"), "")
	p.env["RUNNER_TOOL_CACHE"] = p.dir + "/file/cache"
	p.check(t, 0, annotation("notice", "{dir}/file/cache cannot be written, so the program is kept for this job only. (RUNNER_TOOL_CACHE)")+ranDownloaded)
	p.host.Close()
	p.check(t, 0, ranDownloaded)
}

// An asset that cannot be had is built, and the warning says why.
func TestStartBuildsWhatCannotBeHad(t *testing.T) {
	t.Parallel()
	p := programOf(t, []byte(downloaded))
	for _, tt := range []struct {
		name   string
		answer http.HandlerFunc
		want   string
	}{
		{"truncated", cut(p.gz), "{url}: curl: (18) …"},
		{"not there", status(404), "{url} answers 404"},
		{"broken host", status(500), "{url} answers 500"},
		{"page to sign in", text("text/html; charset=utf-8", "<h1>Sign in</h1>"), "{url} is a page for people, perhaps one to sign in"},
		{"redirects for ever", redirect(home + asset), "{url} redirects again and again"},
		{"redirect to nothing", status(302), "{url}: …"},
		{"redirect to a file", redirect("file:///etc/passwd"), "{url}: curl: (1) …"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			h := newHost(t, map[string]http.HandlerFunc{home + asset: tt.answer})
			m := newMachine(t, releaseFile(p, "linux_amd64"), h.URL)
			m.env["HTTPS_PROXY"] = closedPort(t) // github.com, which is asked last, is no further away than this
			why := strings.ReplaceAll(tt.want, "{url}", h.URL+home+asset)
			if strings.Contains(tt.want, "404") || strings.Contains(tt.want, "page") {
				why += "; https://github.com" + home + asset + ": curl: …"
			}
			m.check(t, 0, builtFor(why))
		})
	}
	t.Run("closed port", func(t *testing.T) {
		t.Parallel()
		url := closedPort(t)
		newMachine(t, releaseFile(p, "linux_amd64"), url).check(t, 0, builtFor(url+home+asset+": curl: (7) …"))
	})
	t.Run("platform without a program", func(t *testing.T) {
		t.Parallel()
		m := newMachine(t, releaseFile(p, "linux_arm64"), "http://127.0.0.1:9")
		m.check(t, 0, builtFor("the release has no program for linux amd64"))
	})
}

// Neither the one way nor the other: one error says both.
func TestStartWithoutAWay(t *testing.T) {
	t.Parallel()
	p := programOf(t, []byte(downloaded))
	url := closedPort(t)
	m := newMachine(t, releaseFile(p, "linux_amd64"), url)
	put(t, filepath.Join(m.bin, "go.fails"), "")
	failed := "The program could not be built with the Go on this runner; the lines above say why. A build needs the modules " +
		"of go.mod, from the module cache or from a proxy that GOPROXY names."
	m.check(t, 1, "::warning …action/main.go:1: no\n"+annotation("error", "The program of "+tag+" could not be downloaded: "+url+home+asset+": curl: (7) …. "+failed))
	m.without(t, "go")
	m.check(t, 1, annotation("error", "The program of "+tag+" could not be downloaded: "+url+home+asset+": curl: (7) …. "+noGo))
}

// A commit that is no release can only be built.
func TestStartWithoutGo(t *testing.T) {
	t.Parallel()
	m := newMachine(t, "", "http://127.0.0.1:9")
	m.without(t, "go", "curl")
	m.check(t, 1, annotation("error", noGo))
}

const noGo = "There is no Go on this runner, which is needed to build the program. Add a step with actions/setup-go before this one."

const advice = "It was not run. Run the job again; when that ends like this too, tell the maintainers, and use another release. "

// Bytes that are not the release's are never run, and nothing takes their place.
func TestStartRefusesOtherBytes(t *testing.T) {
	t.Parallel()
	other := programOf(t, []byte("#!/bin/bash\necho evil\n"))
	t.Run("asset", func(t *testing.T) {
		t.Parallel()
		p := publish(t)
		p.host.answers[home+asset] = file(other.gz)
		p.check(t, 1, annotation("error", p.host.URL+home+asset+" is not what was released. "+advice+"Its sha256 is "+sum(other.gz)+"; that of "+tag+" is "+sum(p.program.gz)+"."))
		if _, err := os.Stat(p.cached(p.program)); !os.IsNotExist(err) {
			t.Errorf("a program was kept: %v", err)
		}
	})
	t.Run("program inside", func(t *testing.T) {
		t.Parallel()
		mixed := program{[]byte(downloaded), other.gz}
		h := newHost(t, map[string]http.HandlerFunc{home + asset: file(other.gz)})
		newMachine(t, releaseFile(mixed, "linux_amd64"), h.URL).check(t, 1, annotation("error", "The program inside "+h.URL+home+asset+
			" is not what was released. "+advice+"Its sha256 is "+sum(other.plain)+"; that of "+tag+" is "+sum(mixed.plain)+"."))
	})
	t.Run("cut short, and nothing tells", func(t *testing.T) {
		t.Parallel()
		p := publish(t)
		p.host.answers[home+asset] = cutUnnoticed(p.program.gz)
		p.check(t, 1, annotation("error", p.host.URL+home+asset+" is not what was released. "+advice+"…"))
	})
	for _, folder := range []string{"tool cache", "temp"} {
		t.Run(folder, func(t *testing.T) {
			t.Parallel()
			p := publish(t)
			p.cache = filepath.Join(p.dir, folder)
			put(t, p.cached(p.program), string(other.plain))
			p.check(t, 1, annotation("error", strings.ReplaceAll(p.cached(p.program), p.dir, "{dir}")+" was changed after it was downloaded. It was not run. "+
				"Delete it, and look who can write there. Its sha256 is "+sum(other.plain)+"; that of "+tag+" is "+sum(p.program.plain)+"."))
			if len(p.host.asked) != 0 {
				t.Errorf("asked for %q", p.host.asked)
			}
		})
	}
}

// A release file that is not what a release has is no reason to build.
func TestStartRefusesAMalformedReleaseFile(t *testing.T) {
	t.Parallel()
	p := programOf(t, []byte(downloaded))
	whole := releaseFile(p, "linux_amd64")
	lines := strings.SplitAfter(whole, "\n")
	first := "the tag, a space and the commit of the source, 40 hex digits"
	other := "a sha256, 64 hex digits, two spaces and the name of a file of the release"
	both := "one line each for deployment-rings_linux_amd64 and " + asset + " before the end, or none for both"
	for _, tt := range []struct{ name, text, line, want string }{
		{"only a newline", "\n", "1", first},
		{"no v", whole[1:], "1", first},
		{"short commit", strings.Replace(whole, source, source[1:], 1), "1", first},
		{"capital commit", strings.Replace(whole, source, strings.ToUpper(source), 1), "1", first},
		{"flags in the tag", "v1.4.0\t-X=main.version " + source + "\n", "1", first},
		{"carriage returns", strings.ReplaceAll(whole, "\n", "\r\n"), "1", first},
		{"empty line", whole + "\n", "4", other},
		{"one space", strings.Replace(whole, "  ", " ", 1), "2", other},
		{"path", strings.Replace(whole, "deployment-rings_linux_amd64\n", "../deployment-rings_linux_amd64\n", 1), "2", other},
		{"short sum", lines[0] + lines[1][1:] + lines[2], "2", other},
		{"no asset", lines[0] + lines[1], "2", both},
		{"no program", lines[0] + lines[2], "2", both},
		{"twice", whole + lines[1] + lines[2], "5", both},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			newMachine(t, tt.text, "http://127.0.0.1:9").check(t, 1, annotation("error", "{dir}/checkout/action/release.txt, line "+tt.line+
				": expected "+tt.want+". The file belongs to the release: use its tag or its commit, unchanged."))
		})
	}
	t.Run("empty", func(t *testing.T) {
		t.Parallel()
		m := newMachine(t, "", "http://127.0.0.1:9")
		put(t, filepath.Join(m.checkout, "action/release.txt"), "")
		m.check(t, 1, annotation("error", "{dir}/checkout/action/release.txt, line 1: expected something. The file belongs to the release: use its tag or its commit, unchanged."))
	})
	t.Run("no newline at the end", func(t *testing.T) {
		t.Parallel()
		p := publish(t)
		put(t, filepath.Join(p.checkout, "action/release.txt"), strings.TrimSpace(whole))
		p.check(t, 0, ranDownloaded)
	})
}

// The names that runners, uname and Go have for a platform.
func TestStartPicksThePlatform(t *testing.T) {
	t.Parallel()
	p := programOf(t, []byte(downloaded))
	for _, tt := range []struct{ os, arch, platform string }{
		{"Linux", "X64", "linux_amd64"}, {"Linux", "ARM64", "linux_arm64"},
		{"macOS", "X64", "darwin_amd64"}, {"macOS", "ARM64", "darwin_arm64"},
		{"Windows", "X64", "windows_amd64"}, {"Windows", "ARM64", "windows_arm64"},
	} {
		suffix := map[bool]string{true: ".exe"}[tt.os == "Windows"]
		h := newHost(t, map[string]http.HandlerFunc{home + "deployment-rings_" + tt.platform + suffix + ".gz": file(p.gz)})
		m := newMachine(t, releaseFile(p, tt.platform), h.URL)
		m.env["RUNNER_OS"], m.env["RUNNER_ARCH"] = tt.os, tt.arch
		if tt.os == "Windows" { // where folders are written like this
			m.env["RUNNER_TOOL_CACHE"] = strings.ReplaceAll(m.cache, "/", `\`)
		}
		m.check(t, 0, ranDownloaded)
		_, arch, _ := strings.Cut(tt.platform, "_")
		equalFile(t, filepath.Join(m.cache, "deployment-rings", "1.4.0-"+sum(p.plain)[:12], arch, "deployment-rings"+suffix), p.plain)
	}
}

// Systems have names of their own for themselves; what a release has no name for is built.
func TestStartAsksTheSystemWhereThereIsNoRunner(t *testing.T) {
	t.Parallel()
	p := programOf(t, []byte(downloaded))
	for uname, want := range map[string]string{
		"Linux x86_64": "linux amd64", "Linux aarch64": "linux arm64", "Darwin arm64": "darwin arm64", "Darwin x86_64": "darwin amd64",
		"MINGW64_NT-10.0-26100 x86_64": "windows amd64", "MSYS_NT-10.0-26100 x86_64": "windows amd64",
		"FreeBSD riscv64": "FreeBSD riscv64",
	} {
		m := newMachine(t, releaseFile(p, "plan9_mips"), "http://127.0.0.1:9")
		m.env["RUNNER_OS"] = ""
		put(t, filepath.Join(m.bin, "uname"), "#!/bin/bash\necho '"+uname+"'\n")
		m.check(t, 0, builtFor("the release has no program for "+want))
	}
}

// Two jobs of one machine begin at once: both have found the cache empty before either gets the program.
func TestStartTwiceAtOnce(t *testing.T) {
	t.Parallel()
	p := publish(t)
	var both sync.WaitGroup
	both.Add(2)
	p.host.answers[home+asset] = func(w http.ResponseWriter, r *http.Request) {
		both.Done()
		both.Wait()
		file(p.program.gz)(w, r)
	}
	var jobs sync.WaitGroup
	for range 2 {
		jobs.Go(func() {
			if code, out := p.start(t); code != 0 || out != ranDownloaded {
				t.Errorf("run.sh: exit code %d, %s", code, out)
			}
		})
	}
	jobs.Wait()
	p.checkClean(t)
	equalFile(t, p.cached(p.program), p.program.plain)
}

// Windows does not let a program be replaced while it runs: then what the other job kept is looked at and taken.
func TestStartKeepsWhatAnotherJobKept(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name, mv string
		exit     int
		want     string
	}{
		{"the same", `/bin/cp "$2" "$3"; exit 1`, 0, ranDownloaded},
		{"nothing", "exit 1", 0, builtFor("{dir}/tool cache/… could not be written")},
		{"something else", `echo evil > "$3"; exit 1`, 1, annotation("error", "{dir}/tool cache/… was changed after it was downloaded. …")},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			p := publish(t)
			p.without(t, "mv")
			put(t, filepath.Join(p.bin, "mv"), "#!/bin/bash\n"+tt.mv+"\n")
			p.check(t, tt.exit, tt.want)
		})
	}
}

// Without a sum there is no place in the cache.
func TestStartWithoutASum(t *testing.T) {
	t.Parallel()
	p := programOf(t, []byte(downloaded))
	m := newMachine(t, releaseFile(p, "linux_arm64"), "http://127.0.0.1:9")
	put(t, filepath.Join(m.cache, "deployment-rings/1.4.0-/amd64/deployment-rings"), "evil")
	m.check(t, 0, builtFor("the release has no program for linux amd64"))
}

// What becomes of the script is the program: its exit code, and the environment as the job has it.
func TestStartBecomesTheProgram(t *testing.T) {
	t.Parallel()
	script := programOf(t, []byte("#!/bin/bash\nprintf '%s|%s' \"${GOOS:-}\" \"$(printenv INPUT_A-B)\"; exit 3\n"))
	h := newHost(t, map[string]http.HandlerFunc{home + asset: file(script.gz)})
	m := newMachine(t, releaseFile(script, "linux_amd64"), h.URL)
	m.env["INPUT_A-B"] = "two\n lines\\ %0A"
	m.check(t, 3, "|two\n lines\\ %0A")

	m = newMachine(t, "", h.URL)
	m.env["GOFLAGS"] = "-tags=mine"
	m.check(t, 0, "built with -s -w, GOFLAGS -tags=mine\n")

	p := publish(t)
	put(t, p.cached(p.program), string(p.program.plain))
	if err := os.Chmod(p.cached(p.program), 0o600); err != nil {
		t.Fatal(err)
	}
	p.check(t, 1, "…Permission denied\n"+annotation("error", strings.ReplaceAll(p.cached(p.program), p.dir, "{dir}")+
		" cannot be run on this machine; the line above says why."))
}

// A folder can be called nearly anything; it is no command.
func TestStartSaysNoCommandsOfOthers(t *testing.T) {
	t.Parallel()
	p := publish(t)
	p.cache = filepath.Join(p.dir, "100%\r\n::error::evil")
	p.env["RUNNER_TOOL_CACHE"] = p.cache
	put(t, p.cached(p.program), "evil")
	_, out := p.start(t)
	if want := "{dir}/100%25%0D%0A::error::evil/deployment-rings/"; strings.Count(out, "\n") != 1 || !strings.Contains(out, want) {
		t.Errorf("run.sh said %q, want one line with %q", out, want)
	}
}

// The repository is read from where the runner put the action, else from what it says.
func TestStartAsksTheRepositoryOfTheAction(t *testing.T) {
	t.Parallel()
	p := programOf(t, []byte(downloaded))
	for _, tt := range []struct{ folder, said, want string }{
		{"checkout", "", "wizzense/deployment-rings"},
		{"checkout", "mona/rings", "mona/rings"},
		{"checkout", "../rings", "wizzense/deployment-rings"},
		{"checkout", "mona", "wizzense/deployment-rings"},
		{"work/_actions/mona/rings/v1", "", "mona/rings"},
		{`D:\a\_actions\mona\rings\v1`, "", "mona/rings"}, // as Windows writes it
		{"work/_actions/mona/rings/releases/v1", "hubot/other", "mona/rings"},
	} {
		path := "/" + tt.want + "/releases/download/" + tag + "/" + asset
		h := newHost(t, map[string]http.HandlerFunc{path: file(p.gz)})
		m := newMachine(t, "", h.URL)
		m.checkout = filepath.Join(m.dir, tt.folder)
		checkout(t, m.checkout, releaseFile(p, "linux_amd64"), "action/run.sh", "action/download.sh", "action/asset.awk")
		m.env["GITHUB_ACTION_REPOSITORY"] = tt.said
		m.check(t, 0, ranDownloaded)
		if diff := cmp.Diff([]string{path}, h.asked); diff != "" {
			t.Errorf("%s, %s: requests (-want +got)\n%s", tt.folder, tt.said, diff)
		}
	}
}
