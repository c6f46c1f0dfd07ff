package ringpolicy

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

func (i IncidentsRule) required(string) string {
	return atMost(i.AtMost, "open incident") + " of severity " + strings.Join(i.Severities, " or ")
}

func (i IncidentsRule) judge(s *scope, _ *Criterion) finding {
	if s.evidence.Incidents == nil {
		return notCollected("incidents")
	}
	var open, pages []string
	for _, x := range s.evidence.Incidents {
		if i.names(x.Severity) && (x.ClosedAt.IsZero() || x.ClosedAt.After(s.now)) {
			open, pages = append(open, x.ID), append(pages, x.URL)
		}
	}
	n := len(open)
	open = firstFew(open)
	if n > i.AtMost {
		return unmet(CodeIncidentOpen, "%d open: %s", n, strings.Join(open, ", ")).restsOn(open...).linked(pages...)
	}
	return met(fmt.Sprintf("%d open", n)).restsOn(open...).linked(pages...)
}

func (i IncidentsRule) names(severity string) bool {
	return slices.ContainsFunc(i.Severities, func(s string) bool { return strings.EqualFold(s, severity) })
}

func (r SignalsRule) judge(s *scope, _ *Criterion) finding {
	if s.ring < 0 {
		return notCollected("an upstream ring, so signals")
	}
	ring := s.policy.rings[s.ring].Name
	signals := s.signals[s.ring]
	if signals == nil {
		return notCollected("signals of " + ring)
	}
	deployed, ok := s.deployed()
	since := deployed.from
	if r.Within > 0 {
		since, ok = s.now.Add(-r.Within), true
	}
	if !ok {
		return unknown(CodeEvidenceMissing, "when the image came into %s is not known", ring).lacks("when the image came into " + ring)
	}
	failing, last, pages := 0, time.Time{}, []string{}
	for _, x := range signals {
		if x.State == SignalFailing && x.Digest == s.evidence.Subject.Digest && slices.Contains(r.Kinds, x.Kind) && !x.At.Before(since) {
			failing++
			last, pages = later(last, x.At), append(pages, x.URL)
		}
	}
	if failing > r.AtMost {
		return unmet(CodeSignalFailing, "%s, the last at %s", plural(failing, "failing signal"), last).linked(pages...)
	}
	return met(plural(failing, "failing signal")).linked(pages...)
}

func (r SignalsRule) required(ring string) string {
	since := "since the deployment"
	if r.Within > 0 {
		since = "within " + FormatDuration(r.Within)
	}
	return fmt.Sprintf("%s of %s in %s %s", atMost(r.AtMost, "failing signal"), strings.Join(signalWords(r.Kinds), " or "), ring, since)
}

// atMost is "no open incident", "at most 2 open incidents".
func atMost(n int, noun string) string {
	if n == 0 {
		return "no " + noun
	}
	return "at most " + plural(n, noun)
}
