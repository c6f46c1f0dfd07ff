package github

import (
	"cmp"
	"encoding/json"
	"net/http"
	"strconv"
	"sync"
	"time"
)

// Usage is what a client spent, and what its token has left as GitHub said last. REST counts requests, GraphQL counts points: two
// budgets, of an hour each, that all who use the token share.
type Usage struct {
	Requests int // that were sent, of both kinds, each try of them
	Points   int // that the queries of GraphQL cost

	Left        int       // requests of REST; -1: not known
	PointsLeft  int       // points of GraphQL; -1: not known
	Reset       time.Time // when REST has all of its requests again; zero: not known
	PointsReset time.Time // when GraphQL has all of its points again; zero: not known
}

// Usage returns what the client spent so far, together with those that came of it by [Client.Remembering].
func (c *Client) Usage() Usage {
	c.account.mu.Lock()
	defer c.account.mu.Unlock()
	u := Usage{Requests: c.account.requests, Points: c.account.points}
	u.Left, u.Reset = c.account.rest.left()
	u.PointsLeft, u.PointsReset = c.account.graphQL.left()
	return u
}

// An account has what was spent.
type account struct {
	mu               sync.Mutex
	requests, points int
	rest, graphQL    budget
}

// A budget is one of the two, as GitHub said last.
type budget struct {
	known     bool
	remaining int
	reset     time.Time
}

func (b budget) left() (int, time.Time) {
	if !b.known {
		return -1, time.Time{}
	}
	return b.remaining, b.reset
}

// say notes what is left. Answers may come in another order than they were given: within an hour it only gets less.
func (b *budget) say(remaining int, reset time.Time) {
	switch {
	case !b.known, reset.After(b.reset):
		*b = budget{true, remaining, reset}
	case reset.Equal(b.reset):
		b.remaining = min(b.remaining, remaining)
	}
}

// The names of the budgets. There are others, for searching and the like.
const ofREST, ofGraphQL = "core", "graphql"

// sent counts a request.
func (a *account) sent() {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.requests++
}

// read notes what the headers of an answer say, which is of GraphQL or of REST where they do not name the budget. A server without
// limits has none: https://docs.github.com/rest/using-the-rest-api/rate-limits-for-the-rest-api#checking-the-status-of-your-rate-limit.
func (a *account) read(h http.Header, of string) {
	remaining, err := strconv.Atoi(h.Get("X-RateLimit-Remaining"))
	if err != nil {
		return
	}
	reset := time.Time{}
	if seconds, err := strconv.ParseInt(h.Get("X-RateLimit-Reset"), 10, 64); err == nil {
		reset = time.Unix(seconds, 0).UTC()
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	switch cmp.Or(h.Get("X-RateLimit-Resource"), of) {
	case ofGraphQL:
		a.graphQL.say(remaining, reset)
	case ofREST:
		a.rest.say(remaining, reset)
	}
}

// price is what a query asks besides, to learn what it cost: https://docs.github.com/graphql/reference/objects#ratelimit.
const price = " rateLimit { cost remaining resetAt } "

// spent notes what a query cost. A server without limits does not say.
func (a *account) spent(data json.RawMessage) {
	var said struct {
		RateLimit *struct {
			Cost, Remaining int
			ResetAt         time.Time
		}
	}
	if json.Unmarshal(data, &said) != nil || said.RateLimit == nil {
		return
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	a.points += said.RateLimit.Cost
	a.graphQL.say(said.RateLimit.Remaining, said.RateLimit.ResetAt)
}
