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

// A connection is a page of a list in GraphQL.
type connection[T any] struct {
	PageInfo pageInfo
	Nodes    []T
}

type pageInfo struct {
	HasNextPage *bool
	EndCursor   string
}

// UnmarshalJSON refuses what is not a page: null, one without its nodes or that does not say whether another follows, and
// an empty one that another follows.
func (c *connection[T]) UnmarshalJSON(data []byte) error {
	var sent struct {
		PageInfo *pageInfo
		Nodes    []T
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
	c.PageInfo, c.Nodes = *sent.PageInfo, sent.Nodes
	return nil
}

// next returns the cursor of the page after this one, "" after the last. It reports whether the page can be gone on from:
// an answer may lack it, and the next page does not begin where this one began.
func (c *connection[T]) next(after string) (cursor string, complete bool) {
	if c == nil || c.PageInfo.HasNextPage == nil {
		return "", false
	}
	if !*c.PageInfo.HasNextPage {
		return "", true
	}
	return c.PageInfo.EndCursor, c.PageInfo.EndCursor != after
}

// query asks GraphQL. It changes nothing, and so is tried again as reading is.
func query[T any](ctx context.Context, c *Client, a aim, asking string, variables map[string]any) (T, error) {
	body, err := json.Marshal(map[string]any{"query": asking, "variables": variables})
	if err != nil {
		return *new(T), err
	}
	var data *T
	err = c.try(ctx, a, http.MethodGet, func(ctx context.Context) error {
		var answer struct {
			Data   json.RawMessage
			Errors []struct{ Message string }
		}
		_, err := c.do(ctx, http.MethodPost, c.graphQL(), body, &answer)
		switch {
		case err != nil:
			return err
		case len(answer.Errors) > 0: // also beside data, which then lacks something
			return &unanswered{c.hide(text.OneLine(answer.Errors[0].Message, text.MaxNote))}
		}
		data = nil
		if err := json.Unmarshal(answer.Data, &data); err != nil || data == nil {
			return &unanswered{text.OneLine(fmt.Sprintf("nothing that can be read (%v)", cmp.Or(err, errors.New("null"))), text.MaxNote)}
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

// unanswered is a query that GraphQL did not answer.
type unanswered struct{ message string }

func (u *unanswered) Error() string { return fmt.Sprintf("GraphQL says: %s", u.message) }

// withoutGraphQL reports whether an error says that GraphQL does not answer such a query at all, so that the REST API
// has to be asked: a server without it, a token that may not use it, or a limit of its own.
func withoutGraphQL(err error) bool {
	if errors.As(err, new(*unanswered)) {
		return true
	}
	r := new(refused)
	return errors.As(err, &r) && r.status < 500 && r.status != http.StatusUnauthorized
}
