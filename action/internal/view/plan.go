package view

import (
	"github.com/wizzense/deployment-rings/action/internal/note"
	"github.com/wizzense/deployment-rings/action/internal/plan"
)

// PlanNotes returns the annotations of a plan.
func PlanNotes(p plan.Plan, inWorkflow bool) []note.Annotation {
	var notes []note.Annotation
	for _, text := range p.Warnings {
		notes = append(notes, note.Annotation{Level: note.Warning, Message: text})
	}
	for _, text := range p.Notices {
		notes = append(notes, note.Annotation{Level: note.Notice, Message: text})
	}
	if !p.Deploys() && inWorkflow { // by hand the headline says so
		notes = append(notes, note.Annotation{Level: note.Notice, Message: "nothing to deploy: " + p.Skip})
	}
	return notes
}

// PlanFiles are the paths of the files that go with a plan, empty where there are none.
type PlanFiles struct{ Bake, Compose string }
