package ringpolicy

import (
	"fmt"
	"slices"

	"github.com/wizzense/deployment-rings/ringpolicy/internal/strict"
)

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
