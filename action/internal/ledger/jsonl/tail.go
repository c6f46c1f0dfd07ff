package jsonl

import (
	"bytes"
	"errors"
	"io"
	"os"
)

// An end is where the next line of a file goes.
type end struct {
	offset int64
	id     uint64 // of the last entry; 0: there is none
	open   bool   // the line before has no line end
	torn   bool   // after the offset there is a torn line
}

// tailSize is enough for the last entry and a torn line behind it.
const tailSize = 2 * MaxLine

// findEnd reads the file backwards as far as the last entry.
func (l File) findEnd(f *os.File) (end, error) {
	tail, from, err := readTail(f)
	if err != nil {
		return end{}, err
	}
	e := end{offset: from + int64(len(tail)), open: len(tail) > 0 && !hasEnd(tail)}
	for len(tail) > 0 {
		begin := bytes.LastIndexByte(tail[:len(tail)-1], '\n') + 1
		raw := tail[begin:]
		if len(raw) > MaxLine || begin == 0 && from > 0 {
			return end{}, l.badLine(f, from+int64(begin), []error{errTooLong})
		}
		line := trimLine(raw)
		if len(line) > 0 {
			id, problems := decodeID(line)
			switch {
			case problems == nil:
				e.id = id
				return e, nil
			case hasEnd(raw) || !isCut(line):
				return end{}, l.badLine(f, from+int64(begin), problems)
			}
			e.offset, e.open, e.torn = from+int64(begin), false, true
		}
		tail = tail[:begin]
	}
	return e, nil
}

// decodeID returns the id of a sound line after which there can be another.
func decodeID(line []byte) (uint64, []error) {
	e, problems := decode(line)
	if problems != nil {
		return 0, problems
	}
	id, err := number(e.ID)
	if err == nil && id == lastNumber {
		err = errors.New("its id is the last one that there can be")
	}
	if err != nil {
		return 0, []error{err}
	}
	return id, nil
}

func hasEnd(line []byte) bool { return bytes.HasSuffix(line, []byte("\n")) }

// readTail reads the end of the file, and says from where on.
func readTail(f *os.File) (tail []byte, from int64, err error) {
	info, err := f.Stat()
	if err != nil {
		return nil, 0, err
	}
	from = max(0, info.Size()-tailSize)
	tail = make([]byte, info.Size()-from)
	_, err = f.ReadAt(tail, from)
	return tail, from, err
}

// badLine returns the error of the line that begins at an offset.
func (l File) badLine(f *os.File, offset int64, problems []error) error {
	before, err := countLines(io.NewSectionReader(f, 0, offset))
	if err != nil {
		return err
	}
	return l.lineErrors(before+1, problems)
}

func countLines(r io.Reader) (int, error) {
	lines := 0
	for part := make([]byte, MaxLine); ; {
		n, err := r.Read(part)
		lines += bytes.Count(part[:n], []byte("\n"))
		if err == io.EOF {
			return lines, nil
		}
		if err != nil {
			return 0, err
		}
	}
}
