package command

import (
	"bytes"
	"encoding/json"
	"fmt"
	"html"
	"maps"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/wizzense/deployment-rings/action/internal/cli"
	"github.com/wizzense/deployment-rings/action/internal/github/githubtest"
	"github.com/wizzense/deployment-rings/action/internal/status"
	"github.com/wizzense/deployment-rings/ringpolicy"
)

// letter is the digest of an image of one letter, a to f; its commit is forty times that letter.
func letter(of string) string { return "sha256:" + strings.Repeat(of, 64) }

// letters writes digests as their letters.
func letters(text string) string {
	for _, of := range strings.Split("abcdef", "") {
		text = strings.ReplaceAll(text, letter(of), of)
	}
	return text
}

// ledgerOf writes a ledger of words, ring by ring: "canary a1 b2" came into service there at these hours of 2 March 2026,
// "b3-" was taken back, "c4!" failed, and "d5?" is on its way in. Its records name no image.
func ledgerOf(t *testing.T, rings ...string) string {
	t.Helper()
	var lines strings.Builder
	for _, ring := range rings {
		words := strings.Fields(ring)
		for _, word := range words[1:] {
			outcome := map[byte]ringpolicy.Outcome{'!': ringpolicy.OutcomeFailure, '?': ringpolicy.OutcomeInProgress, '-': ringpolicy.OutcomeRolledBack}[word[len(word)-1]]
			if outcome == "" {
				outcome = ringpolicy.OutcomeSuccess
			}
			var hour int
			if _, err := fmt.Sscanf(word[1:], "%d", &hour); err != nil {
				t.Fatalf("%q is no record: %v", word, err)
			}
			fmt.Fprintf(&lines, `{"id":"%d","at":"2026-03-02T%02d:00:00Z","ring":%q,"outcome":%q,"digest":%q,"revision":%q}`+"\n",
				lines.Len()+1, hour, words[0], outcome, letter(word[:1]), strings.Repeat(word[:1], 40))
		}
	}
	return write(t, "ledger.jsonl", lines.String())
}

const soakedRings = "version: 1\nrings: [{name: canary, branches: [main], soak: {min: 2h}}, {name: everyone}]\n"

// TestCandidate has a line for each way to find the image that the decision is about.
func TestCandidate(t *testing.T) {
	checks := "version: 1\nrings: [{name: canary, branches: [main]}, {name: everyone, entry: [{id: unit, checks: {names: [unit]}}]}]\n"
	facts := "schema: 1\nlocks: []\nancestry: ahead\n"
	passed := func(of string) string {
		return facts + "checks: [{name: unit, state: success, id: 1, revision: " + strings.Repeat(of, 40) + "}]\n"
	}
	lacks := func(of string) string {
		return `{"digest":"` + of + `","decision":"hold","reason_code":"check_missing","next_eligible_at":null}`
	}
	for _, c := range []struct {
		name, policy, evidence string
		ledger                 []string
		want                   string // digest, decision, code
		others                 string
	}{
		{"the newest may move", soakedRings, facts, []string{"canary a1 b2", "everyone a3"}, "b promote ok", "[]"},
		{"an overtaken one may", soakedRings, facts, []string{"canary a1 b2 c9", "everyone a3"}, "b promote ok",
			`[{"digest":"c","decision":"hold","reason_code":"soak_running","next_eligible_at":"2026-03-02T11:00:00Z"}]`},
		{"none may: the newest", soakedRings, facts, []string{"canary a1 b7 c8 d9", "everyone a3"}, "d hold soak_running",
			`[{"digest":"c","decision":"hold","reason_code":"superseded_upstream","next_eligible_at":null},{"digest":"b","decision":"hold","reason_code":"superseded_upstream","next_eligible_at":null}]`},
		{"nothing is newer: the newest, as it is", soakedRings, facts, []string{"canary a1 b2", "everyone b5"}, "b noop already_there", "[]"},
		{"nor is it when it was taken back", soakedRings, facts, []string{"canary a1 b2", "everyone a4 b5 b6-"}, "b hold quarantined", "[]"},
		{"the ring went back: what it ran before does not come again", soakedRings, facts, []string{"canary a1 b2 c9", "everyone a4 b5 b6- a7"}, "c hold soak_running", "[]"},
		{"the commit of each is that of the ledger", checks, passed("b"), []string{"canary a1 b2 c3", "everyone a4"}, "b promote ok", `[{"digest":"c","decision":"hold","reason_code":"check_missing","next_eligible_at":null}]`},
		{"what the ledger holds is not counted among the three", checks, passed("b"), []string{"canary a1 b2 c3 d4 e5 f6", "everyone a7"}, "b promote ok",
			"[" + strings.Join([]string{lacks("f"), lacks("e"), lacks("d"), lacks("c")}, ",") + "]"},
		{"a file that names the change speaks of the newest", checks, passed("b") + "subject: {revision: " + strings.Repeat("c", 40) + "}\n",
			[]string{"canary a1 b2 c3", "everyone a4"}, "c hold check_missing", `[{"digest":"b","decision":"hold","reason_code":"evidence_missing","next_eligible_at":null}]`},
		{"the history of the file counts", soakedRings, facts + "rings: {canary: {history: [{id: 1, digest: " + letter("e") + ", outcome: success, from: 2026-03-02T01:00:00Z}]}}\n",
			[]string{"canary a1 b2", "everyone a3"}, "e promote ok", "[]"},
	} {
		t.Run(c.name, func(t *testing.T) {
			args := []string{"gate", "--policy", write(t, "rings.yml", c.policy), "--evidence", write(t, "facts.yml", c.evidence), "--ledger", "file:" + ledgerOf(t, c.ledger...),
				"--ring", "everyone", "--now", "2026-03-02T10:00:00Z"}
			r := byHand(t, nil, append(args, "--format", "json")...)
			d, err := ringpolicy.ParseDecision([]byte(r.stdout))
			if err != nil || r.code != cli.ExitDone {
				t.Fatalf("gate = %d: %v\n%s%s", r.code, err, r.stdout, r.stderr)
			}
			if got := letters(d.Digest) + " " + d.Verdict.String() + " " + string(d.ReasonCode); got != c.want {
				t.Errorf("gate decides %q, want %q\n%s", got, c.want, r.stdout)
			}
			if got := othersOf(t, r.stdout); got != c.others {
				t.Errorf("others of gate (-want +got):\n%s", cmp.Diff(c.others, got))
			}
		})
	}
}

// othersOf are the other candidates in the JSON of a decision, as they stand there.
func othersOf(t *testing.T, object string) string {
	t.Helper()
	var d struct{ Others json.RawMessage }
	if err := json.Unmarshal([]byte(object), &d); err != nil {
		t.Fatal(err)
	}
	var compact bytes.Buffer
	if err := json.Compact(&compact, d.Others); err != nil {
		t.Fatal(err)
	}
	return letters(compact.String())
}

// A queue is a repository in whose canary ring one image came after another, each of a commit and pull request of its own. The
// ring everyone runs the first.
type queue struct {
	*world
	hub     *githubtest.GitHub
	env     map[string]string
	digests []string
}

func newQueue(t *testing.T, policy string, images int) *queue {
	t.Helper()
	q := &queue{world: newWorld(t)}
	at := time.Date(2026, 3, 2, 0, 0, 0, 0, time.UTC)
	s := githubtest.State{Repository: "acme/app", Commits: []githubtest.Commit{{SHA: sha1Of(images + 1)}}}
	var ledger strings.Builder
	record := func(ring string, at time.Time, n int) {
		fmt.Fprintf(&ledger, `{"id":"%d","at":%q,"ring":%q,"outcome":"success","digest":%q,"revision":%q}`+"\n", ledger.Len()+1, at.Format(time.RFC3339), ring, q.digests[n-1], sha1Of(images+1-n))
	}
	for n := 1; n <= images; n++ {
		number := images + 1 - n // the parent of a commit has the next number
		fleet{}.change(&s, number, at)
		q.digests = append(q.digests, q.push(map[string]string{"org.opencontainers.image.revision": sha1Of(number)}, "canary-latest"))
		record("canary", at.Add(time.Duration(n)*time.Hour), n)
	}
	record("everyone", at.Add(90*time.Minute), 1)
	q.hub = githubtest.New(s)
	q.hub.Token = secretToken
	q.env = serve(t, q.hub)
	q.env["GITHUB_REPOSITORY"], q.env["INPUT_IMAGE"], q.env["INPUT_RING"], q.env["INPUT_NOW"] = "acme/app", q.image, "everyone", "2026-03-02T20:00:00Z"
	q.env["INPUT_POLICY"], q.env["INPUT_LEDGER"] = write(t, "rings.yml", policy), "file:"+write(t, "ledger.jsonl", ledger.String())
	return q
}

func (q *queue) run(command string, inputs ...string) ran {
	q.t.Helper()
	env := maps.Clone(q.env)
	env["INPUT_COMMAND"] = command
	for i := 0; i < len(inputs); i += 2 {
		env["INPUT_"+inputs[i]] = inputs[i+1]
	}
	r := inAction(q.t, "", env)
	if r.code != cli.ExitDone {
		q.t.Fatalf("%s %q = %d\n%s", command, inputs, r.code, r.stdout)
	}
	return r
}

// fail lets the check of an image fail.
func (q *queue) fail(images ...int) {
	q.hub.Change(func(s *githubtest.State) {
		failure := "failure"
		for _, n := range images {
			for i := range s.CheckRuns {
				if c := &s.CheckRuns[i]; c.HeadSHA == sha1Of(len(q.digests)+1-n) {
					c.Conclusion = &failure
				}
			}
		}
	})
}

// askedFor counts the requests for a path.
func (q *queue) askedFor(part string) int {
	n := 0
	for _, r := range q.hub.Requests() {
		if strings.Contains(r.Path, part) {
			n++
		}
	}
	return n
}

const checkedRings = "version: 1\nrings: [{name: canary, branches: [main]}, {name: everyone, entry: [{id: unit, checks: {names: [unit-tests]}}, {id: calm, incidents: {severities: [critical, P0]}}, {id: board, approval: {role: change-review-board}}]}]\n"

// TestCandidatesOnGitHub counts what is asked about several images: about three at most and the one that the decision is about,
// newest first, and once what they have in common.
func TestCandidatesOnGitHub(t *testing.T) {
	const asked, never, held = "hold check_failed", "hold evidence_missing", "hold signal_failing"
	for _, c := range []struct {
		name   string
		images int
		failed []int    // whose checks failed
		signal int      // an image that a signal holds
		want   int      // the image that the decision is about
		verb   string   // the decision
		others []string // newest first
		about  int      // images that GitHub is asked about
	}{
		{"the newest may move", 3, nil, 0, 3, "promote", []string{never}, 1},
		{"an overtaken one may", 4, []int{4}, 0, 3, "promote", []string{asked, never}, 2},
		{"three are asked about", 6, []int{6, 5, 4, 3}, 0, 6, "hold", []string{asked, asked, never, never}, 3},
		{"the third is it", 6, []int{6, 5}, 0, 4, "promote", []string{asked, asked, never, never}, 3},
		{"the ledger holds the newest", 4, nil, 4, 3, "promote", []string{held, never}, 1},
		{"the ledger holds the newest, and the others are held too", 4, []int{2, 3}, 4, 4, "hold", []string{asked, asked}, 3},
		{"about three besides", 6, []int{5, 4, 3}, 6, 6, "hold", []string{asked, asked, asked, never}, 4},
	} {
		t.Run(c.name, func(t *testing.T) {
			q := newQueue(t, checkedRings, c.images)
			q.fail(c.failed...)
			if c.signal > 0 {
				q.run("record", "RING", "canary", "DIGEST", q.digests[c.signal-1], "SIGNAL", "health_check", "STATE", "failing", "NOW", "2026-03-02T19:00:00Z")
			}
			r := q.run("gate")
			if want := q.digests[c.want-1]; r.outputs["digest"] != want {
				t.Errorf("gate is about %s, want %s", r.outputs["digest"], want)
			}
			q.outputs(r, "decision", c.verb)
			var got struct {
				Others []struct {
					Digest, Decision string
					Code             string `json:"reason_code"`
				}
			}
			if err := json.Unmarshal([]byte(r.outputs["json"]), &got); err != nil {
				t.Fatal(err)
			}
			var others []string
			for _, o := range got.Others {
				others = append(others, o.Decision+" "+o.Code)
				if line := "Other candidate <code>sha256&#58;" + o.Digest[7:19] + "</code>: " + o.Decision; !strings.Contains(r.summary, line) {
					t.Errorf("the summary lacks %q:\n%s", line, r.summary)
				}
			}
			if diff := cmp.Diff(c.others, others); diff != "" {
				t.Errorf("others (-want +got):\n%s", diff)
			}
			if n := q.askedFor("/check-runs"); n != c.about {
				t.Errorf("GitHub was asked for the checks of %d images, want %d", n, c.about)
			}
			if n := q.askedFor("/issues"); n != c.about+3 { // the comments of each; two severities and the locks once
				t.Errorf("GitHub was asked for issues %d times, want %d: %v", n, c.about+3, q.hub.Requests())
			}
			if r.outputs["json"] != read(t, r.outputs["json-file"]) {
				t.Errorf("json-file differs from json")
			}
		})
	}
}

// TestPromotionsConverge lets a schedule promote again and again, while the newest image may not move: each image comes in once.
func TestPromotionsConverge(t *testing.T) {
	q := newQueue(t, checkedRings, 4)
	q.fail(4)
	now := time.Date(2026, 3, 3, 0, 0, 0, 0, time.UTC)
	promote := func() ran {
		now = now.Add(time.Hour)
		return q.run("promote", "STATE", "success", "NOW", now.Format(time.RFC3339))
	}
	q.outputs(promote(), "decision", "promote", "digest", q.digests[2])
	for range 3 { // neither again, nor the older one that would have been next
		q.outputs(promote(), "decision", "hold", "reason-code", "check_failed", "digest", q.digests[3], "applied", "false")
	}
	q.hub.Change(func(s *githubtest.State) {
		for i := range s.CheckRuns {
			s.CheckRuns[i].Conclusion = &succeeded
		}
	})
	q.outputs(promote(), "decision", "promote", "digest", q.digests[3])
	for range 3 {
		q.outputs(promote(), "decision", "noop", "digest", q.digests[3], "applied", "false")
	}
	now = now.Add(time.Hour)
	q.run("rollback", "NOW", now.Format(time.RFC3339), "DIGEST", q.digests[2])
	for range 2 {
		q.outputs(promote(), "decision", "hold", "reason-code", "quarantined", "digest", q.digests[3], "applied", "false")
	}
}

// TestReleasedCandidate: an image that was taken back is a candidate again once it is released, also where a newer one came.
func TestReleasedCandidate(t *testing.T) {
	q := newQueue(t, checkedRings, 3)
	at := func(hour int) string { return time.Date(2026, 3, 3, hour, 0, 0, 0, time.UTC).Format(time.RFC3339) }
	q.fail(3)
	q.outputs(q.run("promote", "STATE", "success", "NOW", at(1)), "digest", q.digests[1], "decision", "promote")
	q.run("rollback", "NOW", at(2), "DIGEST", q.digests[0])
	q.outputs(q.run("gate", "NOW", at(3)), "digest", q.digests[2], "decision", "hold")
	q.hub.Change(func(s *githubtest.State) {
		said := time.Date(2026, 3, 3, 4, 0, 0, 0, time.UTC)
		s.Comments = append(s.Comments, githubtest.Comment{Issue: 2, ID: 99, User: githubtest.Person("hubot"), Body: "/release " + q.digests[1] + " the probe was wrong", AuthorAssociation: "MEMBER", CreatedAt: said, UpdatedAt: said})
	})
	q.outputs(q.run("gate", "NOW", at(5)), "digest", q.digests[1], "decision", "promote")
}

// TestTagsOfCandidates: the histories say which images there are, and a warning which tags say otherwise. Without histories
// the tags say it.
func TestTagsOfCandidates(t *testing.T) {
	q := newQueue(t, checkedRings, 2)
	r := q.run("gate")
	if strings.Contains(r.stdout, "::warning") {
		t.Errorf("there is a warning although the tag of canary is right, and everyone has none:\n%s", r.stdout)
	}
	moved := q.push(labelsOf(headCommit), "canary-latest", "everyone-latest")
	r = q.run("gate")
	q.outputs(r, "digest", q.digests[1], "decision", "promote")
	for ring, runs := range map[string]string{"canary": q.digests[1], "everyone": q.digests[0]} {
		for _, want := range []string{"::warning::" + ring + ": the tag " + ring + "-latest points to " + moved, "deployment-rings rollback --ring " + ring + " --digest " + runs} {
			if !strings.Contains(r.stdout, want) {
				t.Errorf("the log lacks %q:\n%s", want, r.stdout)
			}
		}
	}
	q.run("record", "RING", "everyone", "DIGEST", moved, "STATE", "in_progress", "NOW", "2026-03-02T19:00:00Z")
	if r = q.run("gate"); strings.Contains(r.stdout, "everyone-latest") {
		t.Errorf("there is a warning of a tag whose image is on its way in:\n%s", r.stdout)
	}
	if r = q.run("gate", "DIGEST", q.digests[1]); strings.Contains(r.stdout, "canary-latest") || strings.Contains(r.outputs["json"], "others") {
		t.Errorf("of an image that is named, others or tags are told:\n%s", r.stdout)
	}

	two := write(t, "two.yml", "version: 1\nrings: [{name: a, soak: {min: 1h}}, {name: b, after: [], soak: {min: 1h}}, {name: everyone, after: [a, b]}]\n")
	same := q.push(labelsOf(headCommit), "a-latest", "b-latest")
	empty := "file:" + write(t, "empty.jsonl", "")
	q.outputs(q.run("gate", "POLICY", two, "LEDGER", empty), "digest", same, "reason-code", "upstream_missing")
	other := q.push(labelsOf(headCommit), "b-latest")
	if r := q.world.run("gate", "policy", two, "ledger", empty, "ring", "everyone"); r.code != cli.ExitUsage || !strings.Contains(r.stdout, same) || !strings.Contains(r.stdout, other) {
		t.Errorf("gate after rings with different images and no history = %d, want 2 with both\n%s", r.code, r.stdout)
	}
}

// TestCandidateThatIsGone: an image that the registry no longer has does not keep an older one out, whatever is known of it. With
// nothing else to decide about, the command fails.
func TestCandidateThatIsGone(t *testing.T) {
	facts := write(t, "facts.yml", "schema: 1\nlocks: []\nancestry: ahead\n")
	for name, c := range map[string]struct{ policy, token, evidence string }{
		"facts of GitHub":        {checkedRings, secretToken, ""},
		"facts of the file":      {soakedRings, secretToken, facts},
		"GitHub is not known":    {soakedRings, "", facts},
		"the commit is not, too": {checkedRings, secretToken, facts},
	} {
		t.Run(name, func(t *testing.T) {
			q := newQueue(t, c.policy, 2)
			path := strings.TrimPrefix(q.env["INPUT_LEDGER"], "file:")
			gone := `{"id":"9999","at":"2026-03-02T05:00:00Z","ring":"canary","outcome":"success","digest":"` + letter("e") + `"}` + "\n"
			if err := os.WriteFile(path, []byte(read(t, path)+gone), 0o600); err != nil {
				t.Fatal(err)
			}
			q.env["GITHUB_TOKEN"], q.env["INPUT_EVIDENCE"] = c.token, c.evidence
			r := q.run("gate")
			q.outputs(r, "digest", q.digests[1], "decision", "promote")
			if want := "::warning::candidate " + letter("e") + ": there is no image"; !strings.Contains(r.stdout, want) {
				t.Errorf("the log lacks %q:\n%s", want, r.stdout)
			}
			q.run("record", "RING", "everyone", "DIGEST", q.digests[1], "STATE", "success", "NOW", "2026-03-02T19:00:00Z")
			env := maps.Clone(q.env)
			env["INPUT_COMMAND"] = "gate"
			if r := inAction(t, "", env); r.code != cli.ExitFailed || !strings.Contains(r.stdout, "there is no image") {
				t.Errorf("gate of an image that is gone = %d, want 1 with a word on it\n%s", r.code, r.stdout)
			}
		})
	}
}

// TestCandidateWithoutRegistry: without GitHub the histories are enough, and a registry that does not answer is a warning.
func TestCandidateWithoutRegistry(t *testing.T) {
	r := inAction(t, "", map[string]string{"INPUT_COMMAND": "gate", "INPUT_POLICY": write(t, "rings.yml", soakedRings), "INPUT_RING": "everyone", "INPUT_NOW": "2026-03-02T10:00:00Z",
		"INPUT_IMAGE": "127.0.0.1:1/acme/app", "INPUT_LEDGER": "file:" + ledgerOf(t, "canary a1 b2", "everyone a3"), "INPUT_EVIDENCE": write(t, "facts.yml", "schema: 1\nlocks: []\nancestry: ahead\n")})
	if got := letters(r.outputs["digest"]) + " " + r.outputs["decision"]; got != "b promote" || !strings.Contains(r.stdout, "::warning::the labels of the image were not read: ") || !strings.Contains(r.stdout, "::notice::the tags of the rings were not read: ") {
		t.Errorf("gate decides %q, want b promote, with a warning on the labels and a notice on the tags\n%s", got, r.stdout)
	}
}

// TestStatusOfAnOvertakenImage: status names the image that promote would take, wherever it shows rings.
func TestStatusOfAnOvertakenImage(t *testing.T) {
	q := newQueue(t, checkedRings, 4)
	q.fail(4)
	dir := t.TempDir()
	r := q.run("status", "OUTPUT-DIR", dir)
	q.outputs(q.run("promote", "DRY-RUN", "true"), "digest", q.digests[2], "decision", "promote")
	promote := "deployment-rings promote --image " + q.image + " --ring everyone --digest " + q.digests[2]
	var report struct {
		Images []struct {
			Rings []struct{ Behind []status.Waiting }
		}
	}
	if err := json.Unmarshal([]byte(r.outputs["json"]), &report); err != nil {
		t.Fatal(err)
	}
	want := status.Waiting{Ring: "canary", Digest: q.digests[2], Decision: "promote", ReasonCode: "ok", Overtaken: true}
	if behind := report.Images[0].Rings[1].Behind; len(behind) != 2 || !cmp.Equal(behind[1], want) {
		t.Errorf("behind is %+v, want the newest and then %+v", behind, want)
	}
	page := read(t, filepath.Join(dir, "index.html"))
	for where, text := range map[string]string{"summary": html.UnescapeString(r.summary), "page": html.UnescapeString(page)} {
		if !strings.Contains(text, promote) || !strings.Contains(text, "A newer one overtook it") {
			t.Errorf("the %s lacks %q:\n%s", where, promote, text)
		}
	}
	if hex := q.digests[2][7:19]; !strings.Contains(page, hex+"</code> from canary, overtaken: promote") {
		t.Errorf("the page does not show %s as overtaken", hex)
	}
	if text := byHand(t, q.env, "status", "--format", "text"); !strings.Contains(text.stdout, promote) {
		t.Errorf("the text lacks %q:\n%s", promote, text.stdout)
	}
}
