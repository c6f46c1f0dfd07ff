package advance

import (
	"cmp"
	"context"
	"fmt"
	"regexp"
	"slices"
	"strconv"

	"github.com/wizzense/deployment-rings/action/internal/container"
	"github.com/wizzense/deployment-rings/action/internal/fault"
	"github.com/wizzense/deployment-rings/action/internal/gather"
	"github.com/wizzense/deployment-rings/action/internal/ledger"
	"github.com/wizzense/deployment-rings/action/internal/tally"
	"github.com/wizzense/deployment-rings/ringpolicy"
	"github.com/wizzense/deployment-rings/tagging"
)

// promote lets an image in that may come in.
func (w *walk) promote(ctx context.Context, p *place) {
	if w.full() {
		p.Deed = tally.Left
		return
	}
	begun := newestOutcome(p.facts.Ledger, p.Ring, p.Decision.Digest)
	again := begun.Outcome == ringpolicy.OutcomeInProgress
	if again {
		if why := w.goesOn(ctx, p, begun); why != "" {
			p.Decision = p.Decision.Unsettled(why)
			return
		}
	}
	if p.Err = w.come(ctx, p, again); p.Err == nil && p.Decision.Verdict == ringpolicy.Promote {
		w.tally.Acted = append(w.tally.Acted, &p.Row)
	}
}

// come moves the tags of the ring to the image and records it. One that is on its way in already is recorded again only where its
// tags are on another image.
func (w *walk) come(ctx context.Context, p *place, again bool) error {
	gather.Promoted(ctx, &p.log, w.Clients, &p.facts)
	if p.log.Problems != nil {
		return p.log.Problems
	}
	p.describe(p.facts, p.Decision.Digest)
	release := ""
	if last, _ := p.facts.Policy.Last(); last.Name == p.Ring {
		release = p.Deployment.Version
	}
	promotion, err := w.Promotion(p.facts, release, ringpolicy.OutcomeInProgress)
	if err != nil {
		return err
	}
	if again {
		if there, err := w.pointTo(ctx, p, tagging.Names(promotion.Tags.All())); err != nil || there {
			p.Deed = tally.Redeployed
			return err
		}
	}
	if err := w.mayBegin(ctx); err != nil {
		return err
	}
	run := w.Run
	run.Ledger = guardedLedger{w.Ledger, w.guard(p)}
	p.Deed = tally.Promoted
	p.Moved, p.Record, err = run.Promote(ctx, promotion, p.Decision.ID)
	return p.unlessChanged(err)
}

// pointTo reports whether all tags of an image point to it, under each of its names.
func (w *walk) pointTo(ctx context.Context, p *place, tags []string) (bool, error) {
	for _, name := range p.facts.Names() {
		at, err := w.Clients.Registry.Pointers(ctx, name, tags...)
		if err != nil {
			return false, err
		}
		if slices.ContainsFunc(tags, func(tag string) bool { return at[tag] != p.Decision.Digest }) {
			return false, nil
		}
	}
	return true, nil
}

// goesOn says why the deployment that a record began has to be waited for; "" where it has not.
func (w *walk) goesOn(ctx context.Context, p *place, begun ledger.Entry) string {
	run := runOf(begun)
	if run == 0 || w.isEarlierAttempt(begun) {
		return ""
	}
	over, _, err := gather.RunIsOver(ctx, &p.log, w.Clients, run)
	switch {
	case err != nil:
		p.log.Warn(err.Error())
		return fmt.Sprintf("the image is on its way in, and whether the workflow run %d that deploys it is over is not known", run)
	case !over:
		return fmt.Sprintf("the image is on its way in: the workflow run %d that deploys it is not over", run)
	}
	return ""
}

var runPage = regexp.MustCompile(`/actions/runs/([0-9]{1,18})$`)

// runOf returns the workflow run that recorded something; 0 where that is not known. A record that an image was taken out may have the
// run that brought it in: there the page counts.
func runOf(e ledger.Entry) int64 {
	if page := runPage.FindStringSubmatch(e.URL); page != nil && e.Outcome == ringpolicy.OutcomeRolledBack {
		id, _ := strconv.ParseInt(page[1], 10, 64)
		return id
	}
	return e.Run
}

// isEarlierAttempt reports whether a record is of this workflow run, which was started again since.
func (w *walk) isEarlierAttempt(e ledger.Entry) bool {
	return e.Run == w.Ask.RunID && 0 < e.Attempt && e.Attempt < w.Entry.Attempt
}

// mayBegin reports whether the run can hand out what it does, which it finds out before the first write.
func (w *walk) mayBegin(ctx context.Context) error {
	if !w.tried && !w.DryRun {
		w.tried, w.ready = true, w.Ready(ctx, w.tally)
	}
	return cmp.Or(w.ready, fault.Interrupted(ctx))
}

// full reports whether the run can neither ask for more nor hand more on to the jobs that deploy.
func (w *walk) full() bool {
	return len(w.tally.Acted) >= tally.MaxDeployments || w.near()
}

// describe fills in what the job that deploys has to know.
func (p *place) describe(f gather.Facts, digest string) {
	box := container.OfRing(f.Policy, p.ring, f.Images[0].App(), "")
	d := tally.Deployment{
		Ring: p.Ring, Environment: p.ring.Environment, Image: p.Image, Digest: digest, ContainerName: box.Name,
		PullRequest: optional(f.Evidence.Subject.PullRequest), HostPort: optional(box.HostPort),
	}
	if f.Labels != nil {
		d.Version = strict(f.Labels.Version)
	}
	p.Deployment = d
}

// strict returns a version that is one to the letter; "" for anything else.
func strict(label string) string {
	if v, err := tagging.ParseVersion(label); err != nil || v.String() != label {
		return ""
	}
	return label
}

func optional(n int) *int {
	if n == 0 {
		return nil
	}
	return &n
}
