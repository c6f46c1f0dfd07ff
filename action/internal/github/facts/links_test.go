package facts_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/wizzense/deployment-rings/action/internal/github/facts"
	"github.com/wizzense/deployment-rings/action/internal/github/githubtest"
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
	lock.Number, lock.Labels, lock.Body, lock.HTMLURL = 6, []githubtest.Label{{Name: facts.LockLabel}}, "/lock ring-1 audit", page+"issues/6"
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
