package command

import (
	"encoding/json"
	"errors"
	"io"
	"maps"
	"net/http"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/wizzense/deployment-rings/action/internal/cli"
	"github.com/wizzense/deployment-rings/action/internal/github/githubtest"
	"github.com/wizzense/deployment-rings/action/internal/status"
)

// tagged is a registry that knows tags alone: "acme/app:ring-0-latest".
type tagged map[string]string

// registryTimeout is as long as status waits for registries.
const registryTimeout = 15 * time.Second

func (r tagged) RoundTrip(q *http.Request) (*http.Response, error) {
	resp, _ := noTags{}.RoundTrip(q)
	name, tag, _ := strings.Cut(strings.TrimPrefix(q.URL.Path, "/v2/"), "/manifests/")
	if digest, ok := r[name+":"+tag]; ok && q.Method == http.MethodHead {
		resp.StatusCode = http.StatusOK
		resp.Header.Set("Docker-Content-Digest", digest)
	}
	return resp, nil
}

func digestNamed(c string) string { return "sha256:" + strings.Repeat(c, 64) }

// twoImages is the registry of the scenario images: app's tag of ring-1 was moved by hand, that of ring-2 is ahead of a
// deployment that goes on, and of the worker ring-0 has a tag that is not recorded.
func twoImages() tagged {
	return tagged{
		"acme/app:dev-latest":       digestNamed("a"),
		"acme/app:ring-0-latest":    digestNamed("b"),
		"acme/app:ring-1-latest":    digestNamed("7"),
		"acme/app:ring-2-latest":    digestNamed("b"),
		"acme/worker:dev-latest":    digestNamed("d"),
		"acme/worker:ring-0-latest": digestNamed("8"),
	}
}

const bothImages = "ghcr.io/acme/app\nghcr.io/acme/worker"

func imagesScenario() []string {
	return []string{"status", "--ledger", "file:" + statusDir + "images.jsonl", "--image", bothImages, "--now", "2026-03-03T05:30:00Z"}
}

// Each image has its own row, with what the ledger and the registry say of it.
func TestStatusOfTwoImages(t *testing.T) {
	golden(t, statusDir+"images.txt", over(t, twoImages(), nil, imagesScenario()...).stdout)
	golden(t, statusDir+"images.report.json", over(t, twoImages(), nil, append(imagesScenario(), "--format", "json")...).stdout)

	site := t.TempDir()
	run := inActionOver(t, twoImages(), "", inputsOf(append(imagesScenario(), "--output-dir", site)))
	golden(t, statusDir+"images.md", run.summary)
	moved := "The tag ring-1-latest points to sha256:777777777777, but by the ledger the ring runs sha256:aaaaaaaaaaaa."
	if n := strings.Count(run.stdout, "::warning::ring-1 of ghcr.io/acme/app: "+moved); n != 1 || strings.Count(run.stdout, ": The tag") != 1 {
		t.Errorf("%d warnings of the tag that was moved, want 1 and none of another tag:\n%s", n, run.stdout)
	}
	page := read(t, filepath.Join(site, "index.html"))
	goldenPage(t, "images", page)
	if !strings.Contains(page, moved) {
		t.Error("the page says nothing of the tag that was moved")
	}
}

type ringSeen struct {
	Name string
	Runs *status.Deployment
	Tag  *status.Tag
}

// ringsIn are the rings of the images of a report.
func ringsIn(t *testing.T, object string) map[string]map[string]ringSeen {
	t.Helper()
	var r struct {
		Images []struct {
			Image string
			Rings []ringSeen
		}
	}
	if err := json.Unmarshal([]byte(object), &r); err != nil {
		t.Fatal(err)
	}
	all := map[string]map[string]ringSeen{}
	for _, image := range r.Images {
		all[image.Image] = map[string]ringSeen{}
		for _, ring := range image.Rings {
			all[image.Image][ring.Name] = ring
		}
	}
	return all
}

// A closed registry is reported once, and takes nothing else away: what was not read is null, and no tag is said to be missing.
func TestStatusWithoutRegistry(t *testing.T) {
	r := over(t, refusingNetwork{"nowhere"}, nil, append(imagesScenario(), "--format", "json")...)
	if n := strings.Count(r.stderr, "the tags of the rings were not read"); r.code != cli.ExitDone || n != 1 || !strings.Contains(r.stderr, "and 1 more there") {
		t.Errorf("status = %d with %d notes, want 0 and 1:\n%s", r.code, n, r.stderr)
	}
	for name, rings := range ringsIn(t, r.stdout) {
		for _, ring := range rings {
			if ring.Tag != nil {
				t.Errorf("%s of %s has the tag %v, want none collected", ring.Name, name, ring.Tag)
			}
		}
		if rings["dev"].Runs == nil {
			t.Errorf("%s: what dev runs is lost", name)
		}
	}
}

// Two registries are kept apart: one that answers is used, whatever the other does.
func TestStatusWithOneOfTwoRegistries(t *testing.T) {
	args := imagesScenario()
	args[4] = "ghcr.io/acme/app\nregistry.example/acme/app"
	transport := eitherHost{"ghcr.io": twoImages(), "registry.example": refusingNetwork{"nowhere"}}
	r := over(t, transport, nil, append(args, "--format", "json")...)
	all := ringsIn(t, r.stdout)
	if tag := all["ghcr.io/acme/app"]["dev"].Tag; tag == nil || tag.Matches == nil || !*tag.Matches {
		t.Errorf("the tag of dev is %v, want one that matches", tag)
	}
	if tag := all["registry.example/acme/app"]["dev"].Tag; tag != nil || strings.Count(r.stderr, "not read") != 1 {
		t.Errorf("the tag on a closed registry is %v, want none and one note:\n%s", tag, r.stderr)
	}
}

type eitherHost map[string]http.RoundTripper

func (e eitherHost) RoundTrip(r *http.Request) (*http.Response, error) {
	return e[r.URL.Host].RoundTrip(r)
}

// The registry is asked where an image is given or GitHub is asked, and not for a run on files alone.
func TestStatusAsksRegistry(t *testing.T) {
	token := map[string]string{"GITHUB_TOKEN": secretToken, "GITHUB_REPOSITORY": "acme/app"}
	for name, c := range map[string]struct {
		env  map[string]string
		args []string
		want bool
	}{
		"files alone":           {nil, scenario("soaking"), false},
		"a repository is given": {map[string]string{"GITHUB_REPOSITORY": "acme/app"}, scenario("soaking"), false},
		"an image is given":     {nil, imagesScenario(), true},
		"a token is given":      {token, scenario("soaking"), true},
	} {
		asked := &counter{hosts: map[string]int{}}
		if r := over(t, asked, maps.Clone(c.env), c.args...); r.code != cli.ExitDone {
			t.Errorf("%s: status = %d: %s", name, r.code, r.stderr)
		}
		if got := asked.hosts["ghcr.io"] > 0; got != c.want {
			t.Errorf("%s: the registry is asked: %v, want %v", name, got, c.want)
		}
	}
}

// A counter counts the requests to each host, which come to nothing.
type counter struct {
	mu    sync.Mutex
	hosts map[string]int
}

func (c *counter) RoundTrip(r *http.Request) (*http.Response, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.hosts[r.URL.Host]++
	return nil, errors.New("no route to host")
}

// TestStatusIsBounded: servers that never answer, and a GitHub that is slow at each of many questions, take facts, and
// neither the report nor the day.
func TestStatusIsBounded(t *testing.T) {
	f, now := fleet{images: 30, apart: true, earlier: 15}, time.Date(2026, 3, 3, 5, 30, 0, 0, time.UTC)
	alone := githubtest.New(f.state(now)) // each question is one to REST
	alone.Break(githubtest.Fault{Route: "POST /graphql", Field: "checkSuites"})
	for name, c := range map[string]struct {
		net  http.RoundTripper
		runs bool // the ledger was read
		most time.Duration
		says []string
	}{
		"silent":   {silent{}, false, statusLimit, []string{"the ledger was not read", "the tags of the rings were not read"}},
		"registry": {&slowNet{hub: githubtest.New(f.state(now)), registry: silent{}}, true, registryTimeout, []string{"the tags of the rings were not read", "the registry did not answer within 15s"}},
		"slow":     {&slowNet{hub: alone, registry: f.tags(), latency: 9 * time.Second}, true, statusLimit, []string{"not collected: checks: ", errStatusLimit.Error()}},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				began := time.Now()
				r := over(t, c.net, map[string]string{"GITHUB_TOKEN": secretToken, "GITHUB_REPOSITORY": "acme/app"}, "status", "--image", f.input(), "--now", now.Format(time.RFC3339))
				if took := time.Since(began); took > c.most || r.code != cli.ExitDone || strings.Contains(r.stdout, "2026-02-26") != c.runs {
					t.Errorf("status = %d after %v, want a report within %v:\n%.3000s%s", r.code, took, c.most, r.stdout, r.stderr)
				}
				for _, want := range c.says {
					if !strings.Contains(r.stderr, want) {
						t.Errorf("no word on it that %s:\n%s", want, r.stderr)
					}
				}
			})
		})
	}
}

// silent is a network on which no host answers.
type silent struct{}

func (silent) RoundTrip(r *http.Request) (*http.Response, error) {
	<-r.Context().Done()
	return nil, r.Context().Err()
}

// Names that are none are refused before anybody is asked, all together, and what they hold stays text.
func TestStatusHostileNames(t *testing.T) {
	names := []string{"<script>alert(1)</script>", "ghcr.io/a/b c", "::error::x", "a/b](http://evil)", "$(id)", "../../etc", "a/b:latest", strings.Repeat("a/", 300) + "a"}
	asked := &counter{hosts: map[string]int{}}
	r := over(t, asked, map[string]string{"GITHUB_ACTIONS": "true"}, "status", "--ledger", "file:"+statusDir+"images.jsonl", "--image", strings.Join(names, "\n"))
	if r.code != cli.ExitUsage || len(asked.hosts) > 0 || strings.Count(r.stdout, "::error::image: ") != len(names) {
		t.Errorf("status = %d, asks %v, want 2, no host, and %d problems:\n%s", r.code, asked.hosts, len(names), r.stdout)
	}
	for line := range strings.Lines(r.stdout) {
		if !strings.HasPrefix(line, "::error::image: ") || strings.Contains(line, "\x1b") {
			t.Errorf("standard output has %q", line)
		}
	}
}

// What a registry says when it refuses is data.
func TestStatusHostileRegistry(t *testing.T) {
	for name, answer := range map[string]http.RoundTripper{
		"reason": replying{http.StatusForbidden, nil, `{"errors":[{"code":"DENIED","message":"no\n::error::<script>\n##[error]x"}]}`},
		"digest": replying{http.StatusOK, map[string]string{"Docker-Content-Digest": "sha256:<script>"}, "::error::<script>"},
	} {
		run := inActionOver(t, answer, "", inputsOf(imagesScenario()))
		if run.code != cli.ExitDone || strings.Count(run.stdout, "::notice::the tags of the rings were not read") != 1 || strings.Contains(run.summary+run.outputs["json"], "<script>") {
			t.Errorf("%s: status = %d:\n%s", name, run.code, run.stdout)
		}
		for line := range strings.Lines(run.stdout) {
			if strings.HasPrefix(line, "::error") || strings.HasPrefix(line, "##[") {
				t.Errorf("%s: standard output has the command %q", name, line)
			}
		}
	}
}

// replying is a registry that lets everybody in and then says one thing.
type replying struct {
	status int
	header map[string]string
	body   string
}

func (r replying) RoundTrip(q *http.Request) (*http.Response, error) {
	resp, _ := noTags{}.RoundTrip(q)
	if q.URL.Path == "/v2/" {
		return resp, nil
	}
	resp.StatusCode, resp.Body = r.status, io.NopCloser(strings.NewReader(r.body))
	for k, v := range r.header {
		resp.Header.Set(k, v)
	}
	return resp, nil
}
