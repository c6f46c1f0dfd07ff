package githubtest

import "strings"

// An Other is a further repository of the server. GraphQL alone answers about it.
type Other struct {
	Repository  string       `json:"repository"`          // owner/name
	OldNames    []string     `json:"old_names,omitempty"` // that lead to it
	Archived    bool         `json:"archived,omitempty"`
	Forbidden   string       `json:"forbidden,omitempty"` // why its deployments may not be read; "": they may
	Deployments []Deployment `json:"deployments"`
}

// others are all repositories of the server, its own among them.
func (c *call) others() []Other {
	return append([]Other{{Repository: c.state.Repository, Deployments: c.state.Deployments}}, c.state.Others...)
}

// other answers about another repository than that of the state; nil: there is none of that name.
func (c *call) other(name string) resolver {
	for _, o := range c.state.Others {
		for _, known := range append([]string{o.Repository}, o.OldNames...) {
			if strings.EqualFold(known, name) {
				return c.otherRepository(o)
			}
		}
	}
	return nil
}

func (c *call) otherRepository(o Other) resolver {
	return func(f field) (any, error) {
		switch f.name {
		case "nameWithOwner":
			return o.Repository, nil
		case "url":
			return "https://github.com/" + o.Repository, nil
		case "isArchived":
			return o.Archived, nil
		case "deployments":
			if o.Forbidden != "" {
				return nil, partial{"FORBIDDEN", o.Forbidden}
			}
			return c.deploymentsIn(f, o.Deployments)
		}
		return unknownField(f, "Repository")
	}
}

// owner answers about whoever has repositories; null where nobody of that name has one.
func (c *call) owner(f field) (any, error) {
	var all []resolver
	for _, o := range c.others() {
		if owner, _, _ := strings.Cut(o.Repository, "/"); strings.EqualFold(owner, f.text("login")) {
			all = append(all, c.otherRepository(o))
		}
	}
	if all == nil {
		return nil, nil
	}
	return resolver(func(f field) (any, error) {
		if f.name != "repositories" {
			return unknownField(f, "RepositoryOwner")
		}
		return page(f, all)
	}), nil
}

// otherNodes are the deployments of other repositories by their node IDs.
func (c *call) otherNodes() map[any]Deployment {
	all := map[any]Deployment{}
	for _, o := range c.state.Others {
		for _, d := range o.Deployments {
			all[d.node()] = d
		}
	}
	return all
}
