package ringpolicy

// Code says why: a closed list, to which a minor version may add.
type Code string

const (
	OK               Code = "ok"
	PassedByOverride Code = "waived"

	SoakRunning        Code = "soak_running"
	SoakStartMissing   Code = "soak_start_missing"
	SoakOverdue        Code = "soak_overdue"
	SoakExpired        Code = "soak_expired"
	ClockSkew          Code = "clock_skew"
	ClockSkewExcessive Code = "clock_skew_excessive"

	UpstreamMissing     Code = "upstream_missing"
	IdentityMismatch    Code = "identity_mismatch"
	VerificationRevoked Code = "verification_revoked"
	SupersededUpstream  Code = "superseded_upstream"

	CheckFailed         Code = "check_failed"
	CheckIsPending      Code = "check_pending"
	CheckMissing        Code = "check_missing"
	CheckWasSkipped     Code = "check_skipped"
	CheckOrderAmbiguous Code = "check_order_ambiguous"

	SignalFailing Code = "signal_failing"

	MetricViolated     Code = "metric_violated"
	MetricMissing      Code = "metric_missing"
	MetricNotANumber   Code = "metric_not_a_number"
	MetricFewSamples   Code = "metric_few_samples"
	MetricStale        Code = "metric_stale"
	MetricBeforeDeploy Code = "metric_before_deploy"
	BaselineMissing    Code = "baseline_missing"
	BaselineZero       Code = "baseline_zero"

	IncidentOpen Code = "incident_open"

	ApprovalPending  Code = "approval_pending"
	ApprovalRejected Code = "approval_rejected"
	ApprovalsStale   Code = "approvals_stale"

	SignOffMissing Code = "sign_off_missing"
	SignOffRefused Code = "sign_off_refused"
	SignOffStale   Code = "sign_off_stale"

	WindowClosed           Code = "window_closed"
	FreezeActive           Code = "freeze_active"
	NoOpeningWithinHorizon Code = "no_opening_within_horizon"

	Locked          Code = "locked"
	Quarantined     Code = "quarantined"
	NotSettled      Code = "not_settled"
	Downgrade       Code = "downgrade"
	HistoryDiverged Code = "history_diverged"

	EvidenceMissing Code = "evidence_missing"

	OverrideIgnored Code = "override_ignored"
	OverrideFailed  Code = "override_fail"

	AlreadyThere Code = "already_there"

	RollbackTriggered   Code = "rollback_triggered"
	RollbackRecommended Code = "rollback_recommended"
	RollbackScheduled   Code = "rollback_scheduled"
	RollbackCooldown    Code = "rollback_cooldown"
	RollbackLoopGuard   Code = "rollback_loop_guard"
	NoRollbackTarget    Code = "no_rollback_target"
)

// needsPerson tells the codes that neither time nor the next run will cure.
func (c Code) needsPerson() bool {
	switch c {
	case Locked, Quarantined, IdentityMismatch, Downgrade, HistoryDiverged, NoOpeningWithinHorizon, RollbackLoopGuard, NoRollbackTarget:
		return true
	}
	return false
}
