package strict

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"unicode/utf8"
)

type jsonReader struct {
	src    []byte
	dec    *json.Decoder
	budget budget

	// the place of offset at, moved along with the tokens
	at, line, col int
}

func parseJSON(src []byte) (*Node, error) {
	r := &jsonReader{src: src, dec: json.NewDecoder(bytes.NewReader(src)), budget: newBudget(src), line: 1, col: 1}
	r.dec.UseNumber()
	root, err := r.value(nil, 1)
	if err != nil {
		return nil, err
	}
	if _, err := r.dec.Token(); err != io.EOF {
		r.advance()
		return nil, &Problem{"", r.line, r.col, "", "something follows the JSON value, expected the end of the file"}
	}
	return root, nil
}

// value reads the next value below parent.
func (r *jsonReader) value(parent *Node, depth int) (*Node, error) {
	r.advance()
	n, err := r.budget.node(parent, depth, r.line, r.col)
	if err != nil {
		return nil, err
	}
	token, err := r.token()
	if err != nil {
		return nil, err
	}
	switch t := token.(type) {
	case json.Delim:
		return n, r.compound(n, t, depth)
	case string:
		n.Kind, n.Text = Text, t
	case json.Number:
		n.Kind, n.Text = Number, t.String()
	case bool:
		n.Kind, n.Text = Bool, fmt.Sprint(t)
	}
	return n, nil
}

func (r *jsonReader) compound(n *Node, open json.Delim, depth int) error {
	read := r.item
	if n.Kind = List; open == '{' {
		n.Kind, read = Map, r.member
	}
	for r.dec.More() {
		if err := read(n, depth+1); err != nil {
			return err
		}
	}
	if _, err := r.token(); err != nil {
		return err
	}
	return n.unique()
}

func (r *jsonReader) item(list *Node, depth int) error {
	v, err := r.value(list, depth)
	if err != nil {
		return err
	}
	v.index = len(list.Items)
	list.Items = append(list.Items, v)
	return nil
}

func (r *jsonReader) member(m *Node, depth int) error {
	key, err := r.value(nil, depth) // the decoder refuses keys that are not text
	if err != nil {
		return err
	}
	v, err := r.value(m, depth)
	if err != nil {
		return err
	}
	m.add(key, v)
	return nil
}

func (r *jsonReader) token() (json.Token, error) {
	token, err := r.dec.Token()
	var syntax *json.SyntaxError
	switch {
	case errors.As(err, &syntax):
		line, col := place(r.src, int(syntax.Offset)-1)
		return nil, &Problem{"", line, col, "", "invalid JSON: " + syntax.Error()}
	case err != nil: // the file ends too early
		line, col := place(r.src, len(r.src))
		return nil, &Problem{"", line, col, "", "invalid JSON: the file ends inside a value"}
	}
	return token, nil
}

// advance moves the place to the start of the next token.
func (r *jsonReader) advance() {
	end := int(r.dec.InputOffset())
	for end < len(r.src) && bytes.IndexByte([]byte(" \t\r\n,:"), r.src[end]) >= 0 {
		end++
	}
	passed := r.src[r.at:end]
	if newline := bytes.LastIndexByte(passed, '\n'); newline >= 0 {
		r.line += bytes.Count(passed, []byte("\n"))
		r.col = 1
		passed = passed[newline+1:]
	}
	r.col += utf8.RuneCount(passed)
	r.at = end
}
