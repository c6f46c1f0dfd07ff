package command

import (
	"context"
	"path/filepath"

	"github.com/wizzense/deployment-rings/action/internal/bake"
	"github.com/wizzense/deployment-rings/action/internal/build"
	"github.com/wizzense/deployment-rings/action/internal/cli"
	"github.com/wizzense/deployment-rings/action/internal/fault"
	"github.com/wizzense/deployment-rings/action/internal/plan"
	"github.com/wizzense/deployment-rings/action/internal/report"
	"github.com/wizzense/deployment-rings/action/internal/view"
)

// runPlan finds out from the event what is being built, and everything that build and deploy steps need.
func runPlan(ctx context.Context, r *cli.Run) (*cli.Result, error) {
	asked := request(ctx, r, clients(r))
	if r.Problems != nil {
		return nil, r.Problems
	}

	p, err := build.MakePlan(ctx, asked)
	if err != nil {
		return nil, err
	}

	files, err := writePlanFiles(r.Folder(), p)
	if err != nil {
		return nil, fault.Failed(err)
	}
	r.Note(view.PlanNotes(p, r.InWorkflow())...)
	return &cli.Result{Outputs: view.PlanOutputs(p, files), Text: view.PlanText(p, files), Summary: view.PlanMarkdown(p, asked.Policy)}, nil
}

func writePlanFiles(dir string, p plan.Plan) (f view.PlanFiles, err error) {
	if dir == "" || !p.Deploys() {
		return f, nil
	}
	dir = filepath.Join(dir, p.Container.Name) // Compose calls its project after the folder
	definition, err := bake.Definition(p.References(), p.Labels, p.Annotations)
	if err != nil {
		return f, err
	}
	if f.Bake, err = report.WriteFile(dir, "docker-bake", ".json", definition); err != nil {
		return f, err
	}
	f.Compose, err = report.WriteFile(dir, "compose", ".yml", p.Container.Compose())
	return f, err
}
