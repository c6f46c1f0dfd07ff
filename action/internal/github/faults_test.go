package github_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/wizzense/deployment-rings/action/internal/github"
	"github.com/wizzense/deployment-rings/action/internal/github/githubtest"
)

// fullState is a repository in which each request of a gate has something to find, and each fits on a page.
func fullState() githubtest.State {
	s := pullState()
	s.CheckRuns = []githubtest.CheckRun{job(1, "unit", 7, "10:00:00", "failure"), job(2, "unit", 8, "11:00:00", "success")}
	s.Runs = []githubtest.Run{run(7, 1, "10:00:00", "10:00:00"), run(8, 1, "11:00:00", "11:00:00")}
	s.Statuses = []githubtest.Status{{SHA: sha("c"), ID: 8, State: "success", Context: "ci/build", CreatedAt: at("10:00:00")}}
	s.Reviews = []githubtest.Review{{Pull: 12, ID: 1, User: githubtest.Person("mona"), State: "APPROVED", CommitID: ptr(sha("c")), SubmittedAt: ptr(at("12:00:00")), AuthorAssociation: "MEMBER"}}
	s.Issues = []githubtest.Issue{
		{Number: 1, State: "open", User: githubtest.Person("lisa"), AuthorAssociation: "OWNER", Labels: []githubtest.Label{{Name: github.LockLabel}}, Body: "/lock production the audit"},
		{Number: 2, State: "open", User: githubtest.Person("lisa"), AuthorAssociation: "OWNER", Labels: []githubtest.Label{{Name: "critical"}}},
	}
	comment(&s, "mona", "12:00:00", "/approve change-review-board\n/sign-off rollback-plan\n/override soak it is urgent\n/lock ring-1 stop\n/release "+digest+" fine")
	return s
}

// A route is a request that facts take, with the facts that it is needed for and the permission that it takes.
type route struct {
	route, permission string
	facts             []string
}

// lists is how often it is asked: the issues with each of two labels.
func (r route) lists() int {
	if r.route == "GET /issues" {
		return 2
	}
	return 1
}

var routes = []route{
	{"GET /commits/{sha}/check-runs", "checks: read", []string{"checks"}},
	{"GET /commits/{sha}/statuses", "statuses: read", []string{"checks"}},
	{"GET /actions/runs", "actions: read", []string{"checks"}},
	{"GET /compare/{range}", "contents: read", []string{"ancestry"}},
	{"GET /pulls/{number}", "pull-requests: read", []string{"approvals", "author", "contributors", "locks", "overrides", "releases", "sign_offs"}},
	{"GET /pulls/{number}/commits", "pull-requests: read", []string{"contributors"}},
	{"GET /pulls/{number}/reviews", "pull-requests: read", []string{"approvals"}},
	{"GET /issues/{number}/comments", "pull-requests: read", []string{"approvals", "locks", "overrides", "releases", "sign_offs"}},
	{"GET /activity", "contents: read", []string{"approvals", "contributors", "overrides", "sign_offs"}},
	{"GET /issues", "issues: read", []string{"incidents", "locks"}},
	{"POST /graphql", "issues: read", []string{"locks"}}, // what the issue that locks said before
}

// collected are the kinds of facts that are there.
func collected(f github.Facts) map[string]bool {
	there := map[string]bool{}
	for name, field := range map[string]string{
		"checks": "Checks", "approvals": "Approvals", "sign_offs": "SignOffs", "overrides": "Overrides", "locks": "Locks", "incidents": "Incidents",
		"ancestry": "Ancestry", "author": "Author", "contributors": "Contributors", "releases": "Released",
	} {
		there[name] = !reflect.ValueOf(f).FieldByName(field).IsZero()
	}
	return there
}

func wantMissing(t *testing.T, f github.Facts, missing []github.Missing, want []string) {
	t.Helper()
	if !slices.Equal(of(missing), want) {
		t.Errorf("missing %v, want %q", missing, want)
	}
	for fact, there := range collected(f) {
		if there == slices.Contains(want, fact) {
			t.Errorf("%s are collected: %v", fact, there)
		}
	}
}

// TestCounts: a gate takes 12 requests when all that could be asked is asked, one of them for the issue that locks, in 2
// rounds. Where nothing locks there are 11, and one for the ledger makes 12.
func TestCounts(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		hub := githubtest.New(fullState())
		began := time.Now()
		facts, missing := client(t, github.Options{Transport: memory{hub, time.Second}}).Facts(t.Context(), question())
		wantMissing(t, facts, missing, nil)
		if n := len(hub.Requests()); n != 12 {
			t.Errorf("%d requests, want 12: %v", n, hub.Requests())
		}
		if rounds := time.Since(began) / time.Second; rounds != 2 {
			t.Errorf("%d rounds, want 2", rounds)
		}
	})
}

// TestCountsWithoutLabel: an image that names no pull request takes a round more, and one that names a wrong one two.
func TestCountsWithoutLabel(t *testing.T) {
	for number, want := range map[int]struct {
		requests int
		rounds   time.Duration
	}{0: {12, 3}, 13: {16, 4}} {
		synctest.Test(t, func(t *testing.T) {
			s := fullState()
			s.Pulls = append(s.Pulls, githubtest.Pull{Number: 13, State: "open", SHAs: []string{sha("b")}, Head: githubtest.Branch{SHA: sha("b")}})
			hub, q, began := githubtest.New(s), question(), time.Now()
			q.PullRequest = number
			facts, missing := client(t, github.Options{Transport: memory{hub, time.Second}}).Facts(t.Context(), q)
			wantMissing(t, facts, missing, nil)
			if n, rounds := len(hub.Requests()), time.Since(began)/time.Second; n != want.requests || rounds != want.rounds {
				t.Errorf("the image names #%d: %d requests in %d rounds, want %d in %d", number, n, rounds, want.requests, want.rounds)
			}
		})
	}
}

// TestFaults: whatever fails for good, its facts are not collected, and the reason says what to do. All others are there.
func TestFaults(t *testing.T) {
	soon := strconv.FormatInt(at("12:00:20").Unix(), 10)
	late := strconv.FormatInt(at("12:40:00").Unix(), 10)
	for name, c := range map[string]struct {
		fault githubtest.Fault
		says  string // %s is the permission
		tries int
	}{
		"401":              {githubtest.Fault{Status: 401, Text: "Bad credentials"}, "GitHub does not accept the token (401: Bad credentials): a job token lives as long as its job", 1},
		"403":              {githubtest.Fault{Status: 403, Text: "Resource not accessible by integration"}, `the token may not do this (403: Resource not accessible by integration): give the job "permissions: %s"`, 1},
		"404":              {githubtest.Fault{Status: 404, Text: "Not Found"}, `there is no such thing, or the token may not see it (404: Not Found): give the job "permissions: %s"`, 1},
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
			for _, r := range routes {
				hub := githubtest.New(fullState())
				server := httptest.NewServer(hub)
				defer server.Close()
				fault := c.fault
				fault.Route = r.route
				hub.Break(fault)
				o := github.Options{Root: server.URL, Now: func() time.Time { return at("12:00:00") }}
				facts, missing := client(t, o).Facts(t.Context(), question())
				wantMissing(t, facts, missing, r.facts)
				says := strings.ReplaceAll(c.says, "%s", r.permission)
				for _, m := range missing {
					if !strings.Contains(m.String(), says) {
						t.Errorf("%s: %v\ndoes not say: %s", r.route, m, says)
					}
				}
				if f := failureOf(t, missing[0]); f.Needs != r.permission || f.Status != fault.Status {
					t.Errorf("%s: %+v", r.route, f)
				}
				want := c.tries * r.lists()
				if n := perRoute(hub, r.route); n < want || n > want && !fault.Drop { // net/http itself tries again on another connection
					t.Errorf("%s was asked %d times, want %d", r.route, n, want)
				}
			}
		})
	}
}

func perRoute(hub *githubtest.GitHub, route string) int {
	n := 0
	_, path, _ := strings.Cut(route, " ")
	for _, r := range hub.Requests() {
		short := strings.TrimPrefix(r.Path, "/repos/wizzense/aitherzero")
		short = strings.NewReplacer(sha("b")+"..."+sha("c"), "{range}", sha("c"), "{sha}", "/12", "/{number}").Replace(short)
		if short == path {
			n++
		}
	}
	return n
}

// TestPassingFaults: what fails once or twice does no harm.
func TestPassingFaults(t *testing.T) {
	for _, fault := range []githubtest.Fault{{Status: 503}, {Status: 429}, {Status: 403, Header: map[string]string{"Retry-After": "2"}}, {Drop: true}, {Cut: true}} {
		for _, r := range routes {
			hub := githubtest.New(fullState())
			fault.Route, fault.Times = r.route, 2
			hub.Break(fault)
			facts, missing := askAny(t, hub, question())
			if missing != nil {
				t.Errorf("%s with %+v: missing %v", r.route, fault, missing)
			}
			wantMissing(t, facts, missing, nil)
		}
	}
}

// TestSecondPageFails: a list of which a page is missing is no list.
func TestSecondPageFails(t *testing.T) {
	s := fullState()
	for i := range 150 {
		n := int64(i + 100)
		s.CheckRuns = append(s.CheckRuns, job(n, fmt.Sprint("job ", i), 7, "10:00:00", "success"))
		s.Runs = append(s.Runs, run(n, 1, "10:00:00", "10:00:00"))
		s.Statuses = append(s.Statuses, githubtest.Status{SHA: sha("c"), ID: n, State: "success", Context: fmt.Sprint("ci ", i), CreatedAt: at("10:00:00")})
		s.Reviews = append(s.Reviews, s.Reviews[0])
		s.Comments = append(s.Comments, s.Comments[0])
		s.Pulls[0].SHAs = append(s.Pulls[0].SHAs, sha("c"))
		s.Activities = append(s.Activities, githubtest.Activity{Ref: "refs/heads/feature", After: sha("c"), Timestamp: at("10:00:00"), ActivityType: "push"})
		s.Issues = append(s.Issues, githubtest.Issue{Number: 100 + i, State: "open", User: githubtest.Person("lisa"), AuthorAssociation: "OWNER", Body: "/lock dev x",
			Labels: []githubtest.Label{{Name: github.LockLabel}, {Name: "critical"}}})
	}
	wantMissing(t, ask(t, s, question()), nil, nil)
	for _, r := range routes {
		if r.route == "GET /compare/{range}" || r.route == "GET /pulls/{number}" || r.route == "POST /graphql" {
			continue // one object, and no list; the pages of GraphQL are in its queries
		}
		hub := githubtest.New(s)
		query := "page=2"
		if r.route == "GET /activity" {
			query = "after=mark%3A100"
		}
		hub.Break(githubtest.Fault{Route: r.route, Query: query, Status: 502})
		facts, missing := askAny(t, hub, question())
		wantMissing(t, facts, missing, r.facts)
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
			hub := githubtest.New(fullState())
			hub.Break(githubtest.Fault{Route: "GET /compare/{range}", Status: 429, Header: c.header})
			server := httptest.NewServer(hub)
			defer server.Close()
			var waits []time.Duration
			client(t, github.Options{
				Root: server.URL, Now: func() time.Time { return at("12:00:00") },
				Sleep: func(_ context.Context, d time.Duration) error { waits = append(waits, d); return nil },
			}).Facts(t.Context(), question())
			if !slices.Equal(waits, c.want) {
				t.Errorf("waited %v, want %v", waits, c.want)
			}
		})
	}
}

// TestNoAnswer: a GitHub that says nothing is waited for three times ten seconds.
func TestNoAnswer(t *testing.T) {
	for name, c := range map[string]struct {
		fault githubtest.Fault
		took  time.Duration
	}{
		"one request":  {githubtest.Fault{Route: "GET /compare/{range}", Stall: true}, 35 * time.Second}, // 10 + 1 + 10 + 4 + 10
		"all requests": {githubtest.Fault{Stall: true}, 35 * time.Second},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				hub, began := githubtest.New(fullState()), time.Now()
				hub.Break(c.fault)
				o := github.Options{Transport: memory{hub, 0}, Sleep: pause}
				facts, missing := client(t, o).Facts(t.Context(), question())
				if facts.Ancestry != "" || len(missing) == 0 || !strings.Contains(missing[0].String(), "no answer within 10s; tried 3 times") {
					t.Errorf("ancestry %q, missing %v", facts.Ancestry, missing)
				}
				if took := time.Since(began); took != c.took {
					t.Errorf("took %v, want %v", took, c.took)
				}
			})
		})
	}
}

// TestLimits: a request with all of its tries ends within a minute, and what it is part of within 90 seconds. A wait that would
// end later is not begun.
func TestLimits(t *testing.T) {
	for name, c := range map[string]struct {
		latency time.Duration
		fault   githubtest.Fault
		limit   time.Duration
		took    time.Duration
		says    string
	}{
		"no time for another wait of 29 s":   {9 * time.Second, githubtest.Fault{Status: 429, Header: map[string]string{"Retry-After": "29"}}, 0, 47 * time.Second, "the rate limit is used up for 29s (429: too many requests; tried 2 times)"},
		"a wait of years":                    {9 * time.Second, githubtest.Fault{Status: 429, Header: map[string]string{"Retry-After": "999999999999999999999"}}, 0, 9 * time.Second, "(429: too many requests): run again later"},
		"a wait until a time in years":       {9 * time.Second, githubtest.Fault{Status: 429, Header: map[string]string{"Retry-After": "Fri, 01 Jan 2066 00:00:00 GMT", "Date": "Tue, 03 Mar 2026 12:00:00 GMT"}}, 0, 9 * time.Second, "(429: too many requests): run again later"},
		"the third try is cut":               {9500 * time.Millisecond, githubtest.Fault{Status: 429, Header: map[string]string{"Retry-After": "17"}}, 0, time.Minute, "no answer within 1m0s in all; tried 3 times"},
		"all that belongs together is ended": {9 * time.Second, githubtest.Fault{Stall: true}, 15 * time.Second, 15 * time.Second, "GitHub took too long in all"},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				hub, began := githubtest.New(fullState()), time.Now()
				c.fault.Route = "GET /compare/{range}"
				hub.Break(c.fault)
				o := github.Options{Transport: memory{hub, 0}, Limit: c.limit, Sleep: pause}
				o.Transport = slowly{o.Transport, c.latency}
				_, missing := client(t, o).Facts(t.Context(), question())
				if took := time.Since(began); took != c.took {
					t.Errorf("took %v, want %v", took, c.took)
				}
				if len(missing) != 1 || !strings.Contains(missing[0].String(), c.says) {
					t.Errorf("missing %v, want %q", missing, c.says)
				}
			})
		})
	}
}

// slowly answers comparisons after a while, unless they are given up.
type slowly struct {
	http.RoundTripper
	latency time.Duration
}

func (s slowly) RoundTrip(r *http.Request) (*http.Response, error) {
	if strings.Contains(r.URL.Path, "/compare/") {
		if err := pause(r.Context(), s.latency); err != nil {
			return nil, err
		}
	}
	return s.RoundTripper.RoundTrip(r)
}

func pause(ctx context.Context, d time.Duration) error {
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-time.After(d):
		return nil
	}
}

// TestCancel: a run that is asked to stop stops.
func TestCancel(t *testing.T) {
	hub := githubtest.New(fullState())
	hub.Break(githubtest.Fault{Stall: true})
	server := httptest.NewServer(hub)
	defer server.Close()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	facts, missing := client(t, github.Options{Root: server.URL}).Facts(ctx, question())
	if len(missing) == 0 || !strings.Contains(missing[0].String(), "canceled") {
		t.Errorf("missing %v", missing)
	}
	wantMissing(t, facts, missing, []string{"ancestry", "approvals", "author", "checks", "contributors", "incidents", "locks", "overrides", "releases", "sign_offs"})
}

// TestToken: the token goes to GitHub alone, and into no message, whatever an answer holds.
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
			fmt.Fprint(w, `[]`)
		},
		"in no JSON": func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, token) },
		"in wrong JSON": func(w http.ResponseWriter, _ *http.Request) {
			fmt.Fprintf(w, `{"status": %q, "check_runs": %q}`, token, token)
		},
		"null":            func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, `null`) },
		"an object":       func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, `{}`) },
		"an empty answer": func(http.ResponseWriter, *http.Request) {},
	} {
		t.Run(name, func(t *testing.T) {
			server := httptest.NewServer(answer)
			defer server.Close()
			facts, missing := client(t, github.Options{Root: server.URL}).Facts(t.Context(), question())
			if len(missing) == 0 || facts.Checks != nil || facts.Approvals != nil || facts.Locks != nil || facts.Ancestry != "" {
				t.Errorf("%+v, missing %v", facts, missing)
			}
			all := fmt.Sprintf("%+v %v", facts, missing)
			for _, m := range missing {
				for err := m.Err; err != nil; err = errors.Unwrap(err) {
					all += err.Error()
				}
			}
			if strings.Contains(all, token) || strings.ContainsAny(all, "\n\x1b") {
				t.Errorf("a message holds the token, or more than a line: %q", all)
			}
		})
	}
}

func TestExplain(t *testing.T) {
	no, never := errors.New("no"), errors.New("never")
	got := github.Explain([]github.Missing{{Fact: "approvals", Err: no}, {Fact: "checks", Err: never}, {Fact: "locks", Err: no}, {Fact: "checks", Err: never}})
	if want := []string{"approvals, locks: no", "checks: never"}; !slices.Equal(got, want) {
		t.Errorf("Explain = %q, want %q", got, want)
	}
}

// TestMoved: a repository that has another name now is found.
func TestMoved(t *testing.T) {
	hub := githubtest.New(fullState())
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if rest, ok := strings.CutPrefix(r.URL.Path, "/repos/wizzense/aitherzero"); ok && r.URL.Query().Get("moved") == "" {
			q := r.URL.Query()
			q.Set("moved", "1")
			http.Redirect(w, r, "/repos/wizzense/aitherzero"+rest+"?"+q.Encode(), http.StatusMovedPermanently)
			return
		}
		hub.ServeHTTP(w, r)
	}))
	defer server.Close()
	hub.Token = token // it goes along to the new place
	facts, missing := client(t, github.Options{Root: server.URL}).Facts(t.Context(), question())
	wantMissing(t, facts, missing, nil)
}

// TestEnterpriseServer: the root of an API that has a path is honoured in requests and in links.
func TestEnterpriseServer(t *testing.T) {
	s := fullState()
	for i := range int64(120) {
		s.CheckRuns = append(s.CheckRuns, job(100+i, fmt.Sprint("job ", i), 7, "10:00:00", "success"))
	}
	hub := githubtest.New(s)
	hub.Prefix, hub.Token = "/api/v3", token
	facts, missing := askAny(t, hub, question())
	wantMissing(t, facts, missing, nil)
	if len(facts.Checks) != 123 {
		t.Errorf("%d checks, want 123", len(facts.Checks))
	}
	for _, r := range hub.Requests() {
		if !strings.HasPrefix(r.Path, "/api/v3/repos/wizzense/aitherzero/") && r.Path != "/api/graphql" {
			t.Errorf("asked for %s", r)
		}
	}
}
