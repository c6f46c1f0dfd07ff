package tally

import (
	"fmt"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/wizzense/deployment-rings/internal/text"
	"github.com/wizzense/deployment-rings/ringpolicy"
)

// deeds are what was done, in a word.
var deeds = [...]string{Nothing: "nothing", Promoted: "promoted", Redeployed: "deploys again", WentBack: "went back to", Left: "left"}

// Headline says in one line what the run comes to.
func (t Tally) Headline() string {
	if len(t.Rows) == 0 {
		return "Advance: no image is known."
	}
	count := map[Deed]int{}
	failed, held := 0, 0
	for _, r := range t.Rows {
		switch {
		case r.Err != nil:
			failed++
		case r.Deed == Nothing && r.Decision.Verdict == ringpolicy.Hold:
			held++
		}
		if r.Err == nil {
			count[r.Deed]++
		}
	}
	var parts []string
	add := func(n int, words string) {
		if n > 0 {
			parts = append(parts, fmt.Sprintf("%d %s", n, words))
		}
	}
	add(failed, "failed")
	add(count[WentBack], "went back")
	add(count[Promoted], "promoted")
	add(count[Redeployed], "to deploy again")
	add(count[Left], "left for the next run")
	add(held, "held")
	line := "nothing to do"
	if len(parts) > 0 {
		line = strings.Join(parts, ", ")
	}
	if t.DryRun {
		line += "; dry run: nothing was written"
	}
	return "Advance: " + line + "."
}

// A writer writes for a terminal, or for a job summary.
type writer struct {
	name  func(string) string // of something
	plain func(string) string // a sentence
	zone  *time.Location      // of times, beside UTC; nil: none
}

func (w writer) digest(d string) string   { return w.name(text.ShortDigest(d)) }
func (w writer) time(at time.Time) string { return text.Time(at, w.zone) }

// what says in words what came of a row, or would.
func (t Tally) what(r *Row, w writer) string {
	digest := w.digest(r.Decision.Digest)
	done, would := [...]string{Promoted: "promoted ", Redeployed: "deploys again: ", WentBack: "went back to "}, [...]string{Promoted: "would promote ", Redeployed: "would deploy again: ", WentBack: "would go back to "}
	switch {
	case r.Err != nil:
		return "failed"
	case r.Deed == Left:
		return "left for the next run"
	case r.Deed != Nothing && t.DryRun:
		return would[r.Deed] + w.digest(r.Deployment.Digest)
	case r.Deed != Nothing && len(r.Moved) > 0:
		return done[r.Deed] + w.digest(r.Deployment.Digest) + ", moved " + joined(r.Moved, w.name)
	case r.Deed != Nothing:
		return done[r.Deed] + w.digest(r.Deployment.Digest)
	case r.Decision.Verdict == ringpolicy.Undecided:
		return "no image is known that could come in"
	case r.Decision.Verdict == ringpolicy.Noop:
		return "runs " + digest
	}
	return "holds " + digest + " back"
}

const maxSentence = 400

// why says what that rests on; "" where there is nothing to say.
func (r *Row) why(w writer) string {
	switch {
	case r.Err != nil:
		return w.plain(text.OneLine(r.Err.Error(), maxSentence))
	case r.Deed == Redeployed:
		return "It is on its way in, and no outcome of its deployment was recorded."
	case r.Deed == WentBack && len(r.Decision.Rollback.Triggers) == 0:
		return "This ends a rollback that was cut short."
	case r.Deed == Left || r.Decision.Verdict == ringpolicy.Undecided || r.Decision.Verdict == ringpolicy.Noop:
		return ""
	}
	return w.plain(r.Decision.Why(w.time))
}

var symbols = map[ringpolicy.HoldKind]string{
	ringpolicy.HoldBlocked: "✋", ringpolicy.HoldFailed: "❌", ringpolicy.HoldUnknown: "❔", ringpolicy.HoldPending: "👤", ringpolicy.HoldWaiting: "⏳",
}

func (r *Row) symbol() string {
	switch {
	case r.Err != nil:
		return "🔴"
	case r.Deed == WentBack:
		return "⏪"
	case r.Deed == Promoted:
		return "🚀"
	case r.Deed == Redeployed:
		return "🔁"
	case r.Deed == Left:
		return "💤"
	case r.Decision.Verdict == ringpolicy.Undecided:
		return "⚪"
	case r.Decision.Verdict == ringpolicy.Noop:
		return "🟢"
	}
	return symbols[r.Decision.HoldKind]
}

// Markdown returns the tally as a job summary: a headline, and a table for each image. Text of others has no meaning in it.
func (t Tally) Markdown() string {
	w := writer{text.Code, text.Plain, t.Policy.Timezone()}
	var b strings.Builder
	fmt.Fprintf(&b, "### %s\n", text.Plain(t.Headline()))
	image := ""
	for i, r := range t.Rows {
		if i == 0 || r.Image != image {
			image = r.Image
			fmt.Fprintf(&b, "\n**%s**\n\n| | Ring | Done | Why |\n|---|---|---|---|\n", text.Code(image))
		}
		fmt.Fprintf(&b, "| %s | %s | %s | %s |\n", r.symbol(), text.Code(r.Ring), t.what(r, w), r.why(w))
	}
	fmt.Fprintf(&b, "\n<sub>as of %s · policy %s", w.time(t.Now), text.ShortDigest(t.Policy.Digest()))
	if t.Spent != nil {
		fmt.Fprintf(&b, " · %s to GitHub, %s", text.Plural(t.Spent.Requests, "request"), text.Plural(t.Spent.Points, "point"))
	}
	return b.String() + "</sub>\n"
}

// Text returns the tally for people on a terminal.
func (t Tally) Text() string {
	w := writer{text.Visible, text.Visible, nil}
	var b strings.Builder
	b.WriteString(text.Visible(t.Headline()) + "\n")
	image := ""
	for i, r := range t.Rows {
		if i == 0 || r.Image != image {
			image = r.Image
			fmt.Fprintf(&b, "\n%s\n", text.Visible(image))
		}
		line := fmt.Sprintf("  %s%s  %s", text.Visible(r.Ring), strings.Repeat(" ", t.width()-utf8.RuneCountInString(r.Ring)), t.what(r, w))
		switch why := r.why(w); {
		case r.Err != nil:
			line += ": " + why
		case why != "":
			line += ". " + why
		}
		b.WriteString(line + "\n")
	}
	return b.String()
}

func (t Tally) width() int {
	longest := 0
	for _, r := range t.Rows {
		longest = max(longest, utf8.RuneCountInString(r.Ring))
	}
	return longest
}

func joined(names []string, show func(string) string) string {
	shown := make([]string, len(names))
	for i, n := range names {
		shown[i] = show(n)
	}
	return strings.Join(shown, ", ")
}
