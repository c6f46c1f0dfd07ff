package ringpolicy_test

import (
	"errors"
	"fmt"

	"github.com/wizzense/deployment-rings/ringpolicy"
)

func Example() {
	policy := ringpolicy.Builtin()
	for _, ring := range policy.Rings() {
		fmt.Printf("%-11s %-15s soak %v\n", ring.Name, ring.Deploy, ring.Soak.Min)
	}
	// Output:
	// dev         continuous      soak 0s
	// staging     continuous      soak 0s
	// ring-0      on_merge        soak 24h0m0s
	// ring-1      after_promotion soak 72h0m0s
	// ring-2      after_promotion soak 120h0m0s
	// production  after_promotion soak 0s
}

func ExampleParse() {
	policy, err := ringpolicy.Parse("rings.yml", []byte(`
version: 1
rings:
  - name: canary
    branches: [main]
    soak: {min: 24h}
  - name: everyone
    entry:
      - {id: error-rate, metric: {name: error-rate, below: 1, unit: percent}}
`))
	if err != nil {
		fmt.Println(err)
		return
	}
	last, _ := policy.Last()
	fmt.Println(last.Name, "comes after", last.After)
	// Output:
	// everyone comes after [canary]
}

// All problems of a file are reported at once, each with its place.
func ExampleParse_problems() {
	_, err := ringpolicy.Parse("rings.yml", []byte(`
version: 1
rings:
  - name: canary
    branchs: [main]
    soak: {min: soon}
  - name: everyone
`))
	fmt.Println(err)

	var first *ringpolicy.Problem
	if errors.As(err, &first) {
		fmt.Println("the first is on line", first.Line)
	}
	// Output:
	// rings.yml:5:5: rings[0]: unknown key "branchs", did you mean "branches"?
	// rings.yml:6:17: rings[0].soak.min: "soon" is not a duration such as 90m, 24h, 3d or 1d12h
	// the first is on line 5
}

func ExamplePolicy_Match() {
	policy := ringpolicy.Builtin()
	for _, branch := range []string{"ring-0", "ring-0/hotfix", "ring-00", "main"} {
		m, err := policy.Match(branch)
		if err != nil {
			fmt.Println(err)
			continue
		}
		fmt.Printf("%s: %s (%s)\n", branch, m.Ring.Name, m.Kind)
	}
	// Output:
	// ring-0: ring-0 (exact)
	// ring-0/hotfix: ring-0 (pattern)
	// ring-00: dev (default)
	// main: production (exact)
}

func ExamplePolicy_PullRequestPort() {
	policy := ringpolicy.Builtin()
	for _, number := range []int{123, 80} { // ring-0 has port 8080
		port, err := policy.PullRequestPort(number)
		fmt.Println(port, err)
	}
	// Output:
	// 8123 <nil>
	// 9080 <nil>
}
