package registry

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/google/go-containerregistry/pkg/name"
	"github.com/google/go-containerregistry/pkg/v1/remote/transport"

	"github.com/wizzense/deployment-rings/action/internal/registry/access"
)

// A Move asks for tags of an image to point to a digest that is in the same repository.
type Move struct {
	Image  string   // without tag
	Digest string   // sha256:…
	Fixed  []string // tags that point to one image for good
	Moving []string // tags that come from another image
	DryRun bool     // look, and write nothing
	Seen   *Result  // of the same Move with DryRun, a moment ago: its tags are not looked at again; nil: none
}

// A Result has what is known of the tags of a Move, fixed ones first.
type Result struct {
	Digest string
	Tags   []MovedTag
}

// A MovedTag is a tag before and after.
type MovedTag struct {
	Tag       string
	Fixed     bool
	Before    string // the digest that it pointed to when last read before it was written; "": there was no such tag
	After     string // the digest that it pointed to when last read; "": there was no such tag
	Confirmed bool   // After was read after the last attempt to write; otherwise it is not known
}

// Moved returns the tags that are known to have come to the digest.
func (r Result) Moved() []string {
	return r.names(func(t MovedTag) bool { return t.Confirmed && t.After == r.Digest && t.Before != r.Digest })
}

// Pending returns the tags that are not known to point to the digest.
func (r Result) Pending() []string {
	return r.names(func(t MovedTag) bool { return !t.Confirmed || t.After != r.Digest })
}

func (r Result) names(which func(MovedTag) bool) []string {
	var names []string
	for _, t := range r.Tags {
		if which(t) {
			names = append(names, t.Tag)
		}
	}
	return names
}

// Move makes the tags point to the digest: fixed ones first, moving ones last, and leaves those that already do. A fixed tag
// that points elsewhere is an error before anything is written. After an error the result says what is known of each tag, and
// the same call again does what is left; when no tag was read it is zero.
//
// A moving tag that was not asked for ahead is not looked at where all else was: to look would take a round, and what it
// pointed to changes nothing. It is then written in any case.
func (c *Client) Move(ctx context.Context, m Move) (Result, error) {
	ctx, done := context.WithTimeoutCause(ctx, cmp.Or(c.limit, moveLimit), errLimit)
	defer done()
	if err := m.check(); err != nil {
		return Result{}, err
	}
	s, err := c.open(ctx, m.Image, m.scope())
	if err != nil {
		return Result{}, err
	}
	mv := &mover{session: s, digest: m.Digest, tags: m.tags()}
	if err := mv.look(ctx, m.Seen); err != nil {
		return Result{}, err
	}
	if !m.DryRun {
		err = mv.write(ctx)
	}
	return mv.result(), err
}

func (m Move) scope() string {
	if m.DryRun {
		return transport.PullScope
	}
	return transport.PushScope
}

// check reports all that is wrong with what is asked for.
func (m Move) check() error {
	var problems []error
	if _, err := access.Repository(m.Image); err != nil {
		problems = append(problems, fmt.Errorf("image: %w", err))
	}
	if !isDigest(m.Digest) {
		problems = append(problems, fmt.Errorf("digest: %.100q is not sha256: and 64 hexadecimal digits in lower case", m.Digest))
	}
	for _, tag := range slices.Concat(m.Fixed, m.Moving) {
		if _, err := name.NewTag("host.example/image:"+tag, name.StrictValidation); err != nil {
			problems = append(problems, fmt.Errorf("tag: %.200q is not a tag", tag))
		}
	}
	for _, tag := range m.Moving {
		if slices.Contains(m.Fixed, tag) {
			problems = append(problems, fmt.Errorf("tag: %.200q is both fixed and moving", tag))
		}
	}
	if len(m.Fixed)+len(m.Moving) == 0 {
		problems = append(problems, errors.New("tags: there are none to move"))
	}
	return errors.Join(problems...)
}

// tags returns the tags, each once, fixed ones first.
func (m Move) tags() []*state {
	var all []*state
	seen := map[string]bool{}
	for i, tag := range slices.Concat(m.Fixed, m.Moving) {
		if !seen[tag] {
			seen[tag] = true
			all = append(all, &state{MovedTag: MovedTag{Tag: tag, Fixed: i < len(m.Fixed)}})
		}
	}
	return all
}
