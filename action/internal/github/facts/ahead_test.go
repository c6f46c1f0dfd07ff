package facts_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/wizzense/deployment-rings/action/internal/github"
	"github.com/wizzense/deployment-rings/action/internal/github/facts"
	"github.com/wizzense/deployment-rings/action/internal/github/githubtest"
)

// A told is what one question came to.
type told struct {
	Facts   facts.Facts
	Missing []string
}

// tellAll asks all questions of one client, ahead or not.
func tellAll(t *testing.T, transport http.RoundTripper, ahead bool, questions ...facts.Question) []told {
	t.Helper()
	c := client(t, github.Options{Transport: transport}).Remembering()
	if ahead {
		facts.Ahead(t.Context(), c, questions...)
	}
	all := make([]told, len(questions))
	for i, q := range questions {
		found, missing := facts.Gather(t.Context(), c, q)
		all[i] = told{inOrder(found), texts(missing)}
	}
	return all
}

// manyState has a number of commits one after the other, each with a pull request of its own, checks, a review, and comments of which
// one was edited; and the questions about them, each of which the ring runs the commit before.
func manyState(n int) (githubtest.State, []facts.Question) {
	s := githubtest.State{Repository: "wizzense/aitherzero", Accounts: map[string]string{"mona@example.org": "mona"}}
	repo := &githubtest.Repository{FullName: s.Repository}
	name := func(i int) string { return fmt.Sprintf("%040x", i+1) }
	person := githubtest.Person("octocat")
	s.Commits = append(s.Commits, githubtest.Commit{SHA: name(-1), Author: person, Committer: person})
	var questions []facts.Question
	for i := range n {
		at := at("10:00:00").Add(time.Duration(i) * time.Minute)
		s.Commits = append(s.Commits, githubtest.Commit{SHA: name(i), Author: person, Committer: person, Parents: []githubtest.Parent{{SHA: name(i - 1)}},
			Git: githubtest.Git{Message: "x\n\nCo-authored-by: Mona <mona@example.org>", Author: githubtest.Signature{Email: "octocat@example.org"}, Committer: githubtest.Signature{Email: "octocat@example.org"}}})
		s.Pulls = append(s.Pulls, githubtest.Pull{Number: i + 1, State: "open", Title: hostile, Body: hostile, User: person, CreatedAt: at, SHAs: []string{name(i)},
			Head: githubtest.Branch{Ref: fmt.Sprintf("b%d%s", i, hostile), SHA: name(i), Repo: repo}, Base: githubtest.Branch{Ref: "main", Repo: repo}})
		s.Activities = append(s.Activities, githubtest.Activity{ID: int64(i + 1), Ref: "refs/heads/" + s.Pulls[i].Head.Ref, After: name(i), Timestamp: at, ActivityType: "branch_creation", Actor: person})
		s.Runs = append(s.Runs, githubtest.Run{ID: int64(i + 1), HeadSHA: name(i), Path: ".github/workflows/ci.yml", CheckSuiteID: int64(5e9) + int64(i), RunAttempt: 2, CreatedAt: at, RunStartedAt: at.Add(time.Second)})
		for j, job := range []string{"unit-tests", hostile} {
			s.CheckRuns = append(s.CheckRuns, githubtest.CheckRun{ID: int64(6e9) + int64(10*i+j), Name: job, HeadSHA: name(i), Status: "completed", Conclusion: ptr("success"), StartedAt: &at, CompletedAt: &at,
				CheckSuite: githubtest.Suite{ID: int64(5e9) + int64(i)}, App: &githubtest.App{Slug: "github-actions"}, HTMLURL: fmt.Sprint("https://x.example/j/", i, j), DetailsURL: fmt.Sprintf("https://x.example/actions/runs/%d/job/%d", i, j)})
		}
		s.Reviews = append(s.Reviews, githubtest.Review{Pull: i + 1, ID: int64(7e9) + int64(i), User: githubtest.Person("mona"), State: "APPROVED", CommitID: ptr(name(i)), SubmittedAt: &at, AuthorAssociation: "MEMBER", HTMLURL: fmt.Sprint("https://x.example/r/", i)})
		for j, body := range []string{"/approve change-review-board\n" + hostile, hostile} {
			written := at.Add(time.Duration(j+1) * time.Minute)
			x := githubtest.Comment{Issue: i + 1, ID: int64(8e9) + int64(10*i+j), User: githubtest.Person("hubot"), Body: body, AuthorAssociation: "MEMBER", CreatedAt: written, UpdatedAt: written, HTMLURL: fmt.Sprint("https://x.example/c/", i, j)}
			if j == 1 {
				x.UpdatedAt = written.Add(time.Minute)
				x.Edits = []githubtest.Edit{{At: written, By: "hubot", Body: "/reject"}, {At: x.UpdatedAt, By: "hubot", Body: body}}
			}
			s.Comments = append(s.Comments, x)
		}
		q := question()
		q.Revision, q.PullRequest, q.Running, q.RunningPullRequest = name(i), i+1, name(i-1), i
		if i%2 == 0 {
			q.PullRequest, q.RunningPullRequest = 0, 0 // the image does not say of which it is
		}
		questions = append(questions, q)
	}
	return s, questions
}

// hostile is a text that would change a query of which it became a part.
const hostile = `"} evil: viewer { login } #` + "\n"

// TestAheadOfMany: what is asked ahead is what each question alone would be told, in as many requests as there are pages of a few lists.
// No query has a text of others, or more nodes than GitHub answers in time.
func TestAheadOfMany(t *testing.T) {
	for _, c := range []struct{ questions, requests, points int }{
		{0, 0, 0},
		{1, 10, 3}, // of which the image does not say whose it is
		{20, 21, 10},
		{300, 70, 130},
	} {
		t.Run(fmt.Sprint(c.questions), func(t *testing.T) {
			s, questions := manyState(c.questions)
			alone, hub := tellAll(t, memory{githubtest.New(s), 0}, false, questions...), githubtest.New(s)
			log := &queries{to: memory{hub, 0}}
			if diff := cmp.Diff(alone, tellAll(t, log, true, questions...)); diff != "" {
				t.Errorf("%d questions (-alone +ahead):\n%.3000s", c.questions, diff)
			}
			if n, spent := len(hub.Requests()), hub.Spent(); n > c.requests || spent.Points > c.points || spent.Nodes > 5000 {
				t.Errorf("%d questions take %d requests and %d points, the largest query %d nodes, want at most %d, %d and 5000", c.questions, n, spent.Points, spent.Nodes, c.requests, c.points)
			} else {
				t.Logf("%d questions: %d requests, %d points, at most %d nodes", c.questions, n, spent.Points, spent.Nodes)
			}
			for _, text := range log.all {
				if strings.Contains(text, "evil") || strings.Contains(text, "octocat") || strings.Contains(text, "unit-tests") {
					t.Errorf("a query has a text of others: %s", text)
				}
			}
		})
	}
}

// queries keeps the texts of queries, and changes answers to them.
type queries struct {
	to     http.RoundTripper
	change func(sent, answer []byte) []byte // nil: nothing

	mu  sync.Mutex
	all []string
}

func (q *queries) RoundTrip(r *http.Request) (*http.Response, error) {
	if r.Method != http.MethodPost {
		return q.to.RoundTrip(r)
	}
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return nil, err
	}
	var sent struct{ Query string }
	if err := json.Unmarshal(body, &sent); err != nil {
		return nil, err
	}
	q.mu.Lock()
	q.all = append(q.all, sent.Query)
	q.mu.Unlock()
	again := r.Clone(r.Context())
	again.Body = io.NopCloser(bytes.NewReader(body))
	resp, err := q.to.RoundTrip(again)
	if err != nil || q.change == nil {
		return resp, err
	}
	answer, err := io.ReadAll(resp.Body)
	w := httptest.NewRecorder()
	w.Write(q.change([]byte(sent.Query), answer))
	return w.Result(), err
}

// TestAheadOfFaults: where GraphQL fails as a whole, or in a field, REST is asked for what that had, and for nothing else.
func TestAheadOfFaults(t *testing.T) {
	s, questions := manyState(8) // one query has room for what is known of them, and another one for the pull requests that it finds
	alone := tellAll(t, memory{githubtest.New(s), 0}, false, questions...)
	requests := func(fault githubtest.Fault) []string {
		hub := githubtest.New(s)
		hub.Break(fault)
		if diff := cmp.Diff(alone, tellAll(t, memory{hub, 0}, true, questions...)); diff != "" {
			t.Errorf("%+v (-alone +ahead):\n%.2000s", fault, diff)
		}
		return oneByOne(hub)
	}
	const compare = "GET /compare/RANGE" // for which another query is sent
	ofPull := []string{"GET /issues/N/comments", "GET /pulls/N/commits", "GET /pulls/N/reviews"}
	ofCommit := []string{"GET /commits/SHA/check-runs", "GET /commits/SHA/pulls", "GET /commits/SHA/statuses"}
	sorted := func(routes ...string) []string { return slices.Sorted(slices.Values(routes)) }
	whole := sorted(append(slices.Concat(ofPull, ofCommit), "GET /pulls/N")...)
	never := sorted(append(whole, compare)...)
	for _, c := range []struct {
		fault githubtest.Fault
		asks  []string // of REST, besides
	}{
		{githubtest.Fault{Route: "none"}, nil},
		{githubtest.Fault{Route: "POST /graphql", Times: 3, Status: 502}, whole},
		{githubtest.Fault{Route: "POST /graphql", Times: 1, Status: 502}, nil}, // it is tried again
		{githubtest.Fault{Route: "POST /graphql", Times: 1, Status: 403, Text: "Resource not accessible by integration"}, never},
		{githubtest.Fault{Route: "POST /graphql", Times: 1, Status: 404}, never},
		{githubtest.Fault{Route: "POST /graphql", Times: 3, Stall: true}, whole},
		{githubtest.Fault{Route: "POST /graphql", Times: 1, Status: 403, Text: "API rate limit exceeded", Header: map[string]string{"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": "9999999999"}}, never},
		{githubtest.Fault{Route: "POST /graphql", Times: 1, Field: "repository"}, whole},
		{githubtest.Fault{Route: "POST /graphql", Times: 1, Field: "object"}, sorted(slices.Concat(ofPull, ofCommit)...)},
		{githubtest.Fault{Route: "POST /graphql", Times: 1, Field: "pullRequest"}, sorted(append(ofPull, "GET /pulls/N")...)},
		{githubtest.Fault{Route: "POST /graphql", Times: 1, Field: "checkSuites"}, []string{"GET /commits/SHA/check-runs"}},
		{githubtest.Fault{Route: "POST /graphql", Times: 1, Field: "checkRuns"}, []string{"GET /commits/SHA/check-runs"}},
		{githubtest.Fault{Route: "POST /graphql", Times: 1, Field: "conclusion"}, []string{"GET /commits/SHA/check-runs"}},
		{githubtest.Fault{Route: "POST /graphql", Times: 1, Field: "workflowRun"}, []string{"GET /commits/SHA/check-runs"}},
		{githubtest.Fault{Route: "POST /graphql", Times: 1, Field: "history"}, nil},
		{githubtest.Fault{Route: "POST /graphql", Times: 1, Field: "reviews"}, []string{"GET /pulls/N/reviews"}},
		{githubtest.Fault{Route: "POST /graphql", Times: 1, Field: "submittedAt"}, []string{"GET /pulls/N/reviews"}},
		{githubtest.Fault{Route: "POST /graphql", Times: 1, Field: "comments"}, []string{"GET /issues/N/comments"}},
		{githubtest.Fault{Route: "POST /graphql", Times: 1, Field: "body"}, []string{"GET /issues/N/comments"}},
		{githubtest.Fault{Route: "POST /graphql", Times: 1, Field: "commits"}, []string{"GET /pulls/N/commits"}},
		{githubtest.Fault{Route: "POST /graphql", Times: 1, Field: "message"}, []string{"GET /pulls/N/commits"}},
		{githubtest.Fault{Route: "POST /graphql", Times: 1, Field: "associatedPullRequests"}, sorted(append(ofPull, "GET /commits/SHA/pulls")...)},
		{githubtest.Fault{Route: "POST /graphql", Times: 1, Field: "mergedAt"}, sorted(append(ofPull, "GET /commits/SHA/pulls", "GET /pulls/N")...)},
		{githubtest.Fault{Route: "GET /actions/runs", Times: 1, Status: 404}, nil},
		{githubtest.Fault{Route: "GET /issues/comments", Times: 1, Status: 404}, []string{"GET /issues/N/comments"}},
		{githubtest.Fault{Route: "GET /activity", Times: 1, Status: 404}, nil},
	} {
		var asks []string
		synctest.Test(t, func(t *testing.T) { // in which time that is waited for passes at once
			asks = requests(c.fault)
		})
		if diff := cmp.Diff(c.asks, asks); diff != "" {
			t.Errorf("%+v: REST is asked (-want +got):\n%s", c.fault, diff)
		}
	}
}

// oneByOne returns what REST was asked of a commit or of a pull request, each once.
func oneByOne(hub *githubtest.GitHub) (routes []string) {
	for _, r := range hub.Requests() {
		route := numbered.ReplaceAllString(routeOf(r.Method, r.Path), "/N")
		if strings.Contains(route, "SHA") || strings.Contains(route, "/N") || strings.Contains(route, "RANGE") {
			routes = append(routes, route)
		}
	}
	slices.Sort(routes)
	return slices.Compact(routes)
}

// TestAheadLeavesToREST: what GraphQL does not tell, or not on one page, is asked of REST, and nothing else.
func TestAheadLeavesToREST(t *testing.T) {
	const checks, reviews, comments, commits = "GET /commits/SHA/check-runs", "GET /pulls/N/reviews", "GET /issues/N/comments", "GET /pulls/N/commits"
	for name, c := range map[string]struct {
		change func(*githubtest.State)
		asks   string
	}{
		"nothing is special": {func(*githubtest.State) {}, ""},
		"a status": {func(s *githubtest.State) {
			s.Statuses = []githubtest.Status{{SHA: s.Pulls[1].Head.SHA, ID: 1, Context: "ci", State: "success"}}
		}, "GET /commits/SHA/statuses"},
		"many suites": {func(s *githubtest.State) {
			for i := range int64(15) {
				s.CheckRuns = append(s.CheckRuns, githubtest.CheckRun{ID: i + 1, Name: "x", HeadSHA: s.Pulls[1].Head.SHA, Status: "queued", CheckSuite: githubtest.Suite{ID: i + 1}, App: &githubtest.App{Slug: "x"}})
			}
		}, checks},
		"a suite of many runs": {func(s *githubtest.State) {
			for i := range int64(21) {
				s.CheckRuns = append(s.CheckRuns, githubtest.CheckRun{ID: i + 1, Name: "x", HeadSHA: s.Pulls[1].Head.SHA, Status: "queued", CheckSuite: githubtest.Suite{ID: 1}, App: &githubtest.App{Slug: "x"}})
			}
		}, checks},
		"many reviews": {func(s *githubtest.State) {
			for range 50 {
				s.Reviews = append(s.Reviews, s.Reviews[1])
				s.Reviews[len(s.Reviews)-1].ID = int64(len(s.Reviews))
			}
		}, reviews},
		"a review of what is gone":   {func(s *githubtest.State) { s.Reviews[1].CommitID = nil }, reviews},
		"a review of a gone account": {func(s *githubtest.State) { s.Reviews[1].User = nil }, reviews},
		"many comments": {func(s *githubtest.State) {
			for i := range 100 {
				s.Comments = append(s.Comments, s.Comments[2])
				s.Comments[len(s.Comments)-1].ID = int64(i + 1)
			}
		}, comments},
		"a comment of a gone account": {func(s *githubtest.State) { s.Comments[2].User = nil }, comments},
		"a comment of Copilot":        {func(s *githubtest.State) { s.Comments[2].User = githubtest.Bot("copilot-swe-agent") }, comments},
		"a comment of a bot":          {func(s *githubtest.State) { s.Comments[2].User = githubtest.Bot("renovate[bot]") }, ""},
		"a comment by an app":         {func(s *githubtest.State) { s.Comments[2].ViaApp = &githubtest.App{ID: 1, Slug: "x"} }, ""},
		"many commits": {func(s *githubtest.State) {
			for range 50 {
				s.Pulls[1].SHAs = append([]string{s.Commits[0].SHA}, s.Pulls[1].SHAs...)
			}
		}, commits},
		"a commit of a bot": {func(s *githubtest.State) {
			s.Commits[2].Author, s.Commits[2].Git.Author.Email = githubtest.Bot("renovate[bot]"), "1+renovate[bot]@users.noreply.github.com"
		}, commits},
		"many parents": {func(s *githubtest.State) {
			for range 3 {
				s.Commits[2].Parents = append(s.Commits[2].Parents, githubtest.Parent{SHA: s.Commits[0].SHA})
			}
		}, "GET /compare/RANGE"},
	} {
		s, questions := manyState(8)
		c.change(&s)
		hub := githubtest.New(s)
		alone, got := tellAll(t, memory{githubtest.New(s), 0}, false, questions...), tellAll(t, memory{hub, 0}, true, questions...)
		if diff := cmp.Diff(alone, got); diff != "" {
			t.Errorf("%s (-alone +ahead):\n%.2000s", name, diff)
		}
		if asks := strings.Join(oneByOne(hub), ", "); asks != c.asks {
			t.Errorf("%s: REST is asked %q, want %q", name, asks, c.asks)
		}
	}
}

// TestAheadNamesWhatIsMissing: where REST does not answer either, the fact concerned is missing, with the reason that REST gives, and no
// other.
func TestAheadNamesWhatIsMissing(t *testing.T) {
	for field, c := range map[string]struct{ route, missing string }{
		"checkSuites": {"GET /commits/{sha}/check-runs", "checks"},
		"status":      {"GET /commits/{sha}/statuses", "checks"},
		"reviews":     {"GET /pulls/{number}/reviews", "approvals"},
		"comments":    {"GET /issues/{number}/comments", "approvals, locks, overrides, releases, sign_offs"},
		"history":     {"GET /compare/{range}", "ancestry"},
		"commits":     {"GET /pulls/{number}/commits", "contributors"},
	} {
		s, questions := manyState(8)
		hub := githubtest.New(s)
		hub.Break(githubtest.Fault{Route: "POST /graphql", Field: field})
		hub.Break(githubtest.Fault{Route: c.route, Status: 403, Text: "Resource not accessible by integration"})
		for i, got := range tellAll(t, memory{hub, 0}, true, questions...) {
			var kinds []string
			for _, why := range got.Missing {
				kind, reason, _ := strings.Cut(why, ": ")
				kinds = append(kinds, kind)
				if !strings.Contains(reason, "Resource not accessible") {
					t.Errorf("%s: question %d: %s", field, i, why)
				}
			}
			if got := strings.Join(kinds, ", "); got != c.missing {
				t.Errorf("%s: question %d lacks %q, want %q", field, i, got, c.missing)
			}
		}
	}
}

// TestAheadOfBrokenAnswers: of an answer that is not whole nothing is believed that it does not say. Each value in it in turn is null with
// an error that names it, and each list says that it goes on, or lacks an item.
func TestAheadOfBrokenAnswers(t *testing.T) {
	s, questions := manyState(2)
	merge := sha("e") // of the first pull request, before anything was said on it
	s.Commits = append(s.Commits, githubtest.Commit{SHA: merge, Author: githubtest.Person("octocat"), Parents: s.Commits[1].Parents})
	s.Pulls[0].State, s.Pulls[0].Merged, s.Pulls[0].MergedAt, s.Pulls[0].ClosedAt, s.Pulls[0].MergeCommitSHA = "closed", true, ptr(at("10:00:30")), ptr(at("10:00:30")), &merge
	questions[0].Revision = merge
	alike := question() // about a commit that came without a pull request
	alike.Revision, alike.PullRequest, alike.Running = s.Commits[0].SHA, 0, ""
	questions = append(questions, alike)
	s.Statuses = []githubtest.Status{{SHA: s.Pulls[0].SHAs[0], ID: 1, Context: "ci", State: "failure", CreatedAt: at("10:00:00")}}
	alone := tellAll(t, memory{githubtest.New(s), 0}, false, questions...)
	spoilt, told := spoil(t, answerTo(t, s, questions, "checkSuites")), func(answer []byte) []told {
		log := &queries{to: memory{githubtest.New(s), 0}}
		log.change = func(sent, got []byte) []byte {
			if bytes.Contains(sent, []byte("checkSuites")) {
				return answer
			}
			return got
		}
		return tellAll(t, log, true, questions...)
	}
	if len(spoilt) < 250 {
		t.Fatalf("there are %d ways to spoil the answer, want some hundreds", len(spoilt))
	}
	for name, broken := range spoilt {
		if diff := cmp.Diff(alone, told(broken)); diff != "" {
			t.Errorf("%s (-alone +ahead):\n%.1500s", name, diff)
		}
	}
}

// TestAheadOfBrokenParts: the same of the edits of several lists of comments, and of the co-authors of several lists of commits. Each
// list is then asked for by itself.
func TestAheadOfBrokenParts(t *testing.T) {
	s, questions := manyState(2)
	for i := range questions {
		questions[i].PullRequest = i + 1
	}
	alone := tellAll(t, memory{githubtest.New(s), 0}, false, questions...)
	for _, marker := range []string{"userContentEdits", "authors(first"} {
		spoilt := spoil(t, answerTo(t, s, questions, marker))
		if len(spoilt) < 20 {
			t.Errorf("there are %d ways to spoil the answer with %s, want some", len(spoilt), marker)
		}
		for name, broken := range spoilt {
			if strings.HasPrefix(name, "[rateLimit") || strings.Contains(name, "email is null, and no error") {
				continue // which says nothing of any, or that a co-author has no address
			}
			log, times := &queries{to: memory{githubtest.New(s), 0}}, 0
			log.change = func(sent, got []byte) []byte {
				if !bytes.Contains(sent, []byte(marker)) {
					return got
				}
				if times++; times > 1 {
					return got
				}
				return broken
			}
			if diff := cmp.Diff(alone, tellAll(t, log, true, questions...)); diff != "" || times < 2 {
				t.Errorf("%s of %s, asked for %d times (-alone +ahead):\n%.1500s", name, marker, times, diff)
			}
		}
	}
}

// answerTo returns what GraphQL answers to the query that has a marker.
func answerTo(t *testing.T, s githubtest.State, questions []facts.Question, marker string) (answer []byte) {
	t.Helper()
	log := &queries{to: memory{githubtest.New(s), 0}}
	log.change = func(sent, got []byte) []byte {
		if bytes.Contains(sent, []byte(marker)) {
			answer = got
		}
		return got
	}
	tellAll(t, log, true, questions...)
	return answer
}

// TestAheadGivesUp: a GraphQL that is down costs no more than a few queries, however many there would be, and the time of a few.
func TestAheadGivesUp(t *testing.T) {
	for name, c := range map[string]struct {
		fault   githubtest.Fault
		queries int
		within  time.Duration
	}{
		"refused": {githubtest.Fault{Route: "POST /graphql", Status: 403}, 8, 0},
		"down":    {githubtest.Fault{Route: "POST /graphql", Status: 502}, 9 * 3, 10 * time.Second},
		"silent":  {githubtest.Fault{Route: "POST /graphql", Stall: true}, 9 * 3, 40 * time.Second},
	} {
		synctest.Test(t, func(t *testing.T) {
			s, questions := manyState(300)
			hub, began := githubtest.New(s), time.Now()
			hub.Break(c.fault)
			gh := client(t, github.Options{Transport: memory{hub, 0}, Sleep: pause}).Remembering()
			facts.Ahead(t.Context(), gh, questions...)
			n := 0
			for _, r := range hub.Requests() {
				if r.Path == "/graphql" {
					n++
				}
			}
			if took := time.Since(began); n > c.queries || took > c.within {
				t.Errorf("%s: %d queries in %v, want at most %d in %v", name, n, took, c.queries, c.within)
			}
		})
	}
}

func pause(ctx context.Context, d time.Duration) error {
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-time.After(d):
		return nil
	}
}

// needed are fields that may be null where REST has a value.
var needed = []string{"mergeCommit", "commit", "defaultBranchRef", "databaseId", "fullDatabaseId", "conclusion", "email", "message", "body", "checkRuns", "totalCount", "pageInfo"}

// spoil returns an answer of GraphQL in many ways that are not whole.
func spoil(t *testing.T, answer []byte) map[string][]byte {
	t.Helper()
	all := map[string][]byte{}
	keep := func(name string, data any, problems ...any) {
		text, err := json.Marshal(map[string]any{"data": data, "errors": problems})
		if err != nil {
			t.Fatal(err)
		}
		all[name] = text
	}
	var whole struct{ Data any }
	if err := json.Unmarshal(answer, &whole); err != nil {
		t.Fatal(err)
	}
	var walk func(at any, path []any)
	walk = func(at any, path []any) {
		each := func(key any, value any, set func(any)) {
			path := append(slices.Clone(path), key)
			set(nil)
			keep(fmt.Sprint(path, " is null"), whole.Data, map[string]any{"message": "Something went wrong", "path": path})
			set(value)
			walk(value, path)
		}
		switch at := at.(type) {
		case map[string]any:
			for key, value := range at {
				each(key, value, func(v any) { at[key] = v })
				if list, ok := value.([]any); ok && len(list) > 0 && key == "nodes" && at["totalCount"] != nil {
					at[key] = list[1:]
					keep(fmt.Sprint(path, " lacks an item"), whole.Data)
					at[key] = append([]any{nil}, list[1:]...)
					keep(fmt.Sprint(path, " has an item that is null"), whole.Data)
					at[key] = list
				}
				if slices.Contains(needed, key) && value != nil {
					at[key] = nil
					keep(fmt.Sprint(path, " ", key, " is null, and no error says why"), whole.Data)
					at[key] = value
				}
				if key == "hasNextPage" {
					at[key] = true
					keep(fmt.Sprint(path, " goes on"), whole.Data)
					at[key] = value
				}
			}
		case []any:
			for i, value := range at {
				each(i, value, func(v any) { at[i] = v })
			}
		}
	}
	walk(whole.Data, nil)
	return all
}

// FuzzAhead: in any state, what is asked ahead is what is told without.
func FuzzAhead(f *testing.F) {
	for seed := range uint64(60) {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, seed uint64) {
		s, questions := randomState(rand.New(rand.NewPCG(seed, 1)))
		alone := tellAll(t, memory{githubtest.New(s), 0}, false, questions...)
		if diff := cmp.Diff(alone, tellAll(t, memory{githubtest.New(s), 0}, true, questions...)); diff != "" {
			t.Errorf("seed %d (-alone +ahead):\n%.3000s", seed, diff)
		}
	})
}
