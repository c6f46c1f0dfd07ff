package gather

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/wizzense/deployment-rings/action/internal/fault"
	"github.com/wizzense/deployment-rings/action/internal/once"
	"github.com/wizzense/deployment-rings/action/internal/registry"
	"github.com/wizzense/deployment-rings/labels"
	"github.com/wizzense/deployment-rings/ringpolicy"
	"github.com/wizzense/deployment-rings/tagging"
)

// Candidate finds the image that wants to move on, by digest, by tag, or as what the upstream rings run, and then what GitHub
// knows of it.
func Candidate(ctx context.Context, log *fault.Log, c *Clients, ask Ask, f *Facts) {
	if identify(ctx, log, c, ask, f) {
		askGitHub(ctx, log, c, ask, f)
		Late(log, *f)
	}
}

// identify finds the image, and reports whether it did. Where its labels could not be read the log says so.
func identify(ctx context.Context, log *fault.Log, c *Clients, ask Ask, f *Facts) bool {
	subject := &f.File.Subject
	agree(log, "digest", ask.Digest, &subject.Digest)
	if log.Problems != nil {
		return false
	}
	given := subject.Digest
	if given == "" || ask.Tag != "" {
		digest, err := candidate(ctx, c, ask.Tag, *f)
		log.Add(err)
		if err == nil && given != "" && given != digest {
			log.Addf("tag: %s is %s, but digest is %s: give one of them", ask.Tag, digest, given)
		}
		subject.Digest = digest
	}
	if log.Problems != nil {
		return false
	}
	if ask.Found != nil {
		ask.Found(*f)
	}
	switch {
	case subject.Digest != given || subject.Revision == "" && subject.Image != "" && c.GitHub(log) != nil:
		describe(ctx, log, c, f)
	case f.found && subject.Revision == "" && len(ask.Images) > 0:
		f.tryLabels(ctx, log, c)
	}
	f.recallRevision()
	f.AskOlder(ctx, log, subject.Digest, subject.Revision)
	f.Evidence.Subject = f.File.Subject
	return true
}

// Expected returns the commit and the pull request of the image as evidence and ledger have them, before its labels are read;
// "" and 0 where they do not.
func (f Facts) Expected() (revision string, number int) {
	subject := f.File.Subject
	revision, number = cmp.Or(subject.Revision, f.recordedRevision(subject.Digest)), subject.PullRequest
	for _, ring := range f.Policy.Rings() {
		for _, r := range f.Evidence.Rings[ring.Name].History {
			if r.Digest == subject.Digest {
				revision = cmp.Or(revision, r.Revision)
			}
		}
		entries, _ := f.Ledger.Ring(ring.Name) // another ring may have it all the same
		for _, e := range entries {
			if e.Digest == subject.Digest {
				number = cmp.Or(number, e.PullRequest)
			}
		}
	}
	return revision, number
}

func candidate(ctx context.Context, c *Clients, tag string, f Facts) (string, error) {
	name := f.File.Subject.Image
	if name == "" {
		return "", errors.New("digest: neither the input nor the evidence names the image by its digest, and no image is given to look for one")
	}
	if tag != "" {
		return Resolve(ctx, c, name, tag)
	}
	ring, _ := f.Policy.Ring(f.File.Subject.To)
	if len(ring.After) == 0 {
		return "", fmt.Errorf("digest: ring %s comes after no ring, so give the digest or the tag of the image", ring.Name)
	}
	return upstreamDigest(ctx, c, f, ring)
}

// upstreamDigest returns the digest that all upstream rings run, by their tags.
func upstreamDigest(ctx context.Context, c *Clients, f Facts, ring ringpolicy.Ring) (string, error) {
	var digests, seen []string
	for _, name := range ring.After {
		up, _ := f.Policy.Ring(name)
		c.Registry.Ahead(ctx, f.File.Subject.Image, tagging.LatestOf(up.Tag)) // all at once
	}
	for _, name := range ring.After {
		up, _ := f.Policy.Ring(name)
		digest, err := Resolve(ctx, c, f.File.Subject.Image, tagging.LatestOf(up.Tag))
		if err != nil {
			return "", err
		}
		digests = append(digests, digest)
		seen = append(seen, up.Tag+"-latest is "+digest)
	}
	if len(once.Each(digests)) > 1 {
		return "", fmt.Errorf("digest: the rings before %s run different images (%s): name one", ring.Name, strings.Join(seen, ", "))
	}
	return digests[0], nil
}

// describe fills in what the labels of the image say and the evidence leaves out.
func describe(ctx context.Context, log *fault.Log, c *Clients, f *Facts) {
	subject := &f.File.Subject
	known, err := ReadLabels(ctx, log, c, *f, subject.Digest)
	if err != nil {
		log.Add(err)
		return
	}
	f.Labels = &known
	subject.Revision = cmp.Or(subject.Revision, known.Revision)
	if subject.PullRequest == 0 {
		subject.PullRequest = known.PullRequest
	}
}

// recallRevision fills in the commit of the image as the ledger has it, unless the platforms of the image do not agree on
// it: a record may have been written by one that looked at the first of them alone.
func (f *Facts) recallRevision() {
	subject := &f.File.Subject
	if subject.Revision == "" && (f.Labels == nil || f.Labels.agreed) {
		subject.Revision = f.recordedRevision(subject.Digest)
		f.recalled = subject.Revision != ""
	}
}

// recordedRevision is the commit of an image as the rings of the ledger that were read have it, and of a candidate as the
// histories do; "" where none has it.
func (f Facts) recordedRevision(digest string) string {
	if f.found {
		if written := f.writtenRevision(digest); written != "" {
			return written
		}
	}
	for _, ring := range f.Policy.Rings() {
		entries, _ := f.Ledger.Ring(ring.Name) // another ring may have it all the same
		for _, e := range slices.Backward(entries) {
			if e.Digest == digest && e.Revision != "" {
				return e.Revision
			}
		}
	}
	return ""
}

var errNoImage = errors.New("there is no image")

// Labels returns what an image says of itself.
type Labels struct {
	labels.Image
	agreed bool // all platforms have the same revision
}

// ReadLabels reads the labels of an image, of an index those of every platform. The log reports
// those that are wrong, and the rest is used.
func ReadLabels(ctx context.Context, log *fault.Log, c *Clients, f Facts, digest string) (Labels, error) {
	ref := f.File.Subject.Image + "@" + digest
	found, ok, err := c.Registry.Labels(ctx, ref)
	if err != nil {
		return Labels{}, fault.Failed(err)
	}
	if !ok {
		return Labels{}, fault.Failed(fmt.Errorf("%w %s", errNoImage, ref))
	}
	var all []labels.Image
	var problems []string
	for _, p := range found.Platforms {
		known, err := labels.Parse(p.Labels, f.Policy.LabelPrefix(f.app()))
		for _, problem := range fault.Flatten(err) {
			problems = append(problems, problem.Error())
		}
		all = append(all, known)
	}
	for _, problem := range once.Each(problems) {
		log.Warn("labels of the image: " + problem)
	}
	return agreedLabels(log, found.Platforms, all), nil
}

// agreedLabels are the labels of the first platform, less the revision and the pull request if another platform has
// another one or none.
func agreedLabels(log *fault.Log, platforms []registry.Platform, all []labels.Image) Labels {
	known := Labels{all[0], true}
	differ := func(what string, value func(labels.Image) string) bool {
		said := map[string][]string{}
		for i, p := range platforms {
			v := cmp.Or(value(all[i]), "none")
			said[v] = append(said[v], cmp.Or(p.Name, "a platform without a name"))
		}
		var parts []string
		for _, v := range slices.Sorted(maps.Keys(said)) {
			parts = append(parts, v+" ("+strings.Join(said[v], ", ")+")")
		}
		if len(parts) > 1 {
			log.Warn("the platforms of the image do not agree on its " + what + ", so it is not known: " + strings.Join(parts, ", "))
		}
		return len(parts) > 1
	}
	if differ("revision", func(i labels.Image) string { return i.Revision }) {
		known.Revision, known.agreed = "", false
	}
	if differ("pull request", func(i labels.Image) string { return formatPull(i.PullRequest) }) {
		known.PullRequest = 0
	}
	return known
}

func formatPull(number int) string {
	if number == 0 {
		return ""
	}
	return "#" + strconv.Itoa(number)
}

// app is the last part of the image's name.
func (f Facts) app() string {
	if len(f.Images) == 0 {
		return f.File.Subject.Image[strings.LastIndexByte(f.File.Subject.Image, '/')+1:]
	}
	return f.Images[0].App()
}

// Promoted fills in what the image says of itself, read once: its pull request names a tag, and its commit goes into the ledger.
func Promoted(ctx context.Context, log *fault.Log, c *Clients, f *Facts) {
	subject := &f.Evidence.Subject
	if f.Labels == nil {
		known, err := ReadLabels(ctx, log, c, *f, subject.Digest)
		log.Add(err)
		f.Labels = &known
	}
	if f.recalled && !f.Labels.agreed {
		subject.Revision = ""
	}
	subject.Revision = cmp.Or(subject.Revision, f.Labels.Revision)
	subject.PullRequest = cmp.Or(subject.PullRequest, f.Labels.PullRequest)
}

// Resolve finds the digest of a tag.
func Resolve(ctx context.Context, c *Clients, name, tag string) (string, error) {
	digest, found, err := c.Registry.Resolve(ctx, name+":"+tag)
	if err != nil {
		return "", fault.Failed(err)
	}
	if !found {
		return "", fault.Failed(fmt.Errorf("there is no tag %s of %s: was the image built and pushed? the command verify shows which tags exist", tag, name))
	}
	return digest, nil
}
