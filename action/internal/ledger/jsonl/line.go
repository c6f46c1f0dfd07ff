package jsonl

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"unicode/utf8"

	"github.com/wizzense/deployment-rings/action/internal/ledger"
	"github.com/wizzense/deployment-rings/internal/text"
)

// MaxLine is the number of bytes that a line of a ledger file may have, its end included. An entry that passes
// [ledger.Entry.Check] always fits.
const MaxLine = 64 << 10

// encode returns the line of an entry, its end included.
func encode(e ledger.Entry) ([]byte, error) {
	var b bytes.Buffer
	encoder := json.NewEncoder(&b)
	encoder.SetEscapeHTML(false) // people read it
	e.At = e.At.UTC()
	err := encoder.Encode(e)
	return b.Bytes(), err
}

// decode reads a trimmed line strictly. It returns all that is wrong with it.
func decode(line []byte) (ledger.Entry, []error) {
	if err := checkSyntax(line); err != nil {
		return ledger.Entry{}, []error{err}
	}
	var e ledger.Entry
	var p []error
	addf := func(format string, args ...any) { p = append(p, fmt.Errorf(format, args...)) }
	seen := make([]bool, len(keys))
	eachMember(line, func(name, value []byte) {
		i := slices.IndexFunc(keys, func(k key) bool { return k.name == string(name) })
		switch {
		case i < 0:
			addf("unknown key %s%s", text.Quote(string(name)), text.Suggest(string(name), keyNames()))
		case seen[i]:
			addf("key %s is there twice", text.Quote(string(name)))
		default:
			seen[i] = true
			if err := keys[i].set(&e, value); err != nil {
				addf("%s: %w", keys[i].name, err)
			}
		}
	})
	if p == nil {
		p = e.Problems()
		if _, err := number(e.ID); err != nil {
			addf("id: %w", err)
		}
	}
	return e, p
}

// checkSyntax accepts one JSON object, and nothing beside it.
func checkSyntax(line []byte) error {
	switch {
	case !utf8.Valid(line):
		return errors.New("is not UTF-8")
	case !json.Valid(line):
		var v json.RawMessage
		return fmt.Errorf("is not JSON: %w", json.Unmarshal(line, &v))
	case line[0] != '{':
		return errors.New("is not a JSON object")
	}
	return nil
}

// isCut reports whether a line is the beginning of a JSON object that does not go on. What a crash of the system left unwritten may be
// there as zero bytes.
func isCut(line []byte) bool {
	line = bytes.TrimRight(line, "\x00")
	var v json.RawMessage
	err := json.NewDecoder(bytes.NewReader(line)).Decode(&v)
	return len(line) == 0 || line[0] == '{' && errors.Is(err, io.ErrUnexpectedEOF)
}

// trimLine takes off what may stand around a record: white space, the carriage return of Windows, and the mark that
// some editors put before UTF-8.
func trimLine(line []byte) []byte {
	return bytes.Trim(bytes.TrimPrefix(line, []byte("\ufeff")), " \t\r\n")
}

// eachMember calls f with each key, without its quotes, and each value of an object that is known to be valid JSON.
func eachMember(object []byte, f func(key, value []byte)) {
	const between = " \t\r\n,:"
	for rest := bytes.TrimLeft(object[1:], between); rest[0] != '}'; rest = bytes.TrimLeft(rest, between) {
		key := rest[:valueLength(rest)]
		rest = bytes.TrimLeft(rest[len(key):], between)
		value := rest[:valueLength(rest)]
		rest = rest[len(value):]
		f(unquote(key), value)
	}
}

// valueLength returns the length of the key or value with which a rest of an object begins.
func valueLength(rest []byte) int {
	depth, quoted := 0, false
	for i := 0; ; i++ {
		switch c := rest[i]; {
		case quoted && c == '\\':
			i++
		case c == '"':
			quoted = !quoted
		case quoted:
		case c == '{' || c == '[':
			depth++
		case depth > 0 && (c == '}' || c == ']'):
			depth--
		case depth == 0 && bytes.IndexByte([]byte(",:} \t\r\n"), c) >= 0:
			return i
		}
	}
}

// unquote returns what a JSON text says.
func unquote(quoted []byte) []byte {
	inner := quoted[1 : len(quoted)-1]
	if bytes.IndexByte(inner, '\\') < 0 {
		return inner
	}
	var s string
	if err := json.Unmarshal(quoted, &s); err != nil {
		panic(err) // it is known to be valid
	}
	return []byte(s)
}
