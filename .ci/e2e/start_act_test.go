package e2e_test

import (
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
)

// theProgram is the real one, built once for all tests that publish it.
var theProgram = sync.OnceValues(func() ([]byte, error) {
	dir, err := os.MkdirTemp("", "program")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	file := filepath.Join(dir, "deployment-rings")
	build := exec.Command("go", "build", "-trimpath", "-buildvcs=false", "-ldflags=-s -w", "-o", file, "./action")
	build.Dir, build.Stderr = root, os.Stderr
	build.Env = append(os.Environ(), "CGO_ENABLED=0")
	if err := build.Run(); err != nil {
		return nil, err
	}
	return os.ReadFile(file)
})

// A releaseRun is a checkout of a release commit, the host that has its asset, and what act keeps between runs.
type releaseRun struct {
	dir, cache string
	program    program
	host       *host
}

func releaseForAct(t testing.TB) releaseRun {
	t.Helper()
	plain, err := theProgram()
	if err != nil {
		t.Fatal(err)
	}
	p := programOf(t, plain)
	dir := filepath.Join(t.TempDir(), "check out")
	checkout(t, dir, releaseFile(p, platform()), actionFiles...)
	h := newHost(t, map[string]http.HandlerFunc{home + "deployment-rings_" + platform() + ".gz": file(p.gz)})
	return releaseRun{dir, t.TempDir(), p, h}
}

// run plans a pull request with the inputs of inputs.yml.
func (r releaseRun) run(t *testing.T) job {
	t.Helper()
	ev := pullRequest()
	ev.env = map[string]string{"GITHUB_SERVER_URL": r.host.URL, "GITHUB_API_URL": r.host.URL}
	return runIn(t, r.dir, "inputs.yml", ev, "--action-cache-path", r.cache)
}

// said are the annotations of the start of the Action.
func (r releaseRun) said(j job) string {
	var text string
	for _, a := range j.annotations {
		if strings.Contains(a.Arg, tag) {
			text += a.Command + " " + a.Arg
		}
	}
	return text
}

// However the program comes to the runner, it gets the same inputs, and says the same.
func TestReleaseInAWorkflow(t *testing.T) {
	t.Parallel()
	r := releaseForAct(t)
	downloaded := r.run(t)
	checkInputs(t, downloaded)
	if len(r.host.asked) != 1 {
		t.Errorf("asked for %q, want the asset alone", r.host.asked)
	}
	r.host.Close()
	cached := r.run(t)
	checkInputs(t, cached)
	if err := os.RemoveAll(filepath.Join(r.cache, "tool_cache")); err != nil {
		t.Fatal(err)
	}
	built := r.run(t)
	checkInputs(t, built)
	if said := r.said(downloaded) + r.said(cached); said != "" {
		t.Errorf("the downloaded and the cached program said %q, want nothing", said)
	}
	if said := r.said(built); !like(said, "warning The program of "+tag+" could not be downloaded: …. It is built from source instead, which takes longer.") {
		t.Errorf("the built program said %q", said)
	}
}

func TestReleaseWithAnotherAssetFailsTheStep(t *testing.T) {
	t.Parallel()
	r := releaseForAct(t)
	other := programOf(t, []byte("#!/bin/sh\necho evil\n"))
	r.host.answers[home+"deployment-rings_"+platform()+".gz"] = file(other.gz)
	j := r.run(t)
	if said := r.said(j); j.exit == 0 || !like(said, "error … is not what was released. …") {
		t.Errorf("act = %d, want a failure; the step said %q", j.exit, said)
	}
	if len(j.written) != 0 || strings.Contains(j.log, "evil\n") {
		t.Errorf("outputs of a failed step: %v\n%s", j.written, j.log)
	}
}

// Two runs on one machine find the cache empty at the same time.
func TestReleaseInTwoWorkflowsAtOnce(t *testing.T) {
	t.Parallel()
	r := releaseForAct(t)
	var both, runs sync.WaitGroup
	both.Add(2)
	r.host.answers[home+"deployment-rings_"+platform()+".gz"] = func(w http.ResponseWriter, req *http.Request) {
		both.Done()
		both.Wait()
		file(r.program.gz)(w, req)
	}
	for range 2 {
		runs.Go(func() { checkInputs(t, r.run(t)) })
	}
	runs.Wait()
}
