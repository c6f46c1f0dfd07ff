package ringpolicy

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"time"
)

// A Decision says whether an image may enter a ring, or whether the ring must go back, and why.
// Its zero value is no decision and promotes nothing.
type Decision struct {
	Verdict        Verdict
	HoldKind       HoldKind  // of the worst criterion; HoldNone unless the Verdict is Hold
	ReasonCode     Code      // of a hold: that of the worst criterion, the first in the list among equals
	Summary        string    // one line for people
	From           []string  // the upstream rings of the target ring
	To             string    // the target ring
	Digest         string    // of the image
	Revision       string    // commit of the image; "" is not known
	Now            time.Time // the moment of the decision
	NextEligibleAt time.Time // of a hold: the earliest moment at which everything that waits for time is over; zero: nothing waits for time
	Conditional    bool      // time alone will not promote the image at NextEligibleAt
	ValidUntil     time.Time // of a promotion: the earliest moment at which time alone changes it; zero: never
	Criteria       []Result  // every criterion, met or not, in a fixed order
	Warnings       []Warning // ordered by code and text
	Rollback       RollbackPlan
	PolicyDigest   string // see [Policy.Digest]
	EvidenceDigest string // see [Evidence.Digest]
	ID             string // "sha256:" and a hash of the two digests: the same policy and evidence give the same
}

// A Result says how one criterion stands. Ring and ID together identify the criterion.
type Result struct {
	ID         string
	Ring       string
	Kind       string // of the rule, such as "soak" or "checks", see [Rule]; a built-in criterion has it as its ID too
	Title      string // for people
	Status     Status
	Code       Code
	Advisory   bool      // it does not decide
	Observed   string    // for people, at most about 300 bytes
	Required   string    // for people
	EligibleAt time.Time // when time alone will meet it; zero: never
	Evidence   []string  // ids of the facts that it rests on, at most 10
	Links      []string  // pages of those facts, http or https, at most 10

	// Those below help to write the result in other words. The JSON of a decision does not contain them.
	ObservedTimes []time.Time // in Observed, where they are RFC 3339, in this order
	Missing       string      // the facts that were not collected; "" where something was looked at
	Aside         bool        // the headline of the decision leaves it out: see [Decision.Among]
}

// A Warning is worth knowing and decides nothing.
type Warning struct {
	Code Code   `json:"code"`
	Text string `json:"text"` // one line for people
}

// A RollbackPlan says whether the target ring should go back, and to what.
type RollbackPlan struct {
	Needed   bool         // a trigger is proven for what the ring runs
	Mode     Mode         // of the ring
	Running  string       // digest of what the ring runs; "" when it runs nothing, or that is unknown
	Target   string       // digest to go back to; "" when no rollback is needed, or no image is known to be good
	Triggers []SignalKind // those that are proven, sorted
}

// String returns the Summary, and of the zero decision that none was made.
func (d Decision) String() string {
	if d.Verdict == Undecided {
		return errNoDecision.Error()
	}
	return d.Summary
}

// The JSON form of a decision.
type (
	decisionJSON struct {
		Schema         int          `json:"schema"`
		Decision       Verdict      `json:"decision"`
		HoldKind       *HoldKind    `json:"hold_kind"`
		ReasonCode     Code         `json:"reason_code"`
		Summary        string       `json:"summary"`
		Subject        subjectJSON  `json:"subject"`
		Now            *time.Time   `json:"now"`
		NextEligibleAt *time.Time   `json:"next_eligible_at"`
		Conditional    bool         `json:"conditional"`
		ValidUntil     *time.Time   `json:"valid_until"`
		Criteria       []Result     `json:"criteria"`
		Warnings       []Warning    `json:"warnings"`
		Rollback       rollbackJSON `json:"rollback"`
		PolicyDigest   string       `json:"policy_digest"`
		EvidenceDigest string       `json:"evidence_digest"`
		ID             string       `json:"decision_id"`
	}
	subjectJSON struct {
		From     []string `json:"from"`
		To       string   `json:"to"`
		Digest   string   `json:"digest"`
		Revision *string  `json:"revision"`
	}
	rollbackJSON struct {
		Needed   bool         `json:"needed"`
		Mode     Mode         `json:"mode"`
		Running  *string      `json:"running"`
		Target   *string      `json:"target"`
		Triggers []SignalKind `json:"triggers"`
	}
	resultJSON struct {
		ID         string     `json:"id"`
		Ring       string     `json:"ring"`
		Kind       string     `json:"kind"`
		Title      string     `json:"title"`
		Status     Status     `json:"status"`
		Code       Code       `json:"code"`
		Advisory   bool       `json:"advisory"`
		Observed   string     `json:"observed"`
		Required   string     `json:"required"`
		EligibleAt *time.Time `json:"eligible_at"`
		Evidence   []string   `json:"evidence"`
		Links      []string   `json:"links"`
	}
)

// MarshalJSON writes the canonical form: the same decision always gives the same bytes. Times are RFC 3339, UTC.
// The zero decision has no JSON form and is an error.
func (d Decision) MarshalJSON() ([]byte, error) {
	if d.Verdict == Undecided {
		return nil, errNoDecision
	}
	return marshal(decisionJSON{
		1, d.Verdict, orNull(d.HoldKind, HoldNone), d.ReasonCode, d.Summary,
		subjectJSON{list(d.From), d.To, d.Digest, orNull(d.Revision, "")},
		timeOrNull(d.Now), timeOrNull(d.NextEligibleAt), d.Conditional, timeOrNull(d.ValidUntil),
		list(d.Criteria), list(d.Warnings),
		rollbackJSON{d.Rollback.Needed, d.Rollback.Mode, orNull(d.Rollback.Running, ""), orNull(d.Rollback.Target, ""), list(d.Rollback.Triggers)},
		d.PolicyDigest, d.EvidenceDigest, d.ID,
	})
}

// ParseDecision reads the JSON of a decision. Keys that a later version added are ignored. The error says that it is not the
// JSON of a decision: its schema is not 1, or it has an unknown verdict, kind of hold or status.
// ObservedTimes, Missing and Aside of its results are empty.
func ParseDecision(src []byte) (Decision, error) {
	var d Decision
	if err := json.Unmarshal(src, &d); err != nil {
		return Decision{}, fmt.Errorf("decision: %w", err)
	}
	if d.Verdict == Undecided { // the JSON null
		return Decision{}, errNoDecision
	}
	return d, nil
}

// UnmarshalJSON reads what MarshalJSON writes, with the errors of [ParseDecision]; null changes nothing.
func (d *Decision) UnmarshalJSON(src []byte) error {
	if string(src) == "null" {
		return nil
	}
	var x decisionJSON
	if err := json.Unmarshal(src, &x); err != nil {
		return err
	}
	switch {
	case x.Schema != 1:
		return fmt.Errorf("schema %d is not known, expected 1", x.Schema)
	case x.Decision == Undecided:
		return errNoDecision
	case (x.Decision == Hold) != (x.HoldKind != nil && *x.HoldKind < HoldNone):
		return errors.New("hold_kind belongs to the decision hold, and to no other")
	}
	*d = Decision{
		Verdict: x.Decision, HoldKind: orElse(x.HoldKind, HoldNone), ReasonCode: x.ReasonCode, Summary: x.Summary,
		From: unlist(x.Subject.From), To: x.Subject.To, Digest: x.Subject.Digest, Revision: orElse(x.Subject.Revision, ""),
		Now: orElse(x.Now, time.Time{}), NextEligibleAt: orElse(x.NextEligibleAt, time.Time{}), Conditional: x.Conditional,
		ValidUntil: orElse(x.ValidUntil, time.Time{}), Criteria: unlist(x.Criteria), Warnings: unlist(x.Warnings),
		Rollback:     RollbackPlan{x.Rollback.Needed, x.Rollback.Mode, orElse(x.Rollback.Running, ""), orElse(x.Rollback.Target, ""), unlist(x.Rollback.Triggers)},
		PolicyDigest: x.PolicyDigest, EvidenceDigest: x.EvidenceDigest, ID: x.ID,
	}
	return nil
}

// MarshalJSON writes the keys of a criterion in a decision. Times are RFC 3339, UTC.
func (r Result) MarshalJSON() ([]byte, error) {
	return marshal(resultJSON{r.ID, r.Ring, r.Kind, r.Title, r.Status, r.Code, r.Advisory, r.Observed, r.Required,
		timeOrNull(r.EligibleAt), list(r.Evidence), list(r.Links)})
}

// UnmarshalJSON reads what MarshalJSON writes. An unknown status is an error.
func (r *Result) UnmarshalJSON(src []byte) error {
	var x resultJSON
	if err := json.Unmarshal(src, &x); err != nil {
		return err
	}
	*r = Result{
		ID: x.ID, Ring: x.Ring, Kind: x.Kind, Title: x.Title, Status: x.Status, Code: x.Code, Advisory: x.Advisory,
		Observed: x.Observed, Required: x.Required, EligibleAt: orElse(x.EligibleAt, time.Time{}),
		Evidence: unlist(x.Evidence), Links: unlist(x.Links),
	}
	return nil
}

// marshal is json.Marshal that keeps <, > and & as they are.
func marshal(v any) ([]byte, error) {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(v); err != nil {
		return nil, err
	}
	return bytes.TrimSuffix(b.Bytes(), []byte("\n")), nil
}

// orNull returns nil, the JSON null, for the value that stands for none.
func orNull[T comparable](v, none T) *T {
	if v == none {
		return nil
	}
	return &v
}

// orElse is the way back.
func orElse[T any](v *T, none T) T {
	if v == nil {
		return none
	}
	return *v
}

func timeOrNull(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	t = t.UTC()
	return &t
}

// list makes an empty JSON list of nil, and not null.
func list[T any](s []T) []T {
	if s == nil {
		return []T{}
	}
	return s
}

// unlist is the way back.
func unlist[T any](s []T) []T {
	if len(s) == 0 {
		return nil
	}
	return s
}
