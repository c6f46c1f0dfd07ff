package command

import (
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/wizzense/deployment-rings/action/internal/cli"
)

var (
	pictures    = regexp.MustCompile("(?s)```mermaid\n(.*?)```\n\n")
	pictureLine = regexp.MustCompile(`^(flowchart LR|  r\d+\["` + drawnText + `(<br/>` + drawnText + `)*"\]:::[a-z]+|  r\d+ (-->|==>|-\.->|--x)(\|"` + drawnText + `(<br/>` + drawnText + `)*"\|)? r\d+|  classDef [a-z]+ [a-z0-9#:,]+)$`)
)

// drawnText is text in a picture: no sign that means something to Mermaid, Markdown or HTML.
const drawnText = `(?:[A-Za-z0-9 .,:…–-]|#\d+;)*`

// withoutPictures takes the pictures out of a summary and holds each to lines that are ours.
func withoutPictures(t *testing.T, summary string) string {
	t.Helper()
	for _, m := range pictures.FindAllStringSubmatch(summary, -1) {
		if len(m[1]) > 50_000 {
			t.Errorf("a picture of %d characters, and Mermaid takes 50,000", len(m[1]))
		}
		for line := range strings.Lines(m[1]) {
			if line = strings.TrimSuffix(line, "\n"); !pictureLine.MatchString(line) {
				t.Errorf("line of a picture: %s", line)
			}
		}
	}
	return pictures.ReplaceAllString(summary, "")
}

// A branch comes into the ring that lists it. The ring of all other branches does not run them.
func TestPlanPicture(t *testing.T) {
	for branch, want := range map[string]string{
		"dev":       "  r0[\"dev\"]:::ready\n|  r6 ==>|\"comes in\"| r0\n",
		"feature/x": "  r0[\"dev\"]:::held\n|  r6 --x|\"does not come in\"| r0\n",
	} {
		r := inAction(t, "", map[string]string{"INPUT_COMMAND": "plan", "INPUT_BRANCH": branch, "INPUT_REVISION": headCommit, "INPUT_IMAGE": "ghcr.io/acme/app", "INPUT_ITERATION": "1"})
		box, arrow, _ := strings.Cut(want, "\n|")
		if r.code != cli.ExitDone || !strings.Contains(r.summary, box+"\n") || !strings.Contains(r.summary, arrow) {
			t.Errorf("plan of %s = %d, its picture lacks %q:\n%s", branch, r.code, want, r.summary)
		}
	}
}

// Of many images the first few have a picture, and all have a table.
func TestStatusPictures(t *testing.T) {
	const images, maxPictures = 7, 5
	var names []string
	for i := range images {
		names = append(names, "ghcr.io/acme/app-"+strconv.Itoa(i))
	}
	r := inActionOver(t, noTags{}, "", map[string]string{"INPUT_COMMAND": "status", "INPUT_IMAGE": strings.Join(names, "\n"), "INPUT_LEDGER": "file:" + write(t, "l.jsonl", "")})
	drawn, tables := strings.Count(r.summary, "```mermaid\n"), strings.Count(r.summary, "| Ring | State |")
	if drawn != maxPictures || tables != images {
		t.Errorf("%d images have %d pictures and %d tables, want %d and all:\n%s", images, drawn, tables, maxPictures, r.stdout)
	}
}
