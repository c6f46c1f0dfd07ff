package labels_test

import (
	"strings"
	"testing"
	"testing/quick"

	"github.com/wizzense/deployment-rings/labels"
)

// The lines that a reader of CSV needs; an npm package judges them in the end-to-end tests.
func TestQuote(t *testing.T) {
	for line, want := range map[string]string{
		``:                       ``,
		`title=api`:              `title=api`,
		`title=a, b,, c,`:        `title=a, b,, c,`,
		`title="api"`:            `title="api"`,
		`title=5" disk, 3" tape`: `title=5" disk, 3" tape`,
		`title=#1 # x`:           `title=#1 # x`,
		`#title=x`:               `#title=x`,
		`title=a,"b"`:            `"title=a,""b"""`,
		`title=a,"b`:             `"title=a,""b"`,
		`title=a,"`:              `"title=a,"""`,
		`title=a, "b"`:           `title=a, "b"`,
		`"title=a`:               `"""title=a"`,
		`"title"=a`:              `"""title""=a"`,
		`"`:                      `""""`,
		`title=\"a\n`:            `title=\"a\n`,
	} {
		if got := labels.Quote(line); got != want {
			t.Errorf("Quote(%s) = %s, want %s", line, got, want)
		}
		if got := labels.Unquote(labels.Quote(line)); got != line {
			t.Errorf("Unquote(Quote(%s)) = %s", line, got)
		}
	}
}

func TestUnquoteReadsBack(t *testing.T) {
	letters := []string{`"`, `,`, `=`, "a", " ", "#"}
	back := func(picks []byte) bool {
		var line strings.Builder
		for _, p := range picks {
			line.WriteString(letters[int(p)%len(letters)])
		}
		return labels.Unquote(labels.Quote(line.String())) == line.String()
	}
	if err := quick.Check(back, nil); err != nil {
		t.Error(err)
	}
}

// White space at the ends of a value is nothing that a reader of lines would give back.
func TestEndsOfValues(t *testing.T) {
	const ends = " \u00a0\u2003\u2028\ufeff"
	m, err := labels.Image{Title: ends + "a" + ends + "b" + ends}.Map("")
	if got := m["org.opencontainers.image.title"]; got != "a"+ends+"b" || err != nil {
		t.Errorf("Map with white space around a title = %q, %v", got, err)
	}
	if got := labels.Clean(ends + "a" + ends); got != "a" {
		t.Errorf("Clean = %q", got)
	}
	if got, err := labels.ParseLines(ends + "k" + ends + "=" + ends + "v" + ends); got["k"] != "v" || err != nil {
		t.Errorf("ParseLines = %q, %v", got, err)
	}
}
