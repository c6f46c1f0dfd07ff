package ringpolicy_test

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/wizzense/deployment-rings/ringpolicy"
)

// past makes a history of words, in any order: "a3" came into service at hour 3; "b4-6" was taken back at hour 6; "c5." left at
// the end of that hour; "d7!" failed, and "e8?" is on its way in. No words are a history that is empty, and "-" one that was not
// collected.
func past(t *testing.T, words string) []ringpolicy.Record {
	t.Helper()
	if words == "-" {
		return nil
	}
	history := []ringpolicy.Record{}
	for i, word := range strings.Fields(words) {
		var hour, until int
		r := ringpolicy.Record{ID: fmt.Sprint(i + 1), Digest: word[:1], Outcome: ringpolicy.OutcomeSuccess}
		if n, _ := fmt.Sscanf(word[1:], "%d-%d", &hour, &until); n == 2 {
			r.Outcome, r.To = ringpolicy.OutcomeRolledBack, hourOf(until)
		} else if n == 0 {
			t.Fatalf("%q is no record", word)
		}
		r.From = hourOf(hour)
		switch word[len(word)-1] {
		case '!':
			r.Outcome = ringpolicy.OutcomeFailure
		case '?':
			r.Outcome = ringpolicy.OutcomeInProgress
		case '.':
			r.To = hourOf(hour + 1)
		}
		history = append(history, r)
	}
	return history
}

func hourOf(hour int) time.Time { return time.Date(2026, 3, 2, hour, 0, 0, 0, time.UTC) }

// TestCandidates has a line for each clause. The target comes after the rings u and v, or after u alone.
func TestCandidates(t *testing.T) {
	for _, c := range []struct {
		name       string
		rings      string // of the target: all or any of u and v; "": u alone
		u, v, own  string
		quarantine string // digests that are kept out of the target; "-": not collected
		want       string
	}{
		{"nothing is known", "", "", "", "", "", ""},
		{"the ring runs nothing: all", "", "a1 b2 c3", "", "", "", "c b a"},
		{"what runs went out of service: all that it has not had since", "", "a1 b2 c3", "", "b4.", "", "c a"},
		{"newer than what the ring runs", "", "a1 b2 c3 d4", "", "b5", "", "d c"},
		{"the newest stay of an image counts", "", "a1 b2 c3 a4", "", "b5", "", "a c"},
		{"and that of what the ring runs", "", "a1 b2 a3", "", "a4", "", "a"}, // b came before: none, so the newest
		{"the same image again goes on with its stay", "", "a1 b2 b3", "", "b4", "", "b"},
		{"records in another order", "", "c3 a1 b2", "", "a4", "", "c b"},
		{"what runs was never upstream: after its own stay began", "", "a1 b2 c4", "", "x3", "", "c"},
		{"in the moment in which it began, by the ids", "", "b3 c3", "", "x3", "", "c"}, // b and x are record 1 of their rings, c is record 2
		{"failed and unfinished ones were never in service", "", "a1 b2! c3?", "", "", "", "a"},
		{"one that was taken back upstream was", "", "a1 b2-3", "", "a4", "", "b"},
		{"had since, and taken back", "", "a1 b2 c3", "", "a4 b5-6 a6", "b", "c"},
		{"released since", "", "a1 b2 c3", "", "a4 b5-6 a6", "", "c b"},
		{"whether it was released is not known", "", "a1 b2 c3", "", "a4 b5-6 a6", "-", "c"},
		{"released, and had again", "", "a1 b2 c3", "", "a4 b5-6 b7 a8", "", "c"},
		{"had before its newest stay upstream", "", "b1 a2 b6", "", "b3 a4", "", "b"},
		{"had while that began", "", "b1 a2 c3 b4", "", "b3 a5", "", "c"}, // b was in service until 5
		{"had in the moment in which that began", "", "a1 c2 b3", "", "x1 a2 b3-3 a4", "b", "c"},
		{"a failed deployment is no stay", "", "a1 b2", "", "a3 b4!", "", "b"},
		{"nor is one that goes on", "", "a1 b2 c3", "", "a3 b4?", "", "c b"},
		{"none: the newest, whatever the ring had", "", "a1 b2", "", "b3", "", "b"},
		{"none: the newest, which was taken back", "", "a1 b2", "", "a3 b4-5 a5", "b", "b"},
		{"the target was not collected: the newest alone", "", "a1 b2 c3", "", "-", "", "c"},
		{"the rings before were not", "", "-", "", "", "", ""},
		{"ten at most", "", "a1 b2 c3 d4 e5 f6 g7 h8 i9 j10 k11 l12", "", "", "", "l k j i h g f e d c"},

		{"all: in all of them", "all", "a1 b2 c3", "b1 c2 d3", "", "", "c b"},
		{"all: by the latest start", "all", "a1 b2", "b1 a3", "", "", "a b"},
		{"all: none, so the newest of any", "all", "a1 b2", "c3", "", "", "c"},
		{"all: one was not collected", "all", "a1 b2", "-", "", "", "b"},
		{"all: what runs was in one of them", "all", "a1 b2", "b3 a4 c5", "c6", "", "c"},
		{"any: in one of them", "any", "a1 b3", "c2 d4", "", "", "d b c a"},
		{"any: by the latest start", "any", "a1 b2", "a3", "b4", "", "a"},
		{"any: one was not collected", "any", "a1 b2", "-", "a3", "", "b"},
		{"any: what runs came over the other", "any", "a1 b4", "x3", "x5", "", "b"},
	} {
		after := map[string]string{"": "[u]", "all": "[u, v]", "any": "[u, v], require: any"}[c.rings]
		policy, err := ringpolicy.Parse("rings.yml", []byte("version: 1\nrings: [{name: u, soak: {min: 1h}}, {name: v, after: [], soak: {min: 1h}}, {name: target, after: "+after+"}]\n"))
		if err != nil {
			t.Fatal(err)
		}
		e := ringpolicy.Evidence{Now: hourOf(20), Subject: ringpolicy.Subject{To: "target"}, Quarantine: []ringpolicy.Quarantine{{Ring: "u", Digest: "b"}}, Rings: map[string]ringpolicy.RingFacts{
			"u": {History: past(t, c.u)}, "v": {History: past(t, c.v)}, "target": {History: past(t, c.own)},
		}}
		for _, digest := range strings.Fields(c.quarantine) {
			e.Quarantine = append(e.Quarantine, ringpolicy.Quarantine{Ring: "target", Digest: digest})
		}
		if c.quarantine == "-" {
			e.Quarantine = nil
		}
		if diff := cmp.Diff(strings.Fields(c.want), policy.Candidates(e)); len(c.want) > 0 && diff != "" || c.want == "" && policy.Candidates(e) != nil {
			t.Errorf("%s: Candidates of u %q, v %q, target %q, quarantine %q (-want +got):\n%s", c.name, c.u, c.v, c.own, c.quarantine, diff)
		}
	}
	if got := ringpolicy.Builtin().Candidates(ringpolicy.Evidence{Subject: ringpolicy.Subject{To: "nowhere"}}); got != nil {
		t.Errorf("Candidates of a ring that the policy does not have = %v, want none", got)
	}
}

// TestCandidatesRunOut: whichever candidate a ring takes, none comes into it twice, and in the end there is none. The ring may
// take them in any order, and may go back in between.
func TestCandidatesRunOut(t *testing.T) {
	for seed := range uint64(300) {
		random := rand.New(rand.NewPCG(seed, 0))
		policy, err := ringpolicy.Parse("rings.yml", []byte("version: 1\nrings: [{name: u, soak: {min: 1h}}, {name: v, after: [], soak: {min: 1h}}, {name: target, after: [u, v], require: any}]\n"))
		if err != nil {
			t.Fatal(err)
		}
		rings := map[string]ringpolicy.RingFacts{}
		record := func(ring, digest string, hour int) {
			facts := rings[ring]
			facts.History = append(facts.History, ringpolicy.Record{ID: fmt.Sprint(len(facts.History) + 1), Digest: digest, Outcome: ringpolicy.OutcomeSuccess, From: hourOf(hour)})
			rings[ring] = facts
		}
		for hour := range 12 {
			record([]string{"u", "v"}[random.IntN(2)], string(rune('a'+random.IntN(6))), hour)
		}
		rings["target"] = ringpolicy.RingFacts{History: []ringpolicy.Record{}}
		e := ringpolicy.Evidence{Now: hourOf(100), Subject: ringpolicy.Subject{To: "target"}, Rings: rings, Quarantine: []ringpolicy.Quarantine{}}
		taken := map[string]bool{}
		for hour := 20; ; hour++ {
			candidates := policy.Candidates(e)
			digest := candidates[random.IntN(len(candidates))]
			if taken[digest] && len(candidates) == 1 {
				break // there is none, and so the newest
			}
			if taken[digest] {
				t.Fatalf("seed %d: Candidates = %v after the ring had %s", seed, candidates, digest)
			}
			taken[digest] = true
			record("target", digest, hour)
			if history := rings["target"].History; len(history) > 1 && random.IntN(4) == 0 { // it goes back
				bad, good := &history[len(history)-1], history[len(history)-2].Digest
				bad.Outcome, bad.To = ringpolicy.OutcomeRolledBack, hourOf(hour+1)
				e.Quarantine = append(e.Quarantine, ringpolicy.Quarantine{Ring: "target", Digest: digest})
				hour++
				record("target", good, hour)
			}
		}
	}
}
