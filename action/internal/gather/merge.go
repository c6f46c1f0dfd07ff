package gather

import (
	"maps"

	"github.com/wizzense/deployment-rings/action/internal/github"
	"github.com/wizzense/deployment-rings/action/internal/ledger"
	"github.com/wizzense/deployment-rings/action/internal/status"
	"github.com/wizzense/deployment-rings/ringpolicy"
)

const fromFile = "the evidence file, which counts in place of what GitHub says"

// Merge joins what is known, kind by kind: the facts of the evidence file, and those of the ledger and of GitHub where the file
// has none of their kind. It also says where each came from. What no source knows stays not collected.
func Merge(policy *ringpolicy.Policy, file ringpolicy.Evidence, read ledger.Reading, found github.Facts) (ringpolicy.Evidence, []github.Source) {
	e := file
	read = read.Released(found.Released)
	e.Rings = mergeRings(file.Rings, read)
	if file.Quarantine == nil {
		e.Quarantine = read.Quarantine(status.RingsInto(policy, file.Subject.To)...)
	}
	from := map[string]string{}
	for _, s := range found.Sources {
		from[s.Fact] = s.From
	}
	var sources []github.Source
	take := func(fact string, lacks bool, set func()) {
		if !lacks {
			sources = append(sources, github.Source{Fact: fact, From: fromFile})
		} else if where, ok := from[fact]; ok {
			set()
			sources = append(sources, github.Source{Fact: fact, From: where})
		}
	}
	take("author", e.Subject.Author == "", func() { e.Subject.Author = found.Author })
	take("contributors", e.Subject.Contributors == nil, func() { e.Subject.Contributors = found.Contributors })
	take("checks", e.Checks == nil, func() { e.Checks = found.Checks })
	take("incidents", e.Incidents == nil, func() { e.Incidents = found.Incidents })
	take("approvals", e.Approvals == nil, func() { e.Approvals = found.Approvals })
	take("sign_offs", e.SignOffs == nil, func() { e.SignOffs = found.SignOffs })
	take("overrides", e.Overrides == nil, func() { e.Overrides = found.Overrides })
	take("locks", e.Locks == nil, func() { e.Locks = found.Locks })
	take("ancestry", e.Ancestry == "", func() { e.Ancestry = found.Ancestry })
	return e, sources
}

// mergeRings are the facts of the evidence file, and those of the ledger where the file has none of their kind.
func mergeRings(file map[string]ringpolicy.RingFacts, read ledger.Reading) map[string]ringpolicy.RingFacts {
	all := map[string]ringpolicy.RingFacts{}
	maps.Copy(all, file)
	for _, ring := range read.Rings() {
		facts, known := all[ring], read.Facts(ring)
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

// missing reports whether facts of a kind are still not collected.
func missing(fact string, e ringpolicy.Evidence, quarantineOfLedger bool) bool {
	return map[string]bool{
		"author": e.Subject.Author == "", "contributors": e.Subject.Contributors == nil, "checks": e.Checks == nil,
		"incidents": e.Incidents == nil, "approvals": e.Approvals == nil, "sign_offs": e.SignOffs == nil,
		"overrides": e.Overrides == nil, "locks": e.Locks == nil, "ancestry": e.Ancestry == "", "releases": quarantineOfLedger,
	}[fact]
}
