package main

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/wizzense/deployment-rings/action/internal/image"
	"github.com/wizzense/deployment-rings/action/internal/ledger"
	"github.com/wizzense/deployment-rings/action/internal/once"
	"github.com/wizzense/deployment-rings/action/internal/registry"
	"github.com/wizzense/deployment-rings/action/internal/view"
	"github.com/wizzense/deployment-rings/internal/markdown"
	"github.com/wizzense/deployment-rings/labels"
	"github.com/wizzense/deployment-rings/ringpolicy"
	"github.com/wizzense/deployment-rings/tagging"
)

// runPromote decides as gate does, and on promote moves the tags of the ring to the image and records it.
func runPromote(s *session) error {
	p := s.gatherPromotion(s.ctx)
	if s.problems != nil {
		return s.problems
	}

	d, err := s.decide(p.question)
	if err != nil {
		return err
	}
	object, err := json.Marshal(d)
	if err != nil {
		return failed(err)
	}
	file, err := s.writeDecision(object)
	if err != nil {
		return failed(fmt.Errorf("%w: nothing was done", err))
	}

	var done view.Promoted
	var acting error
	if d.Verdict == ringpolicy.Promote {
		expected := view.Promoted{Wanted: tagging.Names(p.tags.All()), Moved: tagging.Names(p.tags.All()), DryRun: p.dryRun}
		if err := s.ready(s.promotionResult(p, d, object, file, expected, nil)); err != nil {
			return err
		}
		done, acting = s.promote(s.ctx, p, d)
	}
	handedOut := afterAct(s.publish(s.promotionResult(p, d, object, file, done, acting)), done.Deed(d))
	if err := errors.Join(acting, handedOut); err != nil {
		return err
	}
	return p.failOn.verdict(d)
}

// A promotion is all that promoting an image depends on.
type promotion struct {
	question
	failOn failures
	ledger ledger.Ledger
	state  ringpolicy.Outcome // to record after the tags were moved; InProgress: none yet
	labels labels.Image
	tags   tagging.Set
	dryRun bool
}

func (s *session) gatherPromotion(ctx context.Context) promotion {
	p := promotion{
		failOn: s.failOn(),
		state:  ringpolicy.Outcome(s.oneOf("state", string(ringpolicy.InProgress), string(ringpolicy.Succeeded), string(ringpolicy.Failed))),
		ledger: s.needHistory(),
		dryRun: s.values.Bool("dry-run"),
	}
	p.question = s.gatherEvidence(ctx)
	s.gatherCandidate(ctx, &p.question)
	if s.problems == nil && len(p.images) == 0 {
		s.addf("image: none is given, and no repository is known to name it after")
	}
	if s.problems != nil {
		return p
	}
	p.labels = s.promotedLabels(ctx, &p.question)
	p.tags = s.promotedTags(p)
	return p
}

// promotedLabels reads what the image says of itself: its pull request names a tag, and its commit goes into the ledger.
func (s *session) promotedLabels(ctx context.Context, q *question) labels.Image {
	if q.labels == nil {
		known, err := s.imageLabels(ctx, *q, q.evidence.Subject.Digest)
		s.add(err)
		q.labels = &known
	}
	known, subject := q.labels.Image, &q.evidence.Subject
	if q.recalled && !q.labels.agreed {
		subject.Revision = ""
	}
	subject.Revision = cmp.Or(subject.Revision, known.Revision)
	if subject.PullRequest == 0 {
		subject.PullRequest = known.PullRequest
	}
	return known
}

// promotedTags are the tags that move to the image, and for a release in the last ring those that are new.
func (s *session) promotedTags(p promotion) tagging.Set {
	ring, _ := p.policy.Ring(p.evidence.Subject.To)
	promotion := tagging.Promotion{Ring: ring.Tag, Number: p.evidence.Subject.PullRequest}
	if version := s.values.Text("version"); version != "" {
		if last, _ := p.policy.Last(); last.Name != ring.Name {
			s.addf("version: goes with a promotion into the last ring, %s, and not into %s", last.Name, ring.Name)
		}
		promotion.Release = tagging.Release{Version: version, Revision: p.evidence.Subject.Revision, Known: s.listedVersions()}
		if s.fromRegistry("known-versions") {
			promotion.Release.Known = s.pushedVersions(s.ctx, p.images)
		}
	}
	set, err := promotion.Tags()
	s.add(err)
	return set
}

// promote records that the image is on its way in, moves the tags, and records how that ended. A run that is cut
// short leaves the image on its way in; the same run again does what is left.
func (s *session) promote(ctx context.Context, p promotion, d ringpolicy.Decision) (view.Promoted, error) {
	done := view.Promoted{Wanted: tagging.Names(p.tags.All()), DryRun: p.dryRun}
	if err := s.sameEverywhere(ctx, p); err != nil || p.dryRun {
		return done, err
	}
	entry := p.entry(s, d)
	id, err := p.ledger.Append(ctx, entry)
	if err != nil {
		return done, failed(err)
	}
	done.ID = id
	done.Moved, err = s.moveTags(ctx, p.images, d.Digest, p.tags)
	if err != nil {
		return done, errors.Join(failed(err), s.recordFailure(ctx, p.ledger, entry, err))
	}
	if p.state == ringpolicy.InProgress {
		return done, nil
	}
	entry.Outcome = p.state
	_, err = p.ledger.Append(context.WithoutCancel(ctx), entry) // the tags have moved
	return done, failed(err)
}

func (p promotion) entry(s *session, d ringpolicy.Decision) ledger.Entry {
	subject := p.evidence.Subject
	return ledger.Entry{
		At: s.clock(), Ring: subject.To, Outcome: ringpolicy.InProgress, Digest: d.Digest, Images: p.names(), Revision: subject.Revision,
		PullRequest: subject.PullRequest, Version: strings.TrimPrefix(s.values.Text("version"), "v"), DecisionID: d.ID, URL: s.runURL(),
	}
}

// recordFailure says in the ledger that the tags could not be moved. It is tried even when the run was asked to stop.
func (s *session) recordFailure(ctx context.Context, to ledger.Ledger, entry ledger.Entry, why error) error {
	entry.Outcome, entry.Reason = ringpolicy.Failed, "the tags could not be Moved: "+oneLine(why.Error())
	_, err := to.Append(context.WithoutCancel(ctx), entry)
	return failed(err)
}

// sameEverywhere finds out before anything is written whether every image name has the digest and lets its tags move.
func (s *session) sameEverywhere(ctx context.Context, p promotion) error {
	for _, name := range p.images {
		if _, err := s.registry().Move(ctx, move(name, p.evidence.Subject.Digest, p.tags, true)); err != nil {
			return failed(err)
		}
	}
	return nil
}

func (s *session) moveTags(ctx context.Context, images []image.Name, digest string, tags tagging.Set) ([]string, error) {
	var moved []string
	for _, name := range images {
		result, err := s.registry().Move(ctx, move(name, digest, tags, false))
		moved = append(moved, result.Moved()...)
		if err != nil {
			return once.Each(moved), err
		}
	}
	return once.Each(moved), nil
}

func move(name image.Name, digest string, tags tagging.Set, dryRun bool) registry.Move {
	return registry.Move{Image: name.String(), Digest: digest, Fixed: tagging.Names(tags.Fixed()), Moving: tagging.Names(tags.Moving()), DryRun: dryRun}
}

// promotionResult is the decision and what came of it, also when acting failed.
func (s *session) promotionResult(p promotion, d ringpolicy.Decision, object []byte, file string, done view.Promoted, acting error) result {
	values := view.DecisionOutputs(d, file)
	values["applied"] = strconv.FormatBool(done.Applied() && acting == nil)
	values["moved-tags"], values["deployment-id"] = strings.Join(done.Moved, "\n"), done.ID
	return result{
		outputs: filled("promote", values),
		object:  string(object),
		bulky:   true,
		text:    view.DecisionText(d) + done.Text(d, acting),
		summary: view.DecisionMarkdown(p.policy, p.evidence, d, p.sources, done.Markdown(d, acting)),
		notes:   append(s.notes, s.inRun(view.DecisionNotes(d))...),
	}
}

// oneLine makes the text of an error fit for the ledger.
func oneLine(s string) string {
	const most = 500
	s = strings.Join(strings.Fields(s), " ")
	if len(s) > most {
		s = strings.ToValidUTF8(s[:most], "") + "…"
	}
	return markdown.Visible(s)
}
