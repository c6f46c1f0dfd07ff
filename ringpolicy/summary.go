package ringpolicy

import (
	"fmt"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// summarize says a decision in one line.
func summarize(d Decision) string {
	switch d.Verdict {
	case Rollback:
		return fmt.Sprintf("%s: rollback to %s. %s in %s, which the ring runs now.", d.To, short(d.Rollback.Target), capital(failing(d.Rollback.Triggers)), short(d.Rollback.Running))
	case Noop:
		return fmt.Sprintf("%s: noop. The ring runs %s already.", d.To, short(d.Digest))
	case Hold:
		return fmt.Sprintf("%s: hold. %s.", d.route(), holding(d))
	}
	return fmt.Sprintf("%s: promote. %s.", d.route(), promoting(d))
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
	if !d.ValidUntil.IsZero() {
		text += "; valid until " + formatTime(d.ValidUntil)
	}
	return text
}

// holding is the worst criterion, what else holds, and when it may end.
func holding(d Decision) string {
	worst, _ := outcome{results: d.Criteria}.worst()
	parts := []string{headline(worst)}
	if others := d.others(worst); len(others) > 0 {
		parts = append(parts, "also not met: "+few(others))
	}
	switch {
	case d.NextEligibleAt.IsZero():
	case d.Conditional:
		parts = append(parts, "not before "+formatTime(d.NextEligibleAt))
	default:
		parts = append(parts, "eligible "+formatTime(d.NextEligibleAt))
	}
	return strings.Join(parts, "; ")
}

// others are the ids of what holds besides the worst.
func (d Decision) others(worst Result) []string {
	var ids []string
	for _, r := range d.Criteria {
		if r.Blocks() && (r.ID != worst.ID || r.Ring != worst.Ring) {
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
func headline(r Result) string {
	switch {
	case r.Code == SoakRunning:
		return fmt.Sprintf("Soak %s of %s", r.Observed, r.Required)
	case slices.Contains(builtinCriteria, r.ID) && r.Status != Unknown: // it says itself what it is about
		return capital(r.Observed)
	}
	return fmt.Sprintf("%s: %s", capital(r.Title), r.Observed)
}

func capital(s string) string {
	c, size := utf8.DecodeRuneInString(s)
	return string(unicode.ToUpper(c)) + s[size:]
}
