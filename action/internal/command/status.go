package command

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/wizzense/deployment-rings/action/internal/cli"
	"github.com/wizzense/deployment-rings/action/internal/dashboard"
	"github.com/wizzense/deployment-rings/action/internal/fault"
	"github.com/wizzense/deployment-rings/action/internal/gather"
	"github.com/wizzense/deployment-rings/action/internal/overview"
	"github.com/wizzense/deployment-rings/action/internal/report"
	"github.com/wizzense/deployment-rings/action/internal/status"
	"github.com/wizzense/deployment-rings/action/internal/view"
	"github.com/wizzense/deployment-rings/ringpolicy"
)

// statusLimit is for all that status asks, so that a slow server costs facts and not the report.
const statusLimit = 2 * time.Minute

var errStatusLimit = fmt.Errorf("status took longer than %v in all", statusLimit)

// runStatus says what every ring runs, since when, what holds it, and what to do about it.
func runStatus(ctx context.Context, r *cli.Run) (*cli.Result, error) {
	if r.Given("repositories") {
		return overview.Run(ctx, r, clients(r), readPolicy(ctx, r), clock(r))
	}
	policy, rows, spent := statusRows(ctx, r)
	if r.Problems != nil {
		return nil, r.Problems
	}

	answer, err := fault.Compute(ctx, func() (status.Report, error) { return statusReport(policy, rows) })
	if err != nil {
		return nil, err
	}
	answer.GitHub = spent

	object, err := report.Marshal(answer)
	if err != nil {
		return nil, fault.Failed(err)
	}
	page, err := writeDashboard(r.Text("output-dir"), answer, policy, object)
	if err != nil {
		return nil, fault.Failed(err)
	}
	file, err := r.WriteFile("status", ".json", object)
	if err != nil {
		return nil, fault.Failed(err)
	}
	return &cli.Result{
		Outputs: map[string]string{"dashboard": page, "overdue": strings.Join(answer.Overdue(), "\n"), "json-file": file},
		Object:  string(object),
		Bulky:   true,
		Text:    view.StatusText(answer, page),
		Summary: view.StatusMarkdown(answer, policy.Timezone()),
		Notes:   view.StatusNotes(answer),
	}, nil
}

// statusRows collects the policy, for each image what is known of it, and what that cost.
func statusRows(ctx context.Context, r *cli.Run) (*ringpolicy.Policy, []gather.Row, *status.Spent) {
	c := clients(r)
	f := gather.Facts{Policy: readPolicy(ctx, r), File: evidenceFile(ctx, r, c)}
	of := f.File.Subject.Image // "": the file is about every image
	f.File.Now = moment(r, f.File.Now)
	f.Images = gather.AgreeImage(&r.Log, ask(r), &f.File.Subject.Image)
	from := theLedger(r, c, f.Policy)
	if r.Problems != nil {
		return nil, nil, nil
	}
	ctx, cancel := context.WithTimeoutCause(ctx, statusLimit, errStatusLimit)
	defer cancel()
	rows := gather.Status(ctx, &r.Log, c, from, ask(r), f, of)
	return f.Policy, rows, c.Spent()
}

// statusReport answers for every image.
func statusReport(policy *ringpolicy.Policy, rows []gather.Row) (status.Report, error) {
	var images []status.Image
	for _, r := range rows {
		answered, err := status.Of(policy, r.Known(), r.Asked)
		if err != nil {
			return status.Report{}, err
		}
		images = append(images, answered)
	}
	return status.New(policy, rows[0].Evidence.Now, images...), nil
}

// writeDashboard writes the page, the report beside it and a badge for each ring, and returns the path of the page; ""
// when none is asked for.
func writeDashboard(dir string, r status.Report, policy *ringpolicy.Policy, object []byte) (string, error) {
	if dir == "" {
		return "", nil
	}
	files, err := dashboard.Files(r, policy)
	if err != nil {
		return "", err
	}
	return overview.Write(dir, files, object)
}
