package main

import (
	"os"
	"path/filepath"
	"strings"
	"time"
)

// evidence writes what neither the ledger nor the registry knows: the checks of the commit, measurements of the last
// minute, and what people said. In a repository on GitHub the program collects most of it by itself.
func (w *world) evidence() (string, error) {
	text := strings.NewReplacer(
		"COMMIT", w.commit,
		"BEFORE", w.now.Add(-time.Minute).Format(time.RFC3339),
		"DIGEST", w.digest,
		"NOW", w.now.Format(time.RFC3339),
	).Replace(facts)
	path := filepath.Join(w.dir, "evidence.yml")
	return path, os.WriteFile(path, []byte(text), 0o644)
}

const facts = `schema: 1
subject: {author: octocat, contributors: []}
checks:
  - {name: unit-tests, app: github-actions, state: success, revision: COMMIT, id: 1}
  - {name: integration-tests, app: github-actions, state: success, revision: COMMIT, id: 2}
  - {name: module-load, app: github-actions, state: success, revision: COMMIT, id: 3}
  - {name: smoke-tests, app: github-actions, state: success, revision: COMMIT, id: 4}
  - {name: regression, app: github-actions, state: success, revision: COMMIT, id: 5}
  - {name: load-test, app: github-actions, state: success, revision: COMMIT, id: 6}
  - {name: quality-gate, app: github-actions, state: success, revision: COMMIT, id: 7}
metrics:
  - {name: firing-alerts, value: 0, from: BEFORE, to: NOW}
  - {name: latency-p95, value: 104, baseline: 100, unit: ms, from: BEFORE, to: NOW}
  - {name: error-rate, value: 0.2, unit: percent, from: BEFORE, to: NOW}
incidents: []
approvals: [{by: hubot, role: change-review-board, state: approved, at: NOW, revision: COMMIT}]
locks: []
ancestry: ahead
sign_offs:
  - {id: user-feedback, by: mona, state: given, at: NOW, digest: "DIGEST"}
  - {id: rollback-plan, by: mona, state: given, at: NOW, digest: "DIGEST"}
  - {id: on-call-briefed, by: mona, state: given, at: NOW, digest: "DIGEST"}
`
