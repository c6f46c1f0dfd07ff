package gather

import (
	"maps"

	"github.com/wizzense/deployment-rings/action/internal/github/facts"
	"github.com/wizzense/deployment-rings/action/internal/ledger"
	"github.com/wizzense/deployment-rings/action/internal/status"
	"github.com/wizzense/deployment-rings/ringpolicy"
)

const fromFile = "the evidence file, which counts in place of what GitHub says"

// Merge joins what is known, kind by kind: the facts of the evidence file, and those of the ledger and of GitHub where the file
// has none of their kind. It also says where each came from. What no source knows stays not collected.
func Merge(policy *ringpolicy.Policy, file ringpolicy.Evidence, read ledger.Reading, found facts.Facts) (ringpolicy.Evidence, []facts.Source) {
	e := file
	read = read.Released(found.Released)
	e.Rings = mergeRings(file.Rings, read)
	if file.Quarantine == nil {
		e.Quarantine = read.Quarantine(file.Subject.Digest, status.RingsInto(policy, file.Subject.To)...)
	}
	from := map[facts.Kind]string{}
	for _, s := range found.Sources {
		from[s.Kind] = s.From
	}
	var sources []facts.Source
	for _, k := range kinds {
		if !k.lacks(e) {
			sources = append(sources, facts.Source{Kind: k.Kind, From: fromFile})
		} else if where, ok := from[k.Kind]; ok {
			k.set(&e, found)
			sources = append(sources, facts.Source{Kind: k.Kind, From: where})
		}
	}
	return e, sources
}

// mergeRings are the facts of the evidence file, and those of the ledger where the file has none of their kind.
func mergeRings(file map[string]ringpolicy.RingFacts, read ledger.Reading) map[string]ringpolicy.RingFacts {
	all := map[string]ringpolicy.RingFacts{}
	maps.Copy(all, file)
	for _, ring := range read.Rings() {
		own, known := all[ring], read.Facts(ring)
		if own.History == nil {
			own.History = known.History
		}
		if own.Signals == nil {
			own.Signals = known.Signals
		}
		all[ring] = own
	}
	return all
}

// kinds are the kinds of facts that GitHub knows, with how to find out whether evidence lacks them and how to fill them in.
var kinds = []struct {
	facts.Kind
	lacks func(ringpolicy.Evidence) bool
	set   func(*ringpolicy.Evidence, facts.Facts)
}{
	{facts.KindAuthor, func(e ringpolicy.Evidence) bool { return e.Subject.Author == "" },
		func(e *ringpolicy.Evidence, f facts.Facts) { e.Subject.Author = f.Author }},
	{facts.KindContributors, func(e ringpolicy.Evidence) bool { return e.Subject.Contributors == nil },
		func(e *ringpolicy.Evidence, f facts.Facts) { e.Subject.Contributors = f.Contributors }},
	{facts.KindChecks, func(e ringpolicy.Evidence) bool { return e.Checks == nil },
		func(e *ringpolicy.Evidence, f facts.Facts) { e.Checks = f.Checks }},
	{facts.KindIncidents, func(e ringpolicy.Evidence) bool { return e.Incidents == nil },
		func(e *ringpolicy.Evidence, f facts.Facts) { e.Incidents = f.Incidents }},
	{facts.KindApprovals, func(e ringpolicy.Evidence) bool { return e.Approvals == nil },
		func(e *ringpolicy.Evidence, f facts.Facts) { e.Approvals = f.Approvals }},
	{facts.KindSignOffs, func(e ringpolicy.Evidence) bool { return e.SignOffs == nil },
		func(e *ringpolicy.Evidence, f facts.Facts) { e.SignOffs = f.SignOffs }},
	{facts.KindOverrides, func(e ringpolicy.Evidence) bool { return e.Overrides == nil },
		func(e *ringpolicy.Evidence, f facts.Facts) { e.Overrides = f.Overrides }},
	{facts.KindLocks, func(e ringpolicy.Evidence) bool { return e.Locks == nil },
		func(e *ringpolicy.Evidence, f facts.Facts) { e.Locks = f.Locks }},
	{facts.KindAncestry, func(e ringpolicy.Evidence) bool { return e.Ancestry == "" },
		func(e *ringpolicy.Evidence, f facts.Facts) { e.Ancestry = f.Ancestry }},
}

// lacks reports whether evidence lacks facts of a kind.
func lacks(kind facts.Kind, e ringpolicy.Evidence) bool {
	for _, k := range kinds {
		if k.Kind == kind {
			return k.lacks(e)
		}
	}
	return false
}
