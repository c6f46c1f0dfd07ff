package view

import (
	"fmt"
	"strings"
	"time"

	"github.com/wizzense/deployment-rings/action/internal/picture"
	"github.com/wizzense/deployment-rings/action/internal/status"
	"github.com/wizzense/deployment-rings/internal/text"
)

// maxPictures limits the images that have a picture: beyond them, tables are easier to read.
const maxPictures = 5

var stateSymbols = map[status.State]string{
	status.Unhealthy: "🔴", status.Overdue: "🟠", status.Stuck: "🔴", status.Held: "✋", status.Unknown: "❔",
	status.Ready: "🚀", status.Soaking: "⏳", status.Settled: "🟢", status.Empty: "⚪",
}

// StatusMarkdown returns a report for a job summary: a headline, a picture and a table for each image, what to do, and the
// criteria behind each hold. Text of others in it has no meaning to Markdown, Mermaid or HTML.
func StatusMarkdown(r status.Report, zone *time.Location) string {
	var b strings.Builder
	fmt.Fprintf(&b, "### %s %s\n\n", reportSymbol(r), text.Plain(r.Headline.Write(timeIn(zone))))
	for i, image := range r.Images {
		if image.Image != "" {
			fmt.Fprintf(&b, "**%s**\n\n", text.Code(image.Image))
		}
		if i < maxPictures {
			b.WriteString(picture.OfStatus(image, zone).Markdown())
		}
		writeRings(&b, image, zone)
		writeAdvice(&b, image, zone)
		writeHolds(&b, image, zone)
	}
	fmt.Fprintf(&b, "<sub>as of %s · policy %s</sub>\n", text.Time(r.Now, zone), text.Plain(text.ShortDigest(r.PolicyDigest)))
	return b.String()
}

// reportSymbol returns the symbol of the most urgent ring.
func reportSymbol(r status.Report) string { return stateSymbols[r.Worst()] }

func writeRings(b *strings.Builder, image status.Image, zone *time.Location) {
	b.WriteString("| Ring | State | Runs | Since | Soak | Next |\n|---|---|---|---|---|---|\n")
	for _, ring := range image.Rings {
		fmt.Fprintf(b, "| %s | %s&nbsp;%s | %s | %s | %s | %s |\n", text.Plain(ring.Title), stateSymbols[ring.State], ring.State,
			runsOrTag(ring, runsMarkdown), sinceText(ring, zone), soakText(ring.Soak), nextMarkdown(ring, zone))
	}
	b.WriteString("\n")
}

func runsMarkdown(d *status.Deployment) string {
	if d == nil {
		return "–"
	}
	runs := text.Code(picture.Runs(d))
	if d.PullRequest != nil {
		runs += fmt.Sprintf(", PR&nbsp;%d", *d.PullRequest)
	}
	if d.Revision != nil {
		runs += ", commit " + text.Code(text.ShortCommit(*d.Revision))
	}
	return runs
}

func nextMarkdown(ring status.Ring, zone *time.Location) string {
	var all []string
	for _, m := range ring.Moves {
		all = append(all, text.Code(m.To)+" "+text.Plain(picture.MoveWords(m, zone)))
	}
	if len(all) == 0 {
		return "–"
	}
	return strings.Join(all, "<br>")
}

func writeAdvice(b *strings.Builder, image status.Image, zone *time.Location) {
	var lines []string
	for _, ring := range image.Rings {
		for _, remark := range ringRemarks(ring, zone) {
			lines = append(lines, "- "+text.Code(ring.Name)+" "+text.Plain(remark)+"\n")
		}
		for _, a := range ring.Advice {
			if !ring.State.NeedsAttention() && ring.State != status.Ready && !a.OfTag() && a.Code != status.Overtaken {
				continue
			}
			lines = append(lines, "- "+text.Code(ring.Name)+" "+text.Plain(a.Text.Write(timeIn(zone)))+"\n")
			for _, c := range a.Commands {
				lines = append(lines, "  - "+text.Code(c)+"\n")
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
				fmt.Fprintf(&rows, "| %s → %s %s", text.Code(ring.Name), text.Code(m.To), criterionRow(c, zone))
			}
		}
	}
	if rows.Len() > 0 {
		fmt.Fprintf(b, "<details><summary>The criteria behind each hold</summary>\n\n| Move | Status | Criterion | Ring | Observed | Required | Link |\n|---|---|---|---|---|---|---|\n%s\n</details>\n\n", rows.String())
	}
}
