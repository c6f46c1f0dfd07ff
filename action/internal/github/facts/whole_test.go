package facts_test

import (
	"fmt"
	"io"
	"net/http"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/wizzense/deployment-rings/action/internal/github"
	"github.com/wizzense/deployment-rings/action/internal/github/facts"
	"github.com/wizzense/deployment-rings/action/internal/github/githubtest"
)

// A shape is what an answer of a route is.
type shape string

const (
	anObject shape = "an object"
	aList    shape = "a list"
	aQuery   shape = "GraphQL"
	// Of any other shape an answer is an object, which has a list by this name.
)

// A factSource is a request that a fact depends on.
type factSource struct {
	route string // method and path below the repository, or /graphql
	shape shape
}

var (
	theChange   = factSource{"GET /pulls/12", anObject}
	theLookup   = factSource{"GET /commits/SHA/pulls", aList}
	theCommits  = factSource{"GET /pulls/12/commits", aList}
	theReviews  = factSource{"GET /pulls/12/reviews", aList}
	theComments = factSource{"GET /issues/12/comments", aList}
	theIssues   = factSource{"GET /issues", aList}
	theActivity = factSource{"GET /activity", aList}
	theAuthors  = factSource{"POST /graphql", aQuery}
)

// factSources has a line for each field of Facts: the kind of the fact, and all that it depends on.
var factSources = map[string]struct {
	kind    string
	sources []factSource
}{
	"Author":       {"author", []factSource{theChange, theLookup}},
	"Contributors": {"contributors", []factSource{theChange, theLookup, theCommits, theActivity, theAuthors}},
	"Checks":       {"checks", []factSource{{"GET /commits/SHA/check-runs", "check_runs"}, {"GET /actions/runs", "workflow_runs"}, {"GET /commits/SHA/statuses", aList}}},
	"Approvals":    {"approvals", []factSource{theChange, theLookup, theReviews, theComments, theActivity}},
	"SignOffs":     {"sign_offs", []factSource{theChange, theLookup, theComments, theActivity}},
	"Overrides":    {"overrides", []factSource{theChange, theLookup, theComments, theActivity}},
	"Locks":        {"locks", []factSource{theIssues, theChange, theLookup, theComments}},
	"Incidents":    {"incidents", []factSource{theIssues}},
	"Ancestry":     {"ancestry", []factSource{{"GET /compare/RANGE", anObject}}},
	"Released":     {"releases", []factSource{theChange, theLookup, theComments}},
}

// noFacts are the fields of Facts that say something of the others. The pull request is that of the author.
var noFacts = []string{"PullRequest", "Sources", "Remarks"}

// A broken answer is one from which nobody can tell what there is.
type broken struct {
	name   string
	status int
	body   string // of the first page
	more   bool   // a page follows, which is empty and the last
	next   string // what the second page is: a status, or a body
}

// brokenAnswers are all to a request, of which the right answer has something.
func brokenAnswers(s shape, right string) []broken {
	var all []broken
	for _, status := range []int{401, 403, 404, 410, 422, 429, 500, 502} {
		all = append(all, broken{name: fmt.Sprint(status), status: status, body: `{"message": "no"}`})
	}
	bodies := []string{"", "{", "null", `"text"`, "17", "true", "<html>", `{"message": "no"}`, right[:len(right)/2]}
	switch s {
	case anObject:
		bodies = append(bodies, `{}`, `[]`, `[{}]`)
	case aList:
		bodies = append(bodies, `{}`, `[null]`, `[{}]`, `["text"]`, `[[]]`)
		all = append(all, broken{name: "an empty page before another", body: `[]`, more: true})
		all = append(all, secondPages(right, `null`, `{}`, `[null]`, `[{}]`, `{`)...)
	case aQuery:
		bodies = append(bodies, `{}`, `[]`, `{"data": null}`, `{"data": {}}`, `{"data": {"repository": null}}`, `{"data": {"repository": {}}}`,
			strings.TrimSuffix(right, "}")+`, "errors": [{"message": "timeout"}]}`, strings.Replace(right, `"hasNextPage":false`, `"hasNextPage":true`, 1))
	default:
		list := func(total int, list string) string { return fmt.Sprintf(`{"total_count": %d, %q: %s}`, total, s, list) }
		bodies = append(bodies, `{}`, `[]`, `{"total_count": 0}`, list(0, "null"), list(0, "{}"), list(1, "[]"), list(1, "[null]"), list(1, "[{}]"),
			`{"incomplete_results": true, `+strings.TrimPrefix(list(0, "[]"), "{"))
		all = append(all, broken{name: "an empty page before another", body: list(0, "[]"), more: true})
		all = append(all, secondPages(right, `null`, `{}`, `[]`, list(500, "[]"), list(0, "null"), `{`)...)
	}
	for _, body := range bodies {
		all = append(all, broken{name: fmt.Sprintf("%.60q", body), body: body})
	}
	return all
}

func secondPages(right string, bodies ...string) (all []broken) {
	for _, body := range append(bodies, "404", "502") {
		all = append(all, broken{name: fmt.Sprintf("the second page is %.40q", body), body: right, more: true, next: body})
	}
	return all
}

// answer writes a broken answer.
func (b broken) answer(w http.ResponseWriter, r *http.Request, s shape) {
	body, status := b.body, b.status
	switch page := r.URL.Query().Get("page"); {
	case page == "" && b.more:
		q := r.URL.Query()
		q.Set("page", "2")
		next := *r.URL
		next.RawQuery = q.Encode()
		w.Header().Set("Link", fmt.Sprintf(`<%s>; rel="next"`, &next))
	case page != "" && b.next != "":
		body = b.next
		fmt.Sscan(b.next, &status)
	case page != "":
		body = map[bool]string{true: "[]", false: fmt.Sprintf(`{"total_count": 0, %q: []}`, s)}[s == aList]
	}
	if status != 0 {
		w.WriteHeader(status)
	}
	io.WriteString(w, body)
}

var inRepository = regexp.MustCompile(`^/repos/wizzense/aitherzero`)

// routeOf is a request without what differs.
func routeOf(method, path string) string {
	path = inRepository.ReplaceAllString(path, "")
	path = regexp.MustCompile(`^/compare/.*`).ReplaceAllString(path, "/compare/RANGE")
	return method + " " + regexp.MustCompile(`[0-9a-f]{40}`).ReplaceAllString(path, "SHA")
}

// blockedState is fullState in which each fact has something that keeps the image out, and co-authors whom only GraphQL knows.
func blockedState() githubtest.State {
	s := fullState()
	s.CheckRuns[1].Conclusion = ptr("failure")
	s.Statuses[0].State = "failure"
	s.Reviews[0].State = "CHANGES_REQUESTED"
	s.Commits[2].Git.Message, s.Accounts = "x\n\nCo-authored-by: Mona <mona@example.org>", map[string]string{"mona@example.org": "mona"}
	comment(&s, "mona", "12:10:00", "/reject\n/reject change-review-board")
	return s
}

// TestNeverNothing: whatever is wrong with an answer, the facts that depend on it are missing, and never empty.
func TestNeverNothing(t *testing.T) {
	found := reflect.TypeFor[facts.Facts]()
	for i := range found.NumField() {
		name := found.Field(i).Name
		if _, ok := factSources[name]; ok == slices.Contains(noFacts, name) {
			t.Errorf("Facts.%s is new: give it a line with all that it depends on", name)
		}
	}
	for _, number := range []int{12, 0} {
		q := question()
		q.PullRequest = number // 0: it is looked up
		right := rightAnswers(t, q)
		for route, answer := range right {
			dependent, shape := dependents(route)
			if len(dependent) == 0 {
				t.Errorf("%s is new: give it a place in the lines of the facts that depend on it", route)
			}
			for _, b := range brokenAnswers(shape, answer) {
				found, missing := askBroken(t, q, factSource{route, shape}, b)
				for _, field := range dependent {
					value := reflect.ValueOf(found).FieldByName(field)
					if kind := factSources[field].kind; !slices.Contains(of(missing), kind) || !value.IsZero() {
						t.Errorf("%s answered with %s (pull request #%d): %s are %v, missing %v, want them missing", route, b.name, number, kind, value, missing)
					}
				}
			}
		}
	}
}

// dependents are the fields of Facts that depend on a route, and what an answer of it is.
func dependents(route string) (fields []string, s shape) {
	for field, fact := range factSources {
		for _, source := range fact.sources {
			if source.route == route {
				fields, s = append(fields, field), source.shape
			}
		}
	}
	return fields, s
}

// rightAnswers are those that a question takes, by route. All facts are there then.
func rightAnswers(t *testing.T, q facts.Question) map[string]string {
	t.Helper()
	hub, right := githubtest.New(blockedState()), recorded{answers: map[string]string{}}
	found, missing := facts.Gather(t.Context(), client(t, github.Options{Transport: recording{memory{hub, 0}, &right}}), q)
	for field := range factSources {
		if value := reflect.ValueOf(found).FieldByName(field); value.IsZero() || missing != nil {
			t.Fatalf("without a fault %s is %v, missing %v", field, value, missing)
		}
	}
	return right.answers
}

func askBroken(t *testing.T, q facts.Question, source factSource, b broken) (facts.Facts, []facts.Missing) {
	t.Helper()
	hub := githubtest.New(blockedState())
	spoilt := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if routeOf(r.Method, r.URL.Path) == source.route {
			b.answer(w, r, source.shape)
			return
		}
		hub.ServeHTTP(w, r)
	})
	return facts.Gather(t.Context(), client(t, github.Options{Transport: memory{spoilt, 0}}), q)
}

// recorded are answers by route.
type recorded struct {
	mu      sync.Mutex
	answers map[string]string
}

// recording notes what is answered.
type recording struct {
	http.RoundTripper
	*recorded
}

func (r recording) RoundTrip(req *http.Request) (*http.Response, error) {
	resp, err := r.RoundTripper.RoundTrip(req)
	if err != nil {
		return resp, err
	}
	body, err := io.ReadAll(resp.Body)
	resp.Body = io.NopCloser(strings.NewReader(string(body)))
	r.mu.Lock()
	defer r.mu.Unlock()
	r.answers[routeOf(req.Method, req.URL.Path)] = string(body)
	return resp, err
}
