package ahead

import (
	"context"
	"encoding/json"
	"maps"
	"slices"

	"github.com/wizzense/deployment-rings/action/internal/github"
)

// A node is a commit with its parents, as GraphQL has it.
type node struct {
	OID     string
	Parents struct {
		TotalCount *int
		Nodes      []struct{ OID string }
	}
}

// A graph has the parents of commits, all of them.
type graph map[string][]string

// learn adds commits of which all parents are known.
func (f *fetch) learn(nodes []node) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, x := range nodes {
		if x.OID == "" || x.Parents.TotalCount == nil || *x.Parents.TotalCount != len(x.Parents.Nodes) || x.Parents.Nodes == nil {
			continue
		}
		parents := []string{}
		for _, p := range x.Parents.Nodes {
			parents = append(parents, p.OID)
		}
		f.graph[x.OID] = parents
	}
}

// before returns the commits that are known to come before one.
func (g graph) before(sha string) map[string]bool {
	seen := map[string]bool{}
	for next := slices.Clone(g[sha]); len(next) > 0; {
		at := next[len(next)-1]
		next = next[:len(next)-1]
		if !seen[at] {
			seen[at] = true
			next = append(next, g[at]...)
		}
	}
	return seen
}

// follows reports whether a commit has another among those before it, and whether that is certain. What comes before the other
// cannot have it before itself, so the search ends there.
func (g graph) follows(head, base string) (follows, certain bool) {
	older := g.before(base)
	certain = true
	seen := map[string]bool{}
	for next := []string{head}; len(next) > 0; {
		at := next[len(next)-1]
		next = next[:len(next)-1]
		parents, known := g[at]
		switch {
		case at == base:
			return true, true
		case seen[at] || older[at]:
		case !known:
			certain = false
		default:
			next = append(next, parents...)
		}
		seen[at] = true
	}
	return false, certain
}

// status returns how a commit relates to another, as REST says it; "" where that is not certain. Commits that have nothing in common
// have no such relation.
func (g graph) status(p Pair) string {
	if ahead, certain := g.follows(p.Head, p.Base); ahead {
		return "ahead"
	} else if behind, alsoCertain := g.follows(p.Base, p.Head); behind {
		return "behind"
	} else if certain && alsoCertain && g.meet(p) {
		return "diverged"
	}
	return ""
}

func (g graph) meet(p Pair) bool {
	older := g.before(p.Base)
	for sha := range g.before(p.Head) {
		if older[sha] {
			return true
		}
	}
	return false
}

// maxChain is how many commits are asked for before one whose first ones did not settle what it is compared with.
const maxChain = 100

const chainFields = "history(first: 100) " + graphFields

// fetchAncestry foretells the comparisons of which the graph is certain. The others are worth a longer history if there are several.
func (f *fetch) fetchAncestry(ctx context.Context) {
	if open := f.compare(); len(open) > few {
		var items []item
		for _, head := range slices.Sorted(maps.Keys(open)) {
			items = append(items, f.chainItem(head))
		}
		f.ask(ctx, items)
		f.compare()
	}
}

func (f *fetch) chainItem(sha string) item {
	return item{
		field: "object(oid: $%s)", kind: "GitObjectID!", value: sha, nodes: maxChain * (1 + maxParents),
		selected: "... on Commit { " + chainFields + " }",
		take: func(a answer) {
			var x struct{ History *struct{ Nodes []node } }
			if a.has() && json.Unmarshal(a.object, &x) == nil && x.History != nil {
				f.learn(x.History.Nodes)
			}
		},
	}
}

// compare foretells what is certain, and returns the heads of the pairs that are open. Where the commits diverged, what the ring runs
// is compared as the commit that its pull request was merged as.
func (f *fetch) compare() (open map[string]bool) {
	open = map[string]bool{}
	for p, ofBase := range f.want.pairs {
		status := f.graph.status(p)
		f.foretellStatus(p, status)
		if status == "" {
			open[p.Head] = true
		}
		for _, of := range f.mergedWith(p.Base, ofBase) {
			if merge := (Pair{of.MergeCommit, p.Head}); status != "ahead" && merge.Base != p.Base && merge.Base != p.Head {
				f.foretellStatus(merge, f.graph.status(merge))
			}
		}
	}
	return open
}

func (f *fetch) foretellStatus(p Pair, status string) {
	if status != "" {
		f.Foretell(f.Path("compare", p.Base+"..."+p.Head)+"?per_page=1", map[string]string{"status": status})
	}
}

// mergedWith returns the pull requests with which a commit may have come into its branch.
func (f *fetch) mergedWith(sha string, number int) []pull {
	all := slices.Clone(f.pullsOf[sha])
	if p, ok := f.pulls[number]; ok {
		all = append(all, p)
	}
	return slices.DeleteFunc(all, func(p pull) bool { return !p.merged() || !github.IsCommit(p.MergeCommit) })
}
