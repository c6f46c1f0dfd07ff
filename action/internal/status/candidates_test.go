package status_test

import (
	"testing"

	"github.com/wizzense/deployment-rings/action/internal/status"
	"github.com/wizzense/deployment-rings/ringpolicy"
)

// TestPastWords has what holds an image, and whether a person's word on GitHub may change that.
func TestPastWords(t *testing.T) {
	of := func(kind string, s ringpolicy.Status, missing string) ringpolicy.Result {
		return ringpolicy.Result{Kind: kind, Status: s, Missing: missing}
	}
	checks := of("checks", ringpolicy.Unknown, "checks")
	for _, c := range []struct {
		name     string
		verdict  ringpolicy.Verdict
		criteria []ringpolicy.Result
		want     bool
	}{
		{"it is there", ringpolicy.Noop, nil, true},
		{"the ring goes back", ringpolicy.Rollback, nil, true},
		{"it soaks", ringpolicy.Hold, []ringpolicy.Result{of("soak", ringpolicy.Waiting, ""), checks}, true},
		{"it soaks, and the window is shut", ringpolicy.Hold, []ringpolicy.Result{of("soak", ringpolicy.Waiting, ""), of("window", ringpolicy.Waiting, "")}, true},
		{"the history is not known", ringpolicy.Hold, []ringpolicy.Result{of("settled", ringpolicy.Unknown, "history"), checks}, true},
		{"the quarantine is not known", ringpolicy.Hold, []ringpolicy.Result{of("quarantine", ringpolicy.Unknown, "quarantine"), checks}, true},
		{"another deployment goes on", ringpolicy.Hold, []ringpolicy.Result{of("settled", ringpolicy.Pending, ""), of("attempts", ringpolicy.Unmet, "")}, true},
		{"it was not in the ring before", ringpolicy.Hold, []ringpolicy.Result{of("lineage", ringpolicy.Unmet, ""), checks}, true},
		{"its deployment failed", ringpolicy.Hold, []ringpolicy.Result{of("attempts", ringpolicy.Unmet, ""), checks}, false},
		{"it is quarantined, and soaks", ringpolicy.Hold, []ringpolicy.Result{of("quarantine", ringpolicy.Unmet, ""), of("soak", ringpolicy.Waiting, "")}, false},
		{"the ring may not go back", ringpolicy.Hold, []ringpolicy.Result{of("rollback", ringpolicy.Unmet, "")}, false},
		{"it soaked, and signals fail", ringpolicy.Hold, []ringpolicy.Result{of("soak", ringpolicy.Met, ""), of("signals", ringpolicy.Unmet, "")}, false},
	} {
		if got := status.PastWords(ringpolicy.Decision{Verdict: c.verdict, Criteria: c.criteria}); got != c.want {
			t.Errorf("%s: PastWords = %t, want %t", c.name, got, c.want)
		}
	}
}
