package tagging

import (
	"errors"
	"fmt"
)

// PullRequest is a build of an open pull request.
type PullRequest struct {
	Number    int    // of the pull request, from 1
	Branch    string // its head branch, any name but an empty one
	Iteration int    // of the build, from 1
	RingTag   string // the tag of the ring whose rules it follows, see CheckRing
	Revision  string // its head commit, see ShortCommit
}

// Tags returns the build's tags. The error has every problem of the values.
func (p PullRequest) Tags() (Set, error) {
	commit, err := ShortCommit(p.Revision)
	err = errors.Join(checkPositive("number", p.Number), checkBranch(p.Branch),
		checkPositive("iteration", p.Iteration), CheckRing(p.RingTag), err)
	if err != nil {
		return Set{}, err
	}
	pr := fmt.Sprintf("pr-%d", p.Number)
	slug := Slug(p.Branch)
	return newSet(
		fit(pr+"-", slug, fmt.Sprintf("-v%d", p.Iteration), p.Branch),
		fit(pr+"-", slug, "-latest", p.Branch),
		p.RingTag+"-"+pr+"-latest",
		pr+"-latest",
		pr+"-"+commit,
	)
}

// Merge is a merged pull request: the image that its last commit was built into.
type Merge struct {
	Number   int    // of the pull request, from 1
	RingTag  string // the tag of the ring of the base branch, see CheckRing
	Revision string // the head commit of the pull request, not the merge commit
}

// Tags returns the image's tags. The first one, pr-N-COMMIT, was pushed while the pull request was open. The error has every
// problem of the values.
func (m Merge) Tags() (Set, error) {
	commit, err := ShortCommit(m.Revision)
	err = errors.Join(checkPositive("number", m.Number), CheckRing(m.RingTag), err)
	if err != nil {
		return Set{}, err
	}
	pr := fmt.Sprintf("pr-%d", m.Number)
	return newSet(pr+"-"+commit, LatestOf(m.RingTag), m.RingTag+"-"+pr+"-latest")
}

func checkPositive(name string, n int) error {
	if n < 1 {
		return fmt.Errorf("%s: %d is not a positive number", name, n)
	}
	return nil
}

func checkBranch(name string) error {
	if name == "" {
		return errors.New("branch: it is empty, expected the name of a branch")
	}
	return nil
}
