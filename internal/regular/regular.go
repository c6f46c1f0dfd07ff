// Package regular reads files that people name: policies, evidence, events and tests. It reads regular files alone, also
// through links. A device could never end, a pipe never begin, and opening one of them may already do something.
package regular

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
)

// ReadFile reads a regular file of at most limit bytes. It never blocks on a pipe, and reads no more than one byte beyond
// the limit, however large the file says that it is.
func ReadFile(path string, limit int64) ([]byte, error) {
	if err := look(path, limit); err != nil {
		return nil, err
	}
	f, err := os.OpenFile(path, os.O_RDONLY|dontBlock, 0)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	info, err := f.Stat() // the path may lead elsewhere by now
	if err != nil {
		return nil, err
	}
	if err := check(path, info, limit); err != nil {
		return nil, err
	}
	b, err := io.ReadAll(io.LimitReader(f, limit+1))
	if err == nil && int64(len(b)) > limit {
		err = fmt.Errorf("%s has more than %d bytes, expected at most that many", path, limit)
	}
	if err != nil {
		return nil, err
	}
	return b, nil
}

// look refuses what can be refused before it is opened: a device may act on being opened, and a socket cannot be.
func look(path string, limit int64) error {
	info, err := os.Stat(path)
	if errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("there is no file %.200q", path)
	}
	if err != nil {
		return err
	}
	return check(path, info, limit)
}

func check(path string, info fs.FileInfo, limit int64) error {
	if !info.Mode().IsRegular() {
		return fmt.Errorf("%.200q is %s, expected a regular file or a link to one", path, kind(info.Mode()))
	}
	if info.Size() > limit {
		return fmt.Errorf("%s has %d bytes, expected at most %d", path, info.Size(), limit)
	}
	return nil
}

// kind names what is not a regular file.
func kind(m fs.FileMode) string {
	switch {
	case m.IsDir():
		return "a directory"
	case m&fs.ModeNamedPipe != 0:
		return "a pipe"
	case m&fs.ModeSocket != 0:
		return "a socket"
	case m&fs.ModeDevice != 0:
		return "a device"
	}
	return "a special file"
}
