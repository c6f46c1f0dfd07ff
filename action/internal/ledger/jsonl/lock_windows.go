package jsonl

import (
	"os"
	"syscall"
)

const errorSharingViolation syscall.Errno = 32

// What the system says when there is no room for more, and when nothing may be written at all: a handle's disk is full,
// the disk is full, the disk is write-protected.
var (
	noRoom   = []error{syscall.Errno(39), syscall.Errno(112)}
	readOnly = []error{syscall.Errno(19)}
)

// openWriter opens the file for one writer alone: no other program may open it meanwhile. The system ends that when the
// program ends.
func openWriter(path string) (*os.File, error) {
	return openShared(path, syscall.GENERIC_READ|syscall.GENERIC_WRITE, 0, syscall.OPEN_ALWAYS)
}

// openReader opens the file for readers, and for no writer.
func openReader(path string) (*os.File, error) {
	return openShared(path, syscall.GENERIC_READ, syscall.FILE_SHARE_READ, syscall.OPEN_EXISTING)
}

func openShared(path string, access, share, create uint32) (*os.File, error) {
	name, err := syscall.UTF16PtrFromString(path)
	if err != nil {
		return nil, err
	}
	h, err := syscall.CreateFile(name, access, share, nil, create, syscall.FILE_ATTRIBUTE_NORMAL, 0)
	switch {
	case err == errorSharingViolation:
		return nil, errBusy
	case err != nil:
		return nil, &os.PathError{Op: "open", Path: path, Err: err}
	}
	return os.NewFile(uintptr(h), path), nil
}

// syncFolder has nothing to do: Windows keeps a new file's name with the file.
func syncFolder(string) error { return nil }
