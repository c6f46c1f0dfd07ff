package command

import (
	"cmp"
	"context"

	"github.com/wizzense/deployment-rings/action/internal/candidate"
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
	others, err := candidate.Choose(ctx, &r.Log, c, ask(r), &f)
	if err != nil || r.Problems != nil {
		return nil, cmp.Or(r.Problems, err)
	}

	d, err := candidate.Decide(ctx, c, ask(r), &f)
	if err != nil {
		return nil, err
	}

	return decisionResult(r, f, d, others, fails)
}

// decisionResult is a decision, which a workflow also finds in a file.
func decisionResult(r *cli.Run, f gather.Facts, d ringpolicy.Decision, others candidate.Others, fails failures) (*cli.Result, error) {
	object, err := others.JSON(d)
	if err != nil {
		return nil, fault.Failed(err)
	}
	file, err := r.WriteFile("decision", ".json", []byte(object))
	if err != nil {
		return nil, fault.Failed(err)
	}
	return &cli.Result{
		Outputs: view.DecisionOutputs(d, file),
		Object:  object,
		Bulky:   true,
		Text:    view.DecisionText(d) + others.Text(),
		Summary: view.DecisionMarkdown(f.Policy, f.Evidence, d, sources(f), others.Markdown(f.Policy.Timezone())),
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
