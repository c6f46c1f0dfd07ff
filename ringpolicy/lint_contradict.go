package ringpolicy

import (
	"slices"

	"github.com/wizzense/deployment-rings/ringpolicy/internal/strict"
)

// contradictions reports two criteria for the way into a ring that no evidence can meet together.
func (l *linter) contradictions(target int) {
	items := l.asked[target]
	for i, a := range items {
		for _, b := range items[:i] {
			if a.Advisory || b.Advisory || !contradict(a, b) || !l.together(target, a, b) {
				continue
			}
			pair := [2]*strict.Node{l.criterionNode(a), l.criterionNode(b)}
			if l.told[pair] {
				continue
			}
			l.told[pair] = true
			l.add(SeverityError, pair[0], "no evidence can meet this and %q of ring %q, both of which are asked on the way into ring %q",
				b.ID, l.rings[b.ring].Name, l.rings[target].Name)
		}
	}
}

// together tells whether both criteria decide at once: not when either of two upstream rings is enough.
func (l *linter) together(target int, a, b item) bool {
	if l.rings[target].Require == RequireAll || len(a.groups) == 0 || len(b.groups) == 0 {
		return true
	}
	return slices.ContainsFunc(a.groups, func(g int) bool { return slices.Contains(b.groups, g) })
}

func contradict(a, b item) bool {
	switch x := a.Rule.(type) {
	case MetricRule:
		y, ok := b.Rule.(MetricRule)
		return ok && x.Name == y.Name && x.Unit == y.Unit && disjoint(x, y)
	case ChecksRule:
		y, ok := b.Rule.(ChecksRule)
		return ok && x.App == y.App && x.Workflow == y.Workflow && overlaps(x.Names, y.Names) && !overlaps(x.Accept, y.Accept)
	}
	return false
}

func overlaps[T comparable](a, b []T) bool {
	return slices.ContainsFunc(a, func(x T) bool { return slices.Contains(b, x) })
}

// disjoint tells whether no number meets both bounds.
func disjoint(a, b MetricRule) bool {
	if a.bounds() == b.bounds() || a.bounds() == 0 || b.bounds() == 0 {
		return false
	}
	if a.bounds() > 0 {
		a, b = b, a
	}
	high, low := a.Bound.value(), b.Bound.value() // a is bounded from above, b from below
	return high.Cmp(low) < 0 || high.Cmp(low) == 0 && (a.Op == OpBelow || b.Op == OpAbove)
}

// bounds is -1 for a bound from above, 1 for one from below, 0 for another.
func (m MetricRule) bounds() int {
	switch m.Op {
	case OpBelow, OpAtMost:
		return -1
	case OpAbove, OpAtLeast:
		return 1
	}
	return 0
}
