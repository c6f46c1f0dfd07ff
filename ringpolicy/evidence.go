package ringpolicy

import "time"

// Evidence is what is known when a decision is asked for.
//
// A nil slice was not collected, which is unknown and holds; an empty one was looked for and is empty.
// Only Overrides, and Gone of a ring, may be nil and then count as empty. The zero Evidence promotes nothing.
//
// The URL of a fact is a page where people can look at it. It decides nothing and is in no digest; a decision passes it
// on among the Links of a [Result] when it is a web address, and else leaves it out.
type Evidence struct {
	Now        time.Time            `json:"now,omitzero"` // the moment of the decision
	Subject    Subject              `json:"subject,omitzero"`
	Rings      map[string]RingFacts `json:"rings,omitzero"` // by ring name
	Checks     []Check              `json:"checks,omitzero"`
	Metrics    []Metric             `json:"metrics,omitzero"`
	Incidents  []Incident           `json:"incidents,omitzero"`
	Approvals  []Approval           `json:"approvals,omitzero"`
	SignOffs   []SignOff            `json:"sign_offs,omitzero"`
	Overrides  []Override           `json:"overrides,omitzero"`
	Locks      []Lock               `json:"locks,omitzero"`
	Quarantine []Quarantine         `json:"quarantine,omitzero"`
	Ancestry   Ancestry             `json:"ancestry,omitzero"` // the candidate against what the target ring runs; "" was not collected
}

// MarshalJSON returns an evidence file, which [ParseEvidence] reads back as the same evidence: a list that was not collected
// is absent, an empty one is empty. Times are RFC 3339.
func (e Evidence) MarshalJSON() ([]byte, error) {
	type plain Evidence // without this method
	return marshal(struct {
		Schema int `json:"schema"`
		plain
	}{1, plain(e)})
}

// UnmarshalJSON reads an evidence file as strictly as [ParseEvidence] does.
func (e *Evidence) UnmarshalJSON(src []byte) error {
	read, err := ParseEvidence("evidence", src)
	if err == nil {
		*e = read
	}
	return err
}

// A Subject is the image that a decision is about, and where it wants to go.
type Subject struct {
	Image        string   `json:"image,omitzero"`
	Digest       string   `json:"digest,omitzero"`   // "sha256:" and 64 hex digits
	Revision     string   `json:"revision,omitzero"` // commit that it was built from; "" was not collected
	PullRequest  int      `json:"pr,omitzero"`
	Version      string   `json:"version,omitzero"`
	Author       string   `json:"author,omitzero"`       // of the change; "" was not collected
	Contributors []string `json:"contributors,omitzero"` // other people who wrote the change; nil was not collected
	To           string   `json:"to,omitzero"`           // the target ring
	Retry        bool     `json:"retry,omitzero"`        // a person said that the image may try again where its deployment failed
}

// RingFacts are the facts of one ring.
type RingFacts struct {
	History []Record `json:"history,omitzero"`
	Signals []Signal `json:"signals,omitzero"`
	Gone    []string `json:"gone,omitzero"` // digests of images that the registry no longer has: the ring cannot go back to them
}

// A Record is one deployment of an image to a ring.
type Record struct {
	ID          string    `json:"id"`
	Digest      string    `json:"digest"`
	Revision    string    `json:"revision,omitzero"`
	PullRequest int       `json:"pr,omitzero"`      // 0: none, or not known
	Version     string    `json:"version,omitzero"` // of a release; "": none, or not known
	Outcome     Outcome   `json:"outcome"`
	From        time.Time `json:"from"`              // when it succeeded or failed; when it began, while it is in progress
	To          time.Time `json:"to,omitzero"`       // when it went out of service, or the failed one was taken back; zero: it was not, or the next stay says when
	Rollback    bool      `json:"rollback,omitzero"` // it was deployed by going back
	NotDeployed bool      `json:"-"`                 // a failure before anything was deployed, since a tag could not be moved; in JSON "deployed": false
	URL         string    `json:"url,omitzero"`
}

// MarshalJSON writes the keys of a record in an evidence file.
func (r Record) MarshalJSON() ([]byte, error) {
	type plain Record // without this method
	x := struct {
		plain
		Deployed *bool `json:"deployed,omitempty"`
	}{plain: plain(r)}
	if r.NotDeployed {
		x.Deployed = new(bool)
	}
	return marshal(x)
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
	Kind   SignalKind  `json:"kind"`
	State  SignalState `json:"state"`
	At     time.Time   `json:"at"`
	Digest string      `json:"digest,omitzero"` // "": of the image whose failed deployment was open then, else of what the ring ran
	URL    string      `json:"url,omitzero"`
}

// SignalState is what a signal says.
type SignalState string

const (
	SignalPassing SignalState = "passing"
	SignalFailing SignalState = "failing"
)

// A Check is a run of a check, or a commit status.
type Check struct {
	Name         string     `json:"name"`
	App          string     `json:"app,omitzero"`      // that runs it; "" for a commit status
	Workflow     string     `json:"workflow,omitzero"` // path of the workflow file that it is a job of, perhaps with "@" and a version; "" when there is none, or it was not collected
	Creator      string     `json:"creator,omitzero"`  // login of who set the commit status; "" for a run of a check, or when it was not collected
	State        CheckState `json:"state"`
	Revision     string     `json:"revision"`
	RunStartedAt time.Time  `json:"run_started_at,omitzero"` // of this attempt; zero: not known
	Attempt      int        `json:"attempt,omitzero"`
	ID           int64      `json:"id,omitzero"`
	CompletedAt  time.Time  `json:"completed_at,omitzero"`
	URL          string     `json:"url,omitzero"`
}

// A Metric is a measurement.
type Metric struct {
	Name     string    `json:"name"`
	Value    string    `json:"value"`             // decimal; anything else counts as not a number
	Baseline string    `json:"baseline,omitzero"` // decimal; "" for none
	Unit     string    `json:"unit,omitzero"`
	Samples  int64     `json:"samples,omitzero"`
	From     time.Time `json:"from"` // the time that it was measured over
	To       time.Time `json:"to"`
	Digest   string    `json:"digest,omitzero"` // "" when it is not of one image
	URL      string    `json:"url,omitzero"`
}

// An Incident is trouble that people track.
type Incident struct {
	ID       string    `json:"id"`
	Severity string    `json:"severity"`
	OpenedAt time.Time `json:"opened_at,omitzero"`
	ClosedAt time.Time `json:"closed_at,omitzero"` // zero: open
	URL      string    `json:"url,omitzero"`
}

// An Approval is what a person said of the image in a role.
type Approval struct {
	By       string        `json:"by"`
	Role     string        `json:"role"`
	State    ApprovalState `json:"state"`
	At       time.Time     `json:"at"`
	Revision string        `json:"revision,omitzero"`
	Digest   string        `json:"digest,omitzero"` // when given, it says which image, and not the revision
	Bot      bool          `json:"bot,omitzero"`
	URL      string        `json:"url,omitzero"`
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
	ID     string       `json:"id"` // of the criterion
	By     string       `json:"by"`
	State  SignOffState `json:"state"`
	At     time.Time    `json:"at"`
	Digest string       `json:"digest"`
	URL    string       `json:"url,omitzero"`
}

// SignOffState is what a sign-off says.
type SignOffState string

const (
	SignOffGiven   SignOffState = "given"
	SignOffRefused SignOffState = "refused"
)

// An Override is a person's verdict on one criterion for one image, with a reason and an end.
type Override struct {
	Criterion string          `json:"criterion"`
	Ring      string          `json:"ring"` // of the criterion, or the target ring
	Digest    string          `json:"digest,omitzero"`
	Verdict   OverrideVerdict `json:"verdict"`
	By        string          `json:"by,omitzero"`
	Reason    string          `json:"reason,omitzero"`
	At        time.Time       `json:"at,omitzero"`
	Expires   time.Time       `json:"expires,omitzero"`
	URL       string          `json:"url,omitzero"`
}

// OverrideVerdict is what an override makes of a criterion.
type OverrideVerdict string

const (
	OverridePass OverrideVerdict = "pass"
	OverrideFail OverrideVerdict = "fail"
)

// A Lock keeps every image out of a ring.
type Lock struct {
	Ring    string    `json:"ring"`
	By      string    `json:"by,omitzero"`
	Reason  string    `json:"reason,omitzero"`
	Expires time.Time `json:"expires,omitzero"` // zero: never
	URL     string    `json:"url,omitzero"`
}

// A Quarantine keeps one image out of a ring and of those that come after it.
type Quarantine struct {
	Ring   string    `json:"ring"`
	Digest string    `json:"digest"`
	Reason string    `json:"reason,omitzero"`
	At     time.Time `json:"at,omitzero"`
	URL    string    `json:"url,omitzero"`
}

// Ancestry is how a commit relates to another, as the compare API of GitHub says it.
type Ancestry string

const (
	AncestryAhead     Ancestry = "ahead"
	AncestryIdentical Ancestry = "identical"
	AncestryBehind    Ancestry = "behind"
	AncestryDiverged  Ancestry = "diverged"
)
