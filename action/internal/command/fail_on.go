package command

import (
	"fmt"
	"strings"

	"github.com/wizzense/deployment-rings/action/internal/cli"
	"github.com/wizzense/deployment-rings/ringpolicy"
)

// failures are the verdicts that end a run with exit code 3.
type failures map[string]bool

// failOn reads what fails the run: "never", or a list of hold, rollback and unknown.
func failOn(r *cli.Run) failures {
	on := failures{}
	for word := range strings.SplitSeq(r.Text("fail-on"), ",") {
		switch word = strings.TrimSpace(word); word {
		case "", "never":
		case "hold", "rollback", "unknown":
			on[word] = true
		default:
			r.Addf("fail-on: %.40q is unknown, expected never, or a comma list of hold, rollback and unknown", word)
		}
	}
	return on
}

// of says why a decision fails the run; "" when it does not.
func (f failures) of(d ringpolicy.Decision) string {
	if d.HoldKind == ringpolicy.HoldUnknown && f["unknown"] {
		return f.word("unknown", d.Summary)
	}
	return f.word(d.Verdict.String(), d.Summary)
}

func (f failures) word(decision, summary string) string {
	if !f[decision] {
		return ""
	}
	return fmt.Sprintf("fail-on names %s, and the decision is: %s", decision, summary)
}
