// Package jsonl keeps a ledger in a file with one JSON object a line: see [File].
package jsonl

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"

	"github.com/wizzense/deployment-rings/action/internal/ledger"
)

// A File is a ledger in one file: a JSON object a line, UTF-8, only ever appended to.
//
//	{"id":"17","at":"2026-03-02T09:00:00Z","ring":"ring-0","outcome":"success","digest":"sha256:…","images":["ghcr.io/acme/app"],"pr":123}
//	{"id":"18","at":"2026-03-02T09:30:00Z","ring":"ring-0","signal":"health_check","state":"failing","digest":"sha256:…"}
//
// The keys are those of [ledger.Entry]; id, at, ring, digest and either outcome or signal with state are always there, what is
// empty is left out, and any other key makes the line unreadable. The id is one more than that of the line before.
//
// Several programs may write at once: a writer has the file for itself, writes a whole line, and waits until the disk
// has it. A program that dies while it writes leaves a torn last line at most, the beginning of an object without an
// end. Its writer was not told that it is stored, so it is left out with a warning, and the next writer takes it away. Any
// other line that cannot be read is an error, [LineError]: nothing is known of any ring until it is mended, and
// nothing is written behind it while it is the last one.
//
// A file that does not exist is not an empty one: its path may be misspelt. It cannot be read, and is made with its
// folder by the first Append.
type File struct {
	Path string
	Warn func(text string) // gets what is odd and does no harm; may be nil, and may be called from several goroutines
}

var _ ledger.Ledger = File{}

// Append adds an entry and returns its number.
func (l File) Append(ctx context.Context, e ledger.Entry) (string, error) {
	if err := e.Check(); err != nil {
		return "", err
	}
	f, err := l.openToWrite(ctx)
	if err != nil {
		return "", l.explain("written", err)
	}
	defer f.Close() // gives the file to others; the disk has the line already
	id, err := l.append(f, e)
	return id, l.explain("written", err)
}

// openToWrite makes the file and its folder where they are not there yet.
func (l File) openToWrite(ctx context.Context) (*os.File, error) {
	f, err := l.open(ctx, openWriter)
	if !errors.Is(err, fs.ErrNotExist) {
		return f, err
	}
	if err := os.MkdirAll(filepath.Dir(l.Path), 0o755); err != nil {
		return nil, err
	}
	return l.open(ctx, openWriter)
}

// append writes an entry after the last one, its whole line or nothing.
func (l File) append(f *os.File, e ledger.Entry) (id string, err error) {
	end, err := l.findEnd(f)
	if err != nil {
		return "", err
	}
	e.ID = strconv.FormatUint(end.id+1, 10)
	line, err := encode(e)
	if err != nil {
		return "", err
	}
	if end.open {
		line = append([]byte("\n"), line...)
	}
	if end.torn {
		l.warnTorn()
		if err := f.Truncate(end.offset); err != nil {
			return "", err
		}
	}
	if end.offset == 0 {
		if err := syncFolder(filepath.Dir(l.Path)); err != nil {
			return "", err
		}
	}
	if err := writeWhole(f, end.offset, line); err != nil {
		return "", err
	}
	return e.ID, nil
}

// writeWhole writes at the end of the file, and takes back what did not get to the disk whole.
func writeWhole(f *os.File, end int64, line []byte) error {
	_, err := f.Seek(end, io.SeekStart) // for systems without appending
	if err == nil {
		_, err = f.Write(line)
	}
	if err == nil {
		err = f.Sync()
	}
	if err == nil {
		return nil
	}
	if left := f.Truncate(end); left != nil {
		return fmt.Errorf("%w, and what was written of it could not be taken back: %w", bare(err), bare(left))
	}
	return err
}

// Read collects the entries of some rings in one pass. One unreadable line means that no ring is known. So does a file
// that is not there; the error is then one that [errors.Is] takes for [fs.ErrNotExist].
func (l File) Read(ctx context.Context, rings ...string) (ledger.Reading, error) {
	f, err := l.open(ctx, openReader)
	if errors.Is(err, fs.ErrNotExist) {
		return ledger.Reading{}, l.missing()
	}
	if err != nil {
		return ledger.Reading{}, l.explain("read", err)
	}
	defer f.Close()
	all := map[string][]ledger.Entry{}
	err = l.scan(ctx, f, func(e ledger.Entry) {
		if slices.Contains(rings, e.Ring) {
			all[e.Ring] = append(all[e.Ring], e)
		}
	})
	if err != nil {
		return ledger.Reading{}, l.explain("read", err)
	}
	var read ledger.Reading
	for _, ring := range rings {
		read.Add(ring, all[ring]...)
	}
	return read, nil
}

// Missing returns why the file is not there; nil when it is.
func (l File) Missing() error {
	if _, err := os.Stat(l.Path); l.Path != "" && errors.Is(err, fs.ErrNotExist) {
		return l.missing()
	}
	return nil
}

func (l File) missing() error {
	return fmt.Errorf("there is no ledger %.500s (%w): the first record makes it, so record what each ring runs (record --ring RING --state success --digest DIGEST), or name the file that has it", l.Path, fs.ErrNotExist)
}
