// Package ledger keeps what happened to images in rings, and turns it into facts for decisions.
//
// An entry is one event: a deployment began, succeeded, failed or was taken back, or a health or smoke job saw
// something of the image that a ring runs. Entries are only ever added. A [Reading] is what was read of them, and says
// what they come to: history, signals, quarantine. It is pure, and the same for every ledger.
//
// Package jsonl is a ledger in a file with one JSON object a line, package deployments one in the deployments of a repository on
// GitHub. Package ledgertest has the tests that any ledger passes.
//
// A ledger never decides, and never moves a tag.
package ledger

import (
	"context"
	"slices"
	"time"
)

// A Ledger adds entries, and gives back those of a ring. It may be used from several goroutines at once.
type Ledger interface {
	// Append checks an entry, stores it, and returns the id by which people find it. It returns when the entry is
	// safe. After an error nothing was stored, unless the error says that this is not known.
	Append(ctx context.Context, e Entry) (id string, err error)

	// Read collects the entries of some rings.
	//
	// A ring of which nothing was recorded is in the reading, and empty, which is a fact. A ring that could not be read
	// in full is not in it, and then the error says why; the other rings are fine.
	Read(ctx context.Context, rings ...string) (Reading, error)
}

// About limits what is read to what a run needs.
type About struct {
	Images   [][]string // each by its names; none: every image that is found
	NoTarget bool       // what a ring could go back to is not needed
	Now      time.Time  // deployments that may be open then are needed; zero: at the newest entry
}

// Names are those of all the images.
func (a About) Names() []string { return slices.Concat(a.Images...) }

// Covers reports whether what is read has all that there is of an image.
func (a About) Covers(names []string) bool { return Window{Images: a.Names()}.isAbout(names) }

// ReadAbout reads no more of a ledger than a run needs, where the ledger can do that.
func ReadAbout(ctx context.Context, from Ledger, about About, rings ...string) (Reading, error) {
	if l, ok := from.(interface {
		ReadAbout(ctx context.Context, about About, rings ...string) (Reading, error)
	}); ok {
		return l.ReadAbout(ctx, about, rings...)
	}
	return from.Read(ctx, rings...)
}
