// Package fleet says how the rings of many repositories stand, those first that need a person.
//
// It is pure, and goes by the ledgers of the repositories alone: what a ring runs, since when, what failed or was taken back,
// and how long an image still has to stay. Whether an image may move on is a decision, which takes more facts: status and gate
// of that repository answer it.
//
// # The report as JSON, schema 1
//
// Keys may be added within a schema; none is renamed or changes its meaning. Every key is always there, null where there is
// nothing. Times are RFC 3339 in UTC. Untrusted text is as it is, and has to be escaped by whoever shows it.
package fleet

import (
	"time"

	"github.com/wizzense/deployment-rings/action/internal/ledger"
	"github.com/wizzense/deployment-rings/action/internal/status"
)

// A Report is how the rings of many repositories stand at a moment.
type Report struct {
	Schema       int           `json:"schema"` // 1
	Now          time.Time     `json:"now"`
	PolicyDigest string        `json:"policy_digest"`
	Headline     status.Text   `json:"headline"` // one line: how many need a person, and which is first
	Rings        []Column      `json:"rings"`    // in the policy's order
	Rows         []Row         `json:"rows"`     // those that need a person first
	Owners       []Owner       `json:"owners"`   // of the lines owner/*
	GitHub       *status.Spent `json:"github"`   // what the report cost
}

// A Column is a ring of the policy.
type Column struct {
	Name        string `json:"name"`
	Title       string `json:"title"`
	Environment string `json:"environment"`
}

// An Owner is whose repositories were looked through.
type Owner struct {
	Owner          string `json:"owner"`
	Repositories   int    `json:"repositories"`    // that were looked at
	Archived       int    `json:"archived"`        // that were not, since nothing can be deployed from them
	WithoutRecords int    `json:"without_records"` // that have no row, since their rings have no record
}

// A Row is an image of a repository in all rings, or a repository that could not be read.
type Row struct {
	Repository string      `json:"repository"` // owner/name, or owner/* where the repositories of an owner could not be listed
	URL        *string     `json:"url"`        // of its deployments
	Image      string      `json:"image"`      // its name; "" when none is known
	Several    bool        `json:"-"`          // the repository has more than one image
	State      State       `json:"state"`      // that of the most urgent ring
	Reason     status.Text `json:"reason"`
	Rings      []Ring      `json:"rings"` // in the policy's order; none where nothing could be read
}

// A Ring is how a ring of a row stands.
type Ring struct {
	Name      string           `json:"name"`
	State     State            `json:"state"`
	Reason    status.Text      `json:"reason"`
	Runs      *Deployment      `json:"runs"`
	Soak      *status.Soak     `json:"soak"` // null where the ring has none, or nothing soaks
	Overdue   bool             `json:"overdue"`
	Arriving  *status.Arrival  `json:"arriving"`
	Failed    *status.Arrival  `json:"failed"`        // the newest deployment, if it failed or does not end
	TakenBack *status.Rollback `json:"last_rollback"` // of those that were read
	RunURL    *string          `json:"run_url"`       // the page of the run that recorded the state
}

// A Deployment is the image that a ring runs.
type Deployment struct {
	Digest      string    `json:"digest"`
	Version     *string   `json:"version"`
	PullRequest *int      `json:"pr"`
	Revision    *string   `json:"revision"`
	Since       time.Time `json:"since"`
	Rollback    bool      `json:"rollback"` // it came in by going back
}

// A Repository is what was read of one.
type Repository struct {
	Name    string
	URL     string  // of its page; "": not known
	Problem string  // why nothing of it is known; "": something is
	Images  []Image // none: no ring has a record
}

// An Image is what the ledger of a repository says of one.
type Image struct {
	Names   []string          // none: the records name no image
	Ledger  ledger.Reading    // of this image alone
	Unknown map[string]string // why a ring is not known, by its name
}
