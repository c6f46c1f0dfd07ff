// Package comment reads what people write to the Action in comments on GitHub: which lines are commands, what a command says, and
// whether its author may speak. It reads the text that it is given and nothing else.
package comment

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/text"
)

const (
	maxBody  = 4 * 65536 // bytes; GitHub allows 65,536 characters
	maxDepth = 64        // quotes and lists within each other
)

var (
	errLong = fmt.Errorf("has more than %d bytes", maxBody)
	errDeep = fmt.Errorf("has quotes and lists nested deeper than %d levels", maxDepth)
)

// command matches a line that may be a command.
var command = regexp.MustCompile(`^ {0,3}/[A-Za-z]`)

// Trusted reports whether a person with this association to the repository may speak for it.
func Trusted(association string) bool {
	return slices.Contains([]string{"OWNER", "MEMBER", "COLLABORATOR"}, association)
}

// Mentions reports whether a line of a Markdown text may be the given command, such as "/deploy". It does not read the Markdown, so
// the line may be code or a quote.
func Mentions(body, verb string) bool {
	for line := range strings.SplitSeq(newlines.Replace(body), "\n") {
		if command.MatchString(line) && is(verb)(line) {
			return true
		}
	}
	return false
}

// Asks reports whether the given command, such as "/deploy", is among the commands of a Markdown text.
func Asks(body, verb string) (bool, error) {
	lines, err := Commands(body)
	return slices.ContainsFunc(lines, is(verb)), err
}

func is(verb string) func(line string) bool {
	return func(line string) bool { return strings.EqualFold(strings.Fields(line)[0], verb) }
}

var newlines = strings.NewReplacer("\r\n", "\n", "\r", "\n")

// Commands returns the lines of a Markdown text that are commands, in order and without the white space around them: those that
// begin, after at most three spaces, with a slash and a letter, and that a reader of the rendered text sees as the writer's own words.
//
// Lines do not count in fenced, indented and inline code, in block quotes, and in HTML comments and code. The structure is that of
// CommonMark: a code span may contain several lines, an unclosed fence or comment runs to the end of the quote, list item or text
// that it is in, and a line below a quoted paragraph belongs to the quote even without ">".
//
// A text that may contain commands and that is too long or too deeply nested to be read is an error, since its commands are not known.
func Commands(body string) ([]string, error) {
	if !strings.Contains(body, "/") {
		return nil, nil
	}
	if len(body) > maxBody {
		return nil, errLong
	}
	f := finder{possible: map[int]string{}}
	for raw := range strings.SplitSeq(newlines.Replace(body), "\n") {
		at := len(f.source)
		f.source = append(appendPlain(f.source, raw), '\n')
		if command.MatchString(raw) {
			f.possible[at+strings.IndexByte(raw, '/')] = strings.TrimSpace(raw)
		}
	}
	if len(f.possible) == 0 {
		return nil, nil
	}
	root, deep := parse(text.NewReader(f.source))
	if deep {
		return nil, errDeep
	}
	if err := ast.Walk(root, f.visit); err != nil {
		return nil, errors.New("is not Markdown: " + err.Error())
	}
	return f.found, nil
}

// appendPlain adds a line with spaces for its tabs, up to the next column that is a multiple of four, and without other control
// characters, which mean nothing in Markdown. Columns are counted in bytes, which is right where it matters: before the first
// character of the text.
func appendPlain(source []byte, line string) []byte {
	begin := len(source)
	for _, c := range []byte(line) {
		switch {
		case c == '\t':
			source = append(source, "    "[(len(source)-begin)%4:]...)
		case c < ' ':
			source = append(source, '\x7f')
		default:
			source = append(source, c)
		}
	}
	return source
}

// A finder collects the possible commands that a reader sees.
type finder struct {
	source   []byte
	possible map[int]string
	found    []string
}

func (f *finder) visit(n ast.Node, entering bool) (ast.WalkStatus, error) {
	switch n.Kind() {
	case ast.KindDocument, ast.KindList, ast.KindListItem:
		return ast.WalkContinue, nil
	case ast.KindParagraph, ast.KindTextBlock, ast.KindHeading:
		if entering {
			f.text(n)
		}
	case ast.KindHTMLBlock:
		if entering {
			f.html(n.(*ast.HTMLBlock))
		}
	}
	return ast.WalkSkipChildren, nil
}

// line adds a line that is a command.
func (f *finder) line(start int) {
	for start < len(f.source) && f.source[start] == ' ' {
		start++
	}
	if command, ok := f.possible[start]; ok {
		f.found = append(f.found, command)
	}
}

// text adds the commands among the lines of a paragraph or heading that do not begin inside inline code or HTML.
func (f *finder) text(block ast.Node) {
	hidden := hiddenIn(block, f.source)
	for _, l := range block.Lines().Sliced(0, block.Lines().Len()) {
		for len(hidden) > 0 && hidden[0].end <= l.Start {
			hidden = hidden[1:]
		}
		if len(hidden) == 0 || l.Start < hidden[0].start {
			f.line(l.Start)
		}
	}
}

// html adds the commands among the lines of an HTML block that a reader sees.
func (f *finder) html(block *ast.HTMLBlock) {
	if hides(block) {
		return
	}
	for _, l := range block.Lines().Sliced(0, block.Lines().Len()) {
		f.line(l.Start)
		if leftOpen(l.Value(f.source)) != nil {
			return
		}
	}
}

// A span is a range of a text.
type span struct{ start, end int }

var (
	opensCode  = regexp.MustCompile(`(?i)^<code[\s/>]`)
	closesCode = regexp.MustCompile(`(?i)^</code\s*>`)
)

// hiddenIn returns the code spans, tags and HTML comments in the text of a block, and what is between code tags, in order.
func hiddenIn(block ast.Node, source []byte) (hidden []span) {
	code := -1 // where the element opens that is not closed yet
	for n := block.FirstChild(); n != nil; n = n.NextSibling() {
		switch n := n.(type) {
		case *ast.CodeSpan:
			hidden = append(hidden, span{n.Pos(), n.LastChild().(*ast.Text).Segment.Stop})
		case *ast.RawHTML:
			s := span{n.Segments.At(0).Start, n.Segments.At(n.Segments.Len() - 1).Stop}
			tag := source[s.start:s.end]
			switch {
			case code < 0 && opensCode.Match(tag):
				code = len(hidden)
			case code >= 0 && closesCode.Match(tag):
				s.start, hidden, code = hidden[code].start, hidden[:code], -1
			}
			hidden = append(hidden, s)
		}
	}
	return hidden
}
