package view_test

import (
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/wizzense/deployment-rings/action/internal/view"
	"github.com/wizzense/deployment-rings/ringpolicy"
)

var (
	ourTags  = strings.NewReplacer("<code>", "", "</code>", "", "<br>", "", "<sub>", "", "</sub>", "", "<details>", "", "</details>", "", "<summary>", "", "</summary>", "", "</a>", "", "**", "")
	ourLink  = regexp.MustCompile(`<a href="https?&#58;//[^"<>|\s]*">`)
	pictures = regexp.MustCompile("(?s)```mermaid\n.*?```\n\n")
	ourHead  = regexp.MustCompile(`(?m)^(### |\|---(\|---)+\|$)`)
)

// decisionOf parses a policy, and decides by the evidence.
func decisionOf(t testing.TB, policy string, change func(*ringpolicy.Evidence)) (*ringpolicy.Policy, ringpolicy.Evidence, ringpolicy.Decision) {
	t.Helper()
	p, err := ringpolicy.Parse("rings.yml", []byte(policy))
	if err != nil {
		t.Fatal(err)
	}
	e, err := ringpolicy.ParseEvidence("evidence.yml", []byte(facts))
	if err != nil {
		t.Fatal(err)
	}
	change(&e)
	d, err := p.Decide(e)
	if err != nil {
		t.Fatal(err)
	}
	return p, e, d
}

const facts = `schema: 1
now: 2026-03-10T12:00:00Z
subject: {digest: "sha256:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", revision: aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa, author: ann, contributors: [], to: b}
rings:
  a: {history: [{id: "1", digest: "sha256:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", revision: aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa, outcome: success, from: 2026-03-09T12:00:00Z}], signals: []}
  b: {history: [{id: "2", digest: "sha256:bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb", outcome: success, from: 2026-03-01T12:00:00Z}], signals: []}
checks: []
metrics: []
incidents: []
approvals: []
sign_offs: []
overrides: []
locks: []
quarantine: []
ancestry: ahead
`

// FuzzDecisionMarkdown: whatever people write, a summary has the rows that it must have, and no markup but ours.
func FuzzDecisionMarkdown(f *testing.F) {
	for _, s := range []string{"x", "<script>", "a | b", "```\n", "[x](javascript:y)", "@octocat", "2026-03-03T09:00:00Z", "https://x.example/\"><b>|", "</details>", "\u202e\x00\xff"} {
		f.Add(s)
	}
	const policy = "version: 1\ntimezone: Europe/Vienna\nrings: [{name: a, soak: {min: 1h}}, {name: b, entry: [{id: calm, incidents: {severities: [P0]}}, {id: said, sign_off: {}}]}]"
	f.Fuzz(func(t *testing.T, s string) {
		p, e, d := decisionOf(t, policy, func(e *ringpolicy.Evidence) {
			e.Incidents = []ringpolicy.Incident{{ID: s, Severity: "P0", URL: s}}
			e.SignOffs = []ringpolicy.SignOff{{ID: "said", By: s, State: ringpolicy.SignOffRefused, At: e.Now.Add(-time.Hour), Digest: e.Subject.Digest, URL: "https://x.example/" + s}}
			e.Locks = []ringpolicy.Lock{{Ring: "b", By: s, Reason: s, Expires: e.Now.Add(time.Hour)}}
			e.Overrides = []ringpolicy.Override{{Criterion: s, Ring: "b", By: s}}
			e.Subject.Revision = s
		})
		text := pictures.ReplaceAllString(view.DecisionMarkdown(p, e, d, nil, ""), "")
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
	for zone, want := range map[string][]string{
		"Asia/Tokyo": {"eligible 2026-03-10 13&#58;00 UTC &#40;2026-03-10 22&#58;00 Asia/Tokyo&#41;", "24h, until 2026-03-10 13&#58;00 UTC &#40;2026-03-10 22&#58;00 Asia/Tokyo&#41;"},
		"UTC":        {"eligible 2026-03-10 13&#58;00 UTC.", "24h, until 2026-03-10 13&#58;00 UTC |"},
	} {
		p, e, d := decisionOf(t, "version: 1\ntimezone: "+zone+"\nrings: [{name: a, soak: {min: 25h}}, {name: b}]", func(*ringpolicy.Evidence) {})
		text := view.DecisionMarkdown(p, e, d, nil, "")
		for _, w := range want {
			if !strings.Contains(text, w) {
				t.Errorf("in %s the summary lacks %q:\n%s", zone, w, text)
			}
		}
	}
	if none := view.DecisionMarkdown(ringpolicy.Builtin(), ringpolicy.Evidence{}, ringpolicy.Decision{}, nil, ""); !strings.HasPrefix(none, "### No decision\n") {
		t.Errorf("Markdown of no decision = %q", none)
	}
}
