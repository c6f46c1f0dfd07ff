// Package checks reads the checks of a commit from GitHub: check runs and commit statuses, which are two systems.
package checks

import (
	"cmp"
	"context"
	"fmt"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/wizzense/deployment-rings/action/internal/github"
	"github.com/wizzense/deployment-rings/internal/text"
	"github.com/wizzense/deployment-rings/ringpolicy"
)

// A checkRun is one run of a check: https://docs.github.com/rest/checks/runs.
type checkRun struct {
	ID          int64     `json:"id"`
	Name        string    `json:"name"`
	Status      string    `json:"status"`
	Conclusion  string    `json:"conclusion"`
	StartedAt   time.Time `json:"started_at"`
	CompletedAt time.Time `json:"completed_at"`
	DetailsURL  string    `json:"details_url"`
	Page        string    `json:"html_url"`
	Suite       struct {
		ID int64 `json:"id"`
	} `json:"check_suite"`
	App struct {
		Slug string `json:"slug"`
	} `json:"app"`
}

// Key returns the number of the run.
func (r checkRun) Key() any { return r.ID }

func (r checkRun) Lacks() string {
	return cmp.Or(github.IfEmpty("the id of a check run", r.ID == 0), github.IfEmpty("the name of a check run", r.Name == ""), github.IfEmpty("the status of a check run", r.Status == ""))
}

// A commitStatus is one state of a context: https://docs.github.com/rest/commits/statuses.
type commitStatus struct {
	ID        int64        `json:"id"`
	Context   string       `json:"context"`
	State     string       `json:"state"`
	CreatedAt time.Time    `json:"created_at"`
	Creator   *github.User `json:"creator"`
	Page      string       `json:"target_url"`
}

// Key returns the number of the status.
func (s commitStatus) Key() any { return s.ID }

func (s commitStatus) Lacks() string {
	return cmp.Or(github.IfEmpty("the context of a status", s.Context == ""), github.IfEmpty("the state of a status", s.State == ""))
}

// A workflowRun is one with its newest attempt: https://docs.github.com/rest/actions/workflow-runs.
type workflowRun struct {
	Suite     int64     `json:"check_suite_id"`
	Path      string    `json:"path"` // of the workflow file, maybe with @ and a ref behind it
	Attempt   int       `json:"run_attempt"`
	CreatedAt time.Time `json:"created_at"`
	StartedAt time.Time `json:"run_started_at"` // of the newest attempt
}

// Key returns the check suite, of which a run has its own.
func (r workflowRun) Key() any { return r.Suite }

func (r workflowRun) Lacks() string {
	return cmp.Or(github.IfEmpty("the check suite of a workflow run", r.Suite == 0), github.IfEmpty("the path of a workflow run", r.Path == ""))
}

// Of reads the checks of a commit, but those of a workflow run of our own, 0 for none, and says where they came from. Check
// runs and commit statuses are the checks only together.
func Of(ctx context.Context, c *github.Client, revision string, own int64) (all []ringpolicy.Check, from string, err error) {
	var runs, statuses []ringpolicy.Check
	var runsErr, statusesErr error
	var both sync.WaitGroup
	both.Go(func() { runs, runsErr = checkRuns(ctx, c, revision, own) })
	both.Go(func() { statuses, statusesErr = commitStatuses(ctx, c, revision) })
	both.Wait()
	if err := github.Joined(runsErr, statusesErr); err != nil {
		return nil, "", err
	}
	from = fmt.Sprintf("%s and %s of commit %s", text.Plural(len(runs), "check run"), text.Plural(len(statuses), "status"), text.ShortCommit(revision))
	return append(runs, statuses...), from, nil
}

// checkRuns reads all runs on the commit except those of our own workflow run. The newest attempt of a check may be queued,
// which only filter=all shows.
func checkRuns(ctx context.Context, c *github.Client, revision string, own int64) ([]ringpolicy.Check, error) {
	type page struct {
		github.Total
		Runs []checkRun `json:"check_runs"`
	}
	all, err := github.Pages(ctx, c, github.Operation{Doing: "read the check runs of commit " + text.ShortCommit(revision), Needs: "checks: read"},
		c.Path("commits", revision, "check-runs")+"?filter=all", func(p page) []checkRun { return p.Runs })
	if err != nil {
		return nil, err
	}
	others := slices.DeleteFunc(all, func(r checkRun) bool { return r.isOf(own) })
	workflows, err := workflowsOf(ctx, c, revision, others)
	if err != nil {
		return nil, err
	}
	checks := make([]ringpolicy.Check, len(others))
	for i, r := range others {
		checks[i] = r.check(revision, workflows)
	}
	return checks, nil
}

const actionsApp = "github-actions"

var runInURL = regexp.MustCompile(`/runs/([0-9]+)(/|$)`)

// isOf reports whether a check is a job of a workflow run. The id is in the address of the job alone; the addresses of
// other apps do not count.
func (r checkRun) isOf(run int64) bool {
	found := runInURL.FindStringSubmatch(r.DetailsURL)
	return run != 0 && r.App.Slug == actionsApp && found != nil && found[1] == strconv.FormatInt(run, 10)
}

// A workflow is a workflow file, and its run that a check suite is of.
type workflow struct {
	file string
	run  workflowRun
}

// workflowsOf finds the workflows that check runs are of, by check suite. They are asked for after the check runs, so
// that the run of each is there to be listed.
//
// GitHub lists no workflow run for a check run whose run was deleted, or which a job made for a commit without runs. Its
// workflow stays open if it succeeded. Any other could be hidden, by one of the same name whose workflow is open too or
// from a criterion that names a workflow, so that there are no checks then.
func workflowsOf(ctx context.Context, c *github.Client, revision string, all []checkRun) (map[int64]workflow, error) {
	ofActions := func(r checkRun) bool { return r.App.Slug == actionsApp }
	if !slices.ContainsFunc(all, ofActions) {
		return nil, nil
	}
	type page struct {
		github.Total
		Runs []workflowRun `json:"workflow_runs"`
	}
	op := github.Operation{Doing: "read which workflows the checks of commit " + text.ShortCommit(revision) + " are of", Needs: "actions: read"}
	runs, err := github.Pages(ctx, c, op, c.Path("actions", "runs")+"?head_sha="+url.QueryEscape(revision), func(p page) []workflowRun { return p.Runs })
	if err != nil {
		return nil, err
	}
	bySuite := map[int64]workflow{}
	for _, r := range runs {
		file, err := workflowFile(r.Path)
		if err != nil {
			return nil, c.Explain(op, err)
		}
		bySuite[r.Suite] = workflow{file, r}
	}
	for _, r := range all {
		if _, known := bySuite[r.Suite.ID]; ofActions(r) && !known && r.state() != ringpolicy.CheckSuccess {
			return nil, c.Explain(op, fmt.Errorf("GitHub lists no workflow run for check run %d, %.120q, which did not succeed: run its workflow again on this commit, or give checks in an evidence file", r.ID, r.Name))
		}
	}
	return bySuite, nil
}

var (
	fileAtRef   = regexp.MustCompile(`^(.+?\.ya?ml)(?:@(.*))?$`) // the path of a workflow file, and the ref that may stand behind it
	anotherFile = regexp.MustCompile(`\.ya?ml(@|$)`)
)

// workflowFile returns the path of a workflow file without what follows an @. A file may be named ci.yml@x.yml, so that it
// passes for ci.yml: a path that can be read in both ways is an error.
func workflowFile(path string) (string, error) {
	found := fileAtRef.FindStringSubmatch(path)
	switch {
	case found == nil: // of GitHub itself: dynamic/pages/pages-build-deployment
		file, _, _ := strings.Cut(path, "@")
		return file, nil
	case anotherFile.MatchString(found[2]):
		return "", fmt.Errorf("the path %.200q of a workflow has an @ between two file names: give the file, or the branch, another name", path)
	}
	return found[1], nil
}

// check returns the run as evidence.
func (r checkRun) check(revision string, workflows map[int64]workflow) ringpolicy.Check {
	c := ringpolicy.Check{
		Name: r.Name, App: cmp.Or(r.App.Slug, "unknown"), State: r.state(), Revision: revision, ID: r.ID, CompletedAt: r.CompletedAt, URL: r.Page,
	}
	if w, ok := workflows[r.Suite.ID]; ok && r.App.Slug == actionsApp {
		c.Workflow = w.file
		c.RunStartedAt, c.Attempt = r.attempt(w.run)
	}
	return c
}

// attempt returns when the attempt of a run that a check belongs to was started. GitHub says it of the newest attempt,
// and the first was started when the run was made; what lies between is not known.
func (r checkRun) attempt(run workflowRun) (started time.Time, attempt int) {
	switch {
	case run.Attempt <= 1 || r.Status != completed || !r.StartedAt.Before(run.StartedAt):
		return run.StartedAt, run.Attempt
	case run.Attempt == 2 && !r.StartedAt.IsZero():
		return run.CreatedAt, 1
	}
	return time.Time{}, 0
}

const completed = "completed"

// state returns the state of a run. Conclusions that people have to look at (action_required), that never came (stale) or
// that are not known here are failures.
func (r checkRun) state() ringpolicy.CheckState {
	if r.Status != completed {
		return ringpolicy.CheckPending
	}
	switch r.Conclusion {
	case "success":
		return ringpolicy.CheckSuccess
	case "neutral":
		return ringpolicy.CheckNeutral
	case "skipped":
		return ringpolicy.CheckSkipped
	case "cancelled":
		return ringpolicy.CheckCancelled
	case "timed_out":
		return ringpolicy.CheckTimedOut
	}
	return ringpolicy.CheckFailure
}

// commitStatuses reads all statuses of the commit. They have no app.
func commitStatuses(ctx context.Context, c *github.Client, revision string) ([]ringpolicy.Check, error) {
	all, err := github.List[commitStatus](ctx, c, github.Operation{Doing: "read the commit statuses of " + text.ShortCommit(revision), Needs: "statuses: read"}, c.Path("commits", revision, "statuses"))
	checks := make([]ringpolicy.Check, len(all))
	for i, s := range all {
		checks[i] = ringpolicy.Check{Name: s.Context, State: s.state(), Revision: revision, RunStartedAt: s.CreatedAt, ID: s.ID, URL: s.Page, Creator: s.Creator.Account()}
	}
	return checks, err
}

func (s commitStatus) state() ringpolicy.CheckState {
	switch s.State {
	case "success":
		return ringpolicy.CheckSuccess
	case "pending":
		return ringpolicy.CheckPending
	}
	return ringpolicy.CheckFailure
}
