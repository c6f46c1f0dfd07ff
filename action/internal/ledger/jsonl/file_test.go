package jsonl_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/wizzense/deployment-rings/action/internal/ledger"
	"github.com/wizzense/deployment-rings/action/internal/ledger/jsonl"
	"github.com/wizzense/deployment-rings/action/internal/ledger/ledgertest"
	"github.com/wizzense/deployment-rings/ringpolicy"
)

var begin = time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)

func digest(c string) string { return "sha256:" + strings.Repeat(c, 64) }

func TestFileIsALedger(t *testing.T) {
	ledgertest.Run(t, func(t *testing.T) ledger.Ledger {
		return jsonl.File{Path: filepath.Join(t.TempDir(), "new", "folder", "ledger.jsonl")}
	})
}

// One line that cannot be read, or a file that is not there, leaves every ring unread: which it was of is not known.
func TestDamagedFile(t *testing.T) {
	change := func(by func(path string) error) func(*testing.T, ledger.Ledger) {
		return func(t *testing.T, l ledger.Ledger) {
			if err := by(l.(jsonl.File).Path); err != nil {
				t.Fatal(err)
			}
		}
	}
	rewrite := func(by func(content string) string) func(*testing.T, ledger.Ledger) {
		return change(func(path string) error {
			b, err := os.ReadFile(path)
			return errors.Join(err, os.WriteFile(path, []byte(by(string(b))), 0o644))
		})
	}
	both := []string{"ring-0", "ring-1"}
	ledgertest.RunDamaged(t, func(t *testing.T) ledger.Ledger {
		return jsonl.File{Path: filepath.Join(t.TempDir(), "ledger.jsonl")}
	},
		ledgertest.Damage{Name: "absent", Do: change(os.Remove), Unread: both},
		ledgertest.Damage{Name: "a folder in its place", Do: change(func(path string) error { return errors.Join(os.Remove(path), os.Mkdir(path, 0o755)) }), Unread: both},
		ledgertest.Damage{Name: "one malformed record", Do: rewrite(func(s string) string { return strings.Replace(s, "rolled_back", "rolled_bak", 1) }), Unread: both},
		ledgertest.Damage{Name: "no JSON", Do: rewrite(func(s string) string { return "nonsense\n" + s }), Unread: both},
		ledgertest.Damage{Name: "a torn line in the middle", Do: rewrite(func(s string) string { return s[:40] + "\n" + s }), Unread: both},
		ledgertest.Damage{Name: "a torn last line", Do: rewrite(func(s string) string { return s + s[:40] })}, // nobody was told that it is stored
	)
}

// A logged ledger keeps its warnings.
type logged struct {
	jsonl.File
	warnings *[]string
}

// fileWith makes a ledger file with a content.
func fileWith(t *testing.T, content string) logged {
	t.Helper()
	path := filepath.Join(t.TempDir(), "ledger.jsonl")
	if err := os.WriteFile(path, []byte(content), 0o644); err != nil {
		t.Fatal(err)
	}
	return watch(path)
}

func watch(path string) logged {
	l := logged{jsonl.File{Path: path}, &[]string{}}
	l.Warn = func(text string) { *l.warnings = append(*l.warnings, l.anonymous(text)) }
	return l
}

// anonymous has FILE for the path of the ledger.
func (l logged) anonymous(text string) string {
	if l.Path == "" {
		return text
	}
	return strings.ReplaceAll(text, l.Path, "FILE")
}

// warned are the warnings since the last call.
func (l logged) warned() string {
	all := strings.Join(*l.warnings, "\n")
	*l.warnings = nil
	return all
}

func (l logged) content(t *testing.T) string {
	t.Helper()
	b, err := os.ReadFile(l.Path)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// entriesIn are those of a ring; nil when it was not read.
func entriesIn(r ledger.Reading, ring string) []ledger.Entry {
	entries, _ := r.Ring(ring)
	return entries
}

// ids are the ids that reading ring-0 gives, or the error with FILE for the path.
func (l logged) ids(t *testing.T) string {
	all, err := l.Read(t.Context(), "ring-0")
	if err != nil {
		return l.anonymous(err.Error())
	}
	var ids []string
	for _, e := range entriesIn(all, "ring-0") {
		ids = append(ids, e.ID)
	}
	return strings.Join(ids, " ")
}

// add appends a success, and gives the id, or the error with FILE for the path.
func (l logged) add(t *testing.T) string {
	id, err := l.Append(t.Context(), success)
	if err != nil {
		return l.anonymous(err.Error())
	}
	return id
}

var success = ledger.Entry{At: begin, Ring: "ring-0", Outcome: ringpolicy.OutcomeSuccess, Digest: digest("a")}

// line is the line of a success.
func line(id int) string {
	return fmt.Sprintf(`{"id":"%d","at":"2026-03-02T09:00:00Z","ring":"ring-0","outcome":"success","digest":"%s"}`, id, digest("a")) + "\n"
}

// What a file looks like is a promise to other programs.
func TestFormat(t *testing.T) {
	l := fileWith(t, "")
	full := success
	full.ID, full.At = "not this", time.Date(2026, 3, 2, 10, 0, 0, 500, time.FixedZone("", 3600))
	full.Revision, full.PullRequest, full.Version, full.Rollback = strings.Repeat("b", 40), 123, "1.5.0+b", true
	full.Reason, full.DecisionID = `<b> & "c"`, digest("d")
	signal := ledger.Entry{At: begin, Ring: "ring-1", Signal: ringpolicy.SignalHealthCheck, State: ringpolicy.SignalFailing, Digest: digest("a"), Reason: "no answer"}
	failure := ledger.Entry{At: begin, Ring: "ring-1", Outcome: ringpolicy.OutcomeFailure, NotDeployed: true, Digest: digest("a")}
	for i, e := range []ledger.Entry{success, full, signal, failure} {
		if id, err := l.Append(t.Context(), e); err != nil || id != fmt.Sprint(i+1) {
			t.Fatalf("Append = %q, %v, want %d", id, err, i+1)
		}
	}
	want := line(1) +
		`{"id":"2","at":"2026-03-02T09:00:00.0000005Z","ring":"ring-0","outcome":"success","digest":"` + digest("a") + `","revision":"` + strings.Repeat("b", 40) +
		`","pr":123,"version":"1.5.0+b","rollback":true,"reason":"<b> & \"c\"","decision_id":"` + digest("d") + "\"}\n" +
		`{"id":"3","at":"2026-03-02T09:00:00Z","ring":"ring-1","signal":"health_check","state":"failing","digest":"` + digest("a") + `","reason":"no answer"}` + "\n" +
		`{"id":"4","at":"2026-03-02T09:00:00Z","ring":"ring-1","outcome":"failure","digest":"` + digest("a") + `","deployed":false}` + "\n"
	if diff := cmp.Diff(want, l.content(t)); diff != "" {
		t.Errorf("the file (-want +got):\n%s", diff)
	}

	all, err := l.Read(t.Context(), "ring-0", "ring-1")
	if err != nil {
		t.Fatal(err)
	}
	one := success
	one.ID, full.ID, signal.ID, failure.ID, full.At = "1", "2", "3", "4", full.At.UTC()
	got := map[string][]ledger.Entry{"ring-0": entriesIn(all, "ring-0"), "ring-1": entriesIn(all, "ring-1")}
	if diff := cmp.Diff(map[string][]ledger.Entry{"ring-0": {one, full}, "ring-1": {signal, failure}}, got); diff != "" {
		t.Errorf("Read (-want +got):\n%s", diff)
	}
	if w := l.warned(); w != "" {
		t.Errorf("warnings: %s", w)
	}
}

// The longest entry that passes the check fits into a line, whatever JSON makes of it.
func TestLongestEntryFits(t *testing.T) {
	l := fileWith(t, "")
	e := success
	e.Ring, e.Revision, e.DecisionID = strings.Repeat("r", ledger.MaxName), strings.Repeat("a", 64), digest("d")
	e.Version, e.Reason = strings.Repeat(`"`, ledger.MaxName), strings.Repeat("\u2028", ledger.MaxReason/3)
	for range 3 {
		if _, err := l.Append(t.Context(), e); err != nil {
			t.Fatal(err)
		}
	}
	all, err := l.Read(t.Context(), e.Ring)
	if got := entriesIn(all, e.Ring); err != nil || len(got) != 3 || got[2].Reason != e.Reason {
		t.Errorf("Read = %d entries, %v, want three with their reasons", len(got), err)
	}
}

func TestRead(t *testing.T) {
	const torn = "FILE: the last line is torn, as a program leaves it that is killed while it writes; nobody was told that it is stored, so it does not count"
	bom := "\ufeff"
	for _, test := range []struct{ name, content, read, warning, add string }{
		{"empty", "", "", "", "1"},
		{"one", line(1), "1", "", "2"},
		{"written on Windows", strings.ReplaceAll(line(1)+line(2), "\n", "\r\n"), "1 2", "", "3"},
		{"with a mark of UTF-8", bom + line(1) + bom + line(2), "1 2", "", "3"},
		{"blank lines", "\n  \n" + line(1) + "\r\n\n", "1", "", "2"},
		{"nothing but blanks", " \n\t", "", "", "1"},
		{"other white space", strings.ReplaceAll(line(1), `"ring":`, "  \"ring\" :\t "), "1", "", "2"},
		{"escaped key", strings.ReplaceAll(line(1), `"ring"`, `"\u0072ing"`), "1", "", "2"},
		{"no line end", strings.TrimSpace(line(1)), "1", "", "2"},
		{"a carriage return for a line end", strings.TrimSpace(line(1)) + "\r", "1", "", "2"},
		{"gap in the ids", line(1) + line(7), "1 7", "", "8"},
		{"torn", line(1) + `{"id":"2","at":"20`, "1", torn, "2"},
		{"torn at the first byte", line(1) + `{`, "1", torn, "2"},
		{"torn, and nothing before", `{"id":`, "", torn, "1"},
		{"torn with zero bytes", line(1) + "{\"id\":\x00\x00", "1", torn, "2"},
		{"only zero bytes", line(1) + "\x00\x00\x00", "1", torn, "2"},
		{"torn in the middle of a character", line(1) + "{\"reason\":\"\xc3", "1", torn, "2"},
	} {
		l := fileWith(t, test.content)
		if got := l.ids(t); got != test.read {
			t.Errorf("%s: Read = %q, want %q", test.name, got, test.read)
		}
		if got := l.warned(); got != test.warning {
			t.Errorf("%s: Read warns %q, want %q", test.name, got, test.warning)
		}
		if got := l.add(t); got != test.add {
			t.Errorf("%s: Append = %q, want %q", test.name, got, test.add)
		}
		if got := l.warned(); got != test.warning {
			t.Errorf("%s: Append warns %q, want %q", test.name, got, test.warning)
		}
		if got, want := l.ids(t), strings.TrimSpace(test.read+" "+test.add); got != want || l.warned() != "" {
			t.Errorf("%s: Read after Append = %q, want %q and no warning", test.name, got, want)
		}
	}
}

// A line that was cut anywhere is torn, and gone after the next record; the whole line without its end is a record.
func TestTornAnywhere(t *testing.T) {
	whole := line(3)
	for cut := 1; cut < len(whole)-1; cut++ {
		l := fileWith(t, line(1)+line(2)+whole[:cut])
		if got := l.add(t); got != "3" {
			t.Fatalf("after %q: Append = %q, want 3", whole[:cut], got)
		}
		if got := l.content(t); got != line(1)+line(2)+line(3) {
			t.Fatalf("after %q: %s", whole[:cut], got)
		}
		if l.warned() == "" {
			t.Fatalf("after %q: no warning", whole[:cut])
		}
	}
	l := fileWith(t, line(1)+line(2)+whole[:len(whole)-1])
	if got := l.add(t); got != "4" || l.content(t) != line(1)+line(2)+line(3)+line(4) {
		t.Errorf("Append = %q:\n%s", got, l.content(t))
	}
}

// Every other line that cannot be read is an error that says which one it is. Nothing is written after it.
func TestUnreadableLines(t *testing.T) {
	swap := func(old, new string) string { return strings.Replace(line(2), old, new, 1) }
	for _, test := range []struct{ line, want string }{
		{"hello\n", "is not JSON: invalid character 'h' looking for beginning of value"},
		{"hello", "is not JSON: invalid character 'h' looking for beginning of value"},
		{"[1]\n", "is not a JSON object"},
		{`{"id":"2",` + "\n", "is not JSON: unexpected end of JSON input"}, // cut, but with a line end
		{"\x00\x00\n", `is not JSON: invalid character '\x00' looking for beginning of value`},
		{line(2)[:len(line(2))-1] + line(3), "is not JSON: invalid character '{' after top-level value"},
		{"{\"reason\":\"\xff\"}\n", "is not UTF-8"},
		{swap(`"ring":`, `"rings":`), `unknown key "rings", did you mean "ring"?`},
		{swap(`"ring":`, `"Ring":`), `unknown key "Ring", did you mean "ring"?`},
		{swap(`"ring":`, `"x":1,"ring":`), `unknown key "x", expected one of id, at, ring, outcome, signal, state, digest, images, revision, pr, version, rollback, deployed, reason, decision_id, url, run, attempt`},
		{swap(`"ring":`, `"ring":"ring-1","ring":`), `key "ring" is there twice`},
		{swap(`"ring-0"`, `{"name": ["ring-0", "}"]}`), `ring: "{\"name\": [\"ring-0\", \"}\"]}" is not a text`},
		{swap(`"ring-0"`, `null`), `ring: "null" is not a text`},
		{swap(`"ring-0"`, `"pr-1"`), `ring: "pr-1" is not the name of a ring: a-z, 0-9 and inner dashes, not pr-`},
		{swap(`"ring":"ring-0",`, ``), `ring: is missing, expected the name of a ring: a-z, 0-9 and inner dashes, not pr-`},
		{swap(`"id":"2"`, `"id":"02"`), `id: "02" is not the number of an entry, expected one from 1 on`},
		{swap(`"id":"2"`, `"id":"0"`), `id: "0" is not the number of an entry, expected one from 1 on`},
		{swap(`"id":"2",`, ``), `id: "" is not the number of an entry, expected one from 1 on`},
		{swap(`"2026-03-02T09:00:00Z"`, `"2026-03-02 09:00"`), `at: "\"2026-03-02 09:00\"" is not a time in RFC 3339 such as 2026-03-02T09:00:00Z`},
		{swap(`"at":"2026-03-02T09:00:00Z",`, ``), `at: is missing, or not between the years 1970 and 9999`},
		{swap(`"success"`, `"won"`), `outcome: "won" is unknown, expected one of in_progress, success, failure, rolled_back`},
		{swap(`}`, `,"pr":"12"}`), `pr: "\"12\"" is not a whole number`},
		{swap(`}`, `,"pr":1.5}`), `pr: "1.5" is not a whole number`},
		{swap(`}`, `,"rollback":1}`), `rollback: "1" is not true or false`},
		{swap(`}`, `,"images":"app"}`), `images: "\"app\"" is not a list of names`},
		{swap(`}`, `,"images":["app",null]}`), `images: "[\"app\",null]" is not a list of names`},
		{swap(`}`, `,"images":["a b"]}`), `images: "a b" is not the name of an image: repository can only contain the characters ` + "`abcdefghijklmnopqrstuvwxyz0123456789_-./`: a b"},
		{swap(`}`, `,"reason":"a\nb"}`), `reason: "a\nb" has control characters or more than one line, expected one line of text`},
		{`{"reason":"` + strings.Repeat("x", jsonl.MaxLine) + "\"}\n", "the line is longer than 65536 bytes"},
		{strings.Repeat("x", 3*jsonl.MaxLine) + "\n", "the line is longer than 65536 bytes"},
		{strings.Repeat("x", 3*jsonl.MaxLine), "the line is longer than 65536 bytes"},
	} {
		want := "FILE:2: " + test.want + "; mend the line or take it out"
		l := fileWith(t, line(1)+test.line)
		if got := l.ids(t); got != want {
			t.Errorf("%.100q:\nRead = %s\nwant   %s", test.line, got, want)
		}
		before := l.content(t)
		if got := l.add(t); got != want || l.content(t) != before {
			t.Errorf("%.100q:\nAppend = %s\nwant     %s, and the file as it was", test.line, got, want)
		}

		l = fileWith(t, line(1)+strings.TrimSuffix(test.line, "\n")+"\n"+line(3))
		if got := l.ids(t); got != want {
			t.Errorf("in the middle, %.100q:\nRead = %s\nwant   %s", test.line, got, want)
		}
		if w := l.warned(); w != "" {
			t.Errorf("%.100q: warns %s", test.line, w)
		}
	}
}

// All that is wrong is told together, up to ten lines, each with its place for an annotation.
func TestAllUnreadableLinesAreTold(t *testing.T) {
	l := fileWith(t, "{}\n"+line(1)+strings.Repeat("x\n", 20))
	_, err := l.Read(t.Context(), "ring-0")
	var lines []int
	var collect func(error)
	collect = func(err error) {
		if many, ok := err.(interface{ Unwrap() []error }); ok {
			for _, e := range many.Unwrap() {
				collect(e)
			}
			return
		}
		var bad *jsonl.LineError
		if !errors.As(err, &bad) || bad.File != l.Path {
			t.Errorf("%v is no LineError of the file", err)
			return
		}
		lines = append(lines, bad.Line)
	}
	collect(err)
	want := []int{1, 1, 1, 1, 1, 3, 4, 5, 6, 7, 8, 9, 10, 11} // id, at, ring, digest and outcome are missing in {}
	if diff := cmp.Diff(want, lines); diff != "" {
		t.Errorf("lines (-want +got):\n%s\n%v", diff, err)
	}
}

// An id that has no next one does not spoil the file.
func TestLastID(t *testing.T) {
	const last = 1<<53 - 1
	l := fileWith(t, line(last))
	const want = "FILE:1: its id is the last one that there can be; mend the line or take it out"
	if got := l.add(t); got != want || l.content(t) != line(last) {
		t.Errorf("Append = %s; the file is now %q", got, l.content(t))
	}
}

// A file that was named by mistake stays as it is.
func TestOtherFilesAreLeftAlone(t *testing.T) {
	for _, content := range []string{"# Read me\n\nText", "{\n  \"name\": \"app\"\n}\n", "{\n  \"name\": \"app\"\n}", "\x7fELF\x02\x01\x01\x00\x00"} {
		l := fileWith(t, content)
		if got := l.add(t); !strings.HasPrefix(got, "FILE:") || l.content(t) != content {
			t.Errorf("Append to %q = %s; the file is now %q", content, got, l.content(t))
		}
	}
}

func TestMissingFile(t *testing.T) {
	l := watch(filepath.Join(t.TempDir(), "a", "b", "ledger.jsonl"))
	const want = "there is no ledger FILE (file does not exist): the first record makes it, so record what each ring runs (record --ring RING --state success --digest DIGEST), or name the file that has it"
	if got, warned := l.ids(t), l.warned(); got != want || warned != "" {
		t.Errorf("Read = %q, warning %q, want %q", got, warned, want)
	}
	read, err := l.Read(t.Context(), "ring-0")
	if len(read.Rings()) != 0 || !errors.Is(err, os.ErrNotExist) || l.Missing() == nil {
		t.Errorf("Read = %v, %v, and Missing = %v, want no ring and %v", read.Rings(), err, l.Missing(), os.ErrNotExist)
	}
	if _, err := os.Stat(filepath.Dir(l.Path)); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("reading made the folder: %v", err)
	}
	if got := l.add(t); got != "1" || l.ids(t) != "1" || l.warned() != "" || l.Missing() != nil {
		t.Errorf("Append = %q, then Read = %q, Missing = %v", got, l.ids(t), l.Missing())
	}
}

// Writers with different values, as in different programs, get ids of their own, in the order of the lines.
func TestManyWriters(t *testing.T) {
	path := filepath.Join(t.TempDir(), "ledger.jsonl")
	const writers, each = 8, 25
	var all sync.WaitGroup
	for range writers {
		all.Go(func() {
			for range each {
				if _, err := (jsonl.File{Path: path}).Append(t.Context(), success); err != nil {
					t.Error(err)
				}
				if _, err := (jsonl.File{Path: path, Warn: func(text string) { t.Error(text) }}).Read(t.Context(), "ring-0"); err != nil {
					t.Error(err)
				}
			}
		})
	}
	all.Wait()
	var want bytes.Buffer
	for i := range writers * each {
		want.WriteString(line(i + 1))
	}
	if got := watch(path).content(t); got != want.String() {
		t.Errorf("the file is not the %d lines in order:\n%s", writers*each, got)
	}
}

func TestRingsThatNobodyAskedFor(t *testing.T) {
	l := fileWith(t, line(1))
	if all, err := l.Read(t.Context()); err != nil || len(all.Rings()) != 0 {
		t.Errorf("Read without rings = %v, %v", all, err)
	}
}

func TestCancelledWhileReading(t *testing.T) {
	l := fileWith(t, strings.Repeat(line(1), 100))
	ctx := &countdown{Context: t.Context(), left: 50}
	if all, err := l.Read(ctx, "ring-0"); len(all.Rings()) != 0 || !errors.Is(err, context.Canceled) {
		t.Errorf("Read = %d entries, %v, want %v", len(entriesIn(all, "ring-0")), err, context.Canceled)
	}
}

// A countdown is cancelled when it was asked often enough.
type countdown struct {
	context.Context
	left int
}

func (c *countdown) Err() error {
	if c.left--; c.left < 0 {
		return context.Canceled
	}
	return nil
}
