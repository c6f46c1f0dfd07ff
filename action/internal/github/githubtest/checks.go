package githubtest

import (
	"cmp"
	"net/http"
	"slices"
	"strings"
)

func (g *GitHub) checkHandlers() handlers {
	return handlers{
		"GET /commits/{sha}":            (*call).commit,
		"GET /commits/{sha}/check-runs": (*call).checkRuns,
		"GET /commits/{sha}/statuses":   (*call).statuses,
		"GET /actions/runs":             (*call).runs,
		"GET /actions/runs/{number}":    (*call).run,
		"GET /compare/{range}":          (*call).compare,
	}
}

// sha is the commit in the path. One that is not there is answered.
func (c *call) sha() (string, bool) {
	sha := c.r.PathValue("sha")
	if _, ok := c.find(sha); !ok {
		refuse(c.w, http.StatusUnprocessableEntity, "No commit found for SHA: "+sha)
		return "", false
	}
	return sha, true
}

// run is one workflow run.
func (c *call) run() {
	at := slices.IndexFunc(c.state.Runs, func(x Run) bool { return x.ID == c.number("number") })
	if at < 0 {
		c.missing()
		return
	}
	found := c.state.Runs[at]
	found.Status = cmp.Or(found.Status, "completed")
	c.ok(found)
}

func (c *call) find(sha string) (Commit, bool) {
	at := slices.IndexFunc(c.state.Commits, func(x Commit) bool { return x.SHA == sha })
	if at < 0 {
		return Commit{}, false
	}
	return c.state.Commits[at], true
}

func (c *call) commit() {
	if sha, ok := c.sha(); ok {
		found, _ := c.find(sha)
		c.ok(found)
	}
}

// checkRuns are those of a commit, newest first. With filter=latest, the default, there is one of each name in a suite: the one that
// was completed last, so that a queued one hides behind it.
func (c *call) checkRuns() {
	sha, ok := c.sha()
	if !ok {
		return
	}
	found := newestFirst(c.state.CheckRuns, func(x CheckRun) bool { return x.HeadSHA == sha })
	if c.r.URL.Query().Get("filter") != "all" {
		found = latest(found)
	}
	pageOf(c, found, under[CheckRun]("check_runs"))
}

func latest(all []CheckRun) []CheckRun {
	type key struct {
		suite int64
		name  string
	}
	best := map[key]CheckRun{}
	for _, x := range all {
		k := key{x.CheckSuite.ID, x.Name}
		old, seen := best[k]
		if !seen || x.CompletedAt != nil && (old.CompletedAt == nil || x.CompletedAt.After(*old.CompletedAt)) {
			best[k] = x
		}
	}
	return slices.DeleteFunc(all, func(x CheckRun) bool { return best[key{x.CheckSuite.ID, x.Name}].ID != x.ID })
}

func (c *call) statuses() {
	if sha, ok := c.sha(); ok {
		pageOf(c, newestFirst(c.state.Statuses, func(x Status) bool { return x.SHA == sha }), bare)
	}
}

func (c *call) runs() {
	sha := c.r.URL.Query().Get("head_sha")
	pageOf(c, newestFirst(c.state.Runs, func(x Run) bool { return sha == "" || x.HeadSHA == sha }), under[Run]("workflow_runs"))
}

// newestFirst are those of a list that fit, the last one first.
func newestFirst[T any](all []T, fits func(T) bool) []T {
	var found []T
	for _, x := range slices.Backward(all) {
		if fits(x) {
			found = append(found, x)
		}
	}
	return found
}

// compare tells how one commit relates to another, as the graph of commits has it.
func (c *call) compare() {
	base, head, _ := strings.Cut(c.r.PathValue("range"), "...")
	before, after := c.ancestors(base), c.ancestors(head)
	common := slices.ContainsFunc(c.state.Commits, func(x Commit) bool { return before[x.SHA] && after[x.SHA] })
	status := "diverged"
	switch {
	case !common:
		c.missing()
		return
	case base == head:
		status = "identical"
	case after[base]:
		status = "ahead"
	case before[head]:
		status = "behind"
	}
	c.ok(map[string]any{"status": status})
}

// ancestors are a commit and all that it follows.
func (c *call) ancestors(sha string) map[string]bool {
	all := map[string]bool{}
	for next := []string{sha}; len(next) > 0; next = next[1:] {
		found, ok := c.find(next[0])
		if !ok || all[found.SHA] {
			continue
		}
		all[found.SHA] = true
		for _, p := range found.Parents {
			next = append(next, p.SHA)
		}
	}
	return all
}
