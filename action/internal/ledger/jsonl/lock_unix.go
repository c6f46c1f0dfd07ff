//go:build darwin || dragonfly || freebsd || linux || netbsd || openbsd

package jsonl

import (
	"errors"
	"os"
	"syscall"
)

// openWriter opens the file for one writer alone, which the system ends when the program does.
func openWriter(path string) (*os.File, error) {
	return openLocked(path, os.O_RDWR|os.O_APPEND|os.O_CREATE, syscall.LOCK_EX)
}

// openReader opens the file for readers.
func openReader(path string) (*os.File, error) {
	return openLocked(path, os.O_RDONLY, syscall.LOCK_SH)
}

func openLocked(path string, flag, how int) (*os.File, error) {
	f, err := os.OpenFile(path, flag, 0o644)
	if err != nil {
		return nil, err
	}
	err = syscall.Flock(int(f.Fd()), how|syscall.LOCK_NB)
	if err == nil {
		return f, nil
	}
	f.Close() // nothing was written
	if err == syscall.EWOULDBLOCK || err == syscall.EINTR {
		return nil, errBusy
	}
	return nil, errors.Join(errNoLock, err)
}

// syncFolder waits until the disk knows of a new file in the folder.
func syncFolder(path string) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	return errors.Join(f.Sync(), f.Close())
}

// What the system says when there is no room for more, on the disk, in the quota or by the limit of the process, and
// when nothing may be written at all.
var (
	noRoom   = []error{syscall.ENOSPC, syscall.EDQUOT, syscall.EFBIG}
	readOnly = []error{syscall.EROFS}
)
