package ringpolicy

import (
	"errors"
	"strings"
	"unicode"
	"unicode/utf8"
)

// A pattern is text in which "*" stands for any run of characters, "/" too, "?" for one character, and
// "[a-z]" or "[!a-z]" for one character in, or not in, the ranges. Nothing escapes.
type pattern struct {
	source string
	tokens []token
	prefix int  // bytes of source before the first token that is no literal
	folded bool // without regard to case
}

// A token matches one character, or any run of them.
type token struct {
	kind   tokenKind
	char   rune
	ranges []runeRange // of set and notSet
}

type tokenKind uint8

const (
	literal tokenKind = iota
	anyRun
	anyChar
	set
	notSet
)

type runeRange struct{ low, high rune }

var (
	errUnclosed = errors.New(`the "[" is never closed by "]"`)
	errEmptySet = errors.New(`the "[" is closed by "]" before any character`)
	errReversed = errors.New(`a range runs backwards, as in "[z-a]"`)
)

// isPattern reports whether a branch of a policy is a pattern and not a name.
func isPattern(s string) bool { return strings.ContainsAny(s, "*?[") }

func compilePattern(source string, folded bool) (pattern, error) {
	p := pattern{source: source, prefix: strings.IndexAny(source, "*?["), folded: folded}
	if p.prefix < 0 {
		p.prefix = len(source)
	}
	for rest := source; rest != ""; {
		t, size, err := nextToken(rest)
		if err != nil {
			return pattern{}, err
		}
		if folded && t.kind == literal {
			t.char = fold(t.char)
		}
		p.tokens = append(p.tokens, t)
		rest = rest[size:]
	}
	return p, nil
}

func nextToken(s string) (token, int, error) {
	c, size := utf8.DecodeRuneInString(s)
	switch c {
	case '*':
		return token{kind: anyRun}, size, nil
	case '?':
		return token{kind: anyChar}, size, nil
	case '[':
		return setToken(s)
	}
	return token{kind: literal, char: c}, size, nil
}

func setToken(s string) (token, int, error) {
	end := strings.IndexByte(s, ']')
	if end < 0 {
		return token{}, 0, errUnclosed
	}
	t := token{kind: set}
	inside, negated := strings.CutPrefix(s[1:end], "!")
	if negated {
		t.kind = notSet
	}
	if inside == "" {
		return token{}, 0, errEmptySet
	}
	for chars := []rune(inside); len(chars) > 0; {
		r, used := runeRange{chars[0], chars[0]}, 1
		if len(chars) >= 3 && chars[1] == '-' {
			r.high, used = chars[2], 3
		}
		if r.low > r.high {
			return token{}, 0, errReversed
		}
		t.ranges = append(t.ranges, r)
		chars = chars[used:]
	}
	return t, end + 1, nil
}

// match tries the whole of s. It goes back to the last "*" only, so its time is at most the product of the lengths.
func (p pattern) match(s string) bool {
	i := 0                // in tokens
	star, resume := -1, s // the last "*", and where the text goes on when it takes one character more
	for rest := s; ; {
		switch {
		case i < len(p.tokens) && p.tokens[i].kind == anyRun:
			star, resume = i, rest
			i++
			continue
		case rest == "" && i == len(p.tokens):
			return true
		case rest != "" && i < len(p.tokens):
			if c, size := utf8.DecodeRuneInString(rest); p.tokens[i].matches(c, p.folded) {
				i++
				rest = rest[size:]
				continue
			}
		}
		if star < 0 || resume == "" {
			return false
		}
		_, size := utf8.DecodeRuneInString(resume)
		resume = resume[size:]
		i, rest = star+1, resume
	}
}

func (t token) matches(c rune, folded bool) bool {
	switch t.kind {
	case literal:
		return t.char == c || folded && t.char == fold(c)
	case anyChar:
		return true
	}
	return t.holds(c, folded) == (t.kind == set)
}

// holds reports whether a character, or one that differs from it in case only, is in the ranges of a set.
func (t token) holds(c rune, folded bool) bool {
	in := t.contains(c)
	for other := unicode.SimpleFold(c); folded && !in && other != c; other = unicode.SimpleFold(other) {
		in = t.contains(other)
	}
	return in
}

func (t token) contains(c rune) bool {
	for _, r := range t.ranges {
		if r.low <= c && c <= r.high {
			return true
		}
	}
	return false
}

// fold makes characters equal that differ in case only.
func fold(c rune) rune {
	if c < utf8.RuneSelf { // most are, and the first of them is the capital
		if 'a' <= c && c <= 'z' {
			c -= 'a' - 'A'
		}
		return c
	}
	for {
		next := unicode.SimpleFold(c)
		if next <= c { // around to the first of them
			return next
		}
		c = next
	}
}

func foldText(s string) string { return strings.Map(fold, s) }
