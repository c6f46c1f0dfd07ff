package command

import (
	"bytes"
	"compress/gzip"
	"context"
	"crypto/rand"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/wizzense/deployment-rings/action/internal/cli"
	"github.com/wizzense/deployment-rings/action/internal/outbound"
)

// peakFile names the file to which the program writes how much memory it took; it makes the test program be the real one.
const peakFile = "DEPLOYMENT_RINGS_PEAK"

func init() {
	if os.Getenv(peakFile) == "" {
		return
	}
	cli.LimitMemory(os.Getenv)
	p := program{context.Background(), cli.World{
		Args: os.Args[2:], Getenv: os.Getenv, Now: time.Now,
		Transport: outbound.Transport(), Random: rand.Reader, Stdout: os.Stdout, Stderr: os.Stderr,
		Sleep: func(ctx context.Context, _ time.Duration) error { return ctx.Err() },
	}}
	code := p.run()
	status, err := os.ReadFile("/proc/self/status")
	if err == nil {
		err = os.WriteFile(os.Getenv(peakFile), status, 0o600)
	}
	if err != nil {
		panic(err)
	}
	os.Exit(code)
}

// asProcess runs the program as a process of its own, and gives its exit code, what it printed, and its largest memory in MB.
func asProcess(t *testing.T, env []string, args ...string) (code int, out string, peak int) {
	t.Helper()
	file := filepath.Join(t.TempDir(), "peak")
	cmd := exec.Command(os.Args[0], append([]string{"-test.run=none"}, args...)...)
	cmd.Dir, cmd.Env = t.TempDir(), append(env, peakFile+"="+file)
	text, err := cmd.CombinedOutput()
	if err != nil && cmd.ProcessState == nil {
		t.Fatal(err)
	}
	_, after, _ := strings.Cut(read(t, file), "VmHWM:")
	if _, err := fmt.Sscan(after, &peak); err != nil {
		t.Fatal(err)
	}
	return cmd.ProcessState.ExitCode(), string(text), peak / 1024
}

// endlessly writes a text again and again, in blocks, until the client leaves or it has written a gigabyte.
func endlessly(w http.ResponseWriter, r *http.Request, text string) {
	block := []byte(strings.Repeat(text, max(1, 1<<20/len(text))))
	for n := 0; n < 1<<30 && r.Context().Err() == nil; n += len(block) {
		if _, err := w.Write(block); err != nil {
			return
		}
	}
}

// bomb is 64 MB of an unfinished text in JSON, in 64 kB.
var bomb = sync.OnceValue(func() []byte {
	var packed bytes.Buffer
	w := gzip.NewWriter(&packed)
	io.WriteString(w, `{"tags":["`)
	for range 64 {
		io.WriteString(w, strings.Repeat("a", 1<<20))
	}
	w.Close()
	return packed.Bytes()
})

// made answers with a text that is made once, when it is first asked for.
func made(text func() string) http.HandlerFunc {
	once := sync.OnceValue(text)
	return func(w http.ResponseWriter, _ *http.Request) { io.WriteString(w, once()) }
}

// members are an object with very many.
func members() string {
	var text strings.Builder
	for i := range 1 << 19 {
		fmt.Fprintf(&text, `"e%d":{},`, i)
	}
	return `{"data":{"repository":{` + text.String() + `"e":{}}}}`
}

// hostileAnswers are those of hosts that want the memory of whoever asks them.
var hostileAnswers = map[string]http.HandlerFunc{
	"no end": func(w http.ResponseWriter, r *http.Request) { io.WriteString(w, `["`); endlessly(w, r, "a") },
	"no end, as an object": func(w http.ResponseWriter, r *http.Request) {
		io.WriteString(w, `{"tags":["a"],"x":"`)
		endlessly(w, r, "a")
	},
	"no end, and refused": func(w http.ResponseWriter, r *http.Request) { w.WriteHeader(403); endlessly(w, r, "a") },
	"white space": func(w http.ResponseWriter, r *http.Request) {
		io.WriteString(w, `{"tags":[`)
		endlessly(w, r, " ")
	},
	"packed": func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Encoding", "gzip")
		w.Write(bomb())
	},
	"small elements": made(func() string { return "[" + strings.Repeat("0,", 7<<20) + "0]" }),
	"empty objects":  made(func() string { return "[" + strings.Repeat("{},", 5<<20) + "{}]" }),
	"empty objects in pages of objects": made(func() string {
		list := "[" + strings.Repeat("{},", 1<<20) + "{}]"
		return fmt.Sprintf(`{"check_runs":%s,"workflow_runs":%[1]s,"manifests":%[1]s,"layers":%[1]s,"tags":%[1]s}`, list)
	}),
	"members": made(members),
	"depth":   made(func() string { return `{"x":` + strings.Repeat("[", 15<<20) }),
	"headers": func(w http.ResponseWriter, _ *http.Request) {
		for i := range 1 << 10 {
			w.Header().Set(fmt.Sprint("X-", i), strings.Repeat("a", 9<<10))
		}
		io.WriteString(w, "[]")
	},
	"pages": func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Link", fmt.Sprintf(`<http://%s%s?page=%d>; rel="next"`, r.Host, r.URL.Path, len(r.URL.RawQuery)))
		one := `{"id":1,"name":"` + strings.Repeat("n", 1<<12) + `","context":"` + strings.Repeat("c", 1<<12) + `","body":"` + strings.Repeat("b", 1<<12) + `"}`
		fmt.Fprintf(w, "[%s%s]", strings.Repeat(one+",", 99), one)
	},
	"a long tag": func(w http.ResponseWriter, r *http.Request) { io.WriteString(w, `{"tags":["`); endlessly(w, r, "a") },
	"years to wait": func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Retry-After", "99999999999")
		w.WriteHeader(429)
	},
	"circles": func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, r.URL.Path, http.StatusFound) },
	"a file": func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Location", "file:///etc/passwd")
		w.WriteHeader(302)
	},
}

// Whatever GitHub or a registry answers, a run takes at most 200 MB, ends by itself, and lets nothing pass.
func TestHostileHosts(t *testing.T) {
	for name, answer := range hostileAnswers {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			host := httptest.NewServer(answer)
			t.Cleanup(host.Close)
			registry := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				if r.URL.Path != "/v2/" {
					answer(w, r)
				}
			}))
			t.Cleanup(registry.Close)
			image := func(host *httptest.Server) string {
				return strings.TrimPrefix(host.URL, "http://") + "/wizzense/aitherzero"
			}
			digest := "sha256:" + strings.Repeat("a", 64)
			evidence := write(t, "evidence.json", fmt.Sprintf(`{"schema":1,"subject":{"image":%q,"digest":%q,"revision":%q,"pr":12,"to":"ring-1"},"rings":{"ring-0":{"history":[],"signals":[]}}}`,
				image(registry), digest, strings.Repeat("c", 40)))
			ledger := write(t, "ledger", "")
			env := []string{"GITHUB_API_URL=" + host.URL, "GITHUB_REPOSITORY=wizzense/aitherzero", "HOME=" + t.TempDir(), "PATH=" + os.Getenv("PATH")}
			withToken := append(env[:len(env):len(env)], "GITHUB_TOKEN=ghs_secret")
			for _, c := range []struct {
				env  []string
				args []string
			}{
				{withToken, []string{"gate", "--evidence", evidence, "--ledger", "file:" + ledger}},
				{withToken, []string{"gate", "--ring", "ring-1", "--digest", digest, "--image", image(registry)}},
				{env, []string{"gate", "--ring", "ring-1", "--tag", "x", "--image", image(registry), "--ledger", "file:" + ledger}},
				{env, []string{"plan", "--branch", "dev", "--revision", strings.Repeat("c", 40), "--image", image(registry), "--iteration", "registry"}},
				{env, []string{"plan", "--release-tag", "v1.0.0", "--revision", strings.Repeat("c", 40), "--image", image(registry), "--known-versions", "registry"}},
				{env, []string{"plan", "--release-tag", "v1.0.0", "--revision", strings.Repeat("c", 40), "--image", image(host), "--known-versions", "registry"}},
			} {
				code, out, peak := asProcess(t, c.env, c.args...)
				if peak > 200 {
					t.Errorf("%s took %d MB\n%.2000s", strings.Join(c.args, " "), peak, out)
				}
				if held := code == 0 && c.args[0] == "gate" && strings.Contains(out, ": hold."); code != 1 && !held {
					t.Errorf("%s = %d, want 1, or a hold\n%.2000s", strings.Join(c.args, " "), code, out)
				}
				t.Logf("%s: %d, %d MB, %.200s", strings.Join(c.args[:2], " "), code, peak, out)
			}
		})
	}
}
