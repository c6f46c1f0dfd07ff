package ringpolicy_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/wizzense/deployment-rings/ringpolicy"
)

func TestStays(t *testing.T) {
	at := func(hour int) time.Time { return time.Date(2026, 3, 2, hour, 0, 0, 0, time.UTC) }
	facts := ringpolicy.RingFacts{History: []ringpolicy.Record{
		{ID: "5", Digest: "c", Outcome: ringpolicy.OutcomeInProgress, From: at(9)},
		{ID: "4", Digest: "a", Outcome: ringpolicy.OutcomeSuccess, From: at(6), Rollback: true},
		{ID: "3", Digest: "b", Outcome: ringpolicy.OutcomeRolledBack, From: at(4), To: at(6)},
		{ID: "2", Digest: "a", Outcome: ringpolicy.OutcomeSuccess, From: at(2)}, // again: no stay of its own
		{ID: "1", Digest: "a", Outcome: ringpolicy.OutcomeSuccess, From: at(1)},
		{ID: "6", Digest: "d", Outcome: ringpolicy.OutcomeFailure, From: at(8)}, // ends nothing
	}}
	want := []ringpolicy.Stay{
		{Digest: "a", ID: "1", From: at(1), To: at(4)},
		{Digest: "b", ID: "3", From: at(4), To: at(6), RolledBack: true},
		{Digest: "a", ID: "4", From: at(6), Rollback: true},
	}
	got := facts.Stays()
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("Stays (-want +got):\n%s", diff)
	}
	for i, inService := range []bool{false, false, true} {
		if got[i].InService(at(10)) != inService {
			t.Errorf("stay %d in service = %v, want %v", i, !inService, inService)
		}
	}
	if lasted := got[2].Lasted(at(10)); lasted != 4*time.Hour {
		t.Errorf("the stay that goes on lasted %v, want 4h", lasted)
	}
	if lasted := got[2].Lasted(at(5)); lasted != 0 {
		t.Errorf("a stay to come lasted %v, want 0", lasted)
	}
	ends := ringpolicy.RingFacts{History: []ringpolicy.Record{
		{ID: "1", Digest: "a", Outcome: ringpolicy.OutcomeSuccess, From: at(1), To: at(3)},
		{ID: "2", Digest: "a", Outcome: ringpolicy.OutcomeSuccess, From: at(3)}, // in the moment in which the stay ends: it goes on
		{ID: "3", Digest: "b", Outcome: ringpolicy.OutcomeSuccess, From: at(4), To: at(5)},
		{ID: "4", Digest: "b", Outcome: ringpolicy.OutcomeSuccess, From: at(6)}, // after it: another stay
	}}
	want = []ringpolicy.Stay{
		{Digest: "a", ID: "1", From: at(1), To: at(4)},
		{Digest: "b", ID: "3", From: at(4), To: at(5)},
		{Digest: "b", ID: "4", From: at(6)},
	}
	if diff := cmp.Diff(want, ends.Stays()); diff != "" {
		t.Errorf("Stays of records with an end (-want +got):\n%s", diff)
	}
	if r, ok := facts.Arriving(); !ok || r.ID != "5" {
		t.Errorf("Arriving = %v, %v, want record 5", r, ok)
	}
	if _, ok := (ringpolicy.RingFacts{}).Arriving(); ok {
		t.Error("something arrives in a ring without a history")
	}
}

// TestStaysOfOneSecond: records of one second are in the order of their ids, of which those of a ledger on GitHub are the
// number of a deployment and that of what it says.
func TestStaysOfOneSecond(t *testing.T) {
	at := time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)
	for _, ids := range [][2]string{
		{"9", "10"}, {"4711", "4712"}, {"9-0002", "10-0001"}, {"99-0001", "100-0001"}, {"4711-0001", "4711-0002"},
		{"4711-9999", "4711-10000"}, {"9", "9-0001"}, {"10-0001", "a"}, {"10-0001", "9-b"}, {"a10", "a9"},
	} {
		bad := ringpolicy.Record{ID: ids[0], Digest: "bad", Outcome: ringpolicy.OutcomeRolledBack, From: at, To: at}
		good := ringpolicy.Record{ID: ids[1], Digest: "good", Outcome: ringpolicy.OutcomeSuccess, From: at, Rollback: true}
		for _, history := range [][]ringpolicy.Record{{bad, good}, {good, bad}} {
			stays := ringpolicy.RingFacts{History: history}.Stays()
			if last := stays[len(stays)-1]; last.Digest != "good" || !last.InService(at) {
				t.Errorf("ids %v: Stays = %v, want the good image in service", ids, stays)
			}
		}
	}
}
