package command

import (
	"net/http"
	"net/http/httptest"
	"os"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-containerregistry/pkg/v1/remote"

	"github.com/wizzense/deployment-rings/action/internal/cli"
)

// A distance answers every request after the same time, but those to log in, and notes them.
type distance struct {
	handler http.Handler
	mu      sync.Mutex
	asked   []string
}

func (d *distance) RoundTrip(r *http.Request) (*http.Response, error) {
	if r.URL.Path != "/v2/" {
		d.mu.Lock()
		d.asked = append(d.asked, r.Method+" "+r.URL.Path)
		d.mu.Unlock()
		time.Sleep(aRound)
	}
	in := r.Clone(r.Context())
	in.RequestURI = r.URL.RequestURI()
	if in.Body == nil {
		in.Body = http.NoBody
	}
	w := httptest.NewRecorder()
	d.handler.ServeHTTP(w, in)
	resp := w.Result()
	resp.Request = r
	return resp, nil
}

// rounds runs a command, and returns how many requests to the registry came one after the other, and all requests.
func (w *world) rounds(command string, inputs ...string) (r ran, rounds int, asked []string) {
	w.t.Helper()
	synctest.Test(w.t, func(*testing.T) {
		net := &distance{handler: w.handler}
		w.transport = net
		began := time.Now()
		r = w.run(command, inputs...)
		rounds, asked = int(time.Since(began)/aRound), net.asked
	})
	w.transport = nil
	return r, rounds, asked
}

// again are the requests for what was read by its digest already.
func again(asked []string) []string {
	var twice []string
	slices.Sort(asked)
	for i, a := range asked {
		if i > 0 && a == asked[i-1] && strings.HasPrefix(a, "GET ") && strings.Contains(a, "sha256:") {
			twice = append(twice, a)
		}
	}
	return twice
}

// A release policy has two rings, and so a last one into which images come with a version.
const twoRings = "version: 1\nlabels: {prefix: com.aitherzero}\nrings:\n  - {name: canary, branches: [main], soak: {min: 1h}}\n  - {name: everyone}\n"

// pushTo pushes an image of some platforms under several names, as what the ring canary runs; of 0 platforms it is no index.
func (w *world) pushTo(names, platforms int) (digest string) {
	w.t.Helper()
	first, all := w.image, []string{w.image}
	for i := range names - 1 {
		all = append(all, first+"-"+string(rune('b'+i)))
	}
	var parts []platform
	for i := range platforms {
		parts = append(parts, platform{"linux/v" + string(rune('a'+i)), labelsOf(headCommit)})
	}
	image, index := w.imageWith(labelsOf(headCommit)), w.index(parts)
	hash, err := image.Digest()
	if platforms > 0 {
		hash, err = index.Digest()
	}
	for _, name := range all {
		switch {
		case err != nil:
		case platforms > 0:
			err = remote.WriteIndex(w.ref(name, "canary-latest"), index, w.inside())
		default:
			err = remote.Write(w.ref(name, "canary-latest"), image, w.inside())
		}
	}
	if err != nil {
		w.t.Fatal(err)
	}
	w.image = strings.Join(all, "\n")
	return hash.String()
}

// TestRegistryRounds counts how many requests to the registry wait for each other, whatever is promoted: at most 5, and 7 where
// fixed tags are among those that move and the commit is recorded. What was read by its digest is not read again.
func TestRegistryRounds(t *testing.T) {
	none := []string{"pr", "revision"}
	for _, c := range []struct {
		name             string
		command          string
		names, platforms int
		inputs           []string // DIGEST is the image
		without          []string // keys that the records lack
		rounds           int
	}{
		{"an image", "promote", 1, 0, nil, nil, 4},
		{"an image by digest", "promote", 1, 0, []string{"digest", "DIGEST"}, nil, 4},
		{"an image whose records say nothing", "promote", 1, 0, nil, none, 4},
		{"three names", "promote", 3, 0, nil, nil, 4},
		{"an index", "promote", 1, 2, nil, nil, 5},
		{"an index of 20 platforms under three names", "promote", 3, 20, nil, nil, 5},
		{"an index whose records say nothing", "promote", 2, 2, nil, none, 5},
		{"a release", "promote", 1, 0, []string{"version", "1.5.0"}, nil, 6},
		{"a release whose records say nothing", "promote", 3, 0, []string{"version", "1.5.0"}, none, 7},
		{"a release of an index", "promote", 1, 2, []string{"version", "1.5.0"}, nil, 7},
		// One more than is wanted: the tag of the commit is known late, and must be looked at before anything is written.
		{"a release of an index whose records say nothing", "promote", 1, 2, []string{"version", "1.5.0"}, none, 8},
		{"a release of an index under three names", "promote", 3, 20, []string{"version", "1.5.0"}, nil, 7},
		{"a release, with the versions of the registry", "promote", 2, 2, []string{"version", "1.5.0", "known-versions", "registry"}, nil, 7},
		{"an image", "gate", 3, 0, nil, nil, 2},
		{"an index by tag", "gate", 1, 2, []string{"tag", "canary-latest"}, nil, 3},
		{"an image", "record", 3, 0, []string{"state", "success", "tag", "canary-latest"}, nil, 2},
		{"an index", "record", 3, 20, []string{"state", "success", "tag", "canary-latest"}, nil, 3},
		{"to an image by tag", "rollback", 3, 0, []string{"tag", "canary-latest"}, nil, 5},
		{"to an index by digest", "rollback", 3, 20, []string{"digest", "DIGEST"}, nil, 4},
	} {
		t.Run(c.command+", "+c.name, func(t *testing.T) {
			w := newWorld(t)
			policy := write(t, "rings.yml", twoRings)
			first := w.image
			bad := w.push(nil, "everyone-latest")
			digest := w.pushTo(c.names, c.platforms)
			w.ok("record", "policy", policy, "ring", "canary", "state", "success", "digest", digest, "now", "2026-03-01T00:00:00Z")
			if c.command == "rollback" {
				w.ok("record", "policy", policy, "ring", "everyone", "state", "success", "digest", digest, "now", "2026-03-01T00:00:00Z")
				w.ok("record", "policy", policy, "ring", "everyone", "state", "success", "digest", bad, "now", "2026-03-01T01:00:00Z")
			}
			w.forget(c.without)
			if c.command != "record" {
				w.evidence = write(t, "evidence.yml", "schema: 1\nsubject: {image: "+first+"}\nlocks: []\nancestry: ahead\n")
			}
			inputs := []string{"policy", policy, "ring", "everyone", "now", "2026-03-02T00:00:00Z"}
			for _, text := range c.inputs {
				inputs = append(inputs, strings.Replace(text, "DIGEST", digest, 1))
			}
			r, rounds, asked := w.rounds(c.command, inputs...)
			if r.code != cli.ExitDone || r.outputs["decision"] == "hold" {
				t.Errorf("%s = %d\n%s", c.command, r.code, r.stdout)
			}
			if c.command == "promote" || c.command == "rollback" {
				w.outputs(r, "applied", "true")
			}
			if rounds != c.rounds {
				t.Errorf("%d rounds, want %d:\n%s", rounds, c.rounds, strings.Join(asked, "\n"))
			}
			if twice := again(asked); twice != nil {
				t.Errorf("asked again: %q", twice)
			}
		})
	}
}

// forget takes keys out of the records.
func (w *world) forget(keys []string) {
	w.t.Helper()
	text := read(w.t, w.ledger)
	for _, key := range keys {
		text = regexp.MustCompile(`,"`+key+`":[^,}]*`).ReplaceAllString(text, "")
	}
	if err := os.WriteFile(w.ledger, []byte(text), 0o600); err != nil {
		w.t.Fatal(err)
	}
}
