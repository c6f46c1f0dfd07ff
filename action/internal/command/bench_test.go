//go:build linux

package command

import (
	"context"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"testing"

	"github.com/wizzense/deployment-rings/action/internal/cli"
)

// BenchmarkPlanProcess measures whole processes: the program as it is released, as a step of a workflow
// runs it. It reports the largest resident set of all of them.
func BenchmarkPlanProcess(b *testing.B) {
	dir := b.TempDir()
	program := filepath.Join(dir, "deployment-rings")
	build := exec.Command("go", "build", "-trimpath", "-buildvcs=false", "-ldflags", "-s -w", "-o", program, ".")
	build.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := build.CombinedOutput(); err != nil {
		b.Fatalf("%v\n%s", err, out)
	}
	peak := int64(0)
	for b.Loop() {
		cmd := exec.Command(program)
		cmd.Env = []string{
			"GITHUB_ACTIONS=true", "GITHUB_EVENT_NAME=pull_request", "GITHUB_RUN_NUMBER=42", "RUNNER_TEMP=" + dir,
			"GITHUB_EVENT_PATH=" + events + "pull_request.json",
			"GITHUB_OUTPUT=" + filepath.Join(dir, "output"), "GITHUB_STEP_SUMMARY=" + filepath.Join(dir, "summary"),
		}
		if out, err := cmd.CombinedOutput(); err != nil {
			b.Fatalf("%v\n%s", err, out)
		}
		peak = max(peak, cmd.ProcessState.SysUsage().(*syscall.Rusage).Maxrss)
	}
	b.ReportMetric(float64(peak)/1024, "peak-MB")
}

// BenchmarkPlan measures the same without starting a process.
func BenchmarkPlan(b *testing.B) {
	for b.Loop() {
		p := program{context.Background(), cli.World{
			Args:   []string{"plan", "--event", events + "pull_request.json", "--iteration", "42"},
			Getenv: func(string) string { return "" },
			Now:    testClock, Stdout: io.Discard, Stderr: io.Discard,
		}}
		if code := p.run(); code != 0 {
			b.Fatalf("exit code %d", code)
		}
	}
}
