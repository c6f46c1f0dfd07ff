package ringpolicy

import "time"

// A Criterion is one thing that must hold before an image moves on (guide: Promotion Criteria, Success Criteria by Ring).
type Criterion struct {
	ID       string // unique in its ring
	Title    string // for people; the ID when the policy has none
	Advisory bool   // reported, never decides
	Waivable bool   // an override may pass it
	Rule     Rule
}

// A Rule is what a Criterion asks for: [Checks], [Metric], [Incidents], [Approval], [Signals] or [SignOff].
// It must not be changed.
type Rule interface {
	// Kind is the rule's key in a policy file: "checks", "metric", …
	Kind() string

	judge(*scope, *Criterion) finding
}

// Checks asks that check runs and commit statuses of the image's revision ended well.
type Checks struct {
	Names  []string     // patterns, without regard to case; each must match at least one check
	Accept []CheckState // what counts as well
	App    string       // only checks of this app; "" for all
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

// Metric asks that a measurement of the image keeps within a bound.
type Metric struct {
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
	Below   Op = "below"    // less than the bound
	AtMost  Op = "at_most"  // less than the bound, or equal
	Above   Op = "above"    // more than the bound
	AtLeast Op = "at_least" // more than the bound, or equal
	Within  Op = "within"   // not worse than the baseline by more than the bound in percent
)

// Better is the good direction of a measurement.
type Better string

const (
	Lower  Better = "lower"
	Higher Better = "higher"
)

// Incidents asks that few enough incidents are open.
type Incidents struct {
	Severities []string
	AtMost     int
}

// Approval asks that enough people approved the image, in a role.
type Approval struct {
	Role        string
	AtLeast     int
	AllowAuthor bool // the author of the change counts too
}

// Signals asks that few enough failing signals of the image were seen in the ring.
type Signals struct {
	Kinds  []Signal
	Within time.Duration // 0: since its deployment
	AtMost int
}

// SignOff asks that a named person stated that the criterion holds for the image.
type SignOff struct{}

// Kind returns "checks".
func (Checks) Kind() string { return "checks" }

// Kind returns "metric".
func (Metric) Kind() string { return "metric" }

// Kind returns "incidents".
func (Incidents) Kind() string { return "incidents" }

// Kind returns "approval".
func (Approval) Kind() string { return "approval" }

// Kind returns "signals".
func (Signals) Kind() string { return "signals" }

// Kind returns "sign_off".
func (SignOff) Kind() string { return "sign_off" }
