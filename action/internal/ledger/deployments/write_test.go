package deployments_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"github.com/wizzense/deployment-rings/action/internal/github"
	"github.com/wizzense/deployment-rings/action/internal/github/githubtest"
	"github.com/wizzense/deployment-rings/action/internal/ledger"
	"github.com/wizzense/deployment-rings/action/internal/ledger/deployments"
	"github.com/wizzense/deployment-rings/ringpolicy"
)

// outcome is one of an image in ring-0, whose commit the repository has.
func outcome(letter string, outcome ringpolicy.Outcome) ledger.Entry {
	return ledger.Entry{At: noon, Ring: "ring-0", Outcome: outcome, Digest: image(letter), Revision: sha("1")}
}

func seen(letter string, kind ringpolicy.SignalKind, state ringpolicy.SignalState) ledger.Entry {
	return ledger.Entry{At: noon, Ring: "ring-0", Signal: kind, State: state, Digest: image(letter)}
}

// record appends entries, each a minute after the last, and returns their ids.
func record(t *testing.T, fake *githubtest.GitHub, l *deployments.Ledger, entries ...ledger.Entry) (ids []string) {
	t.Helper()
	for i, e := range entries {
		fake.Change(func(*githubtest.State) {
			fake.Now = func() time.Time { return noon.Add(time.Duration(i) * time.Minute) }
		})
		id, err := l.Append(t.Context(), e)
		if err != nil {
			t.Fatalf("entry %d: %v", i, err)
		}
		ids = append(ids, id)
	}
	return ids
}

// shown are the deployments that a GitHub has.
func shown(fake *githubtest.GitHub) (all []string) {
	for _, d := range fake.Deployments() {
		text := fmt.Sprintf("%s@%.3s", d.Environment, d.SHA)
		for _, s := range d.Statuses {
			text += " " + s.State
			if s.Description != "" {
				text += " (" + s.Description + ")"
			}
		}
		all = append(all, text)
	}
	return all
}

// TestAppend shows the deployments that entries make.
func TestAppend(t *testing.T) {
	with := func(e ledger.Entry, change func(*ledger.Entry)) ledger.Entry {
		change(&e)
		return e
	}
	of := func(e ledger.Entry, names ...string) ledger.Entry {
		return with(e, func(e *ledger.Entry) { e.Images = names })
	}
	a, fails := outcome("a", ringpolicy.OutcomeInProgress), outcome("a", ringpolicy.OutcomeFailure)
	in, out := outcome("a", ringpolicy.OutcomeSuccess), outcome("a", ringpolicy.OutcomeRolledBack)
	for _, c := range []struct {
		name    string
		entries []ledger.Entry
		want    []string
	}{
		{"one that ends what began", []ledger.Entry{a, in}, []string{"canary@111 in_progress success"}},
		{"one that failed", []ledger.Entry{a, with(fails, func(e *ledger.Entry) { e.Reason = "no disk" })}, []string{"canary@111 in_progress failure (failure: no disk)"}},
		{"one that is revoked", []ledger.Entry{in, fails}, []string{"canary@111 success failure"}},
		{"one that was taken back", []ledger.Entry{in, out}, []string{"canary@111 success inactive (rolled_back)"}},
		{"again", []ledger.Entry{a, in, a, in}, []string{"canary@111 in_progress success inactive", "canary@111 in_progress success"}},
		{"success again without a beginning", []ledger.Entry{in, in}, []string{"canary@111 success inactive", "canary@111 success"}},
		{"after a failure", []ledger.Entry{a, fails, in}, []string{"canary@111 in_progress failure", "canary@111 success"}},
		{"begun twice", []ledger.Entry{a, a, in}, []string{"canary@111 in_progress", "canary@111 in_progress success"}},
		{"another image", []ledger.Entry{in, outcome("b", ringpolicy.OutcomeSuccess), fails}, []string{"canary@111 success inactive failure", "canary@111 success"}},
		{"another commit of the same image is another deployment", []ledger.Entry{a, with(in, func(e *ledger.Entry) { e.Revision = sha("2") })},
			[]string{"canary@111 in_progress", "canary@222 success"}},
		{"another pull request as well", []ledger.Entry{a, with(in, func(e *ledger.Entry) { e.PullRequest = 9 })}, []string{"canary@111 in_progress", "canary@111 success"}},
		{"another decision as well", []ledger.Entry{a, with(in, func(e *ledger.Entry) { e.DecisionID = image("d") })}, []string{"canary@111 in_progress", "canary@111 success"}},
		{"a rollback as well", []ledger.Entry{a, with(in, func(e *ledger.Entry) { e.Rollback = true })}, []string{"canary@111 in_progress", "canary@111 success"}},
		{"one that says less continues", []ledger.Entry{with(a, func(e *ledger.Entry) { e.PullRequest, e.Version, e.DecisionID = 9, "1.0.0", image("d") }), with(in, func(e *ledger.Entry) { e.Revision = "" })},
			[]string{"canary@111 in_progress success"}},
		{"one name of two continues", []ledger.Entry{of(a, "app", "mirror/app"), of(in, "mirror/app")}, []string{"canary@111 in_progress success"}},
		{"another name does not", []ledger.Entry{of(a, "app"), of(in, "app", "mirror/app")}, []string{"canary@111 in_progress", "canary@111 success"}},
		{"the failure of one image leaves the other", []ledger.Entry{of(in, "app"), of(in, "worker"), of(fails, "app")},
			[]string{"canary@111 success inactive failure", "canary@111 success"}},
		{"a signal goes to its image", []ledger.Entry{of(in, "app"), of(in, "worker"), of(seen("a", ringpolicy.SignalHealthCheck, ringpolicy.SignalFailing), "app")},
			[]string{"canary@111 success inactive failure (signal health_check)", "canary@111 success"}},
		{"another ring", []ledger.Entry{a, with(in, func(e *ledger.Entry) { e.Ring = "ring-1" })}, []string{"canary@111 in_progress", "ring-1@111 success"}},
		{"production keeps what succeeded", []ledger.Entry{with(in, func(e *ledger.Entry) { e.Ring = "production" }), with(outcome("b", ringpolicy.OutcomeSuccess), func(e *ledger.Entry) { e.Ring = "production" })},
			[]string{"production@111 success", "production@111 success"}},
		{"a signal of what runs, not of what comes in", []ledger.Entry{in, a, seen("a", ringpolicy.SignalHealthCheck, ringpolicy.SignalFailing)},
			[]string{"canary@111 success failure (signal health_check)", "canary@111 in_progress"}},
		{"a signal of what comes in", []ledger.Entry{a, with(seen("a", ringpolicy.SignalTestFailure, ringpolicy.SignalPassing), func(e *ledger.Entry) { e.Reason = "smoke" })},
			[]string{"canary@111 in_progress success (signal test_failure: smoke)"}},
		{"a signal ends nothing", []ledger.Entry{in, outcome("b", ringpolicy.OutcomeInProgress), seen("b", ringpolicy.SignalHealthCheck, ringpolicy.SignalPassing)},
			[]string{"canary@111 success", "canary@111 in_progress success (signal health_check)"}},
		{"a commit that the repository does not have", []ledger.Entry{with(in, func(e *ledger.Entry) { e.Revision = sha("e") })}, []string{"canary@9c8 success"}},
		{"a commit of 64 digits", []ledger.Entry{with(in, func(e *ledger.Entry) { e.Revision = strings.Repeat("e", 64) })}, []string{"canary@9c8 success"}},
		{"no commit", []ledger.Entry{with(in, func(e *ledger.Entry) { e.Revision = "" })}, []string{"canary@9c8 success"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			fake := githubtest.New(repository())
			l := ledgerOf(t, fake)
			record(t, fake, l, c.entries...)
			if diff := cmp.Diff(c.want, shown(fake)); diff != "" {
				t.Errorf("deployments (-want +got):\n%s", diff)
			}
			if revision, got := c.entries[0].Revision, entriesIn(t, l, c.entries[0].Ring)[0].Revision; got != revision {
				t.Errorf("the revision reads as %q, want %q", got, revision)
			}
		})
	}
}

func entriesIn(t *testing.T, l *deployments.Ledger, ring string) []ledger.Entry {
	t.Helper()
	all, err := l.Read(t.Context(), ring)
	entries, _ := all.Ring(ring)
	if err != nil || len(entries) == 0 {
		t.Fatalf("Read = %v, %v, want entries", entries, err)
	}
	return entries
}

// TestAppendInSpiteOfChecks makes a deployment of a commit whose checks fail, and that is behind the default branch:
// whether an image may go on is decided elsewhere.
func TestAppendInSpiteOfChecks(t *testing.T) {
	state := repository()
	state.Statuses = []githubtest.Status{{SHA: sha("1"), ID: 1, State: "failure", Context: "ci"}}
	state.DefaultHead = sha("2")
	fake := githubtest.New(state)
	ids := record(t, fake, ledgerOf(t, fake), outcome("a", ringpolicy.OutcomeInProgress), outcome("a", ringpolicy.OutcomeSuccess))
	if d := fake.Deployments(); len(d) != 1 || ids[0] != fmt.Sprint(d[0].ID) || ids[1] != ids[0] {
		t.Errorf("ids %q, want twice that of the one deployment: %+v", ids, d)
	}
}

// TestLongReason keeps of a reason what fits.
func TestLongReason(t *testing.T) {
	fake := githubtest.New(repository())
	l := ledgerOf(t, fake)
	e := outcome("a", ringpolicy.OutcomeFailure)
	e.Reason = strings.Repeat("größer ", 300)
	record(t, fake, l, e)
	description := fake.Deployments()[0].Statuses[0].Description
	if n := utf8.RuneCountInString(description); n != 140 || !strings.HasSuffix(description, "…") {
		t.Errorf("%d characters: %s", n, description)
	}
	if got := entriesIn(t, l, "ring-0")[0].Reason; len(got) < 130 || !strings.HasPrefix(e.Reason, strings.TrimSuffix(got, "…")) {
		t.Errorf("the reason reads as %q", got)
	}
}

// TestAppendRefuses has entries that have no place.
func TestAppendRefuses(t *testing.T) {
	other := outcome("a", ringpolicy.OutcomeSuccess)
	other.Ring = "ring-7"
	nowhere, unknown := outcome("a", ringpolicy.OutcomeSuccess), outcome("a", ringpolicy.OutcomeSuccess)
	nowhere.Revision, unknown.Revision = "", sha("e")
	for want, e := range map[string]ledger.Entry{
		"ring-7 has no environment":              other,
		"record that the image runs there first": seen("a", ringpolicy.SignalHealthCheck, ringpolicy.SignalFailing),
		"give revision, or set GITHUB_SHA":       nowhere,
		"No ref found for: " + sha("e"):          unknown,
	} {
		fake := githubtest.New(repository())
		l := ledgerOf(t, fake)
		l.Commit = ""
		if id, err := l.Append(t.Context(), e); id != "" || err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("Append = %q, %v, want an error about %q", id, err, want)
		}
		if d := fake.Deployments(); len(d) != 0 {
			t.Errorf("%s: made %+v", want, d)
		}
	}
}

// TestAppendFaults has a line for each way in which writing fails. Nothing is written twice.
func TestAppendFaults(t *testing.T) {
	create, say := "POST /deployments", "POST /deployments/{id}/statuses"
	for _, c := range []struct {
		fault githubtest.Fault
		want  string
		posts int
	}{
		{githubtest.Fault{Route: create, Status: 403, Text: "Resource not accessible by integration"}, `"permissions: deployments: write"`, 1},
		{githubtest.Fault{Route: create, Status: 404}, `"permissions: deployments: write"`, 1},
		{githubtest.Fault{Route: create, Status: 409, Text: "Conflict"}, "Conflict", 1},
		{githubtest.Fault{Route: create, Status: 502}, "whether it was recorded is not known", 1},
		{githubtest.Fault{Route: create, Drop: true}, "whether it was recorded is not known", 1},
		{githubtest.Fault{Route: create, Cut: true}, "whether it was recorded is not known", 1},
		{githubtest.Fault{Route: create, Status: 429, Times: 1}, "", 3}, // refused at once, and tried again
		{githubtest.Fault{Route: create, Status: 429}, "rate limit", 3},
		{githubtest.Fault{Route: say, Status: 403, Text: "Resource not accessible by integration"}, "counts as in progress until the same is recorded again", 2},
		{githubtest.Fault{Route: say, Status: 502}, "counts as in progress", 2},
		{githubtest.Fault{Route: say, Drop: true}, "counts as in progress", 2},
	} {
		fake := githubtest.New(repository())
		fake.Token = token
		fake.Break(c.fault)
		l := ledgerOf(t, fake)
		id, err := l.Append(t.Context(), outcome("a", ringpolicy.OutcomeInProgress))
		if got := fmt.Sprint(err); (id == "") != (err != nil) || (c.want == "") != (err == nil) || !strings.Contains(got, c.want) || strings.Contains(got, token) {
			t.Errorf("%+v: Append = %q, %v, want an error about %q", c.fault, id, err, c.want)
		}
		if posts := len(fake.Requests()); posts != c.posts {
			t.Errorf("%+v: %d requests, want %d: %v", c.fault, posts, c.posts, fake.Requests())
		}
	}
}

// TestRecordAgain finishes what a fault cut short.
func TestRecordAgain(t *testing.T) {
	fake := githubtest.New(repository())
	fake.Break(githubtest.Fault{Route: "POST /deployments/{id}/statuses", Status: 500, Times: 1})
	l := ledgerOf(t, fake)
	if _, err := l.Append(t.Context(), outcome("a", ringpolicy.OutcomeSuccess)); err == nil {
		t.Fatal("Append says nothing of a fault")
	}
	if got := entriesIn(t, l, "ring-0")[0].Outcome; got != ringpolicy.OutcomeInProgress {
		t.Errorf("before: %s, want in_progress", got)
	}
	record(t, fake, l, outcome("a", ringpolicy.OutcomeSuccess))
	if diff := cmp.Diff([]string{"canary@111 success"}, shown(fake)); diff != "" {
		t.Errorf("after (-want +got):\n%s", diff)
	}
}

// TestReadFaults has a line for each way in which reading fails: never a part of a list.
func TestReadFaults(t *testing.T) {
	graphQL, list, statuses := "POST /graphql", "GET /deployments", "GET /deployments/{id}/statuses"
	for _, c := range []struct {
		name      string
		noGraphQL bool
		fault     githubtest.Fault
		want      string // in the error; "": none
		rings     string // that were collected
		requests  int
	}{
		{"nothing fails", false, githubtest.Fault{Route: "none"}, "", "ring-0 staging", 2 + 1},
		{"GraphQL refuses the token", false, githubtest.Fault{Route: graphQL, Status: 401}, "does not accept the token", "staging", 2 + 1},
		{"GraphQL alone may not be used", false, githubtest.Fault{Route: graphQL, Status: 403, Text: "Resource not accessible by integration"}, "", "ring-0 staging", 2 + 1 + 2},
		{"GraphQL is used up", false, githubtest.Fault{Route: graphQL, Status: 429}, "", "ring-0 staging", 2 + 3 + 2},
		{"GraphQL has trouble", false, githubtest.Fault{Route: graphQL, Status: 502}, "GitHub has trouble", "staging", 2 + 3},
		{"GraphQL has trouble once", false, githubtest.Fault{Route: graphQL, Status: 502, Times: 1}, "", "ring-0 staging", 2 + 2},
		{"GraphQL breaks off", false, githubtest.Fault{Route: graphQL, Cut: true}, "breaks off", "staging", 2 + 3},
		{"GraphQL has trouble with the statuses", false, githubtest.Fault{Route: graphQL, Field: "statuses"}, "", "ring-0 staging", 2 + 1 + 2},
		{"nothing may be read", false, githubtest.Fault{Status: 403, Text: "Resource not accessible by integration"}, `"permissions: deployments: read"`, "", 2},
		{"one environment", false, githubtest.Fault{Route: list, Query: "environment=canary", Status: 404}, "environment canary: cannot read the deployments", "staging", 2},
		{"one environment is forbidden", false, githubtest.Fault{Route: list, Query: "environment=canary", Status: 403, Text: "no"}, "environment canary: cannot read the deployments", "staging", 2},
		{"one environment is gone", false, githubtest.Fault{Route: list, Query: "environment=canary", Status: 410}, "environment canary: cannot read the deployments", "staging", 2},
		{"one environment is refused", false, githubtest.Fault{Route: list, Query: "environment=canary", Status: 422}, "environment canary: cannot read the deployments", "staging", 2},
		{"one environment has trouble", false, githubtest.Fault{Route: list, Query: "environment=canary", Status: 500}, "environment canary: cannot read the deployments", "staging", 2 + 2},
		{"one environment breaks off", false, githubtest.Fault{Route: list, Query: "environment=canary", Cut: true}, "environment canary: cannot read the deployments", "staging", 2 + 2},
		{"the list of ours among others", false, githubtest.Fault{Route: list, Query: "task=deployment-rings", Status: 500}, "GitHub has trouble", "staging", 2 + 3},
		{"the second page", false, githubtest.Fault{Route: list, Query: "page=2", Status: 500}, "GitHub has trouble", "staging", 2 + 1 + 3},
		{"the statuses of one", true, githubtest.Fault{Route: statuses, Status: 403, Text: "no", Times: 1}, "ring ring-0: cannot read the statuses of deployment", "staging", 2 + 1 + 2},
	} {
		t.Run(c.name, func(t *testing.T) {
			state := repository()
			state.NoGraphQL = c.noGraphQL
			keep(&state, kept{"canary", payloadOf("ring-0", "a", ""), []string{"09:00:00 success"}}, kept{"canary", payloadOf("ring-0", "b", ""), []string{"09:10:00 success"}})
			if strings.HasPrefix(c.fault.Query, "page=2") || strings.HasPrefix(c.fault.Query, "task=") {
				keep(&state, slices.Repeat([]kept{{"canary", `""`, nil}}, 100)...)
			}
			fake := githubtest.New(state)
			fake.Token = token
			fake.Break(c.fault)
			got, err := ledgerOf(t, fake).Read(t.Context(), "ring-0", "staging")
			if strings.Join(got.Rings(), " ") != c.rings || (err == nil) != (c.want == "") || !strings.Contains(fmt.Sprint(err), c.want) || strings.Contains(fmt.Sprint(err), token) {
				t.Errorf("Read = %v, %v, want %q and an error about %q", got.Rings(), err, c.rings, c.want)
			}
			if c.rings == "ring-0 staging" && len(ringZero(got)) != 2 {
				t.Errorf("%d entries, want 2", len(ringZero(got)))
			}
			if n := len(fake.Requests()); n != c.requests {
				t.Errorf("%d requests, want %d: %v", n, c.requests, fake.Requests())
			}
		})
	}
	if _, err := ledgerOf(t, githubtest.New(repository())).Read(t.Context(), "ring-7"); err == nil || errors.As(err, new(*github.Failure)) {
		t.Errorf("Read of an unknown ring: %v, want an error of our own", err)
	}
}

// FuzzEntry appends an entry with any reason, and reads the same outcome or signal back, with what fits of the reason.
func FuzzEntry(f *testing.F) {
	for i, reason := range []string{"", "it crashed", "signal health_check", "rolled_back: no", "success", ": ", strings.Repeat("猫", 200), "\u2028\ufeff"} {
		f.Add(i, reason)
	}
	outcomes := []ringpolicy.Outcome{ringpolicy.OutcomeInProgress, ringpolicy.OutcomeSuccess, ringpolicy.OutcomeFailure, ringpolicy.OutcomeRolledBack}
	signals := []ringpolicy.SignalKind{ringpolicy.SignalCriticalError, ringpolicy.SignalHealthCheck, ringpolicy.SignalContainerCrash, ringpolicy.SignalTestFailure}
	states := []ringpolicy.SignalState{ringpolicy.SignalPassing, ringpolicy.SignalFailing}
	f.Fuzz(func(t *testing.T, kind int, reason string) {
		e := outcome("a", outcomes[uint(kind)%4])
		if kind&4 != 0 {
			e = seen("a", signals[uint(kind)%4], states[uint(kind)>>3%2])
		}
		if e.Reason = reason; e.Check() != nil {
			t.Skip("no entry")
		}
		fake := githubtest.New(repository())
		l := ledgerOf(t, fake)
		record(t, fake, l, outcome("a", ringpolicy.OutcomeInProgress), e)
		all := entriesIn(t, l, "ring-0")
		got := all[len(all)-1]
		if got.Outcome != e.Outcome || got.Signal != e.Signal || got.State != e.State || got.Digest != e.Digest {
			t.Errorf("%+v reads as %+v", e, got)
		}
		if kept, cut := strings.CutSuffix(got.Reason, "…"); got.Reason != reason && !(cut && strings.HasPrefix(reason, kept)) {
			t.Errorf("reason %q reads as %q", reason, got.Reason)
		}
	})
}
