package strict

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"regexp"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"
)

type yamlReader struct{ budget budget }

func parseYAML(src []byte) (*Node, error) {
	dec := yaml.NewDecoder(bytes.NewReader(src))
	var doc, next yaml.Node
	if err := dec.Decode(&doc); errors.Is(err, io.EOF) {
		return nil, &Problem{"", 1, 1, "", "the file is empty"}
	} else if err != nil {
		return nil, yamlProblem(src, err)
	}
	if err := dec.Decode(&next); err == nil {
		return nil, &Problem{"", max(next.Line, 1), max(next.Column, 1), "", "a second document begins here, expected one in a file"}
	} else if !errors.Is(err, io.EOF) {
		return nil, yamlProblem(src, err)
	}
	r := &yamlReader{newBudget(src)}
	return r.value(nil, doc.Content[0], 1)
}

var yamlLine = regexp.MustCompile(`^yaml: (?:line (\d+): )?`)

// yamlProblem takes the line out of a message of the YAML library, which knows no column.
func yamlProblem(src []byte, err error) *Problem {
	text := err.Error()
	found := yamlLine.FindStringSubmatch(text)
	line := 1
	if found != nil {
		text = strings.TrimPrefix(text, found[0])
		if n, err := strconv.Atoi(found[1]); err == nil {
			line = n
		}
	}
	last := bytes.Count(bytes.TrimSuffix(src, []byte("\n")), []byte("\n")) + 1
	return &Problem{"", min(max(line, 1), last), 1, "", "invalid YAML: " + text}
}

// value copies y, aliases followed, below parent.
func (r *yamlReader) value(parent *Node, y *yaml.Node, depth int) (*Node, error) {
	n, err := r.budget.node(parent, depth, y.Line, y.Column)
	if err != nil {
		return nil, err
	}
	for y.Kind == yaml.AliasNode {
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

func (r *yamlReader) list(n *Node, y *yaml.Node, depth int) error {
	if tag := y.ShortTag(); tag != "!!seq" {
		return badTag(n, tag)
	}
	n.Kind = List
	for i, item := range y.Content {
		child, err := r.value(n, item, depth)
		if err != nil {
			return err
		}
		child.index = i
		n.Items = append(n.Items, child)
	}
	return nil
}

func (r *yamlReader) members(n *Node, y *yaml.Node, depth int) error {
	if tag := y.ShortTag(); tag != "!!map" {
		return badTag(n, tag)
	}
	n.Kind = Map
	for i := 0; i < len(y.Content); i += 2 {
		key, err := r.key(n, y.Content[i], depth)
		if err != nil {
			return err
		}
		child, err := r.value(n, y.Content[i+1], depth)
		if err != nil {
			return err
		}
		n.add(key, child)
	}
	return n.unique()
}

// key reads the key of a member of n: any scalar, as it is written.
func (r *yamlReader) key(n *Node, y *yaml.Node, depth int) (*Node, error) {
	if y.Kind == yaml.ScalarNode && y.ShortTag() == "!!merge" {
		return nil, &Problem{"", y.Line, y.Column, n.Path(), "merge keys (<<) are not supported, write the keys out"}
	}
	key, err := r.value(nil, y, depth)
	if err != nil {
		return nil, err
	}
	if key.Kind == List || key.Kind == Map {
		return nil, &Problem{"", y.Line, y.Column, n.Path(), fmt.Sprintf("a key is %s, expected text", key.Kind)}
	}
	return key, nil
}

var scalarKinds = map[string]Kind{
	"!!null": Null, "!!bool": Bool, "!!int": Number, "!!float": Number, "!!str": Text,
	"!!timestamp": Text, // dates are read by those who expect one
}

func (r *yamlReader) scalar(n *Node, y *yaml.Node) error {
	kind, ok := scalarKinds[y.ShortTag()]
	if !ok {
		return badTag(n, y.ShortTag())
	}
	n.Kind, n.Text = kind, y.Value
	return nil
}

func badTag(n *Node, tag string) error {
	return &Problem{"", n.Line, n.Col, n.Path(), fmt.Sprintf("tag %q is not supported", clip(tag))}
}
