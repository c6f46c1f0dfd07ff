package fault_test

import (
	"context"
	"errors"
	"testing"

	"github.com/wizzense/deployment-rings/action/internal/fault"
)

func TestCompute(t *testing.T) {
	ctx, cancel := context.WithCancelCause(t.Context())
	if got, err := fault.Compute(ctx, func() (int, error) { return 7, nil }); got != 7 || err != nil {
		t.Errorf("compute = %d, %v, want 7", got, err)
	}
	wrong := errors.New("wrong")
	if _, err := fault.Compute(ctx, func() (int, error) { return 7, wrong }); err != wrong {
		t.Errorf("compute of an error = %v, want it as it is", err)
	}
	forever := make(chan int)
	_, err := fault.Compute(ctx, func() (int, error) {
		cancel(fault.Interruption(errors.New("stop")))
		return <-forever, nil
	})
	if !fault.IsInterruption(err) || !fault.IsFailure(err) {
		t.Errorf("compute of what never ends = %v, want the interruption", err)
	}
	_, err = fault.Compute(ctx, func() (int, error) { panic("it is too late to begin") })
	if !fault.IsInterruption(err) {
		t.Errorf("compute after the end = %v, want the interruption", err)
	}
}
