package ringpolicy

import (
	"slices"
	"time"
)

// reach reports rings that no image can come into, and those that none can leave.
func (l *linter) reach() {
	for i := range l.rings {
		ring := &l.rings[i]
		switch {
		case len(l.upstream[i]) > 0 || ring.entered():
		case ring.Deploy == DeployAfterPromotion:
			l.add(SeverityError, l.node(i), "nothing can reach ring %q: it takes promotions only, and comes after no ring", ring.Name)
		default:
			l.add(SeverityWarning, l.node(i), "no push or merge reaches ring %q: it lists no branches", ring.Name)
		}
		if i < len(l.rings)-1 && len(l.Next(ring.Name)) == 0 {
			l.add(SeverityWarning, l.node(i), "nothing can leave ring %q: no ring comes after it", ring.Name)
		}
	}
}

// entered reports whether a push or a merge brings images into the ring.
func (r *Ring) entered() bool {
	return (r.Deploy == DeployContinuous || r.Deploy == DeployOnMerge) && len(r.Branches) > 0
}

// guards reports a way to the last ring that asks for no approval.
func (l *linter) guards() {
	last := len(l.rings) - 1
	if last == 0 || l.guarded()[last] {
		return
	}
	if l.rings[last].entered() {
		l.add(SeverityWarning, l.node(last, "deploy"), "no approval guards the last ring: each push or merge deploys to it")
		return
	}
	l.add(SeverityWarning, l.node(last), "no approval guards the way to the last ring, expected an approval criterion in its entry, or in one of a ring that each image must pass")
}

// guarded reports for each ring whether each way into it needs an approval. Upstream rings stand before it.
func (l *linter) guarded() []bool {
	guarded := make([]bool, len(l.rings))
	for i := range l.rings {
		guarded[i] = l.isGuarded(i, guarded)
	}
	return guarded
}

func (l *linter) isGuarded(ring int, before []bool) bool {
	r := &l.rings[ring]
	switch {
	case r.entered() || len(l.upstream[ring]) == 0:
		return false
	case asksApproval(r.Entry):
		return true
	}
	through := func(u int) bool { return asksApproval(l.rings[u].Success) || before[u] }
	if r.Require == RequireAny {
		return !slices.ContainsFunc(l.upstream[ring], func(u int) bool { return !through(u) })
	}
	return slices.ContainsFunc(l.upstream[ring], through)
}

func asksApproval(criteria []Criterion) bool {
	return slices.ContainsFunc(criteria, func(c Criterion) bool {
		_, ok := c.Rule.(ApprovalRule)
		return ok && !c.Advisory
	})
}

// ShortestWay returns the shortest time in which an image can get from the first ring to the last: the sum of the soaks on the
// shortest way. Windows can only make it longer.
func (p *Policy) ShortestWay() time.Duration {
	var soonest time.Duration
	at := make([]time.Duration, len(p.rings)) // when each ring can have the image; upstream rings stand before it
	for i := range p.rings {
		soonest = p.soonest(i, at)
		at[i] = soonest
	}
	return soonest
}

func (p *Policy) soonest(ring int, before []time.Duration) time.Duration {
	var ways []time.Duration
	for _, u := range p.upstream[ring] {
		ways = append(ways, before[u]+p.rings[u].Soak.Min)
	}
	switch {
	case len(ways) == 0:
		return 0
	case p.rings[ring].Require == RequireAny:
		return slices.Min(ways)
	}
	return slices.Max(ways)
}
