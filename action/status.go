package main

import (
	"context"
	"encoding/json"
	"fmt"
	"path/filepath"
	"strings"
	"time"

	"github.com/wizzense/deployment-rings/action/internal/dashboard"
	"github.com/wizzense/deployment-rings/action/internal/report"
	"github.com/wizzense/deployment-rings/action/internal/status"
	"github.com/wizzense/deployment-rings/action/internal/view"
	"github.com/wizzense/deployment-rings/ringpolicy"
)

// statusLimit is for all that status asks, so that a slow server costs facts and not the report.
const statusLimit = 2 * time.Minute

var errStatusLimit = fmt.Errorf("status took longer than %v in all", statusLimit)

// runStatus says what every ring runs, since when, what holds it, and what to do about it.
func runStatus(s *session) error {
	ctx, cancel := context.WithTimeoutCause(s.ctx, statusLimit, errStatusLimit)
	defer cancel()
	policy, rows := s.gatherStatus(ctx)
	if s.problems != nil {
		return s.problems
	}

	r, err := compute(s.ctx, func() (status.Report, error) { return statusReport(policy, rows) })
	if err != nil {
		return err
	}

	object, err := marshalReport(r)
	if err != nil {
		return failed(err)
	}
	page, err := s.writeDashboard(r, policy, object)
	if err != nil {
		return failed(err)
	}
	file, err := s.writeStatus(object)
	if err != nil {
		return failed(err)
	}
	return s.publish(result{
		outputs: filled("status", map[string]string{"dashboard": page, "overdue": strings.Join(r.Overdue(), "\n"), "json-file": file}),
		object:  string(object),
		bulky:   true,
		text:    view.StatusText(r, page),
		summary: view.StatusMarkdown(r, policy.Timezone()),
		notes:   append(s.notes, s.inRun(view.StatusNotes(r))...),
	})
}

// statusReport answers for every image.
func statusReport(policy *ringpolicy.Policy, rows []row) (status.Report, error) {
	var images []status.Image
	for _, r := range rows {
		answered, err := status.Of(policy, r.facts(), r.asked)
		if err != nil {
			return status.Report{}, err
		}
		images = append(images, answered)
	}
	return status.New(policy, rows[0].evidence.Now, images...), nil
}

// marshalReport keeps <, > and & as they are: whoever shows the text escapes it.
func marshalReport(r status.Report) ([]byte, error) {
	var b strings.Builder
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(r); err != nil {
		return nil, err
	}
	return []byte(strings.TrimSuffix(b.String(), "\n")), nil
}

// writeStatus leaves the report for later steps, in a workflow.
func (s *session) writeStatus(object []byte) (string, error) {
	dir := s.folder()
	if dir == "" {
		return "", nil
	}
	return report.WriteFile(dir, "status", ".json", object)
}

// writeDashboard writes the page, the report beside it and a badge for each ring, and returns the path of the page; ""
// when none is asked for.
func (s *session) writeDashboard(r status.Report, policy *ringpolicy.Policy, object []byte) (string, error) {
	dir := s.values.Text("output-dir")
	if dir == "" {
		return "", nil
	}
	indented, err := report.Indent(string(object))
	if err != nil {
		return "", err
	}
	files := append(dashboard.Files(r, policy), dashboard.File{Name: "status.json", Content: []byte(indented)})
	for _, f := range files {
		if err := report.Replace(filepath.Join(dir, f.Name), f.Content); err != nil {
			return "", fmt.Errorf("output-dir: the dashboard cannot be written: %w", err)
		}
	}
	return filepath.Join(dir, dashboard.Page), nil
}
