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

var success = ledger.Entry{At: begin, Ring: "ring-0", Outcome: ringpolicy.OutcomeSuccess, Digest: digest("a")}

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
			e.Outcome, e.Rollback, e.NotDeployed = ringpolicy.Outcome(part[2]), last == "rollback", last == "nothing"
			if slices.Contains(part, "decided") {
				e.DecisionID = digest("d")
			}
		}
		all = append(all, e)
	}
	return all
}

// reading is what ring-0 comes to.
func reading(entries []ledger.Entry) (r ledger.Reading) {
	r.Add("ring-0", entries...)
	return r
}

func facts(entries []ledger.Entry) ringpolicy.RingFacts { return reading(entries).Facts("ring-0") }

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
		if r.NotDeployed {
			s += " nothing"
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
		"0 a success, 5 a in_progress, 9 a rolled_back":                  "8: 0 a rolled_back until 9, 10: 9 a failure until 9",
		"0 a in_progress, 9 a rolled_back":                               "9: 9 a failure until 9", // never in service
		"9 a rolled_back":                                                "8: 9 a failure until 9",
		"0 a success, 1 a rolled_back, 2 a success":                      "8: 0 a rolled_back until 1", // late
		"0 a success, 1 a rolled_back, 2 a success rollback":             "8: 0 a rolled_back until 1, 10: 2 a success rollback",
		"0 a success, 1 a rolled_back, 2 a in_progress, 3 a rolled_back": "8: 0 a rolled_back until 1, 11: 3 a failure until 3",

		"5 a success, 0 b success":                                                     "9: 0 b success, 8: 5 a success",
		"0 a success, 1 b success, 5 a failure, 9 a rolled_back":                       "8: 0 a success, 9: 1 b success, 10: 5 a failure until 9", // b goes on, and so a's earlier stay was fine
		"0 b success, 1 a in_progress, 5 a failure, 9 a rolled_back, 10 a rolled_back": "8: 0 b success, 10: 5 a failure until 9",                 // by a command that ran twice
		"0 b success, 5 a failure, 6 a in_progress, 9 a rolled_back":                   "8: 0 b success, 9: 5 a failure until 9, 11: 9 a failure until 9",
		"0 b success, 5 a failure, 6 a success, 9 a rolled_back":                       "8: 0 b success, 9: 5 a failure, 10: 6 a rolled_back until 9",
		"0 a success, 1 b success, 5 a failure nothing, 9 a rolled_back":               "8: 0 a rolled_back until 9, 9: 1 b success, 10: 5 a failure nothing",
		"0 b success, 1 a in_progress, 5 a failure nothing":                            "8: 0 b success, 10: 5 a failure nothing",
		"0.009 a success, 0.001 a rolled_back":                                         "8: 0.009 a rolled_back until 0.009", // one second, clocks differ
		"0 a health_check failing, 0 a success":                                        "9: 0 a success",
		"0 a in_progress, 1 a health_check failing":                                    "8: 0 a in_progress",
		"0 a success, 0 b success, 0 c success, 0 d success":                           "8: 0 a success, 9: 0 b success, 10: 0 c success, 11: 0 d success",
	} {
		if got := retold(facts(told(story)).History); got != want {
			t.Errorf("Facts(%s):\n got %s\nwant %s", story, got, want)
		}
	}
}

// What was not read is not empty, whatever is asked of it.
func TestReadingSaysWhatWasCollected(t *testing.T) {
	bad := told("0 a success, 1 b success, 2 b rolled_back")
	empty := ringpolicy.RingFacts{History: []ringpolicy.Record{}, Signals: []ringpolicy.Signal{}}
	var none, nothing ledger.Reading
	nothing.Add("ring-0")
	for name, c := range map[string]struct {
		reading    ledger.Reading
		read       bool
		facts      ringpolicy.RingFacts
		quarantine []ringpolicy.Quarantine
	}{
		"the zero reading":               {none, false, ringpolicy.RingFacts{}, nil},
		"a reading about an image of it": {none.Of([]string{"app"}), false, ringpolicy.RingFacts{}, nil},
		"a ring of which nothing is":     {nothing, true, empty, []ringpolicy.Quarantine{}},
		"and about an image":             {nothing.Of([]string{"app"}), true, empty, []ringpolicy.Quarantine{}},
		"and with releases":              {nothing.Released(map[string]time.Time{}), true, empty, []ringpolicy.Quarantine{}},
	} {
		if entries, read := c.reading.Ring("ring-0"); read != c.read || len(entries) != 0 {
			t.Errorf("%s: Ring = %v, %t, want nothing and %t", name, entries, read, c.read)
		}
		if diff := cmp.Diff(c.facts, c.reading.Facts("ring-0")); diff != "" {
			t.Errorf("%s: Facts (-want +got):\n%s", name, diff)
		}
		if diff := cmp.Diff(c.quarantine, c.reading.Quarantine("", "ring-0")); diff != "" {
			t.Errorf("%s: Quarantine (-want +got):\n%s", name, diff)
		}
	}

	one := reading(bad)
	for _, c := range []struct {
		needed []string
		want   bool
	}{
		{nil, true},
		{[]string{"ring-0"}, true},
		{[]string{"ring-1"}, false},
		{[]string{"ring-0", "ring-1"}, false}, // the image that is known to be bad does not make the list complete
		{[]string{""}, false},
	} {
		got := one.Quarantine("", c.needed...)
		if (got != nil) != c.want || c.want && len(got) != 1 {
			t.Errorf("Quarantine(%q) = %v, want one image: %t", c.needed, got, c.want)
		}
	}
	if got := none.Quarantine(""); got != nil {
		t.Errorf("Quarantine of the zero reading = %#v, want nil", got)
	}
}

// A reading keeps what it has, whatever is done with those that came of it.
func TestReadingIsAValue(t *testing.T) {
	first := reading(told("0 a success"))
	second := first
	second.Add("ring-1")
	first.Released(map[string]time.Time{digest("a"): begin}).Of([]string{"app"})
	if _, read := first.Ring("ring-1"); read {
		t.Error("a ring that was added to a copy is in the first reading")
	}
}

func TestSignals(t *testing.T) {
	got := facts(told("0 a success, 3 a test_failure passing, 2 a health_check failing")).Signals
	want := []ringpolicy.Signal{
		{Kind: ringpolicy.SignalHealthCheck, State: ringpolicy.SignalFailing, At: begin.Add(2 * time.Minute), Digest: digest("a")},
		{Kind: ringpolicy.SignalTestFailure, State: ringpolicy.SignalPassing, At: begin.Add(3 * time.Minute), Digest: digest("a")},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

// What only the beginning of a deployment knows goes over to its end.
func TestOutcomesInherit(t *testing.T) {
	entries := told("0 a in_progress, 5 a success")
	entries[0].Revision, entries[0].PullRequest, entries[0].Version, entries[0].DecisionID = "r", 7, "1.0.0", "d"
	if got := facts(entries).History[0].Revision; got != "r" {
		t.Errorf("revision = %q, want that of the beginning", got)
	}
	now, _ := reading(entries).Current("ring-0")
	want := entries[0]
	want.ID, want.At, want.Outcome = entries[1].ID, entries[1].At, ringpolicy.OutcomeSuccess
	if diff := cmp.Diff(ledger.Deployment{Entry: want, Since: entries[1].At}, now); diff != "" {
		t.Errorf("Current (-want +got):\n%s", diff)
	}
	entries[1].PullRequest = 8
	if now, _ := reading(entries).Current("ring-0"); now.PullRequest != 8 {
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
		if now, ok := reading(told(story)).Current("ring-0"); ok {
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
		"":                                      "",
		"0 a success, 5 a failure":              "",
		"0 a success, 5 a rolled_back":          "a 5",
		"5 a rolled_back, 6 a success":          "a 5", // a late one
		"5 a rolled_back, 6 a success rollback": "",    // a person went back to it
		"5 a rolled_back, 6 a success rollback, 8 a rolled_back":    "a 8",
		"4 a success rollback, 5 a rolled_back":                     "a 5",
		"5 a rolled_back, 6 b success rollback":                     "a 5",
		"5 a rolled_back, 6 a failure rollback":                     "a 5",
		"5 a rolled_back, 6 a in_progress rollback":                 "a 5",
		"5 a rolled_back, 6 a in_progress rollback, 7 a success":    "", // the beginning says it
		"5 a rolled_back, 9 a rolled_back":                          "a 9",
		"5 b rolled_back, 6 a rolled_back":                          "a 6, b 5",
		"5 c rolled_back":                                           "",
		"5 d rolled_back, 7 d rolled_back":                          "d 7", // after the release
		"5 e rolled_back":                                           "",    // at the same moment: the release saw it
		"5 a in_progress, 6 a rolled_back":                          "a 6",
		"5 a in_progress decided, 6 a rolled_back":                  "a 6",
		"5 a rolled_back, 6 a in_progress":                          "a 5", // by hand
		"5 a rolled_back, 6 a in_progress decided":                  "a 5", // a promotion ends nothing
		"5 a rolled_back, 6 a in_progress decided, 7 a success":     "a 5",
		"5 c rolled_back, 7 c in_progress decided":                  "",    // the release is still to be seen
		"5 a rolled_back, 6 a success decided":                      "a 5", // of the deployment before
		"5 a rolled_back, 6 a in_progress decided rollback":         "a 5",
		"5 a rolled_back, 6 b in_progress decided":                  "a 5",
		"5 a rolled_back, 6 a in_progress decided, 8 a rolled_back": "a 8",
		"9 a rolled_back, 5 a rolled_back":                          "a 9",
		"5 a critical_error failing, 6 b success":                   "",
	} {
		var got []string
		for _, q := range reading(told(story)).Released(released).Quarantine("", "ring-0") {
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

// A success that comes while its image is kept out of the ring is no stay.
func TestLateSuccess(t *testing.T) {
	at := func(minute int) time.Time { return begin.Add(time.Duration(minute) * time.Minute) }
	released := map[string]time.Time{digest("c"): at(6)}
	for story, want := range map[string]struct{ history, late, runs string }{
		"0 a success, 1 b success, 5 b rolled_back, 6 b success":                               {"8: 0 a success, 9: 1 b rolled_back until 5", "b 6", ""},
		"0 a success, 1 b success, 5 b rolled_back, 5 a success rollback, 6 b success":         {"8: 0 a success, 9: 1 b rolled_back until 5, 11: 5 a success rollback", "b 6", "a"},
		"0 b in_progress decided, 5 b rolled_back, 6 b success":                                {"9: 5 b failure until 5", "b 6", ""},
		"0 b success, 5 b rolled_back, 6 b in_progress, 7 b success":                           {"8: 0 b rolled_back until 5", "b 7", ""}, // the deployment is over
		"0 b success, 5 b rolled_back, 6 b in_progress, 6 b in_progress, 7 b success":          {"8: 0 b rolled_back until 5", "b 7", ""},
		"0 b success, 5 b rolled_back, 6 b success, 7 b success":                               {"8: 0 b rolled_back until 5", "b 7", ""},
		"0 b success, 5 b rolled_back, 6 b success, 7 a success":                               {"8: 0 b rolled_back until 5, 11: 7 a success", "", "a"}, // deployed since
		"0 b success, 5 b rolled_back, 6 b failure":                                            {"8: 0 b rolled_back until 5, 10: 6 b failure", "", ""},
		"0 b success, 5 b rolled_back, 6 b in_progress, 6 b health_check failing, 7 b success": {"8: 0 b rolled_back until 5", "b 7", ""},

		"0 b success, 5 b rolled_back, 6 b success rollback":                          {"8: 0 b rolled_back until 5, 10: 6 b success rollback", "", "b"},
		"0 b success, 5 b rolled_back, 6 b success rollback, 7 b success":             {"8: 0 b rolled_back until 5, 10: 6 b success rollback, 11: 7 b success", "", "b"},
		"0 b success, 5 b rolled_back, 6 b in_progress decided, 7 b success":          {"8: 0 b rolled_back until 5, 11: 7 b success", "", "b"}, // not late
		"0 b success, 5 b rolled_back, 6 b in_progress decided rollback, 7 a success": {"8: 0 b rolled_back until 5, 10: 6 b in_progress rollback, 11: 7 a success", "", "a"},

		"0 c success, 5 c rolled_back, 7 c success":                  {"8: 0 c rolled_back until 5, 10: 7 c success", "", "c"},
		"0 c success, 5 c rolled_back, 6 c success":                  {"8: 0 c rolled_back until 5, 10: 6 c success", "", "c"},           // at the same moment
		"0 c success, 4 c rolled_back, 5 c success":                  {"8: 0 c rolled_back until 4", "c 5", ""},                          // released after it
		"0 c success, 6.5 c rolled_back, 7 c success":                {"8: 0 c rolled_back until 6.5", "c 7", ""},                        // released before
		"0 b success, 5 b rolled_back, 5 c rolled_back, 7 b success": {"8: 0 b rolled_back until 5, 10: 5 c failure until 5", "b 7", ""}, // another was released
	} {
		r := reading(told(story)).Released(released)
		if got := retold(r.Facts("ring-0").History); got != want.history {
			t.Errorf("Facts(%s):\n got %s\nwant %s", story, got, want.history)
		}
		var late []string
		for _, e := range r.Late("ring-0") {
			late = append(late, fmt.Sprintf("%s %v", e.Digest[len(e.Digest)-1:], e.At.Sub(begin).Minutes()))
		}
		if got := strings.Join(late, ", "); got != want.late {
			t.Errorf("Late(%s) = %q, want %q", story, got, want.late)
		}
		now, _ := r.Current("ring-0")
		if got := now.Digest; !strings.HasSuffix(got, want.runs) || (got == "") != (want.runs == "") {
			t.Errorf("Current(%s) = %q, want %q", story, got, want.runs)
		}
	}
}

// TestOpen finds the deployment that an outcome without a digest is about.
func TestOpen(t *testing.T) {
	for _, c := range []struct {
		story string
		now   time.Duration
		want  string
	}{
		{"", time.Minute, ""},
		{"0 a in_progress", time.Minute, "a"},
		{"0 a in_progress", 24*time.Hour - 1, "a"},
		{"0 a in_progress", 24 * time.Hour, ""}, // a killed job
		{"0 a in_progress, 1 b in_progress", time.Hour, "b"},
		{"0 a in_progress, 1 b in_progress, 2 b success", time.Hour, "a"},
		{"0 a in_progress, 1 a success", time.Hour, ""},
		{"0 a in_progress, 1 a failure", time.Hour, ""},
		{"0 a in_progress, 1 a rolled_back", time.Hour, ""},
		{"0 a in_progress, 1 a failure, 2 a in_progress", time.Hour, "a"},
		{"0 a in_progress, 1 a health_check failing", time.Hour, "a"},
		{"5 a in_progress", time.Minute, "a"}, // clocks differ
	} {
		open, ok := reading(told(c.story)).Open("ring-0", begin.Add(c.now))
		if got := open.Digest[max(0, len(open.Digest)-1):]; got != c.want || ok != (c.want != "") {
			t.Errorf("Open(%s) after %v = %q, %t, want %q", c.story, c.now, got, ok, c.want)
		}
	}
	if e, ok := (ledger.Reading{}).Open("ring-0", begin); ok {
		t.Errorf("Open of a ring that was not read = %v", e)
	}
}

// TestPages: a record leads to the run that last said something of it, a quarantine to the rollback.
func TestPages(t *testing.T) {
	entries := told("0 a success, 1 b in_progress, 2 b success, 3 b health_check failing, 4 b rolled_back")
	for i := range entries {
		entries[i].URL = "https://ci.example/" + entries[i].ID
	}
	entries[2].URL = ""
	known := facts(entries)
	quarantine := reading(entries).Quarantine("", "ring-0")
	got := []string{known.History[0].URL, known.History[1].URL, known.Signals[0].URL, quarantine[0].URL}
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
		known := facts(entries)
		now, runs := reading(entries).Current("ring-0")
		quarantine := reading(entries).Quarantine("", "ring-0")
		if diff := cmp.Diff(before, entries); diff != "" {
			t.Fatalf("the entries were changed:\n%s", diff)
		}

		d, err := policy.Decide(ringpolicy.Evidence{
			Now:     begin.Add(24 * time.Hour),
			Subject: ringpolicy.Subject{Image: "ghcr.io/a/b", Digest: digest("0"), To: "ring-0"},
			Rings:   map[string]ringpolicy.RingFacts{"ring-0": known},
		})
		if err != nil || d.Rollback.Running != now.Digest || runs != (now.Digest != "") {
			t.Errorf("%s: the decision (%v) takes %q for running, Current says %q", retold(known.History), err, d.Rollback.Running, now.Digest)
		}
		checkQuarantine(t, entries, quarantine)

		rand.New(rand.NewPCG(seed, 0)).Shuffle(len(entries), func(i, j int) { entries[i], entries[j] = entries[j], entries[i] })
		if diff := cmp.Diff(known, facts(entries)); diff != "" {
			t.Errorf("the order of the entries matters:\n%s", diff)
		}
	})
}

// random makes an entry of each byte: two bits for the outcome, two for the image, and whether time goes on.
func random(story []byte) []ledger.Entry {
	outcomes := []ringpolicy.Outcome{ringpolicy.OutcomeInProgress, ringpolicy.OutcomeSuccess, ringpolicy.OutcomeFailure, ringpolicy.OutcomeRolledBack}
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
		if e.Outcome == ringpolicy.OutcomeRolledBack {
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
