package command

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/wizzense/deployment-rings/action/internal/cli"
	"github.com/wizzense/deployment-rings/action/internal/once"
	"github.com/wizzense/deployment-rings/action/internal/status"
)

const statusDir = "testdata/status/"

// scenarios are kept as a ledger, and where there are any as evidence and a policy of the same name.
var scenarios = []struct {
	name    string
	overdue string
	states  map[string]status.State
}{
	{"healthy", "", map[string]status.State{"dev": status.Settled, "ring-1": status.Settled, "production": status.Settled}},
	{"soaking", "", map[string]status.State{"ring-0": status.Soaking, "ring-1": status.Settled}},
	{"moving", "", map[string]status.State{"ring-0": status.Ready, "ring-1": status.Settled}},          // the tags have moved, and the job deploys
	{"overdue", "ring-0", map[string]status.State{"ring-0": status.Overdue, "ring-1": status.Settled}}, // ring-1 stays long, and its image has moved on
	{"rolled-back", "", map[string]status.State{"staging": status.Held, "ring-0": status.Settled, "ring-1": status.Unhealthy}},
	{"incident", "", map[string]status.State{"ring-2": status.Settled, "production": status.Unhealthy}}, // at night, and there is something to go back to
	{"frozen", "", map[string]status.State{"canary": status.Soaking, "production": status.Settled}},
	{"empty", "", map[string]status.State{"dev": status.Empty, "production": status.Empty}},
	{"no-evidence", "", map[string]status.State{"ring-0": status.Held, "ring-1": status.Stuck, "ring-2": status.Stuck}},
	{"twenty", "", map[string]status.State{"region-07": status.Ready, "region-20": status.Settled}},
	{"long", "", nil},
	{"busy", "ring-1", map[string]status.State{"ring-1": status.Overdue, "ring-2": status.Stuck}}, // many short stays, and some from before the timeline
}

// withoutEvidence are the moments of the scenarios that are a ledger and nothing else.
var withoutEvidence = map[string]string{"no-evidence": "2026-03-03T05:30:00Z", "busy": "2026-04-01T11:30:00Z", "incident": "2026-03-09T02:20:00Z"}

// scenario are the flags that ask about one.
func scenario(name string) []string {
	args := []string{"status", "--ledger", "file:" + statusDir + name + ".jsonl"}
	for flag, file := range map[string]string{"--policy": name + ".yml", "--evidence": name + ".json"} {
		if _, err := os.Stat(statusDir + file); err == nil {
			args = append(args, flag, statusDir+file)
		}
	}
	if now, ok := withoutEvidence[name]; ok {
		args = append(args, "--now", now, "--image", "ghcr.io/wizzense/aitherzero")
	}
	return args
}

// inputsOf turns flags into inputs.
func inputsOf(args []string) map[string]string {
	env := map[string]string{"INPUT_COMMAND": args[0]}
	for i := 1; i < len(args); i += 2 {
		env["INPUT_"+strings.ToUpper(strings.TrimPrefix(args[i], "--"))] = args[i+1]
	}
	return env
}

func TestStatus(t *testing.T) {
	for _, tt := range scenarios {
		t.Run(tt.name, func(t *testing.T) {
			args := scenario(tt.name)
			hand := over(t, noTags{}, nil, args...)
			if hand.code != cli.ExitDone || hand.stderr != "" {
				t.Fatalf("status = %d, standard error %q, want 0 and none", hand.code, hand.stderr)
			}
			golden(t, statusDir+tt.name+".txt", hand.stdout)

			site := filepath.Join(t.TempDir(), "deep", "site")
			run := inActionOver(t, noTags{}, "", inputsOf(append(args, "--output-dir", site)))
			golden(t, statusDir+tt.name+".md", run.summary)
			goldenPage(t, tt.name, read(t, filepath.Join(site, "index.html")))
			checkStatusOutputs(t, run, site, tt.overdue)
			checkStates(t, run.outputs["json"], tt.states)
		})
	}
}

func checkStatusOutputs(t *testing.T, run ran, site, overdue string) {
	t.Helper()
	if want := outputsOf("status"); run.code != cli.ExitDone || !slices.Equal(run.order, want) {
		t.Errorf("status = %d with outputs %v, want 0 with %v", run.code, run.order, want)
	}
	if got := run.outputs["overdue"]; got != overdue {
		t.Errorf("output overdue = %q, want %q", got, overdue)
	}
	if got, want := run.outputs["dashboard"], filepath.Join(site, "index.html"); got != want {
		t.Errorf("output dashboard = %q, want %q", got, want)
	}
	if got := read(t, run.outputs["json-file"]); got != run.outputs["json"] {
		t.Errorf("json-file holds %q, the output json %q", got, run.outputs["json"])
	}
	var beside, output any
	if err := errors.Join(json.Unmarshal([]byte(read(t, filepath.Join(site, "status.json"))), &beside), json.Unmarshal([]byte(run.outputs["json"]), &output)); err != nil {
		t.Errorf("the report is not JSON: %v", err)
	}
	a, _ := json.Marshal(beside)
	b, _ := json.Marshal(output)
	if string(a) != string(b) {
		t.Errorf("status.json is %s, the output json %s", a, b)
	}
}

func checkStates(t *testing.T, object string, states map[string]status.State) {
	t.Helper()
	var r struct {
		Schema int
		Images []struct {
			Rings []struct {
				Name  string
				State status.State
			}
		}
	}
	if err := json.Unmarshal([]byte(object), &r); err != nil || r.Schema != 1 || len(r.Images) != 1 {
		t.Fatalf("the report has schema %d, %d images, %v", r.Schema, len(r.Images), err)
	}
	for _, ring := range r.Images[0].Rings {
		if want, ok := states[ring.Name]; ok && ring.State != want {
			t.Errorf("%s is %s, want %s", ring.Name, ring.State, want)
		}
	}
}

// A terminal of 80 columns shows a table, and whole words below it. The headline and commands are lines to be copied.
func TestStatusInEightyColumns(t *testing.T) {
	for _, tt := range scenarios {
		if tt.name == "long" {
			continue // its names alone are longer
		}
		_, below, _ := strings.Cut(read(t, statusDir+tt.name+".txt"), "\n")
		for line := range strings.Lines(below) {
			command := strings.HasPrefix(line, "    docker ") || strings.HasPrefix(line, "    curl ") || strings.HasPrefix(line, "    deployment-rings ")
			if n := utf8.RuneCountInString(strings.TrimSuffix(line, "\n")); n > 80 && !command {
				t.Errorf("%s has a line of %d columns: %s", tt.name, n, line)
			}
		}
	}
}

// The JSON of standard output is golden, as its keys are a promise.
func TestStatusJSON(t *testing.T) {
	r := byHand(t, nil, append(scenario("rolled-back"), "--format", "json")...)
	golden(t, statusDir+"rolled-back.report.json", r.stdout)
}

// Every key of the report is explained.
func TestStatusKeysAreDocumented(t *testing.T) {
	var report map[string]any
	docs := read(t, "../docs/status.md")
	for _, name := range []string{"rolled-back", "images"} {
		if err := json.Unmarshal([]byte(read(t, statusDir+name+".report.json")), &report); err != nil {
			t.Fatal(err)
		}
		for _, key := range allKeys(report) {
			if !strings.Contains(docs, "`"+key+"`") && !strings.Contains(docs, "`"+key+"[]`") {
				t.Errorf("docs/status.md does not explain %s", key)
			}
		}
	}
}

// allKeys are the keys of an object and of those in it, each once. Criteria are those of a decision.
func allKeys(v any) []string {
	var keys []string
	switch v := v.(type) {
	case map[string]any:
		for key, below := range v {
			keys = append(keys, key)
			if key != "blocking" {
				keys = append(keys, allKeys(below)...)
			}
		}
	case []any:
		for _, below := range v {
			keys = append(keys, allKeys(below)...)
		}
	}
	return once.Each(keys)
}

// Each name of an image has a row of its own.
func TestStatusSeveralImages(t *testing.T) {
	site := t.TempDir()
	args := append(scenario("soaking"), "--output-dir", site, "--image", "ghcr.io/Wizzense/AitherZero\ndocker.io/wizzense/aitherzero")
	r := over(t, noTags{}, nil, append(args, "--format", "json")...)
	if r.code != cli.ExitDone || !json.Valid([]byte(r.stdout)) {
		t.Fatalf("status = %d: %s", r.code, r.stderr)
	}
	page := read(t, filepath.Join(site, "index.html"))
	for _, name := range []string{"ghcr.io/wizzense/aitherzero", "docker.io/wizzense/aitherzero"} {
		if !strings.Contains(page, ">"+name+"</h2>") || !strings.Contains(r.stdout, `"image": "`+name+`"`) {
			t.Errorf("the page or the report lacks %s", name)
		}
	}
}

// What an evidence file says of the rings is of the image that it names, and of every image where it names none.
func TestStatusEvidenceIsOfItsImage(t *testing.T) {
	digest := "sha256:" + strings.Repeat("a", 64)
	facts := `"rings":{"dev":{"history":[{"id":"1","digest":"` + digest + `","outcome":"success","from":"2026-03-01T00:00:00Z","to":null}],"signals":[]}},
		"quarantine":[{"ring":"dev","digest":"` + digest + `","reason":"bad","at":"2026-03-01T00:00:00Z"}]`
	for subject, want := range map[string]int{`"subject":{"image":"ghcr.io/acme/app"},`: 1, "": 2} {
		file := write(t, "facts.json", `{"schema":1,"now":"2026-03-02T00:00:00Z",`+subject+facts+`}`)
		r := over(t, noTags{}, nil, "status", "--evidence", file, "--ledger", "file:"+write(t, "l.jsonl", ""), "--image", "ghcr.io/acme/app\nghcr.io/acme/worker")
		runs, kept := strings.Count(r.stdout, " aaaaaaaa "), strings.Count(r.stdout, "Quarantined: aaaaaaaa")
		if r.code != cli.ExitDone || runs != want || kept != want {
			t.Errorf("with subject %q dev runs the image in %d rows and quarantines it in %d, want %d:\n%s%s", subject, runs, kept, want, r.stdout, r.stderr)
		}
	}
}

// A ring that has only a longest stay shows how long its image is there, and of nothing.
func TestStatusOfALongestStayAlone(t *testing.T) {
	site := t.TempDir()
	r := byHand(t, nil, "status", "--now", "2026-03-03T09:00:00Z", "--output-dir", site,
		"--policy", write(t, "rings.yml", "version: 1\nrings: [{name: dev, soak: {max: 2h}}, {name: prod, entry: [{id: ok, sign_off: {}}]}]\n"),
		"--ledger", "file:"+write(t, "l.jsonl", `{"id":"1","at":"2026-03-03T06:00:00Z","ring":"dev","outcome":"success","digest":"sha256:`+strings.Repeat("a", 64)+"\"}\n"))
	if want := "  ! dev  overdue aaaaaaaa 2026-03-03 06:00 3h\n"; !strings.Contains(r.stdout, want) {
		t.Errorf("the table lacks %q:\n%s%s", want, r.stdout, r.stderr)
	}
	if page := read(t, filepath.Join(site, "index.html")); !strings.Contains(page, "Soak 3h; overdue from") {
		t.Error("the page does not show the stay")
	}
}

// A dashboard has a badge for each ring, and leaves nothing half-written behind.
func TestStatusFiles(t *testing.T) {
	site := t.TempDir()
	for range 2 { // the second run replaces
		if r := byHand(t, nil, append(scenario("overdue"), "--output-dir", site)...); r.code != cli.ExitDone {
			t.Fatalf("status = %d: %s", r.code, r.stderr)
		}
	}
	var names []string
	err := fs.WalkDir(os.DirFS(site), ".", func(path string, d fs.DirEntry, err error) error {
		if err == nil && !d.IsDir() {
			names = append(names, path)
		}
		return err
	})
	want := []string{"badges/dev.svg", "badges/production.svg", "badges/ring-0.svg", "badges/ring-1.svg", "badges/ring-2.svg", "badges/staging.svg", "index.html", "status.json"}
	if err != nil || !slices.Equal(names, want) {
		t.Errorf("files = %v, %v, want %v", names, err, want)
	}
	golden(t, statusDir+"overdue.svg", read(t, filepath.Join(site, "badges", "ring-0.svg")))
}

// A page that cannot be written is a failure that says where.
func TestStatusFolderIsAFile(t *testing.T) {
	file := write(t, "site", "")
	r := byHand(t, nil, append(scenario("empty"), "--output-dir", file)...)
	if r.code != cli.ExitFailed || !strings.Contains(r.stderr, "output-dir: the dashboard cannot be written: mkdir "+file) || r.stdout != "" {
		t.Errorf("status into a file = %d, %q, want 1 and its name", r.code, r.stderr)
	}
}

func TestStatusProblems(t *testing.T) {
	bad := write(t, "bad.jsonl", "{\"ring\":\"ring-0\"}\n")
	for _, tt := range []struct {
		name string
		args []string
		want int
		says string
	}{
		{"nothing to go by", nil, cli.ExitUsage, "nothing to decide by"},
		{"several at once", []string{"--now", "noon", "--image", "a b", "--evidence", "nowhere.yml"}, cli.ExitUsage, "nowhere.yml"},
		{"another ledger", []string{"--ledger", "somewhere"}, cli.ExitUsage, "neither github nor file:PATH"},
		{"an input of another command", []string{"--ring", "ring-0"}, cli.ExitUsage, "ring"},
		{"an unreadable ledger", []string{"--ledger", "file:" + bad}, cli.ExitDone, "the ledger was not read"},
	} {
		r := byHand(t, nil, append([]string{"status"}, tt.args...)...)
		if r.code != tt.want || !strings.Contains(r.stderr, tt.says) {
			t.Errorf("%s: status = %d, want %d with %q\nstandard error: %s", tt.name, r.code, tt.want, tt.says, r.stderr)
		}
		if tt.want == cli.ExitDone && !strings.Contains(r.stdout, "unknown") {
			t.Errorf("%s: no ring is unknown:\n%s", tt.name, r.stdout)
		}
	}
}

// Whatever a ledger, a policy and a file of evidence hold: it stays text in the page, the summary and the picture.
func TestStatusHostile(t *testing.T) {
	site := t.TempDir()
	run := inAction(t, "", inputsOf(append(scenario("long"), "--output-dir", site)))
	page := read(t, filepath.Join(site, "index.html"))
	for _, tag := range []string{"<script>alert", "<img", "<!--"} {
		if strings.Contains(page, tag) || strings.Contains(run.summary, tag) {
			t.Errorf("%s is in the page or the summary", tag)
		}
	}
	if !strings.Contains(run.outputs["json"], "<script>alert") || strings.Contains(run.outputs["json"], `\u003c`) {
		t.Error("the report does not have texts as they are")
	}
	if n := strings.Count(page, "<script>"); n != 1 {
		t.Errorf("the page has %d scripts, want 1", n)
	}
	if strings.Contains(run.summary, "@octocat") || strings.Contains(run.summary, "](http") {
		t.Error("the summary mentions a person or has a link")
	}
	if withoutPictures(t, run.summary) == run.summary {
		t.Error("the summary has no picture")
	}
	for l := range strings.Lines(run.stdout) {
		if strings.HasPrefix(strings.TrimSpace(l), "::") || strings.Contains(l, "##[") {
			t.Errorf("standard output has a command: %q", l)
		}
	}
}

// refusing is a network that must not be used.
type refusing struct{ t *testing.T }

func (r refusing) RoundTrip(q *http.Request) (*http.Response, error) {
	r.t.Errorf("%s %s, want no request", q.Method, q.URL)
	return nil, errors.New("no network")
}

// With a ledger in a file and no token, no request is sent.
func TestStatusSendsNoRequest(t *testing.T) {
	if r := over(t, refusing{t}, nil, scenario("soaking")...); r.code != cli.ExitDone {
		t.Errorf("status = %d: %s", r.code, r.stderr)
	}
}

// A ring that took back many images shows the newest, so that there is room for what counts.
func TestStatusOfManyQuarantined(t *testing.T) {
	const many = 1000
	var entries strings.Builder
	for i := range many {
		at := time.Date(2026, 1, 1, 0, i, 0, 0, time.UTC).Format(time.RFC3339)
		fmt.Fprintf(&entries, `{"id":"%d","at":"%s","ring":"ring-0","outcome":"success","digest":"sha256:%064x"}`+"\n", 2*i+1, at, i)
		fmt.Fprintf(&entries, `{"id":"%d","at":"%s","ring":"ring-0","outcome":"rolled_back","digest":"sha256:%064x","reason":"bad"}`+"\n", 2*i+2, at, i)
	}
	site := t.TempDir()
	r := inAction(t, "", map[string]string{"INPUT_COMMAND": "status", "INPUT_NOW": "2026-03-02T00:00:00Z", "INPUT_OUTPUT-DIR": site,
		"INPUT_LEDGER": "file:" + write(t, "l.jsonl", entries.String())})
	page := read(t, filepath.Join(site, "index.html"))
	for where, tt := range map[string]struct {
		text, each string
		most       int
		more       string
	}{
		"the summary":        {r.summary, "Quarantined&#58; ", 3, "Quarantined before&#58; 997 more."},
		"the text":           {r.stdout, "Quarantined: ", 3, "Quarantined before: 997 more."},
		"the page":           {page, "since <time", 10, "and 990 more: <a href=\"status.json\">"},
		"the report":         {r.outputs["json"], `"reason":"bad"`, many + 1, `"last_rollback"`}, // that of the last rollback is there twice
		"the newest is kept": {r.summary, "00000000, since 2026-01-01 16&#58;39 UTC", 1, "### "},
	} {
		if n := strings.Count(tt.text, tt.each); n != tt.most || !strings.Contains(tt.text, tt.more) {
			t.Errorf("%s has %d times %q, want %d and %q", where, n, tt.each, tt.most, tt.more)
		}
	}
}

// What GitHub takes is enough for thousands of rings: a summary is cut between lines outside its pictures, and a report
// that is too large for an output stays in its file.
func TestStatusSummaryIsBounded(t *testing.T) {
	var policy, entries strings.Builder
	policy.WriteString("version: 1\nrings:\n")
	for i := range 30 {
		name := "r" + strings.Repeat("x", 90) + "-" + string(rune('a'+i/26%26)) + string(rune('a'+i%26))
		policy.WriteString("  - {name: " + name + ", soak: {min: 1h}, success: [{id: s, title: " + strings.Repeat("t", 190) + ", sign_off: {}}]}\n")
		digest := strings.Repeat(string("0123456789abcdef"[i%16]), 64)
		entries.WriteString(`{"id":"1","at":"2026-03-01T00:00:00Z","ring":"` + name + `","outcome":"success","digest":"sha256:` + digest + `"}` + "\n")
	}
	var names []string
	for i := range 8 {
		names = append(names, "ghcr.io/acme/"+strings.Repeat("i", i+1))
	}
	r := inActionOver(t, noTags{}, "", map[string]string{"INPUT_COMMAND": "status", "INPUT_NOW": "2026-03-02T00:00:00Z",
		"INPUT_IMAGE":  strings.Join(names, "\n"),
		"INPUT_POLICY": write(t, "rings.yml", policy.String()), "INPUT_LEDGER": "file:" + write(t, "l.jsonl", entries.String())})
	if len(r.summary) > 1<<20 || len(r.summary) < 1<<19 || strings.Count(r.summary, "```")%2 != 0 {
		t.Errorf("the summary has %d bytes, want at most 1 MiB; exit code %d %.2000s", len(r.summary), r.code, r.stdout)
	}
	if r.outputs["json"] != "" || !strings.Contains(r.stdout, "the output json is empty") || !strings.Contains(read(t, r.outputs["json-file"]), names[7]) {
		t.Errorf("the output json has %d bytes, want none, and all in the file", len(r.outputs["json"]))
	}
}
