package e2e_test

import (
	"encoding/json"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// readmeWorkflow is the workflow of the README in a file, with a deployment that takes a note, and with the image of the
// record in a registry of this machine.
func readmeWorkflow(t *testing.T, image string) string {
	t.Helper()
	readme, err := os.ReadFile(filepath.Join(root, "README.md"))
	if err != nil {
		t.Fatal(err)
	}
	found := regexp.MustCompile("(?s)```yaml\n(on:\n.*?)```").FindSubmatch(readme)
	if found == nil {
		t.Fatal("the README has no workflow")
	}
	src := string(found[1])
	for old, new := range map[string]string{
		`./deploy.sh "$DIGEST"`:       `echo "$DIGEST" >> "$STUBS/deployed"`,
		"          command: record\n": "          command: record\n          image: " + image + "\n",
	} {
		if strings.Count(src, old) != 1 {
			t.Fatalf("the workflow of the README does not have %q once:\n%s", old, src)
		}
		src = strings.Replace(src, old, new, 1)
	}
	file := filepath.Join(t.TempDir(), "readme.yml")
	if err := os.WriteFile(file, []byte(src), 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}

// TestReadmeWorkflow runs the README's workflow: it builds the commit of the plan, and records the digest of the build.
func TestReadmeWorkflow(t *testing.T) {
	t.Parallel()
	const pushed = "c0ffee0000000000000000000000000000000000" // a commit that the GitHub of the test has
	for name, tt := range map[string]struct {
		event    event
		revision string
		tag      string
		records  bool
	}{
		"pull request": {pullRequest(), headCommit, "pr-123-a1b2c3d4", false},
		"push":         {push("refs/heads/dev", pushed), pushed, "sha-c0ffee00", true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r, w := newRings(t), newWorld(t)
			file := readmeWorkflow(t, r.image)
			tt.event.env["GITHUB_API_URL"], tt.event.env["STUBS"] = r.api, w.dir
			out, err := act(t, t.TempDir(), tt.event, append(replacedIn(t, file), "-W", file)...).Output()
			if err != nil {
				t.Fatalf("%v\n%s", err, read(t, out).log)
			}
			if got := w.noted(t, "checkouts"); !slices.Equal(got, []string{tt.revision}) {
				t.Errorf("checked out %q, want %s", got, tt.revision)
			}
			digest, revision, _ := strings.Cut(w.tags(t)[tt.tag], " ")
			if revision != tt.revision {
				t.Errorf("the image under %s says that it is of %q, want %s", tt.tag, revision, tt.revision)
			}
			var want []string
			if tt.records {
				want = []string{digest}
			}
			if got := w.noted(t, "deployed"); !slices.Equal(got, want) {
				t.Errorf("deployed %q, want %q", got, want)
			}
			if got := r.recorded("dev"); !slices.Equal(got, want) {
				t.Errorf("recorded %q, want %q", got, want)
			}
		})
	}
}

// recorded returns the digests of the deployments that the GitHub has of a ring.
func (r *rings) recorded(ring string) []string {
	r.t.Helper()
	req, err := http.NewRequest(http.MethodGet, r.api+"/repos/wizzense/AitherZero/deployments?environment="+ring, nil)
	if err != nil {
		r.t.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer fake-token-of-the-job")
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		r.t.Fatal(err)
	}
	defer resp.Body.Close()
	var all []struct {
		Payload struct{ Ring, Digest string }
	}
	if err := json.NewDecoder(resp.Body).Decode(&all); err != nil || resp.StatusCode != http.StatusOK {
		r.t.Fatalf("%s, %v", resp.Status, err)
	}
	var digests []string
	for _, d := range all {
		if d.Payload.Ring != ring {
			r.t.Errorf("a deployment of %s says that it is of ring %q", ring, d.Payload.Ring)
		}
		digests = append(digests, d.Payload.Digest)
	}
	return digests
}
