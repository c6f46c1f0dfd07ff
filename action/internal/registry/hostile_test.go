package registry_test

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/wizzense/deployment-rings/action/internal/registry"
)

// The job token goes to ghcr.io alone, even if ghcr.io names another host as its token service.
func TestJobTokenStaysHome(t *testing.T) {
	for realm, allowed := range map[string]bool{
		"https://ghcr.io/token":         true,
		"https://evil.example/token":    false,
		"https://ghcr.io.evil/token":    false,
		"https://evil.example/?ghcr.io": false,
	} {
		w := newWorld(t)
		source := w.store.image(t, "source", "one")
		w.wire.handler = http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
			switch {
			case r.Host != "ghcr.io":
				t.Errorf("%s: %s was asked with %q", realm, r.URL, r.Header.Get("Authorization"))
			case r.URL.Path == "/token":
				fmt.Fprint(rw, `{"token":"for a while"}`)
			case r.Header.Get("Authorization") == "Bearer for a while":
				w.store.ServeHTTP(rw, r)
			default:
				rw.Header().Set("WWW-Authenticate", fmt.Sprintf("Bearer realm=%q", realm))
				rw.WriteHeader(http.StatusUnauthorized)
			}
		})
		c := registry.New(registry.Options{Transport: w.wire, Keychain: anonymous{}, Token: jobToken, Sleep: w.slept.sleep})
		digest, _, err := c.Resolve(t.Context(), "ghcr.io/owner/app:source")
		if allowed != (err == nil && digest == source.Digest) {
			t.Errorf("%s: Resolve = %s, %v", realm, digest, err)
		}
		if !allowed && (err == nil || !strings.Contains(err.Error(), "the credentials for ghcr.io would go to ") || strings.Contains(err.Error(), jobToken)) {
			t.Errorf("%s: Resolve = %v, want an error about the credentials", realm, err)
		}
	}
}

// The handshake, which has redirects of its own, does not lead from an encrypted connection to a plain one.
func TestHandshakeStaysEncrypted(t *testing.T) {
	w := newWorld(t)
	w.wire.handler = http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		if r.Host == "127.0.0.1" {
			t.Errorf("%s was asked", r.URL)
		}
		http.Redirect(rw, r, "http://127.0.0.1/v2/", http.StatusFound)
	})
	c := registry.New(registry.Options{Transport: w.wire, Keychain: anonymous{}, Token: jobToken, Sleep: w.slept.sleep})
	_, _, err := c.Resolve(t.Context(), "ghcr.io/owner/app:source")
	if err == nil || !strings.Contains(err.Error(), "the registry redirects from https to http, which is refused") {
		t.Errorf("Resolve = %v", err)
	}
}

// Redirects in circles end, and are not followed again.
func TestRedirectsInCircles(t *testing.T) {
	w := newWorld(t)
	w.wire.handler = http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		if r.URL.Path != "/v2/" {
			http.Redirect(rw, r, r.URL.Path, http.StatusFound)
		}
	})
	_, _, err := w.Resolve(t.Context(), app+":latest")
	if err == nil || !strings.Contains(err.Error(), "stopped after 10 redirects") || w.wire.requests() != 10 {
		t.Errorf("Resolve = %v after %d requests, want an error after 10", err, w.wire.requests())
	}
}

// A registry that wants to be asked much later is not asked again.
func TestRetryAfterYears(t *testing.T) {
	for after, want := range map[string]string{
		"31":                            "the registry answers 429 Too Many Requests, and asks to come again in 31s",
		"3600":                          "the registry answers 429 Too Many Requests, and asks to come again in 1h0m0s",
		"99999999999999999999":          "the registry answers 429 Too Many Requests, and asks to come again in 596523h14m7s",
		"Fri, 01 Jan 2066 00:00:00 GMT": "the registry answers 429 Too Many Requests, and asks to come again in ",
	} {
		w := newWorld(t)
		w.wire.fault = func(_ int, req *http.Request, _ func() *http.Response) (*http.Response, error) {
			return answer(req, 429, map[string]string{"Retry-After": after, "Date": "Tue, 03 Mar 2026 12:00:00 GMT"}, ""), nil
		}
		_, _, err := w.Resolve(t.Context(), app+":latest")
		if err == nil || !strings.Contains(err.Error(), want) || w.slept.all != nil || w.wire.requests() != 1 {
			t.Errorf("Retry-After: %s: %v after %d requests and naps of %v, want %q at once", after, err, w.wire.requests(), w.slept.all, want)
		}
	}
}

// Each request, with all of its tries and waits, ends within a minute.
func TestAMinuteForACall(t *testing.T) {
	for name, c := range map[string]struct {
		answer func(*http.Request) (*http.Response, error)
		took   time.Duration
		says   string
	}{
		"no answer": {func(r *http.Request) (*http.Response, error) { <-r.Context().Done(); return nil, r.Context().Err() }, time.Minute, " in all"},
		"a drip": {func(r *http.Request) (*http.Response, error) {
			return &http.Response{StatusCode: 200, Header: http.Header{}, Body: drip{r.Context()}, Request: r}, nil
		}, time.Minute, "the connection was lost: "},
		"busy for 29 s": {func(r *http.Request) (*http.Response, error) {
			return answer(r, 429, map[string]string{"Retry-After": "29"}, ""), nil
		}, 58 * time.Second, "the registry answers 429 Too Many Requests, and asks to come again in 29s; tried 3 times"},
		"busy for 30 s": {func(r *http.Request) (*http.Response, error) {
			return answer(r, 429, map[string]string{"Retry-After": "30"}, ""), nil
		}, 30 * time.Second, "the registry answers 429 Too Many Requests, and asks to come again in 30s; tried 2 times"},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				began := time.Now()
				_, _, err := registry.New(registry.Options{Keychain: anonymous{}, Transport: roundTrip(c.answer)}).Resolve(t.Context(), "ghcr.io/owner/app:latest")
				if took := time.Since(began); took != c.took {
					t.Errorf("took %v, want %v", took, c.took)
				}
				if err == nil || !strings.Contains(err.Error(), c.says) {
					t.Errorf("Resolve = %v, want %q", err, c.says)
				}
			})
		})
	}
}

type roundTrip func(*http.Request) (*http.Response, error)

func (f roundTrip) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

// A drip is a body of which a byte comes every second, for ever.
type drip struct{ ctx context.Context }

func (d drip) Read(p []byte) (int, error) {
	p[0] = ' '
	select {
	case <-d.ctx.Done():
		return 0, d.ctx.Err()
	case <-time.After(time.Second):
		return 1, nil
	}
}

func (drip) Close() error { return nil }

// Lists that no registry has are errors, and are not read again.
func TestHostileLists(t *testing.T) {
	many := func(w io.Writer) {
		io.WriteString(w, `{"tags":["0.0.0"`)
		for i := range 100_000 {
			fmt.Fprintf(w, `,"1.%d.0"`, i)
		}
		io.WriteString(w, "]}")
	}
	long := func(text string) string { return strings.Repeat(text, 16<<20) }
	for name, c := range map[string]struct {
		list func(io.Writer)
		says string
	}{
		"a long tag":  {func(w io.Writer) { io.WriteString(w, `{"tags":["`+strings.Repeat("a", 129)+`"]}`) }, "the answer is not a list of tags"},
		"no tag":      {func(w io.Writer) { io.WriteString(w, `{"tags":["1.0.0",null]}`) }, "the answer is not a list of tags"},
		"a long key":  {func(w io.Writer) { io.WriteString(w, `{"`+long("a")+`":1,"tags":[]}`) }, "the answer is too large"},
		"a long name": {func(w io.Writer) { io.WriteString(w, `{"name":"`+long("a")+`","tags":[]}`) }, "the answer is too large"},
		"space":       {func(w io.Writer) { io.WriteString(w, `{"tags":[`+long(" ")+`]}`) }, "the answer is too large"},
		"depth": {func(w io.Writer) {
			io.WriteString(w, `{"x":`+strings.Repeat("[", 11_000)+strings.Repeat("]", 11_000)+`,"tags":[]}`)
		}, "the answer is not a list of tags"},
		"too many tags":    {func(w io.Writer) { io.WriteString(w, `{"tags":[`+strings.Repeat(`"a",`, 100_001)+`"a"]}`) }, "the answer is too large"},
		"depth in tags":    {func(w io.Writer) { io.WriteString(w, `{"tags":[[["a"]]]}`) }, "the answer is not a list of tags"},
		"100,001 versions": {many, "has more than 100000 versions: give known-versions those that matter"},
	} {
		t.Run(name, func(t *testing.T) {
			lists := 0
			w := newWorld(t)
			w.wire.handler = http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
				if strings.HasSuffix(r.URL.Path, "/tags/list") {
					lists++
					c.list(rw)
				}
			})
			got, err := w.Versions(t.Context(), app)
			if err == nil || !strings.Contains(err.Error(), c.says) || got != nil || len(w.slept.all) != 0 {
				t.Errorf("Versions = %d versions, %v after %d retries, want %q", len(got), err, len(w.slept.all), c.says)
			}
		})
	}
}

// A list that goes on and on, in whatever order, ends before it fills the memory.
func TestListWithoutAnEnd(t *testing.T) {
	w := newWorld(t)
	lists, tags := 0, []byte(`{"tags":["z"`)
	for i := range 90_000 {
		tags = fmt.Appendf(tags, `,"#-%d"`, i)
	}
	w.wire.handler = http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		if !strings.HasSuffix(r.URL.Path, "/tags/list") {
			return
		}
		lists++
		rw.Header().Set("Link", fmt.Sprintf("<%s?page=%d>; rel=next", r.URL.Path, lists))
		rw.Write(bytes.ReplaceAll(tags, []byte("#"), fmt.Append(nil, lists)))
		io.WriteString(rw, "]}")
	})
	got, err := w.Versions(t.Context(), app)
	if err == nil || !strings.Contains(err.Error(), "there are more than 1000000 tags") || got != nil || lists > 15 {
		t.Errorf("Versions = %d versions, %v after %d pages, want an error", len(got), err, lists)
	}
}

// What a list has beside the tags is passed over, whatever it is.
func TestListWithMoreInIt(t *testing.T) {
	w := newWorld(t)
	w.wire.handler = http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		if strings.HasSuffix(r.URL.Path, "/tags/list") && r.URL.Query().Get("last") == "" {
			fmt.Fprint(rw, `{"name":"x","child":[],"manifest":{"a":{"tag":["b"],"n":1.5e3}},"ok":true,"none":null,"tags":["1.0.0","2.0.0"],"more":[[{}],"x"]}`)
		} else if strings.HasSuffix(r.URL.Path, "/tags/list") {
			fmt.Fprint(rw, `{"tags":null}`)
		}
	})
	got, err := w.Versions(t.Context(), app)
	if err != nil || strings.Join(got, " ") != "1.0.0 2.0.0" {
		t.Errorf("Versions = %q, %v", got, err)
	}
}

// A manifest or configuration that is larger than any is an error, and so is an answer of a handshake.
func TestLargeAnswers(t *testing.T) {
	for name, c := range map[string]struct {
		path, body, says string
	}{
		"manifest":                  {"/manifests/", strings.Repeat(" ", 4<<20+1), "the answer is too large: more than 4194304 bytes"},
		"manifest of many parts":    {"/manifests/", `{"layers":[` + strings.Repeat("{},", 200_000) + "{}]}", "the answer is too large: more than 100000 elements"},
		"configuration":             {"/blobs/", strings.Repeat(" ", 4<<20+1), "the answer is too large: more than 4194304 bytes"},
		"what refuses":              {"/manifests/", "", "body exceeds 65536 byte limit"},
		"what refuses a handshake":  {"/v2/", "", "body exceeds 65536 byte limit"},
		"token that is a long text": {"/token", `{"token":"` + strings.Repeat("a", 1<<20), "body exceeds 65536 byte limit"},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			w.store.image(t, "latest", "one")
			w.wire.handler = http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
				switch {
				case !strings.Contains(r.URL.Path, c.path) || c.path == "/v2/" && r.URL.Path != c.path:
					if c.path == "/token" {
						rw.Header().Set("WWW-Authenticate", `Bearer realm="https://ghcr.io/token"`)
						rw.WriteHeader(http.StatusUnauthorized)
						return
					}
					w.store.ServeHTTP(rw, r)
				case c.body == "":
					rw.WriteHeader(http.StatusForbidden)
					io.WriteString(rw, strings.Repeat("a", 1<<20))
				default:
					io.WriteString(rw, c.body)
				}
			})
			_, _, err := w.Labels(t.Context(), "ghcr.io/owner/app:latest")
			if err == nil || !strings.Contains(err.Error(), c.says) || len(w.slept.all) != 0 {
				t.Errorf("Labels = %.300v after %d retries, want %q", err, len(w.slept.all), c.says)
			}
		})
	}
}

// A body without an end that follows a good handshake does not keep a run: what is not needed of it is left.
func TestHandshakeWithoutAnEnd(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path != "/v2/" {
			http.NotFound(w, r)
			return
		}
		for block := make([]byte, 1<<16); r.Context().Err() == nil; {
			w.Write(block)
		}
	}))
	defer server.Close()
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second) // less than a try may take
	defer cancel()
	_, found, err := registry.New(registry.Options{Keychain: anonymous{}}).Resolve(ctx, strings.TrimPrefix(server.URL, "http://")+"/owner/app:latest")
	if found || err != nil {
		t.Errorf("Resolve = %v, %v, want nothing and no error", found, err)
	}
}

// A wait that is longer than the call may still take ends the tries at once, and it is said how long it would have been.
func TestRetryAfterTheEndOfTheCall(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		busy := roundTrip(func(r *http.Request) (*http.Response, error) {
			return answer(r, 503, map[string]string{"Retry-After": "16"}, ""), nil
		})
		ctx, cancel := context.WithTimeout(t.Context(), 15*time.Second)
		defer cancel()
		began := time.Now()
		_, err := registry.New(registry.Options{Keychain: anonymous{}, Transport: busy}).Pointers(ctx, "ghcr.io/owner/app", "latest")
		if took := time.Since(began); took != 0 || err == nil || !strings.Contains(err.Error(), "the registry answers 503 Service Unavailable, and asks to come again in 16s") {
			t.Errorf("Pointers = %v after %v, want at once when to come again", err, took)
		}
	})
}
