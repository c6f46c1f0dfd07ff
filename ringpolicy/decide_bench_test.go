package ringpolicy_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/wizzense/deployment-rings/ringpolicy"
)

// fullEvidence is about an image that may enter a ring of the built-in policy: all facts are there and all is met.
func fullEvidence(to string) ringpolicy.Evidence {
	now := time.Date(2026, 3, 30, 12, 0, 0, 0, time.UTC)
	digest, commit := "sha256:"+strings.Repeat("a", 64), strings.Repeat("a", 40)
	e := ringpolicy.Evidence{
		Now: now, Subject: ringpolicy.Subject{Digest: digest, Revision: commit, Author: "ann", Contributors: []string{"cora"}, To: to},
		Rings:     map[string]ringpolicy.RingFacts{},
		Incidents: []ringpolicy.Incident{{ID: "#1", Severity: "minor"}},
		Overrides: []ringpolicy.Override{}, Locks: []ringpolicy.Lock{}, Quarantine: []ringpolicy.Quarantine{}, Ancestry: ringpolicy.AncestryAhead,
	}
	for i, ring := range []string{"dev", "staging", "ring-0", "ring-1", "ring-2", "production"} {
		e.Rings[ring] = ringpolicy.RingFacts{Signals: []ringpolicy.Signal{{Kind: ringpolicy.SignalHealthCheck, State: ringpolicy.SignalPassing, At: now, Digest: digest}}}
		if ring != to {
			e.Rings[ring] = ringpolicy.RingFacts{History: []ringpolicy.Record{{ID: "1", Digest: digest, Revision: commit, Outcome: ringpolicy.OutcomeSuccess, From: now.Add(time.Duration(i-6) * 120 * time.Hour)}}, Signals: e.Rings[ring].Signals}
			continue
		}
		e.Rings[ring] = ringpolicy.RingFacts{History: []ringpolicy.Record{{ID: "1", Digest: "sha256:" + strings.Repeat("b", 64), Outcome: ringpolicy.OutcomeSuccess, From: now.Add(-900 * time.Hour)}}, Signals: e.Rings[ring].Signals}
		break
	}
	for i, name := range []string{"unit-tests", "integration-tests", "benchmarks", "module-load", "smoke-tests", "regression-tests", "load-tests", "quality-gate"} {
		e.Checks = append(e.Checks, ringpolicy.Check{Name: name, App: "github-actions", State: ringpolicy.CheckSuccess, Revision: commit, ID: int64(i), RunStartedAt: now.Add(-time.Hour)})
	}
	for _, name := range []string{"firing-alerts", "latency-p95", "error-rate"} {
		e.Metrics = append(e.Metrics, ringpolicy.Metric{Name: name, Value: "0", Baseline: "1", Unit: "percent", Samples: 100, From: now.Add(-time.Hour), To: now})
	}
	for _, role := range []string{"manual", "change-review-board"} {
		e.Approvals = append(e.Approvals, ringpolicy.Approval{By: "mona", Role: role, State: ringpolicy.ApprovalApproved, At: now, Revision: commit})
	}
	for _, id := range []string{"user-feedback", "rollback-plan", "on-call-briefed"} {
		e.SignOffs = append(e.SignOffs, ringpolicy.SignOff{ID: id, By: "mona", State: ringpolicy.SignOffGiven, At: now, Digest: digest})
	}
	return e
}

func TestFullEvidencePromotes(t *testing.T) {
	for _, ring := range []string{"staging", "ring-0", "ring-1", "ring-2", "production"} {
		if d, err := ringpolicy.Builtin().Decide(fullEvidence(ring)); err != nil || d.Verdict != ringpolicy.Promote {
			t.Errorf("%s", d)
		}
	}
}

func BenchmarkDecide(b *testing.B) {
	policy := ringpolicy.Builtin()
	for _, ring := range []string{"staging", "ring-1", "production"} {
		b.Run(ring, func(b *testing.B) { benchmarkDecide(b, policy, fullEvidence(ring), ringpolicy.Promote) })
	}
	soaking := fullEvidence("ring-2")
	soaking.Rings["ring-1"].History[0].From = soaking.Now.Add(-48 * time.Hour)
	b.Run("hold", func(b *testing.B) { benchmarkDecide(b, policy, soaking, ringpolicy.Hold) })
}

func benchmarkDecide(b *testing.B, policy *ringpolicy.Policy, e ringpolicy.Evidence, want ringpolicy.Verdict) {
	b.Helper()
	b.ReportAllocs()
	for b.Loop() {
		if d, err := policy.Decide(e); err != nil || d.Verdict != want {
			b.Fatal(d)
		}
	}
}

// grown adds n facts of one kind to full evidence, none of which keeps the image out.
var grown = map[string]func(e *ringpolicy.Evidence, n int){
	"checks": func(e *ringpolicy.Evidence, n int) {
		for i := range n {
			c := e.Checks[i%8]
			c.Name, c.ID = fmt.Sprintf("%s-%d", c.Name, i%1000), int64(i)
			e.Checks = append(e.Checks, c)
		}
	},
	"names": func(e *ringpolicy.Evidence, n int) { // checks of as many names
		for i := range n {
			c := e.Checks[0]
			c.Name, c.ID = fmt.Sprintf("%s-%d", c.Name, i), int64(i)
			e.Checks = append(e.Checks, c)
		}
	},
	"records": func(e *ringpolicy.Evidence, n int) {
		for ring, facts := range e.Rings {
			for i := range n / 6 {
				digest := fmt.Sprintf("sha256:%064x", i)
				facts.History = append(facts.History, ringpolicy.Record{ID: fmt.Sprint(i), Digest: digest, Outcome: ringpolicy.OutcomeSuccess, From: e.Now.Add(time.Duration(i-n-9999) * time.Hour)})
			}
			e.Rings[ring] = facts
		}
	},
	"signals": func(e *ringpolicy.Evidence, n int) {
		for ring, facts := range e.Rings {
			for i := range n / 6 {
				facts.Signals = append(facts.Signals, ringpolicy.Signal{Kind: ringpolicy.SignalContainerCrash, State: ringpolicy.SignalPassing, At: e.Now.Add(-time.Duration(i) * time.Second), Digest: e.Subject.Digest})
			}
			e.Rings[ring] = facts
		}
	},
	"overrides": func(e *ringpolicy.Evidence, n int) {
		for i := range n {
			e.Overrides = append(e.Overrides, ringpolicy.Override{Criterion: "soak", Ring: e.Subject.To, Digest: e.Subject.Digest, Verdict: ringpolicy.OverridePass, By: "mona", Reason: fmt.Sprint(i), Expires: e.Now.Add(time.Duration(i-n/2) * time.Second)})
		}
	},
	"approvals": func(e *ringpolicy.Evidence, n int) {
		for i := range n {
			e.Approvals = append(e.Approvals, ringpolicy.Approval{By: fmt.Sprint("person-", i), Role: "manual", State: ringpolicy.ApprovalApproved, At: e.Now, Revision: e.Subject.Revision})
		}
	},
	"people": func(e *ringpolicy.Evidence, n int) {
		for i := range n {
			e.People = append(e.People, ringpolicy.Person{Login: fmt.Sprint("person-", i), Permission: ringpolicy.PermissionWrite, Teams: []string{"acme/change-board"}})
		}
	},
	"quarantine": func(e *ringpolicy.Evidence, n int) {
		for i := range n {
			e.Quarantine = append(e.Quarantine, ringpolicy.Quarantine{Ring: "dev", Digest: fmt.Sprintf("sha256:%064x", i)})
		}
	},
	"metrics": func(e *ringpolicy.Evidence, n int) {
		for range n {
			e.Metrics = append(e.Metrics, e.Metrics[0])
		}
	},
}

// BenchmarkDecideFacts shows how the time grows with the number of facts of a kind.
func BenchmarkDecideFacts(b *testing.B) {
	policy := ringpolicy.Builtin()
	for _, kind := range []string{"checks", "names", "records", "signals", "overrides", "approvals", "people", "quarantine", "metrics"} {
		for _, n := range []int{100, 1000, 10_000, 100_000} {
			b.Run(fmt.Sprintf("%s/%d", kind, n), func(b *testing.B) {
				e := fullEvidence("production")
				grown[kind](&e, n)
				benchmarkDecide(b, policy, e, ringpolicy.Promote)
			})
		}
	}
}

// BenchmarkDecideRollback looks for a target in a long history of images none of which is good.
func BenchmarkDecideRollback(b *testing.B) {
	for _, n := range []int{1000, 10_000, 100_000} {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			e := fullEvidence("ring-0")
			running := e.Rings["ring-0"].History[0]
			running.From = e.Now.Add(-time.Minute)
			facts := ringpolicy.RingFacts{History: []ringpolicy.Record{running}, Signals: []ringpolicy.Signal{{Kind: ringpolicy.SignalCriticalError, State: ringpolicy.SignalFailing, At: e.Now, Digest: running.Digest}}}
			for i := range n {
				digest := fmt.Sprintf("sha256:%064x", i)
				facts.History = append(facts.History, ringpolicy.Record{ID: fmt.Sprint(i), Digest: digest, Outcome: ringpolicy.OutcomeSuccess, From: e.Now.Add(time.Duration(i-n-9) * time.Hour)})
				e.Quarantine = append(e.Quarantine, ringpolicy.Quarantine{Ring: "ring-0", Digest: digest})
			}
			e.Rings["ring-0"] = facts
			benchmarkDecide(b, ringpolicy.Builtin(), e, ringpolicy.Hold)
		})
	}
}

func BenchmarkDecisionJSON(b *testing.B) {
	d, err := ringpolicy.Builtin().Decide(fullEvidence("production"))
	if err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for b.Loop() {
		if _, err := json.Marshal(d); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkParseEvidence(b *testing.B) {
	for _, n := range []int{1, 1000, 100_000} {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			check := fmt.Sprintf(`{"name": "unit", "state": "success", "revision": %q, "id": 1, "run_started_at": "2026-03-02T08:00:00Z"}`, strings.Repeat("a", 40))
			src := []byte(`{"schema": 1, "checks": [` + strings.Repeat(check+",\n", n-1) + check + `]}`)
			b.SetBytes(int64(len(src)))
			b.ReportAllocs()
			for b.Loop() {
				if _, err := ringpolicy.ParseEvidence("evidence.json", src); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
