package ledger_test

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/wizzense/deployment-rings/action/internal/ledger"
	"github.com/wizzense/deployment-rings/ringpolicy"
)

var begin = time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)

func digest(c string) string { return "sha256:" + strings.Repeat(c, 64) }

// told makes entries of a story such as "0 a in_progress, 5 a success rollback, 6 a health_check failing": minute,
// image, and what happened, "decided" where a decision allowed it. Entries are numbered from 8, so that 9 comes before 10.
func told(story string) []ledger.Entry {
	all := []ledger.Entry{}
	for i, words := range slices.Collect(strings.SplitSeq(story, ", ")) {
		part := strings.Fields(words)
		if len(part) == 0 {
			continue
		}
		minutes, err := strconv.ParseFloat(part[0], 64)
		if err != nil {
			panic(err)
		}
		e := ledger.Entry{ID: strconv.Itoa(8 + i), Ring: "ring-0", Digest: digest(part[1]), At: begin.Add(time.Duration(minutes * float64(time.Minute)))}
		if last := part[len(part)-1]; last == "failing" || last == "passing" {
			e.Signal, e.State = ringpolicy.SignalKind(part[2]), ringpolicy.SignalState(last)
		} else {
			e.Outcome, e.Rollback = ringpolicy.Outcome(part[2]), last == "rollback"
			if slices.Contains(part, "decided") {
				e.DecisionID = digest("d")
			}
		}
		all = append(all, e)
	}
	return all
}

// retold is the history in the words of told, with the id, and for a stay that ended its end.
func retold(history []ringpolicy.Record) string {
	var all []string
	for _, r := range history {
		s := fmt.Sprintf("%s: %v %s %s", r.ID, r.From.Sub(begin).Minutes(), r.Digest[len(r.Digest)-1:], r.Outcome)
		if !r.To.IsZero() {
			s += fmt.Sprintf(" until %v", r.To.Sub(begin).Minutes())
		}
		if r.Rollback {
			s += " rollback"
		}
		all = append(all, s)
	}
	return strings.Join(all, ", ")
}

func TestHistory(t *testing.T) {
	for story, want := range map[string]string{
		"":                                 "",
		"0 a in_progress":                  "8: 0 a in_progress",
		"0 a success":                      "8: 0 a success",
		"0 a in_progress, 5 a success":     "9: 5 a success",
		"0 a in_progress, 5 a failure":     "9: 5 a failure",
		"0 a success, 5 a failure":         "8: 0 a success, 9: 5 a failure", // revoked, and still in service
		"0 a in_progress, 1 b success":     "8: 0 a in_progress, 9: 1 b success",
		"0 a in_progress, 5 a in_progress": "9: 5 a in_progress", // tried again
		"0 a in_progress, 1 b in_progress, 2 a success, 3 b failure": "10: 2 a success, 11: 3 b failure",
		"0 a in_progress rollback, 5 a success":                      "9: 5 a success rollback",

		"0 a success, 9 a rolled_back":                                   "8: 0 a rolled_back until 9",
		"0 a success, 9 a rolled_back, 10 a rolled_back":                 "8: 0 a rolled_back until 9", // told twice
		"0 a success, 5 b success, 9 b rolled_back":                      "8: 0 a success, 9: 5 b rolled_back until 9",
		"0 a success, 5 b success, 9 a rolled_back":                      "8: 0 a rolled_back until 9, 9: 5 b success", // not in service any more
		"0 a success, 5 a success, 9 a rolled_back":                      "8: 0 a success, 9: 5 a rolled_back until 9", // the stay goes on, so it ends
		"0 a success, 5 a failure, 9 a rolled_back":                      "8: 0 a rolled_back until 9, 9: 5 a failure",
		"0 a success, 5 a in_progress, 9 a rolled_back":                  "8: 0 a rolled_back until 9, 10: 9 a failure",
		"0 a in_progress, 9 a rolled_back":                               "9: 9 a failure", // never in service
		"9 a rolled_back":                                                "8: 9 a failure",
		"0 a success, 1 a rolled_back, 2 a success":                      "8: 0 a rolled_back until 1, 10: 2 a success",
		"0 a success, 1 a rolled_back, 2 a in_progress, 3 a rolled_back": "8: 0 a rolled_back until 1, 11: 3 a failure",

		"5 a success, 0 b success":                           "9: 0 b success, 8: 5 a success",
		"0.009 a success, 0.001 a rolled_back":               "8: 0.009 a rolled_back until 0.009", // one second, clocks differ
		"0 a health_check failing, 0 a success":              "9: 0 a success",
		"0 a in_progress, 1 a health_check failing":          "8: 0 a in_progress",
		"0 a success, 0 b success, 0 c success, 0 d success": "8: 0 a success, 9: 0 b success, 10: 0 c success, 11: 0 d success",
	} {
		if got := retold(ledger.Facts(told(story)).History); got != want {
			t.Errorf("Facts(%s):\n got %s\nwant %s", story, got, want)
		}
	}
}

func TestFactsSayWhatWasCollected(t *testing.T) {
	if diff := cmp.Diff(ringpolicy.RingFacts{}, ledger.Facts(nil)); diff != "" {
		t.Errorf("Facts(nil) (-want +got):\n%s", diff)
	}
	empty := ringpolicy.RingFacts{History: []ringpolicy.Record{}, Signals: []ringpolicy.Signal{}}
	if diff := cmp.Diff(empty, ledger.Facts([]ledger.Entry{})); diff != "" {
		t.Errorf("Facts of nothing (-want +got):\n%s", diff)
	}
}

func TestSignals(t *testing.T) {
	got := ledger.Facts(told("0 a success, 3 a test_failure passing, 2 a health_check failing")).Signals
	want := []ringpolicy.Signal{
		{Kind: ringpolicy.HealthCheck, State: ringpolicy.Failing, At: begin.Add(2 * time.Minute), Digest: digest("a")},
		{Kind: ringpolicy.TestFailure, State: ringpolicy.Passing, At: begin.Add(3 * time.Minute), Digest: digest("a")},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

// What only the beginning of a deployment knows goes over to its end.
func TestOutcomesInherit(t *testing.T) {
	entries := told("0 a in_progress, 5 a success")
	entries[0].Revision, entries[0].PullRequest, entries[0].Version, entries[0].DecisionID = "r", 7, "1.0.0", "d"
	if got := ledger.Facts(entries).History[0].Revision; got != "r" {
		t.Errorf("revision = %q, want that of the beginning", got)
	}
	now, _ := ledger.Current(entries)
	want := entries[0]
	want.ID, want.At, want.Outcome = entries[1].ID, entries[1].At, ringpolicy.Succeeded
	if diff := cmp.Diff(ledger.Deployment{Entry: want, Since: entries[1].At}, now); diff != "" {
		t.Errorf("Current (-want +got):\n%s", diff)
	}
	entries[1].PullRequest = 8
	if now, _ := ledger.Current(entries); now.PullRequest != 8 {
		t.Errorf("PR = %d, want 8, which the end says itself", now.PullRequest)
	}
}

func TestCurrent(t *testing.T) {
	for story, want := range map[string]string{
		"":                                          "",
		"0 a in_progress":                           "",
		"0 a failure":                               "",
		"0 a success":                               "8 a since 0",
		"0 a success, 1 b in_progress":              "8 a since 0",
		"0 a success, 1 b failure":                  "8 a since 0",
		"0 a success, 1 a failure":                  "8 a since 0", // revoked, and still in service
		"0 a success, 1 a success":                  "9 a since 0",
		"0 a success, 1 b success, 2 a success":     "10 a since 2",
		"0 a success, 1 a rolled_back":              "",
		"0 a success, 1 b success, 2 b rolled_back": "", // nothing is known to be there
		"0 a success, 1 b success, 2 b rolled_back, 2 a success": "11 a since 2",
		"0 a success, 1 b success, 2 a rolled_back":              "9 b since 1",
		"0 a success, 1 a health_check failing":                  "8 a since 0",
	} {
		got := ""
		if now, ok := ledger.Current(told(story)); ok {
			got = fmt.Sprintf("%s %s since %v", now.ID, now.Digest[len(now.Digest)-1:], now.Since.Sub(begin).Minutes())
		}
		if got != want {
			t.Errorf("Current(%s) = %q, want %q", story, got, want)
		}
	}
}

func TestQuarantine(t *testing.T) {
	at := func(minute int) time.Time { return begin.Add(time.Duration(minute) * time.Minute) }
	released := map[string]time.Time{digest("c"): at(6), digest("d"): at(6), digest("e"): at(5)}
	for story, want := range map[string]string{
		"":                                                          "",
		"0 a success, 5 a failure":                                  "",
		"0 a success, 5 a rolled_back":                              "a 5",
		"5 a rolled_back, 6 a success":                              "a 5", // only a release ends it
		"5 a rolled_back, 9 a rolled_back":                          "a 9",
		"5 b rolled_back, 6 a rolled_back":                          "a 6, b 5",
		"5 c rolled_back":                                           "",
		"5 d rolled_back, 7 d rolled_back":                          "d 7", // after the release
		"5 e rolled_back":                                           "",    // at the same moment: the release saw it
		"5 a in_progress, 6 a rolled_back":                          "a 6",
		"5 a in_progress decided, 6 a rolled_back":                  "a 6",
		"5 a rolled_back, 6 a in_progress":                          "a 5", // by hand
		"5 a rolled_back, 6 a in_progress decided":                  "",    // so it had been released
		"5 a rolled_back, 6 a success decided":                      "a 5", // of the deployment before
		"5 a rolled_back, 6 a in_progress decided rollback":         "a 5",
		"5 a rolled_back, 6 b in_progress decided":                  "a 5",
		"5 a rolled_back, 6 a in_progress decided, 8 a rolled_back": "a 8",
		"9 a rolled_back, 5 a rolled_back":                          "a 9",
		"5 a critical_error failing, 6 b success":                   "",
	} {
		var got []string
		for _, q := range ledger.Quarantine(map[string][]ledger.Entry{"ring-0": told(story), "ring-1": {}}, released) {
			got = append(got, fmt.Sprintf("%s %v", q.Digest[len(q.Digest)-1:], q.At.Sub(begin).Minutes()))
			if q.Ring != "ring-0" || q.Reason != "rolled back" {
				t.Errorf("%+v, want ring-0, rolled back", q)
			}
		}
		if all := strings.Join(got, ", "); all != want {
			t.Errorf("Quarantine(%s) = %q, want %q", story, all, want)
		}
	}
}

func TestQuarantineSaysWhatWasCollected(t *testing.T) {
	for _, rings := range []map[string][]ledger.Entry{nil, {"ring-0": nil, "ring-1": told("0 a rolled_back")}} {
		if got := ledger.Quarantine(rings, nil); got != nil {
			t.Errorf("Quarantine(%v) = %v, want nil", rings, got)
		}
	}
	if got := ledger.Quarantine(map[string][]ledger.Entry{"ring-0": {}}, nil); got == nil || len(got) != 0 {
		t.Errorf("Quarantine of nothing = %#v, want an empty list", got)
	}
}

// TestPages: a record leads to the run that last said something of it, a quarantine to the rollback.
func TestPages(t *testing.T) {
	entries := told("0 a success, 1 b in_progress, 2 b success, 3 b health_check failing, 4 b rolled_back")
	for i := range entries {
		entries[i].URL = "https://ci.example/" + entries[i].ID
	}
	entries[2].URL = ""
	facts := ledger.Facts(entries)
	quarantine := ledger.Quarantine(map[string][]ledger.Entry{"ring-0": entries}, nil)
	got := []string{facts.History[0].URL, facts.History[1].URL, facts.Signals[0].URL, quarantine[0].URL}
	want := []string{"https://ci.example/8", "https://ci.example/9", "https://ci.example/11", "https://ci.example/12"}
	if !slices.Equal(got, want) {
		t.Errorf("pages %q, want %q", got, want)
	}
}

// The decision reads the history as Current reads the entries, whatever their order.
func FuzzFacts(f *testing.F) {
	policy, err := ringpolicy.Parse("rings.yml", ringpolicy.BuiltinSource())
	if err != nil {
		f.Fatal(err)
	}
	for _, seed := range []string{"", "\x01\x11", "\x01\x15\x17\x11", "\x00\x01\x03\x10\x13\x12\x01\x03"} {
		f.Add([]byte(seed), uint64(1))
	}
	f.Fuzz(func(t *testing.T, story []byte, seed uint64) {
		entries := random(story)
		before := slices.Clone(entries)
		facts := ledger.Facts(entries)
		now, runs := ledger.Current(entries)
		quarantine := ledger.Quarantine(map[string][]ledger.Entry{"ring-0": entries}, nil)
		if diff := cmp.Diff(before, entries); diff != "" {
			t.Fatalf("the entries were changed:\n%s", diff)
		}

		d := policy.Decide(ringpolicy.Evidence{
			Now:     begin.Add(24 * time.Hour),
			Subject: ringpolicy.Subject{Image: "ghcr.io/a/b", Digest: digest("0"), To: "ring-0"},
			Rings:   map[string]ringpolicy.RingFacts{"ring-0": facts},
		})
		if d.Err() != nil || d.Rollback.Running != now.Digest || runs != (now.Digest != "") {
			t.Errorf("%s: the decision (%v) takes %q for running, Current says %q", retold(facts.History), d.Err(), d.Rollback.Running, now.Digest)
		}
		checkQuarantine(t, entries, quarantine)

		rand.New(rand.NewPCG(seed, 0)).Shuffle(len(entries), func(i, j int) { entries[i], entries[j] = entries[j], entries[i] })
		if diff := cmp.Diff(facts, ledger.Facts(entries)); diff != "" {
			t.Errorf("the order of the entries matters:\n%s", diff)
		}
	})
}

// random makes an entry of each byte: two bits for the outcome, two for the image, and whether time goes on.
func random(story []byte) []ledger.Entry {
	outcomes := []ringpolicy.Outcome{ringpolicy.InProgress, ringpolicy.Succeeded, ringpolicy.Failed, ringpolicy.RolledBack}
	var all []ledger.Entry
	at := begin
	for i, b := range story[:min(len(story), 1000)] {
		at = at.Add(time.Duration(b>>4) * 200 * time.Millisecond)
		all = append(all, ledger.Entry{ID: strconv.Itoa(i + 1), At: at, Ring: "ring-0", Digest: digest(string('0' + b>>2&3)), Outcome: outcomes[b&3]})
	}
	return all
}

func checkQuarantine(t *testing.T, entries []ledger.Entry, got []ringpolicy.Quarantine) {
	want := map[string]bool{}
	for _, e := range entries {
		if e.Outcome == ringpolicy.RolledBack {
			want[e.Digest] = true
		}
	}
	found := map[string]bool{}
	for _, q := range got {
		found[q.Digest] = true
	}
	if entries != nil && (!maps.Equal(want, found) || len(got) != len(want)) {
		t.Errorf("quarantine %v, want %v", got, want)
	}
}
