package ringpolicy_test

import (
	"testing"

	"github.com/wizzense/deployment-rings/ringpolicy"
)

// Evidence and policies that are older than a key have the digests that they had before there was one.
func TestDigestsOfOldFilesStay(t *testing.T) {
	const evidence = "sha256:53eb0bbd036fdf453dd9ff5a61b26967f35b84f88ea31fade834849c10d11902"
	if got := fullEvidence("production").Digest(); got != evidence {
		t.Errorf("Digest of evidence = %s, want %s", got, evidence)
	}
	const policy = "sha256:cc27f45d2de1948191b55f440c46b0d8ac8c3bd26e76dfccc0b5760189a2c676"
	if got := parsePolicy(t, "version: 1\nrings: [{name: a, success: [{id: x, checks: {names: [a, b], app: ci}}]}, {name: b}]").Digest(); got != policy {
		t.Errorf("Digest of a policy = %s, want %s", got, policy)
	}
}

// Checks that differ in what they are grouped by are different evidence, and no two ways to say it are one.
func TestDigestOfOrigins(t *testing.T) {
	seen := map[string]ringpolicy.Check{}
	for _, c := range []ringpolicy.Check{{}, {Workflow: "a"}, {Workflow: "b"}, {Creator: "a"}, {Workflow: "a", Creator: "b"}, {Workflow: "ab"}, {App: "a"}} {
		d := ringpolicy.Evidence{Checks: []ringpolicy.Check{c}}.Digest()
		if other, ok := seen[d]; ok {
			t.Errorf("Digest with %+v is that with %+v, want another", c, other)
		}
		seen[d] = c
	}
}
