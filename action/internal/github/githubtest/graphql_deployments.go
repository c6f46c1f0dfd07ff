package githubtest

import (
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
)

func (c *call) deploymentsIn(f field, all []Deployment) (any, error) {
	environments, ok := f.arguments["environments"].([]any)
	var found []Deployment
	for _, d := range all {
		if !ok || slices.Contains(environments, any(d.Environment)) {
			found = append(found, d)
		}
	}
	if order, _ := f.arguments["orderBy"].(map[string]any); order["direction"] == "DESC" {
		slices.Reverse(found)
	}
	// A cursor is the number of the deployment that the next page begins behind, wherever that is by then.
	if at := slices.IndexFunc(found, func(d Deployment) bool { return strconv.FormatInt(d.ID, 10) == f.text("after") }); at >= 0 {
		found = found[at+1:]
	}
	delete(f.arguments, "after")
	first, _ := f.arguments["first"].(float64)
	cursor := ""
	if n := min(int(first), len(found)); n > 0 {
		cursor = strconv.FormatInt(found[n-1].ID, 10)
	}
	var nodes []resolver
	for _, d := range found {
		nodes = append(nodes, c.deployment(d))
	}
	return pageTo(f, nodes, cursor)
}

// deploymentIndex has the places of all deployments by their node ids, which a query looks up many of.
func (c *call) deploymentIndex() map[any]int {
	if c.byNode == nil {
		c.byNode = map[any]int{}
		for i, d := range c.state.Deployments {
			c.byNode[d.node()] = i
		}
	}
	return c.byNode
}

// deploymentsOf are those of a commit.
func (c *call) deploymentsOf(sha string) (all []Deployment) {
	if c.byCommit == nil {
		c.byCommit = map[string][]int{}
		for i, d := range c.state.Deployments {
			c.byCommit[d.SHA] = append(c.byCommit[d.SHA], i)
		}
	}
	for _, i := range c.byCommit[sha] {
		all = append(all, c.state.Deployments[i])
	}
	return all
}

func (d Deployment) node() string { return or(d.NodeID, fmt.Sprintf("DE_kwDO%d", d.ID)) }

func (c *call) deployment(d Deployment) resolver {
	return func(f field) (any, error) {
		switch f.name {
		case "__typename":
			return "Deployment", nil
		case "id":
			return d.node(), nil
		case "databaseId":
			if d.ID > math.MaxInt32 {
				return nil, partial{"", fmt.Sprintf("Integer out of bounds: %d \nConsider using ID or GraphQL::Types::BigInt instead.", d.ID)}
			}
			return d.ID, nil
		case "commitOid":
			return d.SHA, nil
		case "createdAt":
			return d.CreatedAt, nil
		case "environment":
			return d.Environment, nil
		case "task":
			return d.Task, nil
		case "payload":
			return string(c.shown(d).Payload), nil
		case "state":
			return strings.ToUpper(d.state()), nil
		case "statuses":
			return page(f, statusResolvers(d))
		case "latestStatus":
			if all := statusResolvers(d); len(all) > 0 {
				return all[0], nil
			}
			return nil, nil
		}
		return unknownField(f, "Deployment")
	}
}

// statusResolvers are newest first.
func statusResolvers(d Deployment) (all []resolver) {
	for _, s := range slices.Backward(d.Statuses) {
		all = append(all, func(f field) (any, error) {
			switch f.name {
			case "id":
				return s.node(), nil
			case "state":
				return strings.ToUpper(s.State), nil
			case "description":
				return s.Description, nil
			case "createdAt":
				return s.CreatedAt, nil
			case "logUrl":
				return s.LogURL, nil
			}
			return unknownField(f, "DeploymentStatus")
		})
	}
	return all
}

func (s DeploymentStatus) node() string { return or(s.NodeID, fmt.Sprintf("DES_kwDO%d", s.ID)) }
