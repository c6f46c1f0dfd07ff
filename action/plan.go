package main

import (
	"path/filepath"

	"github.com/wizzense/deployment-rings/action/internal/plan"
	"github.com/wizzense/deployment-rings/action/internal/report"
	"github.com/wizzense/deployment-rings/action/internal/view"
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
		outputs: filled("plan", view.PlanOutputs(p, files)),
		text:    view.PlanText(p, files),
		summary: view.PlanMarkdown(p, request.Policy),
		notes:   append(s.notes, view.PlanNotes(p, s.inWorkflow())...),
	})
}

func (s *session) writePlanFiles(p plan.Plan) (f view.PlanFiles, err error) {
	dir := s.folder()
	if dir == "" || !p.Deploys() {
		return f, nil
	}
	dir = filepath.Join(dir, p.Container.Name) // Compose calls its project after the folder
	definition, err := view.Bake(p)
	if err != nil {
		return f, err
	}
	if f.Bake, err = report.WriteFile(dir, "docker-bake", ".json", definition); err != nil {
		return f, err
	}
	f.Compose, err = report.WriteFile(dir, "compose", ".yml", p.Container.Compose())
	return f, err
}
