package registry

import (
	"context"
	"net/http"
	"slices"
	"strings"
)

// A span is a part of the alphabet: the tags from low on, and before high. Both are in lower case.
type span struct {
	low, high string
	// Where to begin to read: after a text that sorts before low; "": at the beginning. First near it. Registries
	// that pass over a tag when the text is none are asked again, so far from low that another tag is likely to
	// be between: after own where tags that begin with it were seen, else after far.
	near, own, far string
}

func (s span) farther(seen stretch) string {
	if len(seen.head) > 0 && strings.HasPrefix(seen.head[0], s.own) {
		return s.own
	}
	return s.far
}

func (s span) holds(tag string) bool { return s.low <= tag && tag < s.high }

// within visits the tags of a span, each at least once.
//
// A registry that lists in order needs two requests, or three: one near the span, and one that shows whether the
// registry really goes by order. It asks for what follows after the first tag seen and a dash, which is no tag
// itself: then the second tag must come first, and the same tags after it. A registry that ignores paging or
// order does not answer so, and its whole list is read.
func (s *session) within(ctx context.Context, sp span, visit func(string)) error {
	ok, err := s.inOrder(ctx, sp, visit)
	if err != nil || ok {
		return s.explain("list the tags of "+s.repo.Name(), err)
	}
	return s.list(ctx, func(tag string) bool {
		if sp.holds(tag) {
			visit(tag)
		}
		return true
	})
}

// inOrder visits the tags of a span. It says no when it cannot be sure of all of them.
func (s *session) inOrder(ctx context.Context, sp span, visit func(string)) (bool, error) {
	near, err := s.stretch(ctx, sp, sp.near, visit)
	if err != nil || !near.sure {
		return false, err
	}
	order, err := s.order(ctx, near)
	switch {
	case err != nil || order == unproven:
		return false, err
	case order == exact || near.covers(sp):
		return true, nil
	}
	far, err := s.stretch(ctx, sp, sp.farther(near), visit)
	return far.sure && far.covers(sp), err
}

// A stretch is what a registry lists after a tag, up to the end of a span.
type stretch struct {
	after string
	head  []string // its first page
	open  bool     // more was there than was read
	sure  bool     // it was in order, and reached the end of the span
}

// covers tells whether a stretch holds the span even if the registry passed over the first tag.
func (t stretch) covers(sp span) bool {
	return t.after == "" || len(t.head) > 0 && t.head[0] < sp.low && strings.ToLower(t.head[0]) < sp.low
}

func (s *session) stretch(ctx context.Context, sp span, after string, visit func(string)) (stretch, error) {
	t := stretch{after: after}
	var o order
	for address := s.listURL(pageSize, after); address != ""; {
		tags, p, err := s.short(ctx, address)
		if refused(err) || len(tags) > pageSize || len(tags) == 0 && p.next != "" {
			return t, nil
		}
		if err != nil {
			return t, err
		}
		if t.head == nil {
			t.head = tags
		}
		for _, tag := range tags {
			if !o.next(tag) {
				return t, nil
			}
			if sp.holds(tag) {
				visit(tag)
			}
		}
		address = p.next
		if o.beyond(sp.high) {
			t.open, address = true, ""
		} else if address != "" {
			t.open = true
		}
	}
	t.sure = true
	return t, nil
}

type ordering int

const (
	unproven ordering = iota
	passing           // in order, but passes over a tag when the one asked for is none
	exact
)

// order asks the registry for what follows after the first tag of a stretch and a dash.
func (s *session) order(ctx context.Context, t stretch) (ordering, error) {
	head, open := t.head, t.open
	if len(head) < 2 {
		var err error
		if head, _, err = s.short(ctx, s.listURL(pageSize, "")); err != nil || len(head) < 2 {
			return unproven, ignoreRefusal(err)
		}
		open = true
	}
	tags, _, err := s.short(ctx, s.listURL(pageSize, head[0]+"-"))
	switch {
	case err != nil:
		return unproven, ignoreRefusal(err)
	case follows(tags, head[1:], open):
		return exact, nil
	case follows(tags, head[2:], open):
		return passing, nil
	}
	return unproven, nil
}

// follows tells whether tags are those expected, and more only when more were there.
func follows(tags, expected []string, more bool) bool {
	return len(tags) >= len(expected) && slices.Equal(tags[:len(expected)], expected) && (more || len(tags) == len(expected))
}

// short reads a page into memory, and stops when it is longer than was asked for.
func (s *session) short(ctx context.Context, address string) (tags []string, p page, err error) {
	err = s.try(ctx, func(ctx context.Context) error {
		tags = tags[:0]
		p, err = s.pageOnce(ctx, address, func(tag string) bool {
			tags = append(tags, tag)
			return len(tags) <= pageSize
		})
		return err
	})
	return tags, p, err
}

// refused tells whether a registry does not serve such a question; the whole list may still be there.
func refused(err error) bool {
	status := statusOf(err)
	return status == http.StatusNotFound || status == http.StatusBadRequest
}

func ignoreRefusal(err error) error {
	if refused(err) {
		return nil
	}
	return err
}

// An order watches tags come: by bytes, or without regard to case, as the OCI specification has it.
type order struct {
	last           string
	notBytes, fold bool
	begun          bool
}

// next tells whether a tag comes after the last one.
func (o *order) next(tag string) bool {
	if o.begun {
		o.notBytes = o.notBytes || tag <= o.last
		o.fold = o.fold || strings.ToLower(tag) < strings.ToLower(o.last) || tag == o.last
	}
	o.last, o.begun = tag, true
	return !o.notBytes || !o.fold
}

// beyond tells whether the last tag is beyond a bound, in whatever order it may be.
func (o *order) beyond(high string) bool {
	return o.begun && (o.notBytes || o.last >= high) && (o.fold || strings.ToLower(o.last) >= high)
}
