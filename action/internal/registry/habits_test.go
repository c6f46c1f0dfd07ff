package registry_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/wizzense/deployment-rings/action/internal/registry"
)

// A served is a request to a registry with a habit, and the registry without it.
type served struct {
	*http.Request
	w     http.ResponseWriter
	store *store
	nth   int // of the requests that are like this one, from 1
}

// plainly serves the request without a habit.
func (s served) plainly() { s.store.ServeHTTP(s.w, s.Request) }

// quietly serves the request without a habit, and returns the answer, which is not sent.
func (s served) quietly() *httptest.ResponseRecorder {
	rec := httptest.NewRecorder()
	s.store.ServeHTTP(rec, s.Request)
	return rec
}

// refuse answers as registries refuse.
func (s served) refuse(status int, code, message string) {
	s.w.WriteHeader(status)
	fmt.Fprintf(s.w, `{"errors":[{"code":%q,"message":%q}]}`, code, message)
}

// send passes an answer on.
func (s served) send(status int, rec *httptest.ResponseRecorder) {
	for key, values := range rec.Header() {
		s.w.Header()[key] = values
	}
	s.w.WriteHeader(status)
	s.w.Write(rec.Body.Bytes())
}

// page answers with some of the tags, which are those of the store when the test begins.
func (s served) page(tags []string, link string) {
	if link != "" {
		s.w.Header().Set("Link", "<"+link+`>; rel="next"`)
	}
	json.NewEncoder(s.w).Encode(map[string]any{"name": "owner/app", "tags": tags})
}

var habitTags = []string{"1.0.0", "1.4.0", "latest", "source", "taken"}

// place is that of a tag, behind the last one where there is none.
func place(i int) int {
	if i < 0 {
		return len(habitTags)
	}
	return i
}

const habitList = "/v2/owner/app/tags/list"

// paged lists tags two by two, with links that an address makes of the last tag.
func paged(link func(last string) string) func(served) {
	return func(s served) {
		first := slices.Index(habitTags, s.URL.Query().Get("last")) + 1
		tags := habitTags[first:min(first+2, len(habitTags))]
		next := ""
		if first+2 < len(habitTags) {
			next = link(tags[len(tags)-1])
		}
		s.page(tags, next)
	}
}

// habits are those of docs/registries.md, by the names that they have there. A habit serves requests whose method and path
// begin so; others are served as the registry in memory does.
var habits = []struct {
	name  string
	begin string // of "METHOD /path" behind the repository
	serve func(served)
	says  string // what Move says; "": it succeeds
}{
	{"202 to a manifest", "", accepts(http.StatusAccepted), ""},
	{"200 to a manifest", "", accepts(http.StatusOK), ""},
	{"a tag that shows for a while what was there before", "GET manifests/latest", stale("latest", 4), ""},
	{"404 right after a write", "GET manifests/1.5.0", func(s served) {
		if rec := s.quietly(); rec.Code == http.StatusOK && s.nth < 6 {
			s.refuse(http.StatusNotFound, "MANIFEST_UNKNOWN", "manifest unknown")
		} else {
			s.send(rec.Code, rec)
		}
	}, ""},
	{"a tag that shows for ever what was there before", "GET manifests/latest", stale("latest", 1000), "latest still points to OLD after it was set to SOURCE"},
	{"a link with a path that is not served", "GET ", func(s served) {
		switch {
		case strings.HasPrefix(s.URL.Path, "/repository/"):
			s.refuse(http.StatusBadRequest, "UNSUPPORTED", "not a Docker request")
		case s.URL.Path == habitList:
			paged(func(last string) string {
				return "http://inside:8081/repository/docker" + habitList + "?n=2&last=" + last
			})(s)
		default:
			s.plainly()
		}
	}, ""},
	{"a link to a page of a web server", "GET ", func(s served) {
		switch {
		case strings.HasPrefix(s.URL.Path, "/elsewhere/"):
			fmt.Fprint(s.w, "<html>Sign in")
		case s.URL.Path == habitList:
			paged(func(last string) string { return "/elsewhere" + habitList + "?n=2&last=" + last })(s)
		default:
			s.plainly()
		}
	}, ""},
	{"a link to another host", "GET tags/list", paged(func(last string) string { return "https://evil.example" + habitList + "?n=2&last=" + last }), ""},
	{"a relative link", "GET tags/list", paged(func(last string) string { return habitList + "?n=2&last=" + last }), ""},
	{"a link with a token in place of the last tag", "GET tags/list", func(s served) {
		at, _ := strconv.Atoi(s.URL.Query().Get("next_page"))
		if s.URL.Query().Has("last") {
			at = slices.Index(habitTags, s.URL.Query().Get("last")) + 1
		}
		next := ""
		if at+2 < len(habitTags) {
			next = fmt.Sprintf("%s?n=2&next_page=%d", habitList, at+2)
		}
		s.page(habitTags[at:min(at+2, len(habitTags))], next)
	}, ""},
	{"a link on the last page too", "GET tags/list", func(s served) {
		after := slices.IndexFunc(habitTags, func(t string) bool { return t > s.URL.Query().Get("last") })
		s.page(habitTags[place(after):], habitList+"?n=1000&last=taken")
	}, ""},
	{"no link although there is more", "GET tags/list", paged(func(string) string { return "" }), ""},
	{"tags in no order", "GET tags/list", func(s served) { s.page([]string{"taken", "1.4.0", "source", "1.0.0", "latest"}, "") }, ""},
	{"406 to a list where a kind of manifest is asked for", "GET tags/list", func(s served) {
		if a := s.Header.Get("Accept"); a != "" && !strings.Contains(a, "json") {
			s.refuse(http.StatusNotAcceptable, "UNSUPPORTED", "")
			return
		}
		s.plainly()
	}, ""},
	{"heads without a digest", "HEAD manifests/", func(s served) {
		rec := s.quietly()
		rec.Header().Del("Docker-Content-Digest")
		s.send(rec.Code, rec)
	}, ""},
	{"no heads", "HEAD manifests/", func(s served) { s.refuse(http.StatusMethodNotAllowed, "UNSUPPORTED", "") }, ""},
	{"no digest in any header", "GET manifests/", func(s served) {
		rec := s.quietly()
		rec.Header().Del("Docker-Content-Digest")
		s.send(rec.Code, rec)
	}, ""},
	{"a kind of manifest with parameters", "GET manifests/", func(s served) {
		rec := s.quietly()
		rec.Header().Set("Content-Type", rec.Header().Get("Content-Type")+"; charset=utf-8")
		s.send(rec.Code, rec)
	}, ""},
	{"429", "GET manifests/latest", func(s served) {
		if s.nth == 1 {
			s.w.Header().Set("Retry-After", "20")
			s.refuse(http.StatusTooManyRequests, "TOOMANYREQUESTS", "you have reached your pull rate limit")
			return
		}
		s.plainly()
	}, ""},
	{"429 for hours", "GET manifests/latest", func(s served) {
		s.w.Header().Set("Retry-After", "21600")
		s.refuse(http.StatusTooManyRequests, "TOOMANYREQUESTS", "you have reached your pull rate limit")
	}, "latest: the registry answers 429 Too Many Requests, and asks to come again in 6h0m0s"},
	{"an immutable tag, refused with 400", "PUT manifests/latest", func(s served) {
		s.refuse(http.StatusBadRequest, "TAG_INVALID", "The image tag 'latest' already exists and cannot be overwritten because the repository is immutable.")
	}, "cannot write APP:latest: TAG_INVALID The image tag 'latest' already exists and cannot be overwritten because the repository is immutable."},
	{"an immutable tag, refused with 412", "PUT manifests/latest", func(s served) {
		s.refuse(http.StatusPreconditionFailed, "PRECONDITION", "configured as immutable")
	}, "cannot write APP:latest: PRECONDITION configured as immutable"},
	{"an immutable tag is refused although it is right", "PUT manifests/", func(s served) {
		if rec := s.quietly(); rec.Code == http.StatusCreated { // as if another run had written it just before
			s.refuse(http.StatusBadRequest, "TAG_INVALID", "already exists")
		}
	}, ""},
	{"401 for a repository that does not exist", "GET manifests/latest", func(s served) {
		s.w.Header().Set("WWW-Authenticate", `Bearer realm="https://auth.example/token",error="insufficient_scope"`)
		s.refuse(http.StatusUnauthorized, "UNAUTHORIZED", "authentication required")
	}, "the registry does not accept a request without credentials (401: UNAUTHORIZED authentication required): log in"},
}

// accepts answers with a status to what is written, which shows a little later.
func accepts(status int) func(served) {
	late := stale("latest", 1)
	return func(s served) {
		switch line := s.Method + s.URL.Path; {
		case s.Method == http.MethodPut:
			s.send(status, s.quietly())
		case strings.HasPrefix(line, "GET") && strings.HasSuffix(line, "/manifests/latest"):
			late(s)
		default:
			s.plainly()
		}
	}
}

// stale answers some reads of a tag, after it moved, with what it pointed to before.
func stale(tag string, times int) func(served) {
	var before *httptest.ResponseRecorder
	late := 0
	return func(s served) {
		now := s.quietly()
		if before == nil {
			before = now
		}
		if digestOf(now.Body.Bytes()) != digestOf(before.Body.Bytes()) && late < times {
			late++
			s.send(before.Code, before)
			return
		}
		s.send(now.Code, now)
	}
}

// TestHabits: with each habit tags are resolved and listed, labels are read, and tags move, or it is said what keeps them.
func TestHabits(t *testing.T) {
	for _, h := range habits {
		t.Run(h.name, func(t *testing.T) {
			w := newWorld(t)
			for _, tag := range []string{"1.0.0", "1.4.0", "latest", "taken"} {
				w.store.image(t, tag, "old")
			}
			old, source := w.store.tag("latest"), w.store.image(t, "source", "one")
			var mu sync.Mutex // one request at a time
			like := map[string]int{}
			w.wire.handler = http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
				if r.Host != "127.0.0.1" {
					t.Errorf("%s is asked", r.Host)
				}
				mu.Lock()
				defer mu.Unlock()
				line := r.Method + " " + strings.TrimPrefix(r.URL.Path, "/v2/owner/app/")
				like[line]++
				if r.URL.Path != "/v2/" && strings.HasPrefix(line, h.begin) {
					h.serve(served{r, rw, w.store, like[line]})
					return
				}
				w.store.ServeHTTP(rw, r)
			})

			versions, err := w.Versions(t.Context(), app)
			if diff := cmp.Diff([]string{"1.0.0", "1.4.0"}, versions); diff != "" || err != nil {
				t.Errorf("Versions: %v (-want +got):\n%s", err, diff)
			}
			tags, err := w.All(t.Context(), app)
			slices.Sort(tags)
			if diff := cmp.Diff(habitTags, slices.Compact(tags)); diff != "" || err != nil {
				t.Errorf("all tags: %v (-want +got):\n%s", err, diff)
			}
			at, err := w.Pointers(t.Context(), app, "source", "missing")
			if diff := cmp.Diff(map[string]string{"source": source.Digest, "missing": ""}, at); diff != "" || err != nil {
				t.Errorf("Pointers: %v (-want +got):\n%s", err, diff)
			}
			if l, found, err := w.Labels(t.Context(), app+":source"); !found || err != nil || l.Platforms[0].Labels["name"] != "one" {
				t.Errorf("Labels = %v, %v, %v", l, found, err)
			}
			r, err := w.Move(t.Context(), registry.Move{Image: app, Digest: source.Digest, Fixed: []string{"1.5.0"}, Moving: []string{"latest"}})
			says := strings.NewReplacer("OLD", old, "SOURCE", source.Digest, "APP", app).Replace(h.says)
			switch {
			case says == "" && (err != nil || !slices.Equal(r.Moved(), []string{"1.5.0", "latest"}) || w.store.tag("latest") != source.Digest):
				t.Errorf("Move = %v, moved %q", err, r.Moved())
			case says != "" && (err == nil || !strings.Contains(err.Error(), says)):
				t.Errorf("Move = %v, want %q", err, says)
			}
		})
	}
}

// Lists that have no tag, in each of the ways that registries say so.
func TestHabitsOfEmptyLists(t *testing.T) {
	for name, serve := range map[string]func(http.ResponseWriter){
		"tags that are null": func(w http.ResponseWriter) { fmt.Fprint(w, `{"name":"owner/app","tags":null}`) },
		"404 to a list without tags": func(w http.ResponseWriter) {
			w.WriteHeader(http.StatusNotFound)
			fmt.Fprint(w, `{"errors":[{"code":"NAME_UNKNOWN"}]}`)
		},
	} {
		c, _ := listing(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if r.URL.Path != "/v2/" {
				serve(w)
			}
		}))
		if versions, err := c.Versions(t.Context(), app); err != nil || len(versions) != 0 {
			t.Errorf("%s: Versions = %q, %v, want none", name, versions, err)
		}
	}
}

// A token service may call the token access_token.
func TestHabitAccessToken(t *testing.T) {
	w := newWorld(t)
	source := w.store.image(t, "source", "one")
	w.wire.handler = http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		switch {
		case r.URL.Path == "/token":
			fmt.Fprint(rw, `{"access_token":"for a while"}`)
		case r.Header.Get("Authorization") == "Bearer for a while":
			w.store.ServeHTTP(rw, r)
		default:
			rw.Header().Set("WWW-Authenticate", `Bearer realm="https://ghcr.io/token"`)
			rw.WriteHeader(http.StatusUnauthorized)
		}
	})
	c := registry.New(registry.Options{Transport: w.wire, Keychain: anonymous{}, Token: jobToken, Sleep: w.slept.sleep})
	if digest, _, err := c.Resolve(t.Context(), "ghcr.io/owner/app:source"); err != nil || digest != source.Digest {
		t.Errorf("Resolve = %s, %v, want %s", digest, err, source.Digest)
	}
}

// TestHabitsAreDocumented: docs/registries.md names the tested habits, and no others.
func TestHabitsAreDocumented(t *testing.T) {
	want := []string{"tags that are null", "404 to a list without tags", "access_token in place of token"}
	for _, h := range habits {
		want = append(want, h.name)
	}
	text, err := os.ReadFile("../../../docs/registries.md")
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, row := range regexp.MustCompile(`(?m)^\| ([^|]+?) \|`).FindAllStringSubmatch(string(text), -1) {
		if row[1] != "habit" {
			got = append(got, strings.ReplaceAll(row[1], "`", ""))
		}
	}
	slices.Sort(want)
	slices.Sort(got)
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("docs/registries.md has other habits than the tests (-want +got):\n%s", diff)
	}
}
