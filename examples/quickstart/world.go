package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/google/go-containerregistry/pkg/name"
	"github.com/google/go-containerregistry/pkg/registry"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/mutate"
	"github.com/google/go-containerregistry/pkg/v1/random"
	"github.com/google/go-containerregistry/pkg/v1/remote"

	"github.com/wizzense/deployment-rings/action/program"
)

// A world is a registry, a ledger and a clock.
type world struct {
	dir    string
	server *http.Server
	image  string
	start  time.Time
	now    time.Time
	commit string // of the newest build
	digest string // of the newest build
}

func newWorld(start time.Time) (*world, error) {
	dir, err := os.MkdirTemp("", "deployment-rings-quickstart-")
	if err != nil {
		return nil, err
	}
	w := &world{dir: dir, start: start, now: start}
	if err := w.serve(); err != nil {
		w.close()
		return nil, err
	}
	return w, nil
}

// serve starts a registry in memory, which this machine alone can reach.
func (w *world) serve() error {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	w.image = l.Addr().String() + "/wizzense/aitherzero"
	w.server = &http.Server{Handler: registry.New(registry.Logger(log.New(io.Discard, "", 0))), ReadHeaderTimeout: time.Minute}
	go w.server.Serve(l) //nolint:errcheck // it ends when close closes it
	return nil
}

func (w *world) close() {
	if w.server != nil {
		w.server.Close()
	}
	os.RemoveAll(w.dir)
}

func (w *world) say(text string) { fmt.Print(text) }

func (w *world) wait(d time.Duration) { w.now = w.now.Add(d) }

// build asks plan for tags and labels, and pushes an image with them.
func (w *world) build(number, branch, commit string) (digest string, err error) {
	w.commit = commit
	out, err := w.output("plan", "--pr-number", number, "--branch", branch, "--revision", commit, "--image", w.image,
		"--iteration", "registry", "--timestamp", w.now.Format(time.RFC3339), "--format", "json")
	if err != nil {
		return "", err
	}
	var plan struct {
		Tags   []string          `json:"tag-names"`
		Labels map[string]string `json:"labels"`
	}
	if err := json.Unmarshal(out, &plan); err != nil {
		return "", err
	}
	w.digest, err = w.push(plan.Labels, plan.Tags)
	w.log("plan, push", strings.Join(plan.Tags, ", "))
	return w.digest, err
}

func (w *world) push(labels map[string]string, tags []string) (string, error) {
	base, err := random.Image(1024, 1)
	if err != nil {
		return "", err
	}
	image, err := mutate.Config(base, v1.Config{Labels: labels})
	if err != nil {
		return "", err
	}
	digest, err := image.Digest()
	if err != nil {
		return "", err
	}
	for _, tag := range tags {
		ref, err := name.ParseReference(w.image + ":" + tag)
		if err != nil {
			return "", err
		}
		if err := remote.Write(ref, image); err != nil {
			return "", err
		}
	}
	return digest.String(), nil
}

// deploy does what the job of a merge does: it moves the ring's tag, starts the image, and records how that went.
func (w *world) deploy(ring, digest string) error {
	from, err := name.ParseReference(w.image + "@" + digest)
	if err != nil {
		return err
	}
	image, err := remote.Image(from)
	if err != nil {
		return err
	}
	to, err := name.NewTag(w.image + ":" + ring + "-latest")
	if err != nil {
		return err
	}
	if err := remote.Tag(to, image); err != nil {
		return err
	}
	return w.command("record", "--ring", ring, "--state", "success")
}

// promote moves the image on, starts it there, and records how that went.
func (w *world) promote(ring string, args ...string) error {
	if err := w.expect("promote", append([]string{"promote", "--ring", ring}, args...)...); err != nil {
		return err
	}
	return w.command("record", "--ring", ring, "--state", "success")
}

// expect runs a command that decides, and shows its decision.
func (w *world) expect(decision string, args ...string) error {
	evidence, err := w.evidence()
	if err != nil {
		return err
	}
	out, err := w.output(append(args, "--ledger", w.ledger(), "--image", w.image, "--evidence", evidence, "--now", w.now.Format(time.RFC3339))...)
	if err != nil {
		return err
	}
	lines := strings.Split(strings.TrimSpace(string(out)), "\n")
	said := lines[:1]
	if last := lines[len(lines)-1]; strings.HasPrefix(last, "Moved") {
		said = append(said, last)
	}
	w.log(args[0], said...)
	if !strings.Contains(lines[0], ": "+decision) {
		return fmt.Errorf("the decision is %q, expected %s", lines[0], decision)
	}
	return nil
}

// command runs a command that records, and shows what it says.
func (w *world) command(args ...string) error {
	out, err := w.output(append(args, "--ledger", w.ledger(), "--image", w.image, "--now", w.now.Format(time.RFC3339))...)
	if err != nil {
		return err
	}
	w.log(args[0], strings.Split(strings.TrimSpace(string(out)), "\n")...)
	return nil
}

// output runs the program with the clock in hand, and returns what it prints.
func (w *world) output(args ...string) ([]byte, error) {
	var stdout, stderr bytes.Buffer
	code := program.Main(context.Background(), program.World{
		Args:   args,
		Getenv: func(string) string { return "" },
		Now:    func() time.Time { return w.now },
		Stdout: &stdout,
		Stderr: &stderr,
	})
	if code != 0 {
		return nil, fmt.Errorf("%s: exit code %d\n%s", args[0], code, &stderr)
	}
	return stdout.Bytes(), nil
}

// log shows what a command says, with the time by the clock in hand.
func (w *world) log(command string, lines ...string) {
	const day = 24 * time.Hour
	days := int(w.now.Truncate(day).Sub(w.start.Truncate(day)) / day)
	at := fmt.Sprintf("day %d, %s", days, w.now.Format("15:04"))
	for _, line := range lines {
		fmt.Printf("  %-14s %-14s %s\n", at, command, line)
		at, command = "", ""
	}
}

func (w *world) ledger() string { return "file:" + filepath.Join(w.dir, "ledger.jsonl") }

func (w *world) showLedger() error {
	lines, err := os.ReadFile(filepath.Join(w.dir, "ledger.jsonl"))
	if err != nil {
		return err
	}
	for line := range strings.Lines(string(lines)) {
		var e struct{ At, Ring, Outcome, Signal, State, Digest, Version, Reason string }
		if err := json.Unmarshal([]byte(line), &e); err != nil {
			return err
		}
		what := strings.TrimSpace(e.Outcome + e.Signal + " " + e.State)
		fmt.Printf("  %s  %-10s  %-24s  %.19s  %s%s\n", e.At, e.Ring, what, e.Digest, e.Version, e.Reason)
	}
	return nil
}
