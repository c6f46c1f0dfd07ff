package plan

import (
	"github.com/wizzense/deployment-rings/action/internal/event"
	"github.com/wizzense/deployment-rings/tagging"
)

// Needs says which facts of the registry a plan depends on.
type Needs struct {
	Release   string // a version that may move latest and stable, which depends on the released versions; "": they are not needed
	Iteration bool   // the last one that was pushed for the pull request or branch is needed
}

// Needs returns what the request needs of the registry: nothing where nothing deploys, or where Make fails.
func (r Request) Needs() Needs {
	p, err := Make(r)
	if err != nil || !p.Deploys() {
		return Needs{}
	}
	needs := Needs{Iteration: p.Subject.Kind == event.PullRequest || p.Subject.Kind == event.Branch}
	if p.Subject.Kind == event.Release && len(p.Tags.Moving())+len(p.Tags.Held()) > 0 { // a pre-release has none
		needs.Release = p.Version
	}
	return needs
}

// Tags returns the tags of the build if it had an iteration.
func (r Request) Tags(iteration int) (tagging.Set, error) {
	r.Iteration = iteration
	m := r.tagged()
	return m.plan.Tags, m.err()
}
