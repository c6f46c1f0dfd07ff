package githubtest

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// graphQLHandler serves POST /graphql. Of the schema there are the deployments of the repository and of its commits, what facts need of
// these and of pull requests, the edits of comments and issues, and what a query costs.
func (g *GitHub) graphQLHandler(w http.ResponseWriter, r *http.Request) {
	g.mu.Lock()
	owner, name, _ := strings.Cut(g.state.Repository, "/") // which one is asked about is in the query
	g.mu.Unlock()
	r.SetPathValue("owner", owner)
	r.SetPathValue("name", name)
	g.answer("POST /graphql", (*call).graphQL, w, r)
}

func (c *call) graphQL() {
	var sent struct {
		Query     string
		Variables map[string]any
	}
	if c.state.NoGraphQL {
		c.missing()
		return
	}
	if !c.read(&sent) {
		return
	}
	query, err := parseQuery(sent.Query, sent.Variables)
	if err == nil {
		c.rate, err = c.spend(query)
	}
	var data map[string]any
	a := answering{broken: c.broken}
	if err == nil {
		data, err = a.resolve(query, c.root, nil)
	}
	switch {
	case err != nil: // nothing is answered
		c.ok(map[string]any{"errors": []any{problem(err, nil)}})
	case a.problems != nil: // the rest is
		c.ok(map[string]any{"data": data, "errors": a.problems})
	default:
		c.ok(map[string]any{"data": data})
	}
}

// A resolver gives the value of a field: nil, a text, a number, or with more fields a resolver or a list of them. An error that is
// partial makes the field null, and any other error refuses the query.
type resolver func(f field) (any, error)

// An answering is a query while it is answered.
type answering struct {
	broken   string // name of a field that fails wherever it is asked for
	problems []any  // beside the data
}

// A partial is the error of a field, which is null then. The rest of the query is answered.
type partial struct{ kind, text string }

func (p partial) Error() string { return p.text }

// problem is an error as GraphQL tells it.
func problem(err error, path []any) map[string]any {
	p := map[string]any{"message": err.Error()}
	if path != nil {
		p["path"] = path
	}
	if kind, ok := err.(partial); ok && kind.kind != "" {
		p["type"] = kind.kind
	}
	return p
}

// resolve answers all fields that are asked for.
func (a *answering) resolve(asked []field, from resolver, path []any) (map[string]any, error) {
	all := map[string]any{}
	for _, f := range asked {
		v, err := from(f)
		if v == otherType {
			continue
		}
		if f.name == a.broken {
			v, err = nil, partial{"INTERNAL", "Something went wrong while executing your query."}
		}
		at := append(slices.Clone(path), f.alias)
		if err == nil {
			v, err = a.value(f, v, at)
		}
		if _, ok := err.(partial); ok {
			a.problems = append(a.problems, problem(err, at))
			v, err = nil, nil
		}
		if err != nil {
			return nil, err
		}
		all[f.alias] = v
	}
	return all, nil
}

// otherType is the value of a field that is asked of another type.
const otherType = said("other type")

func (a *answering) value(f field, v any, path []any) (any, error) {
	switch v := v.(type) {
	case resolver:
		return a.resolve(f.fields, v, path)
	case []resolver:
		list := []any{}
		for i, item := range v {
			resolved, err := a.resolve(f.fields, item, append(slices.Clone(path), i))
			if err != nil {
				return nil, err
			}
			list = append(list, resolved)
		}
		return list, nil
	case []any: // of resolvers, and of errors in the place of some
		list := []any{}
		for i, item := range v {
			at := append(slices.Clone(path), i)
			if err, ok := item.(error); ok {
				a.problems = append(a.problems, problem(err, at))
				list = append(list, nil)
				continue
			}
			resolved, err := a.value(f, item, at)
			if err != nil {
				return nil, err
			}
			list = append(list, resolved)
		}
		return list, nil
	}
	return v, nil
}

func unknownField(f field, of string) (any, error) {
	return nil, saidf("Field '%s' doesn't exist on type '%s'", f.name, of)
}

func (c *call) root(f field) (any, error) {
	switch f.name {
	case "nodes":
		return c.nodes(f)
	case "rateLimit":
		return resolver(c.rate.resolve), nil
	case "repositoryOwner":
		return c.owner(f)
	case "repository":
		if other := c.other(f.text("owner") + "/" + f.text("name")); other != nil {
			return other, nil
		}
	default:
		return unknownField(f, "Query")
	}
	isNamed := func(name string) bool { return strings.EqualFold(name, f.text("owner")+"/"+f.text("name")) }
	if full := f.text("owner") + "/" + f.text("name"); !isNamed(c.state.Repository) && !slices.ContainsFunc(c.state.OldNames, isNamed) {
		return nil, partial{"NOT_FOUND", fmt.Sprintf("Could not resolve to a Repository with the name '%s'.", full)}
	}
	return resolver(c.repository), nil
}

func (c *call) repository(f field) (any, error) {
	switch f.name {
	case "object":
		found, ok := c.find(f.text("oid"))
		if !ok && len(c.deploymentsOf(f.text("oid"))) > 0 {
			found, ok = Commit{SHA: f.text("oid")}, true // a deployment is of a commit that there is
		}
		if !ok {
			return nil, nil
		}
		return c.commitObject(found), nil
	case "deployments":
		return c.deploymentsIn(f, c.state.Deployments)
	case "nameWithOwner":
		return c.state.Repository, nil
	case "url":
		return "https://github.com/" + c.state.Repository, nil
	case "pullRequest":
		number, _ := f.arguments["number"].(float64)
		at := slices.IndexFunc(c.state.Pulls, func(p Pull) bool { return p.Number == int(number) })
		if at < 0 {
			return nil, partial{"NOT_FOUND", fmt.Sprintf("Could not resolve to a PullRequest with the number of %v.", number)}
		}
		return c.pullObject(c.state.Pulls[at]), nil
	}
	return unknownField(f, "Repository")
}

func (c *call) commitObject(x Commit) resolver {
	return func(f field) (any, error) {
		switch f.name {
		case "oid":
			return x.SHA, nil
		case "authors":
			return page(f, c.authors(x))
		case "deployments":
			return c.deploymentsIn(f, c.deploymentsOf(x.SHA))
		}
		return c.commitField(x, f)
	}
}

var coAuthor = regexp.MustCompile(`(?im)^co-authored-by: .*<(.*)>\r?$`)

// authors are the author of a commit, and the co-authors in the last paragraph of its message.
func (c *call) authors(x Commit) []resolver {
	actor := func(email string, u *User) resolver {
		return func(f field) (any, error) {
			switch {
			case f.name == "email":
				return email, nil
			case f.name == "user" && u == nil:
				return nil, nil
			case f.name == "user":
				return resolver(func(f field) (any, error) { return u.Login, nil }), nil
			}
			return unknownField(f, "GitActor")
		}
	}
	all := []resolver{actor(x.Git.Author.Email, x.Author)}
	paragraphs := strings.Split(strings.TrimSpace(x.Git.Message), "\n\n")
	for _, found := range coAuthor.FindAllStringSubmatch(paragraphs[len(paragraphs)-1], -1) {
		var u *User
		if login, ok := c.state.Accounts[strings.ToLower(found[1])]; ok {
			u = Person(login)
		}
		all = append(all, actor(found[1], u))
	}
	return all
}

// page is a part of a list. A cursor is the number of items before it.
func page(f field, all []resolver) (any, error) { return pageTo(f, all, "") }

// pageTo is a page with a cursor of its own at its end; "": the number.
func pageTo(f field, all []resolver, cursor string) (any, error) {
	first, ok := f.arguments["first"].(float64)
	if !ok || first < 1 || first > 100 {
		return nil, saidf("You must provide a `first` value between 1 and 100 to properly paginate the `%s` connection.", f.name)
	}
	from, _ := strconv.Atoi(f.text("after"))
	from = min(from, len(all))
	to := min(from+int(first), len(all))
	return resolver(func(asked field) (any, error) {
		switch asked.name {
		case "nodes":
			return all[from:to], nil
		case "totalCount":
			return len(all), nil
		case "pageInfo":
			return resolver(func(f field) (any, error) {
				switch f.name {
				case "hasNextPage":
					return to < len(all), nil
				case "endCursor":
					return or(cursor, strconv.Itoa(to)), nil
				}
				return unknownField(f, "PageInfo")
			}), nil
		}
		return unknownField(asked, f.name+" connection")
	}), nil
}

// A field is one that a query asks for.
type field struct {
	alias, name string
	on          string // the type that it is asked of, in an inline fragment; "": any
	arguments   map[string]any
	fields      []field
}

func (f field) text(argument string) string {
	s, _ := f.arguments[argument].(string)
	return s
}

// parseQuery reads one query without named fragments and directives: https://spec.graphql.org/October2021/#sec-Language.
func parseQuery(text string, variables map[string]any) (fields []field, err error) {
	p := &queryParser{tokens: queryTokens(text), variables: variables}
	defer func() {
		if problem := recover(); problem != nil {
			fields, err = nil, saidf("Parse error: %v", problem)
		}
	}()
	p.want("query")
	if p.next() == "(" {
		for p.take() != ")" { // the types of variables are not checked
		}
	}
	return p.selection(), nil
}

func queryTokens(text string) []string {
	var b strings.Builder
	for _, r := range text {
		if strings.ContainsRune("(){}[]:$!", r) {
			b.WriteString(" " + string(r) + " ")
		} else if r == ',' {
			b.WriteString(" ")
		} else {
			b.WriteRune(r)
		}
	}
	return strings.Fields(b.String())
}

type queryParser struct {
	tokens    []string
	variables map[string]any
}

func (p *queryParser) next() string {
	if len(p.tokens) == 0 {
		panic(errors.New("unexpected end of the query"))
	}
	return p.tokens[0]
}

func (p *queryParser) take() string {
	t := p.next()
	p.tokens = p.tokens[1:]
	return t
}

func (p *queryParser) want(token string) {
	if got := p.take(); got != token {
		panic(fmt.Errorf("expected %q, got %q", token, got))
	}
}

func (p *queryParser) selection() []field {
	var all []field
	p.want("{")
	for p.next() != "}" {
		if p.next() == "..." {
			all = append(all, p.fragment()...)
			continue
		}
		all = append(all, p.field())
	}
	p.want("}")
	return all
}

// fragment reads an inline fragment: "... on IssueComment { body }".
func (p *queryParser) fragment() []field {
	p.want("...")
	p.want("on")
	on := p.take()
	all := p.selection()
	for i := range all {
		all[i].on = on
	}
	return all
}

func (p *queryParser) field() field {
	f := field{name: p.take()}
	f.alias = f.name
	if p.next() == ":" {
		p.want(":")
		f.name = p.take()
	}
	if p.next() == "(" {
		p.want("(")
		f.arguments = p.members(")")
	}
	if p.next() == "{" {
		f.fields = p.selection()
	}
	return f
}

func (p *queryParser) members(end string) map[string]any {
	all := map[string]any{}
	for p.next() != end {
		name := p.take()
		p.want(":")
		all[name] = p.value()
	}
	p.want(end)
	return all
}

func (p *queryParser) value() any {
	switch t := p.take(); t {
	case "$":
		return p.variables[p.take()]
	case "{":
		return p.members("}")
	case "[":
		list := []any{}
		for p.next() != "]" {
			list = append(list, p.value())
		}
		p.want("]")
		return list
	default:
		var v any
		if json.Unmarshal([]byte(t), &v) != nil {
			return t // a word, such as ASC
		}
		return v
	}
}

// said is an error in the words of GitHub, which are not those of Go.
type said string

func (s said) Error() string { return string(s) }

func saidf(format string, args ...any) error { return said(fmt.Sprintf(format, args...)) }
