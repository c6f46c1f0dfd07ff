package main

import (
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"github.com/wizzense/deployment-rings/action/internal/report"
	"github.com/wizzense/deployment-rings/ringpolicy"
)

// runGate says whether an image may move on into a ring, or whether the ring must go back.
func runGate(s *session) error {
	q, failOn := s.gatherEvidence(s.ctx), s.failOn()
	s.gatherCandidate(s.ctx, &q)
	if s.problems != nil {
		return s.problems
	}

	d, err := s.decide(q)
	if err != nil {
		return err
	}

	object, err := json.Marshal(d)
	if err != nil {
		return failed(err)
	}
	file, err := s.writeDecision(object)
	if err != nil {
		return failed(err)
	}
	err = s.publish(result{
		outputs: filled("gate", gateValues(d, file)),
		object:  string(object),
		bulky:   true,
		text:    decisionText(d),
		summary: q.decisionSummary(d, ""),
		notes:   append(s.notes, s.inRun(decisionNotes(d))...),
	})
	if err != nil {
		return err
	}
	return failOn.verdict(d)
}

// decide asks the policy, unless the run is to end before it knows the answer.
func (s *session) decide(q question) (ringpolicy.Decision, error) {
	return compute(s.ctx, func() (ringpolicy.Decision, error) {
		d := q.policy.Decide(q.evidence)
		return d, d.Err()
	})
}

// writeDecision leaves the decision for later steps, in a workflow.
func (s *session) writeDecision(object []byte) (string, error) {
	dir := s.folder()
	if dir == "" {
		return "", nil
	}
	return report.WriteFile(dir, "decision", ".json", object)
}

// gateValues are the outputs of a decision by name.
func gateValues(d ringpolicy.Decision, file string) map[string]string {
	return map[string]string{
		"decision":         d.Verdict.String(),
		"hold-kind":        d.HoldKind.String(),
		"reason-code":      string(d.ReasonCode),
		"summary":          d.Summary,
		"from-ring":        strings.Join(d.From, "\n"),
		"to-ring":          d.To,
		"digest":           d.Digest,
		"next-eligible-at": timeText(d.NextEligibleAt),
		"valid-until":      timeText(d.ValidUntil),
		"unmet":            strings.Join(blocking(d), "\n"),
		"decision-id":      d.ID,
		"json-file":        file,
	}
}

// decisionSummary is a decision as a job summary: what it comes to and what was done about it, a picture, the criteria,
// and where the facts came from.
func (q *question) decisionSummary(d ringpolicy.Decision, done string) string {
	head, table := d.MarkdownIn(q.policy.Timezone())
	return head + done + decisionPicture(*q, d).Markdown() + table + q.sourcesMarkdown()
}

// blocking are the ids of the criteria that keep the image out, each once.
func blocking(d ringpolicy.Decision) []string {
	var ids []string
	for _, r := range d.Criteria {
		if r.Blocks() {
			ids = append(ids, r.ID)
		}
	}
	return unique(ids)
}

func timeText(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format(time.RFC3339Nano)
}

// decisionNotes are the annotations of a decision in a workflow run.
func decisionNotes(d ringpolicy.Decision) []report.Annotation {
	var notes []report.Annotation
	for _, w := range d.Warnings {
		notes = append(notes, report.Annotation{Level: report.Warning, Message: w.Text})
	}
	if d.Verdict == ringpolicy.Rollback {
		notes = append(notes, report.Annotation{Level: report.Warning, Message: d.Summary})
	}
	return notes
}

// failures are the verdicts that end a run with exit code 3.
type failures map[string]bool

// failOn reads what fails the run: "never", or a list of hold, rollback and unknown.
func (s *session) failOn() failures {
	on := failures{}
	for word := range strings.SplitSeq(s.values.Text("fail-on"), ",") {
		switch word = strings.TrimSpace(word); word {
		case "", "never":
		case "hold", "rollback", "unknown":
			on[word] = true
		default:
			s.addf("fail-on: %.40q is unknown, expected never, or a comma list of hold, rollback and unknown", word)
		}
	}
	return on
}

// verdict is the error of a decision that fails the run; nil when it does not.
func (f failures) verdict(d ringpolicy.Decision) error {
	if d.HoldKind == ringpolicy.HoldUnknown && f["unknown"] {
		return f.word("unknown", d.Summary)
	}
	return f.word(d.Verdict.String(), d.Summary)
}

func (f failures) word(decision, summary string) error {
	if !f[decision] {
		return nil
	}
	return verdict{fmt.Errorf("fail-on names %s, and the decision is: %s", decision, summary)}
}
