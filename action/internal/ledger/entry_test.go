package ledger_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/wizzense/deployment-rings/action/internal/ledger"
	"github.com/wizzense/deployment-rings/ringpolicy"
)

func TestCheck(t *testing.T) {
	long := strings.Repeat("x", 5000)
	const (
		ring     = " is not the name of a ring: a-z, 0-9 and inner dashes, not pr-"
		hex      = " is not sha256: and 64 lower-case hex digits"
		apart    = "outcome, signal: expected one of them, and not both"
		alone    = "pr, version, rollback, decision_id: go with an outcome, not with a signal"
		oneLine  = " has control characters or more than one line, expected one line of text"
		outcomes = " is unknown, expected one of in_progress, success, failure, rolled_back"
	)
	for _, test := range []struct {
		want  string // "" is fine; lines
		spoil func(*ledger.Entry)
	}{
		{"", func(e *ledger.Entry) {}},
		{"", func(e *ledger.Entry) { e.Ring = "0" }},
		{"", func(e *ledger.Entry) { e.Images = slices.Repeat([]string{"ghcr.io/acme/app"}, ledger.MaxImages) }},
		{"", func(e *ledger.Entry) { e.Ring = "a-b-c" }},
		{"", func(e *ledger.Entry) { e.Ring = "pr" }},
		{"", func(e *ledger.Entry) { e.Revision = strings.Repeat("a", 40) }},
		{"", func(e *ledger.Entry) { e.Revision = strings.Repeat("9", 64) }},
		{"", func(e *ledger.Entry) { e.Reason = long[:ledger.MaxReason] }},
		{"", func(e *ledger.Entry) { e.URL = long[:ledger.MaxURL] }},
		{"url: has 2001 bytes, expected at most 2000", func(e *ledger.Entry) { e.URL = long[:ledger.MaxURL+1] }},
		{`url: "https://\n"` + oneLine, func(e *ledger.Entry) { e.URL = "https://\n" }},
		{"", func(e *ledger.Entry) { e.Outcome, e.Rollback = ringpolicy.OutcomeInProgress, true }},
		{"", func(e *ledger.Entry) { e.Run, e.Attempt = 1<<40, 3 }},
		{"run, attempt: -1 and 0, of which none can be below zero", func(e *ledger.Entry) { e.Run = -1 }},
		{"run, attempt: 0 and -2, of which none can be below zero", func(e *ledger.Entry) { e.Attempt = -2 }},
		{"", func(e *ledger.Entry) { e.At = time.Unix(0, 0) }},
		{"", func(e *ledger.Entry) {
			e.Outcome, e.Signal, e.State, e.Reason, e.Revision = "", ringpolicy.SignalTestFailure, ringpolicy.SignalPassing, "fine", strings.Repeat("a", 40)
		}},

		{"ring: is missing, expected the name of a ring: a-z, 0-9 and inner dashes, not pr-", func(e *ledger.Entry) { e.Ring = "" }},
		{`ring: "Ring-0"` + ring, func(e *ledger.Entry) { e.Ring = "Ring-0" }},
		{`ring: "-a"` + ring, func(e *ledger.Entry) { e.Ring = "-a" }},
		{`ring: "a-"` + ring, func(e *ledger.Entry) { e.Ring = "a-" }},
		{`ring: "a--b"` + ring, func(e *ledger.Entry) { e.Ring = "a--b" }},
		{`ring: "pr-a"` + ring, func(e *ledger.Entry) { e.Ring = "pr-a" }},
		{`ring: "ring 0"` + ring, func(e *ledger.Entry) { e.Ring = "ring 0" }},
		{`ring: "` + long[:80] + `…"` + ring, func(e *ledger.Entry) { e.Ring = long[:256] }},
		{"digest: is missing, expected sha256: and 64 lower-case hex digits", func(e *ledger.Entry) { e.Digest = "" }},
		{`digest: "` + strings.Repeat("a", 64) + `"` + hex, func(e *ledger.Entry) { e.Digest = strings.Repeat("a", 64) }},
		{`digest: "sha256:` + strings.Repeat("A", 64) + `"` + hex, func(e *ledger.Entry) { e.Digest = "sha256:" + strings.Repeat("A", 64) }},
		{`digest: "sha256:a"` + hex, func(e *ledger.Entry) { e.Digest = "sha256:a" }},
		{`revision: "main" is not a commit of 40 or 64 lower-case hex digits`, func(e *ledger.Entry) { e.Revision = "main" }},
		{`decision_id: "17"` + hex, func(e *ledger.Entry) { e.DecisionID = "17" }},
		{"at: is missing, or not between the years 1970 and 9999", func(e *ledger.Entry) { e.At = time.Time{} }},
		{"at: is missing, or not between the years 1970 and 9999", func(e *ledger.Entry) {
			e.At = time.Date(9999, 12, 31, 23, 0, 0, 0, time.FixedZone("", -3600)) // the year 10000 in UTC
		}},
		{"pr: -1 is below zero", func(e *ledger.Entry) { e.PullRequest = -1 }},
		{"images: has 51 names, expected at most 50", func(e *ledger.Entry) { e.Images = make([]string, 51) }},
		{`images: "ghcr.io/Acme/app" is not in lower case`, func(e *ledger.Entry) { e.Images = []string{"ghcr.io/Acme/app"} }},
		{`images: "app:1" is not the name of an image: it has a tag, expected a name alone: the tags are decided here`, func(e *ledger.Entry) { e.Images = []string{"ok", "app:1"} }},
		{"images: \"" + strings.Repeat("h.", 40) + `…" has 601 bytes, expected at most 600`, func(e *ledger.Entry) { e.Images = []string{strings.Repeat("h.", 298) + "x/app"} }},
		{"version: has 256 bytes, expected at most 255", func(e *ledger.Entry) { e.Version = long[:256] }},
		{"reason: has 4097 bytes, expected at most 4096", func(e *ledger.Entry) { e.Reason = long[:4097] }},
		{`reason: "a\nb"` + oneLine, func(e *ledger.Entry) { e.Reason = "a\nb" }},
		{`reason: "\u0085"` + oneLine, func(e *ledger.Entry) { e.Reason = "\u0085" }},
		{`version: "\x1b[31m"` + oneLine, func(e *ledger.Entry) { e.Version = "\x1b[31m" }},
		{"reason: is not UTF-8", func(e *ledger.Entry) { e.Reason = "\xc3" }},

		{apart, func(e *ledger.Entry) { e.Outcome = "" }},
		{apart, func(e *ledger.Entry) { e.Signal = ringpolicy.SignalHealthCheck }},
		{`outcome: "Success"` + outcomes, func(e *ledger.Entry) { e.Outcome = "Success" }},
		{"state: goes with a signal, not with an outcome", func(e *ledger.Entry) { e.State = ringpolicy.SignalPassing }},
		{`signal: "smoke" is unknown, expected one of critical_error, health_check, container_crash, test_failure`,
			func(e *ledger.Entry) { e.Outcome, e.Signal, e.State = "", "smoke", ringpolicy.SignalPassing }},
		{`state: "" is unknown, expected one of passing, failing`, func(e *ledger.Entry) { e.Outcome, e.Signal = "", ringpolicy.SignalHealthCheck }},
		{alone, signalWith(func(e *ledger.Entry) { e.PullRequest = 1 })},
		{alone, signalWith(func(e *ledger.Entry) { e.Version = "1" })},
		{alone, signalWith(func(e *ledger.Entry) { e.Rollback = true })},
		{alone, signalWith(func(e *ledger.Entry) { e.DecisionID = digest("d") })},

		// All problems are told together.
		{`ring: "?"` + ring + "\npr: -1 is below zero\n" + apart, func(e *ledger.Entry) { e.Ring, e.PullRequest, e.Outcome = "?", -1, "" }},
	} {
		e := success
		test.spoil(&e)
		got := ""
		if err := e.Check(); err != nil {
			got = err.Error()
		}
		if got != test.want {
			t.Errorf("Check of %.300v:\n got %s\nwant %s", e, got, test.want)
		}
	}
}

func signalWith(spoil func(*ledger.Entry)) func(*ledger.Entry) {
	return func(e *ledger.Entry) {
		e.Outcome, e.Signal, e.State = "", ringpolicy.SignalHealthCheck, ringpolicy.SignalFailing
		spoil(e)
	}
}

// A ledger takes any ring that a policy has, and no other name.
func TestRingsOfThePolicy(t *testing.T) {
	for _, name := range []string{"ring-0", "production", "0", "a-1-b", "pr", "prod", "pr-1", "pr-x", "Ring", "a--b", "-a", "a-", "a_b", "a.b", "ü"} {
		_, err := ringpolicy.Parse("rings.yml", []byte("version: 1\nrings: [{name: '"+name+"', tag: x}]\n"))
		e := success
		e.Ring = name
		if ours := e.Check(); (ours == nil) != (err == nil) {
			t.Errorf("ring %q: a policy says %v, an entry says %v", name, err, ours)
		}
	}
}

func TestCompare(t *testing.T) {
	at := func(id string, after time.Duration) ledger.Entry { return ledger.Entry{ID: id, At: begin.Add(after)} }
	want := []ledger.Entry{
		at("99", 0), at("9", time.Second), at("10", time.Second), // 9 before 10
		at("11", 1900*time.Millisecond), at("12", 1100*time.Millisecond), // within one second, the id decides
		at("13", 2*time.Second), at("1", 3*time.Second),
	}
	got := slices.Clone(want)
	slices.Reverse(got)
	slices.SortFunc(got, ledger.Compare)
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}
