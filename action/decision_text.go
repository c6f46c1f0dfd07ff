package main

import (
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/wizzense/deployment-rings/action/internal/report"
	"github.com/wizzense/deployment-rings/ringpolicy"
)

// decisionText is a decision for people on a terminal: the summary, then a line for each criterion.
func decisionText(d ringpolicy.Decision) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s\n\n", report.Visible(d.Summary))
	var rows [][]string
	for _, r := range d.Criteria {
		rows = append(rows, []string{criterionStatus(r), r.Ring, r.ID, observed(r)})
	}
	writeColumns(&b, rows)
	for _, w := range d.Warnings {
		fmt.Fprintf(&b, "\nwarning: %s", report.Visible(w.Text))
	}
	if len(d.Warnings) > 0 {
		b.WriteString("\n")
	}
	return b.String()
}

func criterionStatus(r ringpolicy.Result) string {
	if r.Advisory {
		return "(" + r.Status.String() + ")"
	}
	return r.Status.String()
}

// observed says what was seen, and for a criterion that is not met also what was asked.
func observed(r ringpolicy.Result) string {
	text := r.Observed
	if r.Status != ringpolicy.Met && r.Required != "" {
		text += "; required: " + r.Required
	}
	return text
}

// writeColumns lines up all columns but the last.
func writeColumns(b *strings.Builder, rows [][]string) {
	widths := map[int]int{}
	for _, row := range rows {
		for i, cell := range row {
			widths[i] = max(widths[i], utf8.RuneCountInString(report.Visible(cell)))
		}
	}
	for _, row := range rows {
		b.WriteString(" ")
		for i, cell := range row {
			text := report.Visible(cell)
			if i < len(row)-1 {
				text += strings.Repeat(" ", widths[i]-utf8.RuneCountInString(text))
			}
			b.WriteString(" " + text)
		}
		b.WriteString("\n")
	}
}
