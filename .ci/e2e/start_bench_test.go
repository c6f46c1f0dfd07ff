package e2e_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os/exec"
	"path/filepath"
	"slices"
	"testing"
	"time"
)

// beside runs the Action twice on an empty tool cache, and beside it a step that does nothing and a bundled action.
const beside = `
on: [pull_request]
jobs:
  beside:
    runs-on: ubuntu-latest
    steps:
      - uses: actions/checkout@v6
      - {id: nothing, shell: bash, run: "true"}
      - {id: downloaded, uses: ./, with: {image: ghcr.io/wizzense/aitherzero}}
      - {id: cached, uses: ./, with: {image: ghcr.io/wizzense/aitherzero}}
      - {id: bundled, uses: ./bundled, with: {image: ghcr.io/wizzense/aitherzero, github-token: none}}
`

// How long steps take, as medians: ms of each, and how many times as long a bundled action takes.
// go test -run XXX -bench Start -benchtime 15x .
func BenchmarkStart(b *testing.B) {
	r := releaseForAct(b)
	r.bundle(b)
	put(b, filepath.Join(r.dir, "beside.yml"), beside)
	took := map[string][]time.Duration{}
	for b.Loop() {
		for id, d := range r.measure(b) {
			took[id] = append(took[id], d)
		}
	}
	for _, id := range []string{"nothing", "downloaded", "cached", "bundled"} {
		b.ReportMetric(float64(median(took[id]).Microseconds())/1000, id+"-ms")
	}
	for _, id := range []string{"downloaded", "cached"} {
		b.ReportMetric(float64(median(took["bundled"]))/float64(median(took[id])), "bundled/"+id)
	}
}

func median(d []time.Duration) time.Duration {
	slices.Sort(d)
	return d[len(d)/2]
}

// bundle puts the bundled action into the checkout.
func (r releaseRun) bundle(b *testing.B) {
	b.Helper()
	dir := b.TempDir()
	copyTo(b, dir, "bundled")
	for _, args := range [][]string{{"ci", "--ignore-scripts", "--no-audit", "--no-fund"}, {"run", "bundle"}} {
		cmd := exec.Command("npm", args...)
		cmd.Dir = dir
		if out, err := cmd.CombinedOutput(); err != nil {
			b.Fatalf("npm %s: %v\n%s", args[0], err, out)
		}
	}
	for _, name := range []string{"action.yml", "dist/main.cjs"} {
		copyTo(b, filepath.Join(r.dir, "bundled", name), filepath.Join(dir, name))
	}
}

// measure is how long act says that each step took.
func (r releaseRun) measure(b *testing.B) map[string]time.Duration {
	b.Helper()
	ev := pullRequest()
	ev.env = map[string]string{"GITHUB_SERVER_URL": r.host.URL, "GITHUB_API_URL": r.host.URL}
	cmd := act(b, b.TempDir(), ev, "-W", "beside.yml")
	cmd.Dir = r.dir
	log, err := cmd.Output()
	if err != nil {
		b.Fatalf("act: %v\n%s", err, log)
	}
	took := map[string]time.Duration{}
	for line := range bytes.Lines(log) {
		var e struct {
			Result string        `json:"stepResult"`
			ID     []string      `json:"stepID"`
			Took   time.Duration `json:"executionTime"`
		}
		if err := json.Unmarshal(line, &e); err != nil {
			b.Fatal(err)
		}
		if e.Result == "success" && len(e.ID) == 1 {
			took[e.ID[0]] += e.Took
		}
	}
	if len(r.host.asked) == 0 {
		b.Fatal(fmt.Sprint("nothing was downloaded\n", string(log)))
	}
	return took
}
