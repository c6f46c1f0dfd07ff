package registry

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/wizzense/deployment-rings/action/internal/outbound"
)

const (
	maxWait   = 30 * time.Second // the most that Retry-After may ask for
	patience  = 30 * time.Second // with one request and its answer
	callLimit = time.Minute      // of a request with all of its tries and the waits between them
)

var (
	errPatience  = fmt.Errorf("no answer within %v", patience)
	errCallLimit = fmt.Errorf("no answer within %v in all", callLimit)
)

// backoff is the waits between tries.
var backoff = [...]time.Duration{time.Second, 3 * time.Second, 9 * time.Second}

// try does something that may be done again, until it succeeds, fails for good or was tried often enough.
func (c *Client) try(ctx context.Context, do func(context.Context) error) error {
	ctx, cancel := context.WithTimeoutCause(ctx, callLimit, errCallLimit)
	defer cancel()
	for _, wait := range backoff {
		err := patiently(ctx, do)
		if !transient(err) || ctx.Err() != nil {
			return ended(ctx, err)
		}
		if b := new(busy); errors.As(err, &b) && b.after > 0 {
			wait = b.after
		}
		if wait > maxWait || !outbound.TimeFor(ctx, wait) {
			return ended(ctx, err)
		}
		if c.sleep(ctx, wait) != nil {
			return ended(ctx, err)
		}
		c.retries.Add(1)
	}
	err := patiently(ctx, do)
	if transient(err) {
		err = fmt.Errorf("%w; tried %d times", err, len(backoff)+1)
	}
	return ended(ctx, err)
}

func patiently(ctx context.Context, do func(context.Context) error) error {
	ctx, cancel := context.WithTimeoutCause(ctx, patience, errPatience)
	defer cancel()
	err := do(ctx)
	if l := new(lost); errors.As(err, &l) && ctx.Err() != nil {
		l.err = context.Cause(ctx)
	}
	return err
}

func transient(err error) bool {
	b, l := new(busy), new(lost)
	return errors.As(err, &b) || errors.As(err, &l)
}

// ended tells why a call was ended, when it was, beside what it was trying to do.
func ended(ctx context.Context, err error) error {
	if err == nil || ctx.Err() == nil {
		return err
	}
	return fmt.Errorf("%w (last: %v)", context.Cause(ctx), err)
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
