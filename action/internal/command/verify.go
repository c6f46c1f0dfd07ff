package command

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/wizzense/deployment-rings/action/internal/build"
	"github.com/wizzense/deployment-rings/action/internal/cli"
	"github.com/wizzense/deployment-rings/action/internal/event"
	"github.com/wizzense/deployment-rings/action/internal/fault"
	"github.com/wizzense/deployment-rings/action/internal/once"
	"github.com/wizzense/deployment-rings/action/internal/plan"
	"github.com/wizzense/deployment-rings/action/internal/registry"
	"github.com/wizzense/deployment-rings/action/internal/view"
	"github.com/wizzense/deployment-rings/labels"
	"github.com/wizzense/deployment-rings/tagging"
)

// runVerify looks whether the tags of a build exist, on one image, with the right labels.
func runVerify(ctx context.Context, r *cli.Run) (*cli.Result, error) {
	c := clients(r)
	asked := request(ctx, r, c)
	if r.Problems != nil {
		return nil, r.Problems
	}
	p, err := build.MakePlan(ctx, asked)
	if err != nil {
		return nil, err
	}

	found, err := readPushed(ctx, c.Registry, p)
	if err != nil {
		return nil, err
	}

	v, err := compareBuild(p, found)
	if err != nil {
		return nil, err
	}

	object, err := json.Marshal(v)
	if err != nil {
		return nil, fault.Failed(err)
	}
	result := &cli.Result{Outputs: v.Outputs(), Object: string(object), Text: v.Text(), Summary: v.Markdown(), Notes: v.Annotations()}
	if !v.Verified {
		result.Verdict = "the registry does not have what this build should have pushed"
	}
	return result, nil
}

// A pushed is what the registry has of an image of a build.
type pushed struct {
	image     string
	digests   map[string]string   // by tag; a tag that does not exist is not in it
	platforms []registry.Platform // of what the primary tag points to
}

// readPushed reads what the registry has of each image, in their order.
func readPushed(ctx context.Context, c *registry.Client, p plan.Plan) ([]pushed, error) {
	if !p.Deploys() {
		return nil, nil
	}
	var all []pushed
	for _, name := range p.Images {
		found := pushed{image: name.String()}
		var err error
		if found.digests, err = c.Pointers(ctx, found.image, tagging.Names(p.Tags.All())...); err != nil {
			return nil, fault.Failed(err)
		}
		if digest := found.digests[p.Tags.Primary().String()]; digest != "" {
			got, _, err := c.Labels(ctx, found.image+"@"+digest)
			if err != nil {
				return nil, fault.Failed(err)
			}
			found.platforms = got.Platforms
		}
		all = append(all, found)
	}
	return all, nil
}

// compareBuild compares what the registry has of the images of a build with what the plan expects. It is pure.
func compareBuild(p plan.Plan, found []pushed) (view.Verified, error) {
	v := view.Verified{Schema: 1, Verified: true, Skip: p.Skip, Missing: []string{}, Mismatched: []string{}, Labels: []view.VerifiedLabel{}, Images: []view.VerifiedImage{}}
	if !p.Deploys() {
		return v, nil
	}
	want, err := expectLabels(&v, p)
	if err != nil {
		return v, err
	}
	tags := tagging.Names(p.Tags.All())
	for _, of := range found {
		compareTags(&v, of, tags)
		compareLabels(&v, of, want)
	}
	v.Missing, v.Mismatched = append([]string{}, once.Each(v.Missing)...), append([]string{}, once.Each(v.Mismatched)...)
	v.Verified = len(v.Missing)+len(v.Mismatched)+len(v.Labels) == 0
	return v, nil
}

// expectLabels returns the labels that the image must have. That of a merged pull request was built earlier, with a ring,
// branch and iteration of its own; it is known by its whole commit, since its tag has only 8 digits of it.
func expectLabels(v *view.Verified, p plan.Plan) (map[string]string, error) {
	v.Mend = "Does the build step pass the output labels on?"
	if p.Subject.Kind != event.Merge {
		return p.Labels, nil
	}
	v.Mend = fmt.Sprintf("The tag %s is not on an image of the commit that was merged: do not move other tags to it, and build that commit again.", p.SourceTag)
	return labels.Image{Revision: p.Subject.Revision}.Map("")
}

// compareTags compares all tags with the image that the primary tag, which comes first, of the first image points to.
func compareTags(v *view.Verified, found pushed, tags []string) {
	shown := view.VerifiedImage{Image: found.image}
	v.Digest = cmp.Or(v.Digest, found.digests[tags[0]])
	for _, tag := range tags {
		digest := found.digests[tag]
		shown.Tags = append(shown.Tags, view.VerifiedTag{Tag: tag, Digest: digest})
		switch digest {
		case "":
			v.Missing = append(v.Missing, tag)
		case v.Digest:
		default:
			v.Mismatched = append(v.Mismatched, tag)
		}
	}
	v.Images = append(v.Images, shown)
}

// changing are the endings of labels that differ from build to build.
var changing = []string{".created", ".build.timestamp"}

func compareLabels(v *view.Verified, found pushed, want map[string]string) {
	for _, p := range found.platforms {
		for _, key := range slices.Sorted(maps.Keys(want)) {
			ends := func(suffix string) bool { return strings.HasSuffix(key, suffix) }
			if !slices.ContainsFunc(changing, ends) && p.Labels[key] != want[key] {
				v.Labels = append(v.Labels, view.VerifiedLabel{Image: found.image, Platform: p.Name, Key: key, Want: want[key], Got: p.Labels[key]})
			}
		}
	}
}
