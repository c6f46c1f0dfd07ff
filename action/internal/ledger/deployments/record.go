package deployments

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/wizzense/deployment-rings/action/internal/ledger"
	"github.com/wizzense/deployment-rings/action/internal/ledger/deployments/wire"
	"github.com/wizzense/deployment-rings/ringpolicy"
)

// RecordFields are the fields of a deployment that [ReadRecord] takes, in GraphQL. Its newest status is no list, and so costs
// nothing.
const RecordFields = `id createdAt environment commitOid payload latestStatus { ` + StatusFields + ` }`

// StatusFields are the fields of a status.
const StatusFields = `state description createdAt logUrl`

// A Record is a deployment of ours as GraphQL gives it, without the statuses before its newest one until these are given.
type Record struct {
	NodeID string
	of     deployment
	newest []wire.Status // the newest, or none where there is none
	whole  bool          // all statuses are given
}

// A Status is what was said of a deployment, as GraphQL gives it.
type Status struct {
	State, Description, LogURL string
	CreatedAt                  time.Time
}

// ReadRecord reads a deployment; ours reports whether it is one of ours. What lacks something of a deployment is an error, and
// so is one of ours that cannot be read.
func ReadRecord(sent json.RawMessage) (r *Record, ours bool, err error) {
	var n struct {
		ID, Environment, CommitOID string
		CreatedAt                  time.Time
		Payload                    json.RawMessage
		LatestStatus               *Status
	}
	if err := json.Unmarshal(sent, &n); err != nil {
		return nil, false, errors.New("the answer has a deployment that cannot be read")
	}
	if n.ID == "" || n.Environment == "" || n.CreatedAt.IsZero() || n.Payload == nil {
		return nil, false, errors.New("the answer lacks what a deployment is")
	}
	p, ours, err := wire.ReadPayload(n.Payload)
	if !ours {
		return nil, false, nil
	}
	if err == nil {
		err = p.CheckRing()
	}
	if err != nil {
		return nil, true, fmt.Errorf("the payload of the deployment of %s cannot be read: %w; delete that deployment", n.CreatedAt.UTC().Format(time.RFC3339), err)
	}
	r = &Record{NodeID: n.ID, of: deployment{Payload: p, environment: n.Environment, commit: n.CommitOID, created: n.CreatedAt}}
	if n.LatestStatus != nil {
		r.newest, err = statusesOf([]Status{*n.LatestStatus})
	}
	return r, true, err
}

func statusesOf(sent []Status) ([]wire.Status, error) {
	var all []wire.Status
	for _, s := range sent {
		if s.State == "" || s.CreatedAt.IsZero() {
			return nil, errors.New("the answer lacks what a status says")
		}
		all = append(all, wire.Status{State: strings.ToLower(s.State), Description: s.Description, At: s.CreatedAt, Page: s.LogURL})
	}
	return all, nil
}

// Ring returns the ring of the record, and the environment that it is in.
func (r *Record) Ring() (name, environment string) { return r.of.Ring, r.of.environment }

// Image returns the image of the record, by its digest and by its names.
func (r *Record) Image() (digest string, names []string) { return r.of.Digest, r.of.Images }

// Created returns when the record began.
func (r *Record) Created() time.Time { return r.of.created }

// Known reports whether it is known how the deployment ended: all of its statuses are given, or the newest leaves no doubt about
// those before it. A success is the first outcome of its deployment, and a beginning has none before it; a failure may follow a
// success, and a signal or what GitHub adds by itself any of them.
func (r *Record) Known() bool {
	if r.whole || len(r.newest) == 0 {
		return true
	}
	e, says := r.newest[0].Entry()
	if !says {
		return r.newest[0].State != wire.StateInactive
	}
	return e.Outcome == ringpolicy.OutcomeInProgress || e.Outcome == ringpolicy.OutcomeSuccess
}

// Ended reports whether GitHub itself says that another deployment replaced this one, which it says of successes alone.
func (r *Record) Ended() bool {
	if len(r.newest) == 0 || r.newest[0].State != wire.StateInactive {
		return false
	}
	_, says := r.newest[0].Entry()
	return !says
}

// Give adds all statuses of the record, in whatever order they are. Two outcomes within a second are an error, since GraphQL does
// not say which was first; a beginning comes before any other.
func (r *Record) Give(sent []Status) error {
	all, err := statusesOf(sent)
	if err != nil {
		return err
	}
	type said struct {
		wire.Status
		outcome ringpolicy.Outcome
	}
	known := make([]said, len(all))
	for i, s := range all {
		e, _ := s.Entry()
		known[i] = said{s, e.Outcome}
	}
	laterInASecond := func(s said) bool { return s.outcome != ringpolicy.OutcomeInProgress }
	slices.SortStableFunc(known, func(a, b said) int {
		if c := a.At.Compare(b.At); c != 0 || laterInASecond(a) == laterInASecond(b) {
			return c
		} else if laterInASecond(a) {
			return 1
		}
		return -1
	})
	last := said{}
	for i, s := range known {
		all[i] = s.Status
		if s.outcome == "" {
			continue
		}
		if s.At.Equal(last.At) && s.outcome != last.outcome && laterInASecond(last) {
			return fmt.Errorf("two outcomes of its deployment of %s are of the same second", r.of.created.UTC().Format(time.RFC3339))
		}
		last = s
	}
	r.of.statuses, r.whole = all, true
	return nil
}

// Outcomes returns what known records of one ring say, given from the newest to the oldest, without their signals.
func Outcomes(records []*Record) ([]ledger.Entry, error) {
	var of []deployment
	for i, r := range slices.Backward(records) {
		d := r.of
		d.id = int64(len(records) - i) // in the order in which they were listed
		if !r.whole {
			d.statuses = r.newest
		}
		if _, err := entriesOf([]deployment{d}); err != nil {
			first, _, _ := strings.Cut(err.Error(), "\n")
			_, problem, _ := strings.Cut(first, ": ") // behind the number
			return nil, fmt.Errorf("the deployment of %s cannot be read: %s; delete that deployment", d.created.UTC().Format(time.RFC3339), problem)
		}
		of = append(of, d)
	}
	entries, err := entriesOf(of)
	return slices.DeleteFunc(entries, func(e ledger.Entry) bool { return e.Outcome == "" }), err
}
