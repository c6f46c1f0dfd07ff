package candidate_test

import (
	"strings"
	"testing"
	"time"

	"github.com/wizzense/deployment-rings/action/internal/candidate"
	"github.com/wizzense/deployment-rings/ringpolicy"
)

// TestOthers: the other candidates are a key of their own behind the decision, which reads back as it was, and a line each.
func TestOthers(t *testing.T) {
	d := ringpolicy.Decision{Verdict: ringpolicy.Promote, HoldKind: ringpolicy.HoldNone, ReasonCode: ringpolicy.CodeOK, To: "ring-1", Digest: "sha256:a"}
	hex := strings.Repeat("b", 64)
	at := time.Date(2026, 3, 3, 10, 0, 0, 0, time.FixedZone("", 3600))
	soaks := candidate.Other{Digest: "sha256:" + hex, Decision: ringpolicy.Hold, ReasonCode: ringpolicy.CodeSoakRunning, NextEligibleAt: at}
	hostile := candidate.Other{Digest: "sha256:<b>\n::error::x", Decision: ringpolicy.Hold, ReasonCode: "a|b"}
	for _, c := range []struct {
		name                 string
		others               candidate.Others
		json, text, markdown string
	}{
		{"the image was named", nil, `}`, "", ""},
		{"none", candidate.Others{}, `,"others":[]}`, "", ""},
		{"one soaks", candidate.Others{soaks}, `,"others":[{"digest":"sha256:` + hex + `","decision":"hold","reason_code":"soak_running","next_eligible_at":"2026-03-03T09:00:00Z"}]}`,
			"\nOther candidate sha256:bbbbbbbbbbbb: hold, soak_running, until 2026-03-03 09:00 UTC.\n",
			"- Other candidate <code>sha256&#58;bbbbbbbbbbbb</code>: hold, <code>soak&#95;running</code>, until 2026-03-03 09:00 UTC.\n\n"},
		{"text of others", candidate.Others{hostile}, `,"others":[{"digest":"sha256:\u003cb\u003e\n::error::x","decision":"hold","reason_code":"a|b","next_eligible_at":null}]}`,
			"\nOther candidate sha256:<b>\\u{a}::error:: hold, a|b.\n", "- Other candidate <code>sha256&#58;&#60;b&#62;&#92;u&#123;a&#125;&#58;&#58;error&#58;</code>: hold, <code>a&#124;b</code>.\n\n"},
	} {
		object, err := c.others.JSON(d)
		if err != nil || !strings.HasSuffix(object, c.json) || strings.Contains(object, "others") != (c.others != nil) {
			t.Errorf("%s: JSON = %s, %v, want %s at its end", c.name, object, err, c.json)
		}
		if read, err := ringpolicy.ParseDecision([]byte(object)); err != nil || read.Digest != d.Digest || read.Verdict != d.Verdict {
			t.Errorf("%s: the decision reads back as %+v, %v", c.name, read, err)
		}
		if got := c.others.Text(); got != c.text {
			t.Errorf("%s: Text = %q, want %q", c.name, got, c.text)
		}
		if got := c.others.Markdown(time.UTC); got != c.markdown {
			t.Errorf("%s: Markdown = %q, want %q", c.name, got, c.markdown)
		}
	}
}
