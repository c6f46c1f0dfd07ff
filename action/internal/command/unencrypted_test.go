package command

import (
	"net/http"
	"strings"
	"testing"

	"github.com/wizzense/deployment-rings/action/internal/cli"
)

// nowhere fails the test with each request that it is given.
type nowhere struct{ t *testing.T }

func (n nowhere) RoundTrip(r *http.Request) (*http.Response, error) {
	n.t.Errorf("%s %s was asked with %q", r.Method, r.URL, r.Header.Get("Authorization"))
	return nil, http.ErrUseLastResponse
}

// TestUnencryptedAPI: where the API has no encryption, no command asks anything, and each says what to do.
func TestUnencryptedAPI(t *testing.T) {
	digest := "sha256:" + strings.Repeat("a", 64)
	dispatch := payload(t, map[string]any{"inputs": map[string]any{"pr_number": "5"}, "ref": "refs/heads/main", "repository": map[string]any{"full_name": "o/n", "default_branch": "main"}})
	for name, env := range map[string]map[string]string{
		"GITHUB_API_URL":    {"GITHUB_API_URL": "http://github.example/api/v3"},
		"GITHUB_SERVER_URL": {"GITHUB_SERVER_URL": "http://github.example"},
		"another address":   {"GITHUB_API_URL": "http://127.0.0.1.github.example"},
	} {
		env["GITHUB_REPOSITORY"], env["GITHUB_TOKEN"] = "o/n", "ghs_secret"
		for _, args := range [][]string{
			{"gate", "--ring", "ring-1", "--digest", digest, "--image", "ghcr.io/o/n"},
			{"promote", "--ring", "ring-1", "--digest", digest, "--image", "ghcr.io/o/n"},
			{"record", "--ring", "ring-0", "--state", "success", "--digest", digest, "--image", "ghcr.io/o/n"},
			{"rollback", "--ring", "ring-0", "--image", "ghcr.io/o/n"},
			{"status", "--image", "ghcr.io/o/n"},
			{"plan", "--event", dispatch, "--event-name", "workflow_dispatch"},
		} {
			r := over(t, nowhere{t}, env, args...)
			if r.code != cli.ExitUsage || strings.Count(r.stderr, "error: ") != 1 || !strings.Contains(r.stderr, "github.example: without encryption others could read the token on the way") || r.stdout != "" {
				t.Errorf("%s, %s = %d %s%s, want 2 and what to do", name, strings.Join(args, " "), r.code, r.stdout, r.stderr)
			}
		}
	}
}

// What asks GitHub nothing needs no API.
func TestUnencryptedAPIThatIsNotAsked(t *testing.T) {
	env := map[string]string{"GITHUB_API_URL": "http://github.example/api/v3", "GITHUB_REPOSITORY": "o/n", "GITHUB_TOKEN": "ghs_secret"}
	if r := over(t, nowhere{t}, env, "plan", "--branch", "dev", "--revision", head, "--image", "ghcr.io/o/n"); r.code != cli.ExitDone {
		t.Errorf("plan = %d %s", r.code, r.stderr)
	}
}
