package command

import (
	"errors"
	"net/http"
	"os"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/wizzense/deployment-rings/action/internal/cli"
)

// A drop spoils one request of a run: before it gets to the registry, or on its way back.
type drop struct {
	at     int64 // from 1
	after  bool
	seen   atomic.Int64
	hook   func() // called in place of failing, when it is there
	failed atomic.Bool
}

func (f *drop) RoundTrip(r *http.Request) (*http.Response, error) {
	mine := f.seen.Add(1) == f.at
	if mine && f.hook != nil {
		f.hook()
		mine = false
	}
	if mine && !f.after {
		f.failed.Store(true)
		return nil, errors.New("connection reset by peer")
	}
	resp, err := http.DefaultTransport.RoundTrip(r)
	if mine && err == nil {
		resp.Body.Close()
		f.failed.Store(true)
		return nil, errors.New("connection reset by peer")
	}
	return resp, err
}

// ready is a world in which ring-1 may take an image.
func ready(t *testing.T) (w *world, old, next string) {
	w = newWorld(t)
	w.facts(headCommit)
	old = w.push(labelsOf("0000000037f72ccb80a373b08a177a4570281827"), "ring-1-latest")
	next = w.push(labelsOf(headCommit), "ring-0-latest")
	w.ok("record", "ring", "ring-1", "state", "success", "now", "2026-02-01T00:00:00Z")
	w.ok("record", "ring", "ring-0", "state", "success", "now", "2026-03-01T00:00:00Z")
	return w, old, next
}

// A connection that drops at any request of a promotion, or of a rollback, is tried again and does no harm.
func TestDroppedConnections(t *testing.T) {
	for _, after := range []bool{false, true} {
		for at := int64(1); ; at++ {
			w, _, next := ready(t)
			f := &drop{at: at, after: after}
			w.transport = f
			w.outputs(w.ok("promote", "ring", "ring-1", "now", "2026-03-02T00:00:00Z"), "decision", "promote", "applied", "true")
			if got := w.digest("ring-1-latest"); got != next {
				t.Errorf("request %d lost (after the registry acted: %v): ring-1-latest is %s, want %s", at, after, got, next)
			}
			if !f.failed.Load() {
				break
			}
		}
	}
}

// When the registry does not come back, nothing is claimed, and the same command does the rest later.
func TestRegistryGone(t *testing.T) {
	for at := int64(1); ; at++ {
		w, old, next := ready(t)
		gone := &goneAfter{requests: at}
		w.transport = gone
		r := w.run("promote", "ring", "ring-1", "now", "2026-03-02T00:00:00Z")
		if !gone.hit.Load() {
			break
		}
		if r.code != cli.ExitFailed || r.outputs["applied"] == "true" || !strings.Contains(r.stdout, "::error::") {
			t.Fatalf("promote without a registry after %d requests = %d, applied %q\n%s", at, r.code, r.outputs["applied"], r.stdout)
		}
		if got := w.digest("ring-1-latest"); got != old && got != next {
			t.Fatalf("ring-1-latest is %s, want the old or the new image", got)
		}
		w.transport = nil
		w.outputs(w.ok("promote", "ring", "ring-1", "now", "2026-03-02T00:01:00Z"), "decision", "promote", "applied", "true")
		if w.digest("ring-1-latest") != next || w.digest("ring-1-pr-123-latest") != next {
			t.Fatalf("after the second run not all tags point to the image")
		}
	}
}

// goneAfter lets so many requests through.
type goneAfter struct {
	requests int64
	seen     atomic.Int64
	hit      atomic.Bool
}

func (g *goneAfter) RoundTrip(r *http.Request) (*http.Response, error) {
	if g.seen.Add(1) > g.requests {
		g.hit.Store(true)
		return nil, errors.New("connection refused")
	}
	return http.DefaultTransport.RoundTrip(r)
}

// A ledger that cannot be written stops a promotion before a tag moves.
func TestFullDisk(t *testing.T) {
	if _, err := os.Stat("/dev/full"); err != nil {
		t.Logf("no /dev/full here: %v", err)
		return
	}
	w, old, _ := ready(t)
	history := read(t, w.ledger)
	w.evidence = write(t, "evidence.yml", strings.Replace(read(t, w.evidence), "subject:", "rings: "+ringsOf(history)+"\nquarantine: []\nsubject:", 1))
	r := w.run("promote", "ring", "ring-1", "now", "2026-03-02T00:00:00Z", "ledger", "file:/dev/full")
	if r.code != cli.ExitFailed {
		t.Errorf("promote on a full disk = %d, want 1\n%s", r.code, r.stdout)
	}
	if got := w.digest("ring-1-latest"); got != old {
		t.Errorf("a promotion that could not be recorded moved ring-1-latest to %s", got)
	}
}

// ringsOf writes the two successes of a ledger as evidence.
func ringsOf(ledger string) string {
	digest := func(line string) string {
		_, rest, _ := strings.Cut(line, `"digest":"`)
		return rest[:len("sha256:")+64]
	}
	lines := strings.Split(ledger, "\n")
	return `{ring-1: {history: [{id: "1", digest: "` + digest(lines[0]) + `", outcome: success, from: 2026-02-01T00:00:00Z}], signals: []}, ` +
		`ring-0: {history: [{id: "2", digest: "` + digest(lines[1]) + `", outcome: success, from: 2026-03-01T00:00:00Z}], signals: []}, staging: {history: [], signals: []}}`
}

// The ledger goes away between the last write to the registry and the record of the outcome.
func TestKilledBeforeTheOutcomeIsRecorded(t *testing.T) {
	rehearsal, _, _ := ready(t)
	counted := &drop{}
	rehearsal.transport = counted
	rehearsal.ok("promote", "ring", "ring-1", "now", "2026-03-02T00:00:00Z", "state", "success")
	last := counted.seen.Load()

	w, _, next := ready(t)
	saved := ""
	w.transport = &drop{at: last, hook: func() {
		saved = read(t, w.ledger)
		if err := errors.Join(os.Remove(w.ledger), os.Mkdir(w.ledger, 0o755)); err != nil {
			t.Error(err)
		}
	}}
	r := w.run("promote", "ring", "ring-1", "now", "2026-03-02T00:00:00Z", "state", "success")
	if r.code != cli.ExitFailed || r.outputs["applied"] != "false" || r.outputs["moved-tags"] == "" {
		t.Errorf("promote = %d, applied %q, moved-tags %q, want 1, false and the tags that did move\n%s", r.code, r.outputs["applied"], r.outputs["moved-tags"], r.stdout)
	}
	if err := errors.Join(os.Remove(w.ledger), os.WriteFile(w.ledger, []byte(saved), 0o644)); err != nil {
		t.Fatal(err)
	}
	w.transport = nil
	w.outputs(w.ok("promote", "ring", "ring-1", "now", "2026-03-02T00:01:00Z", "state", "success"), "decision", "promote", "applied", "true")
	w.outputs(w.ok("gate", "ring", "ring-1", "now", "2026-03-02T00:02:00Z"), "decision", "noop", "digest", next)
}

// A rollback that was cut short between its two records is gone on with.
func TestRollbackCutShort(t *testing.T) {
	w, old, next := ready(t)
	w.ok("promote", "ring", "ring-1", "now", "2026-03-02T00:00:00Z", "state", "success")
	w.ok("rollback", "ring", "ring-1", "now", "2026-03-02T01:00:00Z")
	lines := strings.SplitAfter(read(t, w.ledger), "\n")
	if err := os.WriteFile(w.ledger, []byte(strings.Join(lines[:len(lines)-2], "")), 0o644); err != nil {
		t.Fatal(err)
	}
	again := w.ok("rollback", "ring", "ring-1", "now", "2026-03-02T01:01:00Z")
	w.outputs(again, "decision", "rollback", "from-digest", next, "to-digest", old, "applied", "true", "moved-tags", "")
	if got := strings.Count(read(t, w.ledger), `"outcome":"rolled_back"`); got != 1 {
		t.Errorf("the image was taken out %d times, want once", got)
	}
	w.outputs(w.ok("rollback", "ring", "ring-1", "now", "2026-03-02T01:02:00Z"), "decision", "hold", "reason-code", "rollback_loop_guard")
}

// An unreadable line makes the history unknown, which holds and says where; it never promotes.
func TestTornAndBrokenLedger(t *testing.T) {
	w, old, _ := ready(t)
	whole := read(t, w.ledger)
	if err := os.WriteFile(w.ledger, []byte(whole+`{"id":"3","at":"2026-03-01T`), 0o644); err != nil {
		t.Fatal(err)
	}
	torn := w.ok("gate", "ring", "ring-1", "now", "2026-03-02T00:00:00Z")
	w.outputs(torn, "decision", "promote")
	if !strings.Contains(torn.stdout, "::warning::") {
		t.Errorf("a torn last line is not reported:\n%s", torn.stdout)
	}
	if err := os.WriteFile(w.ledger, []byte("nonsense\n"+whole), 0o644); err != nil {
		t.Fatal(err)
	}
	broken := w.ok("gate", "ring", "ring-1", "now", "2026-03-02T00:00:00Z")
	w.outputs(broken, "decision", "hold", "hold-kind", "unknown", "reason-code", "evidence_missing")
	if !strings.Contains(broken.stdout, "file="+w.ledger+",line=1::") {
		t.Errorf("the place of the broken line is not reported:\n%s", broken.stdout)
	}
	if got := w.digest("ring-1-latest"); got != old {
		t.Errorf("ring-1-latest moved to %s", got)
	}
}

// Two promotions into one ring at once: the ring's tag points to one of the images, each run says what it knows, and
// the ledger has both.
func TestTwoPromotionsAtOnce(t *testing.T) {
	w, old, first := ready(t)
	second := w.push(labelsOf(headCommit), "other")
	w.ok("record", "ring", "ring-0", "digest", second, "state", "success", "now", "2026-02-20T00:00:00Z")
	w.ok("record", "ring", "ring-0", "digest", first, "state", "success", "now", "2026-03-01T00:00:00Z")
	digests := []string{first, second}
	var runs [2]ran
	var wait sync.WaitGroup
	for i, digest := range digests {
		wait.Go(func() { runs[i] = w.run("promote", "ring", "ring-1", "digest", digest, "now", "2026-03-02T00:00:00Z") })
	}
	wait.Wait()
	got := w.digest("ring-1-latest")
	if got == old || !slices.Contains(digests, got) {
		t.Fatalf("ring-1-latest is %s, want one of the two images", got)
	}
	for i, r := range runs {
		claims := r.outputs["applied"] == "true"
		if r.code != cli.ExitDone && claims {
			t.Errorf("run %d failed with %d and claims to have been applied", i, r.code)
		}
		if r.code == cli.ExitDone && r.outputs["decision"] == "promote" && !claims {
			t.Errorf("run %d ended well and claims nothing\n%s", i, r.stdout)
		}
	}
	for i, digest := range digests {
		again := w.ok("gate", "ring", "ring-1", "digest", digest, "now", "2026-03-02T00:01:00Z")
		if d := again.outputs["decision"]; d == "rollback" || d == "" {
			t.Errorf("afterwards gate of image %d says %q", i, d)
		}
	}
}
