package gather

import (
	"context"
	"errors"
	"slices"
	"strings"
	"sync"

	"github.com/wizzense/deployment-rings/action/internal/fault"
	"github.com/wizzense/deployment-rings/action/internal/image"
	"github.com/wizzense/deployment-rings/action/internal/ledger"
	"github.com/wizzense/deployment-rings/action/internal/note"
	"github.com/wizzense/deployment-rings/action/internal/once"
	"github.com/wizzense/deployment-rings/ringpolicy"
	"github.com/wizzense/deployment-rings/tagging"
)

// maxResolved is how many versions above a release are looked at; those beyond it count.
const maxResolved = 10

// StartVersions asks for the versions that the registry has of some images, of all at once, while other things go on. The
// function that it returns waits for them.
func StartVersions(ctx context.Context, c *Clients, images []image.Name) (wait func() ([][]string, error)) {
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

// KnownVersions returns the pushed versions of the images of f that count for a release: all but the higher ones whose image is
// quarantined in the last ring. Where that is not known they count. The ledger is read when there are higher versions and the
// facts do not have the last ring; nil has nothing to say.
func KnownVersions(ctx context.Context, log *fault.Log, c *Clients, from ledger.Ledger, f Facts, release string, pushed func() ([][]string, error)) []string {
	of, err := pushed()
	log.Add(err)
	quarantined := sync.OnceValue(func() map[string]bool { return f.quarantined(ctx, log, from) })
	var all, out []string
	for i, name := range f.Images {
		versions := of[i]
		above := higher(versions, release)
		if len(above) > 0 && len(quarantined()) > 0 {
			back := f.takenBack(ctx, log, c, name, above, quarantined())
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

// quarantined are the digests that are quarantined in the last ring, as far as is known without GitHub.
func (f *Facts) quarantined(ctx context.Context, log *fault.Log, from ledger.Ledger) map[string]bool {
	last, _ := f.Policy.Last()
	quarantine := f.File.Quarantine
	if quarantine == nil {
		if _, read := f.Ledger.Ring(last.Name); !read {
			f.Ledger = entries(ctx, log, from, f.aboutAll([][]image.Name{f.Images}), last.Name).Of(f.Names())
		}
		quarantine = f.Ledger.Quarantine("", last.Name)
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
func (f *Facts) takenBack(ctx context.Context, log *fault.Log, c *Clients, name image.Name, versions []string, quarantined map[string]bool) []string {
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
		if len(found) > 0 && !slices.ContainsFunc(found, func(tag string) bool { return !quarantined[digests[tag]] || f.mayBeReleased(ctx, log, c, digests[tag]) }) {
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
func (f *Facts) mayBeReleased(ctx context.Context, log *fault.Log, c *Clients, digest string) bool {
	last, _ := f.Policy.Last()
	if f.File.Quarantine != nil || c.GitHub(log) == nil {
		return false
	}
	of := ledger.Entry{Digest: digest}
	recorded, _ := f.Ledger.Ring(last.Name)
	if i := slices.IndexFunc(recorded, func(e ledger.Entry) bool { return e.Digest == digest && e.Revision != "" }); i >= 0 {
		of = recorded[i]
	}
	at, known := f.askRelease(ctx, log, c, last.Name, of)
	f.Ledger = f.Ledger.Released(at)
	return !known || !slices.ContainsFunc(f.Ledger.Quarantine("", last.Name), func(q ringpolicy.Quarantine) bool {
		return q.Ring == last.Name && q.Digest == digest
	})
}
