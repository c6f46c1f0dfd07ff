package ringpolicy

import (
	"slices"
	"time"
)

// The criteria that every decision has by itself, about a ring upstream of the target.
type (
	lineageRule struct{}
	soakRule    struct{}
)

func (lineageRule) Kind() string { return "lineage" }
func (soakRule) Kind() string    { return "soak" }

func (lineageRule) judge(s *scope, _ *Criterion) finding {
	return s.lineage().requires("in service with success, and the newest deployment there too")
}

func (s *scope) lineage() finding {
	history, ring := s.timelines[s.ring], s.policy.rings[s.ring].Name
	if !history.collected {
		return notCollected("history of " + ring)
	}
	was, ok := history.longest(s.evidence.Subject.Digest, s.now)
	if !ok {
		return s.neverThere(history, ring)
	}
	newest, _ := history.newest(s.evidence.Subject.Digest)
	if newest.Outcome != Succeeded {
		return unmet(VerificationRevoked, "the newest deployment to %s ended as %s", ring, newest.Outcome).restsOn(newest.ID)
	}
	return met("in service from " + formatTime(was.from)).restsOn(was.id)
}

// neverThere tells a ring that never ran the image from one that ran another image of the same commit.
func (s *scope) neverThere(history timeline, ring string) finding {
	revision := s.evidence.Subject.Revision
	for _, r := range slices.Backward(history.records) {
		if revision != "" && r.Revision == revision && (r.Outcome == Succeeded || r.Outcome == RolledBack) {
			return unmet(IdentityMismatch, "%s ran %s, another image of the same commit", ring, short(r.Digest)).restsOn(r.ID)
		}
	}
	return unmet(UpstreamMissing, "never in service in %s", ring)
}

// clockTolerance is how far clocks may differ.
const clockTolerance = 5 * time.Minute

func (soakRule) judge(s *scope, _ *Criterion) finding {
	soak := s.policy.rings[s.ring].Soak
	return s.soak(soak).requires(formatDuration(soak.Min))
}

func (s *scope) soak(soak Soak) finding {
	history, ring, digest := s.timelines[s.ring], s.policy.rings[s.ring].Name, s.evidence.Subject.Digest
	if !history.collected {
		return notCollected("history of " + ring)
	}
	longest, ok := history.longest(digest, s.now)
	if !ok {
		return unknown(SoakStartMissing, "no success in %s is known", ring)
	}
	lasted := longest.lasted(s.now)
	running, runs := history.running()
	inService := runs && running.digest == digest
	switch {
	case lasted < -clockTolerance:
		return unknown(ClockSkewExcessive, "begins %s, after now", formatTime(longest.from)).restsOn(longest.id)
	case lasted >= soak.Min:
		return s.soaked(soak, longest, inService)
	case !inService:
		return unmet(SupersededUpstream, "%s, then out of service in %s", formatDuration(whole(lasted)), ring).restsOn(longest.id)
	}
	begun := s.now.Sub(running.from)
	found := waiting(SoakRunning, running.from.Add(soak.Min), "%s", formatDuration(whole(begun))).restsOn(running.id)
	if begun < 0 {
		found = found.warns(ClockSkew, "the stay in %s begins %s, after now; it counts as 0", ring, formatTime(running.from))
	}
	return found
}

// soaked is a stay that is long enough, and perhaps too long.
func (s *scope) soaked(soak Soak, longest stay, inService bool) finding {
	ring, lasted := s.policy.rings[s.ring].Name, longest.lasted(s.now)
	found := met(formatDuration(whole(lasted))).restsOn(longest.id)
	if !inService {
		found = found.warns(SupersededUpstream, "%s no longer runs the image; its soak there is complete", ring)
	}
	switch {
	case soak.Max == 0:
	case lasted <= soak.Max:
		if longest.open() && soak.OnOverdue == Expire {
			found.changes = longest.from.Add(soak.Max + time.Second) // exactly the maximum is not too long
		}
	case soak.OnOverdue == Expire:
		return unmet(SoakExpired, "%s, longer than %s", formatDuration(whole(lasted)), formatDuration(soak.Max)).restsOn(longest.id)
	default:
		found = found.warns(SoakOverdue, "the stay in %s lasts %s, longer than %s", ring, formatDuration(whole(lasted)), formatDuration(soak.Max))
	}
	return found
}

// whole leaves parts of a second out for people.
func whole(d time.Duration) time.Duration { return d.Truncate(time.Second) }

// deployed is when the subject came into the ring that counts, and whether that is known.
func (s *scope) deployed() (time.Time, bool) {
	if s.ring < 0 {
		return time.Time{}, false
	}
	longest, ok := s.timelines[s.ring].longest(s.evidence.Subject.Digest, s.now)
	return longest.from, ok
}
