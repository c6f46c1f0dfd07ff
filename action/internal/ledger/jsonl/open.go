package jsonl

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"slices"
	"syscall"
	"time"
)

// patience is how long a program waits for others that have the file. They hold it for milliseconds.
const patience = 30 * time.Second

var (
	errBusy   = errors.New("another program has the file")
	errHeld   = fmt.Errorf("another program has had the file for %v; end it, or run this again later", patience)
	errFolder = errors.New("it is a folder; name a file in it, such as ledger.jsonl")
	errNoFile = errors.New("it is not a regular file; name another one")
	errNoName = errors.New("its path is empty; name a file")
	errNoLock = errors.New("its file system cannot lock files; put the ledger on a local disk")
)

// open waits until no other program is in the way.
func (l File) open(ctx context.Context, open func(path string) (*os.File, error)) (*os.File, error) {
	if err := l.checkPath(); err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeoutCause(ctx, patience, errHeld)
	defer cancel()
	for wait := time.Millisecond; ; wait = min(2*wait, 20*time.Millisecond) {
		if ctx.Err() != nil {
			return nil, context.Cause(ctx)
		}
		f, err := open(l.Path)
		if err != errBusy {
			return f, err
		}
		select {
		case <-ctx.Done():
		case <-time.After(wait):
		}
	}
}

// checkPath refuses what may not be opened: a pipe would wait for another program, a device has no end.
func (l File) checkPath() error {
	if l.Path == "" {
		return errNoName
	}
	info, err := os.Stat(l.Path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil
	case err != nil:
		return err
	case info.IsDir():
		return errFolder
	case !info.Mode().IsRegular():
		return errNoFile
	}
	return nil
}

func (l File) warnf(format string, args ...any) {
	if l.Warn != nil {
		l.Warn(fmt.Sprintf(format, args...))
	}
}

// explain says which file failed, how, and what to do. A line that cannot be read says so itself.
func (l File) explain(verb string, err error) error {
	var line *LineError
	if err == nil || errors.As(err, &line) {
		return err
	}
	return fmt.Errorf("the ledger %s cannot be %s: %w%s", l.Path, verb, bare(err), advice(err))
}

// bare leaves out the path of an error, which the message has already.
func bare(err error) error {
	if path, ok := err.(*fs.PathError); ok {
		return path.Err
	}
	return err
}

// advice says what to do about an error of the system.
func advice(err error) string {
	is := func(target error) bool { return errors.Is(err, target) }
	switch {
	case slices.ContainsFunc(noRoom, is):
		return "; nothing was recorded: free some space and run this again"
	case slices.ContainsFunc(readOnly, is), is(fs.ErrPermission):
		return "; give this user the right to it, or name another file"
	case is(syscall.ENOTDIR):
		return "; a part of the path is a file, name another path"
	}
	return ""
}
