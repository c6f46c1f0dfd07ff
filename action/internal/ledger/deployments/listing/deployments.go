package listing

import (
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

// reading is what all this is for.
var reading = github.Operation{Doing: "read the deployments", Needs: "deployments: read"}

// A List is one of deployments while it is read, the newest first.
type List struct {
	client *github.Client
	filter url.Values
	size   int // of the first page
	Found  []Deployment
	Pages  int
	Ended  bool // there are no others
}

// Of begins a list of the deployments that fit a filter, in pages of a size.
func Of(client *github.Client, size int, filter url.Values) *List {
	return &List{client: client, filter: filter, size: size}
}

// maxShifts is how often a list is begun anew that shifts while it is read.
const maxShifts = 3

// More reads another page.
//
// Pages have numbers, so that a deployment which goes away pulls others to pages that were read already. Each page therefore
// begins with what was read last: page 2 of 99, page 3 of 98, and so on. Where it does not have the last one that was read, the list
// is read anew. Deployments that come in front move others back, which are read twice then.
func (p *List) More(ctx context.Context) error {
	for range maxShifts {
		records, err := p.page(ctx)
		if err != nil {
			return err
		}
		if len(p.Found) == 0 {
			p.Found = records
			return nil
		}
		last := p.Found[len(p.Found)-1].ID
		if i := slices.IndexFunc(records, func(r Deployment) bool { return r.ID == last }); i >= 0 {
			p.Found = append(p.Found, records[i+1:]...)
			return nil
		}
		again := Of(p.client, p.size, p.filter)
		for again.Pages < p.Pages-1 && err == nil && !again.Ended {
			err = again.More(ctx)
		}
		if *p = *again; err != nil || p.Ended {
			return err
		}
	}
	return p.client.Explain(reading, fmt.Errorf("the list changed each of the %d times that it was read: run again later", maxShifts))
}

// page reads the page behind those that were read.
func (p *List) page(ctx context.Context) ([]Deployment, error) {
	query := fmt.Sprintf("?%s&per_page=%d&page=%d", p.filter.Encode(), p.size-p.Pages, p.Pages+1)
	records, more, err := github.Page[Deployment](ctx, p.client, reading, p.client.Path("deployments")+query)
	if err == nil {
		err = p.check(records)
	}
	if err != nil {
		return nil, err
	}
	p.Pages, p.Ended = p.Pages+1, !more
	return records, nil
}

// check refuses an answer that is not what was asked for.
func (p *List) check(records []Deployment) error {
	environment := p.filter.Get("environment")
	for i, r := range records {
		switch {
		case r.lacking():
			return p.client.Explain(reading, errors.New("the answer lacks what a deployment is"))
		case environment != "" && !strings.EqualFold(r.Environment, environment):
			return p.client.Explain(reading, fmt.Errorf("the answer has deployment %d of the environment %.80q", r.ID, r.Environment))
		case i > 0 && r.ID >= records[i-1].ID:
			return p.client.Explain(reading, fmt.Errorf("the answer has deployment %d before %d, and should have the newest first", records[i-1].ID, r.ID))
		}
	}
	return nil
}

// A Deployment is one as the REST API has it.
type Deployment struct {
	ID          int64
	NodeID      string `json:"node_id"`
	Environment string
	SHA         string
	CreatedAt   time.Time `json:"created_at"`
	Payload     json.RawMessage
}

// Key returns the number of the deployment.
func (r Deployment) Key() any { return r.ID }

func (r Deployment) lacking() bool {
	return r.ID <= 0 || r.Environment == "" || r.CreatedAt.IsZero() || r.Payload == nil
}
