package policytest_test

import (
	"fmt"

	"github.com/wizzense/deployment-rings/ringpolicy/policytest"
)

func ExampleRunFile() {
	results, err := policytest.RunFile("../rings_test.yml")
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, r := range results[:2] {
		fmt.Println(r)
	}
	// Output:
	// PASS dev is dev
	// PASS develop is dev
}
