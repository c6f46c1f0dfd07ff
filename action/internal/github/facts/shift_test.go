package facts_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/wizzense/deployment-rings/action/internal/github/facts"
	"github.com/wizzense/deployment-rings/action/internal/github/githubtest"
	"github.com/wizzense/deployment-rings/ringpolicy"
)

// A shifting list has 150 items, of which one on the second page counts.
type shifting struct {
	path     string // of its pages ends so
	kind     string
	fill     func(s *githubtest.State, i int)    // adds item i, 100 is the one that counts
	remove   func(s *githubtest.State)           // takes out the item that is listed first
	there    func(facts.Facts) bool              // the item that counts was seen
	question func(facts.Question) facts.Question // nil: as it is
	reversed bool                                // the newest is listed first
}

func shiftingLists() map[string]shifting {
	labelled := func(label, body string) func(*githubtest.State, int) {
		return func(s *githubtest.State, i int) {
			text := "/lock dev x"
			if i == 100 {
				text = body
			}
			number := 2000 - i // GitHub lists the highest first
			if i > 150 {
				number = i
			}
			s.Issues = append(s.Issues, githubtest.Issue{Number: number, State: "open", User: githubtest.Person("lisa"), AuthorAssociation: "OWNER", Labels: []githubtest.Label{{Name: label}}, Body: text})
		}
	}
	highest := func(s *githubtest.State) { s.Issues = s.Issues[1:] }
	return map[string]shifting{
		"comments": {
			path: "/issues/12/comments", kind: "locks",
			fill: func(s *githubtest.State, i int) {
				body := "nice"
				if i == 100 {
					body = "/lock ring-1 a leak"
				}
				comment(s, "mona", "12:00:00", body).ID = int64(1000 + i)
			},
			remove: func(s *githubtest.State) { s.Comments = s.Comments[1:] },
			there: func(f facts.Facts) bool {
				return slices.ContainsFunc(f.Locks, func(l ringpolicy.Lock) bool { return l.Reason == "a leak" })
			},
		},
		"reviews": {
			path: "/pulls/12/reviews", kind: "approvals",
			fill: func(s *githubtest.State, i int) {
				r := githubtest.Review{Pull: 12, ID: int64(1000 + i), User: githubtest.Person("mona"), State: "COMMENTED", CommitID: ptr(sha("c")), SubmittedAt: ptr(at("12:00:00")), AuthorAssociation: "MEMBER"}
				if i == 100 {
					r.State = "CHANGES_REQUESTED"
				}
				s.Reviews = append(s.Reviews, r)
			},
			remove: func(s *githubtest.State) { s.Reviews = s.Reviews[1:] },
			there: func(f facts.Facts) bool {
				return slices.ContainsFunc(f.Approvals, func(a ringpolicy.Approval) bool { return a.State == ringpolicy.ApprovalRejected })
			},
		},
		"commits": {
			path: "/pulls/12/commits", kind: "contributors",
			fill: func(s *githubtest.State, i int) {
				c := githubtest.Commit{SHA: fmt.Sprintf("%040x", 1000+i), Author: githubtest.Person("octocat"), Committer: githubtest.Person("octocat")}
				if i == 99 { // there is one before all of these
					c.Author = githubtest.Person("lisa")
				}
				s.Commits, s.Pulls[0].SHAs = append(s.Commits, c), append(s.Pulls[0].SHAs, c.SHA)
			},
			remove: func(s *githubtest.State) { s.Pulls[0].SHAs = s.Pulls[0].SHAs[1:] },
			there:  func(f facts.Facts) bool { return slices.Contains(f.Contributors, "lisa") },
		},
		"issues that lock": {
			path: "/issues", kind: "locks", fill: labelled(facts.LockLabel, "/lock ring-1 a leak"), remove: highest,
			there: func(f facts.Facts) bool {
				return slices.ContainsFunc(f.Locks, func(l ringpolicy.Lock) bool { return l.Reason == "a leak" })
			},
		},
		"incidents": {
			path: "/issues", kind: "incidents", fill: labelled("critical", "down"), remove: highest,
			there: func(f facts.Facts) bool {
				return slices.ContainsFunc(f.Incidents, func(x ringpolicy.Incident) bool { return x.ID == "#1900" })
			},
		},
		"check runs": {
			path: "/check-runs", kind: "checks", reversed: true,
			fill: func(s *githubtest.State, i int) {
				s.CheckRuns = append(s.CheckRuns, job(int64(1000+i), fmt.Sprint("job ", i), 7, "10:00:00", map[bool]string{true: "failure", false: "success"}[i == 100]))
			},
			remove: func(s *githubtest.State) { s.CheckRuns = s.CheckRuns[:len(s.CheckRuns)-1] },
			there: func(f facts.Facts) bool {
				return slices.ContainsFunc(f.Checks, func(c ringpolicy.Check) bool { return c.State == ringpolicy.CheckFailure })
			},
		},
		"workflow runs": {
			path: "/actions/runs", kind: "checks", reversed: true,
			fill: func(s *githubtest.State, i int) {
				if i == 100 {
					s.CheckRuns = append(s.CheckRuns, job(1, "unit", 1100, "10:00:00", "failure"))
				}
				s.Runs = append(s.Runs, run(int64(1000+i), 1, "10:00:00", "10:00:00"))
			},
			remove: func(s *githubtest.State) { s.Runs = s.Runs[:len(s.Runs)-1] },
			there:  func(f facts.Facts) bool { return len(f.Checks) == 1 && f.Checks[0].Workflow != "" },
		},
		"statuses": {
			path: "/statuses", kind: "checks", reversed: true,
			fill: func(s *githubtest.State, i int) {
				s.Statuses = append(s.Statuses, githubtest.Status{SHA: sha("c"), ID: int64(1000 + i), State: map[bool]string{true: "failure", false: "success"}[i == 100], Context: fmt.Sprint("ci ", i), CreatedAt: at("10:00:00")})
			},
			remove: func(s *githubtest.State) { s.Statuses = s.Statuses[:len(s.Statuses)-1] },
			there: func(f facts.Facts) bool {
				return slices.ContainsFunc(f.Checks, func(c ringpolicy.Check) bool { return c.State == ringpolicy.CheckFailure })
			},
		},
		"pull requests of a commit": {
			path: "/pulls", kind: "author",
			fill: func(s *githubtest.State, i int) {
				p := s.Pulls[0]
				p.Number, p.User, p.SHAs = 1000+i, githubtest.Person("mallory"), []string{sha("b")}
				p.Head.Repo = &githubtest.Repository{FullName: "mallory/aitherzero"}
				if i == 100 {
					p.User, p.Head.Repo = githubtest.Person("lisa"), s.Pulls[0].Head.Repo
				}
				s.Pulls = append(s.Pulls, p)
			},
			remove: func(s *githubtest.State) { s.Pulls = slices.Delete(s.Pulls, 1, 2) },
			there:  func(f facts.Facts) bool { return f.Author == "lisa" && f.PullRequest == 1100 },
			question: func(q facts.Question) facts.Question {
				q.Revision, q.PullRequest, q.Running = sha("b"), 0, ""
				return q
			},
		},
		"pushes": { // which GitHub never takes out
			path: "/activity", kind: "contributors", reversed: true,
			fill: func(s *githubtest.State, i int) {
				p := githubtest.Activity{ID: int64(1000 + i), Ref: "refs/heads/feature", Before: sha("c"), After: sha("c"), Timestamp: at("10:00:00"), ActivityType: "force_push", Actor: githubtest.Person("octocat")}
				if i == 100 {
					p.Actor = githubtest.Person("lisa")
				}
				s.Activities = append(s.Activities, p)
			},
			there: func(f facts.Facts) bool { return slices.Contains(f.Contributors, "lisa") },
		},
	}
}

func (l shifting) hub() *githubtest.GitHub {
	s := pullState()
	s.Pulls[0].Labels = nil
	for i := range 150 {
		if l.reversed {
			i = 149 - i
		}
		l.fill(&s, i)
	}
	if l.path == "/activity" {
		s.Activities[1].Before = sha("b")
	}
	return githubtest.New(s)
}

func (l shifting) ask(t *testing.T, hub *githubtest.GitHub) (facts.Facts, []facts.Missing) {
	q := question()
	if l.question != nil {
		q = l.question(q)
	}
	return askAny(t, hub, q)
}

// onFirstPage calls back after each answer with the first page of the list.
func (l shifting) onFirstPage(hub *githubtest.GitHub, do func(*githubtest.State)) {
	label := map[string]string{"locks": "labels=" + facts.LockLabel, "incidents": "labels=critical"}[l.kind]
	hub.Answered = func(r githubtest.Request, s *githubtest.State) {
		ours := strings.HasSuffix(r.Path, l.path) && (l.path != "/issues" || strings.Contains(r.Query, label))
		if ours && !strings.Contains("&"+r.Query, "&page=") && !strings.Contains(r.Query, "after=") {
			do(s)
		}
	}
}

// TestShifts: what goes away or comes between two pages of a list hides nothing. A list that never stops to shift is not collected.
func TestShifts(t *testing.T) {
	for name, l := range shiftingLists() {
		add := func(s *githubtest.State) { l.fill(s, 5000) }
		for change, shift := range map[string]func(*githubtest.State){"one goes": l.remove, "one comes": add} {
			if shift == nil {
				continue
			}
			hub, shifts := l.hub(), 0
			l.onFirstPage(hub, func(s *githubtest.State) {
				if shifts++; shifts == 1 {
					shift(s)
				}
			})
			if found, missing := l.ask(t, hub); slices.Contains(of(missing), l.kind) || !l.there(found) || shifts == 0 {
				t.Errorf("%s, %s after the first page: what counts is not there, missing %v, after %d reads of the first page", name, change, missing, shifts)
			}
		}
		if l.remove == nil {
			continue
		}
		hub := l.hub()
		l.onFirstPage(hub, l.remove)
		found, missing := l.ask(t, hub)
		at := slices.Index(of(missing), l.kind)
		if at < 0 || !strings.Contains(missing[at].String(), "the list changed each of the 3 times that it was read") {
			t.Errorf("%s, one goes again and again: missing %v, found %+v, want %s missing", name, missing, found, l.kind)
		}
	}
}
