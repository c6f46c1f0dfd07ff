package e2e_test

import (
	"encoding/json"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"go.yaml.in/yaml/v3"
)

const statusWorkflow = "examples/workflows/ring-status.yml"

// published runs the workflow of the dashboard, and returns the folder that it published, whether or not it is there.
func (r *rings) published(ev event, vars ...string) (folder, log string, ok bool) {
	r.t.Helper()
	dir := r.t.TempDir()
	ev.env = map[string]string{"GITHUB_API_URL": r.api, "STUBS": dir}
	args := append(replacedIn(r.t, statusWorkflow), "-W", statusWorkflow, "--var", "RING_IMAGE="+r.image, "--var", "RING_POLICY=.ci/e2e/testdata/rings/policy.yml")
	for _, v := range vars {
		args = append(args, "--var", v)
	}
	out, err := act(r.t, r.t.TempDir(), ev, args...).Output()
	return filepath.Join(dir, "published"), read(r.t, out).log, err == nil
}

func scheduled() event {
	return event{name: "schedule", payload: map[string]any{"schedule": "47 * * * *"}}
}

// afterRun is the event of a workflow that ended.
func afterRun() event {
	return event{name: "workflow_run", payload: map[string]any{"action": "completed", "workflow_run": map[string]any{"name": "Promote rings", "conclusion": "success"}}}
}

// TestRingStatus publishes what GitHub and the registry know, and nothing when that cannot be told.
func TestRingStatus(t *testing.T) {
	r := newRings(t)

	folder, log, ok := r.published(scheduled())
	if page := site(t, folder)["index.html"]; !ok || !strings.Contains(page, "<h1>Nothing is deployed yet</h1>") {
		t.Fatalf("without any deployment (ok: %v) the page says\n%.4000s\n%s", ok, page, log)
	}

	image := r.push("a1b2c3d437f72ccb80a373b08a177a4570281827", "ring-0-latest", "pr-123-a1b2c3d4")
	r.record("ring-0", image)
	folder, log, ok = r.published(afterRun())
	files := site(t, folder)
	want := []string{"badges/dev.svg", "badges/production.svg", "badges/ring-0.svg", "badges/ring-1.svg", "badges/ring-2.svg", "badges/staging.svg", "index.html", "status.json"}
	if got := slices.Sorted(maps.Keys(files)); !ok || !slices.Equal(got, want) {
		t.Fatalf("published (ok: %v) %q, want %q\n%s", ok, got, want, log)
	}
	if digest := strings.TrimPrefix(image, "sha256:")[:12]; !strings.Contains(files["index.html"], digest) || !strings.Contains(files["index.html"], r.image) {
		t.Errorf("the page lacks %s of %s", digest, r.image)
	}
	checkRuns(t, files["status.json"], "ring-0", image)
	if !strings.Contains(files["status.json"], `"needed": "1s"`) {
		t.Error("the soak is not that of the policy file")
	}
	if strings.Contains(log, "fake-token") {
		t.Errorf("the token is in the log")
	}

	folder, log, ok = r.published(scheduled(), "RING_EVIDENCE=nowhere.yml")
	if _, err := os.Stat(folder); ok || !os.IsNotExist(err) || !strings.Contains(log, "nowhere.yml") {
		t.Errorf("with evidence that is not there (ok: %v) something is published: %v\n%s", ok, err, log)
	}
}

// checkRuns holds that a report says what a ring runs.
func checkRuns(t *testing.T, report, ring, digest string) {
	t.Helper()
	var r struct {
		Images []struct {
			Rings []struct {
				Name string
				Runs *struct{ Digest string }
			}
		}
	}
	if err := json.Unmarshal([]byte(report), &r); err != nil || len(r.Images) != 1 {
		t.Fatalf("status.json has %d images, %v", len(r.Images), err)
	}
	for _, found := range r.Images[0].Rings {
		if found.Name == ring && found.Runs != nil && found.Runs.Digest == digest {
			return
		}
	}
	t.Errorf("status.json does not say that %s runs %s\n%s", ring, digest, report)
}

// site are the files of a folder; none when it is not there.
func site(t *testing.T, folder string) map[string]string {
	t.Helper()
	files := map[string]string{}
	err := filepath.WalkDir(folder, func(path string, d os.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		src, err := os.ReadFile(path)
		name, _ := filepath.Rel(folder, path)
		files[filepath.ToSlash(name)] = string(src)
		return err
	})
	if err != nil && !os.IsNotExist(err) {
		t.Fatal(err)
	}
	return files
}

// A workflow is what these tests look at in one.
type workflowFile struct {
	Name string
	On   struct {
		WorkflowRun struct{ Workflows, Types []string } `yaml:"workflow_run"`
	}
	Permissions map[string]string
	Jobs        map[string]struct {
		Permissions map[string]string
		Steps       []struct{ Uses string }
	}
}

func examples(t *testing.T) map[string]workflowFile {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(root, "examples/workflows/*.yml"))
	if err != nil || len(files) == 0 {
		t.Fatalf("%d examples, %v", len(files), err)
	}
	all := map[string]workflowFile{}
	for _, f := range files {
		src, err := os.ReadFile(f)
		var w workflowFile
		if err == nil {
			err = yaml.Unmarshal(src, &w)
		}
		if err != nil {
			t.Fatalf("%s: %v", f, err)
		}
		all[filepath.Base(f)] = w
	}
	return all
}

// Actions of others are pinned to a commit, in every example, and ours is to be: no version of it is released yet.
func TestExamplesArePinned(t *testing.T) {
	pinned := regexp.MustCompile(`^[\w.-]+/[\w./-]+@[0-9a-f]{40}$|^wizzense/deployment-rings@COMMIT$`)
	for name, w := range examples(t) {
		for id, job := range w.Jobs {
			for _, step := range job.Steps {
				if step.Uses != "" && !pinned.MatchString(step.Uses) {
					t.Errorf("%s: job %s uses %s", name, id, step.Uses)
				}
			}
		}
	}
}

// The job that looks may read and nothing else, the one that publishes may publish and nothing else, and what starts
// them is there.
func TestRingStatusMayDoLittle(t *testing.T) {
	all := examples(t)
	w := all["ring-status.yml"]
	got := map[string]map[string]string{"": w.Permissions}
	for id, job := range w.Jobs {
		got[id] = job.Permissions
	}
	want := map[string]map[string]string{
		"": {},
		"status": {"contents": "read", "deployments": "read", "checks": "read", "statuses": "read", "actions": "read",
			"pull-requests": "read", "issues": "read", "packages": "read"},
		"publish": {"pages": "write", "id-token": "write"},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("permissions (-want +got)\n%s", diff)
	}
	for _, after := range w.On.WorkflowRun.Workflows {
		if !slices.ContainsFunc(slices.Collect(maps.Values(all)), func(w workflowFile) bool { return w.Name == after }) {
			t.Errorf("it runs after %q, which no example is called", after)
		}
	}
	if len(w.On.WorkflowRun.Workflows) != len(all)-1 {
		t.Errorf("it runs after %q, want all other %d examples", w.On.WorkflowRun.Workflows, len(all)-1)
	}
}
