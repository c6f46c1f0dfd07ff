package advance

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/wizzense/deployment-rings/action/internal/ledger"
	"github.com/wizzense/deployment-rings/ringpolicy"
)

// TestOrder has what was recorded in a ring, and with which image a run begins there.
func TestOrder(t *testing.T) {
	images := [][]string{{"a"}, {"b", "other.example/b"}, {"c"}}
	promoted := func(names ...string) ledger.Entry {
		return ledger.Entry{Outcome: ringpolicy.OutcomeInProgress, DecisionID: "d", Images: names}
	}
	with := func(e ledger.Entry, change func(*ledger.Entry)) ledger.Entry { change(&e); return e }
	for _, c := range []struct {
		name    string
		entries []ledger.Entry // from the oldest
		want    string
	}{
		{"nothing", nil, "a b c"},
		{"the first", []ledger.Entry{promoted("a")}, "b c a"},
		{"the last", []ledger.Entry{promoted("c")}, "a b c"},
		{"by another name", []ledger.Entry{promoted("other.example/b")}, "c a b"},
		{"the newest counts", []ledger.Entry{promoted("a"), promoted("b")}, "c a b"},
		{"an image that is not looked at", []ledger.Entry{promoted("x")}, "a b c"},
		{"without a decision", []ledger.Entry{promoted("a"), with(promoted("b"), func(e *ledger.Entry) { e.DecisionID = "" })}, "b c a"},
		{"a rollback", []ledger.Entry{promoted("a"), with(promoted("b"), func(e *ledger.Entry) { e.Rollback = true })}, "b c a"},
		{"how it ended", []ledger.Entry{promoted("a"), with(promoted("b"), func(e *ledger.Entry) { e.Outcome = ringpolicy.OutcomeSuccess })}, "b c a"},
		{"a signal", []ledger.Entry{promoted("a"), {Signal: ringpolicy.SignalHealthCheck, Images: []string{"b"}}}, "b c a"},
	} {
		var read ledger.Reading
		for i := range c.entries {
			c.entries[i].At = time.Unix(int64(i), 0)
		}
		read.Add("r", c.entries...)
		var got []string
		for _, names := range turned(images, behind(read, "r", images)) {
			got = append(got, names[0])
		}
		if strings.Join(got, " ") != c.want {
			t.Errorf("%s: a run looks at %q, want %q", c.name, strings.Join(got, " "), c.want)
		}
	}
	if got := turned([]int{1, 2}, 5); !slices.Equal(got, []int{1, 2}) {
		t.Errorf("turned by more than there are = %v", got)
	}
}

// TestRunOf has records, and the workflow run that is known to have written them.
func TestRunOf(t *testing.T) {
	const page = "https://github.com/acme/app/actions/runs/42"
	for _, c := range []struct {
		entry ledger.Entry
		want  int64
	}{
		{ledger.Entry{Outcome: ringpolicy.OutcomeInProgress, Run: 7, URL: page}, 7},
		{ledger.Entry{Outcome: ringpolicy.OutcomeInProgress, URL: page}, 0},
		{ledger.Entry{Outcome: ringpolicy.OutcomeRolledBack, Run: 7, URL: page}, 42}, // 7 brought in what was taken out
		{ledger.Entry{Outcome: ringpolicy.OutcomeRolledBack, Run: 7}, 7},
		{ledger.Entry{Outcome: ringpolicy.OutcomeRolledBack, Run: 7, URL: page + "/job/1"}, 7},
		{ledger.Entry{Outcome: ringpolicy.OutcomeRolledBack, Run: 7, URL: page + strings.Repeat("1", 30)}, 7},
	} {
		if got := runOf(c.entry); got != c.want {
			t.Errorf("runOf(%+v) = %d, want %d", c.entry, got, c.want)
		}
	}
}
