package view

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/wizzense/deployment-rings/action/internal/ledger"
	"github.com/wizzense/deployment-rings/internal/text"
)

// Recorded says what was recorded, or would be, and which tags followed.
type Recorded struct {
	Entry  ledger.Entry
	ID     string   // of the record; "" before there is one
	Known  bool     // the same is the newest record of the image already, and was not written again
	Moved  []string // tags
	DryRun bool
	Err    error // that ended moving tags
}

// Outputs returns the outputs by name.
func (r Recorded) Outputs() map[string]string {
	id := r.ID
	if r.DryRun {
		id = ""
	}
	return map[string]string{
		"deployment-id": id,
		"applied":       strconv.FormatBool(!r.DryRun && r.Err == nil && (!r.Known || len(r.Moved) > 0)),
		"moved-tags":    strings.Join(r.Moved, "\n"),
	}
}

// Text is the answer for a terminal.
func (r Recorded) Text() string { return r.sentence(text.Visible) + "\n" }

// Markdown is the same as a job summary.
func (r Recorded) Markdown() string { return "### " + r.sentence(text.Code) + "\n" }

// Deed says what was written, for those who get no result; "" when nothing was.
func (r Recorded) Deed() string {
	if r.DryRun || r.ID == "" {
		return ""
	}
	return r.sentence(plainly) + ", " + r.Entry.Digest
}

func (r Recorded) sentence(show escaper) string {
	e, what := r.Entry, string(r.Entry.Outcome)
	if e.Signal != "" {
		what = fmt.Sprintf("%s %s", e.Signal, e.State)
	}
	what = fmt.Sprintf("%s: %s of %s", show(e.Ring), show(what), show(text.ShortDigest(e.Digest)))
	switch {
	case r.Known:
		what = fmt.Sprintf("Recorded already: %s, as %s", what, show(r.ID))
	case r.DryRun:
		what = "Dry run, would record " + what
	case r.ID == "":
		what = "Recorded " + what
	default:
		what = fmt.Sprintf("Recorded %s as %s", what, show(r.ID))
	}
	if len(r.Moved) > 0 {
		what += "; moved " + joined(r.Moved, show)
	}
	return what
}
