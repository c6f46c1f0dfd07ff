package github_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/wizzense/deployment-rings/action/internal/github"
	"github.com/wizzense/deployment-rings/action/internal/github/githubtest"
	"github.com/wizzense/deployment-rings/action/internal/ledger"
	"github.com/wizzense/deployment-rings/ringpolicy"
)

// TestFactsHavePages: each fact has the page on which GitHub shows it.
func TestFactsHavePages(t *testing.T) {
	const page = "https://github.com/wizzense/aitherzero/"
	s := pullState()
	check := job(1, "unit", 7, "11:00:00", "success")
	check.HTMLURL = page + "actions/runs/7/job/1"
	s.CheckRuns = []githubtest.CheckRun{check}
	s.Statuses = []githubtest.Status{{SHA: sha("c"), ID: 2, State: "success", Context: "scan", CreatedAt: at("11:00:00"), TargetURL: "https://scan.example/2"}}
	s.Reviews = []githubtest.Review{{Pull: 12, ID: 3, User: githubtest.Person("mona"), State: "APPROVED", CommitID: ptr(sha("c")),
		SubmittedAt: ptr(at("12:00:00")), AuthorAssociation: "MEMBER", HTMLURL: page + "pull/12#pullrequestreview-3"}}
	s.Comments = []githubtest.Comment{{Issue: 12, ID: 4, User: githubtest.Person("cleo"), AuthorAssociation: "MEMBER", CreatedAt: at("12:00:00"), UpdatedAt: at("12:00:00"),
		Body: "/approve board\n/sign-off briefed\n/override soak urgent\n/lock ring-1 migration", HTMLURL: page + "pull/12#issuecomment-4"}}
	issue := githubtest.Issue{Number: 5, State: "open", User: githubtest.Person("cleo"), AuthorAssociation: "MEMBER", CreatedAt: at("09:00:00"), HTMLURL: page + "issues/5"}
	incident, lock := issue, issue
	incident.Labels = []githubtest.Label{{Name: "critical"}}
	lock.Number, lock.Labels, lock.Body, lock.HTMLURL = 6, []githubtest.Label{{Name: github.LockLabel}}, "/lock ring-1 audit", page+"issues/6"
	s.Issues = []githubtest.Issue{incident, lock}

	f := ask(t, s, question())
	want := map[string][]string{
		"checks":    {page + "actions/runs/7/job/1", "https://scan.example/2"},
		"approvals": {page + "pull/12#pullrequestreview-3", page + "pull/12#issuecomment-4"},
		"sign-offs": {page + "pull/12#issuecomment-4"},
		"overrides": {page + "pull/12#issuecomment-4"},
		"locks":     {page + "issues/6", page + "pull/12#issuecomment-4"},
		"incidents": {page + "issues/5"},
	}
	got := map[string][]string{
		"checks":    pagesOf(f.Checks, func(x ringpolicy.Check) string { return x.URL }),
		"approvals": pagesOf(f.Approvals, func(x ringpolicy.Approval) string { return x.URL }),
		"sign-offs": pagesOf(f.SignOffs, func(x ringpolicy.SignOff) string { return x.URL }),
		"overrides": pagesOf(f.Overrides, func(x ringpolicy.Override) string { return x.URL }),
		"locks":     pagesOf(f.Locks, func(x ringpolicy.Lock) string { return x.URL }),
		"incidents": pagesOf(f.Incidents, func(x ringpolicy.Incident) string { return x.URL }),
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("pages (-want +got):\n%s", diff)
	}
}

func pagesOf[T any](all []T, of func(T) string) []string {
	var urls []string
	for _, x := range all {
		urls = append(urls, of(x))
	}
	return urls
}

// TestLedgerPages: a status leads to its log, with GraphQL and without. One that an entry may not have is left out, and
// does not keep the ring from being read.
func TestLedgerPages(t *testing.T) {
	log := []string{"https://ci.example/1", "https://ci.example/\n2", strings.Repeat("x", ledger.MaxURL+1), "https://ci.example/4"}
	for _, without := range []bool{false, true} {
		s := repository()
		s.NoGraphQL = without
		keep(&s, kept{"canary", payloadOf("ring-0", "a", ""), []string{"09:00:00 in_progress", "09:10:00 success", "09:20:00 failure signal health_check", "09:30:00 success signal health_check"}})
		for i := range log {
			s.Deployments[len(s.Deployments)-1].Statuses[i].LogURL = log[i]
		}
		all, err := deployments(t, githubtest.New(s)).Read(t.Context(), "ring-0")
		if err != nil {
			t.Fatal(err)
		}
		got := pagesOf(ringZero(all), func(e ledger.Entry) string { return e.URL })
		if want := []string{log[0], "", "", log[3]}; !slices.Equal(got, want) {
			t.Errorf("without GraphQL %t: pages %q, want %q", without, got, want)
		}
		facts := all.Facts("ring-0")
		if facts.History[0].URL != log[0] || facts.Signals[1].URL != log[3] { // the success has none of its own
			t.Errorf("facts = %+v", facts)
		}
	}
}
