// Package perform does what was decided about one image in one ring: it finds out which tags and records that takes, and lets
// package act move and write them. It decides nothing.
package perform

import (
	"cmp"
	"context"
	"slices"
	"strings"

	"github.com/wizzense/deployment-rings/action/internal/act"
	"github.com/wizzense/deployment-rings/action/internal/fault"
	"github.com/wizzense/deployment-rings/action/internal/gather"
	"github.com/wizzense/deployment-rings/action/internal/ledger"
	"github.com/wizzense/deployment-rings/action/internal/once"
	"github.com/wizzense/deployment-rings/ringpolicy"
	"github.com/wizzense/deployment-rings/tagging"
)

// A Run is the run of a command that writes, with what all of its records and releases share.
type Run struct {
	Log      *fault.Log
	Clients  *gather.Clients
	Ledger   ledger.Ledger
	Entry    ledger.Entry // begins each record: its time, its page, and the workflow run
	Versions []string     // that were released; nil: the registry has them
	DryRun   bool
}

// A Promotion is an image that may come into a ring, and what its promotion writes.
type Promotion struct {
	Facts   gather.Facts
	Entry   ledger.Entry // that it is on its way in
	Tags    tagging.Set
	Ring    ringpolicy.Ring
	Version string             // of the release; "": it is none
	State   ringpolicy.Outcome // to record after the tags have moved; InProgress: none yet
}

// Promotion returns what promoting an image writes, whose labels were read (see [gather.Promoted]). The error says which of its tags
// cannot be.
func (r Run) Promotion(f gather.Facts, version string, state ringpolicy.Outcome) (Promotion, error) {
	subject := f.Evidence.Subject
	ring, _ := f.Policy.Ring(subject.To)
	p := Promotion{Facts: f, Entry: r.Entry, Ring: ring, Version: strings.TrimPrefix(version, "v"), State: state}
	e := &p.Entry
	e.Ring, e.Outcome, e.Digest, e.Images = subject.To, ringpolicy.OutcomeInProgress, subject.Digest, f.Names()
	e.Revision, e.PullRequest, e.Version = subject.Revision, subject.PullRequest, p.Version
	promotion := tagging.Promotion{RingTag: ring.Tag, Number: subject.PullRequest}
	if version != "" {
		promotion.Release = tagging.Release{Version: version, Revision: subject.Revision, Known: r.Versions}
	}
	set, err := promotion.Tags()
	p.Tags = set
	return p, err
}

// Promote does what a decision allows: it records that the image is on its way in, moves the tags, records what the promotion's State
// says, and lets the tags follow that. It returns the tags that moved to the image and the id of the record.
func (r Run) Promote(ctx context.Context, p Promotion, decisionID string) (moved []string, id string, err error) {
	p.Entry.DecisionID = decisionID
	moved, id, err = act.Promote(ctx, r.Clients.Registry, r.Ledger, act.Promotion{
		Images: p.Facts.Names(), Tags: p.Tags, Entry: p.Entry, State: p.State, DryRun: r.DryRun,
	})
	if err != nil || r.DryRun {
		return moved, id, err
	}
	entry := p.Entry
	entry.Outcome = p.State
	followed, err := r.Follow(ctx, p.Facts, entry)
	if p.State == ringpolicy.OutcomeFailure { // they went back
		return slices.DeleteFunc(moved, func(tag string) bool { return slices.Contains(followed, tag) }), id, err
	}
	return once.Each(append(moved, followed...)), id, err
}

// Reversal returns what taking a ring back writes.
func (r Run) Reversal(f gather.Facts, d ringpolicy.ManualRollback, reason, decisionID string) act.Reversal {
	ring, _ := f.Policy.Ring(d.Ring)
	reversal := act.Reversal{Images: f.Names(), From: d.From, Digest: d.To, Tag: tagging.LatestOf(ring.Tag), DryRun: r.DryRun}
	if last, _ := f.Policy.Last(); last.Name == ring.Name {
		reversal.Release, reversal.IsRelease = []string{"latest", "stable"}, isRelease(f, d)
	}
	entry := r.Entry
	entry.Ring, entry.Images, entry.Reason, entry.DecisionID = d.Ring, f.Names(), cmp.Or(reason, "rolled back by hand"), decisionID
	reversal.Entries = act.Reversed(entry, d, f.Evidence.Rings[d.Ring].History)
	return reversal
}

// isRelease reports whether the image that the ring goes back to was a release there, so that users may pull it.
func isRelease(f gather.Facts, d ringpolicy.ManualRollback) bool {
	return slices.ContainsFunc(f.Evidence.Rings[d.Ring].History, func(record ringpolicy.Record) bool {
		v, err := tagging.ParseVersion(record.Version)
		return record.Digest == d.To && err == nil && !v.Prerelease()
	})
}
