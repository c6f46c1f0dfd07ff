package gather

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/wizzense/deployment-rings/action/internal/fault"
	"github.com/wizzense/deployment-rings/action/internal/github/facts"
	"github.com/wizzense/deployment-rings/action/internal/image"
	"github.com/wizzense/deployment-rings/action/internal/ledger"
	"github.com/wizzense/deployment-rings/action/internal/ledger/jsonl"
	"github.com/wizzense/deployment-rings/ringpolicy"
	"github.com/wizzense/deployment-rings/tagging"
)

// Recorded fills in what the ledger has of the image in the ring of an entry that is to be recorded, for an outcome also what the ring
// could go back to. A file that the first record makes has nothing.
func Recorded(ctx context.Context, log *fault.Log, c *Clients, from ledger.Ledger, f *Facts, e ledger.Entry) error {
	f.from = from
	if file, ok := from.(jsonl.File); ok && file.Missing() != nil {
		f.Ledger = ledger.Reading{}
		f.Ledger.Add(e.Ring)
		return nil
	}
	about := f.AboutAll([][]image.Name{f.Images})
	about.Now, about.NoTarget = e.At, e.Signal != ""
	read, err := ledger.ReadAbout(ctx, from, about, e.Ring)
	if err != nil {
		return fault.Failed(err)
	}
	f.Ledger = read.Of(f.Names())
	f.askReleased(ctx, log, c, e.Ring)
	return nil
}

// Concerned returns the image that a signal without a digest is of: the one whose failed deployment is open, else what the ring
// runs.
func Concerned(read ledger.Reading, ring string, now time.Time) (string, error) {
	if failed, ok := read.Facts(ring).Failed(now); ok {
		return failed.Digest, nil
	}
	if runs, ok := read.Current(ring); ok {
		return runs.Digest, nil
	}
	return "", fmt.Errorf("digest: by the ledger nothing runs in ring %s, so the signal is of no image; give the digest", ring)
}

// Open is the image whose deployment into the ring is open, else for a failure the one whose failed deployment is, so that the
// same failure may be reported twice, else the one that the ring's tag points to. Only an image that the tag still points to
// came into service: another one may have been promoted meanwhile.
func Open(ctx context.Context, c *Clients, read ledger.Reading, f Facts, e ledger.Entry) (string, error) {
	open, ok := read.Open(e.Ring, e.At)
	failed, isFailed := read.Facts(e.Ring).Failed(e.At)
	switch {
	case !ok && isFailed && e.Outcome == ringpolicy.OutcomeFailure:
		return failed.Digest, nil
	case !ok:
		return Tagged(ctx, c, f, "")
	}
	if e.Outcome != ringpolicy.OutcomeSuccess {
		return open.Digest, nil
	}
	const advice = "nothing was recorded: give the digest of the image that was deployed"
	tagged, err := Tagged(ctx, c, f, "")
	switch {
	case err != nil:
		return "", fault.Failed(fmt.Errorf("digest: the open deployment in ring %s is of %s, and whether the ring's tag still points to it is not known: %w; %s", e.Ring, open.Digest, err, advice))
	case tagged != open.Digest:
		return "", fault.Failed(fmt.Errorf("digest: the open deployment in ring %s is of %s, since %s, but the ring's tag points to %s, another image; %s", e.Ring, open.Digest, formatTime(open.At), tagged, advice))
	}
	return open.Digest, nil
}

// AskOlder asks for what the ledger has of an image, which its commit finds, where that is older than what was read.
func (f *Facts) AskOlder(ctx context.Context, log *fault.Log, digest, commit string) {
	from, ok := f.from.(interface {
		ReadOlder(ctx context.Context, read ledger.Reading, digest, commit string) (ledger.Reading, error)
	})
	unknown := slices.DeleteFunc(f.Ledger.Rings(), func(ring string) bool { return f.Ledger.Knows(ring, digest) })
	if !ok || digest == "" || len(unknown) == 0 {
		return
	}
	err := errors.New("its commit is not known, by which these are found; give the image a label org.opencontainers.image.revision")
	if commit != "" {
		if f.Ledger, err = from.ReadOlder(ctx, f.Ledger, digest, commit); err == nil && slices.ContainsFunc(unknown, func(ring string) bool { return !f.Ledger.Knows(ring, digest) }) {
			err = errors.New("a record of it is of another commit than the image, and others of that kind cannot be found; promote an image that is built from a commit of the repository")
		}
	}
	if err != nil {
		log.Warn(fmt.Sprintf("older records of %s in %s were not read: %v", digest, strings.Join(unknown, ", "), err))
	}
	f.Evidence, _ = Merge(f.Policy, f.File, f.Ledger, facts.Facts{})
}

// Tagged returns what a tag points to; "" is the tag of the ring.
func Tagged(ctx context.Context, c *Clients, f Facts, tag string) (string, error) {
	if f.File.Subject.Image == "" {
		return "", errors.New("digest: neither a digest nor an image to look one up is given; give digest, or image")
	}
	ring, _ := f.Policy.Ring(f.File.Subject.To)
	return Resolve(ctx, c, f.File.Subject.Image, cmp.Or(tag, tagging.LatestOf(ring.Tag)))
}

// maxGone is how many images are asked for that a ring could go back to. The next one is taken as it is.
const maxGone = 20

// WithGone decides, and decides again while the registry does not have the target of a rollback, which the evidence says then. The
// target is a ring and a digest; without a digest nothing is asked.
func WithGone[D any](ctx context.Context, c *Clients, f *Facts, decide func() (D, error), target func(D) (ring, digest string)) (D, error) {
	for asked := 0; ; asked++ {
		d, err := decide()
		if err != nil || asked == maxGone {
			return d, err
		}
		if ring, digest := target(d); !f.learnGone(ctx, c, ring, digest) {
			return d, nil
		}
	}
}

// learnGone reports whether the registry no longer has an image that a ring ran, and adds it to the evidence then. What the
// evidence file says of the ring counts in place of the registry.
func (f *Facts) learnGone(ctx context.Context, c *Clients, ring, digest string) bool {
	of, _ := f.Policy.Ring(ring)
	if digest == "" || f.File.Rings[ring].Gone != nil || !gone(ctx, c, *f, of, digest) {
		return false
	}
	known := f.Evidence.Rings[ring]
	known.Gone = append(slices.Clone(known.Gone), digest)
	f.Evidence.Rings = maps.Clone(f.Evidence.Rings)
	f.Evidence.Rings[ring] = known
	return true
}

// gone reports whether the registry no longer has an image that a ring ran: none of its names has it, while what the ring's tag
// points to can be read. What cannot be read is not gone.
func gone(ctx context.Context, c *Clients, f Facts, ring ringpolicy.Ring, digest string) bool {
	tag, names := tagging.LatestOf(ring.Tag), f.Names()
	at := make([]map[string]string, len(names))
	var all errgroup.Group
	for i, name := range names {
		all.Go(func() (err error) {
			at[i], err = c.Registry.Pointers(ctx, name, tag, digest)
			return err
		})
	}
	has := func(reference string) bool {
		return slices.ContainsFunc(at, func(digests map[string]string) bool { return digests[reference] != "" })
	}
	return all.Wait() == nil && has(tag) && !has(digest)
}
