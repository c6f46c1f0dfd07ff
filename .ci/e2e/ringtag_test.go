package e2e_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/wizzense/deployment-rings/ringpolicy"
	"github.com/wizzense/deployment-rings/tagging"
)

// The pure packages do not know each other, yet a ring's tag that a policy may have is one that can be rendered and read back.
func TestPolicyTagsAreRingTags(t *testing.T) {
	for _, tag := range []string{
		"dev", "ring-0", "Ring_0", "0", "a.b", "_a", "a-", "pr", "prx", "pr-1", "pr-x", "branch", "branch-x", "branchy", "sha", "sha-1", "sha-a1b2c3d4", "latest", "stable", "Latest",
		"1.2.3", "v1.2.3", "1.2", "1.2.3.4", "1.2.3-rc.1", "1.2.3_b", "01.2.3", "x-pr-1", "x-pr-1-latest", "x-pr-01", "x-pr-", "x-latest", "latest-pr-1", "a-v1", "v1", "pr-1-a-v1",
		".a", "-a", "a/b", "a b", "é", "a:b", strings.Repeat("x", 100), strings.Repeat("x", 101), strings.Repeat("x", 128),
	} {
		_, err := ringpolicy.Parse("rings.yml", fmt.Appendf(nil, "version: 1\nrings: [{name: a, tag: %q}]\n", tag))
		if err == nil && tagging.CheckRing(tag) != nil {
			t.Errorf("a policy may have the tag %q: %v", tag, tagging.CheckRing(tag))
		}
		if err != nil && len(tag) <= 100 && tagging.CheckRing(tag) == nil {
			t.Logf("only the policy refuses the tag %q: %v", tag, err)
		}
	}
}
