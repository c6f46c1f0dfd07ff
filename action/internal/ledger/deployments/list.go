package deployments

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/wizzense/deployment-rings/action/internal/github"
)

var readDeployments = github.Operation{Doing: "read the deployments", Needs: "deployments: read"}

// A listing is a list of deployments while it is read, the newest first.
type listing struct {
	client *github.Client
	filter url.Values
	size   int // of the first page
	found  []deploymentRecord
	pages  int
	ended  bool // there are no others
}

func (l *Ledger) listOf(filter ...string) *listing {
	values := url.Values{}
	for i := 0; i < len(filter); i += 2 {
		values.Set(filter[i], filter[i+1])
	}
	return &listing{client: l.Client, filter: values, size: cmp.Or(l.page, onPage)}
}

const (
	onPage    = 100 // deployments of a page
	maxShifts = 3   // how often a list is begun anew that shifts while it is read
)

// more reads another page.
//
// Pages have numbers, so that a deployment which goes away pulls others to pages that were read already. Each page therefore
// begins with what was read last: page 2 of 99, page 3 of 98, and so on. Where it does not have the last one that was read, the list
// is read anew. Deployments that come in front move others back, which are read twice then.
func (p *listing) more(ctx context.Context) error {
	for range maxShifts {
		records, err := p.page(ctx)
		if err != nil {
			return err
		}
		if len(p.found) == 0 {
			p.found = records
			return nil
		}
		last := p.found[len(p.found)-1].ID
		if i := slices.IndexFunc(records, func(r deploymentRecord) bool { return r.ID == last }); i >= 0 {
			p.found = append(p.found, records[i+1:]...)
			return nil
		}
		again := listing{client: p.client, filter: p.filter, size: p.size}
		for again.pages < p.pages-1 && err == nil && !again.ended {
			err = again.more(ctx)
		}
		if *p = again; err != nil || p.ended {
			return err
		}
	}
	return p.client.Explain(readDeployments, fmt.Errorf("the list changed each of the %d times that it was read: run again later", maxShifts))
}

// page reads the page behind those that were read.
func (p *listing) page(ctx context.Context) ([]deploymentRecord, error) {
	query := fmt.Sprintf("?%s&per_page=%d&page=%d", p.filter.Encode(), p.size-p.pages, p.pages+1)
	records, more, err := github.Page[deploymentRecord](ctx, p.client, readDeployments, p.client.Path("deployments")+query)
	if err == nil {
		err = p.check(records)
	}
	if err != nil {
		return nil, err
	}
	p.pages, p.ended = p.pages+1, !more
	return records, nil
}

// check refuses an answer that is not what was asked for.
func (p *listing) check(records []deploymentRecord) error {
	environment := p.filter.Get("environment")
	for i, r := range records {
		switch {
		case r.lacking():
			return p.client.Explain(readDeployments, errors.New("the answer lacks what a deployment is"))
		case environment != "" && !strings.EqualFold(r.Environment, environment):
			return p.client.Explain(readDeployments, fmt.Errorf("the answer has deployment %d of the environment %.80q", r.ID, r.Environment))
		case i > 0 && r.ID >= records[i-1].ID:
			return p.client.Explain(readDeployments, fmt.Errorf("the answer has deployment %d before %d, and should have the newest first", records[i-1].ID, r.ID))
		}
	}
	return nil
}

type deploymentRecord struct {
	ID          int64
	NodeID      string `json:"node_id"`
	Environment string
	SHA         string
	CreatedAt   time.Time `json:"created_at"`
	Payload     json.RawMessage
}

// Key returns the number of the deployment.
func (r deploymentRecord) Key() any { return r.ID }

func (r deploymentRecord) lacking() bool {
	return r.ID <= 0 || r.Environment == "" || r.CreatedAt.IsZero() || r.Payload == nil
}

// A pool has each deployment of ours that was found, whichever list it was in.
type pool map[int64]*deployment

// ours returns the deployments of a list that are ours. One of ours that cannot be read, or names no ring, may be of any.
func (all pool) ours(records []deploymentRecord) (found []*deployment, err error) {
	for _, r := range records {
		p, ours, err := readPayload(r.Payload)
		if ours && err == nil {
			err = p.checkRing()
		}
		if ours && err != nil {
			return nil, fmt.Errorf("the payload of deployment %d cannot be read: %w; delete that deployment", r.ID, err)
		}
		if !ours {
			continue
		}
		if all[r.ID] == nil {
			all[r.ID] = &deployment{payload: p, id: r.ID, node: r.NodeID, commit: r.SHA, environment: r.Environment, created: r.CreatedAt}
		}
		found = append(found, all[r.ID])
	}
	return found, nil
}

// A source has the deployments of ours in an environment, as far as they were read.
type source struct {
	all    *listing // of the environment
	marked *listing // of those among them that have our task; nil: not needed
	wanted int      // of ours on the first page, or jobs crowd it
	ours   []*deployment
	err    error

	version int // of ours, which change as more is read
}

const (
	maxPages     = 10 // of a list, that are read in search of what a decision needs
	crowdedPages = 5  // of an environment in which jobs crowd ours out, in search of those of ours that do not have our task
)

// more reads on, and reports whether there was anything to read.
func (s *source) more(ctx context.Context) bool {
	switch {
	case s.err != nil || s.all.ended:
		return false
	case s.all.pages == 0:
		s.err = s.all.more(ctx)
	case s.marked == nil && len(s.ours) < s.wanted && s.all.pages == 1:
		s.marked = &listing{client: s.all.client, filter: url.Values{"environment": s.all.filter["environment"], "task": {task}}, size: s.all.size}
		s.err = s.marked.more(ctx)
	case s.marked != nil && !s.marked.ended && s.marked.pages < maxPages:
		s.err = s.marked.more(ctx)
	case s.marked != nil && s.all.pages < crowdedPages || s.marked == nil && s.all.pages < maxPages:
		s.err = s.all.more(ctx)
	default:
		return false
	}
	return true
}

// join brings together what both lists have of ours, from the newest to the oldest.
func (s *source) join(all pool) error {
	records := slices.Clone(s.all.found)
	if s.marked != nil {
		records = append(records, s.marked.found...)
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
