package outbound_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/wizzense/deployment-rings/action/internal/outbound"
)

// Each line is a host, and how often it is tried, how long that takes, and what is said of it.
func TestTry(t *testing.T) {
	lost, busy, bad := &outbound.Lost{Err: errors.New("reset")}, errors.New("busy"), errors.New("bad")
	hang := func(ctx context.Context) error { <-ctx.Done(); return &outbound.Lost{Err: ctx.Err()} }
	says := func(errs ...error) func(context.Context) error {
		return func(context.Context) (err error) { err, errs = errs[0], errs[1:]; return err }
	}
	after := func(wait time.Duration) outbound.Again {
		return func(err error, usual time.Duration) (time.Duration, bool) { return max(usual, wait), err != bad }
	}
	for name, c := range map[string]struct {
		do    func(context.Context) error
		again outbound.Again
		tries int
		took  time.Duration
		want  string
	}{
		"good":                       {says(nil), after(0), 1, 0, "<nil>"},
		"good the second time":       {says(lost, nil), after(0), 2, time.Second, "<nil>"},
		"bad":                        {says(bad), after(0), 1, 0, "bad"},
		"bad the second time":        {says(busy, bad), after(0), 2, time.Second, "bad; tried 2 times"},
		"busy for good":              {says(busy, busy, busy), after(0), 3, 5 * time.Second, "busy; tried 3 times"},
		"the longest wait":           {says(busy, nil), after(30 * time.Second), 2, 30 * time.Second, "<nil>"},
		"a wait that is too long":    {says(busy), after(30*time.Second + 1), 1, 0, "busy"},
		"a wait that ends too late":  {says(busy, busy), after(30 * time.Second), 2, 30 * time.Second, "busy; tried 2 times"},
		"hangs":                      {hang, after(0), 3, 35 * time.Second, "no answer within 10s; tried 3 times"},
		"hangs, and there is a wait": {hang, after(22 * time.Second), 2, 42 * time.Second, "no answer within 10s; tried 2 times"},
		"hangs until the end":        {hang, after(14 * time.Second), 3, time.Minute, "no answer within 1m0s in all; tried 3 times"},
	} {
		synctest.Test(t, func(t *testing.T) {
			tries, began := 0, time.Now()
			r := outbound.Retrier{Patience: 10 * time.Second, Backoff: []time.Duration{time.Second, 4 * time.Second}}
			if name == "hangs until the end" {
				r.Patience = 12 * time.Second
			}
			err := r.Try(t.Context(), c.again, func(ctx context.Context) error { tries++; return c.do(ctx) })
			if took := time.Since(began); fmt.Sprint(err) != c.want || tries != c.tries || took != c.took {
				t.Errorf("%s: Try = %v after %d tries and %v, want %s, %d, %v", name, err, tries, took, c.want, c.tries, c.took)
			}
		})
	}
}

// Waiting for a turn costs nothing of the minute, and ends with the context.
func TestTryWaitsForItsTurn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := outbound.Retrier{Patience: time.Minute, Turns: make(chan struct{}, 1)}
		var ends []time.Duration
		began, done := time.Now(), make(chan error)
		for range 3 {
			go func() {
				done <- r.Try(t.Context(), nil, func(context.Context) error { time.Sleep(50 * time.Second); return nil })
			}()
		}
		for range 3 {
			if err := <-done; err != nil {
				t.Error(err)
			}
			ends = append(ends, time.Since(began))
		}
		if want := []time.Duration{50 * time.Second, 100 * time.Second, 150 * time.Second}; !slices.Equal(ends, want) {
			t.Errorf("three calls ended after %v, want %v", ends, want)
		}
		r.Turns <- struct{}{}
		stop := errors.New("stop")
		ctx, cancel := context.WithTimeoutCause(t.Context(), time.Second, stop)
		defer cancel()
		if err := r.Try(ctx, func(error, time.Duration) (time.Duration, bool) { return 0, false }, nil); err != stop {
			t.Errorf("Try without a turn = %v, want %v", err, stop)
		}
	})
}

// What ends a call is said beside what it was trying to do.
func TestTryIsEnded(t *testing.T) {
	stop := errors.New("stop")
	ctx, cancel := context.WithCancelCause(t.Context())
	r := outbound.Retrier{Patience: time.Minute, Backoff: []time.Duration{time.Second}}
	err := r.Try(ctx, func(error, time.Duration) (time.Duration, bool) { return time.Second, true }, func(context.Context) error {
		cancel(stop)
		return errors.New("refused")
	})
	if err == nil || err.Error() != "stop (last: refused)" || !errors.Is(err, stop) {
		t.Errorf("Try = %v, want stop (last: refused)", err)
	}
}
