package outbound

import (
	"context"
	"errors"
	"fmt"
	"time"
)

const (
	MaxWait   = 30 * time.Second // between two tries
	callLimit = time.Minute      // of a request with all of its tries and the waits between them
)

var errCallLimit = fmt.Errorf("no answer within %v in all", callLimit)

// Lost is a connection or an answer that was lost on the way.
type Lost struct{ Err error }

// Error says what was seen.
func (l *Lost) Error() string { return l.Err.Error() }

// Unwrap returns what was seen, or why a try was ended.
func (l *Lost) Unwrap() error { return l.Err }

// A Retrier sends a request again where that may help.
type Retrier struct {
	Patience time.Duration                              // with one try and its answer
	Backoff  []time.Duration                            // waits between tries
	Sleep    func(context.Context, time.Duration) error // nil: real time
	Turns    chan struct{}                              // contains an element for each try under way; nil: any number may be
}

// Again decides after a failure whether another try may help, and how long to wait for it. Its wait is the one that applies
// where the host asks for no other.
type Again func(err error, wait time.Duration) (time.Duration, bool)

// Try does something until it succeeds, fails for good or was tried often enough. All tries and waits together take at most a
// minute; waiting for a turn does not count.
func (r Retrier) Try(ctx context.Context, again Again, do func(context.Context) error) error {
	left, tries := callLimit, 1
	err := r.once(ctx, &left, do)
	for _, wait := range r.Backoff {
		if err == nil {
			return nil
		}
		wait, ok := again(err, wait)
		began := time.Now()
		if !ok || wait > MaxWait || wait >= left || !TimeFor(ctx, wait) || r.Wait(ctx, wait) != nil {
			break
		}
		left -= time.Since(began)
		tries++
		err = r.once(ctx, &left, do)
	}
	if err != nil && tries > 1 {
		err = fmt.Errorf("%w; tried %d times", err, tries)
	}
	if cause := context.Cause(ctx); err != nil && cause != nil && !errors.Is(err, cause) {
		return fmt.Errorf("%w (last: %w)", cause, err)
	}
	return err
}

// once does something when its turn comes, and ends it when it takes too long.
func (r Retrier) once(ctx context.Context, left *time.Duration, do func(context.Context) error) error {
	if r.Turns != nil {
		select {
		case r.Turns <- struct{}{}:
			defer func() { <-r.Turns }()
		case <-ctx.Done():
			return context.Cause(ctx)
		}
	}
	limit, cause := r.Patience, fmt.Errorf("no answer within %v", r.Patience)
	if *left < limit {
		limit, cause = *left, errCallLimit
	}
	ctx, cancel := context.WithTimeoutCause(ctx, limit, cause)
	defer cancel()
	began := time.Now()
	err := do(ctx)
	*left -= time.Since(began)
	if l := new(Lost); errors.As(err, &l) && ctx.Err() != nil {
		l.Err = context.Cause(ctx)
	}
	return err
}

// Wait waits, unless the context ends before.
func (r Retrier) Wait(ctx context.Context, d time.Duration) error {
	if r.Sleep != nil {
		return r.Sleep(ctx, d)
	}
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-time.After(d):
		return nil
	}
}
