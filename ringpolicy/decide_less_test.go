package ringpolicy_test

import (
	"fmt"
	"slices"
	"testing"

	"github.com/wizzense/deployment-rings/ringpolicy"
)

// FuzzDecideLess: who knows less promotes no more. An image that is held does not move on because something was not
// collected, or because a fact that stands against it lost a part.
func FuzzDecideLess(f *testing.F) {
	seeds(f)
	f.Fuzz(func(t *testing.T, bytes []byte) {
		p, e := world(t, bytes)
		d := decide(t, p, e)
		if d.Verdict != ringpolicy.Hold {
			return
		}
		for name, less := range lesser(e) {
			if got := decide(t, p, less); got.Verdict == ringpolicy.Promote {
				t.Errorf("without %s: %s\ninstead of %s\nevidence %+v", name, got, d, e)
			}
		}
	})
}

// lesser returns the evidence with one thing less, by the name of what is gone. Not among them is the ancestry, which
// a ring that runs nothing does not need.
func lesser(e ringpolicy.Evidence) map[string]ringpolicy.Evidence {
	all := map[string]ringpolicy.Evidence{}
	without := func(name string, remove func(e *ringpolicy.Evidence)) {
		less := e
		less.Checks, less.Approvals = slices.Clone(e.Checks), slices.Clone(e.Approvals)
		less.People = slices.Clone(e.People)
		remove(&less)
		all[name] = less
	}
	without("author", func(e *ringpolicy.Evidence) { e.Subject.Author = "" })
	without("contributors", func(e *ringpolicy.Evidence) { e.Subject.Contributors = nil })
	without("revision", func(e *ringpolicy.Evidence) { e.Subject.Revision = "" })
	without("checks", func(e *ringpolicy.Evidence) { e.Checks = nil })
	without("incidents", func(e *ringpolicy.Evidence) { e.Incidents = nil })
	without("approvals", func(e *ringpolicy.Evidence) { e.Approvals = nil })
	without("sign_offs", func(e *ringpolicy.Evidence) { e.SignOffs = nil })
	without("locks", func(e *ringpolicy.Evidence) { e.Locks = nil })
	without("quarantine", func(e *ringpolicy.Evidence) { e.Quarantine = nil })
	without("people", func(e *ringpolicy.Evidence) { e.People = nil })
	for i := range e.People {
		without(fmt.Sprintf("people[%d].permission", i), func(e *ringpolicy.Evidence) { e.People[i].Permission = "" })
		without(fmt.Sprintf("people[%d].teams", i), func(e *ringpolicy.Evidence) { e.People[i].Teams = nil })
	}
	for i, c := range e.Checks {
		if stands := c.State == ringpolicy.CheckFailure || c.State == ringpolicy.CheckPending; stands && anotherSaysItsOrigin(e.Checks, i) {
			without(fmt.Sprintf("checks[%d].workflow and creator", i), func(e *ringpolicy.Evidence) { e.Checks[i].Workflow, e.Checks[i].Creator = "", "" })
		}
	}
	for i, a := range e.Approvals {
		if a.State != ringpolicy.ApprovalRejected {
			continue
		}
		without(fmt.Sprintf("approvals[%d].revision", i), func(e *ringpolicy.Evidence) { e.Approvals[i].Revision = "" })
		if a.Revision == "" || a.Revision == e.Subject.Revision {
			without(fmt.Sprintf("approvals[%d].digest", i), func(e *ringpolicy.Evidence) { e.Approvals[i].Digest = "" })
		}
	}
	return all
}

// anotherSaysItsOrigin reports whether a check of the same name and app says its workflow or creator. Where none does,
// checks are grouped without, as in evidence that is older than these keys.
func anotherSaysItsOrigin(checks []ringpolicy.Check, i int) bool {
	for j, c := range checks {
		if j != i && c.Name == checks[i].Name && c.App == checks[i].App && c.Revision == checks[i].Revision && c.Workflow+c.Creator != "" {
			return true
		}
	}
	return false
}

// Each reason that an override of one's own change does not count names the person and says why.
func TestOverridesOfOwnChanges(t *testing.T) {
	policy := parsePolicy(t, "version: 1\nrings: [{name: a, soak: {min: 1h}}, {name: b}]")
	for _, tt := range []struct {
		by, author   string
		contributors []string
		want         string // "" when it counts
	}{
		{"mona", "ann", []string{}, ""},
		{"Ann", "ann", []string{}, "override of soak in b by Ann is ignored: this person is the author of the change"},
		{"CORA", "ann", []string{"mona", "cora"}, "override of soak in b by CORA is ignored: this person is a contributor to the change"},
		{"mona", "", []string{}, "override of soak in b by mona is ignored: the author of the change is not known, and nobody passes a criterion for their own change"},
		{"mona", "ann", nil, "override of soak in b by mona is ignored: the contributors to the change are not known, and nobody passes a criterion for their own change"},
	} {
		e := fullEvidence("staging")
		e.Subject.To, e.Subject.Author, e.Subject.Contributors = "b", tt.author, tt.contributors
		e.Rings = map[string]ringpolicy.RingFacts{
			"a": {History: []ringpolicy.Record{{ID: "1", Digest: e.Subject.Digest, Outcome: ringpolicy.OutcomeSuccess, From: e.Now}}},
			"b": {History: []ringpolicy.Record{}},
		}
		pass := ringpolicy.Override{Criterion: "soak", Ring: "b", Digest: e.Subject.Digest, Verdict: ringpolicy.OverridePass, By: tt.by, Reason: "urgent", Expires: e.Now.Add(day)}
		e.Overrides = []ringpolicy.Override{pass}
		d := decide(t, policy, e)
		got := ""
		for _, w := range d.Warnings {
			got += w.Text
		}
		if got != tt.want || (d.Verdict == ringpolicy.Promote) != (tt.want == "") {
			t.Errorf("Decide with an override by %q, author %q, contributors %q = %s, warnings %q, want %q", tt.by, tt.author, tt.contributors, d, got, tt.want)
		}
		pass.Verdict = ringpolicy.OverrideFail
		e.Overrides = []ringpolicy.Override{pass}
		if d := decide(t, policy, e); d.ReasonCode != ringpolicy.CodeOverrideFail || len(d.Warnings) > 0 {
			t.Errorf("Decide with a fail by %q, author %q, contributors %q = %s, %q, want %s", tt.by, tt.author, tt.contributors, d, d.Warnings, ringpolicy.CodeOverrideFail)
		}
	}
}
