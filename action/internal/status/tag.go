package status

import (
	"fmt"

	"github.com/wizzense/deployment-rings/internal/text"
	"github.com/wizzense/deployment-rings/ringpolicy"
	"github.com/wizzense/deployment-rings/tagging"
)

// Codes of advice about the tag of a ring.
const (
	TagElsewhere  = "tag_elsewhere"  // it points to another image than the ring runs
	TagUnrecorded = "tag_unrecorded" // it points to an image, and nothing is known to run
)

// OfTag reports whether the advice is about the tag of a ring, which may be wrong whatever the state of the ring is.
func (a Advice) OfTag() bool { return a.Code == TagElsewhere || a.Code == TagUnrecorded }

// TagElsewhere reports whether the tag of the ring points to an image that the ring neither runs nor is about to run.
func (r Ring) TagElsewhere() bool { return r.Runs != nil && r.tagMisleads() }

// tagMisleads reports whether the tag points to what the ring is not known to run. While that is on its way in there is
// nothing to do, and a tag that does not exist cannot mislead.
func (r Ring) tagMisleads() bool {
	t := r.Tag
	return t != nil && t.Found && (t.Matches == nil || !*t.Matches) && (r.Arriving == nil || r.Arriving.Digest != *t.Digest)
}

// tag returns the tag of a ring; nil when it was not collected.
func (b builder) tag(ring ringpolicy.Ring, runs *Deployment) *Tag {
	if b.facts.Tags == nil {
		return nil
	}
	digest := b.facts.Tags[ring.Name]
	t := &Tag{Name: tagging.LatestOf(ring.Tag), Found: digest != "", Digest: optional(digest)}
	if runs != nil {
		matches := digest == runs.Digest
		t.Matches = &matches
	}
	return t
}

// adviseOnTag says what to do about a tag that misleads.
func (b builder) adviseOnTag(all *advices, r Ring) {
	if !r.tagMisleads() {
		return
	}
	tag, digest := r.Tag.Name, *r.Tag.Digest
	record := b.command("record", r.Name) + " --state success --digest " + digest
	switch {
	case r.TagElsewhere():
		text := fmt.Sprintf("The tag %s points to %s, but by the ledger the ring runs %s. A promotion or a rollback goes on or was cut short (run it again), "+
			"or a person moved the tag by hand: record what the ring runs, or put the tag back on it.", tag, text.ShortDigest(digest), text.ShortDigest(r.Runs.Digest))
		all.addDo(TagElsewhere, text, record, b.command("rollback", r.Name)+" --digest "+r.Runs.Digest)
	case r.State == Unknown:
		all.addDo(TagUnrecorded, fmt.Sprintf("By its tag %s the ring runs %s. Only the ledger can confirm that.", tag, text.ShortDigest(digest)))
	default:
		all.addDo(TagUnrecorded, fmt.Sprintf("The tag %s points to %s, of which nothing is recorded here. If the ring runs it, record that.", tag, text.ShortDigest(digest)), record)
	}
}
