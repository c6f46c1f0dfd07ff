package tagging

import (
	"errors"
	"fmt"
	"slices"
)

// Promotion is the step of an image into a ring.
type Promotion struct {
	RingTag string  // the tag of the ring, see CheckRing
	Number  int     // of the image's pull request; 0 when it has none
	Release Release // the release that it becomes in the last ring; none when its Version is empty
	Runs    bool    // the last ring is known to run it: only then latest and stable follow
}

// Tags returns the tags that the image gets in the ring: RING-latest first, then those of its pull request and of its release.
// The error has every problem of the values.
func (p Promotion) Tags() (Set, error) {
	release, err := p.release()
	if err := errors.Join(CheckRing(p.RingTag), p.checkNumber(), err); err != nil {
		return Set{}, err
	}
	names := []string{LatestOf(p.RingTag)}
	if p.Number > 0 {
		names = append(names, fmt.Sprintf("%s-pr-%d-latest", p.RingTag, p.Number))
	}
	set, err := newSet(names...)
	if err != nil {
		return Set{}, err
	}
	set.tags = slices.Concat(set.tags, release.Fixed())
	if p.Runs {
		set.tags, set.held = slices.Concat(set.tags, release.Moving()), release.held
	}
	return set, nil
}

func (p Promotion) release() (Set, error) {
	if p.Release.Version == "" {
		return Set{}, nil
	}
	return p.Release.Tags()
}

func (p Promotion) checkNumber() error {
	if p.Number < 0 {
		return fmt.Errorf("number: %d is negative", p.Number)
	}
	return nil
}
