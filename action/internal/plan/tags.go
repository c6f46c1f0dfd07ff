package plan

import (
	"strings"

	"github.com/wizzense/deployment-rings/action/internal/event"
	"github.com/wizzense/deployment-rings/tagging"
)

func (m *maker) tags() {
	set, err := m.render(m.plan.Subject)
	if m.missErr(err) {
		return
	}
	m.plan.Tags = set
	if held := set.Held(); len(held) > 0 {
		m.plan.Notices = append(m.plan.Notices, "held back, because a higher version is known: "+strings.Join(tagging.Names(held), ", "))
	}
	if m.plan.Subject.Kind == event.Merge {
		m.plan.SourceTag = set.Primary().String()
	}
	m.version(m.plan.Subject)
}

func (m *maker) render(s Subject) (tagging.Set, error) {
	ring := m.plan.Match.Ring.Tag
	switch s.Kind {
	case event.PullRequest:
		return tagging.PullRequest{Number: s.Number, Branch: s.Branch, Iteration: m.Iteration, RingTag: ring, Revision: s.Revision}.Tags()
	case event.Merge:
		return tagging.Merge{Number: s.Number, RingTag: ring, Revision: s.Revision}.Tags()
	case event.Branch:
		if !m.listed() {
			ring = "" // the image goes into no ring
		}
		return tagging.Branch{Name: s.Branch, Iteration: m.Iteration, RingTag: ring, Revision: s.Revision}.Tags()
	case event.Release:
		return tagging.Release{Version: s.Tag, Revision: s.Revision, Prerelease: s.Prerelease, Known: m.Known}.Tags()
	}
	return tagging.Set{}, nil
}

// version sets the release version as SemVer writes it, or else the primary tag.
func (m *maker) version(s Subject) {
	m.plan.Version = m.plan.Tags.Primary().String()
	if s.Kind != event.Release {
		return
	}
	if v, err := tagging.ParseVersion(s.Tag); err == nil {
		m.plan.Version = v.String()
	}
}
