package command

import (
	"maps"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/wizzense/deployment-rings/action/internal/event"
	"github.com/wizzense/deployment-rings/action/internal/plan"
	"github.com/wizzense/deployment-rings/action/internal/registry"
	"github.com/wizzense/deployment-rings/action/internal/view"
	"github.com/wizzense/deployment-rings/tagging"
)

// TestCompareBuild has a line for each way in which a registry does not have what a plan expects. The expected tags are
// 1.5.0 (primary), latest, stable and sha-a1b2c3d4.
func TestCompareBuild(t *testing.T) {
	tags, err := tagging.Release{Version: "1.5.0", Revision: headCommit}.Tags()
	if err != nil {
		t.Fatal(err)
	}
	release := plan.Plan{Subject: plan.Subject{Kind: event.Release, Revision: headCommit}, Tags: tags, Labels: map[string]string{
		"x.revision": headCommit, "x.created": "2026-01-01T00:00:00Z", "y.build.timestamp": "20260101-000000", "x.title": "app",
	}}
	right := map[string]string{"x.revision": headCommit, "x.created": "another", "x.title": "app", "more": "than asked"}
	on := func(digest string, change ...string) map[string]string {
		all := map[string]string{}
		for _, tag := range tagging.Names(tags.All()) {
			all[tag] = digest
		}
		for i := 0; i < len(change); i += 2 {
			all[change[i]] = change[i+1]
		}
		maps.DeleteFunc(all, func(_, digest string) bool { return digest == "" })
		return all
	}
	one := []registry.Platform{{Labels: right}}
	label := func(image, platform, key, want, got string) view.VerifiedLabel {
		return view.VerifiedLabel{Image: image, Platform: platform, Key: key, Want: want, Got: got}
	}

	for _, tt := range []struct {
		name  string
		plan  plan.Plan
		found []pushed
		want  view.Verified
	}{
		{"as expected", release, []pushed{{"app", on("a"), one}}, view.Verified{Verified: true, Digest: "a"}},
		{"nothing deploys", plan.Plan{Skip: "a draft"}, nil, view.Verified{Verified: true, Skip: "a draft"}},
		{"nothing is there", release, []pushed{{"app", nil, nil}}, view.Verified{Missing: []string{"1.5.0", "latest", "stable", "sha-a1b2c3d4"}}},
		{"one tag is missing", release, []pushed{{"app", on("a", "stable", ""), one}}, view.Verified{Digest: "a", Missing: []string{"stable"}}},
		{"one tag is elsewhere", release, []pushed{{"app", on("a", "latest", "b"), one}}, view.Verified{Digest: "a", Mismatched: []string{"latest"}}},
		{"the primary tag is missing", release, []pushed{{"app", on("a", "1.5.0", ""), nil}}, // what the others point to is not this build
			view.Verified{Missing: []string{"1.5.0"}, Mismatched: []string{"latest", "stable", "sha-a1b2c3d4"}}},
		{"the second image is another", release, []pushed{{"app", on("a"), one}, {"worker", on("b"), one}}, // all tags of a build are on one digest
			view.Verified{Digest: "a", Mismatched: []string{"1.5.0", "latest", "stable", "sha-a1b2c3d4"}}},
		{"the second image lacks what the first lacks", release, []pushed{{"app", on("a", "latest", ""), one}, {"worker", on("a", "latest", ""), one}},
			view.Verified{Digest: "a", Missing: []string{"latest"}}},
		{"the first image is missing", release, []pushed{{"app", nil, nil}, {"worker", on("b"), one}},
			view.Verified{Digest: "b", Missing: []string{"1.5.0", "latest", "stable", "sha-a1b2c3d4"}}},
		{"another label, and one that is missing", release, []pushed{{"app", on("a"), []registry.Platform{{Labels: map[string]string{"x.revision": oldCommit}}}}},
			view.Verified{Digest: "a", Labels: []view.VerifiedLabel{label("app", "", "x.revision", headCommit, oldCommit), label("app", "", "x.title", "app", "")}}},
		{"one platform of two", release, []pushed{{"app", on("a"), []registry.Platform{{Name: "linux/amd64", Labels: right}, {Name: "linux/arm64", Labels: map[string]string{"x.revision": headCommit}}}}},
			view.Verified{Digest: "a", Labels: []view.VerifiedLabel{label("app", "linux/arm64", "x.title", "app", "")}}},
		{"a merge, of which the commit alone counts", plan.Plan{Subject: plan.Subject{Kind: event.Merge, Revision: headCommit}, Tags: tags, Labels: map[string]string{"x.title": "app"}},
			[]pushed{{"app", on("a"), []registry.Platform{{Labels: map[string]string{"org.opencontainers.image.revision": oldCommit}}}}},
			view.Verified{Digest: "a", Labels: []view.VerifiedLabel{label("app", "", "org.opencontainers.image.revision", headCommit, oldCommit)}}},
	} {
		got, err := compareBuild(tt.plan, tt.found)
		tt.want.Schema = 1
		if diff := cmp.Diff(tt.want, got, cmpopts.EquateEmpty(), cmpopts.IgnoreFields(view.Verified{}, "Images", "Mend")); err != nil || diff != "" {
			t.Errorf("%s: compareBuild = %v (-want +got):\n%s", tt.name, err, diff)
		}
		if len(got.Images) != len(tt.found) || got.Missing == nil || got.Mismatched == nil || got.Labels == nil {
			t.Errorf("%s: %d images are shown, want %d, and lists that are never null: %+v", tt.name, len(got.Images), len(tt.found), got)
		}
	}
}
