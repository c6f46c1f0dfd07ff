package facts_test

import (
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/wizzense/deployment-rings/action/internal/github/githubtest"
	"github.com/wizzense/deployment-rings/ringpolicy"
)

// TestRenamed: a repository that was renamed, and which the run knows by its old name, gives the same facts. Its pull requests are no
// forks, and do not compete with those of forks.
func TestRenamed(t *testing.T) {
	for _, number := range []int{12, 0} {
		rivalled := fullState()
		fork := rivalled.Pulls[0]
		fork.Number, fork.Head.Repo = 13, &githubtest.Repository{FullName: "mallory/aitherzero"}
		rivalled.Pulls = append(rivalled.Pulls, fork)
		q := question()
		q.PullRequest = number
		want := ask(t, rivalled, q)
		rivalled.OldNames, rivalled.Repository = []string{rivalled.Repository}, "acme/tower"
		rivalled.Pulls[0].Head.Repo = &githubtest.Repository{FullName: "acme/tower"}
		rivalled.Pulls[0].Base.Repo, rivalled.Pulls[1].Base.Repo = rivalled.Pulls[0].Head.Repo, rivalled.Pulls[0].Head.Repo
		if diff := cmp.Diff(want, ask(t, rivalled, q)); diff != "" || want.PullRequest != 12 {
			t.Errorf("the image names #%d: facts of #%d (-before +after the repository was renamed):\n%s", number, want.PullRequest, diff)
		}
	}
}

// TestForkWithTheOldName: another person may take the old name of a repository that was renamed. A pull request from there comes from a
// fork, although the run still knows the repository by that name.
func TestForkWithTheOldName(t *testing.T) {
	s := fullState()
	ours := &githubtest.Repository{FullName: "acme/tower"}
	s.OldNames, s.Repository = []string{s.Repository}, ours.FullName
	s.Pulls[0].Base.Repo, s.Pulls[0].Head.Repo = ours, &githubtest.Repository{FullName: "wizzense/aitherzero"}
	hub := githubtest.New(s)
	found, _ := askAny(t, hub, question())
	wantRemark(t, found, "pull request #12 comes from another repository")
	if slices.ContainsFunc(found.SignOffs, func(s ringpolicy.SignOff) bool { return s.Digest != "" }) {
		t.Errorf("sign-offs %+v cover the image", found.SignOffs)
	}
}
