package ringpolicy

import (
	"cmp"
	"slices"
	"strconv"
	"strings"
)

// A checkGroup are all runs of one check of an app, of which the newest counts.
type checkGroup struct {
	name, app string
	folded    string // the name, without regard to case
	newest    Check
	ambiguous bool // the order of the runs does not say which is the newest, and they differ
}

// groupChecks finds the newest run of every check of a revision.
func groupChecks(checks []Check, revision string) []checkGroup {
	of := make([]Check, 0, len(checks))
	for _, c := range checks {
		if c.Revision == revision {
			of = append(of, c)
		}
	}
	slices.SortFunc(of, func(a, b Check) int { return cmp.Or(cmp.Compare(a.Name, b.Name), cmp.Compare(a.App, b.App)) })
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

func newCheckGroup(runs []Check) checkGroup {
	byID, byStart := runs[0], runs[0]
	started := true
	for _, c := range runs {
		started = started && !c.RunStartedAt.IsZero()
		if cmp.Or(cmp.Compare(c.ID, byID.ID), compareCheckState(c, byID)) > 0 {
			byID = c
		}
		if cmp.Or(c.RunStartedAt.Compare(byStart.RunStartedAt), cmp.Compare(c.ID, byStart.ID), compareCheckState(c, byStart)) > 0 {
			byStart = c
		}
	}
	g := checkGroup{name: runs[0].Name, app: runs[0].App, folded: foldText(runs[0].Name), newest: byID}
	if started {
		g.newest = byStart
		g.ambiguous = byStart.State != byID.State
	}
	return g
}

// compareCheckState makes the order of runs certain that have the same start and id: success comes first, so that it never counts.
func compareCheckState(a, b Check) int {
	if a.State == CheckSuccess || b.State == CheckSuccess {
		return cmp.Compare(boolToInt(b.State == CheckSuccess), boolToInt(a.State == CheckSuccess))
	}
	return cmp.Compare(a.State, b.State)
}

func boolToInt(b bool) int {
	if b {
		return 1
	}
	return 0
}

func (c ChecksRule) judge(s *scope, _ *Criterion) finding {
	required := strings.Join(c.Names, ", ") + ": " + joinOr(c.Accept)
	switch {
	case s.evidence.Checks == nil:
		return notCollected("checks").requires(required)
	case s.evidence.Subject.Revision == "":
		return notCollected("revision").requires(required)
	}
	worst, passed := met(""), 0
	var ids []string
	for _, name := range c.Names {
		found, n, evidence := c.pattern(s, name)
		worst, passed, ids = worst.worse(found), passed+n, append(ids, evidence...)
	}
	if worst.status == Met {
		worst = met(plural(passed, "check") + " passed").restsOn(ids...)
	}
	return worst.requires(required)
}

// pattern judges the checks that match one name of the rule, and counts those that passed.
func (c ChecksRule) pattern(s *scope, name string) (worst finding, passed int, ids []string) {
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
			passed++
			if len(ids) < enoughIDs {
				ids = append(ids, strconv.FormatInt(g.newest.ID, 10))
			}
		}
		worst = worst.worse(found)
	}
	if !matched {
		return unknown(CheckMissing, "no check matches %s", name), 0, nil
	}
	return worst, passed, ids
}

const enoughIDs = 100

func (c ChecksRule) group(g *checkGroup) finding {
	switch {
	case g.ambiguous:
		return unknown(CheckOrderAmbiguous, "%s: which run is the newest is not certain, and they differ", g.name)
	case slices.Contains(c.Accept, g.newest.State):
		return finding{status: Met, code: OK}
	}
	id := strconv.FormatInt(g.newest.ID, 10)
	switch g.newest.State {
	case CheckPending:
		return pending(CheckIsPending, "%s: pending", g.name).restsOn(id)
	case CheckSkipped:
		return unmet(CheckWasSkipped, "%s: skipped", g.name).restsOn(id)
	}
	return unmet(CheckFailed, "%s: %s", g.name, g.newest.State).restsOn(id)
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
