package ledger

import (
	"cmp"
	"slices"
	"time"

	"github.com/wizzense/deployment-rings/ringpolicy"
)

// factsOf returns the history and the signals that the complete entries of one ring come to.
func factsOf(entries []Entry) ringpolicy.RingFacts {
	h := history{records: []ringpolicy.Record{}, open: map[string]int{}, stays: map[string]int{}, failed: map[string]int{}}
	facts := ringpolicy.RingFacts{Signals: []ringpolicy.Signal{}}
	for _, e := range entries {
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
	slices.SortStableFunc(all, Compare)
	type deployment struct{ ring, digest string }
	open := map[deployment]Entry{}
	for i := range all {
		e := &all[i]
		this := deployment{e.Ring, e.Digest}
		switch e.Outcome {
		case "":
		case ringpolicy.OutcomeInProgress:
			open[this] = *e
		case ringpolicy.OutcomeRolledBack:
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
	failed  map[string]int // by digest: the newest deployment that failed, where nothing else ended after it
	runs    string         // digest of what the ring runs; "" for none
}

func (h *history) add(e Entry) {
	r := ringpolicy.Record{
		ID: e.ID, Digest: e.Digest, Revision: e.Revision, PullRequest: e.PullRequest, Version: e.Version,
		Outcome: e.Outcome, From: e.At, Rollback: e.Rollback, NotDeployed: e.NotDeployed, URL: e.URL,
	}
	switch e.Outcome {
	case ringpolicy.OutcomeInProgress:
		h.open[e.Digest] = h.put(r)
	case ringpolicy.OutcomeSuccess:
		h.stays[e.Digest], h.runs = h.put(r), e.Digest
		delete(h.failed, e.Digest)
	case ringpolicy.OutcomeRolledBack:
		h.takeBack(r)
	case ringpolicy.OutcomeFailure:
		if at := h.put(r); !e.NotDeployed {
			h.failed[e.Digest] = at
		}
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

// takeBack ends the stay of an image. What is taken back of an image that the ring does not run is its failed deployment: no
// stay, but a failure with an end. A deployment that never came into service, or is still on its way in, has failed. An image
// that was taken back already stays so, so that a command may run twice.
func (h *history) takeBack(r ringpolicy.Record) {
	_, open := h.open[r.Digest]
	failed, hasFailed := h.failed[r.Digest]
	at, stayed := h.stays[r.Digest]
	switch {
	case h.runs != r.Digest && hasFailed:
		if h.records[failed].To.IsZero() {
			h.records[failed].To = later(h.records[failed].From, r.From)
		}
		stayed = true // it is one of the ring's records
	case stayed && h.records[at].Outcome == ringpolicy.OutcomeSuccess && (h.runs == r.Digest || !open):
		stay := &h.records[at]
		stay.Outcome, stay.To = ringpolicy.OutcomeRolledBack, later(stay.From, r.From)
	}
	if h.runs == r.Digest {
		h.runs = ""
	}
	if open || !stayed {
		r.Outcome, r.To = ringpolicy.OutcomeFailure, r.From
		h.failed[r.Digest] = h.put(r)
	}
}

// later keeps an end from coming before its beginning when clocks differ within a second.
func later(a, b time.Time) time.Time {
	if b.After(a) {
		return b
	}
	return a
}

// A Deployment is what a ring runs: the entry that last put the image into service, and since when it is there
// without a break.
type Deployment struct {
	Entry
	Since time.Time
}

// current returns the newest deployment that succeeded and was not taken back, from the complete entries of a ring.
func current(entries []Entry) (Deployment, bool) {
	var now Deployment
	runs := false
	for _, e := range entries {
		switch {
		case e.Outcome == ringpolicy.OutcomeSuccess:
			if !runs || e.Digest != now.Digest {
				now.Since = e.At
			}
			now.Entry, runs = e, true
		case e.Outcome == ringpolicy.OutcomeRolledBack && e.Digest == now.Digest:
			runs = false
		}
	}
	if !runs {
		return Deployment{}, false
	}
	return now, true
}
