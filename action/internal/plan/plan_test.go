package plan_test

import (
	"maps"
	"reflect"
	"strings"
	"testing"
	"time"
	"unicode"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-containerregistry/pkg/name"

	"github.com/wizzense/deployment-rings/action/internal/event"
	"github.com/wizzense/deployment-rings/action/internal/image"
	"github.com/wizzense/deployment-rings/action/internal/plan"
	"github.com/wizzense/deployment-rings/labels"
	"github.com/wizzense/deployment-rings/ringpolicy"
	"github.com/wizzense/deployment-rings/tagging"
)

var builtin = ringpolicy.Builtin()

func request(e *event.Event) plan.Request {
	images, err := image.Parse([]string{"ghcr.io/owner/app"})
	if err != nil {
		panic(err) // the name is a constant
	}
	return plan.Request{
		Policy: builtin, Event: e, Images: images, Iteration: 7, Time: time.Unix(1e9, 5),
		ServerURL: "https://github.com", Repository: event.Repository{FullName: "owner/App", Name: "App"},
		ExtraLabels: map[string]string{"a": "b"}, Levels: []labels.Level{labels.LevelManifest},
	}
}

// FuzzMake: whatever the names in an event are, a plan that deploys is whole and legal, one that does not
// has a reason in one line, the same request gives the same plan, and the request stays as it was.
func FuzzMake(f *testing.F) {
	for _, s := range []string{"ring-0", "", "a\nb", "\xff", "main", "feature/ü", "v1.2.3", "v1.2.3+b", "x.1", strings.Repeat("a", 300)} {
		for kind := range 5 {
			f.Add(kind, s, s, s, kind%2 == 0, kind%3 == 0)
		}
	}
	f.Fuzz(func(t *testing.T, kind int, branch, base, tag string, fork, allow bool) {
		e := event.Event{Kind: event.Kind(uint(kind) % 5), Number: 5, Branch: branch, BaseBranch: base, Tag: tag, Fork: fork, Revision: strings.Repeat("ab", 20)}
		if e.Kind == event.None {
			e.Skip = "nothing"
		}
		before := e
		r := request(&e)
		r.AllowForks, r.RingFromBase = allow, len(base)%2 == 0
		extra := maps.Clone(r.ExtraLabels)
		p, err := plan.Make(r)
		again, _ := plan.Make(r)
		if !reflect.DeepEqual(p, again) {
			t.Errorf("the same request, another plan:\n%+v\n%+v", p, again)
		}
		if diff := cmp.Diff(before, e) + cmp.Diff(extra, r.ExtraLabels); diff != "" {
			t.Errorf("Make changed the request:\n%s", diff)
		}
		if err == nil {
			check(t, p)
		}
	})
}

func texts(tags []tagging.Tag) []string {
	var all []string
	for _, tag := range tags {
		all = append(all, tag.String())
	}
	return all
}

func check(t *testing.T, p plan.Plan) {
	t.Helper()
	if strings.ContainsAny(p.Skip, "\r\n") {
		t.Errorf("a reason of several lines: %q", p.Skip)
	}
	if !p.Deploys() {
		return
	}
	if p.Match.Ring.Name == "" || len(p.Tags.All()) == 0 || p.Container.Image == "" || p.Labels["a"] != "b" {
		t.Errorf("a plan that deploys lacks something: %+v", p)
	}
	for _, tag := range texts(p.Tags.All()) {
		if _, err := name.NewTag(p.Image().Ref(tag), name.StrictValidation); err != nil {
			t.Errorf("tag %q: %v", tag, err)
		}
	}
	for key, value := range p.Labels {
		if strings.ContainsFunc(key+value, unicode.IsControl) || value == "" {
			t.Errorf("label %q=%q", key, value)
		}
	}
	if p.Enters != "" && (p.Subject.Fork || p.Enters != p.Match.Ring.Name || p.Match.Ring.Deploy == ringpolicy.DeployAfterPromotion) {
		t.Errorf("a %s of a fork: %t enters %s, ring %+v", p.Subject.Kind, p.Subject.Fork, p.Enters, p.Match)
	}
	if p.Subject.Fork && p.Match.Ring.Name != "dev" && p.Match.Kind != ringpolicy.MatchRelease {
		t.Errorf("a fork chose the ring %s", p.Match.Ring.Name)
	}
}

// TestEnters has a line for each way into a ring, and for those that lead into none.
func TestEnters(t *testing.T) {
	push := func(name string) *event.Event { return &event.Event{Name: "push", Kind: event.Branch, Branch: name} }
	dispatch := func(name string) *event.Event {
		return &event.Event{Name: "workflow_dispatch", Kind: event.Branch, Branch: name}
	}
	merge := func(base string) *event.Event {
		return &event.Event{Name: "pull_request", Kind: event.Merge, Number: 5, Branch: "dev", BaseBranch: base}
	}
	fork := merge("ring-0")
	fork.Fork = true
	preview := func(branch string) *event.Event {
		return &event.Event{Name: "pull_request", Kind: event.PullRequest, Number: 5, Branch: branch}
	}
	deleted := push("dev")
	deleted.Skip = "deleted"
	for _, c := range []struct {
		event   *event.Event
		by      plan.Override
		deploys bool
		want    string
	}{
		{push("dev"), plan.Override{}, true, "dev"},
		{push("dev-staging"), plan.Override{}, true, "staging"},
		{deleted, plan.Override{}, false, ""},
		{push("ring-0"), plan.Override{}, false, ""},
		{push("main"), plan.Override{}, false, ""},
		{push("feature/x"), plan.Override{}, false, ""},
		{dispatch("dev"), plan.Override{}, true, "dev"},
		{dispatch("main"), plan.Override{}, false, ""},
		{dispatch("feature/x"), plan.Override{}, true, ""}, // it is built, and goes into no ring
		{merge("ring-0"), plan.Override{}, true, "ring-0"},
		{merge("ring-0/hotfix"), plan.Override{}, true, "ring-0"},
		{merge("dev"), plan.Override{}, false, ""},
		{merge("main"), plan.Override{}, false, ""},
		{merge("feature/x"), plan.Override{}, false, ""},
		{merge("dev"), plan.Override{BaseBranch: "ring-0"}, true, "ring-0"},
		{fork, plan.Override{}, false, ""},
		{preview("dev"), plan.Override{}, true, ""},
		{preview("ring-0"), plan.Override{}, true, ""},
		{push("dev"), plan.Override{Number: 7}, true, ""},
		{push("dev"), plan.Override{Tag: "1.0.0"}, true, ""},
		{&event.Event{Name: "release", Kind: event.Release, Tag: "v1.0.0"}, plan.Override{}, true, ""},
		{nil, plan.Override{Branch: "dev"}, true, "dev"},
		{nil, plan.Override{Branch: "ring-0"}, true, ""},
		{nil, plan.Override{Branch: "ring-1"}, true, ""},
		{nil, plan.Override{Branch: "feature/x"}, true, ""},
		{nil, plan.Override{Branch: "dev", Number: 7}, true, ""},
	} {
		r := request(c.event)
		r.Override = c.by
		r.Override.Revision = strings.Repeat("ab", 20)
		p, err := plan.Make(r)
		if err != nil || p.Deploys() != c.deploys || p.Enters != c.want {
			t.Errorf("Make(%+v, %+v): deploys %t, enters %q, %v; want %t, %q", c.event, c.by, p.Deploys(), p.Enters, err, c.deploys, c.want)
		}
	}
}

// TestMakeReportsAll: what is missing is reported together, and only when it would be needed.
func TestMakeReportsAll(t *testing.T) {
	r := request(&event.Event{Kind: event.PullRequest, Number: 5})
	r.Images, r.RingFromBase = nil, true
	_, err := plan.Make(r)
	want := []string{
		"the branch of the pull request is not known: give --branch",
		"the commit of the pull request is not known: give --revision",
		"no image is given, and no repository is known to name it after: give --image",
		"ring-from is base, and the base branch of the pull request is not known: give --base-branch",
	}
	if err == nil || !cmp.Equal(want, strings.Split(err.Error(), "\n")) {
		t.Errorf("Make = %v, want\n%s", err, strings.Join(want, "\n"))
	}
	r.Event.Skip = "a draft"
	if p, err := plan.Make(r); err != nil || p.Skip != "a draft" {
		t.Errorf("the same for a draft: %v, %q", err, p.Skip)
	}
	r.Event = &event.Event{Kind: event.Branch, Branch: "a\nb", Skip: "deleted"}
	if _, err := plan.Make(r); err == nil || !strings.Contains(err.Error(), "control character at byte 2") {
		t.Errorf("a branch with a line break: %v, want an error also where nothing deploys", err)
	}
}
