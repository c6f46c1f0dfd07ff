package plan

import (
	"github.com/wizzense/deployment-rings/action/internal/container"
	"github.com/wizzense/deployment-rings/action/internal/event"
)

// container says how the image runs: a pull request in a container of its own, everything else as that of its ring.
func (m *maker) container() {
	image, p := m.plan.Image(), &m.plan
	if m.Repository.FullName != "" {
		p.PackageURL = image.PackageURL(m.ServerURL + "/" + m.Repository.FullName)
	}
	if p.Subject.Kind == event.None || p.Match.Ring.Name == "" {
		return
	}
	c, err := m.contain(image.App(), image.Ref(m.runs()))
	if err != nil {
		m.unknown = append(m.unknown, err)
		return
	}
	p.Container = c
}

func (m *maker) contain(app, ref string) (container.Container, error) {
	ring, s := m.plan.Match.Ring, m.plan.Subject
	if s.Kind == event.PullRequest && s.Number > 0 {
		return container.OfPullRequest(m.Policy, ring, app, ref, s.Number)
	}
	return container.OfRing(m.Policy, ring, app, ref), nil
}

// runs is the tag that the container runs: the moving one of the ring, or the primary tag where the image
// goes into no ring's moving tag.
func (m *maker) runs() string {
	tags := m.plan.Tags
	for _, tag := range tags.Moving() {
		parts := tag.Parts()
		if parts.RingTag != "" && (parts.Number > 0) == (m.plan.Subject.Kind == event.PullRequest) {
			return tag.String()
		}
	}
	return tags.Primary().String()
}
