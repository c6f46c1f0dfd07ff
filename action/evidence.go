package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/wizzense/deployment-rings/action/internal/image"
	"github.com/wizzense/deployment-rings/action/internal/ledger"
	"github.com/wizzense/deployment-rings/action/internal/report"
	"github.com/wizzense/deployment-rings/ringpolicy"
)

// A question is what a command that decides asks its policy: the evidence, and the image as the registry has it.
type question struct {
	policy   *ringpolicy.Policy
	evidence ringpolicy.Evidence
	images   []image.Name
	sources  []source // of the facts that were gathered

	entries          map[string][]ledger.Entry // of the ledger, about the image, by ring
	ledgerQuarantine bool                      // the quarantine is that of the ledger, less what was released
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
	src, err := readFile(path, ringpolicy.MaxEvidenceSize)
	if err != nil {
		s.addf("evidence: %w", err)
		return ringpolicy.Evidence{}
	}
	evidence, err := ringpolicy.ParseEvidence(path, src)
	s.add(err)
	return evidence
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
	if from := s.ledger(); from != nil {
		q.recall(s.readEntries(ctx, from, q.policy))
	}
}

// readEntries reads a ledger; nil has nothing to say.
func (s *session) readEntries(ctx context.Context, from ledger.Ledger, policy *ringpolicy.Policy) map[string][]ledger.Entry {
	if from == nil {
		return nil
	}
	entries, err := from.Read(ctx, ringNames(policy.Rings())...)
	for _, a := range annotations(err) {
		a.Level, a.Message = report.Warning, "the ledger was not read: "+a.Message
		s.notes = append(s.notes, a)
	}
	return entries
}

// recall fills in what the ledger says of the image.
func (q *question) recall(entries map[string][]ledger.Entry) {
	q.entries = maps.Clone(entries)
	for ring, all := range q.entries {
		q.entries[ring] = ledger.Of(all, q.names())
	}
	q.evidence.Rings = withLedger(q.evidence.Rings, q.entries)
	if q.ledgerQuarantine = q.evidence.Quarantine == nil; q.ledgerQuarantine {
		q.evidence.Quarantine = ledger.Quarantine(q.entries, nil)
	}
}

// names are those of the image that is asked about, as the ledger keeps them.
func (q question) names() []string {
	var all []string
	for _, n := range q.images {
		all = append(all, n.String())
	}
	return all
}

// withLedger adds the facts of a ledger where there are none of their kind.
func withLedger(rings map[string]ringpolicy.RingFacts, entries map[string][]ledger.Entry) map[string]ringpolicy.RingFacts {
	all := map[string]ringpolicy.RingFacts{}
	for name, facts := range rings {
		all[name] = facts
	}
	for name, of := range entries {
		facts, known := all[name], ledger.Facts(of)
		if facts.History == nil {
			facts.History = known.History
		}
		if facts.Signals == nil {
			facts.Signals = known.Signals
		}
		all[name] = facts
	}
	return all
}
