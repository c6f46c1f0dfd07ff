package main

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/wizzense/deployment-rings/action/internal/event"
	"github.com/wizzense/deployment-rings/action/internal/image"
	"github.com/wizzense/deployment-rings/action/internal/once"
	"github.com/wizzense/deployment-rings/action/internal/plan"
	"github.com/wizzense/deployment-rings/action/internal/view"
	"github.com/wizzense/deployment-rings/labels"
	"github.com/wizzense/deployment-rings/tagging"
)

// runVerify looks whether the tags of a build exist, on one image, with the right labels.
func runVerify(s *session) error {
	request := s.gatherPlan(s.ctx)
	if s.problems != nil {
		return s.problems
	}
	p, err := s.makePlan(request)
	if err != nil {
		return err
	}

	v, err := s.verify(s.ctx, p)
	if err != nil {
		return err
	}

	object, err := json.Marshal(v)
	if err != nil {
		return failed(err)
	}
	err = s.publish(result{
		outputs: filled("verify", v.Outputs()),
		object:  string(object),
		text:    v.Text(),
		summary: v.Markdown(),
		notes:   append(s.notes, s.inRun(v.Annotations())...),
	})
	if err != nil {
		return err
	}
	if !v.Verified {
		return verdict{errors.New("the registry does not have what this build should have pushed")}
	}
	return nil
}

func (s *session) verify(ctx context.Context, p plan.Plan) (view.Verified, error) {
	v := view.Verified{Schema: 1, Verified: true, Skip: p.Skip, Missing: []string{}, Mismatched: []string{}, Labels: []view.VerifiedLabel{}, Images: []view.VerifiedImage{}}
	if !p.Deploys() {
		return v, nil
	}
	want, err := expect(&v, p)
	if err != nil {
		return v, err
	}
	for _, name := range p.Images {
		if err := s.verifyImage(ctx, &v, name, p, want); err != nil {
			return v, failed(err)
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
	return labels.Image{Revision: p.Subject.Revision}.Map()
}

func (s *session) verifyImage(ctx context.Context, v *view.Verified, name image.Name, p plan.Plan, want map[string]string) error {
	found := view.VerifiedImage{Image: name.String()}
	tags := tagging.Names(p.Tags.All())
	digests, err := s.registry().Pointers(ctx, name.String(), tags...)
	if err != nil {
		return err
	}
	for _, tag := range tags {
		found.Tags = append(found.Tags, view.VerifiedTag{Tag: tag, Digest: digests[tag]})
	}
	v.Images = append(v.Images, found)
	compareTags(v, found)
	return s.verifyLabels(ctx, v, name, found.Tags[0].Digest, want)
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

func (s *session) verifyLabels(ctx context.Context, v *view.Verified, name image.Name, digest string, want map[string]string) error {
	if digest == "" {
		return nil
	}
	got, _, err := s.registry().Labels(ctx, name.String()+"@"+digest)
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
