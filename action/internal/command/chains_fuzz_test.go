package command

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/wizzense/deployment-rings/action/internal/cli"
)

// A model is what a plain reading of what happened says of the last ring.
type model struct {
	takenBack map[string]bool // images that a rollback took back
	promoted  []string        // images, in the order in which they were
}

// fits reports whether a job would do this: it records the outcome of what was promoted last, and a failure of that alone which was.
func (m *model) fits(words string) bool {
	word := strings.Fields(words)
	if word[0] != "record" || len(word) < 3 {
		return true
	}
	at := slices.Index(m.promoted, word[2])
	return at >= 0 && (word[1] == "failure" || m.promoted[len(m.promoted)-1] == word[2])
}

// lives are the things that may happen, each by a byte of a script. The image is chosen by the next two bits.
var lives = []string{
	"promote IMAGE", "promote IMAGE success", "record success IMAGE", "record failure IMAGE", "record in_progress IMAGE", "record success", "record failure", "record in_progress",
	"rollback", "rollback IMAGE", "signal failing", "signal passing IMAGE", "wait 5m", "wait 30h", "promote", "signal failing IMAGE",
}

// step reads one byte of a script: what happens, to which image, and whether the run is spoilt.
func step(b byte) (words string) {
	images := []string{"old", "good", "new", "next"}
	return strings.ReplaceAll(lives[b&15], "IMAGE", images[b>>4&3])
}

// FuzzLife lets things happen to a ring, one after the other, of which each run may be spoilt. Two bytes are one of them: what
// happens, to which image, how it is spoilt and at which of its writes. After each, the same command without faults, and once
// more, comes to the same; and no image that works is lost.
func FuzzLife(f *testing.F) {
	for _, script := range []string{
		"\x01\x00\x11\x00\x20\x00\x23\x00\x08\x00\x08\x00", // a failure, and two rollbacks
		"\x01\x00\x11\x00\x20\x00\x06\x11\x06\x12\x22\x00", // a false failure, spoilt
		"\x01\x00\x11\x21\x0d\x00\x08\x31\x0e\x00\x19\x32", // killed runs
		"\x11\x00\x0a\x00\x0a\x00\x21\x13\x08\x12\x08\x00", // signals
	} {
		f.Add([]byte(script))
	}
	f.Fuzz(live)
}

// live lets a script happen.
func live(t *testing.T, script []byte) {
	c := newChain(t, false)
	m := &model{takenBack: map[string]bool{}}
	var done []string
	for i := 0; i+1 < len(script) && i < 24; i += 2 {
		words, by, at := step(script[i]), int(script[i+1]>>4&3), int(script[i+1]&3)
		if !m.fits(words) {
			continue
		}
		done = append(done, words)
		if by > 0 && at > 0 {
			done[len(done)-1] += fmt.Sprintf(" (%s at write %d)", cuts[by-1].name, at)
			c.doCut(words, cuts[by-1], at)
			m.after(c, words)
		}
		c.do(words)
		if c.last.code == cli.ExitFailed && !strings.Contains(c.last.stdout, "nothing was recorded") && !strings.Contains(c.last.stdout, "there is no tag") && !strings.Contains(c.last.stdout, "already points to") {
			t.Errorf("%q = 1 without a fault\n%s", done, c.named(c.last.stdout))
		}
		m.after(c, words)
		state := c.state()
		m.holds(c, done, state)
		if strings.HasPrefix(words, "wait") || words == "promote" || words == "rollback" && c.last.outputs["reason-code"] == "not_settled" {
			continue
		}
		c.do(words)
		m.after(c, words)
		if again := c.state(); again != state {
			t.Errorf("%q: everyone stands at\n%s; once more:\n%s\n%s", done, state, again, c.named(c.last.stdout))
		}
		if t.Failed() {
			t.FailNow()
		}
	}
	m.settles(c, done)
}

// after notes what a command did by what it said.
func (m *model) after(c *chain, words string) {
	if strings.HasPrefix(words, "promote") && c.last.outputs["moved-tags"]+c.last.outputs["deployment-id"] != "" {
		m.promoted = append(m.promoted, c.named(c.last.outputs["digest"]))
	}
	if strings.HasPrefix(words, "rollback") && c.last.outputs["decision"] == "rollback" {
		m.takenBack[c.named(c.last.outputs["from-digest"])] = true
	}
}

// holds are the properties of the ring.
func (m *model) holds(c *chain, done []string, state string) {
	c.t.Helper()
	s := c.everyone()
	tag := c.digest("everyone-latest")
	runs := s.Runs != nil
	if runs && tag != s.Runs.Digest && (s.Arriving == nil || tag != s.Arriving.Digest) {
		c.t.Errorf("%q: the tag is neither on what everyone runs nor on what is on its way in: %s\n%s", done, state, c.named(c.last.stdout))
	}
	for _, q := range s.Quarantined {
		if name := c.named(q.Digest); !m.takenBack[name] {
			c.t.Errorf("%q: %s is quarantined, and no rollback took it back: %s", done, name, state)
		}
	}
}

// settles holds that a schedule that promotes ends.
func (m *model) settles(c *chain, done []string) {
	c.t.Helper()
	c.now = c.now.Add(30 * time.Hour)
	var verdicts []string
	for range len(c.images) * 2 {
		c.do("promote")
		verdicts = append(verdicts, c.last.outputs["decision"])
		if c.last.outputs["decision"] != "promote" {
			return
		}
		c.do("record success")
	}
	c.t.Errorf("%q: promote never ends: %q, images %v", done, verdicts, slices.Sorted(maps.Keys(c.images)))
}
