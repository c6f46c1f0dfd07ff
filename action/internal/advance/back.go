package advance

import (
	"context"
	"strings"
	"time"

	"github.com/wizzense/deployment-rings/action/internal/act"
	"github.com/wizzense/deployment-rings/action/internal/candidate"
	"github.com/wizzense/deployment-rings/action/internal/fault"
	"github.com/wizzense/deployment-rings/action/internal/gather"
	"github.com/wizzense/deployment-rings/action/internal/ledger"
	"github.com/wizzense/deployment-rings/action/internal/status"
	"github.com/wizzense/deployment-rings/action/internal/tally"
	"github.com/wizzense/deployment-rings/ringpolicy"
)

// goBack takes the rings back that have to go back, the last first, and reports whether it did. What it records counts from then on,
// in a dry run too.
func (w *walk) goBack(ctx context.Context) (back bool) {
	order := w.inOrder()
	w.askWhoGoesBack(ctx, order)
	for _, p := range order {
		begun := newestOutcome(p.facts.Ledger, p.Ring, "")
		switch {
		case p.Err != nil:
		case p.Decision.Verdict == ringpolicy.Rollback:
			back = w.rollBack(ctx, p, p.runs, p.Decision.ID) || back
		case p.isCutShort(begun) && w.goesOn(ctx, p, begun) == "":
			back = w.rollBack(ctx, p, p.facts, begun.DecisionID) || back
		case w.isUndeployed(ctx, p, begun):
			w.deployBack(ctx, p, begun)
		}
	}
	return back
}

// askWhoGoesBack decides about each ring with what it runs. GitHub is asked where a person has to agree.
func (w *walk) askWhoGoesBack(ctx context.Context, order []*place) {
	var asking []*place
	var wanted []gather.Wanted
	for _, p := range order {
		digest := p.running()
		if digest == "" {
			continue
		}
		p.runs = p.facts.Alone(digest, true)
		w.decideOnRunning(ctx, p)
		if p.Decision.Rollback.Needed && p.Decision.Verdict != ringpolicy.Rollback && p.ring.Rollback.Mode == ringpolicy.ModeFastTrack && !w.near() {
			asking, wanted = append(asking, p), append(wanted, gather.Wanted{Facts: &p.runs, Log: &p.log})
		}
	}
	gather.Together(ctx, w.Clients, w.Ask, wanted)
	for _, p := range asking {
		if w.decideOnRunning(ctx, p); p.log.Problems != nil {
			p.Err = p.log.Problems
		}
	}
	for _, p := range order { // of a ring that stays, the decision is about who may come in
		if p.Decision.Verdict != ringpolicy.Rollback && len(p.ring.After) > 0 {
			p.Decision = ringpolicy.Decision{}
		}
	}
}

func (w *walk) decideOnRunning(ctx context.Context, p *place) {
	if p.Decision, p.Err = candidate.Decide(ctx, w.Clients, w.Ask, &p.runs); p.Err == nil {
		p.Decision = p.Decision.Among(status.KnownToLedger)
	}
}

// running returns the digest of what the ring runs; "" for nothing.
func (p *place) running() string {
	stays := p.facts.Evidence.Rings[p.Ring].Stays()
	if n := len(stays); n > 0 && stays[n-1].InService(p.facts.Evidence.Now) {
		return stays[n-1].Digest
	}
	return ""
}

// isCutShort reports whether the newest record of a ring is that of a rollback which did not end: the image was taken out and none
// came back, or the one that comes back is on its way.
func (p *place) isCutShort(begun ledger.Entry) bool {
	return begun.Outcome == ringpolicy.OutcomeInProgress && begun.Rollback || begun.Outcome == ringpolicy.OutcomeRolledBack && p.running() == ""
}

// isUndeployed reports whether an advance recorded that the ring went back, and ended before the image was deployed: its workflow run
// did not end well, and nobody recorded anything since. Of a run that is not known nothing is deployed again.
func (w *walk) isUndeployed(ctx context.Context, p *place, e ledger.Entry) bool {
	if e.Outcome != ringpolicy.OutcomeSuccess || !e.Rollback || e.DecisionID == "" || e.Run == 0 || p.facts.Evidence.Now.Sub(e.At) >= ledger.OpenFor {
		return false
	}
	over, conclusion, err := gather.RunIsOver(ctx, &p.log, w.Clients, e.Run)
	return w.isEarlierAttempt(e) || err == nil && over && conclusion != "" && conclusion != "success"
}

// deployBack hands the image that a ring went back to on to the job that deploys.
func (w *walk) deployBack(ctx context.Context, p *place, e ledger.Entry) {
	back := p.facts.Alone(e.Digest, false)
	if p.Decision, p.Err = decide(ctx, back); p.Err == nil {
		w.describeBack(ctx, p, back)
		p.Deed = tally.Redeployed
		w.tally.Acted = append(w.tally.Acted, &p.Row)
	}
}

// describeBack fills in what the job that deploys has to know of an image that a ring goes back to. Its version is not worth failing.
func (w *walk) describeBack(ctx context.Context, p *place, back gather.Facts) {
	_, back.File.Subject.PullRequest = back.Expected()
	back.Evidence.Subject.PullRequest = back.File.Subject.PullRequest
	var trial fault.Log
	gather.Promoted(ctx, &trial, w.Clients, &back)
	if trial.Problems != nil {
		p.log.Warn("its version is not handed to the job that deploys, since the labels of the image were not read: " + trial.Problems.Error())
	}
	p.describe(back, back.File.Subject.Digest)
	p.Deployment.Rollback = true
}

// rollBack takes a ring back as the command rollback does, and reports whether it did.
func (w *walk) rollBack(ctx context.Context, p *place, f gather.Facts, decisionID string) bool {
	d, err := gather.WithGone(ctx, w.Clients, &f, func() (ringpolicy.ManualRollback, error) {
		return fault.Compute(ctx, func() (ringpolicy.ManualRollback, error) { return f.Policy.RollbackByHand(f.Evidence, "") })
	}, func(d ringpolicy.ManualRollback) (ring, digest string) { return d.Ring, d.To })
	switch {
	case err != nil:
		p.Err = err
		return false
	case d.Verdict != ringpolicy.Rollback && p.Decision.Verdict == ringpolicy.Rollback:
		p.Decision = p.Decision.Unsettled(d.Reason)
		return false
	case d.Verdict != ringpolicy.Rollback: // nothing is left to do
		return false
	}
	if len(w.tally.Acted) == tally.MaxDeployments {
		p.Deed = tally.Left
		return false
	}
	back := f.Alone(d.To, false)
	if p.Decision.Verdict != ringpolicy.Rollback {
		p.Decision, p.Err = continued(ctx, back, d)
	}
	if p.Err != nil {
		return false
	}
	p.Deed = tally.WentBack
	w.describeBack(ctx, p, back)
	reversal := w.Reversal(f, d, p.Decision.Reason(func(t time.Time) string { return t.UTC().Format(time.RFC3339) }), decisionID)
	if p.Err = w.mayBegin(ctx); p.Err != nil {
		return false
	}
	var left, ids []string
	// The tags come first, since that is what helps; so the ring is read again before them, and before it is recorded.
	p.Moved, left, ids, err = act.RollBack(ctx, guardedRegistry{w.Clients.Registry, w.guard(p)}, guardedLedger{w.Ledger, w.guard(p)}, reversal)
	if p.Err = p.unlessChanged(err); p.Deed != tally.WentBack {
		return false
	}
	p.Record = strings.Join(ids, ", ")
	if len(left) > 0 {
		p.log.Warn(strings.Join(left, " and ") + " still point to " + d.From + ", which was taken back: " + p.Ring + " goes back to an image that is no release. Move them to a release, or promote a repaired one")
	}
	w.tally.Acted = append(w.tally.Acted, &p.Row)
	w.read.AddNewer(p.Ring, numbered(reversal.Entries)...)
	return true
}

// continued returns the decision of a rollback that goes on where another run was cut short.
func continued(ctx context.Context, back gather.Facts, d ringpolicy.ManualRollback) (ringpolicy.Decision, error) {
	made, err := decide(ctx, back)
	made.Verdict, made.HoldKind, made.ReasonCode, made.Summary = ringpolicy.Rollback, ringpolicy.HoldNone, d.ReasonCode, d.Summary
	made.NextEligibleAt, made.ValidUntil, made.Conditional = time.Time{}, time.Time{}, false
	made.Rollback.Target = d.To
	return made, err
}

func decide(ctx context.Context, f gather.Facts) (ringpolicy.Decision, error) {
	return fault.Compute(ctx, func() (ringpolicy.Decision, error) { return f.Policy.Decide(f.Evidence) })
}

// numbered gives records that this run wrote ids that come after all others.
func numbered(entries []ledger.Entry) []ledger.Entry {
	all := append([]ledger.Entry(nil), entries...)
	for i := range all {
		all[i].ID = "9" + strings.Repeat("0", 30) + string(rune('1'+i))
	}
	return all
}
