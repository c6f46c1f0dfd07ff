package command

import (
	"context"
	"encoding/json"

	"github.com/wizzense/deployment-rings/action/internal/cli"
	"github.com/wizzense/deployment-rings/action/internal/fault"
	"github.com/wizzense/deployment-rings/action/internal/gather"
	"github.com/wizzense/deployment-rings/action/internal/view"
	"github.com/wizzense/deployment-rings/ringpolicy"
)

// runGate says whether an image may move on into a ring, or whether the ring must go back.
func runGate(ctx context.Context, r *cli.Run) (*cli.Result, error) {
	c := clients(r)
	f, fails := facts(ctx, r, c, readPolicy(ctx, r)), failOn(r)
	gather.Candidate(ctx, &r.Log, c, ask(r), &f)
	if r.Problems != nil {
		return nil, r.Problems
	}

	d, err := decide(ctx, f)
	if err != nil {
		return nil, err
	}

	return decisionResult(r, f, d, fails)
}

// decide asks the policy, unless the run is to end before it knows the answer.
func decide(ctx context.Context, f gather.Facts) (ringpolicy.Decision, error) {
	return fault.Compute(ctx, func() (ringpolicy.Decision, error) {
		return f.Policy.Decide(f.Evidence)
	})
}

// decisionResult is a decision, which a workflow also finds in a file.
func decisionResult(r *cli.Run, f gather.Facts, d ringpolicy.Decision, fails failures) (*cli.Result, error) {
	object, err := json.Marshal(d)
	if err != nil {
		return nil, fault.Failed(err)
	}
	file, err := r.WriteFile("decision", ".json", object)
	if err != nil {
		return nil, fault.Failed(err)
	}
	return &cli.Result{
		Outputs: view.DecisionOutputs(d, file),
		Object:  string(object),
		Bulky:   true,
		Text:    view.DecisionText(d),
		Summary: view.DecisionMarkdown(f.Policy, f.Evidence, d, sources(f), ""),
		Notes:   view.DecisionNotes(d),
		Verdict: fails.of(d),
	}, nil
}

func sources(f gather.Facts) []view.Source {
	var all []view.Source
	for _, s := range f.Sources {
		all = append(all, view.Source{Fact: s.Kind.String(), From: s.From})
	}
	return all
}
