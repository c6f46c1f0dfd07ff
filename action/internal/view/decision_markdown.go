package view

import (
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/wizzense/deployment-rings/internal/text"
	"github.com/wizzense/deployment-rings/ringpolicy"
)

// decisionHead says what a decision comes to. Untrusted text in it has no meaning to Markdown or HTML.
func decisionHead(d ringpolicy.Decision, zone *time.Location) string {
	head := fmt.Sprintf("### %s\n\n**%s**%s\n\nImage %s%s, decided for %s.\n\n", decisionHeadline(d), text.Plain(d.Why(timeIn(zone))), holdWords[d.HoldKind],
		text.Code(text.ShortDigest(d.Digest)), ofCommit(d), text.Time(d.Now, zone))
	return head + goingBack(d)
}

// decisionHeadline says for which ring what was decided.
func decisionHeadline(d ringpolicy.Decision) string {
	move := "come into "
	if len(d.From) > 0 {
		move = "move from " + joined(d.From, text.Code) + " into "
	}
	to := text.Code(d.To)
	switch d.Verdict {
	case ringpolicy.Rollback:
		return "⏪ Rollback: " + to + " has to go back to " + text.Code(text.ShortDigest(d.Rollback.Target))
	case ringpolicy.Noop:
		return "🟰 Nothing to do: " + to + " runs the image already"
	case ringpolicy.Hold:
		return "✋ Hold: the image may not yet " + move + to
	}
	return "🚀 Promote: the image may " + move + to
}

// holdWords say what a hold takes to end.
var holdWords = map[ringpolicy.HoldKind]string{
	ringpolicy.HoldBlocked: " A person has to act.",
	ringpolicy.HoldFailed:  " What does not hold has to be mended first.",
	ringpolicy.HoldUnknown: " A required fact is missing.",
	ringpolicy.HoldPending: " An answer is still to come.",
	ringpolicy.HoldWaiting: " Time alone will let the image in.",
}

func ofCommit(d ringpolicy.Decision) string {
	if d.Revision == "" {
		return ""
	}
	return " of commit " + text.Code(text.ShortCommit(d.Revision))
}

// goingBack reports a rollback that is needed, unless the headline does.
func goingBack(d ringpolicy.Decision) string {
	if !d.Rollback.Needed || d.Verdict == ringpolicy.Rollback {
		return ""
	}
	target := "no image is known to be good"
	if d.Rollback.Target != "" {
		target = "the last known good image is " + text.Code(text.ShortDigest(d.Rollback.Target))
	}
	return fmt.Sprintf("%s in %s, which runs %s; %s.\n\n", text.Plain(capital(triggers(d.Rollback.Triggers))),
		text.Code(d.To), text.Code(text.ShortDigest(d.Rollback.Running)), target)
}

// decisionTable has what keeps the image out. What does not is folded below it, or has the table to itself.
func decisionTable(d ringpolicy.Decision, zone *time.Location) string {
	blocking := slices.DeleteFunc(slices.Clone(d.Criteria), func(r ringpolicy.Result) bool { return !r.Blocks() })
	others := slices.DeleteFunc(slices.Clone(d.Criteria), ringpolicy.Result.Blocks)
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
		fmt.Fprintf(&b, "⚠️ %s\n\n", text.Plain(w.Text))
	}
	fmt.Fprintf(&b, "<sub>policy %s · evidence %s · decision %s</sub>\n", text.ShortDigest(d.PolicyDigest), text.ShortDigest(d.EvidenceDigest), text.ShortDigest(d.ID))
	return b.String()
}

func writeRows(b *strings.Builder, criteria []ringpolicy.Result, zone *time.Location) {
	if len(criteria) == 0 {
		return
	}
	b.WriteString("| Status | Criterion | Ring | Observed | Required | Link |\n|---|---|---|---|---|---|\n")
	for _, r := range criteria {
		b.WriteString(criterionRow(r, zone))
	}
	b.WriteString("\n")
}

var statusSymbols = map[ringpolicy.Status]string{
	ringpolicy.Unmet: "❌", ringpolicy.Unknown: "❔", ringpolicy.Pending: "👤", ringpolicy.Waiting: "⏳", ringpolicy.Waived: "🟡", ringpolicy.Met: "✅",
}

// criterionRow is a criterion as a row of a table with the columns Status, Criterion, Ring, Observed, Required and Link.
func criterionRow(r ringpolicy.Result, zone *time.Location) string {
	observed := r.ObservedWith(timeIn(zone))
	if !r.EligibleAt.IsZero() && !slices.ContainsFunc(r.ObservedTimes, r.EligibleAt.Equal) {
		observed += ", until " + text.Time(r.EligibleAt, zone)
	}
	title := text.Plain(r.Title)
	if r.Advisory {
		title += " (advisory)"
	}
	return fmt.Sprintf("| %s&nbsp;%s | %s | %s | %s | %s | %s |\n", statusSymbols[r.Status], r.Status, title, text.Code(r.Ring),
		text.Plain(observed), text.Plain(r.Required), links(r))
}

// links are numbered where there are several.
func links(r ringpolicy.Result) string {
	if len(r.Links) == 1 {
		return text.Link("view", r.Links[0])
	}
	var all []string
	for i, address := range r.Links {
		all = append(all, text.Link(fmt.Sprintf("view %d", i+1), address))
	}
	return strings.Join(all, "<br>")
}

// triggers says which kinds of signals fail: "critical error and health check failing".
func triggers(kinds []ringpolicy.SignalKind) string {
	words := make([]string, len(kinds))
	for i, k := range kinds {
		words[i] = strings.ReplaceAll(string(k), "_", " ")
	}
	return strings.Join(words, " and ") + " failing"
}

func capital(s string) string {
	c, size := utf8.DecodeRuneInString(s)
	return string(unicode.ToUpper(c)) + s[size:]
}
