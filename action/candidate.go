package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/wizzense/deployment-rings/action/internal/once"
	"github.com/wizzense/deployment-rings/action/internal/registry"
	"github.com/wizzense/deployment-rings/labels"
	"github.com/wizzense/deployment-rings/ringpolicy"
	"github.com/wizzense/deployment-rings/tagging"
)

// gatherCandidate finds the image that wants to move on, by digest, by tag, or as what the upstream rings run, and then
// what GitHub knows of it.
func (s *session) gatherCandidate(ctx context.Context, q *question) {
	subject := &q.evidence.Subject
	s.agree("digest", &subject.Digest)
	if s.problems != nil {
		return
	}
	given := subject.Digest
	if given == "" || s.values.Given("tag") {
		digest, err := s.candidate(ctx, *q)
		s.add(err)
		if err == nil && given != "" && given != digest {
			s.addf("tag: %s is %s, but digest is %s: give one of them", s.values.Text("tag"), digest, given)
		}
		subject.Digest = digest
	}
	if s.problems != nil {
		return
	}
	if subject.Digest != given || subject.Revision == "" && subject.Image != "" && s.github() != nil {
		s.describeCandidate(ctx, q)
	}
	q.recallRevision()
	s.gatherGitHub(ctx, q)
	s.warnLate(*q)
}

func (s *session) candidate(ctx context.Context, q question) (string, error) {
	if q.evidence.Subject.Image == "" {
		return "", errors.New("digest: neither the input nor the evidence names the image by its digest, and no image is given to look for one")
	}
	if tag := s.values.Text("tag"); tag != "" {
		return s.resolve(ctx, q.evidence.Subject.Image, tag)
	}
	ring, _ := q.policy.Ring(q.evidence.Subject.To)
	if len(ring.After) == 0 {
		return "", fmt.Errorf("digest: ring %s comes after no ring, so give the digest or the tag of the image", ring.Name)
	}
	return s.upstreamDigest(ctx, q, ring)
}

// upstreamDigest is what all upstream rings run, by their tags.
func (s *session) upstreamDigest(ctx context.Context, q question, ring ringpolicy.Ring) (string, error) {
	var digests, seen []string
	for _, name := range ring.After {
		up, _ := q.policy.Ring(name)
		digest, err := s.resolve(ctx, q.evidence.Subject.Image, tagging.LatestOf(up.Tag))
		if err != nil {
			return "", err
		}
		digests = append(digests, digest)
		seen = append(seen, up.Tag+"-latest is "+digest)
	}
	if len(once.Each(digests)) > 1 {
		return "", fmt.Errorf("digest: the rings before %s run different images (%s): name one", ring.Name, strings.Join(seen, ", "))
	}
	return digests[0], nil
}

// describeCandidate fills in what the labels of the image say and the evidence leaves out.
func (s *session) describeCandidate(ctx context.Context, q *question) {
	subject := &q.evidence.Subject
	known, err := s.imageLabels(ctx, *q, subject.Digest)
	if err != nil {
		s.add(err)
		return
	}
	q.labels = &known
	subject.Revision = cmp.Or(subject.Revision, known.Revision)
	if subject.PullRequest == 0 {
		subject.PullRequest = known.PullRequest
	}
}

// recallRevision fills in the commit of the image as the ledger has it, unless the platforms of the image do not agree on
// it: a record may have been written by one that looked at the first of them alone.
func (q *question) recallRevision() {
	subject := &q.evidence.Subject
	if subject.Revision == "" && (q.labels == nil || q.labels.agreed) {
		subject.Revision = q.recordedRevision(subject.Digest)
		q.recalled = subject.Revision != ""
	}
}

// recordedRevision is the commit of an image as the rings of the ledger that were read have it; "" where none has it.
func (q question) recordedRevision(digest string) string {
	for _, ring := range q.policy.Rings() {
		entries, _ := q.ledger.Ring(ring.Name) // another ring may have it all the same
		for _, e := range slices.Backward(entries) {
			if e.Digest == digest && e.Revision != "" {
				return e.Revision
			}
		}
	}
	return ""
}

// An imageLabels is what an image says of itself.
type imageLabels struct {
	labels.Image
	agreed bool // all platforms have the same revision
}

// imageLabels reads the labels of an image, of an index those of every platform. Those that are wrong are told, and the
// rest is used.
func (s *session) imageLabels(ctx context.Context, q question, digest string) (imageLabels, error) {
	ref := q.evidence.Subject.Image + "@" + digest
	found, ok, err := s.registry().Labels(ctx, ref)
	if err != nil {
		return imageLabels{}, failed(err)
	}
	if !ok {
		return imageLabels{}, failed(fmt.Errorf("there is no image %s", ref))
	}
	var all []labels.Image
	var problems []string
	for _, p := range found.Platforms {
		known, err := labels.Parse(p.Labels, q.policy.LabelPrefix(appOf(q)))
		for _, problem := range flatten(err) {
			problems = append(problems, problem.Error())
		}
		all = append(all, known)
	}
	for _, problem := range once.Each(problems) {
		s.warn("labels of the image: " + problem)
	}
	return s.agreedLabels(found.Platforms, all), nil
}

// agreedLabels are the labels of the first platform, less the revision and the pull request if another platform has
// another one or none.
func (s *session) agreedLabels(platforms []registry.Platform, all []labels.Image) imageLabels {
	known := imageLabels{all[0], true}
	differ := func(what string, value func(labels.Image) string) bool {
		said := map[string][]string{}
		for i, p := range platforms {
			v := cmp.Or(value(all[i]), "none")
			said[v] = append(said[v], cmp.Or(p.Name, "a platform without a name"))
		}
		var parts []string
		for _, v := range slices.Sorted(maps.Keys(said)) {
			parts = append(parts, v+" ("+strings.Join(said[v], ", ")+")")
		}
		if len(parts) > 1 {
			s.warn("the platforms of the image do not agree on its " + what + ", so it is not known: " + strings.Join(parts, ", "))
		}
		return len(parts) > 1
	}
	if differ("revision", func(i labels.Image) string { return i.Revision }) {
		known.Revision, known.agreed = "", false
	}
	if differ("pull request", func(i labels.Image) string { return formatPull(i.PullRequest) }) {
		known.PullRequest = 0
	}
	return known
}

func formatPull(number int) string {
	if number == 0 {
		return ""
	}
	return "#" + strconv.Itoa(number)
}

// appOf is the last part of the image's name.
func appOf(q question) string {
	if len(q.images) == 0 {
		return q.evidence.Subject.Image[strings.LastIndexByte(q.evidence.Subject.Image, '/')+1:]
	}
	return q.images[0].App()
}
