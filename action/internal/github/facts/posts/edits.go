package posts

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/wizzense/deployment-rings/action/internal/comment"
	"github.com/wizzense/deployment-rings/action/internal/github"
)

// A wording is what a post said from a time on.
type wording struct {
	at      time.Time
	by      string // who wrote it so
	another bool   // and not the author of the post: who may edit what others wrote may speak
	body    string
	lines   []string // the commands in it
}

// An Edit is one revision of a post: https://docs.github.com/graphql/reference/objects#usercontentedit. The oldest is
// what the post said in the beginning, and a post that was never edited has none.
type Edit struct {
	EditedAt  time.Time
	DeletedAt *time.Time
	Editor    *github.User
	Diff      *string // all that it said, in spite of the name; nil where the revision was deleted
}

// unreadable reports whether what the revision said cannot be known.
func (e Edit) unreadable() bool { return e.Diff == nil || e.DeletedAt != nil || e.EditedAt.IsZero() }

// wordings returns all that a post ever said, oldest first. Where something that a person who may speak wrote cannot be read, it is
// an error: it may have said no.
func (p Post) wordings(edits []Edit) ([]wording, error) {
	var all []wording
	for i, e := range edits {
		w := wording{at: e.EditedAt, by: p.User.Account(), another: !p.isBy(e.Editor)}
		if w.another {
			w.by = cmp.Or(e.Editor.Account(), "ghost")
		}
		mute := p.mute(w)
		switch {
		case !mute && e.unreadable():
			return nil, fmt.Errorf("%s: what it said on %s cannot be read, since %s wrote it and it was deleted from the history", p.Place, e.EditedAt.Format(time.RFC3339), w.by)
		case !mute && i == 0 && e.EditedAt.After(p.Created.Add(beginning)):
			return nil, fmt.Errorf("%s: GitHub does not say how it began", p.Place)
		case e.unreadable():
			continue
		}
		w.body = *e.Diff
		all = append(all, w)
	}
	if !slices.ContainsFunc(all, func(w wording) bool { return sameText(w.body, p.Body) }) {
		now := wording{at: p.Created, by: p.User.Account(), body: p.Body}
		if len(edits) > 0 {
			now.at = p.Updated
		}
		all = append(all, now)
	}
	for i := range all {
		w := &all[i]
		var err error
		if w.lines, err = comment.Commands(w.body); err != nil && !p.mute(*w) {
			return nil, fmt.Errorf("%s: what it said on %s cannot be read, since it %w, and may be a /lock or a /reject: delete the comment, or close the issue", p.Place, w.at.Format(time.RFC3339), err)
		}
	}
	return all, nil
}

// mute reports whether who wrote a wording may not speak for the repository.
func (p Post) mute(w wording) bool { return !w.another && p.WhyIgnored() != "" }

// beginning is how long after a post was made its first revision may be dated.
const beginning = 2 * time.Second

// sameText reports whether two texts differ at most in how their lines end.
func sameText(a, b string) bool {
	return strings.TrimSpace(strings.ReplaceAll(a, "\r\n", "\n")) == strings.TrimSpace(strings.ReplaceAll(b, "\r\n", "\n"))
}

// EditsOf reads the edits of posts of one type of GraphQL, by their nodes. Those of none take no request.
func EditsOf(ctx context.Context, c *github.Client, op github.Operation, kind string, posts []Post) (map[string][]Edit, error) {
	if len(posts) == 0 {
		return nil, nil
	}
	nodes := nodesOf(posts)
	found, err := c.Once(ctx, op, question(nodes), func() (any, error) { return allEdits(ctx, c, op, kind, nodes) })
	if err != nil {
		return nil, err
	}
	return found.(map[string][]Edit), nil
}

func nodesOf(posts []Post) []string {
	var nodes []string
	for _, p := range posts {
		nodes = append(nodes, p.Node)
	}
	return nodes
}

func question(nodes []string) string { return "edits of " + strings.Join(nodes, " ") }

// maxNodes is how many nodes GraphQL looks up at once.
const maxNodes = 100

func allEdits(ctx context.Context, c *github.Client, op github.Operation, kind string, nodes []string) (map[string][]Edit, error) {
	all := map[string][]Edit{}
	for some := range slices.Chunk(nodes, maxNodes) {
		first, err := pageOfEdits(ctx, c, op, kind, some, "")
		if err != nil {
			return nil, err
		}
		for i, node := range some {
			if all[node], err = restOfEdits(ctx, c, op, kind, node, first[i]); err != nil {
				return nil, err
			}
		}
	}
	return all, nil
}

// restOfEdits reads the pages after the first, and puts the oldest edit first.
func restOfEdits(ctx context.Context, c *github.Client, op github.Operation, kind, node string, page github.Connection[Edit]) ([]Edit, error) {
	all, after := slices.Clone(page.Nodes), ""
	for n := 1; ; n++ {
		cursor, complete := page.Next(after)
		if !complete || n == github.MaxPages {
			return nil, c.Explain(op, errors.New("the pages do not end"))
		}
		if cursor == "" {
			break
		}
		next, err := pageOfEdits(ctx, c, op, kind, []string{node}, cursor)
		if err != nil {
			return nil, err
		}
		page, after = next[0], cursor
		all = append(all, page.Nodes...)
	}
	return oldestFirst(all), nil
}

// oldestFirst orders edits, of which GitHub gives the newest first.
func oldestFirst(edits []Edit) []Edit {
	slices.Reverse(edits)
	slices.SortStableFunc(edits, func(a, b Edit) int { return a.EditedAt.Compare(b.EditedAt) })
	return edits
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
func pageOfEdits(ctx context.Context, c *github.Client, op github.Operation, kind string, nodes []string, after string) ([]github.Connection[Edit], error) {
	variables := map[string]any{"nodes": nodes}
	if after != "" {
		variables["after"] = after
	}
	found, err := github.Query[struct {
		Nodes []struct{ UserContentEdits *github.Connection[Edit] }
	}](ctx, c, op, fmt.Sprintf(editsQuery, kind), variables)
	if err != nil {
		return nil, err
	}
	var pages []github.Connection[Edit]
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
