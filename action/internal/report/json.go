package report

import (
	"bytes"
	"encoding/json"
	"strings"

	"github.com/wizzense/deployment-rings/labels"
)

// A Type says what an output is in JSON. As an output of a step it is always text.
type Type int

// The types of outputs.
const (
	Text    Type = iota // a string, or null when empty
	Boolean             // true or false
	Number              // an integer, or null when empty
	List                // lines, as an array of strings
	Quoted              // lines of CSV, see [labels.Quote], as an array of strings
	Object              // key=value lines of CSV, as an object of strings
)

// JSON gives the outputs as one object on one line, with a key for each output in the order of the list.
func JSON(outputs []Output) (string, error) {
	b := bytes.NewBufferString("{")
	for i, o := range outputs {
		if i > 0 {
			b.WriteByte(',')
		}
		if err := member(b, o); err != nil {
			return "", err
		}
	}
	b.WriteByte('}')
	return b.String(), nil
}

func member(b *bytes.Buffer, o Output) error {
	if err := encode(b, o.Name); err != nil {
		return err
	}
	b.WriteByte(':')
	return encode(b, o.typed())
}

// encode leaves <, > and & readable: the text goes into files and tools, never into a page.
func encode(b *bytes.Buffer, v any) error {
	e := json.NewEncoder(b)
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil {
		return err
	}
	b.Truncate(b.Len() - 1) // the encoder ends with a line break
	return nil
}

func (o Output) typed() any {
	switch {
	case o.Type == Boolean:
		return o.Value == "true"
	case o.Type == List:
		return lines(o.Value)
	case o.Type == Quoted:
		return unquoted(o.Value)
	case o.Type == Object:
		return object(o.Value)
	case o.Value == "":
		return nil
	case o.Type == Number:
		return json.Number(o.Value)
	}
	return o.Value
}

func lines(value string) []string {
	if value == "" {
		return []string{}
	}
	return strings.Split(value, "\n")
}

func unquoted(value string) []string {
	all := lines(value)
	for i, line := range all {
		all[i] = labels.Unquote(line)
	}
	return all
}

func object(value string) map[string]string {
	m := map[string]string{}
	for _, line := range unquoted(value) {
		key, v, _ := strings.Cut(line, "=")
		m[key] = v
	}
	return m
}

// Indent lays out a JSON value for reading. The marker ##[, which the runner takes for a command anywhere in a
// line of the log, is spelt with an escape that means the same.
func Indent(text string) (string, error) {
	var b bytes.Buffer
	if err := json.Indent(&b, []byte(text), "", "  "); err != nil {
		return "", err
	}
	return strings.ReplaceAll(b.String(), "##[", `#\u0023[`) + "\n", nil
}

// Marshal writes a value as JSON. It keeps <, > and & as they are: whoever shows the text escapes it.
func Marshal(v any) ([]byte, error) {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(v); err != nil {
		return nil, err
	}
	return bytes.TrimSuffix(b.Bytes(), []byte("\n")), nil
}
