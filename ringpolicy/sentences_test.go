package ringpolicy_test

import (
	"fmt"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/wizzense/deployment-rings/ringpolicy"
)

var timeInText = regexp.MustCompile(`\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ`)

// checkSentences holds the sentences of a decision to its values: each time in them is one that a program may write
// otherwise, and what is missing has a name.
func checkSentences(t *testing.T, d ringpolicy.Decision) {
	t.Helper()
	rfc3339 := func(t time.Time) string { return t.UTC().Format(time.RFC3339) }
	hidden := func(time.Time) string { return "THEN" }
	if why := d.Why(rfc3339); !strings.HasSuffix(d.Summary, ". "+why) || !strings.HasPrefix(why, d.Reason(rfc3339)) {
		t.Errorf("Why = %q, Reason = %q, want the end of the summary %q, and its beginning", why, d.Reason(rfc3339), d.Summary)
	}
	if want := timeInText.ReplaceAllString(d.Why(rfc3339), "THEN"); d.Why(hidden) != want {
		t.Errorf("Why with other times = %q, want %q", d.Why(hidden), want)
	}
	for _, r := range d.Criteria {
		if got, want := r.ObservedWith(hidden), timeInText.ReplaceAllString(r.Observed, "THEN"); got != want || r.ObservedWith(rfc3339) != r.Observed {
			t.Errorf("%s: ObservedWith other times = %q, want %q", r.ID, got, want)
		}
		if (r.Code == ringpolicy.CodeEvidenceMissing) != (r.Missing != "") && r.Status == ringpolicy.Unknown {
			t.Errorf("%s is %s (%s), and %q is missing", r.ID, r.Code, r.Observed, r.Missing)
		}
	}
}

// A reason that mentions a time of its own stays as it was written.
func TestObservedWithReasons(t *testing.T) {
	at := time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)
	r := ringpolicy.Result{Observed: "begins 2026-03-02T09:00:00Z: since 2026-01-01T00:00:00Z", ObservedTimes: []time.Time{at, at}}
	if got, want := r.ObservedWith(func(t time.Time) string { return fmt.Sprint(t.Unix()) }), "begins 1772442000: since 2026-01-01T00:00:00Z"; got != want {
		t.Errorf("ObservedWith = %q, want %q", got, want)
	}
}
