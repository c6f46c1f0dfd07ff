package ringpolicy_test

import (
	"fmt"
	"time"

	"github.com/wizzense/deployment-rings/ringpolicy"
)

// A person who wants a ring to go back needs no proven trigger.
func ExamplePolicy_RollbackByHand() {
	policy, err := ringpolicy.Parse("rings.yml", []byte(twoRings))
	if err != nil {
		fmt.Println(err)
		return
	}
	e := evidence(30*time.Hour, approvedByMona())
	everyone := e.Rings["everyone"]
	everyone.History = append(everyone.History, ringpolicy.Record{ID: "3", Digest: newImage, Outcome: ringpolicy.OutcomeSuccess, From: noon.Add(-time.Hour)})
	e.Rings["everyone"] = everyone

	r, err := policy.RollbackByHand(e, "")
	fmt.Println(r.Verdict, r.To == oldImage, err)
	// Output: rollback true <nil>
}

// Lint finds what Parse accepts: a policy whose last ring needs no approval.
func ExampleLint() {
	findings, err := ringpolicy.Lint("rings.yml", []byte(`
version: 1
rings:
  - {name: canary, branches: [main], soak: {min: 24h}}
  - {name: everyone, branches: [stable]}
`))
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, f := range findings {
		fmt.Println(f.Severity, f.Line, f.Message)
	}
	// Output: warning 5 no approval guards the way to the last ring, expected an approval criterion in its entry, or in one of a ring that each image must pass
}
