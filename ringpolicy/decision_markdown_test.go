package ringpolicy_test

import (
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/wizzense/deployment-rings/ringpolicy"
)

var (
	ourTags = strings.NewReplacer("<code>", "", "</code>", "", "<br>", "", "<sub>", "", "</sub>", "", "<details>", "", "</details>", "", "<summary>", "", "</summary>", "", "</a>", "", "**", "")
	ourLink = regexp.MustCompile(`<a href="https?&#58;//[^"<>|\s]*">`)
	ourHead = regexp.MustCompile(`(?m)^(### |\|---(\|---)+\|$)`)
)

// FuzzDecisionMarkdown: whatever people write, a summary has the rows that it must have, and no markup but ours.
func FuzzDecisionMarkdown(f *testing.F) {
	for _, s := range []string{"x", "<script>", "a | b", "```\n", "[x](javascript:y)", "@octocat", "2026-03-03T09:00:00Z", "https://x.example/\"><b>|", "</details>", "\u202e\x00\xff"} {
		f.Add(s)
	}
	p := parsePolicy(f, "version: 1\ntimezone: Europe/Vienna\nrings: [{name: a, soak: {min: 1h}}, {name: b, entry: [{id: calm, incidents: {severities: [P0]}}, {id: said, sign_off: {}}]}]")
	base := evidenceOf(f, readTable(f, "testdata/decide/base.yml").Base)
	f.Fuzz(func(t *testing.T, s string) {
		e := base
		e.Incidents = []ringpolicy.Incident{{ID: s, Severity: "P0", URL: s}}
		e.SignOffs = []ringpolicy.SignOff{{ID: "said", By: s, State: ringpolicy.Refused, At: e.Now.Add(-time.Hour), Digest: e.Subject.Digest, URL: "https://x.example/" + s}}
		e.Locks = []ringpolicy.Lock{{Ring: "b", By: s, Reason: s, Expires: e.Now.Add(time.Hour)}}
		e.Overrides = []ringpolicy.Override{{Criterion: s, Ring: "b", By: s}}
		e.Subject.Revision = s
		d := decide(t, p, e)
		head, table := d.MarkdownIn(p.Timezone())
		text := head + table
		if rows := strings.Count(text, "\n| "); rows != len(d.Criteria)+2 { // with the heads of two tables
			t.Errorf("%d rows for %d criteria:\n%s", rows, len(d.Criteria), text)
		}
		rest := ourHead.ReplaceAllString(ourTags.Replace(ourLink.ReplaceAllString(text, "")), "")
		for line := range strings.Lines(rest) {
			if strings.HasPrefix(line, "| ") {
				if strings.Count(line, "|") != 7 {
					t.Errorf("a row of other cells: %s", line)
				}
				line = strings.ReplaceAll(line, "|", "")
			}
			if strings.ContainsAny(line, "<>[]`*@|\\") || strings.Contains(line, "://") || strings.Contains(line, "www.") {
				t.Errorf("%q in a summary: %s", s, line)
			}
		}
	})
}

// Times are in UTC, and with a zone in that as well.
func TestDecisionMarkdownZone(t *testing.T) {
	p := parsePolicy(t, "version: 1\ntimezone: Asia/Tokyo\nrings: [{name: a, soak: {min: 25h}}, {name: b}]")
	d := decide(t, p, evidenceOf(t, readTable(t, "testdata/decide/base.yml").Base))
	head, table := d.MarkdownIn(p.Timezone())
	for _, want := range []string{"eligible 2026-03-10 13&#58;00 UTC &#40;2026-03-10 22&#58;00 Asia/Tokyo&#41;", "24h, until 2026-03-10 13&#58;00 UTC &#40;2026-03-10 22&#58;00 Asia/Tokyo&#41;"} {
		if !strings.Contains(head+table, want) {
			t.Errorf("the summary lacks %q:\n%s%s", want, head, table)
		}
	}
	if text := d.Markdown(); strings.Contains(text, "Tokyo") || !strings.Contains(text, "eligible 2026-03-10 13&#58;00 UTC.") {
		t.Errorf("Markdown has another zone:\n%s", text)
	}
	if none := (ringpolicy.Decision{}).Markdown(); !strings.HasPrefix(none, "### No decision\n") {
		t.Errorf("Markdown of no decision = %q", none)
	}
}
