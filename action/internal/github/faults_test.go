package github_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strconv"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/wizzense/deployment-rings/action/internal/github"
	"github.com/wizzense/deployment-rings/action/internal/github/githubtest"
)

// TestFaults: what fails for good says why, which permission it takes, and what to do. What may pass is tried three times.
func TestFaults(t *testing.T) {
	soon := strconv.FormatInt(at("12:00:20").Unix(), 10)
	late := strconv.FormatInt(at("12:40:00").Unix(), 10)
	for name, c := range map[string]struct {
		fault githubtest.Fault
		says  string
		tries int
	}{
		"401":              {githubtest.Fault{Status: 401, Text: "Bad credentials"}, "GitHub does not accept the token (401: Bad credentials): a job token lives as long as its job", 1},
		"403":              {githubtest.Fault{Status: 403, Text: "Resource not accessible by integration"}, `the token may not do this (403: Resource not accessible by integration): give the job "permissions: contents: read"`, 1},
		"404":              {githubtest.Fault{Status: 404, Text: "Not Found"}, `there is no such thing, or the token may not see it (404: Not Found): give the job "permissions: contents: read"`, 1},
		"410":              {githubtest.Fault{Status: 410, Text: "Issues are disabled for this repo"}, "it is gone or turned off (410: Issues are disabled for this repo)", 1},
		"422":              {githubtest.Fault{Status: 422, Text: "No commit found for SHA"}, "GitHub refuses this (422: No commit found for SHA)", 1},
		"500":              {githubtest.Fault{Status: 500}, "GitHub has trouble (500: internal server error; tried 3 times): run again later", 3},
		"502":              {githubtest.Fault{Status: 502}, "GitHub has trouble (502: bad gateway; tried 3 times)", 3},
		"429":              {githubtest.Fault{Status: 429, Header: map[string]string{"Retry-After": "20"}}, "the rate limit is used up for 20s (429: too many requests; tried 3 times)", 3},
		"429, a long wait": {githubtest.Fault{Status: 429, Header: map[string]string{"Retry-After": "31"}}, "the rate limit is used up for 31s (429: too many requests): run again later", 1},
		"rate limit that ends soon": {githubtest.Fault{Status: 403, Text: "API rate limit exceeded", Header: map[string]string{"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": soon}},
			"the rate limit is used up until 2026-03-03T12:00:20Z (403: API rate limit exceeded; tried 3 times)", 3},
		"rate limit that ends late": {githubtest.Fault{Status: 403, Text: "API rate limit exceeded", Header: map[string]string{"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": late}},
			"the rate limit is used up until 2026-03-03T12:40:00Z (403: API rate limit exceeded): run again later", 1},
		"secondary rate limit":  {githubtest.Fault{Status: 403, Text: "You have exceeded a secondary rate limit"}, "the rate limit is used up (403: You have exceeded a secondary rate limit; tried 3 times)", 3},
		"the connection breaks": {githubtest.Fault{Drop: true}, "EOF; tried 3 times", 3},
		"the answer breaks off": {githubtest.Fault{Cut: true}, "the answer breaks off: unexpected EOF; tried 3 times", 3},
	} {
		t.Run(name, func(t *testing.T) {
			hub := githubtest.New(state())
			server := httptest.NewServer(hub)
			defer server.Close()
			hub.Break(c.fault)
			_, err := compare(t.Context(), client(t, github.Options{Root: server.URL, Now: func() time.Time { return at("12:00:00") }}))
			if err == nil || !strings.HasPrefix(err.Error(), "cannot read it: ") || !strings.Contains(err.Error(), c.says) {
				t.Errorf("Get = %v\ndoes not say: %s", err, c.says)
			}
			f := new(github.Failure)
			if !errors.As(err, &f) || f.Doing != "read it" || f.Needs != "contents: read" || f.Status != c.fault.Status {
				t.Errorf("Get = %+v, want a Failure of %+v with status %d", err, reading, c.fault.Status)
			}
			if n := len(hub.Requests()); n < c.tries || n > c.tries && !c.fault.Drop { // net/http itself tries again on another connection
				t.Errorf("asked %d times, want %d", n, c.tries)
			}
		})
	}
}

// TestWrites: what writes is tried again only where GitHub says that it did nothing.
func TestWrites(t *testing.T) {
	for name, c := range map[string]struct {
		fault githubtest.Fault
		tries int
		fails bool
	}{
		"none":                        {githubtest.Fault{Route: "none"}, 1, false},
		"a rate limit that passes":    {githubtest.Fault{Status: 429, Times: 2}, 3, false},
		"trouble":                     {githubtest.Fault{Status: 502, Times: 1}, 1, true},
		"an answer that breaks off":   {githubtest.Fault{Cut: true, Times: 1}, 1, true},
		"a refusal":                   {githubtest.Fault{Status: 403, Times: 1}, 1, true},
		"a rate limit that ends late": {githubtest.Fault{Status: 429, Header: map[string]string{"Retry-After": "31"}}, 1, true},
	} {
		hub := githubtest.New(state())
		server := httptest.NewServer(hub)
		t.Cleanup(server.Close)
		hub.Break(c.fault)
		gh := client(t, github.Options{Root: server.URL})
		made, err := github.Send[struct{ ID int64 }](t.Context(), gh, reading, http.MethodPost, gh.Path("deployments"), map[string]any{"ref": sha("c"), "environment": "dev", "payload": "", "required_contexts": []string{}})
		if (err != nil) != c.fails || (made.ID == 0) != c.fails || len(hub.Requests()) != c.tries {
			t.Errorf("%s: Send = %v, %v after %d tries, want an error: %v after %d", name, made, err, len(hub.Requests()), c.fails, c.tries)
		}
	}
}

// TestPassingFaults: what fails once or twice does no harm.
func TestPassingFaults(t *testing.T) {
	for _, fault := range []githubtest.Fault{{Status: 503}, {Status: 429}, {Status: 403, Header: map[string]string{"Retry-After": "2"}}, {Drop: true}, {Cut: true}} {
		hub := githubtest.New(state())
		server := httptest.NewServer(hub)
		t.Cleanup(server.Close)
		fault.Times = 2
		hub.Break(fault)
		if all, err := issues(t.Context(), client(t, github.Options{Root: server.URL})); err != nil || len(all) != 120 {
			t.Errorf("%+v: List = %d issues, %v, want 120", fault, len(all), err)
		}
	}
}

// TestWaits: what GitHub asks for in its headers is honoured, and no wait is longer than 30 seconds.
func TestWaits(t *testing.T) {
	for name, c := range map[string]struct {
		header map[string]string
		want   []time.Duration
	}{
		"of our own":           {nil, []time.Duration{time.Second, 4 * time.Second}},
		"Retry-After":          {map[string]string{"Retry-After": "30"}, []time.Duration{30 * time.Second, 30 * time.Second}},
		"a short one":          {map[string]string{"Retry-After": "2"}, []time.Duration{2 * time.Second, 4 * time.Second}},
		"too long":             {map[string]string{"Retry-After": "3600"}, nil},
		"no number":            {map[string]string{"Retry-After": "soon"}, []time.Duration{time.Second, 4 * time.Second}},
		"reset":                {map[string]string{"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": strconv.FormatInt(at("12:00:10").Unix(), 10)}, []time.Duration{10 * time.Second, 10 * time.Second}},
		"a reset that is past": {map[string]string{"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": "1"}, []time.Duration{time.Second, 4 * time.Second}},
	} {
		t.Run(name, func(t *testing.T) {
			hub := githubtest.New(state())
			hub.Break(githubtest.Fault{Status: 429, Header: c.header})
			server := httptest.NewServer(hub)
			defer server.Close()
			var waits []time.Duration
			compare(t.Context(), client(t, github.Options{
				Root: server.URL, Now: func() time.Time { return at("12:00:00") },
				Sleep: func(_ context.Context, d time.Duration) error { waits = append(waits, d); return nil },
			}))
			if !slices.Equal(waits, c.want) {
				t.Errorf("waited %v, want %v", waits, c.want)
			}
		})
	}
}

// TestRealWaits: without a Sleep of its own a client really waits, and not at all for what would be too late.
func TestRealWaits(t *testing.T) {
	for _, c := range []struct{ limit, took time.Duration }{{time.Minute, 5 * time.Second}, {3 * time.Second, time.Second}} {
		synctest.Test(t, func(t *testing.T) {
			hub, began := githubtest.New(state()), time.Now()
			hub.Break(githubtest.Fault{Status: 500})
			gh, err := github.New(github.Options{Repository: "wizzense/aitherzero", Transport: served{hub, 0}, Limit: c.limit})
			if err != nil {
				t.Fatal(err)
			}
			ctx, cancel := gh.Bound(t.Context())
			defer cancel()
			if _, err := compare(ctx, gh); err == nil || time.Since(began) != c.took {
				t.Errorf("Get = %v after %v, want an error after %v", err, time.Since(began), c.took)
			}
		})
	}
}

// TestLimits: a request with all of its tries ends within a minute, and what it is part of within 90 seconds. A wait that would
// end later is not begun, and a GitHub that says nothing is waited for three times ten seconds.
func TestLimits(t *testing.T) {
	for name, c := range map[string]struct {
		latency time.Duration
		fault   githubtest.Fault
		limit   time.Duration
		took    time.Duration
		says    string
	}{
		"no answer":                          {0, githubtest.Fault{Stall: true}, 0, 35 * time.Second, "no answer within 10s; tried 3 times"}, // 10 + 1 + 10 + 4 + 10
		"no time for another wait of 29 s":   {9 * time.Second, githubtest.Fault{Status: 429, Header: map[string]string{"Retry-After": "29"}}, 0, 47 * time.Second, "the rate limit is used up for 29s (429: too many requests; tried 2 times)"},
		"a wait of years":                    {9 * time.Second, githubtest.Fault{Status: 429, Header: map[string]string{"Retry-After": "999999999999999999999"}}, 0, 9 * time.Second, "(429: too many requests): run again later"},
		"a wait until a time in years":       {9 * time.Second, githubtest.Fault{Status: 429, Header: map[string]string{"Retry-After": "Fri, 01 Jan 2066 00:00:00 GMT", "Date": "Tue, 03 Mar 2026 12:00:00 GMT"}}, 0, 9 * time.Second, "(429: too many requests): run again later"},
		"the third try is cut":               {9500 * time.Millisecond, githubtest.Fault{Status: 429, Header: map[string]string{"Retry-After": "17"}}, 0, time.Minute, "no answer within 1m0s in all; tried 3 times"},
		"all that belongs together is ended": {9 * time.Second, githubtest.Fault{Stall: true}, 15 * time.Second, 15 * time.Second, "GitHub took too long in all"},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				hub, began := githubtest.New(state()), time.Now()
				hub.Break(c.fault)
				gh := client(t, github.Options{Transport: served{hub, c.latency}, Limit: c.limit, Sleep: pause})
				ctx, cancel := gh.Bound(t.Context())
				defer cancel()
				_, err := compare(ctx, gh)
				if took := time.Since(began); took != c.took || err == nil || !strings.Contains(err.Error(), c.says) {
					t.Errorf("Get = %v after %v, want %q after %v", err, took, c.says, c.took)
				}
			})
		})
	}
}

// TestCancel: a run that is asked to stop stops.
func TestCancel(t *testing.T) {
	hub := githubtest.New(state())
	hub.Break(githubtest.Fault{Stall: true})
	server := httptest.NewServer(hub)
	defer server.Close()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := compare(ctx, client(t, github.Options{Root: server.URL})); !errors.Is(err, context.Canceled) {
		t.Errorf("Get = %v, want it canceled", err)
	}
}

// TestToken: the token goes to GitHub alone, and into no message, whatever an answer contains.
func TestToken(t *testing.T) {
	elsewhere := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		t.Errorf("%s was asked with %q", r.URL, r.Header.Get("Authorization"))
	}))
	defer elsewhere.Close()
	for name, answer := range map[string]http.HandlerFunc{
		"in a message": func(w http.ResponseWriter, _ *http.Request) {
			w.WriteHeader(403)
			fmt.Fprintf(w, `{"message": "the token %s\u001b[31m may not\n::error::x"}`, token)
		},
		"in a redirect": func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, elsewhere.URL+"/"+token, http.StatusMovedPermanently)
		},
		"in a link": func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Link", `<`+elsewhere.URL+"/"+token+`>; rel="next"`)
			fmt.Fprint(w, `[{"number": 1}]`)
		},
		"in no JSON":    func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, token) },
		"in wrong JSON": func(w http.ResponseWriter, _ *http.Request) { fmt.Fprintf(w, `{"status": [%q]}`, token) },
		"in an error of GraphQL": func(w http.ResponseWriter, r *http.Request) {
			fmt.Fprintf(w, `{"data": {}, "errors": [{"message": "%s\nis no token"}]}`, token)
		},
		"null":            func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, `null`) },
		"an object":       func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, `{}`) },
		"an empty answer": func(http.ResponseWriter, *http.Request) {},
	} {
		server := httptest.NewServer(answer)
		t.Cleanup(server.Close)
		gh := client(t, github.Options{Root: server.URL})
		_, object := compare(t.Context(), gh)
		_, list := issues(t.Context(), gh)
		_, query := github.Query[struct{ Repository *struct{} }](t.Context(), gh, reading, "query {}", nil)
		for call, err := range map[string]error{"Get": object, "List": list, "Query": query} {
			if err == nil && (call != "Query" || name == "an object") {
				t.Errorf("%s: %s succeeds", name, call)
			}
			for ; err != nil; err = errors.Unwrap(err) {
				if strings.Contains(err.Error(), token) {
					t.Errorf("%s: %s says the token: %q", name, call, err)
				}
				if f := new(github.Failure); errors.As(err, &f) && strings.ContainsAny(f.Error(), "\n\x1b") {
					t.Errorf("%s: %s says more than a line: %q", name, call, f)
				}
			}
		}
	}
}

// TestNoToken: public repositories can be read without one, and the messages say what to do else.
func TestNoToken(t *testing.T) {
	hub := githubtest.New(state())
	hub.Break(githubtest.Fault{Status: 403, Text: "Forbidden"})
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if got := r.Header.Values("Authorization"); len(got) > 0 {
			t.Errorf("sent %q", got)
		}
		hub.ServeHTTP(w, r)
	}))
	defer server.Close()
	gh, err := github.New(github.Options{Repository: "wizzense/aitherzero", Root: server.URL + "/"})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := compare(t.Context(), gh); err == nil || !strings.Contains(err.Error(), `give github-token a token with "contents: read"`) {
		t.Errorf("Get = %v", err)
	}
}

// TestEnterpriseServer: the root of an API that has a path is honoured in requests, in links and beside it, for GraphQL.
func TestEnterpriseServer(t *testing.T) {
	hub := githubtest.New(state())
	hub.Prefix, hub.Token = "/api/v3", token
	server := httptest.NewServer(hub)
	defer server.Close()
	gh := client(t, github.Options{Root: server.URL + "/api/v3"})
	if all, err := issues(t.Context(), gh); err != nil || len(all) != 120 {
		t.Errorf("List = %d issues, %v, want 120", len(all), err)
	}
	github.Query[struct{}](t.Context(), gh, reading, "query {}", nil)
	var paths []string
	for _, r := range hub.Requests() {
		paths = append(paths, r.Path)
	}
	if want := []string{"/api/v3/repos/wizzense/aitherzero/issues", "/api/v3/repos/wizzense/aitherzero/issues", "/api/v3/repos/wizzense/aitherzero/issues", "/api/graphql"}; !slices.Equal(paths, want) {
		t.Errorf("asked for %q, want %q", paths, want)
	}
}
