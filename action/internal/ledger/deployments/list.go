package deployments

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/wizzense/deployment-rings/action/internal/github"
)

var readDeployments = github.Operation{Doing: "read the deployments", Needs: "deployments: read"}

// list reads the deployments of some environments. One that could not be read is missing, and the error says why.
//
// GraphQL gives all of them with their statuses in one answer. Where it does not, REST is asked, which takes a request
// for each environment and for each deployment.
func (l *Ledger) list(ctx context.Context, environments []string) (map[string][]deployment, error) {
	all, err := l.listAtOnce(ctx, environments)
	if err == nil || !github.WithoutGraphQL(err) {
		return all, err
	}
	return l.listEach(ctx, environments)
}

// listAtOnce asks GraphQL, for another page only of the environments that have one.
func (l *Ledger) listAtOnce(ctx context.Context, environments []string) (map[string][]deployment, error) {
	all, after := map[string][]deployment{}, map[string]string{}
	for _, name := range environments {
		all[name], after[name] = []deployment{}, ""
	}
	for range github.MaxPages {
		pages, err := l.ask(ctx, after)
		if err != nil {
			return nil, err
		}
		for name, page := range pages {
			for _, node := range page.nodes {
				all[name] = append(all[name], node.deployment())
			}
			after[name] = page.next
			if page.next == "" {
				delete(after, name)
			}
		}
		if len(after) == 0 {
			return all, nil
		}
	}
	return nil, l.Client.Explain(readDeployments, fmt.Errorf("there are more than %d pages", github.MaxPages))
}

// A deploymentPage is a complete page of the deployments of an environment.
type deploymentPage struct {
	nodes []deploymentNode
	next  string // the cursor of the next page; "": there is none
}

const deploymentsField = `
    %[1]s: deployments(environments: [$%[1]s], first: 100, after: $%[1]sAfter, orderBy: {field: CREATED_AT, direction: ASC}) {
      pageInfo { hasNextPage endCursor }
      nodes {
        databaseId commitOid createdAt environment payload
        statuses(first: 100) { pageInfo { hasNextPage endCursor } nodes { state description createdAt logUrl } }
      }
    }`

// ask reads a page of each environment after a cursor, "" for the first. It fails as a whole where the answer lacks
// anything of a page.
func (l *Ledger) ask(ctx context.Context, after map[string]string) (map[string]deploymentPage, error) {
	owner, name, _ := strings.Cut(l.Client.Repository(), "/")
	variables := map[string]any{"owner": owner, "name": name}
	var declared, fields strings.Builder
	aliases := map[string]string{}
	for i, environment := range slices.Sorted(maps.Keys(after)) {
		alias := "e" + strconv.Itoa(i)
		aliases[environment] = alias
		variables[alias] = environment
		if after[environment] != "" {
			variables[alias+"After"] = after[environment]
		}
		fmt.Fprintf(&declared, ", $%[1]s: String!, $%[1]sAfter: String", alias)
		fmt.Fprintf(&fields, deploymentsField, alias)
	}
	text := fmt.Sprintf("query($owner: String!, $name: String!%s) {\n  repository(owner: $owner, name: $name) {%s\n  }\n}", &declared, &fields)
	found, err := github.Query[struct {
		Repository map[string]*github.Connection[deploymentNode]
	}](ctx, l.Client, readDeployments, text, variables)
	if err != nil {
		return nil, err
	}
	pages := map[string]deploymentPage{}
	for environment, alias := range aliases {
		page := found.Repository[alias]
		next, complete := page.Next(after[environment])
		if !complete || slices.ContainsFunc(page.Nodes, deploymentNode.lacking) {
			return nil, github.Unanswered("an answer that lacks deployments, or what they are")
		}
		pages[environment] = deploymentPage{page.Nodes, next}
	}
	return pages, nil
}

type deploymentNode struct {
	DatabaseID  int64
	CommitOID   string
	CreatedAt   time.Time
	Environment string
	Payload     json.RawMessage
	Statuses    *github.Connection[statusNode]
}

// lacking reports whether GraphQL leaves out what a deployment is. It gives no number of more than 31 bits.
func (n deploymentNode) lacking() bool {
	return n.DatabaseID <= 0 || n.Environment == "" || n.CreatedAt.IsZero() || n.Payload == nil
}

func (n deploymentNode) deployment() deployment {
	d := deployment{id: n.DatabaseID, environment: n.Environment, commit: n.CommitOID, created: n.CreatedAt, raw: n.Payload}
	next, complete := n.Statuses.Next("")
	if !complete || next != "" || slices.ContainsFunc(n.Statuses.Nodes, statusNode.lacking) {
		return d // its statuses are asked for one by one
	}
	for _, s := range n.Statuses.Nodes {
		d.statuses = append(d.statuses, status{state: strings.ToLower(s.State), description: s.Description, at: s.CreatedAt, page: s.LogURL})
	}
	slices.SortStableFunc(d.statuses, byTime)
	d.whole = !ambiguous(d.statuses)
	return d
}

type statusNode struct {
	State, Description, LogURL string
	CreatedAt                  time.Time
}

// lacking reports whether GraphQL leaves out what a status says.
func (n statusNode) lacking() bool { return n.State == "" || n.CreatedAt.IsZero() }

// ambiguous reports whether two statuses that say something are of the same second. GraphQL gives neither the number
// of a status nor a word on their order.
func ambiguous(statuses []status) bool {
	last := int64(-1)
	for _, s := range statuses {
		if _, says := s.entry(); !says {
			continue
		}
		if s.at.Unix() == last {
			return true
		}
		last = s.at.Unix()
	}
	return false
}

// listEach asks REST.
func (l *Ledger) listEach(ctx context.Context, environments []string) (map[string][]deployment, error) {
	found := make([][]deployment, len(environments))
	problems := each(len(environments), func(i int) error {
		records, err := github.List[deploymentRecord](ctx, l.Client, readDeployments, l.Client.Path("deployments")+"?environment="+url.QueryEscape(environments[i]))
		if err != nil {
			return fmt.Errorf("environment %s: %w", environments[i], err)
		}
		if slices.ContainsFunc(records, deploymentRecord.lacking) {
			return fmt.Errorf("environment %s: %w", environments[i], l.Client.Explain(readDeployments, errors.New("the answer lacks what a deployment is")))
		}
		found[i] = []deployment{}
		for _, r := range records {
			found[i] = append(found[i], deployment{id: r.ID, environment: r.Environment, commit: r.SHA, created: r.CreatedAt, raw: r.Payload})
		}
		return nil
	})
	all := map[string][]deployment{}
	for i, name := range environments {
		if found[i] != nil {
			all[name] = found[i]
		}
	}
	return all, errors.Join(problems...)
}

type deploymentRecord struct {
	ID          int64
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

// statuses reads the statuses of a deployment, in order.
func (l *Ledger) statuses(ctx context.Context, id int64) ([]status, error) {
	op := github.Operation{Doing: fmt.Sprintf("read the statuses of deployment %d", id), Needs: readDeployments.Needs}
	records, err := github.List[statusRecord](ctx, l.Client, op, l.Client.Path("deployments", strconv.FormatInt(id, 10), "statuses"))
	if err == nil && slices.ContainsFunc(records, statusRecord.lacking) {
		err = l.Client.Explain(op, errors.New("the answer lacks what a status says"))
	}
	if err != nil {
		return nil, err
	}
	var all []status
	for _, r := range records {
		all = append(all, status{r.ID, r.State, r.Description, r.CreatedAt, r.LogURL})
	}
	slices.SortStableFunc(all, byTime)
	return all, nil
}

type statusRecord struct {
	ID                 int64
	State, Description string
	CreatedAt          time.Time `json:"created_at"`
	LogURL             string    `json:"log_url"`
}

// Key returns the number of the status.
func (r statusRecord) Key() any { return r.ID }

func (r statusRecord) lacking() bool { return r.ID <= 0 || r.State == "" || r.CreatedAt.IsZero() }

func byTime(a, b status) int {
	return cmp.Or(cmp.Compare(a.at.Unix(), b.at.Unix()), cmp.Compare(a.id, b.id))
}

func byID(a, b deployment) int { return cmp.Compare(a.id, b.id) }
