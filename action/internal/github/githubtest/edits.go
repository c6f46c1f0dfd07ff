package githubtest

import "slices"

// nodes are comments and issues by their node IDs, in the order that is asked for.
func (c *call) nodes(f field) (any, error) {
	ids, _ := f.arguments["ids"].([]any)
	if len(ids) > 100 {
		return nil, saidf("You may not provide more than 100 node ids; you provided %d.", len(ids))
	}
	var found []resolver
	for _, id := range ids {
		node := c.node(id)
		if node == nil {
			return nil, saidf("Could not resolve to a node with the global id of '%v'", id)
		}
		found = append(found, node)
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
	return nil
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
