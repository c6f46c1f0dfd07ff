package comment

import (
	"strings"
	"testing"

	"github.com/yuin/goldmark/text"
)

// A counter counts how often a line is looked at.
type counter struct {
	text.Reader
	looks int
}

func (c *counter) PeekLine() ([]byte, text.Segment) {
	c.looks++
	return c.Reader.PeekLine()
}

// TestHostileNesting: a text of 65 kB costs no more looks at a line than lines and levels allow. Without a limit on levels it is some
// ten thousand, on every line.
func TestHostileNesting(t *testing.T) {
	for name, body := range map[string]string{
		"quotes":      strings.Repeat("> ", 32000) + "a\n",
		"lists":       strings.Repeat("+ ", 32000) + "a\n",
		"numbers":     strings.Repeat("1. ", 21000) + "a\n",
		"both":        strings.Repeat("> - ", 16000) + "a\n",
		"stairs":      stairs(360),
		"blank lines": strings.Repeat("- ", 16000) + "a" + strings.Repeat("\n", 200),
		"lazy lines":  strings.Repeat("> ", 16000) + strings.Repeat("a\n", 200),
	} {
		c := &counter{Reader: text.NewReader([]byte(body))}
		_, deep := parse(c)
		if limit := 10 * maxDepth * (strings.Count(body, "\n") + 1); !deep || c.looks > limit {
			t.Errorf("%s: too deep: %v, with %d looks at a line, want at most %d", name, deep, c.looks, limit)
		}
	}
}

// stairs is a list in a list in a list, each on a line of its own.
func stairs(n int) string {
	var b strings.Builder
	for i := range n {
		b.WriteString(strings.Repeat("  ", i) + "- a\n")
	}
	return b.String()
}
