package status

import (
	"slices"

	"github.com/wizzense/deployment-rings/internal/text"
	"github.com/wizzense/deployment-rings/ringpolicy"
)

// Overtaken is the code of advice about an image that may come into a ring while the newer one may not.
const Overtaken = "overtaken"

// mostOvertaken limits the overtaken images of a ring that are asked about: as many as a decision about the ring would ask about.
const mostOvertaken = 3

// overtaken asks about the candidates of a ring that no ring before it runs any longer, as far as the ledger does not hold them.
func (f Facts) overtaken(policy *ringpolicy.Policy, ring ringpolicy.Ring) []Question {
	e := f.Evidence
	e.Subject.To, e.Quarantine = ring.Name, f.quarantine("", RingsInto(policy, ring.Name)...)
	candidates := policy.Candidates(e)
	var all []Question
	for _, digest := range candidates[min(1, len(candidates)):] {
		from := f.cameFrom(ring, digest)
		q := f.question(policy, from, ring.Name, ringpolicy.Stay{Digest: digest})
		q.Overtaken = true
		d, err := policy.Decide(q.Evidence)
		if runs := slices.ContainsFunc(ring.After, func(up string) bool { return f.there(up, digest) }); runs || err == nil && HeldByLedger(d) {
			continue
		}
		if all = append(all, q); len(all) == mostOvertaken {
			break
		}
	}
	return all
}

// cameFrom returns the first ring before another that had an image in service.
func (f Facts) cameFrom(ring ringpolicy.Ring, digest string) string {
	i := slices.IndexFunc(ring.After, func(up string) bool {
		return slices.ContainsFunc(f.Evidence.Rings[up].Stays(), func(s ringpolicy.Stay) bool { return s.Digest == digest })
	})
	return ring.After[max(0, i)]
}

// HeldByLedger reports whether an image may not come into a ring, whatever GitHub knows of it.
func HeldByLedger(d ringpolicy.Decision) bool {
	return d.Verdict != ringpolicy.Promote && (d.Verdict != ringpolicy.Hold || d.ReasonAmong(KnownToLedger) != "")
}

// KnownToLedger reports whether a criterion was looked at, or hangs on facts that GitHub does not have.
func KnownToLedger(r ringpolicy.Result) bool {
	ofLedger := []string{"rollback", "quarantine", "settled", "attempts", "lineage", "soak", "signals", "window"}
	return r.Missing == "" || slices.Contains(ofLedger, r.Kind)
}

// adviseOnOvertaken says how an image gets into a ring that a newer one overtook.
func (b builder) adviseOnOvertaken(all *advices, r Ring) {
	for _, w := range r.Behind {
		if w.Overtaken {
			all.addDo(Overtaken, "The image "+text.ShortDigest(w.Digest)+" of "+w.Ring+" may come in now. A newer one overtook it, and that may not yet. Run promote, or wait for the newer one.",
				b.command("promote", r.Name)+" --digest "+w.Digest)
		}
	}
}

// PastWords reports whether an image may not come into a ring, and no word of a person on GitHub changes that: time alone keeps it
// out, the ledger does not say enough, another deployment goes on, or it does not come from the ring before.
func PastWords(d ringpolicy.Decision) bool {
	if d.Verdict != ringpolicy.Hold {
		return true
	}
	onlyWaits := true
	for _, r := range d.Criteria {
		switch {
		case !r.Blocks() || !KnownToLedger(r):
		case r.Kind == "lineage" || r.Kind == "settled":
			return true
		default:
			onlyWaits = onlyWaits && (r.Status == ringpolicy.Waiting || r.Status == ringpolicy.Unknown)
		}
	}
	return onlyWaits
}
