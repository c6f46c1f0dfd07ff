package registry

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"golang.org/x/sync/errgroup"
)

// A mover carries a Move out.
type mover struct {
	*session
	digest   string
	manifest manifest
	tags     []*state
}

// A state has what is known of a tag, and whether we tried to write it.
type state struct {
	MovedTag
	tried bool
}

func (m *mover) result() Result {
	r := Result{Digest: m.digest}
	for _, t := range m.tags {
		r.Tags = append(r.Tags, t.MovedTag)
	}
	return r
}

// look reads the manifest and where the tags point, unless that was seen, and refuses to go on when a fixed tag points
// elsewhere.
func (m *mover) look(ctx context.Context, seen *Result) error {
	image := m.session.read
	if m.asked(m.digest) {
		image = m.recall
	}
	steps := []func() error{func() error { return m.fetch(ctx, image) }}
	if seen != nil {
		for i, t := range m.tags {
			t.MovedTag = seen.Tags[i]
		}
	} else {
		for _, t := range m.unseen() {
			steps = append(steps, func() error { return m.point(ctx, t, m.recall) })
		}
	}
	if err := each(maxReads, steps, func(step func() error) error { return step() }); err != nil {
		return err
	}
	return m.fixedElsewhere()
}

// unseen returns the tags to look at: see [Client.Move].
func (m *mover) unseen() []*state {
	var ahead []*state
	alone := m.asked(m.digest) // no other request is needed
	for _, t := range m.tags {
		if m.asked(t.Tag) {
			ahead = append(ahead, t)
		} else {
			alone = alone && !t.Fixed
		}
	}
	if ahead != nil && alone {
		return ahead
	}
	return m.tags
}

// A reader returns what a tag or digest stands for.
type reader func(ctx context.Context, identifier string) (m manifest, found bool, err error)

func (m *mover) fetch(ctx context.Context, read reader) (err error) {
	var found bool
	m.manifest, found, err = read(ctx, m.digest)
	if err == nil && !found {
		err = fmt.Errorf("%s is not there: push or copy the image to this repository before its tags can move", m.ref(m.digest))
	}
	return err
}

// point reads where a tag points. Until we write it, that is where it pointed before.
func (m *mover) point(ctx context.Context, t *state, read reader) error {
	t.Confirmed = false
	found, _, err := read(ctx, t.Tag)
	if err != nil {
		return err
	}
	t.After, t.Confirmed = found.digest, true
	if !t.tried {
		t.Before = t.After
	}
	return nil
}

// write writes fixed tags, looks at all tags again, and then writes moving tags.
func (m *mover) write(ctx context.Context) error {
	if err := m.writeAll(ctx, true); err != nil {
		return err
	}
	if err := m.elsewhere(func(t *state) bool { return t.Fixed }); err != nil {
		return err
	}
	if err := m.writeAll(ctx, false); err != nil {
		return err
	}
	return m.elsewhere(func(*state) bool { return true })
}

// writeAll writes the tags of one kind that point elsewhere, and reads all tags back.
func (m *mover) writeAll(ctx context.Context, fixed bool) error {
	var wrong []*state
	for _, t := range m.tags {
		if t.Fixed == fixed && t.After != m.digest {
			wrong = append(wrong, t)
		}
	}
	if wrong == nil {
		return nil
	}
	refused := each(maxWrites, wrong, func(t *state) error { return m.writeTag(ctx, t) })
	if refused == nil {
		return m.soFar(m.readBack(ctx))
	}
	err := m.readAll(ctx, m.tags)
	if err == nil && !slices.ContainsFunc(wrong, func(t *state) bool { return t.After != m.digest }) {
		return nil // what is read back counts: some registries refuse what a tag points to already
	}
	return m.soFar(refused)
}

// lags are the waits before tags are read back once more, 10 seconds in all: some registries go on to show for a while what a tag
// pointed to before.
var lags = []time.Duration{250 * time.Millisecond, 500 * time.Millisecond, time.Second, 2 * time.Second, 3 * time.Second, 3250 * time.Millisecond}

// readBack reads all tags, and again those that we wrote while they point elsewhere.
func (m *mover) readBack(ctx context.Context) error {
	err := m.readAll(ctx, m.tags)
	for _, wait := range lags {
		late := slices.DeleteFunc(slices.Clone(m.tags), func(t *state) bool { return !t.tried || t.After == m.digest })
		if err != nil || len(late) == 0 || m.retrier.Wait(ctx, wait) != nil {
			break
		}
		err = m.readAll(ctx, late)
	}
	return err
}

func (m *mover) readAll(ctx context.Context, tags []*state) error {
	return each(maxReads, tags, func(t *state) error { return m.point(ctx, t, m.session.read) })
}

// writeTag puts the manifest under a tag. Before another try it looks whether the last one arrived after all, and whether a
// fixed tag was taken meanwhile.
func (m *mover) writeTag(ctx context.Context, t *state) error {
	again := false
	t.Confirmed = false
	err := m.try(ctx, func(ctx context.Context) error {
		if again {
			now, _, err := m.manifestOnce(ctx, t.Tag)
			if err != nil || now.digest == m.digest {
				return err
			}
			if t.Fixed && now.digest != "" {
				return m.taken(t.Tag, now.digest)
			}
		}
		again, t.tried = true, true
		return m.put(ctx, t.Tag, m.manifest)
	})
	return m.Explain("write "+m.ref(t.Tag), err)
}

// fixedElsewhere reports each fixed tag that points elsewhere.
func (m *mover) fixedElsewhere() error {
	var problems []error
	for _, t := range m.tags {
		if t.Fixed && t.After != "" && t.After != m.digest {
			problems = append(problems, m.taken(t.Tag, t.After))
		}
	}
	return errors.Join(problems...)
}

func (m *mover) taken(tag, digest string) error {
	return fmt.Errorf("%s points to %s, not to %s: a fixed tag is never moved; give this image another version or iteration", m.ref(tag), digest, m.digest)
}

// elsewhere reports each tag of some that, read back, does not point to the digest.
func (m *mover) elsewhere(some func(*state) bool) error {
	var problems []error
	for _, t := range m.tags {
		switch {
		case t.After == m.digest || !some(t):
		case t.tried && t.After == t.Before:
			problems = append(problems, fmt.Errorf("%s still points to %s after it was set to %s, although the registry took that: run this again", m.ref(t.Tag), cmp.Or(t.After, "nothing"), m.digest))
		default:
			problems = append(problems, fmt.Errorf("%s points to %s after it was set to %s: another program or person moved it at the same time, which registries cannot prevent; find out who before you run this again", m.ref(t.Tag), cmp.Or(t.After, "nothing"), m.digest))
		}
	}
	return errors.Join(problems...)
}

// soFar adds to an error how far the move went.
func (m *mover) soFar(err error) error {
	if err == nil {
		return nil
	}
	r := m.result()
	return errors.Join(err, fmt.Errorf("%d of %d tags are known to point to %s: the same again does the rest", len(r.Tags)-len(r.Pending()), len(r.Tags), m.digest))
}

const (
	maxReads  = 64 // at once: a round, however many tags there are
	maxWrites = 8  // at once: as many may arrive after one that is refused
)

// each does something with every element, at most some at a time, and begins with no further one after a failure.
func each[T any](most int, all []T, do func(T) error) error {
	group, failed := errgroup.WithContext(context.Background()) // what is under way goes on, so that its result is known
	group.SetLimit(most)
	for _, one := range all {
		group.Go(func() error {
			if failed.Err() != nil {
				return nil
			}
			return do(one)
		})
	}
	return group.Wait()
}
