package main

import (
	"cmp"
	"context"
	"errors"

	"github.com/wizzense/deployment-rings/action/internal/image"
	"github.com/wizzense/deployment-rings/action/internal/ledger"
	"github.com/wizzense/deployment-rings/action/internal/once"
	"github.com/wizzense/deployment-rings/action/internal/registry"
	"github.com/wizzense/deployment-rings/action/internal/view"
	"github.com/wizzense/deployment-rings/ringpolicy"
	"github.com/wizzense/deployment-rings/tagging"
)

// runRollback moves the tag of a ring back to the last known good image, or to one that is named, and quarantines the
// bad one.
func runRollback(s *session) error {
	r := s.gatherRollback(s.ctx)
	if s.problems != nil {
		return s.problems
	}

	d, err := compute(s.ctx, func() (ringpolicy.HandRollback, error) {
		d := r.policy.RollbackByHand(r.evidence, r.target)
		return d, d.Err()
	})
	if err != nil {
		return err
	}

	done := view.Reversal{Policy: r.policy, Evidence: r.evidence, Decision: d, DryRun: r.dryRun}
	if d.Verdict == ringpolicy.Rollback {
		ring, _ := r.policy.Ring(d.Ring)
		if err := s.ready(s.rollbackResult(view.Reversal{Policy: r.policy, Evidence: r.evidence, Decision: d, DryRun: r.dryRun, Moved: []string{tagging.LatestOf(ring.Tag)}})); err != nil {
			return err
		}
		done.Moved, done.IDs, done.Err = s.rollBack(s.ctx, r, d)
	}
	handedOut := afterAct(s.publish(s.rollbackResult(done)), done.Deed())
	if err := errors.Join(done.Err, handedOut); err != nil {
		return err
	}
	return r.failOn.word(d.Verdict.String(), d.Summary)
}

// A reversal is all that going back depends on.
type reversal struct {
	question
	failOn failures
	ledger ledger.Ledger
	target string // digest; "": the last known good
	dryRun bool
}

func (s *session) gatherRollback(ctx context.Context) reversal {
	r := reversal{failOn: s.failOn(), ledger: s.needHistory(), dryRun: s.values.Bool("dry-run")}
	r.question = s.gatherEvidence(ctx)
	if s.problems == nil && len(r.images) == 0 {
		s.addf("image: none is given, and no repository is known to name it after")
	}
	if s.problems != nil {
		return r
	}
	s.warnLate(r.question)
	r.target = s.rollbackTarget(ctx, r.question)
	return r
}

// rollbackTarget is the image that is named to go back to; the evidence is about another one.
func (s *session) rollbackTarget(ctx context.Context, q question) string {
	digest, tag := s.values.Text("digest"), s.values.Text("tag")
	switch {
	case tag == "":
		return digest
	case digest != "":
		s.addf("tag and digest are both given: one of them names the image to go back to")
		return digest
	}
	found, err := s.resolve(ctx, q.evidence.Subject.Image, tag)
	s.add(err)
	return found
}

// rollBack moves the tag and then writes down what happened. A run that is cut short in between left the ledger as it
// was, so that the same run again does the rest.
func (s *session) rollBack(ctx context.Context, r reversal, d ringpolicy.HandRollback) (moved, ids []string, err error) {
	ring, _ := r.policy.Ring(d.Ring)
	entries := s.rollbackEntries(r, d)
	for _, entry := range entries {
		if err := entry.Check(); err != nil {
			return moved, ids, err
		}
	}
	moved, err = s.moveBack(ctx, r.images, d.To, tagging.LatestOf(ring.Tag), r.dryRun)
	if err != nil || r.dryRun {
		return moved, ids, failed(err)
	}
	for _, entry := range entries {
		id, err := r.ledger.Append(context.WithoutCancel(ctx), entry) // the tag has moved
		if err != nil {
			return moved, ids, failed(err)
		}
		ids = append(ids, id)
	}
	return moved, ids, nil
}

func (s *session) moveBack(ctx context.Context, images []image.Name, digest, tag string, dryRun bool) ([]string, error) {
	var moved []string
	for _, name := range images {
		result, err := s.registry().Move(ctx, registry.Move{Image: name.String(), Digest: digest, Moving: []string{tag}, DryRun: dryRun})
		moved = append(moved, result.Moved()...)
		if err != nil {
			return once.Each(moved), err
		}
	}
	return once.Each(moved), nil
}

// rollbackEntries are the two records of a rollback. An image that was taken out already, by a run that was cut short,
// is not taken out twice.
func (s *session) rollbackEntries(r reversal, d ringpolicy.HandRollback) []ledger.Entry {
	now, reason := s.clock(), cmp.Or(s.values.Text("reason"), "rolled back by hand")
	in := ledger.Entry{At: now, Ring: d.Ring, Outcome: ringpolicy.Succeeded, Digest: d.To, Images: r.names(), Revision: r.revisionOf(d.To), Rollback: true, Reason: reason, URL: s.runURL()}
	if r.outAlready(d.From) {
		return []ledger.Entry{in}
	}
	out := ledger.Entry{At: now, Ring: d.Ring, Outcome: ringpolicy.RolledBack, Digest: d.From, Images: r.names(), Revision: r.revisionOf(d.From), Reason: reason, URL: s.runURL()}
	return []ledger.Entry{out, in}
}

func (r reversal) revisionOf(digest string) string {
	for _, record := range r.evidence.Rings[r.evidence.Subject.To].History {
		if record.Digest == digest && record.Revision != "" {
			return record.Revision
		}
	}
	return ""
}

// outAlready tells whether the newest record of an image in the ring says that it was taken back.
func (r reversal) outAlready(digest string) bool {
	out := false
	for _, record := range r.evidence.Rings[r.evidence.Subject.To].History {
		if record.Digest == digest && record.Outcome != ringpolicy.InProgress {
			out = record.Outcome == ringpolicy.RolledBack
		}
	}
	return out
}

func (s *session) rollbackResult(r view.Reversal) result {
	return result{outputs: filled("rollback", r.Outputs()), text: r.Text(), summary: r.Markdown(), notes: s.notes}
}
