// Package survey reads the ledgers of many repositories at once, as far as it takes to say what their rings run.
//
// It asks GraphQL alone. The newest deployments of every ring come with their newest status, some repositories in a query, which
// costs a point. Where that does not say what runs and since when (signals hide how a deployment ended, deployments of other jobs
// fill the page), those rings alone are asked about again: for all statuses of a deployment, or for more deployments. That is
// bounded, by rings and in all. What is still not known then is not known, and the reason says why.
//
// Of each image in a ring this finds the newest stay with its beginning, and everything after that. What lies before it, and an
// image of which the newest deployments of no ring say anything, is not looked for.
package survey

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"

	"golang.org/x/sync/errgroup"

	"github.com/wizzense/deployment-rings/action/internal/fleet"
	"github.com/wizzense/deployment-rings/action/internal/github"
	"github.com/wizzense/deployment-rings/action/internal/ledger/deployments"
	"github.com/wizzense/deployment-rings/ringpolicy"
)

// AtOnce is how many queries should be under way: GitHub limits the time that all of them together take of its machines.
const AtOnce = 4

const (
	perQuery  = 100 // lists in a query, which then costs one point
	newest    = 10  // deployments of a ring that are read at first
	more      = 90  // that are read where those do not say enough
	perMore   = 40  // rings in a query for more
	perGiven  = 200 // deployments in a query for statuses
	maxRounds = 6   // of questions about the same ring
)

// A survey is one reading of many repositories.
type survey struct {
	client *github.Client
	rings  []ringpolicy.Ring
	repos  []*repo

	left int // queries for what the first ones do not say

	mu   sync.Mutex // of what answers change
	over error      // why nothing more is asked
	kept int        // bytes of the records and statuses that are kept, as GitHub sent them
}

// maxKept is a variable for tests alone.
var maxKept = 64 << 20

// keep counts what is kept, and reports whether there is room for it.
func (s *survey) keep(sent json.RawMessage) bool {
	s.kept += len(sent)
	return s.kept <= maxKept
}

var errRoom = errors.New("the records of all repositories together are too large: give fewer of them at a time")

// A repo is a repository while it is read.
type repo struct {
	name    string
	owner   int // whose repositories it was found among; -1: it has a line
	url     string
	problem string
	rings   []*ring // in the policy's order
}

// A ring is what was read of one.
type ring struct {
	of      *repo
	policy  ringpolicy.Ring
	records []*deployments.Record // of this ring, the newest first
	seen    int                   // deployments that were looked at, those of other jobs too
	cursor  string                // of the next page; "": there is none
	problem string                // why it is not known
}

// Read reads what a list names. It has no error: what could not be read says so itself.
func Read(ctx context.Context, client *github.Client, policy *ringpolicy.Policy, lines []fleet.Selector) ([]fleet.Repository, []fleet.Owner) {
	s := &survey{client: client, rings: policy.Rings()}
	owners, failed := s.expand(ctx, lines)
	s.look(ctx)
	s.settle(ctx)
	found := failed
	for _, r := range s.repos {
		if r.owner >= 0 && r.problem == "" && !r.hasRecords() {
			owners[r.owner].WithoutRecords++
			continue
		}
		found = append(found, r.repository())
	}
	return found, owners
}

// look reads the newest deployments of all rings, some repositories at a time.
func (s *survey) look(ctx context.Context) {
	var batches []func()
	for batch := range slices.Chunk(s.repos, max(1, perQuery/len(s.rings))) {
		batches = append(batches, func() { s.lookAt(ctx, batch) })
	}
	s.left = max(20, len(batches)*2/3)
	all(batches)
}

// all does several things, some at once.
func all(do []func()) {
	var g errgroup.Group
	g.SetLimit(AtOnce)
	for _, f := range do {
		g.Go(func() error { f(); return nil })
	}
	g.Wait()
}

var reading = github.Operation{Doing: "read the deployments of the repositories", Needs: "deployments: read"}

const deploymentsFields = `(environments: $e%d, first: %d%s, orderBy: {field: CREATED_AT, direction: DESC}) { pageInfo { hasNextPage endCursor } nodes { ` + deployments.RecordFields + ` } }`

func (s *survey) lookAt(ctx context.Context, repos []*repo) {
	q := newQuery()
	for i, ring := range s.rings {
		q.declare(fmt.Sprintf("e%d", i), "[String!]", []string{ring.Environment})
	}
	for i, r := range repos {
		q.addf("r%d: %s { nameWithOwner url", i, q.repository(i, r.name))
		for j := range s.rings {
			q.addf(" e%d: deployments"+deploymentsFields, j, j, newest, "")
		}
		q.addf(" }\n")
	}
	reply, data, err := s.ask(ctx, q)
	s.mu.Lock()
	defer s.mu.Unlock()
	for i, r := range repos {
		alias := fmt.Sprintf("r%d", i)
		r.read(s, reply, data[alias], alias, err)
	}
}

// read takes what a query says of a repository.
func (r *repo) read(s *survey, reply github.Reply, sent json.RawMessage, alias string, err error) {
	var got struct{ NameWithOwner, URL string }
	var lists map[string]json.RawMessage
	switch {
	case err != nil:
		r.problem = err.Error()
	case isNull(sent):
		r.problem = "the answer of GitHub lacks it"
		if err := reply.Failed(alias); err != nil {
			r.problem = "the repository cannot be read, or the token may not see it: " + err.Error()
		}
	case json.Unmarshal(sent, &got) != nil || json.Unmarshal(sent, &lists) != nil || got.NameWithOwner == "":
		r.problem = "the answer of GitHub cannot be read"
	case !strings.EqualFold(got.NameWithOwner, r.name):
		r.problem = fmt.Sprintf("the repository is %.200q now: change the line", got.NameWithOwner)
	}
	if r.problem != "" {
		return
	}
	r.url = got.URL
	for i, policy := range s.rings {
		list := fmt.Sprintf("e%d", i)
		r.rings = append(r.rings, &ring{of: r, policy: policy})
		r.rings[i].read(s, lists[list], reply.Failed(alias, list), "")
	}
	r.findStrays()
}

// read takes a page of the deployments of a ring.
func (r *ring) read(s *survey, sent json.RawMessage, failed error, after string) {
	r.cursor = ""
	var page *github.Connection[json.RawMessage]
	err := failed
	if err == nil {
		err = json.Unmarshal(sent, &page)
	}
	next, complete := page.Next(after)
	switch {
	case failed != nil:
		r.problem = "its deployments cannot be read: " + failed.Error()
		return
	case err != nil || !complete:
		r.problem = "the answer of GitHub lacks deployments"
		return
	}
	for _, node := range page.Nodes {
		record, ours, err := deployments.ReadRecord(node)
		if err == nil && ours && !s.keep(node) {
			err = errRoom
		}
		if err != nil {
			r.problem = err.Error()
			return
		}
		if ours {
			r.records = append(r.records, record)
		}
	}
	if !slices.IsSortedFunc(r.records, func(a, b *deployments.Record) int { return b.Created().Compare(a.Created()) }) {
		r.problem = "the answer of GitHub is not in order"
		return
	}
	r.seen += len(page.Nodes)
	r.cursor = next
}

// findStrays leaves each ring its own records. A record of a ring in the environment of another makes that ring unknown.
func (r *repo) findStrays() {
	for _, in := range r.rings {
		in.records = slices.DeleteFunc(in.records, func(record *deployments.Record) bool {
			name, environment := record.Ring()
			if name == in.policy.Name && strings.EqualFold(environment, in.policy.Environment) {
				return false
			}
			for _, of := range r.rings {
				if of.policy.Name == name && !strings.EqualFold(of.policy.Environment, environment) {
					of.problem = cmp.Or(of.problem, fmt.Sprintf("a record of it is in the environment %.80q, and by the policy it has %.80q", environment, of.policy.Environment))
				}
			}
			return true
		})
	}
}

func (r *repo) hasRecords() bool {
	return slices.ContainsFunc(r.rings, func(x *ring) bool { return len(x.records) > 0 || x.problem != "" })
}

// ask sends a query, unless GitHub wants no more of them.
func (s *survey) ask(ctx context.Context, q *query) (github.Reply, map[string]json.RawMessage, error) {
	s.mu.Lock()
	over := s.over
	s.mu.Unlock()
	if over != nil {
		return github.Reply{}, nil, over
	}
	reply, err := github.QueryParts(ctx, s.client.Passing(), reading, q.String(), q.variables)
	var data map[string]json.RawMessage
	if err == nil {
		err = json.Unmarshal(reply.Data, &data)
	}
	f := new(github.Failure)
	if err != nil && (strings.Contains(strings.ToLower(err.Error()), "rate limit") || errors.As(err, &f) && f.Status == http.StatusUnauthorized || ctx.Err() != nil) {
		s.mu.Lock()
		s.over = err
		s.mu.Unlock()
	}
	return reply, data, err
}

func isNull(sent json.RawMessage) bool { return len(sent) == 0 || string(sent) == "null" }
