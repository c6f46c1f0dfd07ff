package ringpolicy

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

// The criteria that every decision has by itself, about a ring upstream of the target.
type (
	lineageRule struct{}
	soakRule    struct{ soak Soak }
)

func (lineageRule) Kind() string { return "lineage" }
func (soakRule) Kind() string    { return "soak" }

func (lineageRule) required(string) string {
	return "in service there with success, and not revoked since"
}

// asked reports whether a soak asks for anything.
func (s Soak) asked() bool { return s.Min > 0 || s.Max > 0 }

func (r soakRule) required(string) string { return FormatDuration(r.soak.Min) }

func (lineageRule) judge(s *scope, _ *Criterion) finding {
	history, ring := s.timelines[s.ring], s.policy.rings[s.ring].Name
	if !history.collected {
		return notCollected("history of " + ring)
	}
	was, ok := history.longest(s.evidence.Subject.Digest, s.now)
	newest, finished := history.newest(s.evidence.Subject.Digest, s.now)
	switch {
	case !ok:
		return s.neverThere(history, ring)
	case finished && newest.Outcome != OutcomeSuccess:
		return unmet(CodeVerificationRevoked, "the newest deployment to %s ended as %s", ring, newest.Outcome).restsOn(newest.ID).linked(newest.URL)
	case !finished && !s.policy.rings[s.ring].Soak.asked(): // else the soak says so
		return unmet(CodeUpstreamMissing, "in service in %s from %s only, after now", ring, was.from).restsOn(was.id).linked(was.url)
	}
	return found(Met, CodeOK, "in service from %s", []any{was.from}).restsOn(was.id).linked(was.url)
}

// neverThere distinguishes a ring that never ran the image from one that ran another image of the same commit.
func (s *scope) neverThere(history timeline, ring string) finding {
	revision := s.evidence.Subject.Revision
	for _, r := range slices.Backward(history.records) {
		if revision != "" && r.Revision == revision && (r.Outcome == OutcomeSuccess || r.Outcome == OutcomeRolledBack) {
			return unmet(CodeIdentityMismatch, "%s ran %s, another image of the same commit", ring, short(r.Digest)).restsOn(r.ID).linked(r.URL)
		}
	}
	return unmet(CodeUpstreamMissing, "never in service in %s", ring)
}

// provenRule keeps an image out that is proven bad in a ring before the target, whether that ring could go back or not.
// It is listed when that is so.
type provenRule struct {
	kinds       []SignalKind
	consecutive int
}

func (provenRule) Kind() string { return rollbackID }

func (r provenRule) required(ring string) string {
	return fmt.Sprintf("no rollback needed in %s for %s", ring, strings.Join(signalWords(r.kinds), " or "))
}

// judge counts the signals of the stay that a soak counts. Where the history was not collected all signals count, and what
// they would prove is not known.
func (r provenRule) judge(s *scope, _ *Criterion) finding {
	ring, history := s.policy.rings[s.ring].Name, s.timelines[s.ring]
	deployed, ok := s.deployed()
	bad, pages := provenBad(s.signals[s.ring], r.kinds, r.consecutive, s.evidence.Subject.Digest, deployed.from)
	switch {
	case len(bad) == 0 || history.collected && !ok:
		return finding{unlisted: true}
	case !history.collected:
		return notCollected("history of " + ring).linked(pages...)
	}
	return unmet(CodeSignalFailing, "%s in %s", failing(bad), ring).restsOn(deployed.id).linked(append(pages, deployed.url)...)
}

// unwatched are the kinds of signals that the ring goes back for and that none of its criteria for a healthy stay decides on.
func (r *Ring) unwatched() []SignalKind {
	var kinds []SignalKind
	for _, kind := range r.Rollback.Triggers {
		if !slices.ContainsFunc(r.Success, func(c Criterion) bool { return !c.Advisory && watches(c.Rule, kind) }) {
			kinds = append(kinds, kind)
		}
	}
	return kinds
}

func watches(rule Rule, kind SignalKind) bool {
	signals, ok := rule.(SignalsRule)
	return ok && slices.Contains(signals.Kinds, kind)
}

// clockTolerance is how far clocks may differ.
const clockTolerance = 5 * time.Minute

func (r soakRule) judge(s *scope, _ *Criterion) finding {
	history, ring, digest := s.timelines[s.ring], s.policy.rings[s.ring].Name, s.evidence.Subject.Digest
	if !history.collected {
		return notCollected("history of " + ring)
	}
	longest, ok := history.longest(digest, s.now)
	if !ok {
		return unknown(CodeSoakStartMissing, "no success in %s is known", ring)
	}
	running, runs := history.running(s.now)
	inService := runs && running.digest == digest
	counts := longest
	if inService && longest.lasted(s.now) < r.soak.Min {
		counts = running
	}
	return r.soaking(s, counts, inService)
}

// soaking judges the stay that counts: the longest, or the one that goes on while none is long enough.
func (r soakRule) soaking(s *scope, counts stay, inService bool) finding {
	soak, ring, lasted := r.soak, s.policy.rings[s.ring].Name, max(0, counts.lasted(s.now))
	var found finding
	switch {
	case counts.from.Sub(s.now) > clockTolerance:
		return unknown(CodeClockSkewExcessive, "begins %s, after now", counts.from).restsOn(counts.id).linked(counts.url)
	case lasted >= soak.Min:
		found = s.soaked(soak, whole(lasted), inService)
	case inService:
		found = waiting(CodeSoakRunning, counts.from.Add(soak.Min), "%s", FormatDuration(whole(lasted)))
	default:
		found = unmet(CodeSupersededUpstream, "%s, then out of service in %s", FormatDuration(whole(lasted)), ring)
	}
	if counts.from.After(s.now) {
		found = found.warns(CodeClockSkew, "the stay in %s begins %s, after now; it counts as 0", ring, formatTime(counts.from))
	}
	return found.restsOn(counts.id).linked(counts.url)
}

// soaked is a stay that is long enough, and perhaps too long. Like its text, the maximum knows whole seconds only.
func (s *scope) soaked(soak Soak, lasted time.Duration, inService bool) finding {
	ring := s.policy.rings[s.ring].Name
	found := met(FormatDuration(lasted))
	if !inService {
		found = found.warns(CodeSupersededUpstream, "%s no longer runs the image; its soak there is complete", ring)
	}
	switch {
	case soak.Max == 0:
	case lasted <= soak.Max:
		if soak.OnOverdue == OverdueExpire {
			found.changes = s.timelines[s.ring].reaches(s.evidence.Subject.Digest, secondsAfter(soak.Max), s.now)
		}
	case soak.OnOverdue == OverdueExpire:
		return unmet(CodeSoakExpired, "%s, longer than %s", FormatDuration(lasted), FormatDuration(soak.Max))
	default:
		found = found.warns(CodeSoakOverdue, "the stay in %s lasts %s, longer than %s", ring, FormatDuration(lasted), FormatDuration(soak.Max))
	}
	return found
}

// secondsAfter is the first whole second that is more than a duration.
func secondsAfter(d time.Duration) time.Duration { return whole(d) + time.Second }

// whole leaves parts of a second out for people.
func whole(d time.Duration) time.Duration { return d.Truncate(time.Second) }

// deployed is the stay that a soak counts, in the ring whose deployment counts: facts from before it do not.
func (s *scope) deployed() (stay, bool) {
	return s.timelines[s.ring].longest(s.evidence.Subject.Digest, s.now)
}

// nextLongest returns when another stay of the image becomes the longest.
func (s *scope) nextLongest() time.Time {
	deployed, _ := s.deployed()
	if deployed.to.IsZero() {
		return time.Time{}
	}
	return s.timelines[s.ring].reaches(s.evidence.Subject.Digest, deployed.to.Sub(deployed.from), s.now)
}
