// Package githubtest is a GitHub for tests: an http.Handler that answers for one repository as the REST API does.
//
// It keeps a [State], of which the types have the shape of the API: what it answers is what the state says, in pages
// with Link headers, and in the orders of the API. What is written to it stays. A [Fault] makes it fail as
// GitHub and networks do, and [GitHub.Requests] tells what it was asked. Package fakegithub is the same as a command.
//
// The API is documented at https://docs.github.com/rest.
package githubtest

import (
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"
)

// A GitHub is one repository on a server. The zero GitHub is an empty one that takes any token.
type GitHub struct {
	Prefix string           // of all paths: "" on github.com, "/api/v3" on an Enterprise Server
	Token  string           // the only one that is let in; "": anybody is
	Now    func() time.Time // nil: the clock

	Answered func(Request, *State) // is called after each answer about the repository, and may change the state; nil: is not

	mu       sync.Mutex
	state    State
	faults   []*Fault
	requests []Request
	spent    Spent
	core     window // of the REST API
	points   window // of GraphQL
	once     sync.Once
	mux      *http.ServeMux
}

// New is a GitHub with some state.
func New(s State) *GitHub { return &GitHub{state: s} }

// A Request is one that was received.
type Request struct {
	Method, Path, Query string
}

func (r Request) String() string {
	if r.Query == "" {
		return r.Method + " " + r.Path
	}
	return r.Method + " " + r.Path + "?" + r.Query
}

// Requests are all that were received so far, in order.
func (g *GitHub) Requests() []Request {
	g.mu.Lock()
	defer g.mu.Unlock()
	return slices.Clone(g.requests)
}

// Change changes the state while nobody asks.
func (g *GitHub) Change(by func(*State)) {
	g.mu.Lock()
	defer g.mu.Unlock()
	by(&g.state)
}

// Twin returns another GitHub with the same state, which was not asked anything; nil while this one has a fault.
func (g *GitHub) Twin() *GitHub {
	g.mu.Lock()
	defer g.mu.Unlock()
	if len(g.faults) > 0 || g.Answered != nil {
		return nil
	}
	return &GitHub{Prefix: g.Prefix, Token: g.Token, Now: g.Now, state: g.state}
}

// handlers serve what is below /repos/OWNER/NAME, by method and path: "GET /pulls/{number}". They hold the lock.
type handlers map[string]func(*call)

// ServeHTTP answers one request.
func (g *GitHub) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	g.once.Do(g.route)
	g.mu.Lock()
	g.requests = append(g.requests, Request{r.Method, r.URL.Path, r.URL.RawQuery})
	g.mu.Unlock()
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	if g.Token != "" && r.Header.Get("Authorization") != "Bearer "+g.Token {
		refuse(w, http.StatusUnauthorized, "Bad credentials")
		return
	}
	if !strings.HasSuffix(r.URL.Path, "/graphql") && !g.allowed(w) {
		return
	}
	g.mux.ServeHTTP(w, r)
}

func (g *GitHub) route() {
	g.mux = http.NewServeMux()
	g.mux.HandleFunc("/", func(w http.ResponseWriter, _ *http.Request) { refuse(w, http.StatusNotFound, "Not Found") })
	g.mux.HandleFunc("POST "+strings.TrimSuffix(g.Prefix, "/v3")+"/graphql", g.graphQLHandler)
	for _, group := range []handlers{g.checkHandlers(), g.pullHandlers(), g.issueHandlers(), g.deploymentHandlers(), g.tagHandlers()} {
		for route, do := range group {
			method, rest, _ := strings.Cut(route, " ")
			for _, place := range []string{"/repos/{owner}/{name}", byID} {
				g.mux.HandleFunc(method+" "+g.Prefix+place+rest, func(w http.ResponseWriter, r *http.Request) {
					g.answer(route, do, w, r)
				})
			}
		}
	}
}

// byID is the place of the repository whatever its name is.
const byID = "/repositories/734501223"

// moved leads from an old name of the repository to its place: what reads by 301, what writes by 307.
func (g *GitHub) moved(repository string, w http.ResponseWriter, r *http.Request) bool {
	if !slices.ContainsFunc(g.state.OldNames, func(old string) bool { return strings.EqualFold(old, repository) }) {
		return false
	}
	rest := strings.TrimPrefix(r.URL.EscapedPath(), g.Prefix+"/repos/"+repository)
	w.Header().Set("Location", g.Prefix+byID+rest+strings.TrimSuffix("?"+r.URL.RawQuery, "?"))
	refuse(w, map[bool]int{true: http.StatusMovedPermanently, false: http.StatusTemporaryRedirect}[r.Method == http.MethodGet], "Moved Permanently")
	return true
}

// answer serves a request, or fails as a fault says.
func (g *GitHub) answer(route string, do func(*call), w http.ResponseWriter, r *http.Request) {
	brokenField := ""
	if f := g.fault(route, r); f != nil && f.Field != "" {
		brokenField = f.Field
	} else if f != nil && f.spoil(w, r) {
		return
	} else if f != nil {
		cut := &cutter{ResponseWriter: w}
		defer cut.off()
		w = cut
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	repository := r.PathValue("owner") + "/" + r.PathValue("name")
	if g.moved(repository, w, r) {
		return
	}
	if repository == "/" { // its number is in the path
		repository = g.state.Repository
	}
	if _, fork := g.state.Forks[repository]; !strings.EqualFold(repository, g.state.Repository) && (!fork || route != "GET /activity") {
		refuse(w, http.StatusNotFound, "Not Found")
		return
	}
	do(&call{GitHub: g, state: &g.state, w: w, r: r, broken: brokenField})
	if g.Answered != nil {
		g.Answered(Request{r.Method, r.URL.Path, r.URL.RawQuery}, &g.state)
	}
}

// A call is one request while it is served.
type call struct {
	*GitHub
	state *State
	w     http.ResponseWriter
	r     *http.Request

	rate   rate   // of a query
	broken string // field of a query that fails

	byNode   map[any]int // places of deployments, once they are needed
	byCommit map[string][]int
}

// clock is the time of the server, in whole seconds as in all of the API.
func (g *GitHub) clock() time.Time {
	now := time.Now
	if g.Now != nil {
		now = g.Now
	}
	return now().UTC().Truncate(time.Second)
}

func (c *call) ok(v any) { c.write(http.StatusOK, v) }

func (c *call) write(status int, v any) {
	body, err := json.Marshal(v)
	if err != nil {
		refuse(c.w, http.StatusInternalServerError, err.Error())
		return
	}
	c.w.Header().Set("Content-Length", strconv.Itoa(len(body)))
	c.w.WriteHeader(status)
	c.w.Write(body)
}

func (c *call) missing() { refuse(c.w, http.StatusNotFound, "Not Found") }

// refuse answers with an error as the API writes it.
func refuse(w http.ResponseWriter, status int, message string) {
	body, _ := json.Marshal(map[string]string{"message": message, "documentation_url": "https://docs.github.com/rest", "status": strconv.Itoa(status)})
	w.WriteHeader(status)
	w.Write(body)
}

// number is a number in the path or the query; 0 when there is none.
func (c *call) number(name string) int64 {
	text := c.r.PathValue(name)
	if text == "" {
		text = c.r.URL.Query().Get(name)
	}
	n, _ := strconv.ParseInt(text, 10, 64)
	return n
}

// pageOf answers with one page of a list, 30 items or per_page of them, and links to the others.
func pageOf[T any](c *call, all []T, wrap func(page []T, total int) any) {
	size := 30
	if n := int(c.number("per_page")); n > 0 {
		size = min(n, 100)
	}
	page := max(int(c.number("page")), 1)
	last := max((len(all)+size-1)/size, 1)
	from := min((page-1)*size, len(all))
	c.link(page, last)
	c.ok(wrap(append([]T{}, all[from:min(from+size, len(all))]...), len(all)))
}

func bare[T any](page []T, _ int) any { return page }

// under wraps a page as checks and workflow runs are.
func under[T any](key string) func([]T, int) any {
	return func(page []T, total int) any { return map[string]any{"total_count": total, key: page} }
}

func (c *call) link(page, last int) {
	var links []string
	add := func(rel string, to int) {
		links = append(links, fmt.Sprintf("<%s>; rel=%q", c.address("page", strconv.Itoa(to)), rel))
	}
	if page > 1 {
		add("prev", page-1)
	}
	if page < last {
		add("next", page+1)
		add("last", last)
	}
	if page > 1 {
		add("first", 1)
	}
	if links != nil {
		c.w.Header().Set("Link", strings.Join(links, ", "))
	}
}

// address is that of this request with another parameter.
func (c *call) address(name, value string) string {
	u := *c.r.URL
	q := u.Query()
	q.Set(name, value)
	u.RawQuery, u.Host, u.Scheme = q.Encode(), c.r.Host, or(c.r.URL.Scheme, "http") // a transport of a test hands the address of the client on
	if c.r.TLS != nil {
		u.Scheme = "https"
	}
	return u.String()
}

// read reads what was sent. What is no JSON is answered.
func (c *call) read(v any) bool {
	if err := json.NewDecoder(c.r.Body).Decode(v); err != nil {
		refuse(c.w, http.StatusBadRequest, "Problems parsing JSON")
		return false
	}
	return true
}
