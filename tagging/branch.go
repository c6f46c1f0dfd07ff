package tagging

import (
	"errors"
	"fmt"
)

// Branch is a build of a push to a branch.
type Branch struct {
	Name      string // any name but an empty one
	Iteration int    // of the build, from 1
	RingTag   string // the tag of the ring that lists the branch; empty when none does
	Revision  string // full commit hash, see ShortCommit
}

// Tags returns the build's tags. Without a RingTag there is no RING-latest. The error has every problem of the values.
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
