package ringpolicy

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

// needsPerson tells the codes that neither time nor the next run will cure.
func (c Code) needsPerson() bool {
	switch c {
	case CodeLocked, CodeQuarantined, CodeIdentityMismatch, CodeDowngrade, CodeHistoryDiverged, CodeNoOpeningWithinHorizon, CodeRollbackLoopGuard, CodeNoRollbackTarget:
		return true
	}
	return false
}
