package e2e_test

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"runtime"
	"sync"
	"testing"
)

const (
	tag    = "v1.4.0"
	source = "0123456789abcdef0123456789abcdef01234567"
	// home is where the releases of the Action are, below the address of the host.
	home = "/wizzense/deployment-rings/releases/download/" + tag + "/"
)

// A program is one file of a release, plain and as it is published.
type program struct{ plain, gz []byte }

func programOf(t testing.TB, plain []byte) program {
	t.Helper()
	var gz bytes.Buffer
	w := gzip.NewWriter(&gz)
	if _, err := w.Write(plain); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return program{plain, gz.Bytes()}
}

// platform is what the files of a release are called after.
func platform() string { return runtime.GOOS + "_" + runtime.GOARCH }

func sum(src []byte) string { return fmt.Sprintf("%x", sha256.Sum256(src)) }

// releaseFile is release.txt of a release with one program, for some platforms.
func releaseFile(p program, platforms ...string) string {
	text := tag + " " + source + "\n"
	for _, name := range platforms {
		suffix := ""
		if name[:3] == "win" {
			suffix = ".exe"
		}
		text += sum(p.plain) + "  deployment-rings_" + name + suffix + "\n" +
			sum(p.gz) + "  deployment-rings_" + name + suffix + ".gz\n"
	}
	return text
}

// actionFiles are what the Action is made of.
var actionFiles = []string{"action.yml", "go.mod", "go.sum", "action", "internal", "labels", "ringpolicy", "tagging"}

// checkout copies what a commit holds of the Action, with release.txt if there is one.
func checkout(t testing.TB, dir, releaseFile string, names ...string) {
	t.Helper()
	for _, name := range names {
		copyTo(t, filepath.Join(dir, name), filepath.Join(root, name))
	}
	if releaseFile != "" {
		put(t, filepath.Join(dir, "action/release.txt"), releaseFile)
	}
}

func copyTo(t testing.TB, to, from string) {
	t.Helper()
	info, err := os.Stat(from)
	if err != nil {
		t.Fatal(err)
	}
	if info.IsDir() {
		if err := os.CopyFS(to, os.DirFS(from)); err != nil {
			t.Fatal(err)
		}
		return
	}
	put(t, to, readText(t, from))
}

// put writes a file that can be run, and its folders.
func put(t testing.TB, file, content string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file, []byte(content), 0o755); err != nil {
		t.Fatal(err)
	}
}

func readText(t testing.TB, file string) string {
	t.Helper()
	src, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	return string(src)
}

func readLink(t testing.TB, file string) string {
	t.Helper()
	path, err := os.Readlink(file)
	if err != nil {
		t.Fatal(err)
	}
	return path
}

// A host is a server on this machine that answers for some paths, and remembers who asked.
type host struct {
	*httptest.Server
	mu      sync.Mutex
	asked   []string // paths, with the Authorization of those that had one
	answers map[string]http.HandlerFunc
}

func newHost(t testing.TB, answers map[string]http.HandlerFunc) *host {
	t.Helper()
	h := &host{answers: answers}
	h.Server = httptest.NewServer(h)
	t.Cleanup(h.Close)
	return h
}

func (h *host) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	h.note(r)
	answer, ok := h.answers[r.URL.Path]
	if !ok {
		http.NotFound(w, r)
		return
	}
	answer(w, r)
}

func (h *host) note(r *http.Request) {
	h.mu.Lock()
	defer h.mu.Unlock()
	line := r.URL.Path
	if a := r.Header.Get("Authorization"); a != "" {
		line += " " + a
	}
	h.asked = append(h.asked, line)
}

// file answers with bytes.
func file(src []byte) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/octet-stream")
		w.Write(src)
	}
}

// text answers with text of some type.
func text(kind, text string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", kind)
		fmt.Fprint(w, text)
	}
}

func redirect(to string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, to, http.StatusFound) }
}

func status(code int) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(code) }
}

// cut promises bytes and closes the connection before the last ones.
func cut(src []byte) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Length", fmt.Sprint(len(src)))
		w.Write(src[:len(src)-10])
		w.(http.Flusher).Flush()
		panic(http.ErrAbortHandler)
	}
}

// cutUnnoticed ends before the last bytes, as old servers end an answer whose length they do not tell.
func cutUnnoticed(src []byte) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		conn, _, err := http.NewResponseController(w).Hijack()
		if err != nil {
			return
		}
		defer conn.Close()
		fmt.Fprintf(conn, "HTTP/1.0 200 OK\r\n\r\n%s", src[:len(src)-10])
	}
}

// closedPort is an address where nothing listens.
func closedPort(t testing.TB) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return "http://" + l.Addr().String()
}
