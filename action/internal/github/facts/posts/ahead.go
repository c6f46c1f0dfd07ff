package posts

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"

	"github.com/wizzense/deployment-rings/action/internal/github"
	"github.com/wizzense/deployment-rings/internal/text"
)

// atOnce limits the posts of a query that asks for those of several lists: GitHub has to answer in time.
const atOnce = 40

// Ahead reads the edits of several lists of comments in as few requests as it can, and lets the client remember them. What it does not
// find, or not in full, is asked for by [EditsOf].
func Ahead(ctx context.Context, c *github.Client, lists [][]Post) {
	known := map[string][]Edit{}
	for some := range slices.Chunk(nodesOf(slices.Concat(lists...)), atOnce) {
		firstPages(ctx, c, some, known)
	}
	for _, posts := range lists {
		own, nodes := map[string][]Edit{}, nodesOf(posts)
		for _, node := range nodes {
			if edits, ok := known[node]; ok {
				own[node] = edits
			}
		}
		if len(nodes) > 0 && len(own) == len(nodes) {
			c.Remember(question(nodes), own)
		}
	}
}

// firstPages reads the edits of nodes that fit on a page, oldest first.
func firstPages(ctx context.Context, c *github.Client, nodes []string, known map[string][]Edit) {
	op := github.Operation{Doing: fmt.Sprintf("read what %s said before", text.Plural(len(nodes), "edited comment")), Needs: "pull-requests: read"}
	reply, err := github.QueryParts(ctx, c, op, fmt.Sprintf(editsQuery, "IssueComment"), map[string]any{"nodes": nodes})
	var answer struct{ Nodes []json.RawMessage }
	if err != nil || json.Unmarshal(reply.Data, &answer) != nil || len(answer.Nodes) != len(nodes) {
		return // each list is asked for by itself
	}
	for i, node := range nodes {
		var of struct{ UserContentEdits *github.Connection[Edit] }
		if reply.Failed("nodes", i) != nil || json.Unmarshal(answer.Nodes[i], &of) != nil {
			continue
		}
		if next, complete := of.UserContentEdits.Next(""); complete && next == "" {
			known[node] = oldestFirst(of.UserContentEdits.Nodes)
		}
	}
}
