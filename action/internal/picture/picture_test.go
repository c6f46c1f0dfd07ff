package picture_test

import (
	"flag"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/wizzense/deployment-rings/action/internal/picture"
)

var update = flag.Bool("update", false, "rewrite the golden files")

// signs are all that a person could write in a name, and words that mean something to Mermaid.
func signs() []string {
	var printable strings.Builder
	for c := ' '; c <= '~'; c++ {
		printable.WriteRune(c)
	}
	all := printable.String()
	return []string{
		all[:48], all[48:], "end", "click r0 call x()", "%%{init: {}}%%", "a\nb\r\tc\x00", "\u202egnp.exe", "##[error]", "<br/>x", "#35; &lt; &#60;",
		"`**bold** _x_`", "1. list", "- item", "$$x$$", "fa:fa-car", "Zürich 東京 🚀 …", strings.Repeat("long ", 20), "", "\xff",
	}
}

// TestMarkdown has every sign in a box and on an arrow. Package browser below .ci draws the file and reads it back.
func TestMarkdown(t *testing.T) {
	var p picture.Picture
	for i, s := range signs() {
		p.Boxes = append(p.Boxes, picture.Box{Lines: []string{s, "ring", s}, Style: picture.Held})
		if i > 0 {
			p.Arrows = append(p.Arrows, picture.Arrow{From: i - 1, To: i, Way: picture.Shut, Lines: []string{s, s}})
		}
	}
	for i, way := range []picture.Way{picture.Follows, picture.Open, picture.Waits, picture.Shut} {
		p.Arrows = append(p.Arrows, picture.Arrow{From: i + 2, To: i, Way: way})
	}
	got := p.Markdown()
	if *update {
		if err := os.WriteFile("testdata/signs.md", []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile("testdata/signs.md")
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), got); diff != "" {
		t.Errorf("testdata/signs.md differs, -update rewrites it (-want +got):\n%s", diff)
	}
}

// What is too much for a look or for Mermaid is not drawn.
func TestTooMuch(t *testing.T) {
	box, large := picture.Box{Lines: []string{"ring"}}, picture.Box{Lines: slices.Repeat([]string{strings.Repeat("🚀", 48)}, 4)}
	for _, tt := range []struct {
		name          string
		boxes, arrows int
		box           picture.Box
		drawn         bool
	}{
		{"nothing", 0, 0, box, false},
		{"40 boxes", 40, 0, box, true},
		{"41 boxes", 41, 0, box, false},
		{"500 arrows", 40, 500, box, true},
		{"501 arrows", 40, 501, box, false},
		{"less than 50,000 characters", 25, 0, large, true},
		{"more than 50,000 characters", 40, 0, large, false},
	} {
		var p picture.Picture
		for range tt.boxes {
			p.Boxes = append(p.Boxes, tt.box)
		}
		for i := range tt.arrows {
			p.Arrows = append(p.Arrows, picture.Arrow{From: i % 40, To: i / 40, Way: picture.Follows})
		}
		if got := p.Markdown(); (got != "") != tt.drawn || len(got) > 50_100 {
			t.Errorf("%s: a picture of %d bytes, want one %t", tt.name, len(got), tt.drawn)
		}
	}
}
