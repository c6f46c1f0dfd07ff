package view

import (
	"strconv"
	"strings"

	"github.com/wizzense/deployment-rings/action/internal/event"
	"github.com/wizzense/deployment-rings/action/internal/plan"
	"github.com/wizzense/deployment-rings/labels"
	"github.com/wizzense/deployment-rings/ringpolicy"
	"github.com/wizzense/deployment-rings/tagging"
)

// PlanOutputs returns the outputs of a plan by name. What could be pushed or run is there only when it deploys.
func PlanOutputs(p plan.Plan, f PlanFiles) map[string]string {
	v := map[string]string{}
	subjectValues(v, p)
	ringValues(v, p)
	containerValues(v, p)
	if p.Deploys() {
		pushValues(v, p)
		v["docker-run"] = p.Container.DockerRun()
		v["bake-file"], v["compose-file"] = f.Bake, f.Compose
	}
	return v
}

func subjectValues(v map[string]string, p plan.Plan) {
	s := p.Subject
	v["should-deploy"], v["skip-reason"] = strconv.FormatBool(p.Deploys()), p.Skip
	v["is-release"] = strconv.FormatBool(s.Kind == event.Release)
	v["release-tag"], v["version"] = s.Tag, p.Version
	v["pr-number"], v["branch"], v["revision"] = number(s.Number), s.Branch, s.Revision
	if s.Branch != "" {
		v["branch-slug"] = tagging.Slug(s.Branch)
	}
	if short, err := tagging.ShortCommit(s.Revision); err == nil {
		v["commit-short"] = short
	}
	v["build-iteration"], v["build-timestamp"] = number(p.Iteration), p.Time.Format("20060102-150405")
	v["deployment-comment"] = strconv.FormatBool(p.Asked && p.Deploys())
	v["source-tag"], v["held-tags"] = p.SourceTag, lines(p.Tags.Held())
}

func ringValues(v map[string]string, p plan.Plan) {
	ring := p.Match.Ring
	v["ring"], v["deployment-ring"], v["ring-matched"] = ring.Name, ring.Name, string(p.Match.Kind)
	v["ring-title"], v["environment"], v["enters-ring"] = ring.Title, ring.Environment, p.Enters
	v["next-ring"] = strings.Join(names(p.Next), "\n")
}

func containerValues(v map[string]string, p plan.Plan) {
	c := p.Container
	v["image-name"], v["package-url"] = p.Image().Path(), p.PackageURL
	v["container-name"], v["local-url"] = c.Name, c.LocalURL()
	v["host-port"], v["container-port"] = number(c.HostPort), number(c.ContainerPort)
}

func pushValues(v map[string]string, p plan.Plan) {
	primary := p.Tags.Primary().String()
	v["tags"], v["tag-names"] = strings.Join(p.References(), "\n"), lines(p.Tags.All())
	v["fixed-tags"], v["moving-tags"] = lines(p.Tags.Fixed()), lines(p.Tags.Moving())
	v["tag-rules"] = strings.Join(tagRules(p.Tags.All()), "\n")
	v["primary-tag"], v["image-tag"] = primary, p.Image().Ref(primary)
	v["labels"], v["annotations"] = quoted(labels.Lines(p.Labels)), quoted(p.Annotations)
}

// quoted are lines for docker/build-push-action, which reads them as CSV.
func quoted(lines []string) string {
	all := make([]string, len(lines))
	for i, line := range lines {
		all[i] = labels.Quote(line)
	}
	return strings.Join(all, "\n")
}

// tagRules returns the tags in the notation of docker/metadata-action. A tag contains none of the characters that
// have a meaning there.
func tagRules(tags []tagging.Tag) []string {
	rules := make([]string, len(tags))
	for i, tag := range tags {
		rules[i] = "type=raw,value=" + tag.String()
	}
	return rules
}

// number returns a count or port in digits, "" for 0.
func number(n int) string {
	if n == 0 {
		return ""
	}
	return strconv.Itoa(n)
}

func lines(tags []tagging.Tag) string { return strings.Join(tagging.Names(tags), "\n") }

func names(rings []ringpolicy.Ring) []string {
	all := make([]string, len(rings))
	for i, ring := range rings {
		all[i] = ring.Name
	}
	return all
}
