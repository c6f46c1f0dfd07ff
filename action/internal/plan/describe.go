package plan

import (
	"github.com/wizzense/deployment-rings/labels"
)

// describe makes the labels, and annotations of the same keys and values.
func (m *maker) describe() {
	generated, err := m.labelled().Map(m.Policy.LabelPrefix(m.plan.Image().App()))
	if m.missErr(err) {
		return
	}
	m.plan.Labels = labels.Overlay(generated, m.ExtraLabels)
	m.plan.Annotations = labels.Annotations(labels.Overlay(generated, m.ExtraAnnotations), m.Levels)
}

func (m *maker) labelled() labels.Image {
	i, p := m.repositoryLabels(), m.plan
	i.Version, i.Revision, i.RefName = p.Version, p.Subject.Revision, p.Tags.Primary().String()
	i.Created, i.Timestamp = p.Time, p.Time
	i.Ring, i.Branch = p.Match.Ring.Name, p.Subject.Branch
	i.PullRequest, i.Iteration = p.Subject.Number, p.Iteration
	return i
}

// repositoryLabels takes from the repository what was not given. That text is not ours to correct, so what
// labels cannot hold is cleaned.
func (m *maker) repositoryLabels() labels.Image {
	i, r := m.Described, m.Repository
	fill(&i.Title, r.Name)
	fill(&i.Description, r.Description)
	fill(&i.Licenses, r.License)
	fill(&i.URL, r.HTMLURL)
	if r.FullName != "" {
		fill(&i.Source, m.ServerURL+"/"+r.FullName)
	}
	return i
}

func fill(value *string, from string) {
	if *value == "" {
		*value = labels.Clean(from)
	}
}
