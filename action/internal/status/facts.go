package status

import (
	"cmp"
	"slices"
	"time"

	"github.com/wizzense/deployment-rings/action/internal/ledger"
	"github.com/wizzense/deployment-rings/ringpolicy"
)

// Facts has what is known of the rings of an image.
type Facts struct {
	Image    string
	Ledger   ledger.Reading      // for versions, pull requests and reasons; and for the quarantine where the evidence has none
	Tags     map[string]string   // by ring: the digest that its tag points to, "" for none; nil: not collected
	Evidence ringpolicy.Evidence // histories, signals, quarantine; its subject is the image that the other facts are about
}

// A Question asks whether the image that a ring runs may move on into a next one. Where both are the same it asks how the
// ring itself does.
type Question struct {
	From, To  string
	Settled   bool // the next ring runs the image already
	Overtaken bool // From had the image before, and runs it no longer
	Evidence  ringpolicy.Evidence
}

// Questions are all that a report has to know of the policy.
func Questions(policy *ringpolicy.Policy, f Facts) []Question {
	var all []Question
	for _, ring := range policy.Rings() {
		all = append(all, f.overtaken(policy, ring)...)
		runs, ok := f.running(ring.Name)
		if !ok {
			continue
		}
		all = append(all, f.question(policy, ring.Name, ring.Name, runs))
		for _, next := range policy.Next(ring.Name) {
			all = append(all, f.question(policy, ring.Name, next.Name, runs))
		}
	}
	return all
}

func (f Facts) question(policy *ringpolicy.Policy, from, to string, runs ringpolicy.Stay) Question {
	e := f.Evidence
	e.Quarantine = f.quarantine(runs.Digest, RingsInto(policy, to)...)
	same := e.Subject.Digest == runs.Digest
	if !same || e.Subject.To != to {
		e.Ancestry = "" // it is of another image, or against what another ring runs
	}
	if !same {
		entry := f.entry(from, runs.Digest)
		e.Subject = ringpolicy.Subject{Digest: runs.Digest, Revision: cmp.Or(entry.Revision, f.revision(runs.Digest)), PullRequest: entry.PullRequest, Version: entry.Version}
	}
	e.Subject.Image, e.Subject.To = f.Image, to
	return Question{From: from, To: to, Settled: f.there(to, runs.Digest), Evidence: e}
}

// quarantine returns the images that were taken back; nil when one is not known in every ring that is needed.
func (f Facts) quarantine(digest string, needed ...string) []ringpolicy.Quarantine {
	if f.Evidence.Quarantine != nil {
		return f.Evidence.Quarantine
	}
	return f.Ledger.Quarantine(digest, needed...)
}

// RingsInto returns a ring and then all rings on the way into it.
func RingsInto(policy *ringpolicy.Policy, target string) []string {
	all := []string{target}
	for i := 0; i < len(all); i++ {
		ring, _ := policy.Ring(all[i])
		for _, up := range ring.After {
			if !slices.Contains(all, up) {
				all = append(all, up)
			}
		}
	}
	return all
}

// there reports whether a ring runs an image.
func (f Facts) there(ring, digest string) bool {
	runs, ok := f.running(ring)
	return ok && runs.Digest == digest
}

// running returns the stay of what a ring runs.
func (f Facts) running(ring string) (ringpolicy.Stay, bool) {
	stays := f.Evidence.Rings[ring].Stays()
	if len(stays) == 0 {
		return ringpolicy.Stay{}, false
	}
	last := stays[len(stays)-1]
	return last, last.InService(f.Evidence.Now)
}

// entry merges the ledger's records of an image; those of the given ring take precedence.
func (f Facts) entry(ring, digest string) ledger.Entry {
	var known ledger.Entry
	for _, name := range f.ringsFrom(ring) {
		entries, _ := f.Ledger.Ring(name)
		for _, e := range slices.Backward(entries) {
			if e.Digest == digest {
				known.Version = cmp.Or(known.Version, e.Version)
				known.PullRequest = cmp.Or(known.PullRequest, e.PullRequest)
				known.Revision = cmp.Or(known.Revision, e.Revision)
			}
		}
	}
	return known
}

// ringsFrom are all rings of the ledger, the one that is named first.
func (f Facts) ringsFrom(first string) []string {
	others := slices.DeleteFunc(f.Ledger.Rings(), func(name string) bool { return name == first })
	return append([]string{first}, others...)
}

// revision is the commit of an image as any history has it.
func (f Facts) revision(digest string) string {
	var found string
	for _, facts := range f.Evidence.Rings {
		for _, r := range facts.History {
			if r.Digest == digest {
				found = max(found, r.Revision) // one image has one commit; the larger of two is at least always the same
			}
		}
	}
	return found
}

func optional[T comparable](v T) *T {
	if v == *new(T) {
		return nil
	}
	return &v
}

func moment(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	t = t.UTC()
	return &t
}
