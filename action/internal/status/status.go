// Package status says what every ring of an image runs, since when, what holds it back, and what to do about it.
//
// It is pure: a report depends on the policy, the facts and their moment alone. What an image may do is what
// [ringpolicy.Policy.Decide] answers; nothing is decided here. A caller may add facts to the questions that
// [Questions] asks before [Of] answers them.
//
// # The report as JSON, schema 1
//
// Keys may be added within a schema; none is renamed or changes its meaning. Every key is always there, null where
// there is nothing, but for "github", which is absent where GitHub was not asked. Times are RFC 3339 in UTC, durations are written as in a policy, with the same in seconds beside
// them. Text of others is as it is, and has to be escaped by whoever shows it.
package status

import (
	"time"

	"github.com/wizzense/deployment-rings/ringpolicy"
)

// A Report is how the rings of one or several images stand at a moment.
type Report struct {
	Schema       int       `json:"schema"` // 1
	Now          time.Time `json:"now"`
	Timezone     string    `json:"timezone"` // of the policy's windows
	PolicyDigest string    `json:"policy_digest"`
	Headline     Text      `json:"headline"` // one line: which ring needs attention, why, until when
	Images       []Image   `json:"images"`
	GitHub       *Spent    `json:"github,omitempty"` // nil: it was not asked
}

// Spent is what a report cost of the budgets that the token has at GitHub.
type Spent struct {
	Requests int `json:"requests"` // of both kinds, each try of them
	Points   int `json:"points"`   // of GraphQL
}

// An Image is a row of rings.
type Image struct {
	Image    string `json:"image"` // its name; "" when none is known
	Headline Text   `json:"headline"`
	Rings    []Ring `json:"rings"` // in the policy's order
}

// A Ring is how one ring stands.
type Ring struct {
	Name        string       `json:"name"`
	Title       string       `json:"title"`
	Environment string       `json:"environment"`
	After       []string     `json:"after"`
	State       State        `json:"state"`
	Reason      Text         `json:"reason"` // why it is in that state, in one line
	Runs        *Deployment  `json:"runs"`
	Tag         *Tag         `json:"tag"`  // null when the registry was not asked, or did not answer
	Soak        *Soak        `json:"soak"` // null where the ring has none, or nothing soaks
	Overdue     bool         `json:"overdue"`
	Arriving    *Arrival     `json:"arriving"`
	Failed      *Arrival     `json:"failed"` // the newest deployment, if it failed
	Moves       []Move       `json:"moves"`  // into each next ring
	Behind      []Waiting    `json:"behind"` // images that wait to come in
	Rollback    *Rollback    `json:"last_rollback"`
	Quarantined []Quarantine `json:"quarantined"` // null when that was not collected
	Stays       []Stay       `json:"stays"`       // the newest ten, the newest first
	Advice      []Advice     `json:"advice"`      // what to do, the most urgent first
}

// State says in a word how a ring stands. The constants are in the order of urgency.
type State string

const (
	Unhealthy State = "unhealthy" // signals prove that it should go back
	Overdue   State = "overdue"   // its image should have moved on by now
	Stuck     State = "stuck"     // a deployment failed, or does not end
	Held      State = "held"      // its image may not move on, and time alone will not change that
	Unknown   State = "unknown"   // its history could not be read
	Ready     State = "ready"     // its image may move on now
	Soaking   State = "waiting"   // time alone will let its image move on
	Settled   State = "settled"   // its image is in every next ring, or the ring has no next one
	Empty     State = "empty"     // it runs nothing
)

// A Deployment is the image that a ring runs.
type Deployment struct {
	Digest       string    `json:"digest"`
	Version      *string   `json:"version"`
	PullRequest  *int      `json:"pr"`
	Revision     *string   `json:"revision"`
	Since        time.Time `json:"since"`
	Rollback     bool      `json:"rollback"` // it came in by going back
	DeploymentID *string   `json:"deployment_id"`
}

// A Tag is the tag that follows a ring, as the registry has it. It says which image a person or a job meant the ring to
// run; the ledger says which one it runs.
type Tag struct {
	Name    string  `json:"name"`
	Found   bool    `json:"found"`
	Digest  *string `json:"digest"`  // null when there is no such tag
	Matches *bool   `json:"matches"` // it points to what the ring runs; null when nothing is known to run
}

// A Soak is the stay of the image that the ring runs, against what the policy asks. It is that of the longest stay, as
// decisions count it.
type Soak struct {
	Done       string     `json:"done"`
	DoneSecs   int64      `json:"done_seconds"`
	Needed     string     `json:"needed"`
	NeededSecs int64      `json:"needed_seconds"`
	Complete   bool       `json:"complete"`
	CompleteAt *time.Time `json:"complete_at"` // when it will be; null once it is
	OverdueAt  *time.Time `json:"overdue_at"`  // null where the policy has no longest stay
}

// An Arrival is a deployment that goes on, or that failed.
type Arrival struct {
	Digest string    `json:"digest"`
	At     time.Time `json:"at"`
	Stuck  bool      `json:"stuck"` // it has gone on for 24 hours
}

// A Move is the decision on the image of the ring for one of the next rings.
type Move struct {
	To             string              `json:"to"`
	There          bool                `json:"there"`    // the next ring runs it already
	Arriving       bool                `json:"arriving"` // it is on its way into the next ring
	Decision       string              `json:"decision"`
	HoldKind       *string             `json:"hold_kind"`
	ReasonCode     string              `json:"reason_code"`
	Summary        string              `json:"summary"`
	NextEligibleAt *time.Time          `json:"next_eligible_at"`
	Conditional    bool                `json:"conditional"`
	Met            int                 `json:"criteria_met"` // of those that decide
	Total          int                 `json:"criteria_total"`
	Blocking       []ringpolicy.Result `json:"blocking"` // the criteria that hold it
	Warnings       []string            `json:"warnings"`
	Why            Text                `json:"-"` // the Summary without the move and what was decided
}

// A Waiting image is one that an upstream ring runs and that this ring does not run yet. The newest that upstream rings ran before,
// and that may come in while those that they run may not, is another, and overtaken.
type Waiting struct {
	Ring       string     `json:"ring"`
	Digest     string     `json:"digest"`
	Decision   string     `json:"decision"`
	ReasonCode string     `json:"reason_code"`
	MayMoveAt  *time.Time `json:"may_move_at"`
	Overtaken  bool       `json:"overtaken"`
}

// A Rollback is the last one of a ring.
type Rollback struct {
	At     time.Time `json:"at"`
	From   *string   `json:"from"`
	To     *string   `json:"to"`
	Reason *string   `json:"reason"`
}

// A Quarantine keeps an image out of the ring.
type Quarantine struct {
	Digest string    `json:"digest"`
	Reason string    `json:"reason"`
	At     time.Time `json:"at"`
}

// A Stay is a time for which the ring ran an image.
type Stay struct {
	Digest     string     `json:"digest"`
	Version    *string    `json:"version"`
	From       time.Time  `json:"from"`
	To         *time.Time `json:"to"`
	RolledBack bool       `json:"rolled_back"`
	Rollback   bool       `json:"rollback"`
}

// Advice is something to do.
type Advice struct {
	Code     string   `json:"code"` // the reason code behind it, or deployment_stuck, deployment_failed, overtaken, tag_elsewhere, tag_unrecorded
	Text     Text     `json:"text"` // the move, the Subject and what to Do
	To       string   `json:"-"`    // the next ring, where it is about a move
	Subject  Text     `json:"-"`    // the criterion and what was observed, where it is about one
	Do       Text     `json:"-"`
	Commands []string `json:"commands"` // for a shell; those of docker on the host of the ring's container
}
