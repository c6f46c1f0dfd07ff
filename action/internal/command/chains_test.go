package command

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-containerregistry/pkg/name"
	"github.com/google/go-containerregistry/pkg/v1/remote"

	"github.com/wizzense/deployment-rings/action/internal/cli"
	"github.com/wizzense/deployment-rings/action/internal/github/githubtest"
)

// A chain is a world of two rings in which one thing happens after the other, ten minutes apart. Images go by names of one word.
type chain struct {
	*world
	kept   *keptRegistry
	now    time.Time
	hub    *githubtest.GitHub // that has the ledger; nil: a file
	env    map[string]string
	images map[string]string // digests by name
	last   ran
}

const chainFiles = "internal/command/testdata/chain/"

var chainVersions = map[string]string{"old": "1.3.0", "good": "1.4.0", "new": "1.5.0", "next": "1.6.0"}

// newChain is a world in which canary ran the four images, one after the other, and everyone nothing yet.
func newChain(t *testing.T, inGitHub bool) *chain {
	t.Helper()
	beginnings.Lock()
	defer beginnings.Unlock()
	if beginnings.moments[inGitHub] == nil {
		m := &chainMoment{now: time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC)}
		if inGitHub {
			m.hub = gitHub()
		}
		c := m.chain(t)
		for i, name := range []string{"old", "good", "new", "next"} {
			revision := strings.Repeat(fmt.Sprint(i+1), 40)
			c.images[name] = c.push(map[string]string{"org.opencontainers.image.revision": revision}, "canary-latest", name)
			if c.hub != nil {
				c.hub.Change(func(s *githubtest.State) { s.Commits = append(s.Commits, githubtest.Commit{SHA: revision}) })
			}
			c.must("record success " + name + " in canary")
		}
		beginnings.moments[inGitHub] = c.moment()
	}
	return beginnings.moments[inGitHub].chain(t)
}

// beginnings are those of all chains, by whether their ledger is in GitHub.
var beginnings = struct {
	sync.Mutex
	moments map[bool]*chainMoment
}{moments: map[bool]*chainMoment{}}

// A chainMoment is what a chain has come to. Any number of chains go on from it, none of which changes it.
type chainMoment struct {
	now      time.Time
	hub      *githubtest.GitHub
	ledger   string // the content of the file
	registry []change
	images   map[string]string
	last     ran
}

func (c *chain) moment() *chainMoment {
	c.t.Helper()
	m := &chainMoment{now: c.now, ledger: read(c.t, c.ledger), registry: c.kept.all(), images: maps.Clone(c.images), last: c.last}
	if c.hub != nil {
		m.hub = c.hub.Copy()
	}
	return m
}

// chain goes on from a moment.
func (m *chainMoment) chain(t *testing.T) *chain {
	t.Helper()
	registry := keep(m.registry)
	over := &inProcess{registry: registry}
	c := &chain{kept: registry, now: m.now, images: map[string]string{}, last: m.last, world: &world{
		t: t, registry: "registry.example", image: "registry.example/wizzense/aitherzero", handler: registry, transport: over,
		ledger: filepath.Join(folder(t), fmt.Sprint("ledger-", runs.Add(1))), evidence: chainFiles + "evidence.yml",
	}}
	maps.Copy(c.images, m.images)
	c.env = map[string]string{"INPUT_POLICY": chainFiles + "rings.yml", "INPUT_LEDGER": "file:" + c.ledger}
	if m.hub != nil {
		c.hub = m.hub.Copy()
		c.hub.Now, over.hub = func() time.Time { return c.now }, c.hub
		maps.Copy(c.env, map[string]string{"GITHUB_API_URL": "https://api.github.com" + c.hub.Prefix, "GITHUB_TOKEN": secretToken, "GITHUB_SHA": tagCommit, "INPUT_LEDGER": "github"})
	} else if m.ledger != "" {
		c.restore(m.ledger)
	}
	return c
}

// A keptRegistry notes what is done to its manifests, so that another one becomes the same.
type keptRegistry struct {
	http.Handler
	mu      sync.Mutex
	changes []change
}

type change struct {
	method, path, kind string
	body               []byte
}

// keep returns a registry to which changes are done.
func keep(changes []change) *keptRegistry {
	k := &keptRegistry{Handler: newRegistry()}
	for _, c := range changes {
		r := httptest.NewRequest(c.method, c.path, bytes.NewReader(c.body))
		r.Header.Set("Content-Type", c.kind)
		k.ServeHTTP(httptest.NewRecorder(), r)
	}
	return k
}

func (k *keptRegistry) all() []change {
	k.mu.Lock()
	defer k.mu.Unlock()
	return slices.Clone(k.changes)
}

func (k *keptRegistry) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if writes(r) && strings.Contains(r.URL.Path, "/manifests/") {
		body := new(bytes.Buffer)
		body.ReadFrom(r.Body)
		r.Body = io.NopCloser(body)
		k.mu.Lock()
		k.changes = append(k.changes, change{r.Method, r.URL.Path, r.Header.Get("Content-Type"), slices.Clone(body.Bytes())})
		k.mu.Unlock()
	}
	k.Handler.ServeHTTP(w, r)
}

// inProcess lets requests go to handlers in place of a network.
type inProcess struct {
	registry, hub http.Handler
	before        func(*http.Request) error // may refuse a request
}

func (p *inProcess) RoundTrip(r *http.Request) (*http.Response, error) {
	if p.before != nil {
		if err := p.before(r); err != nil {
			return nil, err
		}
	}
	to := p.registry
	if r.URL.Host == "api.github.com" {
		to = p.hub
	}
	w := httptest.NewRecorder()
	r = r.Clone(r.Context())
	if r.Body == nil {
		r.Body = http.NoBody
	}
	to.ServeHTTP(w, r)
	resp := w.Result()
	resp.Request = r
	return resp, nil
}

// must does what words say, which must not fail.
func (c *chain) must(words string) {
	c.t.Helper()
	if c.do(words); c.last.code != cli.ExitDone {
		c.t.Fatalf("%s = %d\n%s%s", words, c.last.code, c.last.stdout, c.last.stderr)
	}
}

// do does what words say: "promote new", "record failure", "record success new", "signal failing", "rollback", "rollback good",
// "wait 30h", "gone good". "in canary" names another ring than everyone.
func (c *chain) do(words string) {
	c.t.Helper()
	words, ring, elsewhere := strings.Cut(words, " in ")
	if !elsewhere {
		ring = "everyone"
	}
	word := append(strings.Fields(words), "", "")
	inputs := []string{"ring", ring}
	digest := func(name string) {
		if name != "" {
			inputs = append(inputs, "digest", c.images[name])
		}
	}
	switch word[0] {
	case "wait":
		long, err := time.ParseDuration(word[1])
		if err != nil {
			c.t.Fatal(err)
		}
		c.now = c.now.Add(long)
		return
	case "gone":
		c.remove(c.images[word[1]], chainVersions[word[1]], word[1])
		return
	case "promote":
		digest(word[1])
		if ring == "everyone" {
			inputs = append(inputs, "version", chainVersions[word[1]], "known-versions", "registry")
		}
		if word[2] != "" {
			inputs = append(inputs, "state", word[2])
		}
	case "record":
		digest(word[2])
		inputs = append(inputs, "state", word[1])
	case "signal":
		digest(word[2])
		inputs = append(inputs, "signal", "health_check", "state", word[1])
		word[0] = "record"
	case "rollback":
		digest(word[1])
	}
	c.now = c.now.Add(10 * time.Minute)
	c.last = c.command(word[0], inputs...)
}

// command runs a command at the time of the chain.
func (c *chain) command(command string, inputs ...string) ran {
	c.t.Helper()
	env := map[string]string{"INPUT_COMMAND": command, "INPUT_IMAGE": c.image, "INPUT_EVIDENCE": c.evidence, "INPUT_NOW": c.now.Format(time.RFC3339), "GITHUB_RUN_ID": "7"}
	maps.Copy(env, c.env)
	for i := 0; i < len(inputs); i += 2 {
		env["INPUT_"+strings.ToUpper(inputs[i])] = inputs[i+1]
	}
	return inActionOver(c.t, c.transport, "", env)
}

// remove takes an image out of the registry, with some of its tags.
func (c *chain) remove(digest string, tags ...string) {
	c.t.Helper()
	for _, reference := range append(tags, digest) {
		at := c.image + ":" + reference
		if reference == digest {
			at = c.image + "@" + digest
		}
		ref, err := name.ParseReference(at)
		if err != nil {
			c.t.Fatal(err)
		}
		if err := remote.Delete(ref, c.inside()); err != nil && reference == digest {
			c.t.Fatal(err)
		}
	}
}

// named writes digests as the names of their images.
func (c *chain) named(text string) string {
	for name, digest := range c.images {
		text = strings.ReplaceAll(text, digest, name)
	}
	return strings.ReplaceAll(text, c.registry, "REGISTRY")
}

// A stand is what status says of a ring.
type stand struct {
	Runs, Arriving, Failed *struct{ Digest string }
	Quarantined            []struct{ Digest string }
	Advice                 []struct{ Commands []string }
}

// everyone is what status says of the last ring.
func (c *chain) everyone() stand {
	c.t.Helper()
	r := c.command("status")
	var all struct{ Images []struct{ Rings []stand } }
	if err := json.Unmarshal([]byte(r.outputs["json"]), &all); err != nil || r.code != cli.ExitDone {
		c.t.Fatalf("status = %d, %v\n%s", r.code, err, r.stdout)
	}
	return all.Images[0].Rings[len(all.Images[0].Rings)-1]
}

// state is how everyone stands, in words: "good, tag good, latest good"; then what arrives, failed and is out.
func (c *chain) state() string {
	c.t.Helper()
	r := c.everyone()
	words := "nothing"
	if r.Runs != nil {
		words = r.Runs.Digest
	}
	words += ", tag " + c.digest("everyone-latest") + ", latest " + c.digest("latest")
	if c.digest("latest") != c.digest("stable") {
		words += ", stable " + c.digest("stable")
	}
	if r.Arriving != nil {
		words += ", arriving " + r.Arriving.Digest
	}
	if r.Failed != nil {
		words += ", failed " + r.Failed.Digest
	}
	var out []string
	for _, q := range r.Quarantined {
		out = append(out, c.named(q.Digest))
	}
	if slices.Sort(out); len(out) > 0 {
		words += ", out " + strings.Join(out, " ")
	}
	return c.named(words)
}

// TestChains has a line for each chain of failures. The ring ran old and then good, unless begin says otherwise; after the steps it
// stands as want says. Each command that status advises then is followed to the letter: no image that works is lost by it.
func TestChains(t *testing.T) {
	begin := []string{"promote old success", "promote good success"}
	for _, tt := range []struct {
		name  string
		begin []string
		steps []string
		last  string // decision or code of the last step
		want  string
		works string // images that work
	}{
		{"a failure", begin, []string{"promote new", "record failure"}, "", "good, tag good, latest good, failed new", "good"},
		{"a failure, and rollback", begin, []string{"promote new", "record failure", "rollback"}, "rollback_triggered", "good, tag good, latest good, out new", "good"},
		{"a failure, reported twice", begin, []string{"promote new", "record failure", "record failure"}, "", "good, tag good, latest good, failed new", "good"},
		{"a failure, reported twice with the digest", begin, []string{"promote new", "record failure new", "record failure new"}, "", "good, tag good, latest good, failed new", "good"},
		{"a false failure, and what status advises", begin, []string{"promote new", "record failure"}, "", "good, tag good, latest good, failed new", "good new"},
		{"a false failure, and success later", begin, []string{"promote new", "record failure", "record success new"}, "", "new, tag new, latest new", "good new"},
		{"two failures, and rollback", begin, []string{"promote new", "record failure", "promote next", "record failure", "rollback"}, "rollback_triggered", "good, tag good, latest good, out next", "good"},
		{"two failures, and two rollbacks", begin, []string{"promote new", "record failure", "promote next", "record failure", "rollback", "rollback"}, "already_there", "good, tag good, latest good, out next", "good"},
		{"a failure, rollback, and a late success", begin, []string{"promote new", "record failure", "rollback", "record success new"}, "", "good, tag good, latest good, out new", "good"},
		{"a failure, rollback, and a late failure", begin, []string{"promote new", "record failure", "rollback", "record failure new"}, "", "good, tag good, latest good, failed new, out new", "good"},
		{"a failure, rollback, a late failure, and rollback", begin, []string{"promote new", "record failure", "rollback", "record failure new", "rollback", "rollback"}, "already_there", "good, tag good, latest good, out new", "good"},
		{"a failure of the first image", nil, []string{"promote new", "record failure", "rollback"}, "no_rollback_target", "nothing, tag new, latest , failed new", ""},
		{"a failure of the first image, and success later", nil, []string{"promote new", "record failure", "record success new"}, "", "new, tag new, latest new", "new"},
		{"a failure, and what runs is gone", begin, []string{"promote new", "gone good", "record failure", "rollback"}, "no_rollback_target", "good, tag new, latest good, failed new", ""},
		{"a failure, and what runs is gone by then", begin, []string{"promote new", "record failure", "gone good", "rollback"}, "no_rollback_target", "good, tag good, latest good, failed new", ""},
		{"the target is gone", begin, []string{"promote new success", "gone good", "rollback"}, "rollback_triggered", "old, tag old, latest old, out new", "old"},
		{"every target is gone", begin, []string{"promote new success", "gone good", "gone old", "rollback"}, "no_rollback_target", "new, tag new, latest new", ""},
		{"a job that was killed", begin, []string{"promote new", "wait 30h"}, "", "good, tag new, latest good, arriving new", "good new"},
		{"a job that was killed, and rollback", begin, []string{"promote new", "wait 30h", "rollback"}, "rollback_triggered", "good, tag good, latest good, out new", "good"},
		{"a job that was killed, and failure", begin, []string{"promote new", "wait 30h", "record failure"}, "", "good, tag good, latest good, failed new", "good"},
		{"a failure of what runs", begin, []string{"promote new success", "record failure"}, "", "new, tag new, latest new, failed new", ""},
		{"a failure of what runs, and rollback", begin, []string{"promote new success", "record failure", "rollback"}, "rollback_triggered", "good, tag good, latest good, out new", "good"},
		{"in progress", begin, []string{"promote new"}, "", "good, tag new, latest good, arriving new", "good new"},
		{"in progress, and rollback", begin, []string{"promote new", "rollback"}, "not_settled", "good, tag new, latest good, arriving new", "good new"},
		{"put back, and rollback", begin, []string{"promote new", "record failure", "rollback good"}, "already_there", "good, tag good, latest good, out new", "good"},
		{"rollback, and put back", begin, []string{"promote new success", "rollback", "rollback good"}, "already_there", "good, tag good, latest good, out new", "good"},
		{"rollback, and rollback", begin, []string{"promote new success", "rollback", "rollback"}, "rollback_loop_guard", "good, tag good, latest good, out new", "good"},
		{"rollback, a new promotion that fails, and rollback", begin, []string{"promote new success", "rollback", "promote next", "record failure", "rollback"}, "rollback_triggered", "good, tag good, latest good, out new next", "good"},
		{"a schedule asks again after a failure", begin, []string{"promote next", "record failure", "promote new success", "promote"}, "failed_here", "new, tag new, latest good", "new"}, // 1.6.0 failed, and was not taken back: it holds 1.5.0 back
		{"a schedule asks after a failure, and another image may move in", begin, []string{"promote next", "record failure", "promote"}, "ok", "good, tag new, latest good, arriving new, failed next", "good new"},
		{"a schedule asks again after a failure and a rollback", begin, []string{"promote next", "record failure", "rollback", "promote new success", "promote"}, "quarantined", "new, tag new, latest new, out next", "new"},
		{"a signal after a failure", begin, []string{"promote new", "record failure", "signal failing", "signal failing"}, "", "good, tag good, latest good, failed new", "good"},
		{"failing signals of what runs, and a failure", begin, []string{"promote new", "signal failing good", "record failure"}, "", "good, tag good, latest good, failed new", "old"},
		{"failing signals of what runs, a failure, and rollback", begin, []string{"promote new", "signal failing good", "record failure", "rollback"}, "rollback_triggered", "old, tag old, latest old, out good", "old"},
		{"a failure, and a success of what runs", begin, []string{"promote new", "record failure", "record success good"}, "", "good, tag good, latest good", "good"},
	} {
		for _, inGitHub := range []bool{false, true} {
			t.Run(fmt.Sprintf("%s, in GitHub %t", tt.name, inGitHub), func(t *testing.T) {
				t.Parallel()
				c := newChain(t, inGitHub)
				for _, step := range slices.Concat(tt.begin, tt.steps) {
					c.must(step)
				}
				arrived := c.moment()
				if code := c.last.outputs["reason-code"]; tt.last != "" && code != tt.last {
					t.Errorf("%q = %s, want %s\n%s", tt.steps[len(tt.steps)-1], code, tt.last, c.named(c.last.stdout))
				}
				if got := c.state(); got != tt.want {
					t.Errorf("after %q everyone stands at\n%s, want\n%s", tt.steps, got, tt.want)
				}
				for _, a := range c.everyone().Advice {
					for _, line := range a.Commands {
						of, ours := strings.CutPrefix(c.named(line), "deployment-rings ")
						if works := strings.Fields(tt.works); ours && c.advised(of, works) {
							then := arrived.chain(t)
							then.follow(of)
							then.lostNothing(of, works, c.runsOneOf(works))
						}
					}
				}
			})
		}
	}
}

// TestRollbackWarns: a ring passes over targets that the registry no longer has, and says so; latest and stable go to releases alone.
func TestRollbackWarns(t *testing.T) {
	for _, tt := range []struct {
		name, last string
		steps      []string
		want       string
		says       []string // in warnings
	}{
		{"a target that is gone", "rollback", []string{"promote old success", "promote good success", "promote new success", "gone good"}, "old, tag old, latest old, out new", []string{"good"}},
		{"one that is there", "rollback", []string{"promote good success", "promote new success"}, "good, tag good, latest good, out new", nil},
		{"to an image that is no release", "rollback", []string{"promote old success", "record success good", "promote new success"}, "good, tag good, latest new, out new", []string{"latest", "stable", "new"}},
		{"to an older release by name", "rollback old", []string{"promote old success", "record success good", "promote new success"}, "old, tag old, latest old, out new", nil},
	} {
		c := newChain(t, false)
		for _, step := range append(tt.steps, tt.last) {
			c.must(step)
		}
		if got := c.state(); got != tt.want {
			t.Errorf("%s: after %q everyone stands at\n%s, want\n%s", tt.name, tt.last, got, tt.want)
		}
		said := c.named(c.last.stdout)
		if got := strings.Contains(said, "::warning::"); got != (tt.says != nil) {
			t.Errorf("%s: warns %t, want %t\n%s", tt.name, got, !got, said)
		}
		_, warning, _ := strings.Cut(said, "::warning::")
		for _, word := range tt.says {
			if line, _, _ := strings.Cut(warning, "\n"); !strings.Contains(line, word) {
				t.Errorf("%s: the warning lacks %q: %s", tt.name, word, line)
			}
		}
	}
}

// advised reports whether the condition holds under which a command is advised: success is recorded of an image that works, and what
// is taken back is one that does not.
func (c *chain) advised(line string, works []string) bool {
	word := strings.Fields(line)
	failed := c.everyone().Failed
	switch word[0] {
	case "record":
		return slices.Contains(works, word[len(word)-1])
	case "rollback":
		return failed == nil || !slices.Contains(works, c.named(failed.Digest))
	}
	return true
}

// follow runs a command that was advised, with names for digests.
func (c *chain) follow(line string) {
	c.t.Helper()
	word := strings.Fields(line)
	var inputs []string
	for i := 1; i < len(word); i += 2 {
		if word[i] == "--retry" {
			inputs = append(inputs, "retry", "true")
			break
		}
		value := strings.ReplaceAll(word[i+1], "REGISTRY", c.registry)
		if digest, ok := c.images[value]; ok {
			value = digest
		}
		inputs = append(inputs, strings.TrimPrefix(word[i], "--"), value)
	}
	c.now = c.now.Add(10 * time.Minute)
	if c.last = c.command(word[0], inputs...); c.last.code != cli.ExitDone {
		c.t.Errorf("what status advises, %s = %d\n%s", line, c.last.code, c.named(c.last.stdout))
	}
}

func (c *chain) runsOneOf(works []string) bool {
	runs := c.everyone().Runs
	return runs != nil && slices.Contains(works, c.named(runs.Digest))
}

// lostNothing holds that images which work are neither quarantined nor out of service, and that the tag is on what everyone runs, or
// on what is on its way in.
func (c *chain) lostNothing(after string, works []string, worked bool) {
	c.t.Helper()
	r, tag := c.everyone(), c.digest("everyone-latest")
	for _, q := range r.Quarantined {
		if slices.Contains(works, c.named(q.Digest)) {
			c.t.Errorf("%s: %s works, and is quarantined: %s", c.named(after), c.named(q.Digest), c.state())
		}
	}
	if worked && (r.Runs == nil || !slices.Contains(works, c.named(r.Runs.Digest)) || tag != r.Runs.Digest && (r.Arriving == nil || tag != r.Arriving.Digest)) {
		c.t.Errorf("%s: everyone stands at %s, want one of %v in service with the tag on it", c.named(after), c.state(), works)
	}
}
