package command

import (
	"context"
	"encoding/json"

	"github.com/wizzense/deployment-rings/action/internal/cli"
	"github.com/wizzense/deployment-rings/action/internal/fault"
	"github.com/wizzense/deployment-rings/action/internal/view"
	"github.com/wizzense/deployment-rings/internal/regular"
	"github.com/wizzense/deployment-rings/ringpolicy"
)

// runLint reports what can be proven wrong about a policy file, and how fast an image can pass it.
func runLint(ctx context.Context, r *cli.Run) (*cli.Result, error) {
	name, src := policySource(ctx, r)
	if r.Problems != nil {
		return nil, r.Problems
	}

	found, err := fault.Compute(ctx, func() (view.Linted, error) { return lint(name, src) })
	if err != nil {
		return nil, err
	}

	object, err := json.Marshal(found)
	if err != nil {
		return nil, fault.Failed(err)
	}
	return &cli.Result{Object: string(object), Text: found.Text(), Summary: found.Markdown(), Notes: found.Annotations(), Verdict: found.Defect()}, nil
}

// policySource is the policy file, unread.
func policySource(ctx context.Context, r *cli.Run) (name string, src []byte) {
	name = r.Text("policy")
	if name == "" {
		return ringpolicy.BuiltinName, ringpolicy.BuiltinSource()
	}
	src, err := fault.Compute(ctx, func() ([]byte, error) { return regular.ReadFile(name, ringpolicy.MaxPolicySize) })
	if err != nil {
		r.Addf("policy: %w", err)
	}
	return name, src
}

func lint(name string, src []byte) (view.Linted, error) {
	findings, err := ringpolicy.Lint(name, src)
	if err != nil {
		return view.Linted{}, err
	}
	policy, err := ringpolicy.Parse(name, src)
	if err != nil {
		return view.Linted{}, err
	}
	return view.NewLinted(name, policy, findings), nil
}
