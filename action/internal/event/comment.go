package event

import (
	"fmt"

	"github.com/wizzense/deployment-rings/action/internal/comment"
)

// readComment reads a comment on an issue or pull request. The payload says little about the pull request, so it has
// to be looked up.
func readComment(root *value, e *Event) {
	root.need("action")
	issue, said := root.need("issue"), root.need("comment")
	e.Number = issue.need("number").number()
	e.Draft = issue.get("draft").flag()
	if issue.get("pull_request").present() {
		e.Kind = PullRequest
	}
	e.Skip = commentSkip(e, said.get("body").text(), said.need("author_association").text(), issue.need("state").text())
	e.Lookup = e.Skip == ""
	e.Asked = e.Skip == ""
	if e.Kind == None {
		e.Number = 0 // of an issue
	}
}

const noLine = "no line of the comment begins with /deploy"

// commentSkip says why a comment asks for nothing. Only the text of an author who may ask is read as Markdown.
func commentSkip(e *Event, body, association, state string) string {
	switch {
	case e.Kind == None:
		return fmt.Sprintf("the comment is on issue #%d, not on a pull request", e.Number)
	case e.Action != "created":
		return fmt.Sprintf("activity type %q of a comment: only a created comment can ask for a deployment", e.Action)
	case !comment.Mentions(body, "/deploy"):
		return noLine
	case !comment.Trusted(association):
		return fmt.Sprintf("the comment's author is %q, and only OWNER, MEMBER or COLLABORATOR may ask for a deployment", association)
	case state != "open":
		return fmt.Sprintf("pull request #%d is not open", e.Number)
	}
	switch asks, err := comment.Asks(body, "/deploy"); {
	case err != nil:
		return fmt.Sprintf("the comment cannot be read: it %v; write a new one", err)
	case !asks:
		return noLine
	}
	return ""
}
