package githubtest_test

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/wizzense/deployment-rings/action/internal/github/githubtest"
)

var noon = time.Date(2026, 3, 3, 12, 0, 0, 0, time.UTC)

func ptr[T any](v T) *T { return &v }

func state() githubtest.State {
	run := func(id int64, conclusion *string) githubtest.CheckRun {
		c := githubtest.CheckRun{ID: id, Name: "unit", HeadSHA: "c", Status: "queued", CheckSuite: githubtest.Suite{ID: 1}}
		if conclusion != nil {
			c.Status, c.Conclusion, c.CompletedAt = "completed", conclusion, ptr(noon)
		}
		return c
	}
	return githubtest.State{
		Repository: "o/n",
		Commits:    []githubtest.Commit{{SHA: "b"}, {SHA: "c", Parents: []githubtest.Parent{{SHA: "b"}}}, {SHA: "z"}},
		CheckRuns:  []githubtest.CheckRun{run(1, ptr("success")), run(2, nil)},
		Issues:     []githubtest.Issue{{Number: 1, State: "open", Labels: []githubtest.Label{{Name: "Critical"}, {Name: "bug"}}}, {Number: 3, State: "closed"}},
		Pulls:      []githubtest.Pull{{Number: 2, State: "open", SHAs: []string{"c"}, Labels: []githubtest.Label{{Name: "critical"}}, MergeCommitSHA: ptr("b")}},
		Activities: []githubtest.Activity{{ID: 1, Ref: "refs/heads/x", After: "b"}, {ID: 2, Ref: "refs/heads/x", After: "c"}, {ID: 3, Ref: "refs/heads/y", After: "z"}},
		Comments:   []githubtest.Comment{{ID: 1, Issue: 2, Body: "one"}, {ID: 2, Issue: 2, Body: "two"}},
	}
}

// ask asks below the repository, and returns the status, the Link header and the answer.
func ask(t *testing.T, g http.Handler, path string) (status int, link string, body any) {
	t.Helper()
	w := httptest.NewRecorder()
	g.ServeHTTP(w, httptest.NewRequest(http.MethodGet, "http://hub/repos/O/N"+path, nil))
	if err := json.Unmarshal(w.Body.Bytes(), &body); err != nil {
		t.Fatalf("GET %s: %v", path, err)
	}
	return w.Code, w.Header().Get("Link"), body
}

// ids are the numbers, ids or messages of what was answered.
func ids(body any) []any {
	var all []any
	if object, ok := body.(map[string]any); ok {
		for _, key := range []string{"message", "status", "sha", "number"} {
			if object[key] != nil {
				return []any{object[key]}
			}
		}
		for _, key := range []string{"check_runs", "workflow_runs"} {
			if object[key] != nil {
				body = object[key]
			}
		}
	}
	for _, x := range body.([]any) {
		o := x.(map[string]any)
		for _, key := range []string{"number", "id", "sha"} {
			if o[key] != nil {
				all = append(all, o[key])
				break
			}
		}
	}
	return all
}

func TestAnswers(t *testing.T) {
	for path, want := range map[string]struct {
		status int
		ids    []any
		link   string
	}{
		"/commits/c/check-runs":                 {200, []any{1.0}, ""}, // the queued re-run hides
		"/commits/c/check-runs?filter=all":      {200, []any{2.0, 1.0}, ""},
		"/commits/x/check-runs":                 {422, []any{"No commit found for SHA: x"}, ""},
		"/commits/c/statuses":                   {200, nil, ""},
		"/commits/c":                            {200, []any{"c"}, ""},
		"/commits/c/pulls":                      {200, []any{2.0}, ""},
		"/commits/b/pulls":                      {200, nil, ""}, // a merge for tests
		"/compare/b...c":                        {200, []any{"ahead"}, ""},
		"/compare/c...b":                        {200, []any{"behind"}, ""},
		"/compare/b...b":                        {200, []any{"identical"}, ""},
		"/compare/b...z":                        {404, []any{"Not Found"}, ""},
		"/issues":                               {200, []any{2.0, 1.0}, ""}, // a pull request is among them
		"/issues?state=all":                     {200, []any{3.0, 2.0, 1.0}, ""},
		"/issues?labels=critical":               {200, []any{2.0, 1.0}, ""},
		"/issues?labels=critical,bug":           {200, []any{1.0}, ""},
		"/issues?per_page=1":                    {200, []any{2.0}, `<http://hub/repos/O/N/issues?page=2&per_page=1>; rel="next", <http://hub/repos/O/N/issues?page=2&per_page=1>; rel="last"`},
		"/issues?per_page=1&page=2":             {200, []any{1.0}, `<http://hub/repos/O/N/issues?page=1&per_page=1>; rel="prev", <http://hub/repos/O/N/issues?page=1&per_page=1>; rel="first"`},
		"/issues/2/comments":                    {200, []any{1.0, 2.0}, ""},
		"/issues/9/comments":                    {404, []any{"Not Found"}, ""},
		"/pulls/2":                              {200, []any{2.0}, ""},
		"/pulls/9":                              {404, []any{"Not Found"}, ""},
		"/pulls/2/commits":                      {200, []any{"c"}, ""},
		"/activity?ref=refs/heads/x":            {200, []any{2.0, 1.0}, ""},
		"/activity?ref=refs/heads/x&per_page=1": {200, []any{2.0}, `<http://hub/repos/O/N/activity?after=mark%3A1&per_page=1&ref=refs%2Fheads%2Fx>; rel="next"`},
		"/activity?ref=refs/heads/x&per_page=1&after=mark%3A1": {200, []any{1.0}, ""},
		"/nothing": {404, []any{"Not Found"}, ""},
	} {
		status, link, body := ask(t, githubtest.New(state()), path)
		if got := ids(body); status != want.status || link != want.link || !cmp.Equal(got, want.ids) {
			t.Errorf("GET %s = %d %v, Link %s\nwant %d %v, Link %s", path, status, got, link, want.status, want.ids, want.link)
		}
	}
}

// TestStateInAFile: the state of the command is that of the tests, written down.
func TestStateInAFile(t *testing.T) {
	src, err := json.Marshal(state())
	if err != nil {
		t.Fatal(err)
	}
	var got githubtest.State
	if err := json.Unmarshal(src, &got); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(state(), got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestToken(t *testing.T) {
	hub := githubtest.New(state())
	hub.Token = "right"
	if status, _, body := ask(t, hub, "/issues"); status != 401 || ids(body)[0] != "Bad credentials" {
		t.Errorf("without a token: %d %v", status, body)
	}
}

// TestFaults: a fault that was met as often as it should is gone.
func TestFaults(t *testing.T) {
	hub := githubtest.New(state())
	hub.Break(githubtest.Fault{Route: "GET /issues", Query: "page=2", Times: 2, Status: 502})
	var got []int
	for _, path := range []string{"/issues?page=2", "/issues?page=1", "/pulls/2", "/issues?page=2", "/issues?page=2"} {
		status, _, _ := ask(t, hub, path)
		got = append(got, status)
	}
	if want := []int{502, 200, 200, 502, 200}; !cmp.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
	if n := len(hub.Requests()); n != 5 {
		t.Errorf("%d requests were counted, want 5", n)
	}
}
