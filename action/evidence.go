package main

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/wizzense/deployment-rings/action/internal/image"
	"github.com/wizzense/deployment-rings/action/internal/ledger"
	"github.com/wizzense/deployment-rings/action/internal/note"
	"github.com/wizzense/deployment-rings/action/internal/status"
	"github.com/wizzense/deployment-rings/action/internal/view"
	"github.com/wizzense/deployment-rings/internal/regular"
	"github.com/wizzense/deployment-rings/ringpolicy"
)

// A question is what a command that decides asks its policy: the evidence, and the image as the registry has it.
type question struct {
	policy   *ringpolicy.Policy
	evidence ringpolicy.Evidence
	images   []image.Name
	sources  []view.Source // of the facts that were gathered
	labels   *imageLabels  // nil: not read
	recalled bool          // the revision is that of the ledger

	ledger           ledger.Reading                  // about the image
	fileRings        map[string]ringpolicy.RingFacts // of the evidence file, by ring
	ledgerQuarantine bool                            // the quarantine is that of the ledger, less what was released
}

// gatherEvidence collects the policy and what is known of the image and the rings: the facts of an evidence file, and
// those of the ledger that the file leaves out.
func (s *session) gatherEvidence(ctx context.Context) question {
	q := question{policy: s.policy()}
	q.evidence = s.evidenceFile()
	if s.problems != nil {
		return q
	}
	q.evidence.Now = s.moment(q.evidence.Now)
	s.agree("ring", &q.evidence.Subject.To)
	q.images = s.agreeImage(&q.evidence.Subject.Image)
	if !s.knowsRing(q) {
		return q
	}
	s.readLedger(ctx, &q)
	return q
}

// evidenceFile reads the evidence file, if there is one.
func (s *session) evidenceFile() ringpolicy.Evidence {
	path := s.values.Text("evidence")
	if path == "" {
		if !s.values.Given("ledger") && !s.knowsGitHub() {
			s.addf("evidence: there is nothing to decide by: give a token and GITHUB_REPOSITORY to ask GitHub, a ledger, or the path of an evidence file")
		}
		return ringpolicy.Evidence{}
	}
	evidence, err := compute(s.ctx, func() (ringpolicy.Evidence, error) {
		src, err := regular.ReadFile(path, ringpolicy.MaxEvidenceSize)
		if err != nil {
			return ringpolicy.Evidence{}, fmt.Errorf("evidence: %w", err)
		}
		return ringpolicy.ParseEvidence(path, src)
	})
	s.add(err)
	return evidence
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
func (s *session) agreeImage(value *string) []image.Name {
	lines := s.values.Lines("image")
	if len(lines) == 0 && *value != "" {
		lines = []string{*value}
	}
	if repository := s.getenv("GITHUB_REPOSITORY"); len(lines) == 0 && repository != "" {
		lines = []string{"ghcr.io/" + repository}
	}
	names, err := image.Parse(lines)
	s.addFor("image", err)
	switch {
	case len(names) == 0:
	case *value == "":
		*value = names[0].String()
	case !slices.ContainsFunc(names, func(n image.Name) bool { return n.String() == *value }):
		s.addf("image: %s is given, but the evidence is about %.200q", names[0], *value)
	}
	return names
}

// knowsRing reports a target ring that nobody names, or that the policy does not have.
func (s *session) knowsRing(q question) bool {
	to := q.evidence.Subject.To
	if to == "" {
		s.add(errors.New("ring: neither the input nor the evidence names the target ring"))
		return false
	}
	if _, ok := q.policy.Ring(to); !ok {
		s.addf("ring: the policy has no ring %.80q, its rings are %s", to, strings.Join(ringNames(q.policy.Rings()), ", "))
		return false
	}
	return s.problems == nil
}

// readLedger fills in the history, the signals and the quarantine that the evidence leaves out. A ring whose entries
// cannot be read stays not collected, and the run says why.
func (s *session) readLedger(ctx context.Context, q *question) {
	q.recall(s.readEntries(ctx, s.ledger(), q.policy))
}

// readEntries reads a ledger; nil has nothing to say.
func (s *session) readEntries(ctx context.Context, from ledger.Ledger, policy *ringpolicy.Policy) ledger.Reading {
	if from == nil {
		return ledger.Reading{}
	}
	read, err := from.Read(ctx, ringNames(policy.Rings())...)
	for _, a := range annotations(err) {
		a.Level, a.Message = note.Warning, "the ledger was not read: "+a.Message
		s.notes = append(s.notes, a)
	}
	return read
}

// recall fills in what the ledger says of the image.
func (q *question) recall(read ledger.Reading) {
	q.ledger, q.fileRings = read.Of(q.names()), q.evidence.Rings
	q.ledgerQuarantine = q.evidence.Quarantine == nil
	q.remember()
}

// remember fills in what the ledger comes to, by what is known of releases.
func (q *question) remember() {
	q.evidence.Rings = q.withLedger()
	if q.ledgerQuarantine {
		q.evidence.Quarantine = q.ledger.Quarantine(status.RingsInto(q.policy, q.evidence.Subject.To)...)
	}
}

// release fills in again what the ledger comes to, once it is known when images were released.
func (q *question) release(at map[string]time.Time) {
	q.ledger = q.ledger.Released(at)
	q.remember()
}

// warnLate says which images a ring may run although its history does not have them.
func (s *session) warnLate(q question) {
	for _, ring := range ringNames(q.policy.Rings()) {
		for _, e := range q.ledger.Late(ring) {
			s.warn(lateText(ring, e, q.ledger))
		}
	}
}

func lateText(ring string, late ledger.Entry, known ledger.Reading) string {
	again := "deploy an image there that is known to be good"
	if runs, ok := known.Current(ring); ok {
		again = fmt.Sprintf("deploy what the ring runs by its history again, %s", runs.Digest)
	}
	return fmt.Sprintf("%s: the success of %s, recorded %s, does not count: the image was taken back there before, and not released since. The ring may run it all the same: %s, and record its success",
		ring, late.Digest, formatTime(late.At), again)
}

// names are those of the image that is asked about, as the ledger keeps them.
func (q question) names() []string {
	var all []string
	for _, n := range q.images {
		all = append(all, n.String())
	}
	return all
}

// withLedger are the facts of the evidence file, and those of the ledger where the file has none of their kind.
func (q question) withLedger() map[string]ringpolicy.RingFacts {
	all := map[string]ringpolicy.RingFacts{}
	maps.Copy(all, q.fileRings)
	for _, ring := range q.ledger.Rings() {
		facts, known := all[ring], q.ledger.Facts(ring)
		if facts.History == nil {
			facts.History = known.History
		}
		if facts.Signals == nil {
			facts.Signals = known.Signals
		}
		all[ring] = facts
	}
	return all
}

func formatTime(t time.Time) string { return t.UTC().Format(time.RFC3339Nano) }

func ringNames(rings []ringpolicy.Ring) []string {
	names := make([]string, len(rings))
	for i, ring := range rings {
		names[i] = ring.Name
	}
	return names
}
