// Package browser holds the dashboard page and the pictures of job summaries to what a real browser makes of them. It
// needs chromium or google-chrome, and axe-core and mermaid in node_modules (npm ci).
//
// Run with -update, the tests write the pictures of the documentation anew.
package browser

import (
	"flag"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "write the pictures in docs/images")

// pages is the directory of the pages that the tests of the command hold golden: what is tested here is what they wrote.
var pages string

func TestMain(m *testing.M) {
	flag.Parse()
	os.Exit(func() int {
		var err error
		if pages, err = os.MkdirTemp("", "pages-*"); err != nil {
			panic(err)
		}
		defer os.RemoveAll(pages)
		if out, err := exec.Command("go", "test", "-C", "../..", "-count=1", "./action/internal/command", "-run=^Test(Status(OfTwoImages)?|Repositories|HostileRepositories)$", "-pages="+pages).CombinedOutput(); err != nil {
			fmt.Fprintf(os.Stderr, "the tests of the command do not write their pages: %v\n%s", err, out)
			return 1
		}
		return m.Run()
	}())
}

func pageNames(t *testing.T) []string {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(pages, "*.html"))
	if err != nil || len(files) < 15 {
		t.Fatalf("%d pages, %v", len(files), err)
	}
	var names []string
	for _, f := range files {
		names = append(names, strings.TrimSuffix(filepath.Base(f), ".html"))
	}
	return names
}

// A site serves the pages, and is the proxy of the browser, so that nothing else is ever reached.
func newSite(t *testing.T) *httptest.Server {
	t.Helper()
	s := httptest.NewServer(http.FileServer(http.Dir(pages)))
	t.Cleanup(s.Close)
	return s
}

// each opens every page in one browser.
func each(t *testing.T, test func(t *testing.T, p *tab, url string)) {
	t.Helper()
	s := newSite(t)
	c := start(t, s.URL)
	for _, name := range pageNames(t) {
		t.Run(name, func(t *testing.T) { test(t, c.open(t), s.URL+"/"+name+".html") })
	}
}

// unfold opens what is folded.
const unfold = `document.querySelectorAll("details").forEach(d => d.open = true)`

// sideways is whether a page is wider than the window, and what sticks out.
const sideways = `(() => {
  const root = document.documentElement;
  if (root.scrollWidth <= root.clientWidth) return [];
  const wide = [...document.querySelectorAll("body *")].filter(e => e.getBoundingClientRect().right > root.clientWidth + 0.5).slice(0, 3);
  return [root.clientWidth + " pixels wide, and it scrolls to " + root.scrollWidth + ": " + wide.map(e => e.outerHTML.slice(0, 100)).join(", ")];
})()`

// squeezed is text that has become a column of letters, and dates that stand in each other's place.
const squeezed = `(() => {
  const found = [];
  for (const e of document.querySelectorAll("p, li, h1, h2, h3, h4, dd, th, td, .name, figcaption, summary")) {
    if (e.innerText.length > 15 && e.checkVisibility() && e.clientWidth < 60) found.push(e.clientWidth + " pixels for " + e.outerHTML.slice(0, 100));
  }
  for (const axis of document.querySelectorAll(".axis")) {
    const dates = [...axis.children].filter(e => e.checkVisibility()).map(e => e.getBoundingClientRect()).sort((a, b) => a.left - b.left);
    dates.forEach((d, i) => { if (i > 0 && d.left < dates[i - 1].right) found.push("dates in each other's place: " + axis.innerText); });
  }
  return found;
})()`

// TestLayout: no page scrolls sideways, on a telephone or on a wall, with text of twice the size, and with everything
// unfolded. It logs nothing and asks for nothing but itself. That holds for hostile names too.
func TestLayout(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, p *tab, url string) {
		p.visit(t, url)
		p.ask(t, unfold, nil)
		for _, size := range []struct {
			width int
			text  string
		}{{320, "100%"}, {360, "100%"}, {800, "100%"}, {1600, "100%"}, {360, "200%"}, {800, "200%"}, {1600, "200%"}} {
			p.size(t, size.width)
			p.ask(t, `document.documentElement.style.fontSize = "`+size.text+`"`, nil)
			p.problems(t, "text of "+size.text, sideways)
			if size.text == "100%" {
				p.problems(t, fmt.Sprintf("%d pixels", size.width), squeezed)
			}
		}
		for _, said := range p.said() {
			t.Errorf("the console says %s", said)
		}
		for _, request := range p.requested(t) {
			if request != url && request != "data:," {
				t.Errorf("the page asks for %s", request)
			}
		}
	})
}

// TestHostile: whatever the names are, the page has no elements but its own, and shows the names.
func TestHostile(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	p := start(t, s.URL).open(t)
	p.visit(t, s.URL+"/long.html")
	p.problems(t, "long", `(() => {
  const strangers = [...document.querySelectorAll("img, iframe, object, embed, form, input, base, script ~ script, main script, [onerror], [onload], [onclick]")];
  const found = strangers.map(e => "a stranger: " + e.outerHTML.slice(0, 100));
  if (document.scripts.length != 1) found.push(document.scripts.length + " scripts");
  if (!document.querySelector("h1").innerText.startsWith("<script>alert(1)</" + "script>")) found.push("the name is not shown");
  return found;
})()`)
}

// TestAccessibility: axe-core finds nothing to complain about.
func TestAccessibility(t *testing.T) {
	t.Parallel()
	axe, err := os.ReadFile("node_modules/axe-core/axe.min.js")
	if err != nil {
		t.Fatal(err)
	}
	each(t, func(t *testing.T, p *tab, url string) {
		p.size(t, 1000)
		p.visit(t, url)
		p.ask(t, unfold, nil)
		p.ask(t, string(axe)+"; 0", nil)
		for scheme, rules := range map[string]string{schemes[0]: "undefined", schemes[1]: `["color-contrast"]`} { // in the dark only colours differ
			p.media(t, "", scheme)
			p.problems(t, scheme, `axe.run(document, {resultTypes: ["violations"], runOnly: `+rules+`}).then(r => {
  if (r.passes.length == 0) return ["it looked at nothing"];
  return r.violations.map(v => v.id + ": " + v.nodes.map(n => n.html + " " + n.failureSummary).join("; "));
})`)
		}
	})
}

var schemes = []string{"prefers-color-scheme: light", "prefers-color-scheme: dark"}

// contrast measures every text that shows against what is painted behind it, in the timeline too, which axe-core takes
// for one picture. WCAG 2.2, success criterion 1.4.3, asks for 4.5.
const contrast = `(() => {
  const colour = s => (s.match(/[\d.]+/g) || []).map(Number);
  const luminance = ([r, g, b]) => [r, g, b].map(v => (v /= 255) <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4)
    .reduce((sum, v, i) => sum + v * [0.2126, 0.7152, 0.0722][i], 0);
  const behind = e => {
    for (; e; e = e.parentElement) {
      const c = colour(getComputedStyle(e).backgroundColor);
      if (c.length == 3 || c[3] == 1) return c;
      if (c[3] > 0) return [NaN, NaN, NaN]; // half transparent: not measurable, which fails
    }
    return [255, 255, 255];
  };
  const found = [];
  let measured = 0;
  const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  for (let n; n = texts.nextNode();) {
    const e = n.parentElement;
    if (!n.data.trim() || e.closest("script, style") || !e.checkVisibility()) continue;
    measured++;
    const [a, b] = [luminance(colour(getComputedStyle(e).color)), luminance(behind(e))].sort((x, y) => y - x);
    const ratio = (a + 0.05) / (b + 0.05);
    if (!(ratio >= 4.5)) found.push(ratio.toFixed(2) + " of " + n.data.slice(0, 40) + " in " + e.outerHTML.slice(0, 100));
  }
  if (measured < 20) found.push("only " + measured + " texts were measured");
  return found;
})()`

// TestContrast: text is readable in light, in dark and on paper.
func TestContrast(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, p *tab, url string) {
		p.size(t, 1600)
		p.visit(t, url)
		p.ask(t, unfold, nil)
		for _, scheme := range schemes {
			for _, medium := range []string{"screen", "print"} {
				p.media(t, medium, scheme)
				p.problems(t, medium+", "+scheme, contrast)
			}
		}
	})
}

// printed is what paper must not lack: everything that is folded, and all of each text.
const printed = `(() => {
  const found = [];
  for (const e of document.querySelectorAll("details > *")) {
    if (!e.checkVisibility({contentVisibilityAuto: true}) || e.getBoundingClientRect().height == 0) found.push("folded away: " + e.outerHTML.slice(0, 100));
  }
  for (const e of document.querySelectorAll("body *")) {
    const s = getComputedStyle(e);
    const [r, g, b, a = 1] = (s.backgroundColor.match(/[\d.]+/g) || []).map(Number);
    if (a > 0 && r + g + b < 380 && !e.matches(".chip, .old")) found.push("dark behind: " + e.outerHTML.slice(0, 100));
    if (s.position == "fixed" || s.position == "sticky") found.push("not on paper: " + e.outerHTML.slice(0, 100));
    const cut = s.overflow != "visible" && (e.scrollWidth > e.clientWidth + 1 || e.scrollHeight > e.clientHeight + 1);
    if (cut && !e.closest(".time, .unseen")) found.push("cut off: " + e.outerHTML.slice(0, 100)); // the list below has what a block has no room for
  }
  for (const a of document.querySelectorAll("a[href^=http]")) {
    if (getComputedStyle(a, "::after").content.length < a.getAttribute("href").length) found.push("a link without its address: " + a.outerHTML);
  }
  return found;
})()`

// TestPrint: paper has all that the screen has, without dark grounds, also from a dark screen.
func TestPrint(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, p *tab, url string) {
		p.size(t, 720)
		p.media(t, "print", "prefers-color-scheme: dark")
		p.visit(t, url)
		p.problems(t, "printed", printed)
		p.problems(t, "printed", sideways)
		if pdf := p.printed(t); !strings.HasPrefix(string(pdf), "%PDF-") || len(pdf) < 10000 {
			t.Errorf("the page prints as %d bytes", len(pdf))
		}
	})
}

// focused is what has the focus, how it shows, and where it is.
const focused = `(() => {
  const e = document.activeElement;
  const s = getComputedStyle(e);
  const all = [...document.querySelectorAll("a[href], summary, button, input, [tabindex]")].filter(e => e.checkVisibility());
  return {Index: all.indexOf(e), Outline: s.outlineStyle == "none" ? 0 : parseFloat(s.outlineWidth), HTML: e.outerHTML.slice(0, 100), All: all.length};
})()`

// TestKeyboard: Tab comes by everything that can be followed or unfolded, in the order of reading, and shows where it
// is. Enter and Space unfold and fold.
func TestKeyboard(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, p *tab, url string) {
		p.size(t, 1000)
		p.visit(t, url)
		type focus struct {
			Index   int
			Outline float64
			HTML    string
			All     int
		}
		for i, all := 0, 1; i < all; i++ {
			p.press(t, "Tab")
			var f focus
			p.ask(t, focused, &f)
			if all = f.All; f.Index != i || f.Outline < 2 {
				t.Fatalf("after %d times Tab the focus is on %d of %d, %s, with an outline of %v pixels", i+1, f.Index, f.All, f.HTML, f.Outline)
			}
			if strings.HasPrefix(f.HTML, "<summary") {
				p.folds(t, f.HTML)
			}
		}
	})
}

// folds changes the details with the focus, and changes them back.
func (p *tab) folds(t *testing.T, html string) {
	t.Helper()
	const open = "document.activeElement.parentElement.open"
	var before, entered, spaced bool
	p.ask(t, open, &before)
	p.press(t, "Enter")
	p.ask(t, open, &entered)
	p.press(t, " ")
	p.ask(t, open, &spaced)
	if entered == before || spaced != before {
		t.Errorf("%s: open is %v, %v after Enter, %v after Space", html, before, entered, spaced)
	}
}

// TestLinks: what a link in the page leads to is unfolded by going there.
func TestLinks(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, p *tab, url string) {
		p.visit(t, url)
		p.problems(t, "links", `(async () => {
  const found = [];
  for (const a of document.querySelectorAll("a[href^='#']")) {
    document.querySelectorAll("details").forEach(d => d.open = false);
    a.click();
    await new Promise(requestAnimationFrame);
    const target = document.getElementById(a.hash.slice(1));
    if (!target || !target.checkVisibility({contentVisibilityAuto: true}) || target.getBoundingClientRect().height == 0) found.push("leads to nothing that shows: " + a.outerHTML);
  }
  return found;
})()`)
	})
}

// clock sets the clock of the reader to some minutes after the page was made.
func (p *tab) clock(t *testing.T, minutes int) {
	t.Helper()
	p.do(t, "Page.addScriptToEvaluateOnNewDocument", map[string]any{"source": fmt.Sprintf(
		`{ const real = Date.now; Date.now = () => document.getElementById("as-of") ? Date.parse(document.getElementById("as-of").dataset.time) + %d * 60000 : real(); }`, minutes)})
}

// TestOldData: a page that is older than three hours says so where nobody can miss it, and a fresh one does not.
func TestOldData(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	c := start(t, s.URL)
	for _, tt := range []struct {
		minutes int
		want    string
	}{
		{-90, ""}, // the clock of the reader is late
		{0, ""}, {179, ""},
		{180, "This page is old: it was made 3 hours ago. Much may have changed since."},
		{47*60 + 59, "This page is old: it was made 47 hours ago. Much may have changed since."},
		{48 * 60, "This page is old: it was made 2 days ago. Much may have changed since."},
	} {
		p := c.open(t)
		p.size(t, 360)
		p.clock(t, tt.minutes)
		p.visit(t, s.URL+"/overdue.html")
		var got struct {
			Text, Title string
			Bottom      float64
		}
		p.ask(t, `(() => { const e = document.getElementById("old"); return {Text: e.checkVisibility() ? e.innerText : "", Title: document.title, Bottom: e.getBoundingClientRect().bottom}; })()`, &got)
		if got.Text != tt.want || strings.HasPrefix(got.Title, "Old: ") != (tt.want != "") || got.Bottom > 400 {
			t.Errorf("%d minutes later the page says %q down to %v pixels, its title is %q, want %q", tt.minutes, got.Text, got.Bottom, got.Title, tt.want)
		}
	}
}

// TestWithoutScript: the page says the same without script, but for its age.
func TestWithoutScript(t *testing.T) {
	t.Parallel()
	const words = `(() => { document.getElementById("old").remove(); return document.body.innerText; })()`
	each(t, func(t *testing.T, p *tab, url string) {
		var with, without string
		p.visit(t, url)
		p.ask(t, words, &with)
		p.do(t, "Emulation.setScriptExecutionDisabled", map[string]any{"value": true})
		p.visit(t, url)
		p.do(t, "Emulation.setScriptExecutionDisabled", map[string]any{"value": false})
		p.ask(t, words, &without)
		if with != without || with == "" {
			t.Errorf("without script the page says\n%s\nand with it\n%s", without, with)
		}
	})
}

// TestPreferences: nothing moves, and with colours of the reader's own every block, bar and chip still has an edge.
func TestPreferences(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, p *tab, url string) {
		p.media(t, "", "prefers-reduced-motion: reduce", "forced-colors: active")
		p.visit(t, url)
		p.ask(t, unfold, nil)
		p.problems(t, "preferences", `(() => {
  const found = document.getAnimations().map(a => "moves: " + a.effect.target.outerHTML.slice(0, 100));
  if (getComputedStyle(document.documentElement).scrollBehavior != "auto") found.push("it scrolls smoothly");
  for (const e of document.querySelectorAll(".ring, .chip, .stay, .mark, .verdict, .hold")) {
    const s = getComputedStyle(e);
    if (parseFloat(s.borderRightWidth) == 0 || s.borderRightColor == s.backgroundColor) found.push("no edge: " + e.outerHTML.slice(0, 100));
  }
  for (const e of document.querySelectorAll(".soak .done")) {
    if (getComputedStyle(e).fill == getComputedStyle(e.previousElementSibling).fill) found.push("a bar without a measure");
  }
  return found;
})()`)
	})
}

// TestTimeline: the blocks are where their dates are, none of them vanishes, and all rings have one axis.
func TestTimeline(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, p *tab, url string) {
		for _, width := range []int{360, 1600} {
			p.size(t, width)
			p.visit(t, url)
			p.problems(t, fmt.Sprintf("%d pixels", width), `(() => {
  const found = [], tracks = [...document.querySelectorAll(".track")], axes = new Set();
  for (const track of tracks) {
    const r = track.getBoundingClientRect();
    axes.add(r.left + " to " + r.right);
    let last = -Infinity;
    for (const block of track.querySelectorAll(".stay")) {
      const b = block.getBoundingClientRect();
      if (b.width < 3) found.push("vanishes: " + block.outerHTML);
      if (b.right > r.right + 1 || b.right < last) found.push("out of order: " + block.outerHTML);
      last = b.right;
      const text = block.querySelector("span");
      if (text.checkVisibility() && text.getBoundingClientRect().width < 20) found.push("a name in a crack: " + block.outerHTML);
    }
  }
  if (axes.size > 1) found.push("axes of their own: " + [...axes].join(", "));
  if (tracks.length && tracks.length != document.querySelectorAll(".ring").length) found.push("rings without a line");
  return found;
})()`)
		}
	})
}
