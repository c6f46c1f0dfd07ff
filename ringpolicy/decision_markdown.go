package ringpolicy

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/wizzense/deployment-rings/internal/markdown"
)

// Markdown is the decision for a job summary: what it comes to, a row for each criterion, the warnings. Times are in
// UTC. Text of others in it has no meaning to Markdown or HTML, and a link leads to the web or is none.
func (d Decision) Markdown() string {
	head, table := d.MarkdownIn(nil)
	return head + table
}

// MarkdownIn is Markdown with times in a zone as well, such as that of the policy, and in two parts, so that a picture
// may stand between what the decision comes to and its criteria.
func (d Decision) MarkdownIn(zone *time.Location) (head, table string) {
	if err := d.Err(); err != nil {
		return "### No decision\n\n" + markdown.Plain(err.Error()) + "\n", ""
	}
	write := func(t time.Time) string { return markdown.Time(t, zone) }
	head = fmt.Sprintf("### %s\n\n**%s**%s\n\nImage %s%s, decided for %s.\n\n", d.headline(), markdown.Plain(d.Why(write)), holdWords[d.HoldKind],
		markdown.Code(short(d.Digest)), d.ofCommit(), markdown.Time(d.Now, zone))
	return head + d.goingBack(), d.table(zone)
}

// headline says for which ring what was decided.
func (d Decision) headline() string {
	move := "come into "
	if len(d.From) > 0 {
		move = "move from " + codes(d.From) + " into "
	}
	to := markdown.Code(d.To)
	switch d.Verdict {
	case Rollback:
		return "⏪ Rollback: " + to + " has to go back to " + markdown.Code(short(d.Rollback.Target))
	case Noop:
		return "🟰 Nothing to do: " + to + " runs the image already"
	case Hold:
		return "✋ Hold: the image may not yet " + move + to
	}
	return "🚀 Promote: the image may " + move + to
}

// holdWords say what a hold takes to end.
var holdWords = map[HoldKind]string{
	HoldBlocked: " A person has to act.",
	HoldFailed:  " What does not hold has to be mended first.",
	HoldUnknown: " What is not known holds an image until somebody finds it out.",
	HoldPending: " An answer is still to come.",
	HoldWaiting: " Time alone will let the image in.",
}

func codes(names []string) string {
	var all []string
	for _, name := range names {
		all = append(all, markdown.Code(name))
	}
	return strings.Join(all, ", ")
}

func (d Decision) ofCommit() string {
	if d.Revision == "" {
		return ""
	}
	return " of commit " + markdown.Code(d.Revision[:min(8, len(d.Revision))])
}

// goingBack tells of a rollback that is needed, unless the headline does.
func (d Decision) goingBack() string {
	if !d.Rollback.Needed || d.Verdict == Rollback {
		return ""
	}
	target := "no image is known to be good"
	if d.Rollback.Target != "" {
		target = "the last known good image is " + markdown.Code(short(d.Rollback.Target))
	}
	return fmt.Sprintf("%s in %s, which runs %s; %s.\n\n", markdown.Plain(capital(failing(d.Rollback.Triggers))),
		markdown.Code(d.To), markdown.Code(short(d.Rollback.Running)), target)
}

// table has what keeps the image out. What does not is folded below it, or has the table to itself.
func (d Decision) table(zone *time.Location) string {
	blocking := slices.DeleteFunc(slices.Clone(d.Criteria), func(r Result) bool { return !r.Blocks() })
	others := slices.DeleteFunc(slices.Clone(d.Criteria), Result.Blocks)
	fold := len(blocking) > 0 && len(others) > 0
	var b strings.Builder
	writeRows(&b, blocking, zone)
	if fold {
		fmt.Fprintf(&b, "<details><summary>The other criteria (%d)</summary>\n\n", len(others))
	}
	writeRows(&b, others, zone)
	if fold {
		b.WriteString("</details>\n\n")
	}
	for _, w := range d.Warnings {
		fmt.Fprintf(&b, "⚠️ %s\n\n", markdown.Plain(w.Text))
	}
	fmt.Fprintf(&b, "<sub>policy %s · evidence %s · decision %s</sub>\n", short(d.PolicyDigest), short(d.EvidenceDigest), short(d.ID))
	return b.String()
}

func writeRows(b *strings.Builder, criteria []Result, zone *time.Location) {
	if len(criteria) == 0 {
		return
	}
	b.WriteString("| Status | Criterion | Ring | Observed | Required | Link |\n|---|---|---|---|---|---|\n")
	for _, r := range criteria {
		b.WriteString(r.MarkdownRow(zone))
	}
	b.WriteString("\n")
}

var statusSymbols = map[Status]string{Unmet: "❌", Unknown: "❔", Pending: "👤", Waiting: "⏳", Waived: "🟡", Met: "✅"}

// MarkdownRow is the criterion as a row of a table with the columns Status, Criterion, Ring, Observed, Required and
// Link, as [Decision.Markdown] has it, with times in a zone as well.
func (r Result) MarkdownRow(zone *time.Location) string {
	observed := r.ObservedWith(func(t time.Time) string { return markdown.Time(t, zone) })
	if !r.EligibleAt.IsZero() && !slices.ContainsFunc(r.ObservedTimes, r.EligibleAt.Equal) {
		observed += ", until " + markdown.Time(r.EligibleAt, zone)
	}
	title := markdown.Plain(r.Title)
	if r.Advisory {
		title += " (advisory)"
	}
	return fmt.Sprintf("| %s&nbsp;%s | %s | %s | %s | %s | %s |\n", statusSymbols[r.Status], r.Status, title, markdown.Code(r.Ring),
		markdown.Plain(observed), markdown.Plain(r.Required), r.links())
}

// links are numbered where there are several.
func (r Result) links() string {
	if len(r.Links) == 1 {
		return markdown.Link("view", r.Links[0])
	}
	var all []string
	for i, address := range r.Links {
		all = append(all, markdown.Link(fmt.Sprintf("view %d", i+1), address))
	}
	return strings.Join(all, "<br>")
}
