package examples_test

import (
	"fmt"
	"maps"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"go.yaml.in/yaml/v4"
)

// A workflow is what these tests read of one.
type workflow struct {
	Jobs map[string]workflowJob
}

type workflowJob struct {
	Outputs  map[string]string
	Strategy struct{ Matrix struct{ Include any } }
	Steps    []workflowStep
}

type workflowStep struct {
	ID, Uses string
	With     map[string]any
}

func (s workflowStep) is(action string) bool { return strings.HasPrefix(s.Uses, action+"@") }

func (s workflowStep) input(name string) string {
	if s.With[name] == nil {
		return ""
	}
	return fmt.Sprint(s.With[name])
}

// command returns the command of a step that uses this project, and "" for other steps.
func (s workflowStep) command() string {
	switch {
	case !s.is("wizzense/deployment-rings"):
		return ""
	case s.input("command") == "":
		return "plan"
	}
	return s.input("command")
}

// workflows returns the example workflows, and those of the README, a block each. A block of steps alone is one job.
func workflows(t *testing.T) map[string]workflow {
	t.Helper()
	all := map[string]workflow{}
	files, err := filepath.Glob("workflows/*.yml")
	if err != nil || len(files) < 4 {
		t.Fatalf("%d example workflows, %v", len(files), err)
	}
	for _, file := range files {
		all[file] = parseWorkflow(t, file, string(read(t, file)))
	}
	blocks := regexp.MustCompile("(?s)```yaml\n(.*?)```").FindAllStringSubmatch(string(read(t, "../README.md")), -1)
	if len(blocks) < 3 {
		t.Fatalf("the README has %d blocks of YAML, want the installation, the build and the promotion", len(blocks))
	}
	for i, block := range blocks {
		name := fmt.Sprintf("README, block %d", i+1)
		all[name] = parseWorkflow(t, name, block[1])
	}
	return all
}

func parseWorkflow(t *testing.T, name, src string) workflow {
	t.Helper()
	var w workflow
	err := yaml.Unmarshal([]byte(src), &w)
	if strings.HasPrefix(strings.TrimSpace(src), "- ") {
		var only workflowJob
		err = yaml.Unmarshal([]byte(src), &only.Steps)
		w.Jobs = map[string]workflowJob{"only": only}
	}
	if err != nil || len(w.Jobs) == 0 {
		t.Fatalf("%s: %d jobs, %v", name, len(w.Jobs), err)
	}
	return w
}

var (
	listOutput = regexp.MustCompile(`^\$\{\{ fromJSON\(needs\.([\w-]+)\.outputs\.([\w-]+) \|\| '\[\]'\) \}\}$`)
	stepOutput = regexp.MustCompile(`^\$\{\{ steps\.([\w-]+)\.outputs\.([\w-]+) \}\}$`)
	needOutput = regexp.MustCompile(`^\$\{\{ needs\.([\w-]+)\.outputs\.([\w-]+) \}\}$`)
)

// origin follows a value that is an output and nothing else to the step that set it: "build-push-action digest",
// "promote digest", "advance deployments" for the digest of a list, "move digest" of a step that has an id and uses no action. It
// returns "" for every other value.
func (w workflow) origin(job, value string) string {
	if include, _ := w.Jobs[job].Strategy.Matrix.Include.(string); value == "${{ matrix.digest }}" {
		if found := listOutput.FindStringSubmatch(include); found != nil {
			value = fmt.Sprintf("${{ needs.%s.outputs.%s }}", found[1], found[2])
		}
	}
	if found := needOutput.FindStringSubmatch(value); found != nil {
		job, value = found[1], w.Jobs[found[1]].Outputs[found[2]]
	}
	found := stepOutput.FindStringSubmatch(value)
	if found == nil {
		return ""
	}
	for _, step := range w.Jobs[job].Steps {
		if step.ID != found[1] {
			continue
		}
		if command := step.command(); command != "" {
			return command + " " + found[2]
		}
		if step.Uses == "" {
			return step.ID + " " + found[2]
		}
		action, _, _ := strings.Cut(step.Uses, "@")
		return filepath.Base(action) + " " + found[2]
	}
	return ""
}

// wrong returns what is wrong with a workflow, in the order of its jobs and steps.
func (w workflow) wrong() []string {
	var all []string
	for _, id := range slices.Sorted(maps.Keys(w.Jobs)) {
		checkout := workflowStep{}
		for i, step := range w.Jobs[id].Steps {
			add := func(format string, args ...any) {
				all = append(all, fmt.Sprintf("job %s, step %d: ", id, i+1)+fmt.Sprintf(format, args...))
			}
			if step.is("actions/checkout") {
				checkout = step
				if step.input("persist-credentials") != "false" {
					add("leaves the token of the job in the checkout")
				}
			}
			if step.command() == "record" && step.input("signal") == "" {
				known := []string{"build-push-action digest", "move digest", "promote digest", "advance deployments"}
				if from := w.origin(id, step.input("digest")); !slices.Contains(known, from) {
					add("records the digest %q, want that of the build or of the promotion", step.input("digest"))
				}
			}
			if step.is("docker/build-push-action") {
				if from := w.origin(id, checkout.input("ref")); from != "plan revision" {
					add("builds a checkout of %q, want the revision of the plan", checkout.input("ref"))
				}
				if context := step.input("context"); context != "." {
					add("builds the context %q, want the checkout", context)
				}
				for _, name := range []string{"labels", "annotations"} {
					if from := w.origin(id, step.input(name)); from != "plan "+name {
						add("builds with the %s %q, want those of the plan", name, step.input(name))
					}
				}
			}
		}
	}
	return all
}

// TestWorkflowsNameTheImage: what is built is the commit of the plan, and what is recorded the image that was built or
// promoted, in the examples and in the README.
func TestWorkflowsNameTheImage(t *testing.T) {
	builds, records := 0, 0
	for name, w := range workflows(t) {
		for _, problem := range w.wrong() {
			t.Errorf("%s: %s", name, problem)
		}
		for _, job := range w.Jobs {
			for _, step := range job.Steps {
				if step.is("docker/build-push-action") {
					builds++
				}
				if step.command() == "record" {
					records++
				}
			}
		}
	}
	if builds < 2 || records < 5 {
		t.Errorf("%d builds and %d records, want at least 2 and 5", builds, records)
	}
}

func TestWrongWorkflows(t *testing.T) {
	const (
		ours     = "uses: wizzense/deployment-rings@COMMIT"
		plan     = "- {id: plan, " + ours + "}\n"
		checkout = "- {uses: actions/checkout@x, with: {ref: '${{ steps.plan.outputs.revision }}', persist-credentials: false}}\n"
		build    = "- {id: build, uses: docker/build-push-action@x, with: {context: ., labels: '${{ steps.plan.outputs.labels }}', annotations: '${{ steps.plan.outputs.annotations }}'}}\n"
	)
	list := func(command, digest string) string {
		return "jobs:\n  first:\n    outputs: {all: '${{ steps.it.outputs.deployments }}'}\n    steps: [{id: it, " + ours + ", with: {command: " + command + "}}]\n" +
			"  deploy:\n    strategy: {matrix: {include: \"${{ fromJSON(needs.first.outputs.all || '[]') }}\"}}\n" +
			"    steps: [{" + ours + ", with: {command: record, digest: '${{ " + digest + " }}'}}]\n"
	}
	record := func(with string) string { return "- {" + ours + ", with: {command: record, ring: a, " + with + "}}\n" }
	for _, tt := range []struct {
		name, steps string
		want        []string
	}{
		{"all is well", plan + checkout + build + record("digest: '${{ steps.build.outputs.digest }}'"), nil},
		{"no ref", plan + "- {uses: actions/checkout@x, with: {persist-credentials: false}}\n" + build,
			[]string{`job only, step 3: builds a checkout of "", want the revision of the plan`}},
		{"no checkout", plan + build, []string{`job only, step 2: builds a checkout of "", want the revision of the plan`}},
		{"a checkout after the build", plan + build + checkout, []string{`job only, step 2: builds a checkout of "", want the revision of the plan`}},
		{"the commit of the event", plan + strings.Replace(checkout, "steps.plan.outputs.revision", "github.sha", 1) + build,
			[]string{`job only, step 3: builds a checkout of "${{ github.sha }}", want the revision of the plan`}},
		{"the context of the event", plan + checkout + strings.Replace(build, "context: ., ", "", 1), []string{`job only, step 3: builds the context "", want the checkout`}},
		{"labels of something else", plan + checkout + strings.Replace(build, "steps.plan.outputs.labels", "steps.meta.outputs.labels", 1),
			[]string{`job only, step 3: builds with the labels "${{ steps.meta.outputs.labels }}", want those of the plan`}},
		{"the token in the checkout", "- {uses: actions/checkout@x}\n", []string{"job only, step 1: leaves the token of the job in the checkout"}},
		{"no digest", record("state: success"), []string{`job only, step 1: records the digest "", want that of the build or of the promotion`}},
		{"a tag", record("state: success, tag: a-latest"), []string{`job only, step 1: records the digest "", want that of the build or of the promotion`}},
		{"the digest of a step that is not there", record("state: success, digest: '${{ steps.promote.outputs.digest }}'"),
			[]string{`job only, step 1: records the digest "${{ steps.promote.outputs.digest }}", want that of the build or of the promotion`}},
		{"a signal", record("signal: health_check, state: passing"), nil},
		{"a digest of the list of an advance", list("advance", "matrix.digest"), nil},
		{"a list of something else", list("plan", "matrix.digest"), []string{`job deploy, step 1: records the digest "${{ matrix.digest }}", want that of the build or of the promotion`}},
		{"something else of the list", list("advance", "matrix.image"), []string{`job deploy, step 1: records the digest "${{ matrix.image }}", want that of the build or of the promotion`}},
	} {
		if diff := cmp.Diff(tt.want, parseWorkflow(t, tt.name, tt.steps).wrong()); diff != "" {
			t.Errorf("%s (-want +got):\n%s", tt.name, diff)
		}
	}
}
