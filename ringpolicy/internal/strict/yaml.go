package strict

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"strings"

	"go.yaml.in/yaml/v4"
)

type yamlReader struct{ tree *tree }

func parseYAML(src []byte) (*Node, *Problem) {
	dec := yaml.NewDecoder(bytes.NewReader(src))
	var doc, next yaml.Node
	if err := dec.Decode(&doc); errors.Is(err, io.EOF) {
		return nil, problemAt(src, 0, "the file is empty")
	} else if err != nil {
		return nil, yamlProblem(src, err)
	}
	if err := dec.Decode(&next); err == nil {
		return nil, &Problem{Line: next.Line, Column: next.Column, Message: "a second document begins here, expected one in a file"}
	} else if !errors.Is(err, io.EOF) {
		return nil, yamlProblem(src, err)
	}
	r := &yamlReader{newTree(src)}
	root, err := r.value(nil, "", doc.Content[0], 1)
	if err != nil {
		return nil, err
	}
	if root.Kind == Null {
		return nil, problemAt(src, 0, "the file is empty")
	}
	root.repeated = r.tree.repeated
	return root, nil
}

// value copies y, aliases followed, below parent.
func (r *yamlReader) value(parent *Node, key string, y *yaml.Node, depth int) (*Node, *Problem) {
	n, err := r.tree.node(parent, key, depth, y.Line, y.Column)
	if err != nil {
		return nil, err
	}
	if y.Kind == yaml.AliasNode {
		y = y.Alias
	}
	switch y.Kind {
	case yaml.SequenceNode:
		return n, r.list(n, y, depth+1)
	case yaml.MappingNode:
		return n, r.members(n, y, depth+1)
	}
	return n, r.scalar(n, y)
}

func (r *yamlReader) list(n *Node, y *yaml.Node, depth int) *Problem {
	if tag := y.ShortTag(); tag != "!!seq" {
		return badTag(n, tag)
	}
	n.Kind = List
	for _, item := range y.Content {
		child, err := r.value(n, "", item, depth)
		if err != nil {
			return err
		}
		n.Items = append(n.Items, child)
	}
	return nil
}

func (r *yamlReader) members(n *Node, y *yaml.Node, depth int) *Problem {
	if tag := y.ShortTag(); tag != "!!map" {
		return badTag(n, tag)
	}
	n.Kind = Map
	for i := 0; i < len(y.Content); i += 2 {
		key, err := r.key(n, y.Content[i], depth)
		if err != nil {
			return err
		}
		child, err := r.value(n, key.Text, y.Content[i+1], depth)
		if err != nil {
			return err
		}
		n.Fields = append(n.Fields, Member{key, child})
	}
	r.tree.close(n)
	return nil
}

// key reads the key of a member of n: any scalar, as it is written.
func (r *yamlReader) key(n *Node, y *yaml.Node, depth int) (*Node, *Problem) {
	if y.Kind == yaml.ScalarNode && y.ShortTag() == "!!merge" {
		return nil, &Problem{Line: y.Line, Column: y.Column, Path: n.Path(), Message: "merge keys (<<) are not supported, write the keys out"}
	}
	key, err := r.value(nil, "", y, depth)
	if err != nil {
		return nil, err
	}
	if key.Kind == List || key.Kind == Map {
		return nil, &Problem{Line: y.Line, Column: y.Column, Path: n.Path(), Message: fmt.Sprintf("a key is %s, expected text", key.Kind)}
	}
	return key, nil
}

var scalarKinds = map[string]Kind{
	"!!null": Null, "!!bool": Bool, "!!int": Number, "!!float": Number, "!!str": Text,
	"!!timestamp": Text, // dates are read by those who expect one
}

func (r *yamlReader) scalar(n *Node, y *yaml.Node) *Problem {
	kind, ok := scalarKinds[y.ShortTag()]
	if !ok {
		return badTag(n, y.ShortTag())
	}
	n.Kind, n.Text = kind, y.Value
	return nil
}

func badTag(n *Node, tag string) *Problem {
	return &Problem{Line: n.Line, Column: n.Col, Path: n.Path(), Message: fmt.Sprintf("tag %q is not supported, expected none", Clip(tag))}
}

// yamlHints say what is usually wrong, by a part of the message of the YAML library, and whether a reader should look where the
// quote, bracket or key begins, rather than where reading stopped.
var yamlHints = []struct {
	part, hint string
	begin      bool
}{
	{"values are not allowed", `check the indentation, and put a value that holds ": " in quotes`, false},
	{"alphabetic or numeric", `put a value that begins with "*" or "&" in quotes`, false},
	{"unknown anchor", `put a value that begins with "*" in quotes`, false},
	{"cannot start any token", `put a value that begins with "@" or "%" in quotes, and indent with spaces, not tabs`, false},
	{"entries are not allowed", `begin a list on a line of its own, and put a value that begins with "- " in quotes`, false},
	{"keys are not allowed", `put a value that begins with "? " in quotes`, false},
	{"node content", "put text that holds brackets in quotes, and check that each opened bracket is closed", false},
	{"escape character", `write \\ for a backslash, or use single quotes`, false},
	{"tab character", "indent with spaces", false},
	{"',' or ", "close the bracket that is opened here, and put text that holds brackets in quotes", true},
	{"unexpected end of stream", "close the quote that is opened here", true},
	{"expected key", "check the indentation, and the quotes", false},
	{"'-' indicator", "check the indentation", false},
	{"expected ':'", `expected "key: value"`, true},
	{"incompatible YAML document", "leave the line %YAML out", false},
}

// yamlProblem gives an error of the YAML library a hint, and the place where a person would look for it.
func yamlProblem(src []byte, err error) *Problem {
	failed := &yaml.LoadError{}
	if !errors.As(err, &failed) {
		failed.Message = err.Error()
	}
	place, hint := failed.Mark, ""
	for _, h := range yamlHints {
		if strings.Contains(failed.Message, h.part) {
			hint = ", " + h.hint
			if h.begin {
				place = failed.ContextMark
			}
			break
		}
	}
	message := "invalid YAML: " + failed.Message + hint
	if end := problemAt(src, len(src), message); place.Line > end.Line { // the library counts a line more where the last one has no end
		return end
	}
	return &Problem{Line: max(place.Line, 1), Column: max(place.Column, 1), Message: message}
}
