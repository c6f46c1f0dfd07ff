package deployments

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/wizzense/deployment-rings/action/internal/github"
	"github.com/wizzense/deployment-rings/action/internal/ledger/deployments/listing"
	"github.com/wizzense/deployment-rings/action/internal/ledger/deployments/wire"
)

const (
	maxIDs  = 100 // that GraphQL takes in one place
	maxAsk  = 250 // deployments that one query asks about
	perHead = 50  // deployments of a commit that a query asks for
)

// A question is what GraphQL is asked at a time: the statuses of deployments, and which deployments there are of commits.
type question struct {
	of           []*deployment
	commits      []string
	environments []string
}

// A nodeAnswer is a deployment as GraphQL has it. It gives no number of more than 31 bits, so that none is asked for.
type nodeAnswer struct {
	ID       string
	Statuses *github.Connection[statusNode]
}

// A commitAnswer has the newest deployments of a commit.
type commitAnswer struct {
	Deployments *github.Connection[struct {
		ID      string
		Payload string
	}]
}

// split makes questions of a size that GraphQL answers.
func (q question) split() (all []question) {
	for len(q.of) > 0 || len(q.commits) > 0 {
		n, m := min(maxAsk, len(q.of)), min(maxAsk, len(q.commits))
		all = append(all, question{q.of[:n], q.commits[:m], q.environments})
		q.of, q.commits = q.of[n:], q.commits[m:]
	}
	return all
}

// ask asks GraphQL, and fills in the statuses of the deployments. It fails as a whole where the answer lacks any of them. Of a
// commit that GraphQL does not know there is no answer.
func (l *Ledger) ask(ctx context.Context, q question) (map[string]commitAnswer, error) {
	owner, name, _ := strings.Cut(l.Client.Repository(), "/")
	variables := map[string]any{}
	var declared, fields, commits strings.Builder
	for i := 0; i*maxIDs < len(q.of); i++ {
		alias, ids := fmt.Sprint("d", i), []string{}
		for _, d := range q.of[i*maxIDs : min((i+1)*maxIDs, len(q.of))] {
			ids = append(ids, d.node)
		}
		variables[alias] = ids
		fmt.Fprintf(&declared, " $%s: [ID!]!", alias)
		fmt.Fprintf(&fields, "\n  %[1]s: nodes(ids: $%[1]s) { id ... on Deployment { statuses(first: 100) { totalCount pageInfo { hasNextPage endCursor } nodes { state description createdAt logUrl } } } }", alias)
	}
	for i, commit := range q.commits {
		alias := fmt.Sprint("c", i)
		variables[alias] = commit
		fmt.Fprintf(&declared, " $%s: GitObjectID!", alias)
		fmt.Fprintf(&commits, "\n    %[1]s: object(oid: $%[1]s) { ... on Commit { deployments(environments: $environments, first: %d, orderBy: {field: CREATED_AT, direction: DESC}) { totalCount pageInfo { hasNextPage endCursor } nodes { id payload } } } }", alias, perHead)
	}
	if len(q.commits) > 0 {
		variables["owner"], variables["name"], variables["environments"] = owner, name, q.environments
		declared.WriteString(" $owner: String! $name: String! $environments: [String!]")
		fmt.Fprintf(&fields, "\n  repository(owner: $owner, name: $name) {%s\n  }", &commits)
	}
	found, err := github.Query[map[string]json.RawMessage](ctx, l.Client, readDeployments, fmt.Sprintf("query(%s) {%s\n}", strings.TrimSpace(declared.String()), &fields), variables)
	if err != nil {
		return nil, err
	}
	return q.read(found)
}

// read fills in what was found.
func (q question) read(found map[string]json.RawMessage) (map[string]commitAnswer, error) {
	lacking := github.Unanswered("an answer that lacks deployments, or what they are")
	var nodes []*nodeAnswer
	for i := 0; i*maxIDs < len(q.of); i++ {
		var some []*nodeAnswer
		if json.Unmarshal(found[fmt.Sprint("d", i)], &some) != nil {
			return nil, lacking
		}
		nodes = append(nodes, some...)
	}
	if len(nodes) != len(q.of) {
		return nil, lacking
	}
	for i, n := range nodes {
		if n != nil && n.ID == q.of[i].node { // else it is asked for by itself
			q.of[i].fill(n.Statuses)
		}
	}
	var commits map[string]*commitAnswer
	if len(q.commits) > 0 && (json.Unmarshal(found["repository"], &commits) != nil || commits == nil) {
		return nil, lacking
	}
	answers := map[string]commitAnswer{}
	for i, commit := range q.commits {
		if a := commits[fmt.Sprint("c", i)]; a != nil && a.Deployments != nil {
			answers[commit] = *a
		}
	}
	return answers, nil
}

// fill takes over the statuses of a deployment, if they are all there and their order is certain.
func (d *deployment) fill(found *github.Connection[statusNode]) {
	next, complete := found.Next("")
	if complete {
		d.total = found.TotalCount
	}
	if !complete || next != "" || slices.ContainsFunc(found.Nodes, statusNode.lacking) {
		return // they are asked for one by one
	}
	var all []wire.Status
	for _, s := range found.Nodes {
		all = append(all, wire.Status{State: strings.ToLower(s.State), Description: s.Description, At: s.CreatedAt, Page: s.LogURL})
	}
	slices.SortStableFunc(all, wire.ByTime)
	if d.whole = !wire.Ambiguous(all); d.whole {
		d.statuses = all
	}
}

type statusNode struct {
	State, Description, LogURL string
	CreatedAt                  time.Time
}

// lacking reports whether GraphQL leaves out what a status says.
func (n statusNode) lacking() bool { return n.State == "" || n.CreatedAt.IsZero() }

// readStatuses reads the statuses of a deployment by themselves.
func (l *Ledger) readStatuses(ctx context.Context, d *deployment) error {
	records, err := listing.Statuses(ctx, l.Client, d.id, d.total)
	if err != nil {
		return err
	}
	d.statuses, d.whole = nil, true
	for _, r := range records {
		d.statuses = append(d.statuses, wire.Status{ID: r.ID, State: r.State, Description: r.Description, At: r.CreatedAt, Page: r.LogURL})
	}
	slices.SortStableFunc(d.statuses, wire.ByTime)
	return nil
}
