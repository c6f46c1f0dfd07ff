package view_test

import (
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/wizzense/deployment-rings/action/internal/view"
	"github.com/wizzense/deployment-rings/ringpolicy"
)

// TestDecisionOutputs: the criteria that hold the image are unmet, each once. What only warns, is waived or holds is not among them.
func TestDecisionOutputs(t *testing.T) {
	d := ringpolicy.Decision{
		Verdict: ringpolicy.Hold, HoldKind: ringpolicy.HoldBlocked, ReasonCode: ringpolicy.CodeLocked, Summary: "a → b: hold", From: []string{"a", "a2"}, To: "b", Digest: "sha256:d", ID: "sha256:i",
		NextEligibleAt: time.Date(2026, 3, 3, 10, 0, 0, 0, time.FixedZone("CET", 3600)),
		Criteria: []ringpolicy.Result{
			{ID: "lock", Status: ringpolicy.Unmet}, {ID: "met", Status: ringpolicy.Met}, {ID: "soak", Ring: "a", Status: ringpolicy.Unmet}, {ID: "soak", Ring: "a2", Status: ringpolicy.Unknown},
			{ID: "advice", Status: ringpolicy.Unmet, Advisory: true}, {ID: "waived", Status: ringpolicy.Waived}, {ID: "approval", Status: ringpolicy.Pending}, {ID: "not known", Status: ringpolicy.Unknown},
		},
	}
	want := map[string]string{
		"decision": "hold", "hold-kind": "blocked", "reason-code": "locked", "summary": "a → b: hold", "from-ring": "a\na2", "to-ring": "b", "digest": "sha256:d",
		"next-eligible-at": "2026-03-03T09:00:00Z", "valid-until": "", "unmet": "lock\nsoak\napproval\nnot known", "decision-id": "sha256:i", "json-file": "decision.json",
	}
	if diff := cmp.Diff(want, view.DecisionOutputs(d, "decision.json")); diff != "" {
		t.Errorf("DecisionOutputs (-want +got):\n%s", diff)
	}
}

// TestDecisionText: in brackets what does not hold the image, and beside what is not met what is required.
func TestDecisionText(t *testing.T) {
	d := ringpolicy.Decision{
		Summary: "a → b: hold",
		Criteria: []ringpolicy.Result{
			{ID: "soak", Ring: "a", Status: ringpolicy.Unmet, Observed: "20h", Required: "24h"}, {ID: "checks", Ring: "b", Status: ringpolicy.Met, Observed: "2 checks passed", Required: "success"},
			{ID: "errors", Ring: "b", Status: ringpolicy.Unmet, Advisory: true, Observed: "2", Required: "no more than 1"},
		},
		Warnings: []ringpolicy.Warning{{Code: ringpolicy.CodeClockSkew, Text: "a clock\nis wrong"}},
	}
	const want = `a → b: hold

  unmet   a soak   20h; required: 24h
  met     b checks 2 checks passed
  (unmet) b errors 2; required: no more than 1

warning: a clock\u{a}is wrong
`
	if diff := cmp.Diff(want, view.DecisionText(d)); diff != "" {
		t.Errorf("DecisionText (-want +got):\n%s", diff)
	}
}

// TestDecisionNotes: warnings are annotations, and so is a ring that has to go back, which must not be overlooked.
func TestDecisionNotes(t *testing.T) {
	warnings := []ringpolicy.Warning{{Code: ringpolicy.CodeClockSkew, Text: "a clock is wrong"}}
	for _, c := range []struct {
		verdict  ringpolicy.Verdict
		warnings []ringpolicy.Warning
		want     []string
	}{
		{ringpolicy.Promote, nil, nil}, {ringpolicy.Hold, nil, nil}, {ringpolicy.Noop, nil, nil},
		{ringpolicy.Promote, warnings, []string{"warning: a clock is wrong"}},
		{ringpolicy.Rollback, nil, []string{"warning: go back"}},
		{ringpolicy.Rollback, warnings, []string{"warning: a clock is wrong", "warning: go back"}},
	} {
		var got []string
		for _, n := range view.DecisionNotes(ringpolicy.Decision{Verdict: c.verdict, Warnings: c.warnings, Summary: "go back"}) {
			got = append(got, n.String())
		}
		if !slices.Equal(got, c.want) {
			t.Errorf("DecisionNotes of %v with %d warnings = %q, want %q", c.verdict, len(c.warnings), got, c.want)
		}
	}
}
