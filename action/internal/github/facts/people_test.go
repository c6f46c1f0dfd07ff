package facts_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/wizzense/deployment-rings/action/internal/github/facts"
	"github.com/wizzense/deployment-rings/action/internal/github/githubtest"
	"github.com/wizzense/deployment-rings/ringpolicy"
)

// brief is an approval in one line, with the letter of the commit that it is about.
func brief(a ringpolicy.Approval) string {
	line := fmt.Sprintf("%s %s %s %.1s", a.By, a.State, a.Role, a.Revision)
	if a.Bot {
		line += " bot"
	}
	return strings.TrimSpace(line)
}

func briefs(all []ringpolicy.Approval) []string {
	lines := []string{}
	for _, a := range all {
		lines = append(lines, brief(a))
	}
	return lines
}

func TestReviews(t *testing.T) {
	s := pullState()
	add := func(by *githubtest.User, state, association string, commit *string) {
		s.Reviews = append(s.Reviews, githubtest.Review{
			Pull: 12, ID: int64(len(s.Reviews) + 1), User: by, State: state, CommitID: commit,
			SubmittedAt: ptr(at("12:00:00")), AuthorAssociation: association,
		})
	}
	head := ptr(sha("c"))
	add(githubtest.Person("mona"), "APPROVED", "MEMBER", head)
	add(githubtest.Person("hubot"), "CHANGES_REQUESTED", "OWNER", ptr(sha("b")))
	add(githubtest.Person("lisa"), "COMMENTED", "COLLABORATOR", head)
	add(githubtest.Person("otto"), "DISMISSED", "MEMBER", head)
	add(githubtest.Person("anna"), "PENDING", "MEMBER", head)         // not sent yet
	add(githubtest.Person("stranger"), "APPROVED", "NONE", head)      // anybody may write a review
	add(githubtest.Person("helper"), "APPROVED", "CONTRIBUTOR", head) // once had a commit merged
	add(nil, "APPROVED", "MEMBER", head)                              // a deleted account
	add(githubtest.Bot("renovate[bot]"), "APPROVED", "MEMBER", head)
	add(githubtest.Person("paul"), "APPROVED", "MEMBER", nil) // the commit is gone
	want := []string{
		"mona approved manual c", "hubot rejected manual b", "lisa commented manual c", "otto dismissed manual c",
		"renovate[bot] approved manual c bot", "paul approved manual",
	}
	found := ask(t, s, question())
	if diff := cmp.Diff(want, briefs(found.Approvals)); diff != "" {
		t.Errorf("approvals (-want +got):\n%s", diff)
	}
	if got := found.Approvals[0].At; !got.Equal(at("12:00:00")) {
		t.Errorf("approved at %v", got)
	}
}

// TestReviewWithoutATime: whether it is the newest of its author is not known, so no approvals are.
func TestReviewWithoutATime(t *testing.T) {
	for _, state := range []string{"APPROVED", "CHANGES_REQUESTED", "DISMISSED", "PENDING"} {
		s := pullState()
		s.Reviews = []githubtest.Review{
			{Pull: 12, ID: 1, User: githubtest.Person("mona"), State: "APPROVED", CommitID: ptr(sha("c")), SubmittedAt: ptr(at("12:00:00")), AuthorAssociation: "MEMBER"},
			{Pull: 12, ID: 2, User: githubtest.Person("mona"), State: state, CommitID: ptr(sha("c")), AuthorAssociation: "MEMBER"},
		}
		found, missing := askAny(t, githubtest.New(s), question())
		if known, want := found.Approvals != nil, state == "PENDING"; known != want {
			t.Errorf("%s: approvals known = %v, want %v; missing %v", state, known, want, missing)
		}
	}
}

func TestCommentsThatCount(t *testing.T) {
	s := pullState()
	comment(&s, "mona", "12:00:00", "Looks good.\n\n/approve change-review-board\n/approve\n\n> /approve quoted")
	comment(&s, "hubot", "12:00:01", "/reject")
	comment(&s, "stranger", "12:00:02", "/approve").AuthorAssociation = "CONTRIBUTOR"
	comment(&s, "edith", "12:00:03", "/approve").UpdatedAt = at("12:30:00")
	comment(&s, "ghost", "12:00:04", "/approve").User = nil
	comment(&s, "robot[bot]", "12:00:05", "/approve\n/sign-off rollback-plan\n/override soak x\n/unlock ring-1\n/release "+digest+" x\n/lock ring-0 broken").User.Type = "Bot"
	comment(&s, "otto", "12:00:06", "/approve").ViaApp = &githubtest.App{Slug: "script"}
	comment(&s, "mona", "12:00:07", "/approve all of it")
	comment(&s, "mona", "12:00:08", "/deploy\n/assign otto")
	found := ask(t, s, question())
	want := []string{
		"mona approved change-review-board c", "mona approved manual c", "hubot rejected manual c",
		"robot[bot] approved manual c bot", "otto approved manual c bot",
	}
	if diff := cmp.Diff(want, briefs(found.Approvals)); diff != "" {
		t.Errorf("approvals (-want +got):\n%s", diff)
	}
	wantRemark(t, found,
		`comment 3 by stranger: "/approve" does not count: only an owner, a member or a collaborator may say so`,
		`comment 4 by edith: "/approve" does not count: the comment was edited; write a new one`,
		`comment 5 by (a deleted account): "/approve" does not count`,
		`comment 6 by robot[bot]: "/sign-off rollback-plan" does not count: it is of a bot`,
		`"/override soak x" does not count: it is of a bot`, `"/unlock ring-1" does not count: it is of a bot`, `x" does not count: it is of a bot`,
		`comment 8 by mona: "/approve all of it" is not understood: there is more on the line: "of it"; expected /approve [ROLE]`,
	)
	if len(found.Remarks) != 8 {
		t.Errorf("%d remarks, want 8:\n%s", len(found.Remarks), strings.Join(found.Remarks, "\n"))
	}
	if len(found.SignOffs)+len(found.Overrides)+len(found.Released) != 0 || len(found.Locks) != 1 {
		t.Errorf("a bot could do more than lock: %+v", found)
	}
}

// TestWhatACommentIsAbout: the head of the pull request at its time, as GitHub noted it.
// TestACommentThatNamesItsCommit: it is about that one alone, whichever was the head. An approval of what is not certain lets
// nothing in, a rejection stops the image.
func TestACommentThatNamesItsCommit(t *testing.T) {
	another := strings.Repeat("c", 39) + "d"
	push := func(clock, after string) githubtest.Activity {
		return githubtest.Activity{Ref: "refs/heads/feature", After: after, Timestamp: at(clock), ActivityType: "push"}
	}
	for name, c := range map[string]struct {
		commit, clock string
		pushes        []githubtest.Activity
		want          string
	}{
		"the head":                  {"ccccccc", "12:00:00", nil, sha("c")},
		"in full":                   {sha("c"), "12:00:00", nil, sha("c")},
		"in capitals":               {"CCCCCCC", "12:00:00", nil, sha("c")},
		"in the second of its push": {"ccccccc", "10:00:00", nil, sha("c")},
		"in full, before GitHub tells of its push": {sha("c"), "09:00:00", nil, sha("c")},
		"before its push":                          {"ccccccc", "09:00:00", nil, ""},
		"an earlier head":                          {"bbbbbbb", "12:00:00", []githubtest.Activity{push("09:20:00", sha("b"))}, sha("b")},
		"the head, which came back":                {"ccccccc", "12:00:00", []githubtest.Activity{push("08:00:00", sha("c")), push("09:20:00", sha("b"))}, sha("c")},
		"what was never the head":                  {"bbbbbbb", "12:00:00", nil, ""},
		"in full, what was never the head":         {sha("b"), "12:00:00", nil, sha("b")},
		"two that begin so":                        {"ccccccc", "12:00:00", []githubtest.Activity{push("09:20:00", another)}, ""},
		"the merge commit":                         {"eeeeeee", "13:00:01", nil, sha("e")},
		"the merge commit, before it":              {"eeeeeee", "12:59:59", nil, ""},
		"a later one that begins so":               {"ccccccc", "09:30:00", []githubtest.Activity{push("09:20:00", another)}, another},
	} {
		t.Run(name, func(t *testing.T) {
			s, q := pullState(), question()
			q.Contributors = []string{}
			if s.Activities = append(c.pushes, s.Activities...); c.commit == "eeeeeee" { // the merge
				s.Pulls[0].State, s.Pulls[0].Merged, s.Pulls[0].MergedAt, s.Pulls[0].ClosedAt, s.Pulls[0].MergeCommitSHA = "closed", true, ptr(at("13:00:00")), ptr(at("13:00:00")), ptr(sha("e"))
				s.Commits = append(s.Commits, githubtest.Commit{SHA: sha("e"), Author: githubtest.Person("octocat"), Committer: githubtest.Person("octocat"), Parents: []githubtest.Parent{{SHA: sha("c")}}})
				q.Revision = sha("e")
			}
			comment(&s, "mona", c.clock, "/approve "+c.commit+"\n/reject rollback "+c.commit)
			found := ask(t, s, q)
			if got := found.Approvals[0].Revision; got != c.want {
				t.Errorf("/approve %s is about %q, want %q", c.commit, got, c.want)
			}
			if got, want := found.Approvals[1].Revision, or(c.want, q.Revision); got != want {
				t.Errorf("/reject rollback %s is about %q, want %q", c.commit, got, want)
			}
		})
	}
}

func TestWhatACommentIsAbout(t *testing.T) {
	const approve = "/approve"
	push := func(clock, after string) githubtest.Activity {
		return githubtest.Activity{Ref: "refs/heads/feature", After: sha(after), Timestamp: at(clock), ActivityType: "push"}
	}
	merged := func(p *githubtest.Pull) {
		p.State, p.Merged, p.MergedAt, p.ClosedAt, p.MergeCommitSHA = "closed", true, ptr(at("13:00:00")), ptr(at("13:00:00")), ptr(sha("e"))
	}
	for name, c := range map[string]struct {
		clock  string // of the comment
		change func(*githubtest.State, *facts.Question)
		want   string
	}{
		"in the second of a push, after another": {"10:00:00", func(s *githubtest.State, _ *facts.Question) {
			s.Activities = append([]githubtest.Activity{push("09:20:00", "b")}, s.Activities...)
		}, ""},
		"two pushes in a second": {"10:00:01", func(s *githubtest.State, _ *facts.Question) {
			s.Activities = append([]githubtest.Activity{push("10:00:00", "b")}, s.Activities...)
		}, "c"},
		"after the push":            {"10:00:01", nil, "c"},
		"in the second of the push": {"10:00:00", nil, ""},
		"before the push":           {"09:59:59", nil, ""},
		"before the push of the head": {"09:30:00", func(s *githubtest.State, _ *facts.Question) {
			s.Activities = append([]githubtest.Activity{push("09:20:00", "b")}, s.Activities...)
		}, "b"},
		"between two pushes that are told out of order": {"10:30:00", func(s *githubtest.State, _ *facts.Question) {
			s.Pulls[0].Head.SHA = sha("d")
			s.Activities = append([]githubtest.Activity{push("11:00:00", "d")}, s.Activities...)
		}, "c"},
		"a force-push and back": {"12:00:00", func(s *githubtest.State, _ *facts.Question) {
			s.Activities = append(s.Activities, push("11:00:00", "d"), push("11:30:00", "c"))
		}, "c"},
		"a push that is not told yet": {"12:00:00", func(s *githubtest.State, _ *facts.Question) { s.Pulls[0].Head.SHA = sha("d") }, ""},
		"no pushes are told":          {"12:00:00", func(s *githubtest.State, _ *facts.Question) { s.Activities = nil }, ""},
		"a fork": {"12:00:00", func(s *githubtest.State, _ *facts.Question) {
			s.Pulls[0].Head.Repo = &githubtest.Repository{FullName: "stranger/aitherzero"}
		}, ""},
		"a fork that was deleted": {"12:00:00", func(s *githubtest.State, _ *facts.Question) { s.Pulls[0].Head.Repo = nil }, ""},
		"the name in other case": {"12:00:00", func(s *githubtest.State, _ *facts.Question) {
			s.Pulls[0].Head.Repo = &githubtest.Repository{FullName: "WizzEnse/AitherZero"}
		}, "c"},
		"the branch was deleted after the merge": {"14:00:00", func(s *githubtest.State, _ *facts.Question) {
			merged(&s.Pulls[0])
			s.Activities = append(s.Activities, githubtest.Activity{Ref: "refs/heads/feature", After: sha("0"), Timestamp: at("12:59:59"), ActivityType: "branch_deletion"})
		}, "c"},
		"the branch was used again after the merge": {"15:00:00", func(s *githubtest.State, _ *facts.Question) {
			merged(&s.Pulls[0])
			s.Activities = append(s.Activities, push("14:00:00", "d"))
		}, "c"},
		"the image is of the merge, said after it": {"13:00:01", func(s *githubtest.State, q *facts.Question) { merged(&s.Pulls[0]); q.Revision = sha("e") }, "e"},
		"the image is of the merge, said before":   {"12:00:00", func(s *githubtest.State, q *facts.Question) { merged(&s.Pulls[0]); q.Revision = sha("e") }, "c"},
	} {
		t.Run(name, func(t *testing.T) {
			s, q := pullState(), question()
			q.Contributors = []string{} // who are not known without the pushes
			s.Commits = append(s.Commits, githubtest.Commit{SHA: sha("e"), Author: githubtest.Person("octocat"), Committer: githubtest.Person("octocat"), Parents: []githubtest.Parent{{SHA: sha("c")}}})
			comment(&s, "mona", c.clock, approve+"\n/reject rollback\n/sign-off rollback-plan\n/override soak it is urgent")
			if c.change != nil {
				c.change(&s, &q)
			}
			found := ask(t, s, q)
			approval, rejection := found.Approvals[0], found.Approvals[1]
			if got := fmt.Sprintf("%.1s", approval.Revision); got != c.want {
				t.Errorf("the approval is about %q, want %q", got, c.want)
			}
			// What is in doubt lets nothing in, and keeps nothing from being stopped.
			if want := or(approval.Revision, q.Revision); rejection.Revision != want {
				t.Errorf("the rejection is about %q, want %q", rejection.Revision, want)
			}
			about := approval.Revision == q.Revision
			if got := found.SignOffs[0].Digest == digest; got != about {
				t.Errorf("the sign-off is for the image: %v, want %v", got, about)
			}
			if got := len(found.Overrides) == 1; got != about {
				t.Errorf("the override is for the image: %v, want %v", got, about)
			}
			if !about {
				wantRemark(t, found, "comment 1 by mona: /override soak does not count: it was not said about commit")
			}
		})
	}
}

func or(s, otherwise string) string {
	if s == "" {
		return otherwise
	}
	return s
}

func TestSignOffsAndOverrides(t *testing.T) {
	s := pullState()
	comment(&s, "mona", "12:00:00", "/sign-off rollback-plan\n/override error-rate a bad probe")
	comment(&s, "hubot", "13:00:00", "/override soak ring-0 until 2026-03-03T18:00:00Z a fix\n/release "+digest+" a false alarm")
	comment(&s, "hubot", "13:30:00", "/release "+digest+" again")
	found := ask(t, s, question())
	type said struct {
		SignOffs  []ringpolicy.SignOff
		Overrides []ringpolicy.Override
		Released  map[string]time.Time
	}
	want := said{
		[]ringpolicy.SignOff{{ID: "rollback-plan", By: "mona", State: ringpolicy.SignOffGiven, At: at("12:00:00"), Digest: digest}},
		[]ringpolicy.Override{
			{Criterion: "error-rate", Ring: "ring-1", Digest: digest, Verdict: ringpolicy.OverridePass, By: "mona", Reason: "a bad probe", At: at("12:00:00"), Expires: at("12:00:00").Add(24 * time.Hour)},
			{Criterion: "soak", Ring: "ring-0", Digest: digest, Verdict: ringpolicy.OverridePass, By: "hubot", Reason: "a fix", At: at("13:00:00"), Expires: at("18:00:00")},
		},
		map[string]time.Time{digest: at("13:30:00")},
	}
	if diff := cmp.Diff(want, said{found.SignOffs, found.Overrides, found.Released}); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestLocks(t *testing.T) {
	s := pullState()
	comment(&s, "mona", "12:00:00", "/lock ring-1 the disk is full\n/lock ring-0 until 2026-03-03T18:00:00Z a migration")
	comment(&s, "hubot", "12:01:00", "/unlock ring-1\n/unlock production")
	comment(&s, "mona", "12:02:00", "/lock ring-1 again")
	comment(&s, "stranger", "12:03:00", "/unlock ring-1").AuthorAssociation = "NONE"
	label := []githubtest.Label{{Name: facts.LockLabel}}
	s.Issues = []githubtest.Issue{
		{Number: 1, State: "open", User: githubtest.Person("lisa"), AuthorAssociation: "OWNER", Labels: label, Body: "The shop is closed.\n\n/lock production the audit\n/unlock ring-1"},
		{Number: 2, State: "closed", User: githubtest.Person("lisa"), AuthorAssociation: "OWNER", Labels: label, Body: "/lock dev over"},
		{Number: 3, State: "open", User: githubtest.Person("stranger"), AuthorAssociation: "NONE", Labels: label, Body: "/lock dev a joke"},
		{Number: 4, State: "open", User: githubtest.Person("lisa"), AuthorAssociation: "OWNER", Body: "/lock dev without the label"},
	}
	found := ask(t, s, question())
	want := []ringpolicy.Lock{
		{Ring: "production", By: "lisa", Reason: "the audit"},
		{Ring: "ring-0", By: "mona", Reason: "a migration", Expires: at("18:00:00")},
		{Ring: "ring-1", By: "mona", Reason: "again"},
	}
	if diff := cmp.Diff(want, found.Locks); diff != "" {
		t.Errorf("locks (-want +got):\n%s", diff)
	}
	wantRemark(t, found, "issue #1: /unlock does not count in an issue",
		"issue #3 has the label deployment-lock, and locks nothing: its author stranger may not")
}

func TestIncidents(t *testing.T) {
	s := pullState() // pull request #12 has the label critical too, and is not an issue
	s.Issues = []githubtest.Issue{
		{Number: 77, State: "open", Labels: []githubtest.Label{{Name: "Critical"}, {Name: "bug"}}, CreatedAt: at("08:00:00")},
		{Number: 78, State: "closed", Labels: []githubtest.Label{{Name: "critical"}}, CreatedAt: at("08:00:00"), ClosedAt: ptr(at("09:00:00"))},
		{Number: 79, State: "open", Labels: []githubtest.Label{{Name: "P0"}}, CreatedAt: at("09:00:00")},
		{Number: 80, State: "open", Labels: []githubtest.Label{{Name: "minor"}}, CreatedAt: at("09:00:00")},
	}
	q := question()
	q.Severities = []string{"critical", "P0", "critical", "none so far"}
	want := []ringpolicy.Incident{{ID: "#79", Severity: "P0", OpenedAt: at("09:00:00")}, {ID: "#77", Severity: "critical", OpenedAt: at("08:00:00")}}
	if diff := cmp.Diff(want, ask(t, s, q).Incidents); diff != "" {
		t.Errorf("incidents (-want +got):\n%s", diff)
	}
	q.Severities = nil
	if got := ask(t, s, q).Incidents; got == nil || len(got) > 0 {
		t.Errorf("without a severity: %v, want an empty list", got)
	}
}

// TestWhosePullRequest: an image cannot borrow the approvals of another change.
func TestWhosePullRequest(t *testing.T) {
	other := func(number int, head string, shas ...string) githubtest.Pull {
		return githubtest.Pull{Number: number, State: "open", User: githubtest.Person("octocat"), SHAs: shas, Head: githubtest.Branch{Ref: "other", SHA: head, Repo: &githubtest.Repository{FullName: "wizzense/aitherzero"}}}
	}
	for name, c := range map[string]struct {
		label   int
		change  func(*githubtest.State, *facts.Question)
		want    int
		missing bool
	}{
		"the head of the one it names": {12, nil, 12, false},
		"a commit of the one it names": {12, func(s *githubtest.State, _ *facts.Question) {
			s.Pulls[0].SHAs, s.Pulls[0].Head.SHA = []string{sha("c"), sha("d")}, sha("d")
			s.Activities = append(s.Activities, githubtest.Activity{Ref: "refs/heads/feature", After: sha("d"), Timestamp: at("11:00:00"), ActivityType: "push", Actor: githubtest.Person("octocat")})
		}, 12, false},
		"no label": {0, nil, 12, false},
		"it names another one": {13, func(s *githubtest.State, _ *facts.Question) {
			s.Pulls = append(s.Pulls, other(13, sha("b"), sha("b")))
		}, 12, false},
		"the test merge of the one it names": {12, func(s *githubtest.State, q *facts.Question) {
			s.Pulls[0].MergeCommitSHA, q.Revision = ptr(sha("a")), sha("a")
		}, 0, false},
		"the merge commit": {12, func(s *githubtest.State, q *facts.Question) {
			p := &s.Pulls[0]
			p.State, p.Merged, p.MergedAt, p.ClosedAt, p.MergeCommitSHA, q.Revision = "closed", true, ptr(at("13:00:00")), ptr(at("13:00:00")), ptr(sha("a")), sha("a")
		}, 12, false},
		"no pull request at all":         {0, func(_ *githubtest.State, q *facts.Question) { q.Revision = sha("b") }, 0, false},
		"it names one that is not there": {4, nil, 0, true},
		"a pull request on top of another": {0, func(s *githubtest.State, _ *facts.Question) {
			s.Pulls = append(s.Pulls, other(13, sha("d"), sha("c"), sha("d")))
		}, 12, false},
		"two with the same head": {0, func(s *githubtest.State, _ *facts.Question) {
			s.Pulls = append(s.Pulls, other(13, sha("c"), sha("c")))
		}, 0, true},
	} {
		t.Run(name, func(t *testing.T) {
			s, q := pullState(), question()
			s.Commits = append(s.Commits, githubtest.Commit{SHA: sha("d"), Author: githubtest.Person("octocat"), Committer: githubtest.Person("octocat"), Parents: []githubtest.Parent{{SHA: sha("c")}}})
			q.PullRequest = c.label
			if c.change != nil {
				c.change(&s, &q)
			}
			comment(&s, "mona", "12:00:00", "/sign-off x")
			found, missing := askAny(t, githubtest.New(s), q)
			if found.PullRequest != c.want || (missing != nil) != c.missing {
				t.Fatalf("pull request #%d, want #%d; missing %v", found.PullRequest, c.want, missing)
			}
			if c.missing && (found.Approvals != nil || found.Locks != nil || !slices.Contains(of(missing), "approvals")) {
				t.Errorf("%+v, missing %v", found, missing)
			}
			if c.want == 0 && !c.missing && (found.Approvals == nil || found.SignOffs == nil || len(found.SignOffs) > 0 || found.Author != "octocat") {
				t.Errorf("want empty approvals and sign-offs, and the author: %+v", found)
			}
		})
	}
}

func TestAuthors(t *testing.T) {
	commit := func(author, committer *githubtest.User) []githubtest.Commit {
		return []githubtest.Commit{{SHA: sha("c"), Author: author, Committer: committer}, {SHA: sha("b"), Author: author, Committer: committer}}
	}
	mona, hubot := githubtest.Person("mona"), githubtest.Person("hubot")
	t.Run("known", func(t *testing.T) {
		s := pullState()
		s.Commits = commit(mona, hubot)
		f := ask(t, s, without(question()))
		if f.Author != "octocat" || !slices.Equal(f.Contributors, []string{"hubot", "mona", "octocat"}) {
			t.Errorf("author %q, contributors %q", f.Author, f.Contributors)
		}
	})
	t.Run("deleted", func(t *testing.T) {
		s := pullState()
		s.Pulls[0].User = nil
		if f := ask(t, s, question()); f.Author != "ghost" {
			t.Errorf("author %q, want ghost", f.Author)
		}
	})
	t.Run("more commits than GitHub lists", func(t *testing.T) {
		s := pullState()
		for range 260 {
			s.Pulls[0].SHAs = append(s.Pulls[0].SHAs, sha("c"))
		}
		f, missing := askAny(t, githubtest.New(s), question())
		if f.Contributors != nil || !slices.Equal(of(missing), []string{"contributors"}) {
			t.Errorf("contributors %v, missing %v", f.Contributors, missing)
		}
	})
}

// without leaves out the comparison of commits.
func without(q facts.Question) facts.Question {
	q.Running = ""
	return q
}

// TestSources: each fact says where it came from.
func TestSources(t *testing.T) {
	s := pullState()
	s.CheckRuns = []githubtest.CheckRun{job(1, "unit", 7, "10:00:00", "success")}
	got := map[string]string{}
	for _, x := range ask(t, s, question()).Sources {
		got[x.Kind.String()] = x.From
	}
	want := map[string]string{
		"pr": "pull request #12", "author": "pull request #12", "contributors": "1 commit of pull request #12",
		"checks": "1 check run and 0 statuses of commit cccccccc", "ancestry": "comparison of cccccccc with bbbbbbbb",
		"approvals": "pull request #12", "sign_offs": "pull request #12", "overrides": "pull request #12", "releases": "comments on pull request #12",
		"locks":     "comments on the pull request, and open issues with the label deployment-lock",
		"incidents": "0 open issues with a severity as label",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("sources (-want +got):\n%s", diff)
	}
}
