package view_test

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/wizzense/deployment-rings/action/internal/event"
	"github.com/wizzense/deployment-rings/action/internal/image"
	"github.com/wizzense/deployment-rings/action/internal/ledger"
	"github.com/wizzense/deployment-rings/action/internal/note"
	"github.com/wizzense/deployment-rings/action/internal/plan"
	"github.com/wizzense/deployment-rings/action/internal/view"
	"github.com/wizzense/deployment-rings/labels"
	"github.com/wizzense/deployment-rings/ringpolicy"
	"github.com/wizzense/deployment-rings/ringpolicy/policytest"
)

const (
	digestA = "sha256:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
	digestB = "sha256:bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb"
)

func shown(all []note.Annotation) []string {
	var lines []string
	for _, a := range all {
		lines = append(lines, a.String())
	}
	return lines
}

// TestPromoted has how a promotion ended, and what is said of it: only what is recorded and was meant so is applied.
func TestPromoted(t *testing.T) {
	d := ringpolicy.Decision{Verdict: ringpolicy.Promote, To: "b", Digest: digestA}
	wanted, failed := []string{"b-latest", "b-pr-7-latest"}, errors.New("failed")
	for _, c := range []struct {
		name    string
		done    view.Promoted
		err     error
		applied bool
		deed    string
		text    string
	}{
		{"dry run", view.Promoted{Wanted: wanted, DryRun: true}, nil, false, "", "\nDry run: nothing was written. These tags would point to the image: b-latest, b-pr-7-latest.\n"},
		{"moved", view.Promoted{ID: "7", Moved: wanted, Wanted: wanted}, nil, true, "recorded in b as 7; tags that moved to " + digestA + ": b-latest, b-pr-7-latest", "\nMoved to the image: b-latest, b-pr-7-latest. Recorded as 7.\n"},
		{"there already", view.Promoted{ID: "7", Wanted: wanted}, nil, true, "recorded in b as 7; tags that moved to " + digestA + ": none", "\nAll tags point to the image already. Recorded as 7.\n"},
		{"cut short", view.Promoted{ID: "7", Moved: wanted[:1], Wanted: wanted}, failed, true, "recorded in b as 7; tags that moved to " + digestA + ": b-latest", "\nThe promotion did not finish; once the cause is mended, run it again to do what is left. Tags that point to the image: b-latest.\n"},
		{"not recorded", view.Promoted{Wanted: wanted}, failed, false, "", "\nThe promotion did not finish; once the cause is mended, run it again to do what is left. Tags that point to the image: none.\n"},
	} {
		if c.done.Applied() != c.applied || c.done.Deed(d) != c.deed || c.done.Text(d, c.err) != c.text {
			t.Errorf("%s: applied: %v, %q, %q, want %v, %q, %q", c.name, c.done.Applied(), c.done.Deed(d), c.done.Text(d, c.err), c.applied, c.deed, c.text)
		}
		if hold := (ringpolicy.Decision{Verdict: ringpolicy.Hold}); c.done.Text(hold, nil)+c.done.Markdown(hold, nil) != "" {
			t.Errorf("%s: something is said of tags although the decision is a hold", c.name)
		}
	}
}

// TestReversal has how a rollback ended, and what is said of it.
func TestReversal(t *testing.T) {
	policy := ringpolicy.Builtin()
	back := ringpolicy.ManualRollback{Verdict: ringpolicy.Rollback, Ring: "dev", From: digestA, To: digestB, Summary: "dev: rollback."}
	hold := ringpolicy.ManualRollback{Verdict: ringpolicy.Hold, Ring: "dev", ReasonCode: ringpolicy.CodeLocked, From: digestA, Summary: "dev: hold."}
	for _, c := range []struct {
		name          string
		r             view.Reversal
		applied, deed string
		text          string
		headline      string
	}{
		{"hold", view.Reversal{Decision: hold}, "false", "", "dev: hold.\n", "### ✋ Hold: <code>dev</code> does not go back\n"},
		{"dry run", view.Reversal{Decision: back, DryRun: true, Moved: []string{"dev-latest"}}, "false", "", "dev: rollback.\nDry run: nothing was written.\n", "### ⏪ Rollback: <code>dev</code> goes back to "},
		{"went back", view.Reversal{Decision: back, Moved: []string{"dev-latest"}, IDs: []string{"7", "8"}}, "true", "tags that went back to " + digestB + ": dev-latest; recorded in dev as: 7, 8", "dev: rollback.\nMoved: dev-latest. sha256:aaaaaaaaaaaa is quarantined in dev until it is released.\n", "### ⏪ Rollback: "},
		{"cut short", view.Reversal{Decision: back, Moved: []string{"dev-latest"}, Err: errors.New("failed")}, "false", "tags that went back to " + digestB + ": dev-latest; recorded in dev as: none", "dev: rollback.\nThe rollback did not finish; once the cause is mended, run it again to do what is left.\n", "### ⏪ Rollback: "},
		{"nothing moved", view.Reversal{Decision: back, Err: errors.New("failed")}, "false", "", "dev: rollback.\nThe rollback did not finish; once the cause is mended, run it again to do what is left.\n", "### ⏪ Rollback: "},
	} {
		c.r.Policy, c.r.Evidence.Now = policy, time.Date(2026, 3, 3, 9, 0, 0, 0, time.UTC)
		want := map[string]string{
			"decision": c.r.Decision.Verdict.String(), "reason-code": string(c.r.Decision.ReasonCode), "from-digest": digestA, "to-digest": c.r.Decision.To,
			"applied": c.applied, "moved-tags": strings.Join(c.r.Moved, "\n"),
		}
		if diff := cmp.Diff(want, c.r.Outputs()); diff != "" {
			t.Errorf("%s: Outputs (-want +got):\n%s", c.name, diff)
		}
		if c.r.Deed() != c.deed || c.r.Text() != c.text || !strings.HasPrefix(c.r.Markdown(), c.headline) {
			t.Errorf("%s: %q, %q, %.60q, want %q, %q, %q", c.name, c.r.Deed(), c.r.Text(), c.r.Markdown(), c.deed, c.text, c.headline)
		}
	}
}

func TestRecord(t *testing.T) {
	outcome := ledger.Entry{Ring: "dev", Digest: digestA, Outcome: ringpolicy.OutcomeSuccess}
	signal := ledger.Entry{Ring: "dev", Digest: digestA, Signal: ringpolicy.SignalHealthCheck, State: ringpolicy.SignalFailing}
	for _, c := range []struct {
		r              view.Recorded
		text, markdown string
	}{
		{view.Recorded{Entry: outcome, ID: "7"}, "Recorded dev: success of sha256:aaaaaaaaaaaa as 7\n", "### Recorded <code>dev</code>: <code>success</code> of <code>sha256&#58;aaaaaaaaaaaa</code> as <code>7</code>\n"},
		{view.Recorded{Entry: outcome, DryRun: true}, "Dry run, would record dev: success of sha256:aaaaaaaaaaaa\n", "### Dry run, would record <code>dev</code>: <code>success</code> of <code>sha256&#58;aaaaaaaaaaaa</code>\n"},
		{view.Recorded{Entry: outcome, ID: "7", Moved: []string{"latest"}}, "Recorded dev: success of sha256:aaaaaaaaaaaa as 7; moved latest\n", "### Recorded <code>dev</code>: <code>success</code> of <code>sha256&#58;aaaaaaaaaaaa</code> as <code>7</code>; moved <code>latest</code>\n"},
		{view.Recorded{Entry: signal, ID: "7", Known: true}, "Recorded already: dev: health_check failing of sha256:aaaaaaaaaaaa, as 7\n", "### Recorded already: <code>dev</code>: <code>health&#95;check failing</code> of <code>sha256&#58;aaaaaaaaaaaa</code>, as <code>7</code>\n"},
		{view.Recorded{Entry: signal, ID: "7"}, "Recorded dev: health_check failing of sha256:aaaaaaaaaaaa as 7\n", "### Recorded <code>dev</code>: <code>health&#95;check failing</code> of <code>sha256&#58;aaaaaaaaaaaa</code> as <code>7</code>\n"},
	} {
		if text, markdown := c.r.Text(), c.r.Markdown(); text != c.text || markdown != c.markdown {
			t.Errorf("%+v: %q, %q, want %q, %q", c.r, text, markdown, c.text, c.markdown)
		}
	}
	for _, c := range []struct {
		r       view.Recorded
		applied string
	}{
		{view.Recorded{ID: "7"}, "true"},
		{view.Recorded{ID: "7", Known: true}, "false"},
		{view.Recorded{ID: "7", Known: true, Moved: []string{"latest"}}, "true"},
		{view.Recorded{ID: "7", Err: errors.New("failed")}, "false"},
		{view.Recorded{ID: "7", DryRun: true, Known: true}, "false"},
	} {
		if got := c.r.Outputs()["applied"]; got != c.applied {
			t.Errorf("%+v: applied = %s, want %s", c.r, got, c.applied)
		}
	}
	if got, want := (view.Recorded{Entry: outcome, ID: "7"}).Deed(), "Recorded dev: success of sha256:aaaaaaaaaaaa as 7, "+digestA; got != want {
		t.Errorf("Deed = %q, want %q", got, want)
	}
}

// TestLinted: errors and warnings are told apart, in the count, in the annotations and in the verdict.
func TestLinted(t *testing.T) {
	warning := ringpolicy.LintFinding{Problem: ringpolicy.Problem{Line: 3, Column: 5, Path: "rings[1]", Message: "odd"}, Severity: ringpolicy.SeverityWarning}
	wrong := ringpolicy.LintFinding{Problem: ringpolicy.Problem{Line: 4, Column: 6, Path: "rings[2]", Message: "wrong"}, Severity: ringpolicy.SeverityError}
	for _, c := range []struct {
		findings         []ringpolicy.LintFinding
		errors, warnings int
		notes            []string
		defect           string
	}{
		{nil, 0, 0, nil, ""},
		{[]ringpolicy.LintFinding{warning}, 0, 1, []string{"warning: r.yml:3:5: rings[1]: odd"}, ""},
		{[]ringpolicy.LintFinding{wrong, warning, wrong}, 2, 1, []string{"error: r.yml:4:6: rings[2]: wrong", "warning: r.yml:3:5: rings[1]: odd", "error: r.yml:4:6: rings[2]: wrong"}, "r.yml cannot work as it is written: 2 errors"},
	} {
		l := view.NewLinted("r.yml", ringpolicy.Builtin(), c.findings)
		if l.Errors != c.errors || l.Warnings != c.warnings || len(l.Findings) != len(c.findings) || !slices.Equal(shown(l.Annotations()), c.notes) || l.Defect() != c.defect {
			t.Errorf("of %d findings: %d errors, %d warnings, %q, %q, want %d, %d, %q, %q", len(c.findings), l.Errors, l.Warnings, shown(l.Annotations()), l.Defect(), c.errors, c.warnings, c.notes, c.defect)
		}
		if text := l.Text(); !strings.Contains(text, "r.yml: 6 rings, dev to production takes at least ") || !strings.HasPrefix(text, strings.Join(c.notes, "\n")) {
			t.Errorf("Text of %d findings:\n%s", len(c.findings), text)
		}
	}
}

// TestTested: only tests that failed are annotations and stand in the summary.
func TestTested(t *testing.T) {
	passed := policytest.Result{File: "t.yml", Line: 3, Name: "good"}
	failed := policytest.Result{File: "t.yml", Line: 5, Name: "bad", Differences: []policytest.Difference{{Path: "decision", Want: "hold", Got: "promote"}, {Path: "a", Want: "1", Got: "2"}}}
	got := view.NewTested([]policytest.Result{passed, failed, passed})
	if got.Passed != 2 || got.Failed != 1 || got.Count() != "2 passed, 1 failed" || len(got.Tests) != 3 || got.Tests[0].Differences == nil {
		t.Errorf("NewTested = %+v, want 2 passed and 1 failed, and lists that are not null", got)
	}
	if want := []string{"error: t.yml:5:1: test bad: decision: want hold, got promote; a: want 1, got 2"}; !slices.Equal(shown(got.Annotations()), want) {
		t.Errorf("Annotations = %q, want %q", shown(got.Annotations()), want)
	}
	if want := "PASS good\nFAIL bad (t.yml:5)\n    decision\n      want hold\n      got  promote\n    a\n      want 1\n      got  2\nPASS good\n2 passed, 1 failed\n"; got.Text() != want {
		t.Errorf("Text = %q, want %q", got.Text(), want)
	}
	if markdown := got.Markdown(); strings.Contains(markdown, "good") || strings.Count(markdown, "\n- bad ") != 2 {
		t.Errorf("the summary has other tests than the one that failed:\n%s", markdown)
	}
}

// TestVerified has what disagrees, and what the reader is told.
func TestVerified(t *testing.T) {
	for _, c := range []struct {
		name string
		v    view.Verified
		text string
		want []string // annotations
	}{
		{"well", view.Verified{Verified: true, Digest: digestA}, "Verified: all tags point to " + digestA + ", and its labels are as expected\n", nil},
		{"nothing", view.Verified{Verified: true, Skip: "it is a draft"}, "Nothing to verify: it is a draft\n", nil},
		{"missing", view.Verified{Missing: []string{"a", "b"}}, "Not as expected\n\n- Missing: a, b. ", []string{"error: Missing: a, b. Did the build and push step of this run end well, and does it push the output tags? Run it again."}},
		{"elsewhere", view.Verified{Digest: digestA, Mismatched: []string{"a"}}, "Not as expected\n\nThe primary tag points to " + digestA + ".\n\n- On another image: a. ", []string{"error: On another image: a. A newer build may have moved them; if not, push the tags of this build again."}},
		{"a label", view.Verified{Digest: digestA, Mend: "Mend it.", Labels: []view.VerifiedLabel{{Image: "i", Key: "k", Want: "w", Got: "g"}, {Image: "i", Platform: "linux/arm64", Key: "k", Want: "w"}}}, "Not as expected\n",
			[]string{"error: Label k of i is g, expected w. Mend it.", "error: Label k of i for linux/arm64 is missing, expected w. Mend it."}},
	} {
		if !strings.HasPrefix(c.v.Text(), c.text) || !slices.Equal(shown(c.v.Annotations()), c.want) {
			t.Errorf("%s: %q, %q, want %q, %q", c.name, c.v.Text(), shown(c.v.Annotations()), c.text, c.want)
		}
		want := map[string]string{"verified": map[bool]string{true: "true", false: "false"}[c.v.Verified], "missing-tags": strings.Join(c.v.Missing, "\n"), "mismatched-tags": strings.Join(c.v.Mismatched, "\n"), "digest": c.v.Digest}
		if diff := cmp.Diff(want, c.v.Outputs()); diff != "" {
			t.Errorf("%s: Outputs (-want +got):\n%s", c.name, diff)
		}
	}
}

func TestIdentity(t *testing.T) {
	commit := strings.Repeat("a", 40)
	for want, b := range map[string]view.Identity{
		"not known":               {},
		commit:                    {Commit: &commit},
		commit + ", with changes": {Commit: &commit, Modified: true},
	} {
		b.Version, b.PolicyDigest, b.Go, b.Platform = "v1.4.0", digestA, "go1", "linux/amd64"
		text := "deployment-rings v1.4.0\n\n  commit        " + want + "\n  policy digest " + digestA + "\n  go            go1\n  platform      linux/amd64\n"
		if got := b.Text(); got != text {
			t.Errorf("Text = %q, want %q", got, text)
		}
	}
}

// planned returns the plan for an event.
func planned(t *testing.T, e event.Event, extra map[string]string) plan.Plan {
	t.Helper()
	images, err := image.Parse([]string{"ghcr.io/owner/app", "docker.io/owner/app"})
	if err != nil {
		t.Fatal(err)
	}
	e.Revision = strings.Repeat("ab", 20)
	p, err := plan.Make(plan.Request{
		Policy: ringpolicy.Builtin(), Event: &e, Images: images, Iteration: 7, Time: time.Date(2026, 3, 3, 9, 0, 0, 0, time.UTC), ServerURL: "https://github.com",
		Repository: event.Repository{FullName: "owner/app", Name: "app"}, ExtraLabels: extra, Levels: []labels.Level{labels.LevelManifest},
	})
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// TestPlanOutputs has what is built, and outputs that depend on it: nothing that could be pushed where nothing deploys.
func TestPlanOutputs(t *testing.T) {
	pull := event.Event{Name: "issue_comment", Kind: event.PullRequest, Number: 5, Branch: "feature/x", Asked: true}
	skipped := pull
	skipped.Skip = "the pull request is not open"
	push := event.Event{Name: "push", Kind: event.Branch, Branch: "dev"}
	release := event.Event{Name: "release", Kind: event.Release, Tag: "v1.5.0"}
	for _, c := range []struct {
		name  string
		event event.Event
		want  map[string]string
	}{
		{"a comment", pull, map[string]string{"should-deploy": "true", "skip-reason": "", "deployment-comment": "true", "is-release": "false", "pr-number": "5", "branch": "feature/x", "branch-slug": "feature-x",
			"commit-short": "abababab", "enters-ring": "", "ring": "dev", "ring-matched": "default", "next-ring": "staging", "build-iteration": "7", "build-timestamp": "20260303-090000",
			"primary-tag": "pr-5-feature-x-v7", "image-tag": "ghcr.io/owner/app:pr-5-feature-x-v7", "fixed-tags": "pr-5-feature-x-v7\npr-5-abababab", "bake-file": "bake.json", "compose-file": "compose.yml"}},
		{"a comment in vain", skipped, map[string]string{"should-deploy": "false", "skip-reason": "the pull request is not open", "deployment-comment": "false", "tags": "", "primary-tag": "", "image-tag": "",
			"labels": "", "annotations": "", "bake-file": "", "compose-file": "", "docker-run": "", "branch": "feature/x"}},
		{"a push", push, map[string]string{"should-deploy": "true", "deployment-comment": "false", "pr-number": "", "enters-ring": "dev", "ring-matched": "exact", "moving-tags": "branch-dev-latest\ndev-latest",
			"tags":      "ghcr.io/owner/app:branch-dev-v7\nghcr.io/owner/app:branch-dev-latest\nghcr.io/owner/app:dev-latest\nghcr.io/owner/app:sha-abababab\ndocker.io/owner/app:branch-dev-v7\ndocker.io/owner/app:branch-dev-latest\ndocker.io/owner/app:dev-latest\ndocker.io/owner/app:sha-abababab",
			"tag-rules": "type=raw,value=branch-dev-v7\ntype=raw,value=branch-dev-latest\ntype=raw,value=dev-latest\ntype=raw,value=sha-abababab"}},
		{"a release", release, map[string]string{"is-release": "true", "release-tag": "v1.5.0", "version": "1.5.0", "branch": "", "branch-slug": "", "ring": "production", "enters-ring": "", "next-ring": "", "tag-names": "1.5.0\nlatest\nstable\nsha-abababab"}},
	} {
		got := view.PlanOutputs(planned(t, c.event, nil), view.PlanFiles{Bake: "bake.json", Compose: "compose.yml"})
		for name, want := range c.want {
			if got[name] != want {
				t.Errorf("%s: output %s = %q, want %q", c.name, name, got[name], want)
			}
		}
	}
}

// TestDecisionHeadline has for each verdict how the summary begins, and what it says of a ring that should go back and does not.
func TestDecisionHeadline(t *testing.T) {
	proven := ringpolicy.RollbackPlan{Needed: true, Running: digestB, Target: digestA, Triggers: []ringpolicy.SignalKind{ringpolicy.SignalHealthCheck}}
	lost := proven
	lost.Target = ""
	const failing = "Health check failing in <code>dev</code>, which runs <code>sha256&#58;bbbbbbbbbbbb</code>; "
	for _, c := range []struct {
		verdict  ringpolicy.Verdict
		kind     ringpolicy.HoldKind
		plan     ringpolicy.RollbackPlan
		headline string
		says     string // "": nothing of going back
	}{
		{ringpolicy.Promote, ringpolicy.HoldNone, ringpolicy.RollbackPlan{}, "### 🚀 Promote: the image may come into <code>dev</code>\n", ""},
		{ringpolicy.Hold, ringpolicy.HoldWaiting, ringpolicy.RollbackPlan{}, "### ✋ Hold: the image may not yet come into <code>dev</code>\n", ""},
		{ringpolicy.Hold, ringpolicy.HoldPending, proven, "### ✋ Hold: ", failing + "the last known good image is <code>sha256&#58;aaaaaaaaaaaa</code>."},
		{ringpolicy.Hold, ringpolicy.HoldFailed, lost, "### ✋ Hold: ", failing + "no image is known to be good."},
		{ringpolicy.Noop, ringpolicy.HoldNone, ringpolicy.RollbackPlan{}, "### 🟰 Nothing to do: <code>dev</code> runs the image already\n", ""},
		{ringpolicy.Rollback, ringpolicy.HoldNone, proven, "### ⏪ Rollback: <code>dev</code> has to go back to <code>sha256&#58;aaaaaaaaaaaa</code>\n", ""},
	} {
		d := ringpolicy.Decision{Verdict: c.verdict, HoldKind: c.kind, To: "dev", Digest: digestA, Rollback: c.plan}
		got := view.DecisionMarkdown(ringpolicy.Builtin(), ringpolicy.Evidence{}, d, nil, "")
		if !strings.HasPrefix(got, c.headline) || !strings.Contains(got, c.says) || strings.Contains(got, failing) != (c.says != "") {
			t.Errorf("the summary of %v, want %q and %q:\n%s", c.verdict, c.headline, c.says, got)
		}
	}
}

// TestOtherCriteria: what holds the image stands above, all else is folded, also what only warns.
func TestOtherCriteria(t *testing.T) {
	d := ringpolicy.Decision{Verdict: ringpolicy.Hold, To: "dev", Digest: digestA, Criteria: []ringpolicy.Result{
		{ID: "holds", Title: "holds", Status: ringpolicy.Unmet}, {ID: "warns", Title: "warns", Status: ringpolicy.Unmet, Advisory: true},
		{ID: "waived", Title: "waived", Status: ringpolicy.Waived}, {ID: "met", Title: "met", Status: ringpolicy.Met},
	}}
	above, folded, _ := strings.Cut(view.DecisionMarkdown(ringpolicy.Builtin(), ringpolicy.Evidence{}, d, nil, ""), "<details>")
	for title, holds := range map[string]bool{"holds": true, "warns": false, "waived": false, "met": false} {
		if got := strings.Contains(above, " | "+title); got != holds || strings.Contains(folded, " | "+title) == holds {
			t.Errorf("%s is above the fold: %v, want %v", title, got, holds)
		}
	}
	if !strings.HasPrefix(folded, "<summary>The other criteria (3)</summary>") {
		t.Errorf("the fold begins with %.60q", folded)
	}
}
