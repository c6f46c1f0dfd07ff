package strict

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// A Reader turns nodes into values and collects every problem on the way.
// After a problem it returns the zero value and goes on.
type Reader struct {
	// NullIsAbsent makes a key whose value is null the same as a key that is not there.
	NullIsAbsent bool

	file     string
	problems []*Problem
	full     bool
}

// NewReader returns a Reader for the nodes of a file.
func NewReader(file string) *Reader { return &Reader{file: file} }

// Fail records a problem at a node.
func (r *Reader) Fail(n *Node, format string, args ...any) {
	r.problem(n, n.Path(), format, args...)
}

func (r *Reader) problem(at *Node, path, format string, args ...any) {
	if len(r.problems) == maxProblems {
		r.full = true
		return
	}
	r.problems = append(r.problems, &Problem{r.file, at.Line, at.Col, path, fmt.Sprintf(format, args...)})
}

// Failed tells whether there was a problem yet.
func (r *Reader) Failed() bool { return len(r.problems) > 0 }

// Problems returns the problems in the order of the file; after the first 50 one says that there are more.
func (r *Reader) Problems() []*Problem {
	ps := Sorted(r.problems)
	if r.full {
		last := *ps[len(ps)-1]
		last.Path, last.Message = "", "there are more problems, these are the first"
		ps = append(ps, &last)
	}
	return ps
}

// A Field is a key that a map may have.
type Field struct {
	Name     string
	Required bool
	Read     func(*Node)
}

// Object reads a map: each key by its field, and a problem for each key that is not known or missing.
func (r *Reader) Object(n *Node, fields ...Field) {
	if !r.is(n, Map) {
		return
	}
	for _, m := range n.Fields {
		r.member(n, m, fields)
	}
	for _, f := range fields {
		if f.Required && n.Get(f.Name) == nil {
			r.Fail(n, "key %q is missing", f.Name)
		}
	}
}

func (r *Reader) member(n *Node, m Member, fields []Field) {
	i := slices.IndexFunc(fields, func(f Field) bool { return f.Name == m.Key.Text })
	switch {
	case i < 0:
		r.problem(m.Key, n.Path(), "unknown key %q%s", clip(m.Key.Text), r.suggestKey(m.Key.Text, fields))
	case m.Value.Kind == Null && r.NullIsAbsent && !fields[i].Required:
	default:
		fields[i].Read(m.Value)
	}
}

func (r *Reader) suggestKey(got string, fields []Field) string {
	var names []string
	for _, f := range fields {
		names = append(names, f.Name)
	}
	return Suggest(got, names)
}

// Each reads a list item by item.
func (r *Reader) Each(n *Node, read func(*Node)) {
	if !r.is(n, List) {
		return
	}
	for _, item := range n.Items {
		read(item)
	}
}

// Text reads text that is not empty and has no control character but, where lines is set, line ends and tabs.
func (r *Reader) Text(n *Node) string {
	if !r.is(n, Text) {
		return ""
	}
	if strings.TrimSpace(n.Text) == "" {
		r.Fail(n, "is empty, expected text")
		return ""
	}
	if i := strings.IndexFunc(n.Text, isControl); i >= 0 {
		r.Fail(n, "has the control character %+q, expected plain text", []rune(n.Text[i:])[0])
		return ""
	}
	return n.Text
}

func isControl(c rune) bool { return c < ' ' || c >= 0x7f && c < 0xa0 }

// Texts reads a list of texts; an empty list and a text given twice are problems.
func (r *Reader) Texts(n *Node) []string {
	return Set(r, n, r.Text)
}

// Set reads a list without repetitions that has at least one item.
func Set[T comparable](r *Reader, n *Node, read func(*Node) T) []T {
	var all []T
	r.Each(n, func(item *Node) {
		before := len(r.problems)
		v := read(item)
		switch {
		case len(r.problems) > before || r.full:
		case slices.Contains(all, v):
			r.Fail(item, "%q is listed twice", clip(item.Text))
		default:
			all = append(all, v)
		}
	})
	if n.Kind == List && len(n.Items) == 0 {
		r.Fail(n, "is an empty list, expected at least one item")
	}
	return all
}

// Bool reads true or false.
func (r *Reader) Bool(n *Node) bool {
	return r.is(n, Bool) && strings.EqualFold(n.Text, "true")
}

// Int reads a whole number between low and high.
func (r *Reader) Int(n *Node, low, high int) int {
	if !r.is(n, Number) {
		return 0
	}
	v, err := strconv.Atoi(n.Text)
	if err != nil || v < low || v > high {
		r.Fail(n, "%s is out of range, expected a whole number from %d to %d", clip(n.Text), low, high)
		return 0
	}
	return v
}

// Word reads one of a closed list of words.
func Word[T ~string](r *Reader, n *Node, words ...T) T {
	if !r.is(n, Text) {
		return ""
	}
	if slices.Contains(words, T(n.Text)) {
		return T(n.Text)
	}
	names := make([]string, len(words))
	for i, w := range words {
		names[i] = string(w)
	}
	r.Fail(n, "unknown value %q%s", clip(n.Text), Suggest(n.Text, names))
	return ""
}

// is reports a node of another kind.
func (r *Reader) is(n *Node, want Kind) bool {
	if n.Kind == want {
		return true
	}
	hint := ""
	if want == Text && (n.Kind == Number || n.Kind == Bool) {
		hint = " (put it in quotes)"
	}
	r.Fail(n, "is %s, expected %s%s", n.Kind, want, hint)
	return false
}
