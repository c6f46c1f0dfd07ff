// Package build finds out what the plan of a build depends on: the event, what GitHub knows of it, and what the registry has. It may
// read the world and decides nothing.
package build

import (
	"context"
	"fmt"

	"github.com/wizzense/deployment-rings/action/internal/event"
	"github.com/wizzense/deployment-rings/action/internal/fault"
	"github.com/wizzense/deployment-rings/action/internal/gather"
	"github.com/wizzense/deployment-rings/action/internal/ledger"
	"github.com/wizzense/deployment-rings/action/internal/place"
	"github.com/wizzense/deployment-rings/action/internal/plan"
	"github.com/wizzense/deployment-rings/action/internal/versions"
	"github.com/wizzense/deployment-rings/internal/regular"
	"github.com/wizzense/deployment-rings/tagging"
)

// AskRegistry fills in what the registry knows and the plan needs: for a release the versions that were released, for
// a pull request or a branch the iteration. The ledger, nil where there is none, knows which releases were taken back.
func AskRegistry(ctx context.Context, log *fault.Log, c *gather.Clients, from ledger.Ledger, r *plan.Request, allVersions, iteration bool) {
	if log.Problems != nil {
		return
	}
	needs, err := fault.Compute(ctx, func() (plan.Needs, error) { return r.Needs(), nil })
	if err != nil {
		return // the run is to end, and the plan itself will say so
	}
	if needs.Release != "" && allVersions {
		r.Known = versions.Known(ctx, log, c, from, gather.Facts{Policy: r.Policy, Images: r.Images}, needs.Release, versions.Start(ctx, c, r.Images))
	}
	if needs.Iteration && iteration {
		r.Iteration = nextIteration(ctx, log, c, *r)
	}
}

// MakePlan returns the plan, unless the run is to end before.
func MakePlan(ctx context.Context, r plan.Request) (plan.Plan, error) {
	return fault.Compute(ctx, func() (plan.Plan, error) { return plan.Make(r) })
}

// nextIteration returns one more than the highest iteration that any of the images has.
func nextIteration(ctx context.Context, log *fault.Log, c *gather.Clients, r plan.Request) int {
	tags := func(iteration int) (tagging.Set, error) {
		return fault.Compute(ctx, func() (tagging.Set, error) { return r.Tags(iteration) })
	}
	next := 1
	for _, name := range r.Images {
		last, err := c.Registry.LastIteration(ctx, name.String(), tags)
		log.Add(fault.Failed(err))
		next = max(next, last+1)
	}
	return next
}

// Event reads the payload of an event. Without a name it guesses the event from the payload, and only then takes that of
// the run: a file that was given may be of another event than the run is.
func Event(ctx context.Context, log *fault.Log, path, name, running string, env event.Env) *event.Event {
	payload, err := fault.Compute(ctx, func() ([]byte, error) { return regular.ReadFile(path, event.MaxSize) })
	if err != nil {
		log.Addf("event: %w", err)
		return nil
	}
	return parseEvent(ctx, log, path, name, running, payload, env)
}

func parseEvent(ctx context.Context, log *fault.Log, path, name, running string, payload []byte, env event.Env) *event.Event {
	name, err := eventName(name, running, payload)
	if err == nil {
		var e event.Event
		if e, err = fault.Compute(ctx, func() (event.Event, error) { return event.Parse(name, payload, env) }); err == nil {
			log.Add(checkLookup(e))
			return &e
		}
	}
	for _, problem := range fault.Flatten(err) {
		log.Add(place.InFile{Path: path, Err: problem})
	}
	return nil
}

func eventName(given, running string, payload []byte) (string, error) {
	if given != "" {
		return given, nil
	}
	name, err := event.Guess(payload)
	if err != nil && running != "" {
		return running, nil
	}
	return name, err
}

// checkLookup refuses a release that cannot be looked up.
func checkLookup(e event.Event) error {
	if !e.Lookup || e.Kind != event.Release {
		return nil
	}
	if _, err := tagging.ParseVersion(e.Tag); err != nil {
		return fmt.Errorf("event %s: inputs.release_tag: %w", e.Name, err)
	}
	return nil
}

// LookUp asks GitHub for what the event leaves open: the pull request of a comment or a dispatch, or the commit of a
// release.
func LookUp(ctx context.Context, log *fault.Log, c *gather.Clients, e *event.Event) {
	if log.Problems != nil || e == nil || !e.Lookup {
		return
	}
	if !c.HasToken() {
		log.Add(fault.Failed(noToken(*e)))
		return
	}
	client := c.GitHubOf(log, e.Repository.FullName)
	if client == nil {
		return
	}
	var err error
	if e.Kind == event.Release {
		e.Revision, err = client.TagCommit(ctx, e.Tag)
	} else {
		var found event.Found
		found, err = client.Pull(ctx, e.Number)
		*e = e.With(found)
	}
	log.Add(fault.Failed(err))
}

func noToken(e event.Event) error {
	what, permission := fmt.Sprintf("pull request #%d", e.Number), "pull-requests: read"
	if e.Kind == event.Release {
		what, permission = fmt.Sprintf("the commit of release %.80q", e.Tag), "contents: read"
	}
	return fmt.Errorf("event %s: %s has to be looked up: give github-token a token with %q", e.Name, what, permission)
}
