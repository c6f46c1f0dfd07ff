package facts_test

import (
	"context"
	"errors"
	"fmt"
	"net/http/httptest"
	"reflect"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/wizzense/deployment-rings/action/internal/github"
	"github.com/wizzense/deployment-rings/action/internal/github/facts"
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
		{Number: 1, State: "open", User: githubtest.Person("lisa"), AuthorAssociation: "OWNER", Labels: []githubtest.Label{{Name: facts.LockLabel}}, Body: "/lock production the audit"},
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
func collected(f facts.Facts) map[string]bool {
	there := map[string]bool{}
	for name, field := range map[string]string{
		"checks": "Checks", "approvals": "Approvals", "sign_offs": "SignOffs", "overrides": "Overrides", "locks": "Locks", "incidents": "Incidents",
		"ancestry": "Ancestry", "author": "Author", "contributors": "Contributors", "releases": "Released",
	} {
		there[name] = !reflect.ValueOf(f).FieldByName(field).IsZero()
	}
	return there
}

func wantMissing(t *testing.T, f facts.Facts, missing []facts.Missing, want []string) {
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
		found, missing := facts.Gather(t.Context(), client(t, github.Options{Transport: memory{hub, time.Second}}), question())
		wantMissing(t, found, missing, nil)
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
			found, missing := facts.Gather(t.Context(), client(t, github.Options{Transport: memory{hub, time.Second}}), q)
			wantMissing(t, found, missing, nil)
			if n, rounds := len(hub.Requests()), time.Since(began)/time.Second; n != want.requests || rounds != want.rounds {
				t.Errorf("the image names #%d: %d requests in %d rounds, want %d in %d", number, n, rounds, want.requests, want.rounds)
			}
		})
	}
}

// TestFaults: whatever fails for good, its facts are not collected, and the reason says what to do. All others are there.
func TestFaults(t *testing.T) {
	for name, c := range map[string]struct {
		fault githubtest.Fault
		says  string // %s is the permission
		tries int
	}{
		"403":                   {githubtest.Fault{Status: 403, Text: "Resource not accessible by integration"}, `the token may not do this (403: Resource not accessible by integration): give the job "permissions: %s"`, 1},
		"502":                   {githubtest.Fault{Status: 502}, "GitHub has trouble (502: bad gateway; tried 3 times)", 3},
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
				found, missing := facts.Gather(t.Context(), client(t, o), question())
				wantMissing(t, found, missing, r.facts)
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
			found, missing := askAny(t, hub, question())
			if missing != nil {
				t.Errorf("%s with %+v: missing %v", r.route, fault, missing)
			}
			wantMissing(t, found, missing, nil)
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
			Labels: []githubtest.Label{{Name: facts.LockLabel}, {Name: "critical"}}})
	}
	wantMissing(t, ask(t, s, question()), nil, nil)
	for _, r := range routes {
		if r.route == "GET /compare/{range}" || r.route == "GET /pulls/{number}" || r.route == "POST /graphql" {
			continue // one object, and no list; the pages of GraphQL are in its queries
		}
		hub := githubtest.New(s)
		query := "page=2"
		if r.route == "GET /activity" {
			query = "after=mark%3A51" // of 151
		}
		hub.Break(githubtest.Fault{Route: r.route, Query: query, Status: 502})
		found, missing := askAny(t, hub, question())
		wantMissing(t, found, missing, r.facts)
	}
}

// TestLimit: all that belongs together ends when its time is over, and what was not collected by then is missing.
func TestLimit(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		hub, began := githubtest.New(fullState()), time.Now()
		hub.Break(githubtest.Fault{Route: "GET /compare/{range}", Stall: true})
		o := github.Options{Transport: memory{hub, 0}, Limit: 15 * time.Second}
		found, missing := facts.Gather(t.Context(), client(t, o), question())
		wantMissing(t, found, missing, []string{"ancestry"})
		if took := time.Since(began); took != 15*time.Second || !strings.Contains(missing[0].String(), "GitHub took too long in all") {
			t.Errorf("took %v, missing %v, want the limit of 15s", took, missing)
		}
	})
}

// TestCancel: a run that is asked to stop stops.
func TestCancel(t *testing.T) {
	hub := githubtest.New(fullState())
	hub.Break(githubtest.Fault{Stall: true})
	server := httptest.NewServer(hub)
	defer server.Close()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	found, missing := facts.Gather(ctx, client(t, github.Options{Root: server.URL}), question())
	if len(missing) == 0 || !strings.Contains(missing[0].String(), "canceled") {
		t.Errorf("missing %v", missing)
	}
	wantMissing(t, found, missing, []string{"ancestry", "approvals", "author", "checks", "contributors", "incidents", "locks", "overrides", "releases", "sign_offs"})
}

func TestExplain(t *testing.T) {
	no, never := errors.New("no"), errors.New("never")
	got := facts.Explain([]facts.Missing{{Kind: facts.KindApprovals, Err: no}, {Kind: facts.KindChecks, Err: never}, {Kind: facts.KindLocks, Err: no}, {Kind: facts.KindChecks, Err: never}})
	if want := []string{"approvals, locks: no", "checks: never"}; !slices.Equal(got, want) {
		t.Errorf("Explain = %q, want %q", got, want)
	}
}
