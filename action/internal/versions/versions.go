// Package versions finds out which released versions count for a release: those that the registry has, but for those that were
// taken back.
package versions

import (
	"context"
	"errors"
	"slices"
	"strings"
	"sync"

	"github.com/wizzense/deployment-rings/action/internal/fault"
	"github.com/wizzense/deployment-rings/action/internal/gather"
	"github.com/wizzense/deployment-rings/action/internal/image"
	"github.com/wizzense/deployment-rings/action/internal/ledger"
	"github.com/wizzense/deployment-rings/action/internal/note"
	"github.com/wizzense/deployment-rings/action/internal/once"
	"github.com/wizzense/deployment-rings/ringpolicy"
	"github.com/wizzense/deployment-rings/tagging"
)

// maxResolved is how many versions above a release are looked at; those beyond it count.
const maxResolved = 10

// Start asks for the versions that the registry has of some images, of all at once, while other things go on. The
// function that it returns waits for them.
func Start(ctx context.Context, c *gather.Clients, images []image.Name) (wait func() ([][]string, error)) {
	versions, errs := make([][]string, len(images)), make([]error, len(images))
	var all sync.WaitGroup
	for i, name := range images {
		all.Go(func() { versions[i], errs[i] = c.Registry.Versions(ctx, name.String()) })
	}
	return func() ([][]string, error) {
		all.Wait()
		return versions, fault.Failed(errors.Join(errs...))
	}
}

// Known returns the pushed versions of the images of f that count for a release: all but the higher ones whose image is
// quarantined in the last ring. Where that is not known they count. The ledger is read when there are higher versions and the
// facts do not have the last ring; nil has nothing to say.
func Known(ctx context.Context, log *fault.Log, c *gather.Clients, from ledger.Ledger, f gather.Facts, release string, pushed func() ([][]string, error)) []string {
	of, err := pushed()
	log.Add(err)
	s := &search{f}
	quarantined := sync.OnceValue(func() map[string]bool { return s.quarantined(ctx, log, from) })
	var all, out []string
	for i, name := range f.Images {
		versions := of[i]
		above := higher(versions, release)
		if len(above) > 0 && len(quarantined()) > 0 {
			back := s.takenBack(ctx, log, c, name, above, quarantined())
			versions = slices.DeleteFunc(versions, func(v string) bool { return slices.Contains(back, v) })
			out = append(out, back...)
		}
		all = append(all, versions...)
	}
	if len(out) > 0 {
		log.Note(note.Annotation{Level: note.Notice, Message: "quarantined in the last ring, and so no reason to hold a lower version back: " + strings.Join(once.Each(out), ", ")})
	}
	return once.Each(all)
}

// higher returns the stable versions that are above a release, the highest first.
func higher(versions []string, release string) []string {
	of, err := tagging.ParseVersion(release)
	if err != nil {
		return nil // whoever makes the tags says so
	}
	var all []tagging.Version
	for _, text := range versions {
		if v, err := tagging.ParseVersion(text); err == nil && !v.Prerelease() && v.Compare(of) > 0 {
			all = append(all, v)
		}
	}
	slices.SortStableFunc(all, func(a, b tagging.Version) int { return b.Compare(a) })
	texts := make([]string, len(all))
	for i, v := range all {
		texts[i] = v.String()
	}
	return texts
}

// A search for versions learns more of the image on its way.
type search struct{ gather.Facts }

// quarantined are the digests that are quarantined in the last ring, as far as is known without GitHub.
func (s *search) quarantined(ctx context.Context, log *fault.Log, from ledger.Ledger) map[string]bool {
	last, _ := s.Policy.Last()
	quarantine := s.File.Quarantine
	if quarantine == nil {
		if _, read := s.Ledger.Ring(last.Name); !read {
			s.Ledger = gather.Read(ctx, log, from, s.AboutAll([][]image.Name{s.Images}), last.Name).Of(s.Names())
		}
		quarantine = s.Ledger.Quarantine("", last.Name)
	}
	digests := map[string]bool{}
	for _, q := range quarantine {
		if q.Ring == last.Name {
			digests[q.Digest] = true
		}
	}
	return digests
}

// takenBack returns which versions have images in quarantine alone, under each tag that names them.
func (s *search) takenBack(ctx context.Context, log *fault.Log, c *gather.Clients, name image.Name, versions []string, quarantined map[string]bool) []string {
	versions = versions[:min(len(versions), maxResolved)]
	var tags []string
	for _, v := range versions {
		tags = append(tags, spellings(v)...)
	}
	digests, err := c.Registry.Pointers(ctx, name.String(), tags...)
	log.Add(fault.Failed(err))
	if err != nil {
		return nil
	}
	var back []string
	for _, v := range versions {
		found := slices.DeleteFunc(spellings(v), func(tag string) bool { return digests[tag] == "" })
		if len(found) > 0 && !slices.ContainsFunc(found, func(tag string) bool { return !quarantined[digests[tag]] || s.mayBeReleased(ctx, log, c, digests[tag]) }) {
			back = append(back, v)
		}
	}
	return back
}

// spellings are the tags that people push a version under.
func spellings(version string) []string {
	tag := strings.Replace(version, "+", "_", 1)
	return []string{tag, "v" + tag}
}

// mayBeReleased asks GitHub whether the quarantine of an image in the last ring was ended. What is not known may be.
func (s *search) mayBeReleased(ctx context.Context, log *fault.Log, c *gather.Clients, digest string) bool {
	last, _ := s.Policy.Last()
	if s.File.Quarantine != nil || c.GitHub(log) == nil {
		return false
	}
	of := ledger.Entry{Digest: digest}
	recorded, _ := s.Ledger.Ring(last.Name)
	if i := slices.IndexFunc(recorded, func(e ledger.Entry) bool { return e.Digest == digest && e.Revision != "" }); i >= 0 {
		of = recorded[i]
	}
	at, known := s.AskRelease(ctx, log, c, last.Name, of)
	s.Ledger = s.Ledger.Released(at)
	return !known || !slices.ContainsFunc(s.Ledger.Quarantine("", last.Name), func(q ringpolicy.Quarantine) bool {
		return q.Ring == last.Name && q.Digest == digest
	})
}
