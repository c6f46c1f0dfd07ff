package dashboard

import (
	"fmt"
	"html"
	"strconv"
	"strings"
	"time"

	"github.com/wizzense/deployment-rings/action/internal/status"
	"github.com/wizzense/deployment-rings/internal/markdown"
)

// markup is HTML. Text of others becomes markup in text alone, which the type of add's arguments sees to: package
// html/template would do the same, but makes the whole program a fifth larger.
type markup string

// text is a text, or the one behind a pointer, with every character showing and none that means something to HTML.
func text[T ~string | *string](v T) markup {
	s := ""
	switch v := any(v).(type) {
	case *string:
		s = *v
	default:
		s = fmt.Sprint(v)
	}
	return markup(html.EscapeString(markdown.Visible(s)))
}

func number[T int | int64](n T) markup { return markup(strconv.FormatInt(int64(n), 10)) }

// digest is the part of a digest that people compare.
func digest(s string) markup { return "<code>" + text(status.Hex(s, 12)) + "</code>" }

// words is a code in words.
func words(code string) markup { return text(strings.ReplaceAll(code, "_", " ")) }

// chip is a state as a word and a sign, in its colour.
func chip(s status.State) markup {
	return `<span class="chip ` + text(s) + `"><span aria-hidden="true">` + text(s.Symbol()) + " </span>" + text(s) + "</span>"
}

// A place is that of a ring among the images of a report and the rings of its image.
type place struct{ image, ring int }

// id is what links lead to.
func (p place) id(kind markup) markup { return kind + number(p.image) + "-" + number(p.ring) }

// A writer writes the page.
type writer struct {
	b      strings.Builder
	now    time.Time
	zone   *time.Location
	first  place             // the ring that needs somebody most
	titles map[string]string // of rings
}

// add writes markup, with arguments in the place of %s.
func (w *writer) add(format markup, args ...markup) {
	values := make([]any, len(args))
	for i, a := range args {
		values[i] = a
	}
	fmt.Fprintf(&w.b, string(format), values...)
}

// when adds markup where something holds.
func (w *writer) when(holds bool, format markup, args ...markup) {
	if holds {
		w.add(format, args...)
	}
}

// prose is a text of sentences, with its times as people read them.
func prose(s string) markup { return text(markdown.Times(s, nil)) }

// title is what people call a ring.
func (w *writer) title(ring string) markup {
	if title, ok := w.titles[ring]; ok {
		return text(title)
	}
	return text(ring)
}

// utc is a time in UTC that stays on one line.
func utc(t time.Time) markup { return timeElement(t, "") }

func timeElement(t time.Time, unit markup) markup {
	t = t.UTC()
	return "<time datetime=\"" + text(t.Format(time.RFC3339)) + "\">" + text(t.Format("2006-01-02 15:04")) + unit + "</time>"
}

// time is a time in UTC, and in the zone of the policy where that is another.
func (w *writer) time(t time.Time) markup {
	in := timeElement(t, " UTC")
	if w.zone.String() == "UTC" {
		return in
	}
	return in + text(t.In(w.zone).Format(" (2006-01-02 15:04 ")+w.zone.String()+")")
}
