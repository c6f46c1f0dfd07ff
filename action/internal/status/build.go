package status

import (
	"slices"
	"time"

	"github.com/wizzense/deployment-rings/action/internal/ledger"
	"github.com/wizzense/deployment-rings/ringpolicy"
)

// maxStays limits the stays of a ring that are shown.
const maxStays = 10

// New joins the images of a report.
func New(policy *ringpolicy.Policy, now time.Time, images ...Image) Report {
	r := Report{Schema: 1, Now: now.UTC(), Timezone: policy.Timezone().String(), PolicyDigest: policy.Digest(), Images: images}
	r.Headline = headline(images)
	return r
}

// Of says how the rings of an image stand. The answers are made to [Questions] of the same facts. The error says which
// facts do not fit the policy.
func Of(policy *ringpolicy.Policy, f Facts, questions []Question) (Image, error) {
	b := builder{
		policy: policy, facts: f, questions: questions, now: f.Evidence.Now,
		decisions: map[[2]string]ringpolicy.Decision{}, overtaken: map[string][]Waiting{},
	}
	for _, q := range questions {
		d, err := policy.Decide(q.Evidence)
		if err != nil {
			return Image{}, err
		}
		if q.Overtaken {
			b.overtaken[q.To] = append(b.overtaken[q.To], waiting(q.From, d))
		} else {
			b.decisions[[2]string{q.From, q.To}] = d
		}
	}
	image := Image{Image: f.Image, Rings: []Ring{}}
	for _, ring := range policy.Rings() {
		image.Rings = append(image.Rings, b.ring(ring))
	}
	image.Headline = headline([]Image{image})
	return image, nil
}

// A builder makes the rings of a report.
type builder struct {
	policy    *ringpolicy.Policy
	facts     Facts
	questions []Question
	now       time.Time
	decisions map[[2]string]ringpolicy.Decision // by ring and next ring
	overtaken map[string][]Waiting              // by next ring, the newest first
}

func (b builder) ring(ring ringpolicy.Ring) Ring {
	known := b.facts.Evidence.Rings[ring.Name]
	r := Ring{
		Name: ring.Name, Title: or(ring.Title, ring.Name), Environment: ring.Environment, After: list(ring.After),
		Moves: []Move{}, Behind: b.behind(ring), Quarantined: b.quarantined(ring.Name), Stays: b.stays(ring.Name, known), Advice: []Advice{},
	}
	r.Arriving, r.Failed = b.unfinished(known)
	r.Rollback = b.lastRollback(ring.Name, known)
	if runs, ok := b.facts.running(ring.Name); ok {
		b.describe(&r, ring, runs)
	}
	r.Tag = b.tag(ring, r.Runs)
	r.State, r.Reason = b.state(r, known.History != nil)
	r.Advice = b.advice(r, ring)
	return r
}

// describe fills in what a ring runs and where that may go.
func (b builder) describe(r *Ring, ring ringpolicy.Ring, runs ringpolicy.Stay) {
	entry := b.facts.entry(ring.Name, runs.Digest)
	r.Runs = &Deployment{
		Digest: runs.Digest, Version: optional(entry.Version), PullRequest: optional(entry.PullRequest),
		Revision: optional(or(entry.Revision, b.facts.revision(runs.Digest))), Since: runs.From.UTC(),
		Rollback: runs.Rollback, DeploymentID: optional(runs.ID),
	}
	for _, next := range b.policy.Next(ring.Name) {
		m := move(b.decisions[[2]string{ring.Name, next.Name}])
		if m.There = b.facts.there(next.Name, runs.Digest); m.There {
			m.Blocking, m.NextEligibleAt = []ringpolicy.Result{}, nil
		}
		m.Arriving = b.arriving(next.Name, runs.Digest)
		r.Moves = append(r.Moves, m)
	}
	r.Soak = b.soak(ring, runs)
	r.Overdue = r.Soak != nil && r.Soak.OverdueAt != nil && r.Soak.OverdueAt.Before(b.now) && slices.ContainsFunc(r.Moves, func(m Move) bool { return !m.There })
}

// arriving reports whether an image is on its way into a ring.
func (b builder) arriving(ring, digest string) bool {
	a, ok := b.facts.Evidence.Rings[ring].Arriving()
	return ok && a.Digest == digest
}

func move(d ringpolicy.Decision) Move {
	m := Move{
		To: d.To, Decision: d.Verdict.String(), HoldKind: optional(d.HoldKind.String()), ReasonCode: string(d.ReasonCode), Summary: d.Summary,
		NextEligibleAt: moment(d.NextEligibleAt), Conditional: d.Conditional, Why: Text{d.Why}, Blocking: []ringpolicy.Result{}, Warnings: []string{},
	}
	for _, c := range d.Criteria {
		if c.Advisory {
			continue
		}
		m.Total++
		if c.Blocks() {
			m.Blocking = append(m.Blocking, c)
		}
	}
	m.Met = m.Total - len(m.Blocking)
	for _, w := range d.Warnings {
		m.Warnings = append(m.Warnings, w.Text)
	}
	return m
}

// soak returns the soak of the longest stay of the image, the newer of equals: decisions count the same one.
func (b builder) soak(ring ringpolicy.Ring, runs ringpolicy.Stay) *Soak {
	if ring.Soak.Min == 0 && ring.Soak.Max == 0 {
		return nil
	}
	counts := runs
	for _, s := range slices.Backward(b.facts.Evidence.Rings[ring.Name].Stays()) {
		if s.Digest == runs.Digest && s.Lasted(b.now) > counts.Lasted(b.now) && s.Lasted(b.now) >= ring.Soak.Min {
			counts = s
		}
	}
	done := counts.Lasted(b.now).Truncate(time.Second)
	soak := &Soak{
		Done: ringpolicy.FormatDuration(done), DoneSecs: int64(done / time.Second),
		Needed: ringpolicy.FormatDuration(ring.Soak.Min), NeededSecs: int64(ring.Soak.Min / time.Second), Complete: done >= ring.Soak.Min,
	}
	if !soak.Complete {
		soak.CompleteAt = moment(counts.From.Add(ring.Soak.Min))
	}
	if ring.Soak.Max > 0 {
		soak.OverdueAt = moment(overdueFrom(counts, runs, b.now, ring.Soak.Max))
	}
	return soak
}

// overdueFrom returns when the image exceeds soak.max, counted from its longest stay, or from the current one if the longest
// has ended in time.
func overdueFrom(counts, runs ringpolicy.Stay, now time.Time, longest time.Duration) time.Time {
	if !counts.InService(now) && counts.Lasted(now) <= longest {
		return runs.From.Add(longest)
	}
	return counts.From.Add(longest)
}

// behind are the images of the rings before that the ring neither runs nor is about to. An overtaken one is among them that a
// promotion would take.
func (b builder) behind(ring ringpolicy.Ring) []Waiting {
	all := []Waiting{}
	mayMove := func(w Waiting) bool { return w.Decision == ringpolicy.Promote.String() }
	for _, up := range ring.After {
		d, asked := b.decisions[[2]string{up, ring.Name}]
		if asked && !b.facts.there(ring.Name, d.Digest) && !b.arriving(ring.Name, d.Digest) {
			all = append(all, waiting(up, d))
		}
	}
	i := slices.IndexFunc(b.overtaken[ring.Name], mayMove)
	if i < 0 || slices.ContainsFunc(all, mayMove) || b.arriving(ring.Name, b.overtaken[ring.Name][i].Digest) {
		return all
	}
	w := b.overtaken[ring.Name][i]
	w.Overtaken = true
	return append(all, w)
}

func waiting(ring string, d ringpolicy.Decision) Waiting {
	return Waiting{Ring: ring, Digest: d.Digest, Decision: d.Verdict.String(), ReasonCode: string(d.ReasonCode), MayMoveAt: moment(d.NextEligibleAt)}
}

// unfinished is a deployment that goes on, and the newest one if it failed.
func (b builder) unfinished(known ringpolicy.RingFacts) (arriving, failed *Arrival) {
	if r, ok := known.Arriving(); ok {
		arriving = &Arrival{Digest: r.Digest, At: r.From.UTC(), Stuck: b.now.Sub(r.From) >= ledger.OpenFor}
	}
	var newest ringpolicy.Record
	for _, r := range known.History {
		if r.Outcome != ringpolicy.OutcomeInProgress && !r.NotDeployed && !r.From.Before(newest.From) {
			newest = r
		}
	}
	again := arriving != nil && !arriving.Stuck && arriving.Digest == newest.Digest  // it is tried again
	if newest.Outcome == ringpolicy.OutcomeFailure && newest.To.IsZero() && !again { // not taken back
		failed = &Arrival{Digest: newest.Digest, At: newest.From.UTC()}
	}
	return arriving, failed
}

func (b builder) stays(ring string, known ringpolicy.RingFacts) []Stay {
	all := []Stay{}
	for _, s := range slices.Backward(known.Stays()) {
		if len(all) == maxStays {
			break
		}
		all = append(all, Stay{Digest: s.Digest, Version: optional(b.facts.entry(ring, s.Digest).Version), From: s.From.UTC(), To: moment(s.To), RolledBack: s.RolledBack, Rollback: s.Rollback})
	}
	return all
}

// quarantined are the images that are kept out of a ring; nil when that was not collected.
func (b builder) quarantined(ring string) []Quarantine {
	known := b.facts.quarantine("", ring)
	if known == nil {
		return nil
	}
	all := []Quarantine{}
	for _, q := range known {
		if q.Ring == ring && !b.released(q) {
			all = append(all, Quarantine{Digest: q.Digest, Reason: q.Reason, At: q.At.UTC()})
		}
	}
	slices.SortStableFunc(all, func(x, y Quarantine) int { return y.At.Compare(x.At) })
	return all
}

// released reports whether a quarantine has ended by a release: a question about the image was answered, and its answer no
// longer has it.
func (b builder) released(quarantine ringpolicy.Quarantine) bool {
	return slices.ContainsFunc(b.questions, func(q Question) bool {
		known := q.Evidence.Quarantine
		return q.Evidence.Subject.Digest == quarantine.Digest && known != nil && !slices.Contains(known, quarantine)
	})
}

// lastRollback is the newest stay that was taken back, with what came instead.
func (b builder) lastRollback(ring string, known ringpolicy.RingFacts) *Rollback {
	stays := known.Stays()
	for i, s := range slices.Backward(stays) {
		switch {
		case s.RolledBack:
			r := &Rollback{At: s.To.UTC(), From: optional(s.Digest), Reason: optional(b.reason(ring, s.Digest))}
			if i+1 < len(stays) {
				r.To = optional(stays[i+1].Digest)
			}
			return r
		case s.Rollback && (i == 0 || !stays[i-1].RolledBack):
			return &Rollback{At: s.From.UTC(), To: optional(s.Digest)}
		}
	}
	return nil
}

// reason returns why an image was last taken back.
func (b builder) reason(ring, digest string) string {
	entries, _ := b.facts.Ledger.Ring(ring)
	for _, e := range slices.Backward(entries) {
		if e.Digest == digest && e.Outcome == ringpolicy.OutcomeRolledBack {
			return e.Reason
		}
	}
	for _, q := range b.facts.quarantine("", ring) {
		if q.Ring == ring && q.Digest == digest {
			return q.Reason
		}
	}
	return ""
}

func or(s, otherwise string) string {
	if s == "" {
		return otherwise
	}
	return s
}

// list is never null in JSON.
func list[T any](s []T) []T { return append([]T{}, s...) }
