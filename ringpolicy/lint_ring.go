package ringpolicy

import (
	"slices"
	"time"

	"github.com/wizzense/deployment-rings/ringpolicy/internal/strict"
)

func (l *linter) soak(ring int) {
	if s := l.rings[ring].Soak; s.Max > 0 && s.Max < s.Min {
		l.add(SeverityError, l.node(ring, "soak", "max"), "%s is less than the minimum of %s", FormatDuration(s.Max), FormatDuration(s.Min))
	}
}

// triggers reports a ring in emergency mode none of whose triggers is an emergency.
func (l *linter) triggers(ring int) {
	r := l.rings[ring].Rollback
	if r.Mode == ModeEmergency && !slices.Contains(r.Triggers, SignalCriticalError) && !slices.Contains(r.Triggers, SignalContainerCrash) {
		l.add(SeverityError, l.node(ring, "rollback", "triggers"), "mode emergency acts on none of these triggers, expected critical_error or container_crash")
	}
}

// checksOfAnyApp reports criteria that take checks from wherever they come.
func (l *linter) checksOfAnyApp(ring int) {
	l.eachCriterion(ring, func(c Criterion, n *strict.Node) {
		if rule, ok := c.Rule.(ChecksRule); ok && rule.App == "" {
			l.add(SeverityWarning, n.Get("checks"), "any app, and anybody who may set a commit status, can report these checks, expected the app that runs them, such as app: github-actions")
		}
	})
}

// freeRoles reports criteria of the last ring that ask for a role that the policy does not list.
func (l *linter) freeRoles() {
	l.eachCriterion(len(l.rings)-1, func(c Criterion, n *strict.Node) {
		role := ""
		switch rule := c.Rule.(type) {
		case ApprovalRule:
			role = rule.Role
		case SignOffRule:
			role = rule.Role
		}
		if role != "" && !c.Advisory && l.role(role) == nil {
			l.add(SeverityWarning, n.Get(c.Rule.Kind()).Get("role"), "everybody who is heard holds the role %q, expected people.roles to say who: users, teams, or a permission", clip(role))
		}
	})
}

// eachCriterion visits the criteria of a ring with their places.
func (l *linter) eachCriterion(ring int, visit func(Criterion, *strict.Node)) {
	criteria := slices.Concat(l.rings[ring].Entry, l.rings[ring].Success)
	for i, n := range slices.Concat(l.node(ring).Get("entry").Elements(), l.node(ring).Get("success").Elements()) {
		visit(criteria[i], n)
	}
}

// windows reports windows that never open. The days that it looks at stand for all: a week that no date range touches,
// and the days around the ends of each range.
func (l *linter) windows(ring int) {
	w := l.rings[ring].Windows
	if len(w.Allow)+len(w.Deny) == 0 {
		return
	}
	clock := w.boundaries()
	for _, date := range w.sampleDays() {
		for _, minutes := range clock {
			at := date.Add(time.Duration(minutes) * time.Minute)
			if closed, _ := w.closedAt(at); !closed {
				return
			}
		}
	}
	l.add(SeverityError, l.node(ring, "windows"), "the windows never open: what is allowed is always denied")
}

// sampleDays are midnights, in UTC, at which the windows of a week or of a date range behave as on any other such day.
func (w Windows) sampleDays() []time.Time {
	var days []time.Time
	week := func(from time.Time) {
		for i := range 9 {
			days = append(days, from.AddDate(0, 0, i-1))
		}
	}
	free := time.Date(1970, 1, 1, 0, 0, 0, 0, time.UTC)
	for _, x := range slices.Concat(w.Allow, w.Deny) {
		if x.First != (Date{}) {
			week(x.First.midnight())
			week(x.Last.midnight())
			free = later(free, x.Last.midnight())
		}
	}
	week(free.AddDate(0, 0, 7))
	return days
}

// ties reports a branch that the patterns of two rings match equally well.
func (l *linter) ties() {
	reported := map[[2]int]bool{}
	for i, a := range l.patterns {
		for _, b := range l.patterns[:i] {
			pair := [2]int{b.ring, a.ring}
			if a.ring == b.ring || a.prefix != b.prefix || reported[pair] {
				continue
			}
			if branch, ok := l.tied(a.pattern, b.pattern); ok {
				reported[pair] = true
				l.add(SeverityError, l.node(a.ring, "branches"), "pattern %q of ring %q and pattern %q of ring %q match %q equally well, expected one ring for each branch",
					a.source, l.rings[a.ring].Name, b.source, l.rings[b.ring].Name, branch)
			}
		}
	}
}

// tied finds a branch that two patterns match and that nothing else settles. When the shortest is listed by its name
// somewhere, one that is a character longer may not be.
func (l *linter) tied(a, b pattern) (branch string, ok bool) {
	shortest, ok := commonText(a, b)
	if !ok {
		return "", false
	}
	branches := []string{shortest}
	for i := range shortest {
		for _, more := range []string{"x", "0", "-"} {
			branches = append(branches, shortest[:i]+more+shortest[i:], shortest+more)
		}
	}
	for _, branch := range branches {
		if _, err := l.Match(branch); err != nil && a.match(branch) && b.match(branch) {
			return branch, true
		}
	}
	return "", false
}

// contradictions reports two criteria for the way into a ring that no evidence can meet together.
func (l *linter) contradictions(target int) {
	items := l.asked[target]
	for i, a := range items {
		for _, b := range items[:i] {
			if a.Advisory || b.Advisory || !contradict(a, b) || !l.together(target, a, b) {
				continue
			}
			pair := [2]*strict.Node{l.criterionNode(a), l.criterionNode(b)}
			if l.reported[pair] {
				continue
			}
			l.reported[pair] = true
			l.add(SeverityError, pair[0], "no evidence can meet this and %q of ring %q, both of which are asked on the way into ring %q",
				b.ID, l.rings[b.ring].Name, l.rings[target].Name)
		}
	}
}

// together reports whether both criteria decide at once: not when either of two upstream rings is enough.
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

// disjoint reports whether no number meets both bounds.
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
