package main

import (
	"fmt"
	"slices"
	"strings"

	"github.com/wizzense/deployment-rings/action/internal/event"
	"github.com/wizzense/deployment-rings/action/internal/plan"
	"github.com/wizzense/deployment-rings/action/internal/report"
	"github.com/wizzense/deployment-rings/labels"
	"github.com/wizzense/deployment-rings/tagging"
)

// headline says in one sentence what the plan comes to. Code marks the values in it, which are untrusted.
func headline(p plan.Plan, code func(string) string) string {
	s, ring := p.Subject, code(p.Match.Ring.Name)
	switch {
	case !p.Deploys():
		return "Nothing to deploy: " + code(p.Skip)
	case s.Kind == event.PullRequest:
		return fmt.Sprintf("Pull request %d gets a preview under the rules of ring %s", s.Number, ring)
	case s.Kind == event.Merge:
		return fmt.Sprintf("Merged pull request %d goes into ring %s", s.Number, ring)
	case s.Kind == event.Release:
		return fmt.Sprintf("Release %s is for ring %s", code(p.Version), ring)
	case p.Container.Image == p.Images[0].Ref(p.Tags.Primary().String()):
		return fmt.Sprintf("Branch %s is built, and goes into no ring", code(s.Branch))
	}
	return fmt.Sprintf("Branch %s goes into ring %s", code(s.Branch), ring)
}

// ringLine tells the ring, its title and what comes next.
func ringLine(p plan.Plan, code, plain func(string) string) string {
	ring := p.Match.Ring
	if ring.Name == "" {
		return ""
	}
	line := code(ring.Name)
	if ring.Title != "" && ring.Title != ring.Name {
		line += " (" + plain(ring.Title) + ")"
	}
	line += ", by " + string(p.Match.How)
	for i, next := range p.Next {
		line += []string{"; next: ", ", "}[min(i, 1)] + code(next.Name)
	}
	return line
}

// A textTable lines up names and values for people. Every value is one line that nothing can break.
type textTable struct{ b strings.Builder }

func (t *textTable) row(name, value string) {
	if value != "" {
		fmt.Fprintf(&t.b, "  %-12s%s\n", name, value)
	}
}

// rows gives the name once, before the first value.
func (t *textTable) rows(name string, values []string) {
	for i, v := range values {
		if i > 0 {
			name = ""
		}
		t.row(name, report.Visible(v))
	}
}

// planText is the plan for people, the most important first.
func planText(p plan.Plan, f planFiles) string {
	var t textTable
	fmt.Fprintf(&t.b, "%s\n\n", headline(p, report.Visible))
	t.row("ring", ringLine(p, report.Visible, report.Visible))
	t.row("branch", report.Visible(p.Subject.Branch))
	t.row("revision", p.Subject.Revision)
	if p.Deploys() {
		t.pushed(p)
		t.run(p)
		t.row("bake", f.bake)
		t.row("compose", f.compose)
	}
	return t.b.String()
}

func (t *textTable) pushed(p plan.Plan) {
	t.row("image", p.Images[0].Ref(p.Tags.Primary().String()))
	for _, image := range p.Images[1:] {
		t.row("", image.Ref(p.Tags.Primary().String()))
	}
	t.rows("fixed tags", strings.Fields(tagLines(p.Tags.Fixed())))
	t.rows("moving tags", strings.Fields(tagLines(p.Tags.Moving())))
	t.rows("held tags", strings.Fields(tagLines(p.Tags.Held())))
	t.rows("labels", labels.Lines(p.Labels))
}

func (t *textTable) run(p plan.Plan) {
	t.row("container", p.Container.Name)
	t.row("address", p.Container.LocalURL())
	t.row("run", report.Visible(p.Container.DockerRun()))
}

// planSummary is the plan as a job summary.
func planSummary(p plan.Plan) string {
	var b strings.Builder
	fmt.Fprintf(&b, "### %s\n\n", headline(p, report.Code))
	if !p.Deploys() {
		return b.String()
	}
	b.WriteString("| | |\n|---|---|\n")
	row := func(name, value string) {
		if value != "" {
			fmt.Fprintf(&b, "| %s | %s |\n", name, value)
		}
	}
	row("Ring", ringLine(p, report.Code, report.Plain))
	row("Branch", report.Code(p.Subject.Branch))
	row("Commit", report.Code(p.Subject.Revision))
	row("Image", report.Code(p.Images[0].Ref(p.Tags.Primary().String())))
	row("Fixed tags", codes(p.Tags.Fixed()))
	row("Moving tags", codes(p.Tags.Moving()))
	row("Held tags", codes(p.Tags.Held()))
	row("Container", report.Code(p.Container.Name))
	row("Address", report.Code(p.Container.LocalURL()))
	row("Run", report.Code(p.Container.DockerRun()))
	return b.String() + "\n"
}

func codes(tags []tagging.Tag) string {
	texts := make([]string, 0, len(tags))
	for _, tag := range tags {
		texts = append(texts, report.Code(tag.String()))
	}
	return strings.Join(slices.Clip(texts), "<br>")
}
