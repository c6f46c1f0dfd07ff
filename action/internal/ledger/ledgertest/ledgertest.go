// Package ledgertest holds every ledger to the same behaviour.
package ledgertest

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/wizzense/deployment-rings/action/internal/ledger"
	"github.com/wizzense/deployment-rings/ringpolicy"
)

// Run tests a kind of ledger. For each test, empty makes a ledger in which nothing is recorded.
//
// The tests compare neither ids nor times with what was appended, since a ledger may have a clock of its own. They
// record signals only of the image that the ring runs, and what continues a deployment repeats what its beginning said.
func Run(t *testing.T, empty func(t *testing.T) ledger.Ledger) {
	for name, test := range map[string]func(*testing.T, ledger.Ledger){
		"nothing recorded":     nothingRecorded,
		"one of everything":    oneOfEverything,
		"images are apart":     imagesAreApart,
		"one image, two names": oneImageTwoNames,
		"order":                order,
		"rings are apart":      ringsAreApart,
		"in progress, success": inProgressThenSuccess,
		"failure revokes":      failureRevokes,
		"rollback":             rollback,
		"deployed again":       deployedAgain,
		"signals":              signals,
		"hostile reasons":      hostileReasons,
		"refused entries":      refusedEntries,
		"writers at once":      writersAtOnce,
		"cancelled":            cancelled,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			test(t, empty(t))
		})
	}
}

// A history is told with times a minute apart.
var begin = time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)

func digest(c string) string { return "sha256:" + strings.Repeat(c, 64) }

// entry is an outcome of image c in ring-0, by the number of minutes after the beginning.
func entry(minute int, c string, outcome ringpolicy.Outcome) ledger.Entry {
	return ledger.Entry{
		At: begin.Add(time.Duration(minute) * time.Minute), Ring: "ring-0",
		Outcome: outcome, Digest: digest(c), Revision: strings.Repeat(c, 40),
	}
}

func signal(minute int, c string, kind ringpolicy.SignalKind, state ringpolicy.SignalState) ledger.Entry {
	e := entry(minute, c, "")
	e.Signal, e.State = kind, state
	return e
}

// store appends entries one after the other.
func store(t *testing.T, l ledger.Ledger, entries ...ledger.Entry) {
	t.Helper()
	for i, e := range entries {
		if id, err := l.Append(t.Context(), e); err != nil || id == "" {
			t.Fatalf("Append of entry %d = %q, %v, want an id", i, id, err)
		}
	}
}

func read(t *testing.T, l ledger.Ledger, ring string) []ledger.Entry {
	t.Helper()
	all, err := l.Read(t.Context(), ring)
	if err != nil {
		t.Fatalf("Read(%q): %v", ring, err)
	}
	entries, read := all.Ring(ring)
	if !read {
		t.Fatalf("Read(%q) has not read the ring and gives no error", ring)
	}
	return entries
}

// reading is what ring-0 comes to.
func reading(entries []ledger.Entry) (r ledger.Reading) {
	r.Add("ring-0", entries...)
	return r
}

// entriesOf are the anonymous entries of each ring that was read.
func entriesOf(r ledger.Reading) map[string][]ledger.Entry {
	all := map[string][]ledger.Entry{}
	for _, ring := range r.Rings() {
		entries, _ := r.Ring(ring)
		all[ring] = anonymous(entries)
	}
	return all
}

// expect reads a ring and compares it with what was appended.
func expect(t *testing.T, l ledger.Ledger, ring string, want ...ledger.Entry) []ledger.Entry {
	t.Helper()
	got := read(t, l, ring)
	if diff := cmp.Diff(anonymous(want), anonymous(got)); diff != "" {
		t.Fatalf("%s reads otherwise than it was written (-want +got):\n%s", ring, diff)
	}
	sound(t, got)
	return got
}

// anonymous entries have no id and no time.
func anonymous(entries []ledger.Entry) []ledger.Entry {
	all := make([]ledger.Entry, len(entries))
	for i, e := range entries {
		e.ID, e.At = "", time.Time{}
		all[i] = e
	}
	return all
}

// sound entries are in order, each with a time and an id of its own.
func sound(t *testing.T, entries []ledger.Entry) {
	t.Helper()
	seen := map[string]bool{}
	for _, e := range entries {
		if e.ID == "" || seen[e.ID] || e.At.IsZero() {
			t.Fatalf("%+v, want an id of its own and a time", e)
		}
		seen[e.ID] = true
	}
	if !slices.IsSortedFunc(entries, ledger.Compare) {
		t.Fatalf("not in order: %+v", entries)
	}
}

func nothingRecorded(t *testing.T, l ledger.Ledger) {
	other := entry(0, "a", ringpolicy.OutcomeSuccess)
	other.Ring = "staging"
	store(t, l, other)
	all, err := l.Read(t.Context(), "ring-0", "ring-1")
	want := map[string][]ledger.Entry{"ring-0": {}, "ring-1": {}}
	if diff := cmp.Diff(want, entriesOf(all)); diff != "" || err != nil {
		t.Fatalf("Read of rings without a record: %v (-want +got):\n%s", err, diff)
	}
	if got := all.Quarantine("", "ring-0", "ring-1"); got == nil || len(got) != 0 {
		t.Errorf("Quarantine = %#v, want an empty list", got)
	}
	if got := all.Quarantine("", "ring-0", "staging"); got != nil {
		t.Errorf("Quarantine = %#v, want nil: staging was not asked for", got)
	}
	store(t, l, entry(0, "a", ringpolicy.OutcomeSuccess))
	expect(t, l, "ring-1")
}

func oneOfEverything(t *testing.T, l ledger.Ledger) {
	e := entry(0, "a", ringpolicy.OutcomeSuccess)
	e.PullRequest, e.Version, e.Rollback, e.DecisionID = 123, "1.5.0-rc.1+build.7", true, digest("d")
	e.Images = []string{"ghcr.io/acme/app", "localhost:5000/acme/app"}
	e.Reason, e.URL = "promoted by the schedule", "https://github.com/wizzense/AitherZero/actions/runs/7"
	e.Run, e.Attempt = 9_876_543_210, 2
	store(t, l, e)
	expect(t, l, "ring-0", e)
	f := entry(1, "b", ringpolicy.OutcomeFailure)
	f.NotDeployed, f.Reason = true, "the tag could not be moved"
	bare := entry(2, "c", ringpolicy.OutcomeFailure)
	bare.NotDeployed = true
	store(t, l, f, bare)
	expect(t, l, "ring-0", e, f, bare)
}

// All of these fall into one second for a ledger that keeps its own time.
func order(t *testing.T, l ledger.Ledger) {
	var want []ledger.Entry
	for i, c := range strings.Split("fedcba9876543210", "") {
		want = append(want, entry(i, c, ringpolicy.OutcomeSuccess))
	}
	store(t, l, want...)
	got := expect(t, l, "ring-0", want...)
	if now, ok := reading(got).Current("ring-0"); !ok || now.Digest != digest("0") {
		t.Errorf("Current = %+v, %t, want the last image", now, ok)
	}
}

func ringsAreApart(t *testing.T, l ledger.Ledger) {
	one, two, three := entry(0, "a", ringpolicy.OutcomeSuccess), entry(1, "a", ringpolicy.OutcomeInProgress), entry(2, "a", ringpolicy.OutcomeFailure)
	two.Ring, three.Ring = "ring-1", "production"
	store(t, l, one, two, three)
	expect(t, l, "ring-1", two)

	all, err := l.Read(t.Context(), "production", "ring-0", "staging")
	if err != nil {
		t.Fatal(err)
	}
	want := map[string][]ledger.Entry{"production": anonymous([]ledger.Entry{three}), "ring-0": anonymous([]ledger.Entry{one}), "staging": {}}
	if diff := cmp.Diff(want, entriesOf(all)); diff != "" {
		t.Errorf("Read of three rings (-want +got):\n%s", diff)
	}
}

// of is an entry about an image with names.
func of(e ledger.Entry, names ...string) ledger.Entry {
	e.Images = names
	return e
}

// Two images of a repository are in the same ring, and once they are built alike. What happens to one says nothing of
// the other.
func imagesAreApart(t *testing.T, l ledger.Ledger) {
	const app, worker = "ghcr.io/acme/app", "ghcr.io/acme/worker"
	all := []ledger.Entry{
		of(entry(0, "a", ringpolicy.OutcomeSuccess), app), of(entry(1, "b", ringpolicy.OutcomeSuccess), worker),
		of(entry(2, "c", ringpolicy.OutcomeInProgress), worker), of(entry(3, "c", ringpolicy.OutcomeFailure), worker),
		of(entry(4, "d", ringpolicy.OutcomeSuccess), app), of(signal(5, "d", ringpolicy.SignalHealthCheck, ringpolicy.SignalFailing), app),
		of(entry(6, "d", ringpolicy.OutcomeSuccess), worker), of(entry(7, "d", ringpolicy.OutcomeFailure), worker),
	}
	store(t, l, all...)
	got := expect(t, l, "ring-0", all...)
	for name, want := range map[string][]ringpolicy.Outcome{
		app:                   {ringpolicy.OutcomeSuccess, ringpolicy.OutcomeSuccess},
		worker:                {ringpolicy.OutcomeSuccess, ringpolicy.OutcomeFailure, ringpolicy.OutcomeSuccess, ringpolicy.OutcomeFailure},
		"ghcr.io/acme/newest": nil,
	} {
		about := reading(got).Of([]string{name})
		history(t, about, want...)
		if n := len(about.Facts("ring-0").Signals); (n == 1) != (name == app) {
			t.Errorf("%s has %d signals", name, n)
		}
	}
}

// A build that goes to two registries is one image: a job that gives one of its names, or none, speaks of both.
func oneImageTwoNames(t *testing.T, l ledger.Ledger) {
	const here, there = "ghcr.io/acme/app", "docker.io/acme/app"
	all := []ledger.Entry{of(entry(0, "a", ringpolicy.OutcomeInProgress), here, there), of(entry(1, "a", ringpolicy.OutcomeSuccess), here), entry(2, "a", ringpolicy.OutcomeFailure)}
	store(t, l, all...)
	for _, name := range []string{here, there} {
		history(t, reading(read(t, l, "ring-0")).Of([]string{name}), ringpolicy.OutcomeSuccess, ringpolicy.OutcomeFailure)
	}
	history(t, reading(read(t, l, "ring-0")).Of([]string{"ghcr.io/acme/worker"}))
}

func inProgressThenSuccess(t *testing.T, l ledger.Ledger) {
	first, second := entry(0, "a", ringpolicy.OutcomeInProgress), entry(5, "a", ringpolicy.OutcomeSuccess)
	for _, e := range []*ledger.Entry{&first, &second} {
		e.PullRequest, e.Version, e.DecisionID = 7, "2.0.0", digest("d")
	}
	store(t, l, first)
	if _, runs := reading(expect(t, l, "ring-0", first)).Current("ring-0"); runs {
		t.Error("a deployment in progress counts as running")
	}
	store(t, l, second)
	got := expect(t, l, "ring-0", first, second)
	history(t, reading(got), ringpolicy.OutcomeSuccess)
	if now, ok := reading(got).Current("ring-0"); !ok || now.PullRequest != 7 || now.Version != "2.0.0" || !now.Since.Equal(got[1].At) {
		t.Errorf("Current = %+v, %t, want the success", now, ok)
	}
}

// history holds what decisions see of ring-0 to a list of outcomes.
func history(t *testing.T, r ledger.Reading, want ...ringpolicy.Outcome) {
	t.Helper()
	var got []ringpolicy.Outcome
	for _, r := range r.Facts("ring-0").History {
		got = append(got, r.Outcome)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("outcomes of the history (-want +got):\n%s", diff)
	}
}

func failureRevokes(t *testing.T, l ledger.Ledger) {
	success, failure := entry(0, "a", ringpolicy.OutcomeSuccess), entry(9, "a", ringpolicy.OutcomeFailure)
	failure.Reason = "smoke tests failed"
	store(t, l, success, failure)
	history(t, reading(expect(t, l, "ring-0", success, failure)), ringpolicy.OutcomeSuccess, ringpolicy.OutcomeFailure)
}

func rollback(t *testing.T, l ledger.Ledger) {
	good, bad := entry(0, "a", ringpolicy.OutcomeSuccess), entry(10, "b", ringpolicy.OutcomeSuccess)
	taken, back := entry(20, "b", ringpolicy.OutcomeRolledBack), entry(20, "a", ringpolicy.OutcomeSuccess)
	taken.Reason, back.Rollback = "container_crash", true
	store(t, l, good, bad, taken, back)
	got := expect(t, l, "ring-0", good, bad, taken, back)
	history(t, reading(got), ringpolicy.OutcomeSuccess, ringpolicy.OutcomeRolledBack, ringpolicy.OutcomeSuccess)
	if now, ok := reading(got).Current("ring-0"); !ok || now.Digest != digest("a") || !now.Rollback {
		t.Errorf("Current = %+v, %t, want image a, by a rollback", now, ok)
	}
	quarantine := reading(got).Quarantine("", "ring-0")
	want := []ringpolicy.Quarantine{{Ring: "ring-0", Digest: digest("b"), Reason: "container_crash", At: got[2].At}}
	if diff := cmp.Diff(want, quarantine); diff != "" {
		t.Errorf("Quarantine (-want +got):\n%s", diff)
	}
}

func deployedAgain(t *testing.T, l ledger.Ledger) {
	all := []ledger.Entry{
		entry(0, "a", ringpolicy.OutcomeInProgress), entry(1, "a", ringpolicy.OutcomeSuccess),
		entry(2, "a", ringpolicy.OutcomeInProgress), entry(3, "a", ringpolicy.OutcomeFailure),
		entry(4, "a", ringpolicy.OutcomeInProgress), entry(5, "a", ringpolicy.OutcomeSuccess),
	}
	store(t, l, all...)
	got := expect(t, l, "ring-0", all...)
	history(t, reading(got), ringpolicy.OutcomeSuccess, ringpolicy.OutcomeFailure, ringpolicy.OutcomeSuccess)
	if now, ok := reading(got).Current("ring-0"); !ok || !now.Since.Equal(got[1].At) {
		t.Errorf("Current = %+v, %t, want the stay since the first success", now, ok)
	}
}

func signals(t *testing.T, l ledger.Ledger) {
	all := []ledger.Entry{entry(0, "a", ringpolicy.OutcomeSuccess)}
	for _, kind := range []ringpolicy.SignalKind{ringpolicy.SignalCriticalError, ringpolicy.SignalHealthCheck, ringpolicy.SignalContainerCrash, ringpolicy.SignalTestFailure} {
		all = append(all, signal(len(all), "a", kind, ringpolicy.SignalFailing), signal(len(all)+1, "a", kind, ringpolicy.SignalPassing))
	}
	store(t, l, all...)
	got := expect(t, l, "ring-0", all...)
	history(t, reading(got), ringpolicy.OutcomeSuccess) // signals are no outcomes
	var want []ringpolicy.Signal
	for _, e := range got[1:] {
		want = append(want, ringpolicy.Signal{Kind: e.Signal, State: e.State, At: e.At, Digest: digest("a")})
	}
	if diff := cmp.Diff(want, reading(got).Facts("ring-0").Signals); diff != "" {
		t.Errorf("signals (-want +got):\n%s", diff)
	}
}

// What people write is data, whatever it looks like.
func hostileReasons(t *testing.T, l ledger.Ledger) {
	for i, reason := range []string{
		`"quoted", {"outcome":"success"} \ \n \u0000 \`,
		"signal critical_error", "success", "rolled_back", "deployment-rings/v1",
		"::error::$(id) `id` ${{ secrets.X }} %0A <b>&amp;</b> '; DROP TABLE x; --",
		"größer 猫 🐈 e\u0301 \u202eabc\u202c \u2028 \ufeff", "https://example.com/?a=b&c=d#e",
	} {
		e := entry(i, string("0123456789abcdef"[i]), ringpolicy.OutcomeSuccess)
		e.Reason = reason
		store(t, l, e)
		got := read(t, l, "ring-0")
		if diff := cmp.Diff(anonymous([]ledger.Entry{e}), anonymous(got[i:])); diff != "" {
			t.Errorf("reason %q (-want +got):\n%s", reason, diff)
		}
	}
}

func refusedEntries(t *testing.T, l ledger.Ledger) {
	for want, spoil := range map[string]func(*ledger.Entry){
		"ring":     func(e *ledger.Entry) { e.Ring = "ring-0\nring-1" },
		"digest":   func(e *ledger.Entry) { e.Digest = "latest" },
		"revision": func(e *ledger.Entry) { e.Revision = "main" },
		"outcome":  func(e *ledger.Entry) { e.Outcome = "fine" },
		"signal":   func(e *ledger.Entry) { e.Signal, e.State = ringpolicy.SignalHealthCheck, ringpolicy.SignalFailing },
		"state":    func(e *ledger.Entry) { e.Outcome, e.Signal = "", ringpolicy.SignalHealthCheck },
		"reason":   func(e *ledger.Entry) { e.Reason = "one line\nand another" },
		"version":  func(e *ledger.Entry) { e.Version = "1.0\x00" },
		"images":   func(e *ledger.Entry) { e.Images = []string{"ghcr.io/acme/app:latest"} },
		"at":       func(e *ledger.Entry) { e.At = time.Time{} },
	} {
		e := entry(0, "a", ringpolicy.OutcomeSuccess)
		spoil(&e)
		if id, err := l.Append(t.Context(), e); id != "" || err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("Append(%+v) = %q, %v, want an error about %s", e, id, err, want)
		}
	}
	sound := entry(0, "a", ringpolicy.OutcomeSuccess)
	store(t, l, sound)
	expect(t, l, "ring-0", sound)
}

func writersAtOnce(t *testing.T, l ledger.Ledger) {
	const writers, each = 2, 15
	var all sync.WaitGroup
	for w := range writers {
		all.Go(func() {
			for i := range each {
				e := entry(i, "a", ringpolicy.OutcomeInProgress)
				e.Digest, e.PullRequest = fmt.Sprintf("sha256:%064x", w*each+i), w*each+i+1
				if _, err := l.Append(t.Context(), e); err != nil {
					t.Errorf("writer %d, entry %d: %v", w, i, err)
				}
			}
		})
	}
	all.Wait()
	got := read(t, l, "ring-0")
	sound(t, got)
	found := map[string]int{}
	for _, e := range got {
		found[e.Digest] = e.PullRequest
	}
	for n := range writers * each {
		if d := fmt.Sprintf("sha256:%064x", n); found[d] != n+1 {
			t.Errorf("%s has PR %d, want %d", d, found[d], n+1)
		}
	}
	if len(got) != writers*each {
		t.Errorf("%d entries, want %d", len(got), writers*each)
	}
}

func cancelled(t *testing.T, l ledger.Ledger) {
	store(t, l, entry(0, "a", ringpolicy.OutcomeSuccess))
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if id, err := l.Append(ctx, entry(1, "b", ringpolicy.OutcomeSuccess)); id != "" || !errors.Is(err, context.Canceled) {
		t.Errorf("Append = %q, %v, want no id and %v", id, err, context.Canceled)
	}
	if all, err := l.Read(ctx, "ring-0"); len(all.Rings()) != 0 || !errors.Is(err, context.Canceled) {
		t.Errorf("Read = %v, %v, want nothing and %v", all, err, context.Canceled)
	}
	expect(t, l, "ring-0", entry(0, "a", ringpolicy.OutcomeSuccess))
}
