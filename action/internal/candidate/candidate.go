// Package candidate finds the image that a decision is about, where nothing names it. It decides about each candidate with what
// the ledger knows, and asks GitHub about a few.
package candidate

import (
	"cmp"
	"context"
	"slices"

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

// A Choice is among the candidates of a ring, which are judged by what ledger and evidence file know. Whoever has it asks GitHub
// about the [Choice.Next] one until there is none; then the choice is made.
type Choice struct {
	all    []candidate // the newest first
	asking *candidate
	asked  int
}

// Begin judges the candidates of the ring that f is about; nil where no image of a ring before it is known, or one is named.
func Begin(ctx context.Context, log *fault.Log, c *gather.Clients, asked gather.Ask, f *gather.Facts) (*Choice, error) {
	digests := gather.Candidates(ctx, log, c, asked, f)
	if len(digests) == 0 {
		return nil, nil
	}
	x := &Choice{all: make([]candidate, len(digests))}
	for i, digest := range digests {
		x.all[i].Facts = f.Alone(digest, i == 0)
		if err := x.all[i].decide(ctx); err != nil {
			return nil, err
		}
	}
	return x, nil
}

// Next returns the newest candidate that GitHub is to be asked about, as long as no newer one may move in.
func (x *Choice) Next() (wanted gather.Wanted, ok bool) {
	for i := range x.all {
		this := &x.all[i]
		switch {
		case this.mayMoveIn():
			return gather.Wanted{}, false
		case this.asked || status.HeldByLedger(this.Decision) || x.asked >= mostAsked && this.Verdict != ringpolicy.Promote:
		default:
			return x.ask(this), true
		}
	}
	return gather.Wanted{}, false
}

// Newest returns the newest candidate where none may move in, unless GitHub was asked about it.
func (x *Choice) Newest() (wanted gather.Wanted, ok bool) {
	if x.chosen() > 0 || x.all[0].asked {
		return gather.Wanted{}, false
	}
	return x.ask(&x.all[0]), true
}

// NewestByWord is Newest where a person's word on GitHub may let the candidate in.
func (x *Choice) NewestByWord() (wanted gather.Wanted, ok bool) {
	if status.PastWords(x.all[0].Decision) {
		return gather.Wanted{}, false
	}
	return x.Newest()
}

func (x *Choice) ask(this *candidate) gather.Wanted {
	this.asked, x.asking = true, this
	x.asked++
	return gather.Wanted{Facts: &this.Facts, Log: &this.log}
}

// Learnt decides anew about the candidate that was asked about.
func (x *Choice) Learnt(ctx context.Context) error { return x.asking.decide(ctx) }

// chosen is the newest candidate that may move in, else the newest.
func (x *Choice) chosen() int {
	return max(0, slices.IndexFunc(x.all, func(c candidate) bool { return c.mayMoveIn() }))
}

// mayMoveIn reports whether all that is known lets the candidate in.
func (x *candidate) mayMoveIn() bool {
	return x.asked && x.Verdict == ringpolicy.Promote && x.log.Problems == nil
}

func (x *candidate) decide(ctx context.Context) (err error) {
	x.Decision, err = judge(ctx, x.Facts)
	return err
}

// Chosen returns the image that the decision is about, the decision as far as GitHub was asked, and the other candidates. The log gets
// what went wrong.
func (x *Choice) Chosen(log *fault.Log) (gather.Facts, ringpolicy.Decision, Others) {
	at := x.chosen()
	this := x.all[at]
	log.Note(this.log.Notes...)
	log.Add(this.log.Problems)
	d := this.Decision
	if !this.asked {
		d = d.Among(status.KnownToLedger)
	}
	return this.Facts, d, others(log, x.all, at)
}

// Choose gathers what is known of the image that the decision is about: the one that is named, else the newest candidate that may
// move in, else the newest. It returns the other candidates; nil where the image is named, or only a tag says which it is.
func Choose(ctx context.Context, log *fault.Log, c *gather.Clients, asked gather.Ask, f *gather.Facts) (Others, error) {
	x, err := Begin(ctx, log, c, asked, f)
	if err != nil {
		return nil, err
	}
	if x == nil {
		gather.Candidate(ctx, log, c, asked, f)
		return nil, nil
	}
	checkTags := gather.StartTagCheck(ctx, c, asked, *f)
	for _, next := range []func() (gather.Wanted, bool){x.Next, x.Newest} {
		for w, ok := next(); ok; w, ok = next() {
			gather.Candidate(ctx, w.Log, c, asked, w.Facts)
			if err := x.Learnt(ctx); err != nil {
				return nil, err
			}
		}
	}
	checkTags(log)
	chosen, _, others := x.Chosen(log)
	*f = chosen
	return others, nil
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
