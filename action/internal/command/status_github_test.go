package command

import (
	"strings"
	"testing"
	"time"

	"github.com/wizzense/deployment-rings/action/internal/cli"
	"github.com/wizzense/deployment-rings/action/internal/github/githubtest"
	"github.com/wizzense/deployment-rings/action/internal/status"
)

// With a token and nothing else status says that the image of ring-0 may move on, as gate does.
func TestStatusByItself(t *testing.T) {
	w := newGateWorld(t)
	before := len(w.hub.Requests())
	r := w.at(time.Now(), "status")
	if want := "<code>ring-1</code> may move now"; r.code != cli.ExitDone || !strings.Contains(r.summary, want) {
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

// What GitHub does not answer is unknown, and the run says so once.
func TestStatusWithoutOneFact(t *testing.T) {
	w := newGateWorld(t)
	w.hub.Break(githubtest.Fault{Route: "GET /issues", Status: 403, Text: "Resource not accessible by integration"})
	r := w.at(time.Now(), "status")
	if r.code != cli.ExitDone || strings.Contains(r.summary, "may move now") || !strings.Contains(r.summary, "incidents not collected") {
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
	if r.code != cli.ExitDone || !strings.Contains(r.summary, "is unknown") || strings.Contains(r.summary, "ring is healthy") || !strings.Contains(r.stdout, "::warning::the ledger was not read") {
		t.Errorf("status = %d without a ledger:\n%s%s", r.code, r.summary, r.stdout)
	}
}

// An image that was taken back is shown as kept out until a person releases it, and not while it may move on.
func TestStatusOfAReleasedImage(t *testing.T) {
	w := newGateWorld(t)
	now := time.Now()
	bad := w.at(now, "gate", "RING", "ring-1").outputs["digest"]
	w.at(now.Add(-3*time.Hour), "record", "RING", "ring-1", "STATE", "success", "DIGEST", bad)
	w.outputs(w.at(now.Add(-2*time.Hour), "rollback", "RING", "ring-1"), "decision", "rollback", "from-digest", bad)
	kept := "Quarantined&#58; " + status.Hex(bad, 8)
	if r := w.at(now, "status"); !strings.Contains(r.summary, kept) || strings.Contains(r.summary, "<code>ring-1</code> may move now") {
		t.Errorf("the summary lacks %q:\n%s%s", kept, r.summary, r.stdout)
	}
	w.hub.Change(func(s *githubtest.State) {
		at := now.Add(-time.Hour).UTC()
		s.Comments = append(s.Comments, githubtest.Comment{Issue: 123, ID: 99, User: githubtest.Person("mona"), Body: "/release " + bad + " false alarm", AuthorAssociation: "MEMBER", CreatedAt: at, UpdatedAt: at})
	})
	if r := w.at(now, "status"); strings.Contains(r.summary, kept) || !strings.Contains(r.summary, "<code>ring-1</code> may move now") {
		t.Errorf("the image is released, but the summary says %q:\n%s%s", kept, r.summary, r.stdout)
	}
}
