package event

import (
	"regexp"
	"strings"
)

// maxComment is the size in bytes from which on a comment holds no commands. GitHub allows 65,536 characters.
const maxComment = 4 * 65536

// command is a line that can be one.
var command = regexp.MustCompile(`^ {0,3}/[A-Za-z]`)

// Commands returns the lines of a Markdown text that are commands, in order and without the white space around them:
// those that begin, after at most three spaces, with a slash and a letter, and that a reader of the rendered text sees as
// the writer's own words.
//
// Lines do not count in fenced, indented and inline code, in block quotes, and in HTML comments and code. The
// structure is that of CommonMark: a code span may run over several lines, an unclosed fence or comment runs to the end of
// the quote, list item or text that it is in, and a line below a quoted paragraph belongs to the quote even without ">".
func Commands(body string) []string {
	if len(body) > maxComment || !strings.Contains(body, "/") {
		return nil
	}
	body = strings.NewReplacer("\r\n", "\n", "\r", "\n").Replace(body)
	b := &blocks{}
	for line := range strings.SplitSeq(body, "\n") {
		b.line(line)
	}
	b.close(0)
	return b.commands
}
