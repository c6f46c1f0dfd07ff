package github_test

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/wizzense/deployment-rings/action/internal/github"
)

// A paged answer has a first page and maybe a second one.
type paged struct{ first, second string }

func (p paged) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.URL.Query().Get("page") == "2" {
		io.WriteString(w, p.second)
		return
	}
	if p.second != "" {
		next := *r.URL
		next.RawQuery = "page=2"
		w.Header().Set("Link", fmt.Sprintf(`<%s>; rel="next"`, &next))
	}
	io.WriteString(w, p.first)
}

// TestWhole: an answer that lacks something is an error, and never an empty object or list.
func TestWhole(t *testing.T) {
	type runs struct {
		github.Total
		Runs []issue `json:"runs"`
	}
	for name, c := range map[string]struct {
		read    func(context.Context, *github.Client) (int, error)
		answers map[paged]string // how many there are, or what the error says
	}{
		"Get": {func(ctx context.Context, c *github.Client) (int, error) {
			got, err := compare(ctx, c)
			return len(got.Status), err
		}, map[paged]string{
			{first: `{"status": "ahead"}`}: "5",
			{first: `{}`}:                  "the answer lacks the status of a comparison",
			{first: `null`}:                "the answer lacks the status of a comparison",
			{first: `[]`}:                  "the answer cannot be read",
			{first: `{"status": "ahea`}:    "the answer cannot be read",
			{first: ``}:                    "the answer cannot be read",
		}},
		"List": {func(ctx context.Context, c *github.Client) (int, error) {
			got, err := issues(ctx, c)
			return len(got), err
		}, map[paged]string{
			{`[]`, ``}:                            "0",
			{`[{"number": 1}]`, `[{"number":2}]`}: "2",
			{`[{"number": 1}]`, `[]`}:             "1",
			{`null`, ``}:                          "the answer is no list",
			{`{}`, ``}:                            "the answer cannot be read",
			{`[null]`, ``}:                        "the answer lacks the number of an issue",
			{`[{"number": 1}, {}]`, ``}:           "the answer lacks the number of an issue",
			{`[]`, `[{"number": 1}]`}:             "a page is empty, and there is another one",
			{`[{"number": 1}]`, `null`}:           "the answer is no list",
			{`[{"number": 1}]`, `[{}]`}:           "the answer lacks the number of an issue",
			{`[{"number": 1}]`, `[`}:              "the answer cannot be read",
		}},
		"Pages": {func(ctx context.Context, c *github.Client) (int, error) {
			got, err := github.Pages(ctx, c, reading, c.Path("runs"), func(p runs) []issue { return p.Runs })
			return len(got), err
		}, map[paged]string{
			{`{"total_count": 0, "runs": []}`, ``}:                              "0",
			{`{"runs": [{"number": 1}]}`, ``}:                                   "1",
			{`{"total_count": 1, "runs": [{"number": 1}]}`, ``}:                 "1",
			{`{"total_count": 2, "runs": [{"number": 1}]}`, ``}:                 "GitHub says that there are 2, and lists 1",
			{`{"total_count": 0}`, ``}:                                          "the answer is no list",
			{`{"incomplete_results": true, "total_count": 0, "runs": []}`, ``}:  "GitHub says that the list is not complete",
			{`{"total_count": 0, "runs": [{}]}`, ``}:                            "the answer lacks the number of an issue",
			{`{"runs": [{"number": 1}]}`, `{"total_count": 3, "runs": []}`}:     "GitHub says that there are 3, and lists 1",
			{`{"runs": []}`, `{"runs": [{"number": 1}]}`}:                       "a page is empty, and there is another one",
			{`{"runs": [{"number": 1}]}`, `{"total_count": 0, "run": []}`}:      "the answer is no list",
			{`{"runs": [{"number": 1}]}`, `{"total_count":1,"runs": [], "x":1`}: "the answer cannot be read",
		}},
		"Query": {func(ctx context.Context, c *github.Client) (int, error) {
			got, err := github.Query[struct{ List *github.Connection[issue] }](ctx, c, reading, "query {}", nil)
			cursor, complete := got.List.Next("")
			if err == nil && (!complete || cursor != "") {
				return 0, fmt.Errorf("Next = %q, %v", cursor, complete)
			}
			if got.List == nil {
				return 0, err
			}
			return len(got.List.Nodes), err
		}, map[paged]string{
			{first: `{"data": {"list": {"pageInfo": {"hasNextPage": false}, "nodes": []}}}`}:                               "0",
			{first: `{"data": {"list": {"pageInfo": {"hasNextPage": false}, "nodes": [{"number": 1}]}}}`}:                  "1",
			{first: `{"data": {"list": {"pageInfo": {"hasNextPage": true, "endCursor": "x"}, "nodes": [{"number": 1}]}}}`}: `Next = "x", true`,
			{first: `{"data": {"list": {"pageInfo": {"hasNextPage": true, "endCursor": ""}, "nodes": [{"number": 1}]}}}`}:  "a page is empty, and there is another one",
			{first: `{"data": {"list": {"pageInfo": {"hasNextPage": true, "endCursor": "x"}, "nodes": []}}}`}:              "a page is empty, and there is another one",
			{first: `{"data": {"list": {"pageInfo": {}, "nodes": []}}}`}:                                                   "a list has no nodes, or does not say whether there are more",
			{first: `{"data": {"list": {"pageInfo": {"hasNextPage": false}}}}`}:                                            "a list has no nodes, or does not say whether there are more",
			{first: `{"data": {"list": {}}}`}:   "a list has no nodes, or does not say whether there are more",
			{first: `{"data": {"list": null}}`}: `Next = "", false`,
			{first: `{"data": null}`}:           "GraphQL says: nothing that can be read (null)",
			{first: `{}`}:                       "GraphQL says: nothing that can be read",
			{first: `{"data": {"list": {"pageInfo": {"hasNextPage": false}, "nodes": []}}, "errors": [{"message": "timeout"}]}`}: "GraphQL says: timeout",
		}},
	} {
		for answer, want := range c.answers {
			n, err := c.read(t.Context(), client(t, github.Options{Transport: served{answer, 0}}))
			got := fmt.Sprint(n)
			if err != nil {
				got = err.Error()
			}
			if !strings.Contains(got, want) || (err == nil) != (len(want) == 1) {
				t.Errorf("%s of %q = %s, want %s", name, answer, got, want)
			}
		}
	}
}

// TestWithoutGraphQL: REST is asked where GraphQL does not answer such a query at all, and not where GitHub is in trouble or refuses
// the token.
func TestWithoutGraphQL(t *testing.T) {
	for answer, want := range map[string]bool{"200 {}": true, "404 {}": true, "403 {}": true, "401 {}": false, "502 {}": false, "200 ": false} {
		gh := client(t, github.Options{Transport: served{http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			var status int
			fmt.Sscan(answer, &status)
			w.WriteHeader(status)
			io.WriteString(w, answer[4:])
		}), 0}})
		_, err := github.Query[struct{}](t.Context(), gh, reading, "query {}", nil)
		if got := github.WithoutGraphQL(err); err == nil || got != want {
			t.Errorf("WithoutGraphQL(%v) = %v after %q, want %v", err, got, answer, want)
		}
	}
}
