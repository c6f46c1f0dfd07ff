package ringpolicy

import (
	"fmt"
	"slices"

	"github.com/wizzense/deployment-rings/ringpolicy/internal/strict"
)

// A Code is the machine-readable reason of a decision, of a criterion in it, or of a warning. The list is closed: a minor
// version may add codes, but never changes what one means. A code is of the criterion that its comment names; the fixed
// criteria are "lock", "quarantine", "settled", "attempts", "ancestry" and "window" of the target ring, and "lineage",
// "rollback" and "soak" of each ring upstream of it.
type Code string

// Codes of any criterion, and of a promotion.
const (
	CodeOK              Code = "ok"               // the criterion is met; of a promotion: every deciding criterion is met
	CodeWaived          Code = "waived"           // an override, or a person's word to retry, passed the criterion; of a promotion: at least one is waived
	CodeEvidenceMissing Code = "evidence_missing" // unknown: the facts that the criterion needs were not collected
	CodeOverrideFail    Code = "override_fail"    // unmet: a person's override fails the criterion
	CodeOverrideIgnored Code = "override_ignored" // a warning: an override does not count; its text says why
)

// Codes of soak, the stay in a ring before the image moves on.
const (
	CodeSoakRunning        Code = "soak_running"         // waiting: the image is in service, and its stay is shorter than soak.min
	CodeSoakStartMissing   Code = "soak_start_missing"   // unknown: no successful deployment of the image to the ring is known
	CodeSoakOverdue        Code = "soak_overdue"         // a warning: the stay is longer than soak.max
	CodeSoakExpired        Code = "soak_expired"         // unmet: the stay is longer than soak.max, and on_overdue is expire
	CodeClockSkew          Code = "clock_skew"           // a warning: the stay begins at most 5 minutes after now, and counts as 0
	CodeClockSkewExcessive Code = "clock_skew_excessive" // unknown: the stay begins more than 5 minutes after now
	CodeSupersededUpstream Code = "superseded_upstream"  // unmet: another image replaced this one before its soak was complete; a warning: after that
)

// Codes of lineage, which asks that the image was in service in a ring before, and of rollback of such a ring.
const (
	CodeUpstreamMissing     Code = "upstream_missing"     // unmet: the image was never in service in the ring before
	CodeIdentityMismatch    Code = "identity_mismatch"    // unmet: the ring before ran another image of the same commit
	CodeVerificationRevoked Code = "verification_revoked" // unmet: the newest finished deployment of the image there failed, or was taken back
	CodeSignalFailing       Code = "signal_failing"       // unmet: of rollback, signals prove that the image is bad there; of a signals criterion, too many are failing
)

// Codes of checks criteria.
const (
	CodeCheckFailed         Code = "check_failed"          // unmet: the newest run of a check ended in a state that is not accepted
	CodeCheckPending        Code = "check_pending"         // pending: the newest run of a check has not ended
	CodeCheckMissing        Code = "check_missing"         // unknown: no check matches one of the names
	CodeCheckSkipped        Code = "check_skipped"         // unmet: the newest run of a check was skipped
	CodeCheckOrderAmbiguous Code = "check_order_ambiguous" // unknown: which run of a check is the newest is not certain, and their states differ
)

// Codes of metric criteria.
const (
	CodeMetricViolated     Code = "metric_violated"      // unmet: the value is beyond the limit
	CodeMetricMissing      Code = "metric_missing"       // unknown: no measurement has this name and unit and is of this image or of no image
	CodeMetricNotANumber   Code = "metric_not_a_number"  // unknown: the value or the baseline is not a decimal number
	CodeMetricFewSamples   Code = "metric_few_samples"   // unknown: it has fewer samples than min_samples
	CodeMetricStale        Code = "metric_stale"         // unknown: it is older than max_age
	CodeMetricBeforeDeploy Code = "metric_before_deploy" // unknown: the measured time begins before the deployment
	CodeBaselineMissing    Code = "baseline_missing"     // unknown: "within" has no baseline to compare with
	CodeBaselineZero       Code = "baseline_zero"        // unknown: the baseline is 0, of which nothing is a percentage
)

// CodeIncidentOpen is of incidents criteria, unmet: more incidents of these severities are open than at_most.
const CodeIncidentOpen Code = "incident_open"

// Codes of what people say.
const (
	CodePersonUnknown    Code = "person_unknown"    // unknown: of an approval or sign_off criterion, or of rollback, whether a person holds the role is not known, and the answer hangs on it
	CodeStatementIgnored Code = "statement_ignored" // a warning: an approval, a rejection or a sign-off does not count; its text says whose, and why
)

// Codes of approval criteria.
const (
	CodeApprovalPending  Code = "approval_pending"  // pending: fewer people approved than at_least
	CodeApprovalRejected Code = "approval_rejected" // unmet: at least one person who may approve rejected
	CodeApprovalsStale   Code = "approvals_stale"   // pending: fewer people approved, and a person who may approve did so for another revision or image
)

// Codes of sign_off criteria.
const (
	CodeSignOffMissing Code = "sign_off_missing" // pending: no person who counts signed off
	CodeSignOffRefused Code = "sign_off_refused" // unmet: a person refused
	CodeSignOffStale   Code = "sign_off_stale"   // pending: a person signed off another image
)

// Codes of window.
const (
	CodeWindowClosed           Code = "window_closed"             // waiting: no allow window is open
	CodeFreezeActive           Code = "freeze_active"             // waiting: a deny window is open
	CodeNoOpeningWithinHorizon Code = "no_opening_within_horizon" // unmet: the windows do not open within 366 days; of a planned rollback too
)

// Codes of lock, quarantine, settled, attempts and ancestry of the target ring.
const (
	CodeLocked          Code = "locked"           // unmet: a person locked the ring
	CodeQuarantined     Code = "quarantined"      // unmet: the image is quarantined in the target ring or in a ring upstream of it
	CodeNotSettled      Code = "not_settled"      // pending: a deployment of another image has been in progress for less than 24 hours; of a rollback: of any image
	CodeFailedHere      Code = "failed_here"      // unmet: as many deployments of the image in a row failed in the target ring as the ring's attempts allow
	CodeDowngrade       Code = "downgrade"        // unmet: the commit of the image is behind that of what the ring runs
	CodeHistoryDiverged Code = "history_diverged" // unmet: neither of the two commits is an ancestor of the other
)

// CodeAlreadyThere is the reason of a noop, and of a rollback by hand that puts the tag of the ring back: the ring runs the image.
const CodeAlreadyThere Code = "already_there"

// Codes of rollback of the target ring, and of a rollback by hand.
const (
	CodeRollbackTriggered   Code = "rollback_triggered"   // the ring goes back: signals prove that what it runs is bad, or a person asked for it
	CodeRollbackRecommended Code = "rollback_recommended" // a person has to decide: unmet in mode emergency, pending in mode fast_track
	CodeRollbackScheduled   Code = "rollback_scheduled"   // waiting, in mode planned: the ring's windows are closed
	CodeRollbackCooldown    Code = "rollback_cooldown"    // waiting: the last rollback of the ring is more recent than its cooldown
	CodeRollbackLoopGuard   Code = "rollback_loop_guard"  // unmet: the ring runs what it went back to
	CodeNoRollbackTarget    Code = "no_rollback_target"   // unmet: the ring has no earlier image that is known to be good
	CodeTargetGone          Code = "target_gone"          // a warning: the registry no longer has an image that the ring could go back to
)

// needsPerson reports whether only a person can end a hold of this code: neither time nor the next run does.
func (c Code) needsPerson() bool {
	switch c {
	case CodeLocked, CodeQuarantined, CodeFailedHere, CodeIdentityMismatch, CodeDowngrade, CodeHistoryDiverged, CodeNoOpeningWithinHorizon, CodeRollbackLoopGuard, CodeNoRollbackTarget:
		return true
	}
	return false
}

// Verdict is the answer of a decision, in order of precedence. The zero Verdict, Undecided, promotes nothing.
type Verdict uint8

// All verdicts. In JSON they are "undecided", "rollback", "noop", "hold" and "promote".
const (
	Undecided Verdict = iota // no decision was made
	Rollback                 // the target ring must go back
	Noop                     // the target ring runs the image already
	Hold                     // at least one deciding criterion is neither met nor waived
	Promote                  // every deciding criterion is met or waived
)

var verdictNames = []string{"undecided", "rollback", "noop", "hold", "promote"}

// String returns the verdict's name in JSON.
func (v Verdict) String() string {
	return nameOf(v, verdictNames)
}

// MarshalText returns String. It has no error.
func (v Verdict) MarshalText() ([]byte, error) { return []byte(v.String()), nil }

// UnmarshalText reads what MarshalText writes; any other text is an error.
func (v *Verdict) UnmarshalText(text []byte) (err error) {
	*v, err = named[Verdict](text, verdictNames)
	return err
}

// Status is how a criterion stands, from the worst to the best. The zero Status is Unmet.
type Status uint8

// All statuses. In JSON they are "unmet", "unknown", "pending", "waiting", "waived" and "met". Unmet to Waiting keep an image out.
const (
	Unmet   Status = iota // looked at, and does not hold
	Unknown               // not collected, or not comparable
	Pending               // an approval, a check or a deployment is still to come
	Waiting               // time alone will meet it
	Waived                // an override passes it
	Met                   // looked at, and holds
)

var statusNames = []string{"unmet", "unknown", "pending", "waiting", "waived", "met"}

// String returns the status's name in JSON.
func (s Status) String() string {
	return nameOf(s, statusNames)
}

// MarshalText returns String. It has no error.
func (s Status) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// UnmarshalText reads what MarshalText writes; any other text is an error.
func (s *Status) UnmarshalText(text []byte) (err error) {
	*s, err = named[Status](text, statusNames)
	return err
}

// blocks reports whether a criterion of this status keeps an image out.
func (s Status) blocks() bool { return s < Waived }

// HoldKind says what a hold waits for, from the worst to the best. The zero HoldKind is HoldBlocked.
type HoldKind uint8

// All kinds of holds. In JSON they are "blocked", "failed", "unknown", "pending" and "waiting", and null without a hold.
const (
	HoldBlocked HoldKind = iota // a person must act
	HoldFailed                  // something was looked at and does not hold
	HoldUnknown                 // something was not collected
	HoldPending                 // something is still to come
	HoldWaiting                 // time alone will end it
	HoldNone                    // it is not a hold
)

var holdNames = []string{"blocked", "failed", "unknown", "pending", "waiting", ""}

// String returns the kind's name in JSON; "" for HoldNone.
func (h HoldKind) String() string {
	return nameOf(h, holdNames)
}

// MarshalText returns String. It has no error.
func (h HoldKind) MarshalText() ([]byte, error) { return []byte(h.String()), nil }

// UnmarshalText reads what MarshalText writes; any other text is an error.
func (h *HoldKind) UnmarshalText(text []byte) (err error) {
	*h, err = named[HoldKind](text, holdNames)
	return err
}

func nameOf[T ~uint8](v T, names []string) string {
	if int(v) < len(names) {
		return names[v]
	}
	return fmt.Sprintf("invalid(%d)", uint8(v))
}

// named returns the value of a name.
func named[T ~uint8](name []byte, names []string) (T, error) {
	i := slices.Index(names, string(name))
	if i < 0 {
		return 0, fmt.Errorf("unknown value %q%s", clip(string(name)), strict.Suggest(string(name), names))
	}
	return T(i), nil
}

// holdKind classifies a hold by status and reason code.
func holdKind(s Status, c Code) HoldKind {
	switch {
	case !s.blocks():
		return HoldNone
	case s == Unmet && c.needsPerson():
		return HoldBlocked
	}
	return HoldFailed + HoldKind(s)
}
