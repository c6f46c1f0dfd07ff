package ringpolicy

import (
	"slices"
	"time"
)

// An item is a criterion in the list of a decision.
type item struct {
	Criterion
	ring     int    // with the ID what it is known by
	facts    int    // the ring whose deployment and signals count; -1: none
	groups   []int  // upstream rings that ask for it; none: the target ring itself
	required string // for people
}

// prepare works out what depends on the policy alone.
func (p *Policy) prepare() {
	for ring := range p.rings {
		p.before = append(p.before, p.ancestors(ring))
		p.asked = append(p.asked, p.items(ring))
	}
}

// items lists what is asked of an image that wants to enter a ring, in the order in which a decision shows it.
func (p *Policy) items(target int) []item {
	var all []item
	own := func(waivable bool, title string, rule Rule) {
		all = append(all, p.item(Criterion{ID: rule.Kind(), Title: title, Waivable: waivable, Rule: rule}, target, target, nil))
	}
	own(false, "Ring not locked", lockRule{})
	own(false, "Image not quarantined", quarantineRule{})
	own(true, "No other deployment in progress", settledRule{})
	own(true, "No failed deployment here", attemptsRule{p.rings[target].Attempts})
	own(true, "Newer than what the ring runs", ancestryRule{})
	all = append(all, p.upstreamItems(target)...)
	for _, c := range p.rings[target].Entry {
		all = append(all, p.item(c, target, p.firstUpstream(target), nil))
	}
	if w := p.rings[target].Windows; len(w.Allow)+len(w.Deny) > 0 {
		own(true, "Inside the ring's windows", windowRule{})
	}
	return all
}

func (p *Policy) item(c Criterion, ring, facts int, groups []int) item {
	where := "an upstream ring"
	if facts >= 0 {
		where = p.rings[facts].Name
	}
	return item{c, ring, facts, groups, plain(c.Rule.required(where))}
}

// upstreamItems are the lineage and the soak of each upstream ring, and the rollback and the success criteria of all rings on the way.
func (p *Policy) upstreamItems(target int) []item {
	var all []item
	for _, u := range p.upstream[target] {
		c := Criterion{ID: "lineage", Title: "Was in service in " + p.rings[u].Title, Rule: lineageRule{}}
		all = append(all, p.item(c, u, u, []int{u}))
	}
	for _, ring := range p.before[target] {
		if kinds := p.rings[ring].unwatched(); len(kinds) > 0 {
			rule := provenRule{kinds, p.rings[ring].Rollback.Consecutive}
			c := Criterion{ID: rule.Kind(), Title: "No rollback needed in " + p.rings[ring].Title, Waivable: true, Rule: rule}
			all = append(all, p.item(c, ring, ring, p.reachableVia(target, ring)))
		}
	}
	for _, u := range p.upstream[target] {
		if s := p.rings[u].Soak; s.asked() {
			c := Criterion{ID: "soak", Title: "Soak in " + p.rings[u].Title, Waivable: true, Rule: soakRule{s}}
			all = append(all, p.item(c, u, u, []int{u}))
		}
	}
	for _, ring := range p.before[target] {
		if len(p.rings[ring].Success) == 0 {
			continue
		}
		groups := p.reachableVia(target, ring)
		for _, c := range p.rings[ring].Success {
			all = append(all, p.item(c, ring, ring, groups))
		}
	}
	return all
}

// ancestors are the rings upstream of a ring, each once, the nearest first.
func (p *Policy) ancestors(target int) []int {
	var all []int
	for level := p.upstream[target]; len(level) > 0; {
		var next []int
		for _, ring := range level {
			if !slices.Contains(all, ring) {
				all = append(all, ring)
				next = append(next, p.upstream[ring]...)
			}
		}
		level = next
	}
	return all
}

// reachableVia returns the upstream rings of target over which ring is reached.
func (p *Policy) reachableVia(target, ring int) []int {
	var groups []int
	for _, u := range p.upstream[target] {
		if u == ring || slices.Contains(p.before[u], ring) {
			groups = append(groups, u)
		}
	}
	return groups
}

func (p *Policy) firstUpstream(ring int) int {
	if up := p.upstream[ring]; len(up) > 0 {
		return up[0]
	}
	return -1
}

// chooseUpstream makes advisory what is asked by the upstream rings that are not the nearest to promotion.
func (f *facts) chooseUpstream(results []judged) {
	chosen, best := -1, standing{}
	for _, u := range f.policy.upstream[f.target] {
		if s := groupStanding(results, u); chosen < 0 || s.nearer(best) {
			chosen, best = u, s
		}
	}
	for i := range results {
		if g := results[i].groups; len(g) > 0 && !slices.Contains(g, chosen) {
			results[i].Advisory = true
		}
	}
}

// A standing is how near a group of criteria is to being met.
type standing struct {
	kind     HoldKind
	eligible time.Time // when what time alone ends is over; zero: nothing to wait for
}

func groupStanding(results []judged, group int) standing {
	s := standing{kind: HoldNone}
	for _, r := range results {
		if r.Blocks() && slices.Contains(r.groups, group) {
			s.kind = min(s.kind, r.holdKind())
			s.eligible = later(s.eligible, r.EligibleAt)
		}
	}
	return s
}

func (s standing) nearer(other standing) bool {
	if s.kind != other.kind {
		return s.kind > other.kind
	}
	return s.eligible.Before(other.eligible) // the zero time, none to wait for, comes before any
}

func later(a, b time.Time) time.Time {
	if b.After(a) {
		return b
	}
	return a
}

// earlier is the earlier of two times, of which the zero one is never.
func earlier(a, b time.Time) time.Time {
	if a.IsZero() || !b.IsZero() && b.Before(a) {
		return b
	}
	return a
}
