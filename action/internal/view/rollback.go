package view

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/wizzense/deployment-rings/action/internal/note"
	"github.com/wizzense/deployment-rings/action/internal/picture"
	"github.com/wizzense/deployment-rings/internal/text"
	"github.com/wizzense/deployment-rings/ringpolicy"
)

// A Reversal is a rollback by hand: the decision, and what was done about it.
type Reversal struct {
	Policy   *ringpolicy.Policy
	Evidence ringpolicy.Evidence
	Decision ringpolicy.ManualRollback
	DryRun   bool
	Moved    []string // tags that went back
	Left     []string // tags that users pull and that still point to the image that was taken back
	IDs      []string // of the records
	Err      error    // that ended acting
}

// Outputs returns the outputs by name.
func (r Reversal) Outputs() map[string]string {
	d := r.Decision
	return map[string]string{
		"decision":    d.Verdict.String(),
		"reason-code": string(d.ReasonCode),
		"from-digest": d.From,
		"to-digest":   d.To,
		"applied":     strconv.FormatBool(d.Verdict == ringpolicy.Rollback && !r.DryRun && r.Err == nil),
		"moved-tags":  strings.Join(r.Moved, "\n"),
	}
}

// Notes are the warnings of the decision, and those about tags that stay.
func (r Reversal) Notes() []note.Annotation {
	var notes []note.Annotation
	for _, w := range r.Decision.Warnings {
		notes = append(notes, note.Annotation{Level: note.Warning, Message: w.Text})
	}
	if len(r.Left) > 0 {
		notes = append(notes, note.Annotation{Level: note.Warning, Message: fmt.Sprintf("%s still point to %s, which was taken back: %s goes back to an image that is no release. Move them to a release, or promote a repaired one",
			joined(r.Left, plainly), r.Decision.From, r.Decision.Ring)})
	}
	return notes
}

// Deed says what was written, for those who get no result; "" when nothing was.
func (r Reversal) Deed() string {
	if r.DryRun || len(r.Moved)+len(r.IDs) == 0 {
		return ""
	}
	return fmt.Sprintf("tags that went back to %s: %s; recorded in %s as: %s", r.Decision.To, joined(r.Moved, plainly), r.Decision.Ring, joined(r.IDs, plainly))
}

// Text is the answer for a terminal.
func (r Reversal) Text() string {
	return text.Visible(r.Decision.Summary) + "\n" + r.sentence(text.Visible)
}

// Markdown is the answer as a job summary: what it comes to, what was done, and a picture.
func (r Reversal) Markdown() string {
	d, zone := r.Decision, r.Policy.Timezone()
	headline := "✋ Hold: " + text.Code(d.Ring) + " does not go back"
	if d.Verdict == ringpolicy.Rollback {
		headline = "⏪ Rollback: " + text.Code(d.Ring) + " goes back to " + text.Code(text.ShortDigest(d.To))
	}
	sentence := strings.TrimSpace("**" + text.Plain(d.Why(timeIn(zone))) + "** " + r.sentence(text.Code))
	return fmt.Sprintf("### %s\n\n%s\n\n%s<sub>as of %s · policy %s</sub>\n", headline, sentence, picture.OfRollback(r.Policy, r.Evidence, d).Markdown(),
		text.Time(r.Evidence.Now, zone), text.ShortDigest(r.Policy.Digest()))
}

// sentence says what was done, or would be.
func (r Reversal) sentence(show escaper) string {
	d := r.Decision
	switch {
	case d.Verdict != ringpolicy.Rollback:
		return ""
	case r.DryRun:
		return "Dry run: nothing was written.\n"
	case r.Err != nil:
		return "The rollback did not finish; once the cause is mended, run it again to do what is left.\n"
	}
	done := fmt.Sprintf("Moved: %s.", joined(r.Moved, show))
	if d.From != "" {
		done += fmt.Sprintf(" %s is quarantined in %s until it is released.", show(text.ShortDigest(d.From)), show(d.Ring))
	}
	return done + "\n"
}
