//go:build unix

package regular_test

import (
	"net"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/wizzense/deployment-rings/internal/regular"
)

// TestReadFileRefuses has a line for each kind of file that is not regular. None of them may block.
func TestReadFileRefuses(t *testing.T) {
	dir := t.TempDir()
	pipe, link, socket := filepath.Join(dir, "pipe"), filepath.Join(dir, "link"), filepath.Join(os.TempDir(), "regular-test.sock")
	if err := syscall.Mkfifo(pipe, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(pipe, link); err != nil {
		t.Fatal(err)
	}
	os.Remove(socket) // of a test that was killed
	l, err := net.Listen("unix", socket)
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	for path, want := range map[string]string{
		dir: "is a directory", pipe: "is a pipe", link: "is a pipe", socket: "is a socket", "/dev/null": "is a device", "/dev/zero": "is a device",
		filepath.Join(dir, "none"): "there is no file",
	} {
		b, err := readInTime(t, path, 1000)
		if err == nil || !strings.Contains(err.Error(), want) || !strings.Contains(err.Error(), path) {
			t.Errorf("ReadFile(%s) = %q, %v, want an error that names the path and says %q", path, b, err, want)
		}
	}
}

func readInTime(t *testing.T, path string, limit int64) (b []byte, err error) {
	t.Helper()
	done := make(chan struct{})
	go func() {
		defer close(done)
		b, err = regular.ReadFile(path, limit)
	}()
	select {
	case <-done:
		return b, err
	case <-time.After(10 * time.Second):
		t.Fatalf("ReadFile(%s) blocks", path)
		return nil, nil
	}
}

// TestReadFileExchanged: while the file is read again and again, a pipe takes its place and gives it back. Whatever comes
// is the whole file or a refusal, never the empty content of a pipe.
func TestReadFileExchanged(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "file")
	swap := func(make func(path string) error) {
		next := filepath.Join(dir, "next")
		if err := make(next); err != nil {
			t.Error(err)
		}
		if err := os.Rename(next, path); err != nil {
			t.Error(err)
		}
	}
	file := func(path string) error { return os.WriteFile(path, []byte("content"), 0o600) }
	pipe := func(path string) error { return syscall.Mkfifo(path, 0o600) }
	swap(file)
	stop := make(chan struct{})
	var swapping sync.WaitGroup
	swapping.Go(func() {
		for {
			select {
			case <-stop:
				return
			default:
				swap(pipe)
				swap(file)
			}
		}
	})
	defer swapping.Wait()
	defer close(stop)
	read, refused := 0, 0
	for end := time.Now().Add(20 * time.Second); (read < 2000 || refused < 2000) && time.Now().Before(end); {
		b, err := readInTime(t, path, 1000)
		switch {
		case err == nil && string(b) == "content":
			read++
		case err != nil && strings.Contains(err.Error(), "is a pipe"):
			refused++
		default:
			t.Fatalf("ReadFile = %q, %v, want the content or a refusal", b, err)
		}
	}
	if read < 2000 || refused < 2000 {
		t.Errorf("%d times the file and %d times the pipe, want both", read, refused)
	}
}

// TestReadFileOfUnknownSize: the kernel says that its own files have no bytes.
func TestReadFileOfUnknownSize(t *testing.T) {
	const path = "/proc/self/status"
	if _, err := os.Stat(path); err != nil {
		t.Logf("no %s here: %v", path, err)
		return
	}
	if b, err := regular.ReadFile(path, 1<<20); err != nil || !strings.HasPrefix(string(b), "Name:") {
		t.Errorf("ReadFile(%s) = %q, %v, want its content", path, b, err)
	}
	if b, err := regular.ReadFile(path, 10); err == nil || !strings.Contains(err.Error(), "has more than 10 bytes") {
		t.Errorf("ReadFile(%s) with a limit of 10 = %q, %v, want an error", path, b, err)
	}
}
