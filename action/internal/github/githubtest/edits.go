package githubtest

import (
	"fmt"
	"slices"
)

// nodes are comments, issues and deployments by their node IDs, in the order that is asked for. In the place of one that is not
// there is null, and an error beside the data.
func (c *call) nodes(f field) (any, error) {
	ids, _ := f.arguments["ids"].([]any)
	if len(ids) > 100 {
		return nil, saidf("You may not provide more than 100 node ids; you provided %d.", len(ids))
	}
	found := []any{}
	others := c.otherNodes()
	for _, id := range ids {
		if d, ok := others[id]; ok {
			found = append(found, c.deploymentNode(d))
			continue
		}
		if node := c.node(id); node != nil {
			found = append(found, node)
			continue
		}
		found = append(found, partial{"NOT_FOUND", fmt.Sprintf("Could not resolve to a node with the global id of '%v'", id)})
	}
	return found, nil
}

func (c *call) node(id any) resolver {
	if i := slices.IndexFunc(c.state.Comments, func(x Comment) bool { return x.node() == id }); i >= 0 {
		return c.edited("IssueComment", c.state.Comments[i].Edits)
	}
	if i := slices.IndexFunc(c.state.Issues, func(x Issue) bool { return x.node() == id }); i >= 0 {
		return c.edited("Issue", c.state.Issues[i].Edits)
	}
	if i, ok := c.deploymentIndex()[id]; ok {
		return c.deploymentNode(c.state.Deployments[i])
	}
	return nil
}

func (c *call) deploymentNode(d Deployment) resolver {
	of := c.deployment(d)
	return func(f field) (any, error) {
		switch {
		case f.on != "" && f.on != "Deployment":
			return otherType, nil
		case f.on == "" && f.name != "id" && f.name != "__typename":
			return unknownField(f, "Node")
		}
		return of(f)
	}
}

func (c *call) edited(kind string, edits []Edit) resolver {
	return func(f field) (any, error) {
		switch {
		case f.name == "__typename":
			return kind, nil
		case f.on != "" && f.on != kind:
			return otherType, nil
		case f.on == "":
			return unknownField(f, "Node")
		case f.name != "userContentEdits":
			return unknownField(f, kind)
		}
		var newestFirst []resolver
		for _, e := range slices.Backward(edits) {
			newestFirst = append(newestFirst, e.resolve)
		}
		return page(f, newestFirst)
	}
}

func (e Edit) resolve(f field) (any, error) {
	switch {
	case f.name == "editedAt", f.name == "deletedAt" && e.Deleted:
		return e.At, nil
	case f.name == "diff" && e.Deleted, f.name == "deletedAt", f.name == "editor" && e.By == "":
		return nil, nil
	case f.name == "diff":
		return e.Body, nil
	case f.name == "editor":
		return resolver(func(f field) (any, error) {
			if f.name != "login" {
				return unknownField(f, "Actor")
			}
			return e.By, nil
		}), nil
	}
	return unknownField(f, "UserContentEdit")
}
