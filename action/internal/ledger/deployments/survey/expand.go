package survey

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/wizzense/deployment-rings/action/internal/fleet"
	"github.com/wizzense/deployment-rings/action/internal/github"
)

// expand finds the repositories of a list, each once. Those of an owner come after those that have a line. An owner whose
// repositories could not be listed is a row of its own.
func (s *survey) expand(ctx context.Context, lines []fleet.Selector) (owners []fleet.Owner, failed []fleet.Repository) {
	seen := map[string]bool{}
	add := func(name string, owner int) {
		if key := strings.ToLower(name); !seen[key] {
			seen[key] = true
			s.repos = append(s.repos, &repo{name: name, owner: owner})
		}
	}
	var listings []*listing
	var batches []func()
	for _, line := range lines {
		if line.Name != "" {
			add(line.String(), -1)
			continue
		}
		l := &listing{owner: line.Owner}
		listings = append(listings, l)
		batches = append(batches, func() { l.err = l.read(ctx, s) })
	}
	all(batches)
	for _, l := range listings {
		if l.err != nil {
			failed = append(failed, fleet.Repository{Name: l.owner + "/*", Problem: l.err.Error()})
			continue
		}
		owners = append(owners, fleet.Owner{Owner: l.owner, Repositories: len(l.names) + l.without, Archived: l.archived, WithoutRecords: l.without})
		for _, name := range l.names {
			add(name, len(owners)-1)
		}
	}
	return owners, failed
}

var errLacking = errors.New("the answer of GitHub lacks repositories of the owner")

// A listing is the repositories of an owner, forks among them: what has records counts, wherever it came from.
type listing struct {
	owner    string
	names    []string
	archived int
	without  int // that have no deployment in the environment of a ring
	err      error
}

const ownerFields = `owner: repositoryOwner(login: $login) {
repositories(first: 100, after: $after, ownerAffiliations: [OWNER]) { pageInfo { hasNextPage endCursor } nodes { nameWithOwner isArchived%s } } }
`

// anyDeployment asks whether a repository has a deployment in the environment of a ring, so that those without are not read.
const anyDeployment = ` deployments(environments: $all, first: 1) { totalCount }`

// A listed repository is one of a listing.
type listed struct {
	NameWithOwner string
	IsArchived    *bool
	Deployments   *struct{ TotalCount *int }
}

func (l *listing) read(ctx context.Context, s *survey) error {
	after := ""
	for range github.MaxPages {
		page, err := l.page(ctx, s, after, true)
		if err == nil && slices.Contains(page.Nodes, nil) { // one whose deployments the token may not read is null as a whole
			page, err = l.page(ctx, s, after, false)
		}
		if err != nil {
			return err
		}
		next, complete := page.Next(after)
		if !complete {
			return errLacking
		}
		for _, r := range page.Nodes {
			switch {
			case r == nil || !github.IsRepository(r.NameWithOwner) || r.IsArchived == nil:
				return errLacking
			case *r.IsArchived:
				l.archived++
			case r.Deployments != nil && r.Deployments.TotalCount != nil && *r.Deployments.TotalCount == 0:
				l.without++
			case !slices.Contains(l.names, r.NameWithOwner):
				l.names = append(l.names, r.NameWithOwner)
			}
		}
		if after = next; after == "" {
			return nil
		}
	}
	return fmt.Errorf("the owner has more than %d repositories", 100*github.MaxPages)
}

// page reads a page of the listing, and whether its repositories have deployments.
func (l *listing) page(ctx context.Context, s *survey, after string, counting bool) (*github.Connection[*listed], error) {
	q := newQuery()
	q.declare("login", "String!", l.owner)
	q.declare("after", "String", nil)
	if after != "" {
		q.variables["after"] = after
	}
	count := ""
	if counting {
		count = anyDeployment
		q.declare("all", "[String!]", s.environments())
	}
	q.addf(ownerFields, count)
	reply, data, err := s.ask(ctx, q)
	if err == nil && isNull(data["owner"]) {
		err = cmp.Or(reply.Failed("owner"), errors.New("there is no such owner, or the token may not see it"))
	}
	if err != nil {
		return nil, fmt.Errorf("the repositories of the owner cannot be listed: %w", err)
	}
	var owner struct{ Repositories *github.Connection[*listed] }
	if json.Unmarshal(data["owner"], &owner) != nil || owner.Repositories == nil {
		return nil, errLacking
	}
	return owner.Repositories, nil
}

// environments returns those of all rings.
func (s *survey) environments() []string {
	var all []string
	for _, r := range s.rings {
		all = append(all, r.Environment)
	}
	return all
}
