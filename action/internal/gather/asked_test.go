package gather

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/wizzense/deployment-rings/action/internal/github/facts"
	"github.com/wizzense/deployment-rings/ringpolicy"
)

// GitHub is asked for what a criterion on the way needs, and for nothing else: once for each severity.
func TestAsked(t *testing.T) {
	for ring, want := range map[string]facts.Question{
		"dev":        {},
		"staging":    {Checks: true, Severities: []string{"critical"}},
		"ring-0":     {Checks: true, Approvals: true, Reviews: true, People: true},
		"ring-1":     {Checks: true, Severities: []string{"critical"}},
		"ring-2":     {Checks: true, SignOffs: true, People: true, Severities: []string{"P0"}},
		"production": {Checks: true, Approvals: true, SignOffs: true, People: true, Severities: []string{"P0"}},
	} {
		var got facts.Question
		if ask(&got, criteriaInto(ringpolicy.Builtin(), ring)); !cmp.Equal(want, got) {
			t.Errorf("asked on the way into %s (-want +got):\n%s", ring, cmp.Diff(want, got))
		}
	}
}

// What the evidence has saves requests for the people whose change it is, unless its overrides need them.
func TestWhoseChangeIsAsked(t *testing.T) {
	given := ringpolicy.Subject{Author: "octocat", Contributors: []string{}}
	for _, c := range []struct {
		asked    bool
		evidence ringpolicy.Evidence
		want     bool
	}{
		{true, ringpolicy.Evidence{}, true},
		{false, ringpolicy.Evidence{}, false},
		{true, ringpolicy.Evidence{Approvals: []ringpolicy.Approval{}, SignOffs: []ringpolicy.SignOff{}}, true},
		{true, ringpolicy.Evidence{Subject: given}, false},
		{true, ringpolicy.Evidence{Subject: ringpolicy.Subject{Author: "octocat"}}, true},
		{true, ringpolicy.Evidence{Subject: ringpolicy.Subject{Contributors: []string{}}}, true},
		{false, ringpolicy.Evidence{Overrides: []ringpolicy.Override{}}, false},
		{false, ringpolicy.Evidence{Overrides: make([]ringpolicy.Override, 1)}, true},
		{false, ringpolicy.Evidence{Overrides: make([]ringpolicy.Override, 1), Subject: given}, false},
	} {
		q := facts.Question{People: c.asked}
		if leaveOut(&q, c.evidence); q.People != c.want {
			t.Errorf("with %+v: people are asked for: %v, want %v", c.evidence, q.People, c.want)
		}
	}
}
