package facts_test

import (
	"fmt"
	"math/rand/v2"
	"regexp"
	"time"

	"github.com/wizzense/deployment-rings/action/internal/github/facts"
	"github.com/wizzense/deployment-rings/action/internal/github/githubtest"
)

var numbered = regexp.MustCompile(`/[0-9]+\b`)

// chance returns one of several things.
func chance[T any](r *rand.Rand, of ...T) T { return of[r.IntN(len(of))] }

// maybe returns something, or nil.
func maybe[T any](r *rand.Rand, v T) *T {
	if r.IntN(3) == 0 {
		return nil
	}
	return &v
}

func randomUser(r *rand.Rand) *githubtest.User {
	return chance(r, nil, githubtest.Person("octocat"), githubtest.Person("mona"), githubtest.Person("hubot"), githubtest.Person("web-flow"),
		githubtest.Bot("renovate[bot]"), githubtest.Bot("github-actions[bot]"), &githubtest.User{Login: "old", Type: "Mannequin"}, &githubtest.User{Login: "acme", Type: "Organization"})
}

var said = []string{
	"nice", "", "/approve", "/approve change-review-board", "/reject", "/sign-off rollback-plan", "/lock ring-1 x", "/lock rign-1 x", "/unlock ring-1",
	"/override soak ring-1 x", "/override soak", "/release " + digest + " x", "> /approve", "/approve\n/lock ring-1 y\n/unlock ring-1", "    /approve", "```\n/approve\n```",
}

// randomState is a repository in which anything may be, and questions about it.
func randomState(r *rand.Rand) (githubtest.State, []facts.Question) {
	name := func(i int) string { return fmt.Sprintf("%040x", i+1) }
	moment := func() time.Time { return at("09:00:00").Add(time.Duration(r.IntN(3600)) * time.Second) }
	s := githubtest.State{Repository: "wizzense/aitherzero", Accounts: map[string]string{"mona@example.org": "mona"}}
	repo, fork := &githubtest.Repository{FullName: s.Repository}, &githubtest.Repository{FullName: "stranger/aitherzero"}
	s.Forks = map[string][]githubtest.Activity{fork.FullName: {}}
	commits, pulls := 3+r.IntN(40), r.IntN(9)
	email := func() githubtest.Signature {
		return githubtest.Signature{Email: chance(r, "octocat@example.org", "noreply@github.com", "1+renovate[bot]@users.noreply.github.com", "nobody@example.org")}
	}
	for i := range commits {
		c := githubtest.Commit{SHA: name(i), Author: randomUser(r), Committer: randomUser(r)}
		c.Git.Author, c.Git.Committer = email(), email()
		if r.IntN(4) > 0 { // the account is that of the address
			c.Author, c.Committer = githubtest.Person("octocat"), githubtest.Person("web-flow")
			c.Git.Author, c.Git.Committer = githubtest.Signature{Email: "octocat@example.org"}, githubtest.Signature{Email: "noreply@github.com"}
		} else {
			for user, signed := range map[**githubtest.User]*githubtest.Signature{&c.Author: &c.Git.Author, &c.Committer: &c.Git.Committer} {
				if *user != nil && (*user).Type == "Bot" {
					signed.Email = "1+" + (*user).Login + "@users.noreply.github.com"
				} else if *user != nil {
					(*user).Type = "User"
				}
			}
		}
		c.Git.Message = chance(r, "x", "x\n\nCo-authored-by: Mona <mona@example.org>", "x\n\nCo-authored-by: H <2+hubot@users.noreply.github.com>", "x\n\nCo-authored-by: N <nobody@example.org>\n")
		for range min(i, chance(r, 0, 1, 1, 1, 2, 2, 4)) {
			c.Parents = append(c.Parents, githubtest.Parent{SHA: name(i - 1 - r.IntN(min(i, 5)))})
		}
		s.Commits = append(s.Commits, c)
	}
	for i := range pulls {
		made := moment()
		p := githubtest.Pull{Number: i + 1, State: "open", Draft: r.IntN(5) == 0, User: randomUser(r), CreatedAt: made, Head: githubtest.Branch{Ref: fmt.Sprint("b", r.IntN(pulls)), Repo: repo},
			Base: githubtest.Branch{Ref: chance(r, "main", "main", "other"), SHA: name(0), Repo: repo}}
		if from := r.IntN(8); from < 2 {
			p.Head.Repo = chance(r, fork, nil)
		}
		for range 1 + r.IntN(3) {
			p.SHAs = append(p.SHAs, name(r.IntN(commits)))
		}
		p.Head.SHA = p.SHAs[len(p.SHAs)-1]
		switch r.IntN(3) {
		case 0:
			ended := made.Add(time.Duration(r.IntN(1800)) * time.Second)
			p.State, p.Merged, p.MergedAt, p.ClosedAt, p.MergeCommitSHA = "closed", true, &ended, &ended, maybe(r, name(r.IntN(commits)))
		case 1:
			p.State, p.ClosedAt = "closed", maybe(r, made.Add(time.Minute))
		}
		s.Pulls = append(s.Pulls, p)
		for j := range r.IntN(4) {
			s.Activities = append(s.Activities, githubtest.Activity{ID: int64(i*10 + j), Ref: "refs/heads/" + p.Head.Ref, Before: name(r.IntN(commits)), After: chance(r, p.SHAs...), Timestamp: made.Add(time.Duration(j) * time.Minute),
				ActivityType: chance(r, "push", "force_push", "branch_creation", "branch_deletion", "pr_merge"), Actor: randomUser(r)})
		}
		for j := range r.IntN(3) {
			s.Reviews = append(s.Reviews, githubtest.Review{Pull: i + 1, ID: int64(1 + 10*i + j), User: randomUser(r), State: chance(r, "APPROVED", "CHANGES_REQUESTED", "COMMENTED", "DISMISSED", "PENDING"),
				CommitID: maybe(r, chance(r, p.SHAs...)), SubmittedAt: ptr(moment()), AuthorAssociation: chance(r, "MEMBER", "NONE", "OWNER")})
		}
		for j := range r.IntN(4) {
			x := githubtest.Comment{Issue: i + 1, ID: int64(1 + 10*i + j), User: randomUser(r), Body: chance(r, said...), AuthorAssociation: chance(r, "MEMBER", "NONE", "COLLABORATOR"), CreatedAt: made.Add(time.Duration(j) * time.Minute)}
			x.UpdatedAt = x.CreatedAt
			if r.IntN(4) == 0 {
				x.ViaApp = &githubtest.App{ID: 1, Slug: "tool"}
			}
			if r.IntN(3) == 0 {
				x.UpdatedAt = x.CreatedAt.Add(time.Second * time.Duration(1+r.IntN(100)))
				x.Edits = []githubtest.Edit{{At: x.CreatedAt, By: loginOf(x.User), Body: chance(r, said...), Deleted: r.IntN(5) == 0}, {At: x.UpdatedAt, By: chance(r, "mona", "hubot", ""), Body: x.Body}}
			}
			s.Comments = append(s.Comments, x)
		}
	}
	for i := range r.IntN(3 * commits) {
		at, suite := moment(), int64(r.IntN(30))+1
		x := githubtest.CheckRun{ID: int64(i + 1), Name: chance(r, "unit-tests", "smoke"), HeadSHA: name(int(suite) % commits), Status: chance(r, "completed", "completed", "queued", "in_progress", "waiting"), StartedAt: maybe(r, at), CheckSuite: githubtest.Suite{ID: suite},
			App: &githubtest.App{Slug: chance(r, "github-actions", "github-actions", "other")}, DetailsURL: chance(r, "https://github.com/wizzense/aitherzero/actions/runs/99/job/1", "https://x.example/")}
		if x.Status == "completed" {
			x.Conclusion, x.CompletedAt = ptr(chance(r, "success", "success", "failure", "neutral", "skipped", "cancelled", "timed_out", "action_required", "stale", "startup_failure")), ptr(at.Add(time.Minute))
		}
		s.CheckRuns = append(s.CheckRuns, x)
	}
	for suite := range int64(30) {
		if at := moment(); r.IntN(4) > 0 {
			s.Runs = append(s.Runs, githubtest.Run{ID: suite + 1, HeadSHA: name(int(suite+1) % commits), Path: chance(r, ".github/workflows/ci.yml", ".github/workflows/x.yml@refs/heads/main", "ci.yml@x.yml"), CheckSuiteID: suite + 1, RunAttempt: 1 + r.IntN(3), CreatedAt: at, RunStartedAt: at.Add(time.Minute)})
		}
	}
	for i := range r.IntN(3) {
		s.Statuses = append(s.Statuses, githubtest.Status{SHA: name(r.IntN(commits)), ID: int64(i + 1), State: chance(r, "success", "failure", "pending", "error"), Context: chance(r, "ci", "cd"), Creator: randomUser(r), CreatedAt: moment()})
	}
	var questions []facts.Question
	for range 1 + r.IntN(15) {
		q := question()
		q.Revision, q.PullRequest = name(r.IntN(commits)), r.IntN(pulls+2)
		q.Running, q.RunningPullRequest = chance(r, "", name(r.IntN(commits)), name(r.IntN(commits))), r.IntN(pulls+2)
		if pulls > 0 && r.IntN(3) > 0 {
			p := s.Pulls[r.IntN(pulls)]
			q.Revision, q.PullRequest = p.Head.SHA, chance(r, 0, p.Number)
		}
		q.Checks, q.Reviews, q.Approvals, q.SignOffs, q.People = r.IntN(4) > 0, r.IntN(3) > 0, r.IntN(3) > 0, r.IntN(3) > 0, r.IntN(3) > 0
		if r.IntN(6) == 0 {
			q.Contributors = []string{"octocat"}
		}
		questions = append(questions, q)
	}
	return s, questions
}

func loginOf(u *githubtest.User) string {
	if u == nil {
		return ""
	}
	return u.Login
}
