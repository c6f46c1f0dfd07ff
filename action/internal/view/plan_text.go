package view

import (
	"fmt"
	"strings"

	"github.com/wizzense/deployment-rings/action/internal/event"
	"github.com/wizzense/deployment-rings/action/internal/picture"
	"github.com/wizzense/deployment-rings/action/internal/plan"
	"github.com/wizzense/deployment-rings/internal/text"
	"github.com/wizzense/deployment-rings/labels"
	"github.com/wizzense/deployment-rings/ringpolicy"
	"github.com/wizzense/deployment-rings/tagging"
)

// An escaper makes untrusted text fit for the place where it is shown.
type escaper func(string) string

// plainly is for text that is escaped where it is shown.
func plainly(s string) string { return s }

// headline says in one sentence what the plan comes to.
func headline(p plan.Plan, code, plain escaper) string {
	s, ring := p.Subject, code(p.Match.Ring.Name)
	switch {
	case !p.Deploys():
		return "Nothing to deploy: " + plain(p.Skip)
	case s.Kind == event.PullRequest:
		return fmt.Sprintf("Pull request %d gets a preview under the rules of ring %s", s.Number, ring)
	case s.Kind == event.Merge:
		return fmt.Sprintf("Merged pull request %d goes into ring %s", s.Number, ring)
	case s.Kind == event.Release:
		return fmt.Sprintf("Release %s is for ring %s", code(p.Version), ring)
	case p.Container.Image == picture.Primary(p):
		return fmt.Sprintf("Branch %s is built, and goes into no ring", code(s.Branch))
	}
	return fmt.Sprintf("Branch %s goes into ring %s", code(s.Branch), ring)
}

// ringLine names the ring, its title and what comes next.
func ringLine(p plan.Plan, code, plain escaper) string {
	ring := p.Match.Ring
	if ring.Name == "" {
		return ""
	}
	line := code(ring.Name)
	if ring.Title != "" && ring.Title != ring.Name {
		line += " (" + plain(ring.Title) + ")"
	}
	line += ", " + howWords[p.Match.Kind]
	for i, next := range p.Next {
		line += []string{"; next: ", ", "}[min(i, 1)] + code(next.Name)
	}
	return line
}

var howWords = map[ringpolicy.MatchKind]string{
	ringpolicy.MatchExact:   "which lists the branch",
	ringpolicy.MatchPattern: "by a pattern",
	ringpolicy.MatchDefault: "the default ring",
	ringpolicy.MatchRelease: "the ring of releases",
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
		t.row(name, text.Visible(v))
	}
}

// PlanText returns the plan for people, the most important first.
func PlanText(p plan.Plan, f PlanFiles) string {
	var t textTable
	fmt.Fprintf(&t.b, "%s\n\n", headline(p, text.Visible, text.Visible))
	t.row("ring", ringLine(p, text.Visible, text.Visible))
	t.row("branch", text.Visible(p.Subject.Branch))
	t.row("revision", p.Subject.Revision)
	if p.Deploys() {
		t.pushed(p)
		t.run(p)
		t.row("bake", f.Bake)
		t.row("compose", f.Compose)
	}
	return t.b.String()
}

func (t *textTable) pushed(p plan.Plan) {
	var images []string
	for _, image := range p.Images {
		images = append(images, image.Ref(p.Tags.Primary().String()))
	}
	t.rows("image", images)
	t.rows("fixed tags", tagging.Names(p.Tags.Fixed()))
	t.rows("moving tags", tagging.Names(p.Tags.Moving()))
	t.rows("held tags", tagging.Names(p.Tags.Held()))
	t.rows("labels", labels.Lines(p.Labels))
}

func (t *textTable) run(p plan.Plan) {
	t.row("container", p.Container.Name)
	t.row("address", p.Container.LocalURL())
	t.row("run", text.Visible(p.Container.DockerRun()))
}

// planSymbol shows at a glance whether something is deployed.
func planSymbol(p plan.Plan) string {
	if p.Deploys() {
		return "📦"
	}
	return "💤"
}

// PlanMarkdown returns the plan as a job summary.
func PlanMarkdown(p plan.Plan, policy *ringpolicy.Policy) string {
	var b strings.Builder
	fmt.Fprintf(&b, "### %s %s\n\n", planSymbol(p), headline(p, text.Code, text.Plain))
	if !p.Deploys() {
		return b.String()
	}
	b.WriteString(picture.OfPlan(p, policy).Markdown())
	b.WriteString("| | |\n|---|---|\n")
	row := func(name, value string) {
		if value != "" {
			fmt.Fprintf(&b, "| %s | %s |\n", name, value)
		}
	}
	row("Ring", ringLine(p, text.Code, text.Plain))
	row("Branch", text.Code(p.Subject.Branch))
	row("Commit", text.Code(p.Subject.Revision))
	row("Image", text.Code(picture.Primary(p)))
	row("Fixed tags", codes(p.Tags.Fixed()))
	row("Moving tags", codes(p.Tags.Moving()))
	row("Held tags", codes(p.Tags.Held()))
	row("Container", text.Code(p.Container.Name))
	row("Address", text.Code(p.Container.LocalURL()))
	row("Run", text.Code(p.Container.DockerRun()))
	return b.String() + "\n"
}

func codes(tags []tagging.Tag) string {
	texts := make([]string, 0, len(tags))
	for _, tag := range tags {
		texts = append(texts, text.Code(tag.String()))
	}
	return strings.Join(texts, "<br>")
}
