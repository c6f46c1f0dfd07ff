package view

import (
	"fmt"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/wizzense/deployment-rings/action/internal/note"
	"github.com/wizzense/deployment-rings/action/internal/once"
	"github.com/wizzense/deployment-rings/action/internal/picture"
	"github.com/wizzense/deployment-rings/internal/text"
	"github.com/wizzense/deployment-rings/ringpolicy"
)

// DecisionOutputs returns the outputs of a decision by name.
func DecisionOutputs(d ringpolicy.Decision, file string) map[string]string {
	return map[string]string{
		"decision":         d.Verdict.String(),
		"hold-kind":        d.HoldKind.String(),
		"reason-code":      string(d.ReasonCode),
		"summary":          d.Summary,
		"from-ring":        strings.Join(d.From, "\n"),
		"to-ring":          d.To,
		"digest":           d.Digest,
		"next-eligible-at": timeText(d.NextEligibleAt),
		"valid-until":      timeText(d.ValidUntil),
		"unmet":            strings.Join(blocking(d), "\n"),
		"decision-id":      d.ID,
		"json-file":        file,
	}
}

// A Source says where the facts of one kind came from.
type Source struct{ Fact, From string }

// DecisionMarkdown returns a decision as a job summary: its outcome and what was done about it, a picture, the criteria, and
// where the facts came from.
func DecisionMarkdown(policy *ringpolicy.Policy, e ringpolicy.Evidence, d ringpolicy.Decision, sources []Source, done string) string {
	if d.Verdict == ringpolicy.Undecided {
		return "### No decision\n\n" + text.Plain(d.String()) + "\n"
	}
	zone := policy.Timezone()
	return decisionHead(d, zone) + done + picture.OfDecision(policy, e, d).Markdown() + decisionTable(d, zone) + sourcesMarkdown(sources)
}

// blocking are the ids of the criteria that keep the image out, each once.
func blocking(d ringpolicy.Decision) []string {
	var ids []string
	for _, r := range d.Criteria {
		if r.Blocks() {
			ids = append(ids, r.ID)
		}
	}
	return once.Each(ids)
}

func timeText(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format(time.RFC3339Nano)
}

// DecisionNotes returns the annotations of a decision in a workflow run.
func DecisionNotes(d ringpolicy.Decision) []note.Annotation {
	var notes []note.Annotation
	for _, w := range d.Warnings {
		notes = append(notes, note.Annotation{Level: note.Warning, Message: w.Text})
	}
	if d.Verdict == ringpolicy.Rollback {
		notes = append(notes, note.Annotation{Level: note.Warning, Message: d.Summary})
	}
	return notes
}

// DecisionText returns a decision for people on a terminal: the summary, then a line for each criterion.
func DecisionText(d ringpolicy.Decision) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s\n\n", text.Visible(d.Summary))
	var rows [][]string
	for _, r := range d.Criteria {
		rows = append(rows, []string{criterionStatus(r), r.Ring, r.ID, observed(r)})
	}
	writeColumns(&b, rows)
	for _, w := range d.Warnings {
		fmt.Fprintf(&b, "\nwarning: %s", text.Visible(w.Text))
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
			widths[i] = max(widths[i], utf8.RuneCountInString(text.Visible(cell)))
		}
	}
	for _, row := range rows {
		b.WriteString(" ")
		for i, cell := range row {
			text := text.Visible(cell)
			if i < len(row)-1 {
				text += strings.Repeat(" ", widths[i]-utf8.RuneCountInString(text))
			}
			b.WriteString(" " + text)
		}
		b.WriteString("\n")
	}
}

// sourcesMarkdown says where the facts came from, for those who wonder.
func sourcesMarkdown(sources []Source) string {
	if len(sources) == 0 {
		return ""
	}
	var b strings.Builder
	b.WriteString("\n<details><summary>Where the facts came from</summary>\n\n")
	for _, s := range sources {
		fmt.Fprintf(&b, "- %s: %s\n", text.Plain(s.Fact), text.Plain(s.From))
	}
	return b.String() + "\n</details>\n"
}
