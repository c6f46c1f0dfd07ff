package status_test

import (
	"encoding/json"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/wizzense/deployment-rings/action/internal/ledger"
	"github.com/wizzense/deployment-rings/action/internal/status"
	"github.com/wizzense/deployment-rings/ringpolicy"
)

// start is when the image that counts came into service in the first ring.
var start = time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)

func digest(c string) string { return "sha256:" + strings.Repeat(c, 64) }

const rings = `version: 1
rings:
  - {name: first, soak: {min: 24h, max: 48h}, host_port: 8080}
  - {name: second, entry: [{id: said, title: A person said so, sign_off: {}}]}
  - {name: third, after: [first], soak: {min: 1h}}
  - {name: last, after: [second, third], soak: {min: 1h}}
`

// ask builds the report of one image from entries; how may change the facts.
func ask(t *testing.T, now time.Time, entries []ledger.Entry, how func(*ringpolicy.Evidence)) map[string]status.Ring {
	t.Helper()
	policy, err := ringpolicy.Parse("rings.yml", []byte(rings))
	if err != nil {
		t.Fatal(err)
	}
	image, err := status.Of(policy, facts(policy, now, entries, how), questions(policy, now, entries, how))
	if err != nil {
		t.Fatal(err)
	}
	all := map[string]status.Ring{}
	for _, ring := range image.Rings {
		all[ring.Name] = ring
	}
	return all
}

func questions(policy *ringpolicy.Policy, now time.Time, entries []ledger.Entry, how func(*ringpolicy.Evidence)) []status.Question {
	all := status.Questions(policy, facts(policy, now, entries, how))
	for i := range all { // what GitHub knows
		subject := &all[i].Evidence.Subject
		subject.Contributors = []string{}
		if subject.Author == "" {
			subject.Author = "ann"
		}
	}
	return all
}

func facts(policy *ringpolicy.Policy, now time.Time, entries []ledger.Entry, how func(*ringpolicy.Evidence)) status.Facts {
	var read ledger.Reading
	e := ringpolicy.Evidence{Now: now, SignOffs: []ringpolicy.SignOff{}, Locks: []ringpolicy.Lock{}, Ancestry: ringpolicy.AncestryAhead, Rings: map[string]ringpolicy.RingFacts{}}
	for _, ring := range policy.Rings() {
		other := func(e ledger.Entry) bool { return e.Ring != ring.Name }
		read.Add(ring.Name, slices.DeleteFunc(slices.Clone(entries), other)...)
		e.Rings[ring.Name] = read.Facts(ring.Name)
	}
	if how != nil {
		how(&e)
	}
	return status.Facts{Image: "ghcr.io/acme/app", Ledger: read, Evidence: e}
}

func entry(at time.Duration, ring string, outcome ringpolicy.Outcome, of string) ledger.Entry {
	return ledger.Entry{ID: "1", At: start.Add(at), Ring: ring, Outcome: outcome, Digest: digest(of)}
}

// A ring is overdue beyond its longest stay, and only while its image has somewhere to go.
func TestOverdue(t *testing.T) {
	first := entry(0, "first", ringpolicy.OutcomeSuccess, "a")
	second, third := entry(25*time.Hour, "second", ringpolicy.OutcomeSuccess, "a"), entry(25*time.Hour, "third", ringpolicy.OutcomeSuccess, "a")
	for _, tt := range []struct {
		name    string
		after   time.Duration
		entries []ledger.Entry
		want    bool
	}{
		{"soaking", time.Hour, []ledger.Entry{first}, false},
		{"at the maximum", 48 * time.Hour, []ledger.Entry{first}, false}, // the bound is still fine
		{"beyond it", 48*time.Hour + time.Second, []ledger.Entry{first}, true},
		{"beyond it, and a deployment failed since", 50 * time.Hour, []ledger.Entry{first, entry(49*time.Hour, "first", ringpolicy.OutcomeFailure, "b")}, true}, // what is late comes first
		{"beyond it, in one next ring", 72 * time.Hour, []ledger.Entry{first, second}, true},
		{"beyond it, in every next ring", 72 * time.Hour, []ledger.Entry{first, second, third}, false},
	} {
		ring := ask(t, start.Add(tt.after), tt.entries, nil)["first"]
		if ring.Overdue != tt.want || (ring.State == status.Overdue) != tt.want {
			t.Errorf("%s: overdue = %v, state %s, want %v", tt.name, ring.Overdue, ring.State, tt.want)
		}
	}
}

func TestSoak(t *testing.T) {
	for _, tt := range []struct {
		after    time.Duration
		done     string
		complete bool
	}{
		{0, "0s", false},
		{24*time.Hour - time.Second, "23h59m59s", false},
		{24 * time.Hour, "24h", true}, // equal is enough
	} {
		soak := ask(t, start.Add(tt.after), []ledger.Entry{entry(0, "first", ringpolicy.OutcomeSuccess, "a")}, nil)["first"].Soak
		if soak.Done != tt.done || soak.Complete != tt.complete || (soak.CompleteAt == nil) != tt.complete || soak.DoneSecs != int64(tt.after/time.Second) {
			t.Errorf("soak after %v = %+v, want %s, complete %v", tt.after, *soak, tt.done, tt.complete)
		}
		if want := start.Add(48 * time.Hour); !soak.OverdueAt.Equal(want) {
			t.Errorf("overdue at %v, want %v", soak.OverdueAt, want)
		}
	}
}

// A complete stay counts although the image came back later, as it does in decisions.
func TestSoakOfTheLongestStay(t *testing.T) {
	ring := ask(t, start.Add(32*time.Hour), []ledger.Entry{
		entry(0, "first", ringpolicy.OutcomeSuccess, "a"), entry(30*time.Hour, "first", ringpolicy.OutcomeSuccess, "b"), entry(31*time.Hour, "first", ringpolicy.OutcomeSuccess, "a"),
	}, nil)["first"]
	if !ring.Soak.Complete || ring.Soak.Done != "30h" || !ring.Runs.Since.Equal(start.Add(31*time.Hour)) {
		t.Errorf("soak = %+v of what runs since %v, want the complete stay of 30h", *ring.Soak, ring.Runs.Since)
	}
}

// An ended stay that counts makes no ring overdue for what came after it: a decision on the same does not warn either.
func TestOverdueAfterAnEarlierStay(t *testing.T) {
	back := 100 * time.Hour
	for _, tt := range []struct {
		name       string
		ended, now time.Duration
		overdue    bool
		from       time.Duration
	}{
		{"the ended stay was short enough", 30 * time.Hour, back + time.Hour, false, back + 48*time.Hour},
		{"as long as may be", 48 * time.Hour, back + time.Hour, false, back + 48*time.Hour},
		{"the ended stay was too long", 49 * time.Hour, back + time.Hour, true, 48 * time.Hour},
		{"the stay that goes on is too long", 30 * time.Hour, back + 49*time.Hour, true, back + 48*time.Hour},
	} {
		ring := ask(t, start.Add(tt.now), []ledger.Entry{
			entry(0, "first", ringpolicy.OutcomeSuccess, "a"), entry(tt.ended, "first", ringpolicy.OutcomeSuccess, "b"), entry(back, "first", ringpolicy.OutcomeSuccess, "a"),
		}, nil)["first"]
		if ring.Overdue != tt.overdue || !ring.Soak.OverdueAt.Equal(start.Add(tt.from)) {
			t.Errorf("%s: overdue = %v from %v, want %v from %v", tt.name, ring.Overdue, ring.Soak.OverdueAt, tt.overdue, start.Add(tt.from))
		}
		if warned := strings.Contains(strings.Join(ring.Moves[0].Warnings, "\n"), "longer than 48h"); warned != tt.overdue {
			t.Errorf("%s: the decision warns %v: %v", tt.name, warned, ring.Moves[0].Warnings)
		}
	}
}

// A soak may have a longest stay and nothing else.
func TestSoakWithoutMinimum(t *testing.T) {
	policy, err := ringpolicy.Parse("rings.yml", []byte("version: 1\nrings: [{name: first, soak: {max: 48h}}, {name: last, entry: [{id: said, sign_off: {}}]}]\n"))
	if err != nil {
		t.Fatal(err)
	}
	entries, now := []ledger.Entry{entry(0, "first", ringpolicy.OutcomeSuccess, "a")}, start.Add(49*time.Hour)
	image, err := status.Of(policy, facts(policy, now, entries, nil), questions(policy, now, entries, nil))
	if err != nil {
		t.Fatal(err)
	}
	overdue := start.Add(48 * time.Hour)
	want := &status.Soak{Done: "2d1h", DoneSecs: 49 * 3600, Needed: "0s", Complete: true, OverdueAt: &overdue}
	if diff := cmp.Diff(want, image.Rings[0].Soak); diff != "" || image.Rings[0].State != status.Overdue || image.Rings[1].Soak != nil {
		t.Errorf("the ring is %s, its soak (-want +got):\n%s", image.Rings[0].State, diff)
	}
}

// Who was asked about an image knows whether a person released it, and then no ring says that it is kept out.
func TestReleased(t *testing.T) {
	entries := []ledger.Entry{
		entry(0, "second", ringpolicy.OutcomeSuccess, "a"), entry(0, "second", ringpolicy.OutcomeSuccess, "b"),
		entry(time.Hour, "second", ringpolicy.OutcomeRolledBack, "a"), entry(time.Hour, "second", ringpolicy.OutcomeRolledBack, "b"), entry(0, "first", ringpolicy.OutcomeSuccess, "a"),
	}
	policy, err := ringpolicy.Parse("rings.yml", []byte(rings))
	if err != nil {
		t.Fatal(err)
	}
	f := facts(policy, start.Add(2*time.Hour), entries, nil)
	asked := status.Questions(policy, f)
	for _, released := range []bool{false, true} {
		for i := range asked {
			if released && asked[i].To == "second" {
				asked[i].Evidence.Quarantine = f.Ledger.Released(map[string]time.Time{digest("a"): start.Add(90 * time.Minute)}).Quarantine("", "second")
			}
		}
		image, err := status.Of(policy, f, asked)
		if err != nil {
			t.Fatal(err)
		}
		var kept []string
		for _, q := range image.Rings[1].Quarantined {
			kept = append(kept, q.Digest)
		}
		want := []string{digest("a"), digest("b")}
		if released {
			want = want[1:] // no question was about the other
		}
		if diff := cmp.Diff(want, kept); diff != "" {
			t.Errorf("released %v: the quarantine (-want +got):\n%s", released, diff)
		}
	}
}

// A quarantine that was not collected releases nothing, and is not empty.
func TestQuarantineThatIsNotKnown(t *testing.T) {
	entries := []ledger.Entry{
		entry(0, "second", ringpolicy.OutcomeSuccess, "a"), entry(time.Hour, "second", ringpolicy.OutcomeRolledBack, "a"), entry(0, "first", ringpolicy.OutcomeSuccess, "a"),
	}
	policy, err := ringpolicy.Parse("rings.yml", []byte(rings))
	if err != nil {
		t.Fatal(err)
	}
	f := facts(policy, start.Add(2*time.Hour), entries, nil)
	asked := status.Questions(policy, f)
	for i := range asked {
		asked[i].Evidence.Quarantine = nil
	}
	image, err := status.Of(policy, f, asked)
	if err != nil {
		t.Fatal(err)
	}
	if got := image.Rings[1].Quarantined; len(got) != 1 {
		t.Errorf("Quarantined = %v where no question knows of releases, want the image", got)
	}

	unread := f
	unread.Ledger = ledger.Reading{}
	unread.Ledger.Add("first", entries[2])
	for _, q := range status.Questions(policy, unread) {
		if known := q.Evidence.Quarantine != nil; known != (q.To == "first") {
			t.Errorf("question %s → %s: quarantine %#v, want one: %t", q.From, q.To, q.Evidence.Quarantine, !known)
		}
	}
	image, err = status.Of(policy, unread, nil)
	if err != nil {
		t.Fatal(err)
	}
	if first, second := image.Rings[0].Quarantined, image.Rings[1].Quarantined; first == nil || second != nil {
		t.Errorf("Quarantined = %#v and %#v, want an empty list and null", first, second)
	}
}

func TestStates(t *testing.T) {
	in := entry(0, "first", ringpolicy.OutcomeSuccess, "a")
	signed := func(e *ringpolicy.Evidence) {
		e.SignOffs = []ringpolicy.SignOff{{ID: "said", By: "mona", State: ringpolicy.SignOffGiven, At: start, Digest: digest("a")}}
	}
	failing := func(e *ringpolicy.Evidence) {
		e.Rings["first"] = ringpolicy.RingFacts{History: e.Rings["first"].History, Signals: []ringpolicy.Signal{{Kind: ringpolicy.SignalHealthCheck, State: ringpolicy.SignalFailing, At: start.Add(time.Hour), Digest: digest("a")}}}
	}
	uncollected := func(e *ringpolicy.Evidence) { e.Rings["first"] = ringpolicy.RingFacts{} }
	locked := func(e *ringpolicy.Evidence) {
		signed(e)
		e.Locks = []ringpolicy.Lock{{Ring: "second", By: "mona", Reason: "because"}}
	}
	nothingDeployed := entry(time.Minute, "first", ringpolicy.OutcomeFailure, "b")
	nothingDeployed.NotDeployed = true
	for _, tt := range []struct {
		name    string
		after   time.Duration
		entries []ledger.Entry
		how     func(*ringpolicy.Evidence)
		ring    string
		want    status.State
	}{
		{"nothing", 0, nil, nil, "first", status.Empty},
		{"not collected", 0, []ledger.Entry{in}, uncollected, "first", status.Unknown},
		{"time alone", time.Hour, []ledger.Entry{in}, signed, "first", status.Soaking},
		{"a person has to say so", time.Hour, []ledger.Entry{in}, nil, "first", status.Held},
		{"locked", time.Hour, []ledger.Entry{in}, locked, "first", status.Held},
		{"free", 30 * time.Hour, []ledger.Entry{in}, signed, "first", status.Ready},
		{"failing", 2 * time.Hour, []ledger.Entry{in}, failing, "first", status.Unhealthy},
		{"going in", 23 * time.Hour, []ledger.Entry{in, entry(0, "last", ringpolicy.OutcomeInProgress, "a")}, nil, "last", status.Empty},
		{"does not get in", 24 * time.Hour, []ledger.Entry{in, entry(0, "last", ringpolicy.OutcomeInProgress, "a")}, nil, "last", status.Stuck},
		{"failed", time.Hour, []ledger.Entry{in, entry(time.Minute, "first", ringpolicy.OutcomeFailure, "b")}, nil, "first", status.Stuck},
		{"failed, and tried again", time.Hour, []ledger.Entry{in, entry(time.Minute, "first", ringpolicy.OutcomeFailure, "b"), entry(2*time.Minute, "first", ringpolicy.OutcomeInProgress, "b")}, signed, "first", status.Soaking},
		{"failed, and another comes in", time.Hour, []ledger.Entry{in, entry(time.Minute, "first", ringpolicy.OutcomeFailure, "b"), entry(2*time.Minute, "first", ringpolicy.OutcomeInProgress, "c")}, signed, "first", status.Stuck},
		{"failed, and taken back", time.Hour, []ledger.Entry{in, entry(time.Minute, "first", ringpolicy.OutcomeFailure, "b"), entry(2*time.Minute, "first", ringpolicy.OutcomeRolledBack, "b")}, signed, "first", status.Soaking},
		{"nothing was deployed", time.Hour, []ledger.Entry{in, nothingDeployed}, signed, "first", status.Soaking},
		{"failed, then well", time.Hour, []ledger.Entry{entry(0, "last", ringpolicy.OutcomeFailure, "b"), entry(time.Minute, "last", ringpolicy.OutcomeSuccess, "b")}, nil, "last", status.Settled},
	} {
		ring := ask(t, start.Add(tt.after), tt.entries, tt.how)[tt.ring]
		if ring.State != tt.want {
			t.Errorf("%s: %s is %s (%s), want %s", tt.name, tt.ring, ring.State, ring.Reason, tt.want)
		}
		if ring.Reason.String() == "" {
			t.Errorf("%s: no reason", tt.name)
		}
		if needs := ring.State.NeedsAttention() && tt.want != status.Unknown; needs && len(ring.Advice) == 0 {
			t.Errorf("%s: %s is %s, and there is no advice", tt.name, tt.ring, ring.State)
		}
	}
}

// TestAdviceAfterFailure: what works stays in service, and what is tried again is the same release.
func TestAdviceAfterFailure(t *testing.T) {
	good, bad := entry(0, "last", ringpolicy.OutcomeSuccess, "a"), entry(time.Hour, "last", ringpolicy.OutcomeFailure, "b")
	release := bad
	release.Version = "v1.5.0+build.7"
	odd := bad
	odd.Version = "1.5.0; rm -rf /"
	elsewhere := release
	elsewhere.Ring = "third"
	for _, tt := range []struct {
		name    string
		entries []ledger.Entry
		ring    string
		want    []string // of the commands of this program, what follows the ring
	}{
		{"beside what works", []ledger.Entry{good, bad}, "last", []string{"record --state success --digest " + digest("b"), "promote --digest " + digest("b") + " --retry", "rollback"}},
		{"of a release", []ledger.Entry{good, release}, "last", []string{"record --state success --digest " + digest("b"), "promote --digest " + digest("b") + " --retry --version 1.5.0+build.7", "rollback"}},
		{"of a version that is none", []ledger.Entry{good, odd}, "last", []string{"record --state success --digest " + digest("b"), "promote --digest " + digest("b") + " --retry", "rollback"}},
		{"of a version in another ring than the last", []ledger.Entry{elsewhere}, "third", []string{"record --state success --digest " + digest("b"), "promote --digest " + digest("b") + " --retry"}},
		{"of the first image", []ledger.Entry{bad}, "last", []string{"record --state success --digest " + digest("b"), "promote --digest " + digest("b") + " --retry"}},
		{"of what runs", []ledger.Entry{good, entry(time.Hour, "last", ringpolicy.OutcomeFailure, "a")}, "last", []string{"record --state success --digest " + digest("a")}},
	} {
		var got []string
		for _, a := range ask(t, start.Add(2*time.Hour), tt.entries, nil)[tt.ring].Advice {
			for _, c := range a.Commands {
				if of, ok := strings.CutPrefix(c, "deployment-rings "); ok && a.Code == "deployment_failed" {
					before, after, _ := strings.Cut(of, " --ring "+tt.ring)
					name, _, _ := strings.Cut(before, " ")
					got = append(got, name+after)
				}
			}
		}
		if !slices.Equal(got, tt.want) {
			t.Errorf("%s: %q, want %q", tt.name, got, tt.want)
		}
	}
}

// A ring that went back says from what, to what and why, keeps the bad image out, and upstream waits for a repair.
func TestRollback(t *testing.T) {
	out, back := entry(5*time.Hour, "second", ringpolicy.OutcomeRolledBack, "b"), entry(5*time.Hour, "second", ringpolicy.OutcomeSuccess, "a")
	out.Reason, back.Rollback = "it crashed", true
	all := ask(t, start.Add(6*time.Hour), []ledger.Entry{
		entry(0, "second", ringpolicy.OutcomeSuccess, "a"), entry(time.Hour, "first", ringpolicy.OutcomeSuccess, "b"), entry(2*time.Hour, "second", ringpolicy.OutcomeSuccess, "b"), out, back,
	}, nil)
	second := all["second"]
	from, to, reason := digest("b"), digest("a"), "it crashed"
	want := &status.Rollback{At: start.Add(5 * time.Hour), From: &from, To: &to, Reason: &reason}
	if diff := cmp.Diff(want, second.Rollback); diff != "" {
		t.Errorf("last rollback (-want +got):\n%s", diff)
	}
	if len(second.Quarantined) != 1 || second.Quarantined[0].Digest != from || second.Quarantined[0].Reason != reason {
		t.Errorf("quarantined = %+v, want %s", second.Quarantined, from)
	}
	if len(second.Behind) != 1 || second.Behind[0].Ring != "first" || second.Behind[0].ReasonCode != "quarantined" {
		t.Errorf("behind = %+v, want the image of first, quarantined", second.Behind)
	}
	if first := all["first"]; first.State != status.Held || !strings.Contains(first.Advice[0].Text.String(), "/release DIGEST reason") {
		t.Errorf("first is %s with advice %+v, want held and what to do", first.State, first.Advice)
	}
	if got := second.Stays; len(got) != 3 || !got[0].Rollback || !got[1].RolledBack {
		t.Errorf("stays = %+v, want three, the newest by going back, the one before taken back", got)
	}
}

// What needs a person comes before what needs time, and a criterion that does not decide is not counted.
func TestWhatHolds(t *testing.T) {
	policy, err := ringpolicy.Parse("rings.yml", []byte("version: 1\nrings: [{name: first, soak: {min: 24h}}, {name: last, entry: [{id: asked, advisory: true, sign_off: {}}, {id: said, sign_off: {}}]}]\n"))
	if err != nil {
		t.Fatal(err)
	}
	entries, now := []ledger.Entry{entry(0, "first", ringpolicy.OutcomeSuccess, "a")}, start.Add(time.Hour)
	image, err := status.Of(policy, facts(policy, now, entries, nil), questions(policy, now, entries, nil))
	if err != nil {
		t.Fatal(err)
	}
	first := image.Rings[0]
	var advice []string
	for _, a := range first.Advice {
		advice = append(advice, a.Code)
	}
	if want := []string{"sign_off_missing", "soak_running"}; !slices.Equal(advice, want) {
		t.Errorf("the advice is %v, want %v", advice, want)
	}
	// lock, quarantine, settled, ancestry and lineage are met, soak and said are not, and asked does not count
	if m := first.Moves[0]; m.Met != 5 || m.Total != 7 || len(m.Blocking) != 2 {
		t.Errorf("%d of %d criteria are met, and %d hold, want 5 of 7, and 2", m.Met, m.Total, len(m.Blocking))
	}
}

// A deployment that failed in the second in which another came into service is the newer one, as the ledger has it.
func TestFailedInTheSameSecond(t *testing.T) {
	in, failed := entry(0, "first", ringpolicy.OutcomeSuccess, "a"), entry(0, "first", ringpolicy.OutcomeFailure, "b")
	failed.ID = "2"
	if ring := ask(t, start.Add(time.Hour), []ledger.Entry{failed, in}, nil)["first"]; ring.State != status.Stuck || ring.Failed == nil {
		t.Errorf("the ring is %s with %v failed, want stuck", ring.State, ring.Failed)
	}
}

// Where ledgers of several rings say different things of an image, the answer is always the same.
func TestRevisionIsAlwaysTheSame(t *testing.T) {
	tried, other := entry(0, "first", ringpolicy.OutcomeSuccess, "a"), entry(0, "second", ringpolicy.OutcomeSuccess, "a")
	for range 30 { // the order of a map is another each time
		ring := ask(t, start.Add(time.Hour), []ledger.Entry{tried, other}, func(e *ringpolicy.Evidence) {
			for name, revision := range map[string]string{"second": strings.Repeat("c", 40), "third": strings.Repeat("d", 40), "last": strings.Repeat("b", 40)} {
				e.Rings[name] = ringpolicy.RingFacts{History: []ringpolicy.Record{{ID: "1", Digest: digest("a"), Revision: revision, Outcome: ringpolicy.OutcomeSuccess, From: start}}}
			}
		})["first"]
		if got := *ring.Runs.Revision; got != strings.Repeat("d", 40) {
			t.Fatalf("the revision is %s, want that of third", got)
		}
		second, third := other, entry(0, "third", ringpolicy.OutcomeSuccess, "a")
		second.Version, third.Version = "1.0.0", "2.0.0"
		if got := *ask(t, start.Add(time.Hour), []ledger.Entry{tried, third, second}, nil)["first"].Runs.Version; got != "1.0.0" {
			t.Fatalf("the version is %s, want that of second", got)
		}
	}
}

// Of several moves the one that is free comes before the one that waits, and after the one that is held.
func TestWorstMove(t *testing.T) {
	waiting, pending := ringpolicy.HoldWaiting.String(), ringpolicy.HoldPending.String()
	waits := status.Move{To: "waits", Decision: "hold", HoldKind: &waiting}
	free := status.Move{To: "free", Decision: "promote"}
	held := status.Move{To: "held", Decision: "hold", HoldKind: &pending}
	there := status.Move{To: "there", There: true, Decision: "noop"}
	for _, tt := range []struct {
		moves []status.Move
		want  string
	}{
		{[]status.Move{waits, free, held, there}, "held"},
		{[]status.Move{there, waits, free}, "free"},
		{[]status.Move{there, waits}, "waits"},
		{[]status.Move{there}, ""},
	} {
		if worst, open := (status.Ring{Moves: tt.moves}).Worst(); worst.To != tt.want || open != (tt.want != "") {
			t.Errorf("the worst is %q, open %v, want %q", worst.To, open, tt.want)
		}
	}
}

// An image that may move on is to be promoted, unless that goes on already.
func TestAdviceToMoveOn(t *testing.T) {
	signed := func(e *ringpolicy.Evidence) {
		e.SignOffs = []ringpolicy.SignOff{{ID: "said", By: "mona", State: ringpolicy.SignOffGiven, At: start, Digest: digest("a")}}
	}
	now, in := 25*time.Hour, entry(0, "first", ringpolicy.OutcomeSuccess, "a")
	second, third := entry(now-time.Hour, "second", ringpolicy.OutcomeInProgress, "a"), entry(now-time.Hour, "third", ringpolicy.OutcomeInProgress, "a")
	promote, record := "deployment-rings promote --image ghcr.io/acme/app --ring ", "deployment-rings record --image ghcr.io/acme/app --ring "
	for _, tt := range []struct {
		entries  []ledger.Entry
		advice   string
		commands []string
		reason   string
	}{
		{[]ledger.Entry{in}, "first → second: run promote.", []string{promote + "second"}, "its image may move into second now."},
		{[]ledger.Entry{in, second}, "first → third: run promote.", []string{promote + "third"}, "its image may move into third now."},
		{[]ledger.Entry{in, second, third}, "first → second: it is on its way in already. Record success once the ring runs it, or run promote again if that was cut short.",
			[]string{record + "second --state success --digest " + digest("a"), promote + "second"}, "its image is on its way into second."},
	} {
		rings := ask(t, start.Add(now), tt.entries, signed)
		ring, second := rings["first"], rings["second"]
		if waits := second.Arriving == nil; waits != (len(second.Behind) == 1) {
			t.Errorf("the second ring has %+v on its way in, and %+v waits", second.Arriving, second.Behind)
		}
		if ring.State != status.Ready || !strings.HasPrefix(ring.Reason.String(), tt.reason) {
			t.Errorf("the ring is %s: %s, want %q", ring.State, ring.Reason, tt.reason)
		}
		if !slices.ContainsFunc(ring.Advice, func(a status.Advice) bool {
			return a.Text.String() == tt.advice && slices.Equal(a.Commands, tt.commands)
		}) {
			t.Errorf("the advice lacks %q with %q: %+v", tt.advice, tt.commands, ring.Advice)
		}
	}
}

// Every code that can hold an image has advice of its own.
func TestEveryHoldHasAdvice(t *testing.T) {
	for _, code := range holding {
		if text := status.Todo(code); strings.HasPrefix(text, "Look into it") {
			t.Errorf("there is no advice for %s", code)
		}
	}
}

var holding = []ringpolicy.Code{
	ringpolicy.CodeSoakRunning, ringpolicy.CodeSoakStartMissing, ringpolicy.CodeSoakExpired, ringpolicy.CodeClockSkewExcessive,
	ringpolicy.CodeUpstreamMissing, ringpolicy.CodeIdentityMismatch, ringpolicy.CodeVerificationRevoked, ringpolicy.CodeSupersededUpstream,
	ringpolicy.CodeCheckFailed, ringpolicy.CodeCheckPending, ringpolicy.CodeCheckMissing, ringpolicy.CodeCheckSkipped, ringpolicy.CodeCheckOrderAmbiguous,
	ringpolicy.CodeSignalFailing, ringpolicy.CodeMetricViolated, ringpolicy.CodeMetricMissing, ringpolicy.CodeMetricNotANumber, ringpolicy.CodeMetricFewSamples,
	ringpolicy.CodeMetricStale, ringpolicy.CodeMetricBeforeDeploy, ringpolicy.CodeBaselineMissing, ringpolicy.CodeBaselineZero, ringpolicy.CodeIncidentOpen,
	ringpolicy.CodePersonUnknown, ringpolicy.CodeApprovalPending, ringpolicy.CodeApprovalRejected, ringpolicy.CodeApprovalsStale, ringpolicy.CodeSignOffMissing, ringpolicy.CodeSignOffRefused,
	ringpolicy.CodeSignOffStale, ringpolicy.CodeWindowClosed, ringpolicy.CodeFreezeActive, ringpolicy.CodeNoOpeningWithinHorizon, ringpolicy.CodeLocked,
	ringpolicy.CodeQuarantined, ringpolicy.CodeFailedHere, ringpolicy.CodeNotSettled, ringpolicy.CodeDowngrade, ringpolicy.CodeHistoryDiverged, ringpolicy.CodeOverrideFail,
	ringpolicy.CodeRollbackRecommended, ringpolicy.CodeRollbackScheduled, ringpolicy.CodeRollbackCooldown, ringpolicy.CodeRollbackLoopGuard, ringpolicy.CodeNoRollbackTarget,
}

// What an evidence file says of one image is not said of another.
func TestQuestionsKeepImagesApart(t *testing.T) {
	policy, err := ringpolicy.Parse("rings.yml", []byte(rings))
	if err != nil {
		t.Fatal(err)
	}
	entries := []ledger.Entry{entry(0, "first", ringpolicy.OutcomeSuccess, "a"), entry(0, "third", ringpolicy.OutcomeSuccess, "b")}
	asked := questions(policy, start.Add(time.Hour), entries, func(e *ringpolicy.Evidence) {
		e.Subject = ringpolicy.Subject{Digest: digest("a"), Author: "octocat", To: "second"}
	})
	for _, q := range asked {
		s := q.Evidence.Subject
		if ours := s.Digest == digest("a"); ours != (s.Author == "octocat") {
			t.Errorf("%s → %s: the author of %.12s is %q", q.From, q.To, s.Digest, s.Author)
		}
		if known := q.From == "first" && q.To == "second"; known != (q.Evidence.Ancestry != "") {
			t.Errorf("%s → %s: ancestry = %q, want it for first → second alone", q.From, q.To, q.Evidence.Ancestry)
		}
		if s.To != q.To {
			t.Errorf("%s → %s asks about %s", q.From, q.To, s.To)
		}
	}
	if len(asked) != 5 { // first: itself, second, third; third: itself, last
		t.Errorf("%d questions, want 5", len(asked))
	}
}

// The same facts give the same bytes, and stay as they were.
func TestPure(t *testing.T) {
	policy, err := ringpolicy.Parse("rings.yml", []byte(rings))
	if err != nil {
		t.Fatal(err)
	}
	entries := []ledger.Entry{entry(0, "first", ringpolicy.OutcomeSuccess, "a"), entry(time.Hour, "second", ringpolicy.OutcomeRolledBack, "b"), entry(time.Hour, "last", ringpolicy.OutcomeInProgress, "c")}
	now := start.Add(50 * time.Hour)
	f, before := facts(policy, now, entries, nil), facts(policy, now, entries, nil)
	var texts []string
	for range 5 {
		image, err := status.Of(policy, f, status.Questions(policy, f))
		if err != nil {
			t.Fatal(err)
		}
		b, err := json.Marshal(status.New(policy, now, image))
		if err != nil {
			t.Fatal(err)
		}
		texts = append(texts, string(b))
	}
	for _, text := range texts[1:] {
		if text != texts[0] {
			t.Errorf("two reports of the same facts differ:\n%s\n%s", texts[0], text)
		}
	}
	if !reflect.DeepEqual(f, before) {
		t.Error("the facts were changed")
	}
	if strings.Contains(texts[0], `":null,"rings`) || strings.Contains(texts[0], "[null") {
		t.Errorf("a list is null: %s", texts[0])
	}
}

// The headline names the ring that needs attention most, and counts the rest.
func TestHeadline(t *testing.T) {
	policy := ringpolicy.Builtin()
	ring := func(name string, s status.State) status.Ring {
		return status.Ring{Name: name, State: s, Reason: status.Text{"so it is"}}
	}
	free := func(name string, arriving bool) status.Ring {
		r := ring(name, status.Ready)
		r.Moves = []status.Move{{To: "next", Decision: ringpolicy.Promote.String(), Arriving: arriving}}
		return r
	}
	held := func(name string, kind ringpolicy.HoldKind) status.Ring {
		r, text := ring(name, status.Held), kind.String()
		r.Moves = []status.Move{{To: "next", Decision: ringpolicy.Hold.String(), HoldKind: &text}}
		return r
	}
	for _, tt := range []struct {
		rings []status.Ring
		want  string
	}{
		{nil, "There are no rings."},
		{[]status.Ring{free("a", false)}, "The image of a may move on into next now."},
		{[]status.Ring{free("a", true)}, "The image of a is on its way into next."},
		{[]status.Ring{ring("a", status.Empty)}, "Nothing is deployed yet."},
		{[]status.Ring{ring("a", status.Settled), ring("b", status.Empty)}, "Every ring is healthy and no image waits."},
		{[]status.Ring{ring("a", status.Soaking), ring("b", status.Settled)}, "Every ring is healthy; a waits for time alone: so it is."},
		{[]status.Ring{ring("a", status.Stuck), ring("b", status.Overdue)}, "b is overdue: so it is. One more ring needs attention."},
		{[]status.Ring{ring("a", status.Stuck), ring("b", status.Stuck), ring("c", status.Unhealthy)}, "c is unhealthy: so it is. 2 more rings need attention."},
		{[]status.Ring{held("a", ringpolicy.HoldFailed), held("b", ringpolicy.HoldPending)}, "a is held: so it is. One more ring needs attention."}, // the worse hold
		{[]status.Ring{held("a", ringpolicy.HoldFailed), held("b", ringpolicy.HoldFailed)}, "b is held: so it is. One more ring needs attention."},  // nearer to the users
	} {
		if got := status.New(policy, start, status.Image{Rings: tt.rings}).Headline.String(); got != tt.want {
			t.Errorf("headline = %q, want %q", got, tt.want)
		}
	}
}

// No advice is to override what the policy forbids to override.
func TestAdviceAboutOverrides(t *testing.T) {
	for waivable, want := range map[string]bool{"true": true, "false": false} {
		policy, err := ringpolicy.Parse("rings.yml", []byte("version: 1\nrings: [{name: first}, {name: second, entry: [{id: calm, waivable: "+waivable+", incidents: {severities: [P0]}}]}]"))
		if err != nil {
			t.Fatal(err)
		}
		f := facts(policy, start.Add(time.Hour), []ledger.Entry{entry(0, "first", ringpolicy.OutcomeSuccess, "a")}, func(e *ringpolicy.Evidence) {
			e.Incidents = []ringpolicy.Incident{{ID: "7", Severity: "P0", OpenedAt: start}}
		})
		image, err := status.Of(policy, f, status.Questions(policy, f))
		if err != nil {
			t.Fatal(err)
		}
		var given []string
		for _, a := range image.Rings[0].Advice {
			if a.Code == string(ringpolicy.CodeIncidentOpen) {
				given = append(given, a.Text.String())
			}
		}
		if len(given) != 1 || strings.Contains(given[0], "/override") != want {
			t.Errorf("waivable %s: advice %q, want one, with /override: %v", waivable, given, want)
		}
	}
}

// An image that lacks a commit that the next ring runs is built anew with it, or let in by a person: no advice is to take anything out.
func TestAdviceAboutDivergedHistory(t *testing.T) {
	policy, err := ringpolicy.Parse("rings.yml", []byte("version: 1\nrings: [{name: first, soak: {min: 1h}}, {name: second}]"))
	if err != nil {
		t.Fatal(err)
	}
	f := facts(policy, start.Add(time.Hour), []ledger.Entry{entry(-time.Hour, "second", ringpolicy.OutcomeSuccess, "b"), entry(0, "first", ringpolicy.OutcomeSuccess, "a")}, nil)
	asked := status.Questions(policy, f)
	for i := range asked {
		asked[i].Evidence.Ancestry = ringpolicy.AncestryDiverged
	}
	image, err := status.Of(policy, f, asked)
	if err != nil {
		t.Fatal(err)
	}
	const want = "first → second: Newer than what the ring runs (diverged from what the ring runs). The next ring runs a commit that this image was built without. " +
		"Promote an image that has both: merge that commit into the branch, or rebase onto it, and build again " +
		"(of a pull request that is merged by now, promote the image of the branch that it was merged into), or override it (/override ancestry second reason)."
	given := image.Rings[0].Advice
	if !slices.ContainsFunc(given, func(a status.Advice) bool {
		return a.Code == "history_diverged" && a.Text.String() == want && len(a.Commands) == 0
	}) {
		t.Errorf("the advice lacks\n%s\n%+v", want, given)
	}
}

// An image that is proven bad in a ring before is held there: no advice is to take it back unseen, and the override
// that helps names the ring before.
func TestAdviceAboutWhatIsProvenBad(t *testing.T) {
	rings := ask(t, start.Add(30*time.Hour), []ledger.Entry{
		entry(0, "first", ringpolicy.OutcomeSuccess, "a"), entry(25*time.Hour, "third", ringpolicy.OutcomeSuccess, "a"), entry(25*time.Hour, "second", ringpolicy.OutcomeSuccess, "a"),
	}, func(e *ringpolicy.Evidence) {
		facts := e.Rings["first"]
		facts.Signals = []ringpolicy.Signal{{Kind: ringpolicy.SignalTestFailure, State: ringpolicy.SignalFailing, At: start.Add(time.Hour), Digest: digest("a")}}
		e.Rings["first"] = facts
	})
	const want = "third → last: No rollback needed in first (test failure failing in first). Look at the container in first and its log. Where the image is at fault, promote a repaired build; where it is not, record a passing signal of that kind for first, or override it (/override rollback first reason)."
	if !slices.ContainsFunc(rings["third"].Advice, func(a status.Advice) bool {
		return a.Code == "signal_failing" && a.Text.String() == want && len(a.Commands) == 0
	}) {
		t.Errorf("the advice lacks\n%s\n%+v", want, rings["third"].Advice)
	}
	if third := rings["third"]; third.State != status.Held {
		t.Errorf("third is %s, want held", third.State)
	}
}

// TestOvertaken: of the images that a ring before no longer runs, the newest is told of that may come in while the one that it
// runs may not.
func TestOvertaken(t *testing.T) {
	in := func(hours time.Duration, ring, of string) ledger.Entry {
		return entry(hours*time.Hour, ring, ringpolicy.OutcomeSuccess, of)
	}
	way := func(hours time.Duration, of string) ledger.Entry {
		return entry(hours*time.Hour, "third", ringpolicy.OutcomeInProgress, of)
	}
	for _, tt := range []struct {
		name    string
		entries []ledger.Entry
		want    string
	}{
		{"soaked, and overtaken by one that soaks", []ledger.Entry{in(0, "first", "a"), in(30, "first", "b")}, "b hold, a promote overtaken"},
		{"the newest of two", []ledger.Entry{in(0, "first", "a"), in(24, "first", "b"), in(48, "first", "c")}, "c hold, b promote overtaken"},
		{"the newer one may move as well", []ledger.Entry{in(0, "first", "a"), in(25, "first", "b")}, "b promote"},
		{"overtaken before its soak was over", []ledger.Entry{in(10, "first", "a"), in(30, "first", "b")}, "b hold"},
		{"the ring had it already", []ledger.Entry{in(0, "first", "a"), in(24, "third", "a"), in(30, "first", "b")}, "b hold"},
		{"it is on its way in", []ledger.Entry{in(0, "first", "a"), in(30, "first", "b"), way(40, "a")}, "b hold"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			now := start.Add(50 * time.Hour)
			ring := ask(t, now, tt.entries, nil)["third"]
			var got []string
			for _, w := range ring.Behind {
				text := map[string]string{digest("a"): "a", digest("b"): "b", digest("c"): "c"}[w.Digest] + " " + w.Decision
				if w.Overtaken {
					text += " overtaken"
				}
				got = append(got, text)
			}
			if got := strings.Join(got, ", "); got != tt.want {
				t.Errorf("waiting to come in: %s, want %s", got, tt.want)
			}
			advised := slices.ContainsFunc(ring.Advice, func(a status.Advice) bool {
				return a.Code == status.Overtaken && len(a.Commands) == 1 && strings.HasPrefix(a.Commands[0], "deployment-rings promote --image ghcr.io/acme/app --ring third --digest sha256:")
			})
			if want := strings.Contains(tt.want, "overtaken"); advised != want {
				t.Errorf("advice to promote it: %v, want %v: %v", advised, want, ring.Advice)
			}
		})
	}
}
