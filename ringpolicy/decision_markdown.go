package ringpolicy

import (
	"fmt"
	"strings"

	"github.com/wizzense/deployment-rings/internal/markdown"
)

// Markdown is the decision for a job summary: a headline, a row for each criterion, the warnings.
// Text of others in it has no meaning to Markdown or HTML.
func (d Decision) Markdown() string {
	if err := d.Err(); err != nil {
		return "### No decision\n\n" + markdown.Plain(err.Error()) + "\n"
	}
	var b strings.Builder
	headline, why, _ := strings.Cut(d.Summary, ". ")
	fmt.Fprintf(&b, "### %s %s\n\n%s\n\n", verdictSymbols[d.Verdict], markdown.Plain(headline), markdown.Plain(why))
	fmt.Fprintf(&b, "Image %s%s, decided for %s.\n\n", markdown.Code(short(d.Digest)), d.ofCommit(), formatTime(d.Now))
	d.writeRollback(&b)
	b.WriteString("| Status | Criterion | Ring | Observed | Required |\n|---|---|---|---|---|\n")
	for _, r := range d.Criteria {
		r.writeRow(&b)
	}
	for _, w := range d.Warnings {
		fmt.Fprintf(&b, "\n⚠️ %s\n", markdown.Plain(w.Text))
	}
	fmt.Fprintf(&b, "\n<sub>policy %s · evidence %s · decision %s</sub>\n", short(d.PolicyDigest), short(d.EvidenceDigest), short(d.ID))
	return b.String()
}

var verdictSymbols = map[Verdict]string{Rollback: "⏪", Noop: "🟰", Hold: "✋", Promote: "🚀"}

var statusSymbols = map[Status]string{Unmet: "❌", Unknown: "❔", Pending: "👤", Waiting: "⏳", Waived: "🟡", Met: "✅"}

func (d Decision) ofCommit() string {
	if d.Revision == "" {
		return ""
	}
	return " of commit " + markdown.Code(d.Revision[:min(8, len(d.Revision))])
}

func (d Decision) writeRollback(b *strings.Builder) {
	if !d.Rollback.Needed || d.Verdict == Rollback { // then the headline says it
		return
	}
	target := "no image is known to be good"
	if d.Rollback.Target != "" {
		target = "the last known good image is " + markdown.Code(short(d.Rollback.Target))
	}
	fmt.Fprintf(b, "%s in %s, which runs %s; %s.\n\n", markdown.Plain(capital(failing(d.Rollback.Triggers))),
		markdown.Code(d.To), markdown.Code(short(d.Rollback.Running)), target)
}

func (r Result) writeRow(b *strings.Builder) {
	observed := markdown.Plain(r.Observed)
	if !r.EligibleAt.IsZero() {
		observed += ", until " + formatTime(r.EligibleAt)
	}
	title := markdown.Plain(r.Title)
	if r.Advisory {
		title += " (advisory)"
	}
	fmt.Fprintf(b, "| %s&nbsp;%s | %s | %s | %s | %s |\n", statusSymbols[r.Status], r.Status, title, markdown.Code(r.Ring), observed, markdown.Plain(r.Required))
}
