package command

import (
	"flag"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

var pagesDir = flag.String("pages", "", "a directory to which the pages of the status tests are written, for a browser")

// wholePages are those whose golden file is the whole page. Of the others, which have the same style, script and markup,
// it is what a reader sees.
var wholePages = []string{"images", "rolled-back"}

// goldenPage compares a page with its golden file, and holds that it is self-contained.
func goldenPage(t *testing.T, name, page string) {
	t.Helper()
	checkSelfContained(t, page)
	if *pagesDir != "" {
		if err := os.WriteFile(filepath.Join(*pagesDir, name+".html"), []byte(page), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if slices.Contains(wholePages, name) {
		golden(t, statusDir+name+".html", page)
	} else {
		golden(t, statusDir+name+".page", seen(page))
	}
}

var (
	pageBody  = regexp.MustCompile(`(?s)<body>.*</body>`)
	element   = regexp.MustCompile(`</?([a-z0-9]+)([^>]*)>`)
	attribute = regexp.MustCompile(` (class|style|href|aria-label)="([^"]*)"`)
	inLine    = []string{"a", "b", "br", "code", "dd", "dt", "i", "span", "td", "th", "time"}
)

// seen returns what a reader sees of a page, a block a line: texts, and in brackets where links lead, the names of pictures,
// the classes of states and of what has a place of its own, and what is unfolded.
func seen(page string) string {
	text := element.ReplaceAllStringFunc(pageBody.FindString(page), func(tag string) string {
		m := element.FindStringSubmatch(tag)
		var kept []string
		for _, a := range attribute.FindAllStringSubmatch(m[2], -1) {
			if a[1] != "class" || strings.Contains(m[2], "style=") || m[1] == "li" {
				kept = append(kept, a[2])
			}
		}
		if strings.HasSuffix(m[2], " open") {
			kept = append(kept, "open")
		}
		shown := ""
		if len(kept) > 0 {
			shown = "[" + strings.Join(kept, " ") + "] "
		}
		if slices.Contains(inLine, m[1]) {
			return " " + shown
		}
		return "\n" + shown
	})
	var lines []string
	for line := range strings.Lines(text) {
		if line = strings.Join(strings.Fields(line), " "); line != "" {
			lines = append(lines, line)
		}
	}
	return strings.Join(lines, "\n") + "\n"
}

// An address is in an attribute, which our tags have in double quotes, or in a style.
var (
	tag     = regexp.MustCompile(`<[a-zA-Z!][^>]*>`)
	address = regexp.MustCompile(`(?i)[\s"'](?:src|srcset|href|action|formaction|data|poster|ping)\s*=\s*"?([^">]*)`)
	follows = regexp.MustCompile(`^<a href="https?://[^"]*" rel="noreferrer">$`)
)

// checkSelfContained holds that a page loads nothing, and that its links lead to places in it, to the pages of facts, and
// to the report.
func checkSelfContained(t *testing.T, page string) {
	t.Helper()
	if strings.Contains(page, "url(") || strings.Contains(page, "@import") {
		t.Error("the style of the page refers to something")
	}
	for _, tag := range tag.FindAllString(page, -1) {
		for _, m := range address.FindAllStringSubmatch(tag, -1) {
			id, inside := strings.CutPrefix(m[1], "#")
			if m[1] != "data:," && m[1] != "status.json" && !follows.MatchString(tag) && !(inside && strings.Contains(page, `id="`+id+`"`)) {
				t.Errorf("the page refers to %s", tag)
			}
		}
	}
}
