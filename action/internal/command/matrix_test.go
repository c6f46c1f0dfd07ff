package command

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"math/rand/v2"
	"net/http"
	"os"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/wizzense/deployment-rings/action/internal/cli"
	"github.com/wizzense/deployment-rings/action/internal/github/githubtest"
	"github.com/wizzense/deployment-rings/ringpolicy"
)

// matrixPolicy asks for every kind of fact that can be gathered on the way from ring-0 to ring-1.
const matrixPolicy = `version: 1
labels: {prefix: com.aitherzero}
rings:
  - name: ring-0
    branches: [ring-0]
    soak: {min: 1h}
    success: [{id: quiet, signals: {kinds: [test_failure]}}]
  - name: ring-1
    entry:
      - {id: tests, checks: {names: ["unit*"]}}
      - {id: no-incident, incidents: {severities: [critical]}}
      - {id: board, approval: {role: change-review-board}}
      - {id: user-feedback, sign_off: {}}
  - {name: ring-2, soak: {min: 1h}, entry: [{id: no-incident, incidents: {severities: [critical]}}]}
`

// matrixNow is when the image of the matrix may come in, unless something blocks it.
var matrixNow = time.Date(2026, 2, 1, 12, 0, 0, 0, time.UTC)

// A matrixWorld is a GitHub, a registry and a ledger in which an image of pull request 123 may move into ring-1.
type matrixWorld struct {
	*gateWorld
	old, next, other string // what ring-1 runs, the image that wants to come in, and another one
}

const (
	oldCommit   = "c0ffee0000000000000000000000000000000000"
	otherCommit = "0000000037f72ccb80a373b08a177a4570281827"
)

// newMatrixWorld keeps the ledger on GitHub, or in a file.
func newMatrixWorld(t *testing.T, inFile bool) *matrixWorld {
	t.Helper()
	w := &matrixWorld{gateWorld: newEmptyGateWorld(t)}
	w.change(func(s *githubtest.State) {
		s.Commits = append(s.Commits, githubtest.Commit{SHA: otherCommit, Author: githubtest.Person("mona"), Committer: githubtest.Person("mona")})
	})
	w.env["INPUT_POLICY"] = write(t, "rings.yml", matrixPolicy)
	if inFile {
		w.env["INPUT_LEDGER"] = "file:" + w.ledger
	}
	w.old = w.push(labelsOf(oldCommit), "old")
	w.next = w.push(labelsOf(headCommit), "ring-0-latest")
	w.other = w.push(labelsOf(otherCommit), "other")
	w.record(-96*time.Hour, "RING", "ring-1", "STATE", "success", "DIGEST", w.old)
	w.record(-48*time.Hour, "RING", "ring-0", "STATE", "success", "DIGEST", w.next)
	return w
}

func (w *matrixWorld) change(by func(*githubtest.State)) { w.hub.Change(by) }

// record runs the command some time before now.
func (w *matrixWorld) record(before time.Duration, inputs ...string) {
	w.t.Helper()
	if r := w.at(matrixNow.Add(before), "record", inputs...); r.code != cli.ExitDone {
		w.t.Fatalf("record %q = %d\n%s", inputs, r.code, r.stdout)
	}
}

// says adds a comment of a member, an hour before now.
func (w *matrixWorld) says(id int64, who, text string) {
	at := matrixNow.Add(-time.Hour)
	w.change(func(s *githubtest.State) {
		s.Comments = append(s.Comments, githubtest.Comment{Issue: 123, ID: id, User: githubtest.Person(who), Body: text, AuthorAssociation: "MEMBER", CreatedAt: at, UpdatedAt: at})
	})
}

// A gated is what a gate says. A run that fails says nothing.
type gated struct {
	code     int
	output   string
	Decision string      `json:"decision"`
	Criteria []criterion `json:"criteria"`
}

type criterion struct {
	ID, Ring, Status, Code string
	Advisory               bool
}

// status is how a criterion stands, "" when it is not listed.
func (g gated) status(ring, id string) string {
	for _, c := range g.Criteria {
		if c.Ring == ring && c.ID == id {
			return c.Status
		}
	}
	return ""
}

func (g gated) String() string {
	var b strings.Builder
	fmt.Fprintf(&b, "exit code %d, decision %q", g.code, g.Decision)
	for _, c := range g.Criteria {
		if c.Status != "met" {
			fmt.Fprintf(&b, "\n  %s %s: %s (%s)", c.Ring, c.ID, c.Status, c.Code)
		}
	}
	return b.String() + "\n" + g.output
}

// gate asks over a transport whether the image may come into ring-1.
func (w *matrixWorld) gate(over http.RoundTripper) gated {
	w.t.Helper()
	w.change(func(*githubtest.State) { w.hub.Now = func() time.Time { return matrixNow } })
	env := maps.Clone(w.env)
	maps.Copy(env, map[string]string{
		"INPUT_COMMAND": "gate", "INPUT_RING": "ring-1", "INPUT_DIGEST": w.next, "INPUT_NOW": matrixNow.Format(time.RFC3339),
	})
	r := inActionOver(w.t, over, "", env)
	g := gated{code: r.code, output: r.stdout}
	if r.code != cli.ExitDone {
		return g
	}
	if err := json.Unmarshal([]byte(r.outputs["json"]), &g); err != nil {
		w.t.Fatalf("the output json of a gate cannot be read: %v\n%s", err, r.stdout)
	}
	return g
}

// A matrixRow is a kind of facts, with something in it that keeps the image out, and the answers that it is read from.
type matrixRow struct {
	fact   string // as ringpolicy.Evidence names it
	ring   string // with id the criterion that must not be met
	id     string
	block  func(*matrixWorld)
	reads  []string // patterns of "METHOD path?query", or "graphql WORD" of a query with that word; all are spoiled at once
	ledger bool     // it is read from the ledger, which may be a file
}

const (
	readDeployments = `^GET .*/deployments(\?|/)`
	readLedger      = `^graphql .*deployments\(`
)

var matrixRows = []matrixRow{
	{fact: "Rings.History", ring: "ring-0", id: "lineage", reads: []string{readDeployments, readLedger}, ledger: true, block: func(w *matrixWorld) {
		w.record(-1*time.Hour, "RING", "ring-0", "STATE", "failure", "DIGEST", w.next)
	}},
	{fact: "Rings.History", ring: "ring-1", id: "settled", reads: []string{readDeployments, readLedger}, ledger: true, block: func(w *matrixWorld) {
		w.record(-1*time.Hour, "RING", "ring-1", "STATE", "in_progress", "DIGEST", w.other)
	}},
	{fact: "Rings.Signals", ring: "ring-0", id: "quiet", reads: []string{readDeployments, readLedger}, ledger: true, block: func(w *matrixWorld) {
		w.record(-1*time.Hour, "RING", "ring-0", "SIGNAL", "test_failure", "STATE", "failing", "DIGEST", w.next)
	}},
	{fact: "Quarantine", ring: "ring-1", id: "quarantine", reads: []string{readDeployments, readLedger}, ledger: true, block: func(w *matrixWorld) {
		w.record(-5*time.Hour, "RING", "ring-1", "STATE", "success", "DIGEST", w.next)
		w.at(matrixNow.Add(-4*time.Hour), "rollback", "RING", "ring-1")
	}},
	{fact: "Quarantine", ring: "ring-1", id: "quarantine", reads: []string{readLedger, `/deployments\?.*environment=ring-0`}, ledger: true, block: func(w *matrixWorld) {
		w.record(-50*time.Hour, "RING", "ring-0", "STATE", "success", "DIGEST", w.other)
		w.at(matrixNow.Add(-4*time.Hour), "rollback", "RING", "ring-0")
	}},
	{fact: "Checks", ring: "ring-1", id: "tests", reads: []string{`/check-runs\?`}, block: func(w *matrixWorld) {
		w.change(func(s *githubtest.State) {
			run := s.CheckRuns[0]
			run.ID, run.Name, run.Conclusion = 2, "unit-tests-of-the-other-half", textOf("failure")
			s.CheckRuns = append(s.CheckRuns, run)
		})
	}},
	{fact: "Checks", ring: "ring-1", id: "tests", reads: []string{`/commits/[0-9a-f]+/statuses`}, block: func(w *matrixWorld) {
		w.change(func(s *githubtest.State) {
			s.Statuses = append(s.Statuses, githubtest.Status{SHA: headCommit, ID: 9, State: "failure", Context: "unit/other", Creator: githubtest.Bot("ci[bot]"), CreatedAt: matrixNow.Add(-time.Hour)})
		})
	}},
	{fact: "Incidents", ring: "ring-1", id: "no-incident", reads: []string{`/issues\?.*labels=critical`}, block: func(w *matrixWorld) {
		w.change(func(s *githubtest.State) {
			s.Issues = append(s.Issues, githubtest.Issue{Number: 200, State: "open", Title: "Down", User: githubtest.Person("mona"), Labels: []githubtest.Label{{Name: "critical"}}, AuthorAssociation: "MEMBER", CreatedAt: matrixNow.Add(-time.Hour)})
		})
	}},
	{fact: "Approvals", ring: "ring-1", id: "board", reads: []string{`/issues/123/comments`}, block: func(w *matrixWorld) {
		w.says(20, "rudi", "/reject change-review-board")
	}},
	{fact: "SignOffs", ring: "ring-1", id: "user-feedback", reads: []string{`/issues/123/comments`}, block: func(w *matrixWorld) {
		w.change(func(s *githubtest.State) { // what there is now is of another commit
			s.Comments = slices.DeleteFunc(s.Comments, func(c githubtest.Comment) bool { return strings.Contains(c.Body, "/sign-off") })
		})
	}},
	{fact: "Locks", ring: "ring-1", id: "lock", reads: []string{`/issues/123/comments`}, block: func(w *matrixWorld) {
		w.says(20, "rudi", "/lock ring-1 audit")
	}},
	{fact: "Locks", ring: "ring-1", id: "lock", reads: []string{`/issues\?.*labels=deployment-lock`}, block: func(w *matrixWorld) {
		w.change(func(s *githubtest.State) {
			s.Issues = append(s.Issues, githubtest.Issue{Number: 201, State: "open", Title: "Freeze", Body: "/lock ring-1 audit", User: githubtest.Person("rudi"), Labels: []githubtest.Label{{Name: "deployment-lock"}}, AuthorAssociation: "MEMBER", CreatedAt: matrixNow.Add(-time.Hour)})
		})
	}},
	{fact: "Ancestry", ring: "ring-1", id: "ancestry", reads: []string{`/compare/`}, block: func(w *matrixWorld) {
		w.change(func(s *githubtest.State) { // the history was rewritten
			for i := range s.Commits {
				if s.Commits[i].SHA == headCommit {
					s.Commits[i].Parents = nil
				}
			}
		})
	}},
	{fact: "Subject.Author", ring: "ring-1", id: "board", reads: []string{`/pulls/123(\?|$)`}, block: func(w *matrixWorld) {
		w.change(func(s *githubtest.State) { s.Pulls[0].User = githubtest.Person("hubot") }) // who approved
	}},
	{fact: "Subject.Contributors", ring: "ring-1", id: "board", reads: []string{`/pulls/123/commits`}, block: func(w *matrixWorld) {
		w.change(func(s *githubtest.State) {
			for i := range s.Commits {
				if s.Commits[i].SHA == headCommit {
					s.Commits[i].Author = githubtest.Person("hubot")
				}
			}
		})
	}},
	{fact: "Subject.Revision", ring: "ring-1", id: "tests", reads: []string{`^GET .*/v2/.*/(manifests|blobs)/`, readDeployments, readLedger}, block: func(w *matrixWorld) {
		w.change(func(s *githubtest.State) { s.CheckRuns[0].Conclusion = textOf("failure") })
	}},
	{fact: "Subject.PullRequest", ring: "ring-1", id: "board", reads: []string{`/pulls/123(\?|$)`}, block: func(w *matrixWorld) {
		w.change(func(s *githubtest.State) { // the image claims a pull request that it is not of
			s.Pulls[0].Head.SHA, s.Pulls[0].SHAs = oldCommit, []string{oldCommit}
			s.Pulls[0].Merged, s.Pulls[0].MergedAt = false, nil
		})
	}},
}

// notGathered are the fields of the evidence that no answer of GitHub or of a ledger fills in, with the reason.
var notGathered = map[string]string{
	"Now":             "the clock",
	"Subject.Image":   "an input",
	"Subject.Digest":  "an input, or what the tag of the upstream ring points to",
	"Subject.Version": "an input",
	"Subject.To":      "an input",
	"Subject.Retry":   "an input",
	"Rings.Gone":      "not asked for yet: what is not known counts as empty",
	"Metrics":         "the evidence file alone",
	"People":          "the evidence file alone",
	"Overrides":       "they only let an image in: what is not read counts as empty",
}

// TestMatrixIsWhole fails where evidence gets a new kind of fact and the matrix no row for it.
func TestMatrixIsWhole(t *testing.T) {
	var fields []string
	for _, f := range reflect.VisibleFields(reflect.TypeFor[ringpolicy.Evidence]()) {
		switch f.Name {
		case "Rings":
			fields = append(fields, fieldsOf[ringpolicy.RingFacts]("Rings.")...)
		case "Subject":
			fields = append(fields, fieldsOf[ringpolicy.Subject]("Subject.")...)
		default:
			fields = append(fields, f.Name)
		}
	}
	for _, name := range fields {
		row := slices.ContainsFunc(matrixRows, func(r matrixRow) bool { return r.fact == name })
		if _, none := notGathered[name]; row == none {
			t.Errorf("evidence has %s: it needs a row in matrixRows, or a reason in notGathered, and not both", name)
		}
	}
}

func fieldsOf[T any](prefix string) []string {
	var names []string
	for _, f := range reflect.VisibleFields(reflect.TypeFor[T]()) {
		names = append(names, prefix+f.Name)
	}
	return names
}

// matrixFaults are the ways in which an answer is not one. Each gets the answer as it would have been.
var matrixFaults = map[string]func(*http.Response) (*http.Response, error){
	"absent":           func(*http.Response) (*http.Response, error) { return nil, errors.New("connection refused") },
	"403":              answering(403, `{"message":"Resource not accessible by integration"}`),
	"404":              answering(404, `{"message":"Not Found"}`),
	"410":              answering(410, `{"message":"Issues are disabled"}`),
	"422":              answering(422, `{"message":"Validation Failed"}`),
	"500":              answering(500, `{"message":"Server Error"}`),
	"malformed":        answering(200, `{"data": [`),
	"null":             answering(200, `null`),
	"a text":           answering(200, `"sorry"`),
	"another shape":    anotherShape,
	"cut":              cutShort,
	"partial":          partial,
	"errors with data": errorsWithData,
	"data is null":     answering(200, `{"data":null}`),
}

func answering(status int, body string) func(*http.Response) (*http.Response, error) {
	return func(r *http.Response) (*http.Response, error) { return answerWith(r, status, body), nil }
}

func answerWith(r *http.Response, status int, body string) *http.Response {
	r.StatusCode, r.Status = status, fmt.Sprintf("%d %s", status, http.StatusText(status))
	r.Body, r.ContentLength = io.NopCloser(strings.NewReader(body)), int64(len(body))
	r.Header.Del("Content-Length")
	r.Header.Del("Docker-Content-Digest")
	return r
}

func bodyOf(r *http.Response) []byte {
	body, _ := io.ReadAll(r.Body)
	r.Body.Close()
	return body
}

// anotherShape is a list for an object, and an object for a list.
func anotherShape(r *http.Response) (*http.Response, error) {
	body := `{}`
	if bytes.HasPrefix(bytes.TrimSpace(bodyOf(r)), []byte("{")) {
		body = `[]`
	}
	return answerWith(r, 200, body), nil
}

func cutShort(r *http.Response) (*http.Response, error) {
	body := bodyOf(r)
	r.Body, r.ContentLength = io.NopCloser(io.MultiReader(bytes.NewReader(body[:len(body)/2]), brokenBody{})), -1
	return r, nil
}

type brokenBody struct{}

func (brokenBody) Read([]byte) (int, error) { return 0, errors.New("connection reset by peer") }

// partial is an answer that promises another page, and has nothing of its own. The other page never comes.
func partial(r *http.Response) (*http.Response, error) {
	if r.Request.URL.Query().Get("page") == "lost" {
		return answerWith(r, 500, `{"message":"Server Error"}`), nil
	}
	next := *r.Request.URL
	next.RawQuery += "&page=lost"
	body := emptied.ReplaceAllString(string(bodyOf(r)), `$1[]`)
	if strings.HasPrefix(strings.TrimSpace(body), "[") {
		body = "[]"
	}
	body = strings.ReplaceAll(body, `"hasNextPage":false`, `"hasNextPage":true`)
	answer := answerWith(r, 200, body)
	answer.Header.Set("Link", fmt.Sprintf(`<%s>; rel="next"`, &next))
	return answer, nil
}

var emptied = regexp.MustCompile(`(?s)("(?:check_runs|workflow_runs|nodes)":\s*)\[.*\]`)

// errorsWithData is an answer of GraphQL that has data, from which something is missing.
func errorsWithData(r *http.Response) (*http.Response, error) {
	body := strings.TrimSpace(string(bodyOf(r)))
	if !strings.HasPrefix(body, `{"data"`) {
		return answerWith(r, 500, `{"message":"Server Error"}`), nil
	}
	return answerWith(r, 200, emptied.ReplaceAllString(body[:len(body)-1], `$1[]`)+`,"errors":[{"message":"Something went wrong"}]}`), nil
}

// A answerSpoiler spoils the answers to some requests.
type answerSpoiler struct {
	fits  func(*http.Request) bool
	fault func(*http.Response) (*http.Response, error)
	hits  atomic.Int64
}

func (s *answerSpoiler) RoundTrip(r *http.Request) (*http.Response, error) {
	fits := s.fits(r)
	resp, err := http.DefaultTransport.RoundTrip(r)
	if err != nil || !fits {
		return resp, err
	}
	s.hits.Add(1)
	return s.fault(resp)
}

// TestMatrix spoils the answers that a kind of facts is read from, while something in them keeps the image out. It must
// stay out: what was not read in full is never "nothing found".
func TestMatrix(t *testing.T) {
	for _, row := range matrixRows {
		for _, inFile := range []bool{false, true} {
			if row.ledger && inFile {
				continue // TestMatrixOfFiles
			}
			name := fmt.Sprintf("%s %s/%s %s ledger in a file: %v", row.fact, row.ring, row.id, row.reads[0], inFile)
			t.Run(name, func(t *testing.T) {
				t.Parallel()
				row.run(t, inFile)
			})
		}
	}
}

func (row matrixRow) run(t *testing.T, inFile bool) {
	w := newMatrixWorld(t, inFile)
	if got := w.gate(nil); got.Decision != "promote" {
		t.Fatalf("gate before anything blocks = %s", got)
	}
	row.block(w)
	if got := w.gate(nil); got.Decision != "hold" || got.status(row.ring, row.id) == "met" {
		t.Fatalf("gate with a blocker = %s\nwant a hold by %s of %s", got, row.id, row.ring)
	}
	for _, name := range slices.Sorted(maps.Keys(matrixFaults)) {
		s := &answerSpoiler{fault: matrixFaults[name], fits: func(r *http.Request) bool { return row.readsFrom(asked(r)) }}
		got := w.gate(s)
		if s.hits.Load() == 0 {
			t.Fatalf("gate asks for nothing that fits %q", row.reads)
		}
		if !got.staysOut(row.ring, row.id) {
			t.Errorf("gate where the answer is %s = %s\nwant %s of %s unknown", name, got, row.id, row.ring)
		}
	}
}

func (row matrixRow) readsFrom(asked string) bool {
	return slices.ContainsFunc(row.reads, func(pattern string) bool { return regexp.MustCompile(pattern).MatchString(asked) })
}

// staysOut reports whether an image is kept out by a criterion, or the run failed.
func (g gated) staysOut(ring, id string) bool {
	if g.code != cli.ExitDone {
		return g.code == cli.ExitFailed && g.Decision == ""
	}
	status := g.status(ring, id)
	return g.Decision == "hold" && status != "met" && status != "waived" && status != ""
}

// TestMatrixOfFiles does the same with a ledger in a file that cannot be read, or only in part.
func TestMatrixOfFiles(t *testing.T) {
	spoil := map[string]func(path, content string) error{
		"absent":                 func(path, _ string) error { return os.Remove(path) },
		"a folder":               func(path, _ string) error { return errors.Join(os.Remove(path), os.Mkdir(path, 0o755)) },
		"a malformed first line": func(path, content string) error { return os.WriteFile(path, []byte("{}\n"+content), 0o644) },
		"a malformed last line":  func(path, content string) error { return os.WriteFile(path, []byte(content+"nonsense\n"), 0o644) },
		"an unknown key": func(path, content string) error {
			return os.WriteFile(path, []byte(strings.Replace(content, `{"id"`, `{"idea":1,"id"`, 1)), 0o644)
		},
		"zero bytes": func(path, content string) error {
			return os.WriteFile(path, append([]byte{0, 0, '\n'}, content...), 0o644)
		},
	}
	for _, row := range matrixRows {
		if !row.ledger {
			continue
		}
		for _, name := range slices.Sorted(maps.Keys(spoil)) {
			t.Run(fmt.Sprintf("%s %s/%s %s", row.fact, row.ring, row.id, name), func(t *testing.T) {
				t.Parallel()
				w := newMatrixWorld(t, true)
				row.block(w)
				if got := w.gate(nil); !got.staysOut(row.ring, row.id) {
					t.Fatalf("gate with a blocker = %s\nwant a hold by %s of %s", got, row.id, row.ring)
				}
				if err := spoil[name](w.ledger, read(t, w.ledger)); err != nil {
					t.Fatal(err)
				}
				if got := w.gate(nil); !got.staysOut(row.ring, row.id) {
					t.Errorf("gate with a ledger that is %s = %s\nwant %s of %s unknown", name, got, row.id, row.ring)
				}
			})
		}
	}
}

// FuzzOneAnswerLess breaks any one answer of GitHub or the registry, over random worlds: a hold never becomes a promotion.
func FuzzOneAnswerLess(f *testing.F) {
	for seed := range uint64(12) {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, seed uint64) {
		t.Parallel()
		random := rand.New(rand.NewPCG(seed, 0))
		w := newMatrixWorld(t, random.IntN(2) == 0)
		var blockers []string
		for range 1 + random.IntN(3) {
			row := matrixRows[random.IntN(len(matrixRows))]
			if row.fact == "Subject.Revision" { // it changes the one check run, which another row may copy
				continue
			}
			row.block(w)
			blockers = append(blockers, row.fact)
		}
		listener := &recorder{}
		if got := w.gate(listener); got.Decision != "hold" {
			return
		}
		names := slices.Sorted(maps.Keys(matrixFaults))
		for _, request := range listener.asked {
			name := names[random.IntN(len(names))]
			s := &answerSpoiler{fault: matrixFaults[name], fits: func(r *http.Request) bool { return asked(r) == request }}
			if got := w.gate(s); got.Decision == "promote" || got.Decision == "rollback" {
				t.Errorf("seed %d: with %q in the way and an answer that is %s to %s, gate = %s", seed, blockers, name, request, got)
			}
		}
	})
}

// A recorder notes what is asked for, each once.
type recorder struct {
	mu    sync.Mutex
	asked []string
}

func (l *recorder) RoundTrip(r *http.Request) (*http.Response, error) {
	what := asked(r)
	l.mu.Lock()
	if !slices.Contains(l.asked, what) {
		l.asked = append(l.asked, what)
	}
	l.mu.Unlock()
	return http.DefaultTransport.RoundTrip(r)
}

// asked is what a request asks for: "GET path?query", or "graphql" and the query.
func asked(r *http.Request) string {
	if !strings.HasSuffix(r.URL.Path, "/graphql") {
		return r.Method + " " + r.URL.RequestURI()
	}
	body, _ := io.ReadAll(r.Body)
	r.Body.Close()
	r.Body = io.NopCloser(bytes.NewReader(body))
	var q struct{ Query string }
	_ = json.Unmarshal(body, &q) // a request without a query asks for nothing
	return "graphql " + strings.Join(strings.Fields(q.Query), " ")
}

func textOf(s string) *string { return &s }
