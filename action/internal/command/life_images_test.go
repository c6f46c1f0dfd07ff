package command

import (
	"strings"
	"testing"
)

// A pair is a repository that builds two images, app and worker, with one ledger for both.
type pair struct {
	app, worker *world
	do          func(w *world, at, command string, inputs ...string) ran
}

func newPair(t *testing.T, onGitHub bool) pair {
	t.Helper()
	app := newWorld(t)
	app.facts(headCommit)
	worker := *app
	worker.image = app.registry + "/wizzense/worker"
	p := pair{app: app, worker: &worker}
	p.do = func(w *world, at, command string, inputs ...string) ran {
		return w.ok(command, append(inputs, "now", at)...)
	}
	if onGitHub {
		g := gitHub()
		env := serve(t, g)
		p.do = func(w *world, at, command string, inputs ...string) ran {
			return w.okAt(at, g, env, command, inputs...)
		}
	}
	return p
}

// TestLifeOfTwoImages lets two images go through the rings side by side. What happens to one neither holds nor ends nor
// revokes the other, in a file as on GitHub.
func TestLifeOfTwoImages(t *testing.T) {
	for name, onGitHub := range map[string]bool{"file": false, "github": true} {
		t.Run(name, func(t *testing.T) {
			p := newPair(t, onGitHub)
			app, worker, do := p.app, p.worker, p.do
			oldApp := app.push(labelsOf(tagCommit), "ring-0-latest", "ring-1-latest")
			oldWorker := worker.push(labelsOf(tagCommit), "ring-0-latest", "ring-1-latest")
			do(app, "2026-02-01T00:00:00Z", "record", "ring", "ring-1", "state", "success")
			do(worker, "2026-02-01T00:01:00Z", "record", "ring", "ring-1", "state", "success")
			newApp, newWorker := app.push(labelsOf(headCommit), "ring-0-latest"), worker.push(labelsOf(headCommit), "ring-0-latest")
			do(app, "2026-03-01T00:00:00Z", "record", "ring", "ring-0", "state", "success")
			do(worker, "2026-03-01T00:05:00Z", "record", "ring", "ring-0", "state", "success")

			// The worker came into ring 0 later, and did not take the place of the app there.
			app.outputs(do(app, "2026-03-02T00:00:00Z", "promote", "ring", "ring-1"), "decision", "promote", "digest", newApp)
			held := do(worker, "2026-03-02T00:00:00Z", "gate", "ring", "ring-1")
			worker.outputs(held, "decision", "hold", "reason-code", "soak_running", "next-eligible-at", "2026-03-02T00:05:00Z")

			// The app is on its way into ring 1, which keeps another app out and no worker.
			waits := do(app, "2026-03-02T00:06:00Z", "gate", "ring", "ring-1", "digest", oldApp)
			if !strings.HasPrefix(waits.outputs["unmet"], "settled\n") {
				t.Errorf("another app is held by %q, want settled first", waits.outputs["unmet"])
			}
			worker.outputs(do(worker, "2026-03-02T00:06:00Z", "promote", "ring", "ring-1"), "decision", "promote", "digest", newWorker)
			do(app, "2026-03-02T00:10:00Z", "record", "ring", "ring-1", "state", "success")
			do(worker, "2026-03-02T00:11:00Z", "record", "ring", "ring-1", "state", "success")

			// A signal without a digest is of what the ring runs of that image.
			do(app, "2026-03-02T01:00:00Z", "record", "ring", "ring-1", "signal", "health_check", "state", "failing")
			app.outputs(do(app, "2026-03-02T01:01:00Z", "gate", "ring", "ring-1"), "reason-code", "rollback_recommended")
			worker.outputs(do(worker, "2026-03-02T01:01:00Z", "gate", "ring", "ring-1"), "decision", "noop", "reason-code", "already_there")

			// A failure of the one leaves the other in service.
			do(app, "2026-03-02T01:02:00Z", "record", "ring", "ring-1", "state", "failure")
			app.outputs(do(app, "2026-03-02T01:03:00Z", "rollback", "ring", "ring-1"), "decision", "rollback", "from-digest", newApp, "to-digest", oldApp)
			worker.outputs(do(worker, "2026-03-02T01:04:00Z", "rollback", "ring", "ring-1", "dry-run", "true"), "from-digest", newWorker, "to-digest", oldWorker)

			// Without names status is about all images that the ledger names.
			for _, images := range []string{app.image + "\n" + worker.image, ""} {
				r := do(app, "2026-03-02T02:00:00Z", "status", "image", images)
				if diff := rowsIn(t, r.outputs["json"]); diff != strings.Join([]string{
					app.image + " ring-0 " + newApp, app.image + " ring-1 " + oldApp, worker.image + " ring-0 " + newWorker, worker.image + " ring-1 " + newWorker,
				}, "\n") {
					t.Errorf("status of %q says that the rings run\n%s", images, diff)
				}
			}
		})
	}
}

// TestRecordNames: what a job does not say is not written down. Without the image it may speak of a digest of any.
func TestRecordNames(t *testing.T) {
	p := newPair(t, false)
	digest := p.worker.push(labelsOf(headCommit), "ring-0-latest")
	other := "sha256:" + strings.Repeat("7", 64)
	for _, tt := range []struct {
		inputs []string
		want   string
	}{
		{[]string{"state", "success"}, `"images":["` + p.worker.image + `"]`},
		{[]string{"state", "success", "digest", digest}, `"images":["` + p.worker.image + `"]`},
		{[]string{"state", "success", "digest", other, "image", ""}, ""},
		{[]string{"signal", "health_check", "state", "passing", "digest", digest, "image", ""}, ""},
		{[]string{"signal", "test_failure", "state", "passing", "digest", digest}, `"images":["` + p.worker.image + `"]`},
	} {
		p.worker.transport = refusingNetwork{p.worker.registry}
		p.do(p.worker, "2026-03-01T00:00:00Z", "record", append([]string{"ring", "ring-0"}, tt.inputs...)...)
		lines := strings.Split(strings.TrimSpace(read(t, p.app.ledger)), "\n")
		if last := lines[len(lines)-1]; !strings.Contains(last, tt.want) || strings.Contains(last, "images") != (tt.want != "") {
			t.Errorf("record %q wrote %s, want %q", tt.inputs, last, tt.want)
		}
	}
}

// TestForgottenImage: a job that records how a promotion ended, by its digest and without the name, still ends it.
func TestForgottenImage(t *testing.T) {
	p := newPair(t, false)
	p.worker.push(labelsOf(tagCommit), "ring-1-latest")
	p.do(p.worker, "2026-02-01T00:00:00Z", "record", "ring", "ring-1", "state", "success")
	digest := p.worker.push(labelsOf(headCommit), "ring-0-latest")
	p.do(p.worker, "2026-03-01T00:00:00Z", "record", "ring", "ring-0", "state", "success")
	p.do(p.worker, "2026-03-02T00:00:00Z", "promote", "ring", "ring-1")
	p.worker.transport = refusingNetwork{p.worker.registry}
	p.do(p.worker, "2026-03-02T00:10:00Z", "record", "ring", "ring-1", "state", "success", "digest", digest, "image", "")
	p.worker.outputs(p.do(p.worker, "2026-03-02T00:11:00Z", "gate", "ring", "ring-1"), "decision", "noop")
	p.app.push(labelsOf(headCommit), "ring-0-latest")
	p.app.outputs(p.do(p.app, "2026-03-02T00:11:00Z", "gate", "ring", "ring-1"), "decision", "hold", "reason-code", "upstream_missing")
}
