package perform

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/wizzense/deployment-rings/action/internal/act"
	"github.com/wizzense/deployment-rings/action/internal/fault"
	"github.com/wizzense/deployment-rings/action/internal/gather"
	"github.com/wizzense/deployment-rings/action/internal/ledger"
	"github.com/wizzense/deployment-rings/action/internal/note"
	"github.com/wizzense/deployment-rings/action/internal/versions"
	"github.com/wizzense/deployment-rings/ringpolicy"
	"github.com/wizzense/deployment-rings/tagging"
)

// Follow lets the tags follow an outcome that was recorded: after a failure the ring's tag goes back to what the ring runs,
// after a success in the last ring latest and stable come to the release. f has what was recorded before.
func (r Run) Follow(ctx context.Context, f gather.Facts, e ledger.Entry) (moved []string, err error) {
	ctx = context.WithoutCancel(ctx) // the outcome is recorded
	switch {
	case len(f.Images) == 0:
	case e.Outcome == ringpolicy.OutcomeFailure:
		moved, err = r.tagGoesBack(ctx, f, e)
	case e.Outcome == ringpolicy.OutcomeSuccess && !f.Ledger.Knows(e.Ring, e.Digest):
		r.Log.Warn(fmt.Sprintf("the tags stay where they are: whether %s was taken back in %s before is not known", e.Digest, e.Ring))
	case e.Outcome == ringpolicy.OutcomeSuccess && f.Ledger.TakenBack(e.Ring, e.Digest):
		r.Log.Warn(fmt.Sprintf("the tags stay where they are: %s was taken back in %s, and a success that is reported late does not change that", e.Digest, e.Ring))
	case e.Outcome == ringpolicy.OutcomeSuccess:
		if moved, err = r.tagComes(ctx, f, e); err == nil {
			var released []string
			released, err = r.releaseComes(ctx, f, e)
			moved = append(moved, released...)
		}
	}
	if err != nil {
		err = fault.Failed(errors.Join(errors.New("the outcome is recorded, and not all tags followed; the same command does what is left"), err))
	}
	return moved, err
}

// tagGoesBack puts the ring's tag back on what the ring runs, where it points to the image whose deployment failed.
func (r Run) tagGoesBack(ctx context.Context, f gather.Facts, e ledger.Entry) ([]string, error) {
	ring, _ := f.Policy.Ring(e.Ring)
	tag := tagging.LatestOf(ring.Tag)
	runs, _ := f.Ledger.Current(e.Ring)
	switch runs.Digest {
	case e.Digest:
		return nil, nil
	case "":
		r.Log.Warn(fmt.Sprintf("the tag %s stays where it is after the failure of %s: the ring runs nothing that it could go back to; promote an image that works", tag, e.Digest))
		return nil, nil
	}
	done, err := act.PutBack(ctx, r.Clients.Registry, f.Names(), tag, e.Digest, runs.Digest)
	if err == nil && done.Gone {
		r.Log.Warn(fmt.Sprintf("the tag %s stays on %s, whose deployment failed: the registry no longer has %s, which the ring runs; promote an image that works", tag, e.Digest, runs.Digest))
	}
	return done.Moved, err
}

// tagComes puts the ring's tag on an image that came into service after all, where a failure that was reported of it put the tag
// back on what the ring ran.
func (r Run) tagComes(ctx context.Context, f gather.Facts, e ledger.Entry) ([]string, error) {
	before, ok := f.Ledger.PutBackTo(e.Ring, e.Digest)
	if !ok {
		return nil, nil
	}
	ring, _ := f.Policy.Ring(e.Ring)
	done, err := act.PutBack(ctx, r.Clients.Registry, f.Names(), tagging.LatestOf(ring.Tag), before, e.Digest)
	if err == nil && done.Gone {
		r.Log.Warn(fmt.Sprintf("the tag %s stays on %s: the registry does not have %s", tagging.LatestOf(ring.Tag), before, e.Digest))
	}
	return done.Moved, err
}

// releaseComes moves the tags that users pull, where the last ring came to run a release: of the version of the record that the
// success ends or, where it is reported again, of the newest success of the image.
func (r Run) releaseComes(ctx context.Context, f gather.Facts, e ledger.Entry) ([]string, error) {
	version := cmp.Or(e.Version, releasedAs(f.Ledger.Facts(e.Ring), e.Digest))
	if last, _ := f.Policy.Last(); last.Name != e.Ring || version == "" {
		return nil, nil
	}
	release := tagging.Release{Version: version, Known: r.Versions}
	if release.Known == nil {
		release.Known = versions.Known(ctx, r.Log, r.Clients, r.Ledger, f, version, versions.Start(ctx, r.Clients, f.Images))
	}
	set, err := release.Latest()
	if err = cmp.Or(r.Log.Problems, err); err != nil {
		return nil, err
	}
	if held := tagging.Names(set.Held()); len(held) > 0 {
		r.Log.Note(note.Annotation{Level: note.Notice, Message: strings.Join(held, " and ") + " stay where they are: a version above " + version + " is released"})
	}
	return act.MoveTo(ctx, r.Clients.Registry, f.Names(), tagging.Names(set.Moving()), e.Digest)
}

// releasedAs returns the version of an image in a ring: that of its open deployment, else of its newest success; "" for none.
func releasedAs(facts ringpolicy.RingFacts, digest string) string {
	newestFirst := func(a, b ringpolicy.Record) int { return b.From.Compare(a.From) }
	for _, record := range slices.SortedStableFunc(slices.Values(facts.History), newestFirst) {
		if record.Digest == digest && (record.Outcome == ringpolicy.OutcomeInProgress || record.Outcome == ringpolicy.OutcomeSuccess) {
			return record.Version
		}
	}
	return ""
}
