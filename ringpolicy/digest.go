package ringpolicy

import (
	"cmp"
	"encoding/json"
	"slices"
)

// digestOf is "sha256:" and the SHA-256 of the JSON form of v.
func digestOf(v any) string {
	encoded, err := json.Marshal(v)
	if err != nil {
		panic(err) // the canonical forms hold nothing that JSON cannot write
	}
	return "sha256:" + sha256Hex(encoded)
}

// canonicalPolicy is what a policy means: defaults filled in, and lists sorted whose order says nothing.
type canonicalPolicy struct {
	DefaultRing, Timezone, LabelPrefix string
	Container                          containerPorts
	Rings                              []canonicalRing
}

type canonicalRing struct {
	Ring
	Entry, Success []canonicalCriterion
}

type canonicalCriterion struct {
	Criterion
	Kind string
}

func (p *Policy) canonical() canonicalPolicy {
	c := canonicalPolicy{p.defaultRing, p.Timezone().String(), p.labelPrefix, p.container, nil}
	for _, r := range p.Rings() {
		slices.Sort(r.Branches)
		slices.Sort(r.Rollback.Triggers)
		sortWindows(r.Windows.Allow)
		sortWindows(r.Windows.Deny)
		c.Rings = append(c.Rings, canonicalRing{r, canonicalCriteria(r.Entry), canonicalCriteria(r.Success)})
	}
	return c
}

func canonicalCriteria(criteria []Criterion) []canonicalCriterion {
	var all []canonicalCriterion
	for _, c := range criteria {
		c.Rule = canonicalRule(c.Rule)
		all = append(all, canonicalCriterion{c, c.Rule.Kind()})
	}
	return all
}

// canonicalRule sorts the lists of a rule, which must not be shared.
func canonicalRule(rule Rule) Rule {
	switch r := rule.(type) {
	case ChecksRule:
		slices.Sort(r.Names)
		slices.Sort(r.Accept)
	case MetricRule:
		return canonicalMetric{r, r.Bound.value().RatString()}
	case IncidentsRule:
		slices.Sort(r.Severities)
	case SignalsRule:
		slices.Sort(r.Kinds)
	}
	return rule
}

func sortWindows(ws []Window) {
	for i := range ws {
		slices.Sort(ws[i].Days)
	}
	slices.SortStableFunc(ws, func(a, b Window) int {
		return cmp.Or(slices.Compare(a.Days, b.Days), cmp.Compare(a.From, b.From), cmp.Compare(a.To, b.To),
			a.First.midnight().Compare(b.First.midnight()), a.Last.midnight().Compare(b.Last.midnight()), cmp.Compare(a.Reason, b.Reason))
	})
}

// canonicalMetric has the bound as a fraction in lowest terms, so that 1 and 1.0 are the same.
type canonicalMetric struct {
	MetricRule
	Bound string
}
