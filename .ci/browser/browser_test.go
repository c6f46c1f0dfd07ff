// Package browser holds the dashboard page to what a real browser makes of it. It needs chromium or google-chrome, and
// axe-core in node_modules (npm ci).
package browser

import (
	"context"
	"encoding/json"
	"fmt"
	"html"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
)

// pages are those that the tests of the command hold golden: what is tested here is what is written there.
const pages = "../../action/testdata/status"

func pageNames(t *testing.T) []string {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(pages, "*.html"))
	if err != nil || len(files) < 9 {
		t.Fatalf("%d pages, %v", len(files), err)
	}
	var names []string
	for _, f := range files {
		names = append(names, strings.TrimSuffix(filepath.Base(f), ".html"))
	}
	return names
}

// A site serves the pages, and is the proxy of the browser, so that it sees whatever else is asked for.
type site struct {
	*httptest.Server
	mu   sync.Mutex
	seen []string
}

func newSite(t *testing.T) *site {
	t.Helper()
	s := &site{}
	s.Server = httptest.NewServer(s)
	t.Cleanup(s.Close)
	return s
}

func (s *site) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	s.seen = append(s.seen, r.Method+" "+r.Host+r.URL.Path)
	s.mu.Unlock()
	kind, name, _ := strings.Cut(strings.TrimPrefix(r.URL.Path, "/"), "/")
	switch kind {
	case "page":
		http.ServeFile(w, r, filepath.Join(pages, filepath.Base(name)+".html"))
	case "axe.js":
		http.ServeFile(w, r, "node_modules/axe-core/axe.min.js")
	case "checked":
		s.checked(w, name)
	case "frames":
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		fmt.Fprintf(w, frames, name)
	default:
		http.NotFound(w, r)
	}
}

var securityPolicy = regexp.MustCompile(`<meta http-equiv="Content-Security-Policy"[^>]*>`)

// checked is a page with axe-core in it, which its own security policy would not let in.
func (s *site) checked(w http.ResponseWriter, name string) {
	src, err := os.ReadFile(filepath.Join(pages, filepath.Base(name)+".html"))
	if err != nil {
		http.Error(w, err.Error(), http.StatusNotFound)
		return
	}
	page := securityPolicy.ReplaceAllString(string(src), "")
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	fmt.Fprint(w, strings.Replace(page, "</body>", check+"</body>", 1))
}

const check = `<script src="/axe.js"></script><script>
document.querySelectorAll("details").forEach(d => d.open = true);
axe.run(document, {resultTypes: ["violations"]}).then(r => {
  const found = r.violations.map(v => v.id + ": " + v.nodes.map(n => n.html + " " + n.failureSummary).join("; "));
  document.body.textContent = "RESULT" + JSON.stringify({passes: r.passes.length, found}) + "END";
});
</script>`

// frames shows a page in several widths and measures it, everything unfolded.
const frames = `<!doctype html><title>frames</title><body><script>
(async () => {
  const found = [];
  for (const width of [320, 360, 800, 1600]) {
    const frame = document.createElement("iframe");
    frame.style.cssText = "border:0;height:700px;width:" + width + "px";
    frame.src = "/page/%s";
    document.body.append(frame);
    await new Promise(done => frame.onload = done);
    const page = frame.contentDocument;
    page.querySelectorAll("details").forEach(d => d.open = true);
    if (page.documentElement.scrollWidth > page.documentElement.clientWidth) found.push(width + " pixels: it scrolls to " + page.documentElement.scrollWidth);
    if (page.querySelectorAll(".ring").length === 0) found.push("no rings");
    for (const loaded of frame.contentWindow.performance.getEntriesByType("resource")) found.push("it loads " + loaded.name);
    const age = Date.now() - Date.parse(page.getElementById("as-of").dataset.time);
    if (page.getElementById("old").hidden !== age < 3 * 36e5) found.push("the sign of an old page is wrong");
    frame.remove();
  }
  document.body.textContent = "RESULT" + JSON.stringify({passes: 4, found}) + "END";
})();
</script></body>`

type result struct {
	Passes int
	Found  []string
}

// show opens a path and returns what its script found, and what the browser logged on the console.
func (s *site) show(t *testing.T, path string, flags ...string) (result, string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Minute) // against a browser that hangs
	defer cancel()
	args := append([]string{"--headless", "--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update",
		"--no-first-run", "--enable-logging=stderr", "--virtual-time-budget=30000", "--user-data-dir=" + t.TempDir(),
		"--proxy-server=" + s.URL, "--proxy-bypass-list=<-loopback>", "--dump-dom"}, flags...)
	cmd := exec.CommandContext(ctx, browser(t), append(args, s.URL+path)...)
	var log strings.Builder
	cmd.Stderr = &log
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("the browser: %v\n%s", err, log.String())
	}
	_, text, _ := strings.Cut(string(out), "RESULT")
	text, _, ok := strings.Cut(text, "END")
	var r result
	if !ok || json.Unmarshal([]byte(html.UnescapeString(text)), &r) != nil || r.Passes == 0 {
		t.Fatalf("%s has no result:\n%.2000s\n%s", path, out, log.String())
	}
	return r, console(log.String())
}

// browser is the program that systems have under one of two names.
func browser(t *testing.T) string {
	t.Helper()
	for _, name := range []string{"chromium", "google-chrome"} {
		if path, err := exec.LookPath(name); err == nil {
			return path
		}
	}
	t.Fatal("there is neither chromium nor google-chrome: install one")
	return ""
}

// console is what pages logged, errors of their security policy too.
func console(log string) string {
	var lines []string
	for line := range strings.Lines(log) {
		if strings.Contains(line, "CONSOLE") {
			lines = append(lines, line)
		}
	}
	return strings.Join(lines, "")
}

// TestLayout: no page scrolls sideways, logs anything, or asks for anything but itself. That holds for hostile names too.
func TestLayout(t *testing.T) {
	for _, name := range pageNames(t) {
		s := newSite(t)
		r, log := s.show(t, "/frames/"+name)
		for _, found := range r.Found {
			t.Errorf("%s: %s", name, found)
		}
		if log != "" {
			t.Errorf("%s logs on the console:\n%s", name, log)
		}
		host := strings.TrimPrefix(s.URL, "http://")
		allowed := []string{"GET " + host + "/frames/" + name, "GET " + host + "/page/" + name, "GET " + host + "/favicon.ico"} // the icon is that of the frames
		for _, request := range s.seen {
			if !slices.Contains(allowed, request) && !ownTalk.MatchString(request) {
				t.Errorf("%s: the browser asks for %s", name, request)
			}
		}
	}
}

// ownTalk is what the browser asks for by itself, whatever it shows.
var ownTalk = regexp.MustCompile(`^[A-Z]+ [a-z0-9.]+\.(google|googleapis|gvt1)\.com[:/]`)

// TestAccessibility: axe-core finds nothing to complain about, the contrast of text included, in light and in dark.
func TestAccessibility(t *testing.T) {
	for mode, flags := range map[string][]string{"light": nil, "dark": {"--force-dark-mode"}} {
		for _, name := range pageNames(t) {
			r, _ := newSite(t).show(t, "/checked/"+name, flags...)
			for _, found := range r.Found {
				t.Errorf("%s, %s: %s", name, mode, found)
			}
		}
	}
}
