package e2e_test

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"go.yaml.in/yaml/v3"

	"github.com/wizzense/deployment-rings/ringpolicy"
)

// What the reader of policy files accepts, the schema accepts, over every policy of the project.
func TestSchemaAcceptsPolicies(t *testing.T) {
	schema := policySchema(t)
	files := glob(t, "ringpolicy/rings.yml", "examples/policies/*.yml", "ringpolicy/testdata/lint/*.yml")
	read := 0
	for _, file := range files {
		src := readFile(t, file)
		if _, err := ringpolicy.Parse(file, src); err != nil {
			if !strings.HasSuffix(file, "_test.yml") { // those are not policies
				t.Errorf("the reader refuses %v", err)
			}
			continue
		}
		read++
		if _, err := validate(schema, file, src); err != nil {
			t.Errorf("%s: the reader accepts it, the schema does not: %v", file, err)
		}
	}
	if read < 5 {
		t.Errorf("%d policies, want at least 5", read)
	}
}

// What the reader refuses for its form, the schema refuses, too, problem by problem.
func TestSchemaRefusesWrongForm(t *testing.T) {
	schema := policySchema(t)
	for _, file := range glob(t, "ringpolicy/testdata/err/*.yml", "ringpolicy/testdata/err/*.json") {
		t.Run(filepath.Base(file), func(t *testing.T) {
			src := readFile(t, file)
			_, err := ringpolicy.Parse(file, src)
			var ps ringpolicy.Problems
			if !errors.As(err, &ps) {
				t.Fatalf("Parse = %v, want problems", err)
			}
			places, err := validate(schema, file, src)
			if err == nil {
				t.Fatalf("the schema accepts what the reader refuses:\n%v", ps)
			}
			for _, p := range ps {
				if places != nil && !told(places, p.Path) {
					t.Errorf("the schema has nothing against %v\nonly against %q", p, places)
				}
			}
		})
	}
}

// What is wrong in meaning, and here in meaning alone, is beyond the schema. When it learns to see more, the file moves up.
func TestSchemaAcceptsWrongMeaning(t *testing.T) {
	schema := policySchema(t)
	for _, file := range glob(t, "ringpolicy/testdata/err/meaning/*") {
		if filepath.Ext(file) == ".want" {
			continue
		}
		src := readFile(t, file)
		if _, err := ringpolicy.Parse(file, src); err == nil {
			t.Errorf("%s: Parse accepts it, want problems", file)
		}
		if places, err := validate(schema, file, src); err != nil {
			t.Errorf("%s: the schema refuses it at %q: %v", file, places, err)
		}
	}
}

// A value at the edge of what the reader accepts is at the edge of what the schema accepts.
func TestSchemaAtTheEdges(t *testing.T) {
	schema := policySchema(t)
	ring := func(keys string) string {
		return "version: 1\nrings:\n- {name: a, soak: {min: 1h}}\n- {name: b, " + keys + "}\n"
	}
	rule := func(rule string) string { return ring("entry: [{id: x, " + rule + "}]") }
	long := strings.Repeat("x", 100)
	for _, src := range []string{
		ring(""), ring("host_port: 1"), ring("host_port: 65535"), ring("host_port: 65536"), ring("host_port: 0"), ring("tag: " + long), ring("tag: " + long + "x"),
		ring("title: \"\""), ring("title: \" \""), ring("title: \"a\\tb\""), ring("title: \"\\x85\""), ring("title: \"\\x7f\""), ring("title: é"), ring("title: 1"), ring("title: ~"),
		ring("branches: []"), ring("branches: [\"[!]\"]"), ring("branches: [\"[!a]\"]"), ring("branches: [\"[]a]\"]"), ring("branches: [\"a]\"]"), ring("branches: [\"[[]\"]"), ring("branches: [\"[a\"]"), ring("branches: [a, a]"), ring("branches: [\"[!!]\"]"),
		ring("after: []"), ring("after: [a]"), ring("after: [a, a]"), ring("tag: pr-1"), ring("tag: pr"), ring("tag: branch"), ring("tag: branchy"), ring("tag: Latest"), ring("tag: latest"), ring("tag: 1.2.3x"), ring("tag: 1.2.3-x"), ring("tag: \"1.2\""), ring("tag: v1.2.3"), ring("tag: x-pr-12"), ring("tag: x-pr-12a"), ring("tag: \"a\\nb\""),
		ring("soak: {}"), ring("soak: {min: 0s}"), ring("soak: {max: 0s}"), ring("soak: {max: 1ns}"), ring("soak: {min: 1d1h}"), ring("soak: {min: 100000d}"), ring("soak: {min: \"\"}"), ring("soak: {min: 1}"), ring("soak: {min: \"1h\\n\"}"),
		ring("rollback: {triggers: []}"), ring("rollback: {consecutive: 0}"), ring("rollback: {consecutive: 1000}"), ring("rollback: {cooldown: 0s}"), ring("health: {interval: 0s}"), ring("health: {retries: 1001}"),
		ring("windows: {}"), ring("windows: {deny: [{}]}"), ring("windows: {deny: [{from: \"00:00\"}]}"), ring("windows: {deny: [{from: \"24:00\"}]}"), ring("windows: {deny: [{to: \"24:00\"}]}"), ring("windows: {deny: [{to: \"23:60\"}]}"), ring("windows: {deny: [{to: \"24:30\"}]}"), ring("windows: {deny: [{days: []}]}"),
		ring("windows: {deny: [{dates: [2028-02-29, 2028-03-01]}]}"), ring("windows: {deny: [{dates: [2026-02-29, 2026-03-01]}]}"), ring("windows: {deny: [{dates: [2026-2-1, 2026-03-01]}]}"),
		rule("sign_off: {}"), rule("sign_off: ~"), rule("sign_off: {a: 1}"), rule("advisory: true"), rule("advisory: yes, sign_off: {}"), rule("sign_off: {}, approval: {role: x}"), ring("entry: [{id: soak, sign_off: {}}]"), ring("entry: [{id: soaked, sign_off: {}}]"), ring("entry: [{id: a..b, sign_off: {}}]"),
		rule("metric: {name: m, below: 1}"), rule("metric: {name: m, below: \"1\"}"), rule("metric: {name: m, below: \"1x\"}"), rule("metric: {name: m, below: \"" + strings.Repeat("1", 101) + "\"}"), rule("metric: {name: m, below: -1e-3}"), rule("metric: {name: m, below: true}"),
		rule("metric: {name: m, within: 10%}"), rule("metric: {name: m, within: 10%, better: lower}"), rule("metric: {name: m, within: 10 %, better: lower}"), rule("metric: {name: m, within: 10, better: lower}"), rule("metric: {name: m, within: -1%, better: lower}"), rule("metric: {name: m, below: 1, better: lower}"), rule("metric: {name: m, below: 1, max_age: 0s}"), rule("metric: {name: m, below: 1, min_samples: 2147483648}"),
		rule("checks: {names: [x]}"), rule("checks: {names: []}"), rule("checks: {names: [x], accept: [pending]}"), rule("incidents: {severities: [x], at_most: 0}"), rule("incidents: {severities: [x], at_most: -1}"), rule("approval: {role: x, at_least: 1000}"), rule("approval: {role: x, at_least: 1001}"), rule("signals: {kinds: [test_failure], within: 0d}"), rule("signals: {kinds: [crash]}"),
		"version: 1\nrings: [{name: pr-x, tag: y}]\n", "version: 1\nrings: [{name: latest, tag: y}]\n", "version: 1\nrings: [{name: latest}]\n", "version: 1\nrings: []\n", "version: 2\nrings: [{name: a}]\n", "version: \"1\"\nrings: [{name: a}]\n", "rings: [{name: a}]\n",
		"version: 1\nlabels: {prefix: a.b-c_d}\nrings: [{name: a}]\n", "version: 1\nlabels: {prefix: .a}\nrings: [{name: a}]\n", "version: 1\nlabels: {}\ncontainer: {pr_ports: {}}\nrings: [{name: a}]\n", "[]", "~", "x",
	} {
		_, refused := ringpolicy.Parse("rings.yml", []byte(src))
		_, invalid := validate(schema, "rings.yml", []byte(src))
		if (refused == nil) != (invalid == nil) {
			t.Errorf("%s\nthe reader: %v\nthe schema: %v", src, refused, invalid)
		}
	}
}

func policySchema(t *testing.T) *jsonschema.Schema {
	t.Helper()
	document, err := jsonschema.UnmarshalJSON(bytes.NewReader(ringpolicy.Schema()))
	if err != nil {
		t.Fatal(err)
	}
	c := jsonschema.NewCompiler()
	c.AssertFormat()
	if err := c.AddResource("policy.schema.json", document); err != nil {
		t.Fatal(err)
	}
	schema, err := c.Compile("policy.schema.json")
	if err != nil {
		t.Fatal(err)
	}
	return schema
}

// validate gives the places that the schema refuses, such as rings[1].soak.min; none when the file cannot even be decoded.
func validate(schema *jsonschema.Schema, file string, src []byte) (places []string, err error) {
	value, err := decodeFile(file, src)
	if err != nil {
		return nil, err
	}
	err = schema.Validate(value)
	var invalid *jsonschema.ValidationError
	if errors.As(err, &invalid) {
		places = placesOf(invalid)
	}
	return places, err
}

func placesOf(e *jsonschema.ValidationError) []string {
	places := []string{pathOf(e.InstanceLocation)}
	for _, cause := range e.Causes {
		places = append(places, placesOf(cause)...)
	}
	slices.Sort(places)
	return slices.Compact(places)
}

func pathOf(location []string) string {
	var b strings.Builder
	for _, key := range location {
		if _, err := strconv.Atoi(key); err == nil {
			b.WriteString("[" + key + "]")
			continue
		}
		if b.Len() > 0 {
			b.WriteByte('.')
		}
		b.WriteString(key)
	}
	return b.String()
}

// told reports whether the schema speaks of a place, or of what it stands in: a list is unique as a whole.
func told(places []string, path string) bool {
	return slices.ContainsFunc(places, func(place string) bool {
		inside, ok := strings.CutPrefix(path, place)
		return ok && place != "" && (inside == "" || strings.Count(inside, ".")+strings.Count(inside, "[") == 1) || place == path
	})
}

// decodeFile gives the file as an editor's validator sees it: YAML by its nodes, days as text.
func decodeFile(file string, src []byte) (any, error) {
	if filepath.Ext(file) == ".json" {
		return jsonschema.UnmarshalJSON(bytes.NewReader(src))
	}
	dec := yaml.NewDecoder(bytes.NewReader(src))
	var document, next yaml.Node
	if err := dec.Decode(&document); err != nil {
		return nil, err
	}
	if err := dec.Decode(&next); err != io.EOF {
		return nil, errors.New("more than one document")
	}
	return valueOf(document.Content[0], 0)
}

func valueOf(n *yaml.Node, depth int) (any, error) {
	if depth > 100 {
		return nil, errors.New("too deep")
	}
	switch n.Kind {
	case yaml.AliasNode:
		return valueOf(n.Alias, depth+1)
	case yaml.SequenceNode:
		list := []any{}
		for _, item := range n.Content {
			v, err := valueOf(item, depth+1)
			if err != nil {
				return nil, err
			}
			list = append(list, v)
		}
		return list, nil
	case yaml.MappingNode:
		return mapOf(n, depth)
	}
	if n.ShortTag() == "!!timestamp" {
		return n.Value, nil
	}
	var v any
	err := n.Decode(&v)
	return v, err
}

func mapOf(n *yaml.Node, depth int) (any, error) {
	m := map[string]any{}
	for i := 0; i < len(n.Content); i += 2 {
		key := n.Content[i].Value
		v, err := valueOf(n.Content[i+1], depth+1)
		if err != nil {
			return nil, err
		}
		if _, twice := m[key]; twice || n.Content[i].Kind != yaml.ScalarNode {
			return nil, fmt.Errorf("key %q", key)
		}
		m[key] = v
	}
	return m, nil
}

func glob(t *testing.T, patterns ...string) []string {
	t.Helper()
	var files []string
	for _, p := range patterns {
		found, err := filepath.Glob(filepath.Join("../..", p))
		if err != nil || len(found) == 0 {
			t.Fatalf("%s: %d files, %v", p, len(found), err)
		}
		files = append(files, found...)
	}
	return files
}

func readFile(t *testing.T, file string) []byte {
	t.Helper()
	src, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	return src
}
