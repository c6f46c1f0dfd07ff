package command

import (
	"cmp"
	"context"

	"github.com/wizzense/deployment-rings/action/internal/cli"
	"github.com/wizzense/deployment-rings/action/internal/fault"
	"github.com/wizzense/deployment-rings/action/internal/gather"
	"github.com/wizzense/deployment-rings/action/internal/ledger"
	"github.com/wizzense/deployment-rings/action/internal/view"
	"github.com/wizzense/deployment-rings/ringpolicy"
	"github.com/wizzense/deployment-rings/tagging"
)

// runRecord writes down what happened to an image in a ring: it is on its way in, came into service, failed to, or was seen by
// a health or smoke job. Then the tags follow: after a failure the ring's tag goes back to what the ring runs, after a success in
// the last ring latest and stable come to a release.
func runRecord(ctx context.Context, r *cli.Run) (*cli.Result, error) {
	c := clients(r)
	f := gather.Facts{Policy: readPolicy(ctx, r)}
	to := needLedger(r, c, f.Policy)
	entry := recordEntry(ctx, r, c, to, &f)
	if r.Problems != nil {
		return nil, r.Problems
	}
	if err := entry.Check(); err != nil {
		return nil, err
	}

	done := view.Recorded{Entry: entry, DryRun: r.Bool("dry-run"), ID: f.Ledger.Repeats(entry)}
	if done.Known = done.ID != ""; done.DryRun {
		return recordResult(done), nil
	}
	if err := r.Ready(ctx, recordResult(done)); err != nil {
		return nil, err
	}
	if !done.Known {
		id, err := to.Append(ctx, entry)
		if err != nil {
			return nil, fault.Failed(err)
		}
		done.ID = id
	}
	done.Moved, done.Err = performer(r, c, to).Follow(ctx, f, entry)
	return recordResult(done), done.Err
}

func recordResult(done view.Recorded) *cli.Result {
	return &cli.Result{Outputs: done.Outputs(), Text: done.Text(), Summary: done.Markdown(), Done: done.Deed()}
}

func recordEntry(ctx context.Context, r *cli.Run, c *gather.Clients, to ledger.Ledger, f *gather.Facts) ledger.Entry {
	entry := newEntry(r)
	entry.Ring, entry.Reason = r.Text("ring"), r.Text("reason")
	recordKind(r, &entry)
	listedVersions(r)
	f.File.Subject.To = entry.Ring
	f.Images = gather.AgreeImage(&r.Log, ask(r), &f.File.Subject.Image)
	if r.Given("image") {
		entry.Images = f.Names() // and else once the digest is known to have them
	}
	if r.Problems != nil || !gather.KnowsRing(&r.Log, f.Policy, entry.Ring) {
		return entry
	}
	if entry.Digest = r.Text("digest"); needsReading(entry, r.Given("tag")) {
		r.Add(gather.Recorded(ctx, &r.Log, c, to, f, entry))
	}
	recordDigest(ctx, r, c, *f, &entry)
	if r.Problems == nil {
		recordLabels(ctx, r, c, *f, &entry)
	}
	if r.Problems == nil && entry.Signal == "" {
		f.AskOlder(ctx, &r.Log, entry.Digest, entry.Revision)
	}
	if failed, ok := f.Ledger.Facts(entry.Ring).Failed(entry.At); ok && failed.Digest == entry.Digest && entry.Outcome == ringpolicy.OutcomeSuccess {
		entry.Version = failed.Version // it did not fail: this ends the same deployment
	}
	return entry
}

// needsReading reports whether a record depends on what was recorded before: which image it is about, whether it says anything
// new, or what the tags do.
func needsReading(e ledger.Entry, tagged bool) bool {
	return e.Digest == "" && !tagged || e.Outcome == ringpolicy.OutcomeFailure || e.Outcome == ringpolicy.OutcomeSuccess || e.State == ringpolicy.SignalPassing
}

// recordKind reads whether the entry is an outcome or a signal.
func recordKind(r *cli.Run, e *ledger.Entry) {
	state, signal := r.Text("state"), r.Text("signal")
	switch {
	case state == "" && signal == "":
		r.Addf("state: what happened? give in_progress, success or failure; with signal give passing or failing")
	case signal == "":
		e.Outcome = ringpolicy.Outcome(r.OneOf("state", string(ringpolicy.OutcomeInProgress), string(ringpolicy.OutcomeSuccess), string(ringpolicy.OutcomeFailure)))
	default:
		e.Signal = ringpolicy.SignalKind(r.OneOf("signal", string(ringpolicy.SignalCriticalError), string(ringpolicy.SignalHealthCheck),
			string(ringpolicy.SignalContainerCrash), string(ringpolicy.SignalTestFailure)))
		e.State = ringpolicy.SignalState(r.OneOf("state", "", string(ringpolicy.SignalPassing), string(ringpolicy.SignalFailing)))
		if e.State == "" {
			r.Addf("state: of the signal %s is missing, expected passing or failing", e.Signal)
		}
	}
}

// recordDigest finds the image: the one that is named, else for a signal what the ring runs, and for an outcome the one whose
// deployment is open.
func recordDigest(ctx context.Context, r *cli.Run, c *gather.Clients, f gather.Facts, e *ledger.Entry) {
	if r.Given("tag") && e.Digest != "" {
		r.Addf("tag and digest are both given: one of them names the image")
	}
	if e.Digest != "" || r.Problems != nil {
		return
	}
	var err error
	switch {
	case r.Given("tag"):
		e.Digest, err = gather.Tagged(ctx, c, f, r.Text("tag"))
	case e.Signal != "":
		e.Digest, err = gather.Concerned(f.Ledger, e.Ring, e.At)
	default:
		e.Digest, err = gather.Open(ctx, c, f.Ledger, f, *e)
	}
	r.Add(err)
	e.Images = f.Names()
}

// recordLabels fills in what the labels of the image say. An outcome is not lost because they cannot be read.
func recordLabels(ctx context.Context, r *cli.Run, c *gather.Clients, f gather.Facts, e *ledger.Entry) {
	e.Revision = r.Text("revision")
	if e.Revision != "" {
		_, err := tagging.ShortCommit(e.Revision)
		r.AddFor("revision", err)
	}
	if e.Signal != "" || f.File.Subject.Image == "" || r.Problems != nil {
		return
	}
	known, err := gather.ReadLabels(ctx, &r.Log, c, f, e.Digest)
	if err != nil {
		r.Warn("recorded without what the image says of itself: " + err.Error())
		return
	}
	e.Revision = cmp.Or(e.Revision, known.Revision)
	e.PullRequest = known.PullRequest
	e.Images = f.Names()
}
