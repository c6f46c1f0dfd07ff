package deployments

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"

	"github.com/wizzense/deployment-rings/action/internal/github"
	"github.com/wizzense/deployment-rings/action/internal/ledger"
)

// Read collects the entries of some rings, as far back as decisions about all images look that were found on the way. A deployment of
// ours that cannot be read makes its ring not collected.
func (l *Ledger) Read(ctx context.Context, rings ...string) (ledger.Reading, error) {
	return l.ReadAbout(ctx, ledger.About{}, rings...)
}

// ReadAbout does the same about some images, and no more.
func (l *Ledger) ReadAbout(ctx context.Context, about ledger.About, rings ...string) (ledger.Reading, error) {
	ctx, cancel := l.Client.Bound(ctx)
	defer cancel()
	var s *survey
	s, err := l.survey(about, func(v *view) bool {
		var so ledger.Reading
		err := s.addTo(&so, v)
		return err != nil || so.Suffices(v.ring, about)
	}, rings)
	if err != nil {
		return ledger.Reading{}, err
	}
	s.run(ctx)
	var read ledger.Reading
	var problems []error
	for _, v := range s.views {
		err := v.whyNot(s)
		if err == nil {
			err = s.addTo(&read, v)
		}
		if err != nil {
			problems = append(problems, fmt.Errorf("ring %s: %w", v.ring, err))
			continue
		}
		l.remember(v.ring, about, v.oldestFirst(about))
	}
	return read, errors.Join(problems...)
}

// whyNot returns why a ring could not be read.
func (v *view) whyNot(s *survey) error {
	if err := v.source.err; errors.As(err, new(*github.Failure)) {
		return fmt.Errorf("environment %s: %w", s.Environments[v.ring], err)
	}
	return cmp.Or(v.source.err, v.err)
}

// ReadOlder adds what was recorded of an image, which its commit finds, to the rings of a reading that were read in part.
func (l *Ledger) ReadOlder(ctx context.Context, read ledger.Reading, digest, commit string) (ledger.Reading, error) {
	ctx, cancel := l.Client.Bound(ctx)
	defer cancel()
	list, err := l.listCommit(ctx, commit)
	if err == nil && !list.Ended {
		err = l.Client.Explain(readDeployments, fmt.Errorf("commit %s has more than %d", commit, len(list.Found)))
	}
	found, problem := pool{}.ours(list.Found)
	if err = cmp.Or(err, problem); err != nil {
		return read, err
	}
	found = slices.DeleteFunc(found, func(d *deployment) bool { return d.Digest != digest })
	if !slices.ContainsFunc(found, (*deployment).closable) {
		if err := l.lookForCommit(ctx, commit); err != nil {
			return read, err
		}
	}
	if err := l.readAll(ctx, found); err != nil {
		return read, err
	}
	for _, ring := range read.Rings() {
		var here []deployment
		for _, d := range slices.Backward(found) {
			if d.Ring == ring && strings.EqualFold(d.environment, l.Environments[ring]) {
				here = append(here, *d)
			}
		}
		entries, err := entriesOf(here)
		if err != nil {
			return read, fmt.Errorf("ring %s: %w; delete that deployment", ring, err)
		}
		if !read.Knows(ring, digest) {
			read.AddOlder(ring, digest, entries...)
		}
	}
	return read, nil
}

// lookForCommit returns an error if the repository does not have a commit. A record of its image is of another one then, and nothing
// finds it.
func (l *Ledger) lookForCommit(ctx context.Context, commit string) error {
	op := github.Operation{Doing: "look for commit " + commit + ", by which records of the image are found", Needs: "contents: read"}
	_, err := github.Get[struct{ SHA string }](ctx, l.Client, op, l.Client.Path("commits", commit))
	return err
}

// readAll reads the statuses of some deployments.
func (l *Ledger) readAll(ctx context.Context, of []*deployment) error {
	if len(of) > 0 {
		l.ask(ctx, question{of: of[:min(len(of), maxAsk)]}) // what it does not tell is asked for one by one
	}
	return errors.Join(each(len(of), func(i int) error {
		if of[i].whole {
			return nil
		}
		return l.readStatuses(ctx, of[i])
	})...)
}

// entriesOf returns what deployments say, from the oldest to the newest.
func entriesOf(deployments []deployment) ([]ledger.Entry, error) {
	all, served := []ledger.Entry{}, map[string]bool{}
	for _, d := range deployments {
		entries, err := d.entries(d.Carrier || d.carriesSignals(served[d.Digest]))
		if err != nil {
			return nil, err
		}
		all = append(all, entries...)
		served[d.Digest] = served[d.Digest] || d.serves()
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
