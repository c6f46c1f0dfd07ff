package gather

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/wizzense/deployment-rings/action/internal/fault"
	"github.com/wizzense/deployment-rings/action/internal/once"
	"github.com/wizzense/deployment-rings/ringpolicy"
	"github.com/wizzense/deployment-rings/tagging"
)

// mostReleases limits the images that GitHub is asked about before there are candidates.
const mostReleases = 3

// Candidates returns the images that the decision may be about, the newest first, where neither an input nor the evidence names
// one. There is none where no image of a ring before the target is known: then a tag finds it.
func Candidates(ctx context.Context, log *fault.Log, c *Clients, ask Ask, f *Facts) []string {
	if log.Problems != nil || ask.Digest != "" || ask.Tag != "" || f.File.Subject.Digest != "" {
		return nil
	}
	f.askTakenBack(ctx, log, c)
	return f.Policy.Candidates(f.Evidence)
}

// askTakenBack asks GitHub whether the images were released that would be candidates if they were.
func (f *Facts) askTakenBack(ctx context.Context, log *fault.Log, c *Clients) {
	if f.File.Quarantine != nil || f.Evidence.Quarantine == nil || c.GitHub(log) == nil {
		return // a release ends the quarantine of the ledger alone
	}
	ring, released := f.Evidence.Subject.To, f.Evidence
	released.Quarantine = slices.DeleteFunc(slices.Clone(released.Quarantine), func(q ringpolicy.Quarantine) bool { return q.Ring == ring })
	known := f.Policy.Candidates(f.Evidence)
	unsure := slices.DeleteFunc(f.Policy.Candidates(released), func(digest string) bool { return slices.Contains(known, digest) })
	entries, _ := f.Ledger.Ring(ring) // it was read, or there would be no quarantine
	for _, digest := range unsure[:min(len(unsure), mostReleases)] {
		for _, e := range slices.Backward(entries) {
			if e.Digest == digest {
				at, _ := f.AskRelease(ctx, log, c, ring, e)
				f.recall(f.Ledger.Released(at))
				break
			}
		}
	}
}

// Alone returns what ledger and evidence file know of a candidate. A file that names a change, and not its image, speaks of the
// newest alone.
func (f Facts) Alone(digest string, newest bool) Facts {
	of := &f.File.Subject
	if !newest && (of.Revision != "" || of.PullRequest != 0 || of.Author != "" || of.Contributors != nil) {
		*of = ringpolicy.Subject{Image: of.Image, To: of.To}
		f.File.Ancestry, f.Evidence.Ancestry = "", ""
	}
	f.found, of.Digest = true, digest
	f.Evidence.Subject = *of
	if of.Revision == "" {
		f.Evidence.Subject.Revision = f.recordedRevision(digest)
	}
	return f
}

// writtenRevision returns the commit of an image as the histories of the evidence have it; "" where they have none, or several.
func (f Facts) writtenRevision(digest string) string {
	var all []string
	for _, facts := range f.Evidence.Rings {
		for _, r := range facts.History {
			if r.Digest == digest && r.Revision != "" {
				all = append(all, r.Revision)
			}
		}
	}
	if all = once.Each(all); len(all) != 1 {
		return ""
	}
	return all[0]
}

// tryLabels reads the labels of a candidate for a run without GitHub, which can do without them. One that the registry no longer
// has cannot move on.
func (f *Facts) tryLabels(ctx context.Context, log *fault.Log, c *Clients) {
	var trial fault.Log
	describe(ctx, &trial, c, f)
	log.Note(trial.Notes...)
	for _, problem := range fault.Flatten(trial.Problems) {
		if errors.Is(problem, errNoImage) {
			log.Add(problem)
			continue
		}
		log.Warn("the labels of the image were not read: " + problem.Error())
	}
}

// StartTagCheck reads the tags of the target ring and of those before it, while other things go on. The function that it
// returns waits for them, and warns of each that is on another image than its ring runs. The tags decide nothing: where they
// cannot be read, a notice says why. A run by hand on files alone asks no registry.
func StartTagCheck(ctx context.Context, c *Clients, ask Ask, f Facts) (wait func(*fault.Log)) {
	if len(f.Images) == 0 || len(ask.Images) == 0 && !c.KnowsGitHub() {
		return func(*fault.Log) {}
	}
	target, _ := f.Policy.Ring(f.File.Subject.To)
	var rings []ringpolicy.Ring
	var tags []string
	for _, name := range append([]string{target.Name}, target.After...) {
		ring, _ := f.Policy.Ring(name)
		rings, tags = append(rings, ring), append(tags, tagging.LatestOf(ring.Tag))
	}
	ctx, cancel := context.WithTimeoutCause(ctx, registryTimeout, errRegistryTimeout)
	var digests map[string]string
	var err error
	done := make(chan struct{})
	go func() {
		defer close(done)
		digests, err = c.Registry.Pointers(ctx, f.Images[0].String(), tags...)
	}()
	return func(log *fault.Log) {
		<-done
		cancel()
		if err != nil {
			log.Note(unreadTags([]error{err}))
			return
		}
		for i, ring := range rings {
			if text := f.tagText(ring.Name, tags[i], digests[tags[i]]); text != "" {
				log.Warn(text)
			}
		}
	}
}

// tagText says that the tag of a ring is on another image than the ring runs, and what to do; "" where it is not. A tag is where
// it should be while its image is on the way in.
func (f Facts) tagText(ring, tag, digest string) string {
	known := f.Evidence.Rings[ring]
	stays := known.Stays()
	if len(stays) == 0 || digest == "" {
		return ""
	}
	runs := stays[len(stays)-1]
	if arriving, ok := known.Arriving(); !runs.InService(f.Evidence.Now) || runs.Digest == digest || ok && arriving.Digest == digest {
		return ""
	}
	return fmt.Sprintf("%s: the tag %s points to %s, but by its history the ring runs %s, and its history counts. If the ring runs the former, record its success; if not, this puts the tag back: deployment-rings rollback --ring %s --digest %s",
		ring, tag, digest, runs.Digest, ring, runs.Digest)
}
