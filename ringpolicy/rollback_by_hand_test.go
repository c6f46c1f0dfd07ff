package ringpolicy_test

import (
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
		{"in progress for a day", []ringpolicy.Record{rec("1", a, ok, -49), rec("2", b, ok, -48), rec("3", c, ringpolicy.OutcomeInProgress, -24)}, none, "", ringpolicy.Rollback, ringpolicy.CodeRollbackTriggered, a},
		{"after a rollback", []ringpolicy.Record{taken("2", b, -9, -5), backTo("3", a, -5)}, none, "", ringpolicy.Hold, ringpolicy.CodeRollbackLoopGuard, ""},
		{"after a rollback by name", []ringpolicy.Record{rec("1", c, ok, -19), taken("2", b, -9, -5), backTo("3", a, -5)}, none, c, ringpolicy.Rollback, ringpolicy.CodeRollbackTriggered, c},
		{"after a rollback to what was taken back by name", []ringpolicy.Record{taken("2", b, -9, -5), backTo("3", a, -5)}, []ringpolicy.Quarantine{{Ring: "ring-0", Digest: b}}, b, ringpolicy.Rollback, ringpolicy.CodeRollbackTriggered, b},
		{"after a rollback to what runs by name", []ringpolicy.Record{taken("2", b, -9, -5), backTo("3", a, -5)}, none, a, ringpolicy.Hold, ringpolicy.CodeAlreadyThere, ""},
		{"a rollback that was cut short", []ringpolicy.Record{rec("1", a, ok, -9), taken("2", b, -5, -1)}, none, "", ringpolicy.Rollback, ringpolicy.CodeRollbackTriggered, a},
		{"what runs already", []ringpolicy.Record{rec("1", a, ok, -9), rec("2", b, ok, -1)}, none, b, ringpolicy.Hold, ringpolicy.CodeAlreadyThere, ""},
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
