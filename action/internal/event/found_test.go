package event_test

import (
	"testing"

	"github.com/wizzense/deployment-rings/action/internal/event"
)

// TestWith has a line for each answer to a lookup.
func TestWith(t *testing.T) {
	asked := event.Event{Name: "issue_comment", Kind: event.PullRequest, Number: 12, Lookup: true, Asked: true}
	dispatched := event.Event{Name: "workflow_dispatch", Kind: event.PullRequest, Number: 12, Lookup: true}
	found := func(open, fork, draft bool) event.Found {
		return event.Found{Branch: "ring-0", BaseBranch: "ring-1", Revision: "a1b2c3d4e5f60718293a4b5c6d7e8f9001122334", Open: open, Fork: fork, Draft: draft}
	}
	for _, c := range []struct {
		event event.Event
		found event.Found
		want  string
	}{
		{asked, found(true, false, false), "pull request, numbered, ring-0, into ring-1, @a1b2c3d4, asked"},
		{asked, found(true, false, true), "pull request, numbered, ring-0, into ring-1, @a1b2c3d4, draft, asked"},
		{asked, found(false, false, false), "pull request, numbered, ring-0, into ring-1, @a1b2c3d4, skip: pull request #12 is not open"},
		{asked, found(true, true, false), "pull request, numbered, ring-0, into ring-1, @a1b2c3d4, fork, skip: pull request #12 comes from a fork, and one from a fork never deploys on demand"},
		{asked, found(false, true, false), "pull request, numbered, ring-0, into ring-1, @a1b2c3d4, fork, skip: pull request #12 is not open"},
		{dispatched, found(true, false, false), "pull request, numbered, ring-0, into ring-1, @a1b2c3d4"},
		{dispatched, found(false, false, false), "pull request, numbered, ring-0, into ring-1, @a1b2c3d4, skip: pull request #12 is not open"},
		{asked, event.Found{}, "pull request, numbered, skip: pull request #12 is not open"}, // the zero value denies
	} {
		if got := brief(c.event.With(c.found)); got != c.want {
			t.Errorf("With(%+v) of %s\n got %s\nwant %s", c.found, c.event.Name, got, c.want)
		}
	}
}
