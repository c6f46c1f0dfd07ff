package text

import (
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
