package command

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log"
	"maps"
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
	env     map[string]string
	broken  string // path of a registry that fails; "": none
	digests map[[2]int]string
}

func newConvoy(t *testing.T, images, rings int, stayed time.Duration) *convoy {
	c := &convoy{fleet: fleet{images: images, apart: true}, rings: rings, stayed: stayed, t: t, now: time.Date(2026, 3, 3, 5, 30, 0, 0, time.UTC), digests: map[[2]int]string{}}
	c.net = &inProcess{registry: registry.New(registry.Logger(log.New(io.Discard, "", 0)))}
	c.net.before = func(r *http.Request) error {
		if r.URL.Host == "api.github.com" {
			c.asked.Add(1)
		} else if c.broken != "" && strings.HasPrefix(r.URL.Path, c.broken) {
			return errors.New("connection refused")
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
	maps.Copy(env, c.env)
	for i := 0; i < len(inputs); i += 2 {
		env["INPUT_"+strings.ToUpper(inputs[i])] = inputs[i+1]
	}
	r = inActionOver(c.t, c.net, "", env)
	return r, int(c.asked.Load() - before)
}

// TestRequestsOfAdvance counts requests to GitHub: those of a run in which everything waits for time, of a dry run in which everything
// may move on, and what each promotion adds to it.
func TestRequestsOfAdvance(t *testing.T) {
	const eachPromotion = 4
	for _, tt := range []struct {
		name                string
		images, rings, most int
		stayed              time.Duration
		held, promoted      int
	}{
		{"nothing is due", 4, 6, 10, time.Hour, 20, 0},
		{"all is due", 4, 6, 20, 48 * time.Hour, 0, 20},
		{"all of 50 images is due", 50, 6, 150, 48 * time.Hour, 0, 250},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			c := newConvoy(t, tt.images, tt.rings, tt.stayed)
			dry, asked := c.advance("dry-run", "true")
			if words := fmt.Sprintf("Advance: %d held; dry", tt.held); dry.code != cli.ExitDone || asked > tt.most || tt.held > 0 && !strings.Contains(dry.stdout, words) || dry.outputs["deployments"] != "[]" {
				t.Errorf("a dry run = %d takes %d requests, want at most %d and %q:\n%.3000s", dry.code, asked, tt.most, words, dry.stdout)
			}
			var spent struct {
				GitHub struct{ Requests, Points int }
			}
			if err := json.Unmarshal([]byte(cmp.Or(dry.outputs["json"], read(t, dry.outputs["json-file"]))), &spent); err != nil || spent.GitHub.Requests != asked {
				t.Errorf("the JSON counts %+v requests, want %d (%v)", spent, asked, err)
			}
			t.Logf("%d requests, %d points", asked, spent.GitHub.Points)
			r, all := c.advance()
			if more := all - asked; r.code != cli.ExitDone || more > eachPromotion*tt.promoted || r.outputs["count"] != fmt.Sprint(tt.promoted) {
				t.Errorf("advance = %d takes %d requests more, want at most %d for each of %d promotions:\n%.3000s", r.code, more, eachPromotion, tt.promoted, r.stdout)
			}
		})
	}
}

// deployments are those that an advance hands on, in words: "app-0 r1 1.0.0".
func (c *convoy) deployments(r ran) string {
	c.t.Helper()
	var all []tourDeployment
	if err := json.Unmarshal([]byte(r.outputs["deployments"]), &all); err != nil || r.outputs["count"] != fmt.Sprint(len(all)) {
		c.t.Fatalf("advance = %d, %v: count %q of deployments %q\n%s", r.code, err, r.outputs["count"], r.outputs["deployments"], r.stdout)
	}
	var words []string
	for _, d := range all {
		words = append(words, strings.TrimPrefix(d.Image, "ghcr.io/acme/")+" "+d.Ring)
	}
	return strings.Join(words, ", ")
}

// TestAdvanceImages has what goes wrong or is asked for of three images in three rings, which all may move on, and what moves.
func TestAdvanceImages(t *testing.T) {
	const all = "app-0 r2, app-1 r2, app-2 r2, app-0 r1, app-1 r1, app-2 r1"
	for _, tt := range []struct {
		name   string
		change func(*convoy)
		inputs []string
		code   int
		want   string
		says   string
		next   string // what the run after it hands on, once all is well
	}{
		{"all", nil, nil, cli.ExitDone, all, "", ""},
		{"a ring", nil, []string{"ring", "r1"}, cli.ExitDone, "app-0 r1, app-1 r1, app-2 r1", "", "app-0 r2, app-1 r2, app-2 r2"},
		{"images", nil, []string{"image", "ghcr.io/acme/app-2\nghcr.io/ACME/app-0"}, cli.ExitDone, "app-0 r2, app-2 r2, app-0 r1, app-2 r1", "", ""},
		{"an image that no record names", nil, []string{"image", "ghcr.io/acme/other"}, cli.ExitDone, "", "no image is known that could come in", ""},
		{"the same, a warning", nil, []string{"image", "ghcr.io/acme/other"}, cli.ExitDone, "", "no record names the image ghcr.io/acme/other", ""},
		{"another name of an image", (*convoy).secondName, []string{"image", "docker.io/acme/app-0"}, cli.ExitDone, "app-0 r2, app-0 r1", "", ""},
		{"both names of it", (*convoy).secondName, []string{"image", "docker.io/acme/app-0\nghcr.io/acme/app-0"}, cli.ExitDone, "app-0 r2, app-0 r1", "", ""},
		{"all, one with two names", (*convoy).secondName, nil, cli.ExitDone, all, "", ""},
		{"behind the one that moved last", func(c *convoy) { c.begun("app-0", "r2"); c.begun("app-1", "r1") }, nil, cli.ExitDone, "app-1 r2, app-2 r2, app-0 r2, app-2 r1, app-0 r1, app-1 r1", "", ""},
		{"one registry is broken", func(c *convoy) { c.breaks("/v2/acme/app-1/") }, nil, cli.ExitFailed, "app-0 r2, app-2 r2, app-0 r1, app-2 r1", "r1 of ghcr.io/acme/app-1: ", "app-1 r2, app-1 r1"},
		{"the ledger of a ring is not read", func(c *convoy) {
			c.hub.Change(func(s *githubtest.State) {
				s.Deployments = append(s.Deployments, githubtest.Deployment{ID: 1000, SHA: sha1Of(1), Environment: "r2", CreatedAt: c.now, Payload: []byte(`{"type":"deployment-rings/v1","ring":"r2","digest":"?"}`)})
			})
		}, nil, cli.ExitDone, "app-0 r1, app-1 r1, app-2 r1", "the ledger was not read", ""},
		{"no ledger is read", func(c *convoy) {
			c.hub.Break(githubtest.Fault{Route: "GET /deployments", Status: 502})
			c.hub.Break(githubtest.Fault{Route: "POST /graphql", Status: 502})
		}, nil, cli.ExitFailed, "-", "nothing was decided; the ledger was not read: ", ""},
		{"GitHub knows no checks", func(c *convoy) {
			c.hub.Break(githubtest.Fault{Route: "GET /commits/{sha}/check-runs", Status: 502})
			c.hub.Break(githubtest.Fault{Route: "POST /graphql", Field: "checkSuites"})
		}, nil, cli.ExitDone, "", "not collected: checks", all},
		{"records cannot be written", func(c *convoy) { c.hub.Break(githubtest.Fault{Route: "POST /deployments", Status: 403}) }, nil, cli.ExitFailed, "", "deployments: write", all},
		{"one record cannot be written", func(c *convoy) {
			c.hub.Break(githubtest.Fault{Route: "POST /deployments", Status: 403, Times: 1})
		}, nil, cli.ExitFailed, "app-1 r2, app-2 r2, app-0 r1, app-1 r1, app-2 r1", "r2 of ghcr.io/acme/app-0: ", "app-0 r2"},
		{"few requests are left", func(c *convoy) { c.hub.Change(func(s *githubtest.State) { s.Limits.Requests = 60 }) }, nil, cli.ExitDone, "", " left for the next run", all},
		{"few points are left", func(c *convoy) { c.hub.Change(func(s *githubtest.State) { s.Limits.Points = 40 }) }, nil, cli.ExitDone, "", " left for the next run", all},
		{"no requests are left", func(c *convoy) {
			c.hub.Change(func(s *githubtest.State) { s.Limits = githubtest.Limits{Requests: 1, Points: 1} })
		}, nil, cli.ExitDone, "", " left for the next run", all},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			c := newConvoy(t, 3, 3, 48*time.Hour)
			if tt.change != nil {
				tt.change(c)
			}
			r, _ := c.advance(tt.inputs...)
			if tt.want == "-" {
				if r.code != tt.code || len(r.outputs) > 0 || !strings.Contains(r.stdout, tt.says) {
					t.Fatalf("advance = %d with outputs %v, want %d, none and a word on %q:\n%s", r.code, r.outputs, tt.code, tt.says, r.stdout)
				}
				return
			}
			if got := c.deployments(r); r.code != tt.code || got != tt.want || !strings.Contains(r.stdout, tt.says) {
				t.Errorf("advance = %d hands on\n%s, want %d,\n%s and a word on %q:\n%s", r.code, got, tt.code, tt.want, tt.says, r.stdout)
			}
			c.hub.Mend()
			c.hub.Change(func(s *githubtest.State) {
				s.Limits = githubtest.Limits{}
				s.Runs = append(s.Runs, githubtest.Run{ID: 7, Status: "in_progress"})
			})
			c.broken = ""
			if tt.next == "" {
				return
			}
			c.now = c.now.Add(2 * time.Hour)
			if r, _ = c.advance(); c.deployments(r) != tt.next {
				t.Errorf("the next advance = %d hands on\n%s, want\n%s\n%s", r.code, c.deployments(r), tt.next, r.stdout)
			}
		})
	}
}

// breaks makes the registry of an image fail.
func (c *convoy) breaks(path string) { c.broken = path }

// secondName lets a record hold two names of an image together.
func (c *convoy) secondName() {
	c.hub.Change(func(s *githubtest.State) {
		for i, d := range s.Deployments {
			s.Deployments[i].Payload = []byte(strings.ReplaceAll(string(d.Payload), `["ghcr.io/acme/app-0"]`, `["ghcr.io/acme/app-0","docker.io/acme/app-0"]`))
		}
	})
}

// begun adds the record of a promotion that failed before anything was deployed.
func (c *convoy) begun(image, ring string) {
	c.hub.Change(func(s *githubtest.State) {
		payload, _ := json.Marshal(map[string]any{"type": "deployment-rings/v1", "ring": ring, "digest": digestOf(90, 1), "images": []string{"ghcr.io/acme/" + image}, "decision_id": digestOf(90, 2)})
		s.Deployments = append(s.Deployments, githubtest.Deployment{ID: int64(1 + len(s.Deployments)), SHA: sha1Of(1), Environment: ring, Payload: payload, CreatedAt: c.now.Add(-time.Hour),
			Statuses: []githubtest.DeploymentStatus{{ID: 1, State: "in_progress", CreatedAt: c.now.Add(-time.Hour)}, {ID: 2, State: "failure", Description: "not_deployed: the tags could not be moved", CreatedAt: c.now.Add(-time.Hour)}}})
	})
}
