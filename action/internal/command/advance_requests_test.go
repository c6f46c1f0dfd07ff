package command

import (
	"encoding/json"
	"fmt"
	"io"
	"log"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	ggcrname "github.com/google/go-containerregistry/pkg/name"
	"github.com/google/go-containerregistry/pkg/registry"
	"github.com/google/go-containerregistry/pkg/v1/remote"

	"github.com/wizzense/deployment-rings/action/internal/cli"
	"github.com/wizzense/deployment-rings/action/internal/github/githubtest"
)

// A convoy is a repository with several images, of which each is in all of some rings, the newest in the first: it may move on from
// each ring into the next once it stayed there for a day.
type convoy struct {
	fleet
	rings  int
	stayed time.Duration // in each ring

	t       *testing.T
	now     time.Time
	hub     *githubtest.GitHub
	net     *inProcess
	asked   atomic.Int64 // requests to GitHub
	digests map[[2]int]string
}

func newConvoy(t *testing.T, images, rings int, stayed time.Duration) *convoy {
	c := &convoy{fleet: fleet{images: images, apart: true}, rings: rings, stayed: stayed, t: t, now: time.Date(2026, 3, 3, 5, 30, 0, 0, time.UTC), digests: map[[2]int]string{}}
	c.net = &inProcess{registry: registry.New(registry.Logger(log.New(io.Discard, "", 0)))}
	c.net.before = func(r *http.Request) error {
		if r.URL.Host == "api.github.com" {
			c.asked.Add(1)
		}
		return nil
	}
	s := githubtest.State{Repository: "acme/app"}
	w := &world{t: t}
	for image := range images {
		for ring := range rings {
			at := c.now.Add(-stayed - time.Duration(ring)*time.Minute)
			number := c.commit(image, ring)
			built := w.imageWith(map[string]string{"org.opencontainers.image.revision": sha1Of(number), "org.opencontainers.image.version": fmt.Sprintf("1.%d.%d", image, ring), "com.aitherzero.pr.number": fmt.Sprint(number)})
			ref, err := ggcrname.NewTag("ghcr.io/" + c.name(image) + ":" + c.ring(ring) + "-latest")
			if err == nil {
				err = remote.Write(ref, built, remote.WithTransport(c.net))
			}
			digest, _ := built.Digest()
			if err != nil {
				t.Fatal(err)
			}
			c.digests[[2]int{image, ring}] = digest.String()
			c.deploy(&s, image, c.ring(ring), digest.String(), number, at)
			c.change(&s, number, at)
		}
	}
	c.hub = githubtest.New(s)
	c.hub.Now = func() time.Time { return c.now }
	c.net.hub = c.hub
	return c
}

func (c *convoy) ring(n int) string { return fmt.Sprintf("r%d", n) }

func (c *convoy) policy() string {
	text := "version: 1\nlabels: {prefix: com.aitherzero}\nrings:\n"
	for n := range c.rings {
		text += fmt.Sprintf("  - {name: %s, soak: {min: 1d}, entry: [{id: tests, checks: {names: [\"*-tests\"]}}, {id: board, approval: {role: change-review-board}}, {id: calm, incidents: {severities: [critical]}}]}\n", c.ring(n))
	}
	return write(c.t, "rings.yml", text)
}

// advance runs the command, and returns how many requests to GitHub it took.
func (c *convoy) advance(inputs ...string) (r ran, requests int) {
	c.t.Helper()
	before := c.asked.Load()
	env := map[string]string{"INPUT_COMMAND": "advance", "INPUT_POLICY": c.policy(), "INPUT_NOW": c.now.Format(time.RFC3339), "GITHUB_TOKEN": secretToken, "GITHUB_REPOSITORY": "acme/app",
		"GITHUB_API_URL": "https://api.github.com", "GITHUB_SHA": sha1Of(1), "GITHUB_RUN_ID": "7"}
	for i := 0; i < len(inputs); i += 2 {
		env["INPUT_"+strings.ToUpper(inputs[i])] = inputs[i+1]
	}
	r = inActionOver(c.t, c.net, "", env)
	return r, int(c.asked.Load() - before)
}

// TestRequestsOfAdvance counts requests to GitHub: those of a run in which everything waits for time, of a dry run in which everything
// may move on, and what each promotion adds to it.
func TestRequestsOfAdvance(t *testing.T) {
	for _, tt := range []struct {
		name          string
		images, rings int
		stayed        time.Duration
		dryRun        string
		most          int // requests
		deployments   int
		says          string
	}{
		{"nothing is due", 4, 6, time.Hour, "false", 10, 0, "20 held."},
		{"all is due, and nothing is done", 4, 6, 48 * time.Hour, "true", 300, 0, "20 promoted; dry run: nothing was written."},
		{"all is due, and done", 4, 6, 48 * time.Hour, "false", 300 + 4*20, 20, "20 promoted."},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			c := newConvoy(t, tt.images, tt.rings, tt.stayed)
			r, requests := c.advance("dry-run", tt.dryRun)
			var spent struct{ GitHub struct{ Requests, Points int } }
			if err := json.Unmarshal([]byte(r.outputs["json"]), &spent); err != nil || spent.GitHub.Requests != requests {
				t.Errorf("the JSON counts %+v requests, want %d (%v)", spent, requests, err)
			}
			t.Logf("%d requests, %d points", requests, spent.GitHub.Points)
			if r.code != cli.ExitDone || requests > tt.most || r.outputs["count"] != fmt.Sprint(tt.deployments) || !strings.Contains(r.stdout, "\n"+tt.says) && !strings.HasPrefix(r.stdout, tt.says) {
				t.Errorf("advance = %d takes %d requests, want at most %d, with %d deployments and %q:\n%.3000s", r.code, requests, tt.most, tt.deployments, tt.says, r.stdout)
			}
		})
	}
}
