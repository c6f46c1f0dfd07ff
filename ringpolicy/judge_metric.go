package ringpolicy

import (
	"cmp"
	"fmt"
	"math/big"
	"slices"
	"time"
)

func (m MetricRule) judge(s *scope, _ *Criterion) finding {
	if s.evidence.Metrics == nil {
		return notCollected("metrics")
	}
	newest := m.newest(s)
	if len(newest) == 0 {
		return unknown(CodeMetricMissing, "no measurement of %s", m.named())
	}
	worst := m.measurement(s, newest[0]).linked(newest[0].URL)
	for _, other := range newest[1:] {
		worst = worst.worse(m.measurement(s, other).linked(other.URL))
	}
	return worst
}

// newest are the measurements of the subject that ended last: several when they ended together.
func (m MetricRule) newest(s *scope) []Metric {
	var newest []Metric
	for _, x := range s.evidence.Metrics {
		if x.Name != m.Name || m.Unit != "" && x.Unit != m.Unit || x.Digest != "" && x.Digest != s.evidence.Subject.Digest {
			continue
		}
		if len(newest) > 0 && x.To.After(newest[0].To) {
			newest = newest[:0]
		}
		if len(newest) == 0 || x.To.Equal(newest[0].To) {
			newest = append(newest, x)
		}
	}
	slices.SortStableFunc(newest, func(a, b Metric) int {
		return cmp.Or(cmp.Compare(a.Value, b.Value), cmp.Compare(a.Baseline, b.Baseline), a.From.Compare(b.From), cmp.Compare(a.Samples, b.Samples), cmp.Compare(a.Unit, b.Unit), cmp.Compare(b.URL, a.URL))
	})
	return newest
}

func (m MetricRule) measurement(s *scope, x Metric) finding {
	value, err := ParseDecimal(x.Value)
	if err != nil {
		return unknown(CodeMetricNotANumber, "%q is not a number", clip(x.Value))
	}
	baseline, err := ParseDecimal(x.Baseline)
	if m.Op == OpWithin && x.Baseline != "" && err != nil {
		return unknown(CodeMetricNotANumber, "baseline %q is not a number", clip(x.Baseline))
	}
	if found, ok := m.comparable(s, x); !ok {
		return found
	}
	switch {
	case m.Op != OpWithin:
	case x.Baseline == "":
		return unknown(CodeBaselineMissing, "%s, no baseline", x.Value)
	case baseline.value().Sign() == 0:
		return unknown(CodeBaselineZero, "%s, the baseline is 0", x.Value)
	}
	observed := x.Value + withSpace(m.unit(x))
	if m.Op == OpWithin {
		observed += ", baseline " + x.Baseline
	}
	if !m.holds(value.value(), baseline.value()) {
		return unmet(CodeMetricViolated, "%s", observed)
	}
	return met(observed).changing(m.staleAt(s, x))
}

// staleAt returns when the measurement stops being usable: when it exceeds MaxAge, or when a later stay starts to count.
func (m MetricRule) staleAt(s *scope, x Metric) time.Time {
	var at time.Time
	if m.MaxAge > 0 {
		at = x.To.Add(secondsAfter(m.MaxAge))
	}
	if s.ring >= 0 {
		at = earlier(at, s.nextLongest())
	}
	return at
}

// comparable reports whether a measurement says something about the image in its ring, now.
func (m MetricRule) comparable(s *scope, x Metric) (finding, bool) {
	if s.ring >= 0 {
		deployed, ok := s.deployed()
		switch {
		case !ok:
			return unknown(CodeEvidenceMissing, "when the image came into %s is not known", s.policy.rings[s.ring].Name).lacks("when the image came into " + s.policy.rings[s.ring].Name), false
		case x.From.Before(deployed.from):
			return unknown(CodeMetricBeforeDeploy, "measured from %s, before the deployment at %s", x.From, deployed.from), false
		}
	}
	switch age := whole(s.now.Sub(x.To)); {
	case m.MaxAge > 0 && age > m.MaxAge:
		return unknown(CodeMetricStale, "measured %s ago, at most %s", FormatDuration(age), FormatDuration(m.MaxAge)), false
	case x.Samples < int64(m.MinSamples):
		return unknown(CodeMetricFewSamples, "%s, at least %d", plural(int(x.Samples), "sample"), m.MinSamples), false
	}
	return finding{}, true
}

// holds compares exactly. Within looks in the bad direction only, by a share of the baseline's magnitude.
func (m MetricRule) holds(value, baseline *big.Rat) bool {
	switch m.Op {
	case OpBelow:
		return value.Cmp(m.Bound.value()) < 0
	case OpAtMost:
		return value.Cmp(m.Bound.value()) <= 0
	case OpAbove:
		return value.Cmp(m.Bound.value()) > 0
	case OpAtLeast:
		return value.Cmp(m.Bound.value()) >= 0
	case OpWithin:
		slack := new(big.Rat).Mul(new(big.Rat).Abs(baseline), new(big.Rat).Quo(m.Bound.value(), big.NewRat(100, 1)))
		if m.Better == BetterLower {
			return value.Cmp(slack.Add(baseline, slack)) <= 0
		}
		return value.Cmp(slack.Sub(baseline, slack)) >= 0
	}
	return false
}

func (m MetricRule) named() string {
	if m.Unit == "" {
		return m.Name
	}
	return m.Name + " in " + m.Unit
}

func (m MetricRule) required(string) string {
	switch m.Op {
	case OpWithin:
		return fmt.Sprintf("%s within %s%% of the baseline, %s is better", m.Name, m.Bound, m.Better)
	case OpAtMost:
		return fmt.Sprintf("%s at most %s%s", m.Name, m.Bound, withSpace(m.Unit))
	case OpAtLeast:
		return fmt.Sprintf("%s at least %s%s", m.Name, m.Bound, withSpace(m.Unit))
	}
	return fmt.Sprintf("%s %s %s%s", m.Name, m.Op, m.Bound, withSpace(m.Unit))
}

func (m MetricRule) unit(x Metric) string { return cmp.Or(m.Unit, x.Unit) }

func withSpace(s string) string {
	if s == "" {
		return ""
	}
	return " " + s
}
