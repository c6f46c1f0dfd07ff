package wire

import (
	"strings"
	"time"
	"unicode"

	"github.com/wizzense/deployment-rings/action/internal/ledger"
	"github.com/wizzense/deployment-rings/ringpolicy"
)

// A Status of a deployment is an outcome or a signal:
//
//	in_progress, success, failure    outcomes; the description is empty, or "OUTCOME: reason"
//	failure                          nothing was deployed, if the description is "not_deployed" or begins with "not_deployed: "
//	inactive                         the image was taken back, if the description is "rolled_back" or begins with "rolled_back: "
//	success, failure                 signals, if the description is "signal KIND" or begins with "signal KIND: "
//
// GitHub itself adds inactive ones, and jobs may add any: the former are no outcomes, the latter count.
type Status struct {
	ID          int64 // 0: not known
	State       string
	Description string
	At          time.Time
	Page        string // of the run that said it
}

// StateInactive is the state of a status that says that the image was taken back, or by which GitHub ends a deployment.
const StateInactive = "inactive"

const (
	signalMark   = "signal "
	notDeployed  = "not_deployed"
	maxDescribed = 140 // characters of a description that GitHub takes
)

var (
	outcomeOf = map[string]ringpolicy.Outcome{
		"in_progress": ringpolicy.OutcomeInProgress,
		"success":     ringpolicy.OutcomeSuccess,
		"failure":     ringpolicy.OutcomeFailure,
		"error":       ringpolicy.OutcomeFailure,
	}
	signalOf = map[string]ringpolicy.SignalState{
		"success": ringpolicy.SignalPassing,
		"failure": ringpolicy.SignalFailing,
		"error":   ringpolicy.SignalFailing,
	}
)

// StatusOf returns the state and the description of an entry. A reason is kept as far as it fits.
func StatusOf(e ledger.Entry) (state, description string) {
	switch {
	case e.Signal != "" && e.State == ringpolicy.SignalPassing:
		return "success", describe(signalMark+string(e.Signal), e.Reason)
	case e.Signal != "":
		return "failure", describe(signalMark+string(e.Signal), e.Reason)
	case e.Outcome == ringpolicy.OutcomeRolledBack:
		return StateInactive, describe(string(e.Outcome), e.Reason)
	case e.NotDeployed:
		return string(e.Outcome), describe(notDeployed, e.Reason)
	case e.Reason == "":
		return string(e.Outcome), ""
	}
	return string(e.Outcome), describe(string(e.Outcome), e.Reason)
}

func describe(word, reason string) string {
	if reason != "" {
		word += ": " + reason
	}
	text := []rune(word)
	if len(text) > maxDescribed {
		text = append(text[:maxDescribed-1], '…')
	}
	return string(text)
}

// Entry returns what a status says; ok reports whether it says something. Only its outcome or signal, its time, its reason
// and its page are filled in.
func (s Status) Entry() (e ledger.Entry, ok bool) {
	e.At, e.URL = s.At, pageOf(s)
	word, reason, _ := strings.Cut(s.Description, ": ")
	kind, isSignal := strings.CutPrefix(word, signalMark)
	e.Outcome, ok = outcomeOf[s.State]
	switch {
	case isSignal && signalOf[s.State] != "":
		e.Outcome, e.Signal, e.State = "", ringpolicy.SignalKind(kind), signalOf[s.State]
	case s.State == StateInactive && word == string(ringpolicy.OutcomeRolledBack):
		e.Outcome, ok = ringpolicy.OutcomeRolledBack, true
	case e.Outcome == ringpolicy.OutcomeFailure && word == notDeployed:
		e.NotDeployed = true
	case word != string(e.Outcome):
		reason = s.Description // another program wrote it
	}
	e.Reason = strings.Map(withoutControl, reason)
	return e, ok
}

// pageOf returns the page of a status; "" if an entry must not link to it, since any job may add a status.
func pageOf(s Status) string {
	if (ledger.Entry{URL: s.Page}).CheckURL() != nil {
		return ""
	}
	return s.Page
}

func withoutControl(r rune) rune {
	if unicode.IsControl(r) {
		return ' '
	}
	return r
}
