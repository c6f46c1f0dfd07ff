// Package fleetview has the text, the Markdown and the annotations of a report about many repositories.
package fleetview

import (
	"fmt"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/wizzense/deployment-rings/action/internal/fleet"
	"github.com/wizzense/deployment-rings/action/internal/note"
	"github.com/wizzense/deployment-rings/action/internal/status"
	"github.com/wizzense/deployment-rings/internal/text"
)

// Limits on what is shown beside the page and the JSON, which have everything.
const (
	maxRows   = 100 // rows that need a person, and as many others
	maxNotes  = 10
	maxReason = 240 // characters
	maxName   = 20  // characters of what a ring runs
)

// Text returns a report for people on a terminal: the headline, why rows need a person, and a line for each row.
func Text(r fleet.Report, page string) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s\n", text.Visible(r.Headline.Write(inUTC)))
	for _, row := range r.Rows {
		if row.State.NeedsAttention() {
			fmt.Fprintf(&b, "\n%s %s: %s\n", row.State.Symbol(), text.Visible(title(row)), row.State.Words())
			for _, why := range reasons(row) {
				fmt.Fprintf(&b, "  %s\n", text.Visible(why))
			}
		}
	}
	if len(r.Rows) > 0 {
		b.WriteString("\n")
		writeTable(&b, r)
	}
	for _, o := range r.Owners {
		fmt.Fprintf(&b, "\n%s\n", text.Visible(ownerLine(o)))
	}
	fmt.Fprintf(&b, "\nAs of %s.\n", text.Time(r.Now, nil))
	if page != "" {
		fmt.Fprintf(&b, "Dashboard: %s\n", text.Visible(page))
	}
	return b.String()
}

func writeTable(b *strings.Builder, r fleet.Report) {
	var table strings.Builder
	t := tabwriter.NewWriter(&table, 0, 0, 2, ' ', 0)
	fmt.Fprint(t, " \tREPOSITORY\tSTATE")
	for _, column := range r.Rings {
		fmt.Fprintf(t, "\t%s", strings.ToUpper(column.Name))
	}
	fmt.Fprintln(t)
	for _, row := range r.Rows {
		fmt.Fprintf(t, "%s\t%s\t%s", row.State.Symbol(), text.Visible(title(row)), row.State.Words())
		for _, ring := range row.Rings {
			fmt.Fprintf(t, "\t%s %s", ring.State.Symbol(), text.Visible(running(ring)))
		}
		if len(row.Rings) == 0 {
			fmt.Fprint(t, strings.Repeat("\t", len(r.Rings)))
		}
		fmt.Fprintln(t)
	}
	t.Flush()
	for line := range strings.Lines(table.String()) {
		fmt.Fprintln(b, strings.TrimRight(line, " \n"))
	}
}

// title names a row: the repository, and the image where there are several.
func title(row fleet.Row) string {
	if row.Several {
		return row.Repository + " (" + row.Image + ")"
	}
	return row.Repository
}

// running names what a ring runs.
func running(r fleet.Ring) string {
	switch {
	case r.Runs == nil:
		return "–"
	case r.Runs.Version != nil:
		return text.ClipRunes(*r.Runs.Version, maxName)
	}
	return status.Hex(r.Runs.Digest, 8)
}

// reasons returns why a row needs a person, a line for each ring.
func reasons(row fleet.Row) []string {
	if len(row.Rings) == 0 {
		return []string{row.Reason.Write(inUTC)}
	}
	var all []string
	for _, ring := range row.Rings {
		if ring.State.NeedsAttention() {
			all = append(all, ring.Name+": "+ring.Reason.Write(inUTC))
		}
	}
	return all
}

func inUTC(t time.Time) string { return text.Time(t, nil) }

func ownerLine(o fleet.Owner) string {
	line := fmt.Sprintf("%s/*: %s", o.Owner, fleet.Repositories(o.Repositories))
	if o.WithoutRecords > 0 {
		line += fmt.Sprintf(", of which %d without a record of a ring, which have no row", o.WithoutRecords)
	}
	if o.Archived > 0 {
		line += fmt.Sprintf("; besides %d archived, not read", o.Archived)
	}
	return line + "."
}

// Markdown returns a report for a job summary, which has room for some hundred rows.
func Markdown(r fleet.Report, zone *time.Location) string {
	var b strings.Builder
	needing := len(r.Rows)
	for i, row := range r.Rows {
		if !row.State.NeedsAttention() {
			needing = i
			break
		}
	}
	symbol := fleet.Settled.Symbol()
	if needing > 0 {
		symbol = r.Rows[0].State.Symbol()
	}
	fmt.Fprintf(&b, "### %s %s\n\n", symbol, text.Plain(r.Headline.Write(timeIn(zone))))
	writeRows(&b, r, r.Rows[:needing], zone)
	if others := r.Rows[needing:]; len(others) > 0 {
		fmt.Fprintf(&b, "<details><summary>%d that go on by themselves</summary>\n\n", len(others))
		writeRows(&b, r, others, zone)
		b.WriteString("</details>\n\n")
	}
	for _, o := range r.Owners {
		fmt.Fprintf(&b, "%s\n\n", text.Plain(ownerLine(o)))
	}
	fmt.Fprintf(&b, "<sub>as of %s · policy %s</sub>\n", text.Time(r.Now, zone), text.Plain(text.ShortDigest(r.PolicyDigest)))
	return b.String()
}

func timeIn(zone *time.Location) func(time.Time) string {
	return func(t time.Time) string { return text.Time(t, zone) }
}

func writeRows(b *strings.Builder, r fleet.Report, rows []fleet.Row, zone *time.Location) {
	if len(rows) == 0 {
		return
	}
	b.WriteString("| Repository | State |")
	for _, column := range r.Rings {
		fmt.Fprintf(b, " %s |", text.Plain(text.ClipRunes(column.Title, maxName)))
	}
	b.WriteString(" Why |\n|---|---|" + strings.Repeat("---|", len(r.Rings)) + "---|\n")
	for _, row := range rows[:min(maxRows, len(rows))] {
		writeRow(b, len(r.Rings), row, zone)
	}
	if more := len(rows) - maxRows; more > 0 {
		fmt.Fprintf(b, "\n%d more are in the file that `json-file` names.\n", more)
	}
	b.WriteString("\n")
}

func writeRow(b *strings.Builder, columns int, row fleet.Row, zone *time.Location) {
	name := text.Plain(row.Repository)
	if row.URL != nil {
		name = text.Link(row.Repository, *row.URL)
	}
	if row.Several {
		name += "<br>" + text.Code(text.ClipRunes(row.Image, 100))
	}
	fmt.Fprintf(b, "| %s | %s&nbsp;%s |", name, row.State.Symbol(), row.State.Words())
	for _, ring := range row.Rings {
		fmt.Fprintf(b, " %s&nbsp;%s |", ring.State.Symbol(), cell(ring))
	}
	if len(row.Rings) == 0 {
		b.WriteString(strings.Repeat(" |", columns))
	}
	why := ""
	if row.State.NeedsAttention() {
		why = text.Plain(text.ClipRunes(row.Reason.Write(timeIn(zone)), maxReason))
	}
	fmt.Fprintf(b, " %s |\n", why)
}

// cell shows what a ring runs, which leads to the run that recorded it.
func cell(r fleet.Ring) string {
	shown := running(r)
	if r.RunURL != nil && len(*r.RunURL) < 200 {
		return text.Link(shown, *r.RunURL)
	}
	return text.Plain(shown)
}

// Notes returns the annotations of a workflow run: one for each row that needs a person, and how many more there are.
func Notes(r fleet.Report) []note.Annotation {
	var all []note.Annotation
	for _, row := range r.Rows {
		if row.State.NeedsAttention() {
			message := title(row) + ": " + row.State.Words() + ". " + row.Reason.Write(inUTC)
			all = append(all, note.Annotation{Level: note.Warning, Message: text.Visible(text.ClipRunes(message, 2*maxReason))})
		}
	}
	if more := len(all) - maxNotes; more > 0 {
		all = append(all[:maxNotes], note.Annotation{Level: note.Warning, Message: fmt.Sprintf("%d more need a person: the page and the JSON have all", more)})
	}
	return all
}
