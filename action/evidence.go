package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"slices"
	"time"

	"github.com/wizzense/deployment-rings/action/internal/image"
	"github.com/wizzense/deployment-rings/ringpolicy"
)

// gatherEvidence collects the policy and what is known of the image and the rings: from an evidence file.
func (s *session) gatherEvidence() (*ringpolicy.Policy, ringpolicy.Evidence) {
	policy := s.policy()
	path := s.values.Text("evidence")
	if path == "" {
		s.addf("evidence: this version does not gather facts from GitHub by itself, give the path of an evidence file")
		return policy, ringpolicy.Evidence{}
	}
	evidence, ok := s.readEvidence(path)
	if !ok {
		return policy, evidence
	}
	evidence.Now = s.moment(evidence.Now)
	s.agree("ring", &evidence.Subject.To)
	s.agree("digest", &evidence.Subject.Digest)
	s.agreeImage(&evidence.Subject.Image)
	s.complete(evidence.Subject)
	return policy, evidence
}

func (s *session) readEvidence(path string) (ringpolicy.Evidence, bool) {
	src, err := readFile(path, ringpolicy.MaxEvidenceSize)
	if err != nil {
		s.addf("evidence: %w", err)
		return ringpolicy.Evidence{}, false
	}
	evidence, err := ringpolicy.ParseEvidence(path, src)
	s.add(err)
	return evidence, err == nil
}

// readFile reads a file that has at most limit bytes; a larger one is refused before it fills the memory.
func readFile(path string, limit int64) ([]byte, error) {
	info, err := os.Stat(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("there is no file %.200q", path)
	}
	if err != nil {
		return nil, err
	}
	if info.Size() > limit {
		return nil, fmt.Errorf("%s has %d bytes, expected at most %d", path, info.Size(), limit)
	}
	return os.ReadFile(path)
}

// moment is the input now, else that of the evidence, else the clock.
func (s *session) moment(of time.Time) time.Time {
	switch text := s.values.Text("now"); {
	case text != "":
		t, err := time.Parse(time.RFC3339, text)
		if err != nil {
			s.addf("now: %.40q is not a time in RFC 3339 such as 2026-03-03T05:30:00Z", text)
		}
		return t
	case !of.IsZero():
		return of
	}
	return s.now()
}

// agree fills in what the evidence leaves out, and refuses an input that says otherwise.
func (s *session) agree(name string, value *string) {
	switch given := s.values.Text(name); {
	case given == "":
	case *value == "":
		*value = given
	case *value != given:
		s.addf("%s: %.80q is given, but the evidence is about %.80q", name, given, *value)
	}
}

// agreeImage does the same with the image, of which the input may name several.
func (s *session) agreeImage(value *string) {
	if !s.values.Given("image") {
		return
	}
	names, err := image.Parse(s.values.Lines("image"))
	s.addFor("image", err)
	switch {
	case len(names) == 0:
	case *value == "":
		*value = names[0].String()
	case !slices.ContainsFunc(names, func(n image.Name) bool { return n.String() == *value }):
		s.addf("image: %s is given, but the evidence is about %.200q", names[0], *value)
	}
}

// complete reports what a decision cannot do without.
func (s *session) complete(subject ringpolicy.Subject) {
	if s.values.Given("tag") {
		s.addf("tag: this version cannot resolve a tag, since it has no registry client; give the digest")
	}
	if subject.To == "" {
		s.add(errors.New("ring: neither the input nor the evidence names the target ring"))
	}
	if subject.Digest == "" && !s.values.Given("tag") {
		s.add(errors.New("digest: neither the input nor the evidence names the image by its digest"))
	}
}
