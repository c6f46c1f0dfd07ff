package main

import (
	"encoding/json"
	"errors"

	"github.com/wizzense/deployment-rings/action/internal/view"
	"github.com/wizzense/deployment-rings/internal/regular"
	"github.com/wizzense/deployment-rings/ringpolicy"
)

// runLint tells what can be proven wrong about a policy file, and how fast an image can pass it.
func runLint(s *session) error {
	name, src := s.policySource()
	if s.problems != nil {
		return s.problems
	}

	found, err := compute(s.ctx, func() (view.Linted, error) { return lint(name, src) })
	if err != nil {
		return err
	}

	object, err := json.Marshal(found)
	if err != nil {
		return failed(err)
	}
	err = s.publish(result{object: string(object), text: found.Text(), summary: found.Markdown(), notes: s.inRun(found.Annotations())})
	if err != nil {
		return err
	}
	if why := found.Defect(); why != "" {
		return verdict{errors.New(why)}
	}
	return nil
}

// policySource is the policy file, unread.
func (s *session) policySource() (name string, src []byte) {
	name = s.values.Text("policy")
	if name == "" {
		return ringpolicy.BuiltinName, ringpolicy.BuiltinSource()
	}
	src, err := compute(s.ctx, func() ([]byte, error) { return regular.ReadFile(name, ringpolicy.MaxPolicySize) })
	if err != nil {
		s.addf("policy: %w", err)
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
