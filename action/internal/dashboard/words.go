package dashboard

import (
	"fmt"
	"reflect"
	"slices"
	"strings"
	"time"

	"github.com/wizzense/deployment-rings/action/internal/status"
	"github.com/wizzense/deployment-rings/internal/text"
	"github.com/wizzense/deployment-rings/ringpolicy"
)

// shown returns a text, or the one behind a pointer, with every character showing and times as people read them.
func shown(v any) string {
	switch s := v.(type) {
	case *string:
		v = *s
	case status.Text:
		v = s.Write(inUTC)
	}
	return text.Visible(fmt.Sprint(v))
}

func inUTC(t time.Time) string { return text.Time(t, nil) }

// words returns a code in words.
func words(code any) string { return strings.ReplaceAll(shown(code), "_", " ") }

// name returns an image as people call it.
func name(version *string, digest string) string {
	if version != nil {
		return shown(version)
	}
	return shown(status.Hex(digest, 8))
}

// running returns what a ring runs, in the words of its last block.
func running(r status.Ring) string {
	if r.Runs == nil {
		return "–"
	}
	return name(r.Runs.Version, r.Runs.Digest)
}

// todo returns an advice; it names the next ring only where there are several.
func todo(r status.Ring, a status.Advice) string {
	said := status.Text{a.Subject, a.Do}
	if a.To != "" && len(r.Moves) > 1 {
		said = status.Text{"Into ", a.To, ": ", said}
	}
	return shown(said)
}

// web returns the addresses that lead to the web.
func web(links []string) []string {
	return slices.DeleteFunc(slices.Clone(links), func(l string) bool {
		return !strings.HasPrefix(l, "https://") && !strings.HasPrefix(l, "http://")
	})
}

var marks = map[ringpolicy.Status]string{
	ringpolicy.Unmet: "✖", ringpolicy.Unknown: "?", ringpolicy.Pending: "◷", ringpolicy.Waiting: "…", ringpolicy.Waived: "~", ringpolicy.Met: "✔",
}

func plural(n int, one, more string) string {
	if n == 1 {
		return "1 " + one
	}
	return fmt.Sprint(n, " ", more)
}

// lasted returns how long a stay is, to the minute.
func lasted(s status.Stay, now time.Time) string {
	end := now
	if s.To != nil && s.To.Before(now) {
		end = *s.To
	}
	if d := end.Sub(s.From).Truncate(time.Minute); d > 0 {
		return ringpolicy.FormatDuration(d)
	}
	return "under a minute"
}

// first returns the first n of a list, or all where there are fewer.
func first(n int, list reflect.Value) reflect.Value { return list.Slice(0, min(n, list.Len())) }

// more returns how many of a list first leaves out.
func more(n int, list reflect.Value) int { return max(0, list.Len()-n) }

// clipped returns a text of at most limit characters, all of them showing.
func clipped(s string, limit int) string { return text.ClipRunes(shown(s), limit) }
