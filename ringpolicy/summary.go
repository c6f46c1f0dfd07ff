package ringpolicy

import (
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"
)

// summarize says a decision in one line.
func summarize(d Decision) string {
	what := fmt.Sprintf("%s: %s", d.route(), d.Verdict)
	switch d.Verdict {
	case Rollback:
		what = fmt.Sprintf("%s: rollback to %s", d.To, short(d.Rollback.Target))
	case Noop:
		what = d.To + ": noop"
	}
	return what + ". " + d.Why(formatTime)
}

// Why returns the part of Summary after the verdict, with the times as write returns them: of a hold the worst criterion, the
// others that are not met, and when the hold may end.
func (d Decision) Why(write func(time.Time) string) string {
	parts := []string{d.Reason(write)}
	worst := worstOf(d.Criteria)
	if others := d.others(worst); len(others) > 0 && d.Verdict == Hold {
		parts = append(parts, "also not met: "+few(others))
	}
	switch {
	case !d.ValidUntil.IsZero():
		parts = append(parts, "valid until "+write(d.ValidUntil))
	case d.NextEligibleAt.IsZero():
	case d.Conditional:
		parts = append(parts, "not before "+write(d.NextEligibleAt))
	default:
		parts = append(parts, "eligible "+write(d.NextEligibleAt))
	}
	return strings.Join(parts, "; ") + "."
}

// Reason returns the first part of Why, without a full stop, with the times as write returns them.
func (d Decision) Reason(write func(time.Time) string) string {
	switch d.Verdict {
	case Rollback:
		return fmt.Sprintf("%s in %s, which the ring runs now", capital(failing(d.Rollback.Triggers)), short(d.Rollback.Running))
	case Noop:
		return fmt.Sprintf("The ring runs %s already", short(d.Digest))
	case Hold:
		worst := worstOf(d.Criteria)
		return headline(worst, write)
	}
	return promoting(d)
}

// route is "ring-0 → ring-1".
func (d Decision) route() string {
	if len(d.From) == 0 {
		return d.To
	}
	return strings.Join(d.From, ", ") + " → " + d.To
}

// failing is "critical error and health check failing".
func failing(triggers []SignalKind) string {
	return strings.Join(signalWords(triggers), " and ") + " failing"
}

// signalWords are kinds of signals as people write them.
func signalWords(kinds []SignalKind) []string {
	words := make([]string, len(kinds))
	for i, k := range kinds {
		words[i] = strings.ReplaceAll(string(k), "_", " ")
	}
	return words
}

func promoting(d Decision) string {
	decided, waived := 0, []string{}
	for _, r := range d.Criteria {
		switch {
		case r.Advisory:
		case r.Status == Waived:
			waived = append(waived, r.ID)
		default:
			decided++
		}
	}
	text := fmt.Sprintf("All %d criteria are met", decided)
	if len(waived) > 0 {
		text = fmt.Sprintf("%d criteria are met, waived: %s", decided, strings.Join(waived, ", "))
	}
	return text
}

// others are the ids of what holds besides the worst.
func (d Decision) others(worst Result) []string {
	var ids []string
	for _, r := range d.Criteria {
		if r.Blocks() && !r.Aside && (r.ID != worst.ID || r.Ring != worst.Ring) {
			ids = append(ids, r.ID)
		}
	}
	return ids
}

// few names three at the most.
func few(names []string) string {
	const most = 3
	if len(names) <= most {
		return strings.Join(names, ", ")
	}
	return fmt.Sprintf("%s and %d more", strings.Join(names[:most], ", "), len(names)-most)
}

// headline says one criterion for people.
func headline(r Result, write func(time.Time) string) string {
	observed := r.ObservedWith(write)
	switch {
	case r.Code == CodeSoakRunning:
		return fmt.Sprintf("Soak %s of %s", observed, r.Required)
	case slices.Contains(builtinCriteria, r.ID) && r.Status != Unknown: // it says itself what it is about
		return capital(observed)
	}
	return fmt.Sprintf("%s: %s", capital(r.Title), observed)
}

// ObservedWith returns Observed with its times as write returns them, for a reader in another time zone or language.
func (r Result) ObservedWith(write func(time.Time) string) string {
	return withTimes(r.Observed, r.ObservedTimes, write)
}

// withTimes replaces the times of a text, which are in RFC 3339 and in this order.
func withTimes(rest string, times []time.Time, write func(time.Time) string) string {
	var b strings.Builder
	for _, t := range times {
		if i := strings.Index(rest, formatTime(t)); i >= 0 { // the text may have been cut
			b.WriteString(rest[:i] + write(t))
			rest = rest[i+len(formatTime(t)):]
		}
	}
	return b.String() + rest
}

func capital(s string) string {
	c, size := utf8.DecodeRuneInString(s)
	return string(unicode.ToUpper(c)) + s[size:]
}
