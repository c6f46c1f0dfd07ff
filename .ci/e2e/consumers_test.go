package e2e_test

import (
	"bytes"
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/compose-spec/compose-go/v2/loader"
	"github.com/compose-spec/compose-go/v2/types"
	"github.com/docker/buildx/bake/hclparser"
	"github.com/google/go-cmp/cmp"
	"github.com/hashicorp/hcl/v2"
	hcljson "github.com/hashicorp/hcl/v2/json"
)

// A plan is what the program prints, by hand, with --format json.
type plan struct {
	DockerRun   string            `json:"docker-run"`
	ComposeFile string            `json:"compose-file"`
	BakeFile    string            `json:"bake-file"`
	Tags        []string          `json:"tags"`
	Labels      map[string]string `json:"labels"`
	Annotations []string          `json:"annotations"`
}

// byHand builds the program and plans the event, with a clean environment.
func byHand(t *testing.T, ev event, args ...string) plan {
	t.Helper()
	dir := t.TempDir()
	program := filepath.Join(dir, "program")
	if out, err := exec.Command("go", "build", "-C", root, "-o", program, "./action").CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	file := filepath.Join(dir, "event.json")
	write(t, file, ev.payload)
	cmd := exec.Command(program, append([]string{
		"plan", "--format", "json", "--event", file, "--event-name", ev.name, "--image", image, "--iteration", "42",
	}, args...)...)
	cmd.Env = []string{"RUNNER_TEMP=" + dir}
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("%v\n%s", err, &stderr)
	}
	var p plan
	decode(t, out, &p)
	return p
}

// What a shell makes of the line: the words that a program named docker gets.
func TestDockerRunInAShell(t *testing.T) {
	t.Parallel()
	p := byHand(t, pullRequest())
	dir := t.TempDir()
	fake := "#!/bin/sh\nprintf '%s\\0' \"$@\"\n"
	if err := os.WriteFile(filepath.Join(dir, "docker"), []byte(fake), 0o700); err != nil {
		t.Fatal(err)
	}
	for _, shell := range []string{"sh", "bash"} {
		cmd := exec.Command(shell, "-c", p.DockerRun)
		cmd.Env = []string{"PATH=" + dir + ":" + os.Getenv("PATH")}
		out, err := cmd.Output()
		if err != nil {
			t.Fatalf("%s -c %q: %v", shell, p.DockerRun, err)
		}
		words := strings.Split(strings.TrimSuffix(string(out), "\x00"), "\x00")
		checkWords(t, words)
	}
}

func checkWords(t *testing.T, words []string) {
	t.Helper()
	if !slices.Equal(words[:2], []string{"run", "-d"}) {
		t.Errorf("docker %q, want run -d first", words)
	}
	if got, want := words[len(words)-1], image+":ring-0-pr-123-latest"; got != want {
		t.Errorf("docker runs %q, want %q", got, want)
	}
	for _, pair := range [][2]string{
		{"--name", "aitherzero-pr-123"}, {"-p", "8123:8080"}, {"-e", "DEPLOYMENT_RING=ring-0"}, {"-e", "PR_NUMBER=123"},
	} {
		if !adjacent(words, pair) {
			t.Errorf("docker %q lacks %q", words, pair)
		}
	}
}

func adjacent(words []string, pair [2]string) bool {
	for i := range len(words) - 1 {
		if words[i] == pair[0] && words[i+1] == pair[1] {
			return true
		}
	}
	return false
}

func TestComposeFileIsCompose(t *testing.T) {
	t.Parallel()
	p := byHand(t, pullRequest())
	src, err := os.ReadFile(p.ComposeFile)
	if err != nil {
		t.Fatal(err)
	}
	project, err := loader.LoadWithContext(context.Background(), types.ConfigDetails{
		ConfigFiles: []types.ConfigFile{{Filename: p.ComposeFile, Content: src}},
		Environment: types.Mapping{"HOME": "/evil"},
	}, func(o *loader.Options) { o.SetProjectName("e2e", true) })
	if err != nil {
		t.Fatalf("%v in\n%s", err, src)
	}
	if len(project.Services) != 1 {
		t.Fatalf("%d services, want 1", len(project.Services))
	}
	for _, s := range project.Services {
		checkService(t, s)
	}
}

func checkService(t *testing.T, s types.ServiceConfig) {
	t.Helper()
	if s.Image != image+":ring-0-pr-123-latest" || s.ContainerName != "aitherzero-pr-123" {
		t.Errorf("image %q, container %q", s.Image, s.ContainerName)
	}
	if len(s.Ports) != 1 || s.Ports[0].Published != "8123" || s.Ports[0].Target != 8080 {
		t.Errorf("ports %+v, want 8123:8080", s.Ports)
	}
	env := map[string]string{}
	for k, v := range s.Environment {
		env[k] = *v
	}
	if diff := cmp.Diff(map[string]string{"DEPLOYMENT_RING": "ring-0", "PR_NUMBER": "123"}, env); diff != "" {
		t.Errorf("environment (-want +got)\n%s", diff)
	}
	if h := s.HealthCheck; h == nil || h.Interval == nil || h.Interval.String() != "30s" {
		t.Errorf("health check %+v, want one every 30s", h)
	}
}

// A bakeFile is the part of a bake definition that buildx decodes into its own types of the same shape.
type bakeFile struct {
	Targets []*bakeTarget `json:"target" hcl:"target,block" cty:"target"`
}

type bakeTarget struct {
	Name        string            `json:"-" hcl:"name,label" cty:"name"`
	Tags        []string          `json:"tags" hcl:"tags,optional" cty:"tags"`
	Labels      map[string]string `json:"labels" hcl:"labels,optional" cty:"labels"`
	Annotations []string          `json:"annotations" hcl:"annotations,optional" cty:"annotations"`
}

// The bake definition, read by docker buildx's own parser, gives back each value as it was: ${ and %{ stay text.
func TestBakeFileIsBake(t *testing.T) {
	t.Parallel()
	p := byHand(t, pullRequest().with("pull_request.head.ref", "x${evil}"),
		"--title", `${upper("evil")} %{if true}$${a}%%{b} "quoted" \n`, "--labels", "key${a}=%{b}")
	src, err := os.ReadFile(p.BakeFile)
	if err != nil {
		t.Fatal(err)
	}
	file, diags := hcljson.Parse(src, p.BakeFile)
	if diags.HasErrors() {
		t.Fatal(diags)
	}
	var got bakeFile
	body := hclparser.MergeFiles([]*hcl.File{file})
	opt := hclparser.Opt{LookupVar: func(string) (string, bool) { return "", false }, ValidateLabel: func(string) error { return nil }}
	if _, diags := hclparser.Parse(body, opt, &got); diags.HasErrors() {
		t.Fatalf("%v in\n%s", diags, src)
	}
	if len(got.Targets) != 1 || got.Targets[0].Name != "docker-metadata-action" {
		t.Fatalf("targets %+v, want docker-metadata-action", got.Targets)
	}
	target := got.Targets[0]
	if diff := cmp.Diff(p.Tags, target.Tags); diff != "" {
		t.Errorf("tags (-plan +bake)\n%s", diff)
	}
	if diff := cmp.Diff(p.Labels, target.Labels); diff != "" {
		t.Errorf("labels (-plan +bake)\n%s", diff)
	}
	if diff := cmp.Diff(p.Annotations, target.Annotations); diff != "" {
		t.Errorf("annotations (-plan +bake)\n%s", diff)
	}
}
