package deployments_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/wizzense/deployment-rings/action/internal/github/githubtest"
	"github.com/wizzense/deployment-rings/action/internal/ledger"
	"github.com/wizzense/deployment-rings/ringpolicy"
)

// signalled are statuses of a deployment that came into service, with signals after that.
func signalled(n int) []string {
	all := []string{"08:00:00 success"}
	for i := range n {
		all = append(all, fmt.Sprintf("%02d:%02d:%02d success signal health_check", 8+(i+1)/3600, (i+1)/60%60, (i+1)%60))
	}
	return all
}

// briefly is what deployments have, with the number of their signals.
func briefly(fake *githubtest.GitHub) (all []string) {
	for _, d := range fake.Deployments() {
		line, n := "", 0
		if strings.Contains(string(d.Payload), `"carrier":true`) {
			line = "carrier:"
		}
		for _, s := range d.Statuses {
			if strings.HasPrefix(s.Description, "signal ") {
				n++
			} else {
				line += " " + s.State
			}
		}
		if n > 0 {
			line += fmt.Sprint(" ", n)
		}
		all = append(all, strings.TrimSpace(line))
	}
	return all
}

// TestCarriers: signals begin a new carrier after 90, and no outcome goes behind signals. What is read of them is the same as if they
// were statuses of one deployment.
func TestCarriers(t *testing.T) {
	passing := seen("a", ringpolicy.SignalHealthCheck, ringpolicy.SignalPassing)
	fails, back := outcome("a", ringpolicy.OutcomeFailure), outcome("a", ringpolicy.OutcomeRolledBack)
	full := func(ring string) []kept {
		return []kept{{"canary", payloadOf(ring, "a", `,"pr":12,"rollback":true`), signalled(90)}}
	}
	for _, c := range []struct {
		name    string
		kept    []kept
		entries []ledger.Entry
		want    []string
		reads   string // outcomes, and the number of signals
	}{
		{"the last of a deployment", []kept{{"canary", payloadOf("ring-0", "a", ""), signalled(89)}}, []ledger.Entry{passing}, []string{"success 90"}, "success, 90"},
		{"the first of a carrier", full("ring-0"), []ledger.Entry{passing}, []string{"success 90", "carrier: 1"}, "success, 91"},
		{"the second of a carrier", full("ring-0"), []ledger.Entry{passing, passing}, []string{"success 90", "carrier: 2"}, "success, 92"},
		{"the next carrier", append(full("ring-0"), kept{"canary", payloadOf("ring-0", "a", `,"carrier":true`), signalled(90)[1:]}), []ledger.Entry{passing}, []string{"success 90", "carrier: 90", "carrier: 1"}, "success, 181"},
		{"a failure after signals", full("ring-0"), []ledger.Entry{fails}, []string{"success 90", "carrier: failure"}, "success failure, 90"},
		{"a failure after signals of a carrier", full("ring-0"), []ledger.Entry{passing, fails}, []string{"success 90", "carrier: 1", "carrier: failure"}, "success failure, 91"},
		{"a signal after a failure after signals", full("ring-0"), []ledger.Entry{passing, fails, passing}, []string{"success 90", "carrier: 2", "carrier: failure"}, "success failure, 92"},
		{"taken back after signals, twice", full("ring-0"), []ledger.Entry{back, back}, []string{"success 90", "carrier: inactive inactive"}, "success rolled_back rolled_back, 90"},
		{"a success after signals of what comes in", []kept{{"canary", payloadOf("ring-0", "a", `,"decision_id":"`+image("d")+`"`), []string{"08:00:00 in_progress", "08:10:00 failure signal test_failure"}}},
			[]ledger.Entry{outcome("a", ringpolicy.OutcomeSuccess)}, []string{"in_progress 1", "carrier: success"}, "in_progress success, 1"},
		{"another deployment of the image, on its way in", append(full("ring-0"), kept{"canary", payloadOf("ring-0", "a", `,"pr":13`), []string{"10:00:00 in_progress"}}), []ledger.Entry{passing},
			[]string{"success 90", "in_progress", "carrier: 1"}, "success in_progress, 91"},
		{"signals alone, of an image that came into service", []kept{{"canary", payloadOf("ring-0", "a", ""), signalled(3)}, {"canary", payloadOf("ring-0", "a", ""), signalled(3)[1:]}}, nil, []string{"success 3", "3"}, "success, 6"},
		{"a carrier of which nothing was said yet", append(full("ring-0"), kept{"canary", payloadOf("ring-0", "a", `,"carrier":true`), nil}), []ledger.Entry{back}, []string{"success 90", "carrier:", "carrier: inactive"}, "success rolled_back, 90"},
		{"deployed again while it is full", full("ring-0"), []ledger.Entry{outcome("a", ringpolicy.OutcomeInProgress), outcome("a", ringpolicy.OutcomeSuccess), passing}, []string{"success 90 inactive", "in_progress success 1"}, "success in_progress success, 91"},
	} {
		for _, server := range []string{"one run", "a run each", "without GraphQL"} {
			t.Run(c.name+", "+server, func(t *testing.T) {
				state := repository()
				state.NoGraphQL = server == "without GraphQL"
				keep(&state, c.kept...)
				fake := githubtest.New(state)
				l := ledgerOf(t, fake)
				for _, e := range c.entries {
					if server != "one run" {
						l = ledgerOf(t, fake)
					}
					record(t, fake, l, e)
				}
				// "inactive" that GitHub adds comes behind signals, and is not counted apart
				got := briefly(fake)
				if c.name == "deployed again while it is full" {
					got[0] = strings.Replace(got[0], "success inactive 90", "success 90 inactive", 1)
				}
				if diff := cmp.Diff(c.want, got); diff != "" {
					t.Errorf("deployments (-want +got):\n%s", diff)
				}
				var outcomes []string
				signals := 0
				for _, e := range entriesIn(t, ledgerOf(t, fake), "ring-0") {
					if e.Outcome == "" {
						signals++
					} else {
						outcomes = append(outcomes, string(e.Outcome))
					}
				}
				if got := fmt.Sprintf("%s, %d", strings.Join(outcomes, " "), signals); got != c.reads {
					t.Errorf("it reads as %s, want %s", got, c.reads)
				}
			})
		}
	}
}

// TestCarriersSayTheSame: a carrier has the payload of what it carries, but for what ended when that was taken back.
func TestCarriersSayTheSame(t *testing.T) {
	state := repository()
	keep(&state, kept{"canary", payloadOf("ring-0", "a", `,"images":["app"],"pr":12,"version":"1.5.0","rollback":true,"decision_id":"`+image("d")+`"`), signalled(1)})
	fake := githubtest.New(state)
	record(t, fake, ledgerOf(t, fake), with(outcome("a", ringpolicy.OutcomeRolledBack), func(e *ledger.Entry) { e.Images = []string{"app"} }))
	made := fake.Deployments()[1]
	want := `{"type":"deployment-rings/v1","ring":"ring-0","digest":"` + image("a") + `","images":["app"],"revision":"` + sha("1") + `","pr":12,"version":"1.5.0","rollback":true,"decision_id":"` + image("d") + `","carrier":true}`
	if string(made.Payload) != want || made.SHA != sha("1") || made.Task != "deployment-rings" {
		t.Errorf("the carrier is of %s, task %s, with the payload\n%s, want\n%s", made.SHA, made.Task, made.Payload, want)
	}
}

// TestWhatARunLearnt: what was read is not read again to add to it, and what was added neither. Reading is always fresh.
func TestWhatARunLearnt(t *testing.T) {
	state := repository()
	keep(&state, kept{"canary", payloadOf("ring-0", "b", ""), []string{"07:00:00 success"}}, kept{"canary", payloadOf("ring-0", "a", ""), signalled(3)})
	fake := githubtest.New(state)
	l, asked := ledgerOf(t, fake), 0
	after := func(what string, want int) {
		t.Helper()
		if n := len(fake.Requests()) - asked; n != want {
			t.Errorf("%s takes %d requests, want %d: %v", what, n, want, fake.Requests()[asked:])
		}
		asked = len(fake.Requests())
	}
	read := func(want int) {
		t.Helper()
		if got := entriesIn(t, l, "ring-0"); len(got) != want {
			t.Errorf("Read = %d entries, want %d", len(got), want)
		}
		after("reading", 2)
	}
	read(5)
	record(t, fake, l, outcome("a", ringpolicy.OutcomeRolledBack))
	after("taking an image back, behind signals", 2)
	record(t, fake, l, with(outcome("b", ringpolicy.OutcomeSuccess), func(e *ledger.Entry) { e.Rollback = true }), seen("b", ringpolicy.SignalHealthCheck, ringpolicy.SignalPassing))
	after("going back, and a signal", 2+1)
	fake.Change(func(s *githubtest.State) { // by another run
		keep(s, kept{"canary", payloadOf("ring-0", "c", ""), []string{"13:00:00 success"}})
	})
	read(9)
	record(t, fake, l, outcome("c", ringpolicy.OutcomeFailure))
	after("a failure", 1)
	read(10)

	fake.Break(githubtest.Fault{Route: "POST /deployments/{id}/statuses", Drop: true, Times: 1})
	if _, err := l.Append(t.Context(), outcome("c", ringpolicy.OutcomeFailure)); err == nil {
		t.Error("Append reports nothing of a lost answer")
	}
	after("a lost answer", 1)
	record(t, fake, l, outcome("c", ringpolicy.OutcomeFailure))
	after("recording after a lost answer, of which nothing is known", 3)
}

func with(e ledger.Entry, change func(*ledger.Entry)) ledger.Entry {
	change(&e)
	return e
}

// TestManySignals reads a deployment with more statuses than GraphQL tells at once, between which an outcome hides, and of which one
// comes while they are read.
func TestManySignals(t *testing.T) {
	for _, comes := range []bool{false, true} {
		state := repository()
		statuses := signalled(5000)
		statuses = slices.Insert(statuses, 3000, "08:50:00 inactive rolled_back")
		keep(&state, kept{"canary", payloadOf("ring-0", "a", ""), statuses})
		fake, came := githubtest.New(state), 0
		fake.Answered = func(r githubtest.Request, s *githubtest.State) {
			if comes && came == 0 && strings.HasSuffix(r.Path, "/statuses") {
				came++
				d := &s.Deployments[0]
				d.Statuses = append(d.Statuses, githubtest.DeploymentStatus{ID: 1_000_000, State: "failure", Description: "signal health_check", CreatedAt: at("12:00:00")})
			}
		}
		got, err := ledgerOf(t, fake).Read(t.Context(), "ring-0")
		if n := len(ringZero(got)); err != nil || n != 5002+came || len(got.Quarantine("", "ring-0")) != 1 {
			t.Errorf("Read = %d entries, %v, quarantine %v, want %d and one image", n, err, got.Quarantine("", "ring-0"), 5002+came)
		}
		if n := len(fake.Requests()); n > 2+2*(51+1)+2 {
			t.Errorf("%d requests", n)
		}
	}
}
