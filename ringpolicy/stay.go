package ringpolicy

import "time"

// A Stay is a time for which a ring ran one image. The same image deployed again continues its stay.
type Stay struct {
	Digest     string
	ID         string // of the record that began it
	From       time.Time
	To         time.Time // zero: it goes on
	RolledBack bool      // it ended by being taken back
	Rollback   bool      // it began by going back
}

// InService tells whether the stay goes on at a moment.
func (s Stay) InService(now time.Time) bool {
	return !s.RolledBack && (s.To.IsZero() || s.To.After(now))
}

// Lasted is how long the stay is at a moment; 0 when it begins later.
func (s Stay) Lasted(now time.Time) time.Duration {
	if s.To.IsZero() || s.To.After(now) {
		return max(0, now.Sub(s.From))
	}
	return s.To.Sub(s.From)
}

// Stays are the times for which the ring ran its images, from the oldest to the newest, as decisions see them. The ring
// runs the image of the last one, if that is in service.
func (f RingFacts) Stays() []Stay {
	var all []Stay
	for _, s := range newTimeline(f.History).stays {
		all = append(all, Stay{Digest: s.digest, ID: s.id, From: s.from, To: s.to, RolledBack: !s.healthy, Rollback: s.rollback})
	}
	return all
}

// Arriving is the deployment in progress that began last and that no later record ends, however old.
func (f RingFacts) Arriving() (Record, bool) {
	begun := newTimeline(f.History).begun
	if len(begun) == 0 {
		return Record{}, false
	}
	return begun[0], true
}
