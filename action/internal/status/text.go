package status

import (
	"fmt"
	"strings"
	"time"
)

// A Text is a line for people in pieces: strings, other texts, times, and functions that write times of their own. Its
// times stay values until a view writes them.
type Text []any

// Write returns the text with its times as write gives them.
func (t Text) Write(write func(time.Time) string) string {
	var b strings.Builder
	for _, piece := range t {
		switch piece := piece.(type) {
		case Text:
			b.WriteString(piece.Write(write))
		case time.Time:
			b.WriteString(write(piece))
		case func(func(time.Time) string) string:
			b.WriteString(piece(write))
		default:
			fmt.Fprint(&b, piece)
		}
	}
	return b.String()
}

// String returns the text with its times in RFC 3339, as decisions have them.
func (t Text) String() string {
	return t.Write(func(at time.Time) string { return at.UTC().Format(time.RFC3339) })
}

// MarshalText returns String.
func (t Text) MarshalText() ([]byte, error) { return []byte(t.String()), nil }

// Sentence returns the text with a full stop at its end.
func (t Text) Sentence() Text {
	if strings.HasSuffix(t.String(), ".") {
		return t
	}
	return Text{t, "."}
}
