package fault

import (
	"context"
	"errors"
)

// An interruption is why a run ends before it is through.
type interruption struct{ error }

// Interruption returns err as the reason why a run ends before it is through. It is the cause of a context that ended.
func Interruption(err error) error { return interruption{err} }

// IsInterruption reports whether a run ended because it was interrupted.
func IsInterruption(err error) bool { return errors.As(err, new(interruption)) }

// Interrupted returns why the run is to end; nil while it may go on.
func Interrupted(ctx context.Context) error {
	if ctx.Err() == nil {
		return nil
	}
	return failure{interruption{context.Cause(ctx)}}
}

// Compute returns what f returns, or why the run is to end if that comes first. f then goes on by itself, so it must do
// nothing but compute, or read files.
func Compute[T any](ctx context.Context, f func() (T, error)) (T, error) {
	type answer struct {
		value T
		err   error
	}
	var none T
	if err := Interrupted(ctx); err != nil {
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
		return none, Interrupted(ctx)
	}
}
