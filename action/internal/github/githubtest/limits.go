package githubtest

import (
	"fmt"
	"math"
	"net/http"
	"strconv"
	"time"
)

// Limits are what a token may ask for in an hour, of each of the two interfaces; 0: more than any test does. What is refused is
// answered as GitHub does: 403 by the REST API, 200 with an error by GraphQL.
//
// See https://docs.github.com/rest/using-the-rest-api/rate-limits-for-the-rest-api and
// https://docs.github.com/graphql/overview/rate-limits-and-query-limits-for-the-graphql-api.
type Limits struct {
	Requests int `json:"requests"` // to the REST API
	Points   int `json:"points"`   // of GraphQL
}

// Spent is what was asked so far.
type Spent struct {
	Requests int `json:"requests"` // to the REST API
	Queries  int `json:"queries"`  // to GraphQL
	Points   int `json:"points"`   // that these cost
	Nodes    int `json:"nodes"`    // that the largest query asked for
}

// Spent returns what was asked of the server so far, refused requests too.
func (g *GitHub) Spent() Spent {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.spent
}

const (
	noLimit  = 1_000_000
	maxNodes = 500_000 // of one query
)

// A window is the hour in which a limit counts.
type window struct {
	used  int
	reset time.Time
}

// take counts what a request costs, says in the headers what is left, and reports whether it may be served.
func (w *window) take(cost, limit int, now time.Time, resource string, header http.Header) (left int, ok bool) {
	if limit == 0 {
		limit = noLimit
	}
	if !now.Before(w.reset) {
		*w = window{reset: now.Add(time.Hour)}
	}
	if ok = w.used+cost <= limit; ok {
		w.used += cost
	}
	left = limit - w.used
	if !ok {
		left = 0
	}
	for name, value := range map[string]string{
		"Limit": strconv.Itoa(limit), "Remaining": strconv.Itoa(left), "Used": strconv.Itoa(w.used),
		"Reset": strconv.FormatInt(w.reset.Unix(), 10), "Resource": resource,
	} {
		header.Set("X-RateLimit-"+name, value)
	}
	return left, ok
}

// allowed counts a request to the REST API, and reports whether it is within the limit.
func (g *GitHub) allowed(w http.ResponseWriter) bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.spent.Requests++
	_, ok := g.core.take(1, g.state.Limits.Requests, g.clock(), "core", w.Header())
	if !ok {
		refuse(w, http.StatusForbidden, "API rate limit exceeded for installation ID 1.")
	}
	return ok
}

// A queryCost is what a query costs, from what it asks for alone.
type queryCost struct {
	connections int // requests that fill each connection once
	nodes       int // that it can come to at most
}

// costOf counts the connections of a query: one within the items of another is filled for each of them.
func costOf(asked []field, times int) (c queryCost) {
	for _, f := range asked {
		within := times
		ids, _ := f.arguments["ids"].([]any)
		switch n := f.limit(); {
		case n > 0:
			within = times * n
			c.connections += times
			c.nodes += within
		case len(ids) > 0:
			within = times * len(ids)
			c.nodes += within
		}
		inner := costOf(f.fields, within)
		c.connections += inner.connections
		c.nodes += inner.nodes
	}
	return c
}

func (f field) limit() int {
	for _, name := range []string{"first", "last"} {
		if n, ok := f.arguments[name].(float64); ok && n > 0 {
			return int(n)
		}
	}
	return 0
}

func (c queryCost) points() int { return max(1, int(math.Round(float64(c.connections)/100))) }

// spend counts a query, and returns why it is refused.
func (c *call) spend(query []field) (rate, error) {
	cost := costOf(query, 1)
	if cost.nodes > maxNodes {
		return rate{}, partial{"MAX_NODE_LIMIT_EXCEEDED", fmt.Sprintf("This query requests up to %d possible nodes which exceeds the maximum limit of 500,000.", cost.nodes)}
	}
	c.spent.Queries++
	c.spent.Points += cost.points()
	c.spent.Nodes = max(c.spent.Nodes, cost.nodes)
	left, ok := c.points.take(cost.points(), c.state.Limits.Points, c.clock(), "graphql", c.w.Header())
	if !ok {
		return rate{}, partial{"RATE_LIMITED", "API rate limit exceeded for installation ID 1."}
	}
	limit := c.state.Limits.Points
	if limit == 0 {
		limit = noLimit
	}
	return rate{cost, limit, left, c.points.reset}, nil
}

// A rate is what a query may ask about itself.
type rate struct {
	queryCost
	limit, left int
	reset       time.Time
}

func (r rate) resolve(f field) (any, error) {
	switch f.name {
	case "cost":
		return r.points(), nil
	case "nodeCount":
		return r.nodes, nil
	case "limit":
		return r.limit, nil
	case "remaining":
		return r.left, nil
	case "used":
		return r.limit - r.left, nil
	case "resetAt":
		return r.reset, nil
	}
	return unknownField(f, "RateLimit")
}
