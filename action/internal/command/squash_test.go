package command

import (
	"strings"
	"testing"
	"time"

	"github.com/wizzense/deployment-rings/action/internal/github/githubtest"
)

// Where pull requests are squashed, the head of one is never in the history of the next. Its image follows all the same, if it was
// built on what the first was merged as.
func TestGateAfterASquash(t *testing.T) {
	const root, one, oneMerged, two, late = "0", "a", "c", "b", "d" // commits: heads of the pull requests 1, 2 and 3, and the merge of 1
	merged := time.Date(2026, 3, 1, 8, 0, 0, 0, time.UTC)
	for name, c := range map[string]struct {
		head, pr, decision, reason string
	}{
		"built on the merge":            {two, "2", "promote", "ok"},
		"began before it, and lacks it": {late, "3", "hold", "history_diverged"},
	} {
		t.Run(name, func(t *testing.T) {
			w := newEmptyGateWorld(t)
			w.hub.Change(func(s *githubtest.State) {
				s.Pulls = nil
				for _, c := range [][2]string{{root, ""}, {one, root}, {oneMerged, root}, {two, oneMerged}, {late, root}} {
					x := githubtest.Commit{SHA: githubtest.SHA(c[0]), Author: githubtest.Person("octocat"), Committer: githubtest.Person("octocat")}
					if c[1] != "" {
						x.Parents = []githubtest.Parent{{SHA: githubtest.SHA(c[1])}}
					}
					s.Commits = append(s.Commits, x)
				}
				for i, head := range []string{one, two, late} {
					as, at, sha := githubtest.SHA(oneMerged), merged.Add(time.Duration(i)*time.Hour), githubtest.SHA(head)
					if i > 0 {
						as = strings.Repeat("f", 39) + head // what it was merged as has all that was merged before it
					}
					repo := &githubtest.Repository{FullName: s.Repository}
					s.Pulls = append(s.Pulls, githubtest.Pull{
						Number: i + 1, State: "closed", Merged: true, MergedAt: &at, ClosedAt: &at, MergeCommitSHA: &as, User: githubtest.Person("octocat"), SHAs: []string{sha},
						Head: githubtest.Branch{Ref: "topic", SHA: sha, Repo: repo}, Base: githubtest.Branch{Ref: "main", Repo: repo},
					})
				}
			})
			w.env["INPUT_POLICY"] = write(t, "rings.yml", "version: 1\nrings:\n  - {name: canary, branches: [main], deploy: on_merge, soak: {min: 1h}}\n  - {name: everyone}\n")
			labels := func(head, pr string) map[string]string {
				return map[string]string{"org.opencontainers.image.revision": githubtest.SHA(head), "com.aitherzero.pr.number": pr}
			}
			w.at(merged.Add(time.Hour), "record", "RING", "everyone", "STATE", "success", "DIGEST", w.push(labels(one, "1"), "one"))
			w.at(merged.Add(24*time.Hour), "record", "RING", "canary", "STATE", "success", "DIGEST", w.push(labels(c.head, c.pr), "two", "canary-latest"))
			r := w.at(merged.Add(48*time.Hour), "gate", "RING", "everyone")
			w.outputs(r, "decision", c.decision, "reason-code", c.reason)
			if want := "with " + strings.Repeat(oneMerged, 8) + ", as which pull request &#35;1 was merged"; !strings.Contains(r.summary, want) {
				t.Errorf("the summary does not say %q:\n%s", want, r.summary)
			}
		})
	}
}
