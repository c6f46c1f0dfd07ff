//go:build !darwin && !dragonfly && !freebsd && !linux && !netbsd && !openbsd && !windows

package jsonl

import (
	"errors"
	"os"
)

// Without a lock two writers could damage the file, so there is no file ledger here.
func openWriter(string) (*os.File, error) { return nil, errors.Join(errNoLock, errors.ErrUnsupported) }

func openReader(string) (*os.File, error) { return nil, errors.Join(errNoLock, errors.ErrUnsupported) }

func syncFolder(string) error { return nil }

var noRoom, readOnly []error
