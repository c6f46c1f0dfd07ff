package gather

import (
	"cmp"
	"context"
	"errors"
	"fmt"

	"github.com/wizzense/deployment-rings/action/internal/fault"
	"github.com/wizzense/deployment-rings/action/internal/ledger"
	"github.com/wizzense/deployment-rings/action/internal/ledger/jsonl"
	"github.com/wizzense/deployment-rings/ringpolicy"
	"github.com/wizzense/deployment-rings/tagging"
)

// Running returns what a ring runs by the ledger, of the image that is asked about.
func Running(ctx context.Context, log *fault.Log, c *Clients, from ledger.Ledger, f Facts, ring string) (string, error) {
	read, err := recorded(ctx, from, f, ring)
	if err != nil {
		return "", err
	}
	f.Ledger = read
	f.askReleased(ctx, log, c, ring)
	current, ok := f.Ledger.Current(ring)
	if !ok {
		return "", fmt.Errorf("digest: by the ledger nothing runs in ring %s, so the signal is of no image; give the digest", ring)
	}
	return current.Digest, nil
}

// recorded returns what the ledger has of the image in a ring. A file that the first record makes has nothing.
func recorded(ctx context.Context, from ledger.Ledger, f Facts, ring string) (ledger.Reading, error) {
	if file, ok := from.(jsonl.File); ok && file.Missing() != nil {
		return ledger.Reading{}, nil
	}
	read, err := from.Read(ctx, ring)
	return read.Of(f.Names()), fault.Failed(err)
}

// Open is the image whose deployment into the ring is open, else the one that the ring's tag points to. Only an
// image that the tag still points to came into service: another one may have been promoted meanwhile.
func Open(ctx context.Context, c *Clients, from ledger.Ledger, f Facts, e ledger.Entry) (string, error) {
	read, err := recorded(ctx, from, f, e.Ring)
	if err != nil {
		return "", err
	}
	open, ok := read.Open(e.Ring, e.At)
	if !ok {
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

// Tagged returns what a tag points to; "" is the tag of the ring.
func Tagged(ctx context.Context, c *Clients, f Facts, tag string) (string, error) {
	if f.File.Subject.Image == "" {
		return "", errors.New("digest: neither a digest nor an image to look one up is given; give digest, or image")
	}
	ring, _ := f.Policy.Ring(f.File.Subject.To)
	return Resolve(ctx, c, f.File.Subject.Image, cmp.Or(tag, tagging.LatestOf(ring.Tag)))
}
