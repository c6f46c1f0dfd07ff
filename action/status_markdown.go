package main

import (
	"fmt"
	"strings"
	"time"

	"github.com/wizzense/deployment-rings/action/internal/status"
	"github.com/wizzense/deployment-rings/internal/markdown"
)

// Pictures are for a look: beyond these numbers the tables say it better, and GitHub draws no more.
const (
	mostPictures = 5
	mostNodes    = 40
)

var stateSymbols = map[status.State]string{
	status.Unhealthy: "🔴", status.Overdue: "🟠", status.Stuck: "🔴", status.Held: "✋", status.Unknown: "❔",
	status.Ready: "🚀", status.Soaking: "⏳", status.Settled: "🟢", status.Empty: "⚪",
}

// statusMarkdown is a report for a job summary: a headline, a picture and a table for each image, what to do, and the
// criteria behind each hold. Text of others in it has no meaning to Markdown, Mermaid or HTML.
func statusMarkdown(r status.Report, zone *time.Location) string {
	var b strings.Builder
	fmt.Fprintf(&b, "### %s %s\n\n", reportSymbol(r), markdown.Plain(r.Headline))
	for i, image := range r.Images {
		if image.Image != "" {
			fmt.Fprintf(&b, "**%s**\n\n", markdown.Code(image.Image))
		}
		if i < mostPictures && len(image.Rings) <= mostNodes {
			b.WriteString(mermaid(image))
		}
		writeRings(&b, image, zone)
		writeAdvice(&b, image)
		writeHolds(&b, image, zone)
	}
	fmt.Fprintf(&b, "<sub>as of %s · policy %s</sub>\n", inZone(r.Now, zone), markdown.Plain(status.Short(r.PolicyDigest)))
	return b.String()
}

// reportSymbol is that of the most urgent ring.
func reportSymbol(r status.Report) string { return stateSymbols[r.Worst()] }

func writeRings(b *strings.Builder, image status.Image, zone *time.Location) {
	b.WriteString("| Ring | State | Runs | Since | Soak | Next |\n|---|---|---|---|---|---|\n")
	for _, ring := range image.Rings {
		fmt.Fprintf(b, "| %s | %s&nbsp;%s | %s | %s | %s | %s |\n", markdown.Plain(ring.Title), stateSymbols[ring.State], ring.State,
			runsOrTag(ring, runsMarkdown), sinceText(ring), soakText(ring.Soak), nextMarkdown(ring, zone))
	}
	b.WriteString("\n")
}

func runsMarkdown(d *status.Deployment) string {
	if d == nil {
		return "–"
	}
	text := markdown.Code(runsText(d))
	if d.PullRequest != nil {
		text += fmt.Sprintf(", PR&nbsp;%d", *d.PullRequest)
	}
	if d.Revision != nil {
		text += ", commit " + markdown.Code((*d.Revision)[:min(8, len(*d.Revision))])
	}
	return text
}

func nextMarkdown(ring status.Ring, zone *time.Location) string {
	var all []string
	for _, m := range ring.Moves {
		all = append(all, markdown.Code(m.To)+" "+markdown.Plain(moveWords(m, zone)))
	}
	if len(all) == 0 {
		return "–"
	}
	return strings.Join(all, "<br>")
}

func writeAdvice(b *strings.Builder, image status.Image) {
	var lines []string
	for _, ring := range image.Rings {
		for _, remark := range ringRemarks(ring) {
			lines = append(lines, "- "+markdown.Code(ring.Name)+" "+markdown.Plain(remark)+"\n")
		}
		for _, a := range ring.Advice {
			if !ring.State.NeedsSomebody() && ring.State != status.Ready && !a.OfTag() {
				continue
			}
			lines = append(lines, "- "+markdown.Code(ring.Name)+" "+markdown.Plain(a.Text)+"\n")
			for _, c := range a.Commands {
				lines = append(lines, "  - "+markdown.Code(c)+"\n")
			}
		}
	}
	if len(lines) > 0 {
		fmt.Fprintf(b, "<details><summary>What to do, and what is worth knowing</summary>\n\n%s\n</details>\n\n", strings.Join(lines, ""))
	}
}

// writeHolds has a row for each criterion that keeps an image out.
func writeHolds(b *strings.Builder, image status.Image, zone *time.Location) {
	var rows strings.Builder
	for _, ring := range image.Rings {
		for _, m := range ring.Moves {
			for _, c := range m.Blocking {
				observed := markdown.Plain(c.Observed)
				if !c.EligibleAt.IsZero() {
					observed += ", until " + inZone(c.EligibleAt, zone)
				}
				fmt.Fprintf(&rows, "| %s → %s | %s&nbsp;%s | %s | %s | %s | %s |\n", markdown.Code(ring.Name), markdown.Code(m.To),
					statusSymbols[c.Status], c.Status, markdown.Plain(c.Title), markdown.Code(c.Ring), observed, markdown.Plain(c.Required))
			}
		}
	}
	if rows.Len() > 0 {
		fmt.Fprintf(b, "<details><summary>The criteria behind each hold</summary>\n\n| Move | Status | Criterion | Ring | Observed | Required |\n|---|---|---|---|---|---|\n%s\n</details>\n\n", rows.String())
	}
}

// mermaid draws the rings with the image in each, and on each arrow what it waits for.
func mermaid(image status.Image) string {
	var b strings.Builder
	b.WriteString("```mermaid\nflowchart LR\n")
	index := map[string]int{}
	for i, ring := range image.Rings {
		index[ring.Name] = i
		fmt.Fprintf(&b, "  r%d[\"%s<br/>%s<br/>%s\"]:::%s\n", i, drawn(ring.Name), drawn(runsText(ring.Runs)), ring.State, ring.State)
	}
	for i, ring := range image.Rings {
		for _, up := range ring.After {
			if from, ok := index[up]; ok {
				fmt.Fprintf(&b, "  r%d -->%s r%d\n", from, arrow(image.Rings[from], ring.Name), i)
			}
		}
	}
	b.WriteString(mermaidColours + "```\n\n")
	return b.String()
}

// arrow is the label of the way into a next ring; none where nothing waits.
func arrow(ring status.Ring, to string) string {
	for _, m := range ring.Moves {
		if m.To == to && !m.There {
			return `|"` + drawn(moveWords(m, nil)) + `"|`
		}
	}
	return ""
}

// Both colours are given, so that the picture reads in light and in dark.
const mermaidColours = `  classDef unhealthy fill:#b42318,color:#ffffff,stroke:#7a1a12
  classDef stuck fill:#b42318,color:#ffffff,stroke:#7a1a12
  classDef overdue fill:#f5b041,color:#1f1400,stroke:#8a5a00
  classDef held fill:#f7dc9c,color:#1f1400,stroke:#8a5a00
  classDef unknown fill:#d0d5dd,color:#101828,stroke:#475467
  classDef ready fill:#b9d8ff,color:#0b2545,stroke:#1f5fae
  classDef waiting fill:#e0e7ff,color:#1e1b4b,stroke:#4f46e5
  classDef settled fill:#bfe8cb,color:#05301a,stroke:#1f7a43
  classDef empty fill:#f2f4f7,color:#344054,stroke:#98a2b3
`

// drawn is text in a picture: short, and every sign that Mermaid could take for structure as a character code.
func drawn(s string) string {
	const most = 48
	runes := []rune(markdown.Visible(s))
	if len(runes) > most {
		runes = append(runes[:most-1:most-1], '…')
	}
	var b strings.Builder
	for _, c := range runes {
		switch {
		case isDrawn(c):
			b.WriteRune(c)
		case c == '`' || c == '*': // Mermaid reads codes before Markdown, of which it takes a little
			b.WriteRune('.')
		default:
			fmt.Fprintf(&b, "#%d;", c)
		}
	}
	return b.String()
}

func isDrawn(c rune) bool {
	return c >= '0' && c <= '9' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || strings.ContainsRune(" -.,:–…", c)
}
