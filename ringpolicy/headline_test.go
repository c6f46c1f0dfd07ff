package ringpolicy_test

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/wizzense/deployment-rings/ringpolicy"
)

// soaking is a decision on an image that soaks, by what a ledger knows alone.
func soaking(t *testing.T) ringpolicy.Decision {
	t.Helper()
	now := time.Date(2026, 3, 3, 5, 30, 0, 0, time.UTC)
	d, err := ringpolicy.Builtin().Decide(ringpolicy.Evidence{
		Now: now, Subject: ringpolicy.Subject{Digest: "sha256:" + strings.Repeat("a", 64), To: "ring-1"}, Quarantine: []ringpolicy.Quarantine{},
		Rings: map[string]ringpolicy.RingFacts{
			"ring-0": {History: []ringpolicy.Record{{ID: "1", Digest: "sha256:" + strings.Repeat("a", 64), Outcome: ringpolicy.OutcomeSuccess, From: now.Add(-3 * time.Hour)}}, Signals: []ringpolicy.Signal{}},
			"ring-1": {History: []ringpolicy.Record{}},
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// TestAmong has which criteria count, and the headline that is left. The criteria stay as they are.
func TestAmong(t *testing.T) {
	of := func(kinds ...string) func(ringpolicy.Result) bool {
		return func(r ringpolicy.Result) bool {
			return strings.Contains(strings.Join(kinds, " "), r.Kind)
		}
	}
	d := soaking(t)
	for _, c := range []struct {
		counts  func(ringpolicy.Result) bool
		kind    ringpolicy.HoldKind
		reason  ringpolicy.Code
		summary string
	}{
		{of("soak"), ringpolicy.HoldWaiting, ringpolicy.CodeSoakRunning, "ring-0 → ring-1: hold. Soak 3h of 24h; not before 2026-03-04T02:30:00Z."},
		{of("soak lock"), ringpolicy.HoldUnknown, ringpolicy.CodeEvidenceMissing, "ring-0 → ring-1: hold. Ring not locked: locks not collected; also not met: soak; not before 2026-03-04T02:30:00Z."},
		{of("lineage"), ringpolicy.HoldUnknown, ringpolicy.CodeEvidenceMissing, d.Summary}, // it holds nothing
		{of(), ringpolicy.HoldUnknown, ringpolicy.CodeEvidenceMissing, d.Summary},
	} {
		got := d.Among(c.counts)
		if got.HoldKind != c.kind || got.ReasonCode != c.reason || got.Summary != c.summary || got.ID != d.ID || got.NextEligibleAt != d.NextEligibleAt {
			t.Errorf("Among = %v %s %q, want %v %s %q", got.HoldKind, got.ReasonCode, got.Summary, c.kind, c.reason, c.summary)
		}
		for i := range got.Criteria {
			got.Criteria[i].Aside = false
		}
		if diff := cmp.Diff(d.Criteria, got.Criteria); diff != "" {
			t.Errorf("the criteria change (-before +after):\n%s", diff)
		}
	}
	promote := ringpolicy.Decision{Verdict: ringpolicy.Promote, Summary: "s"}
	if got := promote.Among(of()); got.Verdict != ringpolicy.Promote || got.Summary != "s" {
		t.Errorf("Among of a promotion = %+v", got)
	}
}

// TestUnsettled: what is left of a decision to act is a hold with one reason, and its JSON reads back.
func TestUnsettled(t *testing.T) {
	for _, verdict := range []ringpolicy.Verdict{ringpolicy.Promote, ringpolicy.Rollback} {
		d := soaking(t)
		before := d.Criteria[0]
		d.Verdict, d.HoldKind, d.ValidUntil = verdict, ringpolicy.HoldNone, d.Now
		got := d.Unsettled("something goes on")
		if got.Verdict != ringpolicy.Hold || got.HoldKind != ringpolicy.HoldPending || got.ReasonCode != ringpolicy.CodeNotSettled || got.Summary != "ring-0 → ring-1: hold. Something goes on." || !got.ValidUntil.IsZero() || !got.NextEligibleAt.IsZero() {
			t.Errorf("Unsettled of a decision to %v = %+q, %v, %s", verdict, got.Summary, got.HoldKind, got.ReasonCode)
		}
		if diff := cmp.Diff(before, d.Criteria[0]); diff != "" {
			t.Errorf("Unsettled changes the decision that it is of:\n%s", diff)
		}
		json, err := got.MarshalJSON()
		if err != nil {
			t.Fatal(err)
		}
		back, err := ringpolicy.ParseDecision(json)
		if err != nil || back.ReasonCode != ringpolicy.CodeNotSettled {
			t.Errorf("the JSON reads back as %+v, %v", back, err)
		}
	}
	if got := (ringpolicy.Decision{}).Unsettled("x"); got.Verdict == ringpolicy.Promote {
		t.Error("the zero decision promotes")
	}
}
