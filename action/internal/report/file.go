package report

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"path/filepath"
)

// WriteFile writes content to a file below dir and returns its path. The name carries a digest of the
// content, so that two steps of a job never write over each other's file, and the file appears whole or
// not at all.
func WriteFile(dir, name, extension string, content []byte) (string, error) {
	sum := sha256.Sum256(content)
	path := filepath.Join(dir, name+"-"+hex.EncodeToString(sum[:6])+extension)
	return path, Replace(path, content)
}

// TryFolder returns why no file can be written to a folder below that of a variable, and leaves none behind.
func TryFolder(name, dir string) error {
	err := os.MkdirAll(dir, 0o755)
	if err == nil {
		err = tryFile(dir)
	}
	if err != nil {
		return fmt.Errorf("no file can be written below %s: %w", name, err)
	}
	return nil
}

func tryFile(dir string) error {
	f, err := os.CreateTemp(dir, ".new-*")
	if err != nil {
		return err
	}
	defer os.Remove(f.Name())
	_, err = f.WriteString("a file takes room")
	return errors.Join(err, f.Close())
}

// Replace writes a file, and the folders that it needs. The file appears whole or not at all.
func Replace(path string, content []byte) error {
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return err
	}
	if err := replace(path, content); err != nil {
		return fmt.Errorf("writing %s: %w", path, err)
	}
	return nil
}

// replace writes beside the file and renames, which also replaces a link instead of following it.
func replace(path string, content []byte) error {
	f, err := os.CreateTemp(filepath.Dir(path), ".new-*")
	if err != nil {
		return err
	}
	defer os.Remove(f.Name()) // gone already when all went well
	_, err = f.Write(content)
	if closing := f.Close(); err == nil {
		err = closing
	}
	if err == nil {
		err = os.Chmod(f.Name(), 0o644)
	}
	if err == nil {
		err = os.Rename(f.Name(), path)
	}
	return err
}
