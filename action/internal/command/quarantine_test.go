package command

import (
	"cmp"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-containerregistry/pkg/name"
	"github.com/google/go-containerregistry/pkg/v1/remote"

	"github.com/wizzense/deployment-rings/action/internal/cli"
	"github.com/wizzense/deployment-rings/action/internal/github"
	"github.com/wizzense/deployment-rings/action/internal/github/githubtest"
	"github.com/wizzense/deployment-rings/action/internal/ledger"
	"github.com/wizzense/deployment-rings/action/internal/ledger/deployments"
	"github.com/wizzense/deployment-rings/action/internal/ledger/jsonl"
	"github.com/wizzense/deployment-rings/internal/text"
	"github.com/wizzense/deployment-rings/ringpolicy"
)

// A doorsWorld is one in which GitHub has nothing against an image: ring-0 runs next, and ring-1 ran old and runs bad.
type doorsWorld struct {
	*gateWorld
	old, bad, next string
	to             ledger.Ledger
}

// newDoorsWorld makes one with a ledger in a file or in GitHub, whose answers may be spoilt on their way.
func newDoorsWorld(t *testing.T, inFile bool, through func(http.Handler) http.Handler) *doorsWorld {
	t.Helper()
	w := &doorsWorld{gateWorld: &gateWorld{world: newWorld(t), hub: newHub(t)}}
	server := httptest.NewServer(through(w.hub))
	t.Cleanup(server.Close)
	w.env = map[string]string{
		"GITHUB_API_URL": server.URL, "GITHUB_TOKEN": secretToken, "GITHUB_SHA": oldCommit,
		"INPUT_IMAGE": w.image, "INPUT_POLICY": "../.ci/e2e/testdata/rings/policy.yml",
	}
	if w.to = w.deployments(); inFile {
		w.to = jsonl.File{Path: w.ledger}
		w.env["INPUT_LEDGER"] = "file:" + w.ledger
	}
	w.old = w.push(labelsOf(oldCommit), "old")
	w.bad = w.push(labelsOf(oldCommit), "ring-1-latest")
	w.next = w.push(labelsOf(headCommit), "ring-0-latest")
	w.append("ring-1", w.old, ringpolicy.OutcomeSuccess, 48)
	w.append("ring-1", w.bad, ringpolicy.OutcomeSuccess, 10)
	w.append("ring-0", w.next, ringpolicy.OutcomeSuccess, 24)
	return w
}

// deployments is the ledger of the GitHub, to write to.
func (w *doorsWorld) deployments() ledger.Ledger {
	w.t.Helper()
	server := httptest.NewServer(w.hub)
	w.t.Cleanup(server.Close)
	client, err := github.New(github.Options{Token: secretToken, Root: server.URL, Repository: "wizzense/AitherZero"})
	if err != nil {
		w.t.Fatal(err)
	}
	l := &deployments.Ledger{Client: client, Commit: oldCommit, Environments: map[string]string{}}
	for _, ring := range []string{"dev", "staging", "ring-0", "ring-1", "ring-2", "production"} {
		l.Environments[ring] = ring
	}
	return l
}

// append records what happened so many hours ago.
func (w *doorsWorld) append(ring, digest string, outcome ringpolicy.Outcome, hours int, change ...func(*ledger.Entry)) {
	w.t.Helper()
	at := time.Now().Add(-time.Duration(hours) * time.Hour).Truncate(time.Second)
	w.hub.Change(func(*githubtest.State) { w.hub.Now = func() time.Time { return at } })
	e := ledger.Entry{At: at, Ring: ring, Digest: digest, Outcome: outcome, Images: []string{w.image}, Revision: oldCommit}
	if digest == w.next {
		e.Revision = headCommit
	}
	for _, by := range change {
		by(&e)
	}
	if _, err := w.to.Append(w.t.Context(), e); err != nil {
		w.t.Fatal(err)
	}
}

// neverIn holds that no command lets next into ring-1, or says that it may go there.
func (w *doorsWorld) neverIn(reason string) {
	w.t.Helper()
	before := w.digest("ring-1-latest")
	for _, command := range []string{"gate", "promote"} {
		r := w.at(time.Now(), command, "RING", "ring-1")
		if r.code == cli.ExitUsage && command == "promote" && reason == "evidence_missing" && strings.Contains(r.stdout, "there is no ledger") {
			continue
		}
		w.outputs(r, "decision", "hold", "reason-code", reason)
		if w.digest("ring-1-latest") != before {
			w.t.Errorf("%s moved ring-1-latest", command)
		}
	}
	for _, m := range w.status(w.image, "ring-0").Moves {
		if m.To == "ring-1" && m.Decision == "promote" {
			w.t.Errorf("status says that the image may move into ring-1: %s", m.Summary)
		}
	}
}

// neverBack holds that ring-1 does not go back to old.
func (w *doorsWorld) neverBack(reason string) {
	w.t.Helper()
	before := w.digest("ring-1-latest")
	r := w.at(time.Now(), "rollback", "RING", "ring-1")
	if r.code == cli.ExitUsage && reason == "evidence_missing" && strings.Contains(r.stdout, "there is no ledger") {
		return
	}
	w.outputs(r, "decision", "hold", "reason-code", reason, "to-digest", "", "applied", "false")
	if w.digest("ring-1-latest") != before {
		w.t.Errorf("rollback moved ring-1-latest")
	}
}

// A shownRing is what the tests read of a ring in a report.
type shownRing struct {
	Name        string
	State       string
	Runs        *struct{ Digest string }
	Quarantined *[]struct{ Digest string }
	Moves       []struct{ To, Decision, Summary string }
}

func (w *doorsWorld) status(image, ring string) shownRing {
	w.t.Helper()
	r := w.at(time.Now(), "status", "IMAGE", image)
	var shown struct{ Images []struct{ Rings []shownRing } }
	if err := json.Unmarshal([]byte(r.outputs["json"]), &shown); err != nil || len(shown.Images) != 1 {
		w.t.Fatalf("status: %v\n%s%s", err, r.stdout, r.stderr)
	}
	at := slices.IndexFunc(shown.Images[0].Rings, func(s shownRing) bool { return s.Name == ring })
	return shown.Images[0].Rings[at]
}

// direct spoils nothing.
func direct(h http.Handler) http.Handler { return h }

// A spoiler is a way in which the deployments of a ring cannot be read.
type spoiler struct {
	through   func(ring string) func(http.Handler) http.Handler
	noGraphQL bool
	do        func(w *doorsWorld, ring string)
}

// answered spoils what GraphQL says of the newest deployment of a ring, while the statuses of deployments may not be asked for one by
// one. The nodes are those of the answer, and the deployment is the one at a place.
func answered(spoil func(answer map[string]any, nodes []any, at int)) spoiler {
	return spoiler{through: func(ring string) func(http.Handler) http.Handler {
		return func(hub http.Handler) http.Handler {
			return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				if strings.Contains(r.URL.Path, "/deployments/") {
					w.WriteHeader(http.StatusForbidden)
					return
				}
				if r.URL.Path != "/graphql" {
					hub.ServeHTTP(w, r)
					return
				}
				recorded := httptest.NewRecorder()
				hub.ServeHTTP(recorded, r)
				var answer map[string]any
				if err := json.Unmarshal(recorded.Body.Bytes(), &answer); err != nil {
					panic(err)
				}
				if nodes, ok := answer["data"].(map[string]any)["d0"].([]any); ok {
					spoil(answer, nodes, slices.IndexFunc(nodes, func(node any) bool { return node.(map[string]any)["id"] == newestIn(hub, ring) }))
				}
				json.NewEncoder(w).Encode(answer)
			})
		}
	}}
}

// newestIn is the id of the newest deployment of a ring, as GraphQL has it.
func newestIn(hub http.Handler, ring string) string {
	for _, d := range slices.Backward(hub.(*githubtest.GitHub).Deployments()) {
		if d.Environment == ring {
			return fmt.Sprintf("DE_kwDO%d", d.ID)
		}
	}
	return ""
}

// spoilt is a fault of the hub.
func spoilt(f githubtest.Fault) spoiler {
	return spoiler{noGraphQL: true, do: func(w *doorsWorld, ring string) {
		if f.Route == "GET /deployments" {
			f.Query = "environment=" + ring
		}
		w.hub.Break(f)
	}}
}

// malformed changes the payload of the newest deployment of a ring.
func malformed(change func(payload string) string) spoiler {
	return spoiler{do: func(w *doorsWorld, ring string) {
		w.hub.Change(func(s *githubtest.State) {
			for i, d := range slices.Backward(s.Deployments) {
				if d.Environment == ring {
					s.Deployments[i].Payload = json.RawMessage(change(string(d.Payload)))
					return
				}
			}
		})
	}}
}

func spoilers() map[string]spoiler {
	statuses := func(of func() any) spoiler {
		return answered(func(_ map[string]any, nodes []any, at int) { nodes[at].(map[string]any)["statuses"] = of() })
	}
	data := func(answer map[string]any) map[string]any { return answer["data"].(map[string]any) }
	all := map[string]spoiler{
		"the list breaks off":      spoilt(githubtest.Fault{Route: "GET /deployments", Cut: true}),
		"the connection drops":     spoilt(githubtest.Fault{Route: "GET /deployments", Drop: true}),
		"statuses are refused":     spoilt(githubtest.Fault{Route: "GET /deployments/{id}/statuses", Status: 403}),
		"GraphQL has trouble":      {do: func(w *doorsWorld, _ string) { w.hub.Break(githubtest.Fault{Route: "POST /graphql", Status: 500}) }},
		"nothing may be read":      spoilt(githubtest.Fault{Route: "GET /deployments", Status: 403, Text: "Resource not accessible by integration"}),
		"a digest that is invalid": malformed(func(s string) string { return strings.Replace(s, "sha256:", "sha265:", 1) }),
		"a ring that is invalid":   malformed(func(s string) string { return strings.Replace(s, `"ring":"`, `"ring":"-`, 1) }),
		"a number that is invalid": malformed(func(s string) string { return strings.Replace(s, `"type"`, `"pr":"1","type"`, 1) }),
		"a payload that is cut":    malformed(func(s string) string { b, _ := json.Marshal(s[:len(s)-9]); return string(b) }),
		"errors with data": answered(func(answer map[string]any, nodes []any, at int) {
			nodes[at].(map[string]any)["statuses"] = map[string]any{"nodes": []any{}, "pageInfo": map[string]any{"hasNextPage": false}}
			answer["errors"] = []any{map[string]any{"message": "timeout"}}
		}),
		"null data":              answered(func(answer map[string]any, _ []any, _ int) { answer["data"] = nil }),
		"null nodes":             answered(func(answer map[string]any, _ []any, _ int) { data(answer)["d0"] = nil }),
		"no nodes":               answered(func(answer map[string]any, _ []any, _ int) { delete(data(answer), "d0") }),
		"null among the nodes":   answered(func(_ map[string]any, nodes []any, at int) { nodes[at] = nil }),
		"other nodes":            answered(func(_ map[string]any, nodes []any, at int) { nodes[at].(map[string]any)["id"] = "DE_kwDO0" }),
		"fewer nodes":            answered(func(answer map[string]any, nodes []any, at int) { data(answer)["d0"] = slices.Delete(nodes, at, at+1) }),
		"statuses that are null": statuses(func() any { return nil }),
		"more statuses": statuses(func() any {
			return map[string]any{"nodes": []any{}, "pageInfo": map[string]any{"hasNextPage": true, "endCursor": "x"}}
		}),
		"no word on the statuses": statuses(func() any { return map[string]any{"nodes": []any{}} }),
	}
	for _, status := range []int{401, 403, 404, 410, 422, 429, 500, 502} {
		all[fmt.Sprint("the list is answered with ", status)] = spoilt(githubtest.Fault{Route: "GET /deployments", Status: status})
	}
	return all
}

// spoilt is a world whose deployments of a ring are to be spoilt; as they are with the zero spoiler.
func (s spoiler) world(t *testing.T, ring string) *doorsWorld {
	t.Helper()
	through := direct
	if s.through != nil {
		through = s.through(ring)
	}
	w := newDoorsWorld(t, false, through)
	w.hub.Change(func(state *githubtest.State) { state.NoGraphQL = s.noGraphQL })
	return w
}

func (s spoiler) spoil(w *doorsWorld, ring string) {
	if s.do != nil {
		s.do(w, ring)
	}
}

// TestQuarantineIsNotLost has a line for each way in which the deployments of a ring cannot be read, while one of them says
// that an image was taken back there. The image never moves on, and no ring goes back to it.
func TestQuarantineIsNotLost(t *testing.T) {
	for _, ring := range []string{"ring-1", "staging"} { // the target, and one before it
		for name, s := range spoilers() {
			t.Run(name+" of "+ring, func(t *testing.T) {
				t.Parallel()
				w := s.world(t, ring)
				w.append(ring, w.next, ringpolicy.OutcomeRolledBack, 5)
				s.spoil(w, ring)
				w.neverIn("evidence_missing")

				w = s.world(t, ring)
				w.append(ring, w.old, ringpolicy.OutcomeRolledBack, 5)
				s.spoil(w, ring)
				w.neverBack("evidence_missing")
				if got := w.status(w.image, ring); got.Quarantined != nil || got.State != "unknown" {
					t.Errorf("status of %s = %s, quarantined %v, want unknown and null", ring, got.State, got.Quarantined)
				}
			})
		}
	}
}

// Where all can be read, the quarantine is what holds; and what cannot be read of the rings behind the target holds nothing.
func TestQuarantineIsRead(t *testing.T) {
	for _, inFile := range []bool{false, true} {
		for _, ring := range []string{"ring-1", "staging"} {
			w := newDoorsWorld(t, inFile, direct)
			w.outputs(w.at(time.Now(), "gate", "RING", "ring-1"), "decision", "promote")
			w.append(ring, w.next, ringpolicy.OutcomeRolledBack, 5)
			w.neverIn("quarantined")
			if got := w.status(w.image, ring).Quarantined; got == nil || len(*got) != 1 {
				t.Errorf("status of %s: quarantined %v, want one image", ring, got)
			}

			w = newDoorsWorld(t, inFile, direct)
			w.outputs(w.at(time.Now(), "rollback", "RING", "ring-1", "DRY-RUN", "true"), "decision", "rollback", "to-digest", w.old)
			w.append(ring, w.old, ringpolicy.OutcomeRolledBack, 5)
			w.neverBack("no_rollback_target")
		}
	}
	for name, s := range spoilers() {
		w := s.world(t, "ring-2")
		w.append("ring-2", w.next, ringpolicy.OutcomeRolledBack, 5)
		s.spoil(w, "ring-2")
		want := "promote"
		if name == "statuses are refused" || name == "more statuses" || name == "no word on the statuses" || name == "GraphQL has trouble" || strings.Contains(name, "data") || name == "null nodes" || name == "no nodes" || name == "fewer nodes" {
			want = "hold" // nothing of any ring is read
		}
		if r := w.at(time.Now(), "gate", "RING", "ring-1"); r.outputs["decision"] != want {
			t.Errorf("%s of ring-2: gate into ring-1 says %s, want %s\n%s", name, r.outputs["decision"], want, r.stdout)
		}
	}
}

// TestQuarantineInAFileIsNotLost is the same for a ledger in a file: what cannot be read may be of any ring.
func TestQuarantineInAFileIsNotLost(t *testing.T) {
	rewrite := func(by func(string) string) func(*testing.T, string) error {
		return func(t *testing.T, path string) error { return os.WriteFile(path, []byte(by(read(t, path))), 0o644) }
	}
	for name, spoil := range map[string]func(*testing.T, string) error{
		"absent":             func(_ *testing.T, path string) error { return os.Remove(path) },
		"a folder":           func(_ *testing.T, path string) error { os.Remove(path); return os.Mkdir(path, 0o755) },
		"a malformed record": rewrite(func(s string) string { return strings.Replace(s, "rolled_back", "rolled_bak", 1) }),
		"an unknown key": rewrite(func(s string) string {
			return strings.Replace(s, `"outcome":"rolled_back"`, `"outcom":"rolled_back"`, 1)
		}),
		"a line that is no JSON":    rewrite(func(s string) string { return "nonsense\n" + s }),
		"a torn line in the middle": rewrite(func(s string) string { return s[:30] + "\n" + s }),
	} {
		t.Run(name, func(t *testing.T) {
			w := newDoorsWorld(t, true, direct)
			w.append("ring-1", w.next, ringpolicy.OutcomeRolledBack, 5)
			if err := spoil(t, w.ledger); err != nil {
				t.Fatal(err)
			}
			w.neverIn("evidence_missing")

			w = newDoorsWorld(t, true, direct)
			w.append("staging", w.old, ringpolicy.OutcomeRolledBack, 5)
			if err := spoil(t, w.ledger); err != nil {
				t.Fatal(err)
			}
			w.neverBack("evidence_missing")
		})
	}
}

// TestWhatEndsAQuarantine: a release, or a person who went back to the image. A promotion ends nothing, and neither does a
// success that a deploying job reports late.
func TestWhatEndsAQuarantine(t *testing.T) {
	decided := func(e *ledger.Entry) { e.DecisionID = "sha256:" + strings.Repeat("d", 64) }
	back := func(e *ledger.Entry) { e.Rollback = true }
	for _, inFile := range []bool{false, true} {
		for name, c := range map[string]struct {
			report func(w *doorsWorld)
			want   string // of gate about next into ring-1
		}{
			"nothing":             {func(*doorsWorld) {}, "quarantined"},
			"a release":           {func(w *doorsWorld) { w.release(4) }, "ok"},
			"a release before it": {func(w *doorsWorld) { w.release(6) }, "quarantined"},
			"a promotion":         {func(w *doorsWorld) { w.append("staging", w.next, ringpolicy.OutcomeInProgress, 4, decided) }, "quarantined"},
			"a promotion that succeeded": {func(w *doorsWorld) {
				w.append("staging", w.next, ringpolicy.OutcomeInProgress, 4, decided)
				w.append("staging", w.next, ringpolicy.OutcomeSuccess, 3, decided)
			}, "quarantined"},
			"a promotion after a release": {func(w *doorsWorld) {
				w.release(4)
				w.append("staging", w.next, ringpolicy.OutcomeInProgress, 3, decided)
			}, "ok"},
			"a late success":    {func(w *doorsWorld) { w.append("staging", w.next, ringpolicy.OutcomeSuccess, 4) }, "quarantined"},
			"going back to it":  {func(w *doorsWorld) { w.append("staging", w.next, ringpolicy.OutcomeSuccess, 4, back) }, "ok"},
			"going back before": {func(w *doorsWorld) { w.append("staging", w.next, ringpolicy.OutcomeSuccess, 6, back) }, "quarantined"},
		} {
			w := newDoorsWorld(t, inFile, direct)
			if name == "going back before" {
				c.report(w)
				w.append("staging", w.next, ringpolicy.OutcomeRolledBack, 5)
			} else {
				w.append("staging", w.next, ringpolicy.OutcomeRolledBack, 5)
				c.report(w)
			}
			if r := w.at(time.Now(), "gate", "RING", "ring-1"); r.outputs["reason-code"] != c.want {
				t.Errorf("in a file %t: gate after %s: %s, want %s\n%s", inFile, name, r.outputs["reason-code"], c.want, r.stdout)
			}
		}
	}
}

// release has a person release next on its pull request.
func (w *doorsWorld) release(hours int) {
	at := time.Now().Add(-time.Duration(hours) * time.Hour).Truncate(time.Second).UTC()
	w.hub.Change(func(s *githubtest.State) {
		s.Comments = append(s.Comments, githubtest.Comment{
			Issue: 123, ID: 4711, User: githubtest.Person("mona"), AuthorAssociation: "OWNER",
			Body: "/release " + w.next + " it was the network", CreatedAt: at, UpdatedAt: at,
		})
	})
}

// TestLateSuccess: what a deploying job reports while the image is kept out of the ring is no stay. The ring runs what it
// runs by its history, and every command says what to do.
func TestLateSuccess(t *testing.T) {
	for _, inFile := range []bool{false, true} {
		w := newDoorsWorld(t, inFile, direct)
		w.append("ring-1", w.next, ringpolicy.OutcomeInProgress, 6)
		w.append("ring-1", w.next, ringpolicy.OutcomeRolledBack, 5)
		w.append("ring-1", w.next, ringpolicy.OutcomeSuccess, 4)
		want := "::warning::ring-1: the success of " + w.next + ", recorded "
		again := "deploy what the ring runs by its history again, " + w.bad
		for _, command := range []string{"gate", "promote", "rollback", "status"} {
			r := w.at(time.Now(), command, "RING", "ring-1", "DRY-RUN", "true")
			if n := strings.Count(r.stdout, want); n != 1 || !strings.Contains(r.stdout, again) {
				t.Errorf("in a file %t: %s says it %d times, want once with %q:\n%s", inFile, command, n, again, r.stdout)
			}
			switch command {
			case "gate", "promote": // and not noop, as if the ring ran it
				w.outputs(r, "decision", "hold", "reason-code", "quarantined")
			case "rollback": // neither from the image that was taken back, nor from the one that the ring goes on with
				w.outputs(r, "decision", "rollback", "reason-code", "already_there", "from-digest", "", "to-digest", w.bad)
			}
		}
		w.append("ring-1", w.bad, ringpolicy.OutcomeSuccess, 3)
		if r := w.at(time.Now(), "gate", "RING", "ring-1"); strings.Contains(r.stdout, "the success of") {
			t.Errorf("in a file %t: the warning stays after what the ring runs was deployed again:\n%s", inFile, r.stdout)
		}
	}
}

// TestReleasedImageIsWhatTheRingRuns: a success after a release counts for every command, also where no decision let the
// image in. What is seen in the ring is of that image, and the ring goes back from it.
func TestReleasedImageIsWhatTheRingRuns(t *testing.T) {
	for _, inFile := range []bool{false, true} {
		w := newDoorsWorld(t, inFile, direct)
		w.append("ring-1", w.next, ringpolicy.OutcomeInProgress, 6)
		w.append("ring-1", w.next, ringpolicy.OutcomeRolledBack, 5)
		w.release(4)
		w.append("ring-1", w.next, ringpolicy.OutcomeSuccess, 3)
		if got := w.status(w.image, "ring-1"); got.Runs == nil || got.Runs.Digest != w.next {
			t.Errorf("in a file %t: status = %+v, want that ring-1 runs %s", inFile, got, w.next)
		}
		r := w.at(time.Now(), "record", "RING", "ring-1", "SIGNAL", "health_check", "STATE", "failing", "DRY-RUN", "true")
		if want := "health_check failing of " + text.ShortDigest(w.next); r.code != cli.ExitDone || !strings.Contains(r.stdout, want) {
			t.Errorf("in a file %t: record = %d, want %q\n%s", inFile, r.code, want, r.stdout)
		}
		r = w.at(time.Now(), "rollback", "RING", "ring-1", "DRY-RUN", "true")
		w.outputs(r, "decision", "rollback", "from-digest", w.next, "to-digest", w.bad)
		if strings.Contains(r.stdout, "does not count") {
			t.Errorf("in a file %t: rollback warns of a success that counts:\n%s", inFile, r.stdout)
		}
		w.hub.Break(githubtest.Fault{Route: "GET /issues/{number}/comments", Status: http.StatusForbidden})
		r = w.at(time.Now(), "rollback", "RING", "ring-1", "DRY-RUN", "true")
		if !strings.Contains(r.stdout, "::warning::not collected: releases: ") || !strings.Contains(r.stdout, "does not count") {
			t.Errorf("in a file %t: rollback does not say that releases are not known:\n%s", inFile, r.stdout)
		}
	}
}

// TestMissingFileLedger: a ledger that is not there is not an empty one. The first record makes it; what acts by it says
// how to begin, and what only looks says that nothing is known.
func TestMissingFileLedger(t *testing.T) {
	w := newDoorsWorld(t, true, direct)
	if err := os.Remove(w.ledger); err != nil {
		t.Fatal(err)
	}
	before := w.digest("ring-1-latest")
	for _, command := range []string{"promote", "rollback"} {
		for _, dry := range []string{"true", "false"} {
			r := w.at(time.Now(), command, "RING", "ring-1", "DRY-RUN", dry)
			if r.code != cli.ExitUsage || !strings.Contains(r.stdout, "there is no ledger "+w.ledger) || !strings.Contains(r.stdout, "record --ring") {
				t.Errorf("%s = %d, want 2 with how to begin\n%s", command, r.code, r.stdout)
			}
		}
	}
	gate := w.at(time.Now(), "gate", "RING", "ring-1")
	w.outputs(gate, "decision", "hold", "hold-kind", "unknown", "reason-code", "evidence_missing")
	if !strings.Contains(gate.stdout, "::warning::the ledger was not read: there is no ledger "+w.ledger) {
		t.Errorf("gate does not say which ledger is missing:\n%s", gate.stdout)
	}
	if got := w.status(w.image, "ring-1"); got.State != "unknown" || got.Quarantined != nil {
		t.Errorf("status = %+v, want unknown", got)
	}
	if _, err := os.Stat(w.ledger); err == nil || w.digest("ring-1-latest") != before {
		t.Errorf("a command made the ledger, or moved a tag: %v", err)
	}
	if r := w.at(time.Now(), "record", "RING", "ring-0", "STATE", "success"); r.code != cli.ExitDone {
		t.Errorf("record = %d, want 0\n%s", r.code, r.stdout)
	}
	if _, err := os.Stat(w.ledger); err != nil {
		t.Errorf("record does not make the ledger: %v", err)
	}
	w.outputs(w.at(time.Now().Add(time.Minute), "gate", "RING", "ring-1"), "decision", "promote")
}

// TestRecordOfAnOpenDeployment: an outcome without a digest is that of the image whose deployment is open, and a success
// only while the ring's tag is still on it.
func TestRecordOfAnOpenDeployment(t *testing.T) {
	for _, inFile := range []bool{false, true} {
		for name, c := range map[string]struct {
			hours int    // since the deployment of next began; 0: none did
			tag   string // what ring-1-latest points to: next, bad, or "" for none
			state string
			with  map[string]string
			code  int
			want  string // the image that is recorded
			says  []string
		}{
			"success":                       {1, "next", "success", nil, cli.ExitDone, "next", nil},
			"failure":                       {1, "next", "failure", nil, cli.ExitDone, "next", nil},
			"in progress":                   {1, "next", "in_progress", nil, cli.ExitDone, "next", nil},
			"success, and the tag moved":    {1, "bad", "success", nil, cli.ExitFailed, "", []string{"NEXT", "BAD", "give the digest"}},
			"failure, and the tag moved":    {1, "bad", "failure", nil, cli.ExitDone, "next", nil},
			"success, and the tag is gone":  {1, "", "success", nil, cli.ExitFailed, "", []string{"NEXT", "there is no tag", "give the digest"}},
			"failure, and the tag is gone":  {1, "", "failure", nil, cli.ExitDone, "next", nil},
			"success with a digest":         {1, "bad", "success", map[string]string{"DIGEST": "BAD"}, cli.ExitDone, "bad", nil},
			"success with a tag":            {1, "bad", "success", map[string]string{"TAG": "old"}, cli.ExitDone, "old", nil},
			"nothing is open":               {0, "bad", "success", nil, cli.ExitDone, "bad", nil},
			"nothing is open, tag is gone":  {0, "", "success", nil, cli.ExitFailed, "", []string{"there is no tag"}},
			"it is open for a day":          {24, "bad", "success", nil, cli.ExitDone, "bad", nil},
			"it is open for almost a day":   {23, "bad", "success", nil, cli.ExitFailed, "", []string{"NEXT", "BAD"}},
			"success, dry, the tag moved":   {1, "bad", "success", map[string]string{"DRY-RUN": "true"}, cli.ExitFailed, "", []string{"NEXT", "BAD"}},
			"another image of the registry": {1, "next", "success", map[string]string{"IMAGE": "other"}, cli.ExitFailed, "", []string{"there is no tag"}},
		} {
			w := newDoorsWorld(t, inFile, direct)
			digests := map[string]string{"NEXT": w.next, "BAD": w.bad, "OLD": w.old}
			if c.hours > 0 {
				w.append("ring-1", w.next, ringpolicy.OutcomeInProgress, c.hours)
			}
			switch c.tag {
			case "next":
				w.retag(w.next, "ring-1-latest")
			case "":
				w.untag("ring-1-latest")
			}
			inputs := []string{"RING", "ring-1", "STATE", c.state}
			for k, v := range c.with {
				if v = cmp.Or(digests[v], v); k == "IMAGE" {
					v = w.registry + "/wizzense/" + v
				}
				inputs = append(inputs, k, v)
			}
			before := w.recorded("ring-1")
			r := w.at(time.Now(), "record", inputs...)
			if r.code != c.code {
				t.Errorf("in a file %t, %s: record = %d, want %d\n%s", inFile, name, r.code, c.code, r.stdout)
			}
			for _, word := range c.says {
				if word = cmp.Or(digests[word], word); !strings.Contains(r.stdout, word) {
					t.Errorf("in a file %t, %s: the message lacks %q:\n%s", inFile, name, word, r.stdout)
				}
			}
			after := w.recorded("ring-1")
			switch {
			case c.want == "" && len(after) != len(before):
				t.Errorf("in a file %t, %s: %+v was recorded, want nothing", inFile, name, after[len(after)-1])
			case c.want != "" && (len(after) == 0 || after[len(after)-1].Digest != digests[strings.ToUpper(c.want)]):
				t.Errorf("in a file %t, %s: the newest record is %+v, want %s", inFile, name, after, c.want)
			}
		}
	}
}

// An outcome without a digest is not recorded where the ledger cannot be read, since it is not known what it is about.
func TestRecordWithoutTheLedger(t *testing.T) {
	for name, spoil := range map[string]func(w *doorsWorld){
		"a malformed record": func(w *doorsWorld) {
			malformed(func(s string) string { return strings.Replace(s, "sha256:", "sha265:", 1) }).spoil(w, "ring-1")
		},
		"GraphQL has trouble": func(w *doorsWorld) { w.hub.Break(githubtest.Fault{Route: "POST /graphql", Status: 500}) },
	} {
		w := newDoorsWorld(t, false, direct)
		spoil(w)
		before := len(w.hub.Deployments())
		for _, state := range []string{"success", "failure", "in_progress"} {
			if r := w.at(time.Now(), "record", "RING", "ring-1", "STATE", state); r.code != cli.ExitFailed || len(w.hub.Deployments()) != before {
				t.Errorf("%s: record of %s = %d, want 1 and nothing written\n%s", name, state, r.code, r.stdout)
			}
		}
	}
	w := newDoorsWorld(t, true, direct)
	broken := "nonsense\n" + read(t, w.ledger)
	if err := os.WriteFile(w.ledger, []byte(broken), 0o644); err != nil {
		t.Fatal(err)
	}
	if r := w.at(time.Now(), "record", "RING", "ring-1", "STATE", "success"); r.code != cli.ExitFailed || read(t, w.ledger) != broken {
		t.Errorf("record = %d, want 1 and nothing written\n%s", r.code, r.stdout)
	}
}

// recorded are the outcomes that the ledger has of a ring.
func (w *doorsWorld) recorded(ring string) []ledger.Entry {
	w.t.Helper()
	read, err := w.to.Read(w.t.Context(), ring)
	if err != nil {
		w.t.Fatal(err)
	}
	entries, _ := read.Ring(ring)
	return entries
}

// retag puts a tag on an image that the registry has.
func (w *doorsWorld) retag(digest, tag string) {
	w.t.Helper()
	from, err := name.ParseReference(w.image + "@" + digest)
	if err != nil {
		w.t.Fatal(err)
	}
	image, err := remote.Get(from, w.inside())
	if err != nil {
		w.t.Fatal(err)
	}
	if err := remote.Tag(from.Context().Tag(tag), image, w.inside()); err != nil {
		w.t.Fatal(err)
	}
}

func (w *doorsWorld) untag(tag string) {
	w.t.Helper()
	ref, err := name.ParseReference(w.image + ":" + tag)
	if err == nil {
		err = remote.Delete(ref, w.inside())
	}
	if err != nil {
		w.t.Fatal(err)
	}
}
