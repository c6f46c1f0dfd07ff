package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"syscall"
)

// interruptible returns a context that the first signal to stop ends, with an [interruption] as its cause. What waits for
// a server ends with it, what computes is left (see [compute]), and a record that must be written still is. A second signal
// ends the process.
func interruptible(parent context.Context) context.Context {
	ctx, cancel := context.WithCancelCause(parent)
	signals := make(chan os.Signal, 1)
	signal.Notify(signals, os.Interrupt, syscall.SIGTERM)
	go func() {
		first := <-signals
		signal.Stop(signals)
		cancel(interruption{fmt.Errorf("the run was interrupted by the signal %q", first)})
	}()
	return ctx
}

// An interruption is why a run ends before it is through.
type interruption struct{ error }

// interrupted returns why the run is to end; nil while it may go on.
func interrupted(ctx context.Context) error {
	if ctx.Err() == nil {
		return nil
	}
	return failure{interruption{context.Cause(ctx)}}
}

func isInterruption(err error) bool { return errors.As(err, new(interruption)) }

// compute returns what f returns, or why the run is to end if that comes first. Nobody waits for f then, so it must do
// nothing but compute, or read files.
func compute[T any](ctx context.Context, f func() (T, error)) (T, error) {
	type answer struct {
		value T
		err   error
	}
	var none T
	if err := interrupted(ctx); err != nil {
		return none, err
	}
	answers := make(chan answer, 1)
	go func() {
		value, err := f()
		answers <- answer{value, err}
	}()
	select {
	case a := <-answers:
		return a.value, a.err
	case <-ctx.Done():
		return none, interrupted(ctx)
	}
}
