package tally_test

import (
	"encoding/json"
	"errors"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/wizzense/deployment-rings/action/internal/note"
	"github.com/wizzense/deployment-rings/action/internal/status"
	"github.com/wizzense/deployment-rings/action/internal/tally"
	"github.com/wizzense/deployment-rings/ringpolicy"
)

var update = flag.Bool("update", false, "rewrite golden files")

func digest(c string) string { return "sha256:" + strings.Repeat(c, 64) }

// evil would become markup, a command or a line of its own.
const evil = "<img src=x> `c` | [a](http://x) **b**\n::error::x @octocat #1"

var now = time.Date(2026, 3, 3, 5, 30, 0, 0, time.UTC)

func number(n int) *int { return &n }

// every is a tally with a row of each kind.
func every(t *testing.T) tally.Tally {
	t.Helper()
	policy := ringpolicy.Builtin()
	evidence := ringpolicy.Evidence{Now: now, Subject: ringpolicy.Subject{Digest: digest("a"), To: "ring-1"}, Quarantine: []ringpolicy.Quarantine{},
		Rings: map[string]ringpolicy.RingFacts{
			"ring-0": {History: []ringpolicy.Record{{ID: "1", Digest: digest("a"), Outcome: ringpolicy.OutcomeSuccess, From: now.Add(-3 * time.Hour)}}, Signals: []ringpolicy.Signal{}},
			"ring-1": {History: []ringpolicy.Record{}, Signals: []ringpolicy.Signal{}},
		}}
	hold, err := policy.Decide(evidence)
	if err != nil {
		t.Fatal(err)
	}
	waits := hold.Among(func(r ringpolicy.Result) bool { return r.Kind == "soak" })
	evidence.Locks = []ringpolicy.Lock{{Ring: "ring-1", By: evil, Reason: evil}}
	locked, err := policy.Decide(evidence)
	if err != nil {
		t.Fatal(err)
	}
	promote := hold
	promote.Verdict, promote.HoldKind, promote.ReasonCode, promote.Criteria = ringpolicy.Promote, ringpolicy.HoldNone, ringpolicy.CodeOK, nil
	promote.NextEligibleAt = time.Time{}
	back := promote
	back.Verdict, back.Summary = ringpolicy.Rollback, "production: rollback to "+digest("b")[:19]+"."
	back.Rollback = ringpolicy.RollbackPlan{Needed: true, Running: digest("c"), Target: digest("b"), Triggers: []ringpolicy.SignalKind{ringpolicy.SignalHealthCheck}}
	ended := back
	ended.Rollback.Triggers = nil
	noop := promote
	noop.Verdict = ringpolicy.Noop
	unsettled := promote
	unsettled.Criteria = hold.Criteria
	unsettled = unsettled.Unsettled("another run recorded something in the ring meanwhile: " + evil)
	deploys := func(digest string, back bool) tally.Deployment {
		return tally.Deployment{Ring: "production", Environment: "production", Image: "ghcr.io/acme/app", Digest: digest, Version: "1.5.0", PullRequest: number(123), ContainerName: "app-production", HostPort: nil, Rollback: back}
	}
	rows := []*tally.Row{
		{Image: "ghcr.io/acme/app", Ring: "dev", Decision: noop},
		{Image: "ghcr.io/acme/app", Ring: "staging", Decision: promote, Deed: tally.Promoted, Moved: []string{"staging-latest", "staging-pr-123-latest"}, Record: "17", Deployment: deploys(digest("a"), false)},
		{Image: "ghcr.io/acme/app", Ring: "ring-0", Decision: promote, Deed: tally.Redeployed, Deployment: deploys(digest("a"), false)},
		{Image: "ghcr.io/acme/app", Ring: "ring-1", Decision: waits},
		{Image: "ghcr.io/acme/app", Ring: "ring-2", Decision: promote, Deed: tally.Promoted, Deployment: deploys(digest("a"), false), Err: errors.New("the tags could not be moved: " + evil)},
		{Image: "ghcr.io/acme/app", Ring: "production", Decision: back, Deed: tally.WentBack, Moved: []string{"production-latest"}, Record: "18, 19", Deployment: deploys(digest("b"), true)},
		{Image: "ghcr.io/acme/worker", Ring: "dev"},
		{Image: "ghcr.io/acme/worker", Ring: "staging", Decision: ended, Deed: tally.WentBack, Record: "20", Deployment: deploys(digest("b"), true)},
		{Image: "ghcr.io/acme/worker", Ring: "ring-0", Deed: tally.Left},
		{Image: "ghcr.io/acme/worker", Ring: "ring-1", Decision: locked},
		{Image: "ghcr.io/acme/worker", Ring: "ring-2", Decision: unsettled},
	}
	for _, r := range rows {
		if r.Decision.Verdict != ringpolicy.Undecided {
			r.Object, _ = json.Marshal(map[string]string{"decision": r.Decision.Verdict.String()})
		}
	}
	return tally.Tally{Now: now, Policy: policy, Rows: rows, Acted: []*tally.Row{rows[5], rows[7], rows[4], rows[2], rows[1]}, Spent: &status.Spent{Requests: 12, Points: 3}}
}

func golden(t *testing.T, name, got string) {
	t.Helper()
	path := filepath.Join("testdata", name)
	if *update {
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), got); diff != "" {
		t.Errorf("%s differs, -update rewrites it (-want +got):\n%s", path, diff)
	}
}

// TestWords has all words for people, of what was done and of a dry run.
func TestWords(t *testing.T) {
	for _, dry := range []bool{false, true} {
		name := map[bool]string{false: "done", true: "dry"}[dry]
		all := every(t)
		all.DryRun = dry
		golden(t, name+".md", all.Markdown())
		golden(t, name+".txt", all.Text())
		for _, text := range []string{all.Markdown(), all.Text()} {
			if strings.Contains(text, "\n::error::") || strings.Contains(all.Markdown(), "<img") {
				t.Errorf("text of others has a meaning:\n%s", text)
			}
		}
	}
	if got, want := (tally.Tally{Policy: ringpolicy.Builtin()}).Text(), "Advance: no image is known.\n"; got != want {
		t.Errorf("Text = %q, want %q", got, want)
	}
}

// TestOutputs: what failed is handed to nobody, nor is anything in a dry run; what went back is named.
func TestOutputs(t *testing.T) {
	const wentBack = `{"ring":"production","environment":"production","image":"ghcr.io/acme/app","digest":"sha256:bbbb","version":"1.5.0","pr":123,"container-name":"app-production","host-port":null,"rollback":true}`
	const came = `{"ring":"production","environment":"production","image":"ghcr.io/acme/app","digest":"sha256:aaaa","version":"1.5.0","pr":123,"container-name":"app-production","host-port":null,"rollback":false}`
	for _, c := range []struct {
		dry  bool
		want map[string]string
	}{
		{false, map[string]string{"deployments": "[" + strings.Join([]string{wentBack, wentBack, came, came}, ",") + "]", "count": "4", "rollbacks": "production\nstaging", "json-file": "f"}},
		{true, map[string]string{"deployments": "[]", "count": "0", "rollbacks": "production\nstaging", "json-file": "f"}},
	} {
		all := every(t)
		all.DryRun = c.dry
		got, err := all.Outputs("f")
		for name, value := range got {
			got[name] = strings.NewReplacer(digest("a"), "sha256:aaaa", digest("b"), "sha256:bbbb").Replace(value)
		}
		if diff := cmp.Diff(c.want, got); diff != "" || err != nil {
			t.Errorf("Outputs of a dry run %t: %v (-want +got):\n%s", c.dry, err, diff)
		}
	}
	all := every(t)
	all.Rows[4].Moved = []string{"ring-2-latest"} // before it failed
	const done = "staging of ghcr.io/acme/app: promoted AAAA, tags that moved: staging-latest, staging-pr-123-latest, record: 17; ring-2 of ghcr.io/acme/app: promoted AAAA, tags that moved: ring-2-latest, record: none; " +
		"production of ghcr.io/acme/app: went back to BBBB, tags that moved: production-latest, record: 18, 19; staging of ghcr.io/acme/worker: went back to BBBB, tags that moved: none, record: 20"
	if got := strings.NewReplacer(digest("a"), "AAAA", digest("b"), "BBBB").Replace(all.Done()); got != done {
		t.Errorf("Done = %s\nwant %s", got, done)
	}
	if all.DryRun = true; all.Done() != "" {
		t.Errorf("Done of a dry run = %s", all.Done())
	}
	got, err := every(t).JSON()
	const want = `{"images":[{"image":"ghcr.io/acme/app","rings":[{"decision":"noop"},{"decision":"promote"},{"decision":"promote"},{"decision":"hold"},{"decision":"promote"},{"decision":"rollback"}]},` +
		`{"image":"ghcr.io/acme/worker","rings":[{"decision":"rollback"},{"decision":"hold"},{"decision":"hold"}]}],"left":[{"ring":"ring-0","image":"ghcr.io/acme/worker"}],"github":{"requests":12,"points":3}}`
	if got != want || err != nil {
		t.Errorf("JSON = %s, %v\nwant %s", got, err, want)
	}
	if got, want := mustJSON(t, tally.Tally{}), `{"images":[],"left":[]}`; got != want {
		t.Errorf("JSON of nothing = %s, want %s", got, want)
	}
}

func mustJSON(t *testing.T, of tally.Tally) string {
	t.Helper()
	got, err := of.JSON()
	if err != nil {
		t.Fatal(err)
	}
	return got
}

// TestNotesOfARingThatCannotGoBack: a ring that has to go back is a warning, also where it has no image to go back to.
func TestNotesOfARingThatCannotGoBack(t *testing.T) {
	row := func(v ringpolicy.Verdict, needed bool) *tally.Row {
		return &tally.Row{Ring: "production", Decision: ringpolicy.Decision{Verdict: v, Summary: "production: hold. No earlier image.", Rollback: ringpolicy.RollbackPlan{Needed: needed}}}
	}
	for _, c := range []struct {
		row  *tally.Row
		want int
	}{{row(ringpolicy.Hold, true), 1}, {row(ringpolicy.Hold, false), 0}, {row(ringpolicy.Promote, true), 0}} {
		notes := tally.Tally{Rows: []*tally.Row{c.row}}.Notes()
		if len(notes) != c.want || len(notes) == 1 && (notes[0].Level != note.Warning || notes[0].Message != c.row.Decision.Summary) {
			t.Errorf("%v, rollback needed %t: Notes = %v, want %d warnings with the summary", c.row.Decision.Verdict, c.row.Decision.Rollback.Needed, notes, c.want)
		}
	}
}
