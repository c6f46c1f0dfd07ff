package gather_test

import (
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/wizzense/deployment-rings/action/internal/gather"
	"github.com/wizzense/deployment-rings/action/internal/github/facts"
	"github.com/wizzense/deployment-rings/action/internal/ledger"
	"github.com/wizzense/deployment-rings/ringpolicy"
)

// TestMerge has for each kind of fact whether the evidence file, the ledger and GitHub know it, and whose facts count. A kind
// that is unknown stays not collected. A file that says that there are none knows it too.
func TestMerge(t *testing.T) {
	policy, err := ringpolicy.Parse("rings.yml", []byte("version: 1\nrings: [{name: a, soak: {min: 1h}}, {name: b}]\n"))
	if err != nil {
		t.Fatal(err)
	}
	at := time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC)
	var read ledger.Reading
	read.Add("a", ledger.Entry{ID: "1", At: at, Ring: "a", Digest: "of the ledger", Outcome: ringpolicy.OutcomeSuccess},
		ledger.Entry{ID: "2", At: at, Ring: "a", Digest: "of the ledger", Signal: ringpolicy.SignalTestFailure, State: ringpolicy.SignalFailing})
	read.Add("b", ledger.Entry{ID: "3", At: at, Ring: "b", Digest: "of the ledger", Outcome: ringpolicy.OutcomeRolledBack, Reason: "bad"})
	found := facts.Facts{
		Author: "of GitHub", Contributors: []string{"of GitHub"}, Checks: []ringpolicy.Check{{Name: "of GitHub"}}, Approvals: []ringpolicy.Approval{{By: "of GitHub"}},
		SignOffs: []ringpolicy.SignOff{{By: "of GitHub"}}, Overrides: []ringpolicy.Override{{By: "of GitHub"}}, Locks: []ringpolicy.Lock{{By: "of GitHub"}},
		Incidents: []ringpolicy.Incident{{ID: "of GitHub"}}, Ancestry: ringpolicy.AncestryAhead,
	}
	for _, kind := range []facts.Kind{facts.KindAuthor, facts.KindContributors, facts.KindChecks, facts.KindIncidents, facts.KindApprovals, facts.KindSignOffs, facts.KindOverrides, facts.KindLocks, facts.KindAncestry} {
		found.Sources = append(found.Sources, facts.Source{Kind: kind, From: "GitHub"})
	}
	file := ringpolicy.Evidence{
		Subject: ringpolicy.Subject{To: "b", Author: "of the file", Contributors: []string{}}, Checks: []ringpolicy.Check{}, Approvals: []ringpolicy.Approval{},
		SignOffs: []ringpolicy.SignOff{}, Overrides: []ringpolicy.Override{}, Locks: []ringpolicy.Lock{}, Incidents: []ringpolicy.Incident{}, Ancestry: ringpolicy.AncestryBehind,
		Quarantine: []ringpolicy.Quarantine{}, Rings: map[string]ringpolicy.RingFacts{"a": {History: []ringpolicy.Record{}, Signals: []ringpolicy.Signal{}}},
	}
	bare := ringpolicy.Evidence{Subject: ringpolicy.Subject{To: "b"}}
	partly := facts.Facts{Checks: []ringpolicy.Check{{Name: "half a list"}}, Locks: []ringpolicy.Lock{{By: "of GitHub"}}, Sources: []facts.Source{{Kind: facts.KindLocks, From: "GitHub"}}}
	for _, c := range []struct {
		name  string
		file  ringpolicy.Evidence
		read  ledger.Reading
		found facts.Facts
		want  map[string]string // whose facts count, by kind; "": not collected
	}{
		{"no source knows", bare, ledger.Reading{}, facts.Facts{}, map[string]string{}},
		{"GitHub knows", bare, ledger.Reading{}, found, map[string]string{"author": "GitHub", "contributors": "GitHub", "checks": "GitHub", "incidents": "GitHub", "approvals": "GitHub",
			"sign_offs": "GitHub", "overrides": "GitHub", "locks": "GitHub", "ancestry": "GitHub"}},
		{"GitHub knows a part", bare, ledger.Reading{}, partly, map[string]string{"locks": "GitHub"}}, // what has no source was not collected in full
		{"the ledger knows", bare, read, facts.Facts{}, map[string]string{"history": "ledger", "signals": "ledger", "quarantine": "ledger"}},
		{"all know", file, read, found, map[string]string{"author": "file", "contributors": "file", "checks": "file", "incidents": "file", "approvals": "file", "sign_offs": "file",
			"overrides": "file", "locks": "file", "ancestry": "file", "history": "file", "signals": "file", "quarantine": "file"}},
		{"the file has the signals", ringpolicy.Evidence{Subject: bare.Subject, Rings: map[string]ringpolicy.RingFacts{"a": {Signals: []ringpolicy.Signal{}}}}, read, facts.Facts{},
			map[string]string{"history": "ledger", "signals": "file", "quarantine": "ledger"}},
	} {
		e, sources := gather.Merge(policy, c.file, c.read, c.found)
		if diff := cmp.Diff(c.want, whose(e)); diff != "" {
			t.Errorf("%s: whose facts count (-want +got):\n%s", c.name, diff)
		}
		for _, s := range sources {
			if want := map[bool]string{true: "file", false: "GitHub"}[s.From != "GitHub"]; c.want[s.Kind.String()] != want {
				t.Errorf("%s: %s is said to come from %q, want %q", c.name, s.Kind.String(), s.From, c.want[s.Kind.String()])
			}
		}
	}
	released := facts.Facts{Released: map[string]time.Time{"of the ledger": at.Add(time.Hour)}}
	if e, _ := gather.Merge(policy, bare, read, released); e.Quarantine == nil || len(e.Quarantine) > 0 {
		t.Errorf("the quarantine after a release is %v, want none, which is known", e.Quarantine)
	}
	if e, _ := gather.Merge(policy, ringpolicy.Evidence{Subject: bare.Subject, Quarantine: []ringpolicy.Quarantine{{Digest: "of the file"}}}, read, released); len(e.Quarantine) != 1 {
		t.Errorf("a release ends the quarantine of the file: %v", e.Quarantine)
	}
	if read, _ := read.Ring("b"); !slices.ContainsFunc(read, func(e ledger.Entry) bool { return e.ID == "3" }) || len(bare.Rings) > 0 {
		t.Error("Merge changes its arguments")
	}
}

// whose says for each kind of fact whose it is.
func whose(e ringpolicy.Evidence) map[string]string {
	all := map[string]string{}
	list := func(fact string, length int, unknown bool) {
		if !unknown {
			all[fact] = []string{"file", "GitHub"}[min(length, 1)]
		}
	}
	if e.Subject.Author != "" {
		all["author"] = map[string]string{"of the file": "file", "of GitHub": "GitHub"}[e.Subject.Author]
	}
	if e.Ancestry != "" {
		all["ancestry"] = map[ringpolicy.Ancestry]string{ringpolicy.AncestryBehind: "file", ringpolicy.AncestryAhead: "GitHub"}[e.Ancestry]
	}
	list("contributors", len(e.Subject.Contributors), e.Subject.Contributors == nil)
	list("checks", len(e.Checks), e.Checks == nil)
	list("incidents", len(e.Incidents), e.Incidents == nil)
	list("approvals", len(e.Approvals), e.Approvals == nil)
	list("sign_offs", len(e.SignOffs), e.SignOffs == nil)
	list("overrides", len(e.Overrides), e.Overrides == nil)
	list("locks", len(e.Locks), e.Locks == nil)
	ledgerOr := func(fact string, length int, unknown bool) {
		if !unknown {
			all[fact] = []string{"file", "ledger"}[min(length, 1)]
		}
	}
	ledgerOr("history", len(e.Rings["a"].History), e.Rings["a"].History == nil)
	ledgerOr("signals", len(e.Rings["a"].Signals), e.Rings["a"].Signals == nil)
	ledgerOr("quarantine", len(e.Quarantine), e.Quarantine == nil)
	return all
}
