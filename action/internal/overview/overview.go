// Package overview runs status about many repositories: one page, those first that need a person.
package overview

import (
	"context"
	"fmt"
	"path/filepath"
	"strings"
	"time"

	"github.com/wizzense/deployment-rings/action/internal/cli"
	"github.com/wizzense/deployment-rings/action/internal/dashboard"
	"github.com/wizzense/deployment-rings/action/internal/fault"
	"github.com/wizzense/deployment-rings/action/internal/fleet"
	"github.com/wizzense/deployment-rings/action/internal/fleet/fleetview"
	"github.com/wizzense/deployment-rings/action/internal/gather"
	"github.com/wizzense/deployment-rings/action/internal/ledger/deployments/survey"
	"github.com/wizzense/deployment-rings/action/internal/report"
	"github.com/wizzense/deployment-rings/internal/regular"
	"github.com/wizzense/deployment-rings/ringpolicy"
)

// limit is for all that is asked, so that a slow server costs rows and not the report.
const limit = 5 * time.Minute

var errLimit = fmt.Errorf("reading the repositories took longer than %v in all", limit)

// Run says what every ring of the repositories in a list runs, since when, and which of them need a person.
func Run(ctx context.Context, r *cli.Run, c *gather.Clients, policy *ringpolicy.Policy, now time.Time) (*cli.Result, error) {
	lines := list(ctx, r)
	refuseOthers(r)
	client := c.GitHubOfMany(&r.Log, survey.AtOnce)
	if !c.HasToken() {
		r.Addf("repositories: reading them takes a token that may read the deployments of each (github-token, or GITHUB_TOKEN), such as that of an App with \"deployments: read\" and \"metadata: read\"")
	}
	if r.Problems != nil {
		return nil, r.Problems
	}

	within, cancel := context.WithTimeoutCause(ctx, limit, errLimit)
	defer cancel()
	found, owners := survey.Read(within, client, policy, lines)
	if err := fault.Interrupted(ctx); err != nil {
		return nil, err
	}
	answer, err := fleet.New(policy, now, found, owners)
	if err != nil {
		return nil, err
	}
	answer.GitHub = c.Spent()
	result, err := resultOf(r, answer, policy)
	if why, unread := answer.Unread(); err == nil && unread {
		err = fault.Failed(fmt.Errorf("repositories: none could be read. %s", why))
	}
	return result, err
}

// list reads the file that the input names.
func list(ctx context.Context, r *cli.Run) []fleet.Selector {
	path := r.Text("repositories")
	lines, err := fault.Compute(ctx, func() ([]fleet.Selector, error) {
		src, err := regular.ReadFile(path, fleet.MaxListSize)
		if err != nil {
			return nil, fmt.Errorf("repositories: %w", err)
		}
		return fleet.ParseList(path, src)
	})
	r.Add(err)
	return lines
}

// refuseOthers refuses the inputs that are about one repository.
func refuseOthers(r *cli.Run) {
	if r.Given("image") {
		r.Addf("image: with repositories each image that the records of a repository name has a row; leave image out")
	}
	if r.Given("evidence") {
		r.Addf("evidence: the facts of a file are about one repository; leave evidence out, or repositories")
	}
	if of := r.Text("ledger"); of != "" && of != "github" {
		r.Addf("ledger: %.200q is one ledger, and with repositories each has its own at GitHub; leave ledger out", of)
	}
}

func resultOf(r *cli.Run, answer fleet.Report, policy *ringpolicy.Policy) (*cli.Result, error) {
	object, err := report.Marshal(answer)
	if err != nil {
		return nil, fault.Failed(err)
	}
	page, err := write(r.Text("output-dir"), answer, policy, object)
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
		Text:    fleetview.Text(answer, page),
		Summary: fleetview.Markdown(answer, policy.Timezone()),
		Notes:   fleetview.Notes(answer),
	}, nil
}

// write writes the page with the report beside it, and returns its path; "" when none is asked for.
func write(dir string, answer fleet.Report, policy *ringpolicy.Policy, object []byte) (string, error) {
	if dir == "" {
		return "", nil
	}
	page, err := dashboard.Fleet(answer, policy.Timezone())
	if err != nil {
		return "", err
	}
	return Write(dir, []dashboard.File{{Name: dashboard.Page, Content: page}}, object)
}

// Write writes the files of a dashboard and the report beside them, and returns the path of the page.
func Write(dir string, files []dashboard.File, object []byte) (page string, err error) {
	indented, err := report.Indent(string(object))
	if err != nil {
		return "", err
	}
	for _, f := range append(files, dashboard.File{Name: "status.json", Content: []byte(indented)}) {
		if err := report.Replace(filepath.Join(dir, f.Name), f.Content); err != nil {
			return "", fmt.Errorf("output-dir: the dashboard cannot be written: %w", err)
		}
	}
	return filepath.Join(dir, dashboard.Page), nil
}
