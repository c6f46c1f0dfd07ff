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

// FailKey records a problem of a Map at one of its keys.
func (r *Reader) FailKey(n, key *Node, format string, args ...any) {
	r.problem(key, n.Path(), format, args...)
}

func (r *Reader) problem(at *Node, path, format string, args ...any) {
	r.Add(&Problem{r.file, at.Line, at.Col, path, fmt.Sprintf(format, args...)})
}

// Add records a problem that was found elsewhere. Beyond 50 it is only known that there are more.
func (r *Reader) Add(p *Problem) {
	if len(r.problems) == maxProblems {
		r.full = true
		return
	}
	r.problems = append(r.problems, p)
}

// Failed reports whether there was a problem yet.
func (r *Reader) Failed() bool { return len(r.problems) > 0 }

// FailedIn reports whether there was a problem in a part of the file.
func (r *Reader) FailedIn(part *Node) bool {
	return part != nil && slices.ContainsFunc(r.problems, func(p *Problem) bool {
		return strings.HasPrefix(p.Path, part.Path())
	})
}

// Count is the number of problems so far.
func (r *Reader) Count() int { return len(r.problems) }

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
	r.reportRepeated(n)
	if !r.is(n, Map) {
		return
	}
	for _, m := range n.Fields {
		if r.full {
			return
		}
		r.member(n, m, fields)
	}
	for _, f := range fields {
		if f.Required && n.Get(f.Name) == nil {
			r.Fail(n, "key %q is missing", f.Name)
		}
	}
}

// reportRepeated reports the keys that are given twice in the document of which n is the root.
func (r *Reader) reportRepeated(n *Node) {
	for _, p := range n.repeated {
		r.Add(&Problem{r.file, p.Line, p.Column, p.Path, p.Message})
	}
}

func (r *Reader) member(n *Node, m Member, fields []Field) {
	i := slices.IndexFunc(fields, func(f Field) bool { return f.Name == m.Key.Text })
	switch {
	case i < 0:
		r.FailKey(n, m.Key, "unknown key %q%s", Clip(m.Key.Text), r.suggestKey(m.Key.Text, fields))
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

// Map reads a map whose keys the file chooses, member by member.
func (r *Reader) Map(n *Node, read func(Member)) {
	r.reportRepeated(n)
	if !r.is(n, Map) {
		return
	}
	for _, m := range n.Fields {
		if r.full {
			return
		}
		read(m)
	}
}

// Each reads a list item by item.
func (r *Reader) Each(n *Node, read func(*Node)) {
	if !r.is(n, List) {
		return
	}
	for _, item := range n.Items {
		if r.full {
			return
		}
		read(item)
	}
}

// Text reads text that is not empty and has no control character.
func (r *Reader) Text(n *Node) string {
	if !r.is(n, Text) {
		return ""
	}
	if why := whyNotPlain(n.Text); why != "" {
		r.Fail(n, "%s", why)
		return ""
	}
	return n.Text
}

// KeyText reads the key of a map as Text reads a value. A number or a boolean is text there.
func (r *Reader) KeyText(n, key *Node) string {
	if why := whyNotPlain(key.Text); why != "" {
		r.FailKey(n, key, "a key %s", why)
		return ""
	}
	return key.Text
}

func whyNotPlain(s string) string {
	if strings.TrimSpace(s) == "" {
		return "is empty, expected text"
	}
	if i := strings.IndexFunc(s, isControl); i >= 0 {
		return fmt.Sprintf("has the control character %+q, expected plain text", []rune(s[i:])[0])
	}
	return ""
}

func isControl(c rune) bool { return c < ' ' || c >= 0x7f && c < 0xa0 }

// Texts reads a list of texts; an empty list and a text given twice are problems.
func (r *Reader) Texts(n *Node) []string { return Some(r, n, r.Text) }

// Some reads a list without repetitions that has at least one item.
func Some[T comparable](r *Reader, n *Node, read func(*Node) T) []T {
	if n.Kind == List && len(n.Items) == 0 {
		r.Fail(n, "is an empty list, expected at least one item")
	}
	return Set(r, n, read)
}

// Set reads a list without repetitions, which may be empty.
func Set[T comparable](r *Reader, n *Node, read func(*Node) T) []T {
	all := make([]T, 0, min(len(n.Items), 100))
	seen := map[T]bool{}
	r.Each(n, func(item *Node) {
		before := len(r.problems)
		v := read(item)
		switch {
		case len(r.problems) > before || r.full:
		case seen[v]:
			r.Fail(item, "%q is listed twice", Clip(item.Text))
		default:
			seen[v] = true
			all = append(all, v)
		}
	})
	return all
}

// Bool reads true or false.
func (r *Reader) Bool(n *Node) bool {
	if !r.is(n, Bool) {
		return false
	}
	if word := strings.ToLower(n.Text); word == "true" || word == "false" {
		return word == "true"
	}
	r.Fail(n, "%q is neither true nor false", Clip(n.Text)) // the file says !!bool itself
	return false
}

// Int reads a whole number between low and high.
func (r *Reader) Int(n *Node, low, high int) int {
	if !r.is(n, Number) {
		return 0
	}
	v, err := strconv.Atoi(n.Text)
	if err != nil || v < low || v > high || strconv.Itoa(v) != n.Text { // 010 is eight to some
		r.Fail(n, "%s is not a whole number from %d to %d", Clip(n.Text), low, high)
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
	r.Fail(n, "unknown value %q%s", Clip(n.Text), Suggest(n.Text, names))
	return ""
}

// is reports a node of another kind.
func (r *Reader) is(n *Node, want Kind) bool {
	if n.Kind == want {
		return true
	}
	subject, expected := "", want.String()
	if n.parent == nil {
		subject = "the file "
	}
	switch {
	case want == Bool:
		expected = "true or false"
	case want == Text && (n.Kind == Number || n.Kind == Bool):
		expected += " (put it in quotes)"
	}
	r.Fail(n, "%sis %s, expected %s", subject, n.Kind, expected)
	return false
}
