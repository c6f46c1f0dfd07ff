package ringpolicy_test

import (
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/wizzense/deployment-rings/ringpolicy"
)

func TestRollbackByHand(t *testing.T) {
	noon := time.Date(2026, 3, 3, 12, 0, 0, 0, time.UTC)
	a, b, c := "sha256:"+strings.Repeat("a", 64), "sha256:"+strings.Repeat("b", 64), "sha256:"+strings.Repeat("c", 64)
	rec := func(id, digest string, outcome ringpolicy.Outcome, hours int) ringpolicy.Record {
		return ringpolicy.Record{ID: id, Digest: digest, Outcome: outcome, From: noon.Add(time.Duration(hours) * time.Hour)}
	}
	backTo := func(id, digest string, hours int) ringpolicy.Record {
		r := rec(id, digest, ringpolicy.OutcomeSuccess, hours)
		r.Rollback = true
		return r
	}
	taken := func(id, digest string, from, to int) ringpolicy.Record {
		r := rec(id, digest, ringpolicy.OutcomeRolledBack, from)
		r.To = noon.Add(time.Duration(to) * time.Hour)
		return r
	}
	ok := ringpolicy.OutcomeSuccess
	none := []ringpolicy.Quarantine{}
	for _, tt := range []struct {
		name       string
		history    []ringpolicy.Record
		quarantine []ringpolicy.Quarantine
		digest     string
		want       ringpolicy.Verdict
		code       ringpolicy.Code
		to         string
	}{
		{"to the image before", []ringpolicy.Record{rec("1", a, ok, -9), rec("2", b, ok, -1)}, none, "", ringpolicy.Rollback, ringpolicy.CodeRollbackTriggered, a},
		{"to a digest", []ringpolicy.Record{rec("1", a, ok, -9), rec("2", b, ok, -5), rec("3", c, ok, -1)}, none, a, ringpolicy.Rollback, ringpolicy.CodeRollbackTriggered, a},
		{"past one that failed later", []ringpolicy.Record{rec("1", a, ok, -9), rec("2", b, ok, -5), rec("3", b, ringpolicy.OutcomeFailure, -4), rec("4", c, ok, -1)}, none, "", ringpolicy.Rollback, ringpolicy.CodeRollbackTriggered, a},
		{"past one in quarantine", []ringpolicy.Record{rec("1", a, ok, -9), rec("2", b, ok, -5), rec("3", c, ok, -1)}, []ringpolicy.Quarantine{{Ring: "ring-0", Digest: b}}, "", ringpolicy.Rollback, ringpolicy.CodeRollbackTriggered, a},
		{"one in quarantine by name", []ringpolicy.Record{rec("1", a, ok, -9), rec("2", b, ok, -1)}, []ringpolicy.Quarantine{{Ring: "staging", Digest: a}}, a, ringpolicy.Rollback, ringpolicy.CodeRollbackTriggered, a},
		{"one by name and no quarantine is known", []ringpolicy.Record{rec("1", a, ok, -9), rec("2", b, ok, -1)}, nil, a, ringpolicy.Rollback, ringpolicy.CodeRollbackTriggered, a},
		{"one that was taken back by name", []ringpolicy.Record{taken("1", a, -9, -5), rec("2", b, ok, -1)}, none, a, ringpolicy.Rollback, ringpolicy.CodeRollbackTriggered, a},
		{"nothing before", []ringpolicy.Record{rec("1", a, ok, -9)}, none, "", ringpolicy.Hold, ringpolicy.CodeNoRollbackTarget, ""},
		{"nothing at all", []ringpolicy.Record{}, none, "", ringpolicy.Hold, ringpolicy.CodeNoRollbackTarget, ""},
		{"nothing is known", nil, none, "", ringpolicy.Hold, ringpolicy.CodeEvidenceMissing, ""},
		{"no quarantine is known", []ringpolicy.Record{rec("1", a, ok, -9), rec("2", b, ok, -1)}, nil, "", ringpolicy.Hold, ringpolicy.CodeEvidenceMissing, ""},
		{"in progress", []ringpolicy.Record{rec("1", a, ok, -9), rec("2", b, ok, -5), rec("3", c, ringpolicy.OutcomeInProgress, -23)}, none, "", ringpolicy.Hold, ringpolicy.CodeNotSettled, ""},
		{"in progress by name", []ringpolicy.Record{rec("1", a, ok, -9), rec("2", b, ok, -5), rec("3", c, ringpolicy.OutcomeInProgress, -23)}, none, a, ringpolicy.Hold, ringpolicy.CodeNotSettled, ""},
		{"nothing is known by name", nil, none, a, ringpolicy.Hold, ringpolicy.CodeEvidenceMissing, ""},
		{"nothing at all by name", []ringpolicy.Record{}, none, a, ringpolicy.Undecided, "", ""},
		{"in progress for a day", []ringpolicy.Record{rec("1", a, ok, -49), rec("2", b, ok, -48), rec("3", c, ringpolicy.OutcomeInProgress, -24)}, none, "", ringpolicy.Rollback, ringpolicy.CodeRollbackTriggered, b},
		{"after a rollback", []ringpolicy.Record{taken("2", b, -9, -5), backTo("3", a, -5)}, none, "", ringpolicy.Hold, ringpolicy.CodeRollbackLoopGuard, ""},
		{"after a rollback by name", []ringpolicy.Record{rec("1", c, ok, -19), taken("2", b, -9, -5), backTo("3", a, -5)}, none, c, ringpolicy.Rollback, ringpolicy.CodeRollbackTriggered, c},
		{"after a rollback to what was taken back by name", []ringpolicy.Record{taken("2", b, -9, -5), backTo("3", a, -5)}, []ringpolicy.Quarantine{{Ring: "ring-0", Digest: b}}, b, ringpolicy.Rollback, ringpolicy.CodeRollbackTriggered, b},
		{"after a rollback to what runs by name", []ringpolicy.Record{taken("2", b, -9, -5), backTo("3", a, -5)}, none, a, ringpolicy.Rollback, ringpolicy.CodeAlreadyThere, a},
		{"a rollback that was cut short", []ringpolicy.Record{rec("1", a, ok, -9), taken("2", b, -5, -1)}, none, "", ringpolicy.Rollback, ringpolicy.CodeRollbackTriggered, a},
		{"what runs already", []ringpolicy.Record{rec("1", a, ok, -9), rec("2", b, ok, -1)}, none, b, ringpolicy.Rollback, ringpolicy.CodeAlreadyThere, b},
		{"never there", []ringpolicy.Record{rec("1", a, ok, -9), rec("2", b, ringpolicy.OutcomeFailure, -1)}, none, b, ringpolicy.Undecided, "", ""},
	} {
		e := ringpolicy.Evidence{Now: noon, Subject: ringpolicy.Subject{To: "ring-0"}, Quarantine: tt.quarantine,
			Rings: map[string]ringpolicy.RingFacts{"ring-0": {History: tt.history}}}
		got, err := ringpolicy.Builtin().RollbackByHand(e, tt.digest)
		if got.Verdict != tt.want || got.ReasonCode != tt.code || got.To != tt.to || (err != nil) != (tt.want == ringpolicy.Undecided) {
			t.Errorf("%s: RollbackByHand = %v, %v, to %q, %v, want %v, %v, to %q", tt.name, got.Verdict, got.ReasonCode, got.To, err, tt.want, tt.code, tt.to)
		}
	}
}

// TestRollbackAfterFailure: what is taken back is the deployment that failed.
func TestRollbackAfterFailure(t *testing.T) {
	noon := time.Date(2026, 3, 3, 12, 0, 0, 0, time.UTC)
	old, good, bad := "sha256:"+strings.Repeat("a", 64), "sha256:"+strings.Repeat("b", 64), "sha256:"+strings.Repeat("c", 64)
	at := func(hours int) time.Time { return noon.Add(time.Duration(hours) * time.Hour) }
	rec := func(digest string, outcome ringpolicy.Outcome, hours int, change ...func(*ringpolicy.Record)) ringpolicy.Record {
		r := ringpolicy.Record{ID: strconv.Itoa(1000 + hours), Digest: digest, Outcome: outcome, From: at(hours)}
		for _, f := range change {
			f(&r)
		}
		return r
	}
	takenBack := func(hours int) func(*ringpolicy.Record) { return func(r *ringpolicy.Record) { r.To = at(hours) } }
	goingBack := func(r *ringpolicy.Record) { r.Rollback = true }
	nothingDeployed := func(r *ringpolicy.Record) { r.NotDeployed = true }
	const (
		success, failure, begun, taken = ringpolicy.OutcomeSuccess, ringpolicy.OutcomeFailure, ringpolicy.OutcomeInProgress, ringpolicy.OutcomeRolledBack
		triggered, there, none         = ringpolicy.CodeRollbackTriggered, ringpolicy.CodeAlreadyThere, ringpolicy.CodeNoRollbackTarget
	)
	two := []ringpolicy.Record{rec(old, success, -99), rec(good, success, -50)}
	history := func(more ...ringpolicy.Record) []ringpolicy.Record { return append(slices.Clone(two), more...) }
	trigger := []ringpolicy.Signal{{Kind: ringpolicy.SignalHealthCheck, State: ringpolicy.SignalFailing, At: at(-10), Digest: good}}
	for _, tt := range []struct {
		name     string
		history  []ringpolicy.Record
		signals  []ringpolicy.Signal
		gone     []string
		digest   string
		code     ringpolicy.Code
		from, to string // of a hold, to is empty
		stays    bool
		warnings int
	}{
		{name: "a failed deployment", history: history(rec(bad, failure, -1)), code: triggered, from: bad, to: good, stays: true},
		{name: "one that did not end in a day", history: history(rec(bad, begun, -24)), code: triggered, from: bad, to: good, stays: true},
		{name: "one that goes on", history: history(rec(bad, begun, -23)), code: ringpolicy.CodeNotSettled, from: good},
		{name: "a failure while another goes on", history: history(rec(bad, failure, -2), rec(old, begun, -1)), code: ringpolicy.CodeNotSettled, from: bad},
		{name: "a failure while what runs is deployed again", history: history(rec(bad, failure, -2), rec(good, begun, -1)), code: triggered, from: bad, to: good, stays: true},
		{name: "the ring runs what it went back to", history: []ringpolicy.Record{rec(old, taken, -99, takenBack(-50)), rec(good, success, -50, goingBack), rec(bad, failure, -1)}, code: triggered, from: bad, to: good, stays: true},
		{name: "nothing was deployed", history: history(rec(bad, failure, -1, nothingDeployed)), code: triggered, from: good, to: old},
		{name: "nothing was deployed after a failure", history: history(rec(bad, failure, -2), rec(bad, failure, -1, nothingDeployed)), code: triggered, from: bad, to: good, stays: true},
		{name: "a failure that was taken back", history: history(rec(bad, failure, -2, takenBack(-1))), code: there, to: good, stays: true},
		{name: "a failure that was taken back while another comes in", history: history(rec(bad, failure, -2, takenBack(-1)), rec(old, begun, -1)), code: ringpolicy.CodeNotSettled},
		{name: "a failure that was taken back, and signals prove that what runs is bad", history: history(rec(bad, failure, -2, takenBack(-1))), signals: trigger, code: triggered, from: good, to: old},
		{name: "a failure that was taken back, and what runs is gone", history: history(rec(bad, failure, -2, takenBack(-1))), gone: []string{good}, code: none},
		{name: "a failure that was taken back before a success", history: history(rec(bad, failure, -60, takenBack(-55))), code: triggered, from: good, to: old},
		{name: "a failure before a success", history: history(rec(bad, failure, -60)), code: triggered, from: good, to: old},
		{name: "a failure of what runs", history: history(rec(good, failure, -1)), code: triggered, from: good, to: old},
		{name: "nothing runs", history: []ringpolicy.Record{rec(bad, failure, -1)}, code: none, from: bad},
		{name: "what runs is gone", history: history(rec(bad, failure, -1)), gone: []string{good}, code: none, from: bad},
		{name: "signals prove that what runs is bad, too", history: history(rec(bad, failure, -1)), signals: trigger, code: triggered, from: good, to: old},
		{name: "by name, to what runs", history: history(rec(bad, failure, -1)), digest: good, code: there, from: bad, to: good, stays: true},
		{name: "by name, to an older one", history: history(rec(bad, failure, -1)), digest: old, code: triggered, from: good, to: old},
		{name: "by name, to what runs, and nothing failed", history: two, digest: good, code: there, to: good, stays: true},
		{name: "by name, to what runs while another comes in", history: history(rec(bad, begun, -1)), digest: good, code: ringpolicy.CodeNotSettled},
		{name: "by name, to what runs and is gone", history: two, digest: good, gone: []string{good}, code: none},
		{name: "by name, to one that is gone", history: two, digest: old, gone: []string{old}, code: none, from: good},

		{name: "a target that is gone", history: append([]ringpolicy.Record{rec(bad, success, -200)}, two...), gone: []string{old}, code: triggered, from: good, to: bad, warnings: 1},
		{name: "every target is gone", history: two, gone: []string{old}, code: none, from: good},

		{name: "cut short before the target came back", history: []ringpolicy.Record{two[0], rec(good, taken, -50, takenBack(-1))}, code: triggered, from: good, to: old},
		{name: "cut short as the target came back", history: []ringpolicy.Record{two[0], rec(good, taken, -50, takenBack(-1)), rec(old, begun, -1, goingBack)}, code: triggered, from: good, to: old},
		{name: "cut short as a chosen target came back", history: []ringpolicy.Record{rec(bad, success, -200), two[0], rec(good, taken, -50, takenBack(-1)), rec(bad, begun, -1, goingBack)}, code: triggered, from: good, to: bad},
		{name: "cut short before anything was taken back", history: history(rec(old, begun, -1, goingBack)), code: triggered, from: good, to: old},
		{name: "cut short a week ago", history: []ringpolicy.Record{rec(old, success, -300), rec(good, taken, -250, takenBack(-200)), rec(old, begun, -200, goingBack)}, code: triggered, from: good, to: old},
		{name: "cut short after an earlier failure", history: []ringpolicy.Record{two[0], rec(good, taken, -50, takenBack(-1)), rec(bad, failure, -2), rec(old, begun, -1, goingBack)}, code: triggered, from: good, to: old},
	} {
		e := ringpolicy.Evidence{Now: noon, Subject: ringpolicy.Subject{To: "ring-0"}, Quarantine: []ringpolicy.Quarantine{},
			Rings: map[string]ringpolicy.RingFacts{"ring-0": {History: tt.history, Signals: tt.signals, Gone: tt.gone}}}
		got, err := ringpolicy.Builtin().RollbackByHand(e, tt.digest)
		want := ringpolicy.Hold
		if tt.to != "" {
			want = ringpolicy.Rollback
		}
		if err != nil || got.Verdict != want || got.ReasonCode != tt.code || got.From != tt.from || got.To != tt.to || got.InService != tt.stays || len(got.Warnings) != tt.warnings {
			t.Errorf("%s: RollbackByHand = %+v, %v,\nwant %v, %v, from %q, to %q, in service %v, %d warnings", tt.name, got, err, want, tt.code, tt.from, tt.to, tt.stays, tt.warnings)
		}
	}
}

func TestRollbackByHandUnfit(t *testing.T) {
	for name, e := range map[string]ringpolicy.Evidence{
		"unknown ring": {Now: noon, Subject: ringpolicy.Subject{To: "ring-9"}},
		"no moment":    {Subject: ringpolicy.Subject{To: "ring-0"}},
	} {
		if r, err := ringpolicy.Builtin().RollbackByHand(e, ""); err == nil || !cmp.Equal(r, ringpolicy.ManualRollback{}) {
			t.Errorf("%s: RollbackByHand = %+v, %v, want the zero value and an error", name, r, err)
		}
	}
}
