package deployments

import (
	"cmp"
	"context"
	"fmt"
	"net/url"
	"slices"

	"github.com/wizzense/deployment-rings/action/internal/github"
	"github.com/wizzense/deployment-rings/action/internal/ledger/deployments/listing"
	"github.com/wizzense/deployment-rings/action/internal/ledger/deployments/wire"
)

var readDeployments = github.Operation{Doing: "read the deployments", Needs: "deployments: read"}

const onPage = 100 // deployments of a page

// list begins a list of deployments that fit a filter, of names and values.
func (l *Ledger) list(filter ...string) *listing.List {
	values := url.Values{}
	for i := 0; i < len(filter); i += 2 {
		values.Set(filter[i], filter[i+1])
	}
	return listing.Of(l.Client, cmp.Or(l.page, onPage), values)
}

// A pool has each deployment of ours that was found, whichever list it was in.
type pool map[int64]*deployment

// ours returns the deployments of a list that are ours. One of ours that cannot be read, or names no ring, may be of any.
func (all pool) ours(records []listing.Deployment) (found []*deployment, err error) {
	for _, r := range records {
		p, ours, err := wire.ReadPayload(r.Payload)
		if ours && err == nil {
			err = p.CheckRing()
		}
		if ours && err != nil {
			return nil, fmt.Errorf("the payload of deployment %d cannot be read: %w; delete that deployment", r.ID, err)
		}
		if !ours {
			continue
		}
		if all[r.ID] == nil {
			all[r.ID] = &deployment{Payload: p, id: r.ID, node: r.NodeID, commit: r.SHA, environment: r.Environment, created: r.CreatedAt}
		}
		found = append(found, all[r.ID])
	}
	return found, nil
}

// A source has the deployments of ours in an environment, as far as they were read.
type source struct {
	ledger      *Ledger
	environment string
	all         *listing.List // of the environment
	marked      *listing.List // of those among them that have our task; nil: not needed
	wanted      int           // of ours on the first page, or jobs crowd it
	ours        []*deployment
	err         error

	version int // of ours, which change as more is read
}

const (
	maxPages     = 10 // of a list, that are read in search of what a decision needs
	crowdedPages = 5  // of an environment in which jobs crowd ours out, in search of those of ours that do not have our task
)

// more reads on, and reports whether there was anything to read.
func (s *source) more(ctx context.Context) bool {
	switch {
	case s.err != nil || s.all.Ended:
		return false
	case s.all.Pages == 0:
		s.err = s.all.More(ctx)
	case s.marked == nil && len(s.ours) < s.wanted && s.all.Pages == 1:
		s.marked = s.ledger.list("environment", s.environment, "task", task)
		s.err = s.marked.More(ctx)
	case s.marked != nil && !s.marked.Ended && s.marked.Pages < maxPages:
		s.err = s.marked.More(ctx)
	case s.marked != nil && s.all.Pages < crowdedPages || s.marked == nil && s.all.Pages < maxPages:
		s.err = s.all.More(ctx)
	default:
		return false
	}
	return true
}

// join brings together what both lists have of ours, from the newest to the oldest.
func (s *source) join(all pool) error {
	records := slices.Clone(s.all.Found)
	if s.marked != nil {
		records = append(records, s.marked.Found...)
	}
	found, err := all.ours(records)
	if err != nil {
		return err
	}
	s.ours, s.version = joined(nil, found...), s.version+1
	return nil
}

// joined adds deployments to some that are sorted from the newest to the oldest, each once. Those that are there stay.
func joined(all []*deployment, more ...*deployment) []*deployment {
	for _, d := range more {
		i, there := slices.BinarySearchFunc(all, d, func(a, b *deployment) int { return byID(*b, *a) })
		if !there {
			all = slices.Insert(all, i, d)
		}
	}
	return all
}

func byID(a, b deployment) int {
	switch {
	case a.id < b.id:
		return -1
	case a.id > b.id:
		return 1
	}
	return 0
}
