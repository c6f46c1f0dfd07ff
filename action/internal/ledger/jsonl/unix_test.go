//go:build linux || darwin

package jsonl_test

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/wizzense/deployment-rings/action/internal/ledger/jsonl"
)

func TestPathInTheWay(t *testing.T) {
	dir := t.TempDir()
	file := fileWith(t, line(1)).Path
	for path, want := range map[string]string{
		dir:                               "the ledger FILE cannot be VERB: it is a folder; name a file in it, such as ledger.jsonl",
		filepath.Join(file, "ledger"):     "the ledger FILE cannot be VERB: not a directory; a part of the path is a file, name another path",
		"":                                "the ledger  cannot be VERB: its path is empty; name a file",
		os.DevNull:                        "the ledger FILE cannot be VERB: it is not a regular file; name another one",
		filepath.Join(dir, "a\x00.jsonl"): "the ledger FILE cannot be VERB: invalid argument",
	} {
		l := watch(path)
		if got := l.ids(t); got != strings.ReplaceAll(want, "VERB", "read") {
			t.Errorf("Read of %q = %s", path, got)
		}
		if got := l.add(t); got != strings.ReplaceAll(want, "VERB", "written") {
			t.Errorf("Append to %q = %s", path, got)
		}
	}
}

// Some tests need a program of their own: this one, told by a variable what to do.
const job = "LEDGER_TEST_JOB"

func TestMain(m *testing.M) {
	switch os.Getenv(job) {
	case "":
		os.Exit(m.Run())
	case "append":
		exit(appendForever(os.Args[1]))
	case "full":
		exit(meetTheLimit(os.Args[1]))
	case "read-only":
		exit(writeReadOnly())
	}
}

func exit(err error) {
	if err != nil {
		fmt.Println(err)
		os.Exit(1)
	}
	os.Exit(0)
}

func program(t *testing.T, what string, args ...string) *exec.Cmd {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	c := exec.CommandContext(t.Context(), self, args...)
	c.Env = append(os.Environ(), job+"="+what)
	return c
}

// output runs a program to its end.
func output(t *testing.T, c *exec.Cmd) string {
	t.Helper()
	out, err := c.CombinedOutput()
	if err != nil {
		t.Errorf("%v: %v\n%s", c, err, out)
	}
	return strings.TrimSpace(string(out))
}

// appendForever says the id of each entry once it is acknowledged.
func appendForever(path string) error {
	for {
		id, err := jsonl.File{Path: path}.Append(context.Background(), success)
		if err != nil {
			return err
		}
		fmt.Println(id)
	}
}

// Two programs write at once, and one of them is killed at any moment, fifty times over. What was acknowledged stays.
func TestKilledWriters(t *testing.T) {
	l := watch(filepath.Join(t.TempDir(), "ledger.jsonl"))
	acknowledged := map[string]bool{}
	for range 50 {
		for _, id := range killedWriter(t, l) {
			if acknowledged[id] {
				t.Errorf("id %s was given twice", id)
			}
			acknowledged[id] = true
		}
	}
	for id := range strings.FieldsSeq(l.ids(t)) {
		delete(acknowledged, id)
	}
	if len(acknowledged) > 0 {
		t.Errorf("acknowledged, and not in the file: %v", acknowledged)
	}
}

// killedWriter starts a program, kills it after a few entries, and gives the ids that it said. For each it adds one.
func killedWriter(t *testing.T, l logged) []string {
	c := program(t, "append", l.Path)
	out, err := c.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	var ids []string
	most := 1 + rand.IntN(3)
	for lines := bufio.NewScanner(out); lines.Scan(); most-- {
		ids = append(ids, lines.Text(), l.add(t))
		if most == 1 {
			time.Sleep(rand.N(2 * time.Millisecond)) // into the middle of the next one
			if err := c.Process.Kill(); err != nil {
				t.Error(err)
			}
		}
	}
	if err := c.Wait(); err == nil || c.ProcessState.Sys().(syscall.WaitStatus).Signal() != syscall.SIGKILL {
		t.Errorf("the writer ended with %v, want it killed:\n%s", err, strings.Join(ids, "\n"))
	}
	return ids
}

// No room for a line: nothing of it stays, older entries read, and newer ones follow once there is room.
func TestFullDisk(t *testing.T) {
	l := fileWith(t, line(1))
	const want = "the ledger FILE cannot be written: file too large; nothing was recorded: free some space and run this again"
	if got := l.anonymous(output(t, program(t, "full", l.Path))); got != want {
		t.Errorf("Append = %s\nwant     %s", got, want)
	}
	if got := l.content(t); got != line(1) {
		t.Errorf("the file is now %q", got)
	}
	if got := l.add(t); got != "2" || l.content(t) != line(1)+line(2) || l.warned() != "" {
		t.Errorf("Append with room = %q, the file is now %q", got, l.content(t))
	}
}

// meetTheLimit appends where the system accepts a part of the line only.
func meetTheLimit(path string) error {
	signal.Ignore(syscall.SIGXFSZ)
	var limit syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_FSIZE, &limit); err != nil {
		return err
	}
	limit.Cur = uint64(len(line(1))) + 20
	if err := syscall.Setrlimit(syscall.RLIMIT_FSIZE, &limit); err != nil {
		return err
	}
	id, err := jsonl.File{Path: path}.Append(context.Background(), success)
	fmt.Println(id, err)
	return nil
}

// A file that one may read but not write, as somebody who is not root.
func TestReadOnlyFile(t *testing.T) {
	const want = "Read: 1 <nil>\nAppend:  the ledger FILE cannot be written: permission denied; give this user the right to it, or name another file\n" +
		"the same in a new folder: the ledger FILE cannot be written: permission denied; give this user the right to it, or name another file"
	if got := output(t, program(t, "read-only")); got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}

func writeReadOnly() error {
	if os.Getuid() == 0 {
		if err := syscall.Setuid(65534); err != nil {
			return err
		}
	}
	dir, err := os.MkdirTemp("/tmp", "ledger") // which everybody may use
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	l := jsonl.File{Path: filepath.Join(dir, "ledger.jsonl")}
	if err := os.WriteFile(l.Path, []byte(line(1)), 0o444); err != nil {
		return err
	}
	all, err := l.Read(context.Background(), "ring-0")
	fmt.Println("Read:", len(entriesIn(all, "ring-0")), err)
	id, err := l.Append(context.Background(), success)
	fmt.Println("Append:", id, strings.ReplaceAll(fmt.Sprint(err), l.Path, "FILE"))

	if err := os.Chmod(dir, 0o555); err != nil {
		return err
	}
	l.Path = filepath.Join(dir, "new", "ledger.jsonl")
	_, err = l.Append(context.Background(), success)
	fmt.Println("the same in a new folder:", strings.ReplaceAll(fmt.Sprint(err), l.Path, "FILE"))
	return os.Chmod(dir, 0o755)
}

// Somebody who never gives the file back is waited for, but not for ever.
func TestHeldFile(t *testing.T) {
	for how, hold := range map[string]int{"read": syscall.LOCK_EX, "written": syscall.LOCK_SH} {
		l := fileWith(t, line(1))
		f, err := os.Open(l.Path)
		if err != nil {
			t.Fatal(err)
		}
		defer f.Close()
		if err := syscall.Flock(int(f.Fd()), hold); err != nil {
			t.Fatal(err)
		}
		synctest.Test(t, func(t *testing.T) {
			try := l.ids
			if how == "written" {
				try = l.add
			}
			want := "the ledger FILE cannot be " + how + ": another program has had the file for 30s; end it, or run this again later"
			begin := time.Now()
			if got := try(t); got != want || time.Since(begin) != 30*time.Second {
				t.Errorf("after %v: %s", time.Since(begin), got)
			}
			ctx, cancel := context.WithTimeout(t.Context(), time.Second)
			defer cancel()
			if _, err := l.Append(ctx, success); hold == syscall.LOCK_SH && !errors.Is(err, context.DeadlineExceeded) {
				t.Errorf("Append with a deadline: %v", err)
			}
		})
		if got := l.content(t); got != line(1) {
			t.Errorf("the file is now %q", got)
		}
	}
}
