package ledger_test

import (
	"strings"
	"testing"
	"time"

	"github.com/wizzense/deployment-rings/action/internal/ledger"
	"github.com/wizzense/deployment-rings/ringpolicy"
)

// TestAddNewer: what is recorded after a ring was read in part tells no more of what is older, and a ring that was not read stays so.
func TestAddNewer(t *testing.T) {
	known, other := "sha256:"+strings.Repeat("a", 64), "sha256:"+strings.Repeat("b", 64)
	at := time.Date(2026, 3, 3, 8, 0, 0, 0, time.UTC)
	success := func(id, digest string, minutes int) ledger.Entry {
		return ledger.Entry{ID: id, Ring: "ring-1", Digest: digest, Outcome: ringpolicy.OutcomeSuccess, At: at.Add(time.Duration(minutes) * time.Minute)}
	}
	var read ledger.Reading
	read.AddWindow("ring-1", ledger.Window{Since: at, Digests: []string{known}}, success("1", known, 0))
	before := read
	read.AddNewer("ring-1", success("2", other, 5))
	read.AddNewer("ring-2", success("3", other, 5))

	if entries, _ := read.Ring("ring-1"); len(entries) != 2 || entries[1].Digest != other {
		t.Errorf("ring-1 has %v, want the newer one behind the other", entries)
	}
	if _, there := read.Ring("ring-2"); there {
		t.Error("ring-2 counts as read, want not")
	}
	if !read.Knows("ring-1", known) || read.Quarantine(known, "ring-1") == nil {
		t.Error("what was known of the image is not known any more")
	}
	if read.Knows("ring-1", other) || read.Quarantine(other, "ring-1") != nil {
		t.Error("an image of which older entries were not read counts as known")
	}
	if entries, _ := before.Ring("ring-1"); len(entries) != 1 {
		t.Errorf("the reading before has %d entries, want 1", len(entries))
	}
}
