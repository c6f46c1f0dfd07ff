package gather

import (
	"context"
	"fmt"
	"sync"

	"github.com/wizzense/deployment-rings/action/internal/fault"
	"github.com/wizzense/deployment-rings/action/internal/github"
	"github.com/wizzense/deployment-rings/action/internal/github/facts"
	"github.com/wizzense/deployment-rings/action/internal/ledger"
)

// Recall returns the facts of an image with all that the ledger knows of it. An image whose late success counts once it is
// released is asked about at GitHub.
func (f Facts) Recall(ctx context.Context, log *fault.Log, c *Clients, read ledger.Reading) Facts {
	f.recall(read)
	f.askReleased(ctx, log, c, ringNames(f.Policy)...)
	return f
}

// Into returns the same facts about another target ring.
func (f Facts) Into(ring string) Facts {
	f.File.Subject.To = ring
	f.Evidence, _ = Merge(f.Policy, f.File, f.Ledger, facts.Facts{})
	return f
}

// RunIsOver reports whether a workflow run is over, and how it ended. A run without GitHub does not know.
func RunIsOver(ctx context.Context, log *fault.Log, c *Clients, id int64) (over bool, conclusion string, err error) {
	client := c.remembering(log)
	if client == nil {
		return false, "", fmt.Errorf("whether the workflow run %d is over is not known without a token for GitHub and the name of a repository (GITHUB_REPOSITORY)", id)
	}
	return client.RunIsOver(ctx, id)
}

// A Wanted is an image in a ring about which GitHub is to be asked.
type Wanted struct {
	*Facts
	Log *fault.Log
}

// Together adds what GitHub knows to each of the wanted, whose digests are known. It asks about all of them at once.
func Together(ctx context.Context, c *Clients, ask Ask, wanted []Wanted) {
	if len(wanted) == 0 {
		return
	}
	c.GitHub(wanted[0].Log) // made before several use it
	var all sync.WaitGroup
	for _, w := range wanted {
		all.Go(func() { identify(ctx, w.Log, c, ask, w.Facts) })
	}
	all.Wait()
	var open []Wanted
	var asking []*Facts
	for _, w := range wanted {
		if w.Log.Problems == nil && c.remembering(w.Log) != nil {
			open, asking = append(open, w), append(asking, w.Facts)
		}
	}
	if len(open) == 0 {
		return
	}
	for i, short := range askTogether(ctx, c.known, ask.RunID, true, asking) {
		open[i].Log.Note(short.notes()...)
	}
}

// askTogether asks GitHub for the facts of several images at once. It is the one place where many questions are asked. What they need
// may be asked ahead, which takes fewer requests and one round more.
func askTogether(ctx context.Context, client *github.Client, runID int64, ahead bool, of []*Facts) []shortfall {
	asked := make([]facts.Question, len(of))
	for i, f := range of {
		asked[i] = f.question(runID)
	}
	if ahead {
		facts.Ahead(ctx, client, asked...)
	}
	short := make([]shortfall, len(of))
	var all sync.WaitGroup
	for i, f := range of {
		all.Go(func() { short[i] = f.ask(ctx, client, asked[i]) })
	}
	all.Wait()
	return short
}
