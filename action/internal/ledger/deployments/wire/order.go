package wire

import (
	"cmp"

	"github.com/wizzense/deployment-rings/ringpolicy"
)

// Ambiguous reports whether two statuses that say something are of the same second, but for the beginning of a deployment, which
// comes first. GraphQL gives neither the number of a status nor a word on their order.
func Ambiguous(statuses []Status) bool {
	last, began := int64(-1), false
	for _, s := range statuses {
		e, says := s.Entry()
		if !says {
			continue
		}
		if s.At.Unix() == last && !began {
			return true
		}
		last, began = s.At.Unix(), e.Outcome == ringpolicy.OutcomeInProgress
	}
	return false
}

// ByTime orders statuses; of one second the beginning of a deployment is the first where their numbers are not known.
func ByTime(a, b Status) int {
	return cmp.Or(cmp.Compare(a.At.Unix(), b.At.Unix()), cmp.Compare(a.ID, b.ID), cmp.Compare(begun(b), begun(a)))
}

func begun(s Status) int {
	if e, ok := s.Entry(); ok && e.Outcome == ringpolicy.OutcomeInProgress {
		return 1
	}
	return 0
}
