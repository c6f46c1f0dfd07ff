package githubtest_test

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/wizzense/deployment-rings/action/internal/github/githubtest"
)

// deployed is a repository with a deployment that has a number of 31 bits, and one with a larger number.
func deployed() githubtest.State {
	s := state()
	s.Deployments = []githubtest.Deployment{
		{ID: 7, SHA: "b", Environment: "canary", Payload: []byte(`{}`), CreatedAt: noon, Statuses: []githubtest.DeploymentStatus{{ID: 8, State: "in_progress", CreatedAt: noon}, {ID: 9, State: "success", CreatedAt: noon}}},
		{ID: 3_000_000_000, SHA: "c", Environment: "canary", Payload: []byte(`{}`), CreatedAt: noon},
	}
	return s
}

// query asks GraphQL, and returns the answer as JSON.
func query(t *testing.T, hub http.Handler, text string) (answer string, header http.Header) {
	t.Helper()
	body, err := json.Marshal(map[string]any{"query": text})
	if err != nil {
		t.Fatal(err)
	}
	w := httptest.NewRecorder()
	hub.ServeHTTP(w, httptest.NewRequest(http.MethodPost, "http://hub/graphql", strings.NewReader(string(body))))
	if w.Code != http.StatusOK {
		t.Errorf("%s: %d, want 200", text, w.Code)
	}
	return w.Body.String(), w.Header()
}

// TestPartialErrors: a field that fails is null, and an error beside the data has its path. The rest is answered. A query that is
// wrong has no data.
func TestPartialErrors(t *testing.T) {
	const in = `repository(owner: "o" name: "n")`
	for asked, want := range map[string]string{
		`{ nodes(ids: ["DE_kwDO7" "DE_kwDO8"]) { id ... on Deployment { databaseId latestStatus { state } } } }`: `{"data":{"nodes":[{"databaseId":7,"id":"DE_kwDO7","latestStatus":{"state":"SUCCESS"}},null]},` +
			`"errors":[{"message":"Could not resolve to a node with the global id of 'DE_kwDO8'","path":["nodes",1],"type":"NOT_FOUND"}]}`,
		`{ nodes(ids: ["DE_kwDO3000000000"]) { ... on Deployment { number: databaseId commitOid latestStatus { state } } } }`: `{"data":{"nodes":[{"commitOid":"c","latestStatus":null,"number":null}]},` +
			`"errors":[{"message":"Integer out of bounds: 3000000000 \nConsider using ID or GraphQL::Types::BigInt instead.","path":["nodes",0,"number"]}]}`,
		`{ ` + in + ` { c: object(oid: "c") { ... on Commit { deployments(environments: ["canary"] first: 100) { totalCount nodes { id } } } } x: object(oid: "x") { oid } } }`: `{"data":{"repository":{"c":{"deployments":{"nodes":[{"id":"DE_kwDO3000000000"}],"totalCount":1}},"x":null}}}`,
		`{ repository(owner: "o" name: "m") { object(oid: "c") { oid } } rateLimit { cost } }`: `{"data":{"rateLimit":{"cost":1},"repository":null},` +
			`"errors":[{"message":"Could not resolve to a Repository with the name 'o/m'.","path":["repository"],"type":"NOT_FOUND"}]}`,
		`{ ` + in + ` { deployments(first: 101) { totalCount } } }`: `{"errors":[{"message":"You must provide a ` + "`first`" + ` value between 1 and 100 to properly paginate the ` + "`deployments`" + ` connection."}]}`,
		`{ ` + in + ` { colour } }`:                                 `{"errors":[{"message":"Field 'colour' doesn't exist on type 'Repository'"}]}`,
	} {
		if got, _ := query(t, githubtest.New(deployed()), "query "+asked); got != want {
			t.Errorf("%s\n got %s\nwant %s", asked, got, want)
		}
	}
	hub := githubtest.New(deployed())
	hub.Break(githubtest.Fault{Route: "POST /graphql", Field: "statuses", Times: 1})
	asked := `query { nodes(ids: ["DE_kwDO7"]) { ... on Deployment { commitOid statuses(first: 1) { totalCount } } } }`
	want := `{"data":{"nodes":[{"commitOid":"b","statuses":null}]},"errors":[{"message":"Something went wrong while executing your query.","path":["nodes",0,"statuses"],"type":"INTERNAL"}]}`
	if got, _ := query(t, hub, asked); got != want {
		t.Errorf("a field that is broken\n got %s\nwant %s", got, want)
	}
	if got, _ := query(t, hub, asked); strings.Contains(got, "errors") {
		t.Errorf("broken once: %s", got)
	}
}

// TestPoints counts as https://docs.github.com/graphql/overview/rate-limits-and-query-limits-for-the-graphql-api does.
func TestPoints(t *testing.T) {
	const in = `query { repository(owner: "o" name: "n") { `
	for _, c := range []struct {
		query string
		want  githubtest.Spent
		said  string
	}{
		{in + `object(oid: "c") { oid } } }`, githubtest.Spent{Queries: 1, Points: 1}, ""},
		{in + `deployments(first: 100) { nodes { id } } } }`, githubtest.Spent{Queries: 1, Points: 1, Nodes: 100}, ""},
		{in + `deployments(first: 100) { nodes { statuses(first: 50) { nodes { state } } } } } }`, githubtest.Spent{Queries: 1, Points: 1, Nodes: 5100}, ""}, // 101 / 100
		{in + `a: deployments(first: 100) { nodes { statuses(first: 10) { totalCount } } } b: deployments(first: 100) { nodes { statuses(first: 10) { totalCount } } } } rateLimit { cost nodeCount remaining } }`,
			githubtest.Spent{Queries: 1, Points: 2, Nodes: 2200}, `"rateLimit":{"cost":2,"nodeCount":2200,"remaining":999998}`},
		{`query { nodes(ids: ["DE_kwDO7" "DE_kwDO3000000000"]) { ... on Deployment { statuses(first: 100) { totalCount } } } }`, githubtest.Spent{Queries: 1, Points: 1, Nodes: 202}, ""},
		{in + `deployments(first: 100) { nodes { statuses(first: 100) { nodes { colours(first: 50) { x } } } } } } }`, githubtest.Spent{}, "MAX_NODE_LIMIT_EXCEEDED"},
	} {
		hub := githubtest.New(deployed())
		got, _ := query(t, hub, c.query)
		if diff := cmp.Diff(c.want, hub.Spent()); diff != "" || !strings.Contains(got, c.said) {
			t.Errorf("%s: %s, want %q; spent (-want +got):\n%s", c.query, got, c.said, diff)
		}
	}
}

// TestLimits: each interface has a limit of its own, which begins anew after an hour.
func TestLimits(t *testing.T) {
	s := deployed()
	s.Limits = githubtest.Limits{Requests: 2, Points: 1}
	hub, now := githubtest.New(s), noon
	hub.Now = func() time.Time { return now }
	const asked = `query { repository(owner: "o" name: "n") { object(oid: "c") { oid } } }`
	for hour := range 2 {
		for i, want := range []int{200, 200, 403, 403} {
			if status, _, _ := ask(t, hub, "/issues"); status != want {
				t.Errorf("hour %d, request %d: %d, want %d", hour, i, status, want)
			}
		}
		for i, refused := range []bool{false, true} {
			got, header := query(t, hub, asked)
			if strings.Contains(got, `"type":"RATE_LIMITED"`) != refused || header.Get("X-RateLimit-Remaining") != "0" || header.Get("X-RateLimit-Resource") != "graphql" {
				t.Errorf("hour %d, query %d: %s, %v, want refused %t", hour, i, got, header, refused)
			}
		}
		now = now.Add(time.Hour)
	}
	if diff := cmp.Diff(githubtest.Spent{Requests: 8, Queries: 4, Points: 4}, hub.Spent()); diff != "" {
		t.Errorf("spent (-want +got):\n%s", diff)
	}
}
