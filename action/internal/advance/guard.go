package advance

import (
	"context"
	"errors"
	"fmt"
	"sync"

	"github.com/wizzense/deployment-rings/action/internal/act"
	"github.com/wizzense/deployment-rings/action/internal/ledger"
	"github.com/wizzense/deployment-rings/action/internal/registry"
	"github.com/wizzense/deployment-rings/action/internal/tally"
)

// A changed ring is one to which another run wrote meanwhile.
type changed struct{ by ledger.Entry }

func (c changed) Error() string {
	what := string(c.by.Outcome)
	if c.by.Signal != "" {
		what = string(c.by.Signal) + " " + string(c.by.State)
	}
	return fmt.Sprintf("another run recorded something in the ring meanwhile: %s of %s", what, c.by.Digest)
}

// guard returns a function that is called just before the first write, and reads the newest record of the ring again. Its error
// keeps the write from being done.
func (w *walk) guard(p *place) func(context.Context) error {
	var once sync.Once
	var err error
	before := newest(p.facts.Ledger, p.Ring)
	return func(ctx context.Context) error {
		once.Do(func() {
			var read ledger.Reading
			about := ledger.About{Images: [][]string{p.facts.Names()}, NoTarget: true, Now: w.Facts.File.Now}
			if read, err = ledger.ReadAbout(ctx, w.Ledger, about, p.Ring); err != nil {
				err = fmt.Errorf("the ring was not read again, so nothing was done: %w", err)
			} else if now := newest(read.Of(p.facts.Names()), p.Ring); !same(before, now) {
				err = changed{now}
			}
		})
		return err
	}
}

// unlessChanged makes a hold of a deed that was not done since the ring changed.
func (p *place) unlessChanged(err error) error {
	var by changed
	if !errors.As(err, &by) {
		return err
	}
	p.Deed, p.Deployment, p.Moved, p.Record = tally.Nothing, tally.Deployment{}, nil, ""
	p.Decision = p.Decision.Unsettled(by.Error())
	return nil
}

// A guardedLedger looks before it stores the first entry.
type guardedLedger struct {
	ledger.Ledger
	look func(context.Context) error
}

// Append stores an entry, unless the look keeps it from that.
func (g guardedLedger) Append(ctx context.Context, e ledger.Entry) (string, error) {
	if err := g.look(ctx); err != nil {
		return "", err
	}
	return g.Ledger.Append(ctx, e)
}

// A guardedRegistry looks before it moves the first tag.
type guardedRegistry struct {
	act.Registry
	look func(context.Context) error
}

// Move moves tags, unless the look keeps it from that.
func (g guardedRegistry) Move(ctx context.Context, m registry.Move) (registry.Result, error) {
	if !m.DryRun {
		if err := g.look(ctx); err != nil {
			return registry.Result{}, err
		}
	}
	return g.Registry.Move(ctx, m)
}
