package command

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/wizzense/deployment-rings/action/internal/cli"
	"github.com/wizzense/deployment-rings/action/internal/event"
	"github.com/wizzense/deployment-rings/action/internal/fault"
	"github.com/wizzense/deployment-rings/action/internal/gather"
	"github.com/wizzense/deployment-rings/action/internal/image"
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
	p, err := gather.MakePlan(ctx, asked)
	if err != nil {
		return nil, err
	}

	v, err := verify(ctx, c.Registry, p)
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

// verify compares what the registry has of a build with what the plan expects.
func verify(ctx context.Context, c *registry.Client, p plan.Plan) (view.Verified, error) {
	v := view.Verified{Schema: 1, Verified: true, Skip: p.Skip, Missing: []string{}, Mismatched: []string{}, Labels: []view.VerifiedLabel{}, Images: []view.VerifiedImage{}}
	if !p.Deploys() {
		return v, nil
	}
	want, err := expect(&v, p)
	if err != nil {
		return v, err
	}
	for _, name := range p.Images {
		if err := verifyImage(ctx, c, &v, name, p, want); err != nil {
			return v, fault.Failed(err)
		}
	}
	v.Missing, v.Mismatched = append([]string{}, once.Each(v.Missing)...), append([]string{}, once.Each(v.Mismatched)...)
	v.Verified = len(v.Missing)+len(v.Mismatched)+len(v.Labels) == 0
	return v, nil
}

// expect returns the labels that the image must have. That of a merged pull request was built earlier, with a ring, branch
// and iteration of its own; it is known by its whole commit, since its tag has only 8 digits of it.
func expect(v *view.Verified, p plan.Plan) (map[string]string, error) {
	v.Mend = "Does the build step pass the output labels on?"
	if p.Subject.Kind != event.Merge {
		return p.Labels, nil
	}
	v.Mend = fmt.Sprintf("The tag %s is not on an image of the commit that was merged: do not move other tags to it, and build that commit again.", p.SourceTag)
	return labels.Image{Revision: p.Subject.Revision}.Map("")
}

func verifyImage(ctx context.Context, c *registry.Client, v *view.Verified, name image.Name, p plan.Plan, want map[string]string) error {
	found := view.VerifiedImage{Image: name.String()}
	tags := tagging.Names(p.Tags.All())
	digests, err := c.Pointers(ctx, name.String(), tags...)
	if err != nil {
		return err
	}
	for _, tag := range tags {
		found.Tags = append(found.Tags, view.VerifiedTag{Tag: tag, Digest: digests[tag]})
	}
	v.Images = append(v.Images, found)
	compareTags(v, found)
	return verifyLabels(ctx, c, v, name, found.Tags[0].Digest, want)
}

// compareTags holds all tags to the image that the primary tag, which comes first, points to.
func compareTags(v *view.Verified, found view.VerifiedImage) {
	v.Digest = cmp.Or(v.Digest, found.Tags[0].Digest)
	for _, t := range found.Tags {
		switch t.Digest {
		case v.Digest:
			if t.Digest == "" {
				v.Missing = append(v.Missing, t.Tag)
			}
		case "":
			v.Missing = append(v.Missing, t.Tag)
		default:
			v.Mismatched = append(v.Mismatched, t.Tag)
		}
	}
}

// changing are the endings of labels that differ from build to build.
var changing = []string{".created", ".build.timestamp"}

func verifyLabels(ctx context.Context, c *registry.Client, v *view.Verified, name image.Name, digest string, want map[string]string) error {
	if digest == "" {
		return nil
	}
	got, _, err := c.Labels(ctx, name.String()+"@"+digest)
	if err != nil {
		return err
	}
	for _, p := range got.Platforms {
		for _, key := range slices.Sorted(maps.Keys(want)) {
			ends := func(suffix string) bool { return strings.HasSuffix(key, suffix) }
			if !slices.ContainsFunc(changing, ends) && p.Labels[key] != want[key] {
				v.Labels = append(v.Labels, view.VerifiedLabel{Image: name.String(), Platform: p.Name, Key: key, Want: want[key], Got: p.Labels[key]})
			}
		}
	}
	return nil
}
