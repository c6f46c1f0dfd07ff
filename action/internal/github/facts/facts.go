package facts

import (
	"context"
	"errors"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/wizzense/deployment-rings/action/internal/github"
	"github.com/wizzense/deployment-rings/action/internal/github/facts/checks"
	"github.com/wizzense/deployment-rings/ringpolicy"
)

// A Question is what facts are asked for: about an image that wants to come into a ring.
type Question struct {
	Ring               string   // the target
	Rings              []string // all of the policy
	Digest             string   // of the image
	Revision           string   // the commit of the image; "": not known
	PullRequest        int      // that the image says it is of; 0: none
	Running            string   // the commit of what the target runs; "": none, or not known
	RunningPullRequest int      // that this image says it is of; 0: none
	Checks             bool     // are asked for
	Reviews            bool     // are asked for; approvals in comments are found without them
	Approvals          bool     // the commit of each has to be found out
	SignOffs           bool     // the commit of each has to be found out
	People             bool     // author and contributors are asked for; else only where an override, a release or an unlock hangs on them
	Severities         []string // of incidents, as the policy names them
	RunID              int64    // of our own workflow run, whose checks do not count; 0: none

	Author       string            // where it is known, and then not asked for
	Contributors []string          // where they are known, and then not asked for; nil: they are not
	Lists        func(string) bool // whether a ring lists a branch, by name or by a pattern; nil: none does
}

// Facts are what GitHub knows. As in [ringpolicy.Evidence], what is nil or zero was not collected, and what is empty
// was looked for and is empty.
type Facts struct {
	PullRequest  int // whose image it is; 0: of none, or not known
	Author       string
	Contributors []string
	Checks       []ringpolicy.Check
	Approvals    []ringpolicy.Approval
	SignOffs     []ringpolicy.SignOff
	Overrides    []ringpolicy.Override
	Locks        []ringpolicy.Lock
	Incidents    []ringpolicy.Incident
	Ancestry     ringpolicy.Ancestry  // "" also when Question.Running is
	Released     map[string]time.Time // by digest: when its quarantine was last ended

	Sources []Source // where each came from
	Remarks []string // what people wrote and what does not count, and why
}

// A Kind is a kind of facts.
type Kind uint8

// The kinds of facts: those of the evidence file, and the releases from quarantine.
const (
	KindAuthor Kind = iota + 1
	KindContributors
	KindPullRequest
	KindChecks
	KindApprovals
	KindSignOffs
	KindOverrides
	KindLocks
	KindIncidents
	KindAncestry
	KindReleases
)

var kinds = [...]string{
	KindAuthor:       "author",
	KindContributors: "contributors",
	KindPullRequest:  "pr",
	KindChecks:       "checks",
	KindApprovals:    "approvals",
	KindSignOffs:     "sign_offs",
	KindOverrides:    "overrides",
	KindLocks:        "locks",
	KindIncidents:    "incidents",
	KindAncestry:     "ancestry",
	KindReleases:     "releases",
}

// String returns the name of a kind, as in the evidence file: "checks", "sign_offs".
func (k Kind) String() string { return kinds[k] }

// A Source says where facts of a kind came from.
type Source struct {
	Kind Kind
	From string // "12 check runs and 2 statuses of commit 0a1b2c3d"
}

// A Missing says why facts of a kind were not collected, and what to do.
type Missing struct {
	Kind Kind
	Err  error
}

// String returns "checks: cannot read …".
func (m Missing) String() string { return m.Kind.String() + ": " + m.Err.Error() }

// Explain says why facts are missing, each reason in one line with all kinds that it concerns: "approvals, author: cannot
// read …".
func Explain(missing []Missing) []string {
	var lines []string
	kinds := map[string][]string{}
	for _, m := range missing {
		why, kind := m.Err.Error(), m.Kind.String()
		if kinds[why] == nil {
			lines = append(lines, why)
		}
		if !slices.Contains(kinds[why], kind) {
			kinds[why] = append(kinds[why], kind)
		}
	}
	for i, why := range lines {
		lines[i] = strings.Join(kinds[why], ", ") + ": " + why
	}
	return lines
}

// Gather collects what GitHub knows. It never fails as a whole: what could not be had is among the missing.
//
// When every list fits on a page it takes at most 10 requests with no severity and one more for each, in 2 rounds. An
// image that names no pull request takes as many in 3 rounds, and one that names a wrong one 4 more in 4 rounds. Co-authors
// whose addresses do not name their accounts take one request more. Comments that were edited take a request and a round
// more, and so do open issues with the lock label. What is not needed is not asked for: without checks there are 3 requests
// less, without a check of GitHub Actions one, without reviews one, and without approvals and sign-offs up to two.
//
// An image that diverged from what the ring runs takes at most 2 requests more, for the pull request of that and the commit that it was
// merged as; 3 where the ring runs a commit of it that is neither its head nor its merge.
//
// Several questions take far fewer requests where [Ahead] was asked before, with the same client.
func Gather(ctx context.Context, c *github.Client, q Question) (Facts, []Missing) {
	ctx, cancel := c.Bound(ctx)
	defer cancel()
	g := &gathering{Client: c, question: q}
	g.subject = sync.OnceValues(func() (*thread, error) { return g.threadOf(ctx) })
	inParallel(
		func() { g.gatherChecks(ctx) },
		func() { g.gatherAncestry(ctx) },
		func() { g.gatherIncidents(ctx) },
		func() { g.gatherPeople(ctx) },
	)
	g.sort()
	return g.facts, g.missing
}

var errNoRevision = errors.New("the commit of the image is not known: the image has no label org.opencontainers.image.revision")

// A gathering is one answer while it is put together.
type gathering struct {
	*github.Client
	question Question

	mu      sync.Mutex
	facts   Facts
	missing []Missing

	subject func() (*thread, error) // the pull request of the image, read once
	pushes  struct {
		sync.Once
		all []push
		err error
	}
}

// found notes facts, and where they came from.
func (g *gathering) found(kind Kind, from string, set func(*Facts)) {
	g.mu.Lock()
	defer g.mu.Unlock()
	set(&g.facts)
	g.facts.Sources = append(g.facts.Sources, Source{kind, from})
}

// missed notes that some kinds of facts were not collected.
func (g *gathering) missed(err error, kinds ...Kind) {
	g.mu.Lock()
	defer g.mu.Unlock()
	for _, kind := range kinds {
		g.missing = append(g.missing, Missing{kind, err})
	}
}

// note notes facts, or that they were not collected because of an error.
func (g *gathering) note(kind Kind, from string, err error, set func(*Facts)) {
	if err != nil {
		g.missed(err, kind)
		return
	}
	g.found(kind, from, set)
}

func (g *gathering) remark(texts ...string) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.facts.Remarks = append(g.facts.Remarks, texts...)
}

// sort makes the answer the same, whichever request was the fastest.
func (g *gathering) sort() {
	slices.SortStableFunc(g.facts.Sources, func(a, b Source) int { return strings.Compare(a.Kind.String(), b.Kind.String()) })
	slices.SortStableFunc(g.missing, func(a, b Missing) int { return strings.Compare(a.Kind.String(), b.Kind.String()) })
	slices.Sort(g.facts.Remarks)
}

// gatherChecks reads the checks of the commit of the image.
func (g *gathering) gatherChecks(ctx context.Context) {
	switch {
	case !g.question.Checks:
		return
	case g.question.Revision == "":
		g.missed(errNoRevision, KindChecks)
		return
	}
	all, from, err := checks.Of(ctx, g.Client, g.question.Revision, g.question.RunID)
	g.note(KindChecks, from, err, func(f *Facts) { f.Checks = all })
}

// inParallel does several things at once, and waits for all.
func inParallel(all ...func()) {
	var wait sync.WaitGroup
	for _, do := range all {
		wait.Go(do)
	}
	wait.Wait()
}
