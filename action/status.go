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
		text:    statusText(r, page),
		summary: statusMarkdown(r, policy.Timezone()),
		notes:   append(s.notes, s.inRun(statusNotes(r))...),
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
	files, err := dashboard.Files(r, policy)
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

// statusNotes are the annotations of a workflow run: one for each ring that needs somebody at once, and for each whose
// tag points elsewhere.
func statusNotes(r status.Report) []report.Annotation {
	var notes []report.Annotation
	for _, image := range r.Images {
		of := ""
		if len(r.Images) > 1 {
			of = " of " + image.Image
		}
		for _, ring := range image.Rings {
			for _, why := range alarms(ring) {
				notes = append(notes, report.Annotation{Level: report.Warning, Message: ring.Name + of + why})
			}
		}
	}
	return notes
}

func alarms(ring status.Ring) []string {
	var all []string
	switch ring.State {
	case status.Unhealthy, status.Overdue, status.Stuck:
		all = append(all, " is "+string(ring.State)+": "+ring.Reason.Write(timeIn(nil)))
	}
	for _, a := range ring.Advice {
		if a.Code == status.TagElsewhere {
			all = append(all, ": "+a.Text.Write(timeIn(nil)))
		}
	}
	return all
}

// runsText is what a ring runs, as short as people compare it.
func runsText(d *status.Deployment) string {
	switch {
	case d == nil:
		return "–"
	case d.Version != nil:
		return *d.Version + " (" + hex8(d.Digest) + ")"
	}
	return hex8(d.Digest)
}

// hex8 are the first digits of a digest.
func hex8(digest string) string { return status.Hex(digest, 8) }

func soakText(s *status.Soak) string {
	if s == nil {
		return "–"
	}
	if s.NeededSecs == 0 {
		return s.Done
	}
	return s.Done + " of " + s.Needed
}
