package event

import (
	"regexp"
	"strings"
)

// An htmlKind is a start condition of HTML blocks in CommonMark (section "HTML blocks") whose text is not seen, or is code.
type htmlKind struct{ begin, end *regexp.Regexp }

var htmlKinds = []htmlKind{
	{regexp.MustCompile(`<!--`), regexp.MustCompile(`-->`)},
	{regexp.MustCompile(`(?i)<(?:pre|script|style|textarea)(?:[ >]|$)`), regexp.MustCompile(`(?i)</(?:pre|script|style|textarea)>`)},
	{regexp.MustCompile(`<\?`), regexp.MustCompile(`\?>`)},
	{regexp.MustCompile(`<!\[CDATA\[`), regexp.MustCompile(`\]\]>`)},
	{regexp.MustCompile(`<![A-Za-z]`), regexp.MustCompile(`>`)},
}

// codeTag hides no block by itself, but what it holds is code.
var codeTag = htmlKind{regexp.MustCompile(`(?i)<code(?:[ >]|$)`), regexp.MustCompile(`(?i)</code>`)}

// hidesInHTML is what hides the lines of an HTML block that are seen otherwise.
var hidesInHTML = append([]htmlKind{codeTag}, htmlKinds...)

var (
	blockTag = regexp.MustCompile(`(?i)^</?(?:address|article|aside|base|basefont|blockquote|body|caption|center|col|colgroup|dd|` +
		`details|dialog|dir|div|dl|dt|fieldset|figcaption|figure|footer|form|frame|frameset|h[1-6]|head|header|hr|html|iframe|` +
		`legend|li|link|main|menu|menuitem|nav|noframes|ol|optgroup|option|p|param|search|section|summary|table|tbody|td|` +
		`tfoot|th|thead|title|tr|track|ul)(?: |/?>|$)`)
	lineTag = regexp.MustCompile(`^(?:` + openTag + `|` + closingTag + `) *$`)
)

const (
	openTag = `<[A-Za-z][A-Za-z0-9-]*(?:[ \n]+[A-Za-z_:][A-Za-z0-9_.:-]*(?:[ \n]*=[ \n]*` +
		"(?:[^ \\n\"'=<>`]+|'[^']*'|\"[^\"]*\"))?)*[ \\n]*/?>"
	closingTag = `</[A-Za-z][A-Za-z0-9-]*[ \n]*>`
)

// openHTML takes a line that begins an HTML block. A tag that is no block by itself does not interrupt a paragraph.
func (b *blocks) openHTML(raw, text string, depth int) bool {
	end, ok := htmlBlock(text)
	if !ok && (b.leaf == paragraph || !lineTag.MatchString(text)) {
		return false
	}
	b.close(depth)
	b.leaf, b.end = html, end
	b.html(raw, text)
	return true
}

// htmlBlock returns what ends the HTML block that the text begins: nil for a blank line.
func htmlBlock(text string) (end *regexp.Regexp, ok bool) {
	for _, kind := range htmlKinds {
		if at := kind.begin.FindStringIndex(text); at != nil && at[0] == 0 {
			return kind.end, true
		}
	}
	return nil, blockTag.MatchString(text)
}

// html takes a line of an HTML block. Its lines are seen, and may be commands, until something hidden begins.
func (b *blocks) html(raw, text string) {
	switch {
	case b.end != nil && b.end.MatchString(text):
		b.leaf = noLeaf
	case b.end != nil:
	case strings.Trim(text, " ") == "":
		b.leaf = noLeaf
	default:
		b.seenHTML(raw, text)
	}
}

func (b *blocks) seenHTML(raw, text string) {
	if command.MatchString(raw) {
		b.commands = append(b.commands, trim(raw))
	}
	for _, kind := range hidesInHTML {
		at := kind.begin.FindAllStringIndex(text, -1)
		if at != nil && !kind.end.MatchString(text[at[len(at)-1][1]:]) {
			b.end = kind.end
			return
		}
	}
}

// tags finds the HTML within the text of a paragraph.
type tags struct {
	text     string
	unclosed map[string]bool // endings that do not come any more
}

// longestTag is the size from which on a tag is read as text, so that a hostile text does not cost more than its length.
const longestTag = 2048

var declaration = regexp.MustCompile(`^<![A-Za-z]`)

var inlineTag = regexp.MustCompile(`^(?:` + openTag + `|` + closingTag + `|<[A-Za-z][A-Za-z0-9.+-]{1,31}:[^\x00-\x20<>]*>|` +
	"<[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]+@[A-Za-z0-9.-]+>)")

// end returns where the HTML ends that begins at a "<"; the next place when it is a plain one.
func (t *tags) end(at int) int {
	rest := t.text[at:]
	for begin, end := range map[string]string{"<!--": "-->", "<?": "?>", "<![CDATA[": "]]>"} {
		if strings.HasPrefix(rest, begin) {
			return t.behind(at, at+2, end)
		}
	}
	if declaration.MatchString(rest) {
		return t.behind(at, at+2, ">")
	}
	tag := inlineTag.FindString(rest[:min(len(rest), longestTag)])
	if codeTag.begin.MatchString(tag) {
		return max(at+len(tag), t.behind(at, at+len(tag), "</code>"))
	}
	return at + max(len(tag), 1)
}

// behind returns where the ending that is looked for from a place is over, or the place behind at when there is none.
func (t *tags) behind(at, from int, ending string) int {
	i := -1
	if !t.unclosed[ending] {
		i = strings.Index(t.text[from:], ending)
	}
	if i >= 0 {
		return from + i + len(ending)
	}
	if t.unclosed == nil {
		t.unclosed = map[string]bool{}
	}
	t.unclosed[ending] = true
	return at + 1
}
