package ringpolicy

import (
	"slices"
	"time"
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
	criteria := slices.Concat(l.rings[ring].Entry, l.rings[ring].Success)
	for i, n := range slices.Concat(l.node(ring).Get("entry").Elements(), l.node(ring).Get("success").Elements()) {
		if rule, ok := criteria[i].Rule.(ChecksRule); ok && rule.App == "" {
			l.add(SeverityWarning, n.Get("checks"), "any app, and anybody who may set a commit status, can report these checks, expected the app that runs them, such as app: github-actions")
		}
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
