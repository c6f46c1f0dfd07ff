package registry

import (
	"context"
	"slices"
	"strings"

	"github.com/wizzense/deployment-rings/action/internal/registry/listing"
)

// A span is a part of the alphabet: the tags from low on, and before high. Both are in lower case.
type span struct {
	low, high string
	// Where reading begins: after a text that sorts before low; "": at the beginning. First near the span. A registry that
	// passes over a tag when the text is no tag is asked again, so far from the span that another tag is likely to be between.
	near, far string
}

func (s span) holds(tag string) bool { return s.low <= tag && tag < s.high }

// within visits the tags of some spans, each at least once.
func (s *session) within(ctx context.Context, visit func(string), spans ...span) error {
	inSpan := func(tag string) {
		if slices.ContainsFunc(spans, func(sp span) bool { return sp.holds(tag) }) {
			visit(tag)
		}
	}
	all, err := s.nearby(ctx, inSpan, spans...)
	if refused(err) || err == nil && !all {
		err = s.walk(ctx, inSpan)
	}
	return s.Explain("list the tags of "+s.Repo.Name(), err)
}

// nearby visits the tags of some spans, and reports whether these are all of them for sure.
//
// A registry that lists in order needs a request for each span, or two, and one that shows whether the
// registry really goes by order. It asks for what follows after the first tag seen and a dash, which is no tag
// itself: then the second tag must come first, and the same tags after it. A registry that ignores paging or
// order does not answer so, and its whole list is read.
func (s *session) nearby(ctx context.Context, visit func(string), spans ...span) (bool, error) {
	var exact, passing bool
	for i, sp := range spans {
		near, err := s.stretch(ctx, sp, sp.near, visit)
		if err != nil || !near.sure {
			return false, err
		}
		if i == 0 {
			exact, passing, err = s.order(ctx, near)
		}
		if err != nil || !exact && !passing {
			return false, err
		}
		if exact || near.covers(sp) {
			continue
		}
		far, err := s.stretch(ctx, sp, sp.far, visit)
		if err != nil || !far.sure || !far.covers(sp) {
			return false, err
		}
	}
	return true, nil
}

// A stretch is what a registry lists after a text, up to the end of a span.
type stretch struct {
	after string
	head  []string // its first page
	open  bool     // more was there than was read
	sure  bool     // it was in order, and reached the end of the span
}

// covers reports whether a stretch contains the span even if the registry passed over the first tag.
func (t stretch) covers(sp span) bool {
	return t.after == "" || len(t.head) > 0 && t.head[0] < sp.low && strings.ToLower(t.head[0]) < sp.low
}

func (s *session) stretch(ctx context.Context, sp span, after string, visit func(string)) (stretch, error) {
	t := stretch{after: after}
	var o listing.Order
	for address := s.listURL(pageSize, after); address != ""; {
		p, err := s.follow(ctx, address)
		if err != nil || len(p.tags) > pageSize || len(p.tags) == 0 && p.next != "" {
			return t, err
		}
		if t.head == nil {
			t.head = p.tags
		}
		for _, tag := range p.tags {
			if !o.Next(tag) {
				return t, nil
			}
			visit(tag)
		}
		address = p.next
		t.open = t.open || address != ""
		if o.Beyond(sp.high) {
			t.open, address = true, ""
		}
	}
	t.sure = true
	return t, nil
}

// order asks the registry for what follows after the first tag of a stretch and a dash. It lists in order, exactly, or passing
// over a tag when the text is no tag, or that is not known.
func (s *session) order(ctx context.Context, t stretch) (exact, passing bool, err error) {
	head, open := t.head, t.open
	if len(head) < 2 && t.after == "" {
		return false, false, nil // the first page is the same
	}
	if len(head) < 2 {
		p, err := s.page(ctx, s.listURL(pageSize, ""))
		if err != nil || len(p.tags) < 2 || len(p.tags) > pageSize {
			return false, false, err
		}
		head, open = p.tags, true
	}
	p, err := s.page(ctx, s.listURL(pageSize, head[0]+"-"))
	if err != nil || len(p.tags) > pageSize {
		return false, false, err
	}
	return follows(p.tags, head[1:], open), follows(p.tags, head[2:], open), nil
}

// follows reports whether tags are those expected, and more only when more were there.
func follows(tags, expected []string, more bool) bool {
	return len(tags) >= len(expected) && slices.Equal(tags[:len(expected)], expected) && (more || len(tags) == len(expected))
}
