// Package posts reads what comments and issues on GitHub say and ever said: the commands in every wording that they had,
// with who wrote each and when. What lets an image in does not count where a comment was edited; what keeps it out counts
// even where it was edited away. Where a wording of a person who may speak cannot be read, that is an error: it may have
// said no.
package posts

import (
	"time"

	"github.com/wizzense/deployment-rings/action/internal/comment"
	"github.com/wizzense/deployment-rings/action/internal/github"
)

// A Post is a comment, or an issue by its body.
type Post struct {
	Place       string // for people: "comment 4711 by mona"
	Page        string
	Node        string // its ID in GraphQL
	User        *github.User
	Bot         bool
	Association string
	Created     time.Time
	Updated     time.Time
	Body        string
}

// Edited reports whether a comment was edited. An issue is updated by much else.
func (p Post) Edited() bool { return !p.Updated.Equal(p.Created) }

// jobs is the account of jobs that use their own token. It writes the ledger, and may lock rings.
const jobs = "github-actions[bot]"

// WhyIgnored says why its author may not speak for the repository; "" where the author may.
func (p Post) WhyIgnored() string {
	switch {
	case p.User == nil:
		return "its author is a deleted account"
	case p.Bot && p.User.IsBot() && github.SameAccount(p.User.Login, jobs):
		return ""
	case !comment.Trusted(p.Association):
		return "only an owner, a member or a collaborator may say so"
	}
	return ""
}

// isBy reports whether an editor is the author.
func (p Post) isBy(editor *github.User) bool {
	if editor == nil || p.User == nil {
		return editor == nil && p.User == nil
	}
	return github.SameAccount(editor.Login, p.User.Login)
}
