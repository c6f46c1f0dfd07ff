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
// a health or smoke job.
func runRecord(ctx context.Context, r *cli.Run) (*cli.Result, error) {
	to, entry := recordEntry(ctx, r)
	if r.Problems != nil {
		return nil, r.Problems
	}
	if err := entry.Check(); err != nil {
		return nil, err
	}

	if r.Bool("dry-run") {
		return recordResult(entry, ""), nil
	}
	if err := r.Ready(ctx, recordResult(entry, "")); err != nil {
		return nil, err
	}
	id, err := to.Append(ctx, entry)
	if err != nil {
		return nil, fault.Failed(err)
	}
	return recordResult(entry, id), nil
}

func recordResult(entry ledger.Entry, id string) *cli.Result {
	result := &cli.Result{Outputs: map[string]string{"deployment-id": id}, Text: view.RecordText(entry, id), Summary: view.RecordMarkdown(entry, id)}
	if id != "" {
		result.Done = view.RecordDeed(entry, id)
	}
	return result
}

func recordEntry(ctx context.Context, r *cli.Run) (ledger.Ledger, ledger.Entry) {
	c := clients(r)
	f := gather.Facts{Policy: readPolicy(ctx, r)}
	to := needLedger(r, c, f.Policy)
	entry := ledger.Entry{At: clock(r), Ring: r.Text("ring"), Reason: r.Text("reason"), URL: runURL(r)}
	recordKind(r, &entry)
	f.File.Subject.To = entry.Ring
	f.Images = gather.AgreeImage(&r.Log, ask(r), &f.File.Subject.Image)
	if r.Given("image") {
		entry.Images = f.Names() // and else once the digest is known to have them
	}
	if r.Problems != nil || !gather.KnowsRing(&r.Log, f.Policy, entry.Ring) {
		return to, entry
	}
	recordDigest(ctx, r, c, to, f, &entry)
	if r.Problems == nil {
		recordLabels(ctx, r, c, f, &entry)
	}
	return to, entry
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
func recordDigest(ctx context.Context, r *cli.Run, c *gather.Clients, from ledger.Ledger, f gather.Facts, e *ledger.Entry) {
	e.Digest = r.Text("digest")
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
		e.Digest, err = gather.Running(ctx, &r.Log, c, from, f, e.Ring)
	default:
		e.Digest, err = gather.Open(ctx, c, from, f, *e)
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
