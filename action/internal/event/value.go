package event

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"
)

// A SyntaxError is a payload that is not JSON. Lines and columns (bytes) count from 1.
type SyntaxError struct {
	Line, Column int
	Err          error
}

// Error returns the problem as "line:column: what is wrong".
func (e *SyntaxError) Error() string { return fmt.Sprintf("%d:%d: %v", e.Line, e.Column, e.Err) }

// Unwrap returns what is wrong, without the place.
func (e *SyntaxError) Unwrap() error { return e.Err }

// A reader collects the problems of one payload.
type reader struct {
	event    string
	problems []error
}

func (r *reader) err() error { return errors.Join(r.problems...) }

// root checks the payload as a whole and returns its outermost object.
func (r *reader) root(payload []byte) (*value, error) {
	if len(payload) > MaxSize {
		return nil, fmt.Errorf("the payload has %d bytes, GitHub sends at most %d", len(payload), MaxSize)
	}
	payload = bytes.TrimPrefix(payload, []byte("\ufeff")) // some editors begin a file with this mark
	if len(bytes.TrimSpace(payload)) == 0 {
		return nil, errors.New("the payload is empty")
	}
	if err := check(payload); err != nil {
		return nil, err
	}
	root := &value{r: r, raw: bytes.TrimSpace(payload)}
	if root.raw[0] != '{' {
		return nil, fmt.Errorf("the payload is %s, expected an object", root.kind())
	}
	return root, nil
}

// check returns a [*SyntaxError] for what is not one JSON value in UTF-8. Bytes that are not UTF-8 would be replaced
// by the decoder, and two branches could become one.
func check(payload []byte) error {
	if at := invalidUTF8(payload); at >= 0 {
		return syntaxError(payload, at, errors.New("not UTF-8"))
	}
	var raw json.RawMessage
	err := json.Unmarshal(payload, &raw)
	if syntax := (*json.SyntaxError)(nil); errors.As(err, &syntax) {
		return syntaxError(payload, int(syntax.Offset)-1, syntax)
	}
	return err
}

func invalidUTF8(b []byte) int {
	if utf8.Valid(b) {
		return -1
	}
	at := 0
	for {
		r, size := utf8.DecodeRune(b[at:])
		if r == utf8.RuneError && size <= 1 {
			return at
		}
		at += size
	}
}

func syntaxError(payload []byte, at int, err error) error {
	before := payload[:max(at, 0)]
	return &SyntaxError{
		Line:   1 + bytes.Count(before, []byte("\n")),
		Column: len(before) - bytes.LastIndexByte(before, '\n'),
		Err:    err,
	}
}

// A value is one place of the payload: its path, and the JSON text there, nil when there is none. It is decoded when
// it is asked for, so that a large payload costs little. A null counts as absent.
type value struct {
	r       *reader
	path    string
	raw     json.RawMessage
	members map[string]*value // once they were asked for
}

func (v *value) present() bool { return v.raw != nil }

// kind names the type of the JSON text with an article.
func (v *value) kind() string {
	switch v.raw[0] {
	case '{':
		return "an object"
	case '[':
		return "an array"
	case '"':
		return "a string"
	case 't', 'f':
		return "a boolean"
	case 'n':
		return "null"
	}
	return "a number"
}

// problem notes what is wrong with the value, once.
func (v *value) problem(format string, args ...any) {
	text := fmt.Sprintf("event %s: %s: %s", v.r.event, v.path, fmt.Sprintf(format, args...))
	if !slices.ContainsFunc(v.r.problems, func(err error) bool { return err.Error() == text }) {
		v.r.problems = append(v.r.problems, errors.New(text))
	}
}

// get returns what is found below the object by the keys.
func (v *value) get(keys ...string) *value {
	for _, key := range keys {
		v = v.member(key)
	}
	return v
}

func (v *value) member(key string) *value {
	if m, ok := v.object()[key]; ok {
		return m
	}
	return &value{r: v.r, path: v.below(key)}
}

func (v *value) below(key string) string { return strings.TrimPrefix(v.path+"."+key, ".") }

// need is get for what must be there. What is missing below another missing value is not a problem of its own.
func (v *value) need(keys ...string) *value {
	for _, key := range keys {
		inside := v.present() && v.raw[0] == '{'
		v = v.member(key)
		if inside && !v.present() {
			v.problem("missing, the event needs it")
		}
	}
	if string(v.raw) == `""` {
		v.problem("empty, the event needs it")
	}
	return v
}

func (v *value) object() map[string]*value {
	if v.members != nil {
		return v.members
	}
	var texts map[string]json.RawMessage
	v.decode(&texts, '{', "an object")
	v.members = make(map[string]*value, len(texts))
	for key, raw := range texts {
		if string(raw) == "null" {
			raw = nil
		}
		v.members[key] = &value{r: v.r, path: v.below(key), raw: raw}
	}
	return v.members
}

// text returns a string, "" when it is absent.
func (v *value) text() (s string) {
	v.decode(&s, '"', "a string")
	return s
}

// flag returns a boolean, false when it is absent.
func (v *value) flag() (b bool) {
	if v.present() && v.raw[0] != 't' && v.raw[0] != 'f' {
		v.problem("%s, expected true or false", v.kind())
		return false
	}
	return string(v.raw) == "true"
}

// scalar returns a string, or a number or boolean as it is written, trimmed; "" when it is absent.
func (v *value) scalar() string {
	if !v.present() || v.raw[0] == '"' {
		return strings.TrimSpace(v.text())
	}
	if v.raw[0] == '{' || v.raw[0] == '[' {
		v.problem("%s, expected a string or a number", v.kind())
		return ""
	}
	return string(v.raw)
}

// number returns the number of an issue or pull request, 0 when it is absent.
func (v *value) number() int {
	if !v.present() {
		return 0
	}
	if k := v.kind(); k != "a number" {
		v.problem("%s, expected a number", k)
		return 0
	}
	return v.positive(string(v.raw))
}

// positive reads digits that do not begin with a zero, as numbers of pull requests are written.
func (v *value) positive(digits string) int {
	n, err := strconv.Atoi(digits)
	if err != nil || n < 1 || strconv.Itoa(n) != digits {
		v.problem("%.40q is not a number such as 123", digits)
		return 0
	}
	return n
}

// revision returns a full commit, "" when it is absent.
func (v *value) revision() string {
	return v.commit(v.text())
}

// commit returns s, "" with a problem when it is neither empty nor a full commit.
func (v *value) commit(s string) string {
	if s != "" && !isCommit(s) {
		v.problem("%.80q is not a full commit, expected 40 or 64 lower-case hexadecimal digits", s)
		return ""
	}
	return s
}

// decode reads the value into what target points to, if it begins as it should.
func (v *value) decode(target any, first byte, expected string) {
	if !v.present() {
		return
	}
	if v.raw[0] != first {
		v.problem("%s, expected %s", v.kind(), expected)
		return
	}
	if err := json.Unmarshal(v.raw, target); err != nil {
		v.problem("%v", err)
	}
}

// isCommit reports whether s is a full commit: SHA-1 or SHA-256 in lower-case hexadecimal digits.
func isCommit(s string) bool {
	return (len(s) == 40 || len(s) == 64) && strings.Trim(s, "0123456789abcdef") == ""
}
