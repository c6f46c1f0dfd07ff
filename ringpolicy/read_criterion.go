package ringpolicy

import (
	"cmp"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/wizzense/deployment-rings/ringpolicy/internal/strict"
)

// builtinCriteria are the ids of the criteria that every decision has by itself.
var builtinCriteria = []string{"rollback", "lock", "quarantine", "settled", "attempts", "ancestry", "lineage", "soak", "window"}

var criterionID = regexp.MustCompile(`^[A-Za-z0-9]+([._-][A-Za-z0-9]+)*$`)

func (r *policyReader) criteria(n *strict.Node) []Criterion {
	var all []Criterion
	r.Each(n, func(n *strict.Node) { all = append(all, r.criterion(n)) })
	return all
}

func (r *policyReader) criterion(n *strict.Node) Criterion {
	var c Criterion
	rule := func(kind string, read func(*strict.Node) Rule) strict.Field {
		return strict.Field{Name: kind, Read: func(n *strict.Node) { c.Rule = read(n) }}
	}
	fields := []strict.Field{
		{Name: "id", Required: true, Read: func(n *strict.Node) { c.ID = r.criterionID(n) }},
		{Name: "title", Read: func(n *strict.Node) { c.Title = r.Text(n) }},
		{Name: "advisory", Read: func(n *strict.Node) { c.Advisory = r.Bool(n) }},
		{Name: "waivable", Read: func(n *strict.Node) { c.Waivable = r.Bool(n) }},
		rule("checks", r.checks), rule("metric", r.metric), rule("incidents", r.incidents),
		rule("approval", r.approval), rule("signals", r.signals), rule("sign_off", r.signOff),
	}
	r.Object(n, fields...)
	r.oneOf(n, "kind of criterion", kinds(fields[4:]))
	c.Title = cmp.Or(c.Title, c.ID)
	if n.Get("waivable") == nil {
		_, approval := c.Rule.(ApprovalRule)
		c.Waivable = !approval
	}
	return c
}

func kinds(fields []strict.Field) []string {
	names := make([]string, len(fields))
	for i, f := range fields {
		names[i] = f.Name
	}
	return names
}

// oneOf reports a map that has none of some keys, or more than one.
func (r *policyReader) oneOf(n *strict.Node, what string, keys []string) (found string) {
	if n.Kind != strict.Map {
		return ""
	}
	for _, m := range n.Fields {
		if !slices.Contains(keys, m.Key.Text) {
			continue
		}
		if found != "" {
			r.FailKey(n, m.Key, "%q and %q are given, expected one %s", found, m.Key.Text, what)
		}
		found = m.Key.Text
	}
	if found == "" {
		r.Fail(n, "has no %s, expected one of %s", what, strings.Join(keys, ", "))
	}
	return found
}

func (r *policyReader) criterionID(n *strict.Node) string {
	id := r.matching(n, criterionID, "is not the id of a criterion, expected letters, digits, and inside also . _ -")
	if slices.Contains(builtinCriteria, id) {
		r.Fail(n, "%q is the id of a criterion that every decision has by itself, expected another", id)
	}
	return id
}

func (r *policyReader) checks(n *strict.Node) Rule {
	c := ChecksRule{Accept: []CheckState{CheckSuccess}}
	r.Object(n,
		strict.Field{Name: "names", Required: true, Read: func(n *strict.Node) { c.Names = r.checkNames(n) }},
		strict.Field{Name: "accept", Read: func(n *strict.Node) { c.Accept = strict.Some(r.Reader, n, r.finalState) }},
		strict.Field{Name: "app", Read: func(n *strict.Node) { c.App = r.Text(n) }},
		strict.Field{Name: "workflow", Read: func(n *strict.Node) { c.Workflow = r.workflow(n) }},
	)
	return c
}

// workflowPath is a path that workflowFile leaves as it is.
var workflowPath = regexp.MustCompile(`^([^@]+|.+\.ya?ml)$`)

func (r *policyReader) workflow(n *strict.Node) string {
	return r.matching(n, workflowPath, `has a version after "@", expected the path alone, such as .github/workflows/ci.yml`)
}

func (r *policyReader) checkNames(n *strict.Node) []string {
	return strict.Some(r.Reader, n, func(n *strict.Node) string {
		name := r.Text(n)
		p, err := compileCheckName(name)
		if err != nil {
			r.Fail(n, "%q is not a pattern: %v", clip(name), err)
		}
		r.out.checkNames[name] = p
		return name
	})
}

func (r *policyReader) finalState(n *strict.Node) CheckState {
	return strict.Word(r.Reader, n, CheckSuccess, CheckFailure, CheckSkipped, CheckNeutral, CheckCancelled, CheckTimedOut)
}

func (r *policyReader) metric(n *strict.Node) Rule {
	var m MetricRule
	bound := func(op Op) strict.Field {
		return strict.Field{Name: string(op), Read: func(n *strict.Node) { m.Op, m.Bound = op, r.decimal(n) }}
	}
	bounds := []strict.Field{bound(OpBelow), bound(OpAtMost), bound(OpAbove), bound(OpAtLeast),
		{Name: string(OpWithin), Read: func(n *strict.Node) { m.Op, m.Bound = OpWithin, r.percent(n) }}}
	r.Object(n, append(bounds,
		strict.Field{Name: "name", Required: true, Read: func(n *strict.Node) { m.Name = r.Text(n) }},
		strict.Field{Name: "better", Read: func(n *strict.Node) { m.Better = strict.Word(r.Reader, n, BetterLower, BetterHigher) }},
		strict.Field{Name: "unit", Read: func(n *strict.Node) { m.Unit = r.Text(n) }},
		strict.Field{Name: "min_samples", Read: func(n *strict.Node) { m.MinSamples = r.Int(n, 1, 1<<31-1) }},
		strict.Field{Name: "max_age", Read: func(n *strict.Node) { m.MaxAge = r.span(n) }},
	)...)
	op := r.oneOf(n, "bound", kinds(bounds))
	better := n.Get("better")
	switch {
	case op == string(OpWithin) && better == nil:
		r.Fail(n, `key "better" is missing, expected lower or higher beside "within"`)
	case op != string(OpWithin) && better != nil:
		r.Fail(better, `stands without "within", where alone it has a meaning`)
	}
	return m
}

func (r *policyReader) decimal(n *strict.Node) Decimal {
	if n.Kind != strict.Number && n.Kind != strict.Text {
		r.Fail(n, "is %s, expected a number", n.Kind)
		return Decimal{}
	}
	d, err := ParseDecimal(n.Text)
	if err != nil {
		r.Fail(n, "%q %v", clip(n.Text), err)
	}
	return d
}

var percentSyntax = regexp.MustCompile(`^(\d{1,6}(?:\.\d{1,6})?) ?%$`)

func (r *policyReader) percent(n *strict.Node) Decimal {
	found := percentSyntax.FindStringSubmatch(n.Text)
	if found == nil || n.Kind != strict.Text {
		r.Fail(n, "is %s, expected a percentage such as 10%%", describe(n))
		return Decimal{}
	}
	d, _ := ParseDecimal(found[1]) // which takes more than percentSyntax
	return d
}

// describe returns how a message names a node: by its text, or by its kind when it has no text.
func describe(n *strict.Node) string {
	if n.Kind == strict.Text {
		return strconv.Quote(clip(n.Text))
	}
	return cmp.Or(clip(n.Text), n.Kind.String())
}

func (r *policyReader) incidents(n *strict.Node) Rule {
	var i IncidentsRule
	r.Object(n,
		strict.Field{Name: "severities", Required: true, Read: func(n *strict.Node) { i.Severities = r.Texts(n) }},
		strict.Field{Name: "at_most", Read: func(n *strict.Node) { i.AtMost = r.Int(n, 0, 1<<31-1) }},
	)
	return i
}

func (r *policyReader) approval(n *strict.Node) Rule {
	a := ApprovalRule{AtLeast: 1}
	r.Object(n,
		strict.Field{Name: "role", Required: true, Read: func(n *strict.Node) { a.Role = r.roleName(n) }},
		strict.Field{Name: "at_least", Read: func(n *strict.Node) { a.AtLeast = r.Int(n, 1, 1000) }},
		strict.Field{Name: "allow_author", Read: func(n *strict.Node) { a.AllowAuthor = r.Bool(n) }},
	)
	return a
}

func (r *policyReader) signals(n *strict.Node) Rule {
	var s SignalsRule
	r.Object(n,
		strict.Field{Name: "kinds", Required: true, Read: func(n *strict.Node) { s.Kinds = strict.Some(r.Reader, n, r.signal) }},
		strict.Field{Name: "within", Read: func(n *strict.Node) { s.Within = r.span(n) }},
		strict.Field{Name: "at_most", Read: func(n *strict.Node) { s.AtMost = r.Int(n, 0, 1<<31-1) }},
	)
	return s
}

func (r *policyReader) signOff(n *strict.Node) Rule {
	var s SignOffRule
	r.Object(n, strict.Field{Name: "role", Read: func(n *strict.Node) { s.Role = r.roleName(n) }})
	return s
}

// distinctIDs reports criteria of a ring with the id of an earlier one.
func (r *policyReader) distinctIDs(ring *strict.Node) {
	seen := map[string]string{}
	for _, list := range []string{"entry", "success"} {
		for _, c := range ring.Get(list).Elements() {
			id := c.Get("id")
			if id == nil || id.Kind != strict.Text {
				continue
			}
			if first, twice := seen[id.Text]; twice {
				r.Fail(id, "%q is also the id of %s, expected ids that are unique in the ring", clip(id.Text), first)
				continue
			}
			seen[id.Text] = fmt.Sprintf("%s on line %d", c.Path(), c.Line)
		}
	}
}
