package survey_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/wizzense/deployment-rings/action/internal/fleet"
	"github.com/wizzense/deployment-rings/action/internal/github"
	"github.com/wizzense/deployment-rings/action/internal/github/githubtest"
	"github.com/wizzense/deployment-rings/action/internal/ledger/deployments/survey"
)

// A spoiler changes the answers of a server.
type spoiler func(body string) string

func (s spoiler) RoundTrip(r *http.Request) (*http.Response, error) {
	resp, err := http.DefaultTransport.RoundTrip(r)
	if err != nil || s == nil {
		return resp, err
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		return nil, err
	}
	spoiled := s(string(body))
	resp.Body, resp.ContentLength = io.NopCloser(strings.NewReader(spoiled)), int64(len(spoiled))
	resp.Header.Del("Content-Length")
	return resp, nil
}

var morning = time.Date(2026, 3, 3, 9, 0, 0, 0, time.UTC)

var numbers atomic.Int64 // each is that of one deployment or status

// deploymentOf is a deployment with numbers that GraphQL does not tell, of an hour of the day.
func deploymentOf(hour int, environment, payload string, statuses ...string) githubtest.Deployment {
	at := morning.Add(time.Duration(hour) * time.Hour)
	d := githubtest.Deployment{ID: 3_000_000_000 + numbers.Add(1), SHA: githubtest.SHA("1"), Environment: environment, Payload: json.RawMessage(payload), CreatedAt: at}
	for i, s := range statuses {
		state, description, _ := strings.Cut(s, " ")
		d.Statuses = append(d.Statuses, githubtest.DeploymentStatus{ID: 3_000_000_000 + numbers.Add(1), State: state, Description: description, CreatedAt: at.Add(time.Duration(i+1) * time.Second)})
	}
	return d
}

func payloadOf(ring string, n int) string {
	return fmt.Sprintf(`{"type":"deployment-rings/v1","ring":%q,"digest":%q,"rollback":false}`, ring, digest(n))
}

// said returns what a survey says of some repositories and rings: what runs, or why that is not known.
func said(t *testing.T, hub *githubtest.GitHub, spoil spoiler, lines ...string) (all map[string]string, owners []fleet.Owner) {
	t.Helper()
	server := httptest.NewServer(hub)
	defer server.Close()
	client, err := github.New(github.Options{
		Root: server.URL, Token: "t0ken", Many: true, Transport: spoil, AtOnce: survey.AtOnce, Now: func() time.Time { return morning },
		Sleep: func(ctx context.Context, _ time.Duration) error { return ctx.Err() },
	})
	if err != nil {
		t.Fatal(err)
	}
	list, err := fleet.ParseList("list", []byte(strings.Join(lines, "\n")))
	if err != nil {
		t.Fatal(err)
	}
	found, owners := survey.Read(t.Context(), client, policy(t), list)
	all = map[string]string{}
	for _, r := range found {
		if r.Problem != "" || len(r.Images) == 0 {
			all[r.Name] = r.Problem
		}
		for _, image := range r.Images {
			for _, ring := range []string{"canary", "production"} {
				at := strings.TrimSpace(strings.Join(append([]string{r.Name, ring}, image.Names...), " "))
				runs, ok := image.Ledger.Current(ring)
				switch why := image.Unknown[ring]; {
				case why != "":
					all[at] = why
				case ok:
					all[at] = fmt.Sprintf("%s since %s", strings.TrimLeft(runs.Digest, "sha256:0"), runs.Since.Format("15:04:05"))
				default:
					all[at] = "nothing"
				}
			}
		}
	}
	return all, owners
}

// TestUnreadable: what of a repository or a ring cannot be read says why, and leaves the others as they are.
func TestUnreadable(t *testing.T) {
	const (
		graphQL = "POST /graphql"
		fine    = "7 since 09:00:02"
		lacking = "the answer of GitHub lacks "
	)
	signals := slices.Repeat([]string{"success signal health_check"}, 100)
	twice := deploymentOf(0, "canary", payloadOf("canary", 7), "failure", "success", "success signal health_check")
	twice.Statuses[1].CreatedAt = twice.Statuses[0].CreatedAt
	for _, c := range []struct {
		name  string
		app   githubtest.Other // its deployments; beside it acme/other is fine
		fault githubtest.Fault
		spoil spoiler
		want  map[string]string // but for what is fine
	}{
		{name: "nothing fails", want: map[string]string{}},
		{name: "the deployments may not be read", app: githubtest.Other{Forbidden: "Resource not accessible by integration"},
			want: map[string]string{"acme/app": "its deployments cannot be read: GraphQL says: Resource not accessible by integration"}},
		{name: "another name", app: githubtest.Other{Repository: "acme/new", OldNames: []string{"acme/app"}},
			want: map[string]string{"acme/app": `the repository is "acme/new" now: change the line`}},
		{name: "there is none", app: githubtest.Other{Repository: "acme/new"},
			want: map[string]string{"acme/app": "the repository cannot be read, or the token may not see it: GraphQL says: Could not resolve to a Repository with the name 'acme/app'."}},
		{name: "a payload that cannot be read", app: githubtest.Other{Deployments: []githubtest.Deployment{deploymentOf(0, "canary", `{"type":"deployment-rings/v1","ring":7}`, "success")}},
			want: map[string]string{"acme/app canary": "the payload of the deployment of 2026-03-03T09:00:00Z cannot be read: json: cannot unmarshal number into Go struct field Payload.ring of type string; delete that deployment", "acme/app production": "nothing"}},
		{name: "a record without an image", app: githubtest.Other{Deployments: []githubtest.Deployment{deploymentOf(0, "canary", `{"type":"deployment-rings/v1","ring":"canary"}`, "success")}},
			want: map[string]string{"acme/app canary": "the deployment of 2026-03-03T09:00:00Z cannot be read: digest: is missing, expected sha256: and 64 lower-case hex digits; delete that deployment", "acme/app production": "nothing"}},
		{name: "a record in the environment of another ring", app: githubtest.Other{Deployments: []githubtest.Deployment{deploymentOf(0, "canary", payloadOf("production", 7), "success")}},
			want: map[string]string{"acme/app canary": "nothing", "acme/app production": `a record of it is in the environment "canary", and by the policy it has "production"`}},
		{name: "a record of a ring that the policy does not have", app: githubtest.Other{Deployments: []githubtest.Deployment{deploymentOf(0, "canary", payloadOf("ring-7", 7), "success")}},
			want: map[string]string{"acme/app": ""}},
		{name: "too many signals", app: githubtest.Other{Deployments: []githubtest.Deployment{deploymentOf(0, "canary", payloadOf("canary", 7), append([]string{"success"}, signals...)...)}},
			want: map[string]string{"acme/app canary": "the statuses of its deployment cannot be read: there are more than 100: run status for this repository", "acme/app production": "nothing"}},
		{name: "as many signals as there is room for", app: githubtest.Other{Deployments: []githubtest.Deployment{deploymentOf(0, "canary", payloadOf("canary", 7), append([]string{"success"}, signals[1:]...)...)}},
			want: map[string]string{"acme/app canary": "7 since 09:00:01", "acme/app production": "nothing"}},
		{name: "two outcomes of one second", app: githubtest.Other{Deployments: []githubtest.Deployment{twice}},
			want: map[string]string{"acme/app canary": "the statuses of its deployment cannot be read: two outcomes of its deployment of 2026-03-03T09:00:00Z are of the same second", "acme/app production": "nothing"}},
		{name: "GitHub has trouble", fault: githubtest.Fault{Route: graphQL, Status: 502},
			want: map[string]string{"acme/app": "cannot read the deployments of the repositories: GitHub has trouble (502: bad gateway; tried 3 times): run again later, see https://www.githubstatus.com", "acme/other": "cannot read the deployments of the repositories: GitHub has trouble (502: bad gateway; tried 3 times): run again later, see https://www.githubstatus.com"}},
		{name: "GitHub has trouble once", fault: githubtest.Fault{Route: graphQL, Status: 502, Times: 1}, want: map[string]string{}},
		{name: "the answer breaks off once", fault: githubtest.Fault{Route: graphQL, Cut: true, Times: 1}, want: map[string]string{}},
		{name: "no newest statuses", fault: githubtest.Fault{Route: graphQL, Field: "latestStatus"},
			want: map[string]string{"acme/app": "its deployments cannot be read: GraphQL says: Something went wrong while executing your query.", "acme/other": "its deployments cannot be read: GraphQL says: Something went wrong while executing your query."}},
		{name: "no statuses", app: githubtest.Other{Deployments: []githubtest.Deployment{deploymentOf(0, "canary", payloadOf("canary", 7), "success", "inactive")}}, fault: githubtest.Fault{Route: graphQL, Field: "statuses"},
			want: map[string]string{"acme/app canary": "the statuses of its deployment cannot be read: GraphQL says: Something went wrong while executing your query.", "acme/app production": "nothing"}},
		{name: "no list", spoil: func(body string) string { return strings.Replace(body, `"nodes":[`, `"nodes":null,"x":[`, 1) },
			want: map[string]string{"acme/app canary": lacking + "deployments"}},
		{name: "no word on another page", spoil: func(body string) string { return strings.Replace(body, `"hasNextPage":false`, `"hasNextPage":null`, 1) },
			want: map[string]string{"acme/app canary": lacking + "deployments"}},
		{name: "no id", spoil: func(body string) string { return strings.Replace(body, `"id":`, `"no":`, 1) },
			want: map[string]string{"acme/app canary": "the answer lacks what a deployment is"}},
		{name: "no payload", spoil: func(body string) string { return strings.Replace(body, `"payload":`, `"no":`, 1) },
			want: map[string]string{"acme/app canary": "the answer lacks what a deployment is"}},
		{name: "no state", spoil: func(body string) string { return strings.Replace(body, `"state":"SUCCESS"`, `"state":""`, 1) },
			want: map[string]string{"acme/app canary": "the answer lacks what a status says"}},
		{name: "no name", spoil: func(body string) string { return strings.Replace(body, `"nameWithOwner":"acme/app"`, `"no":1`, 1) },
			want: map[string]string{"acme/app": "the answer of GitHub cannot be read"}},
		{name: "no repository", spoil: func(body string) string { return strings.Replace(body, `"r0":`, `"no":`, 1) },
			want: map[string]string{"acme/app": lacking + "it"}},
		{name: "a number for a repository", spoil: func(body string) string { return strings.Replace(body, `"r0":`, `"r0":7,"no":`, 1) },
			want: map[string]string{"acme/app": "the answer of GitHub cannot be read"}},
		{name: "no data", spoil: func(string) string { return `{"data":null}` },
			want: map[string]string{"acme/app": "cannot read the deployments of the repositories: GraphQL says: nothing that can be read (null)", "acme/other": "cannot read the deployments of the repositories: GraphQL says: nothing that can be read (null)"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			both := func() []githubtest.Deployment {
				return []githubtest.Deployment{
					deploymentOf(0, "canary", payloadOf("canary", 7), "in_progress", "success"), deploymentOf(0, "production", payloadOf("production", 7), "in_progress", "success"),
				}
			}
			app := c.app
			if app.Deployments == nil {
				app.Deployments = both()
			}
			if app.Repository == "" {
				app.Repository = "acme/app"
			}
			hub := githubtest.New(githubtest.State{Repository: "elsewhere/none", Others: []githubtest.Other{app, {Repository: "acme/other", Deployments: both()}}})
			if c.fault.Route != "" {
				hub.Break(c.fault)
			}
			got, _ := said(t, hub, c.spoil, "acme/app", "acme/other")
			want := map[string]string{}
			for _, name := range []string{"acme/app", "acme/other"} {
				for _, ring := range []string{" canary", " production"} {
					if _, whole := c.want[name]; !whole {
						want[name+ring] = fine
					}
				}
			}
			maps.Copy(want, c.want)
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("Read says (-want +got):\n%s", diff)
			}
		})
	}
}

// TestSpent: once GitHub wants no more queries none is sent, and what was read until then is shown.
func TestSpent(t *testing.T) {
	state := githubtest.State{Repository: "elsewhere/none", Limits: githubtest.Limits{Points: 1}}
	var lines []string
	for i := range 200 {
		name := fmt.Sprintf("acme/app-%d", i)
		lines = append(lines, name)
		state.Others = append(state.Others, githubtest.Other{Repository: name, Deployments: []githubtest.Deployment{deploymentOf(0, "canary", payloadOf("canary", 7), "success")}})
	}
	for want, change := range map[string]func(*githubtest.GitHub){
		"GraphQL says: API rate limit exceeded": func(*githubtest.GitHub) {},
		"GitHub does not accept the token":      func(hub *githubtest.GitHub) { hub.Token = "another" },
		"the rate limit is used up": func(hub *githubtest.GitHub) {
			hub.Break(githubtest.Fault{Route: "POST /graphql", Status: 403, Text: "You have exceeded a secondary rate limit.", Header: map[string]string{"Retry-After": "60"}})
		},
	} {
		hub := githubtest.New(state)
		hub.Now = func() time.Time { return morning }
		change(hub)
		got, _ := said(t, hub, nil, lines...)
		read, refused := 0, 0
		for _, what := range got {
			switch {
			case what == "7 since 09:00:01":
				read++
			case strings.Contains(what, want):
				refused++
			}
		}
		if wantRead := map[bool]int{true: 50}[strings.HasPrefix(want, "GraphQL")]; read != wantRead || refused != len(lines)-read {
			t.Errorf("%s: %d repositories were read and %d refused, want %d and the rest: %.300v", want, read, refused, wantRead, got)
		}
		if n := len(hub.Requests()); n > survey.AtOnce+1 {
			t.Errorf("%s: %d requests, want that the first refusal ends them", want, n)
		}
	}
}

// TestOwners: the repositories of an owner have a row if they have a record, or something that cannot be read; those with a line
// have one in any case.
func TestOwners(t *testing.T) {
	state := githubtest.State{Repository: "elsewhere/none"}
	record := []githubtest.Deployment{deploymentOf(0, "canary", payloadOf("canary", 7), "success")}
	for i := range 230 {
		state.Others = append(state.Others, githubtest.Other{Repository: fmt.Sprintf("acme/none-%d", i)})
	}
	state.Others = append(state.Others,
		githubtest.Other{Repository: "acme/app", Deployments: record},
		githubtest.Other{Repository: "acme/old", Deployments: record, Archived: true},
		githubtest.Other{Repository: "acme/jobs", Deployments: []githubtest.Deployment{deploymentOf(0, "canary", `""`, "success")}},
		githubtest.Other{Repository: "acme/secret", Forbidden: "Resource not accessible by integration"},
		githubtest.Other{Repository: "other/app", Deployments: record},
	)
	hub := githubtest.New(state)
	got, owners := said(t, hub, nil, "acme/*", "ACME/none-7", "nobody/*")
	want := map[string]string{
		"acme/app canary": "7 since 09:00:01", "acme/app production": "nothing", "ACME/none-7": "",
		"acme/secret": "its deployments cannot be read: GraphQL says: Resource not accessible by integration",
		"nobody/*":    "the repositories of the owner cannot be listed: there is no such owner, or the token may not see it",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("Read says (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]fleet.Owner{{Owner: "acme", Repositories: 233, Archived: 1, WithoutRecords: 231}}, owners); diff != "" {
		t.Errorf("owners (-want +got):\n%s", diff)
	}
	if n := len(hub.Requests()); n != 5 { // three pages, an owner that there is not, and the rest in one
		t.Errorf("%d requests, want 5", n)
	}
	// One whose deployments may not be read is null where its deployments are counted, and the page is read without that.
	const counted = `{"deployments":{"totalCount":0},"isArchived":false,"nameWithOwner":"acme/none-1"}`
	got, owners = said(t, githubtest.New(state), func(body string) string { return strings.Replace(body, counted, "null", 1) }, "acme/*")
	if got["acme/app canary"] != "7 since 09:00:01" || owners[0].Repositories != 233 || owners[0].WithoutRecords != 231 {
		t.Errorf("Read = %v, %+v, want the same", got, owners)
	}
	for _, spoil := range []spoiler{
		func(body string) string { return strings.Replace(body, `"isArchived":false`, `"isArchived":null`, 1) },
		func(body string) string {
			return strings.Replace(body, `"nameWithOwner":"acme/none-1"`, `"nameWithOwner":"none"`, 1)
		},
		func(body string) string { return strings.Replace(body, `"nodes":[{`, `"nodes":null,"x":[{`, 1) },
	} {
		got, _ := said(t, githubtest.New(state), spoil, "acme/*")
		if want := "the answer of GitHub lacks repositories of the owner"; got["acme/*"] != want || len(got) != 1 {
			t.Errorf("Read = %v, want %q alone", got, want)
		}
	}
}

// TestMore: where deployments of other jobs fill the page the next one is read, of that ring alone, and no other.
func TestMore(t *testing.T) {
	for crowd, want := range map[int]string{
		0: "7 since 00:00:01", 9: "7 since 00:00:01", 10: "7 since 00:00:01", 99: "7 since 00:00:01",
		100: "none of the newest 100 deployments of its environment is a record: run status for this repository",
	} {
		app := githubtest.Other{Repository: "acme/app", Deployments: []githubtest.Deployment{
			deploymentOf(-9, "production", payloadOf("production", 9), "success"), deploymentOf(-9, "canary", payloadOf("canary", 7), "success"),
		}}
		for range crowd {
			app.Deployments = append(app.Deployments, deploymentOf(0, "canary", `""`, "success"))
		}
		hub := githubtest.New(githubtest.State{Repository: "elsewhere/none", Others: []githubtest.Other{app}})
		got, _ := said(t, hub, nil, "acme/app")
		if diff := cmp.Diff(map[string]string{"acme/app canary": want, "acme/app production": "9 since 00:00:01"}, got); diff != "" {
			t.Errorf("with %d deployments of other jobs Read says (-want +got):\n%s", crowd, diff)
		}
		if n, want := len(hub.Requests()), map[bool]int{false: 1, true: 2}[crowd > 9]; n != want {
			t.Errorf("with %d deployments of other jobs: %d requests, want %d", crowd, n, want)
		}
	}
}

// TestNames: what others named is in the variables of a query, never in its text.
func TestNames(t *testing.T) {
	var sent bytes.Buffer
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		var body struct{ Query string }
		json.NewDecoder(r.Body).Decode(&body)
		sent.WriteString(body.Query)
		io.WriteString(w, `{"data":{}}`)
	}))
	defer server.Close()
	client, err := github.New(github.Options{Root: server.URL, Token: "t0ken", Many: true})
	if err != nil {
		t.Fatal(err)
	}
	survey.Read(t.Context(), client, policy(t), []fleet.Selector{{Owner: "acme", Name: "evil-name"}, {Owner: "evil-owner"}})
	if sent.Len() == 0 || strings.Contains(sent.String(), "evil") || strings.Contains(sent.String(), "canary") {
		t.Errorf("the queries have names in them: %s", &sent)
	}
}

// TestRoom: where more rings have to be asked about than there is room for, the rest says so.
func TestRoom(t *testing.T) {
	const repositories, rings = 450, 20 * 40 // queries that there is room for, of so many rings each
	state := githubtest.State{Repository: "elsewhere/none"}
	var lines []string
	for i := range repositories {
		app := githubtest.Other{Repository: fmt.Sprintf("acme/app-%d", i)}
		for _, ring := range []string{"canary", "production"} {
			app.Deployments = append(app.Deployments, deploymentOf(-9, ring, payloadOf(ring, 7), "success"))
			for range 10 {
				app.Deployments = append(app.Deployments, deploymentOf(0, ring, `""`))
			}
		}
		state.Others, lines = append(state.Others, app), append(lines, app.Repository)
	}
	hub := githubtest.New(state)
	got, _ := said(t, hub, nil, lines...)
	counts := map[string]int{}
	for _, what := range got {
		counts[what]++
	}
	want := map[string]int{
		"7 since 00:00:01": rings,
		"what it runs takes more questions than there was room for: run status for this repository": 2*repositories - rings,
	}
	if diff := cmp.Diff(want, counts); diff != "" {
		t.Errorf("Read says (-want +got):\n%s", diff)
	}
	if n, want := len(hub.Requests()), repositories/50+20; n != want {
		t.Errorf("%d requests, want %d", n, want)
	}
}

// TestKept: what repositories write into their records costs the run no more memory than there is for all of them.
func TestKept(t *testing.T) {
	state := githubtest.State{Repository: "elsewhere/none"}
	var lines []string
	for i := range 100 {
		record := deploymentOf(0, "canary", payloadOf("canary", 7), "success", "success signal health_check")
		state.Others = append(state.Others, githubtest.Other{Repository: fmt.Sprintf("acme/app-%d", i), Deployments: []githubtest.Deployment{record}})
		lines = append(lines, state.Others[i].Repository)
	}
	read := func() (n int) {
		got, _ := said(t, githubtest.New(state), nil, lines...)
		for _, what := range got {
			if what == "7 since 09:00:01" {
				n++
			} else if what != "nothing" && !strings.Contains(what, "the records of all repositories together are too large") {
				t.Errorf("Read says %q", what)
			}
		}
		return n
	}
	for bytes, want := range map[int][2]int{100_000: {100, 100}, 45_000: {1, 99}, 20_000: {0, 0}} { // records have some 400 bytes, their statuses 300
		survey.Keep(t, bytes)
		if n := read(); n < want[0] || n > want[1] {
			t.Errorf("with room for %d bytes %d repositories are known, want %d to %d", bytes, n, want[0], want[1])
		}
	}
}
