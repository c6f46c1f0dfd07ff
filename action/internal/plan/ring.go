package plan

import (
	"errors"

	"github.com/wizzense/deployment-rings/action/internal/event"
	"github.com/wizzense/deployment-rings/ringpolicy"
)

func (m *maker) ring() {
	match, err := m.match(m.plan.Subject)
	if err != nil {
		m.unknown = append(m.unknown, err)
		return
	}
	m.plan.Match = match
	m.plan.Next = m.Policy.Next(match.Ring.Name)
}

// match finds the ring of the subject. Nothing that a fork says is trusted to choose a ring, neither its
// branch nor its base.
func (m *maker) match(s Subject) (ringpolicy.Match, error) {
	switch {
	case s.Kind == event.Release:
		last, _ := m.Policy.Last() // a policy that was read has one
		return ringpolicy.Match{Ring: last, Kind: ringpolicy.MatchRelease}, nil
	case s.Fork:
		return m.defaultRing()
	}
	branch := s.Branch
	if s.Kind == event.Merge || s.Kind == event.PullRequest && m.RingFromBase {
		branch = s.BaseBranch
	}
	if branch == "" {
		return ringpolicy.Match{}, m.withoutBranch(s)
	}
	return m.Policy.Match(branch)
}

func (m *maker) defaultRing() (ringpolicy.Match, error) {
	ring, ok := m.Policy.Default()
	if !ok {
		return ringpolicy.Match{}, errors.New("a pull request from a fork gets the default ring, and the policy has none: set default_ring")
	}
	return ringpolicy.Match{Ring: ring, Kind: ringpolicy.MatchDefault}, nil
}

// withoutBranch returns nil where checkComplete has already noted that the branch is missing.
func (m *maker) withoutBranch(s Subject) error {
	if s.Kind == event.PullRequest && m.RingFromBase {
		return errors.New("ring-from is base, and the base branch of the pull request is not known: give --base-branch")
	}
	return nil
}
