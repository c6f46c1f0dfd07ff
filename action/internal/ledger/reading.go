package ledger

import (
	"cmp"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/wizzense/deployment-rings/ringpolicy"
)

// OpenFor is how long a deployment may go on. A decision stops waiting for it after the same time.
const OpenFor = 24 * time.Hour

// A Reading is what was read of a ledger, ring by ring.
//
// A ring that was not read is unknown, which is not the same as a ring of which nothing was recorded. The zero Reading
// has read no ring. Of a ring that was read in part, by a [Window], only what the window is about is known.
type Reading struct {
	rings    map[string]record    // a ring without a key was not read
	released map[string]time.Time // by digest
}

// A record is what was read of one ring, in order.
type record struct {
	entries []Entry
	window  *Window // nil: they are all that there is
}

// A Window is the part of a ring that was read: everything since a moment, and of some images everything.
type Window struct {
	Since   time.Time // all entries from then on were read
	Images  []string  // names of the images that this is about; none: of every image
	Digests []string  // of the images of which older entries were read as well
	Strays  []string  // of images that have an entry which the commit of the image does not find: older ones may be as hidden
}

// Add adds a ring that was read, with what was recorded of it, perhaps nothing.
func (r *Reading) Add(ring string, entries ...Entry) { r.add(ring, nil, entries) }

// AddWindow adds a ring that was read in part.
func (r *Reading) AddWindow(ring string, w Window, entries ...Entry) { r.add(ring, &w, entries) }

func (r *Reading) add(ring string, w *Window, entries []Entry) {
	all := maps.Clone(r.rings)
	if all == nil {
		all = map[string]record{}
	}
	entries = append([]Entry{}, entries...)
	slices.SortStableFunc(entries, Compare)
	all[ring] = record{entries, w}
	r.rings = all
}

// AddNewer adds what was recorded in a ring since it was read. Of a ring that was read in part no more is known by that.
func (r *Reading) AddNewer(ring string, entries ...Entry) {
	if of, read := r.rings[ring]; read {
		r.add(ring, of.window, append(slices.Clone(of.entries), entries...))
	}
}

// AddOlder adds what its commit finds of an image in a ring that was read in part: with what is there already it is all, unless the
// image has strays.
func (r *Reading) AddOlder(ring, digest string, entries ...Entry) {
	of, read := r.rings[ring]
	if !read || of.window == nil {
		return
	}
	for _, other := range r.rings {
		if other.window != nil && slices.Contains(other.window.Strays, digest) {
			return
		}
	}
	w := *of.window
	w.Digests = append(slices.Clone(w.Digests), digest)
	r.add(ring, &w, append(slices.Clone(of.entries), entries...))
}

// Ring returns what was read of a ring, in order, and reports whether the ring was read. The caller does not change
// the entries.
func (r Reading) Ring(ring string) (entries []Entry, read bool) {
	of, read := r.rings[ring]
	return of.entries, read
}

// Knows reports whether everything that was recorded of an image in a ring was read.
func (r Reading) Knows(ring, digest string) bool {
	of, read := r.rings[ring]
	return read && (of.window == nil || slices.Contains(of.window.Digests, digest))
}

// since returns the first success of a ring that was read in part: what came before it is known of some images alone, so
// that it is open how long their stays were. It reports false where there is none, and then what the ring runs is not known.
func (of record) since() (first time.Time, ok bool) {
	if of.window == nil {
		return time.Time{}, true
	}
	i := slices.IndexFunc(of.entries, func(e Entry) bool { return e.Outcome == ringpolicy.OutcomeSuccess && !e.At.Before(of.window.Since) })
	if i < 0 {
		return time.Time{}, false
	}
	return of.entries[i].At, true
}

// Suffices reports whether the reading shows what the ring runs, of each image that it is about, and where that is needed also what
// the ring could go back to: an earlier good stay of another image.
func (r Reading) Suffices(ring string, about About) bool {
	images := about.Images
	if len(images) == 0 {
		images = Reading{rings: map[string]record{ring: r.rings[ring]}}.Images()
	}
	if len(images) == 0 {
		images = [][]string{nil}
	}
	for _, names := range images {
		of := r.Of(names)
		stays := of.Facts(ring).Stays()
		if len(stays) == 0 || !about.NoTarget && of.lastKnownGood(ring, stays[len(stays)-1].Digest) == "" {
			return false
		}
	}
	return true
}

// lastKnownGood returns the image that a ring ran before another one, that is not in quarantine and of which the newest outcome
// since is a success; "" for none.
func (r Reading) lastKnownGood(ring, runs string) string {
	facts := r.Facts(ring)
	began, _ := r.rings[ring].since()
	ended := map[string]ringpolicy.Outcome{}
	for _, record := range facts.History {
		if record.Outcome != ringpolicy.OutcomeInProgress && !record.NotDeployed {
			ended[record.Digest] = record.Outcome
		}
	}
	for _, stay := range slices.Backward(facts.Stays()) {
		if stay.Digest != runs && !stay.From.Before(began) && ended[stay.Digest] == ringpolicy.OutcomeSuccess && !r.TakenBack(ring, stay.Digest) {
			return stay.Digest
		}
	}
	return ""
}

// Rings returns the names of the rings that were read.
func (r Reading) Rings() []string { return slices.Sorted(maps.Keys(r.rings)) }

// Of returns the same reading about an image that has one of some names; without names about every image.
//
// One ring may have several images at a time, such as app and worker, and the newest that came into service is then
// another for each. An entry without names is about the image that the entry before it with the same digest names, and
// about every image where none does. One that shares a name with the entry before it has the other names as well: a
// build that went to two registries is one image, whichever of its names a job gives.
func (r Reading) Of(names []string) Reading {
	about := Reading{released: r.released}
	for ring, of := range r.rings {
		if of.window == nil || of.window.isAbout(names) {
			about.add(ring, of.window, entriesAbout(of.entries, names))
		}
	}
	return about
}

// isAbout reports whether the window has what there is of an image.
func (w Window) isAbout(names []string) bool {
	return len(w.Images) == 0 || len(names) > 0 && !slices.ContainsFunc(names, func(name string) bool { return !slices.Contains(w.Images, name) })
}

// Released returns the same reading with more that is known of releases: by digest, when the image was last released.
func (r Reading) Released(at map[string]time.Time) Reading {
	all := maps.Clone(r.released)
	if all == nil {
		all = map[string]time.Time{}
	}
	maps.Copy(all, at)
	r.released = all
	return r
}

// Facts returns the history and the signals of a ring. Of a ring that was not read nothing is collected, and neither of one
// that was read in part where that does not show what it runs. What is known of the time before such a part does not show how
// long a stay was, which then counts as over when it began.
//
// An outcome ends the open deployment of the same image. A deployment that was taken back is one record, which says
// from when to when; a failure after a success is a record of its own, and revokes it. A success that comes while its
// image is kept out of the ring (see [Reading.Late]) is no record.
func (r Reading) Facts(ring string) ringpolicy.RingFacts {
	of, read := r.rings[ring]
	since, known := of.since()
	if !read || !known {
		return ringpolicy.RingFacts{}
	}
	facts := factsOf(r.account(ring).entries)
	for i, record := range facts.History {
		if record.Outcome == ringpolicy.OutcomeSuccess && record.From.Before(since) {
			facts.History[i].To = record.From
		}
	}
	return facts
}

// Current returns the deployment in service in a ring: the newest that succeeded, unless it was taken back. It is the
// one that a decision takes for running. Of a ring that was not read none is known, and neither where what was read does not show
// it.
func (r Reading) Current(ring string) (Deployment, bool) {
	since, known := r.rings[ring].since()
	if !known {
		return Deployment{}, false
	}
	return current(slices.DeleteFunc(r.account(ring).entries, func(e Entry) bool { return e.At.Before(since) }))
}

// Open returns the newest deployment that began in a ring within the last 24 hours and did not end.
func (r Reading) Open(ring string, now time.Time) (Entry, bool) {
	ended := map[string]bool{}
	for _, e := range slices.Backward(r.rings[ring].entries) {
		switch {
		case e.Outcome == "":
		case e.Outcome != ringpolicy.OutcomeInProgress:
			ended[e.Digest] = true
		case !ended[e.Digest] && now.Sub(e.At) < OpenFor:
			return e, true
		}
	}
	return Entry{}, false
}

// Quarantine returns the images that were taken back in the rings that were read, each once in a ring, and whose
// quarantine did not end. It is nil, which is not collected, when one of the needed rings was not read, or does not know the
// image that is asked about; "" asks about those that the rings know.
//
// A quarantine ends by a release, or by a success that began by going back: a person chose that image, since a ring never
// goes back to a quarantined one by itself. Nothing else ends it.
func (r Reading) Quarantine(digest string, needed ...string) []ringpolicy.Quarantine {
	for _, ring := range needed {
		if _, read := r.rings[ring]; !read || digest != "" && !r.Knows(ring, digest) {
			return nil
		}
	}
	if r.rings == nil {
		return nil
	}
	all := []ringpolicy.Quarantine{}
	for ring := range r.rings {
		for _, q := range r.account(ring).quarantine {
			if at, ok := r.released[q.Digest]; !ok || at.Before(q.At) {
				all = append(all, q)
			}
		}
	}
	slices.SortStableFunc(all, func(a, b ringpolicy.Quarantine) int {
		return cmp.Or(cmp.Compare(a.Ring, b.Ring), cmp.Compare(a.Digest, b.Digest))
	})
	return all
}

// TakenBack reports whether an image is kept out of a ring by its quarantine there.
func (r Reading) TakenBack(ring, digest string) bool {
	return slices.ContainsFunc(r.Quarantine("", ring), func(q ringpolicy.Quarantine) bool { return q.Ring == ring && q.Digest == digest })
}

// PutBackTo returns the image on which a failure of another one put the tag of the ring: the one that the ring ran before. It
// reports false where the newest outcome of the other one, but for successes, is no failure of a deployment.
func (r Reading) PutBackTo(ring, failed string) (digest string, ok bool) {
	facts := r.Facts(ring)
	for _, record := range slices.Backward(facts.History) {
		if record.Digest == failed && record.Outcome != ringpolicy.OutcomeSuccess && record.Outcome != ringpolicy.OutcomeInProgress && !record.NotDeployed {
			ok = record.Outcome == ringpolicy.OutcomeFailure
			break
		}
	}
	for _, stay := range slices.Backward(facts.Stays()) {
		if ok && stay.Digest != failed {
			return stay.Digest, true
		}
	}
	return "", false
}

// Late returns the successes that do not count in a ring, since a deploying job reported them while their image was kept
// out of it: the newest of each image, and none from before the ring came to run what it runs by its history. The ring may
// run such an image, whatever its history says.
//
// An image is kept out from when it was taken back until it is released, a person goes back to it, or a decision lets it
// in again, which it does for released images alone.
func (r Reading) Late(ring string) []Entry { return r.account(ring).late }

// An account is what the entries of a ring come to.
type account struct {
	entries    []Entry // that count, in order, each complete
	late       []Entry
	quarantine map[string]ringpolicy.Quarantine // by digest; releases are still to be looked at
}

func (r Reading) account(ring string) account {
	a := account{quarantine: map[string]ringpolicy.Quarantine{}}
	out := map[string]time.Time{} // by digest: since when the image is kept out
	for _, e := range complete(r.rings[ring].entries) {
		switch {
		case e.Outcome == ringpolicy.OutcomeRolledBack:
			out[e.Digest] = e.At
			a.quarantine[e.Digest] = quarantineOf(ring, e)
		case e.Outcome == ringpolicy.OutcomeSuccess && e.Rollback:
			delete(out, e.Digest)
			delete(a.quarantine, e.Digest)
		case e.letIn():
			delete(out, e.Digest)
		case e.Outcome == ringpolicy.OutcomeSuccess && r.keepsOut(e, out):
			a.leaveOut(e)
			continue
		}
		a.entries = append(a.entries, e)
		if e.Outcome == ringpolicy.OutcomeSuccess {
			a.late = nil
		}
	}
	return a
}

func quarantineOf(ring string, e Entry) ringpolicy.Quarantine {
	return ringpolicy.Quarantine{Ring: ring, Digest: e.Digest, Reason: cmp.Or(strings.TrimSpace(e.Reason), "rolled back"), At: e.At, URL: e.URL}
}

// letIn reports whether an entry is the beginning of a deployment that a decision allowed.
func (e Entry) letIn() bool {
	return e.Outcome == ringpolicy.OutcomeInProgress && e.DecisionID != "" && !e.Rollback
}

// keepsOut reports whether the image of a success was kept out of the ring as it was reported.
func (r Reading) keepsOut(success Entry, out map[string]time.Time) bool {
	since, is := out[success.Digest]
	released, ok := r.released[success.Digest]
	return is && !(ok && !released.Before(since) && !released.After(success.At))
}

// leaveOut leaves out a success, and the beginning of the deployment that it ends.
func (a *account) leaveOut(success Entry) {
	same := func(e Entry) bool { return e.Digest == success.Digest }
	a.late = append(slices.DeleteFunc(a.late, same), success)
	for i, e := range slices.Backward(a.entries) {
		if same(e) && e.Outcome == ringpolicy.OutcomeInProgress {
			a.entries = slices.Delete(a.entries, i, i+1)
		} else if same(e) && e.Outcome != "" {
			return
		}
	}
}

// repeatedFor is how long a passing signal stands for those that say the same.
const repeatedFor = time.Hour

// Repeats returns the id of the newest record of an image that says what the entry says, "" where no record does: a failure after a
// failure, or a passing signal within an hour of one of its kind, since the newest deployment of the image.
func (r Reading) Repeats(e Entry) (id string) {
	for _, known := range slices.Backward(r.rings[e.Ring].entries) {
		if known.Digest != e.Digest || known.Outcome == "" && (e.Signal == "" || known.Signal != e.Signal) {
			continue
		}
		failed := e.Outcome == ringpolicy.OutcomeFailure && known.Outcome == ringpolicy.OutcomeFailure && !known.NotDeployed
		age := e.At.Sub(known.At)
		passes := e.State == ringpolicy.SignalPassing && known.State == ringpolicy.SignalPassing && 0 <= age && age < repeatedFor
		if failed || passes {
			id, _, _ = strings.Cut(known.ID, "-") // that of the deployment, without what it says
		}
		return id
	}
	return ""
}
