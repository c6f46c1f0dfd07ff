package act_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/wizzense/deployment-rings/action/internal/act"
	"github.com/wizzense/deployment-rings/action/internal/fault"
	"github.com/wizzense/deployment-rings/action/internal/ledger"
	"github.com/wizzense/deployment-rings/action/internal/registry"
	"github.com/wizzense/deployment-rings/ringpolicy"
	"github.com/wizzense/deployment-rings/tagging"
)

// A log notes what is done, in order; what is done for all images at once in the order of their names. A step that begins with
// fails fails; cancel is called when it does.
type log struct {
	mu     sync.Mutex
	steps  []string
	stored []ledger.Entry
	fails  string
	cancel func()
}

func (l *log) step(ctx context.Context, text string) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if ctx.Err() != nil {
		text += " after the end"
	}
	if n := len(l.steps); n > 0 && l.steps[n-1] == strings.Replace(text, " x", " y", 1) && l.steps[n-1] != text {
		l.steps = slices.Insert(l.steps, n-1, text)
	} else {
		l.steps = append(l.steps, text)
	}
	if l.fails == "" || !strings.HasPrefix(text, l.fails) {
		return nil
	}
	l.cancel()
	return errors.New("no " + text)
}

func (l *log) Pointers(ctx context.Context, image string, references ...string) (map[string]string, error) {
	return nil, l.step(ctx, "look at "+strings.Join(references, " ")+" of "+image)
}

func (l *log) Move(ctx context.Context, m registry.Move) (registry.Result, error) {
	what := "move "
	if m.DryRun {
		what = "try "
	}
	return registry.Result{}, l.step(context.WithoutCancel(ctx), what+m.Image) // another image may have ended the run
}

func (l *log) Append(ctx context.Context, e ledger.Entry) (string, error) {
	what := "record " + string(e.Outcome)
	if ctx.Err() != nil {
		return "", errors.New("the ledger was not asked: the run is over")
	}
	l.stored = append(l.stored, e)
	return "id of " + string(e.Outcome), l.step(ctx, what)
}

// TestPromote has what fails, and what is done in which order. What happened is recorded also when the run was asked to stop.
func TestPromote(t *testing.T) {
	tags, err := tagging.Promotion{RingTag: "ring-1"}.Tags()
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name, fails string
		state       ringpolicy.Outcome
		dryRun      bool
		want        []string
		id          string
	}{
		{"all is well", "", ringpolicy.OutcomeSuccess, false, []string{"try x", "try y", "record in_progress", "move x", "move y", "record success"}, "id of in_progress"},
		{"more is to be said", "", ringpolicy.OutcomeInProgress, false, []string{"try x", "try y", "record in_progress", "move x", "move y"}, "id of in_progress"},
		{"dry run", "", ringpolicy.OutcomeSuccess, true, []string{"try x", "try y"}, ""},
		{"an image lacks the digest", "try y", ringpolicy.OutcomeSuccess, false, []string{"try x", "try y"}, ""},
		{"the ledger is full", "record in_progress", ringpolicy.OutcomeSuccess, false, []string{"try x", "try y", "record in_progress"}, ""},
		{"a tag does not move", "move x", ringpolicy.OutcomeSuccess, false, []string{"try x", "try y", "record in_progress", "move x", "move y", "record failure"}, "id of in_progress"},
		{"the second image does not", "move y", ringpolicy.OutcomeSuccess, false, []string{"try x", "try y", "record in_progress", "move x", "move y", "record failure"}, "id of in_progress"},
		{"the outcome is not recorded", "record success", ringpolicy.OutcomeSuccess, false, []string{"try x", "try y", "record in_progress", "move x", "move y", "record success"}, "id of in_progress"},
	} {
		ctx, cancel := context.WithCancel(t.Context())
		l := &log{fails: c.fails, cancel: cancel}
		_, id, err := act.Promote(ctx, l, l, act.Promotion{Images: []string{"x", "y"}, Tags: tags, Entry: ledger.Entry{Outcome: ringpolicy.OutcomeInProgress}, State: c.state, DryRun: c.dryRun})
		cancel()
		if diff := cmp.Diff(c.want, l.steps); diff != "" || id != c.id {
			t.Errorf("%s: Promote returns the id %q, want %q, and does (-want +got):\n%s", c.name, id, c.id, diff)
		}
		if (err != nil) != (c.fails != "") || err != nil && !fault.IsFailure(err) {
			t.Errorf("%s: Promote returns the error %v, want a failure: %v", c.name, err, c.fails != "")
		}
	}
}

// TestWhatPromoteRecords: the image is on its way in, and then how that ended. Where tags did not move nothing was deployed, so that
// the failure does not count against the image.
func TestWhatPromoteRecords(t *testing.T) {
	tags, err := tagging.Promotion{RingTag: "ring-1"}.Tags()
	if err != nil {
		t.Fatal(err)
	}
	begun := ledger.Entry{Ring: "ring-1", Digest: "d", Revision: "r", DecisionID: "i", Outcome: ringpolicy.OutcomeInProgress}
	with := func(outcome ringpolicy.Outcome, notDeployed bool, reason string) ledger.Entry {
		e := begun
		e.Outcome, e.NotDeployed, e.Reason = outcome, notDeployed, reason
		return e
	}
	for _, c := range []struct {
		fails string
		state ringpolicy.Outcome
		want  []ledger.Entry
	}{
		{"", ringpolicy.OutcomeInProgress, []ledger.Entry{begun}},
		{"", ringpolicy.OutcomeSuccess, []ledger.Entry{begun, with(ringpolicy.OutcomeSuccess, false, "")}},
		{"", ringpolicy.OutcomeFailure, []ledger.Entry{begun, with(ringpolicy.OutcomeFailure, false, "")}}, // the job says so, of what was deployed
		{"move x", ringpolicy.OutcomeSuccess, []ledger.Entry{begun, with(ringpolicy.OutcomeFailure, true, "the tags could not be moved: no move x")}},
	} {
		l := &log{fails: c.fails, cancel: func() {}}
		_, _, err := act.Promote(t.Context(), l, l, act.Promotion{Images: []string{"x"}, Tags: tags, Entry: begun, State: c.state})
		if diff := cmp.Diff(c.want, l.stored); diff != "" || (err != nil) != (c.fails != "") {
			t.Errorf("Promote with the state %s, where %q fails, returns %v and records (-want +got):\n%s", c.state, c.fails, err, diff)
		}
	}
}

// TestRollBack has what fails, and what is done in which order.
func TestRollBack(t *testing.T) {
	good := ledger.Entry{At: time.Unix(0, 0), Ring: "r", Digest: "sha256:" + strings.Repeat("a", 64)}
	d := ringpolicy.ManualRollback{From: "sha256:" + strings.Repeat("b", 64), To: good.Digest}
	for _, c := range []struct {
		name, fails string
		dryRun      bool
		entries     []ledger.Entry
		want        []string
		ids         int
	}{
		{"all is well", "", false, act.Reversed(good, d, nil), []string{"try x", "try y", "move x", "move y", "record rolled_back", "record success"}, 2},
		{"dry run", "", true, act.Reversed(good, d, nil), []string{"try x", "try y"}, 0},
		{"an image lacks the digest", "try y", false, act.Reversed(good, d, nil), []string{"try x", "try y"}, 0},
		{"a tag does not move", "move y", false, act.Reversed(good, d, nil), []string{"try x", "try y", "move x", "move y"}, 0},
		{"the second record fails", "record success", false, act.Reversed(good, d, nil), []string{"try x", "try y", "move x", "move y", "record rolled_back", "record success"}, 1},
		{"an entry is not one", "-", false, []ledger.Entry{{}}, nil, 0},
	} {
		l := &log{fails: c.fails, cancel: func() {}}
		_, _, ids, err := act.RollBack(t.Context(), l, l, act.Reversal{Images: []string{"x", "y"}, Digest: "d", Tag: "r-latest", Entries: c.entries, DryRun: c.dryRun})
		if diff := cmp.Diff(c.want, l.steps); diff != "" || len(ids) != c.ids || (err != nil) != (c.fails != "") {
			t.Errorf("%s: RollBack returns %q, %v, want %d ids, and does (-want +got):\n%s", c.name, ids, err, c.ids, diff)
		}
	}
}

// TestOutAlready: an image that is on its way in again after a rollback is out all the same.
func TestOutAlready(t *testing.T) {
	record := func(outcome ringpolicy.Outcome) ringpolicy.Record {
		return ringpolicy.Record{Digest: "d", Outcome: outcome}
	}
	for _, c := range []struct {
		history []ringpolicy.Record
		want    bool
	}{
		{nil, false},
		{[]ringpolicy.Record{record(ringpolicy.OutcomeSuccess)}, false},
		{[]ringpolicy.Record{record(ringpolicy.OutcomeSuccess), record(ringpolicy.OutcomeRolledBack)}, true},
		{[]ringpolicy.Record{record(ringpolicy.OutcomeRolledBack), record(ringpolicy.OutcomeInProgress)}, true},
		{[]ringpolicy.Record{record(ringpolicy.OutcomeRolledBack), record(ringpolicy.OutcomeSuccess)}, false},
		{[]ringpolicy.Record{record(ringpolicy.OutcomeSuccess), {Digest: "other", Outcome: ringpolicy.OutcomeRolledBack}}, false},
	} {
		got := len(act.Reversed(ledger.Entry{}, ringpolicy.ManualRollback{From: "d", To: "e"}, c.history)) == 1
		if got != c.want {
			t.Errorf("Reversed with history %v leaves out the image that is out already: %v, want %v", c.history, got, c.want)
		}
	}
}
