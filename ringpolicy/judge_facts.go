package ringpolicy

import (
	"fmt"
	"slices"
	"strings"
)

func (i IncidentsRule) judge(s *scope, _ *Criterion) finding {
	required := fmt.Sprintf("at most %d open: %s", i.AtMost, strings.Join(i.Severities, ", "))
	if s.evidence.Incidents == nil {
		return notCollected("incidents").requires(required)
	}
	var open []string
	for _, x := range s.evidence.Incidents {
		if i.names(x.Severity) && (x.ClosedAt.IsZero() || x.ClosedAt.After(s.now)) {
			open = append(open, x.ID)
		}
	}
	observed := fmt.Sprintf("%d open", len(open))
	if len(open) > i.AtMost {
		return unmet(IncidentOpen, "%s", observed).requires(required).restsOn(open...)
	}
	return met(observed).requires(required).restsOn(open...)
}

func (i IncidentsRule) names(severity string) bool {
	return slices.ContainsFunc(i.Severities, func(s string) bool { return strings.EqualFold(s, severity) })
}

func (r SignalsRule) judge(s *scope, _ *Criterion) finding {
	if s.ring < 0 {
		return notCollected("an upstream ring, so signals").requires(r.required("upstream"))
	}
	ring := s.policy.rings[s.ring].Name
	required := r.required(ring)
	signals := s.evidence.Rings[ring].Signals
	if signals == nil {
		return notCollected("signals of " + ring).requires(required)
	}
	deployed, ok := s.deployed()
	since := deployed.from
	if r.Within > 0 {
		since, ok = s.now.Add(-r.Within), true
	}
	if !ok {
		return unknown(EvidenceMissing, "when the image came into %s is not known", ring).requires(required)
	}
	failing := 0
	for _, x := range signals {
		if x.State == Failing && x.Digest == s.evidence.Subject.Digest && slices.Contains(r.Kinds, x.Kind) && !x.At.Before(since) {
			failing++
		}
	}
	observed := plural(failing, "failing signal")
	if failing > r.AtMost {
		return unmet(SignalFailing, "%s", observed).requires(required)
	}
	return met(observed).requires(required)
}

func (r SignalsRule) required(ring string) string {
	since := "since the deployment"
	if r.Within > 0 {
		since = "within " + FormatDuration(r.Within)
	}
	return fmt.Sprintf("at most %d of %s in %s %s", r.AtMost, joinOr(r.Kinds), ring, since)
}
