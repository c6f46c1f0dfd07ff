package browser

import (
	"encoding/json"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
)

// summaries are golden files with diagrams in them.
var summaries = []string{"../../action/testdata/*/*.md", "../../action/testdata/events/*.want", "../../action/internal/picture/testdata/*.md"}

// A diagram is one of a summary, and what it must show: the text of each box and of each arrow.
type diagram struct {
	Name, Text    string
	Boxes, Labels []string
}

var (
	mermaidBlock = regexp.MustCompile("(?s)```mermaid\n(.*?)```")
	boxText      = regexp.MustCompile(`(?m)^  r\d+\["(.*)"\]`)
	arrowText    = regexp.MustCompile(`(?m)^  r\d+ \S+\|"(.*)"\| r\d+$`)
	signCode     = regexp.MustCompile(`#\d+;`)
)

func diagrams(t *testing.T) []diagram {
	t.Helper()
	var all []diagram
	for _, pattern := range summaries {
		files, err := filepath.Glob(pattern)
		if err != nil || len(files) == 0 {
			t.Fatalf("no summaries in %s: %v", pattern, err)
		}
		for _, file := range files {
			src, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			for _, m := range mermaidBlock.FindAllStringSubmatch(string(src), -1) {
				all = append(all, diagram{file, m[1], shown(boxText, m[1]), shown(arrowText, m[1])})
			}
		}
	}
	return all
}

// shown are the texts of a diagram as people read them.
func shown(form *regexp.Regexp, text string) []string {
	all := []string{}
	for _, m := range form.FindAllStringSubmatch(text, -1) {
		all = append(all, signCode.ReplaceAllStringFunc(strings.ReplaceAll(m[1], "<br/>", " "), func(code string) string {
			n, _ := strconv.Atoi(code[1 : len(code)-1]) // the form has digits alone
			return string(rune(n))
		}))
	}
	return all
}

// drawn draws a diagram with the settings of GitHub, which trusts none, and finds what is not as it must be.
const drawn = `(async d => {
  const place = document.body;
  try {
    place.innerHTML = (await mermaid.render("diagram", d.Text)).svg;
  } catch (e) {
    return ["it is not drawn: " + e];
  }
  const found = [], letters = all => all.map(s => s.replace(/\s+/g, "")).filter(s => s).sort().join("\n");
  for (const [what, texts] of [["span.nodeLabel", d.Boxes], ["span.edgeLabel", d.Labels]]) {
    const got = letters([...place.querySelectorAll(what)].map(e => e.textContent)), want = letters(texts);
    if (got !== want) found.push("it shows\n" + got + "\ninstead of\n" + want);
  }
  for (const e of place.querySelectorAll("a, img, script, iframe, object, image, strong, em, ul, i, math")) found.push("it holds " + e.outerHTML);
  return found;
})`

// TestDiagrams: Mermaid draws the diagrams of all summaries, and each text in them is what the summary says, letter for
// letter.
func TestDiagrams(t *testing.T) {
	t.Parallel()
	mermaid, err := os.ReadFile("node_modules/mermaid/dist/mermaid.min.js")
	if err != nil {
		t.Fatal(err)
	}
	s := newSite(t)
	p := start(t, s.URL).open(t)
	p.ask(t, string(mermaid)+`; mermaid.initialize({startOnLoad: false, securityLevel: "strict"}); 0`, nil)
	for _, d := range diagrams(t) {
		object, err := json.Marshal(d)
		if err != nil {
			t.Fatal(err)
		}
		p.problems(t, d.Name, drawn+"("+string(object)+")")
	}
	for _, said := range p.said() {
		t.Errorf("the console says %s", said)
	}
	if requests := p.requested(t); len(requests) > 0 {
		t.Errorf("the page asks for %q", requests)
	}
}
