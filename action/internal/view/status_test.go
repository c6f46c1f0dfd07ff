package view_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/wizzense/deployment-rings/action/internal/status"
	"github.com/wizzense/deployment-rings/action/internal/view"
)

// TestQuarantineInStatus: the newest three are named, which stand first, and of the others how many there are.
func TestQuarantineInStatus(t *testing.T) {
	at := time.Date(2026, 3, 3, 9, 0, 0, 0, time.UTC)
	for n, want := range map[int][]string{
		0: nil,
		1: {"0 0"},
		3: {"0 0", "1 1", "2 2"},
		4: {"0 0", "1 1", "2 2", "1 more"},
		9: {"0 0", "1 1", "2 2", "6 more"},
	} {
		ring := status.Ring{Name: "a", State: status.Settled}
		for i := range n {
			ring.Quarantined = append(ring.Quarantined, status.Quarantine{Digest: fmt.Sprintf("sha256:%d%063d", i, 0), Reason: fmt.Sprintf("reason %d", i), At: at})
		}
		text := view.StatusText(status.Report{Now: at, Images: []status.Image{{Rings: []status.Ring{ring}}}}, "")
		var got []string
		for line := range strings.Lines(text) {
			line = strings.TrimSpace(line)
			if about, ok := strings.CutPrefix(line, "Quarantined: "); ok {
				got = append(got, about[:1]+" "+about[len(about)-1:])
			} else if more, ok := strings.CutPrefix(line, "Quarantined before: "); ok {
				got = append(got, strings.TrimSuffix(more, "."))
			}
		}
		if !slices.Equal(got, want) {
			t.Errorf("of %d images in quarantine StatusText names %q, want %q:\n%s", n, got, want, text)
		}
	}
}
