// Package candidate finds the image that a decision is about, where nothing names it. It decides about each candidate with what
// the ledger knows, and asks GitHub about a few.
package candidate

import (
	"cmp"
	"context"

	"github.com/wizzense/deployment-rings/action/internal/fault"
	"github.com/wizzense/deployment-rings/action/internal/gather"
	"github.com/wizzense/deployment-rings/action/internal/status"
	"github.com/wizzense/deployment-rings/ringpolicy"
)

// mostAsked limits the candidates that GitHub is asked about, besides the one that the decision is about.
const mostAsked = 3

// A candidate is an image that the decision may be about, with what is known of it.
type candidate struct {
	gather.Facts
	ringpolicy.Decision
	asked bool      // GitHub too
	log   fault.Log // of asking
}

// Choose gathers what is known of the image that the decision is about: the one that is named, else the newest candidate that may
// move in, else the newest. It returns the other candidates; nil where the image is named, or only a tag says which it is.
func Choose(ctx context.Context, log *fault.Log, c *gather.Clients, asked gather.Ask, f *gather.Facts) (Others, error) {
	digests := gather.Candidates(ctx, log, c, asked, f)
	if len(digests) == 0 {
		gather.Candidate(ctx, log, c, asked, f)
		return nil, nil
	}
	checkTags := gather.StartTagCheck(ctx, c, asked, *f)
	all := make([]candidate, len(digests))
	for i, digest := range digests {
		all[i].Facts = f.Alone(digest, i == 0)
		if err := all[i].decide(ctx); err != nil {
			return nil, err
		}
	}
	chosen, err := newestToPromote(ctx, c, asked, all)
	if err != nil {
		return nil, err
	}
	checkTags(log)
	*f = all[chosen].Facts
	log.Note(all[chosen].log.Notes...)
	log.Add(all[chosen].log.Problems)
	return others(log, all, chosen), nil
}

// newestToPromote asks GitHub about candidates, the newest first, until one may move in. Where none may, it is the newest of all,
// about which it asks too.
func newestToPromote(ctx context.Context, c *gather.Clients, asked gather.Ask, all []candidate) (int, error) {
	left := mostAsked
	for i := range all {
		this := &all[i]
		if status.HeldByLedger(this.Decision) || left <= 0 && this.Verdict != ringpolicy.Promote {
			continue
		}
		left--
		if err := this.ask(ctx, c, asked); err != nil {
			return 0, err
		}
		if this.Verdict == ringpolicy.Promote && this.log.Problems == nil {
			return i, nil
		}
	}
	if all[0].asked {
		return 0, nil
	}
	return 0, all[0].ask(ctx, c, asked)
}

// ask adds what GitHub knows, and decides anew.
func (x *candidate) ask(ctx context.Context, c *gather.Clients, asked gather.Ask) error {
	x.asked = true
	gather.Candidate(ctx, &x.log, c, asked, &x.Facts)
	return x.decide(ctx)
}

func (x *candidate) decide(ctx context.Context) (err error) {
	x.Decision, err = judge(ctx, x.Facts)
	return err
}

// Decide asks the policy. A ring that goes back does so to an image that the registry still has: where it does not have the
// target, the evidence says so and the policy is asked again. Files alone, by hand, ask no registry.
func Decide(ctx context.Context, c *gather.Clients, asked gather.Ask, f *gather.Facts) (ringpolicy.Decision, error) {
	return gather.WithGone(ctx, c, f, func() (ringpolicy.Decision, error) { return judge(ctx, *f) }, func(d ringpolicy.Decision) (ring, digest string) {
		if len(asked.Images) == 0 && !c.KnowsGitHub() {
			return d.To, ""
		}
		return d.To, d.Rollback.Target
	})
}

// judge asks the policy, unless the run is to end before it knows the answer.
func judge(ctx context.Context, f gather.Facts) (ringpolicy.Decision, error) {
	return fault.Compute(ctx, func() (ringpolicy.Decision, error) {
		return f.Policy.Decide(f.Evidence)
	})
}

// others are the candidates that the decision is not about. What went wrong as GitHub was asked about them is a warning.
func others(log *fault.Log, all []candidate, chosen int) Others {
	rest := Others{}
	for i, x := range all {
		if i == chosen {
			continue
		}
		o := Other{Digest: x.Digest, Decision: x.Verdict, ReasonCode: x.ReasonCode, NextEligibleAt: x.NextEligibleAt}
		if x.Verdict == ringpolicy.Hold && !x.asked {
			o.ReasonCode = cmp.Or(x.ReasonAmong(status.KnownToLedger), x.ReasonCode)
		}
		for _, problem := range fault.Flatten(x.log.Problems) {
			log.Warn("candidate " + x.Digest + ": " + problem.Error())
		}
		rest = append(rest, o)
	}
	return rest
}
