package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/wizzense/deployment-rings/labels"
	"github.com/wizzense/deployment-rings/ringpolicy"
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
	subject.Revision = or(subject.Revision, q.recordedRevision(subject.Digest))
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
		digest, err := s.resolve(ctx, q.evidence.Subject.Image, up.Tag+"-latest")
		if err != nil {
			return "", err
		}
		digests = append(digests, digest)
		seen = append(seen, up.Tag+"-latest is "+digest)
	}
	if len(unique(digests)) > 1 {
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
	subject.Revision = or(subject.Revision, known.Revision)
	if subject.PullRequest == 0 {
		subject.PullRequest = known.PullRequest
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

// imageLabels reads the labels of an image. Those that are wrong are told, and the rest is used.
func (s *session) imageLabels(ctx context.Context, q question, digest string) (labels.Image, error) {
	ref := q.evidence.Subject.Image + "@" + digest
	found, ok, err := s.registry().Labels(ctx, ref)
	if err != nil {
		return labels.Image{}, failed(err)
	}
	if !ok {
		return labels.Image{}, failed(fmt.Errorf("there is no image %s", ref))
	}
	known, err := labels.Parse(found.Labels, q.policy.LabelPrefix(appOf(q)))
	for _, problem := range flatten(err) {
		s.warn("labels of the image: " + problem.Error())
	}
	return known, nil
}

// appOf is the last part of the image's name.
func appOf(q question) string {
	if len(q.images) == 0 {
		return q.evidence.Subject.Image[strings.LastIndexByte(q.evidence.Subject.Image, '/')+1:]
	}
	return q.images[0].App()
}
