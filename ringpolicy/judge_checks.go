package ringpolicy

import (
	"cmp"
	"errors"
	"slices"
	"strconv"
	"strings"
)

// A checkGroup are all runs of one check: of one name, app and workflow file, or creator of a commit status. The newest
// counts. A run in another workflow replaces none of them.
type checkGroup struct {
	name, app, workflow string
	folded              string // the name, without regard to case
	label               string // for people
	newest              *Check
	ambiguous           bool // the order of the runs does not say which is the newest, and they differ
	stray               bool // it does not say its workflow, though others of its name and app say theirs
}

// groupChecks finds the newest run of every check of a revision. Of equal runs, the one with a page counts.
func groupChecks(checks []Check, revision string) []checkGroup {
	of := make([]*Check, 0, len(checks))
	for i := range checks {
		if checks[i].Revision == revision {
			of = append(of, &checks[i])
		}
	}
	slices.SortStableFunc(of, func(a, b *Check) int {
		return cmp.Or(compareNames(a, b), compareOrigins(a, b), cmp.Compare(b.URL, a.URL))
	})
	var groups []checkGroup
	for len(of) > 0 {
		n := leading(of, compareNames)
		groups = appendGroups(groups, of[:n])
		of = of[n:]
	}
	return groups
}

// appendGroups groups the runs of one name and app, which are sorted: those that do not say where they come from stand
// first. Beside others that do, each of them is a group of its own, since it is not known which one it replaces.
func appendGroups(groups []checkGroup, runs []*Check) []checkGroup {
	before, last := len(groups), runs[len(runs)-1]
	for len(runs) > 0 {
		n := 1
		if runs[0].hasOrigin() || !last.hasOrigin() {
			n = leading(runs, compareOrigins)
		}
		g := newCheckGroup(runs[:n])
		g.stray = g.workflow == "" && last.Workflow != ""
		groups = append(groups, g)
		runs = runs[n:]
	}
	if mine := groups[before:]; len(mine) > 1 {
		for i := range mine {
			mine[i].label += mine[i].newest.whence()
		}
	}
	return groups
}

func compareNames(a, b *Check) int {
	return cmp.Or(cmp.Compare(a.Name, b.Name), cmp.Compare(a.App, b.App))
}

func compareOrigins(a, b *Check) int {
	return cmp.Or(cmp.Compare(workflowFile(a.Workflow), workflowFile(b.Workflow)), cmp.Compare(a.Creator, b.Creator))
}

func (c *Check) hasOrigin() bool { return c.Workflow != "" || c.Creator != "" }

// whence says for people where a check comes from.
func (c *Check) whence() string {
	switch {
	case c.Workflow != "":
		return " of " + workflowFile(c.Workflow)
	case c.Creator != "":
		return " by " + c.Creator
	}
	return ""
}

// leading counts the runs at the head of a list that are equal to the first.
func leading(runs []*Check, compare func(a, b *Check) int) int {
	n := 1
	for n < len(runs) && compare(runs[n], runs[0]) == 0 {
		n++
	}
	return n
}

// workflowFile is the path of a workflow without the version that may follow an "@". The name of a file may contain one,
// too: what ends as a workflow file does is left as it is.
func workflowFile(path string) string {
	for !strings.HasSuffix(path, ".yml") && !strings.HasSuffix(path, ".yaml") {
		at := strings.LastIndexByte(path, '@')
		if at < 0 {
			break
		}
		path = path[:at]
	}
	return path
}

// newCheckGroup orders runs by start and by id, or by id alone where a start is not known.
func newCheckGroup(runs []*Check) checkGroup {
	newest, tied := newestRun(runs, compareRunIDs)
	if !slices.ContainsFunc(runs, func(c *Check) bool { return c.RunStartedAt.IsZero() }) {
		started, alsoTied := newestRun(runs, compareRunStarts)
		newest, tied = started, tied || alsoTied || started.State != newest.State
	}
	return checkGroup{
		name: newest.Name, app: newest.App, workflow: workflowFile(newest.Workflow), folded: foldText(newest.Name),
		label: newest.Name, newest: newest, ambiguous: tied,
	}
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
		is, maybe := c.asksFor(g)
		if !maybe || !matcher.matches(g) {
			continue
		}
		matched = matched || is
		found := c.group(g)
		if is && found.status == Met {
			if passed++; passed <= enoughIDs {
				*all = all.restsOn(g.id()).linked(g.newest.URL)
			}
		}
		worst = worst.worse(found)
	}
	if !matched {
		return unknown(CodeCheckMissing, "no check%s matches %s", c.origin(), name), 0
	}
	return worst, passed
}

// asksFor reports whether a check is of the app and the workflow of the rule, and whether it may be. One that may be
// keeps the image out unless it is accepted, but meets nothing.
func (c ChecksRule) asksFor(g *checkGroup) (is, maybe bool) {
	if c.App != "" && !strings.EqualFold(c.App, g.app) {
		return false, false
	}
	is = c.Workflow == "" || c.Workflow == g.workflow
	return is, is || g.stray
}

// origin says for people whose checks alone count.
func (c ChecksRule) origin() string {
	of := ""
	if c.App != "" {
		of += " of " + c.App
	}
	if c.Workflow != "" {
		of += " in " + c.Workflow
	}
	return of
}

const enoughIDs = 100

func (c ChecksRule) group(g *checkGroup) finding {
	switch {
	case g.ambiguous:
		return unknown(CodeCheckOrderAmbiguous, "%s: which run is the newest is not certain, and they differ", g.label)
	case slices.Contains(c.Accept, g.newest.State):
		return finding{status: Met, code: CodeOK}
	}
	var found finding
	switch g.newest.State {
	case CheckPending:
		found = pending(CodeCheckPending, "%s: pending", g.label)
	case CheckSkipped:
		found = unmet(CodeCheckSkipped, "%s: skipped", g.label)
	default:
		found = unmet(CodeCheckFailed, "%s: %s", g.label, g.newest.State)
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

// A checkName matches names of checks: by a pattern, without regard to case, or as it stands where the policy writes it
// after "=".
type checkName struct {
	exact   string // "" for a pattern
	pattern pattern
}

func compileCheckName(source string) (checkName, error) {
	exact, asItStands := strings.CutPrefix(source, "=")
	switch {
	case !asItStands:
		p, err := compilePattern(source, true)
		return checkName{pattern: p}, err
	case strings.TrimSpace(exact) == "":
		return checkName{}, errNoName
	}
	return checkName{exact: exact}, nil
}

var errNoName = errors.New(`no name follows the "="`)

func (n checkName) matches(g *checkGroup) bool {
	if n.exact != "" {
		return n.exact == g.name
	}
	return n.pattern.match(g.folded)
}
