package registry

import (
	"cmp"
	"context"
	"errors"
	"fmt"

	"golang.org/x/sync/errgroup"
)

// A mover carries a Move out.
type mover struct {
	*session
	digest   string
	manifest manifest
	tags     []*state
}

// A state is what is known of a tag, and whether we tried to write it.
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

// look reads the manifest and all tags, and refuses to go on when a fixed tag points elsewhere.
func (m *mover) look(ctx context.Context) error {
	steps := []func() error{func() error { return m.fetch(ctx) }, func() error { return m.readAll(ctx) }}
	if err := each(steps, func(step func() error) error { return step() }); err != nil {
		return err
	}
	return m.fixedElsewhere()
}

func (m *mover) fetch(ctx context.Context) (err error) {
	var found bool
	m.manifest, found, err = m.session.manifest(ctx, m.digest)
	if err == nil && !found {
		err = fmt.Errorf("%s is not there: push or copy the image to this repository before its tags can move", m.ref(m.digest))
	}
	return err
}

// read reads where a tag points. Until we write it, that is where it pointed before.
func (m *mover) read(ctx context.Context, t *state) error {
	t.Confirmed = false
	found, _, err := m.session.manifest(ctx, t.Tag)
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
	err := each(wrong, func(t *state) error { return m.writeTag(ctx, t) })
	// After a failure, reading back is for the result alone: a tag that cannot be read stays unconfirmed.
	if back := m.readAll(ctx); err == nil {
		err = back
	}
	return m.soFar(err)
}

func (m *mover) readAll(ctx context.Context) error {
	return each(m.tags, func(t *state) error { return m.read(ctx, t) })
}

// writeTag puts the manifest under a tag. Before another try it looks whether the last one arrived after all,
// and whether somebody else took a fixed tag.
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
	return m.explain("write "+m.ref(t.Tag), err)
}

// fixedElsewhere tells of each fixed tag that points elsewhere.
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

// elsewhere tells of each tag of some that, read back, does not point to the digest.
func (m *mover) elsewhere(some func(*state) bool) error {
	var problems []error
	for _, t := range m.tags {
		switch {
		case t.After == m.digest || !some(t):
		case t.tried && t.After == t.Before:
			problems = append(problems, fmt.Errorf("%s still points to %s after it was set to %s, although the registry took that: run this again", m.ref(t.Tag), cmp.Or(t.After, "nothing"), m.digest))
		default:
			problems = append(problems, fmt.Errorf("%s points to %s after it was set to %s: somebody else moved it at the same time, which registries cannot prevent; find out who before you run this again", m.ref(t.Tag), cmp.Or(t.After, "nothing"), m.digest))
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

// each does something with every element, eight at a time, and begins with no further one after a failure.
func each[T any](all []T, do func(T) error) error {
	group, failed := errgroup.WithContext(context.Background()) // what is under way goes on, so that its result is known
	group.SetLimit(8)
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
