package ringpolicy

import (
	"fmt"
	"slices"

	"github.com/wizzense/deployment-rings/ringpolicy/internal/strict"
)

// Code says why: a closed list, to which a minor version may add.
type Code string

const (
	CodeOK     Code = "ok"
	CodeWaived Code = "waived"

	CodeSoakRunning        Code = "soak_running"
	CodeSoakStartMissing   Code = "soak_start_missing"
	CodeSoakOverdue        Code = "soak_overdue"
	CodeSoakExpired        Code = "soak_expired"
	CodeClockSkew          Code = "clock_skew"
	CodeClockSkewExcessive Code = "clock_skew_excessive"

	CodeUpstreamMissing     Code = "upstream_missing"
	CodeIdentityMismatch    Code = "identity_mismatch"
	CodeVerificationRevoked Code = "verification_revoked"
	CodeSupersededUpstream  Code = "superseded_upstream"

	CodeCheckFailed         Code = "check_failed"
	CodeCheckPending        Code = "check_pending"
	CodeCheckMissing        Code = "check_missing"
	CodeCheckSkipped        Code = "check_skipped"
	CodeCheckOrderAmbiguous Code = "check_order_ambiguous"

	CodeSignalFailing Code = "signal_failing"

	CodeMetricViolated     Code = "metric_violated"
	CodeMetricMissing      Code = "metric_missing"
	CodeMetricNotANumber   Code = "metric_not_a_number"
	CodeMetricFewSamples   Code = "metric_few_samples"
	CodeMetricStale        Code = "metric_stale"
	CodeMetricBeforeDeploy Code = "metric_before_deploy"
	CodeBaselineMissing    Code = "baseline_missing"
	CodeBaselineZero       Code = "baseline_zero"

	CodeIncidentOpen Code = "incident_open"

	CodeApprovalPending  Code = "approval_pending"
	CodeApprovalRejected Code = "approval_rejected"
	CodeApprovalsStale   Code = "approvals_stale"

	CodeSignOffMissing Code = "sign_off_missing"
	CodeSignOffRefused Code = "sign_off_refused"
	CodeSignOffStale   Code = "sign_off_stale"

	CodeWindowClosed           Code = "window_closed"
	CodeFreezeActive           Code = "freeze_active"
	CodeNoOpeningWithinHorizon Code = "no_opening_within_horizon"

	CodeLocked          Code = "locked"
	CodeQuarantined     Code = "quarantined"
	CodeNotSettled      Code = "not_settled"
	CodeDowngrade       Code = "downgrade"
	CodeHistoryDiverged Code = "history_diverged"

	CodeEvidenceMissing Code = "evidence_missing"

	CodeFailedHere Code = "failed_here" // the newest deployments of the image in the target ring failed
	CodeTargetGone Code = "target_gone" // a warning: the registry no longer has an image that the ring could go back to

	CodeOverrideIgnored Code = "override_ignored"
	CodeOverrideFail    Code = "override_fail"

	CodeAlreadyThere Code = "already_there"

	CodeRollbackTriggered   Code = "rollback_triggered"
	CodeRollbackRecommended Code = "rollback_recommended"
	CodeRollbackScheduled   Code = "rollback_scheduled"
	CodeRollbackCooldown    Code = "rollback_cooldown"
	CodeRollbackLoopGuard   Code = "rollback_loop_guard"
	CodeNoRollbackTarget    Code = "no_rollback_target"
)

// needsPerson reports whether neither time nor the next run will cure what the code names.
func (c Code) needsPerson() bool {
	switch c {
	case CodeLocked, CodeQuarantined, CodeFailedHere, CodeIdentityMismatch, CodeDowngrade, CodeHistoryDiverged, CodeNoOpeningWithinHorizon, CodeRollbackLoopGuard, CodeNoRollbackTarget:
		return true
	}
	return false
}

// Verdict is the answer of a decision. The zero Verdict is that of no decision.
type Verdict uint8

const (
	Undecided Verdict = iota
	Rollback          // the target ring must go back
	Noop              // the target ring runs the image already
	Hold              // something is not met
	Promote           // everything that decides is met or waived
)

var verdictNames = []string{"undecided", "rollback", "noop", "hold", "promote"}

// String returns the verdict's name in JSON.
func (v Verdict) String() string {
	return nameOf(v, verdictNames)
}

// MarshalText returns String.
func (v Verdict) MarshalText() ([]byte, error) { return []byte(v.String()), nil }

// UnmarshalText reads what MarshalText writes; any other text is an error.
func (v *Verdict) UnmarshalText(text []byte) (err error) {
	*v, err = named[Verdict](text, verdictNames)
	return err
}

// Status is how a criterion stands, from the worst to the best.
type Status uint8

const (
	Unmet   Status = iota // looked at, and does not hold
	Unknown               // not collected, or not comparable
	Pending               // an approval, a check or a deployment is still to come
	Waiting               // time alone will meet it
	Waived                // an override passes it
	Met
)

var statusNames = []string{"unmet", "unknown", "pending", "waiting", "waived", "met"}

// String returns the status's name in JSON.
func (s Status) String() string {
	return nameOf(s, statusNames)
}

// MarshalText returns String.
func (s Status) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// UnmarshalText reads what MarshalText writes; any other text is an error.
func (s *Status) UnmarshalText(text []byte) (err error) {
	*s, err = named[Status](text, statusNames)
	return err
}

// blocks reports whether a criterion of this status keeps an image out.
func (s Status) blocks() bool { return s < Waived }

// HoldKind says what a hold waits for, from the worst to the best.
type HoldKind uint8

const (
	HoldBlocked HoldKind = iota // a person must act
	HoldFailed                  // something was looked at and does not hold
	HoldUnknown                 // something was not collected
	HoldPending                 // something is still to come
	HoldWaiting                 // time alone will end it
	HoldNone
)

var holdNames = []string{"blocked", "failed", "unknown", "pending", "waiting", ""}

// String returns the kind's name in JSON; "" for HoldNone.
func (h HoldKind) String() string {
	return nameOf(h, holdNames)
}

// MarshalText returns String.
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
