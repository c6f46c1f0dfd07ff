package main

import (
	"path/filepath"

	"github.com/wizzense/deployment-rings/action/internal/plan"
	"github.com/wizzense/deployment-rings/action/internal/report"
)

// runPlan tells from the event what is being built, and everything that build and deploy steps need.
func runPlan(s *session) error {
	request := s.gatherPlan(s.ctx)
	if s.problems != nil {
		return s.problems
	}

	p, err := s.makePlan(request)
	if err != nil {
		return err
	}

	files, err := s.writePlanFiles(p)
	if err != nil {
		return failed(err)
	}
	return s.publish(result{
		outputs: filled("plan", planValues(p, files)),
		text:    planText(p, files),
		summary: planSummary(p, request.Policy),
		notes:   append(s.notes, s.planNotes(p)...),
	})
}

// planFiles are the paths of the files that go with a plan, empty where there are none.
type planFiles struct{ bake, compose string }

func (s *session) writePlanFiles(p plan.Plan) (f planFiles, err error) {
	dir := s.folder()
	if dir == "" || !p.Deploys() {
		return f, nil
	}
	dir = filepath.Join(dir, p.Container.Name) // Compose calls its project after the folder
	definition, err := bake(p)
	if err != nil {
		return f, err
	}
	if f.bake, err = report.WriteFile(dir, "docker-bake", ".json", definition); err != nil {
		return f, err
	}
	f.compose, err = report.WriteFile(dir, "compose", ".yml", p.Container.Compose())
	return f, err
}

func (s *session) planNotes(p plan.Plan) []report.Annotation {
	var notes []report.Annotation
	for _, text := range p.Warnings {
		notes = append(notes, report.Annotation{Level: report.Warning, Message: text})
	}
	for _, text := range p.Notices {
		notes = append(notes, report.Annotation{Level: report.Notice, Message: text})
	}
	if !p.Deploys() && s.inWorkflow() { // by hand the headline says so
		notes = append(notes, report.Annotation{Level: report.Notice, Message: "nothing to deploy: " + p.Skip})
	}
	return notes
}
