package place_test

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/wizzense/deployment-rings/action/internal/event"
	"github.com/wizzense/deployment-rings/action/internal/fault"
	"github.com/wizzense/deployment-rings/action/internal/ledger/jsonl"
	"github.com/wizzense/deployment-rings/action/internal/place"
	"github.com/wizzense/deployment-rings/ringpolicy"
)

// TestAnnotateFailures: each problem of a failure has an annotation of its own, however deep it is.
func TestAnnotateFailures(t *testing.T) {
	a, b, c := errors.New("a"), errors.New("b"), errors.New("c")
	for _, tt := range []struct {
		err  error
		want []string
	}{
		{fault.Failed(errors.Join(a, b)), []string{"error: a", "error: b"}},
		{errors.Join(a, fault.Failed(errors.Join(b, fault.Failed(c)))), []string{"error: a", "error: b", "error: c"}},
		{fault.Failed(nil), nil},
	} {
		var got []string
		for _, a := range place.Annotate(tt.err) {
			got = append(got, a.String())
		}
		if !slices.Equal(got, tt.want) {
			t.Errorf("Annotate(%v) = %q, want %q", tt.err, got, tt.want)
		}
	}
}

// TestAnnotatePlaces: a problem with a place in a file points to it, and its text does not name the place again.
func TestAnnotatePlaces(t *testing.T) {
	_, policy := ringpolicy.Parse("rings.yml", []byte("version: 2\n"))
	for _, tt := range []struct {
		err                error
		file               string
		line, column       int
		without, beginning string
	}{
		{policy, "rings.yml", 1, 0, "rings.yml:", ""},
		{&jsonl.LineError{File: "l.jsonl", Line: 7, Err: errors.New("is not JSON")}, "l.jsonl", 7, 1, "l.jsonl", "is not JSON"},
		{place.InFile{Path: "event.json", Err: &event.SyntaxError{Line: 3, Column: 4, Err: errors.New("is cut")}}, "event.json", 3, 4, "event.json", "is cut"},
		{place.InFile{Path: "event.json", Err: errors.New("has no number")}, "event.json", 0, 0, "event.json", "has no number"},
		{errors.New("the rest"), "", 0, 0, "event.json", "the rest"},
	} {
		got := place.Annotate(tt.err)
		if len(got) == 0 || got[0].File != tt.file || tt.line > 0 && got[0].Line != tt.line || tt.column > 0 && got[0].Column != tt.column ||
			strings.Contains(got[0].Message, tt.without) || !strings.HasPrefix(got[0].Message, tt.beginning) {
			t.Errorf("Annotate(%v) = %+v, want %s:%d:%d without %q, beginning with %q", tt.err, got, tt.file, tt.line, tt.column, tt.without, tt.beginning)
		}
	}
}
