package tally

import (
	"fmt"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/wizzense/deployment-rings/internal/text"
	"github.com/wizzense/deployment-rings/ringpolicy"
)

// deeds are what was done, in words.
var deeds = [...]string{Nothing: "nothing", Promoted: "promoted", Redeployed: "deploys again", WentBack: "went back to", Left: "left"}

// Headline says in one line what the run comes to.
func (t Tally) Headline() string {
	if len(t.Rows) == 0 {
		return "No image is known."
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
	line := "Nothing to do"
	if len(parts) > 0 {
		line = strings.Join(parts, ", ")
	}
	if t.DryRun {
		line += "; dry run: nothing was written"
	}
	return line + "."
}

// what says in words what came of a row, or would, and why.
func (t Tally) what(r *Row, zone *time.Location, show func(string) string) string {
	digest := show(text.ShortDigest(r.Decision.Digest))
	would := ""
	if t.DryRun {
		would = "would have "
	}
	switch {
	case r.Err != nil:
		return "failed: " + plainly(show, r.Err.Error())
	case r.Deed == WentBack && t.DryRun:
		return "would go back to " + show(text.ShortDigest(r.Deployment.Digest))
	case r.Deed == WentBack:
		return "went back to " + show(text.ShortDigest(r.Deployment.Digest))
	case r.Deed == Promoted:
		return would + "promoted " + digest + ", which is on its way in"
	case r.Deed == Redeployed:
		return digest + " is on its way in, and deploys again: the run that deployed it ended without a word"
	case r.Deed == Left:
		return "left for the next run"
	case r.Decision.Verdict == ringpolicy.Undecided:
		return "no image is known that could come in"
	case r.Decision.Verdict == ringpolicy.Noop:
		return "runs " + digest
	}
	return r.Decision.Verdict.String() + " of " + digest
}

// plainly shows a sentence: as it is where show is for a terminal.
func plainly(show func(string) string, sentence string) string {
	if show("_") == "_" {
		return text.Visible(text.OneLine(sentence, maxSentence))
	}
	return text.Plain(text.OneLine(sentence, maxSentence))
}

const maxSentence = 400

// why says what the decision rests on, with times as write returns them; "" where there is nothing to say.
func (r *Row) why(write func(time.Time) string) string {
	switch {
	case r.Err != nil || r.Deed == Left || r.Decision.Verdict == ringpolicy.Undecided || r.Decision.Verdict == ringpolicy.Noop:
		return ""
	case r.Deed == WentBack && len(r.Decision.Rollback.Triggers) == 0:
		return "A rollback that was cut short is finished."
	}
	return r.Decision.Why(write)
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
	zone := t.Policy.Timezone()
	write := func(at time.Time) string { return text.Time(at, zone) }
	var b strings.Builder
	fmt.Fprintf(&b, "### Advance: %s\n\n", text.Plain(t.Headline()))
	image := ""
	for i, r := range t.Rows {
		if i == 0 || r.Image != image {
			image = r.Image
			if i > 0 {
				b.WriteString("\n")
			}
			fmt.Fprintf(&b, "**%s**\n\n| | Ring | What | Why |\n|---|---|---|---|\n", text.Code(image))
		}
		what, why := t.what(r, zone, text.Code), text.Plain(r.why(write))
		if len(r.Moved) > 0 {
			what += ", moved " + joined(r.Moved, text.Code)
		}
		fmt.Fprintf(&b, "| %s | %s | %s | %s |\n", r.symbol(), text.Code(r.Ring), what, why)
	}
	fmt.Fprintf(&b, "\n<sub>as of %s · policy %s", text.Time(t.Now, zone), text.ShortDigest(t.Policy.Digest()))
	if t.Spent != nil {
		fmt.Fprintf(&b, " · %s to GitHub, %s", text.Plural(t.Spent.Requests, "request"), text.Plural(t.Spent.Points, "point"))
	}
	return b.String() + "</sub>\n"
}

// Text returns the tally for people on a terminal.
func (t Tally) Text() string {
	write := func(at time.Time) string { return text.Time(at, nil) }
	var b strings.Builder
	b.WriteString(text.Visible(t.Headline()) + "\n")
	image := ""
	for i, r := range t.Rows {
		if i == 0 || r.Image != image {
			image = r.Image
			fmt.Fprintf(&b, "\n%s\n", text.Visible(image))
		}
		line := fmt.Sprintf("  %s%s  %s", text.Visible(r.Ring), strings.Repeat(" ", t.width()-utf8.RuneCountInString(r.Ring)), t.what(r, nil, text.Visible))
		if why := r.why(write); why != "" {
			line += ". " + text.Visible(why)
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
