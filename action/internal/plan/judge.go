package plan

import (
	"fmt"

	"github.com/wizzense/deployment-rings/action/internal/event"
	"github.com/wizzense/deployment-rings/ringpolicy"
	"github.com/wizzense/deployment-rings/tagging"
)

// judge says why nothing deploys, if so. What the event forbids comes first; then forks; then what may
// come into the ring: pushes feed continuous rings, merges those that deploy on merge, and a ring that
// deploys after promotion is fed by promotions alone.
func (m *maker) judge() {
	m.plan.Skip = m.skip(m.plan.Subject)
}

func (m *maker) skip(s Subject) string {
	switch {
	case m.Event != nil && m.Event.Skip != "":
		return m.Event.Skip
	case s.Fork && !m.AllowForks:
		return fmt.Sprintf("%s comes from a fork, and allow-forks is not true", m.plan.Subject.Title())
	case s.Kind == event.Merge:
		return m.skipMerge(s)
	case s.Kind == event.Branch && m.Event != nil:
		return m.skipBranch(s)
	case s.Kind == event.Release:
		return m.skipRelease(s)
	}
	return ""
}

func (m *maker) skipMerge(s Subject) string {
	ring := m.plan.Match.Ring
	switch {
	case ring.Name == "":
		return ""
	case !m.listed():
		return fmt.Sprintf("no ring lists branch %q, into which the pull request was merged", s.BaseBranch)
	case ring.Deploy != ringpolicy.DeployOnMerge:
		return fmt.Sprintf("ring %s, which lists branch %q, takes %s, not merges", ring.Name, s.BaseBranch, feeds(ring.Deploy))
	}
	return ""
}

// skipBranch lets a person dispatch any branch that no ring lists: its image goes into no ring.
func (m *maker) skipBranch(s Subject) string {
	ring := m.plan.Match.Ring
	switch {
	case ring.Name == "":
		return ""
	case !m.listed() && m.Event.Name != "workflow_dispatch":
		return fmt.Sprintf("no ring lists branch %q", s.Branch)
	case m.listed() && ring.Deploy != ringpolicy.DeployContinuous:
		return fmt.Sprintf("ring %s, which lists branch %q, takes %s, not pushes", ring.Name, s.Branch, feeds(ring.Deploy))
	}
	return ""
}

func (m *maker) skipRelease(s Subject) string {
	if _, err := tagging.ParseVersion(s.Tag); err != nil && m.Override.Tag == "" {
		m.plan.Warnings = append(m.plan.Warnings, fmt.Sprintf("tag %q is no release: %v", s.Tag, err))
		return fmt.Sprintf("tag %q is not a version", s.Tag)
	}
	return ""
}

// enter notes the ring that the build goes into by itself: a push into one that takes pushes, a merge into one that takes
// merges, and the like by hand. Previews run beside the rings, and a release comes into the last one by promotion.
func (m *maker) enter() {
	ring := m.plan.Match.Ring
	takes := map[event.Kind]ringpolicy.Deploy{event.Branch: ringpolicy.DeployContinuous, event.Merge: ringpolicy.DeployOnMerge}
	if deploy, ok := takes[m.plan.Subject.Kind]; ok && m.plan.Deploys() && m.listed() && ring.Deploy == deploy {
		m.plan.Enters = ring.Name
	}
}

// listed reports whether a ring lists the branch, by its name or a pattern.
func (m *maker) listed() bool {
	return m.plan.Match.Kind == ringpolicy.MatchExact || m.plan.Match.Kind == ringpolicy.MatchPattern
}

func feeds(d ringpolicy.Deploy) string {
	return map[ringpolicy.Deploy]string{
		ringpolicy.DeployContinuous:     "pushes",
		ringpolicy.DeployOnMerge:        "merged pull requests",
		ringpolicy.DeployAfterPromotion: "promotions alone",
	}[d]
}

// Title names the subject for people: "pull request #123", "branch dev". A branch or tag in it is
// untrusted text.
func (s Subject) Title() string {
	switch s.Kind {
	case event.PullRequest, event.Merge:
		return fmt.Sprintf("%s #%d", s.Kind, s.Number)
	case event.Branch:
		return fmt.Sprintf("branch %q", s.Branch)
	case event.Release:
		return fmt.Sprintf("release %q", s.Tag)
	}
	return "nothing"
}
