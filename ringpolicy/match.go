package ringpolicy

import (
	"cmp"
	"errors"
	"fmt"
	"strings"
)

// A Match is the ring of a branch, and how it was found.
type Match struct {
	Ring    Ring
	Kind    MatchKind
	Pattern string // the name or pattern of the ring that matched; "" for the default ring
}

// MatchKind says how a ring was found.
type MatchKind string

// All kinds of matches. [Policy.Match] finds the first three; the fourth is for callers, since it takes no branch.
const (
	MatchExact   MatchKind = "exact"   // a ring lists the branch
	MatchPattern MatchKind = "pattern" // a pattern of a ring matches the branch
	MatchDefault MatchKind = "default" // no ring lists the branch
	MatchRelease MatchKind = "release" // a release belongs to the last ring
)

// Match finds the ring of a branch. Upper and lower case differ, as they do in Git.
//
// A ring that lists the branch itself comes first. Then the patterns: the one with the longest text before its first
// "*", "?" or "[" wins, and two rings whose best patterns are equally long are an error that names both.
// Then the policy's default ring; without one, the error lists the rings and their branches. The zero Policy matches nothing,
// which is an error too.
//
// In a pattern "*" is any run of characters, "/" too, "?" one character, "[a-z]" one of a range and "[!a-z]" one outside it.
func (p *Policy) Match(branch string) (Match, error) {
	if i := p.listing(branch); i >= 0 {
		return Match{p.rings[i].clone(), MatchExact, branch}, nil
	}
	i, pattern, err := p.matching(branch)
	if err != nil {
		return Match{}, err
	}
	if i >= 0 {
		return Match{p.rings[i].clone(), MatchPattern, pattern}, nil
	}
	if ring, ok := p.Default(); ok {
		return Match{ring, MatchDefault, ""}, nil
	}
	if len(p.rings) == 0 {
		return Match{}, errors.New("the policy has no rings")
	}
	return Match{}, fmt.Errorf("no ring lists branch %q and the policy has no default_ring; the rings are %s", branch, p.branchList())
}

// listing returns the ring that lists a branch by its name, or -1.
func (p *Policy) listing(branch string) int {
	if i, ok := p.exact[branch]; ok {
		return i
	}
	return -1
}

// matching returns the ring with the best pattern for a branch, or -1.
func (p *Policy) matching(branch string) (ring int, source string, err error) {
	ring, prefix, tie := -1, -1, -1
	for _, b := range p.patterns {
		if b.prefix < prefix || !b.match(branch) {
			continue
		}
		switch {
		case b.prefix > prefix:
			ring, source, prefix, tie = b.ring, b.source, b.prefix, -1
		case b.ring != ring:
			tie = b.ring
		}
	}
	if tie >= 0 {
		return -1, "", fmt.Errorf("branch %q belongs to ring %q and to ring %q: their patterns begin with equally long text; list the branch by its name in one of them",
			branch, p.rings[ring].Name, p.rings[tie].Name)
	}
	return ring, source, nil
}

func (p *Policy) branchList() string {
	var rings []string
	for _, r := range p.rings {
		rings = append(rings, fmt.Sprintf("%s (%s)", r.Name, cmp.Or(strings.Join(r.Branches, ", "), "no branches")))
	}
	return strings.Join(rings, ", ")
}

// A branchPattern is a pattern that a ring lists.
type branchPattern struct {
	pattern
	ring int
}
