package container_test

import (
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.yaml.in/yaml/v4"

	"github.com/wizzense/deployment-rings/action/internal/container"
	"github.com/wizzense/deployment-rings/ringpolicy"
)

// The containers that the guide of deployment rings shows.
func TestContainersOfTheGuide(t *testing.T) {
	p := ringpolicy.Builtin()
	ring0, _ := p.Ring("ring-0")
	pr, err := container.OfPullRequest(p, ring0, "aitherzero", "ghcr.io/wizzense/aitherzero:ring-0-pr-123-latest", 123)
	if err != nil {
		t.Fatal(err)
	}
	tests := []struct {
		what, got, want string
	}{
		{"name", pr.Name, "aitherzero-pr-123"},
		{"URL", pr.LocalURL(), "http://localhost:8123"},
		{"docker run", pr.DockerRun(), "docker run -d --name aitherzero-pr-123 -p 8123:8080 -e DEPLOYMENT_RING=ring-0 -e PR_NUMBER=123 --health-interval 30s ghcr.io/wizzense/aitherzero:ring-0-pr-123-latest"},
		{"ring's docker run", container.OfRing(p, ring0, "aitherzero", "ghcr.io/wizzense/aitherzero:ring-0-latest").DockerRun(),
			"docker run -d --name aitherzero-ring0 -p 8080:8080 -e DEPLOYMENT_RING=ring-0 --health-interval 30s ghcr.io/wizzense/aitherzero:ring-0-latest"},
	}
	for _, tt := range tests {
		if tt.got != tt.want {
			t.Errorf("%s:\n got %s\nwant %s", tt.what, tt.got, tt.want)
		}
	}
}

// Every word reaches the program as it was, whatever it holds: a shell is the judge.
func TestDockerRunInAShell(t *testing.T) {
	words := []string{"plain", "two words", "it's", `"quoted"`, "$HOME $(id) `id`", "a;b|c&d>e<f", "new\nline", "*?[a]", "~", "#x", "!x", `back\slash`, "é", "", "=", "-x", "\t", "a=b c"}
	for _, w := range words {
		c := container.Container{App: "app", Name: w, Image: "image", Env: map[string]string{"A": w}}
		command := strings.Replace(c.DockerRun(), "docker ", `printf '%s\0' `, 1)
		out, err := exec.Command("sh", "-c", command).Output()
		if err != nil {
			t.Fatalf("sh -c %q: %v", command, err)
		}
		want := []string{"run", "-d", "--name", w, "-e", "A=" + w, "image", ""}
		if diff := cmp.Diff(want, strings.Split(string(out), "\x00")); diff != "" {
			t.Errorf("words of %s (-want +got):\n%s", c.DockerRun(), diff)
		}
	}
}

func TestDockerRunHealth(t *testing.T) {
	for want, health := range map[string]ringpolicy.Health{
		"--health-interval 1m30s --health-timeout 1.5s --health-retries 3 --health-start-period 1h ": {Interval: 90 * time.Second, Timeout: 1500 * time.Millisecond, Retries: 3, StartPeriod: time.Hour},
		"--health-interval 1ms --health-retries 1 ":                                                  {Interval: time.Millisecond, Retries: 1}, // the least
		"": {},
	} {
		c := container.Container{Name: "n", Image: "i", HostPort: 80, ContainerPort: 8080, Health: health}
		if got, want := c.DockerRun(), "docker run -d --name n -p 80:8080 "+want+"i"; got != want {
			t.Errorf("DockerRun of %+v\n got %s\nwant %s", health, got, want)
		}
	}
	if got := (container.Container{}).LocalURL(); got != "" {
		t.Errorf("LocalURL without a port = %q, want none", got)
	}
}

func TestComposeText(t *testing.T) {
	c := container.Container{App: "app", Name: "app-pr-7", Image: "ghcr.io/o/app:ring-0-pr-7-latest", HostPort: 8007, ContainerPort: 8080,
		Env:    map[string]string{"PR_NUMBER": "7", "DEPLOYMENT_RING": "ring-0"},
		Health: ringpolicy.Health{Interval: 30 * time.Second, Retries: 3}}
	const want = `services:
  "app":
    image: "ghcr.io/o/app:ring-0-pr-7-latest"
    container_name: "app-pr-7"
    ports:
      - "8007:8080"
    environment:
      "DEPLOYMENT_RING": "ring-0"
      "PR_NUMBER": "7"
    healthcheck:
      interval: 30s
      retries: 3
`
	if diff := cmp.Diff(want, string(c.Compose())); diff != "" {
		t.Errorf("Compose() (-want +got):\n%s", diff)
	}
}

// A YAML reader sees each text as it was, with "$" doubled, and no key that holds nothing.
func TestComposeIsYAML(t *testing.T) {
	for _, s := range []string{"plain", "$HOME ${X}", "a: b # c", "quote\" and \\", "new\nline", "<&>", "é\u2028", "- x", "null", "8080"} {
		c := container.Container{App: "app", Name: s, Image: "image", Env: map[string]string{"A": s}}
		type service struct {
			Image       string
			Name        string `yaml:"container_name"`
			Environment map[string]string
		}
		var got struct{ Services map[string]service }
		if err := yaml.Unmarshal(c.Compose(), &got); err != nil {
			t.Fatalf("%s\n%v", c.Compose(), err)
		}
		doubled := strings.ReplaceAll(s, "$", "$$")
		want := map[string]service{"app": {"image", doubled, map[string]string{"A": doubled}}}
		if diff := cmp.Diff(want, got.Services); diff != "" {
			t.Errorf("services (-want +got):\n%s", diff)
		}
	}
	bare := container.Container{App: "app", Name: "app-x", Image: "image"}
	if got := string(bare.Compose()); strings.Contains(got, "ports") || strings.Contains(got, "environment") || strings.Contains(got, "healthcheck") {
		t.Errorf("Compose() of a container without settings:\n%s", got)
	}
}
