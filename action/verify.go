package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/wizzense/deployment-rings/action/internal/event"
	"github.com/wizzense/deployment-rings/action/internal/image"
	"github.com/wizzense/deployment-rings/action/internal/plan"
	"github.com/wizzense/deployment-rings/action/internal/report"
	"github.com/wizzense/deployment-rings/internal/markdown"
	"github.com/wizzense/deployment-rings/labels"
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
		outputs: filled("verify", v.values()),
		object:  string(object),
		text:    v.text(report.Visible, report.Visible),
		summary: "### " + v.text(markdown.Code, markdown.Plain),
		notes:   append(s.notes, s.inRun(v.annotations())...),
	})
	if err != nil {
		return err
	}
	return v.verdict()
}

// verified is what the registry has of a build, compared with what the plan expects.
type verified struct {
	Schema     int             `json:"schema"`
	Verified   bool            `json:"verified"`
	Skip       string          `json:"skip_reason,omitempty"` // why nothing is expected
	Digest     string          `json:"digest"`                // that the primary tag of the first image points to
	Missing    []string        `json:"missing_tags"`
	Mismatched []string        `json:"mismatched_tags"`
	Labels     []verifiedLabel `json:"labels"` // those that disagree
	Images     []verifiedImage `json:"images"`

	mend string // what to do about labels
}

type verifiedImage struct {
	Image string        `json:"image"`
	Tags  []verifiedTag `json:"tags"`
}

type verifiedTag struct {
	Tag    string `json:"tag"`
	Digest string `json:"digest"` // "" when there is no such tag
}

type verifiedLabel struct {
	Image    string `json:"image"`
	Platform string `json:"platform"` // of an index; "" of an image that stands alone
	Key      string `json:"key"`
	Want     string `json:"want"`
	Got      string `json:"got"`
}

func (s *session) verify(ctx context.Context, p plan.Plan) (verified, error) {
	v := verified{Schema: 1, Verified: true, Skip: p.Skip, Missing: []string{}, Mismatched: []string{}, Labels: []verifiedLabel{}, Images: []verifiedImage{}}
	if !p.Deploys() {
		return v, nil
	}
	want, err := v.expect(p)
	if err != nil {
		return v, err
	}
	for _, name := range p.Images {
		if err := s.verifyImage(ctx, &v, name, p, want); err != nil {
			return v, failed(err)
		}
	}
	v.Missing, v.Mismatched = append([]string{}, unique(v.Missing)...), append([]string{}, unique(v.Mismatched)...)
	v.Verified = len(v.Missing)+len(v.Mismatched)+len(v.Labels) == 0
	return v, nil
}

// expect returns the labels that the image must have. That of a merged pull request was built earlier, with a ring, branch
// and iteration of its own; it is known by its whole commit, since its tag has only 8 digits of it.
func (v *verified) expect(p plan.Plan) (map[string]string, error) {
	v.mend = "Does the build step pass the output labels on?"
	if p.Subject.Kind != event.Merge {
		return p.Labels, nil
	}
	v.mend = fmt.Sprintf("The tag %s is not on an image of the commit that was merged: do not move other tags to it, and build that commit again.", p.SourceTag)
	return labels.Image{Revision: p.Subject.Revision}.Map()
}

func (s *session) verifyImage(ctx context.Context, v *verified, name image.Name, p plan.Plan, want map[string]string) error {
	found := verifiedImage{Image: name.String()}
	tags := tagNames(p.Tags.All())
	digests, err := s.registry().Pointers(ctx, name.String(), tags...)
	if err != nil {
		return err
	}
	for _, tag := range tags {
		found.Tags = append(found.Tags, verifiedTag{tag, digests[tag]})
	}
	v.Images = append(v.Images, found)
	v.compareTags(found)
	return s.verifyLabels(ctx, v, name, found.Tags[0].Digest, want)
}

// compareTags holds all tags to the image that the primary tag, which comes first, points to.
func (v *verified) compareTags(found verifiedImage) {
	v.Digest = or(v.Digest, found.Tags[0].Digest)
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

func (s *session) verifyLabels(ctx context.Context, v *verified, name image.Name, digest string, want map[string]string) error {
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
				v.Labels = append(v.Labels, verifiedLabel{name.String(), p.Name, key, want[key], p.Labels[key]})
			}
		}
	}
	return nil
}

func (v verified) values() map[string]string {
	return map[string]string{
		"verified":        strconv.FormatBool(v.Verified),
		"missing-tags":    strings.Join(v.Missing, "\n"),
		"mismatched-tags": strings.Join(v.Mismatched, "\n"),
		"digest":          v.Digest,
	}
}

// text says what is there and what is not, and what to do about it.
func (v verified) text(code, plain escaper) string {
	var b strings.Builder
	switch {
	case v.Skip != "":
		return "Nothing to verify: " + plain(v.Skip) + "\n"
	case v.Verified:
		fmt.Fprintf(&b, "Verified: all tags point to %s, and its labels are as expected\n", code(v.Digest))
		return b.String()
	}
	fmt.Fprintf(&b, "Not as expected\n")
	if v.Digest != "" {
		fmt.Fprintf(&b, "\nThe primary tag points to %s.\n", code(v.Digest))
	}
	for _, problem := range v.problems(code) {
		fmt.Fprintf(&b, "\n- %s\n", problem)
	}
	return b.String()
}

func (v verified) problems(code escaper) []string {
	var all []string
	if len(v.Missing) > 0 {
		all = append(all, "Missing: "+joined(v.Missing, code)+". Did the build and push step of this run end well, and does it push the output tags? Run it again.")
	}
	if len(v.Mismatched) > 0 {
		all = append(all, "On another image: "+joined(v.Mismatched, code)+". A newer build may have moved them; if not, push the tags of this build again.")
	}
	for _, l := range v.Labels {
		got := code(l.Got)
		if l.Got == "" {
			got = "missing"
		}
		of := code(l.Image)
		if l.Platform != "" {
			of += " for " + code(l.Platform)
		}
		all = append(all, fmt.Sprintf("Label %s of %s is %s, expected %s. %s", code(l.Key), of, got, code(l.Want), v.mend))
	}
	return all
}

func (v verified) annotations() []report.Annotation {
	var all []report.Annotation
	for _, problem := range v.problems(plainly) {
		all = append(all, report.Annotation{Level: report.Error, Message: problem})
	}
	return all
}

func (v verified) verdict() error {
	if v.Verified {
		return nil
	}
	return verdict{errors.New("the registry does not have what this build should have pushed")}
}
