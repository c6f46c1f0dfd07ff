package e2e_test

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// These tests run the whole example workflow, with the real Action, a docker whose registry is a folder, and a
// GitHub on loopback. The third-party actions are replaced by small ones; their inputs are held by actionlint.
const workflow = "examples/workflows/04-deploy-pr-environment.yml"

// A world is what the workflow acts on.
type world struct {
	dir    string // see testdata/stubs
	github *github
}

func newWorld(t *testing.T) world {
	t.Helper()
	w := world{dir: t.TempDir(), github: &github{}}
	if err := os.Mkdir(filepath.Join(w.dir, "tags"), 0o700); err != nil {
		t.Fatal(err)
	}
	w.put(t, "scan-result", "0")
	w.put(t, "container-state", "running healthy\n")
	return w
}

// run runs the workflow and says whether it passed.
func (w world) run(t *testing.T, ev event, number string) bool {
	t.Helper()
	server := httptest.NewServer(w.github)
	defer server.Close()
	ev.env["GITHUB_API_URL"], ev.env["GITHUB_RUN_NUMBER"], ev.env["STUBS"] = server.URL, number, w.dir
	cmd := act(t, t.TempDir(), ev, append(replaced(t), "-W", withoutQueue(t, workflow))...)
	cmd.Env = append(cmd.Env, "PATH="+absolute(t, "testdata/stubs/bin")+":"+os.Getenv("PATH"))
	out, err := cmd.Output()
	w.put(t, "log", read(t, out).log)
	return err == nil
}

// replaced are the flags that put a folder in the place of each action that the workflow uses.
func replaced(t *testing.T) []string {
	t.Helper()
	return replacedIn(t, workflow)
}

// replacedIn does that for another workflow, of this repository or at an absolute path.
func replacedIn(t *testing.T, workflow string) []string {
	t.Helper()
	folders := map[string]string{
		"wizzense/deployment-rings": theAction(t), "actions/checkout": "checkout", "actions/upload-artifact": "upload",
		"actions/download-artifact": "download", "docker/setup-buildx-action": "nothing", "docker/login-action": "nothing",
		"docker/build-push-action": "build-push", "aquasecurity/trivy-action": "trivy", "github/codeql-action": "codeql",
		"actions/upload-pages-artifact": "upload-pages", "actions/deploy-pages": "deploy-pages",
	}
	if !filepath.IsAbs(workflow) {
		workflow = filepath.Join(root, workflow)
	}
	src, err := os.ReadFile(workflow)
	if err != nil {
		t.Fatal(err)
	}
	var flags []string
	for line := range strings.Lines(string(src)) {
		_, uses, found := strings.Cut(line, " uses: ")
		if !found {
			continue
		}
		name, ref, _ := strings.Cut(strings.Fields(uses)[0], "@")
		repo := strings.Join(strings.Split(name, "/")[:2], "/")
		path := folders[repo]
		if !filepath.IsAbs(path) {
			path = absolute(t, filepath.Join("testdata/stubs", path))
		}
		flags = append(flags, "--local-repository", repo+"@"+ref+"="+path)
	}
	return flags
}

// theAction is a folder with nothing but what the Action is made of: act copies it for every step that uses it.
func theAction(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	checkout(t, dir, "", actionFiles...)
	return dir
}

func absolute(t testing.TB, path string) string {
	t.Helper()
	abs, err := filepath.Abs(path)
	if err != nil {
		t.Fatal(err)
	}
	return abs
}

func (w world) put(t *testing.T, name, content string) {
	t.Helper()
	if err := os.WriteFile(filepath.Join(w.dir, name), []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
}

// noted are the lines of a file of the world; none when nothing wrote it.
func (w world) noted(t *testing.T, name string) []string {
	t.Helper()
	src, err := os.ReadFile(filepath.Join(w.dir, name))
	if err != nil && !os.IsNotExist(err) {
		t.Fatal(err)
	}
	return strings.FieldsFunc(string(src), func(r rune) bool { return r == '\n' })
}

// log is what the last run said.
func (w world) log(t *testing.T) string {
	t.Helper()
	return strings.Join(w.noted(t, "log"), "\n")
}

// tags are the tags of the registry with what they point to.
func (w world) tags(t *testing.T) map[string]string {
	t.Helper()
	files, err := os.ReadDir(filepath.Join(w.dir, "tags"))
	if err != nil {
		t.Fatal(err)
	}
	tags := map[string]string{}
	for _, f := range files {
		tags[f.Name()] = w.noted(t, "tags/"+f.Name())[0]
	}
	return tags
}

// github answers what the workflow asks and keeps what it changes.
type github struct {
	mu       sync.Mutex
	comments []comment
	versions []map[string]any
	changes  []string
}

type comment struct {
	ID   int               `json:"id"`
	User map[string]string `json:"user"`
	Body string            `json:"body"`
}

func (g *github) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if r.Method != http.MethodGet {
		g.changes = append(g.changes, r.Method+" "+r.URL.Path)
	}
	const repo = "/repos/wizzense/AitherZero"
	switch path := r.URL.Path; {
	case r.Method == http.MethodGet && path == repo+"/issues/123/comments":
		page(w, r, g.comments)
	case r.Method == http.MethodPost && path == repo+"/issues/123/comments":
		g.comments = append(g.comments, comment{ID: len(g.comments), User: map[string]string{"login": "github-actions[bot]"}, Body: body(r)})
	case r.Method == http.MethodPatch && strings.HasPrefix(path, repo+"/issues/comments/"):
		var id int
		fmt.Sscan(filepath.Base(path), &id)
		g.comments[id].Body = body(r)
	case r.Method == http.MethodGet && path == repo+"/deployments" && r.URL.Query().Get("environment") == "pr-123":
		page(w, r, []map[string]int{{"id": 71}, {"id": 72}})
	case r.Method == http.MethodGet && path == "/users/wizzense/packages/container/aitherzero/versions":
		page(w, r, g.versions)
	case r.Method == http.MethodGet:
		w.WriteHeader(http.StatusNotFound)
	}
}

// page writes the page of a list that the request asks for.
func page[T any](w http.ResponseWriter, r *http.Request, list []T) {
	var n int
	fmt.Sscan(r.URL.Query().Get("page"), &n)
	pages := slices.Collect(slices.Chunk(list, 100))
	if n > len(pages) {
		fmt.Fprint(w, "[]")
		return
	}
	json.NewEncoder(w).Encode(pages[n-1])
}

func body(r *http.Request) string {
	src, err := io.ReadAll(r.Body)
	if err != nil {
		return err.Error()
	}
	var sent struct{ Body string }
	if err := json.Unmarshal(src, &sent); err != nil {
		return err.Error()
	}
	return sent.Body
}

// busy is a pull request on which many people talked, one of them with our words.
func (g *github) busy() {
	for i := range 130 {
		g.comments = append(g.comments, comment{ID: i, User: map[string]string{"login": "octocat"},
			Body: "<!-- deployment-rings: pr-environment -->\nPR Environment Deployment"})
	}
}

func TestDeployPullRequest(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.github.busy()
	if !w.run(t, pullRequest().with("pull_request.head.ref", "ring-0/a&b<c>"), "42") {
		t.Fatal(w.log(t))
	}
	first := w.tags(t)
	digest := first["pr-123-a1b2c3d4"]
	want := map[string]string{}
	for _, tag := range []string{"pr-123-ring-0-a-b-c-v42", "pr-123-ring-0-a-b-c-latest", "ring-0-pr-123-latest", "pr-123-latest", "pr-123-a1b2c3d4"} {
		want[tag] = digest
	}
	if diff := cmp.Diff(want, first); diff != "" || !strings.HasSuffix(digest, headCommit) {
		t.Errorf("tags (-want +got)\n%s", diff)
	}
	if got := w.noted(t, "checkouts"); !slices.Equal(got, []string{headCommit, headCommit}) {
		t.Errorf("checked out %q, want the head commit twice", got)
	}
	if got := w.noted(t, "builds"); !slices.Equal(got, []string{"false type=gha,scope=pr-123"}) {
		t.Errorf("builds %q, want one with the cache of this pull request", got)
	}
	if len(w.noted(t, "artifacts/compose-file/"+filepath.Base(only(t, w.dir+"/artifacts/compose-file")))) == 0 {
		t.Error("no Compose file among the artifacts")
	}
	checkComment(t, w, 130, "PR Environment Deployment: successful", "ring-0/a&amp;b&lt;c&gt;", "pr-123-ring-0-a-b-c-v42", headCommit)

	// Asked again for the same commit: nothing is built, the image gets the new iteration's tag, the comment is replaced.
	if !w.run(t, pullRequest().with("pull_request.head.ref", "ring-0/a&b<c>"), "43") {
		t.Fatal(w.log(t))
	}
	want["pr-123-ring-0-a-b-c-v43"] = digest
	if diff := cmp.Diff(want, w.tags(t)); diff != "" {
		t.Errorf("tags after the second run (-want +got)\n%s", diff)
	}
	if got := w.noted(t, "builds"); len(got) != 1 {
		t.Errorf("%d builds of one commit, want 1", len(got))
	}
	checkComment(t, w, 130, "successful", "pr-123-ring-0-a-b-c-v43")
}

// checkComment holds that comment id is the last one and has all of the words.
func checkComment(t *testing.T, w world, id int, words ...string) {
	t.Helper()
	if len(w.github.comments) != id+1 {
		t.Fatalf("%d comments, want %d", len(w.github.comments), id+1)
	}
	for _, word := range words {
		if body := w.github.comments[id].Body; !strings.Contains(body, word) {
			t.Errorf("the comment lacks %q\n%s", word, body)
		}
	}
}

func only(t *testing.T, dir string) string {
	t.Helper()
	files, err := os.ReadDir(dir)
	if err != nil || len(files) != 1 {
		t.Fatalf("%d files in %s, want 1: %v", len(files), dir, err)
	}
	return files[0].Name()
}

func TestDeployUnhealthyContainer(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.put(t, "container-state", "running unhealthy\n")
	if w.run(t, pullRequest(), "42") {
		t.Error("the workflow passed with an unhealthy container")
	}
	checkComment(t, w, 0, "PR Environment Deployment: failed")
}

func TestDeployFork(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	if !w.run(t, pullRequest().with("pull_request.head.repo.full_name", "mallory/AitherZero"), "42") {
		t.Fatal(w.log(t))
	}
	if got := w.tags(t); len(got) != 0 || len(w.noted(t, "checkouts")) != 0 || len(w.github.changes) != 0 {
		t.Errorf("a fork got tags %v, changes %v", got, w.github.changes)
	}
}

func TestDeployRelease(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		event event
		scan  string
		pass  bool
		want  []string
	}{
		"clean":      {push("refs/tags/v1.5.0", tagCommit), "0", true, []string{"1.5.0", "latest", "sha-9c8d7e6f", "stable"}},
		"findings":   {push("refs/tags/v1.5.0", tagCommit), "1", false, []string{"1.5.0", "sha-9c8d7e6f"}},
		"prerelease": {push("refs/tags/v2.0.0-rc.1", tagCommit), "0", true, []string{"2.0.0-rc.1", "sha-9c8d7e6f"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			w.put(t, "scan-result", tt.scan)
			if got := w.run(t, tt.event, "42"); got != tt.pass {
				t.Fatalf("passed = %v, want %v\n%s", got, tt.pass, w.log(t))
			}
			var got []string
			for tag := range w.tags(t) {
				got = append(got, tag)
			}
			slices.Sort(got)
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("tags (-want +got)\n%s", diff)
			}
			if builds := w.noted(t, "builds"); !slices.Equal(builds, []string{"true "}) {
				t.Errorf("builds %q, want one without any cache", builds)
			}
		})
	}
}

// A version that was released from another commit stays what it is.
func TestDeployReleaseNeverOverwrites(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.put(t, "tags/1.5.0", "sha256:0 "+baseCommit+"\n")
	if w.run(t, push("refs/tags/v1.5.0", tagCommit), "42") {
		t.Error("the workflow passed over a version of another commit")
	}
	if diff := cmp.Diff(map[string]string{"1.5.0": "sha256:0 " + baseCommit}, w.tags(t)); diff != "" {
		t.Errorf("tags (-want +got)\n%s", diff)
	}
}

func closed(merged bool) event {
	return pullRequest().with("action", "closed").with("pull_request.state", "closed").
		with("pull_request.merged", merged).with("pull_request.base.ref", "ring-0").with("pull_request.head.ref", "dev")
}

func TestDeployMerged(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	image := "sha256:1 " + headCommit
	w.put(t, "tags/pr-123-a1b2c3d4", image+"\n")
	w.put(t, "tags/ring-0-latest", "sha256:0 "+baseCommit+"\n")
	if !w.run(t, closed(true), "42") {
		t.Fatal(w.log(t))
	}
	want := map[string]string{"pr-123-a1b2c3d4": image, "ring-0-latest": image, "ring-0-pr-123-latest": image}
	if diff := cmp.Diff(want, w.tags(t)); diff != "" {
		t.Errorf("tags (-want +got)\n%s", diff)
	}
	if got := w.noted(t, "builds"); len(got) != 0 {
		t.Errorf("builds %q of a merged pull request, want none", got)
	}
	checkComment(t, w, 0, "merged", "ring-0-latest, ring-0-pr-123-latest")
}

// The commit tag has 8 digits. An image of another commit that begins alike, or that has such a platform, gets no ring.
func TestDeployMergedOfAnotherCommit(t *testing.T) {
	t.Parallel()
	other := headCommit[:8] + strings.Repeat("f", 32)
	for name, revisions := range map[string]string{
		"another commit": other, "no commit": "none", "one platform": headCommit + " " + other, "one platform without": headCommit + " none",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			want := map[string]string{"pr-123-a1b2c3d4": "sha256:1 " + revisions, "ring-0-latest": "sha256:0 " + baseCommit}
			for tag, image := range want {
				w.put(t, "tags/"+tag, image+"\n")
			}
			if w.run(t, closed(true), "42") {
				t.Error("the workflow passed with an image of another commit")
			}
			if diff := cmp.Diff(want, w.tags(t)); diff != "" {
				t.Errorf("tags (-want +got)\n%s", diff)
			}
			if log := w.log(t); !strings.Contains(log, "is on an image of another commit than "+headCommit) {
				t.Errorf("it does not say why\n%s", log)
			}
		})
	}
}

func TestDeployMergedOfPlatforms(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	image := "sha256:1 " + headCommit + " " + headCommit
	w.put(t, "tags/pr-123-a1b2c3d4", image+"\n")
	if !w.run(t, closed(true), "42") {
		t.Fatal(w.log(t))
	}
	if diff := cmp.Diff(map[string]string{"pr-123-a1b2c3d4": image, "ring-0-latest": image, "ring-0-pr-123-latest": image}, w.tags(t)); diff != "" {
		t.Errorf("tags (-want +got)\n%s", diff)
	}
}

func TestDeployClosed(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for id, tags := range [][]string{
		{"pr-123-dev-v1", "pr-123-a1b2c3d4"},
		{"dev-pr-123-latest", "pr-123-latest", "pr-123-dev-latest", "pr-123-dev-v2"},
		{"pr-1234-dev-v1"},
		{"pr-12-dev-v1", "pr-12-latest"},
		{"pr-7-x-pr-123-latest"}, // pull request 7 of branch x-pr-123
		{"pr-123-dev-v3", "ring-0-latest"},
		{},
	} {
		w.github.versions = append(w.github.versions, map[string]any{
			"id": 900 + id, "metadata": map[string]any{"container": map[string]any{"tags": tags}}})
	}
	if !w.run(t, closed(false), "42") {
		t.Fatal(w.log(t))
	}
	const repo, versions = "/repos/wizzense/AitherZero", "/users/wizzense/packages/container/aitherzero/versions"
	want := []string{
		"POST " + repo + "/deployments/71/statuses", "POST " + repo + "/deployments/72/statuses",
		"DELETE " + versions + "/900", "DELETE " + versions + "/901",
	}
	if diff := cmp.Diff(want, w.github.changes); diff != "" {
		t.Errorf("changes on GitHub (-want +got)\n%s", diff)
	}
}
