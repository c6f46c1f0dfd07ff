package command

import (
	"testing"
)

func TestAdvanceSmoke(t *testing.T) {
	for _, inGitHub := range []bool{false, true} {
		c := newChain(t, inGitHub)
		c.must("promote old success")
		c.must("promote good success")
		c.must("wait 1h")
		r := c.command("advance")
		t.Log(r.code, r.outputs, r.stdout, r.stderr)
		r = c.command("advance")
		t.Log(r.code, r.outputs, r.stdout)
	}
}
