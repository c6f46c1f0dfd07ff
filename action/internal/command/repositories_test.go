package command

import (
	"encoding/json"
	"fmt"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/wizzense/deployment-rings/action/internal/cli"
	"github.com/wizzense/deployment-rings/action/internal/github/githubtest"
	"github.com/wizzense/deployment-rings/ringpolicy"
)

// An organisation has repositories, with numbers that GraphQL does not tell.
type organisation struct {
	repositories []githubtest.Other
	number       int64
}

// add adds a repository, and returns where its deployments go.
func (o *organisation) add(name string) *githubtest.Other {
	o.repositories = append(o.repositories, githubtest.Other{Repository: name})
	o.number = max(o.number, 3_000_000_000)
	return &o.repositories[len(o.repositories)-1]
}

// deploy adds a deployment of an environment. Each status is a time after the deployment, a state, and a description.
func (o *organisation) deploy(to *githubtest.Other, environment string, at time.Time, payload string, statuses ...string) {
	o.number++
	d := githubtest.Deployment{ID: o.number, SHA: sha1Of(1), Ref: "main", Task: "deploy", Environment: environment, Payload: json.RawMessage(payload), CreatedAt: at}
	for _, s := range statuses {
		after, said, _ := strings.Cut(s, " ")
		state, description, _ := strings.Cut(said, " ")
		wait, err := time.ParseDuration(after)
		if err != nil {
			panic(err)
		}
		o.number++
		d.Statuses = append(d.Statuses, githubtest.DeploymentStatus{
			ID: o.number, State: state, Description: description, CreatedAt: at.Add(wait), LogURL: fmt.Sprintf("https://github.com/%s/actions/runs/%d", to.Repository, o.number),
		})
	}
	to.Deployments = append(to.Deployments, d)
}

// record returns the payload of a record; more are further keys.
func recordPayload(ring, digest string, more ...string) string {
	return fmt.Sprintf(`{"type":"deployment-rings/v1","ring":%q,"digest":%q,"rollback":false%s}`, ring, digest, strings.Join(append([]string{""}, more...), ","))
}

// server answers for the organisation.
func (o *organisation) server(t *testing.T, change ...func(*githubtest.State)) (*githubtest.GitHub, map[string]string) {
	t.Helper()
	state := githubtest.State{Repository: "elsewhere/none", Others: o.repositories}
	for _, c := range change {
		c(&state)
	}
	hub := githubtest.New(state)
	server := httptest.NewServer(hub)
	t.Cleanup(server.Close)
	return hub, map[string]string{"GITHUB_API_URL": server.URL, "GITHUB_REPOSITORY": "", "INPUT_COMMAND": "status", "INPUT_GITHUB-TOKEN": "t0ken"}
}

// listOf writes a list of repositories.
func listOf(t *testing.T, lines ...string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "repositories.txt")
	if err := os.WriteFile(path, []byte(strings.Join(lines, "\n")+"\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	return path
}

// TestRepositoriesCost: of 500 repositories each ring runs an image whose outcome is hidden behind a day of signals, after one that it
// replaced, with deployments of other jobs between them.
func TestRepositoriesCost(t *testing.T) {
	const repositories, maxRequests, maxPoints = 500, 60, 200
	now := time.Date(2026, 3, 3, 9, 0, 0, 0, time.UTC)
	var org organisation
	var names []string
	rings := ringpolicy.Builtin().Rings()
	for i := range repositories {
		to := org.add(fmt.Sprintf("acme/app-%03d", i))
		names = append(names, to.Repository)
		for j, ring := range rings {
			at := now.Add(-time.Duration(30+j) * time.Hour)
			org.deploy(to, ring.Environment, at.Add(-200*time.Hour), recordPayload(ring.Name, digestOf(1, j)), "1m success", "199h inactive")
			org.deploy(to, ring.Environment, at.Add(-time.Minute), `""`, "10s in_progress", "2m success")
			said := []string{"1s in_progress", "2m success"}
			for h := range 8 {
				said = append(said, fmt.Sprintf("%dh success signal health_check", 3*h+1))
			}
			org.deploy(to, ring.Environment, at, recordPayload(ring.Name, digestOf(0, j), `"version":"1.5.0"`, `"pr":7`), said...)
			org.deploy(to, ring.Environment, at.Add(25*time.Hour), `""`, "10s in_progress", "2m success")
		}
	}
	for _, list := range [][]string{names, {"acme/*"}} {
		hub, env := org.server(t)
		env["INPUT_REPOSITORIES"], env["INPUT_NOW"] = listOf(t, list...), now.Format(time.RFC3339)
		r := inAction(t, "", env)
		var got struct {
			Rows []struct {
				Repository string
				Rings      []struct {
					Name, State string
					Runs        *struct{ Since time.Time }
				}
			}
			GitHub struct{ Requests, Points int }
		}
		src, err := os.ReadFile(r.outputs["json-file"])
		if err == nil {
			err = json.Unmarshal(src, &got)
		}
		if r.code != cli.ExitDone || err != nil || len(got.Rows) != repositories {
			t.Fatalf("status = %d, %v, %d rows, want %d:\n%.2000s%s", r.code, err, len(got.Rows), repositories, r.stdout, r.stderr)
		}
		for _, row := range got.Rows {
			for j, ring := range row.Rings {
				if want := now.Add(-time.Duration(30+j)*time.Hour + 2*time.Minute); ring.Runs == nil || !ring.Runs.Since.Equal(want) {
					t.Fatalf("%s %s is %s, runs %v, want since %v", row.Repository, ring.Name, ring.State, ring.Runs, want)
				}
			}
		}
		spent := hub.Spent()
		t.Logf("%d lines: %+v", len(list), spent)
		if spent.Requests != 0 || spent.Queries > maxRequests || spent.Points > maxPoints {
			t.Errorf("status of %d repositories took %+v, want at most %d queries and %d points", repositories, spent, maxRequests, maxPoints)
		}
		if got.GitHub.Requests != spent.Queries || got.GitHub.Points != spent.Points {
			t.Errorf("the report says that it took %+v, want %+v", got.GitHub, spent)
		}
	}
}

// policyOfThree has a soak that ends, and rings that an image can be overdue in.
const policyOfThree = `version: 1
rings:
  - {name: canary, title: Canary, soak: {min: 24h, max: 72h}}
  - {name: early, title: Early adopters, soak: {min: 48h}}
  - {name: everyone, title: Everyone, environment: production}
`

// digestBeginning returns a digest that begins so.
func digestBeginning(begin string) string {
	return "sha256:" + begin + strings.Repeat("0", 64-len(begin))
}

// states has a repository for each way in which rings stand.
func (o *organisation) states(now time.Time) {
	ago := func(hours float64) time.Time { return now.Add(-time.Duration(hours * float64(time.Hour))) }
	a, b, c := digestBeginning("aaaa1111"), digestBeginning("bbbb2222"), digestBeginning("cccc3333")
	everywhere := func(to *githubtest.Other, digest string, hours float64, more ...string) {
		for i, ring := range [][2]string{{"canary", "canary"}, {"early", "early"}, {"everyone", "production"}} {
			o.deploy(to, ring[1], ago(hours-float64(i)), recordPayload(ring[0], digest, more...), "1s in_progress", "1m success")
		}
	}
	all := o.add("acme/settled")
	everywhere(all, a, 400, `"version":"1.5.0"`, `"pr":12`)
	failed := o.add("acme/failed")
	everywhere(failed, a, 400, `"version":"1.4.0"`)
	o.deploy(failed, "early", ago(5), recordPayload("early", b, `"version":"1.5.0"`), "1s in_progress", "9m failure failure: the container does not start")
	back := o.add("acme/taken-back")
	everywhere(back, a, 400)
	o.deploy(back, "production", ago(9), recordPayload("everyone", b), "1s in_progress", "1m success", "2h inactive rolled_back: customers cannot pay")
	o.deploy(back, "production", ago(7), recordPayload("everyone", a, `"rollback":true`), "1m success")
	overdue := o.add("acme/overdue")
	everywhere(overdue, a, 400)
	o.deploy(overdue, "canary", ago(100), recordPayload("canary", b), "1m success")
	waiting := o.add("acme/waiting")
	everywhere(waiting, a, 400)
	o.deploy(waiting, "canary", ago(20), recordPayload("canary", b, `"version":"2.0.0-rc.1"`, `"pr":13`), "1s in_progress", "1m success")
	for h := range 19 { // the newest status is no outcome
		d := &waiting.Deployments[len(waiting.Deployments)-1]
		d.Statuses = append(d.Statuses, githubtest.DeploymentStatus{ID: o.number + 1, State: "success", Description: "signal health_check", CreatedAt: ago(19 - float64(h))})
		o.number++
	}
	soaked := o.add("acme/soaked")
	everywhere(soaked, a, 400)
	o.deploy(soaked, "canary", ago(30), recordPayload("canary", b), "1m success")
	arriving := o.add("acme/arriving")
	everywhere(arriving, a, 400)
	o.deploy(arriving, "canary", ago(1), recordPayload("canary", c), "1s in_progress")
	endless := o.add("acme/endless")
	everywhere(endless, a, 400)
	o.deploy(endless, "canary", ago(50), recordPayload("canary", c), "1s in_progress")
	two := o.add("acme/two-images")
	everywhere(two, a, 400, `"images":["ghcr.io/acme/app"]`)
	everywhere(two, c, 300, `"images":["ghcr.io/acme/worker"]`)
	o.deploy(two, "canary", ago(3), recordPayload("canary", b, `"images":["ghcr.io/acme/worker"]`), "1m failure")
	empty := o.add("acme/nothing")
	o.deploy(empty, "production", ago(3), `""`, "1m success")
	late := o.add("acme/late")
	o.deploy(late, "canary", ago(90), recordPayload("canary", a), "1m success")
	o.deploy(late, "canary", ago(80), recordPayload("canary", b), "1m success", "2m inactive rolled_back: crash")
	o.deploy(late, "canary", ago(79), recordPayload("canary", b), "1m success")
	crowded := o.add("acme/crowded")
	everywhere(crowded, a, 400)
	for range 11 {
		o.deploy(crowded, "early", ago(2), `""`, "1m success")
	}
	drowned := o.add("acme/drowned")
	everywhere(drowned, a, 400)
	for range 101 {
		o.deploy(drowned, "early", ago(2), `""`, "1m success")
	}
	archived := o.add("acme/archived")
	archived.Archived = true
	everywhere(archived, a, 400)
	o.add("acme/website")
	forbidden := o.add("acme/forbidden")
	forbidden.Forbidden = "Resource not accessible by integration"
	o.add("zeta/new-name").OldNames = []string{"zeta/old-name"}
}

// TestRepositories holds all that is said of many repositories to golden files.
func TestRepositories(t *testing.T) {
	now := time.Date(2026, 3, 3, 9, 0, 0, 0, time.UTC)
	var org organisation
	org.states(now)
	_, env := org.server(t)
	policy, site := filepath.Join(t.TempDir(), "rings.yml"), t.TempDir()
	if err := os.WriteFile(policy, []byte(policyOfThree), 0o644); err != nil {
		t.Fatal(err)
	}
	list := listOf(t, "# of the platform team", "acme/*", "", "  acme/Nothing  # has a line of its own", "zeta/old-name", "zeta/missing", "nobody/*", "ACME/settled")
	env["INPUT_REPOSITORIES"], env["INPUT_POLICY"], env["INPUT_NOW"], env["INPUT_OUTPUT-DIR"] = list, policy, now.Format(time.RFC3339), site
	const dir = "testdata/repositories/"
	run := inAction(t, "", env)
	golden(t, dir+"status.log", strings.ReplaceAll(run.stdout, site, "SITE"))
	golden(t, dir+"status.md", run.summary)
	golden(t, dir+"status.json", read(t, filepath.Join(site, "status.json")))
	goldenPage(t, "repositories", read(t, run.outputs["dashboard"]))
	if got, want := run.outputs["overdue"], "canary"; run.code != cli.ExitDone || got != want || run.outputs["json"]+"" != read(t, run.outputs["json-file"]) {
		t.Errorf("status = %d, overdue %q, want %d, %q, and the same JSON in both places\n%s%s", run.code, got, cli.ExitDone, want, run.stdout, run.stderr)
	}
	hand := byHand(t, map[string]string{"GITHUB_API_URL": env["GITHUB_API_URL"], "GITHUB_TOKEN": "t0ken"}, "status", "--repositories", list, "--policy", policy, "--now", env["INPUT_NOW"])
	golden(t, dir+"status.txt", hand.stdout+hand.stderr)
}

// TestRepositoriesRefuses: what is wrong with the inputs is told at once, and nothing is asked.
func TestRepositoriesRefuses(t *testing.T) {
	hub, env := (&organisation{}).server(t)
	bad, good := listOf(t, "acme/app", "https://github.com/acme/app", "", "acme"), listOf(t, "acme/app")
	byToken := map[string]string{"GITHUB_API_URL": env["GITHUB_API_URL"], "GITHUB_TOKEN": "t0ken"}
	for _, c := range []struct {
		env  map[string]string
		args []string
		want []string
	}{
		{byToken, []string{"--repositories", bad, "--image", "ghcr.io/acme/app", "--evidence", "evidence.yml", "--ledger", "file:x", "--now", "noon"}, []string{
			bad + `:2:1: "https://github.com/acme/app" is no repository, expected owner/name, or owner/* for all of an owner`,
			bad + `:4:1: "acme" is no repository, expected owner/name, or owner/* for all of an owner`,
			"image: with repositories each image that the records of a repository name has a row; leave image out",
			"evidence: the facts of a file are about one repository; leave evidence out, or repositories",
			`ledger: "file:x" is one ledger, and with repositories each has its own at GitHub; leave ledger out`,
			`now: "noon" is not a time in RFC 3339 such as 2026-03-03T05:30:00Z`,
		}},
		{nil, []string{"--repositories", good}, []string{`repositories: reading them takes a token that may read the deployments of each (github-token, or GITHUB_TOKEN), such as that of an App with "deployments: read" and "metadata: read"`}},
		{byToken, []string{"--repositories", t.TempDir()}, []string{"is a directory, expected a regular file or a link to one"}},
		{byToken, []string{"--repositories", filepath.Join(t.TempDir(), "none")}, []string{"repositories: there is no file"}},
		{byToken, []string{"--repositories", good, "--policy", "none.yml"}, []string{`policy: there is no file "none.yml"`}},
	} {
		r := byHand(t, c.env, append([]string{"status"}, c.args...)...)
		for _, want := range c.want {
			if r.code != cli.ExitUsage || !strings.Contains(r.stderr, want) {
				t.Errorf("status %q = %d, want %d and %q:\n%s", c.args, r.code, cli.ExitUsage, want, r.stderr)
			}
		}
		if n := strings.Count(r.stderr, "\n"); n != len(c.want) {
			t.Errorf("status %q tells %d problems, want %d:\n%s", c.args, n, len(c.want), r.stderr)
		}
	}
	if n := len(hub.Requests()); n != 0 {
		t.Errorf("%d requests were sent, want none", n)
	}
}

// TestRepositoriesUnread: where nothing could be read the run fails, and still hands out the page that says so.
func TestRepositoriesUnread(t *testing.T) {
	_, env := (&organisation{}).server(t)
	env["INPUT_REPOSITORIES"], env["INPUT_OUTPUT-DIR"] = listOf(t, "acme/none", "acme/other"), t.TempDir()
	r := inAction(t, "", env)
	want := "repositories: none could be read. acme/none: the repository cannot be read, or the token may not see it"
	if page := read(t, r.outputs["dashboard"]); r.code != cli.ExitFailed || !strings.Contains(r.stdout, want) || !strings.Contains(page, "2 of 2 repositories need a person") {
		t.Errorf("status = %d, want %d and %q:\n%s", r.code, cli.ExitFailed, want, r.stdout)
	}
}

// TestHostileRepositories: what others wrote into payloads and descriptions means nothing to logs, outputs, Markdown and HTML.
func TestHostileRepositories(t *testing.T) {
	now := time.Date(2026, 3, 3, 9, 0, 0, 0, time.UTC)
	const evil = "<script>alert(1)</script>|`@mona`\u202e\u0007##[error]x ]]> [a](javascript:alert(1)) "
	text, err := json.Marshal(evil)
	if err != nil {
		t.Fatal(err)
	}
	var org organisation
	for i, payload := range []string{
		recordPayload("dev", digestOf(0, 0), `"version":`+string(text)),
		recordPayload("dev", digestOf(0, 0), `"images":[`+string(text)+`]`),
		recordPayload("dev", digestOf(0, 0), `"revision":`+string(text)),
		`{"type":"deployment-rings/v1","ring":` + string(text) + `,"digest":1}`,
		`deployment-rings/v1 ` + evil,
		recordPayload("dev", digestOf(0, 0)),
	} {
		to := org.add(fmt.Sprintf("acme/app-%d", i))
		org.deploy(to, "dev", now.Add(-9*time.Hour), payload, "1m success", "2m inactive rolled_back: "+evil, "3m failure "+evil)
		to.Deployments[0].Statuses[2].LogURL = "javascript:alert(1)//" + evil
	}
	forbidden := org.add("acme/forbidden")
	forbidden.Forbidden = evil
	_, env := org.server(t)
	site := t.TempDir()
	env["INPUT_REPOSITORIES"], env["INPUT_NOW"], env["INPUT_OUTPUT-DIR"] = listOf(t, "acme/*"), now.Format(time.RFC3339), site
	r := inAction(t, "", env)
	page := read(t, r.outputs["dashboard"])
	goldenPage(t, "repositories-hostile", page)
	if r.code != cli.ExitDone || strings.Count(page, "<tr id=") != 7 {
		t.Fatalf("status = %d, want %d and 7 rows:\n%s%s", r.code, cli.ExitDone, r.stdout, page)
	}
	for name, said := range map[string]string{"the page": page, "the summary": r.summary, "the log": r.stdout} {
		for _, bad := range []string{"<script>alert", "\u202e", "\u0007", "##[error]", `href="javascript`, "ZgotmplZ", "`@mona", " @mona"} {
			if name == "the log" && strings.HasPrefix(bad, "<script") || name != "the summary" && strings.Contains(bad, "@mona") {
				continue // means nothing there
			}
			if at := strings.Index(said, bad); at >= 0 {
				t.Errorf("%s has %q in …%.200q", name, bad, said[max(0, at-100):])
			}
		}
	}
	for line := range strings.Lines(r.summary) {
		if cells := strings.Count(line, " |"); strings.HasPrefix(line, "| <a") && cells != 9 {
			t.Errorf("a row has %d cells, want 9: %s", cells, line)
		}
	}
}

// TestSummaryOfRepositories: the summary has room for what needs a person, and says how many it leaves out.
func TestSummaryOfRepositories(t *testing.T) {
	now := time.Date(2026, 3, 3, 9, 0, 0, 0, time.UTC)
	var org organisation
	for i := range 250 {
		to := org.add(fmt.Sprintf("acme/app-%03d", i))
		org.deploy(to, "dev", now.Add(-9*time.Hour), recordPayload("dev", digestOf(0, 0)), "1m "+[]string{"success", "failure"}[i%2])
	}
	_, env := org.server(t)
	env["INPUT_REPOSITORIES"], env["INPUT_NOW"] = listOf(t, "acme/*"), now.Format(time.RFC3339)
	r := inAction(t, "", env)
	if rows, more := strings.Count(r.summary, "\n| <a"), strings.Count(r.summary, "\n25 more are in the file that `json-file` names.\n"); rows != 200 || more != 2 || len(r.summary) > 1<<19 {
		t.Errorf("the summary has %d rows and says %d times what is left out, in %d bytes; want 200, twice, at most 512 KiB", rows, more, len(r.summary))
	}
	if n := strings.Count(r.stdout, "::warning::"); n != 11 || !strings.Contains(r.stdout, "::warning::115 more need a person: the page and the JSON have all") {
		t.Errorf("%d annotations, want 10 and one that says how many more there are", n)
	}
}
