package ringpolicy_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.yaml.in/yaml/v4"

	"github.com/wizzense/deployment-rings/ringpolicy"
)

func TestParseEvidenceErrors(t *testing.T) {
	files, err := filepath.Glob("testdata/evidence_err/*.[jy]*[nl]")
	if err != nil || len(files) < 20 {
		t.Fatalf("%d files: %v", len(files), err)
	}
	for _, file := range files {
		t.Run(filepath.Base(file), func(t *testing.T) {
			src, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			e, err := ringpolicy.ParseEvidence(filepath.Base(file), src)
			if err == nil {
				t.Fatal("no error")
			}
			if diff := cmp.Diff(ringpolicy.Evidence{}, e); diff != "" {
				t.Errorf("evidence beside an error:\n%s", diff)
			}
			golden(t, file+".want", err.Error()+"\n")
		})
	}
}

// all is an evidence file with every key.
const all = `{
  "schema": 1,
  "now": "2026-03-03T06:30:00+01:00",
  "subject": {"image": "ghcr.io/wizzense/aitherzero", "digest": "sha256:DIGEST", "revision": "COMMIT", "pr": 123,
              "version": "1.5.0", "author": "octocat", "retry": true, "contributors": [], "to": "ring-1"},
  "rings": {"ring-0": {
     "history": [{"id": "4711", "digest": "sha256:DIGEST", "revision": "COMMIT", "outcome": "success", "from": "2026-03-02T09:00:00Z", "to": null, "rollback": false, "pr": 123, "version": "1.5.0", "deployed": true, "url": "https://example.com/1"},
       {"id": 4712, "digest": "sha256:DIGEST", "outcome": "failure", "from": "2026-03-02T10:00:00Z", "to": "2026-03-02T11:00:00Z", "deployed": false}],
     "gone": ["sha256:DIGEST"],
     "signals": [{"kind": "health_check", "state": "failing", "at": "2026-03-02T10:00:00Z", "digest": "sha256:DIGEST", "url": "https://example.com/2"}]}},
  "checks": [{"name": "unit-tests", "app": "github-actions", "state": "success", "revision": "COMMIT", "run_started_at": "2026-03-02T08:00:00Z", "attempt": 1, "id": 1, "completed_at": "2026-03-02T08:01:00Z", "url": "https://example.com/3"}],
  "metrics": [{"name": "error-rate", "value": 0.4, "baseline": "0.5", "unit": "percent", "samples": "18211", "from": "2026-03-02T09:00:00Z", "to": "2026-03-03T05:00:00Z", "digest": "sha256:DIGEST", "url": "https://example.com/4"}],
  "incidents": [{"id": "#77", "severity": "critical", "opened_at": "2026-03-01T00:00:00Z", "closed_at": null, "url": "https://example.com/5"}],
  "approvals": [{"by": "hubot", "role": "change-review-board", "state": "approved", "at": "2026-03-02T00:00:00Z", "revision": "COMMIT", "bot": false, "url": "https://example.com/6"}],
  "sign_offs": [{"id": "on-call-briefed", "by": "mona", "state": "given", "at": "2026-03-02T00:00:00Z", "digest": "sha256:DIGEST", "url": "https://example.com/7"}],
  "overrides": [{"criterion": "error-rate", "ring": "ring-1", "digest": "sha256:DIGEST", "verdict": "pass", "by": "mona", "reason": "known", "at": "2026-03-02T00:00:00Z", "expires": "2026-03-04T00:00:00Z", "url": "https://example.com/8"}],
  "locks": [{"ring": "ring-1", "by": "mona", "reason": "migration", "expires": null, "url": "https://example.com/9"}],
  "quarantine": [{"ring": "ring-0", "digest": "sha256:DIGEST", "reason": "leaks", "at": "2026-03-02T00:00:00Z", "url": "https://example.com/10"}],
  "ancestry": "ahead",
  "people": [{"login": "mona", "permission": "maintain", "teams": ["acme/Change-Board"]}, {"login": "cleo", "permission": "none", "teams": []}, {"login": "zoe", "permission": null}]
}`

var (
	allDigest = "sha256:" + strings.Repeat("ab", 32)
	allCommit = strings.Repeat("0a", 20)
)

func allFacts() []byte {
	return []byte(strings.NewReplacer("sha256:DIGEST", allDigest, "COMMIT", allCommit).Replace(all))
}

func TestParseEvidence(t *testing.T) {
	got, err := ringpolicy.ParseEvidence("evidence.json", allFacts())
	if err != nil {
		t.Fatal(err)
	}
	day := func(d, hour, minute int) time.Time { return time.Date(2026, 3, d, hour, minute, 0, 0, time.UTC) }
	want := ringpolicy.Evidence{
		Now: day(3, 5, 30),
		Subject: ringpolicy.Subject{
			Image: "ghcr.io/wizzense/aitherzero", Digest: allDigest, Revision: allCommit, PullRequest: 123,
			Version: "1.5.0", Author: "octocat", Contributors: []string{}, To: "ring-1", Retry: true,
		},
		Rings: map[string]ringpolicy.RingFacts{"ring-0": {
			History: []ringpolicy.Record{{URL: "https://example.com/1", ID: "4711", Digest: allDigest, Revision: allCommit, Outcome: ringpolicy.OutcomeSuccess, From: day(2, 9, 0), PullRequest: 123, Version: "1.5.0"},
				{ID: "4712", Digest: allDigest, Outcome: ringpolicy.OutcomeFailure, From: day(2, 10, 0), To: day(2, 11, 0), NotDeployed: true}},
			Gone:    []string{allDigest},
			Signals: []ringpolicy.Signal{{URL: "https://example.com/2", Kind: ringpolicy.SignalHealthCheck, State: ringpolicy.SignalFailing, At: day(2, 10, 0), Digest: allDigest}},
		}},
		Checks: []ringpolicy.Check{{URL: "https://example.com/3",
			Name: "unit-tests", App: "github-actions", State: ringpolicy.CheckSuccess, Revision: allCommit,
			RunStartedAt: day(2, 8, 0), Attempt: 1, ID: 1, CompletedAt: day(2, 8, 1),
		}},
		Metrics: []ringpolicy.Metric{{URL: "https://example.com/4",
			Name: "error-rate", Value: "0.4", Baseline: "0.5", Unit: "percent", Samples: 18211,
			From: day(2, 9, 0), To: day(3, 5, 0), Digest: allDigest,
		}},
		Incidents: []ringpolicy.Incident{{URL: "https://example.com/5", ID: "#77", Severity: "critical", OpenedAt: day(1, 0, 0)}},
		Approvals: []ringpolicy.Approval{{URL: "https://example.com/6", By: "hubot", Role: "change-review-board", State: ringpolicy.ApprovalApproved, At: day(2, 0, 0), Revision: allCommit}},
		SignOffs:  []ringpolicy.SignOff{{URL: "https://example.com/7", ID: "on-call-briefed", By: "mona", State: ringpolicy.SignOffGiven, At: day(2, 0, 0), Digest: allDigest}},
		Overrides: []ringpolicy.Override{{URL: "https://example.com/8",
			Criterion: "error-rate", Ring: "ring-1", Digest: allDigest, Verdict: ringpolicy.OverridePass,
			By: "mona", Reason: "known", At: day(2, 0, 0), Expires: day(4, 0, 0),
		}},
		Locks:      []ringpolicy.Lock{{URL: "https://example.com/9", Ring: "ring-1", By: "mona", Reason: "migration"}},
		Quarantine: []ringpolicy.Quarantine{{URL: "https://example.com/10", Ring: "ring-0", Digest: allDigest, Reason: "leaks", At: day(2, 0, 0)}},
		Ancestry:   ringpolicy.AncestryAhead,
		People: []ringpolicy.Person{{Login: "mona", Permission: ringpolicy.PermissionMaintain, Teams: []string{"acme/Change-Board"}},
			{Login: "cleo", Permission: ringpolicy.PermissionNone, Teams: []string{}}, {Login: "zoe"}},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
}

// The same facts as YAML, and with the keys in another order, are the same evidence.
func TestParseEvidenceForms(t *testing.T) {
	want, err := ringpolicy.ParseEvidence("evidence.json", allFacts())
	if err != nil {
		t.Fatal(err)
	}
	var facts map[string]any
	if err := json.Unmarshal(allFacts(), &facts); err != nil {
		t.Fatal(err)
	}
	asYAML, err := yaml.Marshal(facts)
	if err != nil {
		t.Fatal(err)
	}
	asJSON, err := json.Marshal(facts) // sorts the keys
	if err != nil {
		t.Fatal(err)
	}
	for _, src := range [][]byte{asYAML, asJSON, append([]byte("\ufeff\n "), asJSON...)} {
		got, err := ringpolicy.ParseEvidence("evidence", src)
		if err != nil {
			t.Fatalf("%v in\n%s", err, src)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("(-JSON +other)\n%s", diff)
		}
	}
}

// Absent and null mean not collected, and are not the same as empty.
func TestParseEvidenceAbsent(t *testing.T) {
	lists := []string{"checks", "metrics", "incidents", "approvals", "sign_offs", "locks", "quarantine", "people"}
	digests := map[string]bool{}
	for _, value := range []string{"", "null", "[]"} {
		src := `{"schema": 1`
		for _, list := range lists {
			if value != "" {
				src += fmt.Sprintf(", %q: %s", list, value)
			}
		}
		e, err := ringpolicy.ParseEvidence("evidence.json", []byte(src+"}"))
		if err != nil {
			t.Fatal(err)
		}
		empty := e.Checks != nil && e.Metrics != nil && e.Incidents != nil && e.Approvals != nil && e.SignOffs != nil && e.Locks != nil && e.Quarantine != nil && e.People != nil
		none := e.Checks == nil && e.Metrics == nil && e.Incidents == nil && e.Approvals == nil && e.SignOffs == nil && e.Locks == nil && e.Quarantine == nil && e.People == nil
		if empty != (value == "[]") || none == empty {
			t.Errorf("lists that are %q: %+v", value, e)
		}
		digests[e.Digest()] = true
	}
	if len(digests) != 2 {
		t.Errorf("%d digests, want one for not collected and one for empty", len(digests))
	}
}

// A file brings the kinds that it may, and a problem with its place for each other kind that it brings.
func TestParseEvidenceKinds(t *testing.T) {
	const ring = `{"schema": 1, "subject": {"to": "a"}, "rings": {"a": {%q: []}}}`
	const file = `{"schema": 1, "now": "2026-03-03T05:30:00Z", %q: %s}`
	all := ringpolicy.EvidenceKinds()
	for _, kind := range all {
		src := fmt.Sprintf(file, kind, "[]")
		want := fmt.Sprintf(`e.json:1:46: this file may not bring the kind %q, expected only other`, kind)
		switch kind {
		case "alerts":
			continue // what reads it is still to come
		case "history", "signals", "gone":
			src, want = fmt.Sprintf(ring, kind), fmt.Sprintf(`e.json:1:55: rings.a: this file may not bring the kind %q, expected only other`, kind)
		case "ancestry":
			src = fmt.Sprintf(file, kind, `"ahead"`)
		}
		for _, may := range [][]string{nil, {kind}, {"other", kind}, all} {
			if _, err := ringpolicy.ParseEvidence("e.json", []byte(src), may...); err != nil {
				t.Errorf("ParseEvidence(%s, %q) = %v, want evidence", src, may, err)
			}
		}
		e, err := ringpolicy.ParseEvidence("e.json", []byte(src), "other")
		if fmt.Sprint(err) != want || !cmp.Equal(e, ringpolicy.Evidence{}) {
			t.Errorf("ParseEvidence(%s, other) = %+v, %v, want %s", src, e, err, want)
		}
		if _, err := ringpolicy.ParseEvidence("e.json", []byte(strings.NewReplacer(`[]`, `null`, `"ahead"`, `null`).Replace(src)), "other"); err != nil {
			t.Errorf("ParseEvidence of null as %q = %v, want evidence: it brings nothing", kind, err)
		}
	}
	if all[0] = "spoilt"; ringpolicy.EvidenceKinds()[0] == "spoilt" {
		t.Error("EvidenceKinds is shared with its callers")
	}
	for _, f := range reflect.VisibleFields(reflect.TypeFor[ringpolicy.Evidence]()) {
		key, _, _ := strings.Cut(f.Tag.Get("json"), ",")
		if f.Type.Kind() == reflect.Slice && !slices.Contains(all, key) {
			t.Errorf("evidence has the list %q, which is not among EvidenceKinds", key)
		}
	}
}

func TestParseEvidenceTooLarge(t *testing.T) {
	src := bytes.Repeat([]byte(" "), 100<<20)
	start := testing.AllocsPerRun(1, func() {
		if _, err := ringpolicy.ParseEvidence("evidence.json", src); err == nil {
			t.Error("100 MB are accepted")
		}
	})
	if start > 100 {
		t.Errorf("refusing 100 MB takes %v allocations, so it was read", start)
	}
}

// Evidence that does not fit the policy gives no decision, and all reasons.
func TestDecideUnfit(t *testing.T) {
	d, err := parsePolicy(t, "version: 1\nrings: [{name: ring-0}]").Decide(ringpolicy.Evidence{
		Subject:    ringpolicy.Subject{To: "ring-9", Digest: "latest"},
		Rings:      map[string]ringpolicy.RingFacts{"rng-0": {}},
		Locks:      []ringpolicy.Lock{{Ring: "x"}},
		Quarantine: []ringpolicy.Quarantine{{Ring: "y"}},
	})
	if err == nil || d.Verdict != ringpolicy.Undecided {
		t.Fatalf("verdict %v, error %v", d.Verdict, err)
	}
	if _, err := json.Marshal(d); err == nil {
		t.Error("the zero decision has a JSON form, want an error")
	}
	golden(t, "testdata/unfit.want", err.Error()+"\n")
	if got := d.String(); got != "no decision was made" {
		t.Errorf("the zero decision prints as %q", got)
	}
}

func FuzzParseEvidence(f *testing.F) {
	files, err := filepath.Glob("testdata/evidence_err/*.[jy]*[nl]")
	if err != nil {
		f.Fatal(err)
	}
	for _, file := range files {
		src, err := os.ReadFile(file)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(src)
	}
	f.Add(allFacts())
	policy := ringpolicy.Builtin()
	f.Fuzz(func(t *testing.T, src []byte) {
		e, err := ringpolicy.ParseEvidence("f", src)
		if err == nil {
			if d, err := policy.Decide(e); err == nil && !json.Valid([]byte(encoded(t, d))) {
				t.Errorf("no JSON: %s", encoded(t, d))
			}
			return
		}
		checkProblems(t, src, err)
	})
}
