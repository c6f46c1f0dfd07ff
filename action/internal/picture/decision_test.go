package picture_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/wizzense/deployment-rings/action/internal/picture"
	"github.com/wizzense/deployment-rings/ringpolicy"
)

const (
	imageA = "sha256:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
	imageB = "sha256:bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb"
)

var noon = time.Date(2026, 3, 10, 12, 0, 0, 0, time.UTC)

func twoRings(t *testing.T) *ringpolicy.Policy {
	t.Helper()
	p, err := ringpolicy.Parse("rings.yml", []byte("version: 1\nrings: [{name: a, soak: {min: 1h}}, {name: b}]\n"))
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// drawn writes a picture in lines: the boxes with their style, and the arrows.
func drawn(p picture.Picture) []string {
	var all []string
	for _, b := range p.Boxes {
		all = append(all, string(b.Style)+": "+strings.Join(b.Lines, ", "))
	}
	for _, a := range p.Arrows {
		all = append(all, p.Boxes[a.From].Lines[0]+" "+string(a.Way)+" "+p.Boxes[a.To].Lines[0]+": "+strings.Join(a.Lines, ", "))
	}
	return all
}

// TestOfDecision has a decision on the image that ring a runs, or ran, for ring b, and what is drawn.
func TestOfDecision(t *testing.T) {
	record := func(digest string, outcome ringpolicy.Outcome, to time.Time) ringpolicy.Record {
		return ringpolicy.Record{ID: "1", Digest: digest, Outcome: outcome, From: noon.Add(-time.Hour), To: to}
	}
	runs := func(digest string) []ringpolicy.Record {
		return []ringpolicy.Record{record(digest, ringpolicy.OutcomeSuccess, time.Time{})}
	}
	back := []ringpolicy.Record{record(imageA, ringpolicy.OutcomeRolledBack, noon.Add(-time.Minute))}
	soak := ringpolicy.Result{ID: "soak", Kind: "soak", Status: ringpolicy.Waiting, Code: ringpolicy.CodeSoakRunning}
	checks := ringpolicy.Result{ID: "unit", Kind: "checks", Status: ringpolicy.Unmet, Code: ringpolicy.CodeCheckFailed}
	lock := ringpolicy.Result{ID: "lock", Kind: "lock", Status: ringpolicy.Unmet, Code: ringpolicy.CodeLocked}
	const in, none, since = "good: a, runs the image aaaaaaaa, since, 2026-03-10 11:00 UTC", ", runs nothing", "2026-03-10 13:00 UTC"
	for _, c := range []struct {
		name string
		a, b []ringpolicy.Record
		d    ringpolicy.Decision
		want []string
	}{
		{"promote", runs(imageA), []ringpolicy.Record{}, ringpolicy.Decision{Verdict: ringpolicy.Promote}, []string{in, "ready: b" + none, "a ==> b: may move"}},
		{"another runs there", runs(imageA), runs(imageB), ringpolicy.Decision{Verdict: ringpolicy.Promote}, []string{in, "ready: b, runs bbbbbbbb", "a ==> b: may move"}},
		{"history not known", runs(imageA), nil, ringpolicy.Decision{Verdict: ringpolicy.Hold, HoldKind: ringpolicy.HoldUnknown, ReasonCode: ringpolicy.CodeEvidenceMissing}, []string{in, "unknown: b, history not known", "a --x b: evidence missing"}},
		{"waits", runs(imageA), []ringpolicy.Record{}, ringpolicy.Decision{Verdict: ringpolicy.Hold, HoldKind: ringpolicy.HoldWaiting, ReasonCode: ringpolicy.CodeSoakRunning, NextEligibleAt: noon.Add(time.Hour), Criteria: []ringpolicy.Result{soak}}, []string{in, "waiting: b" + none, "a -.-> b: soak running, until, " + since}},
		{"waits for more", runs(imageA), []ringpolicy.Record{}, ringpolicy.Decision{Verdict: ringpolicy.Hold, HoldKind: ringpolicy.HoldFailed, ReasonCode: ringpolicy.CodeCheckFailed, NextEligibleAt: noon.Add(time.Hour), Conditional: true, Criteria: []ringpolicy.Result{soak, checks}}, []string{in, "held: b" + none, "a --x b: check failed: unit, and 1 more, not before, " + since}},
		{"held by one", runs(imageA), []ringpolicy.Record{}, ringpolicy.Decision{Verdict: ringpolicy.Hold, HoldKind: ringpolicy.HoldBlocked, ReasonCode: ringpolicy.CodeLocked, Criteria: []ringpolicy.Result{lock, {ID: "met", Status: ringpolicy.Met}}}, []string{in, "held: b" + none, "a --x b: locked"}},
		{"was taken back", back, []ringpolicy.Record{}, ringpolicy.Decision{Verdict: ringpolicy.Hold, HoldKind: ringpolicy.HoldFailed, ReasonCode: ringpolicy.CodeVerificationRevoked}, []string{"quiet: a" + none, "held: b" + none, "a --x b: verification revoked"}},
		{"comes from elsewhere", runs(imageB), []ringpolicy.Record{}, ringpolicy.Decision{Verdict: ringpolicy.Hold, HoldKind: ringpolicy.HoldFailed, ReasonCode: ringpolicy.CodeUpstreamMissing}, []string{"quiet: a, runs bbbbbbbb", "held: b" + none, "unknown: the image, aaaaaaaa", "a --> b: ", "the image --x b: upstream missing"}},
		{"there already", runs(imageA), runs(imageA), ringpolicy.Decision{Verdict: ringpolicy.Noop}, []string{in, strings.Replace(in, "a, runs", "b, runs", 1), "a --> b: "}},
		{"goes back", runs(imageA), runs(imageA), ringpolicy.Decision{Verdict: ringpolicy.Rollback, Rollback: ringpolicy.RollbackPlan{Target: imageB}}, []string{in, strings.Replace(in, "good: a", "bad: b", 1), "good: bbbbbbbb, was good here before", "a --> b: ", "b ==> bbbbbbbb: goes back to"}},
	} {
		c.d.To, c.d.Digest = "b", imageA
		e := ringpolicy.Evidence{Now: noon, Rings: map[string]ringpolicy.RingFacts{"a": {History: c.a}, "b": {History: c.b}}}
		if got := drawn(picture.OfDecision(twoRings(t), e, c.d)); !slices.Equal(got, c.want) {
			t.Errorf("%s:\n got %q\nwant %q", c.name, got, c.want)
		}
	}
}

// TestOfRollback has a rollback by hand, and what is drawn.
func TestOfRollback(t *testing.T) {
	e := ringpolicy.Evidence{Now: noon, Rings: map[string]ringpolicy.RingFacts{"a": {History: []ringpolicy.Record{}}, "b": {History: []ringpolicy.Record{{ID: "1", Digest: imageA, Outcome: ringpolicy.OutcomeSuccess, From: noon.Add(-time.Hour)}}}}}
	for _, c := range []struct {
		d    ringpolicy.ManualRollback
		want []string
	}{
		{ringpolicy.ManualRollback{Verdict: ringpolicy.Rollback, Ring: "b", From: imageA, To: imageB}, []string{"quiet: a, runs nothing", "bad: b, runs aaaaaaaa", "good: bbbbbbbb, was good here before", "a --> b: ", "b ==> bbbbbbbb: goes back to"}},
		{ringpolicy.ManualRollback{Verdict: ringpolicy.Hold, Ring: "b", From: imageA, ReasonCode: ringpolicy.CodeNoRollbackTarget}, []string{"quiet: a, runs nothing", "held: b, runs aaaaaaaa, does not go back:, no rollback target", "a --> b: "}},
	} {
		if got := drawn(picture.OfRollback(twoRings(t), e, c.d)); !slices.Equal(got, c.want) {
			t.Errorf("%v:\n got %q\nwant %q", c.d.Verdict, got, c.want)
		}
	}
}
