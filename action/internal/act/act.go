// Package act carries decisions out: it moves tags and writes the ledger, in an order in which the same run again does what is
// left. It decides nothing.
package act

import (
	"context"
	"errors"
	"slices"
	"strings"
	"sync"

	"golang.org/x/sync/errgroup"

	"github.com/wizzense/deployment-rings/action/internal/fault"
	"github.com/wizzense/deployment-rings/action/internal/ledger"
	"github.com/wizzense/deployment-rings/action/internal/once"
	"github.com/wizzense/deployment-rings/action/internal/registry"
	"github.com/wizzense/deployment-rings/internal/text"
	"github.com/wizzense/deployment-rings/ringpolicy"
	"github.com/wizzense/deployment-rings/tagging"
)

// Tags moves tags: see [registry.Client.Move].
type Tags interface {
	Move(context.Context, registry.Move) (registry.Result, error)
}

// Ledger stores entries: see [ledger.Ledger].
type Ledger interface {
	Append(context.Context, ledger.Entry) (id string, err error)
}

// A Registry also says where tags point: see [registry.Client.Pointers].
type Registry interface {
	Tags
	Pointers(ctx context.Context, image string, references ...string) (digests map[string]string, err error)
}

// A Promotion is all that promoting an image takes.
type Promotion struct {
	Images []string // names, in each of which the tags move
	Tags   tagging.Set
	Entry  ledger.Entry       // that the image is on its way in
	State  ringpolicy.Outcome // to record after the tags were moved; InProgress: none yet
	DryRun bool
}

// Promote records that the image is on its way in, moves the tags, and records how that ended. It returns the tags that moved
// and the id of the record. A run that is cut short leaves the image on its way in; the same run again does what is left.
func Promote(ctx context.Context, tags Tags, to Ledger, p Promotion) (moved []string, id string, err error) {
	move := registry.Move{Digest: p.Entry.Digest, Fixed: tagging.Names(p.Tags.Fixed()), Moving: tagging.Names(p.Tags.Moving())}
	// Before anything is written: does every image name have the digest, and let its tags move?
	seen, err := look(ctx, tags, p.Images, move)
	if err != nil || p.DryRun {
		return nil, "", fault.Failed(err)
	}
	if id, err = to.Append(ctx, p.Entry); err != nil {
		return nil, "", fault.Failed(err)
	}
	if moved, err = moveSeen(ctx, tags, p.Images, move, seen); err != nil {
		entry := p.Entry
		entry.Outcome, entry.NotDeployed, entry.Reason = ringpolicy.OutcomeFailure, true, "the tags could not be moved: "+oneLine(err.Error())
		_, unrecorded := to.Append(context.WithoutCancel(ctx), entry) // also when the run was asked to stop
		return moved, id, errors.Join(fault.Failed(err), fault.Failed(unrecorded))
	}
	if p.State == ringpolicy.OutcomeInProgress {
		return moved, id, nil
	}
	entry := p.Entry
	entry.Outcome = p.State
	_, err = to.Append(context.WithoutCancel(ctx), entry) // the tags have moved
	return moved, id, fault.Failed(err)
}

// look reads where the tags point, of all images at once.
func look(ctx context.Context, tags Tags, images []string, m registry.Move) ([]registry.Result, error) {
	m.DryRun = true
	return everywhere(images, func(i int) (registry.Result, error) {
		m := m
		m.Image = images[i]
		return tags.Move(ctx, m)
	})
}

// moveSeen moves tags that were looked at, of all images at once, and returns those that moved.
func moveSeen(ctx context.Context, tags Tags, images []string, m registry.Move, seen []registry.Result) ([]string, error) {
	results, err := everywhere(images, func(i int) (registry.Result, error) {
		m := m
		m.Image, m.Seen = images[i], &seen[i]
		return tags.Move(ctx, m)
	})
	return movedOf(results), err
}

// movedOf returns the tags that moved, each once.
func movedOf(results []registry.Result) []string {
	var moved []string
	for _, r := range results {
		moved = append(moved, r.Moved()...)
	}
	return once.Each(moved)
}

// everywhere does something for all images at once, and returns what came of it in their order.
func everywhere(images []string, do func(int) (registry.Result, error)) ([]registry.Result, error) {
	results, errs := make([]registry.Result, len(images)), make([]error, len(images))
	var all sync.WaitGroup
	for i := range images {
		all.Go(func() { results[i], errs[i] = do(i) })
	}
	all.Wait()
	return results, errors.Join(errs...)
}

// A Reversal is all that going back takes.
type Reversal struct {
	Images    []string // names, in each of which the tags move
	From      string   // digest that is taken back; "" for none
	Digest    string   // to go back to
	Tag       string   // of the ring
	Release   []string // tags that users pull: they leave the image that is taken back
	IsRelease bool     // the image to go back to may have them
	Entries   []ledger.Entry
	DryRun    bool
}

// RollBack moves the tags, the ring's first, and then writes down what happened. It returns the tags that moved, those of Release
// that still point to the image that is taken back, and the ids of the records. A run that is cut short in between left the
// ledger as it was, so that the same run again does the rest.
func RollBack(ctx context.Context, tags Registry, to Ledger, r Reversal) (moved, left, ids []string, err error) {
	for _, entry := range r.Entries {
		if err := entry.Check(); err != nil {
			return nil, nil, nil, err
		}
	}
	move := registry.Move{Digest: r.Digest, Moving: []string{r.Tag}}
	released := make([][]string, len(r.Images))
	seen, err := everywhere(r.Images, func(i int) (registry.Result, error) {
		var pointers errgroup.Group
		pointers.Go(func() (err error) {
			released[i], err = pointing(ctx, tags, r.Images[i], r.Release, r.From)
			return err
		})
		m := move
		m.Image, m.DryRun = r.Images[i], true
		result, err := tags.Move(ctx, m)
		return result, errors.Join(err, pointers.Wait())
	})
	if !r.IsRelease {
		left = once.Each(slices.Concat(released...))
	}
	if err != nil || r.DryRun {
		return nil, left, nil, fault.Failed(err)
	}
	if moved, err = moveSeen(ctx, tags, r.Images, move, seen); err == nil && r.IsRelease {
		var also []registry.Result
		also, err = everywhere(r.Images, func(i int) (registry.Result, error) {
			if len(released[i]) == 0 {
				return registry.Result{}, nil
			}
			return tags.Move(ctx, registry.Move{Image: r.Images[i], Digest: r.Digest, Moving: released[i]})
		})
		moved = append(moved, movedOf(also)...)
	}
	if err != nil {
		return moved, left, nil, fault.Failed(err)
	}
	for _, entry := range r.Entries {
		id, err := to.Append(context.WithoutCancel(ctx), entry) // the tag has moved
		if err != nil {
			return moved, left, ids, fault.Failed(err)
		}
		ids = append(ids, id)
	}
	return moved, left, ids, nil
}

// pointing returns which tags of an image point to a digest; "" is no image.
func pointing(ctx context.Context, tags Registry, image string, names []string, digest string) ([]string, error) {
	if digest == "" || len(names) == 0 {
		return nil, nil
	}
	at, err := tags.Pointers(ctx, image, names...)
	return slices.DeleteFunc(slices.Clone(names), func(tag string) bool { return at[tag] != digest }), err
}

// Put says what came of [PutBack].
type Put struct {
	Moved []string // the tag, if it moved
	Gone  bool     // a name does not have the other image, and so its tag stayed
}

// PutBack moves a tag from one image to another, under each name under which it points to the first. The same again does what
// is left.
func PutBack(ctx context.Context, tags Registry, images []string, tag, from, to string) (Put, error) {
	var done Put
	for _, name := range images {
		found, err := pointing(ctx, tags, name, []string{tag}, from)
		if err != nil {
			return done, fault.Failed(err)
		}
		if len(found) == 0 {
			continue
		}
		there, err := tags.Pointers(ctx, name, to)
		switch {
		case err != nil:
			return done, fault.Failed(err)
		case there[to] == "":
			done.Gone = true
			continue
		}
		result, err := tags.Move(ctx, registry.Move{Image: name, Digest: to, Moving: found})
		done.Moved = once.Each(append(done.Moved, result.Moved()...))
		if err != nil {
			return done, fault.Failed(err)
		}
	}
	return done, nil
}

// MoveTo moves tags of some images to a digest, wherever they point. The same again does what is left.
func MoveTo(ctx context.Context, tags Tags, images, names []string, digest string) ([]string, error) {
	if len(names) == 0 {
		return nil, nil
	}
	results, err := everywhere(images, func(i int) (registry.Result, error) {
		return tags.Move(ctx, registry.Move{Image: images[i], Digest: digest, Moving: names})
	})
	return movedOf(results), fault.Failed(err)
}

// Reversed returns the records of a rollback: the entry for the image that is taken back, and for the one that comes back. What
// the ring runs and goes on with gets none. An image that was taken out already, by a run that was cut short, is not taken out
// twice. The entry has what both share; its decision is that of the one that comes back.
func Reversed(entry ledger.Entry, d ringpolicy.ManualRollback, history []ringpolicy.Record) []ledger.Entry {
	out, in := entry, entry
	out.Outcome, out.Digest, out.Revision, out.DecisionID = ringpolicy.OutcomeRolledBack, d.From, revisionOf(d.From, history), ""
	in.Outcome, in.Digest, in.Revision, in.Rollback = ringpolicy.OutcomeSuccess, d.To, revisionOf(d.To, history), true
	var all []ledger.Entry
	if d.From != "" && !outAlready(d.From, history) {
		all = append(all, out)
	}
	if !d.InService {
		all = append(all, in)
	}
	return all
}

func revisionOf(digest string, history []ringpolicy.Record) string {
	i := slices.IndexFunc(history, func(r ringpolicy.Record) bool { return r.Digest == digest && r.Revision != "" })
	if i < 0 {
		return ""
	}
	return history[i].Revision
}

// outAlready reports whether the newest record of an image in the ring says that it was taken back. One that is on its way in
// again is still out.
func outAlready(digest string, history []ringpolicy.Record) bool {
	out := false
	for _, record := range history {
		if record.Digest == digest && record.Outcome != ringpolicy.OutcomeInProgress && !record.NotDeployed {
			out = record.Outcome == ringpolicy.OutcomeRolledBack || record.Outcome == ringpolicy.OutcomeFailure && !record.To.IsZero()
		}
	}
	return out
}

// oneLine makes the text of an error fit for the ledger.
func oneLine(s string) string {
	const max = 500
	s = strings.Join(strings.Fields(s), " ")
	if len(s) > max {
		s = strings.ToValidUTF8(s[:max], "") + "…"
	}
	return text.Visible(s)
}
