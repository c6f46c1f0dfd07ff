package policytest_test

import (
	"testing"

	"github.com/wizzense/deployment-rings/ringpolicy/policytest"
)

func TestBuiltinPolicy(t *testing.T) { policytest.Run(t, "../rings_test.yml") }
