package policytest

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/wizzense/deployment-rings/ringpolicy"
	"github.com/wizzense/deployment-rings/ringpolicy/internal/strict"
)

var (
	branchKeys   = []string{"ring", "matched", "tag", "environment", "deploy", "error"}
	decisionKeys = []string{"schema", "decision", "hold_kind", "reason_code", "summary", "subject", "now", "next_eligible_at", "conditional",
		"valid_until", "criteria", "warnings", "rollback", "policy_digest", "evidence_digest", "decision_id", "error"}
)

func (t test) run(p *ringpolicy.Policy) []Difference {
	answer, err := t.answer(p)
	if want := t.expect.Get("error"); want != nil || err != nil {
		return compareError(want, err)
	}
	var c comparison
	c.compare("", t.expect, answer)
	return c.differences
}

// answer returns the answer of the policy, in the form of JSON.
func (t test) answer(p *ringpolicy.Policy) (map[string]any, error) {
	if t.isBranch {
		m, err := p.Match(t.branch)
		return map[string]any{"ring": m.Ring.Name, "matched": string(m.Kind), "tag": m.Ring.Tag,
			"environment": m.Ring.Environment, "deploy": string(m.Ring.Deploy)}, err
	}
	d, err := p.Decide(t.evidence)
	if err != nil {
		return nil, err
	}
	encoded, err := json.Marshal(d)
	if err != nil {
		return nil, err
	}
	dec := json.NewDecoder(bytes.NewReader(encoded))
	dec.UseNumber()
	var answer map[string]any
	return answer, dec.Decode(&answer)
}

func compareError(want *strict.Node, err error) []Difference {
	switch {
	case err == nil:
		return []Difference{{"error", show(want), "an answer"}}
	case want == nil:
		return []Difference{{"error", "an answer", err.Error()}}
	case !strings.Contains(err.Error(), want.Text):
		return []Difference{{"error", "a message with " + show(want), err.Error()}}
	}
	return nil
}

type comparison struct{ differences []Difference }

func (c *comparison) differ(path, want, got string) {
	c.differences = append(c.differences, Difference{path, want, got})
}

// compare finds where got lacks what want asks for. Maps may have more keys than are asked for, lists may not.
func (c *comparison) compare(path string, want *strict.Node, got any) {
	switch want.Kind {
	case strict.Map:
		c.compareMap(path, want, got)
	case strict.List:
		c.compareList(path, want, got)
	default:
		if !sameScalar(want, got) {
			c.differ(path, show(want), showJSON(got))
		}
	}
}

func (c *comparison) compareMap(path string, want *strict.Node, got any) {
	if criteria, ok := got.([]any); ok && path == "criteria" {
		c.compareCriteria(want, criteria)
		return
	}
	have, ok := got.(map[string]any)
	if !ok {
		c.differ(path, "a map", showJSON(got))
		return
	}
	for _, m := range want.Fields {
		value, known := have[m.Key.Text]
		below := strings.TrimPrefix(path+"."+m.Key.Text, ".")
		if !known {
			c.differ(below, show(m.Value), "no such key, expected one of "+strings.Join(slices.Sorted(maps.Keys(have)), ", "))
			continue
		}
		c.compare(below, m.Value, value)
	}
}

func (c *comparison) compareList(path string, want *strict.Node, got any) {
	have, ok := got.([]any)
	if !ok || len(have) != len(want.Items) {
		c.differ(path, fmt.Sprintf("a list of %d", len(want.Items)), showJSON(got))
		return
	}
	for i, item := range want.Items {
		c.compare(fmt.Sprintf("%s[%d]", path, i), item, have[i])
	}
}

// compareCriteria compares criteria by their ids.
func (c *comparison) compareCriteria(want *strict.Node, criteria []any) {
	for _, m := range want.Fields {
		path := "criteria." + m.Key.Text
		found := named(criteria, m.Key.Text)
		switch {
		case len(found) == 0:
			c.differ(path, show(m.Value), "no such criterion; there are "+strings.Join(ids(criteria), ", "))
		case len(found) > 1:
			c.differ(path, "one criterion", "several; name one of "+strings.Join(ids(found), ", "))
		case m.Value.Kind == strict.Map:
			c.compare(path, m.Value, found[0])
		case !sameScalar(m.Value, field(found[0], "status")):
			c.differ(path, show(m.Value), fmt.Sprintf("%s (%s): %s, required: %s", field(found[0], "status"), field(found[0], "code"),
				field(found[0], "observed"), field(found[0], "required")))
		}
	}
}

func named(criteria []any, name string) []any {
	var found []any
	for _, x := range criteria {
		if id := field(x, "id"); id == name || field(x, "ring")+"/"+id == name {
			found = append(found, x)
		}
	}
	return found
}

func ids(criteria []any) []string {
	var all []string
	for _, x := range criteria {
		all = append(all, field(x, "ring")+"/"+field(x, "id"))
	}
	return all
}

func field(criterion any, name string) string {
	text, _ := criterion.(map[string]any)[name].(string)
	return text
}

func sameScalar(want *strict.Node, got any) bool {
	if got == nil || want.Kind == strict.Null {
		return got == nil && want.Kind == strict.Null
	}
	text := fmt.Sprint(got)
	if text == want.Text || want.Kind == strict.Bool && strings.EqualFold(text, want.Text) {
		return true
	}
	a, errA := time.Parse(time.RFC3339, text)
	b, errB := time.Parse(time.RFC3339, want.Text)
	return errA == nil && errB == nil && a.Equal(b)
}

func show(n *strict.Node) string {
	switch n.Kind {
	case strict.Null:
		return "null"
	case strict.Map, strict.List:
		return n.Kind.String()
	}
	return n.Text
}

func showJSON(v any) string {
	if text, ok := v.(string); ok {
		return text
	}
	encoded, err := json.Marshal(v)
	if err != nil {
		return fmt.Sprint(v)
	}
	return string(encoded)
}
