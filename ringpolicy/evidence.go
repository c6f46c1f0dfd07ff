package ringpolicy

import "time"

// Evidence contains the facts that a decision is made from, as they are known at one moment.
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
	Quarantine []Quarantine         `json:"quarantine,omitzero"` // what is quarantined at Now: whoever collects it leaves out what has ended
	Ancestry   Ancestry             `json:"ancestry,omitzero"`   // the image's commit against that of what the target ring runs; "" was not collected
	People     []Person             `json:"people,omitzero"`     // who the people are that the roles of the policy ask about
}

// MarshalJSON returns an evidence file, which [ParseEvidence] reads back as the same evidence: a list that was not collected
// is absent, an empty one is empty. Times are RFC 3339. The error is that of encoding/json for a year beyond 9999.
func (e Evidence) MarshalJSON() ([]byte, error) {
	type plain Evidence // without this method
	return marshal(struct {
		Schema int `json:"schema"`
		plain
	}{1, plain(e)})
}

// UnmarshalJSON reads an evidence file as strictly as [ParseEvidence] does, with the same error.
func (e *Evidence) UnmarshalJSON(src []byte) error {
	read, err := ParseEvidence("evidence", src)
	if err == nil {
		*e = read
	}
	return err
}

// A Subject is the image that a decision is about, and where it wants to go.
type Subject struct {
	Image        string   `json:"image,omitzero"`        // name without tag or digest; a decision does not need it
	Digest       string   `json:"digest,omitzero"`       // "sha256:" and 64 lower-case hex digits
	Revision     string   `json:"revision,omitzero"`     // full hash of the commit that it was built from; "" was not collected
	PullRequest  int      `json:"pr,omitzero"`           // number of the pull request; 0: none
	Version      string   `json:"version,omitzero"`      // of a release; "": none
	Author       string   `json:"author,omitzero"`       // login of the author of the change; "" was not collected
	Contributors []string `json:"contributors,omitzero"` // logins of other people who wrote the change; nil was not collected
	To           string   `json:"to,omitzero"`           // name of the target ring
	Retry        bool     `json:"retry,omitzero"`        // a person said that the image may try again where its deployment failed
}

// RingFacts are the facts of one ring.
type RingFacts struct {
	History []Record `json:"history,omitzero"` // in any order; nil was not collected
	Signals []Signal `json:"signals,omitzero"` // in any order; nil was not collected
	Gone    []string `json:"gone,omitzero"`    // digests of images that the registry no longer has: the ring cannot go back to them
}

// A Record is one deployment of an image to a ring.
type Record struct {
	ID          string    `json:"id"`                // of the ledger; records of the same second are ordered by it
	Digest      string    `json:"digest"`            // of the image
	Revision    string    `json:"revision,omitzero"` // commit of the image; "" is not known
	PullRequest int       `json:"pr,omitzero"`       // 0: none, or not known
	Version     string    `json:"version,omitzero"`  // of a release; "": none, or not known
	Outcome     Outcome   `json:"outcome"`
	From        time.Time `json:"from"`              // when it succeeded or failed; when it began, while it is in progress
	To          time.Time `json:"to,omitzero"`       // when it went out of service, or the failed one was taken back; zero: it was not, or the next stay says when
	Rollback    bool      `json:"rollback,omitzero"` // it was deployed by going back
	NotDeployed bool      `json:"-"`                 // a failure before anything was deployed, since a tag could not be moved; in JSON "deployed": false
	URL         string    `json:"url,omitzero"`
}

// MarshalJSON writes the keys of a record in an evidence file. The error is that of encoding/json for a year beyond 9999.
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

// All outcomes. Those that succeeded or were rolled back are stays in the ring, see [RingFacts.Stays].
const (
	OutcomeInProgress Outcome = "in_progress" // it has not ended
	OutcomeSuccess    Outcome = "success"     // the ring runs the image, or did
	OutcomeFailure    Outcome = "failure"     // the image did not come into service
	OutcomeRolledBack Outcome = "rolled_back" // it succeeded, and was taken back later
)

// A Signal reports one look of a health or smoke job at an image in a ring.
type Signal struct {
	Kind   SignalKind  `json:"kind"`
	State  SignalState `json:"state"`
	At     time.Time   `json:"at"`              // when the job looked
	Digest string      `json:"digest,omitzero"` // "": of the image whose failed deployment was open then, else of what the ring ran
	URL    string      `json:"url,omitzero"`
}

// SignalState says whether the job found the image well.
type SignalState string

// Both states.
const (
	SignalPassing SignalState = "passing" // the image is well; failing signals before it no longer count for a trigger
	SignalFailing SignalState = "failing" // it is not
)

// A Check is a run of a check, or a commit status.
type Check struct {
	Name         string     `json:"name"`              // of the check run, or the context of the status
	App          string     `json:"app,omitzero"`      // that runs it; "" for a commit status
	Workflow     string     `json:"workflow,omitzero"` // path of the workflow file that it is a job of, perhaps with "@" and a version; "" when it is of no workflow, or that was not collected
	Creator      string     `json:"creator,omitzero"`  // login of the account that set the commit status; "" for a run of a check, or when it was not collected
	State        CheckState `json:"state"`
	Revision     string     `json:"revision"`                // full hash of the commit that was checked
	RunStartedAt time.Time  `json:"run_started_at,omitzero"` // of this attempt; zero: not known
	Attempt      int        `json:"attempt,omitzero"`        // of the workflow run, from 1; it decides nothing
	ID           int64      `json:"id,omitzero"`             // of the run; later ones have higher ids
	CompletedAt  time.Time  `json:"completed_at,omitzero"`   // it decides nothing
	URL          string     `json:"url,omitzero"`
}

// A Metric is one measurement over a time.
type Metric struct {
	Name     string    `json:"name"`              // that a [MetricRule] asks for
	Value    string    `json:"value"`             // decimal, see [ParseDecimal]; anything else counts as not a number
	Baseline string    `json:"baseline,omitzero"` // decimal, in the same unit; "" for none
	Unit     string    `json:"unit,omitzero"`     // of value and baseline, such as "ms" or "percent"; "" for none
	Samples  int64     `json:"samples,omitzero"`  // how many the value is made of
	From     time.Time `json:"from"`              // when the measured time began
	To       time.Time `json:"to"`                // when it ended
	Digest   string    `json:"digest,omitzero"`   // of the image that was measured; "": it counts for every image
	URL      string    `json:"url,omitzero"`
}

// An Incident is trouble that people track.
type Incident struct {
	ID       string    `json:"id"`                 // such as "#77"
	Severity string    `json:"severity"`           // a word of the policy, such as "critical"
	OpenedAt time.Time `json:"opened_at,omitzero"` // it decides nothing
	ClosedAt time.Time `json:"closed_at,omitzero"` // zero, or after Now: open
	URL      string    `json:"url,omitzero"`
}

// An Approval is a statement of a person about the image, in a role.
type Approval struct {
	By       string        `json:"by"`   // login, without regard to case
	Role     string        `json:"role"` // that an [ApprovalRule] asks for, or "rollback"
	State    ApprovalState `json:"state"`
	At       time.Time     `json:"at"`                // when it was said; of each person the newest counts
	Revision string        `json:"revision,omitzero"` // full hash of the commit that it is about
	Digest   string        `json:"digest,omitzero"`   // of the image that it is about; where it is given, Revision does not count
	Bot      bool          `json:"bot,omitzero"`      // By is no person, so it does not count
	URL      string        `json:"url,omitzero"`
}

// ApprovalState is the answer in an approval.
type ApprovalState string

// All answers.
const (
	ApprovalApproved  ApprovalState = "approved"  // yes
	ApprovalRejected  ApprovalState = "rejected"  // no, which alone keeps the image out
	ApprovalCommented ApprovalState = "commented" // neither; it does not replace an earlier answer
	ApprovalDismissed ApprovalState = "dismissed" // an earlier answer no longer counts
)

// A SignOff is a person's statement that a criterion holds for an image.
type SignOff struct {
	ID     string       `json:"id"` // of the criterion
	By     string       `json:"by"` // login, without regard to case
	State  SignOffState `json:"state"`
	At     time.Time    `json:"at"`     // when it was said; of each person the newest counts
	Digest string       `json:"digest"` // of the image
	URL    string       `json:"url,omitzero"`
}

// SignOffState is the answer in a sign-off.
type SignOffState string

// Both answers.
const (
	SignOffGiven   SignOffState = "given"   // the criterion holds for the image
	SignOffRefused SignOffState = "refused" // it does not
)

// An Override is a person's verdict on one criterion for one image, with a reason and an end. One without digest, person,
// reason or end does not count, and a decision has a warning about it.
type Override struct {
	Criterion string          `json:"criterion"`       // id of the criterion
	Ring      string          `json:"ring"`            // of the criterion, or the target ring
	Digest    string          `json:"digest,omitzero"` // of the image
	Verdict   OverrideVerdict `json:"verdict"`
	By        string          `json:"by,omitzero"` // login, without regard to case
	Reason    string          `json:"reason,omitzero"`
	At        time.Time       `json:"at,omitzero"`      // when it was said
	Expires   time.Time       `json:"expires,omitzero"` // it counts before this moment
	URL       string          `json:"url,omitzero"`
}

// OverrideVerdict says whether an override passes a criterion or fails it.
type OverrideVerdict string

// Both verdicts. Where two overrides disagree, fail counts.
const (
	OverridePass OverrideVerdict = "pass" // a waivable criterion becomes waived; not by the author or a contributor of the change
	OverrideFail OverrideVerdict = "fail" // the criterion becomes unmet
)

// A Lock keeps every image out of a ring. A rollback it does not stop.
type Lock struct {
	Ring    string    `json:"ring"`
	By      string    `json:"by,omitzero"`      // login of the person who locked it
	Reason  string    `json:"reason,omitzero"`  // for people
	Expires time.Time `json:"expires,omitzero"` // it counts before this moment; zero: for ever
	URL     string    `json:"url,omitzero"`
}

// A Quarantine keeps one image out of a ring and of those that come after it.
type Quarantine struct {
	Ring   string    `json:"ring"`
	Digest string    `json:"digest"`          // of the image
	Reason string    `json:"reason,omitzero"` // for people
	At     time.Time `json:"at,omitzero"`     // since when
	URL    string    `json:"url,omitzero"`
}

// A Person is one whose word a role of the policy may ask for, see [People]. Of a person who is not listed nothing is known.
type Person struct {
	Login      string     `json:"login"`               // without regard to case
	Permission Permission `json:"permission,omitzero"` // in the repository; "" was not collected
	Teams      []string   `json:"teams,omitzero"`      // "org/team", without regard to case, at least those that roles name; nil was not collected
}

// Ancestry says how the commit of an image relates to that of what the target ring runs, in the words of GitHub's compare API.
type Ancestry string

// All answers.
const (
	AncestryAhead     Ancestry = "ahead"     // it has that commit and others
	AncestryIdentical Ancestry = "identical" // it is that commit
	AncestryBehind    Ancestry = "behind"    // that commit has it and others: the image would be a downgrade
	AncestryDiverged  Ancestry = "diverged"  // each has commits that the other lacks
)
