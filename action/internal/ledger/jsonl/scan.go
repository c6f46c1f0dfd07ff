package jsonl

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/wizzense/deployment-rings/action/internal/ledger"
)

// A LineError is an unreadable line of a ledger file.
type LineError struct {
	File string
	Line int // from 1
	Err  error
}

func (e *LineError) Error() string {
	return fmt.Sprintf("%s:%d: %v; mend the line or take it out", e.File, e.Line, e.Err)
}
func (e *LineError) Unwrap() error { return e.Err }

// lineErrors has an error for each problem of a line.
func (l File) lineErrors(line int, problems []error) error {
	var all []error
	for _, p := range problems {
		all = append(all, &LineError{l.Path, line, p})
	}
	return errors.Join(all...)
}

var errTooLong = fmt.Errorf("the line is longer than %d bytes", MaxLine)

// manyLines of a file that is no ledger say enough.
const manyLines = 10

// scan calls keep with each entry of a file, and reports the lines that cannot be read.
func (l File) scan(ctx context.Context, file io.Reader, keep func(ledger.Entry)) error {
	r := bufio.NewReaderSize(file, MaxLine)
	var bad []error
	for n, last := 1, false; !last && len(bad) < manyLines; n++ {
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		line, err := nextLine(r)
		last = err == io.EOF
		if err != nil && !last && err != errTooLong {
			return err
		}
		if err == errTooLong {
			bad = append(bad, l.lineErrors(n, []error{err}))
		} else if len(line) > 0 {
			entry, problems := decode(line)
			switch {
			case problems == nil:
				keep(entry)
			case last && isCut(line):
				l.warnTorn()
			default:
				bad = append(bad, l.lineErrors(n, problems))
			}
		}
	}
	return errors.Join(bad...)
}

// nextLine reads a line, without what stands around a record. The last one comes with io.EOF.
func nextLine(r *bufio.Reader) ([]byte, error) {
	line, err := r.ReadSlice('\n')
	if err != bufio.ErrBufferFull {
		return trimLine(line), err
	}
	for err == bufio.ErrBufferFull {
		_, err = r.ReadSlice('\n')
	}
	if err != nil && err != io.EOF {
		return nil, err
	}
	return nil, errTooLong
}

func (l File) warnTorn() {
	l.warnf("%s: the last line is torn, as a program leaves it that is killed while it writes; nobody was told that it is stored, so it does not count", l.Path)
}
