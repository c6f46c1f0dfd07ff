package ringpolicy

import (
	"bytes"
	"encoding/json"
	"time"
)

// A Decision says whether an image may enter a ring, or whether the ring must go back, and why.
// Its zero value is no decision and promotes nothing.
type Decision struct {
	Verdict        Verdict
	HoldKind       HoldKind // NoHold unless the Verdict is Hold
	ReasonCode     Code     // of the worst criterion, the first in the list among equals
	Summary        string   // one line for people
	From           []string // the rings that the image comes from
	To             string   // the target ring
	Digest         string   // of the image
	Revision       string
	Now            time.Time // the moment of the decision
	NextEligibleAt time.Time // when time will have done its part; zero: time alone changes nothing
	Conditional    bool      // NextEligibleAt alone is not enough
	ValidUntil     time.Time // when time alone ends a promotion; zero: never
	Criteria       []Result  // every one, met or not
	Warnings       []Warning
	Rollback       RollbackPlan
	PolicyDigest   string
	EvidenceDigest string
	ID             string // of the decision: the same policy and evidence have the same
}

// A Result is how one criterion stands.
type Result struct {
	ID         string
	Ring       string // with ID what the criterion is known by
	Kind       string // "soak", "checks", …
	Title      string
	Status     Status
	Code       Code
	Advisory   bool      // it does not decide
	Observed   string    // for people
	Required   string    // for people
	EligibleAt time.Time // when time alone will meet it; zero: never
	Evidence   []string  // ids of the facts that it rests on, at most 10
	Links      []string  // pages of those facts, http or https, at most 10

	ObservedTimes []time.Time // in Observed, where they are RFC 3339, in this order
	Missing       string      // the facts that were not collected; "" where something was looked at

	changes  time.Time // when time alone may end it
	groups   []int     // upstream rings that ask for it; none: the target ring itself
	waivable bool      // an override may pass it
}

// A Warning is worth knowing and decides nothing.
type Warning struct {
	Code Code   `json:"code"`
	Text string `json:"text"`
}

// A RollbackPlan says whether the target ring should go back, and to what.
type RollbackPlan struct {
	Needed   bool // a trigger is proven for what the ring runs
	Mode     Mode
	Running  string       // digest of what the ring runs; "" when nothing or unknown
	Target   string       // digest to go back to; "" when there is none
	Triggers []SignalKind // that are proven
}

// String returns the decision as one line for people.
func (d Decision) String() string {
	if d.Verdict == Undecided {
		return errNoDecision.Error()
	}
	return d.Summary
}

// MarshalJSON writes the canonical form: the same decision always gives the same bytes. Times are RFC 3339, UTC.
// The zero decision has no JSON form and is an error.
func (d Decision) MarshalJSON() ([]byte, error) {
	if d.Verdict == Undecided {
		return nil, errNoDecision
	}
	type subject struct {
		From     []string `json:"from"`
		To       string   `json:"to"`
		Digest   string   `json:"digest"`
		Revision *string  `json:"revision"`
	}
	type rollback struct {
		Needed   bool         `json:"needed"`
		Mode     Mode         `json:"mode"`
		Running  *string      `json:"running"`
		Target   *string      `json:"target"`
		Triggers []SignalKind `json:"triggers"`
	}
	return marshal(struct {
		Schema         int        `json:"schema"`
		Decision       Verdict    `json:"decision"`
		HoldKind       *string    `json:"hold_kind"`
		ReasonCode     Code       `json:"reason_code"`
		Summary        string     `json:"summary"`
		Subject        subject    `json:"subject"`
		Now            *time.Time `json:"now"`
		NextEligibleAt *time.Time `json:"next_eligible_at"`
		Conditional    bool       `json:"conditional"`
		ValidUntil     *time.Time `json:"valid_until"`
		Criteria       []Result   `json:"criteria"`
		Warnings       []Warning  `json:"warnings"`
		Rollback       rollback   `json:"rollback"`
		PolicyDigest   string     `json:"policy_digest"`
		EvidenceDigest string     `json:"evidence_digest"`
		ID             string     `json:"decision_id"`
	}{
		1, d.Verdict, textOrNull(d.HoldKind.String()), d.ReasonCode, d.Summary,
		subject{list(d.From), d.To, d.Digest, textOrNull(d.Revision)},
		timeOrNull(d.Now), timeOrNull(d.NextEligibleAt), d.Conditional, timeOrNull(d.ValidUntil),
		list(d.Criteria), list(d.Warnings),
		rollback{d.Rollback.Needed, d.Rollback.Mode, textOrNull(d.Rollback.Running), textOrNull(d.Rollback.Target), list(d.Rollback.Triggers)},
		d.PolicyDigest, d.EvidenceDigest, d.ID,
	})
}

// MarshalJSON writes the keys of a criterion in a decision.
func (r Result) MarshalJSON() ([]byte, error) {
	return marshal(struct {
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
	}{r.ID, r.Ring, r.Kind, r.Title, r.Status, r.Code, r.Advisory, r.Observed, r.Required, timeOrNull(r.EligibleAt), list(r.Evidence), list(r.Links)})
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

func textOrNull(s string) *string {
	if s == "" {
		return nil
	}
	return &s
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
