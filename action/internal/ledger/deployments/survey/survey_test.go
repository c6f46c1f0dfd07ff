package survey_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/wizzense/deployment-rings/action/internal/fleet"
	"github.com/wizzense/deployment-rings/action/internal/github"
	"github.com/wizzense/deployment-rings/action/internal/github/githubtest"
	"github.com/wizzense/deployment-rings/action/internal/ledger"
	"github.com/wizzense/deployment-rings/action/internal/ledger/deployments"
	"github.com/wizzense/deployment-rings/action/internal/ledger/deployments/survey"
	"github.com/wizzense/deployment-rings/ringpolicy"
)

const twoRings = `version: 1
rings:
  - {name: canary, soak: {min: 5h, max: 20h}}
  - {name: production, success: [{id: ok, sign_off: {}}]}
`

func policy(t testing.TB) *ringpolicy.Policy {
	t.Helper()
	p, err := ringpolicy.Parse("rings.yml", []byte(twoRings))
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// clientOf returns a client of a server.
func clientOf(t testing.TB, hub *githubtest.GitHub) *github.Client {
	t.Helper()
	server := httptest.NewServer(hub)
	t.Cleanup(server.Close)
	client, err := github.New(github.Options{Root: server.URL, Token: "t0ken", Repository: "acme/app", Sleep: func(ctx context.Context, _ time.Duration) error { return ctx.Err() }})
	if err != nil {
		t.Fatal(err)
	}
	return client
}

// A life is what happens to the rings of a repository, at random.
type life struct {
	*rand.Rand
	t      testing.TB
	hub    *githubtest.GitHub
	ledger *deployments.Ledger
	now    time.Time
	runs   map[string]string // what a ring runs, by ring and image
	newest int               // image
	back   map[string]bool   // that were taken back, by ring and digest
}

func digest(n int) string { return fmt.Sprintf("sha256:%064x", n) }

func (l *life) step(images int) {
	l.now = l.now.Add(time.Duration(1+l.IntN(300)) * time.Minute)
	ring := []string{"canary", "production"}[l.IntN(2)]
	e := ledger.Entry{At: l.now, Ring: ring, Revision: githubtest.SHA("1")}
	image := l.IntN(images)
	l.newest += l.IntN(2)
	e.Digest = digest(1 + image*1000 + max(0, l.newest-l.IntN(4)))
	if images > 1 {
		e.Images = []string{fmt.Sprintf("ghcr.io/acme/app-%d", image)}
	}
	key := ring + fmt.Sprint(image)
	switch l.IntN(12) {
	case 0, 1: // a promotion that ends well
		e.Outcome, e.DecisionID = ringpolicy.OutcomeInProgress, digest(l.IntN(1000))
		l.record(e)
		e.Outcome = ringpolicy.OutcomeSuccess
		l.record(e)
		l.runs[key] = e.Digest
	case 2: // one that fails
		e.Outcome = ringpolicy.OutcomeInProgress
		l.record(e)
		e.Outcome = ringpolicy.OutcomeFailure
		l.record(e)
	case 3:
		e.Outcome = ringpolicy.OutcomeInProgress
		l.record(e)
	case 4:
		if l.back[ring+e.Digest] {
			return // whether that counts hangs on comments
		}
		e.Outcome = ringpolicy.OutcomeSuccess
		l.record(e)
		l.runs[key] = e.Digest
	case 5: // a rollback
		if l.runs[key] == "" || l.runs[key] == e.Digest {
			return
		}
		target := e.Digest
		e.Outcome, e.Digest = ringpolicy.OutcomeRolledBack, l.runs[key]
		l.record(e)
		l.back[ring+e.Digest] = true
		e.Outcome, e.Rollback, e.Digest = ringpolicy.OutcomeSuccess, true, target
		l.record(e)
		l.runs[key] = target
	case 6: // a deployment that failed is taken back
		e.Outcome = ringpolicy.OutcomeFailure
		l.record(e)
		e.Outcome = ringpolicy.OutcomeRolledBack
		l.record(e)
		l.back[ring+e.Digest] = true
	case 7:
		for range l.IntN(15) {
			l.hub.RunJob(ring, githubtest.SHA("1"))
		}
	default: // health jobs
		if l.runs[key] == "" {
			return
		}
		e.Digest, e.Signal, e.State, e.Revision = l.runs[key], ringpolicy.SignalHealthCheck, ringpolicy.SignalPassing, ""
		for range 1 + l.IntN(5) {
			l.record(e)
			l.now = l.now.Add(time.Minute)
		}
	}
}

func (l *life) record(e ledger.Entry) {
	l.t.Helper()
	l.now = l.now.Add(2 * time.Second)
	if _, err := l.ledger.Append(l.t.Context(), e); err != nil {
		l.t.Fatal(err)
	}
}

// live compares now and then in a life what a survey says with what the whole ledger says, and returns how often it knew a ring.
func live(t testing.TB, seed uint64, steps, images int) (known, unknown int) {
	l, rules := newLife(t, seed), policy(t)
	for i := range steps {
		if l.step(images); i%8 == 7 {
			k, u := l.compare(rules)
			known, unknown = known+k, unknown+u
		}
	}
	return known, unknown
}

// TestSurvey: what is said of a ring is what its whole ledger says. Hardly ever it is said to be unknown.
func TestSurvey(t *testing.T) {
	known, unknown := 0, 0
	for seed := range uint64(8) {
		k, u := live(t, seed, 64, 1+int(seed)%3)
		known, unknown = known+k, unknown+u
	}
	t.Logf("%d rings known, %d unknown", known, unknown)
	if known < 19*unknown {
		t.Errorf("%d rings are known and %d unknown, want 19 of 20 known", known, unknown)
	}
}

// FuzzSurvey looks for a life of which something else is said.
func FuzzSurvey(f *testing.F) {
	f.Add(uint64(99), uint8(40), uint8(2))
	f.Fuzz(func(t *testing.T, seed uint64, steps, images uint8) { live(t, seed, int(steps)%80, 1+int(images)%3) })
}

func newLife(t testing.TB, seed uint64) *life {
	l := &life{Rand: rand.New(rand.NewPCG(seed, 1)), t: t, now: time.Date(2026, 3, 1, 9, 0, 0, 0, time.UTC), runs: map[string]string{}, back: map[string]bool{}}
	l.hub = githubtest.New(githubtest.State{Repository: "acme/app", Commits: []githubtest.Commit{{SHA: githubtest.SHA("1")}}})
	l.hub.Now = func() time.Time { return l.now }
	l.ledger = &deployments.Ledger{Client: clientOf(t, l.hub), Environments: map[string]string{"canary": "canary", "production": "production"}}
	return l
}

// compare holds what a survey says against the whole ledger, and returns how many rings it knows.
func (l *life) compare(rules *ringpolicy.Policy) (known, unknown int) {
	l.t.Helper()
	read, err := l.ledger.Read(l.t.Context(), "canary", "production")
	if err != nil {
		l.t.Fatal(err)
	}
	whole := fleet.Repository{Name: "acme/app", URL: "https://github.com/acme/app"}
	names := read.Images()
	if len(names) == 0 {
		names = [][]string{nil}
	}
	for _, of := range names {
		whole.Images = append(whole.Images, fleet.Image{Names: of, Ledger: read.Of(of)})
	}
	want := report(l.t, rules, l.now, whole)
	got := report(l.t, rules, l.now, l.survey(rules))
	for _, row := range got.Rows {
		for i, ring := range row.Rings {
			if ring.State == fleet.Unknown {
				unknown++
				continue
			}
			known++
			for _, other := range want.Rows {
				if other.Image == row.Image {
					l.same(ring, other.Rings[i])
				}
			}
		}
	}
	return known, unknown
}

// same compares a ring, but for a rollback that lies before what counts, and what follows from another ring.
func (l *life) same(got, want fleet.Ring) {
	l.t.Helper()
	if got.State != fleet.TakenBack {
		got.TakenBack, want.TakenBack = nil, nil
	}
	follows := func(s fleet.State) bool {
		return s == fleet.Settled || s == fleet.Soaked || s == fleet.Waiting || s == fleet.Overdue
	}
	if follows(got.State) && follows(want.State) {
		got.State, got.Reason = want.State, want.Reason
	}
	got.Overdue = want.Overdue
	if diff := cmp.Diff(want, got); diff != "" {
		l.t.Errorf("%s is not as its whole ledger says (-want +got):\n%s", got.Name, diff)
	}
}

func (l *life) survey(rules *ringpolicy.Policy) fleet.Repository {
	l.t.Helper()
	found, _ := survey.Read(l.t.Context(), l.ledger.Client, rules, []fleet.Selector{{Owner: "acme", Name: "app"}})
	if len(found) != 1 || found[0].Problem != "" {
		l.t.Fatalf("Read = %+v, want one repository", found)
	}
	return found[0]
}

func report(t testing.TB, rules *ringpolicy.Policy, now time.Time, of fleet.Repository) fleet.Report {
	t.Helper()
	r, err := fleet.New(rules, now, []fleet.Repository{of}, nil)
	if err != nil {
		t.Fatal(err)
	}
	return r
}
