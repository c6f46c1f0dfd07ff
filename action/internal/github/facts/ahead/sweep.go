package ahead

import (
	"context"
	"maps"
	"net/url"
	"slices"
	"strconv"
	"time"

	"github.com/wizzense/deployment-rings/action/internal/comment"
	"github.com/wizzense/deployment-rings/action/internal/github"
	"github.com/wizzense/deployment-rings/action/internal/github/facts/authors"
	"github.com/wizzense/deployment-rings/action/internal/github/facts/posts"
)

// maxPages limits the pages of a list of the whole repository.
const maxPages = 20

// pays reports whether another page is worth its request, after some that settled so many things of those that are left: a page has to
// settle one at least.
func pays(pages, settled, left int) bool {
	return left > few && pages < maxPages && pages < settled+few
}

// A run is a workflow run as REST has it: https://docs.github.com/rest/actions/workflow-runs.
type run struct {
	Commit    string    `json:"head_sha"`
	Suite     int64     `json:"check_suite_id"`
	Path      string    `json:"path"`
	Attempt   int       `json:"run_attempt"`
	CreatedAt time.Time `json:"created_at"`
	StartedAt time.Time `json:"run_started_at"`
}

// Key returns the check suite, of which a run has its own.
func (r run) Key() any { return r.Suite }

// fetchRuns finds the workflow runs of the check suites among the newest of the repository. GraphQL does not tell attempts.
func (f *fetch) fetchRuns(ctx context.Context) {
	type page struct {
		Runs []run `json:"workflow_runs"`
	}
	open, found := map[string]map[int64]bool{}, map[string][]run{}
	for sha, suites := range f.suites {
		open[sha] = map[int64]bool{}
		for _, id := range suites {
			open[sha][id] = true
		}
		f.settleRuns(sha, open, found)
	}
	if len(open) <= few {
		return
	}
	op := github.Operation{Doing: "read the newest workflow runs", Needs: "actions: read"}
	pages, settled := 0, 0
	github.Some(ctx, f.Client, op, f.Path("actions", "runs"), func(p page) []run { return p.Runs }, func(runs []run) bool {
		pages++
		for _, r := range runs {
			if open[r.Commit][r.Suite] {
				delete(open[r.Commit], r.Suite)
				found[r.Commit] = append(found[r.Commit], r)
				settled += f.settleRuns(r.Commit, open, found)
			}
		}
		return pays(pages, settled, len(open))
	})
}

// settleRuns foretells the runs of a commit once all are found, and returns how many commits it settled.
func (f *fetch) settleRuns(sha string, open map[string]map[int64]bool, found map[string][]run) int {
	if len(open[sha]) > 0 {
		return 0
	}
	delete(open, sha)
	all := append([]run{}, found[sha]...)
	f.Foretell(f.runsPath(sha), map[string]any{"total_count": len(all), "workflow_runs": all})
	return 1
}

// fetchTalks foretells comments, with their edits. Whether an app wrote one for a person REST alone tells, which matters for those that say
// something.
func (f *fetch) fetchTalks(ctx context.Context) {
	talks := map[int][]talk{}
	open := map[number]int{} // comments that an app may have written, with their pull requests
	left := map[int]int{}
	for pull, comments := range f.talks {
		talks[pull] = slices.Clone(comments)
		for _, x := range comments {
			if x.mayBeOfAnApp() {
				open[x.ID], left[pull] = pull, left[pull]+1
			}
		}
	}
	if len(left) > few {
		f.findApps(ctx, talks, open, left)
	}
	var edited [][]posts.Post
	for _, pull := range slices.Sorted(maps.Keys(talks)) {
		comments := talks[pull]
		if left[pull] == 0 {
			f.Foretell(f.Path("issues", strconv.Itoa(pull), "comments"), comments)
		}
		var some []posts.Post
		for _, x := range comments {
			if p := x.post(); p.Edited() {
				some = append(some, p)
			}
		}
		edited = append(edited, some)
	}
	if edited = slices.DeleteFunc(edited, func(p []posts.Post) bool { return len(p) == 0 }); len(edited) > 1 {
		posts.Ahead(ctx, f.Client, edited)
	}
}

// mayBeOfAnApp reports whether it matters that an app may have written a comment for a person: one who may speak, and says something
// or may have said something.
func (x talk) mayBeOfAnApp() bool {
	if p := x.post(); p.User == nil || p.User.IsBot() || p.WhyIgnored() != "" {
		return false
	}
	lines, err := comment.Commands(*x.Body)
	return err != nil || len(lines) > 0 || !x.UpdatedAt.Equal(x.CreatedAt)
}

// Key returns the number of the comment.
func (x talk) Key() any { return x.ID }

// findApps takes comments from the newest of the repository.
func (f *fetch) findApps(ctx context.Context, talks map[int][]talk, open map[number]int, left map[int]int) {
	op := github.Operation{Doing: "read the newest comments", Needs: "pull-requests: read"}
	pages, settled := 0, 0
	all := func(page []talk) []talk { return page }
	github.Some(ctx, f.Client, op, f.Path("issues", "comments")+"?sort=created&direction=desc", all, func(page []talk) bool {
		pages++
		for _, x := range page {
			pull, wanted := open[x.ID]
			at := slices.IndexFunc(talks[pull], func(y talk) bool { return y.ID == x.ID })
			if !wanted || at < 0 || x.Body == nil {
				continue
			}
			talks[pull][at] = x
			delete(open, x.ID)
			if left[pull]--; left[pull] == 0 {
				delete(left, pull)
				settled++
			}
		}
		return pays(pages, settled, len(left))
	})
}

// A push is one to a branch as REST has it: https://docs.github.com/rest/repos/repos#list-repository-activities.
type push struct {
	ID     int64     `json:"id"`
	Ref    string    `json:"ref"`
	Before string    `json:"before"`
	After  string    `json:"after"`
	At     time.Time `json:"timestamp"`
	Kind   string    `json:"activity_type"`
	Actor  *user     `json:"actor"`
}

// Key returns the number of the push.
func (x push) Key() any { return x.ID }

// maxActivity is how many pages of pushes are read for one branch of those that are wanted: nothing is certain of a branch before the list
// ends, since it may have had the name before.
const maxActivity = 4

// fetchPushes foretells the pushes to the branches of pull requests, if all that were ever made to the repository are few.
func (f *fetch) fetchPushes(ctx context.Context) {
	refs := map[string]bool{}
	repository := ""
	for n, p := range f.pulls {
		if p.Head.Repo == nil || p.Head.Repo.FullName != p.Base.Repo.FullName || !f.needsPushes(n) {
			continue
		}
		repository, refs["refs/heads/"+p.Head.Ref] = p.Base.Repo.FullName, true
	}
	if len(refs) <= few || !github.IsRepository(repository) {
		return
	}
	found := map[string][]push{}
	for ref := range refs {
		found[ref] = []push{}
	}
	path := "/repos/" + repository + "/activity"
	op := github.Operation{Doing: "read who pushed, and when", Needs: "contents: read"}
	pages := 0
	all := func(page []push) []push { return page }
	whole, err := github.Some(ctx, f.Client, op, path, all, func(page []push) bool {
		pages++
		for _, x := range page {
			if refs[x.Ref] {
				found[x.Ref] = append(found[x.Ref], x)
			}
		}
		return pages < min(maxPages/2, len(refs)/maxActivity)
	})
	if err != nil || !whole {
		return
	}
	for ref, pushes := range found {
		f.Foretell(path+"?ref="+url.QueryEscape(ref), pushes)
	}
}

// needsPushes reports whether it matters who pushed to the branch of a pull request, and when.
func (f *fetch) needsPushes(number int) bool {
	return f.lists[number] != nil || slices.ContainsFunc(f.talks[number], talk.mayBeOfAnApp)
}

// fetchAuthors finds the co-authors of all commits.
func (f *fetch) fetchAuthors(ctx context.Context) {
	var lists [][]authors.Commit
	for _, commits := range f.lists {
		var some []authors.Commit
		for _, c := range commits {
			some = append(some, authors.Commit{SHA: c.SHA, Message: c.Git.Message})
		}
		lists = append(lists, some)
	}
	if len(lists) > 1 {
		authors.Ahead(ctx, f.Client, lists)
	}
}
