package ledger

import (
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/wizzense/deployment-rings/internal/text"
	"github.com/wizzense/deployment-rings/ringpolicy"
)

// An Entry is an outcome of a deployment, or a signal. Fields that do not apply are zero. The keys are those of a
// ledger file.
type Entry struct {
	ID          string                 `json:"id"`                 // given by the ledger; what it says when appended does not count
	At          time.Time              `json:"at"`                 // when it happened; a ledger with a clock of its own keeps its own time
	Ring        string                 `json:"ring"`               // name of the ring
	Outcome     ringpolicy.Outcome     `json:"outcome,omitempty"`  // "" for a signal
	Signal      ringpolicy.SignalKind  `json:"signal,omitempty"`   // "" for an outcome
	State       ringpolicy.SignalState `json:"state,omitempty"`    // of the signal
	Digest      string                 `json:"digest"`             // of the image: "sha256:" and 64 lower-case hex digits
	Images      []string               `json:"images,omitempty"`   // names of the image, without tags, in lower case; none: not known, see [Of]
	Revision    string                 `json:"revision,omitempty"` // commit of the image, 40 or 64 lower-case hex digits; "": not known
	PullRequest int                    `json:"pr,omitempty"`       // 0: none
	Version     string                 `json:"version,omitempty"`  // of a release; "": none
	Rollback    bool                   `json:"rollback,omitempty"` // the deployment goes back to an earlier image
	NotDeployed bool                   `json:"-"`                  // a failure before anything was deployed; in a ledger file "deployed": false
	Reason      string                 `json:"reason,omitempty"`   // one line, for people
	DecisionID  string                 `json:"decision_id,omitempty"`
	URL         string                 `json:"url,omitempty"`     // page of the run that appended it; one that is no web address does no harm
	Run         int64                  `json:"run,omitempty"`     // id of the workflow run that began the deployment; 0: by hand, or not known
	Attempt     int                    `json:"attempt,omitempty"` // of that run; 0: not known
}

// MarshalJSON writes the keys of an entry in a ledger file.
func (e Entry) MarshalJSON() ([]byte, error) {
	type plain Entry // without this method
	x := struct {
		plain
		Deployed *bool `json:"deployed,omitempty"`
	}{plain: plain(e)}
	if e.NotDeployed {
		x.Deployed = new(bool)
	}
	var b bytes.Buffer
	encoder := json.NewEncoder(&b)
	encoder.SetEscapeHTML(false) // people read it
	err := encoder.Encode(x)
	return b.Bytes(), err
}

// The longest texts of an entry, in bytes.
const (
	MaxName   = 255
	MaxReason = 4096
	MaxURL    = 2000
)

var (
	outcomes = []ringpolicy.Outcome{ringpolicy.OutcomeInProgress, ringpolicy.OutcomeSuccess, ringpolicy.OutcomeFailure, ringpolicy.OutcomeRolledBack}
	signals  = []ringpolicy.SignalKind{ringpolicy.SignalCriticalError, ringpolicy.SignalHealthCheck, ringpolicy.SignalContainerCrash, ringpolicy.SignalTestFailure}
	states   = []ringpolicy.SignalState{ringpolicy.SignalPassing, ringpolicy.SignalFailing}
)

// Check says all that is wrong with an entry, joined, each problem with the key that it has in the file. A ledger
// refuses such an entry before it writes anything.
func (e Entry) Check() error { return errors.Join(e.Problems()...) }

// CheckURL checks the page alone.
func (e Entry) CheckURL() error {
	var p problems
	p.line("url", e.URL, MaxURL)
	return errors.Join(p...)
}

// Problems returns the same one by one.
func (e Entry) Problems() []error {
	var p problems
	p.form("ring", e.Ring, IsRing(e.Ring), "the name of a ring: a-z, 0-9 and inner dashes, not pr-")
	p.form("digest", e.Digest, isDigest(e.Digest), "sha256: and 64 lower-case hex digits")
	p.form("revision", e.Revision, e.Revision == "" || isRevision(e.Revision), "a commit of 40 or 64 lower-case hex digits")
	p.form("decision_id", e.DecisionID, e.DecisionID == "" || isDigest(e.DecisionID), "sha256: and 64 lower-case hex digits")
	if year := e.At.UTC().Year(); year < 1970 || year > 9999 {
		p.addf("at: is missing, or not between the years 1970 and 9999")
	}
	if e.PullRequest < 0 {
		p.addf("pr: %d is below zero", e.PullRequest)
	}
	if e.Run < 0 || e.Attempt < 0 {
		p.addf("run, attempt: %d and %d, of which none can be below zero", e.Run, e.Attempt)
	}
	e.checkImages(&p)
	p.line("version", e.Version, MaxName)
	p.line("reason", e.Reason, MaxReason)
	p.line("url", e.URL, MaxURL)
	e.checkKind(&p)
	return p
}

// checkKind checks that an entry is either an outcome or a signal.
func (e Entry) checkKind(p *problems) {
	if (e.Outcome != "") == (e.Signal != "") {
		p.addf("outcome, signal: expected one of them, and not both")
		return
	}
	if e.NotDeployed && e.Outcome != ringpolicy.OutcomeFailure {
		p.addf("deployed: is false, which goes with the outcome failure alone")
	}
	if e.Outcome != "" {
		word(p, "outcome", e.Outcome, outcomes)
		if e.State != "" {
			p.addf("state: goes with a signal, not with an outcome")
		}
		return
	}
	word(p, "signal", e.Signal, signals)
	word(p, "state", e.State, states)
	if e.PullRequest != 0 || e.Version != "" || e.Rollback || e.DecisionID != "" {
		p.addf("pr, version, rollback, decision_id: go with an outcome, not with a signal")
	}
}

// problems collects what is wrong with an entry.
type problems []error

func (p *problems) addf(format string, args ...any) { *p = append(*p, fmt.Errorf(format, args...)) }

func (p *problems) add(key string, err error) {
	if err != nil {
		p.addf("%s: %w", key, err)
	}
}

func (p *problems) form(key, value string, ok bool, want string) {
	switch {
	case ok:
	case value == "":
		p.addf("%s: is missing, expected %s", key, want)
	default:
		p.addf("%s: %s is not %s", key, text.Quote(value), want)
	}
}

func isDigest(s string) bool {
	hex, ok := strings.CutPrefix(s, "sha256:")
	return ok && len(hex) == 64 && consistsOf(hex, isHexDigit)
}

func isRevision(s string) bool {
	return (len(s) == 40 || len(s) == 64) && consistsOf(s, isHexDigit)
}

// IsRing reports whether a text is the name that a ring can have in a policy.
func IsRing(s string) bool {
	return s != "" && len(s) <= MaxName && !strings.HasPrefix(s, "pr-") && consistsOf(s, isRingByte) &&
		s[0] != '-' && s[len(s)-1] != '-' && !strings.Contains(s, "--")
}

func consistsOf(s string, allowed func(byte) bool) bool {
	for i := range len(s) {
		if !allowed(s[i]) {
			return false
		}
	}
	return true
}

func isHexDigit(c byte) bool { return c >= '0' && c <= '9' || c >= 'a' && c <= 'f' }
func isRingByte(c byte) bool { return c >= '0' && c <= '9' || c >= 'a' && c <= 'z' || c == '-' }

// line checks that a text is one line of sound characters within a limit.
func (p *problems) line(key, value string, limit int) {
	switch {
	case len(value) > limit:
		p.addf("%s: has %d bytes, expected at most %d", key, len(value), limit)
	case !utf8.ValidString(value):
		p.addf("%s: is not UTF-8", key)
	case strings.ContainsFunc(value, unicode.IsControl):
		p.addf("%s: %s has control characters or more than one line, expected one line of text", key, text.Quote(value))
	}
}

func word[T ~string](p *problems, key string, value T, known []T) {
	if slices.Contains(known, value) {
		return
	}
	all := make([]string, len(known))
	for i, w := range known {
		all[i] = string(w)
	}
	p.addf("%s: %s is unknown, expected one of %s", key, text.Quote(string(value)), strings.Join(all, ", "))
}

// Compare orders entries by time, and within one second by id, numbers by their value.
func Compare(a, b Entry) int {
	return cmp.Or(cmp.Compare(a.At.Unix(), b.At.Unix()), cmp.Compare(len(a.ID), len(b.ID)), cmp.Compare(a.ID, b.ID), a.At.Compare(b.At))
}
