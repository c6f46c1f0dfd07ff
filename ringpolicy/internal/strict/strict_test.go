package strict_test

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/wizzense/deployment-rings/ringpolicy/internal/strict"
)

const limit = 1 << 20

func parse(t *testing.T, src string) *strict.Node {
	t.Helper()
	n, err := strict.Parse("f", []byte(src), limit)
	if err != nil {
		t.Fatalf("Parse(%.80q) = %v", src, err)
	}
	return n
}

// show writes a tree in one line: text in quotes, all else as it is written.
func show(n *strict.Node) string {
	var parts []string
	switch n.Kind {
	case strict.Null:
		return "null"
	case strict.Text:
		return strconv.Quote(n.Text)
	case strict.List:
		for _, item := range n.Items {
			parts = append(parts, show(item))
		}
		return "[" + strings.Join(parts, ", ") + "]"
	case strict.Map:
		for _, m := range n.Fields {
			parts = append(parts, m.Key.Text+": "+show(m.Value))
		}
		return "{" + strings.Join(parts, ", ") + "}"
	}
	return n.Text
}

// TestParse: YAML and JSON give the same tree.
func TestParse(t *testing.T) {
	for src, want := range map[string]string{
		"a: 1\nb: [x, 'y', true, ~, 1.50]\n":              `{a: 1, b: ["x", "y", true, null, 1.50]}`,
		`{"a":1,"b":["x","y",true,null,1.50]}`:            `{a: 1, b: ["x", "y", true, null, 1.50]}`,
		" \n\t[ 1 ,\n 2 ] \n":                             `[1, 2]`,
		"\ufeffa: 1":                                      `{a: 1}`,
		"a: &x [1]\nb: *x":                                `{a: [1], b: [1]}`,
		"day: 2026-03-01\nclock: 09:00":                   `{day: "2026-03-01", clock: "09:00"}`,
		"1: a\ntrue: b\nnull: c":                          `{1: "a", true: "b", null: "c"}`, // a key is what is written
		"a: |\n  one\n  two\n":                            `{a: "one\ntwo\n"}`,
		"a: 1\nb: 2\na: 3":                                `{a: 1, b: 2}`, // the first counts, and the Reader reports the second
		strings.Repeat("[", 64) + strings.Repeat("]", 64): strings.Repeat("[", 64) + strings.Repeat("]", 64),
	} {
		if got := show(parse(t, src)); got != want {
			t.Errorf("Parse(%.80q) = %s, want %s", src, got, want)
		}
	}
}

func TestParseRefuses(t *testing.T) {
	for src, want := range map[string]string{
		"":                               "f:1:1: the file is empty",
		"# only a comment\n":             "f:1:1: the file is empty",
		"null":                           "f:1:1: the file is empty",
		"é: 1\nb: é\xff":                 "f:2:5: the file is not UTF-8 here",
		"a: 1\x00":                       "f:1:5: the file has the control character '\\x00' here",
		"a: 1\n---\nb: 2\n":              "f:2:1: a second document begins here, expected one in a file",
		`{"a": 1} x`:                     "f:1:10: something follows the JSON value, expected the end of the file",
		"{\"a\": 1}\n{\"b\": 2}":         "f:2:1: something follows the JSON value, expected the end of the file",
		"[1,\n2":                         "f:2:2: invalid JSON: the file ends inside a value",
		"a:\n  <<: {b: 1}":               "f:2:3: a: merge keys (<<) are not supported, write the keys out",
		"a:\n  ? [b]\n  : 1":             "f:2:5: a: a key is a list, expected text",
		"a: !secret b":                   `f:1:4: a: tag "!secret" is not supported, expected none`,
		"a: [1, !!binary aGk=]":          `f:1:8: a[1]: tag "!!binary" is not supported, expected none`,
		strings.Repeat("[", 65):          "f:1:65: nested deeper than 64 levels",
		strings.Repeat(" ", limit) + "[": "f:1:1: the file has 1048577 bytes, expected at most 1048576 in a file",
		"a: &a [x,x,x,x,x,x,x,x,x,x]\nb: &b [*a,*a,*a,*a,*a,*a,*a,*a,*a,*a]\nc: [*b,*b,*b,*b,*b,*b,*b,*b,*b,*b]": "f:1:20: the file has too many values, those that aliases repeat included",
	} {
		n, err := strict.Parse("f", []byte(src), limit)
		if err == nil || err.Error() != want || n != nil {
			t.Errorf("Parse(%.80q) = %v, %v\nwant error %s", src, n, err, want)
		}
	}
	if _, err := strict.Parse("f", []byte(strings.Repeat("#", 4<<20+1)), 8<<20); err == nil || !strings.Contains(err.Error(), "at most 4194304 in a YAML file") {
		t.Errorf("Parse of more than 4 MB of YAML: %v, want an error", err)
	}
}

// TestPlaces: a node knows where it stands, in characters, and the way to it. A key that could disturb a message is quoted in it.
func TestPlaces(t *testing.T) {
	type place struct {
		Path      string
		Line, Col int
	}
	for src, want := range map[string][]place{
		"é: [x, {b: y}]\n\"a.b\":\n  c: 1\n": {{"", 1, 1}, {`"\u00e9"`, 1, 4}, {`"\u00e9"[0]`, 1, 5}, {`"\u00e9"[1]`, 1, 8}, {`"\u00e9"[1].b`, 1, 12}, {`"a.b"`, 3, 3}, {`"a.b".c`, 3, 6}},
		"{\"é\": [1,\n  {\"b\" : 2}]}":       {{"", 1, 1}, {`"\u00e9"`, 1, 7}, {`"\u00e9"[0]`, 1, 8}, {`"\u00e9"[1]`, 2, 3}, {`"\u00e9"[1].b`, 2, 10}},
	} {
		var got []place
		var walk func(*strict.Node)
		walk = func(n *strict.Node) {
			got = append(got, place{n.Path(), n.Line, n.Col})
			for _, item := range n.Items {
				walk(item)
			}
			for _, m := range n.Fields {
				walk(m.Value)
			}
		}
		if walk(parse(t, src)); !slices.Equal(got, want) {
			t.Errorf("the places of %q (-want +got):\n%s", src, cmp.Diff(want, got))
		}
	}
}

func TestMerge(t *testing.T) {
	for _, c := range []struct{ base, over, want string }{
		{"{a: 1, b: 2}", "{b: 3, c: 4}", "{a: 1, b: 3, c: 4}"},
		{"{a: {b: 1, c: 2}}", "{a: {c: 3}}", "{a: {b: 1, c: 3}}"},
		{"{a: [1, 2]}", "{a: [3]}", "{a: [3]}"}, // a list is one value
		{"{a: {b: 1}}", "{a: 1}", "{a: 1}"},
		{"{a: 1}", "{a: {b: 1}}", "{a: {b: 1}}"},
		{"{a: 1, b: 2}", "{a: null}", "{b: 2}"}, // null removes
		{"{a: {b: 1, c: 2}}", "{a: {b: null}}", "{a: {c: 2}}"},
		{"{a: 1}", "{b: null}", "{a: 1, b: null}"}, // there is nothing to remove
		{"{a: 1}", "{a: 1}", "{a: 1}"},
	} {
		base, over := parse(t, yaml(c.base)), parse(t, yaml(c.over))
		before := show(base) + show(over)
		if got := show(strict.Merge(base, over)); got != c.want {
			t.Errorf("Merge(%s, %s) = %s, want %s", c.base, c.over, got, c.want)
		}
		if show(base)+show(over) != before {
			t.Errorf("Merge(%s, %s) changes its arguments", c.base, c.over)
		}
	}
	one := parse(t, "a: 1")
	if strict.Merge(nil, one) != one || strict.Merge(one, nil) != one {
		t.Error("Merge with nothing is not the other one")
	}
}

// yaml is flow YAML: a file that begins with a brace would be JSON.
func yaml(flow string) string { return "--- " + flow }

// TestReader has for each way to read a value what comes of it: the value, or the zero value and a problem.
func TestReader(t *testing.T) {
	number := func(r *strict.Reader, n *strict.Node) any { return r.Int(n, 1, 10) }
	flag := func(r *strict.Reader, n *strict.Node) any { return r.Bool(n) }
	line := func(r *strict.Reader, n *strict.Node) any { return r.Text(n) }
	lines := func(r *strict.Reader, n *strict.Node) any { return r.Texts(n) }
	set := func(r *strict.Reader, n *strict.Node) any { return strict.Set(r, n, r.Text) }
	word := func(r *strict.Reader, n *strict.Node) any { return strict.Word(r, n, "manual", "merge") }
	for _, c := range []struct {
		name string
		read func(*strict.Reader, *strict.Node) any
		src  string
		want string
	}{
		{"Int", number, "1", "1"}, {"Int", number, "10", "10"}, // the bounds are included
		{"Int", number, "0", "v is: 0 is not a whole number from 1 to 10"}, {"Int", number, "11", "v is: 11 is not a whole number from 1 to 10"},
		{"Int", number, "010", "v is: 010 is not a whole number from 1 to 10"}, // eight to some
		{"Int", number, "+7", "v is: +7 is not a whole number from 1 to 10"}, {"Int", number, "7.0", "v is: 7.0 is not a whole number from 1 to 10"},
		{"Int", number, "0x7", "v is: 0x7 is not a whole number from 1 to 10"}, {"Int", number, `"7"`, "v is: is text, expected a number"},
		{"Bool", flag, "true", "true"}, {"Bool", flag, "False", "false"}, {"Bool", flag, "yes", "v is: is text, expected true or false"},
		{"Bool", flag, "!!bool 7", `v is: "7" is neither true nor false`}, {"Bool", flag, "1", "v is: is a number, expected true or false"},
		{"Text", line, "a b", "a b"}, {"Text", line, "1", "v is: is a number, expected text (put it in quotes)"}, {"Text", line, "true", "v is: is a boolean, expected text (put it in quotes)"},
		{"Text", line, "", "v is: is nothing, expected text"}, {"Text", line, `" "`, "v is: is empty, expected text"},
		{"Text", line, `"a\tb"`, `v is: has the control character '\t', expected plain text`}, {"Text", line, `"a\u0085b"`, `v is: has the control character '\u0085', expected plain text`},
		{"Texts", lines, "[a, b]", "[a b]"}, {"Texts", lines, "[]", "v is: is an empty list, expected at least one item"}, {"Texts", lines, "a", "v is: is text, expected a list"},
		{"Texts", lines, "[a, b, a]", `v[2] is: "a" is listed twice`}, {"Texts", lines, "[a, 1]", "v[1] is: is a number, expected text (put it in quotes)"},
		{"Set", set, "[]", "[]"},
		{"Word", word, "merge", "merge"}, {"Word", word, "Merge", `v is: unknown value "Merge", did you mean "merge"?`}, {"Word", word, "[merge]", "v is: is a list, expected text"},
		{"Word", word, "zzzzzzzzz", `v is: unknown value "zzzzzzzzz", expected one of manual, merge`},
	} {
		r := strict.NewReader("f")
		got := fmt.Sprint(c.read(r, parse(t, "v: "+c.src).Get("v")))
		for _, p := range r.Problems() {
			got = p.Path + " is: " + p.Message
		}
		if got != c.want {
			t.Errorf("%s of %s = %s, want %s", c.name, c.src, got, c.want)
		}
		if failed := strings.Contains(c.want, " is: "); r.Failed() != failed || r.FailedIn(parse(t, "v: 1").Get("v")) != failed || r.FailedIn(parse(t, "w: 1").Get("w")) {
			t.Errorf("%s of %s: Failed = %v, want %v, and in v alone", c.name, c.src, r.Failed(), failed)
		}
	}
}

// TestObject: each mistake in a map is a problem, in the order of the file, and all of them are reported.
func TestObject(t *testing.T) {
	for _, c := range []struct {
		src          string
		nullIsAbsent bool
		want         []string // what was read, and then the problems
	}{
		{"soak: 1\nname: a", false, []string{"soak 1", "name \"a\""}},
		{"name: a\nsoak: ~", false, []string{"name \"a\"", "soak null"}},
		{"name: a\nsoak: ~", true, []string{"name \"a\""}},
		{"name: ~", true, []string{"name null"}}, // what is required is not absent because it is null
		{"soak: 1", false, []string{"soak 1", `f:1:1: key "name" is missing`}},
		{"nmae: a\nsaok: 1", false, []string{`f:1:1: key "name" is missing`, `f:1:1: unknown key "nmae", did you mean "name"?`, `f:2:1: unknown key "saok", did you mean "soak"?`}},
		{"name: a\nsoak: 1\nname: b\nsoak: 2", false, []string{`name "a"`, "soak 1", `f:3:1: key "name" is given twice, first on line 1`, `f:4:1: key "soak" is given twice, first on line 2`}},
		{"- name", false, []string{"f:1:1: the file is a list, expected a map"}},
	} {
		var got []string
		r := strict.NewReader("f")
		r.NullIsAbsent = c.nullIsAbsent
		keep := func(name string) func(*strict.Node) {
			return func(n *strict.Node) { got = append(got, name+" "+show(n)) }
		}
		r.Object(parse(t, c.src), strict.Field{Name: "name", Required: true, Read: keep("name")}, strict.Field{Name: "soak", Read: keep("soak")})
		for _, p := range r.Problems() {
			got = append(got, p.Error())
		}
		if !slices.Equal(got, c.want) {
			t.Errorf("Object of %q (-want +got):\n%s", c.src, cmp.Diff(c.want, got))
		}
	}
}

// TestManyProblems: the first 50 are reported, and that there are more.
func TestManyProblems(t *testing.T) {
	for _, c := range []struct{ wrong, want int }{{49, 49}, {50, 50}, {51, 51}, {1000, 51}} {
		r := strict.NewReader("f")
		r.Each(parse(t, "["+strings.TrimSuffix(strings.Repeat("1,", c.wrong), ",")+"]"), func(n *strict.Node) { r.Text(n) })
		all := r.Problems()
		more := len(all) > 0 && strings.Contains(all[len(all)-1].Message, "there are more problems")
		if len(all) != c.want || more != (c.wrong > 50) {
			t.Errorf("%d mistakes give %d problems, and that there are more: %v, want %d and %v", c.wrong, len(all), more, c.want, c.wrong > 50)
		}
	}
}
