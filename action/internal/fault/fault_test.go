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

// TestFlatten: joined errors come apart, however deep, and what is in a failure stays one.
func TestFlatten(t *testing.T) {
	a, b, c := errors.New("a"), errors.New("b"), errors.New("c")
	for _, tt := range []struct {
		err      error
		want     []error
		failures []bool
	}{
		{nil, nil, nil},
		{fault.Failed(nil), nil, nil},
		{a, []error{a}, []bool{false}},
		{errors.Join(a, errors.Join(b, c)), []error{a, b, c}, []bool{false, false, false}},
		{fault.Failed(errors.Join(a, b)), []error{a, b}, []bool{true, true}},
		{errors.Join(a, fault.Failed(errors.Join(b, fault.Failed(c)))), []error{a, b, c}, []bool{false, true, true}},
	} {
		got := fault.Flatten(tt.err)
		if len(got) != len(tt.want) {
			t.Errorf("Flatten(%v) = %v, want %v", tt.err, got, tt.want)
			continue
		}
		for i, e := range got {
			if !errors.Is(e, tt.want[i]) || fault.IsFailure(e) != tt.failures[i] {
				t.Errorf("Flatten(%v)[%d] = %v, a failure: %v, want %v, %v", tt.err, i, e, fault.IsFailure(e), tt.want[i], tt.failures[i])
			}
		}
	}
}

// TestLog: every problem of an input has its name, and an interruption is one problem, however much it leaves undone.
func TestLog(t *testing.T) {
	var l fault.Log
	l.Add(nil)
	l.AddFor("image", errors.Join(errors.New("a"), errors.New("b")))
	l.AddFor("tag", nil)
	l.Addf("ring: %s", "c")
	for _, why := range []string{"first", "second"} {
		l.Add(fault.Failed(fault.Interruption(errors.New(why))))
	}
	l.Warn("odd")
	if want := "image: a\nimage: b\nring: c\nfirst"; l.Problems == nil || l.Problems.Error() != want {
		t.Errorf("the problems are %v, want %s", l.Problems, want)
	}
	if len(l.Notes) != 1 || l.Notes[0].String() != "warning: odd" {
		t.Errorf("the notes are %v, want one warning", l.Notes)
	}
}
