package comment

import (
	"regexp"

	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/parser"
	"github.com/yuin/goldmark/text"
	"github.com/yuin/goldmark/util"
)

// markdown reads the structure of CommonMark as far as it decides what a reader sees. Links, emphasis and link definitions do not.
var markdown = parser.NewParser(
	parser.WithBlockParsers(
		util.Prioritized(parser.NewSetextHeadingParser(), 100),
		util.Prioritized(parser.NewThematicBreakParser(), 200),
		util.Prioritized(bounded{parser.NewListParser()}, 300),
		util.Prioritized(parser.NewListItemParser(), 400),
		util.Prioritized(parser.NewCodeBlockParser(), 500),
		util.Prioritized(parser.NewATXHeadingParser(), 600),
		util.Prioritized(parser.NewFencedCodeBlockParser(), 700),
		util.Prioritized(bounded{parser.NewBlockquoteParser()}, 800),
		util.Prioritized(htmlBlocks{parser.NewHTMLBlockParser()}, 900),
		util.Prioritized(parser.NewParagraphParser(), 1000),
	),
	parser.WithInlineParsers(
		util.Prioritized(parser.NewCodeSpanParser(), 100),
		util.Prioritized(parser.NewAutoLinkParser(), 300),
		util.Prioritized(parser.NewRawHTMLParser(), 400),
	),
)

// tooDeep is set where a text nests deeper than maxDepth.
var tooDeep = parser.NewContextKey()

// parse returns the structure of a text, and reports whether it is deeper than maxDepth and so not all there.
func parse(r text.Reader) (root ast.Node, deep bool) {
	pc := parser.NewContext()
	root = markdown.Parse(r, parser.WithContext(pc))
	return root, pc.Get(tooDeep) != nil
}

// bounded opens no more than maxDepth quotes and lists within each other: each costs time on every line that follows.
type bounded struct{ parser.BlockParser }

// Open opens a quote or list, or notes that there are too many.
func (b bounded) Open(parent ast.Node, r text.Reader, pc parser.Context) (ast.Node, parser.State) {
	node, state := b.BlockParser.Open(parent, r, pc)
	if node == nil || depth(parent) < maxDepth {
		return node, state
	}
	pc.Set(tooDeep, true)
	r.AdvanceToEOL()
	return nil, parser.NoChildren
}

func depth(n ast.Node) (levels int) {
	for ; n != nil; n = n.Parent() {
		if n.Kind() == ast.KindBlockquote || n.Kind() == ast.KindList {
			levels++
		}
	}
	return levels
}

// htmlBlocks goes on with an HTML block over blank lines while something that hides text is open in it: a browser does not know of
// blank lines.
type htmlBlocks struct{ parser.BlockParser }

// end is the attribute of an HTML block that contains how the text ends that is hidden now.
const end = "end"

// Open opens an HTML block.
func (h htmlBlocks) Open(parent ast.Node, r text.Reader, pc parser.Context) (ast.Node, parser.State) {
	line, _ := r.PeekLine()
	node, state := h.BlockParser.Open(parent, r, pc)
	if node != nil {
		note(node, line)
	}
	return node, state
}

// Continue takes the next line of an HTML block, or ends the block.
func (h htmlBlocks) Continue(node ast.Node, r text.Reader, pc parser.Context) parser.State {
	line, segment := r.PeekLine()
	if ending, hidden := node.AttributeString(end); hidden {
		node.Lines().Append(segment)
		r.AdvanceToEOL()
		if ending.(*regexp.Regexp).Match(line) {
			return parser.Close
		}
		return parser.Continue | parser.NoChildren
	}
	state := h.BlockParser.Continue(node, r, pc)
	if state&parser.Continue != 0 {
		note(node, line)
	}
	return state
}

// note keeps what a line of a block that is seen leaves open.
func note(node ast.Node, line []byte) {
	if ending := leftOpen(line); ending != nil && !hides(node.(*ast.HTMLBlock)) {
		node.SetAttributeString(end, ending)
	}
}

// hides reports whether the whole block is a comment, code or the like.
func hides(block *ast.HTMLBlock) bool {
	return block.HTMLBlockType != ast.HTMLBlockType6 && block.HTMLBlockType != ast.HTMLBlockType7
}

// hiding has what begins and ends text in HTML that is not seen, or is code.
var hiding = []struct{ begin, end *regexp.Regexp }{
	{regexp.MustCompile(`(?i)<code(?:[ >]|$)`), regexp.MustCompile(`(?i)</code>`)},
	{regexp.MustCompile(`<!--`), regexp.MustCompile(`-->`)},
	{regexp.MustCompile(`(?i)<(?:pre|script|style|textarea)(?:[\s>]|$)`), regexp.MustCompile(`(?i)</(?:pre|script|style|textarea)>`)},
	{regexp.MustCompile(`<\?`), regexp.MustCompile(`\?>`)},
	{regexp.MustCompile(`<!\[CDATA\[`), regexp.MustCompile(`\]\]>`)},
	{regexp.MustCompile(`<![A-Za-z]`), regexp.MustCompile(`>`)},
}

// leftOpen returns how the hidden text ends that a line of HTML begins and does not end; nil where there is none.
func leftOpen(line []byte) *regexp.Regexp {
	for _, kind := range hiding {
		at := kind.begin.FindAllIndex(line, -1)
		if at != nil && !kind.end.Match(line[at[len(at)-1][1]:]) {
			return kind.end
		}
	}
	return nil
}
