// Package picture draws rings for job summaries, as flowcharts in Mermaid. It is pure. Text of others in a picture has no
// meaning to Mermaid, Markdown or HTML.
package picture

import (
	"fmt"
	"strings"

	"github.com/wizzense/deployment-rings/internal/text"
)

// A Picture is boxes from left to right, and arrows between them.
type Picture struct {
	Boxes  []Box
	Arrows []Arrow
}

// A Box is a ring, or something that comes into one.
type Box struct {
	Lines []string
	Style Style
}

// An Arrow leads from a box to another, by their places in the list.
type Arrow struct {
	From, To int
	Way      Way
	Lines    []string // on the arrow; none: it is bare
}

// A Style gives the colours of a box.
type Style string

const (
	Quiet   Style = "quiet" // it has nothing to do with the matter
	Good    Style = "good"
	Ready   Style = "ready"
	Waiting Style = "waiting" // for time alone
	Held    Style = "held"
	Late    Style = "late"
	Bad     Style = "bad"
	Unknown Style = "unknown"
)

// looks have both colours given, so that a picture reads in light and in dark.
var looks = []struct {
	Style
	colours string
}{
	{Quiet, "fill:#f2f4f7,color:#344054,stroke:#98a2b3"},
	{Good, "fill:#bfe8cb,color:#05301a,stroke:#1f7a43"},
	{Ready, "fill:#b9d8ff,color:#0b2545,stroke:#1f5fae"},
	{Waiting, "fill:#e0e7ff,color:#1e1b4b,stroke:#4f46e5"},
	{Held, "fill:#f7dc9c,color:#1f1400,stroke:#8a5a00"},
	{Late, "fill:#f5b041,color:#1f1400,stroke:#8a5a00"},
	{Bad, "fill:#b42318,color:#ffffff,stroke:#7a1a12"},
	{Unknown, "fill:#d0d5dd,color:#101828,stroke:#475467"},
}

// A Way gives the line of an arrow.
type Way string

const (
	Follows Way = "-->" // the one comes after the other
	Open    Way = "==>" // an image moves, or may
	Waits   Way = "-.->"
	Shut    Way = "--x"
)

// Beyond these numbers there is no picture: a person cannot take in more boxes at a glance, and Mermaid refuses
// more arrows or characters than the others (maxEdges and maxTextSize of its configuration, which GitHub leaves as it is).
const (
	maxBoxes  = 40
	maxArrows = 500
	maxText   = 50_000
)

// Markdown is the picture as a block of Markdown; "" when there is nothing to draw, or too much.
func (p Picture) Markdown() string {
	text := p.mermaid()
	if len(p.Boxes) == 0 || len(p.Boxes) > maxBoxes || len(p.Arrows) > maxArrows || len(text) > maxText {
		return ""
	}
	return "```mermaid\n" + text + "```\n\n"
}

func (p Picture) mermaid() string {
	var b strings.Builder
	b.WriteString("flowchart LR\n")
	for i, box := range p.Boxes {
		fmt.Fprintf(&b, "  r%d[\"%s\"]:::%s\n", i, drawn(box.Lines), box.Style)
	}
	for _, a := range p.Arrows {
		label := drawn(a.Lines)
		if label != "" {
			label = `|"` + label + `"|`
		}
		fmt.Fprintf(&b, "  r%d %s%s r%d\n", a.From, a.Way, label, a.To)
	}
	for _, l := range looks {
		fmt.Fprintf(&b, "  classDef %s %s\n", l.Style, l.colours)
	}
	return b.String()
}

// drawn is lines of text in a picture, each short. Mermaid has no place for a label of none.
func drawn(lines []string) string {
	var all []string
	for _, line := range lines {
		if line = drawnLine(line); strings.TrimSpace(line) != "" {
			all = append(all, line)
		}
	}
	return strings.Join(all, "<br/>")
}

// drawnLine has every sign that Mermaid could take for structure as a character code. It reads these codes before it
// looks for Markdown, for formulas between dollars and for icons such as fa:fa-car, so that what these take is a dot.
func drawnLine(s string) string {
	const most = 48
	runes := []rune(text.ClipRunes(text.Visible(s), most))
	var b strings.Builder
	for i, c := range runes {
		icon := c == ':' && i+1 < len(runes) && isLetter(runes[i+1])
		switch {
		case icon || strings.ContainsRune("`*$", c):
			b.WriteRune('.')
		case isLetter(c) || strings.ContainsRune("0123456789 -.,:–…", c):
			b.WriteRune(c)
		default:
			fmt.Fprintf(&b, "#%d;", c)
		}
	}
	return b.String()
}

func isLetter(c rune) bool { return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' }
