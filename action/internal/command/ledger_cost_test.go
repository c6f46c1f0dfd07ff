package command

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/wizzense/deployment-rings/action/internal/cli"
	"github.com/wizzense/deployment-rings/action/internal/github/githubtest"
	"github.com/wizzense/deployment-rings/ringpolicy"
)

// An old ledger is that of a repository in which the rings have had many images, with numbers of more than 31 bits. The newest image of
// each ring has a pull request with all that a decision needs.
type oldLedger struct {
	records int    // of each ring before the newest
	signals int    // of what ring-1 runs
	jobs    int    // deployments of jobs in the environment of ring-1
	where   string // they are: before, after, among
	none    bool   // ring-1 has no record yet
}

const oldRing = 3 // ring-1

func (o oldLedger) state(now time.Time) githubtest.State {
	f := fleet{images: 1}
	s := f.state(now)
	names := ringNames(ringpolicy.Builtin().Rings())
	for n := range o.records {
		for ring, name := range names {
			number := 1_000_000 + n*10 + ring
			f.deploy(&s, 0, name, fmt.Sprintf("sha256:%064x", number), number, now.AddDate(0, 0, ring-10).Add(-time.Duration(n+1)*time.Hour))
		}
	}
	if o.none {
		s.Deployments = slices.DeleteFunc(s.Deployments, func(d githubtest.Deployment) bool { return d.Environment == names[oldRing] })
	}
	for i := range s.Deployments {
		s.Deployments[i].Task = "deployment-rings"
	}
	for n := range o.signals {
		o.signal(&s, names[oldRing], n, now.Add(-time.Duration(o.signals-n)*20*time.Second))
	}
	for n := range o.jobs {
		at := map[string]time.Time{"before": now.AddDate(-9, 0, 0), "after": now.AddDate(0, 0, -1), "among": now.AddDate(0, 0, -10-n%200)}[o.where]
		s.Deployments = append(s.Deployments, githubtest.Deployment{SHA: sha1Of(1), Environment: names[oldRing], Task: "deploy", Payload: json.RawMessage(`""`), CreatedAt: at, Statuses: []githubtest.DeploymentStatus{{ID: 1, State: "success", CreatedAt: at}, {ID: 2, State: "inactive", CreatedAt: at}}})
	}
	slices.SortStableFunc(s.Deployments, func(a, b githubtest.Deployment) int { return a.CreatedAt.Compare(b.CreatedAt) })
	for i := range s.Deployments {
		s.Deployments[i].ID = 3_000_000_000 + int64(i)
	}
	s.LastID = 4_000_000_000
	return s
}

// signal adds a signal of what a ring runs, in carriers of 90.
func (o oldLedger) signal(s *githubtest.State, ring string, n int, at time.Time) {
	if n%90 == 0 {
		i := len(s.Deployments) - 1
		for s.Deployments[i].Environment != ring || string(s.Deployments[i].Payload) == "" || !strings.Contains(string(s.Deployments[i].Payload), digestOf(0, oldRing)) {
			i--
		}
		carrier := s.Deployments[i]
		carrier.CreatedAt, carrier.Statuses = at, nil
		if n == 0 {
			carrier.Payload = json.RawMessage(strings.Replace(string(carrier.Payload), "{", `{"carrier":true,`, 1))
		}
		s.Deployments = append(s.Deployments, carrier)
	}
	d := &s.Deployments[len(s.Deployments)-1]
	d.Statuses = append(d.Statuses, githubtest.DeploymentStatus{ID: int64(2 + n), State: "success", Description: "signal health_check", CreatedAt: at})
}

// TestCostOfAnOldLedger: what a command asks GitHub for does not grow with the ledger.
func TestCostOfAnOldLedger(t *testing.T) {
	gate := []string{"gate", "--ring", "ring-2"}
	failing := []string{"record", "--ring", "ring-1", "--signal", "health_check", "--state", "failing", "--digest", digestOf(0, oldRing)}
	passing := []string{"record", "--ring", "ring-1", "--signal", "health_check", "--state", "passing", "--digest", digestOf(0, oldRing)}
	success := []string{"record", "--ring", "ring-1", "--state", "success", "--digest", digestOf(0, oldRing)}
	begins := []string{"record", "--ring", "ring-1", "--state", "in_progress", "--digest", digestOf(0, oldRing)}
	rollback := []string{"rollback", "--ring", "ring-1", "--dry-run"} // it would write two entries, which are at most four requests
	for _, c := range []struct {
		name    string
		ledger  oldLedger
		command []string
		want    string // in the answer
		most    int    // requests to GitHub
		rounds  int
	}{
		{"a ledger of 10,000 records", oldLedger{records: 1667}, gate, `"decision": "hold"`, 20, 4},
		{"one more year of it", oldLedger{records: 3400}, gate, `"decision": "hold"`, 20, 4},
		{"a ledger of 10,000 records", oldLedger{records: 1667}, rollback, "ring-1: rollback", 10 - 4, 0},
		{"a ledger of 10,000 records", oldLedger{records: 1667}, success, "Recorded", 5, 0},
		{"20,000 signals", oldLedger{records: 5, signals: 20_000}, failing, "Recorded", 10, 0},
		{"20,000 signals", oldLedger{records: 5, signals: 20_000}, passing, "Recorded", 10, 0},
		{"20,000 signals", oldLedger{records: 5, signals: 20_000}, success, "Recorded", 10, 0},
		{"jobs before", oldLedger{records: 5, jobs: 20_000, where: "before"}, success, "Recorded", 10, 0},
		{"jobs after", oldLedger{records: 5, jobs: 20_000, where: "after"}, success, "Recorded", 10, 0},
		{"jobs after, and many records", oldLedger{records: 1667, jobs: 20_000, where: "after"}, success, "Recorded", 10, 0},
		{"jobs among", oldLedger{records: 200, jobs: 20_000, where: "among"}, success, "Recorded", 10, 0},
		{"jobs among, and few records", oldLedger{jobs: 20_000, where: "among"}, success, "Recorded", 10, 0},
		{"jobs before the first record", oldLedger{jobs: 20_000, where: "before", none: true}, begins, "Recorded", 10, 0},
		{"jobs before the first record", oldLedger{jobs: 20_000, where: "before", none: true}, success, "Recorded", 10, 0},
		{"jobs after", oldLedger{records: 5, jobs: 20_000, where: "after"}, rollback, "ring-1: rollback", 10 - 4, 0},
		{"20,000 signals", oldLedger{records: 5, signals: 20_000}, rollback, "ring-1: rollback", 10 - 4, 0},
		{"20,000 signals, and many records", oldLedger{records: 500, signals: 20_000}, rollback, "ring-1: rollback", 10 - 4, 0},
		{"jobs after", oldLedger{records: 5, jobs: 20_000, where: "after"}, failing, "Recorded", 10, 0},
	} {
		t.Run(c.name+", "+strings.Join(c.command[:3], " "), func(t *testing.T) {
			t.Parallel()
			rounds, net, said := c.ledger.ask(t, c.command)
			if net.toHub > c.most || c.rounds > 0 && rounds > c.rounds || !strings.Contains(said, c.want) {
				t.Errorf("%d requests to GitHub in %d rounds, want at most %d in %d, and %q:\n%.3000s\n%s", net.toHub, rounds, c.most, c.rounds, c.want, said, requestsOf(net))
			}
			t.Logf("%d requests in %d rounds, %+v", net.toHub, rounds, net.hub.(*githubtest.GitHub).Spent())
		})
	}
}

func requestsOf(net *slowNet) string {
	var b strings.Builder
	for _, r := range net.hub.(*githubtest.GitHub).Requests() {
		fmt.Fprintln(&b, r)
	}
	return b.String()
}

// ask runs a command over the ledger.
func (o oldLedger) ask(t *testing.T, command []string) (rounds int, net *slowNet, said string) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		now := time.Date(2026, 3, 3, 5, 30, 0, 0, time.UTC)
		hub := githubtest.New(o.state(now))
		hub.Now = func() time.Time { return now }
		tags := fleet{images: 1}.tags()
		for n := range 100 {
			digest := fmt.Sprintf("sha256:%064x", 1_000_000+n*10+oldRing)
			tags["acme/app-0:"+digest] = digest // to which the ring may go back
		}
		net = &slowNet{hub: hub, registry: tags, latency: aRound, hubAlone: true}
		args := append(slices.Clone(command), "--image", "ghcr.io/acme/app-0", "--now", now.Format(time.RFC3339))
		if command[0] == "gate" { // no registry has the labels
			path := filepath.Join(t.TempDir(), "evidence.json")
			if err := os.WriteFile(path, fmt.Appendf(nil, `{"schema": 1, "subject": {"revision": %q, "pr": %d}}`, sha1Of(1+oldRing), 1+oldRing), 0o600); err != nil {
				t.Error(err)
			}
			args = append(args, "--format", "json", "--evidence", path)
		}
		if command[0] == "rollback" { // of two rings
			path := filepath.Join(t.TempDir(), "rings.yml")
			if err := os.WriteFile(path, []byte("version: 1\nrings: [{name: ring-0}, {name: ring-1, entry: [{id: ok, sign_off: {}}]}]\n"), 0o600); err != nil {
				t.Error(err)
			}
			args = append(args, "--policy", path)
		}
		p := programOver(t, net, map[string]string{"GITHUB_TOKEN": secretToken, "GITHUB_REPOSITORY": "acme/app", "GITHUB_SHA": sha1Of(1)}, args...)
		p.AtOnce = 1_000_000
		began := time.Now()
		code := p.run()
		rounds = int(time.Since(began) / aRound)
		said = p.Stdout.(fmt.Stringer).String() + p.Stderr.(fmt.Stringer).String()
		want := cli.ExitDone
		if command[0] == "rollback" {
			want = cli.ExitFailed // once it knows where to go back to: the registry has tags and no manifests
		}
		if code != want {
			t.Errorf("%v = %d:\n%s", args, code, said)
		}
	})
	return rounds, net, said
}
