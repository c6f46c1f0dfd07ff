package ringpolicy

import (
	"cmp"
	"slices"
	"strconv"
	"strings"

	"github.com/wizzense/deployment-rings/internal/order"
)

// A checkGroup are all runs of one check of an app, of which the newest counts.
type checkGroup struct {
	name, app string
	folded    string // the name, without regard to case
	newest    *Check
	ambiguous bool // the order of the runs does not say which is the newest, and they differ
}

// groupChecks finds the newest run of every check of a revision. Of equal runs, the one with a page counts.
func groupChecks(checks []Check, revision string) []checkGroup {
	of := make([]*Check, 0, len(checks))
	for i := range checks {
		if checks[i].Revision == revision {
			of = append(of, &checks[i])
		}
	}
	order.Sort(of, func(a, b *Check) int {
		return cmp.Or(cmp.Compare(a.Name, b.Name), cmp.Compare(a.App, b.App), cmp.Compare(b.URL, a.URL))
	})
	var groups []checkGroup
	for len(of) > 0 {
		n := 1
		for n < len(of) && of[n].Name == of[0].Name && of[n].App == of[0].App {
			n++
		}
		groups = append(groups, newCheckGroup(of[:n]))
		of = of[n:]
	}
	return groups
}

// newCheckGroup orders runs by start and by id, or by id alone where a start is not known.
func newCheckGroup(runs []*Check) checkGroup {
	newest, tied := newestRun(runs, compareRunIDs)
	if !slices.ContainsFunc(runs, func(c *Check) bool { return c.RunStartedAt.IsZero() }) {
		started, alsoTied := newestRun(runs, compareRunStarts)
		newest, tied = started, tied || alsoTied || started.State != newest.State
	}
	return checkGroup{name: newest.Name, app: newest.App, folded: foldText(newest.Name), newest: newest, ambiguous: tied}
}

func (g *checkGroup) id() string { return strconv.FormatInt(g.newest.ID, 10) }

func compareRunIDs(a, b *Check) int { return cmp.Compare(a.ID, b.ID) }

func compareRunStarts(a, b *Check) int {
	return cmp.Or(a.RunStartedAt.Compare(b.RunStartedAt), compareRunIDs(a, b))
}

// newestRun is the newest of some runs, and whether another one that ended differently is as new.
func newestRun(runs []*Check, compare func(a, b *Check) int) (newest *Check, tied bool) {
	newest = runs[0]
	for _, c := range runs[1:] {
		switch later := compare(c, newest); {
		case later > 0:
			newest, tied = c, false
		case later == 0 && c.State != newest.State:
			tied = true
		}
	}
	return newest, tied
}

func boolToInt(b bool) int {
	if b {
		return 1
	}
	return 0
}

func (c ChecksRule) required(string) string {
	return strings.Join(c.Names, ", ") + ": " + joinOr(c.Accept)
}

func (c ChecksRule) judge(s *scope, _ *Criterion) finding {
	switch {
	case s.evidence.Checks == nil:
		return notCollected("checks")
	case s.evidence.Subject.Revision == "":
		return notCollected("revision")
	}
	worst, passed := met(""), 0
	all := met("")
	for _, name := range c.Names {
		found, n := c.pattern(s, name, &all)
		worst, passed = worst.worse(found), passed+n
	}
	if worst.status == Met {
		all.observed = plural(passed, "check") + " passed"
		return all
	}
	return worst
}

// pattern judges the checks that match one name of the rule, and counts those that passed, of which it adds the first to all.
func (c ChecksRule) pattern(s *scope, name string, all *finding) (worst finding, passed int) {
	worst = met("")
	matcher, matched := s.policy.checkNames[name], false
	for i := range s.checks {
		g := &s.checks[i]
		if c.App != "" && !strings.EqualFold(c.App, g.app) || !matcher.match(g.folded) {
			continue
		}
		matched = true
		found := c.group(g)
		if found.status == Met {
			if passed++; passed <= enoughIDs {
				*all = all.restsOn(g.id()).linked(g.newest.URL)
			}
		}
		worst = worst.worse(found)
	}
	if !matched {
		return unknown(CheckMissing, "no check matches %s", name), 0
	}
	return worst, passed
}

const enoughIDs = 100

func (c ChecksRule) group(g *checkGroup) finding {
	switch {
	case g.ambiguous:
		return unknown(CheckOrderAmbiguous, "%s: which run is the newest is not certain, and they differ", g.name)
	case slices.Contains(c.Accept, g.newest.State):
		return finding{status: Met, code: OK}
	}
	var found finding
	switch g.newest.State {
	case CheckPending:
		found = pending(CheckIsPending, "%s: pending", g.name)
	case CheckSkipped:
		found = unmet(CheckWasSkipped, "%s: skipped", g.name)
	default:
		found = unmet(CheckFailed, "%s: %s", g.name, g.newest.State)
	}
	return found.restsOn(g.id()).linked(g.newest.URL)
}

func joinOr[T ~string](words []T) string {
	parts := make([]string, len(words))
	for i, w := range words {
		parts[i] = string(w)
	}
	return strings.Join(parts, " or ")
}

func plural(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return strconv.Itoa(n) + " " + noun + "s"
}
