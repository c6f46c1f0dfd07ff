package ringpolicy

import (
	"cmp"
	"maps"
	"slices"
	"strings"
)

// mostCandidates limits the images that a ring chooses from.
const mostCandidates = 10

// Candidates returns the images that may come into the target ring next, by digest, the newest first, at most 10. The one to
// take is the newest that Decide promotes.
//
// A candidate was in service with success in an upstream ring; where the target requires all of them, in all. Its newest stay
// there began after that of the image that the target runs; where that image was in none of them, after the target's own stay
// began. Where the target runs nothing, all are newer. The target has not had it in a stay since; a stay that was taken back
// does not count once the image has left the quarantine.
//
// Where there is no candidate, or the history of the target was not collected, it returns the newest image of the upstream
// rings alone, to be judged as it is; nil where none is known. Of the evidence, now, subject.to, the histories and the
// quarantine count.
func (p *Policy) Candidates(e Evidence) []string {
	target := p.index(e.Subject.To)
	if target < 0 {
		return nil
	}
	came, everywhere := p.cameInto(target, e)
	all := slices.SortedFunc(maps.Values(came), func(a, b stay) int {
		return cmp.Or(b.compareStart(a), strings.Compare(a.digest, b.digest))
	})
	if len(all) == 0 {
		return nil
	}
	newest := all[0].digest
	own := newTimeline(e.Rings[p.rings[target].Name].History)
	if !own.collected {
		return []string{newest}
	}
	runs, running := own.running(e.Now)
	if upstream, ok := came[runs.digest]; ok {
		runs = upstream
	}
	all = slices.DeleteFunc(all, func(s stay) bool {
		return p.rings[target].Require == RequireAll && !everywhere[s.digest] || running && s.compareStart(runs) <= 0 ||
			slices.ContainsFunc(own.stays, func(had stay) bool { return had.since(s) && !e.takenBackAndReleased(had) })
	})
	if len(all) == 0 {
		return []string{newest}
	}
	var digests []string
	for _, s := range all[:min(len(all), mostCandidates)] {
		digests = append(digests, s.digest)
	}
	return digests
}

// cameInto returns the newest stay of each image in the upstream rings of a target, and which images all of them had.
func (p *Policy) cameInto(target int, e Evidence) (newest map[string]stay, everywhere map[string]bool) {
	newest, rings := map[string]stay{}, map[string]int{}
	for _, u := range p.upstream[target] {
		here := map[string]stay{}
		for _, s := range newTimeline(e.Rings[p.rings[u].Name].History).stays {
			here[s.digest] = s
		}
		for digest, s := range here {
			rings[digest]++
			if known, ok := newest[digest]; !ok || s.compareStart(known) > 0 {
				newest[digest] = s
			}
		}
	}
	maps.DeleteFunc(rings, func(_ string, n int) bool { return n < len(p.upstream[target]) })
	everywhere = map[string]bool{}
	for digest := range rings {
		everywhere[digest] = true
	}
	return newest, everywhere
}

// compareStart orders stays by their start, and within one second by id.
func (s stay) compareStart(other stay) int {
	return cmp.Or(cmp.Compare(s.from.Unix(), other.from.Unix()), compareIDs(s.id, other.id), s.from.Compare(other.from))
}

// since reports whether a stay of a ring is of the image of an upstream stay, and goes on after the start of that one.
func (s stay) since(upstream stay) bool {
	return s.digest == upstream.digest && (s.compareStart(upstream) >= 0 || s.open(upstream.from))
}

// takenBackAndReleased reports whether a stay of the target ring was taken back, and its image is known to be in quarantine there
// no longer.
func (e Evidence) takenBackAndReleased(s stay) bool {
	return !s.healthy && e.Quarantine != nil && !slices.ContainsFunc(e.Quarantine, func(q Quarantine) bool {
		return q.Digest == s.digest && q.Ring == e.Subject.To
	})
}

// ReasonAmong returns the code of the worst criterion that keeps the image out among those that count, the first in the list
// among equals; "" where none does.
func (d Decision) ReasonAmong(counts func(Result) bool) Code {
	return worstOf(slices.DeleteFunc(slices.Clone(d.Criteria), func(r Result) bool { return !counts(r) })).Code
}
