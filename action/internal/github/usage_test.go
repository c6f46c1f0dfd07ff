package github_test

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/wizzense/deployment-rings/action/internal/github"
	"github.com/wizzense/deployment-rings/action/internal/github/githubtest"
)

const namesCommit = `query($owner: String!, $name: String!, $oid: GitObjectID!) { repository(owner: $owner, name: $name) { object(oid: $oid) { ... on Commit { authors(first: 100) { pageInfo { hasNextPage } nodes { email } } } } } }`

var ofCommit = map[string]any{"owner": "wizzense", "name": "aitherzero", "oid": sha("c")}

// TestUsage: every try counts, of all clients that remember, and each budget is what GitHub said last.
func TestUsage(t *testing.T) {
	s := state()
	s.Limits = githubtest.Limits{Requests: 1000, Points: 50}
	hub := githubtest.New(s)
	hub.Now = func() time.Time { return at("12:00:00") }
	server := httptest.NewServer(hub)
	defer server.Close()
	gh := client(t, github.Options{Root: server.URL})
	if got, want := gh.Usage(), (github.Usage{Left: -1, PointsLeft: -1}); got != want {
		t.Errorf("Usage of a client that asked nothing = %+v, want %+v", got, want)
	}
	hub.Break(githubtest.Fault{Route: "GET /compare/{range}", Status: 502, Times: 1})
	if _, err := compare(t.Context(), gh); err != nil {
		t.Fatal(err)
	}
	remembering := gh.Remembering()
	for range 2 {
		if _, err := issues(t.Context(), remembering); err != nil {
			t.Fatal(err)
		}
	}
	for range 3 {
		if _, err := github.Query[struct{}](t.Context(), remembering, reading, namesCommit, ofCommit); err != nil {
			t.Fatal(err)
		}
	}
	want := github.Usage{Requests: 2 + 3 + 3, Points: 3, Left: 1000 - 5, PointsLeft: 50 - 3, Reset: at("13:00:00"), PointsReset: at("13:00:00")}
	for _, c := range []*github.Client{gh, remembering} {
		if got := c.Usage(); got != want {
			t.Errorf("Usage = %+v, want %+v", got, want)
		}
	}
	if spent := hub.Spent(); spent.Points != want.Points || spent.Requests+spent.Queries != want.Requests {
		t.Errorf("the server says %+v, the client %+v", spent, want)
	}
}

// TestUsageOfHeaders: answers come in any order, a server may have no limits, and other budgets do not count.
func TestUsageOfHeaders(t *testing.T) {
	const hour, next = "1772539200", "1772542800" // 12:00 and 13:00 on the day of all tests
	for name, c := range map[string]struct {
		answers []string // "left reset resource", in the order in which they come
		want    int
	}{
		"none":              {[]string{""}, -1},
		"newest last":       {[]string{"7 " + hour + " core", "6 " + hour + " core"}, 6},
		"newest first":      {[]string{"6 " + hour + " core", "7 " + hour + " core"}, 6},
		"a new hour":        {[]string{"6 " + hour + " core", "999 " + next + " core", "5 " + hour + " core"}, 999},
		"another budget":    {[]string{"7 " + hour + " core", "1 " + hour + " search"}, 7},
		"no budget is said": {[]string{"7 " + hour}, 7},
		"no number":         {[]string{"many " + hour + " core"}, -1},
		"no end":            {[]string{"7 never core", "6 never core"}, 6},
	} {
		gh := client(t, github.Options{Transport: served{http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			var left, reset, resource string
			fmt.Sscan(c.answers[0], &left, &reset, &resource)
			c.answers = c.answers[1:]
			for name, value := range map[string]string{"Remaining": left, "Reset": reset, "Resource": resource} {
				if value != "" {
					w.Header().Set("X-RateLimit-"+name, value)
				}
			}
			io.WriteString(w, `{"status": "ahead"}`)
		}), 0}})
		for range len(c.answers) {
			if _, err := compare(t.Context(), gh); err != nil {
				t.Error(err)
			}
		}
		if got := gh.Usage().Left; got != c.want {
			t.Errorf("%s: Left = %d, want %d", name, got, c.want)
		}
	}
}

// TestQueryParts: an error with a path is of the parts on the way to it and of what is in it, and one without is of the query.
func TestQueryParts(t *testing.T) {
	const data = `"data": {"repository": {"a": {"list": null}, "b": null}}`
	for answer, want := range map[string]string{
		`{` + data + `}`: "a list, b, c",
		`{` + data + `, "errors": [{"message": "late", "path": ["repository", "a", "list"]}]}`:                "b, c",
		`{` + data + `, "errors": [{"message": "late", "path": ["repository", "a", "list", 0, "x"]}]}`:        "b, c",
		`{` + data + `, "errors": [{"message": "late", "path": ["repository", "a"]}]}`:                        "b, c",
		`{` + data + `, "errors": [{"message": "late", "path": ["repository"]}]}`:                             "",
		`{` + data + `, "errors": [{"message": "x", "path": ["b"]}, {"message": "y", "path": ["rate"]}]}`:     "a list, b, c",
		`{` + data + `, "errors": [{"message": "x", "path": ["repository", "b"]}]}`:                           "a list, c",
		`{` + data + `, "errors": [{"message": "late"}]}`:                                                     "GraphQL says: late",
		`{` + data + `, "errors": [{"message": "b", "path": ["repository", "b"]}, {"message": "no " ` + `}]}`: "GraphQL says: no",
		`{"data": null, "errors": [{"message": "late", "path": ["repository"]}]}`:                             "nothing that can be read",
		`{"data": []}`: "nothing that can be read",
		`{}`:           "nothing that can be read",
	} {
		gh := client(t, github.Options{Transport: served{http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { io.WriteString(w, answer) }), 0}})
		reply, err := github.QueryParts(t.Context(), gh, reading, "query {}", nil)
		var got []string
		for name, path := range map[string][]any{"a list": {"repository", "a", "list"}, "b": {"repository", "b"}, "c": {"repository", "c", 0}} {
			if reply.Failed(path...) == nil && err == nil {
				got = append(got, name)
			}
		}
		if err != nil {
			if !strings.Contains(err.Error(), want) || want == "" || !github.WithoutGraphQL(err) {
				t.Errorf("QueryParts of %s = %v, want %q", answer, err, want)
			}
			continue
		}
		if got := sorted(got); got != want {
			t.Errorf("QueryParts of %s: whole are %q, want %q", answer, got, want)
		}
	}
}
