package strict

import (
	"bytes"
	"fmt"
	"unicode/utf8"
)

// Limits on a document. A tree within them is read in about a second a megabyte.
const (
	maxDepth    = 64
	maxProblems = 50      // per file; more would not help anyone
	maxYAML     = 4 << 20 // bytes; the YAML library needs two hundred times as much memory
	maxNodes    = 4 << 20
	minNodes    = 1000 // aliases may repeat parts; beyond this a tree has no more nodes than its file has bytes
)

// Parse reads a document of at most limit bytes: JSON when it begins with "{" or "[", otherwise YAML, of at most 4 MB.
// The error is a *Problem. Keys that are given twice are reported by the Reader of the root, beside other problems.
func Parse(file string, src []byte, limit int) (*Node, error) {
	root, err := parse(bytes.TrimPrefix(src, []byte("\ufeff")), limit)
	if err != nil {
		err.File = file
		return nil, err
	}
	return root, nil
}

func parse(src []byte, limit int) (*Node, *Problem) {
	read, format := parseYAML, "a YAML file"
	if start := trimSpace(src); len(start) > 0 && (start[0] == '{' || start[0] == '[') {
		read, format = parseJSON, "a file"
	} else {
		limit = min(limit, maxYAML)
	}
	if len(src) > limit {
		return nil, &Problem{Line: 1, Column: 1, Message: fmt.Sprintf("the file has %d bytes, expected at most %d in %s", len(src), limit, format)}
	}
	if p := notText(src); p != nil {
		return nil, p
	}
	return read(src)
}

// notText finds what no text file has.
func notText(src []byte) *Problem {
	for at := 0; at < len(src); {
		c, size := utf8.DecodeRune(src[at:])
		switch {
		case c == utf8.RuneError && size == 1:
			return problemAt(src, at, "the file is not UTF-8 here")
		case isControl(c) && !isLayout(c):
			return problemAt(src, at, fmt.Sprintf("the file has the control character %+q here", c))
		}
		at += size
	}
	return nil
}

// isLayout reports whether a character lays out a file: tab, line feed, carriage return, next line.
func isLayout(c rune) bool { return c == '\t' || c == '\n' || c == '\r' || c == 0x85 }

func problemAt(src []byte, offset int, message string) *Problem {
	line, col := place(src, offset)
	return &Problem{Line: line, Column: col, Message: message}
}

// place turns an offset into a line and a column, both from 1.
func place(src []byte, offset int) (line, col int) {
	before := src[:min(offset, len(src))]
	start := bytes.LastIndexByte(before, '\n') + 1
	return bytes.Count(before, []byte("\n")) + 1, utf8.RuneCount(before[start:]) + 1
}

// A tree keeps a document within bounds while it is built.
type tree struct {
	left     int        // nodes that may still be made
	repeated []*Problem // keys given twice
}

func newTree(src []byte) *tree { return &tree{left: min(max(minNodes, len(src)), maxNodes)} }

// node makes the next child of parent, or says why there can be none. Key is its key when parent is a Map.
func (t *tree) node(parent *Node, key string, depth, line, col int) (*Node, *Problem) {
	if depth > maxDepth {
		return nil, &Problem{Line: line, Column: col, Message: fmt.Sprintf("nested deeper than %d levels", maxDepth)}
	}
	if t.left--; t.left < 0 {
		return nil, &Problem{Line: line, Column: col, Message: "the file has too many values, those that aliases repeat included"}
	}
	n := &Node{parent: parent, key: key, Line: line, Col: col}
	if parent != nil {
		n.index = len(parent.Items)
	}
	return n, nil
}

// close ends a map: of a key that is given twice the first counts, and the second is a problem.
func (t *tree) close(n *Node) {
	seen := make(map[string]int, len(n.Fields))
	once := n.Fields[:0]
	for _, m := range n.Fields {
		line, twice := seen[m.Key.Text]
		if !twice {
			seen[m.Key.Text] = m.Key.Line
			once = append(once, m)
		} else if len(t.repeated) <= maxProblems {
			t.repeated = append(t.repeated, &Problem{Line: m.Key.Line, Column: m.Key.Col, Path: n.Path(),
				Message: fmt.Sprintf("key %q is given twice, first on line %d", Clip(m.Key.Text), line)})
		}
	}
	n.Fields = once
}
