package command

import (
	"encoding/json"
	"html"
	"runtime"
	"runtime/debug"
	"strings"
	"testing"

	"github.com/wizzense/deployment-rings/action/internal/cli"
	"github.com/wizzense/deployment-rings/ringpolicy"
)

// TestDescribeBuild: what the linker wrote wins, and nothing is made up.
func TestDescribeBuild(t *testing.T) {
	const a, b = "0123456789abcdef0123456789abcdef01234567", "89abcdef0123456789abcdef0123456789abcdef"
	main := func(version string, settings ...string) *debug.BuildInfo {
		info := &debug.BuildInfo{Main: debug.Module{Version: version}}
		for i := 0; i < len(settings); i += 2 {
			info.Settings = append(info.Settings, debug.BuildSetting{Key: settings[i], Value: settings[i+1]})
		}
		return info
	}
	for _, c := range []struct {
		name            string
		version, commit string
		info            *debug.BuildInfo
		want            string
	}{
		{"release", "v1.4.0", a, main("v9.9.9", "vcs.revision", b, "vcs.modified", "true"), "v1.4.0 " + a},
		{"go install at a version", "", "", main("v1.4.0"), "v1.4.0 not known"},
		{"checkout", "", "", main("(devel)", "vcs.revision", b, "vcs.modified", "false"), "(devel) " + b},
		{"checkout with changes", "", "", main("v1.4.1-0.20260101000000-89abcdef0123+dirty", "vcs.revision", b, "vcs.modified", "true"),
			"v1.4.1-0.20260101000000-89abcdef0123+dirty " + b + ", with changes"},
		{"nothing known", "", "", main(""), "(devel) not known"},
	} {
		got := describeBuild(c.version, c.commit, c.info)
		if text := got.Version + " " + got.Rows()[0][1]; text != c.want {
			t.Errorf("%s: %s, want %s", c.name, text, c.want)
		}
	}
}

func TestVersion(t *testing.T) {
	want := map[string]any{
		"schema": 1.0, "version": thisBuild("", "").Version, "commit": nil, "modified": false, // tests are built without a revision
		"policy_digest": ringpolicy.Builtin().Digest(), "go": runtime.Version(), "platform": runtime.GOOS + "/" + runtime.GOARCH,
	}
	var got map[string]any
	r := byHand(t, nil, "version", "--format", "json")
	if err := json.Unmarshal([]byte(r.stdout), &got); err != nil || r.code != 0 {
		t.Fatalf("exit code %d, %v: %s%s", r.code, err, r.stdout, r.stderr)
	}
	for key, value := range want {
		if got[key] != value {
			t.Errorf("%s = %v, want %v", key, got[key], value)
		}
	}
	if len(got) != len(want) {
		t.Errorf("%v has other keys than %v", got, want)
	}
	text := byHand(t, nil, "--version")
	summary := inAction(t, "", map[string]string{"INPUT_COMMAND": "version"}).summary
	for _, key := range []string{"version", "policy_digest", "go", "platform"} {
		for name, page := range map[string]string{"--version": text.stdout, "summary": summary} {
			if value := want[key].(string); text.code != 0 || !strings.Contains(html.UnescapeString(page), value) {
				t.Errorf("%s, exit code %d, does not say the %s %q:\n%s", name, text.code, key, value, page)
			}
		}
	}
}

// TestVersionOfPolicy shows the digest of another policy, or what is wrong with it.
func TestVersionOfPolicy(t *testing.T) {
	const file = "../examples/policies/fan-in.yml"
	var linted, version struct {
		Digest string `json:"policy_digest"`
	}
	for command, to := range map[string]any{"lint": &linted, "version": &version} {
		if err := json.Unmarshal([]byte(byHand(t, nil, command, "--policy", file, "--format", "json").stdout), to); err != nil {
			t.Fatal(err)
		}
	}
	if version.Digest == "" || version.Digest != linted.Digest || version.Digest == ringpolicy.Builtin().Digest() {
		t.Errorf("version says that %s has the digest %q, lint %q", file, version.Digest, linted.Digest)
	}
	if r := byHand(t, nil, "version", "--policy", "missing.yml"); r.code != cli.ExitUsage || r.stdout != "" || !strings.Contains(r.stderr, "missing.yml") {
		t.Errorf("version of a missing policy: exit code %d, %s%s", r.code, r.stdout, r.stderr)
	}
}
