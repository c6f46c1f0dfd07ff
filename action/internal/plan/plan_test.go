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
	if p.Subject.Fork && p.Match.Ring.Name != "dev" && p.Match.Kind != ringpolicy.MatchRelease {
		t.Errorf("a fork chose the ring %s", p.Match.Ring.Name)
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
