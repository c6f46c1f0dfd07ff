package ringpolicy_test

import (
	"fmt"
	"os"
	"os/exec"
	"testing"
	"time"

	"github.com/wizzense/deployment-rings/ringpolicy"
)

// Neither the zone of the machine nor its zone data shows in a decision: another process with others prints the same.
func TestDecideElsewhere(t *testing.T) {
	policy := parsePolicy(t, "version: 1\ntimezone: America/New_York\nrings: [{name: a, windows: {allow: [{days: [sun], from: \"01:30\", to: \"03:30\", reason: night}]}}]")
	e := windowEvidence(time.Date(2026, 3, 7, 12, 0, 0, 0, time.UTC).Local())
	got := encoded(t, decide(t, policy, e)) + encoded(t, decide(t, ringpolicy.Builtin(), fullEvidence("production")))
	if os.Getenv("DECIDE_ELSEWHERE") != "" {
		fmt.Println(got)
		os.Exit(0)
	}
	for _, zone := range []string{"Asia/Tokyo", "America/New_York", "Nowhere/Unknown"} {
		cmd := exec.Command(os.Args[0], "-test.run=^TestDecideElsewhere$")
		cmd.Env = append(os.Environ(), "DECIDE_ELSEWHERE=1", "TZ="+zone, "ZONEINFO=/nonexistent", "LANG=tr_TR.UTF-8")
		out, err := cmd.Output()
		if err != nil {
			t.Fatal(err)
		}
		if string(out) != got+"\n" {
			t.Errorf("in %s\n%s\ninstead of\n%s", zone, out, got)
		}
	}
}
