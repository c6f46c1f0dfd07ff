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

const askAll = `
version: 1
rings:
  - {name: ring-0}
  - name: ring-1
    entry:
      - {id: unit-tests, title: Unit tests, checks: {names: [unit]}}
      - {id: build, title: Build, checks: {names: [ci/build]}}
      - {id: no-incidents, title: No incidents, incidents: {severities: [critical]}}
      - {id: review, title: Review, approval: {role: manual}}
      - {id: board, title: Board, approval: {role: change-review-board}}
      - {id: rollback-plan, title: Rollback plan, sign_off: {}}
`

// decide is what a policy that asks for everything makes of the found.
func decide(t *testing.T, f facts.Facts) ringpolicy.Decision {
	t.Helper()
	policy, err := ringpolicy.Parse("rings.yml", []byte(askAll))
	if err != nil {
		t.Fatal(err)
	}
	before := func(digest, revision string) []ringpolicy.Record {
		return []ringpolicy.Record{{ID: "1", Digest: digest, Revision: revision, Outcome: ringpolicy.OutcomeSuccess, From: at("11:00:00")}}
	}
	d, err := policy.Decide(ringpolicy.Evidence{
		Now:     at("20:00:00"),
		Subject: ringpolicy.Subject{Digest: digest, Revision: sha("c"), PullRequest: f.PullRequest, Author: f.Author, Contributors: f.Contributors, To: "ring-1"},
		Rings: map[string]ringpolicy.RingFacts{
			"ring-0": {History: before(digest, sha("c")), Signals: []ringpolicy.Signal{}},
			"ring-1": {History: before(strings.Replace(digest, "a", "b", 1), sha("b")), Signals: []ringpolicy.Signal{}},
		},
		Checks: f.Checks, Incidents: f.Incidents, Approvals: f.Approvals, SignOffs: f.SignOffs, Overrides: f.Overrides,
		Locks: f.Locks, Ancestry: f.Ancestry, Quarantine: []ringpolicy.Quarantine{},
	})
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// goodState is a repository in which everything speaks for the image.
func goodState() githubtest.State {
	s := pullState()
	s.CheckRuns = []githubtest.CheckRun{job(1, "unit", 7, "10:00:00", "failure"), job(2, "unit", 8, "11:00:00", "success")}
	s.Runs = []githubtest.Run{run(7, 1, "10:00:00", "10:00:00"), run(8, 1, "11:00:00", "11:00:00")}
	s.Statuses = []githubtest.Status{{SHA: sha("c"), ID: 8, State: "success", Context: "ci/build", CreatedAt: at("10:00:00")}}
	s.Reviews = []githubtest.Review{{Pull: 12, ID: 1, User: githubtest.Person("mona"), State: "APPROVED", CommitID: ptr(sha("c")), SubmittedAt: ptr(at("12:00:00")), AuthorAssociation: "MEMBER"}}
	s.Issues = []githubtest.Issue{labelled(90, "/lock ring-0 an audit")}
	comment(&s, "lisa", "12:00:00", "/approve change-review-board\n/sign-off rollback-plan")
	return s
}

// TestFaultsNeverPromote: the image that may come in stays out as soon as one request fails, and nothing is proven
// against it.
func TestFaultsNeverPromote(t *testing.T) {
	if d := decide(t, ask(t, goodState(), question())); d.Verdict != ringpolicy.Promote {
		t.Fatalf("without a fault: %s", d.Summary)
	}
	for _, fault := range []githubtest.Fault{{Status: 401}, {Status: 403}, {Status: 404}, {Status: 410}, {Status: 500}, {Status: 429}, {Drop: true}, {Cut: true}} {
		for _, r := range routes {
			hub := githubtest.New(goodState())
			fault.Route = r.route
			hub.Break(fault)
			found, _ := askAny(t, hub, question())
			d := decide(t, found)
			if d.Verdict != ringpolicy.Hold || d.HoldKind != ringpolicy.HoldUnknown || d.ReasonCode != ringpolicy.CodeEvidenceMissing {
				t.Errorf("%s with %+v: %v %v %s: %s", r.route, fault, d.Verdict, d.HoldKind, d.ReasonCode, d.Summary)
			}
		}
	}
}

// TestWhatKeepsAnImageOut: each of these changes one thing about an image that may come in.
func TestWhatKeepsAnImageOut(t *testing.T) {
	for name, c := range map[string]struct {
		change func(*githubtest.State)
		want   string // the criterion and the code
	}{
		"a lock":                 {func(s *githubtest.State) { comment(s, "mona", "13:00:00", "/lock ring-1 stop") }, "lock locked"},
		"a lock of another ring": {func(s *githubtest.State) { comment(s, "mona", "13:00:00", "/lock ring-0 stop") }, ""},
		"an incident": {func(s *githubtest.State) {
			s.Issues = []githubtest.Issue{{Number: 77, State: "open", Labels: []githubtest.Label{{Name: "critical"}}}}
		}, "no-incidents incident_open"},
		"a rejection":                 {func(s *githubtest.State) { comment(s, "otto", "13:00:00", "/reject") }, "review approval_rejected"},
		"a review that was dismissed": {func(s *githubtest.State) { s.Reviews[0].State = "DISMISSED" }, "review approval_pending"},
		"a review of the author":      {func(s *githubtest.State) { s.Reviews[0].User = githubtest.Person("octocat") }, "review approval_pending"},
		"a review of a committer":     {func(s *githubtest.State) { s.Commits[2].Committer = githubtest.Person("mona") }, "review approval_pending"},
		"a review of a co-author": {func(s *githubtest.State) {
			s.Commits[2].Git.Message, s.Accounts = "Go faster\n\nCo-authored-by: Mona <mona@example.org>", map[string]string{"mona@example.org": "mona"}
		}, "review approval_pending"},
		"a review of whoever pushed":                   {func(s *githubtest.State) { s.Activities[1].Actor = githubtest.Person("mona") }, "review approval_pending"},
		"a commit that GitHub does not tell a push of": {func(s *githubtest.State) { s.Activities = s.Activities[:1] }, "review evidence_missing"},
		"a review of a bot":                            {func(s *githubtest.State) { s.Reviews[0].User = githubtest.Bot("mona[bot]") }, "review approval_pending"},
		"a review of another commit":                   {func(s *githubtest.State) { s.Reviews[0].CommitID = ptr(sha("b")) }, "review approvals_stale"},
		"an edited comment":                            {func(s *githubtest.State) { s.Comments[0].UpdatedAt = at("12:30:00") }, "board approval_pending"},
		"a comment before the push": {func(s *githubtest.State) {
			s.Comments[0].CreatedAt, s.Comments[0].UpdatedAt = at("09:00:00"), at("09:00:00")
		}, "board approvals_stale"},
		"a commit of nobody": {func(s *githubtest.State) { s.Commits[2].Author = nil }, ""},
		"a failed status":    {func(s *githubtest.State) { s.Statuses[0].State = "failure" }, "build check_failed"},
		"an override of that": {func(s *githubtest.State) {
			s.Statuses[0].State = "failure"
			comment(s, "mona", "13:00:00", "/override build until 2026-03-03T23:00:00Z it is down")
		}, ""},
		"an override that is over": {func(s *githubtest.State) {
			s.Statuses[0].State = "failure"
			comment(s, "mona", "13:00:00", "/override build until 2026-03-03T19:00:00Z it is down")
		}, "build check_failed"},
	} {
		t.Run(name, func(t *testing.T) {
			s := goodState()
			c.change(&s)
			found, _ := askAny(t, githubtest.New(s), question())
			d := decide(t, found)
			var blocking []string
			for _, r := range d.Criteria {
				if r.Blocks() {
					blocking = append(blocking, fmt.Sprintf("%s %s", r.ID, r.Code))
				}
			}
			if c.want == "" && d.Verdict != ringpolicy.Promote || c.want != "" && !slices.Contains(blocking, c.want) {
				t.Errorf("%s: %q blocks, want %q", d.Summary, blocking, c.want)
			}
		})
	}
}
