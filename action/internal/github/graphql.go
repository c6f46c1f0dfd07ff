package github

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
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

// Query asks GraphQL. It changes nothing, and so is tried again as reading is.
func Query[T any](ctx context.Context, c *Client, op Operation, asking string, variables map[string]any) (T, error) {
	body, err := json.Marshal(map[string]any{"query": asking, "variables": variables})
	if err != nil {
		return *new(T), err
	}
	var data *T
	err = c.try(ctx, op, http.MethodGet, func(ctx context.Context) error {
		var answer struct {
			Data   json.RawMessage
			Errors []struct{ Message string }
		}
		_, err := c.do(ctx, http.MethodPost, c.graphQL(), body, &answer)
		switch {
		case err != nil:
			return err
		case len(answer.Errors) > 0: // also beside data, which then lacks something
			return Unanswered(c.hide(text.OneLine(answer.Errors[0].Message, text.MaxNote)))
		}
		data = nil
		if err := json.Unmarshal(answer.Data, &data); err != nil || data == nil {
			return Unanswered(text.OneLine(fmt.Sprintf("nothing that can be read (%v)", cmp.Or(err, errors.New("null"))), text.MaxNote))
		}
		return nil
	})
	if err != nil {
		return *new(T), err
	}
	return *data, nil
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
