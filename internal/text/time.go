package text

import (
	"regexp"
	"strings"
	"time"
)

// Time is a moment for people: in UTC, and in a zone where that is another. A nil zone is UTC.
func Time(t time.Time, zone *time.Location) string {
	layout := "2006-01-02 15:04:05"
	if t.Second() == 0 {
		layout = strings.TrimSuffix(layout, ":05")
	}
	text := t.UTC().Format(layout) + " UTC"
	if zone == nil || zone.String() == "UTC" {
		return text
	}
	return text + t.In(zone).Format(" ("+layout+" ") + zone.String() + ")"
}

var moment = regexp.MustCompile(`\b\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ\b`)

// Times gives each moment that a text for people holds in the form of decisions, such as 2026-03-03T09:00:00Z, as Time
// does.
func Times(text string, zone *time.Location) string {
	return moment.ReplaceAllStringFunc(text, func(found string) string {
		t, err := time.Parse(time.RFC3339, found)
		if err != nil {
			return found
		}
		return Time(t, zone)
	})
}
