package githubtest

import (
	"fmt"
	"net/url"
	"slices"
	"strconv"
)

func (g *GitHub) pullHandlers() handlers {
	return handlers{
		"GET /pulls/{number}":         (*call).pull,
		"GET /pulls/{number}/commits": (*call).pullCommits,
		"GET /pulls/{number}/reviews": (*call).reviews,
		"GET /commits/{sha}/pulls":    (*call).pullsOfCommit,
		"GET /activity":               (*call).activity,
	}
}

func (c *call) findPull() (Pull, bool) {
	at := slices.IndexFunc(c.state.Pulls, func(p Pull) bool { return int64(p.Number) == c.number("number") })
	if at < 0 {
		c.missing()
		return Pull{}, false
	}
	return c.state.Pulls[at], true
}

func (c *call) pull() {
	if p, ok := c.findPull(); ok {
		c.ok(c.based(p.shown()))
	}
}

// shown is a pull request as the API tells it.
func (p Pull) shown() Pull {
	if p.CommitCount == 0 {
		p.CommitCount = len(p.SHAs)
	}
	p.SHAs = nil
	return p
}

// based tells the default branch of the repository of the base.
func (c *call) based(p Pull) Pull {
	if p.Base.Repo == nil {
		p.Base.Repo = &Repository{FullName: c.state.Repository}
	}
	base := *p.Base.Repo
	base.DefaultBranch = or(base.DefaultBranch, or(c.state.DefaultBranch, "main"))
	p.Base.Repo = &base
	return p
}

// maxPullCommits is how many commits of a pull request the API lists.
const maxPullCommits = 250

func (c *call) pullCommits() {
	p, ok := c.findPull()
	if !ok {
		return
	}
	var found []Commit
	for _, sha := range p.SHAs[:min(len(p.SHAs), maxPullCommits)] {
		commit, _ := c.find(sha)
		found = append(found, commit)
	}
	pageOf(c, found, bare)
}

// reviews are in the order in which they came.
func (c *call) reviews() {
	if p, ok := c.findPull(); ok {
		pageOf(c, which(c.state.Reviews, func(r Review) bool { return r.Pull == p.Number }), bare)
	}
}

func which[T any](all []T, fits func(T) bool) []T {
	return slices.DeleteFunc(slices.Clone(all), func(x T) bool { return !fits(x) })
}

// pullsOfCommit are those that have the commit or were merged as it. Their number of commits is not told here.
func (c *call) pullsOfCommit() {
	sha, ok := c.sha()
	if !ok {
		return
	}
	shown := []map[string]any{}
	for _, p := range c.pullsWith(sha) {
		shown = append(shown, map[string]any{
			"number": p.Number, "state": p.State, "draft": p.Draft, "user": p.User, "head": p.Head, "base": c.based(p).Base,
			"merge_commit_sha": p.MergeCommitSHA, "merged_at": p.MergedAt, "closed_at": p.ClosedAt, "created_at": p.CreatedAt,
		})
	}
	pageOf(c, shown, bare)
}

func (c *call) pullsWith(sha string) []Pull {
	return which(c.state.Pulls, func(p Pull) bool {
		return slices.Contains(p.SHAs, sha) || p.MergeCommitSHA != nil && *p.MergeCommitSHA == sha && p.Merged
	})
}

// activity is newest first, in pages that are told by a mark and not by a number: how many older ones there are.
func (c *call) activity() {
	q := c.r.URL.Query()
	activities := c.state.Activities
	if of, fork := c.state.Forks[c.r.PathValue("owner")+"/"+c.r.PathValue("name")]; fork {
		activities = of
	}
	all := newestFirst(activities, func(a Activity) bool { return q.Get("ref") == "" || a.Ref == q.Get("ref") })
	size := 30
	if n := int(c.number("per_page")); n > 0 {
		size = min(n, 100)
	}
	from := 0
	if after, err := url.QueryUnescape(q.Get("after")); err == nil && after != "" {
		older, _ := strconv.Atoi(after[len("mark:"):])
		from = max(len(all)-older, 0)
	}
	to := min(from+size, len(all))
	if to < len(all) {
		c.w.Header().Set("Link", fmt.Sprintf("<%s>; rel=\"next\"", c.address("after", "mark:"+strconv.Itoa(len(all)-to))))
	}
	c.ok(append([]Activity{}, all[from:to]...))
}
