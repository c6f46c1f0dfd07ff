package survey

import "testing"

// Keep limits what is kept of records and statuses during a test.
func Keep(t *testing.T, bytes int) {
	before := maxKept
	t.Cleanup(func() { maxKept = before })
	maxKept = bytes
}
