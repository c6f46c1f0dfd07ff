package tagging

import (
	"errors"
	"fmt"
)

// Branch is a build of a push to a branch.
type Branch struct {
	Name      string // any name
	Iteration int
	RingTag   string // the tag of the ring that lists the branch; empty when none does
	Revision  string
}

// Tags returns the build's tags, or all that is wrong with its values. Without a ring there is
// no RING-latest.
func (b Branch) Tags() (Set, error) {
	commit, err := ShortCommit(b.Revision)
	err = errors.Join(checkBranch(b.Name), checkPositive("iteration", b.Iteration), b.checkRing(), err)
	if err != nil {
		return Set{}, err
	}
	slug := Slug(b.Name)
	names := []string{
		fit("branch-", slug, fmt.Sprintf("-v%d", b.Iteration), b.Name),
		fit("branch-", slug, "-latest", b.Name),
	}
	if b.RingTag != "" {
		names = append(names, LatestOf(b.RingTag))
	}
	return newSet(append(names, "sha-"+commit)...)
}

func (b Branch) checkRing() error {
	if b.RingTag == "" {
		return nil
	}
	return CheckRing(b.RingTag)
}
