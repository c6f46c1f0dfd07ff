package event

import (
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// blocks is the block structure of a Markdown text, read line by line as the CommonMark specification describes
// (appendix "A parsing strategy"), as far as it decides which lines are commands.
type blocks struct {
	open     []container    // from the outermost to the innermost
	leaf     leaf           // what is open inside them
	fence    string         // of a fenced leaf: the opening run
	end      *regexp.Regexp // of an HTML leaf: what ends it, nil for a blank line
	text     []textLine     // of a paragraph
	commands []string
}

type leaf int

const (
	noLeaf leaf = iota
	paragraph
	fenced
	html
)

// A container is a block quote or a list item.
type container struct {
	quote bool
	width int  // of a list item: the columns before its content
	empty bool // of a list item: nothing is in it yet
}

// A textLine is a line of a paragraph.
type textLine struct{ raw, text string }

// line adds the next line of the text.
func (b *blocks) line(raw string) {
	rest, depth := b.enter(expandTabs(raw))
	if depth == len(b.open) && b.verbatim(raw, rest) {
		return
	}
	for more := true; more; {
		rest, depth, more = b.openContainer(rest, depth)
	}
	if !b.openLeaf(raw, rest, depth) {
		b.paragraph(raw, rest, depth)
	}
}

// enter strips the marks of the open containers that the line continues, and returns how many these are.
func (b *blocks) enter(rest string) (string, int) {
	for depth := range b.open {
		c := &b.open[depth]
		text, indent := trimIndent(rest)
		switch {
		case c.quote && isQuote(text, indent):
			rest = afterQuote(text)
		case !c.quote && text == "" && !c.empty:
			rest = ""
		case !c.quote && text != "" && indent >= c.width:
			rest, c.empty = rest[c.width:], false
		default:
			return rest, depth
		}
	}
	return rest, len(b.open)
}

// verbatim takes a line of an open fence or HTML block, whose text is not Markdown.
func (b *blocks) verbatim(raw, rest string) bool {
	switch b.leaf {
	case fenced:
		if closesFence(rest, b.fence) {
			b.leaf = noLeaf
		}
		return true
	case html:
		b.html(raw, rest)
		return true
	}
	return false
}

// openContainer opens a block quote or list item that begins here, and returns what is left of the line.
func (b *blocks) openContainer(rest string, depth int) (string, int, bool) {
	text, indent := trimIndent(rest)
	if isQuote(text, indent) {
		return afterQuote(text), b.push(container{quote: true}, depth), true
	}
	if indent >= 4 || b.startsLeaf(text, depth) {
		return rest, depth, false
	}
	item, inner, ok := listItem(text, b.continues(depth))
	if !ok {
		return rest, depth, false
	}
	item.width += indent
	return inner, b.push(item, depth), true
}

func (b *blocks) push(c container, depth int) int {
	b.close(depth)
	b.open = append(b.open, c)
	return depth + 1
}

// continues reports whether the line is the next one of the open paragraph, with all marks of its containers.
func (b *blocks) continues(depth int) bool {
	return b.leaf == paragraph && depth == len(b.open)
}

// startsLeaf reports whether the text is a leaf block that could be taken for a list item: a line below a heading, or a
// rule.
func (b *blocks) startsLeaf(text string, depth int) bool {
	return b.continues(depth) && underline.MatchString(text) || isRule(text)
}

// openLeaf takes a line that begins, or is, a block other than a paragraph.
func (b *blocks) openLeaf(raw, rest string, depth int) bool {
	text, indent := trimIndent(rest)
	switch {
	case text == "":
		b.close(depth)
		return true
	case indent >= 4:
		return b.indented(depth)
	case heading.MatchString(text), b.startsLeaf(text, depth):
		b.close(depth)
		return true
	}
	return b.openFence(text, depth) || b.openHTML(raw, text, depth)
}

// indented takes a line of indented code, which cannot follow the text of a paragraph.
func (b *blocks) indented(depth int) bool {
	if b.leaf == paragraph {
		return false
	}
	b.close(depth)
	return true
}

func (b *blocks) openFence(text string, depth int) bool {
	mark := fence.FindString(text)
	if mark == "" || mark[0] == '`' && strings.Contains(text[len(mark):], "`") {
		return false
	}
	b.close(depth)
	b.leaf, b.fence = fenced, mark
	return true
}

// paragraph takes a line of text, which goes on with the open paragraph even without the marks of its containers.
func (b *blocks) paragraph(raw, rest string, depth int) {
	if b.leaf != paragraph {
		b.close(depth)
		b.leaf = paragraph
	}
	text, _ := trimIndent(rest)
	b.text = append(b.text, textLine{raw, text})
}

// close ends the open leaf and all containers but the outer ones.
func (b *blocks) close(depth int) {
	if b.leaf == paragraph && !slices.ContainsFunc(b.open, func(c container) bool { return c.quote }) {
		b.commands = append(b.commands, visibleCommands(b.text)...)
	}
	b.leaf, b.text, b.open = noLeaf, nil, b.open[:depth]
}

var (
	heading   = regexp.MustCompile(`^#{1,6}(?: |$)`)
	underline = regexp.MustCompile(`^(?:=+|-+) *$`)
	rule      = regexp.MustCompile(`^(?:(?:\* *){3,}|(?:- *){3,}|(?:_ *){3,})$`)
	fence     = regexp.MustCompile("^(?:`{3,}|~{3,})")
	listMark  = regexp.MustCompile(`^(?:[-+*]|[0-9]{1,9}[.)])`)
)

func isRule(text string) bool { return rule.MatchString(text) }

func isQuote(text string, indent int) bool { return indent < 4 && strings.HasPrefix(text, ">") }

// afterQuote returns what follows the quote mark and the space that belongs to it.
func afterQuote(text string) string { return strings.TrimPrefix(text[1:], " ") }

func closesFence(rest, open string) bool {
	text, indent := trimIndent(rest)
	text = strings.TrimRight(text, " ")
	return indent < 4 && len(text) >= len(open) && strings.Trim(text, open[:1]) == ""
}

// listItem reads the mark of a list item, and returns what follows it. An empty item, or one with a number other than 1,
// does not interrupt a paragraph.
func listItem(text string, interrupts bool) (c container, rest string, ok bool) {
	mark := listMark.FindString(text)
	after := text[len(mark):]
	if mark == "" || after != "" && after[0] != ' ' {
		return c, "", false
	}
	inner, spaces := trimIndent(after)
	number, err := strconv.Atoi(mark[:len(mark)-1])
	if interrupts && (inner == "" || err == nil && number != 1) {
		return c, "", false
	}
	if inner == "" || spaces > 4 { // an item may begin with indented code, or with nothing
		spaces = 1
	}
	return container{width: len(mark) + spaces, empty: inner == ""}, after[min(spaces, len(after)):], true
}

func trimIndent(s string) (text string, indent int) {
	text = strings.TrimLeft(s, " ")
	return text, len(s) - len(text)
}

// expandTabs replaces tabs by spaces up to the next column that is a multiple of four. Columns are counted in bytes, which
// is right where it matters: before the first character of the text.
func expandTabs(s string) string {
	if !strings.Contains(s, "\t") {
		return s
	}
	var b strings.Builder
	for _, c := range []byte(s) {
		if c == '\t' {
			b.WriteString("    "[b.Len()%4:])
		} else {
			b.WriteByte(c)
		}
	}
	return b.String()
}
