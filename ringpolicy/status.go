package ringpolicy

import "fmt"

// Verdict is the answer of a decision. The zero Verdict is that of no decision.
type Verdict uint8

const (
	Undecided Verdict = iota
	Rollback          // the target ring must go back
	Noop              // the target ring runs the image already
	Hold              // something is not met
	Promote           // everything that decides is met or waived
)

// String is the verdict's name in JSON.
func (v Verdict) String() string {
	return nameOf(v, "undecided", "rollback", "noop", "hold", "promote")
}

// MarshalText is the verdict's name in JSON.
func (v Verdict) MarshalText() ([]byte, error) { return []byte(v.String()), nil }

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

// String is the status's name in JSON.
func (s Status) String() string {
	return nameOf(s, "unmet", "unknown", "pending", "waiting", "waived", "met")
}

// MarshalText is the status's name in JSON.
func (s Status) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// blocks tells whether a criterion of this status keeps an image out.
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

// String is the kind's name in JSON; "" for NoHold.
func (h HoldKind) String() string {
	return nameOf(h, "blocked", "failed", "unknown", "pending", "waiting", "")
}

func nameOf[T ~uint8](v T, names ...string) string {
	if int(v) < len(names) {
		return names[v]
	}
	return fmt.Sprintf("invalid(%d)", uint8(v))
}

// holdKind is what a criterion of a status and a code holds with.
func holdKind(s Status, c Code) HoldKind {
	switch {
	case !s.blocks():
		return HoldNone
	case s == Unmet && c.needsPerson():
		return HoldBlocked
	}
	return HoldFailed + HoldKind(s)
}
