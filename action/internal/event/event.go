// Package event reads from the webhook payload of a workflow run what it builds.
//
// It normalises: every kind of event becomes one [Event] with the same fields. It does not know the policy, so it cannot
// say that something deploys; it says only what the event by itself forbids ([Event.Skip]).
//
// A payload is the JSON document that GitHub writes to the file named by GITHUB_EVENT_PATH, in the shape of the GitHub
// documentation ("Webhook events and payloads", "Events that trigger workflows"). What the payload leaves out is taken from
// [Env]. The package reads no environment, file, clock or network, and changes nothing that it is given.
//
// Names come through raw: a branch, tag or description may contain any character, control characters too. Whoever writes
// them anywhere has to check or escape them. A revision is always 40 or 64 lower-case hexadecimal digits, or empty.
package event

import (
	"fmt"
	"strings"
)

// A Kind is what an event is about. The zero value is nothing that could be built.
type Kind int

// The kinds, as values of [Event.Kind].
const (
	None        Kind = iota // nothing to build
	PullRequest             // a pull request, open or closed without a merge
	Merge                   // a merged pull request, whose image goes into the ring of the base branch
	Branch                  // a branch that was pushed, deleted, or dispatched
	Release                 // a tag or a release
)

// String returns the kind in words for people, such as "pull request".
func (k Kind) String() string {
	names := []string{"nothing", "pull request", "merged pull request", "branch", "release"}
	if k < 0 || int(k) >= len(names) {
		return fmt.Sprintf("Kind(%d)", int(k))
	}
	return names[k]
}

// An Event is what one run of a workflow is about. A field is zero where the event does not say.
//
// The zero value is of kind [None]: nothing to build.
type Event struct {
	Name       string // name of the event, such as "pull_request"
	Action     string // activity type, such as "synchronize"
	Kind       Kind
	Repository Repository

	Number     int    // number of the pull request
	Branch     string // raw: the head branch of a pull request, else the branch that was pushed or that the run is on
	BaseBranch string // raw: the branch that a pull request or a merge group goes into

	// Revision is the commit to build: the head commit of a pull request, never its test merge commit; of a tag the
	// commit that it points to. It is empty for a deletion, before a lookup, and where GITHUB_SHA alone could say and
	// is not set.
	Revision string

	Tag        string // tag of a release as given, with its leading "v"
	Prerelease bool   // the release event marks it so
	Draft      bool   // the pull request is a draft; where that forbids a deployment, Skip says so
	Fork       bool   // the pull request comes from another repository, or from one that is gone

	// Lookup: the API has to be asked for the pull request (Number), or for the commit of the release (Tag). A pull
	// request that is looked up deploys only if it is open and from the same repository; a draft is fine.
	Lookup bool
	Asked  bool // a comment asked for a deployment, and may

	// Skip says in one line why nothing deploys, "" when nothing in the event forbids it. A pull request from a fork is
	// no such reason by itself, see Fork: whether forks are allowed is for the caller to say. A merged one is, always.
	Skip     string
	Warnings []string
}

// Env contains the values of a run that stand beside its payload. Empty ones are not known.
type Env struct {
	SHA        string // GITHUB_SHA
	Ref        string // GITHUB_REF
	Repository string // GITHUB_REPOSITORY
	ServerURL  string // GITHUB_SERVER_URL, by default https://github.com
}

// MaxSize is the size in bytes from which on a payload is refused. GitHub sends at most 25 MB.
const MaxSize = 25 << 20

// Parse reads the payload of the event called name.
//
// An error means that the payload cannot be from GitHub, or that a person asked for something impossible. It lists all
// problems, each with the path of the value in the payload; broken JSON is a [*SyntaxError]. Nothing to do is no error:
// then Skip says why.
func Parse(name string, payload []byte, env Env) (Event, error) {
	if name == "" || strings.Trim(name, "abcdefghijklmnopqrstuvwxyz_") != "" {
		return Event{}, fmt.Errorf("%.80q is not the name of an event, expected one such as pull_request", name)
	}
	r := &reader{event: name}
	root, err := r.root(payload)
	if err != nil {
		return Event{}, fmt.Errorf("event %s: %w", name, err)
	}
	e := Event{Name: name, Action: root.get("action").text(), Repository: repository(root, env)}
	read(root, env, &e)
	if err := r.err(); err != nil {
		return Event{}, err
	}
	return e, nil
}

// read fills in what an event of its kind says.
func read(root *value, env Env, e *Event) {
	switch e.Name {
	case "pull_request", "pull_request_target":
		readPullRequest(root, e)
	case "push":
		readPush(root, env, e)
	case "release":
		readRelease(root, env, e)
	case "issue_comment":
		readComment(root, e)
	case "workflow_dispatch":
		readDispatch(root, env, e)
	case "workflow_run":
		readWorkflowRun(root, e)
	case "merge_group":
		readMergeGroup(root, e)
	default:
		readOther(root, env, e)
	}
}
