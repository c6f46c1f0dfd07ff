package github_test

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/wizzense/deployment-rings/action/internal/github"
)

// TestUnencrypted: an API without encryption is refused before anything is asked, unless it is on this machine.
func TestUnencrypted(t *testing.T) {
	for root, allowed := range map[string]bool{
		"https://github.example/api/v3":           true,
		"http://127.0.0.1:8080/api/v3":            true,
		"http://[::1]/api/v3":                     true,
		"http://localhost/api/v3":                 true,
		"http://github.example/api/v3":            false,
		"http://10.1.2.3/api/v3":                  false,
		"http://127.0.0.1.github.example/api/v3":  false,
		"HTTP://github.example/api/v3":            false,
		"http://localhost:80@github.example":      false,
		"ftp://127.0.0.1":                         false,
		"https:github.example":                    false,
		"http://127.0.0.1:8080.github.example/v3": false,
	} {
		_, err := github.New(github.Options{Root: root, Repository: "o/n", Token: token})
		if (err == nil) != allowed {
			t.Errorf("New with the root %s = %v, allowed %v", root, err, allowed)
		}
	}
	_, err := github.New(github.Options{Root: "http://github.example:8080/api/v3", Repository: "o/n"})
	want := "the root of the GitHub API is http://github.example:8080: without encryption others could read the token on the way, and change what GitHub answers. " +
		"Give the address that begins with https (GITHUB_API_URL, or GITHUB_SERVER_URL); http is for this machine alone"
	if err == nil || err.Error() != want {
		t.Errorf("New = %v\nwant %s", err, want)
	}
}

// TestOptions: a repository and a root that are none are refused, and the message has no password of the root.
func TestOptions(t *testing.T) {
	for _, o := range []github.Options{
		{Repository: ""}, {Repository: "aitherzero"}, {Repository: "a/b/c"}, {Repository: "a/b?x"},
		{Repository: "a/b", Root: "api.github.com"}, {Repository: "a/b", Root: "ftp://x"}, {Repository: "a/b", Root: "https://user:" + token + "@x"},
	} {
		if _, err := github.New(o); err == nil || strings.Contains(err.Error(), token) {
			t.Errorf("New(%+v) = %v", o, err)
		}
	}
}

// A drip is a body of which a byte comes every second, for ever.
type drip struct{ ctx context.Context }

func (d drip) Read(p []byte) (int, error) {
	p[0] = ' '
	return 1, pause(d.ctx, time.Second)
}

func (drip) Close() error { return nil }

type roundTrip func(*http.Request) (*http.Response, error)

func (f roundTrip) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

// TestDrip: an answer that comes slowly is no answer, whether it would be a success or not.
func TestDrip(t *testing.T) {
	for _, status := range []int{200, 404} {
		synctest.Test(t, func(t *testing.T) {
			began := time.Now()
			o := github.Options{Sleep: pause, Transport: roundTrip(func(r *http.Request) (*http.Response, error) {
				return &http.Response{StatusCode: status, Body: drip{r.Context()}, Request: r}, nil
			})}
			_, err := client(t, o).TagCommit(t.Context(), "v1")
			if err == nil || !strings.Contains(err.Error(), "no answer within 10s; tried 3 times") {
				t.Errorf("TagCommit = %v", err)
			}
			if took := time.Since(began); took != 35*time.Second {
				t.Errorf("%d: took %v, want 35s", status, took)
			}
		})
	}
}

// TestTooLarge: what is larger than an honest answer, or all of it together, is not collected, and not asked for again.
func TestTooLarge(t *testing.T) {
	element := fmt.Sprintf(`{"number":1,"body":%q},`, strings.Repeat("b", 100_000))
	page := "[" + strings.Repeat(element, 99) + `{"number":1}]`
	for name, c := range map[string]struct {
		answer func(io.Writer)
		says   string
		asked  int // at most
	}{
		"one answer":   {func(w io.Writer) { io.WriteString(w, strings.Repeat(" ", 17<<20)) }, "the answer is too large: more than 16777216 bytes", 1},
		"elements":     {func(w io.Writer) { io.WriteString(w, "["+strings.Repeat("{},", 200_000)+"{}]") }, "the answer is too large: more than 100000 elements", 1},
		"all together": {func(w io.Writer) { io.WriteString(w, page) }, "the answer is too large: all of this run take more than 50331648 bytes of memory", 20},
	} {
		t.Run(name, func(t *testing.T) {
			asked := make(chan string, 1000)
			server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				asked <- r.URL.Path
				w.Header().Set("Link", fmt.Sprintf(`<http://%s%s?page=2>; rel="next"`, r.Host, r.URL.Path))
				c.answer(w)
			}))
			defer server.Close()
			all, err := issues(t.Context(), client(t, github.Options{Root: server.URL}))
			if all != nil || err == nil || !strings.Contains(err.Error(), c.says) {
				t.Errorf("List = %d issues, %v, want %q", len(all), err, c.says)
			}
			if n := len(asked); n > c.asked {
				t.Errorf("asked %d times, want at most %d", n, c.asked)
			}
		})
	}
}

// TestEndless: a list without an end, and a redirect in circles, are no answers. They end.
func TestEndless(t *testing.T) {
	for name, c := range map[string]struct {
		answer func(http.ResponseWriter, *http.Request)
		says   string
	}{
		"a list": {func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Link", fmt.Sprintf(`<http://%s%s?page=2>; rel="next"`, r.Host, r.URL.Path))
			fmt.Fprint(w, `[{"number": 1}]`)
		}, "it has more than 200 pages"},
		"a page without anything before another": {func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Link", fmt.Sprintf(`<http://%s%s?page=2>; rel="next"`, r.Host, r.URL.Path))
			fmt.Fprint(w, `[]`)
		}, "a page is empty, and there is another one"},
		"a redirect": {func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, r.URL.Path, http.StatusFound) }, "it redirects in circles"},
		"a long message": {func(w http.ResponseWriter, _ *http.Request) {
			w.WriteHeader(http.StatusTeapot)
			fmt.Fprintf(w, `{"message": "Validation Failed", "errors": [{"message": %q}]}`, strings.Repeat("é", 5000))
		}, "GitHub refuses this (418: Validation Failed, éé"},
	} {
		server := httptest.NewServer(http.HandlerFunc(c.answer))
		defer server.Close()
		_, err := issues(t.Context(), client(t, github.Options{Root: server.URL}))
		if err == nil || !strings.Contains(err.Error(), c.says) || len(err.Error()) > 1500 {
			t.Errorf("%s: %v", name, err)
		}
	}
}
