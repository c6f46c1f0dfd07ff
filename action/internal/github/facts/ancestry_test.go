package facts_test

import (
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"github.com/wizzense/deployment-rings/action/internal/github"
	"github.com/wizzense/deployment-rings/action/internal/github/facts"
	"github.com/wizzense/deployment-rings/action/internal/github/githubtest"
	"github.com/wizzense/deployment-rings/ringpolicy"
)

// squashState is a repository that squashes: main is 0 ← a ← b ← c, of which a is pull request #1, b is #2 and c is #3. #1 has the
// commits 6 ← 1 on top of 0. The head 2 of #2 is on top of a; the head 3 of #3 is on top of 0, and lacks what #1 and #2
// brought. #5 is open with the head 5, and e is its merge for tests, on which f is built. #7 has the head 7 on top of 0,
// and came into another branch as 9 before #1 was merged.
func squashState() githubtest.State {
	s := githubtest.State{Repository: "wizzense/aitherzero"}
	for commit, parents := range map[string][]string{
		"0": {}, "a": {"0"}, "b": {"a"}, "c": {"b"}, "6": {"0"}, "1": {"6"}, "2": {"a"}, "3": {"0"}, "5": {"0"}, "e": {"c", "5"}, "f": {"e"}, "7": {"0"}, "9": {"0"}, "8": {"0"},
	} {
		c := githubtest.Commit{SHA: sha(commit), Author: githubtest.Person("octocat"), Committer: githubtest.Person("octocat")}
		for _, p := range parents {
			c.Parents = append(c.Parents, githubtest.Parent{SHA: sha(p)})
		}
		s.Commits = append(s.Commits, c)
	}
	repo := &githubtest.Repository{FullName: "wizzense/aitherzero"}
	pull := func(number int, merged, mergedAs, base string, commits ...string) {
		p := githubtest.Pull{
			Number: number, State: "open", User: githubtest.Person("octocat"), MergeCommitSHA: ptr(sha(mergedAs)), CreatedAt: at("07:00:00"), SHAs: commits,
			Head: githubtest.Branch{Ref: "topic", SHA: commits[len(commits)-1], Repo: repo}, Base: githubtest.Branch{Ref: base, Repo: repo},
		}
		if merged != "" {
			p.State, p.Merged, p.MergedAt, p.ClosedAt = "closed", true, ptr(at(merged)), ptr(at(merged))
		}
		s.Pulls = append(s.Pulls, p)
	}
	pull(1, "08:00:00", "a", "main", sha("6"), sha("1"))
	pull(2, "09:00:00", "b", "main", sha("2"))
	pull(3, "10:00:00", "c", "main", sha("3"))
	pull(5, "", "e", "main", sha("5"))
	pull(7, "07:30:00", "9", "develop", sha("7"))
	return s
}

// follows asks whether an image may follow what the ring runs.
func follows(revision string, pull int, running string, runningPull int) facts.Question {
	return facts.Question{Ring: "ring-1", Rings: rings, Digest: digest, Revision: sha(revision), PullRequest: pull, Running: sha(running), RunningPullRequest: runningPull}
}

// TestAncestryOfMerges: what the ring runs counts as the commit that its pull request was merged as. A comparison takes one
// request, and what diverged two more.
func TestAncestryOfMerges(t *testing.T) {
	for name, c := range map[string]struct {
		question facts.Question
		want     ringpolicy.Ancestry
		requests int
	}{
		"the next pull request, up to date":                  {follows("2", 2, "1", 1), ringpolicy.AncestryAhead, 3},
		"the same, and the record names no pull request":     {follows("2", 2, "1", 0), ringpolicy.AncestryAhead, 3},
		"the same, and the image names none":                 {follows("2", 0, "1", 1), ringpolicy.AncestryAhead, 3},
		"the merge of what runs":                             {follows("a", 0, "1", 1), ringpolicy.AncestryIdentical, 1}, // the image is of the same pull request
		"a later merge":                                      {follows("b", 0, "1", 1), ringpolicy.AncestryAhead, 3},
		"the merge runs":                                     {follows("2", 2, "a", 0), ringpolicy.AncestryAhead, 1}, // as before
		"a commit of it runs that is not its head":           {follows("2", 2, "6", 1), ringpolicy.AncestryAhead, 4},
		"a later commit of the same pull request":            {follows("1", 1, "6", 1), ringpolicy.AncestryAhead, 1},
		"began before, and was not brought up to date":       {follows("3", 3, "1", 1), ringpolicy.AncestryDiverged, 3}, // although c, as which it was merged, has all
		"began before, and the merge runs":                   {follows("3", 3, "b", 0), ringpolicy.AncestryDiverged, 2},
		"merged before what runs":                            {follows("1", 1, "2", 2), ringpolicy.AncestryBehind, 2},
		"merged before the merge that runs":                  {follows("1", 1, "c", 0), ringpolicy.AncestryBehind, 2},
		"merged as what runs":                                {follows("1", 1, "a", 0), ringpolicy.AncestryBehind, 2},
		"merged before, but into another branch":             {follows("7", 7, "1", 1), ringpolicy.AncestryDiverged, 3},
		"an open one runs":                                   {follows("2", 2, "5", 5), ringpolicy.AncestryDiverged, 2},
		"an open one runs, and its merge for tests is in it": {follows("f", 0, "5", 0), ringpolicy.AncestryAhead, 1}, // it contains the head itself
		"an open image, of which the merge for tests is old": {follows("5", 5, "1", 1), ringpolicy.AncestryDiverged, 3},
		"the record names another pull request":              {follows("2", 2, "8", 1), ringpolicy.AncestryDiverged, 3},
		"what runs is of no pull request":                    {follows("2", 2, "8", 0), ringpolicy.AncestryDiverged, 2},
		"what runs was taken out of its pull request":        {follows("1", 1, "8", 1), ringpolicy.AncestryDiverged, 2}, // which is known from the image
	} {
		hub, alone := githubtest.New(squashState()), githubtest.New(squashState())
		found, missing := askAny(t, hub, c.question)
		c.question.Running = ""
		askAny(t, alone, c.question)
		if n := len(hub.Requests()) - len(alone.Requests()); found.Ancestry != c.want || slices.Contains(of(missing), "ancestry") || n != c.requests {
			t.Errorf("%s: ancestry %q (missing %v) after %d requests, want %q after %d", name, found.Ancestry, missing, n, c.want, c.requests)
		}
	}
}

// TestAncestryOfUnmerged: the commit of an open pull request by which GitHub tries its merge is in no history, whatever follows it.
func TestAncestryOfUnmerged(t *testing.T) {
	s := squashState()
	s.Pulls[0].State, s.Pulls[0].Merged, s.Pulls[0].MergedAt, s.Pulls[0].ClosedAt = "open", false, nil, nil
	for number, requests := range map[int]string{1: "/pulls/1", 0: "/commits/" + sha("1") + "/pulls"} {
		hub := githubtest.New(s)
		found, _ := askAny(t, hub, follows("2", 2, "1", number))
		asked := slices.ContainsFunc(hub.Requests(), func(r githubtest.Request) bool { return strings.HasSuffix(r.Path, requests) })
		if found.Ancestry != ringpolicy.AncestryDiverged || !asked {
			t.Errorf("an open pull request runs, record of #%d: ancestry %q, want diverged: %v", number, found.Ancestry, hub.Requests())
		}
	}
}

// TestAncestryOfSeveral: where a commit came with several pull requests, the one that was merged as it or has it as its head
// counts. Where that leaves several, none does.
func TestAncestryOfSeveral(t *testing.T) {
	for name, c := range map[string]struct {
		change   func(*githubtest.State)
		question facts.Question
		want     ringpolicy.Ancestry
	}{
		"one has it as its head": {func(*githubtest.State) {}, follows("2", 2, "1", 0), ringpolicy.AncestryAhead},
		"one was merged as it":   {func(s *githubtest.State) { s.Pulls[4].SHAs[0] = sha("a") }, follows("1", 1, "a", 0), ringpolicy.AncestryBehind},
		"two have it as their head": {func(s *githubtest.State) {
			s.Pulls[4].Head.SHA = sha("1")
		}, follows("2", 2, "1", 0), ringpolicy.AncestryDiverged},
		"the other one is open": {func(s *githubtest.State) {
			s.Pulls[4].Head.SHA, s.Pulls[4].State, s.Pulls[4].Merged, s.Pulls[4].MergedAt = sha("1"), "open", false, nil
		}, follows("2", 2, "1", 0), ringpolicy.AncestryAhead},
	} {
		s := squashState()
		s.Pulls[4].SHAs = []string{sha("1"), sha("7")}
		c.change(&s)
		if found, missing := askAny(t, githubtest.New(s), c.question); found.Ancestry != c.want {
			t.Errorf("%s: ancestry %q, missing %v, want %q", name, found.Ancestry, missing, c.want)
		}
	}
}

// TestAncestryOfClaims: an image that says that it is of a pull request is no older for it while that is not known.
func TestAncestryOfClaims(t *testing.T) {
	hub := githubtest.New(squashState())
	hub.Break(githubtest.Fault{Route: "GET /pulls/{number}/commits", Status: 403})
	if found, missing := askAny(t, hub, follows("8", 1, "2", 2)); found.Ancestry != ringpolicy.AncestryDiverged || found.PullRequest != 0 {
		t.Errorf("ancestry %q, pull request #%d, missing %v, want diverged and none", found.Ancestry, found.PullRequest, missing)
	}
}

// TestAncestryRemembered: what was asked already in the run is not asked again.
func TestAncestryRemembered(t *testing.T) {
	hub := githubtest.New(squashState())
	gh := client(t, github.Options{Transport: memory{hub, 0}}).Remembering()
	for range 2 {
		if found, missing := facts.Gather(t.Context(), gh, follows("2", 2, "1", 1)); found.Ancestry != ringpolicy.AncestryAhead {
			t.Errorf("ancestry %q, missing %v, want ahead", found.Ancestry, missing)
		}
	}
	seen := map[githubtest.Request]int{}
	for _, r := range hub.Requests() {
		if seen[r]++; seen[r] > 1 {
			t.Errorf("%s was asked %d times", r, seen[r])
		}
	}
}

// TestAncestryNeverNothing: whatever is wrong with an answer about the merge of what the ring runs, the ancestry is missing: it is neither
// met nor said to have diverged.
func TestAncestryNeverNothing(t *testing.T) {
	const mergeless = "a merge without its commit"
	type asked struct {
		path  string
		shape shape
		q     facts.Question
	}
	for _, a := range []asked{
		{"/pulls/1", anObject, follows("2", 2, "1", 1)},
		{"/pulls/1/commits", aList, follows("2", 2, "6", 1)},
		{"/commits/" + sha("1") + "/pulls", aList, follows("2", 2, "1", 0)},
		{"/compare/" + sha("a") + "..." + sha("2"), anObject, follows("2", 2, "1", 1)},
	} {
		hub := githubtest.New(squashState())
		right := httptest.NewRecorder()
		hub.ServeHTTP(right, httptest.NewRequest(http.MethodGet, "/repos/wizzense/aitherzero"+a.path, nil))
		broken := append(brokenAnswers(a.shape, right.Body.String()), broken{name: mergeless, body: strings.Replace(right.Body.String(), `"`+sha("a")+`"`, "null", 1)})
		for _, b := range broken {
			if b.body == right.Body.String() && !b.more {
				continue // it has no commit to leave out
			}
			spoilt := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				if strings.HasSuffix(r.URL.Path, a.path) {
					b.answer(w, r, a.shape)
					return
				}
				hub.ServeHTTP(w, r)
			})
			found, missing := facts.Gather(t.Context(), client(t, github.Options{Transport: memory{spoilt, 0}}), a.q)
			if found.Ancestry != "" || !slices.Equal(of(missing), []string{"ancestry"}) {
				t.Errorf("%s answered with %s: ancestry %q, missing %v, want it missing", a.path, b.name, found.Ancestry, missing)
			} else if m := missing[0].String(); b.name == mergeless && a.shape == anObject && !strings.Contains(m, "cannot find the commit that pull request #1 was merged as: the answer lacks it") {
				t.Errorf("%s answered with %s: missing %s", a.path, b.name, m)
			}
		}
	}
}
