package view

import (
	"fmt"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/wizzense/deployment-rings/action/internal/picture"
	"github.com/wizzense/deployment-rings/action/internal/status"
	"github.com/wizzense/deployment-rings/internal/text"
)

// StatusText returns a report for people on a terminal: the headline, a line for each ring, and what to do.
func StatusText(r status.Report, page string) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s\n", text.Visible(r.Headline.Write(timeIn(nil))))
	for _, image := range r.Images {
		writeImageText(&b, image)
	}
	fmt.Fprintf(&b, "\nAs of %s.\n", text.Time(r.Now, nil))
	if page != "" {
		fmt.Fprintf(&b, "Dashboard: %s\n", text.Visible(page))
	}
	return b.String()
}

func writeImageText(b *strings.Builder, image status.Image) {
	b.WriteString("\n")
	if image.Image != "" {
		fmt.Fprintf(b, "%s\n", text.Visible(image.Image))
	}
	rows := [][]string{{" ", "RING", "STATE", "RUNS", "SINCE (UTC)", "SOAK"}}
	for _, ring := range image.Rings {
		rows = append(rows, ringRow(ring))
	}
	writeColumns(b, rows)
	for _, ring := range image.Rings {
		writeRingText(b, ring)
	}
}

// ringRow is a ring in 80 columns, when its names are no longer than those of most people.
func ringRow(ring status.Ring) []string {
	since := "–"
	if ring.Runs != nil {
		since = ring.Runs.Since.UTC().Format("2006-01-02 15:04")
	}
	return []string{ring.State.Symbol(), text.ClipRunes(ring.Name, 24), string(ring.State), text.ClipRunes(runsOrTag(ring, picture.Runs), 32), since, soakText(ring.Soak)}
}

// timeIn returns how a time is written in a zone.
func timeIn(zone *time.Location) func(time.Time) string {
	return func(t time.Time) string { return text.Time(t, zone) }
}

// writeRingText writes what a table has no room for. Commands stay on one line, so that they can be copied.
func writeRingText(b *strings.Builder, ring status.Ring) {
	remarks := ringRemarks(ring, nil)
	if len(remarks) == 0 && len(ring.Advice) == 0 {
		return
	}
	fmt.Fprintf(b, "\n%s\n", text.Visible(ring.Name))
	for _, remark := range remarks {
		writeWrapped(b, remark)
	}
	for _, a := range ring.Advice {
		advice := a.Text
		if a.To != "" { // the ring stands above
			advice = status.Text{"→ ", a.To, ": ", a.Subject, a.Do}
		}
		writeWrapped(b, advice.Write(timeIn(nil)))
		for _, c := range a.Commands {
			fmt.Fprintf(b, "    %s\n", text.Visible(c))
		}
	}
}

// writeWrapped writes words in lines of 80 columns, the first indented by two and the others by four.
func writeWrapped(b *strings.Builder, words string) {
	const columns = 80
	line := " "
	for word := range strings.FieldsSeq(text.Visible(words)) {
		if utf8.RuneCountInString(line+" "+word) > columns {
			fmt.Fprintln(b, line)
			line = "   "
		}
		line += " " + word
	}
	fmt.Fprintln(b, line)
}

// ringRemarks returns the sentences that a table has no room for.
func ringRemarks(ring status.Ring, zone *time.Location) []string {
	var lines []string
	if why := stateRemark(ring, zone); why != "" {
		lines = append(lines, why)
	}
	if a := ring.Arriving; a != nil {
		lines = append(lines, fmt.Sprintf("On its way in: %s, since %s.", status.Hex(a.Digest, 8), text.Time(a.At, zone)))
	}
	if r := ring.Rollback; r != nil {
		lines = append(lines, rollbackRemark(*r, zone))
	}
	return append(lines, quarantineRemarks(ring.Quarantined, zone)...)
}

// maxQuarantined limits the quarantined images that a ring shows, the newest, so that old ones do not bury what counts; the
// report has all.
const maxQuarantined = 3

func quarantineRemarks(all []status.Quarantine, zone *time.Location) []string {
	var lines []string
	for _, q := range all[:min(maxQuarantined, len(all))] {
		lines = append(lines, fmt.Sprintf("Quarantined: %s, since %s: %s", status.Hex(q.Digest, 8), text.Time(q.At, zone), q.Reason))
	}
	if more := len(all) - maxQuarantined; more > 0 {
		lines = append(lines, fmt.Sprintf("Quarantined before: %d more.", more))
	}
	return lines
}

// stateRemark says why a ring needs attention, where its moves do not.
func stateRemark(ring status.Ring, zone *time.Location) string {
	switch ring.State {
	case status.Overdue:
		return "Overdue: its image should have moved on by " + text.Time(*ring.Soak.OverdueAt, zone) + "."
	case status.Unhealthy, status.Stuck:
		word := string(ring.State)
		return strings.ToUpper(word[:1]) + word[1:] + ": " + ring.Reason.Sentence().Write(timeIn(zone))
	}
	return ""
}

func rollbackRemark(r status.Rollback, zone *time.Location) string {
	text := "Last rollback: " + text.Time(r.At, zone)
	if r.From != nil {
		text += ", from " + status.Hex(*r.From, 8)
	}
	if r.To != nil {
		text += ", to " + status.Hex(*r.To, 8)
	}
	if r.Reason != nil {
		text += ": " + *r.Reason
	}
	return text
}

// runsOrTag formats what the ring runs; it adds the tag's digest if they differ, and uses it if nothing is recorded.
func runsOrTag(ring status.Ring, show func(*status.Deployment) string) string {
	switch {
	case ring.TagElsewhere():
		return show(ring.Runs) + " ≠ tag " + status.Hex(*ring.Tag.Digest, 8)
	case ring.Runs == nil && ring.Tag != nil && ring.Tag.Found:
		return "tag " + status.Hex(*ring.Tag.Digest, 8)
	}
	return show(ring.Runs)
}

func sinceText(ring status.Ring, zone *time.Location) string {
	if ring.Runs == nil {
		return "–"
	}
	return text.Time(ring.Runs.Since, zone)
}
