package regular_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/wizzense/deployment-rings/internal/regular"
)

func TestReadFile(t *testing.T) {
	dir := t.TempDir()
	path, link := filepath.Join(dir, "file"), filepath.Join(dir, "link")
	if err := os.WriteFile(path, []byte("12345"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(path, link); err != nil {
		t.Logf("no links here: %v", err)
		link = path
	}
	for _, p := range []string{path, link} {
		if b, err := regular.ReadFile(p, 5); err != nil || string(b) != "12345" {
			t.Errorf("ReadFile(%s, 5) = %q, %v, want 12345", p, b, err)
		}
		if b, err := regular.ReadFile(p, 4); b != nil || err == nil || !strings.Contains(err.Error(), "has 5 bytes, expected at most 4") {
			t.Errorf("ReadFile(%s, 4) = %q, %v, want an error", p, b, err)
		}
	}
	if _, err := regular.ReadFile(dir, 5); err == nil || !strings.Contains(err.Error(), "is a directory") {
		t.Errorf("ReadFile of a directory: %v, want an error", err)
	}
}
