package ledgertest_test

import (
	"cmp"
	"context"
	"slices"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/wizzense/deployment-rings/action/internal/ledger"
	"github.com/wizzense/deployment-rings/action/internal/ledger/ledgertest"
)

// A remote ledger has a clock of its own that knows whole seconds, as a service on the network does.
type remote struct {
	mutex   sync.Mutex
	entries []ledger.Entry
}

func (r *remote) Append(ctx context.Context, e ledger.Entry) (string, error) {
	if err := cmp.Or(ctx.Err(), e.Check()); err != nil {
		return "", err
	}
	r.mutex.Lock()
	defer r.mutex.Unlock()
	e.ID, e.At = strconv.Itoa(len(r.entries)+5), time.Now().UTC().Truncate(time.Second)
	r.entries = append(r.entries, e)
	return e.ID, nil
}

func (r *remote) Read(ctx context.Context, rings ...string) (ledger.Reading, error) {
	if ctx.Err() != nil {
		return ledger.Reading{}, ctx.Err()
	}
	r.mutex.Lock()
	defer r.mutex.Unlock()
	var all ledger.Reading
	for _, ring := range rings {
		other := func(e ledger.Entry) bool { return e.Ring != ring }
		all.Add(ring, slices.DeleteFunc(slices.Clone(r.entries), other)...)
	}
	return all, nil
}

func TestOtherLedgersMayPass(t *testing.T) {
	ledgertest.Run(t, func(*testing.T) ledger.Ledger { return &remote{} })
}
