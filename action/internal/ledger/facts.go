package ledger

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"github.com/wizzense/deployment-rings/internal/order"
	"github.com/wizzense/deployment-rings/ringpolicy"
)

// Facts are the history and the signals of one ring, from its entries in any order. Entries that were not collected
// (nil) give facts that were not collected.
//
// An outcome ends the open deployment of the same image. A deployment that was taken back is one record, which says
// from when to when; a failure after a success is a record of its own, and revokes it.
func Facts(entries []Entry) ringpolicy.RingFacts {
	if entries == nil {
		return ringpolicy.RingFacts{}
	}
	h := history{records: []ringpolicy.Record{}, open: map[string]int{}, stays: map[string]int{}}
	facts := ringpolicy.RingFacts{Signals: []ringpolicy.Signal{}}
	for _, e := range complete(entries) {
		if e.Signal != "" {
			facts.Signals = append(facts.Signals, ringpolicy.Signal{Kind: e.Signal, State: e.State, At: e.At, Digest: e.Digest, URL: e.URL})
			continue
		}
		h.add(e)
	}
	facts.History = h.records
	return facts
}

// complete puts entries in order. An outcome that ends an open deployment of the same ring and image also says what
// only the beginning said.
func complete(entries []Entry) []Entry {
	all := slices.Clone(entries)
	order.Sort(all, Compare)
	type deployment struct{ ring, digest string }
	open := map[deployment]Entry{}
	for i := range all {
		e := &all[i]
		this := deployment{e.Ring, e.Digest}
		switch e.Outcome {
		case "":
		case ringpolicy.InProgress:
			open[this] = *e
		case ringpolicy.RolledBack:
			delete(open, this)
		default:
			e.inherit(open[this])
			delete(open, this)
		}
	}
	return all
}

func (e *Entry) inherit(from Entry) {
	e.Revision = cmp.Or(e.Revision, from.Revision)
	e.PullRequest = cmp.Or(e.PullRequest, from.PullRequest)
	e.Version = cmp.Or(e.Version, from.Version)
	e.DecisionID = cmp.Or(e.DecisionID, from.DecisionID)
	e.Rollback = e.Rollback || from.Rollback
	e.URL = cmp.Or(e.URL, from.URL)
}

// A history is the records of a ring while they grow, and where those stand that later entries change.
type history struct {
	records []ringpolicy.Record
	open    map[string]int // by digest: the deployment that goes on
	stays   map[string]int // by digest: the newest deployment that succeeded
}

func (h *history) add(e Entry) {
	r := ringpolicy.Record{ID: e.ID, Digest: e.Digest, Revision: e.Revision, Outcome: e.Outcome, From: e.At, Rollback: e.Rollback, URL: e.URL}
	switch e.Outcome {
	case ringpolicy.InProgress:
		h.open[e.Digest] = h.put(r)
	case ringpolicy.Succeeded:
		h.stays[e.Digest] = h.put(r)
	case ringpolicy.RolledBack:
		h.takeBack(r)
	default:
		h.put(r)
	}
}

// put stores a record in the place of the open deployment of its image, if there is one.
func (h *history) put(r ringpolicy.Record) int {
	at, ok := h.open[r.Digest]
	delete(h.open, r.Digest)
	if ok {
		h.records[at] = r
		return at
	}
	h.records = append(h.records, r)
	return len(h.records) - 1
}

// takeBack ends the stay of an image. A deployment that never came into service, or is still on its way in, has
// failed. An image that was taken back already stays so, so that a command may run twice.
func (h *history) takeBack(r ringpolicy.Record) {
	_, open := h.open[r.Digest]
	at, stayed := h.stays[r.Digest]
	if stayed && h.records[at].Outcome == ringpolicy.Succeeded {
		stay := &h.records[at]
		stay.Outcome, stay.To = ringpolicy.RolledBack, later(stay.From, r.From)
	}
	if open || !stayed {
		r.Outcome = ringpolicy.Failed
		h.put(r)
	}
}

// later keeps an end from coming before its beginning when clocks differ within a second.
func later(a, b time.Time) time.Time {
	if b.After(a) {
		return b
	}
	return a
}

// Quarantine are the images that were taken back in a ring, each once, and neither released nor promoted into it since.
// Released says when an image was last released. When a ring was not collected (nil), nor was the quarantine.
func Quarantine(rings map[string][]Entry, released map[string]time.Time) []ringpolicy.Quarantine {
	if rings == nil {
		return nil
	}
	all := []ringpolicy.Quarantine{}
	for ring, entries := range rings {
		if entries == nil {
			return nil
		}
		for _, q := range takenBack(ring, entries) {
			if at, ok := released[q.Digest]; !ok || at.Before(q.At) {
				all = append(all, q)
			}
		}
	}
	order.Sort(all, func(a, b ringpolicy.Quarantine) int {
		return cmp.Or(cmp.Compare(a.Ring, b.Ring), cmp.Compare(a.Digest, b.Digest))
	})
	return all
}

// takenBack has the newest rollback of each image of a ring that no decision let in again since: a quarantine cannot be
// waived, so that an image that was promoted after its rollback had been released.
func takenBack(ring string, entries []Entry) map[string]ringpolicy.Quarantine {
	newest := map[string]ringpolicy.Quarantine{}
	entries = slices.Clone(entries)
	order.Sort(entries, Compare)
	for _, e := range entries {
		switch {
		case e.Outcome == ringpolicy.RolledBack:
			reason := cmp.Or(strings.TrimSpace(e.Reason), "rolled back")
			newest[e.Digest] = ringpolicy.Quarantine{Ring: ring, Digest: e.Digest, Reason: reason, At: e.At, URL: e.URL}
		case e.promoted():
			delete(newest, e.Digest)
		}
	}
	return newest
}

// promoted tells the beginning of a deployment that a decision allowed.
func (e Entry) promoted() bool {
	return e.Outcome == ringpolicy.InProgress && e.DecisionID != "" && !e.Rollback
}

// A Deployment is what a ring runs: the entry that last put the image into service, and since when it is there
// without a break.
type Deployment struct {
	Entry
	Since time.Time
}

// Current is the deployment in service in a ring, from the entries of that ring in any order: the newest that
// succeeded, unless it was taken back. It is the one that a decision takes for running.
func Current(entries []Entry) (Deployment, bool) {
	var current Deployment
	runs := false
	for _, e := range complete(entries) {
		switch {
		case e.Outcome == ringpolicy.Succeeded:
			if !runs || e.Digest != current.Digest {
				current.Since = e.At
			}
			current.Entry, runs = e, true
		case e.Outcome == ringpolicy.RolledBack && e.Digest == current.Digest:
			runs = false
		}
	}
	if !runs {
		return Deployment{}, false
	}
	return current, true
}
