package jsonl_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/wizzense/deployment-rings/action/internal/ledger"
	"github.com/wizzense/deployment-rings/action/internal/ledger/jsonl"
	"github.com/wizzense/deployment-rings/ringpolicy"
)

// Any bytes are entries, those that encoding/json finds in them, or an error with a line. An entry that is appended
// reads back, or an error says which line is in the way; what was there before stays.
func FuzzFile(f *testing.F) {
	for _, seed := range []string{
		"", "\n", line(1), line(1) + line(2), line(1) + `{"id":"2"`, "\ufeff" + line(1), line(1) + "\x00", strings.TrimSpace(line(9)),
		strings.ReplaceAll(line(1), "\n", "\r\n"), "{}\n", "null", "[\n", line(1) + "{\n", strings.ReplaceAll(line(1), `"ring-0"`, `{"a":["}\\",1e3]}`),
		`{"id":"3","at":"2026-03-02T09:00:00+01:00","ring":"ring-0","signal":"health_check","state":"failing","digest":"` + digest("a") + `","reason":"\u00e9\n"}`,
		strings.Replace(line(1), `"success"`, `"success","revision":null,"pr":-0,"rollback":true,"version":"\"\\\u0061"`, 1),
		strings.Replace(line(1), `"1"`, `"9007199254740991"`, 1),
	} {
		f.Add([]byte(seed))
	}
	path := filepath.Join(f.TempDir(), "ledger.jsonl")
	f.Fuzz(func(t *testing.T, content []byte) {
		if err := os.WriteFile(path, content, 0o644); err != nil {
			t.Fatal(err)
		}
		l := watch(path)
		before, err := l.Read(t.Context(), "ring-0")
		if err != nil {
			checkLine(t, content, err)
		} else if diff := cmp.Diff(otherwise(content), entriesIn(before, "ring-0")); diff != "" {
			t.Errorf("encoding/json reads otherwise (-json +Read):\n%s", diff)
		}
		l.warned()

		id, err := l.Append(t.Context(), success)
		if err != nil {
			checkLine(t, content, err)
			if now := l.content(t); now != string(content) {
				t.Errorf("Append failed, and the file is now %q", now)
			}
			return
		}
		l.warned()
		after, err := l.Read(t.Context(), "ring-0")
		if err != nil {
			checkLine(t, content, err)
			return
		}
		want := success
		want.ID = id
		all := append(slices.Clone(entriesIn(before, "ring-0")), want)
		slices.SortStableFunc(all, ledger.Compare)
		if diff := cmp.Diff(all, entriesIn(after, "ring-0")); diff != "" || l.warned() != "" {
			t.Errorf("Read after Append (-want +got):\n%s", diff)
		}
	})
}

// checkLine holds an error to a line that the file has.
func checkLine(t *testing.T, content []byte, err error) {
	t.Helper()
	var bad *jsonl.LineError
	if !errors.As(err, &bad) || bad.Line < 1 || bad.Line > 1+bytes.Count(content, []byte("\n")) {
		t.Errorf("error %v names no line of the file", err)
	}
}

// otherwise reads the entries of ring-0 with encoding/json, which is not as strict.
func otherwise(content []byte) []ledger.Entry {
	all := []ledger.Entry{}
	for raw := range bytes.SplitSeq(content, []byte("\n")) {
		var e ledger.Entry
		raw = bytes.TrimPrefix(raw, []byte("\ufeff"))
		var more struct{ Deployed *bool }
		if json.Unmarshal(raw, &e) == nil && json.Unmarshal(raw, &more) == nil && e.Ring == "ring-0" {
			e.At, e.NotDeployed = e.At.UTC(), more.Deployed != nil && !*more.Deployed
			all = append(all, e)
		}
	}
	slices.SortStableFunc(all, ledger.Compare)
	return all
}

// An entry that passes the check is read back as it was, by encoding/json too. Any other is refused.
func FuzzEntry(f *testing.F) {
	a := digest("a")
	f.Add(int64(0), "ring-0", "success", "", "", a, strings.Repeat("b", 40), 1, "1.0.0", true, "why", a)
	f.Add(int64(1e18), "r", "", "health_check", "failing", a, "", 0, "", false, "\u2028<&>\"\\\ufeff", "")
	f.Add(int64(-1), "pr-1", "success", "test_failure", "x", "sha256:", "main", -1, "\n", true, "\xff", "x")
	path := filepath.Join(f.TempDir(), "ledger.jsonl")
	f.Fuzz(func(t *testing.T, at int64, ring, outcome, signal, state, digest, revision string, pr int, version string, rollback bool, reason, decision string) {
		e := ledger.Entry{
			At: time.Unix(0, at).UTC(), Ring: ring, Outcome: ringpolicy.Outcome(outcome), Signal: ringpolicy.SignalKind(signal),
			State: ringpolicy.SignalState(state), Digest: digest, Revision: revision, PullRequest: pr, Version: version,
			Rollback: rollback, Reason: reason, DecisionID: decision,
		}
		if err := os.WriteFile(path, nil, 0o644); err != nil {
			t.Fatal(err)
		}
		l := watch(path)
		id, err := l.Append(t.Context(), e)
		if (err == nil) != (e.Check() == nil) {
			t.Fatalf("Append = %v, Check = %v", err, e.Check())
		}
		if err != nil {
			if l.content(t) != "" {
				t.Errorf("refused, and written: %q", l.content(t))
			}
			return
		}
		e.ID = id
		all, err := l.Read(t.Context(), ring)
		if diff := cmp.Diff([]ledger.Entry{e}, entriesIn(all, ring)); diff != "" || err != nil {
			t.Errorf("Read: %v (-want +got):\n%s", err, diff)
		}
		var other ledger.Entry
		if err := json.Unmarshal([]byte(l.content(t)), &other); err != nil || !cmp.Equal(e, other) {
			t.Errorf("encoding/json reads %+v, %v, want %+v", other, err, e)
		}
	})
}
