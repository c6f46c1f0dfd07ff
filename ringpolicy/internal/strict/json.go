package strict

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"unicode/utf8"
)

type jsonReader struct {
	src  []byte
	dec  *json.Decoder
	tree *tree

	// the place of offset at, moved along with the tokens
	at, line, col int
}

func parseJSON(src []byte) (*Node, *Problem) {
	r := &jsonReader{src: src, dec: json.NewDecoder(bytes.NewReader(src)), tree: newTree(src), line: 1, col: 1}
	r.dec.UseNumber()
	root, err := r.value(nil, "", 1)
	if err != nil {
		return nil, err
	}
	r.advance()
	if r.at < len(src) {
		return nil, r.problem("something follows the JSON value, expected the end of the file")
	}
	root.repeated = r.tree.repeated
	return root, nil
}

// value reads the next value below parent.
func (r *jsonReader) value(parent *Node, key string, depth int) (*Node, *Problem) {
	r.advance()
	n, err := r.tree.node(parent, key, depth, r.line, r.col)
	if err != nil {
		return nil, err
	}
	token, err := r.token()
	if err != nil {
		return nil, err
	}
	switch t := token.(type) {
	case json.Delim:
		return n, r.compound(n, t, depth+1)
	case string:
		n.Kind, n.Text = Text, t
	case json.Number:
		n.Kind, n.Text = Number, t.String()
	case bool:
		n.Kind, n.Text = Bool, fmt.Sprint(t)
	}
	return n, nil
}

func (r *jsonReader) compound(n *Node, open json.Delim, depth int) *Problem {
	read := r.item
	if n.Kind = List; open == '{' {
		n.Kind, read = Map, r.member
	}
	for r.dec.More() {
		if err := read(n, depth); err != nil {
			return err
		}
	}
	r.advance()
	if _, err := r.token(); err != nil {
		return err
	}
	r.tree.close(n)
	return nil
}

func (r *jsonReader) item(list *Node, depth int) *Problem {
	v, err := r.value(list, "", depth)
	if err != nil {
		return err
	}
	list.Items = append(list.Items, v)
	return nil
}

func (r *jsonReader) member(m *Node, depth int) *Problem {
	key, err := r.value(nil, "", depth) // the decoder refuses keys that are not text
	if err != nil {
		return err
	}
	v, err := r.value(m, key.Text, depth)
	if err != nil {
		return err
	}
	m.Fields = append(m.Fields, Member{key, v})
	return nil
}

func (r *jsonReader) token() (json.Token, *Problem) {
	token, err := r.dec.Token()
	var syntax *json.SyntaxError
	switch {
	case errors.As(err, &syntax):
		// its own offset leaves out brackets
		return nil, r.problem("invalid JSON (a file that begins with { or [ is read as JSON): " + syntax.Error())
	case err != nil:
		return nil, problemAt(r.src, len(r.src), "invalid JSON: the file ends inside a value")
	}
	return token, nil
}

func (r *jsonReader) problem(message string) *Problem {
	return &Problem{Line: r.line, Column: r.col, Message: message}
}

// advance moves the place to the start of the next token, over white space and one separator.
func (r *jsonReader) advance() {
	rest := trimSpace(r.src[r.dec.InputOffset():])
	if len(rest) > 0 && (rest[0] == ',' || rest[0] == ':') {
		rest = trimSpace(rest[1:])
	}
	end := len(r.src) - len(rest)
	passed := r.src[r.at:end]
	if newline := bytes.LastIndexByte(passed, '\n'); newline >= 0 {
		r.line += bytes.Count(passed, []byte("\n"))
		r.col = 1
		passed = passed[newline+1:]
	}
	r.col += utf8.RuneCount(passed)
	r.at = end
}

func trimSpace(s []byte) []byte { return bytes.TrimLeft(s, " \t\r\n") }
