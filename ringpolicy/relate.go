package ringpolicy

import (
	"cmp"
	"slices"
	"strings"

	"github.com/wizzense/deployment-rings/ringpolicy/internal/strict"
)

// relate checks and resolves what one part of a policy says of another.
func (r *policyReader) relate(root *strict.Node) {
	rings := root.Get("rings").Items
	r.distinctNames(rings)
	r.indexBranches(rings)
	for i, n := range rings {
		r.distinctIDs(n)
		r.resolveUpstream(i, n)
	}
	for i := range rings {
		r.hasSomethingToCheck(i, rings)
	}
	if n := root.Get("default_ring"); n != nil && r.out.defaultRing != "" && r.out.index(r.out.defaultRing) < 0 {
		r.Fail(n, "no ring is named %q%s", clip(n.Text), strict.Suggest(n.Text, r.names()))
	}
}

func (r *policyReader) names() []string {
	var names []string
	for _, ring := range r.out.rings {
		names = append(names, ring.Name)
	}
	return names
}

// distinctNames reports rings that share their name or their tag.
func (r *policyReader) distinctNames(rings []*strict.Node) {
	for i, ring := range r.out.rings {
		for j, earlier := range r.out.rings[:i] {
			switch {
			case ring.Name == "":
			case ring.Name == earlier.Name:
				r.Fail(rings[i].Get("name"), "%q is also the name of rings[%d], expected another", ring.Name, j)
			case ring.Tag == earlier.Tag:
				at := cmp.Or(rings[i].Get("tag"), rings[i].Get("name"))
				r.Fail(at, "%q is also the tag of ring %q, expected another", ring.Tag, earlier.Name)
			}
		}
	}
}

// indexBranches prepares [Policy.Match] and reports a branch that two rings list.
func (r *policyReader) indexBranches(rings []*strict.Node) {
	r.out.exact = map[string]int{}
	for i, n := range rings {
		for _, b := range n.Get("branches").Elements() {
			if b.Kind == strict.Text {
				r.indexBranch(i, b)
			}
		}
	}
}

func (r *policyReader) indexBranch(ring int, n *strict.Node) {
	if isPattern(n.Text) {
		if p, err := compilePattern(n.Text, false); err == nil {
			r.out.patterns = append(r.out.patterns, branchPattern{p, ring})
		}
		return
	}
	if other, listed := r.out.exact[n.Text]; listed && other != ring {
		r.Fail(n, "branch %q also belongs to ring %q, expected one ring", clip(n.Text), r.out.rings[other].Name)
		return
	}
	r.out.exact[n.Text] = ring
}

// resolveUpstream fills in the rings that ring i comes after. They stand before it, so that there is no circle.
func (r *policyReader) resolveUpstream(i int, n *strict.Node) {
	given := n.Get("after")
	r.out.upstream = append(r.out.upstream, nil)
	switch {
	case given != nil:
		r.upstreamGiven(i, given)
	case i > 0:
		r.out.rings[i].After = []string{r.out.rings[i-1].Name}
		r.out.upstream[i] = []int{i - 1}
	}
}

func (r *policyReader) upstreamGiven(i int, given *strict.Node) {
	earlier := r.names()[:i]
	for _, n := range given.Elements() {
		at := slices.Index(earlier, n.Text)
		switch {
		case n.Kind != strict.Text || n.Text == "" || i == 0:
		case at >= 0:
			r.out.upstream[i] = append(r.out.upstream[i], at)
		case r.out.index(n.Text) >= 0:
			r.Fail(n, "ring %q does not stand before this one, expected one of %s", clip(n.Text), strings.Join(earlier, ", "))
		default:
			r.Fail(n, "no ring before this one is named %q%s", clip(n.Text), strict.Suggest(n.Text, earlier))
		}
	}
}

// hasSomethingToCheck reports a ring that an image could enter from upstream unseen.
func (r *policyReader) hasSomethingToCheck(i int, rings []*strict.Node) {
	ring := &r.out.rings[i]
	var unseen []string
	for _, u := range r.out.upstream[i] {
		if up := &r.out.rings[u]; up.Soak.Min == 0 && !decides(up.Success) && !r.failedIn(rings[u], "name", "soak", "success") {
			unseen = append(unseen, up.Name)
		}
	}
	open := len(unseen) > 0 && (ring.Require == RequireAny || len(unseen) == len(ring.After))
	if open && !decides(ring.Entry) && !r.failedIn(rings[i], "entry") {
		r.Fail(rings[i], "nothing is checked when an image comes in from %s, expected an entry criterion here, or a soak or success criterion there, that is not advisory",
			strings.Join(unseen, " and "))
	}
}

// failedIn tells whether one of some keys could not be read, so that nothing follows from what it lacks.
func (r *policyReader) failedIn(ring *strict.Node, keys ...string) bool {
	return slices.ContainsFunc(keys, func(key string) bool { return r.FailedIn(ring.Get(key)) })
}

func decides(criteria []Criterion) bool {
	return slices.ContainsFunc(criteria, func(c Criterion) bool { return !c.Advisory })
}
