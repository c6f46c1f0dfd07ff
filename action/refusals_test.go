package main

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/wizzense/deployment-rings/action/internal/github"
	"github.com/wizzense/deployment-rings/ringpolicy"
)

// fanIn has a ring that comes after two others.
const fanIn = "version: 1\nrings: [{name: a, branches: [a]}, {name: b, branches: [b], after: []}, {name: c, after: [a, b], entry: [{id: unit, checks: {names: [unit]}}]}]\n"

// TestContradictions: inputs that contradict each other, or the world, are refused. None of them wins, and nothing moves.
func TestContradictions(t *testing.T) {
	w, old, next := ready(t)
	policy := write(t, "rings.yml", fanIn)
	w.push(labelsOf(headCommit), "a-latest")
	w.push(labelsOf(headCommit), "b-latest")
	history := read(t, w.ledger)
	for _, c := range []struct {
		command string
		inputs  []string
		says    string
	}{
		{"gate", []string{"ring", "ring-1", "tag", "ring-1-latest", "digest", next}, "tag: ring-1-latest is " + old + ", but digest is " + next},
		{"promote", []string{"ring", "ring-1", "tag", "ring-1-latest", "digest", next}, "give one of them"},
		{"gate", []string{"ring", "c", "policy", policy}, "digest: the rings before c run different images (a-latest is "},
		{"promote", []string{"ring", "c", "policy", policy}, "name one"},
		{"promote", []string{"ring", "ring-1", "version", "1.5.0"}, "version: goes with a promotion into the last ring, production, and not into ring-1"},
		{"record", []string{"ring", "ring-1", "state", "success", "tag", "ring-1-latest", "digest", old}, "tag and digest are both given: one of them names the image"},
		{"rollback", []string{"ring", "ring-1", "tag", "ring-1-latest", "digest", old}, "tag and digest are both given: one of them names the image to go back to"},
	} {
		evidence := w.evidence
		if c.command == "record" {
			w.evidence = ""
		}
		r := w.run(c.command, append(c.inputs, "now", "2026-03-02T00:00:00Z")...)
		w.evidence = evidence
		if r.code != exitUsage || !strings.Contains(r.stdout, c.says) {
			t.Errorf("%s %q = %d, want 2 and %q\n%s", c.command, c.inputs, r.code, c.says, r.stdout)
		}
	}
	if got := w.digest("ring-1-latest"); got != old || read(t, w.ledger) != history {
		t.Errorf("a refusal moved ring-1-latest to %s, or recorded\n%s", got, read(t, w.ledger))
	}
}

// TestSignalsOfTheFileCount in place of those of the ledger, also when the file has none.
func TestSignalsOfTheFileCount(t *testing.T) {
	w, _, _ := ready(t)
	w.ok("record", "ring", "ring-0", "signal", "test_failure", "state", "failing", "now", "2026-03-01T01:00:00Z")
	gate := func() ran { return w.ok("gate", "ring", "ring-1", "now", "2026-03-02T00:00:00Z") }
	w.outputs(gate(), "decision", "hold", "reason-code", "signal_failing")
	w.evidence = write(t, "evidence.yml", read(t, w.evidence)+"rings: {ring-0: {signals: []}}\n")
	w.outputs(gate(), "decision", "promote")
}

// TestPeopleAreAskedFor has what the evidence holds, and whether GitHub is asked who took part.
func TestPeopleAreAskedFor(t *testing.T) {
	approvals, nobody := []ringpolicy.Approval{}, []string{}
	for _, c := range []struct {
		name     string
		evidence ringpolicy.Evidence
		want     bool
	}{
		{"nothing is known", ringpolicy.Evidence{}, true},
		{"approvals are given, contributors are not", ringpolicy.Evidence{Approvals: approvals, Subject: ringpolicy.Subject{Author: "mona"}}, true},
		{"approvals are given, the author is not", ringpolicy.Evidence{Approvals: approvals, Subject: ringpolicy.Subject{Contributors: nobody}}, true},
		{"both are given", ringpolicy.Evidence{Subject: ringpolicy.Subject{Author: "mona", Contributors: nobody}}, false},
	} {
		asked := github.Question{Approvals: true, People: true}
		if leaveOut(&asked, c.evidence); asked.People != c.want {
			t.Errorf("%s: people are asked for is %v, want %v", c.name, asked.People, c.want)
		}
	}
}

// TestOutAlready: an image that is on its way in again after a rollback is out all the same.
func TestOutAlready(t *testing.T) {
	record := func(outcome ringpolicy.Outcome) ringpolicy.Record {
		return ringpolicy.Record{Digest: "d", Outcome: outcome}
	}
	for _, c := range []struct {
		history []ringpolicy.Record
		want    bool
	}{
		{nil, false},
		{[]ringpolicy.Record{record(ringpolicy.Succeeded)}, false},
		{[]ringpolicy.Record{record(ringpolicy.Succeeded), record(ringpolicy.RolledBack)}, true},
		{[]ringpolicy.Record{record(ringpolicy.RolledBack), record(ringpolicy.InProgress)}, true},
		{[]ringpolicy.Record{record(ringpolicy.RolledBack), record(ringpolicy.Succeeded)}, false},
		{[]ringpolicy.Record{record(ringpolicy.Succeeded), {Digest: "other", Outcome: ringpolicy.RolledBack}}, false},
	} {
		r := reversal{question: question{evidence: ringpolicy.Evidence{Subject: ringpolicy.Subject{To: "r"}, Rings: map[string]ringpolicy.RingFacts{"r": {History: c.history}}}}}
		if got := r.outAlready("d"); got != c.want {
			t.Errorf("outAlready of %v = %v, want %v", c.history, got, c.want)
		}
	}
}

// TestAnnotationsOfAFailure: each problem of a failure has an annotation of its own, however deep it is.
func TestAnnotationsOfAFailure(t *testing.T) {
	a, b, c := errors.New("a"), errors.New("b"), errors.New("c")
	for _, tt := range []struct {
		err  error
		want []string
		code int
	}{
		{failed(errors.Join(a, b)), []string{"error: a", "error: b"}, exitFailed},
		{errors.Join(a, failed(errors.Join(b, failed(c)))), []string{"error: a", "error: b", "error: c"}, exitUsage},
		{failed(nil), nil, exitFailed},
	} {
		var got []string
		for _, a := range annotations(tt.err) {
			got = append(got, a.String())
		}
		if !slices.Equal(got, tt.want) || tt.err != nil && exitCode(tt.err) != tt.code {
			t.Errorf("annotations of %v = %q with exit code %d, want %q with %d", tt.err, got, exitCode(tt.err), tt.want, tt.code)
		}
	}
}
