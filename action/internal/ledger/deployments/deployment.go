package deployments

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/wizzense/deployment-rings/action/internal/github"
	"github.com/wizzense/deployment-rings/action/internal/ledger"
	"github.com/wizzense/deployment-rings/action/internal/ledger/deployments/wire"
	"github.com/wizzense/deployment-rings/ringpolicy"
)

// A deployment is a record of GitHub, and what it says when it is ours.
type deployment struct {
	wire.Payload
	id          int64
	node        string // its id in GraphQL
	commit      string
	environment string
	created     time.Time
	statuses    []wire.Status
	whole       bool // all statuses are there, and in order
	total       int  // how many they are, as far as is known
}

// entries returns what the statuses of a deployment say, from the oldest to the newest. A deployment that says nothing of
// its outcome is on its way in, unless it is a carrier. Once it was taken back, what follows is not what went back to its image.
func (d deployment) entries(carrier bool) ([]ledger.Entry, error) {
	var all []ledger.Entry
	add := func(e ledger.Entry) {
		all = append(all, d.complete(e, len(all)+1))
		d.Rollback = d.Rollback && e.Outcome != ringpolicy.OutcomeRolledBack
	}
	if !carrier && !slices.ContainsFunc(d.statuses, isOutcome) {
		add(ledger.Entry{At: d.created, Outcome: ringpolicy.OutcomeInProgress})
	}
	for _, s := range d.statuses {
		if e, ok := s.Entry(); ok {
			add(e)
		}
	}
	return all, d.check(all)
}

func isOutcome(s wire.Status) bool {
	e, ok := s.Entry()
	return ok && e.Outcome != ""
}

func isSignal(s wire.Status) bool {
	e, ok := s.Entry()
	return ok && e.Signal != ""
}

// signals returns how many signals a deployment has.
func (d deployment) signals() (n int) {
	for _, s := range d.statuses {
		if isSignal(s) {
			n++
		}
	}
	return n
}

// carriesSignals reports whether a deployment has signals alone, or will have: its image came into service by an earlier one.
func (d deployment) carriesSignals(served bool) bool {
	return !slices.ContainsFunc(d.statuses, isOutcome) && (d.Carrier || served && d.signals() > 0)
}

// complete fills in what the deployment says. The id of an entry is that of the deployment and the number of what it
// says, in four digits, so that ids are in the order of the deployments.
func (d deployment) complete(e ledger.Entry, number int) ledger.Entry {
	e.ID = fmt.Sprintf("%d-%04d", d.id, number)
	e.At = e.At.UTC()
	e.Ring, e.Digest, e.Images, e.Revision = d.Ring, d.Digest, d.Images, d.revision()
	if e.Signal == "" {
		e.PullRequest, e.Version, e.Rollback, e.DecisionID, e.Run, e.Attempt = d.PullRequest, d.Version, d.Rollback, d.DecisionID, d.Run, d.Attempt
	}
	return e
}

func (d deployment) revision() string {
	if d.Revision != nil {
		return *d.Revision
	}
	if github.IsCommit(d.commit) {
		return d.commit
	}
	return ""
}

func (d deployment) check(entries []ledger.Entry) error {
	var problems []error
	for _, e := range entries {
		if err := e.Check(); err != nil {
			problems = append(problems, fmt.Errorf("deployment %d: %w", d.id, err))
		}
	}
	return errors.Join(problems...)
}

// outcome returns the newest one of a deployment.
func (d deployment) outcome() ringpolicy.Outcome {
	last := ringpolicy.OutcomeInProgress
	for _, s := range d.statuses {
		if e, ok := s.Entry(); ok {
			last = cmp.Or(e.Outcome, last)
		}
	}
	return last
}

// serves reports whether its image came into service by the deployment.
func (d deployment) serves() bool { return d.outcome() == ringpolicy.OutcomeSuccess }

// carries reports whether an entry can be a status of the deployment: it says nothing of the image that the
// deployment says otherwise.
func (d deployment) carries(e ledger.Entry) bool {
	if e.Signal != "" {
		return d.isOf(e)
	}
	return d.isOf(e) && d.names(e.Images) && agree(e.Revision, d.revision()) && agree(e.PullRequest, d.PullRequest) &&
		agree(e.Version, d.Version) && agree(e.Rollback, d.Rollback) && agree(e.DecisionID, d.DecisionID)
}

// isOf reports whether a deployment and an entry are about one image.
func (d deployment) isOf(e ledger.Entry) bool {
	return e.Digest == d.Digest && ledger.SameImage(e.Images, d.Images)
}

// names reports whether a deployment says all names of an image.
func (d deployment) names(images []string) bool {
	return !slices.ContainsFunc(images, func(name string) bool { return !slices.Contains(d.Images, name) })
}

func agree[T comparable](said, known T) bool {
	var nothing T
	return said == nothing || said == known
}

// begins reports whether an entry is the first of a deployment, whatever was recorded before.
func begins(e ledger.Entry) bool { return e.Outcome == ringpolicy.OutcomeInProgress }

// maxSignals is how many signals a deployment has before another one carries the next: GitHub tells 100 statuses at a time.
const maxSignals = 90

// A place is where an entry goes: a status of a deployment that is there, or of one that is still to be made.
type place struct {
	deployment      // zero: nothing is known of the image
	carrier    bool // another deployment is made with the same payload, which says that it begins nothing
}

// placeOf finds the deployment of which an entry is a status; none means that it begins one. An image that comes into
// service ends its open deployment, a failure and a rollback speak of its newest one, and a signal of the one that came
// into service. No outcome goes behind signals, so that nobody has to read these to find it.
func placeOf(e ledger.Entry, of []deployment) (p place, ok bool) {
	served := map[string]bool{}
	for _, d := range of { // from the oldest to the newest
		serves := d.serves()
		switch carries := d.carriesSignals(served[d.Digest]); {
		case !d.isOf(e):
		case carries && e.Signal != "":
			p, ok = place{d, d.signals() >= maxSignals}, true
		case carries:
			p.carrier = p.carrier || d.signals() > 0
		case e.Signal == "" || serves || !ok:
			p, ok = place{d, e.Signal == "" && d.signals() > 0 || d.signals() >= maxSignals}, true
		}
		served[d.Digest] = served[d.Digest] || serves
	}
	if !ok || !p.carries(e) || e.Outcome == ringpolicy.OutcomeSuccess && p.outcome() != ringpolicy.OutcomeInProgress {
		return place{}, false
	}
	return p, true
}

// continued is the payload of a deployment that says more about what this one began.
func (d deployment) continued() wire.Payload {
	p, revision := d.Payload, d.revision()
	p.Carrier, p.Revision = true, &revision
	for _, s := range d.statuses {
		if e, ok := s.Entry(); ok && e.Outcome == ringpolicy.OutcomeRolledBack {
			p.Rollback = false // what follows is not what went back
		}
	}
	return p
}
