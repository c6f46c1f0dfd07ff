package strict

import (
	"bytes"
	"errors"
	"fmt"
	"unicode/utf8"
)

// Limits on a document. A tree within them is read in well under a second a megabyte.
const (
	maxDepth     = 64
	maxProblems  = 50 // per file; more helps nobody
	nodesPerByte = 1  // aliases may repeat parts, but a tree never has more nodes than its file has bytes
	minNodes     = 1000
)

// Parse reads a document of at most limit bytes: JSON when it begins with "{" or "[", otherwise YAML.
// The error is a *Problem.
func Parse(file string, src []byte, limit int) (*Node, error) {
	src = bytes.TrimPrefix(src, []byte("\ufeff"))
	if len(src) > limit {
		return nil, &Problem{file, 1, 1, "", fmt.Sprintf("the file has %d bytes, expected at most %d", len(src), limit)}
	}
	if at := invalidUTF8(src); at >= 0 {
		line, col := place(src, at)
		return nil, &Problem{file, line, col, "", "the file is not UTF-8 here"}
	}
	read := parseYAML
	if start := bytes.TrimLeft(src, " \t\r\n"); len(start) > 0 && (start[0] == '{' || start[0] == '[') {
		read = parseJSON
	}
	root, err := read(src)
	var p *Problem
	if errors.As(err, &p) {
		p.File = file
	}
	return root, err
}

func invalidUTF8(src []byte) int {
	if utf8.Valid(src) {
		return -1
	}
	at := 0
	for {
		r, size := utf8.DecodeRune(src[at:])
		if r == utf8.RuneError && size == 1 {
			return at
		}
		at += size
	}
}

// place turns an offset into a line and a column, both from 1.
func place(src []byte, offset int) (line, col int) {
	before := src[:min(offset, len(src))]
	start := bytes.LastIndexByte(before, '\n') + 1
	return bytes.Count(before, []byte("\n")) + 1, utf8.RuneCount(before[start:]) + 1
}

// budget bounds a tree while it is built.
type budget struct{ nodes int }

func newBudget(src []byte) budget { return budget{max(minNodes, nodesPerByte*len(src))} }

// node makes a child of parent, or says why there can be none.
func (b *budget) node(parent *Node, depth, line, col int) (*Node, error) {
	if depth > maxDepth {
		return nil, &Problem{"", line, col, "", fmt.Sprintf("nested deeper than %d levels", maxDepth)}
	}
	if b.nodes--; b.nodes < 0 {
		return nil, &Problem{"", line, col, "", "the file grows too large when its aliases are followed"}
	}
	return &Node{parent: parent, Line: line, Col: col}, nil
}

// add puts a member into a map.
func (n *Node) add(key, value *Node) {
	value.key = key.Text
	n.Fields = append(n.Fields, Member{key, value})
}

// unique reports the first key of a map that is given twice.
func (n *Node) unique() error {
	seen := make(map[string]int, len(n.Fields))
	for _, m := range n.Fields {
		if line, twice := seen[m.Key.Text]; twice {
			return &Problem{"", m.Key.Line, m.Key.Col, n.Path(), fmt.Sprintf("key %q is given twice, first on line %d", clip(m.Key.Text), line)}
		}
		seen[m.Key.Text] = m.Key.Line
	}
	return nil
}
