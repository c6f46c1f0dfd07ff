package command

import (
	"fmt"
	"html"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/wizzense/deployment-rings/action/internal/cli"
)

// TestGateSummaries are those of policies of their own: in another zone, and with hostile names.
func TestGateSummaries(t *testing.T) {
	for _, name := range []string{"vienna", "names"} {
		file := "testdata/gate/" + name
		r := inAction(t, "", map[string]string{"INPUT_COMMAND": "gate", "INPUT_EVIDENCE": file + ".yml", "INPUT_POLICY": file + ".rings.yml"})
		if r.code != cli.ExitDone {
			t.Errorf("%s: gate = %d\n%s", name, r.code, r.stdout)
		}
		golden(t, file+".md", r.summary)
	}
}

// TestLifeSummaries are what people see when an image moves and goes back.
func TestLifeSummaries(t *testing.T) {
	w := newWorld(t)
	w.facts(headCommit)
	policy := write(t, "rings.yml", strings.Replace(string(read(t, "../ringpolicy/rings.yml")), "timezone: UTC", "timezone: Europe/Vienna", 1))
	old := w.push(labelsOf("0000000037f72ccb80a373b08a177a4570281827"), "ring-0-latest", "ring-1-latest")
	w.ok("record", "ring", "ring-1", "state", "success", "now", "2026-02-01T00:00:00Z")
	next := w.push(labelsOf(headCommit), "ring-0-latest")
	w.ok("record", "ring", "ring-0", "state", "success", "now", "2026-03-01T00:10:00Z")
	see := func(name, command string, inputs ...string) {
		t.Helper()
		r := w.ok(command, append(inputs, "ring", "ring-1", "policy", policy)...)
		golden(t, "testdata/life/"+name+".md", nameless(r.summary, old, next))
	}
	see("waiting", "promote", "now", "2026-03-02T00:09:59Z")
	see("dry-run", "promote", "now", "2026-03-02T00:10:00Z", "dry-run", "true")
	see("promoted", "promote", "now", "2026-03-02T00:10:00Z", "state", "success")
	see("already-there", "promote", "now", "2026-03-02T00:21:00Z")
	w.ok("record", "ring", "ring-1", "signal", "health_check", "state", "failing", "now", "2026-03-02T01:00:00Z")
	see("unhealthy", "gate", "now", "2026-03-02T01:01:00Z")
	see("back-dry-run", "rollback", "now", "2026-03-02T01:02:00Z", "dry-run", "true")
	see("back", "rollback", "now", "2026-03-02T01:02:00Z", "reason", "health check fails")
	see("quarantined", "promote", "now", "2026-03-03T00:00:00Z")
	see("not-back-twice", "rollback", "now", "2026-03-03T00:00:00Z")
}

var digestsOfFacts = regexp.MustCompile(`(policy|evidence|decision) sha256:[0-9a-f]{12}`)

// nameless gives the images of a test, which are other ones each time, names that are always the same.
func nameless(summary string, digests ...string) string {
	summary = digestsOfFacts.ReplaceAllString(summary, "$1 sha256:…")
	for i, d := range digests {
		name := strings.Repeat(string("ab"[i]), 64)
		for _, n := range []int{64, 12, 8} {
			summary = strings.ReplaceAll(summary, d[len("sha256:"):][:n], name[:n])
		}
	}
	return summary
}

var (
	ourTags = strings.NewReplacer("<code>", "", "</code>", "", "<br>", "", "<sub>", "", "</sub>", "", "<details>", "", "</details>", "", "<summary>", "", "</summary>", "", "</a>", "")
	ourLink = regexp.MustCompile(`<a href="([^"<>|\s]*)">`)
)

// TestSummariesAreContained: whatever names, reasons and addresses hold, there is no markup in a summary but ours, and
// no link but to the web.
func TestSummariesAreContained(t *testing.T) {
	var files []string
	for _, dir := range []string{"gate", "life", "status"} {
		found, err := filepath.Glob("testdata/" + dir + "/*.md")
		if err != nil || len(found) < 5 {
			t.Fatalf("%d summaries in %s, %v", len(found), dir, err)
		}
		files = append(files, found...)
	}
	for _, file := range files {
		text := withoutPictures(t, read(t, file))
		for _, m := range ourLink.FindAllStringSubmatch(text, -1) {
			if to := html.UnescapeString(m[1]); !strings.HasPrefix(to, "https://") && !strings.HasPrefix(to, "http://") {
				t.Errorf("%s: a link leads to %q", file, to)
			}
		}
		for line := range strings.Lines(ourTags.Replace(ourLink.ReplaceAllString(text, ""))) {
			line = strings.TrimSuffix(line, "\n")
			cells := line
			if strings.HasPrefix(line, "| ") {
				cells = strings.ReplaceAll(line, "| ", "")
			}
			plain := strings.NewReplacer("|---", "", "**", "").Replace(strings.TrimSuffix(cells, "|"))
			if i := strings.IndexAny(plain, "<>[]`*@|\\"); i >= 0 {
				t.Errorf("%s holds %q: %.300q", file, plain[i], line)
			}
			if strings.Contains(plain, "://") || strings.Contains(plain, "www.") {
				t.Errorf("%s makes a link: %.300q", file, line)
			}
		}
	}
}

// TestTablesAreWhole: each row of a table has the cells of its head.
func TestTablesAreWhole(t *testing.T) {
	files, err := filepath.Glob("testdata/*/*.md")
	if err != nil || len(files) < 20 {
		t.Fatalf("%d summaries, %v", len(files), err)
	}
	for _, file := range files {
		cells := 0
		for line := range strings.Lines(read(t, file)) {
			switch n := strings.Count(line, "|"); {
			case !strings.HasPrefix(line, "|"):
				cells = 0
			case cells == 0:
				cells = n
			case n != cells:
				t.Errorf("%s: a row of %d cells below a head of %d: %.200q", file, n-1, cells-1, line)
			}
		}
	}
}

// TestSummaryIsBounded: a decision of thousands of criteria with the longest texts is cut to what GitHub takes, between
// rows, with nothing left open.
func TestSummaryIsBounded(t *testing.T) {
	var policy, checks strings.Builder
	policy.WriteString("version: 1\nrings:\n  - {name: a, soak: {min: 1h}}\n  - name: b\n    entry:\n")
	for i := range 2000 {
		fmt.Fprintf(&policy, "      - {id: c%d, title: %q, checks: {names: [c%d]}}\n", i, strings.Repeat("|", 190), i)
		fmt.Fprintf(&checks, "  - {name: c%d, state: %s, revision: %s, id: %d, url: \"https://x.example/%s\"}\n", i, []string{"success", "failure"}[i%2], headCommit, i, strings.Repeat("|", 900))
	}
	evidence := fmt.Sprintf("schema: 1\nnow: 2026-03-03T05:30:00Z\nsubject: {image: x/y, digest: \"sha256:%s\", revision: %s, to: b}\nchecks:\n%s", strings.Repeat("a", 64), headCommit, checks.String())
	r := inAction(t, "", map[string]string{"INPUT_COMMAND": "gate", "INPUT_POLICY": write(t, "rings.yml", policy.String()), "INPUT_EVIDENCE": write(t, "evidence.yml", evidence)})
	if r.code != cli.ExitDone || len(r.summary) > 1<<20 || len(r.summary) < 1<<19 || !strings.Contains(r.summary, "was cut") {
		t.Fatalf("gate = %d with a summary of %d bytes, want 0 and at most 1 MiB\n%.2000s", r.code, len(r.summary), r.stdout)
	}
	if strings.Count(r.summary, "<details>") != strings.Count(r.summary, "</details>") || strings.Count(r.summary, "```")%2 != 0 {
		t.Error("something is left open")
	}
	for line := range strings.Lines(withoutPictures(t, r.summary)) {
		if strings.HasPrefix(line, "|") && strings.Count(line, "|") != 7 {
			t.Errorf("a row is cut: %.200q", line)
		}
	}
}
