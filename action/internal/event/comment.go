package event

import (
	"fmt"
	"slices"
	"strings"
)

// readComment reads a comment on an issue or pull request. The payload says little about the pull request, so it has
// to be looked up.
func readComment(root *value, e *Event) {
	root.need("action")
	issue, comment := root.need("issue"), root.need("comment")
	e.Number = issue.need("number").number()
	e.Draft = issue.get("draft").flag()
	if issue.get("pull_request").present() {
		e.Kind = PullRequest
	}
	e.Skip = commentSkip(e, comment.get("body").text(), comment.need("author_association").text(), issue.need("state").text())
	e.Lookup = e.Skip == ""
	e.Asked = e.Skip == ""
	if e.Kind == None {
		e.Number = 0 // of an issue
	}
}

func commentSkip(e *Event, body, association, state string) string {
	switch {
	case e.Kind == None:
		return fmt.Sprintf("the comment is on issue #%d, not on a pull request", e.Number)
	case e.Action != "created":
		return fmt.Sprintf("activity type %q of a comment: only a created comment can ask for a deployment", e.Action)
	case !asks(body):
		return "no line of the comment begins with /deploy"
	case !slices.Contains([]string{"OWNER", "MEMBER", "COLLABORATOR"}, association):
		return fmt.Sprintf("the comment's author is %q, and only OWNER, MEMBER or COLLABORATOR may ask for a deployment", association)
	case state != "open":
		return fmt.Sprintf("pull request #%d is not open", e.Number)
	}
	return ""
}

// asks reports whether a line of the comment is the command /deploy, in any case.
func asks(body string) bool {
	return slices.ContainsFunc(Commands(body), func(line string) bool {
		return strings.EqualFold(strings.Fields(line)[0], "/deploy")
	})
}
