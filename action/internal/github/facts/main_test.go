package facts_test

import (
	"os"
	"runtime/debug"
	"testing"
)

// TestMain lets the tests use more memory, since much of their time went into collecting it.
func TestMain(m *testing.M) {
	debug.SetGCPercent(400)
	os.Exit(m.Run())
}
