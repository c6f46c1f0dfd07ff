package ringpolicy

import "time"

// Evidence is what is known when a decision is asked for.
//
// A nil slice was not collected, which is unknown and holds; an empty one was looked for and is empty.
// Only Overrides may be nil and then count as empty. The zero Evidence promotes nothing.
//
// The URL of a fact is a page where people can look at it. It decides nothing and is in no digest; a decision passes it
// on among the Links of a [Result] when it is a web address, and else leaves it out.
type Evidence struct {
	Now        time.Time // the moment of the decision
	Subject    Subject
	Rings      map[string]RingFacts // by ring name
	Checks     []Check
	Metrics    []Metric
	Incidents  []Incident
	Approvals  []Approval
	SignOffs   []SignOff
	Overrides  []Override
	Locks      []Lock
	Quarantine []Quarantine
	Ancestry   Ancestry // the candidate against what the target ring runs; "" was not collected
}

// A Subject is the image that a decision is about, and where it wants to go.
type Subject struct {
	Image        string
	Digest       string // "sha256:" and 64 hex digits
	Revision     string // commit that it was built from; "" was not collected
	PullRequest  int
	Version      string
	Author       string   // of the change; "" was not collected
	Contributors []string // other people who wrote the change; nil was not collected
	To           string   // the target ring
}

// RingFacts are the facts of one ring.
type RingFacts struct {
	History []Record
	Signals []Signal
}

// A Record is one deployment of an image to a ring.
type Record struct {
	ID       string
	Digest   string
	Revision string
	Outcome  Outcome
	From     time.Time // when it succeeded or failed; when it began, while it is in progress
	To       time.Time // when it went out of service; zero: it did not, or the next stay says when
	Rollback bool      // it was deployed by going back
	URL      string
}

// Outcome is how a deployment ended.
type Outcome string

const (
	OutcomeInProgress Outcome = "in_progress"
	OutcomeSuccess    Outcome = "success"
	OutcomeFailure    Outcome = "failure"
	OutcomeRolledBack Outcome = "rolled_back" // it succeeded, and was taken back later
)

// A Signal is what a health or smoke job saw of an image in a ring.
type Signal struct {
	Kind   SignalKind
	State  SignalState
	At     time.Time
	Digest string
	URL    string
}

// SignalState is what a signal says.
type SignalState string

const (
	SignalPassing SignalState = "passing"
	SignalFailing SignalState = "failing"
)

// A Check is a run of a check, or a commit status.
type Check struct {
	Name         string
	App          string // that runs it; "" for a commit status
	Workflow     string // path of the workflow file that it is a job of, perhaps with "@" and a version; "" when there is none, or it was not collected
	Creator      string // login of who set the commit status; "" for a run of a check, or when it was not collected
	State        CheckState
	Revision     string
	RunStartedAt time.Time // of this attempt; zero: not known
	Attempt      int
	ID           int64
	CompletedAt  time.Time
	URL          string
}

// A Metric is a measurement.
type Metric struct {
	Name     string
	Value    string // decimal; anything else counts as not a number
	Baseline string // decimal; "" for none
	Unit     string
	Samples  int64
	From, To time.Time // what it was measured over
	Digest   string    // "" when it is not of one image
	URL      string
}

// An Incident is trouble that people track.
type Incident struct {
	ID       string
	Severity string
	OpenedAt time.Time
	ClosedAt time.Time // zero: open
	URL      string
}

// An Approval is what a person said of the image in a role.
type Approval struct {
	By       string
	Role     string
	State    ApprovalState
	At       time.Time
	Revision string
	Digest   string // when given, it says which image, and not the revision
	Bot      bool
	URL      string
}

// ApprovalState is what an approval says.
type ApprovalState string

const (
	ApprovalApproved  ApprovalState = "approved"
	ApprovalRejected  ApprovalState = "rejected"
	ApprovalCommented ApprovalState = "commented"
	ApprovalDismissed ApprovalState = "dismissed"
)

// A SignOff is a person's statement that a criterion holds for an image.
type SignOff struct {
	ID     string // of the criterion
	By     string
	State  SignOffState
	At     time.Time
	Digest string
	URL    string
}

// SignOffState is what a sign-off says.
type SignOffState string

const (
	SignOffGiven   SignOffState = "given"
	SignOffRefused SignOffState = "refused"
)

// An Override is a person's verdict on one criterion for one image, with a reason and an end.
type Override struct {
	Criterion string
	Ring      string // of the criterion, or the target ring
	Digest    string
	Verdict   OverrideVerdict
	By        string
	Reason    string
	At        time.Time
	Expires   time.Time
	URL       string
}

// OverrideVerdict is what an override makes of a criterion.
type OverrideVerdict string

const (
	OverridePass OverrideVerdict = "pass"
	OverrideFail OverrideVerdict = "fail"
)

// A Lock keeps every image out of a ring.
type Lock struct {
	Ring    string
	By      string
	Reason  string
	Expires time.Time // zero: never
	URL     string
}

// A Quarantine keeps one image out of a ring and of those that come after it.
type Quarantine struct {
	Ring   string
	Digest string
	Reason string
	At     time.Time
	URL    string
}

// Ancestry is how a commit relates to another, as the compare API of GitHub says it.
type Ancestry string

const (
	AncestryAhead     Ancestry = "ahead"
	AncestryIdentical Ancestry = "identical"
	AncestryBehind    Ancestry = "behind"
	AncestryDiverged  Ancestry = "diverged"
)
