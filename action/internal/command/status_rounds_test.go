package command

import (
	"bytes"
	"crypto/tls"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/wizzense/deployment-rings/action/internal/cli"
	"github.com/wizzense/deployment-rings/action/internal/github/githubtest"
	"github.com/wizzense/deployment-rings/ringpolicy"
)

// A fleet is a repository with several images in all rings of the guide, each on its way into the next one. Every
// commit has a pull request with checks, a review and an approval in a comment.
type fleet struct {
	images  int
	apart   bool // each image has a commit of its own in each ring; else all images of a ring are of one
	earlier int  // deployments of each image and ring that came before
}

func (f fleet) commit(image, ring int) int {
	if f.apart {
		return 1 + image*10 + ring
	}
	return 1 + ring
}

func (f fleet) name(image int) string { return fmt.Sprintf("acme/app-%d", image) }

func sha1Of(n int) string             { return fmt.Sprintf("%08x%032x", n, n) }
func digestOf(image, ring int) string { return fmt.Sprintf("sha256:%064x", 1+image*10+ring) }

// state is what GitHub has, as of a moment.
func (f fleet) state(now time.Time) githubtest.State {
	s := githubtest.State{Repository: "acme/app"}
	seen := map[int]bool{}
	names := ringNames(ringpolicy.Builtin().Rings())
	for image := range f.images {
		for ring, name := range names {
			at := now.AddDate(0, 0, ring-10)
			for n := range f.earlier {
				f.deploy(&s, image, name, fmt.Sprintf("sha256:%064x", 1_000_000+image*1000+ring*100+n), 0, at.AddDate(0, 0, n-100))
			}
			number := f.commit(image, ring)
			f.deploy(&s, image, name, digestOf(image, ring), number, at)
			if !seen[number] {
				seen[number] = true
				f.change(&s, number, at)
			}
		}
	}
	return s
}

func (f fleet) deploy(s *githubtest.State, image int, ring, digest string, number int, at time.Time) {
	payload, _ := json.Marshal(map[string]any{"type": "deployment-rings/v1", "ring": ring, "digest": digest, "images": []string{"ghcr.io/" + f.name(image)}, "revision": sha1Of(number), "pr": number})
	s.Deployments = append(s.Deployments, githubtest.Deployment{
		ID: int64(1 + len(s.Deployments)), SHA: sha1Of(number), Environment: ring, Payload: payload, CreatedAt: at,
		Statuses: []githubtest.DeploymentStatus{{ID: 1, State: "success", CreatedAt: at}},
	})
}

// change adds the pull request of a commit, which comes after that of the next ring.
func (f fleet) change(s *githubtest.State, number int, at time.Time) {
	repo, branch, mona := &githubtest.Repository{FullName: "acme/app"}, fmt.Sprintf("b%d", number), githubtest.Person("mona")
	s.Commits = append(s.Commits, githubtest.Commit{SHA: sha1Of(number), Author: mona, Committer: mona, Parents: []githubtest.Parent{{SHA: sha1Of(number + 1)}}})
	s.Pulls = append(s.Pulls, githubtest.Pull{Number: number, State: "open", User: mona, SHAs: []string{sha1Of(number)},
		Head: githubtest.Branch{Ref: branch, SHA: sha1Of(number), Repo: repo}, Base: githubtest.Branch{Ref: "main", SHA: sha1Of(0), Repo: repo}})
	s.Activities = append(s.Activities, githubtest.Activity{ID: int64(number), Ref: "refs/heads/" + branch, After: sha1Of(number), Timestamp: at.Add(-time.Hour), ActivityType: "branch_creation", Actor: mona})
	s.Runs = append(s.Runs, githubtest.Run{ID: int64(number), HeadSHA: sha1Of(number), Path: ".github/workflows/ci.yml", CheckSuiteID: int64(number), RunAttempt: 1, CreatedAt: at, RunStartedAt: at})
	s.Comments = append(s.Comments, githubtest.Comment{Issue: number, ID: int64(number), User: githubtest.Person("hubot"), Body: "/approve change-review-board", AuthorAssociation: "MEMBER", CreatedAt: at, UpdatedAt: at})
	for i, check := range []string{"unit-tests", "integration-tests", "module-load", "smoke", "regression", "load-test"} {
		s.CheckRuns = append(s.CheckRuns, githubtest.CheckRun{ID: int64(number*10 + i), Name: check, HeadSHA: sha1Of(number), Status: "completed", Conclusion: &succeeded, StartedAt: &at, CompletedAt: &at, CheckSuite: githubtest.Suite{ID: int64(number)}, App: &githubtest.App{Slug: "github-actions"}})
	}
}

var succeeded = "success"

// tags is the registry, in which the tags are where the rings are.
func (f fleet) tags() tagged {
	all, names := tagged{}, ringNames(ringpolicy.Builtin().Rings())
	for image := range f.images {
		for ring, name := range names {
			all[f.name(image)+":"+name+"-latest"] = digestOf(image, ring)
		}
	}
	return all
}

// input are the names of all images.
func (f fleet) input() string {
	var names []string
	for image := range f.images {
		names = append(names, "ghcr.io/"+f.name(image))
	}
	return strings.Join(names, "\n")
}

// A slowNet answers every request after the same time, and counts those that are not to log in.
type slowNet struct {
	hub      http.Handler
	registry http.RoundTripper
	latency  time.Duration
	hubAlone bool // has the latency

	mu            sync.Mutex
	toHub, toTags int
}

func (n *slowNet) RoundTrip(r *http.Request) (*http.Response, error) {
	n.mu.Lock()
	switch {
	case r.URL.Host == "api.github.com":
		n.toHub++
	case r.URL.Path != "/v2/":
		n.toTags++
	}
	n.mu.Unlock()
	if !n.hubAlone || r.URL.Host == "api.github.com" {
		select {
		case <-time.After(n.latency):
		case <-r.Context().Done():
			return nil, r.Context().Err()
		}
	}
	if r.URL.Host != "api.github.com" {
		return n.registry.RoundTrip(r)
	}
	w := httptest.NewRecorder()
	r = r.Clone(r.Context())
	r.Host, r.TLS = r.URL.Host, &tls.ConnectionState{} // as a server has them, which links to other pages
	n.hub.ServeHTTP(w, r)
	return w.Result(), nil
}

// aRound is short enough for no limit to end what takes hundreds of them one after the other.
const aRound = time.Millisecond

// TestStatusRounds counts what status asks of GitHub and of the registry, and how many of the requests wait for each other:
// with no bound on those that are under way, which is what depends on what, and with the usual one.
func TestStatusRounds(t *testing.T) {
	for _, c := range []struct {
		name          string
		fleet         fleet
		toHub, toTags int
		rounds        int // that depend on each other
		waves         int // with the usual bound on requests under way, at most: the order in which they come differs
	}{
		{"one image", fleet{images: 1}, 47, 6, 4, 10},
		{"50 images of one commit a ring", fleet{images: 50}, 15, 300, 5, 10},
		{"50 images with commits of their own", fleet{images: 50, apart: true}, 47, 300, 10, 14},
		{"50 images and 500 deployments a ring", fleet{images: 50, earlier: 9}, 55, 300, 10, 14},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			rounds, net := c.fleet.survey(t, 1_000_000)
			if rounds != c.rounds || net.toHub != c.toHub || net.toTags != c.toTags {
				t.Errorf("%d requests to GitHub and %d to the registry in %d rounds, want %d and %d in %d", net.toHub, net.toTags, rounds, c.toHub, c.toTags, c.rounds)
			}
			if waves, _ := c.fleet.survey(t, 0); waves > c.waves {
				t.Errorf("%d rounds with the usual bound, want at most %d", waves, c.waves)
			}
		})
	}
}

// survey runs status, and returns how many requests came one after the other.
func (f fleet) survey(t *testing.T, atOnce int) (rounds int, net *slowNet) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		now := time.Date(2026, 3, 3, 5, 30, 0, 0, time.UTC)
		hub := githubtest.New(f.state(now))
		net = &slowNet{hub: hub, registry: f.tags(), latency: aRound}
		p := programOver(t, net, map[string]string{"GITHUB_TOKEN": secretToken, "GITHUB_REPOSITORY": "acme/app"},
			"status", "--image", f.input(), "--now", now.Format(time.RFC3339), "--format", "json")
		p.AtOnce = atOnce
		began := time.Now()
		code := p.run()
		rounds = int(time.Since(began) / aRound)
		var stdout, stderr = p.Stdout.(fmt.Stringer).String(), p.Stderr.(fmt.Stringer).String()
		spent := fmt.Sprintf(`"requests": %d,`+"\n    "+`"points": %d`, net.toHub, hub.Spent().Points)
		if !strings.Contains(stdout, spent) {
			t.Errorf("status --format json does not say that it took %s: …%s", spent, stdout[max(0, len(stdout)-300):])
		}
		if n := strings.Count(stdout, `"matches": true`); code != cli.ExitDone || n != 6*f.images || stderr != "" {
			t.Errorf("status = %d with %d tags that match, want 0 and %d, and no warnings: %.2000s", code, n, 6*f.images, stderr)
		}
	})
	return rounds, net
}

// However many questions fail, a run gives a few of the reasons, and how many there are.
func TestStatusGivesAFewNotes(t *testing.T) {
	f, now := fleet{images: 10, apart: true}, time.Now()
	hub := githubtest.New(f.state(now))
	hub.Break(githubtest.Fault{Route: "POST /graphql", Field: "checkSuites"})
	hub.Break(githubtest.Fault{Route: "GET /commits/{sha}/check-runs", Status: 403, Text: "Resource not accessible by integration"})
	r := over(t, &slowNet{hub: hub, registry: f.tags()}, map[string]string{"GITHUB_TOKEN": secretToken, "GITHUB_REPOSITORY": "acme/app"},
		"status", "--image", f.input(), "--now", now.Format(time.RFC3339))
	if n := strings.Count(r.stderr, "not collected: checks"); r.code != cli.ExitDone || n != 20 || !strings.Contains(r.stderr, "30 more of these are left out") {
		t.Errorf("status = %d with %d reasons, want 0 with 20, and 30 more:\n%s", r.code, n, r.stderr)
	}
}

// What does not count of a change that several images are of is reported once.
func TestStatusGivesARemarkOnce(t *testing.T) {
	f, now := fleet{images: 3}, time.Now()
	state := f.state(now)
	at := now.AddDate(0, 0, -1)
	state.Comments = append(state.Comments, githubtest.Comment{Issue: f.commit(0, 0), ID: 1000, User: githubtest.Person("hubot"), Body: "/unlock ring-1",
		AuthorAssociation: "MEMBER", CreatedAt: at, UpdatedAt: at.Add(time.Hour)})
	r := over(t, &slowNet{hub: githubtest.New(state), registry: f.tags()}, map[string]string{"GITHUB_TOKEN": secretToken, "GITHUB_REPOSITORY": "acme/app"},
		"status", "--image", f.input(), "--now", now.Format(time.RFC3339))
	if n := strings.Count(r.stderr, "the comment was edited"); r.code != cli.ExitDone || n != 1 {
		t.Errorf("status = %d reports a comment %d times, want once:\n%s", r.code, n, r.stderr)
	}
}

func ringNames(rings []ringpolicy.Ring) []string {
	var names []string
	for _, r := range rings {
		names = append(names, r.Name)
	}
	return names
}

// TestStatusOfSettledImages: where every next ring runs the image already, GitHub is asked for nothing but the ledger.
func TestStatusOfSettledImages(t *testing.T) {
	f, now := fleet{images: 4}, time.Date(2026, 3, 3, 5, 30, 0, 0, time.UTC)
	s := f.state(now)
	for i := range s.Deployments {
		for ring := range ringpolicy.Builtin().Rings() {
			for image := range f.images {
				s.Deployments[i].Payload = bytes.ReplaceAll(s.Deployments[i].Payload, []byte(digestOf(image, ring)), []byte(digestOf(image, 0)))
			}
		}
	}
	net := &queriesOf{slowNet: slowNet{hub: githubtest.New(s), registry: f.tags()}}
	r := over(t, net, map[string]string{"GITHUB_TOKEN": secretToken, "GITHUB_REPOSITORY": "acme/app"}, "status", "--image", f.input(), "--now", now.Format(time.RFC3339), "--format", "json")
	if n := strings.Count(r.stdout, `"state": "settled"`); r.code != cli.ExitDone || n != 6*f.images {
		t.Fatalf("status = %d with %d rings that are settled, want 0 and %d: %s", r.code, n, 6*f.images, r.stderr)
	}
	for _, asked := range net.all {
		if !strings.Contains(asked, "eployment") {
			t.Errorf("status asks GitHub: %s", asked)
		}
	}
	if len(net.all) == 0 || len(net.all) > 10 {
		t.Errorf("status takes %d requests to GitHub, want at most 10: %q", len(net.all), net.all)
	}
}

// queriesOf keeps the requests to GitHub, each with what was sent.
type queriesOf struct {
	slowNet
	all []string
}

func (n *queriesOf) RoundTrip(r *http.Request) (*http.Response, error) {
	if r.URL.Host == "api.github.com" {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			return nil, err
		}
		r = r.Clone(r.Context())
		r.Body = io.NopCloser(bytes.NewReader(body))
		n.mu.Lock()
		n.all = append(n.all, r.Method+" "+r.URL.Path+" "+string(body))
		n.mu.Unlock()
	}
	return n.slowNet.RoundTrip(r)
}
