package plan_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/wizzense/deployment-rings/action/internal/event"
	"github.com/wizzense/deployment-rings/action/internal/plan"
)

const commit = "a1b2c3d4e5f60718293a4b5c6d7e8f9012345678"

func pr(branch string) event.Event {
	return event.Event{Name: "pull_request", Kind: event.PullRequest, Number: 5, Branch: branch, BaseBranch: "main", Revision: commit}
}

func fork(branch string) event.Event {
	e := pr(branch)
	e.Fork = true
	return e
}

func merge(base string) event.Event {
	return event.Event{Name: "pull_request", Kind: event.Merge, Number: 5, Branch: "feature", BaseBranch: base, Revision: commit}
}

func push(branch string) event.Event {
	return event.Event{Name: "push", Kind: event.Branch, Branch: branch, Revision: commit}
}

func dispatch(branch string) event.Event {
	e := push(branch)
	e.Name = "workflow_dispatch"
	return e
}

func release(tag string) event.Event {
	return event.Event{Name: "release", Kind: event.Release, Tag: tag, Revision: commit}
}

// TestRules shows what becomes of each subject: its ring and how it was found, its tags in their order, what the version
// label says, and what the registry has to be asked; or why nothing deploys. The policy is the built-in one.
func TestRules(t *testing.T) {
	prerelease, skipped := release("v1.5.0"), pr("ring-0")
	prerelease.Prerelease, skipped.Skip = true, "a draft"
	allow := func(r *plan.Request) { r.AllowForks = true }
	fromBase := func(r *plan.Request) { r.RingFromBase = true }
	known := func(r *plan.Request) { r.Known = []string{"v2.0.0", "1.4.0"} }
	override := func(o plan.Override) func(*plan.Request) { return func(r *plan.Request) { r.Override = o } }
	for _, tt := range []struct {
		name   string
		event  event.Event
		change func(*plan.Request)
		want   string
	}{
		// Pull requests.
		{"a pull request", pr("ring-0"), nil, "ring-0 (exact): pr-5-ring-0-v7 pr-5-ring-0-latest ring-0-pr-5-latest pr-5-latest pr-5-a1b2c3d4; version pr-5-ring-0-v7; needs the iteration"},
		{"a pattern", pr("ring-0/hotfix"), nil, "ring-0 (pattern): pr-5-ring-0-hotfix-v7 pr-5-ring-0-hotfix-latest ring-0-pr-5-latest pr-5-latest pr-5-a1b2c3d4; version pr-5-ring-0-hotfix-v7; needs the iteration"},
		{"no pattern", pr("ring-00"), nil, "dev (default): pr-5-ring-00-v7 pr-5-ring-00-latest dev-pr-5-latest pr-5-latest pr-5-a1b2c3d4; version pr-5-ring-00-v7; needs the iteration"},
		{"the ring of the base", pr("feature"), fromBase, "production (exact): pr-5-feature-v7 pr-5-feature-latest production-pr-5-latest pr-5-latest pr-5-a1b2c3d4; version pr-5-feature-v7; needs the iteration"},
		{"a slug", pr("Feature/Ü -- x"), nil, "dev (default): pr-5-feature-x-v7 pr-5-feature-x-latest dev-pr-5-latest pr-5-latest pr-5-a1b2c3d4; version pr-5-feature-x-v7; needs the iteration"},
		{"an event that forbids it", skipped, nil, "nothing: a draft"},
		{"a fork", fork("main"), nil, "nothing: pull request #5 comes from a fork, and allow-forks is not true"},
		{"a fork that is allowed chooses no ring", fork("main"), allow, "dev (default): pr-5-main-v7 pr-5-main-latest dev-pr-5-latest pr-5-latest pr-5-a1b2c3d4; version pr-5-main-v7; needs the iteration"},
		{"nor does its base", fork("feature"), func(r *plan.Request) { allow(r); fromBase(r) }, "dev (default): pr-5-feature-v7 pr-5-feature-latest dev-pr-5-latest pr-5-latest pr-5-a1b2c3d4; version pr-5-feature-v7; needs the iteration"},

		// Merged pull requests: the image is there already, and goes into the ring of the base.
		{"a merge", merge("ring-0"), nil, "ring-0 (exact): pr-5-a1b2c3d4 ring-0-latest ring-0-pr-5-latest; version pr-5-a1b2c3d4"},
		{"a merge into a ring that takes pushes", merge("dev"), nil, `nothing: ring dev, which lists branch "dev", takes pushes, not merges`},
		{"a merge into a ring that takes promotions", merge("main"), nil, `nothing: ring production, which lists branch "main", takes promotions alone, not merges`},
		{"a merge into no ring", merge("feature"), nil, `nothing: no ring lists branch "feature", into which the pull request was merged`},

		// Pushes and dispatches.
		{"a push", push("develop"), nil, "dev (exact): branch-develop-v7 branch-develop-latest dev-latest sha-a1b2c3d4; version branch-develop-v7; needs the iteration"},
		{"a push to a ring that takes merges", push("ring-0"), nil, `nothing: ring ring-0, which lists branch "ring-0", takes merged pull requests, not pushes`},
		{"a push to no ring", push("feature"), nil, `nothing: no ring lists branch "feature"`},
		{"a dispatch on no ring's branch", dispatch("feature"), nil, "dev (default): branch-feature-v7 branch-feature-latest sha-a1b2c3d4; version branch-feature-v7; needs the iteration"}, // without dev-latest
		{"a dispatch on the branch of a ring that takes promotions", dispatch("main"), nil, `nothing: ring production, which lists branch "main", takes promotions alone, not pushes`},

		// Releases belong to the last ring.
		{"a release", release("v1.5.0"), nil, "production (release): 1.5.0 latest stable sha-a1b2c3d4; version 1.5.0; needs the versions above 1.5.0"},
		{"below a known version", release("v1.5.0"), known, "production (release): 1.5.0 sha-a1b2c3d4; held latest stable; version 1.5.0; needs the versions above 1.5.0"},
		{"build metadata", release("1.5.0+b1"), nil, "production (release): 1.5.0_b1 latest stable sha-a1b2c3d4; version 1.5.0+b1; needs the versions above 1.5.0+b1"},
		{"a pre-release by its version", release("v1.5.0-rc.1"), nil, "production (release): 1.5.0-rc.1 sha-a1b2c3d4; version 1.5.0-rc.1"},
		{"a pre-release by its mark", prerelease, nil, "production (release): 1.5.0 sha-a1b2c3d4; version 1.5.0"},
		{"no version", release("nightly"), nil, `nothing: tag "nightly" is not a version`},

		// Values that replace those of the event.
		{"another branch", pr("feature"), override(plan.Override{Branch: "ring-0"}), "ring-0 (exact): pr-5-ring-0-v7 pr-5-ring-0-latest ring-0-pr-5-latest pr-5-latest pr-5-a1b2c3d4; version pr-5-ring-0-v7; needs the iteration"},
		{"a merge stays one", merge("ring-0"), override(plan.Override{Number: 9}), "ring-0 (exact): pr-9-a1b2c3d4 ring-0-latest ring-0-pr-9-latest; version pr-9-a1b2c3d4"},
		{"a fork stays one", fork("feature"), override(plan.Override{Branch: "main", Number: 9}), "nothing: pull request #9 comes from a fork, and allow-forks is not true"},
		{"a pull request in place of a push", push("feature"), override(plan.Override{Number: 9}), "dev (default): pr-9-feature-v7 pr-9-feature-latest dev-pr-9-latest pr-9-latest pr-9-a1b2c3d4; version pr-9-feature-v7; needs the iteration"},
		{"a release in place of a push", push("feature"), override(plan.Override{Tag: "1.5.0"}), "production (release): 1.5.0 latest stable sha-a1b2c3d4; version 1.5.0; needs the versions above 1.5.0"},
	} {
		r := request(&tt.event)
		if tt.change != nil {
			tt.change(&r)
		}
		if got := planned(r); got != tt.want {
			t.Errorf("%s: Make\n got %s\nwant %s", tt.name, got, tt.want)
		}
	}
}

// planned writes a plan in a line.
func planned(r plan.Request) string {
	p, err := plan.Make(r)
	switch {
	case err != nil:
		return "error: " + err.Error()
	case !p.Deploys():
		return "nothing: " + p.Skip + needed(r)
	}
	line := fmt.Sprintf("%s (%s): %s", p.Match.Ring.Name, p.Match.Kind, strings.Join(texts(p.Tags.All()), " "))
	if held := texts(p.Tags.Held()); len(held) > 0 {
		line += "; held " + strings.Join(held, " ")
	}
	return line + "; version " + p.Version + needed(r)
}

func needed(r plan.Request) string {
	switch needs := r.Needs(); needs {
	case plan.Needs{}:
		return ""
	case plan.Needs{Release: needs.Release}:
		return "; needs the versions above " + needs.Release
	case plan.Needs{Iteration: true}:
		return "; needs the iteration"
	default:
		return fmt.Sprintf("; needs %+v", needs)
	}
}

// What cannot be planned needs nothing: its problems come before any request.
func TestNeedsOfNothing(t *testing.T) {
	for name, e := range map[string]event.Event{
		"no commit":      {Name: "push", Kind: event.Branch, Branch: "dev"},
		"a broken name":  {Name: "push", Kind: event.Branch, Branch: "a\nb", Revision: commit},
		"a wrong commit": {Name: "push", Kind: event.Branch, Branch: "dev", Revision: "a1b2"},
	} {
		r := request(&e)
		if _, err := plan.Make(r); err == nil || r.Needs() != (plan.Needs{}) {
			t.Errorf("%s: Make = %v and Needs = %+v, want an error and nothing", name, err, r.Needs())
		}
	}
}

// The tags of another iteration are those that Make gives with it.
func TestTagsOfAnIteration(t *testing.T) {
	e := pr("ring-0")
	r := request(&e)
	for _, iteration := range []int{1, 12} {
		got, err := r.Tags(iteration)
		with := r
		with.Iteration = iteration
		want, makeErr := plan.Make(with)
		if err != nil || makeErr != nil || !cmp.Equal(texts(want.Tags.All()), texts(got.All())) {
			t.Errorf("Tags(%d) = %q, %v, want %q, %v", iteration, texts(got.All()), err, texts(want.Tags.All()), makeErr)
		}
	}
}

// TestLabels shows the labels of a pull request and of a release: a key without a value is left out.
func TestLabels(t *testing.T) {
	one, two := pr("ring-0/Ü"), release("v1.5.0+b1")
	for _, tt := range []struct {
		event event.Event
		want  map[string]string
	}{
		{one, map[string]string{
			"a":                                "b",
			"com.app.branch.name":              "ring-0/Ü",
			"com.app.build.iteration":          "7",
			"com.app.build.timestamp":          "20010909-014640",
			"com.app.deployment.ring":          "ring-0",
			"com.app.pr.number":                "5",
			"org.opencontainers.image.created": "2001-09-09T01:46:40Z", "org.opencontainers.image.ref.name": "pr-5-ring-0-v7",
			"org.opencontainers.image.revision": commit, "org.opencontainers.image.source": "https://github.com/owner/App",
			"org.opencontainers.image.title": "App", "org.opencontainers.image.version": "pr-5-ring-0-v7",
		}},
		{two, map[string]string{
			"a":                                "b",
			"com.app.build.iteration":          "7",
			"com.app.build.timestamp":          "20010909-014640",
			"com.app.deployment.ring":          "production",
			"org.opencontainers.image.created": "2001-09-09T01:46:40Z", "org.opencontainers.image.ref.name": "1.5.0_b1",
			"org.opencontainers.image.revision": commit, "org.opencontainers.image.source": "https://github.com/owner/App",
			"org.opencontainers.image.title": "App", "org.opencontainers.image.version": "1.5.0+b1",
		}},
	} {
		p, err := plan.Make(request(&tt.event))
		if diff := cmp.Diff(tt.want, p.Labels); err != nil || diff != "" {
			t.Errorf("labels of %s: %v (-want +got):\n%s", tt.event.Kind, err, diff)
		}
	}
}
