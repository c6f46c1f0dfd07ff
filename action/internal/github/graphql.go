package github

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"
)

// A connection is a page of a list in GraphQL. What an answer leaves out, or gives as null, is nil.
type connection[T any] struct {
	PageInfo *struct {
		HasNextPage *bool
		EndCursor   string
	}
	Nodes []T
}

// next returns the cursor of the page after this one, "" after the last. It reports whether the page is complete: it has
// its items, and says whether there are more and where, which is not where the page itself began.
func (c *connection[T]) next(after string) (cursor string, complete bool) {
	if c == nil || c.Nodes == nil || c.PageInfo == nil || c.PageInfo.HasNextPage == nil {
		return "", false
	}
	if !*c.PageInfo.HasNextPage {
		return "", true
	}
	cursor = c.PageInfo.EndCursor
	return cursor, cursor != "" && cursor != after
}

// query asks GraphQL. It changes nothing, and so is tried again as reading is.
func query[T any](ctx context.Context, c *Client, a aim, text string, variables map[string]any) (T, error) {
	var answer struct {
		Data   T
		Errors []struct{ Message string }
	}
	body, err := json.Marshal(map[string]any{"query": text, "variables": variables})
	if err != nil {
		return answer.Data, err
	}
	err = c.try(ctx, a, http.MethodGet, func(ctx context.Context) error {
		answer.Errors = nil
		_, err := c.do(ctx, http.MethodPost, c.graphQL(), body, &answer)
		if err == nil && len(answer.Errors) > 0 {
			return &unanswered{c.hide(short(answer.Errors[0].Message))}
		}
		return err
	})
	return answer.Data, err
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
