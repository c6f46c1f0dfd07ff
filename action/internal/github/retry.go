package github

import (
	"context"
	"errors"
	"net/http"
	"time"

	"github.com/wizzense/deployment-rings/action/internal/outbound"
)

const patience = 10 * time.Second // with one request and its answer

// backoff are the waits between tries, where GitHub does not ask for a longer one.
var backoff = []time.Duration{time.Second, 4 * time.Second}

// try sends a request until it succeeds, fails for good or was tried often enough, and explains how it failed. What writes is
// tried again only when GitHub says that it did nothing.
func (c *Client) try(ctx context.Context, op Operation, method string, do func(context.Context) error) error {
	again := func(err error, wait time.Duration) (time.Duration, bool) {
		if r := new(refused); errors.As(err, &r) {
			return max(wait, r.wait), r.limited || r.status >= 500 && method == http.MethodGet
		}
		return wait, errors.As(err, new(*outbound.Lost)) && method == http.MethodGet
	}
	return c.Explain(op, c.retrier.Try(ctx, again, do))
}
