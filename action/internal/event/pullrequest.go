package event

import (
	"fmt"
	"strings"
)

// readPullRequest reads pull_request and pull_request_target, which have the same payload.
func readPullRequest(root *value, e *Event) {
	root.need("action")
	pr := root.need("pull_request")
	e.Kind = PullRequest
	e.Number = pr.need("number").number()
	e.Branch = pr.need("head", "ref").text()
	e.BaseBranch = pr.need("base", "ref").text()
	e.Revision = pr.need("head", "sha").revision()
	e.Draft = pr.get("draft").flag()
	e.Fork = isFork(pr, e.Repository.FullName)
	judgePullRequest(e, pr.get("merged").flag(), pr.get("state").text())
}

// isFork reports whether the head of the pull request is in another repository than its base, or in one that is gone.
func isFork(pr *value, repository string) bool {
	base := or(pr.get("base", "repo", "full_name").text(), repository)
	head := pr.get("head", "repo", "full_name").text()
	return head == "" || !strings.EqualFold(head, base)
}

// judgePullRequest says what the event forbids. A draft that was merged is a draft no more. Labels, edits and the like reach
// closed pull requests too, whose previews are gone.
func judgePullRequest(e *Event, merged bool, state string) {
	switch {
	case e.Action == "closed" && merged:
		e.Kind = Merge
		if e.Fork {
			e.Skip = fmt.Sprintf("pull request #%d came from a fork, and the merge of a fork never deploys", e.Number)
		}
	case e.Action == "closed":
		e.Skip = fmt.Sprintf("pull request #%d was closed without a merge", e.Number)
	case merged || state == "closed":
		e.Skip = fmt.Sprintf("pull request #%d is closed", e.Number)
	case e.Draft:
		e.Skip = fmt.Sprintf("pull request #%d is a draft", e.Number)
	}
}
