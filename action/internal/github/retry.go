package github

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"time"

	"github.com/wizzense/deployment-rings/action/internal/outbound"
)

const (
	patience  = 10 * time.Second // with one request and its answer
	maxWait   = 30 * time.Second // between two tries
	callLimit = time.Minute      // of a request with all of its tries and the waits between them
)

var (
	errPatience  = fmt.Errorf("no answer within %v", patience)
	errCallLimit = fmt.Errorf("no answer within %v in all", callLimit)
)

// backoff is the waits between tries, where GitHub does not ask for another.
var backoff = [...]time.Duration{time.Second, 4 * time.Second}

// A call is a request with all of its tries.
type call struct {
	*Client
	left time.Duration // for tries and waits; waiting for its turn costs nothing
}

// spend does something at the cost of the time that is left.
func (c *call) spend(do func() error) error {
	began := time.Now()
	err := do()
	c.left -= time.Since(began)
	return err
}

// try sends a request until it succeeds, fails for good or was tried often enough, and explains how it failed.
func (c *Client) try(ctx context.Context, a aim, method string, do func(context.Context) error) error {
	whole := call{c, callLimit}
	tries := 1
	err := whole.attempt(ctx, do)
	for _, wait := range backoff {
		if err == nil {
			return nil
		}
		wait = max(wait, askedWait(err))
		if !again(err, method) || wait > maxWait || wait >= whole.left || !outbound.TimeFor(ctx, wait) {
			break
		}
		if whole.spend(func() error { return c.sleep(ctx, wait) }) != nil {
			break
		}
		tries++
		err = whole.attempt(ctx, do)
	}
	if err != nil && tries > 1 {
		err = fmt.Errorf("%w; tried %d times", err, tries)
	}
	return c.explain(a, ended(ctx, err))
}

// attempt does something when its turn comes, and ends it when it takes too long.
func (c *call) attempt(ctx context.Context, do func(context.Context) error) error {
	select {
	case c.slots <- struct{}{}:
		defer func() { <-c.slots }()
	case <-ctx.Done():
		return context.Cause(ctx)
	}
	limit, cause := patience, errPatience
	if c.left < limit {
		limit, cause = c.left, errCallLimit
	}
	ctx, cancel := context.WithTimeoutCause(ctx, limit, cause)
	defer cancel()
	err := c.spend(func() error { return do(ctx) })
	if l := new(lost); errors.As(err, &l) && ctx.Err() != nil {
		l.error = context.Cause(ctx)
	}
	return err
}

// again tells whether another try may help, and does no harm: what writes is tried again only when GitHub says that it
// did nothing.
func again(err error, method string) bool {
	r := new(refused)
	if errors.As(err, &r) {
		return r.limited || r.status >= 500 && method == http.MethodGet
	}
	return errors.As(err, new(*lost)) && method == http.MethodGet
}

func askedWait(err error) time.Duration {
	if r := new(refused); errors.As(err, &r) {
		return r.wait
	}
	return 0
}

// ended tells why a call was ended, when it was, beside what it was trying to do.
func ended(ctx context.Context, err error) error {
	if cause := context.Cause(ctx); err != nil && cause != nil && !errors.Is(err, cause) {
		return fmt.Errorf("%w (last: %w)", cause, err)
	}
	return err
}

func sleep(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-timer.C:
		return nil
	}
}
