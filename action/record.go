package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"

	"github.com/wizzense/deployment-rings/action/internal/ledger"
	"github.com/wizzense/deployment-rings/action/internal/view"
	"github.com/wizzense/deployment-rings/ringpolicy"
	"github.com/wizzense/deployment-rings/tagging"
)

// runRecord writes down what happened to an image in a ring: it is on its way in, came into service, failed to, or was
// seen by a health or smoke job.
func runRecord(s *session) error {
	to, entry := s.gatherRecord(s.ctx)
	if s.problems != nil {
		return s.problems
	}
	if err := entry.Check(); err != nil {
		return err
	}

	if s.values.Bool("dry-run") {
		return s.publish(s.recordResult(entry, ""))
	}
	if err := s.ready(s.recordResult(entry, "")); err != nil {
		return err
	}
	id, err := to.Append(s.ctx, entry)
	if err != nil {
		return failed(err)
	}
	return afterAct(s.publish(s.recordResult(entry, id)), view.RecordDeed(entry, id))
}

func (s *session) recordResult(entry ledger.Entry, id string) result {
	return result{
		outputs: filled("record", map[string]string{"deployment-id": id}),
		text:    view.RecordText(entry, id),
		summary: view.RecordMarkdown(entry, id),
		notes:   s.notes,
	}
}

func (s *session) gatherRecord(ctx context.Context) (ledger.Ledger, ledger.Entry) {
	q := question{policy: s.policy()}
	to := s.needLedger()
	entry := ledger.Entry{At: s.clock(), Ring: s.values.Text("ring"), Reason: s.values.Text("reason"), URL: s.runURL()}
	s.recordKind(&entry)
	q.evidence.Subject.To = entry.Ring
	q.images = s.agreeImage(&q.evidence.Subject.Image)
	if s.values.Given("image") {
		entry.Images = q.names() // and else once the digest is known to have them
	}
	if s.problems != nil || !s.knowsRing(q) {
		return to, entry
	}
	s.recordDigest(ctx, to, q, &entry)
	if s.problems == nil {
		s.recordLabels(ctx, q, &entry)
	}
	return to, entry
}

// recordKind reads whether the entry is an outcome or a signal.
func (s *session) recordKind(e *ledger.Entry) {
	state, signal := s.values.Text("state"), s.values.Text("signal")
	switch {
	case state == "" && signal == "":
		s.addf("state: what happened? give in_progress, success or failure; with signal give passing or failing")
	case signal == "":
		e.Outcome = ringpolicy.Outcome(s.oneOf("state", string(ringpolicy.InProgress), string(ringpolicy.Succeeded), string(ringpolicy.Failed)))
	default:
		e.Signal = ringpolicy.SignalKind(s.oneOf("signal", string(ringpolicy.CriticalError), string(ringpolicy.HealthCheck),
			string(ringpolicy.ContainerCrash), string(ringpolicy.TestFailure)))
		e.State = ringpolicy.SignalState(s.oneOf("state", "", string(ringpolicy.Passing), string(ringpolicy.Failing)))
		if e.State == "" {
			s.addf("state: of the signal %s is missing, expected passing or failing", e.Signal)
		}
	}
}

// recordDigest finds the image: the one that is named, else for a signal what the ring runs, and for an outcome the
// one whose deployment is open.
func (s *session) recordDigest(ctx context.Context, from ledger.Ledger, q question, e *ledger.Entry) {
	e.Digest = s.values.Text("digest")
	if s.values.Given("tag") && e.Digest != "" {
		s.addf("tag and digest are both given: one of them names the image")
	}
	if e.Digest != "" || s.problems != nil {
		return
	}
	var err error
	switch {
	case s.values.Given("tag"):
		e.Digest, err = s.taggedDigest(ctx, q)
	case e.Signal != "":
		e.Digest, err = running(ctx, from, q, e.Ring)
	default:
		e.Digest, err = s.openDigest(ctx, from, q, *e)
	}
	s.add(err)
	e.Images = q.names()
}

// running is what a ring runs by the ledger, of the image that is asked about.
func running(ctx context.Context, from ledger.Ledger, q question, ring string) (string, error) {
	read, err := recorded(ctx, from, q, ring)
	if err != nil {
		return "", err
	}
	current, ok := read.Current(ring)
	if !ok {
		return "", fmt.Errorf("digest: by the ledger nothing runs in ring %s, so the signal is of no image; give the digest", ring)
	}
	return current.Digest, nil
}

// recorded is what the ledger has of the image in a ring. A file that the first record makes has nothing.
func recorded(ctx context.Context, from ledger.Ledger, q question, ring string) (ledger.Reading, error) {
	if file, ok := from.(ledger.File); ok && file.Missing() != nil {
		return ledger.Reading{}, nil
	}
	read, err := from.Read(ctx, ring)
	return read.Of(q.names()), failed(err)
}

// openDigest is the image whose deployment into the ring is open, else the one that the ring's tag points to. Only an
// image that the tag still points to came into service: another one may have been promoted meanwhile.
func (s *session) openDigest(ctx context.Context, from ledger.Ledger, q question, e ledger.Entry) (string, error) {
	read, err := recorded(ctx, from, q, e.Ring)
	if err != nil {
		return "", err
	}
	open, ok := read.Open(e.Ring, e.At)
	if !ok {
		return s.taggedDigest(ctx, q)
	}
	if e.Outcome != ringpolicy.Succeeded {
		return open.Digest, nil
	}
	const advice = "nothing was recorded: give the digest of the image that was deployed"
	tagged, err := s.taggedDigest(ctx, q)
	switch {
	case err != nil:
		return "", failed(fmt.Errorf("digest: the open deployment in ring %s is of %s, and whether the ring's tag still points to it is not known: %w; %s", e.Ring, open.Digest, err, advice))
	case tagged != open.Digest:
		return "", failed(fmt.Errorf("digest: the open deployment in ring %s is of %s, since %s, but the ring's tag points to %s, another image; %s", e.Ring, open.Digest, formatTime(open.At), tagged, advice))
	}
	return open.Digest, nil
}

func (s *session) taggedDigest(ctx context.Context, q question) (string, error) {
	if q.evidence.Subject.Image == "" {
		return "", errors.New("digest: none is given, and no image to look for one; give digest, or image")
	}
	ring, _ := q.policy.Ring(q.evidence.Subject.To)
	return s.resolve(ctx, q.evidence.Subject.Image, cmp.Or(s.values.Text("tag"), tagging.LatestOf(ring.Tag)))
}

// recordLabels fills in what the labels of the image say. An outcome is not lost because they cannot be read.
func (s *session) recordLabels(ctx context.Context, q question, e *ledger.Entry) {
	e.Revision = s.values.Text("revision")
	if e.Revision != "" {
		_, err := tagging.ShortCommit(e.Revision)
		s.addFor("revision", err)
	}
	if e.Signal != "" || q.evidence.Subject.Image == "" || s.problems != nil {
		return
	}
	known, err := s.imageLabels(ctx, q, e.Digest)
	if err != nil {
		s.warn("recorded without what the image says of itself: " + err.Error())
		return
	}
	e.Revision = cmp.Or(e.Revision, known.Revision)
	e.PullRequest = known.PullRequest
	e.Images = q.names()
}
