package ahead

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"golang.org/x/sync/errgroup"

	"github.com/wizzense/deployment-rings/action/internal/github"
)

// maxNodes limits what a query may come to, by its limits of lists: GitHub has ten seconds to answer.
const maxNodes = 5000

// atOnce limits the queries under way, since GitHub limits the time that it works for a token.
const atOnce = 8

// An item is an object of the repository that a query asks for. It has its value in a variable: what others wrote is no part of a
// query.
type item struct {
	field string // object(oid: $%s), pullRequest(number: $%s)
	kind  string // of the variable
	value any
	nodes int // that it may come to

	selected string
	take     func(answer) // what was answered
}

// An answer is what GraphQL said of an item.
type answer struct {
	object json.RawMessage
	reply  github.Reply
	alias  string
}

// has reports whether a field was answered: null then means that there is none.
func (a answer) has(path ...any) bool {
	return a.reply.Failed(append([]any{"repository", a.alias}, path...)...) == nil
}

// maxFailures is how many queries may fail before no other is waited for: REST has to have time as well.
const maxFailures = 2

// ask asks for items, in several queries at once. After one that a server refuses as such no other is sent: it has no GraphQL, or the
// token may not use it.
func (f *fetch) ask(ctx context.Context, items []item) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	var all errgroup.Group
	all.SetLimit(atOnce)
	for _, some := range packed(items) {
		all.Go(func() error {
			if f.failures.Load() >= maxFailures {
				return nil
			}
			failure := new(github.Failure)
			switch err := f.query(ctx, some); {
			case err == nil || errors.As(err, new(github.Unanswered)): // that was one query
			case errors.As(err, &failure) && failure.Status >= 400 && failure.Status < 500:
				f.failures.Store(maxFailures)
			default:
				f.failures.Add(1)
			}
			if f.failures.Load() >= maxFailures {
				cancel()
			}
			return nil
		})
	}
	all.Wait()
}

// packed puts items into queries.
func packed(items []item) (queries [][]item) {
	nodes := maxNodes
	for _, x := range items {
		if nodes += x.nodes; nodes > maxNodes {
			queries, nodes = append(queries, nil), x.nodes
		}
		last := &queries[len(queries)-1]
		*last = append(*last, x)
	}
	return queries
}

func (f *fetch) query(ctx context.Context, items []item) error {
	owner, name, _ := strings.Cut(f.Repository(), "/")
	variables := map[string]any{"owner": owner, "name": name}
	var declared, fields strings.Builder
	for i, x := range items {
		alias := fmt.Sprintf("x%d", i)
		variables[alias] = x.value
		fmt.Fprintf(&declared, ", $%s: %s", alias, x.kind)
		fmt.Fprintf(&fields, "\n    %s: "+x.field+" { %s }", alias, alias, x.selected)
	}
	asking := fmt.Sprintf("query($owner: String!, $name: String!%s) {\n  repository(owner: $owner, name: $name) {%s\n  }\n}", &declared, &fields)
	op := github.Operation{Doing: "read commits and pull requests", Needs: "contents: read"}
	reply, err := github.QueryParts(ctx, f.Client, op, asking, variables)
	if err != nil {
		return err
	}
	defer f.Forget(reply)
	var data struct{ Repository map[string]json.RawMessage }
	if err := json.Unmarshal(reply.Data, &data); err != nil {
		return err
	}
	for i, x := range items {
		alias := fmt.Sprintf("x%d", i)
		if object := data.Repository[alias]; len(object) > 0 && string(object) != "null" {
			x.take(answer{object, reply, alias})
		}
	}
	return nil
}

// A list is one of GraphQL. It is whole when it is all on its page.
type list[T any] struct {
	TotalCount *int
	PageInfo   *struct{ HasNextPage *bool }
	Nodes      []*T
}

const whole = "totalCount pageInfo { hasNextPage }"

// all returns the items of the list, never nil, and reports whether these are all that there are.
func (l *list[T]) all() ([]T, bool) {
	if l == nil || l.Nodes == nil || l.TotalCount == nil || *l.TotalCount != len(l.Nodes) || l.PageInfo == nil || l.PageInfo.HasNextPage == nil || *l.PageInfo.HasNextPage {
		return nil, false
	}
	items := []T{}
	for _, x := range l.Nodes {
		if x == nil {
			return nil, false
		}
		items = append(items, *x)
	}
	return items, true
}
