package command

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestRecordWhatIsNew: what says nothing new is not written again. Each row goes on with the ledger of the one before.
func TestRecordWhatIsNew(t *testing.T) {
	a, b := "sha256:"+strings.Repeat("a", 64), "sha256:"+strings.Repeat("b", 64)
	path := filepath.Join(t.TempDir(), "ledger.jsonl")
	records := 0
	for _, c := range []struct {
		now, digest, what string
		written           bool
	}{
		{"09:00", a, "success", true},
		{"09:01", a, "health_check passing", true},
		{"09:02", a, "health_check passing", false},
		{"09:03", a, "test_failure passing", true}, // another kind
		{"10:00", a, "health_check passing", false},
		{"10:01", a, "health_check passing", true}, // an hour after the one that was written
		{"10:02", a, "health_check failing", true},
		{"10:03", a, "health_check failing", true}, // each counts
		{"10:04", a, "health_check passing", true}, // after a failing one
		{"10:05", a, "success", true},              // deployed again
		{"10:06", a, "health_check passing", true},
		{"10:06", "", "health_check passing", false}, // of what the ring runs
		{"10:07", b, "in_progress", true},
		{"10:08", a, "health_check passing", false}, // another image is on its way in
		{"10:09", b, "failure", true},
		{"10:10", b, "failure", false},
		{"10:11", "", "health_check passing", true}, // of the image whose deployment failed
		{"10:12", b, "in_progress", true},
		{"10:13", b, "failure", true},
		{"09:30", a, "test_failure passing", true}, // by a clock that is late, from before the newest deployment
	} {
		outcome, state, isSignal := strings.Cut(c.what, " ")
		args := []string{"record", "--ledger", "file:" + path, "--ring", "ring-0", "--now", "2026-03-02T" + c.now + ":00Z"}
		if args = append(args, "--state", outcome); isSignal {
			args = append(args[:len(args)-1], state, "--signal", outcome)
		}
		if c.digest != "" {
			args = append(args, "--digest", c.digest)
		}
		r := byHand(t, nil, args...)
		src, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		written := strings.Count(string(src), "\n") - records
		records += written
		if r.code != 0 || (written == 1) != c.written || strings.HasPrefix(r.stdout, "Recorded already") == c.written {
			t.Errorf("record %s of %.10s at %s = %d, wrote %d records, want %v\n%s%s", c.what, c.digest, c.now, r.code, written, c.written, r.stdout, r.stderr)
		}
	}
}

// TestPromoteThatFails: what promote says of its tags is what they point to, and what goes wrong is said once, with the right end.
func TestPromoteThatFails(t *testing.T) {
	c := newChain(t, false)
	c.must("promote old")
	c.must("record success old")
	r := c.command("promote", "ring", "everyone", "digest", c.images["good"], "state", "failure")
	if r.code != 0 || r.outputs["applied"] != "true" || strings.Contains(r.outputs["moved-tags"], "everyone-latest") || c.digest("everyone-latest") != c.images["old"] {
		t.Errorf("promote with the state failure = %d, applied %s, moved %q, and the tag points to %s, want it back on old\n%s", r.code, r.outputs["applied"], r.outputs["moved-tags"], c.named(c.digest("everyone-latest")), r.stdout)
	}
	c.transport = refusingNetwork{"nowhere.example"}
	r = c.command("promote", "ring", "everyone", "digest", c.images["next"], "version", "1.6.0")
	if r.code != 1 || strings.Contains(r.stdout, "revision") {
		t.Errorf("promote of a release without a registry = %d, want 1 and no word of a revision\n%s", r.code, r.stdout)
	}
}

// TestGateOfAGoneTarget: a ring that must go back does so to an image that the registry still has.
func TestGateOfAGoneTarget(t *testing.T) {
	c := newChain(t, false)
	for _, name := range []string{"old", "good", "new"} {
		c.must("promote " + name)
		c.must("record success " + name)
	}
	c.must("signal failing")
	for _, want := range []string{"good", "old"} {
		r := c.command("gate", "ring", "everyone", "digest", c.images["new"])
		if target := `"target":"` + c.images[want] + `"`; r.outputs["decision"] != "rollback" || !strings.Contains(r.outputs["json"], target) || strings.Contains(r.outputs["json"], "target_gone") != (want == "old") {
			t.Errorf("gate answers %s, want a rollback to %s\n%s", r.outputs["decision"], want, c.named(r.outputs["json"]))
		}
		if want == "good" {
			c.do("gone good")
		}
	}
}

// TestRecordsNameTheRun: each record says which attempt of which workflow run wrote it; by hand there is none.
func TestRecordsNameTheRun(t *testing.T) {
	for _, c := range []struct{ run, attempt, want string }{
		{"9876543210", "2", `,"run":9876543210,"attempt":2}`},
		{"7", "", `,"run":7}`},
		{"", "", "}"},
		{"-7", "x", "}"},
	} {
		for _, inGitHub := range []bool{false, true} {
			chain := newChain(t, inGitHub)
			chain.env["GITHUB_RUN_ID"], chain.env["GITHUB_RUN_ATTEMPT"] = c.run, c.attempt
			for _, words := range []string{"promote good success", "record in_progress new", "rollback old"} {
				chain.must("promote old success")
				before := chain.records()
				chain.must(words)
				for _, record := range chain.records()[len(before):] {
					if !strings.HasSuffix(record, c.want) || strings.Contains(record, `"run"`) != strings.Contains(c.want, "run") {
						t.Errorf("%s in attempt %q of run %q records, in GitHub %t, %s, want %s at its end", words, c.attempt, c.run, inGitHub, record, c.want)
					}
				}
			}
		}
	}
}

// records are what a ledger keeps: lines of a file, or payloads.
func (c *chain) records() []string {
	c.t.Helper()
	if c.hub == nil {
		return strings.Split(strings.TrimSpace(read(c.t, c.ledger)), "\n")
	}
	var all []string
	for _, d := range c.hub.Deployments() {
		all = append(all, string(d.Payload))
	}
	return all
}
