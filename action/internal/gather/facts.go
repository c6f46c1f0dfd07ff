package gather

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/wizzense/deployment-rings/action/internal/fault"
	"github.com/wizzense/deployment-rings/action/internal/github/facts"
	"github.com/wizzense/deployment-rings/action/internal/image"
	"github.com/wizzense/deployment-rings/action/internal/ledger"
	"github.com/wizzense/deployment-rings/action/internal/note"
	"github.com/wizzense/deployment-rings/action/internal/place"
	"github.com/wizzense/deployment-rings/action/internal/status"
	"github.com/wizzense/deployment-rings/internal/regular"
	"github.com/wizzense/deployment-rings/ringpolicy"
)

// An Ask is what a command that decides was asked.
type Ask struct {
	Ring        string
	Digest, Tag string
	Images      []string // names; none: that of the evidence or of the repository
	Repository  string   // of the run
	RunID       int64    // of the workflow run, whose own checks do not count; 0: none

	Found func(Facts) // is called when the digest is known, before the labels are read; nil: is not
}

// Facts has what a command decides by: the evidence, and the image as the registry has it.
type Facts struct {
	Policy   *ringpolicy.Policy
	Evidence ringpolicy.Evidence // all that is known
	File     ringpolicy.Evidence // what the evidence file and the inputs say, and the image
	Images   []image.Name
	Ledger   ledger.Reading // about the image
	Labels   *Labels        // nil: not read
	Sources  []facts.Source // of the facts that were gathered

	recalled bool // the revision is that of the ledger
	found    bool // the image is a candidate: the histories named it
	from     ledger.Ledger
}

// Names returns the names of the image that is asked about, as the ledger keeps them.
func (f Facts) Names() []string { return namesOf(f.Images) }

func namesOf(images []image.Name) []string {
	var all []string
	for _, n := range images {
		all = append(all, n.String())
	}
	return all
}

// Policy reads a policy file; "" is the built-in policy. It is nil after a problem.
func Policy(ctx context.Context, log *fault.Log, path string) *ringpolicy.Policy {
	if path == "" {
		return ringpolicy.Builtin()
	}
	p, err := fault.Compute(ctx, func() (*ringpolicy.Policy, error) {
		src, err := regular.ReadFile(path, ringpolicy.MaxPolicySize)
		if err != nil {
			return nil, fmt.Errorf("policy: %w", err)
		}
		return ringpolicy.Parse(path, src)
	})
	log.Add(err)
	return p
}

// File reads an evidence file, which may bring only some kinds of facts where any are named; "" says nothing.
func File(ctx context.Context, log *fault.Log, path string, kinds ...string) ringpolicy.Evidence {
	if path == "" {
		return ringpolicy.Evidence{}
	}
	evidence, err := fault.Compute(ctx, func() (ringpolicy.Evidence, error) {
		src, err := regular.ReadFile(path, ringpolicy.MaxEvidenceSize)
		if err != nil {
			return ringpolicy.Evidence{}, fmt.Errorf("evidence: %w", err)
		}
		return ringpolicy.ParseEvidence(path, src, kinds...)
	})
	log.Add(err)
	return evidence
}

// About fills in what the evidence file leaves out of the subject, and refuses what says otherwise. It reports whether the
// policy has the ring.
func About(log *fault.Log, f *Facts, ask Ask) bool {
	agree(log, "ring", ask.Ring, &f.File.Subject.To)
	f.Images = AgreeImage(log, ask, &f.File.Subject.Image)
	return KnowsRing(log, f.Policy, f.File.Subject.To)
}

// agree fills in what the evidence leaves out, and refuses an input that says otherwise.
func agree(log *fault.Log, name, given string, value *string) {
	switch {
	case given == "":
	case *value == "":
		*value = given
	case *value != given:
		log.Addf("%s: %.80q is given, but the evidence is about %.80q", name, given, *value)
	}
}

// AgreeImage does the same with the image, of which the input may name several.
func AgreeImage(log *fault.Log, ask Ask, value *string) []image.Name {
	lines := ask.Images
	if len(lines) == 0 && *value != "" {
		lines = []string{*value}
	}
	if len(lines) == 0 && ask.Repository != "" {
		lines = []string{"ghcr.io/" + ask.Repository}
	}
	names, err := image.Parse(lines)
	log.AddFor("image", err)
	switch {
	case len(names) == 0:
	case *value == "":
		*value = names[0].String()
	case !slices.ContainsFunc(names, func(n image.Name) bool { return n.String() == *value }):
		log.Addf("image: %s is given, but the evidence is about %.200q", names[0], *value)
	}
	return names
}

// KnowsRing reports whether the policy has the target ring. If it does not, or if no ring is named, it logs a problem.
func KnowsRing(log *fault.Log, policy *ringpolicy.Policy, to string) bool {
	if to == "" {
		log.Add(errors.New("ring: neither the input nor the evidence names the target ring"))
		return false
	}
	if _, ok := policy.Ring(to); !ok {
		log.Addf("ring: the policy has no ring %.80q, its rings are %s", to, strings.Join(ringNames(policy), ", "))
		return false
	}
	return log.Problems == nil
}

// History fills in the history, the signals and the quarantine that the evidence leaves out. A ring whose entries cannot be
// read stays not collected, and the run says why.
func History(ctx context.Context, log *fault.Log, c *Clients, from ledger.Ledger, f *Facts) {
	f.from = from
	f.recall(Read(ctx, log, from, f.AboutAll([][]image.Name{f.Images}), ringNames(f.Policy)...))
	f.askReleased(ctx, log, c, status.RingsInto(f.Policy, f.Evidence.Subject.To)...)
}

// Read reads some rings of a ledger, as far as a run needs them; nil has nothing to say. A ring that could not be read is not in the
// reading, and the log says why.
func Read(ctx context.Context, log *fault.Log, from ledger.Ledger, about ledger.About, rings ...string) ledger.Reading {
	if from == nil {
		return ledger.Reading{}
	}
	read, err := ledger.ReadAbout(ctx, from, about, rings...)
	for _, a := range place.Annotate(err) {
		a.Level, a.Message = note.Warning, "the ledger was not read: "+a.Message
		log.Note(a)
	}
	return read
}

// AboutAll asks about images, each by its names; without any about every image.
func (f Facts) AboutAll(images [][]image.Name) ledger.About {
	about := ledger.About{Now: f.File.Now}
	for _, of := range images {
		if len(of) > 0 {
			about.Images = append(about.Images, namesOf(of))
		}
	}
	return about
}

// recall fills in what the ledger says of the image.
func (f *Facts) recall(read ledger.Reading) {
	f.Ledger = read.Of(f.Names())
	f.Evidence, _ = Merge(f.Policy, f.File, f.Ledger, facts.Facts{})
}

// askReleased asks GitHub whether the images were released whose successes do not count in some rings. The ring runs a
// released one, and not what it ran before.
func (f *Facts) askReleased(ctx context.Context, log *fault.Log, c *Clients, rings ...string) {
	for _, ring := range rings {
		for _, late := range f.Ledger.Late(ring) {
			if c.GitHub(log) == nil {
				return
			}
			at, _ := f.AskRelease(ctx, log, c, ring, late)
			f.Ledger = f.Ledger.Released(at)
			f.Evidence, _ = Merge(f.Policy, f.File, f.Ledger, facts.Facts{})
		}
	}
}

// AskRelease asks GitHub whether an image was released in a ring, and reports whether all that could say so was read.
func (f *Facts) AskRelease(ctx context.Context, log *fault.Log, c *Clients, ring string, of ledger.Entry) (at map[string]time.Time, known bool) {
	found, missing := facts.Gather(ctx, c.remembering(log), facts.Question{
		Ring: ring, Rings: ringNames(f.Policy), Digest: of.Digest, Revision: of.Revision,
		PullRequest: of.PullRequest, Lists: listedBy(f.Policy),
	})
	missing = slices.DeleteFunc(missing, func(m facts.Missing) bool { return m.Kind != facts.KindReleases })
	log.Note(shortfall{missing: missing}.notes()...)
	return found.Released, len(missing) == 0
}

// Late says which images a ring may run although its history does not have them.
func Late(log *fault.Log, f Facts) {
	for _, ring := range ringNames(f.Policy) {
		for _, e := range f.Ledger.Late(ring) {
			log.Warn(lateText(ring, e, f.Ledger))
		}
	}
}

func lateText(ring string, late ledger.Entry, known ledger.Reading) string {
	again := "deploy an image there that is known to be good"
	if runs, ok := known.Current(ring); ok {
		again = fmt.Sprintf("deploy what the ring runs by its history again, %s", runs.Digest)
	}
	return fmt.Sprintf("%s: the success of %s, recorded %s, does not count: the image was taken back there before, and not released since. The ring may run it all the same: %s, and record its success",
		ring, late.Digest, formatTime(late.At), again)
}

func formatTime(t time.Time) string { return t.UTC().Format(time.RFC3339Nano) }

func ringNames(policy *ringpolicy.Policy) []string {
	var names []string
	for _, ring := range policy.Rings() {
		names = append(names, ring.Name)
	}
	return names
}
