package picture_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/wizzense/deployment-rings/action/internal/picture"
	"github.com/wizzense/deployment-rings/action/internal/status"
	"github.com/wizzense/deployment-rings/ringpolicy"
)

// TestOfStatus has for each way in which an image may stand before the next ring the arrow, and the words on it.
func TestOfStatus(t *testing.T) {
	word := func(k ringpolicy.HoldKind) *string { s := k.String(); return &s }
	at := time.Date(2026, 3, 3, 9, 0, 0, 0, time.UTC)
	soak := []ringpolicy.Result{{ID: "soak", Ring: "a", Kind: "soak", Status: ringpolicy.Unmet, Code: ringpolicy.CodeSoakRunning, Observed: "20h", Required: "24h", EligibleAt: at}}
	for _, c := range []struct {
		name  string
		moves []status.Move
		way   picture.Way
		bare  bool
		says  string
	}{
		{"nothing runs", nil, picture.Follows, true, ""},
		{"into another ring", []status.Move{{To: "c", Decision: "promote"}}, picture.Follows, true, ""},
		{"it is there", []status.Move{{To: "b", There: true, Decision: "noop"}}, picture.Follows, true, ""},
		{"it is there, and might move again", []status.Move{{To: "b", There: true, Decision: "promote"}}, picture.Follows, true, ""},
		{"it may move", []status.Move{{To: "b", Decision: "promote"}}, picture.Open, false, "may move now"},
		{"it is on its way", []status.Move{{To: "b", Decision: "promote", Arriving: true}}, picture.Open, false, "image on its way in"},
		{"the ring goes back first", []status.Move{{To: "b", Decision: "rollback"}}, picture.Shut, false, "has to go back first"},
		{"it waits", []status.Move{{To: "b", Decision: "hold", HoldKind: word(ringpolicy.HoldWaiting), ReasonCode: "soak_running", Blocking: soak, NextEligibleAt: &at}}, picture.Waits, false, ""},
		{"it is held", []status.Move{{To: "b", Decision: "hold", HoldKind: word(ringpolicy.HoldBlocked), ReasonCode: "locked"}}, picture.Shut, false, ""},
	} {
		p := picture.OfStatus(status.Image{Rings: []status.Ring{{Name: "a", Moves: c.moves}, {Name: "b", After: []string{"a", "elsewhere"}}}}, nil)
		if len(p.Arrows) != 1 {
			t.Errorf("%s: %d arrows, want the one between rings that are there", c.name, len(p.Arrows))
			continue
		}
		got := p.Arrows[0]
		if got.From != 0 || got.To != 1 || got.Way != c.way || (len(got.Lines) == 0) != c.bare || c.says != "" && got.Lines[0] != c.says {
			t.Errorf("%s: the arrow is %+v, want 0 %s 1, bare: %v, %q", c.name, got, c.way, c.bare, c.says)
		}
	}
}

// TestStyles: each state of a ring has a look, and what the ring runs is in its box.
func TestStyles(t *testing.T) {
	version := "1.4.0"
	runs := &status.Deployment{Digest: "sha256:0123456789abcdef", Version: &version}
	for state, want := range map[status.State]picture.Style{
		status.Unhealthy: picture.Bad, status.Overdue: picture.Late, status.Stuck: picture.Bad, status.Held: picture.Held, status.Unknown: picture.Unknown,
		status.Ready: picture.Ready, status.Soaking: picture.Waiting, status.Settled: picture.Good, status.Empty: picture.Quiet,
	} {
		p := picture.OfStatus(status.Image{Rings: []status.Ring{{Name: "a", State: state, Runs: runs}}}, nil)
		if diff := cmp.Diff([]picture.Box{{Lines: []string{"a", "1.4.0 (01234567)", string(state)}, Style: want}}, p.Boxes); diff != "" {
			t.Errorf("the box of a ring that is %s (-want +got):\n%s", state, diff)
		}
	}
}

func TestMoveWords(t *testing.T) {
	at := time.Date(2026, 3, 3, 9, 0, 0, 0, time.UTC)
	for want, m := range map[string]status.Move{
		"runs it already":                         {There: true, Decision: "promote"},
		"image on its way in":                     {Arriving: true, Decision: "promote"},
		"may move now":                            {Decision: "promote"},
		"has to go back first":                    {Decision: "rollback"},
		"soak running":                            {Decision: "hold", ReasonCode: "soak_running", Blocking: make([]ringpolicy.Result, 1)},
		"locked and 2 more":                       {Decision: "hold", ReasonCode: "locked", Blocking: make([]ringpolicy.Result, 3)},
		"locked, not before 2026-03-03 09:00 UTC": {Decision: "hold", ReasonCode: "locked", NextEligibleAt: &at},
	} {
		if got := picture.MoveWords(m, nil); got != want {
			t.Errorf("MoveWords of %+v = %q, want %q", m, got, want)
		}
	}
}
