package e2e_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
)

// A recorder is a proxy that notes what it is asked for, and answers nothing.
type recorder struct {
	*httptest.Server
	mu    sync.Mutex
	asked []string
}

func newRecorder(t *testing.T) *recorder {
	r := &recorder{}
	r.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		r.mu.Lock()
		defer r.mu.Unlock()
		r.asked = append(r.asked, req.Method+" "+req.RequestURI+" "+req.Header.Get("Authorization"))
		http.NotFound(w, req)
	}))
	t.Cleanup(r.Close)
	return r
}

// Without encryption the token goes to this machine alone, whatever looks like it.
func TestStartSendsNoTokenUnencrypted(t *testing.T) {
	t.Parallel()
	p := programOf(t, []byte(downloaded))
	for _, api := range []string{
		"http://github.example/api/v3", "http://10.0.0.5", "http://127.0.0.1.example/api/v3", "http://127.0.0.1@github.example/api/v3",
		"http://127.0.0.1:80@github.example/", "http://localhost.example", "http://127.0.0.256/api/v3", "http://[::2]/api/v3", "ftp://127.0.0.1/",
	} {
		h := newHost(t, nil)
		proxy := newRecorder(t)
		m := newMachine(t, releaseFile(p, "linux_amd64"), h.URL)
		m.env["INPUT_GITHUB-TOKEN"], m.env["GITHUB_API_URL"] = secret, api
		m.env["http_proxy"], m.env["https_proxy"], m.env["ALL_PROXY"] = proxy.URL, proxy.URL, proxy.URL
		m.check(t, 0, builtFor(h.URL+home+asset+" answers 404; "+strings.TrimSuffix(api, "/")+" is not encrypted, so the token did not go there; https://github.com"+home+asset+": curl: …"))
		if asked := strings.Join(append(proxy.asked, h.asked...), "\n"); strings.Contains(asked, secret) || strings.Contains(asked, "/repos/") {
			t.Errorf("%s: the token left this machine:\n%s", api, asked)
		}
	}
}

// What is on this machine is asked without a proxy, which would see the token.
func TestStartAsksThisMachineWithoutAProxy(t *testing.T) {
	t.Parallel()
	p := programOf(t, []byte(downloaded))
	h := newHost(t, map[string]http.HandlerFunc{tagPath: text("application/json", described), filePath: download(p.gz)})
	proxy := newRecorder(t)
	for _, name := range []string{"127.0.0.1", "localhost"} {
		m := newMachine(t, releaseFile(p, "linux_amd64"), strings.Replace(h.URL, "127.0.0.1", name, 1))
		m.env["INPUT_GITHUB-TOKEN"], m.env["http_proxy"], m.env["no_proxy"] = secret, proxy.URL, "example"
		m.check(t, 0, ranDownloaded)
	}
	if len(proxy.asked) != 0 {
		t.Errorf("the proxy was asked for %q", proxy.asked)
	}
}

// An answer that does not end, or says that it is large, fills neither disk nor memory.
func TestStartTakesNoLargeAnswer(t *testing.T) {
	t.Parallel()
	p := programOf(t, []byte(downloaded))
	for name, answer := range map[string]http.HandlerFunc{
		"curl: (63) …": func(w http.ResponseWriter, _ *http.Request) { w.Header().Set("Content-Length", "1000000000000") },
		"curl: (23) …": func(w http.ResponseWriter, r *http.Request) {
			for block := make([]byte, 1<<20); r.Context().Err() == nil; {
				w.Write(block)
			}
		},
	} {
		h := newHost(t, map[string]http.HandlerFunc{home + asset: answer})
		newMachine(t, releaseFile(p, "linux_amd64"), h.URL).check(t, 0, builtFor(h.URL+home+asset+": "+name))
	}
}
