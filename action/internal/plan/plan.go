// Package plan decides what a build is: its subject, its ring, whether it deploys, and its tags, labels,
// annotations and container. It joins the pure packages and is pure itself: no clock, environment,
// network or file; the same request gives the same plan.
package plan

import (
	"errors"
	"time"

	"github.com/wizzense/deployment-rings/action/internal/container"
	"github.com/wizzense/deployment-rings/action/internal/event"
	"github.com/wizzense/deployment-rings/action/internal/image"
	"github.com/wizzense/deployment-rings/labels"
	"github.com/wizzense/deployment-rings/ringpolicy"
	"github.com/wizzense/deployment-rings/tagging"
)

// A Request is all that a plan depends on.
type Request struct {
	Policy     *ringpolicy.Policy
	Event      *event.Event // nil: the override alone describes the subject
	Override   Override
	Repository event.Repository
	ServerURL  string // "https://github.com"
	Images     []image.Name

	RingFromBase bool // the base branch of a pull request decides its ring, not its head
	AllowForks   bool
	Iteration    int
	Known        []string // versions already released
	Time         time.Time

	Described        labels.Image      // title, description, licenses and so on, where given
	ExtraLabels      map[string]string // win over generated ones; empty: remove
	ExtraAnnotations map[string]string
	Levels           []labels.Level
}

// An Override replaces values of the event, each by itself.
type Override struct {
	Number     int
	Branch     string
	BaseBranch string
	Revision   string
	Tag        string
}

// A Plan is what a build is. Where nothing deploys it is filled as far as things are known.
type Plan struct {
	Subject Subject
	Skip    string // why nothing deploys, in one line; empty: it deploys
	Asked   bool   // a comment asked for it

	Match  ringpolicy.Match // the zero Match when no ring is known
	Next   []ringpolicy.Ring
	Enters string // the ring that the build goes into when it is deployed and recorded; "": none

	Version   string // what the version label says
	SourceTag string // of a merged pull request: the tag that its image already has
	Iteration int
	Time      time.Time

	Images      []image.Name
	Tags        tagging.Set
	Labels      map[string]string
	Annotations []string
	Container   container.Container // the zero Container when it is not known
	PackageURL  string

	Warnings []string
	Notices  []string
}

// Deploys reports whether there is something to build and deploy.
func (p Plan) Deploys() bool { return p.Skip == "" }

// Image returns the first image, the one that containers run; the zero Name when none is known.
func (p Plan) Image() image.Name {
	if len(p.Images) == 0 {
		return image.Name{}
	}
	return p.Images[0]
}

// Make decides. The error joins all that keeps a build that would deploy from being planned; for a build
// that does not, what is not known stays empty.
func Make(r Request) (Plan, error) {
	m := r.tagged()
	m.describe()
	m.container()
	return m.plan, m.err()
}

// tagged fills in a plan up to its tags.
func (r Request) tagged() *maker {
	m := &maker{Request: r}
	m.plan = Plan{Iteration: r.Iteration, Time: r.Time.UTC().Truncate(time.Second), Images: r.Images}
	m.subject()
	m.ring()
	m.judge()
	m.enter()
	m.tags()
	return m
}

// A maker fills in a plan step by step; each step uses what the ones before it found.
type maker struct {
	Request
	plan     Plan
	problems []error // wrong however the build is judged
	unknown  []error // wrong only when the build deploys
}

func (m *maker) err() error {
	if m.plan.Deploys() {
		return errors.Join(append(m.problems, m.unknown...)...)
	}
	return errors.Join(m.problems...)
}

// References returns the tags as full references, image by image.
func (p Plan) References() []string {
	var all []string
	for _, image := range p.Images {
		for _, tag := range p.Tags.All() {
			all = append(all, image.Ref(tag.String()))
		}
	}
	return all
}
