package outbound

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"sync"
)

// small limits how much of every answer may be in memory. One answer at a time may have more.
const small = 1 << 20

// A Room bounds the memory that answers take while they are read and decoded. The zero Room is empty.
type Room struct {
	once     sync.Once
	large    chan struct{} // has an element while an answer has more than its small part
	decoding sync.Mutex
}

// ErrTooLarge is an answer that is larger than any honest one.
var ErrTooLarge = errors.New("the answer is too large")

// Read reads an answer of at most limit bytes, and hands it to decode. One answer at a time is decoded, since text can
// grow in memory. The bytes count after they are unpacked.
func (r *Room) Read(ctx context.Context, body io.Reader, limit int64, decode func([]byte) error) error {
	r.once.Do(func() { r.large = make(chan struct{}, 1) })
	var answer bytes.Buffer
	n, err := answer.ReadFrom(io.LimitReader(body, min(small, limit+1)))
	if err == nil && n == small {
		select {
		case r.large <- struct{}{}:
			defer func() { <-r.large }()
		case <-ctx.Done():
			return context.Cause(ctx)
		}
		_, err = answer.ReadFrom(io.LimitReader(body, limit+1-small))
	}
	switch {
	case err != nil:
		return err
	case int64(answer.Len()) > limit:
		return fmt.Errorf("%w: more than %d bytes", ErrTooLarge, limit)
	}
	r.decoding.Lock()
	defer r.decoding.Unlock()
	if err := checkParts(answer.Bytes()); err != nil {
		return err
	}
	return decode(answer.Bytes())
}

const (
	maxElements = 100_000 // of all arrays of an answer
	maxParts    = 400_000 // elements, and members of objects
)

// checkParts refuses JSON that would grow too large in memory: "0," is two bytes, and a struct of some hundred as an element of
// a list. It need not be valid JSON.
func checkParts(text []byte) error {
	elements, parts := 0, 0
	var open []byte
	for i := 0; i < len(text); i++ {
		switch c := text[i]; c {
		case '"':
			i = endOfString(text, i)
		case '[', '{':
			open = append(open, c)
			parts++
		case ']', '}':
			open = open[:max(0, len(open)-1)]
		case ',':
			parts++
			if len(open) > 0 && open[len(open)-1] == '[' {
				elements++
			}
		}
		if elements > maxElements || parts > maxParts {
			return fmt.Errorf("%w: more than %d elements or %d values", ErrTooLarge, maxElements, maxParts)
		}
	}
	return nil
}

// endOfString returns where a string that begins at i ends.
func endOfString(text []byte, i int) int {
	for i++; i < len(text) && text[i] != '"'; i++ {
		if text[i] == '\\' {
			i++
		}
	}
	return i
}
