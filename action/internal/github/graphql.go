package github

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"

	"github.com/wizzense/deployment-rings/internal/text"
)

// A Connection is a page of a list in GraphQL.
type Connection[T any] struct {
	PageInfo   PageInfo
	Nodes      []T
	TotalCount int // of the whole list, where it was asked for
}

// PageInfo says whether another page follows, and where it begins.
type PageInfo struct {
	HasNextPage *bool
	EndCursor   string
}

// UnmarshalJSON refuses everything but a page: null, one without its nodes or that does not say whether another follows, and
// an empty one that another follows.
func (c *Connection[T]) UnmarshalJSON(data []byte) error {
	var sent struct {
		PageInfo   *PageInfo
		Nodes      []T
		TotalCount int
	}
	if err := json.Unmarshal(data, &sent); err != nil {
		return err
	}
	switch {
	case sent.Nodes == nil || sent.PageInfo == nil || sent.PageInfo.HasNextPage == nil:
		return errors.New("a list has no nodes, or does not say whether there are more")
	case *sent.PageInfo.HasNextPage && (len(sent.Nodes) == 0 || sent.PageInfo.EndCursor == ""):
		return errors.New("a page is empty, and there is another one")
	}
	c.PageInfo, c.Nodes, c.TotalCount = *sent.PageInfo, sent.Nodes, sent.TotalCount
	return nil
}

// Next returns the cursor of the page after this one, "" after the last. It reports whether the page can be gone on from:
// an answer may lack it, and the next page does not begin where this one began.
func (c *Connection[T]) Next(after string) (cursor string, complete bool) {
	if c == nil || c.PageInfo.HasNextPage == nil {
		return "", false
	}
	if !*c.PageInfo.HasNextPage {
		return "", true
	}
	return c.PageInfo.EndCursor, c.PageInfo.EndCursor != after
}

// Query asks GraphQL for what is needed as a whole: an error of any part of it is the error of all.
func Query[T any](ctx context.Context, c *Client, op Operation, asking string, variables map[string]any) (T, error) {
	var data *T
	_, err := c.query(ctx, op, asking, variables, func(r Reply) error {
		if len(r.failures) > 0 { // also beside data, which then lacks something
			return r.failures[0]
		}
		data = nil
		if err := json.Unmarshal(r.Data, &data); err != nil || data == nil {
			return unreadable(err)
		}
		return nil
	})
	if err != nil {
		return *new(T), err
	}
	return *data, nil
}

// A Reply is what GraphQL answered, of which parts may have failed. What failed is null in the data, as is what does not exist:
// [Reply.Failed] has to be asked of a part before its null means anything.
type Reply struct {
	Data     json.RawMessage
	failures []failure
}

// A failure is an error beside the data: https://spec.graphql.org/October2021/#sec-Errors.
type failure struct {
	Message string
	Path    []any // names of fields, as the query calls them, and numbers in lists; none: of the whole query
}

func (f failure) Error() string { return f.Unwrap().Error() }

func (f failure) Unwrap() error { return Unanswered(f.Message) }

// QueryParts asks GraphQL for several things of which each may fail by itself. The error is that of the query as a whole.
func QueryParts(ctx context.Context, c *Client, op Operation, asking string, variables map[string]any) (Reply, error) {
	return c.query(ctx, op, asking, variables, func(r Reply) error {
		for _, f := range r.failures {
			if len(f.Path) == 0 {
				return f
			}
		}
		if data := bytes.TrimSpace(r.Data); len(data) == 0 || data[0] != '{' {
			return unreadable(nil)
		}
		return nil
	})
}

// Failed returns why a part of the answer is not whole: an error of it, of something in it, or of what it is in; nil if it is.
func (r Reply) Failed(path ...any) error {
	for _, f := range r.failures {
		n := min(len(f.Path), len(path))
		if slices.EqualFunc(f.Path[:n], path[:n], func(a, b any) bool { return fmt.Sprint(a) == fmt.Sprint(b) }) {
			return f
		}
	}
	return nil
}

// Forget says that nobody keeps an answer any longer, which makes room for others.
func (c *Client) Forget(r Reply) { c.kept.Add(-int64(len(r.Data))) }

// query asks GraphQL. It changes nothing, and so is tried again as reading is.
func (c *Client) query(ctx context.Context, op Operation, asking string, variables map[string]any, check func(Reply) error) (reply Reply, err error) {
	asking = strings.TrimSuffix(strings.TrimSpace(asking), "}") + price + "}"
	body, err := json.Marshal(map[string]any{"query": asking, "variables": variables})
	if err != nil {
		return Reply{}, err
	}
	err = c.try(ctx, op, http.MethodGet, func(ctx context.Context) error {
		var answer struct {
			Data   json.RawMessage
			Errors []failure
		}
		if _, err := c.do(ctx, http.MethodPost, c.graphQL(), body, &answer); err != nil {
			return err
		}
		c.account.spent(answer.Data)
		for i, f := range answer.Errors {
			answer.Errors[i].Message = c.hide(text.OneLine(f.Message, text.MaxNote))
		}
		reply = Reply{answer.Data, answer.Errors}
		return check(reply)
	})
	return reply, err
}

func unreadable(err error) error {
	return Unanswered(text.OneLine(fmt.Sprintf("nothing that can be read (%v)", cmp.Or(err, errors.New("null"))), text.MaxNote))
}

// budgetOf returns the budget that a request to an address is taken from.
func (c *Client) budgetOf(address string) string {
	if address == c.graphQL() {
		return ofGraphQL
	}
	return ofREST
}

// graphQL is where GraphQL is asked: beside v3 on an Enterprise Server, below the root on github.com. A job names it in
// GITHUB_GRAPHQL_URL as well, which is not read, so that the token goes to the host of the API alone.
func (c *Client) graphQL() string {
	return strings.TrimSuffix(c.root.String(), "/v3") + "/graphql"
}

// Unanswered is the error of a query that GraphQL did not answer. It says why.
type Unanswered string

// Error says that the reason is that of GraphQL.
func (u Unanswered) Error() string { return "GraphQL says: " + string(u) }

// WithoutGraphQL reports whether an error says that GraphQL does not answer such a query at all, so that the REST API
// has to be asked: a server without it, a token that may not use it, or a limit of its own.
func WithoutGraphQL(err error) bool {
	if errors.As(err, new(Unanswered)) {
		return true
	}
	r := new(refused)
	return errors.As(err, &r) && r.status < 500 && r.status != http.StatusUnauthorized
}
