package view

import (
	"fmt"

	"github.com/wizzense/deployment-rings/action/internal/ledger"
	"github.com/wizzense/deployment-rings/internal/text"
)

// RecordText says what was recorded, or would be, for a terminal.
func RecordText(e ledger.Entry, id string) string { return recorded(e, id, text.Visible) + "\n" }

// RecordMarkdown is the same as a job summary.
func RecordMarkdown(e ledger.Entry, id string) string {
	return "### " + recorded(e, id, text.Code) + "\n"
}

// RecordDeed says what was recorded, for those who get no result.
func RecordDeed(e ledger.Entry, id string) string { return recorded(e, id, plainly) + ", " + e.Digest }

func recorded(e ledger.Entry, id string, show escaper) string {
	what := string(e.Outcome)
	if e.Signal != "" {
		what = fmt.Sprintf("%s %s", e.Signal, e.State)
	}
	what = fmt.Sprintf("%s: %s of %s", show(e.Ring), show(what), show(text.ShortDigest(e.Digest)))
	if id == "" {
		return "Dry run, would record " + what
	}
	return fmt.Sprintf("Recorded %s as %s", what, show(id))
}
