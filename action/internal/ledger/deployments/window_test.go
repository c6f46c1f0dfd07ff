package deployments_test

import (
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/wizzense/deployment-rings/action/internal/github/githubtest"
	"github.com/wizzense/deployment-rings/action/internal/ledger"
	"github.com/wizzense/deployment-rings/action/internal/ledger/deployments"
	"github.com/wizzense/deployment-rings/action/internal/ledger/jsonl"
	"github.com/wizzense/deployment-rings/ringpolicy"
)

// A life is what happens to some images in two rings, one after the other. Jobs make deployments in between.
type life struct {
	*rand.Rand
	t       testing.TB
	fake    *githubtest.GitHub
	hub     *deployments.Ledger
	file    jsonl.File // has the same, and is always read whole
	now     time.Time
	runs    map[string][]string // by ring: what came into service, the newest last
	images  int
	jobs    int // of a hundred steps
	noGraph bool
}

func numbered(n int) string { return fmt.Sprintf("sha256:%064x", 1+n) }
func commitOf(n int) string { return fmt.Sprintf("%040x", 1+n) }
func digestsOf(n int) (all []string) {
	for i := range n {
		all = append(all, numbered(i))
	}
	return all
}

func newLife(t *testing.T, seed uint64) *life {
	l := &life{Rand: rand.New(rand.NewPCG(seed, 1)), t: t, now: noon.AddDate(-1, 0, 0), runs: map[string][]string{}}
	l.images, l.jobs, l.noGraph = 4+l.IntN(60), []int{0, 20, 90}[l.IntN(3)], l.IntN(5) == 0
	state := repository()
	state.LastID = 1 + int64(l.IntN(2))*3_000_000_000
	for n := range l.images {
		state.Commits = append(state.Commits, githubtest.Commit{SHA: commitOf(n)})
	}
	for range 60 * l.IntN(3) { // jobs were there before
		keep(&state, kept{"canary", `""`, nil}, kept{"production", `""`, nil})
	}
	l.fake = githubtest.New(state)
	l.fake.Now = func() time.Time { return l.now }
	l.hub = ledgerOf(t, l.fake)
	l.file = jsonl.File{Path: filepath.Join(t.TempDir(), "ledger.jsonl")}
	return l
}

// say records an entry in both ledgers.
func (l *life) say(ring string, n int, change func(*ledger.Entry)) {
	l.t.Helper()
	l.now = l.now.Add(time.Duration(1+l.IntN(60)) * time.Minute)
	e := ledger.Entry{At: l.now, Ring: ring, Digest: numbered(n), Revision: commitOf(n), Images: []string{"ghcr.io/acme/app"}}
	change(&e)
	if e.Signal != "" {
		e.Revision = ""
	}
	for _, to := range []ledger.Ledger{l.hub, l.file} {
		if _, err := to.Append(l.t.Context(), e); err != nil {
			l.t.Fatalf("%+v: %v", e, err)
		}
	}
}

func (l *life) outcome(ring string, n int, outcome ringpolicy.Outcome, rollback bool) {
	l.t.Helper()
	l.say(ring, n, func(e *ledger.Entry) { e.Outcome, e.Rollback = outcome, rollback })
}

// step lets something happen.
func (l *life) step() {
	l.t.Helper()
	ring := []string{"ring-0", "production"}[l.IntN(2)]
	if l.IntN(100) < l.jobs {
		l.fake.RunJob(l.hub.Environments[ring], sha("1"))
		return
	}
	n := l.IntN(l.images)
	had := l.runs[ring]
	switch l.IntN(10) {
	case 0: // goes back
		if len(had) < 2 {
			return
		}
		to := had[l.IntN(len(had)-1)]
		bad, good := slices.Index(digestsOf(l.images), had[len(had)-1]), slices.Index(digestsOf(l.images), to)
		if bad == good {
			return
		}
		l.outcome(ring, bad, ringpolicy.OutcomeRolledBack, false)
		l.outcome(ring, good, ringpolicy.OutcomeSuccess, true)
		l.runs[ring] = append(had, to)
		return
	case 1, 2, 3:
		if len(had) > 0 {
			state := []ringpolicy.SignalState{ringpolicy.SignalPassing, ringpolicy.SignalFailing}[l.IntN(2)]
			l.say(ring, slices.Index(digestsOf(l.images), had[len(had)-1]), func(e *ledger.Entry) { e.Signal, e.State = ringpolicy.SignalHealthCheck, state })
			return
		}
	}
	l.say(ring, n, func(e *ledger.Entry) { e.Outcome, e.DecisionID = ringpolicy.OutcomeInProgress, image("d") })
	switch l.IntN(4) {
	case 0:
		l.outcome(ring, n, ringpolicy.OutcomeFailure, false)
	case 1: // it goes on
	default:
		l.outcome(ring, n, ringpolicy.OutcomeSuccess, false)
		l.runs[ring] = append(had, numbered(n))
	}
}

// decided is what decisions take from a reading of a ring.
type decided struct {
	Runs, Opened, Failed, Back string
	Newest                     []string // stays, at most two
	Signals                    int      // of what runs, since it runs
	Quarantined                []string // of the images that are known
	Ended                      []string // how the newest deployments of these ended
}

func decide(t *testing.T, read ledger.Reading, ring string, known []string, now time.Time) (d decided) {
	t.Helper()
	facts := read.Facts(ring)
	runs, _ := read.Current(ring)
	opened, _ := read.Open(ring, now)
	failed, _ := facts.Failed(now)
	d.Runs, d.Opened, d.Failed = runs.Digest, opened.Digest, failed.Digest
	stays := facts.Stays()
	for _, s := range stays[max(0, len(stays)-2):] {
		d.Newest = append(d.Newest, s.Digest)
	}
	for _, s := range facts.Signals {
		if len(stays) > 0 && s.Digest == runs.Digest && !s.At.Before(stays[len(stays)-1].From) {
			d.Signals++
		}
	}
	quarantine := read.Quarantine("", ring)
	for _, q := range quarantine {
		if q.Ring == ring && slices.Contains(known, q.Digest) {
			d.Quarantined = append(d.Quarantined, q.Digest)
		}
	}
	for _, digest := range known {
		i := slices.IndexFunc(facts.History, func(r ringpolicy.Record) bool { return r.Digest == digest })
		for j, r := range facts.History {
			if r.Digest == digest && r.Outcome != ringpolicy.OutcomeInProgress {
				i = j
			}
		}
		if i >= 0 {
			d.Ended = append(d.Ended, digest+" "+string(facts.History[i].Outcome))
		}
	}
	policy, err := ringpolicy.Parse("rings.yml", []byte("version: 1\nrings: [{name: "+ring+"}]"))
	if err != nil {
		t.Fatal(err)
	}
	back, err := policy.RollbackByHand(ringpolicy.Evidence{
		Now: now, Subject: ringpolicy.Subject{To: ring}, Rings: map[string]ringpolicy.RingFacts{ring: facts}, Quarantine: quarantine,
	}, "")
	if err != nil {
		t.Fatal(err)
	}
	d.Back = back.From + " " + back.To + " " + string(back.ReasonCode)
	return d
}

// live lets a life go on, and compares at its end what decisions take from both ledgers.
func live(t *testing.T, seed uint64, steps int) (partly bool) {
	l := newLife(t, seed)
	for range steps {
		l.step()
	}
	l.fake.Change(func(s *githubtest.State) { s.NoGraphQL = l.noGraph })
	now := l.now.Add(time.Minute)
	rings := []string{"ring-0", "production"}
	whole, err := l.file.Read(t.Context(), rings...)
	if err != nil {
		t.Fatal(err)
	}
	from := ledgerOf(t, l.fake)
	from.SetPage(40)
	read, err := from.ReadAbout(t.Context(), ledger.About{Images: [][]string{{"ghcr.io/acme/app"}}, Now: now}, rings...)
	if err != nil {
		t.Fatalf("seed %d: %v", seed, err)
	}
	for _, ring := range rings {
		if read.Facts(ring).History == nil {
			t.Errorf("seed %d: what %s runs is not known", seed, ring)
			continue
		}
		var known []string
		for _, digest := range digestsOf(l.images) {
			if read.Knows(ring, digest) {
				known = append(known, digest)
			}
		}
		partly = partly || !read.Knows(ring, "sha256:none")
		want, got := decide(t, whole, ring, known, now), decide(t, read, ring, known, now)
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("seed %d, %s of %d images, with %d in a hundred of jobs: decided by all, and by what was read (-want +got):\n%s", seed, ring, l.images, l.jobs, diff)
		}
	}
	return partly
}

// TestWhatIsReadIsEnough: decisions by the part of a ledger that is read are those by all of it.
func TestWhatIsReadIsEnough(t *testing.T) {
	partly := 0
	for seed := range uint64(12) {
		if live(t, seed, 200) {
			partly++
		}
	}
	if partly < 4 {
		t.Errorf("%d of 12 ledgers were read in part, want at least 4: the others prove nothing", partly)
	}
}

// TestLooksBack: where the newest deployments do not show what a ring runs, and what it could go back to, more are read.
func TestLooksBack(t *testing.T) {
	state := repository()
	keep(&state, slices.Repeat([]kept{{"canary", `""`, nil}}, 200)...)
	for n := range 40 {
		story := kept{"canary", payloadOf("ring-0", "e", fmt.Sprintf(`,"revision":%q`, sha("1"))), []string{"09:00:00 failure"}}
		switch n {
		case 0:
			story = kept{"canary", payloadOf("ring-0", "b", ""), []string{"08:10:00 success"}}
		case 30:
			story = kept{"canary", payloadOf("ring-0", "a", ""), []string{"08:20:00 success"}}
		}
		keep(&state, story)
	}
	fake := githubtest.New(state)
	day := noon.AddDate(0, 0, 3) // nothing is open
	for _, c := range []struct {
		about ledger.About
		back  string
	}{{ledger.About{Now: day}, image("b")}, {ledger.About{Now: day, NoTarget: true}, ""}} {
		read, err := ledgerOf(t, fake).ReadAbout(t.Context(), c.about, "ring-0")
		if err != nil {
			t.Fatal(err)
		}
		runs, _ := read.Current("ring-0")
		back := ""
		for _, stay := range read.Facts("ring-0").Stays() {
			if stay.Digest != runs.Digest {
				back = stay.Digest
			}
		}
		if runs.Digest != image("a") || back != c.back {
			t.Errorf("Read(%+v): runs %q, and before that %q, want %q and %q", c.about, runs.Digest, back, image("a"), c.back)
		}
	}
}

// TestWhatMayBeOpen: a deployment that began within a day is open, however many came after it.
func TestWhatMayBeOpen(t *testing.T) {
	state := repository()
	keep(&state, slices.Repeat([]kept{{"canary", `""`, nil}}, 200)...)
	keep(&state, kept{"canary", payloadOf("ring-0", "d", ""), []string{"08:00:00 in_progress"}})
	keep(&state, slices.Repeat([]kept{{"canary", payloadOf("ring-0", "a", ""), []string{"09:00:00 success"}}, {"canary", payloadOf("ring-0", "b", ""), []string{"09:30:00 success"}}}, 30)...)
	read, err := ledgerOf(t, githubtest.New(state)).ReadAbout(t.Context(), ledger.About{Now: noon}, "ring-0")
	if err != nil {
		t.Fatal(err)
	}
	if open, ok := read.Open("ring-0", noon); !ok || open.Digest != image("d") {
		t.Errorf("Open = %q, %t, want %q", open.Digest, ok, image("d"))
	}
}

// TestReadOlder asks for an image that is not among the newest: before, nothing is known of it, and then all.
func TestReadOlder(t *testing.T) {
	state := repository()
	keep(&state, slices.Repeat([]kept{{"canary", `""`, nil}}, 200)...)
	keep(&state, kept{"canary", payloadOf("ring-0", "c", ""), []string{"08:00:00 success", "08:10:00 inactive rolled_back"}}, kept{"canary", payloadOf("ring-1", "c", ""), []string{"08:00:00 success"}})
	other := fmt.Sprintf(`,"revision":%q`, sha("2")) // of which no deployment is, so that these are not looked for by it
	keep(&state, slices.Repeat([]kept{{"canary", payloadOf("ring-0", "a", other), []string{"09:00:00 success"}}, {"canary", payloadOf("ring-0", "b", other), []string{"09:30:00 success"}}}, 30)...)
	for _, status := range []int{0, 403, 404, 500} {
		fake := githubtest.New(state)
		l := ledgerOf(t, fake)
		read, err := l.ReadAbout(t.Context(), ledger.About{Now: noon.AddDate(0, 0, 3)}, "ring-0", "staging")
		if err != nil || read.Knows("ring-0", image("c")) || read.Quarantine(image("c"), "ring-0", "staging") != nil || read.Quarantine("", "ring-0") == nil {
			t.Fatalf("Read = %v, knows an image that is not among the newest: %t", err, read.Knows("ring-0", image("c")))
		}
		if status != 0 {
			fake.Break(githubtest.Fault{Route: "GET /deployments", Status: status})
		}
		read, err = l.ReadOlder(t.Context(), read, image("c"), sha("1"))
		quarantine := read.Quarantine(image("c"), "ring-0", "staging")
		if status == 0 && (err != nil || len(quarantine) != 1 || quarantine[0].Digest != image("c")) {
			t.Errorf("ReadOlder = %v, quarantine %v, want %s", err, quarantine, image("c"))
		}
		if status != 0 && (err == nil || quarantine != nil) {
			t.Errorf("%d: ReadOlder = %v, quarantine %v, want an error and none collected", status, err, quarantine)
		}
	}
}

// TestHiddenRecords has an image that a long ring took back, where nothing finds that record, and that another ring ran, of which all
// records are listed: of the long ring the image is not known, whoever asks.
func TestHiddenRecords(t *testing.T) {
	other := fmt.Sprintf(`,"revision":%q`, sha("2"))
	for _, c := range []struct {
		name, commit string
		jobs         int
		asked        string // the error where its records are asked for by that commit; "": none, though it does not find all
	}{
		{"its commit has more deployments than are listed", sha("1"), 600, "has more than"},
		{"its commit is not in the repository", sha("8"), 0, "look for commit"},
		{"its records are of another commit, and its own came to the repository later", sha("3"), 0, ""},
	} {
		state, more := repository(), fmt.Sprintf(`,"revision":%q`, c.commit)
		keep(&state, slices.Repeat([]kept{{"canary", `""`, nil}}, c.jobs)...)
		keep(&state, kept{"canary", payloadOf("ring-0", "c", more), []string{"08:00:00 success", "08:10:00 inactive rolled_back"}})
		keep(&state, slices.Repeat([]kept{{"canary", payloadOf("ring-0", "a", other), []string{"09:00:00 success"}}, {"canary", payloadOf("ring-0", "b", other), []string{"09:30:00 success"}}}, 80)...)
		keep(&state, kept{"staging", payloadOf("staging", "c", more), []string{"10:00:00 success"}})
		l := ledgerOf(t, githubtest.New(state))
		read, err := l.ReadAbout(t.Context(), ledger.About{Now: noon.AddDate(0, 0, 3)}, "ring-0", "staging")
		if _, there := read.Ring("ring-0"); err != nil || !there || read.Knows("ring-0", image("c")) || read.Quarantine(image("c"), "ring-0", "staging") != nil {
			t.Errorf("%s: Read = %v, knows the image: %t", c.name, err, read.Knows("ring-0", image("c")))
		}
		read, err = l.ReadOlder(t.Context(), read, image("c"), c.commit)
		if c.asked == "" && err != nil || c.asked != "" && (err == nil || !strings.Contains(err.Error(), c.asked)) || read.Quarantine(image("c"), "ring-0", "staging") != nil {
			t.Errorf("%s: ReadOlder = %v, quarantine %v, want the error %q and none collected", c.name, err, read.Quarantine(image("c"), "ring-0", "staging"), c.asked)
		}
	}
}

func FuzzWhatIsReadIsEnough(f *testing.F) {
	f.Add(uint64(1), uint8(50))
	f.Fuzz(func(t *testing.T, seed uint64, steps uint8) { live(t, seed, int(steps)) })
}
