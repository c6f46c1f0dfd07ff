package main

import (
	"encoding/json"
	"fmt"
	"strings"

	"github.com/wizzense/deployment-rings/action/internal/report"
	"github.com/wizzense/deployment-rings/action/internal/view"
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
		outputs: filled("gate", view.DecisionOutputs(d, file)),
		object:  string(object),
		bulky:   true,
		text:    view.DecisionText(d),
		summary: view.DecisionMarkdown(q.policy, q.evidence, d, q.sources, ""),
		notes:   append(s.notes, s.inRun(view.DecisionNotes(d))...),
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
