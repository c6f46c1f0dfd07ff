package ledgertest

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/wizzense/deployment-rings/action/internal/ledger"
	"github.com/wizzense/deployment-rings/ringpolicy"
)

// A Damage is something that keeps rings of a ledger from being read.
type Damage struct {
	Name   string
	Do     func(t *testing.T, l ledger.Ledger)
	Unread []string // the rings that cannot be read then: of ring-0 and ring-1
}

// RunDamaged tests what a kind of ledger says of what it cannot read. In ring-0 an image was taken back, and so one was in
// ring-1; then comes a damage. A ring that cannot be read has no history, no signals and no quarantine: none of them is
// empty.
func RunDamaged(t *testing.T, empty func(t *testing.T) ledger.Ledger, all ...Damage) {
	for _, d := range append(all, Damage{Name: "none", Do: func(*testing.T, ledger.Ledger) {}}) {
		t.Run(d.Name, func(t *testing.T) {
			t.Parallel()
			l := empty(t)
			for _, ring := range []string{"ring-0", "ring-1"} {
				for _, e := range []ledger.Entry{entry(0, "a", ringpolicy.OutcomeSuccess), entry(1, "b", ringpolicy.OutcomeSuccess), entry(2, "b", ringpolicy.OutcomeRolledBack)} {
					e.Ring = ring
					store(t, l, e)
				}
			}
			d.Do(t, l)
			read, err := l.Read(t.Context(), "ring-0", "ring-1")
			if (err != nil) != (d.Unread != nil) {
				t.Errorf("Read: %v, want an error: %t", err, d.Unread != nil)
			}
			unread := map[string]bool{}
			for _, ring := range d.Unread {
				unread[ring] = true
			}
			for _, ring := range []string{"ring-0", "ring-1"} {
				checkRead(t, read, ring, !unread[ring])
			}
			both := read.Quarantine("", "ring-0", "ring-1")
			if (both == nil) != (d.Unread != nil) {
				t.Errorf("Quarantine of both rings = %#v, want one: %t", both, d.Unread == nil)
			}
		})
	}
}

// checkRead holds all that a reading says of a ring to whether it can be read.
func checkRead(t *testing.T, r ledger.Reading, ring string, want bool) {
	t.Helper()
	entries, read := r.Ring(ring)
	facts, quarantine := r.Facts(ring), r.Quarantine("", ring)
	if read != want || want && len(entries) != 3 {
		t.Errorf("Ring(%q) = %d entries, %t, want %t", ring, len(entries), read, want)
	}
	if (facts.History != nil) != want || (facts.Signals != nil) != want || (quarantine != nil) != want {
		t.Errorf("%s: history %#v, signals %#v, quarantine %#v, want them collected: %t", ring, facts.History, facts.Signals, quarantine, want)
	}
	if _, runs := r.Current(ring); runs {
		t.Errorf("Current(%q) says that something runs", ring) // what ran was taken back
	}
	if !want {
		if diff := cmp.Diff(ringpolicy.RingFacts{}, facts); diff != "" {
			t.Errorf("%s was not read (-want +got):\n%s", ring, diff)
		}
	}
}
