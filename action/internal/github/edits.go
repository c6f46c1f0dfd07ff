package github

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/wizzense/deployment-rings/action/internal/comment"
)

// A post is a comment, or an issue by its body.
type post struct {
	place       string // for people: "comment 4711 by mona"
	page        string
	node        string // its ID in GraphQL
	user        *user
	bot         bool
	association string
	created     time.Time
	updated     time.Time
	body        string
}

// edited reports whether a comment was edited. An issue is updated by much else.
func (p post) edited() bool { return !p.updated.Equal(p.created) }

// jobs is the account of jobs that use their own token. It writes the ledger, and may lock rings.
const jobs = "github-actions[bot]"

// silent says why its author may not speak for the repository; "" where the author may.
func (p post) silent() string {
	switch {
	case p.user == nil:
		return "its author is a deleted account"
	case p.bot && p.user.isBot() && sameLogin(p.user.Login, jobs):
		return ""
	case !comment.Trusted(p.association):
		return "only an owner, a member or a collaborator may say so"
	}
	return ""
}

// A wording is what a post said from a time on.
type wording struct {
	at      time.Time
	by      string // who wrote it so
	another bool   // and not the author of the post: who may edit what others wrote may speak
	body    string
	lines   []string // the commands in it
}

// An edit is one revision of a post: https://docs.github.com/graphql/reference/objects#usercontentedit. The oldest is
// what the post said in the beginning, and a post that was never edited has none.
type edit struct {
	EditedAt  time.Time
	DeletedAt *time.Time
	Editor    *user
	Diff      *string // all that it said, in spite of the name; nil where the revision was deleted
}

// unreadable reports whether what the revision said cannot be known.
func (e edit) unreadable() bool { return e.Diff == nil || e.DeletedAt != nil || e.EditedAt.IsZero() }

// wordings returns all that a post ever said, oldest first. Where something that a person who may speak wrote cannot be read, it is
// an error: nobody knows whether it said no.
func (p post) wordings(edits []edit) ([]wording, error) {
	var all []wording
	for i, e := range edits {
		w := wording{at: e.EditedAt, by: p.user.login(), another: !p.isBy(e.Editor)}
		if w.another {
			w.by = cmp.Or(e.Editor.login(), "ghost")
		}
		mute := p.mute(w)
		switch {
		case !mute && e.unreadable():
			return nil, fmt.Errorf("%s: what it said on %s cannot be read, since %s wrote it and it was deleted from the history", p.place, e.EditedAt.Format(time.RFC3339), w.by)
		case !mute && i == 0 && e.EditedAt.After(p.created.Add(beginning)):
			return nil, fmt.Errorf("%s: GitHub does not say how it began", p.place)
		case e.unreadable():
			continue
		}
		w.body = *e.Diff
		all = append(all, w)
	}
	if !slices.ContainsFunc(all, func(w wording) bool { return sameText(w.body, p.body) }) {
		now := wording{at: p.created, by: p.user.login(), body: p.body}
		if len(edits) > 0 {
			now.at = p.updated
		}
		all = append(all, now)
	}
	for i := range all {
		w := &all[i]
		var err error
		if w.lines, err = comment.Commands(w.body); err != nil && !p.mute(*w) {
			return nil, fmt.Errorf("%s: what it said on %s cannot be read, since it %w, and may be a /lock or a /reject: delete the comment, or close the issue", p.place, w.at.Format(time.RFC3339), err)
		}
	}
	return all, nil
}

// mute reports whether who wrote a wording may not speak for the repository.
func (p post) mute(w wording) bool { return !w.another && p.silent() != "" }

// beginning is how long after a post was made its first revision may be dated.
const beginning = 2 * time.Second

// sameText reports whether two texts differ at most in how their lines end.
func sameText(a, b string) bool {
	return strings.TrimSpace(strings.ReplaceAll(a, "\r\n", "\n")) == strings.TrimSpace(strings.ReplaceAll(b, "\r\n", "\n"))
}

// isBy reports whether an editor is the author. GraphQL leaves the end of the name of a bot out.
func (p post) isBy(editor *user) bool {
	if editor == nil || p.user == nil {
		return editor == nil && p.user == nil
	}
	return sameLogin(editor.Login, p.user.Login)
}

// sameLogin reports whether two names are of one account.
func sameLogin(a, b string) bool {
	return strings.EqualFold(strings.TrimSuffix(a, "[bot]"), strings.TrimSuffix(b, "[bot]"))
}

// editsOf reads the edits of posts of one type, by their nodes. Those of none take no request.
func (g *gathering) editsOf(ctx context.Context, op Operation, kind string, posts []post) (map[string][]edit, error) {
	if len(posts) == 0 {
		return nil, nil
	}
	nodes := make([]string, len(posts))
	for i, p := range posts {
		nodes[i] = p.node
	}
	found, err := g.Once(ctx, op, "edits "+strings.Join(nodes, " "), func() (any, error) { return g.allEdits(ctx, op, kind, nodes) })
	if err != nil {
		return nil, err
	}
	return found.(map[string][]edit), nil
}

// maxNodes is how many nodes GraphQL looks up at once.
const maxNodes = 100

func (c *Client) allEdits(ctx context.Context, op Operation, kind string, nodes []string) (map[string][]edit, error) {
	all := map[string][]edit{}
	for some := range slices.Chunk(nodes, maxNodes) {
		first, err := c.pageOfEdits(ctx, op, kind, some, "")
		if err != nil {
			return nil, err
		}
		for i, node := range some {
			if all[node], err = c.restOfEdits(ctx, op, kind, node, first[i]); err != nil {
				return nil, err
			}
		}
	}
	return all, nil
}

// restOfEdits reads the pages after the first, and puts the oldest edit first.
func (c *Client) restOfEdits(ctx context.Context, op Operation, kind, node string, page Connection[edit]) ([]edit, error) {
	all, after := slices.Clone(page.Nodes), ""
	for n := 1; ; n++ {
		cursor, complete := page.Next(after)
		if !complete || n == MaxPages {
			return nil, c.Explain(op, errors.New("the pages do not end"))
		}
		if cursor == "" {
			break
		}
		next, err := c.pageOfEdits(ctx, op, kind, []string{node}, cursor)
		if err != nil {
			return nil, err
		}
		page, after = next[0], cursor
		all = append(all, page.Nodes...)
	}
	slices.Reverse(all) // GitHub gives the newest first
	slices.SortStableFunc(all, func(a, b edit) int { return a.EditedAt.Compare(b.EditedAt) })
	return all, nil
}

const editsQuery = `query($nodes: [ID!]!, $after: String) {
  nodes(ids: $nodes) {
    ... on %s {
      userContentEdits(first: 100, after: $after) {
        pageInfo { hasNextPage endCursor }
        nodes { editedAt deletedAt diff editor { login } }
      }
    }
  }
}`

// pageOfEdits reads a page of the edits of each node, after a cursor, "" for the first.
func (c *Client) pageOfEdits(ctx context.Context, op Operation, kind string, nodes []string, after string) ([]Connection[edit], error) {
	variables := map[string]any{"nodes": nodes}
	if after != "" {
		variables["after"] = after
	}
	found, err := Query[struct {
		Nodes []struct{ UserContentEdits *Connection[edit] }
	}](ctx, c, op, fmt.Sprintf(editsQuery, kind), variables)
	if err != nil {
		return nil, err
	}
	var pages []Connection[edit]
	for _, n := range found.Nodes {
		if n.UserContentEdits != nil && n.UserContentEdits.Nodes != nil {
			pages = append(pages, *n.UserContentEdits)
		}
	}
	if len(pages) != len(nodes) {
		return nil, c.Explain(op, errors.New("the answer lacks the history of some"))
	}
	return pages, nil
}
