package deployments

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"

	"github.com/wizzense/deployment-rings/action/internal/ledger"
)

// Read collects the entries of some rings. A deployment of ours that cannot be read makes its ring not collected.
func (l *Ledger) Read(ctx context.Context, rings ...string) (ledger.Reading, error) {
	ctx, cancel := l.Client.Bound(ctx)
	defer cancel()
	found, err := l.deployments(ctx, rings)
	var read ledger.Reading
	problems := []error{err}
	for _, ring := range rings {
		of, ok := found[ring]
		if !ok {
			continue
		}
		entries, err := entriesOf(of)
		if err != nil {
			problems = append(problems, fmt.Errorf("ring %s: %w; delete that deployment", ring, err))
			continue
		}
		read.Add(ring, entries...)
	}
	return read, errors.Join(problems...)
}

func entriesOf(deployments []deployment) ([]ledger.Entry, error) {
	all := []ledger.Entry{}
	for _, d := range deployments {
		entries, err := d.entries()
		if err != nil {
			return nil, err
		}
		all = append(all, entries...)
	}
	return all, nil
}

// deployments returns ours by ring, from the oldest to the newest. A ring that could not be read is missing, and the error
// says why.
func (l *Ledger) deployments(ctx context.Context, rings []string) (map[string][]deployment, error) {
	environments, err := l.environments(rings)
	if err != nil {
		return nil, err
	}
	listed, err := l.list(ctx, environments)
	found := make([][]deployment, len(rings))
	problems := each(len(rings), func(i int) (err error) {
		if in, ok := listed[l.Environments[rings[i]]]; ok {
			found[i], err = l.ofRing(ctx, rings[i], in)
		}
		return err
	})
	all := map[string][]deployment{}
	for i, ring := range rings {
		if found[i] != nil {
			all[ring] = found[i]
		}
	}
	return all, errors.Join(append(problems, err)...)
}

// environments returns those of some rings, each once.
func (l *Ledger) environments(rings []string) ([]string, error) {
	var all []string
	for _, ring := range rings {
		name := l.Environments[ring]
		if name == "" {
			return nil, fmt.Errorf("ring %.80q has no environment in the policy", ring)
		}
		all = append(all, name)
	}
	slices.Sort(all)
	return slices.Compact(all), nil
}

// ofRing returns the deployments of an environment that are ours and of a ring, with their statuses. One of ours that names
// no ring may be of any ring that has the environment.
func (l *Ledger) ofRing(ctx context.Context, ring string, in []deployment) ([]deployment, error) {
	all := []deployment{}
	for _, d := range in {
		if !strings.EqualFold(d.environment, l.Environments[ring]) {
			continue // a server may answer with more than was asked for
		}
		p, ours, err := readPayload(d.raw)
		if ours && err == nil {
			err = p.checkRing()
		}
		if ours && err != nil {
			return nil, fmt.Errorf("ring %s: the payload of deployment %d cannot be read: %w; delete that deployment", ring, d.id, err)
		}
		if d.payload = p; ours && p.Ring == ring {
			all = append(all, d)
		}
	}
	slices.SortStableFunc(all, byID)
	problems := each(len(all), func(i int) (err error) {
		if !all[i].whole {
			all[i].statuses, err = l.statuses(ctx, all[i].id)
		}
		return err
	})
	if err := errors.Join(problems...); err != nil {
		return nil, fmt.Errorf("ring %s: %w", ring, err)
	}
	return all, nil
}

// each does something n times at once, and returns when all is done.
func each(n int, do func(i int) error) []error {
	problems := make([]error, n)
	var all sync.WaitGroup
	for i := range n {
		all.Go(func() { problems[i] = do(i) })
	}
	all.Wait()
	return problems
}
