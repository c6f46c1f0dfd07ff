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

// A Rule is what a Criterion asks for: [ChecksRule], [MetricRule], [IncidentsRule], [ApprovalRule], [SignalsRule] or [SignOffRule].
// It must not be changed.
type Rule interface {
	// Kind is the rule's key in a policy file: "checks", "metric", …
	Kind() string

	judge(*scope, *Criterion) finding

	// required says for people what is asked; ring is the one whose deployment and signals count.
	required(ring string) string
}

// ChecksRule asks that check runs and commit statuses of the image's revision ended well.
type ChecksRule struct {
	Names    []string     // patterns, without regard to case, or names as they stand after "="; each must match at least one check
	Accept   []CheckState // what counts as well
	App      string       // only checks of this app; "" for all
	Workflow string       // only checks of this workflow file, such as ".github/workflows/ci.yml"; "" for all
}

// CheckState is the state of a check run or a commit status.
type CheckState string

const (
	CheckSuccess   CheckState = "success"
	CheckFailure   CheckState = "failure"
	CheckPending   CheckState = "pending"
	CheckSkipped   CheckState = "skipped"
	CheckNeutral   CheckState = "neutral"
	CheckCancelled CheckState = "cancelled"
	CheckTimedOut  CheckState = "timed_out"
)

// MetricRule asks that a measurement of the image keeps within a bound.
type MetricRule struct {
	Name       string
	Op         Op
	Bound      Decimal       // for Within: percent of the baseline
	Better     Better        // for Within
	Unit       string        // "" for any
	MinSamples int           // 0: any number
	MaxAge     time.Duration // 0: any age
}

// Op compares a measurement with a bound.
type Op string

const (
	OpBelow   Op = "below"    // less than the bound
	OpAtMost  Op = "at_most"  // less than the bound, or equal
	OpAbove   Op = "above"    // more than the bound
	OpAtLeast Op = "at_least" // more than the bound, or equal
	OpWithin  Op = "within"   // not worse than the baseline by more than the bound in percent
)

// Better is the good direction of a measurement.
type Better string

const (
	BetterLower  Better = "lower"
	BetterHigher Better = "higher"
)

// IncidentsRule asks that few enough incidents are open.
type IncidentsRule struct {
	Severities []string
	AtMost     int
}

// ApprovalRule asks that enough people approved the image, in a role.
type ApprovalRule struct {
	Role        string
	AtLeast     int
	AllowAuthor bool // the author of the change counts too
}

// SignalsRule asks that few enough failing signals of the image were seen in the ring.
type SignalsRule struct {
	Kinds  []SignalKind
	Within time.Duration // 0: since its deployment
	AtMost int
}

// SignOffRule asks that a named person stated that the criterion holds for the image.
type SignOffRule struct{}

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
