package ringpolicy

import (
	"slices"
	"time"
)

// A Criterion is one thing that must hold before an image moves on.
type Criterion struct {
	ID       string // unique in its ring
	Title    string // for people; the ID when the policy has none
	Advisory bool   // reported, never decides
	Waivable bool   // an override may pass it; a policy file that does not say means no for an ApprovalRule, yes for the others
	Rule     Rule
}

// A Rule states what a [Criterion] asks for. It is a [ChecksRule], [MetricRule], [IncidentsRule], [ApprovalRule], [SignalsRule]
// or [SignOffRule]; other packages cannot add one. A Rule must not be changed.
type Rule interface {
	// Kind returns the rule's key in a policy file: "checks", "metric", "incidents", "approval", "signals" or "sign_off".
	Kind() string

	judge(*scope, *Criterion) finding

	// required says for people what the rule asks for; ring is the one whose deployment and signals count.
	required(ring string) string
}

// ChecksRule asks that check runs and commit statuses of the image's revision ended well. Of each check the newest run counts.
type ChecksRule struct {
	Names    []string     // patterns, without regard to case, or "=" and a name, with regard to it; each must match at least one check
	Accept   []CheckState // the states that count as a good end; a policy file that does not say means success alone
	App      string       // only checks of this app; "" for all
	Workflow string       // only checks of this workflow file, such as ".github/workflows/ci.yml"; "" for all
}

// CheckState is the state of a check run or a commit status.
type CheckState string

// All states of checks. A [ChecksRule] cannot accept CheckPending.
const (
	CheckSuccess   CheckState = "success"   // it ended well
	CheckFailure   CheckState = "failure"   // it ended badly; GitHub's action_required, stale and error too
	CheckPending   CheckState = "pending"   // it has not ended
	CheckSkipped   CheckState = "skipped"   // it did not run
	CheckNeutral   CheckState = "neutral"   // it ended and says neither
	CheckCancelled CheckState = "cancelled" // it was stopped
	CheckTimedOut  CheckState = "timed_out" // it took longer than it may
)

// MetricRule asks that a measurement of the image keeps within a bound. The newest measurement counts.
type MetricRule struct {
	Name       string        // of the measurement; case counts
	Op         Op            // how the value compares with Bound
	Bound      Decimal       // in Unit; for OpWithin: percent of the baseline
	Better     Better        // for OpWithin: the direction that is never too far from the baseline
	Unit       string        // that the measurement must have; "" for any
	MinSamples int           // that the measurement must have; 0: any number
	MaxAge     time.Duration // since the end of the measured time; 0: any age
}

// Op compares a measurement with a bound. Its text is the key in a policy file.
type Op string

// All comparisons.
const (
	OpBelow   Op = "below"    // less than the bound
	OpAtMost  Op = "at_most"  // less than the bound, or equal
	OpAbove   Op = "above"    // more than the bound
	OpAtLeast Op = "at_least" // more than the bound, or equal
	OpWithin  Op = "within"   // not worse than the baseline by more than the bound in percent
)

// Better is the good direction of a measurement.
type Better string

// Both directions.
const (
	BetterLower  Better = "lower"  // such as a latency or a rate of errors
	BetterHigher Better = "higher" // such as a throughput
)

// IncidentsRule asks that few enough incidents are open.
type IncidentsRule struct {
	Severities []string // those that count, without regard to case
	AtMost     int      // open ones that are allowed; 0: none may be open
}

// ApprovalRule asks that enough people approved the image, in a role. The newest statement of each person counts. Bots, the
// author and the contributors of the change do not; one rejection of a person who counts is enough to keep the image out.
type ApprovalRule struct {
	Role        string // of the approval, without regard to case; who holds it is said in [People]
	AtLeast     int    // people; at least 1
	AllowAuthor bool   // the author of the change counts too
}

// SignalsRule asks that few enough failing signals of the image were seen in the ring. No signal at all meets it, if signals
// were collected.
type SignalsRule struct {
	Kinds  []SignalKind  // those that count
	Within time.Duration // before now; 0: since the deployment of the image
	AtMost int           // failing signals that are allowed; 0: none
}

// SignOffRule asks that a named person stated that the criterion holds for the image. The author and the contributors of the
// change do not count, but they may refuse.
type SignOffRule struct {
	Role string // that the person has to hold, without regard to case; "" for none
}

// Kind returns "checks".
func (ChecksRule) Kind() string { return "checks" }

// Kind returns "metric".
func (MetricRule) Kind() string { return "metric" }

// Kind returns "incidents".
func (IncidentsRule) Kind() string { return "incidents" }

// Kind returns "approval".
func (ApprovalRule) Kind() string { return "approval" }

// Kind returns "signals".
func (SignalsRule) Kind() string { return "signals" }

// Kind returns "sign_off".
func (SignOffRule) Kind() string { return "sign_off" }

func cloneCriteria(criteria []Criterion) []Criterion {
	criteria = slices.Clone(criteria)
	for i := range criteria {
		criteria[i].Rule = cloneRule(criteria[i].Rule)
	}
	return criteria
}

func cloneRule(rule Rule) Rule {
	switch r := rule.(type) {
	case ChecksRule:
		r.Names, r.Accept = slices.Clone(r.Names), slices.Clone(r.Accept)
		return r
	case IncidentsRule:
		r.Severities = slices.Clone(r.Severities)
		return r
	case SignalsRule:
		r.Kinds = slices.Clone(r.Kinds)
		return r
	}
	return rule
}
