package jsonl

import (
	"encoding/json"
	"fmt"
	"slices"
	"strconv"

	"github.com/wizzense/deployment-rings/action/internal/ledger"
	"github.com/wizzense/deployment-rings/internal/text"
	"github.com/wizzense/deployment-rings/ringpolicy"
)

// A key of a line, and how its value gets into an entry.
type key struct {
	name string
	set  func(e *ledger.Entry, value []byte) error
}

var keys = []key{
	{"id", textOf(func(e *ledger.Entry, s string) { e.ID = s })},
	{"at", setTime},
	{"ring", textOf(func(e *ledger.Entry, s string) { e.Ring = s })},
	{"outcome", textOf(func(e *ledger.Entry, s string) { e.Outcome = ringpolicy.Outcome(s) })},
	{"signal", textOf(func(e *ledger.Entry, s string) { e.Signal = ringpolicy.SignalKind(s) })},
	{"state", textOf(func(e *ledger.Entry, s string) { e.State = ringpolicy.SignalState(s) })},
	{"digest", textOf(func(e *ledger.Entry, s string) { e.Digest = s })},
	{"images", setImages},
	{"revision", textOf(func(e *ledger.Entry, s string) { e.Revision = s })},
	{"pr", wholeOf(func(e *ledger.Entry, n int64) { e.PullRequest = int(n) })},
	{"version", textOf(func(e *ledger.Entry, s string) { e.Version = s })},
	{"rollback", flagOf(func(e *ledger.Entry, yes bool) { e.Rollback = yes })},
	{"deployed", flagOf(func(e *ledger.Entry, yes bool) { e.NotDeployed = !yes })},
	{"reason", textOf(func(e *ledger.Entry, s string) { e.Reason = s })},
	{"decision_id", textOf(func(e *ledger.Entry, s string) { e.DecisionID = s })},
	{"url", textOf(func(e *ledger.Entry, s string) { e.URL = s })},
	{"run", wholeOf(func(e *ledger.Entry, n int64) { e.Run = n })},
	{"attempt", wholeOf(func(e *ledger.Entry, n int64) { e.Attempt = int(n) })},
}

func keyNames() []string {
	names := make([]string, len(keys))
	for i, k := range keys {
		names[i] = k.name
	}
	return names
}

func textOf(set func(*ledger.Entry, string)) func(*ledger.Entry, []byte) error {
	return func(e *ledger.Entry, value []byte) error {
		if value[0] != '"' {
			return expected(value, "a text")
		}
		set(e, string(unquote(value)))
		return nil
	}
}

func setTime(e *ledger.Entry, value []byte) error {
	if value[0] != '"' || e.At.UnmarshalText(unquote(value)) != nil {
		return expected(value, "a time in RFC 3339 such as 2026-03-02T09:00:00Z")
	}
	e.At = e.At.UTC()
	return nil
}

func wholeOf(set func(*ledger.Entry, int64)) func(*ledger.Entry, []byte) error {
	return func(e *ledger.Entry, value []byte) error {
		n, err := strconv.ParseInt(string(value), 10, 64)
		if err != nil || int64(int(n)) != n {
			return expected(value, "a whole number")
		}
		set(e, n)
		return nil
	}
}

func setImages(e *ledger.Entry, value []byte) error {
	var names []*string
	if json.Unmarshal(value, &names) != nil || names == nil || slices.Contains(names, nil) {
		return expected(value, "a list of names")
	}
	e.Images = []string{}
	for _, name := range names {
		e.Images = append(e.Images, *name)
	}
	return nil
}

func flagOf(set func(*ledger.Entry, bool)) func(*ledger.Entry, []byte) error {
	return func(e *ledger.Entry, value []byte) error {
		yes := string(value) == "true"
		if !yes && string(value) != "false" {
			return expected(value, "true or false")
		}
		set(e, yes)
		return nil
	}
}

func expected(value []byte, want string) error {
	return fmt.Errorf("%s is not %s", text.Quote(string(value)), want)
}

// lastNumber is the last id that there can be, so that any program can read it as a number.
const lastNumber = 1<<53 - 1

// number reads the id of an entry in a file.
func number(id string) (uint64, error) {
	n, err := strconv.ParseUint(id, 10, 64)
	if err != nil || strconv.FormatUint(n, 10) != id || n == 0 || n > lastNumber {
		return 0, fmt.Errorf("%s is not the number of an entry, expected one from 1 on", text.Quote(id))
	}
	return n, nil
}
