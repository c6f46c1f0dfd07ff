package advance

import (
	"slices"

	"github.com/wizzense/deployment-rings/action/internal/ledger"
	"github.com/wizzense/deployment-rings/ringpolicy"
)

// behind returns how many images stand before the one that a ring begins with: the one behind that of the ring's newest promotion.
func behind(read ledger.Reading, ring string, images [][]string) int {
	entries, _ := read.Ring(ring)
	for _, e := range slices.Backward(entries) {
		if e.Outcome == ringpolicy.OutcomeInProgress && e.DecisionID != "" && !e.Rollback {
			return slices.IndexFunc(images, func(names []string) bool { return ledger.SameImage(names, e.Images) }) + 1
		}
	}
	return 0
}

// turned returns a list that begins further behind, and ends with what stood before.
func turned[T any](list []T, by int) []T {
	by = min(by, len(list))
	return slices.Concat(list[by:], list[:by])
}

// newest returns the newest record of an image in a ring; the zero entry where there is none.
func newest(read ledger.Reading, ring string) ledger.Entry {
	entries, _ := read.Ring(ring)
	if len(entries) == 0 {
		return ledger.Entry{}
	}
	return entries[len(entries)-1]
}

// newestOutcome returns the newest record of an image in a ring that is no signal, of one digest or, where digest is "", of any.
func newestOutcome(read ledger.Reading, ring, digest string) ledger.Entry {
	entries, _ := read.Ring(ring)
	for _, e := range slices.Backward(entries) {
		if e.Outcome != "" && (digest == "" || e.Digest == digest) {
			return e
		}
	}
	return ledger.Entry{}
}

// same reports whether two records are one.
func same(a, b ledger.Entry) bool {
	return a.ID == b.ID && a.At.Equal(b.At) && a.Digest == b.Digest && a.Outcome == b.Outcome && a.Signal == b.Signal && a.State == b.State
}
