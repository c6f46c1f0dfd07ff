package view

import (
	"fmt"
	"strings"

	"github.com/wizzense/deployment-rings/internal/text"
	"github.com/wizzense/deployment-rings/ringpolicy"
)

// Deed says what was written, for those who get no result; "" when nothing was.
func (d Promoted) Deed(of ringpolicy.Decision) string {
	if d.ID == "" {
		return ""
	}
	return fmt.Sprintf("recorded in %s as %s; tags that moved to %s: %s", of.To, d.ID, of.Digest, joined(d.Moved, plainly))
}

// Text writes what was done for a terminal.
func (d Promoted) Text(of ringpolicy.Decision, acting error) string {
	text := d.sentence(of, acting, text.Visible)
	if text == "" {
		return ""
	}
	return "\n" + text + "\n"
}

// Markdown writes what was done for a job summary.
func (d Promoted) Markdown(of ringpolicy.Decision, acting error) string {
	text := d.sentence(of, acting, text.Code)
	if text == "" {
		return ""
	}
	return text + "\n\n"
}

// sentence says what was done, or would be.
func (d Promoted) sentence(of ringpolicy.Decision, acting error, show escaper) string {
	switch {
	case of.Verdict != ringpolicy.Promote:
		return ""
	case d.DryRun:
		return "Dry run: nothing was written. These tags would point to the image: " + joined(d.Wanted, show) + "."
	case acting != nil:
		return "The promotion did not finish; once the cause is mended, run it again to do what is left. Tags that point to the image: " + joined(d.Moved, show) + "."
	case len(d.Moved) == 0:
		return "All tags point to the image already. Recorded as " + show(d.ID) + "."
	}
	return "Moved to the image: " + joined(d.Moved, show) + ". Recorded as " + show(d.ID) + "."
}

func joined(names []string, show escaper) string {
	if len(names) == 0 {
		return "none"
	}
	shown := make([]string, len(names))
	for i, n := range names {
		shown[i] = show(n)
	}
	return strings.Join(shown, ", ")
}

// Promoted says what a promotion did.
type Promoted struct {
	ID     string   // of the record
	Moved  []string // tags that came to the image
	Wanted []string // all that should point to it
	DryRun bool
}

// Applied reports whether something was written.
func (d Promoted) Applied() bool { return d.ID != "" && !d.DryRun }
