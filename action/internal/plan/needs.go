package plan

import (
	"github.com/wizzense/deployment-rings/action/internal/event"
	"github.com/wizzense/deployment-rings/tagging"
)

// Needs says which facts of the registry a plan depends on.
type Needs struct {
	KnownVersions bool // those that were released: they decide whether latest and stable move
	Iteration     bool // the last one that was pushed for the pull request or branch
}

// Needs returns what the request needs of the registry: nothing where nothing deploys, or where Make fails.
func (r Request) Needs() Needs {
	p, err := Make(r)
	if err != nil || !p.Deploys() {
		return Needs{}
	}
	return Needs{
		KnownVersions: p.Subject.Kind == event.Release,
		Iteration:     p.Subject.Kind == event.PullRequest || p.Subject.Kind == event.Branch,
	}
}

// Tags returns the tags of the build if it had an iteration.
func (r Request) Tags(iteration int) (tagging.Set, error) {
	r.Iteration = iteration
	m := r.tagged()
	return m.plan.Tags, m.err()
}
