package ringpolicy

import (
	"cmp"
	"slices"
	"strings"
	"time"
)

// A timeline is the history of one ring, in order.
type timeline struct {
	collected bool
	records   []Record // by time, then by id
	stays     []stay   // from the oldest to the newest
	begun     []Record // deployments in progress that no later record ends, the newest first
}

// A stay is a time for which a ring ran one image.
type stay struct {
	digest   string
	from     time.Time
	to       time.Time // zero: still
	healthy  bool      // it was not taken back
	rollback bool      // it began by going back
	id       string    // of the record that began it
	url      string    // its page
}

// open reports whether the stay has not ended by now.
func (s stay) open(now time.Time) bool { return s.to.IsZero() || s.to.After(now) }

// lasted is how long the stay is at a moment; below zero when it begins later.
func (s stay) lasted(now time.Time) time.Duration {
	if s.open(now) {
		return now.Sub(s.from)
	}
	return s.to.Sub(s.from)
}

func newTimeline(history []Record) timeline {
	t := timeline{collected: history != nil, records: slices.Clone(history)}
	slices.SortStableFunc(t.records, compareRecords)
	for _, r := range t.records {
		if r.Outcome == OutcomeSuccess || r.Outcome == OutcomeRolledBack {
			t.begin(r)
		}
	}
	t.findBegun()
	return t
}

func (t *timeline) findBegun() {
	if !slices.ContainsFunc(t.records, func(r Record) bool { return r.Outcome == OutcomeInProgress }) {
		return
	}
	finished := map[string]bool{}
	for _, r := range slices.Backward(t.records) {
		switch {
		case r.Outcome != OutcomeInProgress:
			finished[r.Digest] = true
		case !finished[r.Digest]:
			t.begun = append(t.begun, r)
		}
	}
}

// compareRecords orders by time, and within one second by id.
func compareRecords(a, b Record) int {
	return cmp.Or(cmp.Compare(a.From.Unix(), b.From.Unix()), compareIDs(a.ID, b.ID), a.From.Compare(b.From),
		cmp.Compare(a.Digest, b.Digest), cmp.Compare(a.Outcome, b.Outcome), a.To.Compare(b.To),
		cmp.Compare(a.Revision, b.Revision), cmp.Compare(boolToInt(a.Rollback), boolToInt(b.Rollback)), cmp.Compare(boolToInt(a.NotDeployed), boolToInt(b.NotDeployed)), cmp.Compare(b.URL, a.URL))
}

// compareIDs puts 9 before 10, also where more follows, as in 9-0002 and 10-0001 of a ledger on GitHub, and these before words.
func compareIDs(a, b string) int {
	m, restA, aIsNumber := numberedID(a)
	n, restB, bIsNumber := numberedID(b)
	if !aIsNumber || !bIsNumber {
		return cmp.Or(cmp.Compare(boolToInt(bIsNumber), boolToInt(aIsNumber)), cmp.Compare(a, b))
	}
	return cmp.Or(cmp.Compare(len(m), len(n)), cmp.Compare(m, n), cmp.Compare(len(restA), len(restB)), cmp.Compare(a, b))
}

// numberedID splits the id 4711-0002 into the number of a deployment and that of what it says. The id 4711 has no rest.
func numberedID(id string) (number, rest string, ok bool) {
	number, rest, _ = strings.Cut(id, "-")
	return number, rest, isNumber(number) && strings.Trim(rest, "0123456789") == ""
}

func isNumber(s string) bool {
	for _, c := range []byte(s) {
		if c < '0' || c > '9' {
			return false
		}
	}
	return s != "" && s[0] != '0'
}

// begin adds the stay of a record: it ends the last one, or goes on with it where the digest is the same.
func (t *timeline) begin(r Record) {
	next := stay{r.Digest, r.From, r.To, r.Outcome == OutcomeSuccess, r.Rollback, r.ID, r.URL}
	if n := len(t.stays); n > 0 {
		last := &t.stays[n-1]
		if last.digest == r.Digest && last.healthy && last.open(r.From.Add(-1)) {
			last.to, last.healthy, last.rollback = next.to, next.healthy, last.rollback || next.rollback
			return
		}
		if last.open(r.From) {
			last.to = r.From
		}
	}
	t.stays = append(t.stays, next)
}

// running returns the stay of the image that the ring runs at a moment, and whether it runs one.
func (t timeline) running(now time.Time) (stay, bool) {
	if len(t.stays) == 0 {
		return stay{}, false
	}
	last := t.stays[len(t.stays)-1]
	return last, last.healthy && last.open(now)
}

// longest is the longest stay of a digest at a moment, the newer of equals. It is the one that a soak counts.
func (t timeline) longest(digest string, now time.Time) (stay, bool) {
	var best stay
	found := false
	for _, s := range t.stays {
		if s.digest == digest && (!found || s.lasted(now) >= best.lasted(now)) {
			best, found = s, true
		}
	}
	return best, found
}

// reaches is the first time after now at which a stay of a digest has lasted for so long; zero: never.
func (t timeline) reaches(digest string, long time.Duration, now time.Time) time.Time {
	var first time.Time
	for _, s := range t.stays {
		if at := s.from.Add(long); s.digest == digest && at.After(now) && (s.to.IsZero() || !at.After(s.to)) {
			first = earlier(first, at)
		}
	}
	return first
}

// newest is the newest finished record of a digest at a moment. A success that is further ahead than clocks may differ does
// not count yet.
func (t timeline) newest(digest string, now time.Time) (Record, bool) {
	for _, r := range slices.Backward(t.records) {
		ahead := r.Outcome == OutcomeSuccess && r.From.Sub(now) > clockTolerance
		if r.Digest == digest && r.finished() && !ahead {
			return r, true
		}
	}
	return Record{}, false
}

// finished reports whether the record says how a deployment ended. A failure before anything was deployed does not: it ends
// the deployment in progress of its image, and nothing else.
func (r Record) finished() bool { return r.Outcome != OutcomeInProgress && !r.NotDeployed }

// failures returns the newest finished records of a digest that are failures, back to one that is not, the newest first.
func (t timeline) failures(digest string, now time.Time) []Record {
	var all []Record
	for _, r := range slices.Backward(t.records) {
		ahead := r.Outcome == OutcomeSuccess && r.From.Sub(now) > clockTolerance
		switch {
		case r.Digest != digest || !r.finished() || ahead:
		case r.Outcome != OutcomeFailure:
			return all
		default:
			all = append(all, r)
		}
	}
	return all
}

// openFailure returns the deployment that failed, or did not end within a day, and has not been taken back, where that is the
// newest thing that happened to the ring: of an image that the ring does not run. Records say what was known at now.
func openFailure(records []Record, running string, now time.Time) (Record, bool) {
	var withdrawn []string // digests of which a later failure deployed nothing
	for _, r := range slices.Backward(records) {
		switch {
		case r.NotDeployed:
			withdrawn = append(withdrawn, r.Digest)
		case r.Outcome == OutcomeInProgress && (r.Rollback || now.Sub(r.From) < inProgressFor || slices.Contains(withdrawn, r.Digest)):
		case r.Digest != running && (r.Outcome == OutcomeInProgress || r.Outcome == OutcomeFailure && (r.To.IsZero() || r.To.After(now))):
			return r, true
		default:
			return Record{}, false
		}
	}
	return Record{}, false
}

// failed returns the failed deployment that is open now.
func (t timeline) failed(now time.Time) (Record, bool) {
	running, runs := t.running(now)
	if !runs {
		return openFailure(t.records, "", now)
	}
	return openFailure(t.records, running.digest, now)
}

// tookBack reports whether the newest thing that happened to the ring is that a failed deployment was taken back, of another
// image than the ring runs.
func (t timeline) tookBack(running string, now time.Time) bool {
	for _, r := range slices.Backward(t.records) {
		if r.finished() {
			return r.Outcome == OutcomeFailure && r.Digest != running && !r.To.IsZero() && !r.To.After(now)
		}
	}
	return false
}

// goingBack returns the deployment in progress with which the ring goes back, where nothing ended after it.
func (t timeline) goingBack() (Record, bool) {
	for _, r := range slices.Backward(t.records) {
		switch {
		case r.Outcome == OutcomeInProgress && r.Rollback:
			return r, true
		case r.Outcome == OutcomeSuccess || r.Outcome == OutcomeFailure && !r.NotDeployed:
			return Record{}, false
		}
	}
	return Record{}, false
}

// concerned returns the image that a signal without a digest is about: the one whose failed deployment was open at that
// moment, else the one that the ring ran then; "" for none.
func (t timeline) concerned(at time.Time) string {
	isAfter := func(from time.Time) int { return cmp.Or(cmp.Compare(from.Unix(), at.Unix()), -1) }
	records, _ := slices.BinarySearchFunc(t.records, at, func(r Record, _ time.Time) int { return isAfter(r.From) })
	stays, _ := slices.BinarySearchFunc(t.stays, at, func(s stay, _ time.Time) int { return isAfter(s.from) })
	running := ""
	if stays > 0 && t.stays[stays-1].open(at) {
		running = t.stays[stays-1].digest
	}
	if r, ok := openFailure(t.records[:records], running, at); ok {
		return r.Digest
	}
	return running
}

// attributed returns signals of which each names its image. Where the history was not collected, one without a digest may be
// of any image, so it counts as one of digest: what rests on it is unknown then.
func (t timeline) attributed(signals []Signal, digest string) []Signal {
	if !slices.ContainsFunc(signals, func(s Signal) bool { return s.Digest == "" }) {
		return signals
	}
	signals = slices.Clone(signals)
	for i := range signals {
		switch s := &signals[i]; {
		case s.Digest != "":
		case t.collected:
			s.Digest = t.concerned(s.At)
		default:
			s.Digest = digest
		}
	}
	return signals
}

// A deployment in progress that is older than inProgressFor keeps no image out, so that a killed job cannot close a ring.
const inProgressFor = 24 * time.Hour

// inFlight finds a deployment of another digest that is still going on.
func (t timeline) inFlight(except string, now time.Time) (Record, bool) {
	for _, r := range t.begun {
		if r.Digest != except && now.Sub(r.From) < inProgressFor {
			return r, true
		}
	}
	return Record{}, false
}

// outcomes is how the newest finished deployment of each digest ended.
func (t timeline) outcomes() map[string]Outcome {
	newest := make(map[string]Outcome, len(t.records))
	for _, r := range t.records {
		if r.finished() {
			newest[r.Digest] = r.Outcome
		}
	}
	return newest
}

// lastRollback is when the ring last went back.
func (t timeline) lastRollback() (time.Time, bool) {
	var last time.Time
	for _, r := range t.records {
		if r.Rollback && r.finished() && r.From.After(last) {
			last = r.From
		}
		if r.Outcome == OutcomeRolledBack && r.To.After(last) {
			last = r.To
		}
	}
	return last, !last.IsZero()
}

// A Stay is a time for which a ring ran one image. The same image deployed again continues its stay.
type Stay struct {
	Digest     string    // of the image
	ID         string    // of the record that began it
	From       time.Time // when the image came into service
	To         time.Time // when it went out of service; zero: it has not
	RolledBack bool      // it ended by being taken back
	Rollback   bool      // it began by going back
}

// InService reports whether the ring still runs the image at a moment: the stay has not ended by then and was not taken back.
func (s Stay) InService(now time.Time) bool {
	return !s.RolledBack && (s.To.IsZero() || s.To.After(now))
}

// Lasted returns how long the stay has lasted at a moment; 0 when it begins later.
func (s Stay) Lasted(now time.Time) time.Duration {
	if s.To.IsZero() || s.To.After(now) {
		return max(0, now.Sub(s.From))
	}
	return s.To.Sub(s.From)
}

// Stays returns the times for which the ring ran its images, from the oldest to the newest, as decisions see them. The ring
// runs the image of the last one, if that is in service. Failures and deployments in progress neither are stays nor end one.
func (f RingFacts) Stays() []Stay {
	var all []Stay
	for _, s := range newTimeline(f.History).stays {
		all = append(all, Stay{Digest: s.digest, ID: s.id, From: s.from, To: s.to, RolledBack: !s.healthy, Rollback: s.rollback})
	}
	return all
}

// Failed returns the failed deployment that is open in the ring at a moment, and whether there is one. It is the newest event of
// the ring, its image is not the one that the ring runs, and it failed, or began 24 hours ago or more and did not end, and
// was not taken back since.
func (f RingFacts) Failed(now time.Time) (Record, bool) { return newTimeline(f.History).failed(now) }

// Arriving returns the deployment in progress that began last and that no later record ends, however old it is, and whether
// there is one.
func (f RingFacts) Arriving() (Record, bool) {
	begun := newTimeline(f.History).begun
	if len(begun) == 0 {
		return Record{}, false
	}
	return begun[0], true
}
