package main

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/wizzense/deployment-rings/action/internal/image"
	"github.com/wizzense/deployment-rings/action/internal/ledger"
	"github.com/wizzense/deployment-rings/action/internal/registry"
	"github.com/wizzense/deployment-rings/action/internal/report"
	"github.com/wizzense/deployment-rings/action/internal/status"
	"github.com/wizzense/deployment-rings/internal/markdown"
	"github.com/wizzense/deployment-rings/ringpolicy"
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

	var done reversed
	var acting error
	if d.Verdict == ringpolicy.Rollback {
		ring, _ := r.policy.Ring(d.Ring)
		if err := s.ready(s.rollbackResult(r, d, []string{ring.Tag + "-latest"}, nil)); err != nil {
			return err
		}
		done, acting = s.rollBack(s.ctx, r, d)
	}
	handedOut := afterAct(s.publish(s.rollbackResult(r, d, done.moved, acting)), done.deed(r, d))
	if err := errors.Join(acting, handedOut); err != nil {
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
func (s *session) rollBack(ctx context.Context, r reversal, d ringpolicy.HandRollback) (done reversed, err error) {
	ring, _ := r.policy.Ring(d.Ring)
	entries := s.rollbackEntries(r, d)
	for _, entry := range entries {
		if err := entry.Check(); err != nil {
			return done, err
		}
	}
	done.moved, err = s.moveBack(ctx, r.images, d.To, ring.Tag+"-latest", r.dryRun)
	if err != nil || r.dryRun {
		return done, failed(err)
	}
	for _, entry := range entries {
		id, err := r.ledger.Append(context.WithoutCancel(ctx), entry) // the tag has moved
		if err != nil {
			return done, failed(err)
		}
		done.ids = append(done.ids, id)
	}
	return done, nil
}

// reversed is what a rollback did.
type reversed struct {
	moved []string // tags that went back
	ids   []string // of the records
}

// deed says what was written, for those who get no result; "" when nothing was.
func (d reversed) deed(r reversal, of ringpolicy.HandRollback) string {
	if r.dryRun || len(d.moved)+len(d.ids) == 0 {
		return ""
	}
	return fmt.Sprintf("tags that went back to %s: %s; recorded in %s as: %s", of.To, joined(d.moved, plainly), of.Ring, joined(d.ids, plainly))
}

func (s *session) moveBack(ctx context.Context, images []image.Name, digest, tag string, dryRun bool) ([]string, error) {
	var moved []string
	for _, name := range images {
		result, err := s.registry().Move(ctx, registry.Move{Image: name.String(), Digest: digest, Moving: []string{tag}, DryRun: dryRun})
		moved = append(moved, result.Moved()...)
		if err != nil {
			return unique(moved), err
		}
	}
	return unique(moved), nil
}

// rollbackEntries are the two records of a rollback. An image that was taken out already, by a run that was cut short,
// is not taken out twice.
func (s *session) rollbackEntries(r reversal, d ringpolicy.HandRollback) []ledger.Entry {
	now, reason := s.clock(), or(s.values.Text("reason"), "rolled back by hand")
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

func (s *session) rollbackResult(r reversal, d ringpolicy.HandRollback, moved []string, acting error) result {
	applied := d.Verdict == ringpolicy.Rollback && !r.dryRun && acting == nil
	values := map[string]string{
		"decision":    d.Verdict.String(),
		"reason-code": string(d.ReasonCode),
		"from-digest": d.From,
		"to-digest":   d.To,
		"applied":     strconv.FormatBool(applied),
		"moved-tags":  strings.Join(moved, "\n"),
	}
	return result{
		outputs: filled("rollback", values),
		text:    report.Visible(d.Summary) + "\n" + wentBack(r, d, moved, acting, report.Visible),
		summary: rollbackSummary(r, d, moved, acting),
		notes:   s.notes,
	}
}

// rollbackSummary is the answer as a job summary: what it comes to, what was done, and a picture.
func rollbackSummary(r reversal, d ringpolicy.HandRollback, moved []string, acting error) string {
	zone := r.policy.Timezone()
	headline := "✋ Hold: " + markdown.Code(d.Ring) + " does not go back"
	if d.Verdict == ringpolicy.Rollback {
		headline = "⏪ Rollback: " + markdown.Code(d.Ring) + " goes back to " + markdown.Code(status.Short(d.To))
	}
	text := strings.TrimSpace("**" + markdown.Plain(d.Why(timeIn(zone))) + "** " + wentBack(r, d, moved, acting, markdown.Code))
	return fmt.Sprintf("### %s\n\n%s\n\n%s<sub>as of %s · policy %s</sub>\n", headline, text, rollbackPicture(r.question, d).Markdown(),
		markdown.Time(r.evidence.Now, zone), status.Short(r.policy.Digest()))
}

// wentBack says what was done, or would be.
func wentBack(r reversal, d ringpolicy.HandRollback, moved []string, acting error, show escaper) string {
	switch {
	case d.Verdict != ringpolicy.Rollback:
		return ""
	case r.dryRun:
		return "Dry run: nothing was written.\n"
	case acting != nil:
		return "The rollback did not finish; run it again to do what is left.\n"
	}
	return fmt.Sprintf("Moved: %s. %s is quarantined in %s until it is released.\n", joined(moved, show), show(status.Short(d.From)), show(d.Ring))
}
