package main

import (
	"strings"
	"testing"
	"time"

	"github.com/wizzense/deployment-rings/action/internal/github/githubtest"
)

// With a token and nothing else status tells that the image of ring-0 may move on, as gate does.
func TestStatusByItself(t *testing.T) {
	w := newGateWorld(t)
	before := len(w.hub.Requests())
	r := w.at(time.Now(), "status")
	if want := "<code>ring-1</code> may move now"; r.code != exitDone || !strings.Contains(r.summary, want) {
		t.Errorf("status = %d, the summary lacks %q:\n%s%s", r.code, want, r.summary, r.stdout)
	}
	for _, request := range w.hub.Requests()[before:] {
		if request.Method != "GET" && request.Path != "/graphql" {
			t.Errorf("status asks for %s, want it to change nothing", request)
		}
	}
	if n := len(w.hub.Requests()) - before; n > 24 { // two images may move on, and each is asked about as by a gate
		t.Errorf("status takes %d requests, want at most 24:\n%v", n, w.hub.Requests()[before:])
	}
}

// What GitHub does not tell is unknown, and the run says so once.
func TestStatusWithoutOneFact(t *testing.T) {
	w := newGateWorld(t)
	w.hub.Break(githubtest.Fault{Route: "GET /issues", Status: 403, Text: "Resource not accessible by integration"})
	r := w.at(time.Now(), "status")
	if r.code != exitDone || strings.Contains(r.summary, "may move now") || !strings.Contains(r.summary, "incidents not collected") {
		t.Errorf("status = %d, the summary does not say what is missing:\n%s", r.code, r.summary)
	}
	if n := strings.Count(r.stdout, "::warning::not collected: incidents"); n != 1 {
		t.Errorf("%d warnings of incidents, want 1:\n%s", n, r.stdout)
	}
}

// A ledger that cannot be read leaves every ring unknown: nothing is said to be well.
func TestStatusWithoutLedger(t *testing.T) {
	w := newGateWorld(t)
	w.hub.Break(githubtest.Fault{Route: "GET /deployments", Status: 403, Text: "Resource not accessible by integration"})
	w.hub.Break(githubtest.Fault{Route: "POST /graphql", Status: 403, Text: "Resource not accessible by integration"})
	r := w.at(time.Now(), "status")
	if r.code != exitDone || !strings.Contains(r.summary, "is unknown") || strings.Contains(r.summary, "ring is healthy") || !strings.Contains(r.stdout, "::warning::the ledger was not read") {
		t.Errorf("status = %d without a ledger:\n%s%s", r.code, r.summary, r.stdout)
	}
}
